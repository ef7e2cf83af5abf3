"""Each function may do exactly what its code can call: nothing is missing, and nothing is more."""

import pytest

from tests.permissions.functions import (
    DONE_BY_LAMBDA,
    NEEDED_FOR,
    callable_actions,
    granted_actions,
)
from tests.terraform.applied import Resources, of_type, statements


@pytest.fixture(scope="module")
def called(resources: Resources) -> dict[str, set[str]]:
    return callable_actions(resources)


@pytest.fixture(scope="module")
def granted(resources: Resources) -> dict[str, set[str]]:
    return granted_actions(resources)


def test_every_function_has_a_role(called: dict[str, set[str]], granted: dict[str, set[str]]):
    assert len(called) > 10
    assert set(called) == set(granted)


def test_no_function_lacks_what_its_code_calls(
    called: dict[str, set[str]], granted: dict[str, set[str]]
):
    assert {key: lack for key in called if (lack := called[key] - granted[key])} == {}


def test_no_function_may_do_more_than_its_code_calls(
    called: dict[str, set[str]], granted: dict[str, set[str]]
):
    assert {key: more for key in called if (more := granted[key] - called[key])} == {}


def test_the_code_is_read_to_its_clients(called: dict[str, set[str]]):
    """The figures of a few, by hand: a reader that finds nothing would agree with everything."""
    assert "ses:SendEmail" in called["send_notification"]
    assert called["outbox_relay"] == {
        *("sns:Publish", "kms:Decrypt", "kms:GenerateDataKey", "rds-db:connect as service")
    }
    assert called["health"] == {"rds-db:connect as app"}
    assert {key for key, actions in called.items() if "rds-db:connect as migrator" in actions} == {
        "migrate"
    }


@pytest.mark.parametrize(("sid", "kind"), NEEDED_FOR.items())
def test_what_lambda_does_for_some_functions_is_granted_to_those(
    resources: Resources, sid: str, kind: str
):
    functions = {function.key for function in of_type(resources, "aws_lambda_function")}
    roles = [r for r in of_type(resources, "aws_iam_role_policy") if r.key in functions]
    holders = {role.key for role in roles for _, s in statements([role]) if s["Sid"] == sid}

    assert sid in DONE_BY_LAMBDA
    assert holders == {resource.key for resource in of_type(resources, kind)}
