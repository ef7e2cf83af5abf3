"""Who may decide."""

import psycopg
import pytest

from .conftest import PATH, Crew, decide, environment, in_tenant, promotion


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_in_production_nobody_decides_their_own_request(crew: Crew, verdict: str) -> None:
    asked = crew.deciding.post(PATH, crew.role_change()).json

    refused = decide(crew.deciding, asked, verdict, reason="I say so.")

    assert refused.status == 403
    assert crew.deciding.get(f"{PATH}/{asked['approvalId']}").json["status"] == "pending"


def test_the_database_refuses_it_too(crew: Crew) -> None:
    asked = crew.deciding.post(PATH, crew.role_change()).json
    approve = (
        "UPDATE approval_requests SET status = 'approved', decided_at = now(), decided_by = {}"
        " WHERE approval_id = %s"
    )

    with pytest.raises(psycopg.errors.CheckViolation, match="approval_requests_two_people"):
        in_tenant(crew.tenant, approve.format("requested_by"), asked["approvalId"])
    other = f"'{crew.requester.administrator_id}'"
    in_tenant(crew.tenant, approve.format(other), asked["approvalId"])


def test_elsewhere_the_requester_may_decide_alone(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, "dev", two_people=False)
    asked = crew.deciding.post(PATH, crew.role_change()).json

    assert (asked["requiresTwoPeople"], asked["canApprove"]) == (False, True)
    assert decide(crew.deciding, asked).status == 200
    assert crew.role_of_the_clerk() == "auditor"


def test_a_request_from_before_two_people_were_required_takes_two(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, "prod", two_people=False)
    asked = crew.deciding.post(PATH, crew.role_change()).json
    environment(monkeypatch, "prod", two_people=True)

    assert decide(crew.deciding, asked).status == 403


def test_one_person_of_another_environment_does_not_promote_to_production(
    operators: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, "staging", two_people=False)
    asked = operators.deciding.post(PATH, promotion(operators)).json

    assert asked["requiresTwoPeople"] is True
    assert decide(operators.deciding, asked).status == 403


def test_an_admin_asks_and_does_not_decide(crew: Crew) -> None:
    asked = crew.ask()
    assert decide(crew.asking, asked).status == 403
