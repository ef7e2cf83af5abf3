"""Cognito, played by moto: the same call again ends in the same state."""

from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from handlers.platform.aws import cognito_users
from handlers.platform.aws.cognito_users import Person, ensure_user, synchronize
from handlers.platform.base.errors import Conflict
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings

PASSWORD = "Long-enough-1"
BOB = Person(TenantId(uuid4()), "bob@initech.example", "Bob", "Porter", PASSWORD)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(cognito_users, "_cognito", cognito_users._cognito.__wrapped__)
    with mock_aws():
        cognito = boto3.client("cognito-idp")
        made = cognito.create_user_pool(
            PoolName="users",
            UsernameAttributes=["email"],
            Schema=[{"Name": "tenant_id", "AttributeDataType": "String", "Mutable": False}],
        )["UserPool"]["Id"]
        for group in ("super_admin", "admin", "operator", "auditor", "user"):
            cognito.create_group(UserPoolId=made, GroupName=group)
        monkeypatch.setenv("USER_POOL_ID", made)
        settings.cache_clear()
        yield made


def groups(pool: str, sub: str) -> set[str]:
    found = boto3.client("cognito-idp").admin_list_groups_for_user(UserPoolId=pool, Username=sub)
    return {group["GroupName"] for group in found["Groups"]}


def user(pool: str, sub: str) -> dict[str, object]:
    return dict(boto3.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=sub))


def test_a_user_is_made_once_without_any_role(pool: str) -> None:
    sub = ensure_user(BOB)

    assert ensure_user(BOB) == sub
    assert groups(pool, sub) == set()
    assert user(pool, sub)["UserStatus"] == "CONFIRMED"


def test_an_address_of_another_tenant_is_not_taken_over(pool: str) -> None:
    ensure_user(BOB)
    elsewhere = Person(TenantId(uuid4()), BOB.email, "Mallory", "X", "Another-pass-1")

    with pytest.raises(Conflict) as refusal:
        ensure_user(elsewhere)
    assert BOB.email not in refusal.value.detail


def test_a_user_follows_what_was_decided(pool: str) -> None:
    sub = ensure_user(BOB)

    for _ in range(2):
        synchronize(sub, "admin", "active")
        assert (groups(pool, sub), user(pool, sub)["Enabled"]) == ({"admin"}, True)
    synchronize(sub, "auditor", "active")
    assert groups(pool, sub) == {"auditor"}
    for _ in range(2):
        synchronize(sub, "auditor", "inactive")
        assert user(pool, sub)["Enabled"] is False
    synchronize(sub, "auditor", "active")
    assert user(pool, sub)["Enabled"] is True
    for _ in range(2):
        synchronize(sub, "auditor", "deleted")
    with pytest.raises(boto3.client("cognito-idp").exceptions.UserNotFoundException):
        user(pool, sub)


def test_a_role_that_is_not_an_administrators_stays(pool: str) -> None:
    sub = ensure_user(BOB)
    cognito = boto3.client("cognito-idp")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=sub, GroupName="user")

    synchronize(sub, "operator", "active")

    assert groups(pool, sub) == {"user", "operator"}
