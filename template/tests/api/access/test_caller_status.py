"""What the database says of a caller counts at once, whatever the token still claims."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.domain.access.administrators import Administrator
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from ..conftest import Caller, Client

MakeAdministrator = Callable[..., Administrator]


def change(administrator: Administrator, **columns: Any) -> None:
    with sessions.tenant_session(administrator.tenant_id) as session:
        for column, value in columns.items():
            session.execute(
                f"UPDATE administrators SET {column} = %s WHERE administrator_id = %s",
                [value, administrator.administrator_id],
            )


@pytest.fixture
def somebody(
    tenant: TenantId, make_administrator: MakeAdministrator, caller: Caller
) -> tuple[Administrator, Client]:
    """An administrator with a token that says so."""
    administrator = make_administrator(tenant, "admin")
    return administrator, caller(tenant, "admin", sub=administrator.cognito_sub)


def test_a_demotion_counts_before_the_token_expires(
    tenant: TenantId, somebody: tuple[Administrator, Client]
) -> None:
    administrator, client = somebody
    assert client.patch(f"/v1/tenants/{tenant}", {"name": "Initrode"}).status == 200

    change(administrator, role="auditor")

    assert client.patch(f"/v1/tenants/{tenant}", {"name": "Initech"}).status == 403
    assert client.get(f"/v1/tenants/{tenant}").status == 200


def test_a_promotion_waits_for_the_next_token(
    tenant: TenantId, make_administrator: MakeAdministrator, caller: Caller
) -> None:
    promoted = make_administrator(tenant, "super_admin")
    client = caller(tenant, "auditor", sub=promoted.cognito_sub)

    assert client.patch(f"/v1/tenants/{tenant}", {"name": "Initrode"}).status == 403


@pytest.mark.parametrize("status", ["inactive", "deleted"])
def test_who_was_sent_away_does_nothing_any_more_not_even_read(
    tenant: TenantId, somebody: tuple[Administrator, Client], status: str
) -> None:
    administrator, client = somebody
    if status == "deleted":
        with sessions.tenant_session(tenant) as session:
            session.execute("UPDATE administrators SET status = 'deleted', email = NULL")
    else:
        change(administrator, status=status)

    reply = client.get(f"/v1/tenants/{tenant}")

    assert reply.status == 403
    assert "not active any more" in reply.json["detail"]


def test_an_administrator_of_one_tenant_is_nobody_in_another(
    tenant: TenantId,
    make_tenant: Callable[..., TenantId],
    make_administrator: MakeAdministrator,
    caller: Caller,
) -> None:
    dismissed = make_administrator(tenant, "admin", status="inactive")
    other = make_tenant("Globex")

    client = caller(other, "admin", sub=dismissed.cognito_sub)

    assert client.get(f"/v1/tenants/{other}").status == 200
