"""Requests that nobody approves: rejected, cancelled, expired."""

from datetime import datetime

import pytest

from handlers.api.http import serving

from .conftest import PATH, Crew, MakeAdministrator, SignIn, decide, told


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the API believe it is another time."""
    monkeypatch.setattr(serving.serve, "__defaults__", (lambda: moment,))


def test_a_rejection_says_why_and_executes_nothing(crew: Crew) -> None:
    asked = crew.ask()

    silent = decide(crew.deciding, asked, "reject")
    rejected = decide(crew.deciding, asked, "reject", reason="They are needed.")

    assert (silent.status, silent.json["errors"][0]["field"]) == (422, "/reason")
    assert (rejected.status, rejected.json["reason"]) == (200, "They are needed.")
    assert rejected.json["decidedByName"] == "Ada Byron"
    assert crew.role_of_the_clerk() == "operator"
    (event,) = told("approval.rejected")
    assert event["reason"] == "They are needed."


def test_the_requester_or_a_super_administrator_takes_a_request_back(
    crew: Crew, make_administrator: MakeAdministrator, sign_in: SignIn
) -> None:
    first, second = crew.ask(), crew.ask()
    colleague = sign_in(make_administrator(crew.tenant, "admin"))
    place = f"{PATH}/{first['approvalId']}"

    assert colleague.request("DELETE", place).status == 403
    assert crew.asking.request("DELETE", place).json["status"] == "cancelled"
    assert crew.asking.request("DELETE", place).status == 200
    assert decide(crew.deciding, first).status == 409
    assert crew.deciding.request("DELETE", f"{PATH}/{second['approvalId']}").status == 200
    assert len(told("approval.cancelled")) == 2
    assert crew.role_of_the_clerk() == "operator"


def test_what_is_decided_cannot_be_taken_back(crew: Crew) -> None:
    asked = crew.ask()
    decide(crew.deciding, asked)
    assert crew.asking.request("DELETE", f"{PATH}/{asked['approvalId']}").status == 409


def test_a_request_expires_by_itself(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = crew.ask(crew.role_change(expiresInHours=1))
    ends = datetime.fromisoformat(asked["expiresAt"])

    at(monkeypatch, ends)

    shown = crew.deciding.get(f"{PATH}/{asked['approvalId']}").json
    assert (shown["status"], shown["canApprove"]) == ("expired", False)
    assert decide(crew.deciding, asked).status == 409
    assert crew.asking.request("DELETE", f"{PATH}/{asked['approvalId']}").status == 409
    assert crew.deciding.get(PATH, query={"pendingForMe": "true"}).json["items"] == []
    assert len(crew.deciding.get(PATH, query={"status": "expired"}).json["items"]) == 1
    assert crew.role_of_the_clerk() == "operator"
