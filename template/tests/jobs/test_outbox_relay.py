"""The relay's job: everything that waits goes to the topic with the attributes filters need."""

import json
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from handlers.jobs import outbox_relay
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event, publish


@pytest.fixture
def queue(aws, monkeypatch):
    """Return the address of a queue that gets what the topic gets."""
    forget_client = outbox_relay._topic.cache_clear
    forget_client()
    topic = boto3.client("sns").create_topic(Name="acme-dev-events")["TopicArn"]
    url = boto3.client("sqs").create_queue(QueueName="all")["QueueUrl"]
    boto3.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-east-1:123456789012:all",
        Attributes={"RawMessageDelivery": "true"},
    )
    monkeypatch.setenv("EVENTS_TOPIC_ARN", topic)
    settings.cache_clear()
    yield url
    forget_client()


def _publish(tenant, clock, *payloads):
    with sessions.tenant_session(tenant) as session:
        return [publish(session, "test.made", payload, clock()) for payload in payloads]


def _received(queue):
    sqs, messages = boto3.client("sqs"), []
    while batch := sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        messages += batch
    return messages


def test_everything_that_waits_is_published(queue, tenant, clock, context):
    written = _publish(tenant, clock, *({"n": n} for n in range(25)))
    assert outbox_relay.handler({}, context) == {"published": 25}
    events = [Event.model_validate_json(m["Body"]) for m in _received(queue)]
    assert sorted(event.event_id for event in events) == written
    assert outbox_relay.handler({}, context) == {"published": 0}


def test_messages_carry_type_and_tenant_for_filters(queue, tenant, clock, context):
    _publish(tenant, clock, {"seatCount": 3})
    outbox_relay.handler({}, context)
    [message] = _received(queue)
    attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
    assert attributes == {"eventType": "test.made", "tenantId": str(tenant)}
    body = json.loads(message["Body"])
    assert body["data"] == {"seatCount": 3}
    assert set(body) == {
        "eventId", "eventType", "tenantId", "occurredAt", "data", "correlationId"
    }  # fmt: skip


def test_one_event_too_large_does_not_hold_up_the_others(queue, tenant, clock, context):
    large, *_ = _publish(tenant, clock, {"text": "x" * 300_000}, {"n": 1}, {"n": 2})
    assert outbox_relay.handler({}, context) == {"published": 2}
    with sessions.service_session() as session:
        row = session.one("SELECT event_id, attempts FROM outbox WHERE published_at IS NULL")
    assert row == {"event_id": large, "attempts": 1}


def test_an_unreachable_topic_leaves_the_events_waiting(
    queue, tenant, clock, context, monkeypatch, log_lines
):
    class Nowhere:
        def publish_batch(self, **request):
            raise EndpointConnectionError(endpoint_url="https://sns")

    _publish(tenant, clock, {}, {})
    monkeypatch.setattr(outbox_relay, "_topic", Nowhere)
    assert outbox_relay.handler({}, context) == {"published": 0}
    [line, *_] = [line for line in log_lines() if line["level"] == "ERROR"]
    assert "Could not connect" in line["reason"]
    with sessions.service_session() as session:
        waiting = session.one("SELECT count(*) AS n FROM outbox WHERE published_at IS NULL")
    assert waiting == {"n": 2}


def test_it_stops_before_its_time_is_up(queue, tenant, clock, context):
    _publish(tenant, clock, {})
    context.remaining_ms = 9_000
    assert outbox_relay.handler({}, context) == {"published": 0}


def _trace(number, *, sampled):
    return f"Root=1-5759e988-{number:024x};Parent=53995c3f42cd8ad8;Sampled={int(sampled)}"


class TestTraces:
    """What botocore sends, in a function whose own invocation is traced, too."""

    OWN = _trace(0xFFF, sampled=True)

    @pytest.fixture
    def calls(self, queue, monkeypatch):
        """Return the calls that were sent: the trace header of each, and its events' numbers."""
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "acme-dev-outbox-relay")
        sent = []

        def note(request, **_):
            header = request.headers.get("X-Amzn-Trace-Id", b"")
            fields = parse_qs(
                request.body if isinstance(request.body, str) else request.body.decode()
            )
            bodies = [v for k, [v] in fields.items() if k.endswith(".Message")]
            numbers = sorted(json.loads(body)["data"]["n"] for body in bodies)
            sent.append((header.decode() if isinstance(header, bytes) else header, numbers))

        outbox_relay._topic().meta.events.register("before-send.sns.PublishBatch", note)
        return sent

    @pytest.fixture
    def write(self, tenant, clock, monkeypatch):
        """Write an event under each trace, then let the relay run under its own."""

        def write(*headers):
            for number, header in enumerate(headers):
                if header is None:
                    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
                else:
                    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
                _publish(tenant, clock, {"n": number})
            monkeypatch.setenv("_X_AMZN_TRACE_ID", self.OWN)

        return write

    def test_a_recorded_event_is_published_under_its_own_trace(self, calls, write, context):
        one, two = _trace(1, sampled=True), _trace(2, sampled=True)
        write(one, two, one)
        assert outbox_relay.handler({}, context) == {"published": 3}
        assert sorted(calls) == [(one, [0, 2]), (two, [1])]

    def test_events_that_are_not_recorded_share_calls_of_ten(self, calls, write, context):
        write(*(_trace(n, sampled=False) for n in range(25)))
        assert outbox_relay.handler({}, context) == {"published": 25}
        assert [len(numbers) for _, numbers in calls] == [10, 10, 5]
        assert [header for header, _ in calls] == [_trace(n, sampled=False) for n in (0, 10, 20)]

    def test_recorded_and_other_events_do_not_mix(self, calls, write, context):
        recorded, other = _trace(1, sampled=True), _trace(2, sampled=False)
        write(other, recorded, None, other)
        outbox_relay.handler({}, context)
        assert sorted(calls) == [(recorded, [1]), (other, [0, 2, 3])]

    def test_events_without_any_trace_go_out_under_the_relays(self, calls, write, context):
        write(None)
        outbox_relay.handler({}, context)
        assert calls == [(self.OWN, [0])]

    def test_each_message_says_which_trace_its_event_came_from(self, queue, calls, write, context):
        headers = [_trace(1, sampled=True), _trace(2, sampled=False), _trace(3, sampled=False)]
        write(*headers, None)
        outbox_relay.handler({}, context)
        found = {
            json.loads(m["Body"])["data"]["n"]: m["MessageAttributes"]
            .get("traceHeader", {})
            .get("StringValue")
            for m in _received(queue)
        }
        assert found == dict(enumerate([*headers, None]))

    def test_one_trace_that_is_refused_does_not_hold_up_another(
        self, calls, tenant, clock, context, monkeypatch
    ):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", _trace(1, sampled=True))
        _publish(tenant, clock, {"n": 1, "text": "x" * 300_000}, {"n": 2})
        monkeypatch.setenv("_X_AMZN_TRACE_ID", _trace(2, sampled=True))
        _publish(tenant, clock, {"n": 3})
        assert outbox_relay.handler({}, context) == {"published": 2}
