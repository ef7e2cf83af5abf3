"""The audit trail: found by what is known, exported whole, and any tampering shows."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

import boto3
import psycopg
import pytest
import requests
from moto import mock_aws
from saasgen.testing import Database

from handlers.domain import audit
from handlers.platform.aws import exports
from handlers.platform.base.ids import EventId, TenantId, new_id
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event

from .conftest import Caller, Client

PATH = "/v1/admin/audit"
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def auditor(tenant: TenantId, caller: Caller) -> Client:
    return caller(tenant, "auditor")


def record(tenant: TenantId, number: int, event_type: str = "tenant.updated", **data: Any) -> Event:
    now = BEGIN + timedelta(minutes=number)
    event = Event(
        event_id=EventId(new_id(now)),
        event_type=event_type,
        tenant_id=tenant,
        occurred_at=now,
        data={"tenantId": str(tenant), "actor": "user:ada", **data},
        correlation_id=uuid4(),
    )
    with sessions.tenant_session(tenant) as session:
        audit.record(session, now, event)
    return event


@pytest.fixture
def trail(tenant: TenantId) -> list[Event]:
    kinds = ["tenant.updated", "invitation.created", "invitation.revoked", "tenant.suspended"]
    return [
        record(tenant, n, kind, invitationId="i-1", actor=f"user:{n % 2}")
        for n, kind in enumerate(kinds)
    ]


def actions(client: Client, **query: str) -> list[str]:
    reply = client.get(PATH, query=dict(query))
    assert reply.status == 200, reply.text
    return [entry["action"] for entry in reply.json["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (
            {},
            ["tenant.suspended", "invitation.revoked", "invitation.created", "tenant.updated"],
        ),
        ({"actor": "user:1"}, ["tenant.suspended", "invitation.created"]),
        ({"action": "tenant.updated"}, ["tenant.updated"]),
        (
            {"resourceType": "invitation", "resourceId": "i-1"},
            ["invitation.revoked", "invitation.created"],
        ),
        ({"resourceId": "i-2"}, []),
        (
            {"begin": "2026-03-01T12:01:00Z", "end": "2026-03-01T14:03:00+02:00"},
            ["invitation.revoked", "invitation.created"],
        ),
    ],
)
def test_entries_are_found_by_what_is_known_of_them(
    auditor: Client, trail: list[Event], query: dict[str, str], found: list[str]
) -> None:
    assert actions(auditor, **query) == found


def test_pages_follow_each_other_without_gap_or_repetition(
    auditor: Client, trail: list[Event]
) -> None:
    seen, cursor = [], None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        answer = auditor.get(PATH, query=query).json
        seen += [entry["sequence"] for entry in answer["items"]]
        cursor = answer.get("nextCursor")
        if cursor is None:
            break
    assert seen == [4, 3, 2, 1]


@pytest.mark.parametrize("query", [{"begin": "yesterday"}, {"begin": "2026-03-01T12:00:00"}])
def test_a_time_without_an_offset_is_refused(auditor: Client, query: dict[str, str]) -> None:
    assert auditor.get(PATH, query=query).status == 400


def test_another_tenants_trail_is_out_of_sight(
    trail: list[Event], make_tenant: Callable[..., TenantId], caller: Caller
) -> None:
    assert actions(caller(make_tenant("Globex"), "auditor")) == []


# --- The chain -----------------------------------------------------------------------------------


def verification(client: Client, after: int = 0) -> dict[str, Any]:
    answer = client.get(f"{PATH}/verification", query={"after": str(after)}).json
    assert isinstance(answer, dict)
    return answer


def test_an_untouched_chain_is_intact(auditor: Client, trail: list[Event]) -> None:
    answer = verification(auditor)
    assert (answer["isIntact"], answer["isComplete"], answer["lastSequence"]) == (True, True, 4)
    assert len(answer["lastHash"]) == 64


def test_an_empty_trail_is_intact(auditor: Client) -> None:
    answer = verification(auditor)
    assert (answer["isIntact"], answer["isComplete"], answer["lastSequence"]) == (True, True, 0)


def tamper(database: Database, statement: LiteralString) -> None:
    """Do what an administrator of the database could do."""
    with database.connect("postgres") as connection:
        connection.execute("ALTER TABLE audit_entries DISABLE TRIGGER ALL")
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "sequence", "fault"),
    [
        ("UPDATE audit_entries SET actor = 'user:mallory' WHERE sequence = 2", 2, "altered"),
        ("UPDATE audit_entries SET after = '{}' WHERE sequence = 3", 3, "altered"),
        (
            (
                "UPDATE audit_entries SET occurred_at = occurred_at + interval '1 microsecond'"
                " WHERE sequence = 1"
            ),
            1,
            "altered",
        ),
        ("DELETE FROM audit_entries WHERE sequence = 2", 3, "missing"),
        ("DELETE FROM audit_entries WHERE sequence = 1", 2, "missing"),
        ("DELETE FROM audit_entries WHERE sequence = 4", 4, "missing"),
        (
            "UPDATE audit_entries SET previous_hash = 'x', hash = 'y' WHERE sequence = 3",
            3,
            "unlinked",
        ),
    ],
)
def test_the_first_broken_link_is_named(
    auditor: Client,
    trail: list[Event],
    database: Database,
    statement: LiteralString,
    sequence: int,
    fault: str,
) -> None:
    tamper(database, statement)

    answer = verification(auditor)

    assert (answer["isIntact"], answer["brokenSequence"], answer["fault"]) == (
        False,
        sequence,
        fault,
    )


def test_an_entry_rewritten_with_its_hash_breaks_the_link_after_it(
    auditor: Client, trail: list[Event], database: Database
) -> None:
    tamper(database, "UPDATE audit_entries SET actor = 'user:mallory' WHERE sequence = 2")
    tamper(
        database, "UPDATE audit_entries SET hash = app.audit_hash(audit_entries) WHERE sequence = 2"
    )

    answer = verification(auditor)

    assert (answer["brokenSequence"], answer["fault"]) == (3, "unlinked")


def test_a_long_chain_is_checked_stretch_by_stretch(
    auditor: Client, trail: list[Event], monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setattr(audit, "STRETCH", 3)

    first = verification(auditor)
    assert (first["isIntact"], first["isComplete"], first["lastSequence"]) == (True, False, 3)
    second = verification(auditor, after=3)
    assert (second["isIntact"], second["isComplete"], second["lastSequence"]) == (True, True, 4)

    tamper(database, "UPDATE audit_entries SET previous_hash = 'x' WHERE sequence = 4")
    assert verification(auditor, after=3)["brokenSequence"] == 4


def test_entries_written_at_once_form_one_chain(
    auditor: Client, tenant: TenantId, database: Database
) -> None:
    def write(number: int) -> None:
        with sessions.connected_by(database.connect):
            record(tenant, number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(32)))

    answer = verification(auditor)
    assert (answer["isIntact"], answer["lastSequence"]) == (True, 32)


def test_nobody_chooses_the_place_or_the_hash_of_an_entry(
    auditor: Client, trail: list[Event], tenant: TenantId
) -> None:
    with sessions.tenant_session(tenant) as session:
        session.execute(
            "INSERT INTO audit_entries (tenant_id, entry_id, event_id, occurred_at, actor, action,"
            " resource_type, resource_id, created_at, sequence, previous_hash, hash)"
            " VALUES (%s, %s, %s, now(), 'x', 'x', 'x', 'x', now(), 77, 'a', 'b')",
            [tenant, uuid4(), uuid4()],
        )

    assert (verification(auditor)["isIntact"], verification(auditor)["lastSequence"]) == (True, 5)


def test_the_application_cannot_move_the_end_of_the_chain(
    trail: list[Event], tenant: TenantId
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        sessions.tenant_session(tenant) as session,
    ):
        session.execute("UPDATE audit_heads SET sequence = 1")


# --- Exports -------------------------------------------------------------------------------------


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("EXPORTS_BUCKET", "acme-dev-exports")
    settings.cache_clear()
    monkeypatch.setattr(exports, "_s3", exports._s3.__wrapped__)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="acme-dev-exports")
        yield "acme-dev-exports"


def export(client: Client, **body: str) -> dict[str, Any]:
    reply = client.post(f"{PATH}/exports", body)
    assert reply.status == 201, reply.text
    return dict(reply.json)


def test_json_lines_hold_every_entry_the_oldest_first(
    auditor: Client, trail: list[Event], bucket: str
) -> None:
    answer = export(auditor, format="jsonl")

    lines = [json.loads(line) for line in requests.get(answer["url"]).text.splitlines()]
    assert answer["entries"] == len(lines) == 4
    assert [line["sequence"] for line in lines] == [1, 2, 3, 4]
    assert lines == auditor.get(PATH).json["items"][::-1]


def test_a_csv_has_a_column_per_field_and_no_formulas(
    auditor: Client, tenant: TenantId, bucket: str
) -> None:
    record(tenant, 1, agent='=HYPERLINK("http://x")', after={"name": 'a "b", c\nd'})

    answer = export(auditor, format="csv", action="tenant.updated")

    (row,) = csv.DictReader(io.StringIO(requests.get(answer["url"]).text, newline=""))
    assert row["agent"] == '\'=HYPERLINK("http://x")'
    assert json.loads(row["after"]) == {"name": 'a "b", c\nd'}
    assert row["before"] == ""


def test_an_export_obeys_the_filters_and_lies_in_the_tenants_own_folder(
    auditor: Client, trail: list[Event], bucket: str, tenant: TenantId
) -> None:
    answer = export(auditor, format="jsonl", resourceType="invitation")

    assert answer["entries"] == 2
    (stored,) = boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert UUID(stored["Key"].partition("/")[0]) == tenant


def test_a_large_export_is_streamed_in_parts(
    auditor: Client, tenant: TenantId, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 0
    seen = audit.stream

    def repeated(entries: Iterator[audit.Entry]) -> Iterator[audit.Entry]:
        nonlocal most
        for entry in entries:
            for number in range(9000):  # as if there were as many
                most += 1
                yield entry._replace(sequence=number + 1)

    @contextmanager
    def watched(*args: Any) -> Iterator[Iterator[audit.Entry]]:
        with seen(*args) as entries:
            yield repeated(entries)

    monkeypatch.setattr(audit, "stream", watched)
    record(tenant, 1, after={"text": "x" * 1500})

    answer = export(auditor, format="jsonl")

    body = requests.get(answer["url"]).content
    assert answer["entries"] == most == 9000
    assert len(body.splitlines()) == 9000
    assert len(body) > 8 * 1024 * 1024  # more than one part of an upload
