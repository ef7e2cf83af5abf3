"""A trail that was begun before there was a chain is a chain afterwards."""

import shutil
from uuid import uuid4

from handlers.domain import audit
from handlers.jobs.migrate import MIGRATIONS
from handlers.platform.base.clock import system_clock
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.database import sessions
from handlers.platform.database.migrations import migrate

CHAINED = "audit_chain.sql"


def test_entries_from_before_are_chained_in_their_order(empty_database, tmp_path):
    files = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    (chained,) = [n for n, file in enumerate(files) if file.name.endswith(CHAINED)]
    tenants = [TenantId(uuid4()), TenantId(uuid4())]
    with empty_database.connect_owner() as owner:
        for file in files[:chained]:
            shutil.copy(file, tmp_path)
        migrate(owner, tmp_path, system_clock)
        _old_entries(empty_database, tenants)
        shutil.copy(files[chained], tmp_path)
        migrate(owner, tmp_path, system_clock)

    with sessions.connected_by(empty_database.connect):
        for tenant in tenants:
            with sessions.tenant_session(tenant) as session:
                found = audit.verify(session, tenant)
                order = session.all("SELECT detail FROM audit_entries ORDER BY sequence")
            assert (found.is_intact, found.is_complete, found.last_sequence) == (True, True, 3)
            assert [row["detail"]["number"] for row in order] == [0, 1, 2]


def _old_entries(database, tenants):
    with database.connect("service") as service:
        for tenant in tenants:
            service.execute(
                "INSERT INTO tenants (tenant_id, name, email, created_at, updated_at)"
                " VALUES (%s, 'Initech', 'a@initech.example', now(), now())",
                [tenant],
            )
    with database.connect("app") as app:
        for number in range(3):
            for tenant in tenants:
                app.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant)])
                app.execute(
                    "INSERT INTO audit_entries (tenant_id, entry_id, event_id, occurred_at, actor,"
                    " action, resource_type, resource_id, detail, created_at)"
                    " VALUES (%s, %s, %s, now(), 'a', 'b', 'c', 'd', %s, now())",
                    [tenant, new_id(system_clock()), uuid4(), f'{{"number": {number}}}'],
                )
