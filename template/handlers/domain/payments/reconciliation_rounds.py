"""Which tenants a comparison with Stripe looks at: once round, from where the last one stopped."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import service_session, tenant_session

_STOPPED_AT: Final = "SELECT compared_until FROM reconciliation_rounds WHERE tenant_id = %s"
_NOTE: Final = """
    INSERT INTO reconciliation_rounds (tenant_id, compared_until, updated_at)
    VALUES (%(operator)s, %(tenant)s, %(now)s)
    ON CONFLICT (tenant_id) DO UPDATE SET compared_until = %(tenant)s, updated_at = %(now)s
"""
_BILLED: Final = """
    SELECT tenant_id FROM tenants AS t
     WHERE (%(after)s::uuid IS NULL OR tenant_id > %(after)s)
       AND (%(upto)s::uuid IS NULL OR tenant_id <= %(upto)s)
       AND EXISTS (SELECT FROM invoices AS i WHERE i.tenant_id = t.tenant_id)
     ORDER BY tenant_id LIMIT %(limit)s
"""


def tenants(operator: TenantId, batch: int) -> Iterator[TenantId]:
    """Go once round the tenants that have invoices, beginning where the last run stopped.

    Args:
        operator: whose note of it is read.
        batch: how many are read at a time.
    """
    with tenant_session(operator) as session:
        row = session.one(_STOPPED_AT, [operator])
    start = None if row is None else row["compared_until"]
    yield from _between(start, None, batch)
    if start is not None:
        yield from _between(None, start, batch)


def note(operator: TenantId, tenant_id: TenantId, now: datetime) -> None:
    """Note which tenant is looked at; done before, so that one that breaks a run breaks one run."""
    with tenant_session(operator) as session:
        session.execute(_NOTE, {"operator": operator, "tenant": tenant_id, "now": now})


def _between(after: TenantId | None, upto: TenantId | None, batch: int) -> Iterator[TenantId]:
    while True:
        with service_session() as session:
            rows = session.all(_BILLED, {"after": after, "upto": upto, "limit": batch})
        tenant_ids = [TenantId(row["tenant_id"]) for row in rows]
        yield from tenant_ids
        if len(tenant_ids) < batch:
            return
        after = tenant_ids[-1]
