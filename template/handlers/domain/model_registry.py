"""The model registry: which models there are, and how their providers are reached.

The rows are the operator's; row security lets nobody else write them (`app.reserve_for_operator`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from psycopg.types.json import Jsonb

from handlers.domain.announcements import announce
from handlers.domain.origin import Origin
from handlers.platform.db import Session
from handlers.platform.errors import Conflict, NotFound
from handlers.platform.ids import TenantId

ModelStatus = Literal["active", "inactive", "deprecated"]
ThermalState = Literal["off", "cold", "warm", "hot", "automatic"]

_MODEL: Final = """
    SELECT tenant_id, model_id, status, thermal_state FROM models
     WHERE tenant_id = %(tenant)s AND model_id = %(id)s
"""
_SET_MODEL: Final = """
    UPDATE models
       SET status = %(status)s, thermal_state = %(thermal_state)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND model_id = %(id)s
"""
_CONFIG: Final = """
    SELECT config FROM model_providers WHERE tenant_id = %(tenant)s AND provider_id = %(id)s
"""
_ADD_PROVIDER: Final = """
    INSERT INTO model_providers (tenant_id, provider_id, config, created_at, updated_at)
    VALUES (%(tenant)s, %(id)s, %(config)s, %(now)s, %(now)s)
    ON CONFLICT DO NOTHING
"""
_SET_PROVIDER: Final = """
    UPDATE model_providers SET config = %(config)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND provider_id = %(id)s
"""


class Model(NamedTuple):
    """A model; ``thermal_state`` says how ready it is kept."""

    tenant_id: TenantId
    model_id: str
    status: ModelStatus
    thermal_state: ThermalState


def read_model(
    session: Session, tenant_id: TenantId, model_id: str, *, locked: bool = False
) -> Model:
    """Read a model of the registry.

    Raises:
        NotFound: There is none with this id.
    """
    query = _MODEL + (" FOR UPDATE" if locked else "")
    row = session.one(query, {"tenant": tenant_id, "id": model_id})
    if row is None:
        raise NotFound.of("model")
    return Model(**row)


def set_model(session: Session, now: datetime, was: Model, wanted: Model, origin: Origin) -> None:
    """Change what a model that was read under lock is."""
    values = {"tenant": was.tenant_id, "id": was.model_id, "now": now}
    session.execute(_SET_MODEL, values | wanted._asdict())
    announce(
        session,
        now,
        "model.changed",
        {"modelId": was.model_id},
        origin,
        before=model_state(was),
        after=model_state(wanted),
    )


def model_state(model: Model) -> dict[str, Any]:
    """Write what can change of a model as JSON."""
    return {"status": model.status, "thermalState": model.thermal_state}


def read_provider(
    session: Session, tenant_id: TenantId, provider_id: str, *, locked: bool = False
) -> Mapping[str, Any] | None:
    """Read a provider's configuration; None if there is no such provider yet."""
    query = _CONFIG + (" FOR UPDATE" if locked else "")
    row = session.one(query, {"tenant": tenant_id, "id": provider_id})
    return None if row is None else row["config"]


def set_provider(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    provider_id: str,
    was: Mapping[str, Any] | None,
    config: Mapping[str, Any],
    origin: Origin,
) -> None:
    """Configure a provider that was read under lock, or add it.

    Raises:
        Conflict: Somebody else has added it at the same moment.
    """
    values = {"tenant": tenant_id, "id": provider_id, "config": Jsonb(dict(config)), "now": now}
    if session.execute(_ADD_PROVIDER if was is None else _SET_PROVIDER, values) == 0:
        raise Conflict("This provider was added just now.")
    data = {"modelProviderId": provider_id}
    announce(session, now, "model_provider.changed", data, origin, before=was, after=config)
