"""Billing over the API: what is billed, what becomes of it, and who may say how."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from saasgen.testing import Database

from handlers.api.http import serving
from handlers.platform.aws import exports
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings

from ...accounting import events_of, invoices_of, settle_on, take_in, use
from ..conftest import Caller, Client

FIRST = datetime(2026, 2, 1, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.serve, "__defaults__", (lambda: NOW,))


@pytest.fixture
def tenant(database: Database) -> TenantId:
    """Take in a tenant that used 10.00 in February, and 5.00 in March."""
    tenant = take_in(FIRST)
    settle_on(tenant, tax=Decimal(19))
    use(tenant, date(2026, 2, 20), "10.00")
    use(tenant, date(2026, 3, 2), "5.00")
    return tenant


@pytest.fixture
def root(tenant: TenantId, caller: Caller) -> Client:
    return caller(tenant, "super_admin")


@pytest.fixture
def draft(root: Client) -> str:
    (invoice,) = root.post("/v1/billing/generate", {}).json["invoices"]
    return f"/v1/invoices/{invoice['invoiceId']}"


@pytest.fixture
def issued(operator_admin: Client, draft: str) -> str:
    assert operator_admin.post(f"{draft}/finalize").status == 200
    return draft


def test_the_preview_is_what_is_generated_once(root: Client, tenant: TenantId) -> None:
    shown = root.post("/v1/billing/generate", {"preview": True}).json
    assert invoices_of(tenant) == []
    made, again = (root.post("/v1/billing/generate", {}).json for _ in range(2))
    assert (made["isNew"], again["isNew"]) == (True, False)
    assert again["invoices"] == made["invoices"]
    (wanted,), (stored,) = shown["drafts"], made["invoices"]
    assert all(stored[name] == value for name, value in wanted.items())
    assert (stored["status"], stored["totalMinor"], "number" in stored) == ("draft", 1428, False)
    assert (made["periodStart"], made["periodEnd"]) == ("2026-02-01", "2026-03-01")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"periodStart": "2026-02-01", "periodEnd": "2026-03-01"}, 200),
        ({"periodStart": "2026-03-01", "periodEnd": "2026-04-01"}, 409),
        ({"periodStart": "2026-02-02", "periodEnd": "2026-03-01"}, 409),
        ({"periodStart": "2026-02-01"}, 422),
        ({"periodStart": "2026-03-01", "periodEnd": "2026-02-01"}, 422),
        ({"periodStart": "yesterday", "periodEnd": "2026-02-01"}, 400),
        ({"preview": "yes"}, 400),
    ],
)
def test_only_the_next_period_that_has_ended_is_billed(
    root: Client, body: dict[str, Any], status: int
) -> None:
    assert root.post("/v1/billing/generate", body).status == status


def test_the_running_period_is_shown_with_its_budget(root: Client, tenant: TenantId) -> None:
    settle_on(tenant, tax=Decimal(19), budget=1_000)
    shown = root.get("/v1/billing/current").json
    assert (shown["periodStart"], shown["periodEnd"]) == ("2026-03-01", "2026-04-01")
    assert (shown["totalMinor"], shown["budgetUsedPercent"]) == (714, 71)
    assert shown["drafts"][0]["lines"][0]["usage"]["providerCost"] == "5"


def test_the_projection_has_a_range(root: Client) -> None:
    shown = root.get("/v1/billing/projections").json
    assert shown["soFarMinor"] == 714
    assert 714 <= shown["lowMinor"] < shown["expectedMinor"] < shown["highMinor"]
    assert shown["sampleDays"] == 28


def test_an_invoice_is_finalized_and_paid_by_hand(
    operator_admin: Client, tenant: TenantId, draft: str
) -> None:
    finalized = operator_admin.post(f"{draft}/finalize").json
    assert (finalized["number"], finalized["status"]) == (1, "pending")
    assert finalized["dueAt"] == "2026-03-25T12:00:00Z"
    body = {"reference": "RF18 5390", "paidAt": "2026-03-10T08:00:00+01:00"}
    paid = operator_admin.post(f"{draft}/pay", body).json
    assert (paid["status"], paid["paymentReference"]) == ("paid", "RF18 5390")
    assert paid["paidAt"] == "2026-03-10T07:00:00Z"
    names = [name for name, _ in events_of(tenant, "invoice.")]
    assert names == ["invoice.generated", "invoice.finalized", "invoice.paid"]


STEPS = {
    "finalize": None,
    "pay": {"reference": "RF18"},
    "void": {"note": "Billed twice"},
    "credit-notes": {"note": "Outage"},
}
TOLD = {
    "finalize": "invoice.finalized",
    "pay": "invoice.paid",
    "void": "invoice.voided",
    "credit-notes": "invoice.credited",
}
WAYS: list[tuple[list[str], str]] = [
    ([], "finalize"),
    ([], "void"),
    (["finalize"], "pay"),
    (["finalize"], "void"),
    (["finalize"], "credit-notes"),
]


@pytest.mark.parametrize(
    ("way", "step", "status"),
    [
        ([], "pay", 409),
        ([], "credit-notes", 409),
        ([], "void", 200),
        (["void"], "finalize", 409),
        (["finalize"], "finalize", 409),
        (["finalize"], "void", 200),
        (["finalize"], "credit-notes", 201),
        (["finalize", "pay"], "pay", 409),
        (["finalize", "pay"], "void", 409),
        (["finalize", "pay"], "credit-notes", 201),
        (["finalize", "void"], "pay", 409),
        (["finalize", "void"], "void", 409),
        (["finalize", "void"], "credit-notes", 409),
        (["finalize", "credit-notes"], "pay", 409),
        (["finalize", "credit-notes"], "credit-notes", 409),
        (["finalize", "pay", "credit-notes"], "credit-notes", 409),
    ],
)
def test_an_invoice_goes_its_ways_and_no_others(
    operator_admin: Client, draft: str, way: list[str], step: str, status: int
) -> None:
    for before in way:
        assert operator_admin.post(f"{draft}/{before}", STEPS[before]).status < 300
    reply = operator_admin.post(f"{draft}/{step}", STEPS[step])
    assert reply.status == status, reply.text


def test_a_payment_in_the_future_is_refused(operator_admin: Client, issued: str) -> None:
    body = {"reference": "x", "paidAt": "2026-03-11T12:00:01Z"}
    reply = operator_admin.post(f"{issued}/pay", body)
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "/paidAt")


def test_credits_come_to_exactly_what_was_billed(
    operator_admin: Client, root: Client, tenant: TenantId, issued: str
) -> None:
    notes = [
        operator_admin.post(
            f"{issued}/credit-notes", {"note": "Outage", "amountMinor": amount}
        ).json
        for amount in (1, 333, 94)
    ]
    assert root.get(issued).json["status"] == "pending"
    body = {"note": "Outage", "amountMinor": 1001}
    too_much = operator_admin.post(f"{issued}/credit-notes", body)
    assert (too_much.status, too_much.json["errors"][0]["field"]) == (422, "/amountMinor")
    reply = operator_admin.post(f"{issued}/credit-notes", {"note": "The rest"})
    notes.append(reply.json)
    location = reply.headers["Location"]
    assert location == f"/v1/tenants/{tenant}/invoices/{reply.json['invoiceId']}"
    assert operator_admin.get(location).json == root.get(location).json == reply.json
    assert [note["number"] for note in notes] == [2, 3, 4, 5]
    assert [note["totalMinor"] for note in notes] == [-1, -333, -94, -1000]
    assert sum(note["taxMinor"] for note in notes) == -228
    assert root.get(issued).json["status"] == "cancelled"
    assert all(f"/v1/invoices/{note['creditedInvoiceId']}" == issued for note in notes)


def test_an_invoice_says_what_is_still_open_of_it(operator_admin: Client, issued: str) -> None:
    def told(answer: Any) -> tuple[int, int, int]:
        return answer["totalMinor"], answer["creditedMinor"], answer["openMinor"]

    address = operator_admin.post(
        f"{issued}/credit-notes", {"note": "Outage", "amountMinor": 428}
    ).json["tenantId"]
    listed = operator_admin.get(f"/v1/tenants/{address}/invoices").json["items"]
    assert [told(invoice) for invoice in listed] == [(-428, 0, 0), (1428, 428, 1000)]
    paid = operator_admin.post(f"{issued}/pay", STEPS["pay"]).json
    assert told(paid) == (1428, 428, 0)


@pytest.mark.parametrize(
    ("way", "word"), [([], "is not paid"), (["pay"], "was not collected by Stripe")]
)
def test_only_what_stripe_collected_is_refunded_by_it(
    operator_admin: Client, tenant: TenantId, issued: str, way: list[str], word: str
) -> None:
    for before in way:
        assert operator_admin.post(f"{issued}/{before}", STEPS[before]).status == 200
    owed = invoices_of(tenant)
    reply = operator_admin.post(f"{issued}/credit-notes", {"note": "Outage", "refund": True})
    assert reply.status == 409
    assert word in reply.json["detail"]
    assert invoices_of(tenant) == owed
    assert events_of(tenant, "invoice.credited") == []


def test_an_invoice_that_was_credited_in_part_is_not_voided(
    operator_admin: Client, issued: str
) -> None:
    operator_admin.post(f"{issued}/credit-notes", {"note": "Outage", "amountMinor": 10})
    assert operator_admin.post(f"{issued}/void", STEPS["void"]).status == 409


def test_a_credit_that_is_sent_twice_is_one(
    operator_admin: Client, tenant: TenantId, issued: str
) -> None:
    body, key = {"note": "Outage", "amountMinor": 10}, {"Idempotency-Key": "k-1"}
    first, second = (
        operator_admin.post(f"{issued}/credit-notes", body, headers=key) for _ in range(2)
    )
    assert first.json == second.json
    assert len(invoices_of(tenant)) == 2


@pytest.mark.parametrize(("way", "step"), WAYS)
def test_a_customer_neither_issues_nor_settles_what_it_owes(
    root: Client, operator_admin: Client, tenant: TenantId, draft: str, way: list[str], step: str
) -> None:
    for before in way:
        assert operator_admin.post(f"{draft}/{before}", STEPS[before]).status < 300
    owed = invoices_of(tenant)
    assert root.post(f"{draft}/{step}", STEPS[step]).status == 403
    assert invoices_of(tenant) == owed


@pytest.mark.parametrize(("way", "step"), WAYS)
def test_both_trails_tell_what_the_operator_did(
    operator_admin: Client,
    operator: TenantId,
    tenant: TenantId,
    draft: str,
    way: list[str],
    step: str,
) -> None:
    for before in [*way, step]:
        assert operator_admin.post(f"{draft}/{before}", STEPS[before]).status < 300
    name, told = events_of(tenant, "invoice.")[-1]
    assert name == TOLD[step]
    assert told["actor"] == f"user:{operator_admin.claims['sub']}"
    reached = [data["route"] for _, data in events_of(operator, "operator.")]
    assert reached == [f"POST {draft}/{before}" for before in [*way, step]]
    assert events_of(operator, "invoice.") == []


@pytest.mark.parametrize("step", STEPS)
def test_an_invoice_that_nobody_has_is_not_there(operator_admin: Client, step: str) -> None:
    reply = operator_admin.post(f"/v1/invoices/{uuid4()}/{step}", STEPS[step])
    assert (reply.status, reply.json["detail"]) == (404, "There is no invoice with this id.")


def test_the_operator_finds_the_invoices_of_a_customer(
    operator_admin: Client, root: Client, tenant: TenantId, issued: str
) -> None:
    address = f"/v1/tenants/{tenant}/invoices"
    (listed,) = operator_admin.get(address).json["items"]
    assert root.get(address).json["items"] == [listed]
    assert operator_admin.get(address, query={"status": "draft"}).json == {"items": []}
    assert f"/v1/invoices/{listed['invoiceId']}" == issued
    read = operator_admin.get(f"{address}/{listed['invoiceId']}").json
    assert read == root.get(issued).json
    assert (read["tenantId"], read["lines"][0]["amountMinor"]) == (str(tenant), 1200)


def test_nobody_but_the_operator_finds_the_invoices_of_another_tenant(
    caller: Caller, tenant: TenantId, issued: str
) -> None:
    stranger = caller(take_in(FIRST, "Hooli"), "super_admin")
    invoice = issued.rpartition("/")[2]
    for theirs, unknown in (("", ""), (f"/{invoice}", f"/{uuid4()}")):
        found = stranger.get(f"/v1/tenants/{tenant}/invoices{theirs}")
        missing = stranger.get(f"/v1/tenants/{uuid4()}/invoices{unknown}")
        assert found.status == missing.status == 404
        assert found.json["detail"] == missing.json["detail"]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make the bucket that documents are fetched from."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "EXPORTS_BUCKET": "exports",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    exports._s3.cache_clear()
    with mock_aws():
        bucket = boto3.resource("s3").create_bucket(Bucket="exports")
        yield bucket
    exports._s3.cache_clear()


@pytest.mark.parametrize(("format_", "begins"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-")])
def test_the_document_is_fetched_by_an_address_that_expires(
    root: Client,
    operator_admin: Client,
    operator: TenantId,
    tenant: TenantId,
    issued: str,
    bucket: Any,
    format_: str,
    begins: bytes,
) -> None:
    wanted, invoice = {"format": format_}, issued.removeprefix("/v1/")
    told = root.get(f"{issued}/document", query=wanted).json
    key = f"{tenant}/{invoice}.{format_}"
    own = bucket.Object(key).get()["Body"].read()
    assert own.startswith(begins)
    assert key in told["url"]
    assert told["expiresAt"] == "2026-03-11T12:15:00Z"

    address = f"/v1/tenants/{tenant}/{invoice}/document"
    assert key in operator_admin.get(address, query=wanted).json["url"]
    assert bucket.Object(key).get()["Body"].read() == own
    assert events_of(operator, "operator.")[-1][1]["route"] == f"GET {address}"


def test_nobody_but_the_operator_sees_the_document_of_another_tenant(
    caller: Caller, tenant: TenantId, issued: str, bucket: Any
) -> None:
    stranger, invoice = caller(take_in(FIRST, "Hooli"), "super_admin"), issued.removeprefix("/v1/")
    assert stranger.get(f"/v1/tenants/{tenant}/{invoice}/document").status == 404
    assert [*bucket.objects.all()] == []


def test_the_operator_bills_a_customer_as_it_would_itself_and_both_trails_tell(
    operator_admin: Client, operator: TenantId, root: Client, tenant: TenantId
) -> None:
    address = f"/v1/tenants/{tenant}/billing/generate"
    shown = operator_admin.post(address, {"preview": True}).json
    assert shown == root.post("/v1/billing/generate", {"preview": True}).json
    assert invoices_of(tenant) == []
    made = operator_admin.post(address, {}).json
    again = operator_admin.post(address, {}).json
    assert (made["isNew"], again["isNew"]) == (True, False)
    assert [shown["drafts"][0]["totalMinor"]] == [i.total_minor for i in invoices_of(tenant)]
    assert root.post("/v1/billing/generate", {}).json == again
    (told,) = [data for name, data in events_of(tenant) if name == "invoice.generated"]
    assert told["actor"] == f"user:{operator_admin.claims['sub']}"
    reached = [data["route"] for _, data in events_of(operator, "operator.")]
    assert reached == [f"POST {address}"] * 3
    assert events_of(operator, "invoice.") == []


def test_nobody_else_bills_another_tenant(caller: Caller, root: Client, tenant: TenantId) -> None:
    stranger = caller(take_in(FIRST, "Hooli"), "super_admin")
    for client in (stranger, root):
        assert client.post(f"/v1/tenants/{tenant}/billing/generate", {}).status == 403
    assert invoices_of(tenant) == []


def test_a_tenant_that_is_not_there_is_not_billed(operator_admin: Client) -> None:
    reply = operator_admin.post(f"/v1/tenants/{uuid4()}/billing/generate", {})
    assert (reply.status, reply.json["detail"]) == (404, "There is no tenant with this id.")
