"""The models: who provides them, what people call them, whether and how ready they are kept."""

from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.base.reading import Page, read_page
from handlers.domain.model_registry.providers import ensure_provider
from handlers.platform.base.errors import NotFound
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

ModelStatus = Literal["active", "inactive", "deprecated"]
ThermalState = Literal["off", "cold", "warm", "hot", "automatic"]
ModelChange = Literal["added", "changed", "unchanged"]

ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,99}$"
"""The form of the ids of models and providers."""

_READ: Final = """
    SELECT tenant_id, model_id, provider_id, coalesce(display_name, model_id) AS display_name,
           status, thermal_state
      FROM models
     WHERE tenant_id = %(tenant)s AND model_id = %(id)s
"""
_LOCK: Final = _READ + " FOR UPDATE"
_PAGE: Final = """
    SELECT tenant_id, model_id, provider_id, coalesce(display_name, model_id) AS display_name,
           status, thermal_state
      FROM models
     WHERE tenant_id = %(tenant)s
       AND (%(status)s::text IS NULL OR status = %(status)s)
       AND (%(after)s::text IS NULL OR model_id > %(after)s)
     ORDER BY model_id
     LIMIT %(limit)s + 1
"""
_SET_MODEL: Final = """
    UPDATE models
       SET status = %(status)s, thermal_state = %(thermal_state)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND model_id = %(id)s
"""
# A model begins as one that nobody may use: activating it takes an approval.
_SAVE: Final = """
    INSERT INTO models (tenant_id, model_id, provider_id, display_name, created_at, updated_at)
    VALUES (%(tenant)s, %(id)s, %(provider_id)s, %(display_name)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, model_id) DO UPDATE
       SET provider_id = excluded.provider_id, display_name = excluded.display_name,
           updated_at = excluded.updated_at
"""


class Model(NamedTuple):
    """A model; ``thermal_state`` says how ready it is kept."""

    tenant_id: TenantId
    model_id: str
    provider_id: str
    display_name: str
    status: ModelStatus
    thermal_state: ThermalState


class Description(NamedTuple):
    """What a model is, whatever its status."""

    model_id: str
    provider_id: str
    display_name: str


def read_model(
    session: Session, tenant_id: TenantId, model_id: str, *, locked: bool = False
) -> Model:
    """Read a model of the registry.

    Raises:
        NotFound: There is none with this id.
    """
    model = _find(session, tenant_id, model_id, locked=locked)
    if model is None:
        raise NotFound.of("model")
    return model


def find_all(
    session: Session,
    operator: TenantId,
    *,
    limit: int,
    after: str | None = None,
    status: ModelStatus | None = None,
) -> Page[Model]:
    """List the models by their ids.

    Args:
        session: In any tenant's context.
        operator: Whose rows they are.
        limit: Models at most.
        after: The id after which to begin.
        status: Which ones; None for all.
    """
    values = {"tenant": operator, "after": after, "status": status}
    return read_page(session, _PAGE, values, limit, Model, "model_id")


def set_model(session: Session, now: datetime, was: Model, wanted: Model, origin: Origin) -> None:
    """Change the status of a model that was read under lock, and how ready it is kept."""
    values = {"tenant": was.tenant_id, "id": was.model_id, "now": now}
    session.execute(_SET_MODEL, values | wanted._asdict())
    publish_change(
        session,
        now,
        "model.changed",
        {"modelId": was.model_id},
        origin,
        before=model_state(was),
        after=model_state(wanted),
    )


def save_model(
    session: Session, now: datetime, tenant_id: TenantId, wanted: Description, origin: Origin
) -> ModelChange:
    """Add a model, or describe the one there is anew.

    Args:
        session: In the operator's context.
        now: The present moment.
        tenant_id: The operator.
        wanted: What the model is; a provider that nobody knows yet becomes known.
        origin: Who says so.
    """
    was = _find(session, tenant_id, wanted.model_id, locked=True)
    before = None if was is None else _described(was)
    after = _described(wanted)
    if before == after:
        return "unchanged"
    ensure_provider(session, now, tenant_id, wanted.provider_id, origin)
    values = {"tenant": tenant_id, "id": wanted.model_id, "now": now}
    session.execute(_SAVE, values | wanted._asdict())
    event_type = "model.added" if was is None else "model.changed"
    data = {"modelId": wanted.model_id}
    publish_change(session, now, event_type, data, origin, before=before, after=after)
    return "added" if was is None else "changed"


def model_state(model: Model) -> dict[str, Any]:
    """Write what an approval can change of a model as JSON."""
    return {"status": model.status, "thermalState": model.thermal_state}


def _find(session: Session, tenant_id: TenantId, model_id: str, *, locked: bool) -> Model | None:
    row = session.one(_LOCK if locked else _READ, {"tenant": tenant_id, "id": model_id})
    return None if row is None else Model(**row)


def _described(model: Model | Description) -> dict[str, Any]:
    return {"displayName": model.display_name, "providerId": model.provider_id}
