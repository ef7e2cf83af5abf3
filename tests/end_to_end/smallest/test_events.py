"""Events of the smallest stack: fan-out, traces, dead letters and their replay."""

import json
import secrets
import time
from typing import Any, LiteralString

import psycopg

from tests.end_to_end.conftest import as_json, saasgen
from tests.end_to_end.smallest.conftest import Live


def test_an_event_fans_out_to_one_invoice_one_mail_and_the_audit_trail(live: Live):
    tenant, token = live.new_tenant("Fanout")
    body = {"tierId": "INDIVIDUAL", "billingCycle": "annual"}

    made = live.call("POST", "/v1/subscriptions", token, json=body)
    assert made.status_code == 201, made.text
    live.sandbox.wait_idle(60)
    invoices = _until(lambda: live.call("GET", "/v1/invoices", token).json()["items"])
    _until(lambda: _invoice_mails(live, tenant["email"]))
    live.sandbox.wait_idle(60)

    assert [i["totalMinor"] for i in invoices] == [29000]
    assert invoices[0]["number"] == 1
    assert len(_invoice_mails(live, tenant["email"])) == 1


def test_one_trace_is_found_in_the_lines_of_all_it_led_to(live: Live):
    """What the saved query asks for: the API function, the relay, every consumer."""
    _, token = live.new_tenant("Traced")
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"

    made = live.call(
        *("POST", "/v1/subscriptions", token),
        json={"tierId": "INDIVIDUAL"},
        headers={"X-Amzn-Trace-Id": f"Root={root}"},
    )
    assert made.status_code == 201, made.text
    live.sandbox.wait_idle(60)

    def told(function: str) -> set[str]:
        lines = (line for line in live.sandbox.logs(f"acme-dev-{function}") if root in line)
        found = [json.loads(line) for line in lines]
        return {
            line["message"]
            for line in found
            if root in (line["xray_trace_id"], line.get("originTraceId"))
        }

    assert "Request completed" in told("subscriptions")
    assert "event published" in told("outbox-relay")
    assert "event handled" in _until(lambda: told("generate-invoice"))
    # invoice.finalized follows from the event, and belongs to the same trace
    for consumer, events in {"send-notification": 2, "write-audit": 3}.items():
        lines = _until(
            lambda consumer=consumer, events=events: _lines_of_events(live, consumer, root, events)
        )
        assert {"subscription.created", "invoice.finalized"} <= {x["eventType"] for x in lines}


def test_a_message_no_consumer_can_process_ends_in_its_dead_letter_queue_with_the_reason(
    live: Live,
):
    sqs = live.aws("sqs")
    url = sqs.get_queue_url(QueueName="acme-dev-write-audit")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName="acme-dev-write-audit-dlq")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="this is no event")
    received = _until(
        lambda: sqs.receive_message(
            QueueUrl=dead, MessageSystemAttributeNames=["All"], VisibilityTimeout=1
        ).get("Messages")
    )

    assert received[0]["Body"] == "this is no event"
    # `timeout` and prose do not help who is on call; the log says which message and why.
    lines = list(live.sandbox.logs("acme-dev-write-audit"))
    assert any(received[0]["MessageId"] in line for line in lines)
    sqs.purge_queue(QueueUrl=dead)


def test_what_died_is_explained_and_replayed_to_the_consumer_that_failed(live: Live):
    live.sandbox.wait_idle(60)
    _in_database(live, "REVOKE INSERT ON audit_entries FROM app")
    tenant, _ = live.new_tenant("Redriven")
    _until(lambda: _dead(live, "write-audit") == 2)

    looked = saasgen("redrive", "write_audit", live.path, "--sandbox", "--dry-run", "--json")

    assert looked.returncode == 2, looked.stderr
    dead = {message["eventType"]: message for message in as_json(looked)["messages"]}
    assert len(dead) == 2, "that a tenant was made, and that the operator did it"
    assert dead["tenant.created"]["tenantId"] == tenant["tenantId"]
    for found in dead.values():
        assert found["attempts"] == 5
        assert found["reason"] == "InsufficientPrivilege: permission denied for table audit_entries"
    assert _dead(live, "write-audit") == 2

    _in_database(live, "GRANT INSERT ON audit_entries TO app")
    replayed = saasgen("redrive", "write_audit", live.path, "--sandbox")
    again = saasgen("redrive", "write_audit", live.path, "--sandbox", "--json")
    live.sandbox.wait_idle(60)

    assert replayed.returncode == 0, replayed.stderr
    assert "write_audit: replayed 2, left 0." in replayed.stderr
    assert again.returncode == 0, again.stderr
    assert as_json(again)["messages"] == []
    entries = "SELECT count(*) FROM audit_entries WHERE event_id = %s"
    for found in dead.values():
        assert _in_database(live, entries, found["eventId"]) == (1,)
    # the consumers that had dealt with it were not told again
    assert len([m for m in live.sandbox.mail() if tenant["email"] in m.to]) == 1


def _invoice_mails(live: Live, email: str) -> list[Any]:
    return [m for m in live.sandbox.mail() if email in m.to and "nvoice" in m.subject]


def _dead(live: Live, queue: str) -> int:
    """How many messages wait in a dead-letter queue where everybody sees them."""
    url = live.aws("sqs").get_queue_url(QueueName=f"acme-dev-{queue}-dlq")["QueueUrl"]
    wanted = ["ApproximateNumberOfMessages"]
    answer = live.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
    return int(answer["Attributes"][wanted[0]])


def _in_database(live: Live, statement: LiteralString, *values: str) -> Any:
    """Run a statement past row security; return its first row, if it has one."""
    dsn = live.sandbox.status().database.superuser_dsn
    with psycopg.connect(dsn, autocommit=True) as connection:
        done = connection.execute(statement, values or None)
        return done.fetchone() if done.description else None


def _lines_of_events(live: Live, consumer: str, root: str, count: int) -> list[dict[str, Any]]:
    """Lines about events handled under a trace, once there are so many."""
    lines = (line for line in live.sandbox.logs(f"acme-dev-{consumer}") if root in line)
    handled = [x for x in map(json.loads, lines) if x["message"] == "event handled"]
    return handled if len(handled) >= count else []


def _until(look: Any, timeout_s: float = 60) -> Any:
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found
