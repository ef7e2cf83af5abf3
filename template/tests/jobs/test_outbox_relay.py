"""The relay's job: everything that waits goes to the topic with the attributes filters need."""

import json

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from handlers.jobs import outbox_relay
from handlers.platform import db
from handlers.platform.events import Event, publish
from handlers.platform.settings import settings


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
    with db.tenant_session(tenant) as session:
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
    with db.service_session() as session:
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
    with db.service_session() as session:
        waiting = session.one("SELECT count(*) AS n FROM outbox WHERE published_at IS NULL")
    assert waiting == {"n": 2}


def test_it_stops_before_its_time_is_up(queue, tenant, clock, context):
    _publish(tenant, clock, {})
    context.remaining_ms = 9_000
    assert outbox_relay.handler({}, context) == {"published": 0}
