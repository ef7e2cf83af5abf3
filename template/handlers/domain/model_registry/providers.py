"""The providers of models, and how they are reached."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.platform.base.errors import Conflict
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

_READ: Final = """
    SELECT config FROM model_providers WHERE tenant_id = %(tenant)s AND provider_id = %(id)s
"""
_LOCK: Final = _READ + " FOR UPDATE"
_ADD_PROVIDER: Final = """
    INSERT INTO model_providers (tenant_id, provider_id, config, created_at, updated_at)
    VALUES (%(tenant)s, %(id)s, %(config)s, %(now)s, %(now)s)
    ON CONFLICT DO NOTHING
"""
_SET_PROVIDER: Final = """
    UPDATE model_providers SET config = %(config)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND provider_id = %(id)s
"""


def read_provider(
    session: Session, tenant_id: TenantId, provider_id: str, *, locked: bool = False
) -> Mapping[str, Any] | None:
    """Read a provider's configuration; None if there is no such provider yet."""
    row = session.one(_LOCK if locked else _READ, {"tenant": tenant_id, "id": provider_id})
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
    publish_change(session, now, "model_provider.changed", data, origin, before=was, after=config)


def ensure_provider(
    session: Session, now: datetime, tenant_id: TenantId, provider_id: str, origin: Origin
) -> None:
    """Make a provider known; how it is reached is for an approval to say."""
    if read_provider(session, tenant_id, provider_id) is None:
        set_provider(session, now, tenant_id, provider_id, None, {}, origin)
