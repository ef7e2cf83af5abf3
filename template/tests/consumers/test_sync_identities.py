"""Cognito follows the row, whatever order the events come in."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.consumers import sync_identities
from handlers.domain.access.administrators import Administrator
from handlers.platform.aws import cognito_clients, cognito_users
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event

from ..messages import failed, make_event, sqs


class Cognito:
    """Keeps what it was told last, and does something in between where a test wants it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def follow(self, sub: str, role: str, standing: str) -> None:
        self.told.append((sub, role, standing))
        self.meanwhile()


@pytest.fixture
def cognito(monkeypatch: pytest.MonkeyPatch) -> Cognito:
    stand_in = Cognito()
    monkeypatch.setattr(cognito_users, "synchronize", stand_in.follow)
    return stand_in


@pytest.fixture
def bob(tenant: TenantId, make_administrator: Callable[..., Administrator]) -> Administrator:
    return make_administrator(tenant, "operator", sub="bob")


def event_about(administrator: Administrator, now: Any) -> Event:
    data = {"administratorId": str(administrator.administrator_id)}
    return make_event(administrator.tenant_id, "administrator.role_changed", data, now)


def change(tenant: TenantId, statement: str) -> None:
    with sessions.tenant_session(tenant) as session:
        session.execute(statement)  # type: ignore[arg-type]


def test_the_row_counts_not_the_event(
    bob: Administrator, tenant: TenantId, cognito: Cognito, context: Any, clock: Any
) -> None:
    event = event_about(bob, clock())
    change(tenant, "UPDATE administrators SET role = 'auditor'")

    assert failed(sync_identities.handler(sqs(event), context)) == []
    assert cognito.told == [("bob", "auditor", "active")]


def test_a_deletion_reaches_cognito(
    bob: Administrator, tenant: TenantId, cognito: Cognito, context: Any, clock: Any
) -> None:
    change(tenant, "UPDATE administrators SET status = 'deleted', email = NULL")

    sync_identities.handler(sqs(event_about(bob, clock())), context)

    assert cognito.told == [("bob", "operator", "deleted")]


def test_a_decision_made_meanwhile_is_followed_too(
    bob: Administrator, tenant: TenantId, cognito: Cognito, context: Any, clock: Any
) -> None:
    def demote() -> None:
        cognito.meanwhile = lambda: None
        change(tenant, "UPDATE administrators SET role = 'auditor'")

    cognito.meanwhile = demote
    sync_identities.handler(sqs(event_about(bob, clock())), context)

    assert [role for _, role, _ in cognito.told] == ["operator", "auditor"]


def test_who_never_signed_in_needs_nothing(
    bob: Administrator, tenant: TenantId, cognito: Cognito, context: Any, clock: Any
) -> None:
    change(tenant, "UPDATE administrators SET cognito_sub = NULL")

    assert failed(sync_identities.handler(sqs(event_about(bob, clock())), context)) == []
    assert cognito.told == []


def test_a_failure_of_cognito_comes_again(
    bob: Administrator, cognito: Cognito, context: Any, clock: Any
) -> None:
    def fail() -> None:
        raise TimeoutError("no answer")

    cognito.meanwhile = fail
    assert failed(sync_identities.handler(sqs(event_about(bob, clock())), context)) == ["message-0"]


def test_a_revoked_machine_is_deleted_at_cognito(
    tenant: TenantId, context: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(cognito_clients, "delete", deleted.append)
    data = {"machineClientId": "m", "clientId": "4client1", "name": "Meter", "scopes": []}
    event = make_event(tenant, "machine_client.revoked", data, clock())

    assert failed(sync_identities.handler(sqs(event), context)) == []
    assert deleted == ["4client1"]
