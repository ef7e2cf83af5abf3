"""Redriving events: what is said of dead letters, and what happens to them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from handlers.jobs import redrive
from handlers.jobs.dead_letters.events import Events
from handlers.jobs.redrive import RedriveOrder, RedriveRun
from handlers.platform.base.clock import system_clock
from handlers.platform.base.rate_limit import Pace
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.messaging import dead_letters, event_failures
from handlers.platform.messaging.dead_letters import DeadLetterQueue

CONSUMER = "send_notification"
QUEUES = {
    "send_notification": {
        "dead_letter_queue_name": "acme-dev-send-notification-dlq",
        "queue_name": "acme-dev-send-notification",
    },
    "write_audit": {
        "dead_letter_queue_name": "acme-dev-write-audit-dlq",
        "queue_name": "acme-dev-write-audit",
    },
}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture
def sqs(sqs, monkeypatch):
    """Make the queues of two consumers."""
    monkeypatch.setenv("DEAD_LETTER_QUEUES", json.dumps(QUEUES))
    settings.cache_clear()
    for queue in QUEUES.values():
        for name in queue.values():
            sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "90"})
    return sqs


@pytest.fixture
def letters(sqs):
    """Read a queue without changing it."""

    def letters(name="acme-dev-send-notification-dlq"):
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = []
        while batch := sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=30,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            found += batch
        for message in found:
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        return found

    return letters


@pytest.fixture
def replayed(letters):
    return lambda: letters("acme-dev-send-notification")


@pytest.fixture
def bury(sqs):
    """Put a body into the dead-letter queue, as SQS and the topic do."""

    def bury(body, **attributes):
        url = sqs.get_queue_url(QueueName="acme-dev-send-notification-dlq")["QueueUrl"]
        sent = sqs.send_message(
            QueueUrl=url,
            MessageBody=body if isinstance(body, str) else body.model_dump_json(by_alias=True),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
            MessageSystemAttributes={
                "AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}
            },
        )
        return sent["MessageId"]

    return bury


@pytest.fixture
def event(tenant, make_event):
    return make_event(tenant, event_type="tenant.created", data={"name": "Initech"})


@pytest.fixture
def run(sqs, context):
    """Redrive on a clock that moves when the pace sleeps."""
    slept = []

    def run(during=None, **order):
        order = RedriveOrder(queue=CONSUMER, **order)

        def sleep(seconds):
            slept.append(seconds)
            if during:
                during()

        return RedriveRun(
            order,
            Events(CONSUMER, "acme-dev-send-notification"),
            DeadLetterQueue("acme-dev-send-notification-dlq"),
            Pace(order.per_second, lambda: sum(slept), sleep),
            system_clock,
            context,
        )()

    run.slept = slept
    return run


def _outcomes(answer):
    return [message["outcome"] for message in answer["messages"]]


def _make_uncertain(event, state="uncertain"):
    now = datetime.now(UTC)
    with sessions.tenant_session(event.tenant_id) as session:
        session.execute(
            "INSERT INTO deliveries (tenant_id, delivery_key, channel, recipient, state, fence,"
            " lease_expires_at, created_at, updated_at)"
            " VALUES (%(t)s, %(k)s, 'mail', 'a@b.example', %(s)s, 1, %(n)s, %(n)s, %(n)s)",
            {"t": event.tenant_id, "k": f"{CONSUMER}:{event.event_id}", "s": state, "n": now},
        )


class TestDryRun:
    def test_it_tells_what_died_when_how_often_and_why(self, run, bury, event, clock):
        message_id = bury(event)
        for _ in range(3):
            event_failures.record(CONSUMER, event, ValueError("no such plan"), clock())
        answer = run()
        [message] = answer["messages"]
        assert message.pop("sentAt")
        assert message == {
            "messageId": message_id,
            "outcome": "ready",
            "eventType": "tenant.created",
            "eventId": str(event.event_id),
            "tenantId": str(event.tenant_id),
            "since": "2026-03-01T12:00:00+00:00",
            "received": 1,
            "attempts": 3,
            "reason": "ValueError: no such plan",
        }
        assert (answer["visible"], answer["hidden"], answer["finished"]) == (1, 0, True)
        assert json.dumps(answer)

    def test_it_leaves_every_message_where_everybody_sees_it(
        self, run, bury, event, letters, replayed
    ):
        before = [bury(event) for _ in range(25)]
        assert _outcomes(run()) == ["ready"] * 25
        assert sorted(m["MessageId"] for m in letters()) == sorted(before)
        assert replayed() == []
        assert run.slept == []

    def test_it_says_how_to_find_a_reason_that_was_not_recorded(self, run, bury, event):
        message_id = bury(event)
        [message] = run()["messages"]
        assert "reason" not in message
        assert message["logGroup"] == "/aws/lambda/acme-dev-send-notification"
        assert f"messageId = '{message_id}'" in message["logQuery"]
        assert f"eventId = '{event.event_id}'" in message["logQuery"]

    def test_another_consumers_reason_is_not_this_ones(self, run, bury, event, clock):
        bury(event)
        event_failures.record("write_audit", event, ValueError("elsewhere"), clock())
        assert "reason" not in run()["messages"][0]

    def test_the_limit_bounds_what_it_looks_at(self, run, bury, event):
        for _ in range(12):
            bury(event)
        answer = run(limit=11)
        assert len(answer["messages"]) == 11
        assert not answer["finished"]

    def test_an_empty_queue_is_empty(self, run, database):
        answer = run()
        assert answer["messages"] == []
        assert answer["finished"]


class TestReplay:
    def test_a_message_reaches_its_own_queue_whole_and_no_other(
        self, run, bury, event, letters, replayed
    ):
        bury(event, eventType="tenant.created", tenantId=str(event.tenant_id))
        answer = run(dry_run=False)
        assert _outcomes(answer) == ["replayed"]
        assert (answer["replayed"], answer["finished"]) == (1, True)
        [message] = replayed()
        assert message["Body"] == event.model_dump_json(by_alias=True)
        attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
        assert attributes == {"eventType": "tenant.created", "tenantId": str(event.tenant_id)}
        assert message["Attributes"]["AWSTraceHeader"] == TRACE
        assert letters() == []
        assert letters("acme-dev-write-audit") == []
        assert letters("acme-dev-write-audit-dlq") == []

    def test_a_second_run_finds_nothing_left(self, run, bury, event, replayed):
        bury(event)
        run(dry_run=False)
        again = run(dry_run=False)
        assert (again["messages"], again["replayed"]) == ([], 0)
        assert len(replayed()) == 1

    def test_a_crash_between_handing_over_and_deleting_loses_nothing(
        self, run, bury, event, letters, replayed, monkeypatch
    ):
        for _ in range(3):
            bury(event)

        def die(*_):
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(dead_letters.Look, "delete", die)
            with pytest.raises(SystemExit):
                run(dry_run=False)
        assert len(replayed()) == 1
        assert len(letters()) == 3
        assert run(dry_run=False)["replayed"] == 3
        assert len(replayed()) == 4
        assert letters() == []

    def test_what_a_killed_run_held_comes_back_by_itself(self, sqs, bury, event, run, context):
        bury(event)
        url = sqs.get_queue_url(QueueName="acme-dev-send-notification-dlq")["QueueUrl"]
        asked = []
        original = dead_letters._sqs().receive_message
        dead_letters._sqs().receive_message = lambda **kw: (asked.append(kw), original(**kw))[1]
        context.remaining_ms = 42_000
        run()
        assert {call["VisibilityTimeout"] for call in asked} == {47}
        assert {call["QueueUrl"] for call in asked} == {url}

    def test_two_at_once_replay_each_message_once(self, run, bury, event, replayed, letters):
        for _ in range(20):
            bury(event)
        other = []

        def second():
            if not other:
                other.append(None)
                other.append(run(dry_run=False))

        first = run(during=second, dry_run=False)
        assert first["replayed"] + other[1]["replayed"] == 20
        assert other[1]["replayed"] > 0
        assert other[1]["hidden"] == 10
        assert len(replayed()) == 20
        assert letters() == []

    def test_the_rate_is_kept(self, run, bury, event):
        for _ in range(15):
            bury(event)
        run(dry_run=False, per_second=4)
        assert run.slept == pytest.approx([0.25] * 15)

    def test_the_limit_bounds_what_is_replayed(self, run, bury, event, letters, replayed):
        for _ in range(13):
            bury(event)
        answer = run(dry_run=False, limit=12)
        assert (answer["replayed"], answer["finished"]) == (12, False)
        assert len(replayed()) == 12
        assert len(letters()) == 1

    def test_a_limit_that_is_just_enough_leaves_nothing(self, run, bury, event):
        for _ in range(12):
            bury(event)
        assert run(dry_run=False, limit=12)["finished"]

    def test_it_stops_before_its_time_is_up(self, run, bury, event, context, letters, replayed):
        for _ in range(3):
            bury(event)

        def age():
            context.remaining_ms -= 20_000

        answer = run(during=age, dry_run=False)
        context.remaining_ms = 60_000
        assert (answer["replayed"], answer["finished"]) == (3, True)
        for _ in range(5):
            bury(event)
        answer = run(during=age, dry_run=False)
        assert (answer["replayed"], answer["finished"]) == (3, False)
        assert len(letters()) == 2
        assert len(replayed()) == 6

    def test_a_message_that_dies_again_at_once_does_not_go_round(
        self, run, bury, event, letters, replayed
    ):
        bury(event)
        first = run(dry_run=False, during=lambda: bury(event))
        assert _outcomes(first) == ["replayed", "newer"]
        again = run(dry_run=False, started_at=first["startedAt"])
        assert _outcomes(again) == ["newer"]
        assert len(replayed()) == 1
        assert len(letters()) == 1
        # a new run is a new decision
        assert _outcomes(run(dry_run=False)) == ["replayed"]


class TestWhatIsHeld:
    def test_what_is_no_event_is_explained_and_stays(self, run, bury, letters, replayed, database):
        bury('{"eventId": "1", "password": "hunter2"}')
        answer = run(dry_run=False)
        [message] = answer["messages"]
        assert message["outcome"] == "held"
        assert message["reason"].startswith("not an event: eventId: Input should be a valid UUID")
        assert "hunter2" not in json.dumps(answer)
        assert "no consumer will ever be able to read it" in message["advice"]
        assert len(letters()) == 1
        assert replayed() == []

    def test_a_delivery_that_may_have_been_sent_waits_for_a_person(
        self, run, bury, event, letters, replayed
    ):
        bury(event)
        _make_uncertain(event)
        [message] = run(dry_run=False)["messages"]
        assert message["outcome"] == "held"
        assert "ask the provider" in message["advice"]
        assert len(letters()) == 1
        assert replayed() == []

    @pytest.mark.parametrize("state", ["claimed", "sending"])
    def test_a_delivery_that_can_be_tried_again_is(self, run, bury, event, state):
        bury(event)
        _make_uncertain(event, state)
        assert _outcomes(run(dry_run=False)) == ["replayed"]

    def test_another_tenants_delivery_holds_nothing(self, run, bury, event, make_tenant):
        bury(event)
        _make_uncertain(event.model_copy(update={"tenant_id": make_tenant()}))
        assert _outcomes(run(dry_run=False)) == ["replayed"]

    def test_it_is_replayed_when_that_is_asked_for(self, run, bury, event, letters, replayed):
        bury(event)
        bury("nonsense")
        _make_uncertain(event)
        assert _outcomes(run(include_held=True)) == ["ready"] * 2
        assert run(dry_run=False, include_held=True)["replayed"] == 2
        assert len(replayed()) == 2
        assert letters() == []

    def test_it_does_not_use_up_the_limit(self, run, bury, event):
        for _ in range(15):
            bury("nonsense")
        for _ in range(3):
            bury(event)
        answer = run(dry_run=False, limit=3)
        assert answer["replayed"] == 3


class TestHandler:
    def test_an_operator_invokes_it_with_the_queues_key(self, sqs, bury, event, context, replayed):
        bury(event)
        dry = redrive.handler({"queue": CONSUMER}, context)
        assert (dry["dryRun"], _outcomes(dry)) == (True, ["ready"])
        order = {"queue": CONSUMER, "dryRun": False, "limit": 5, "perSecond": 50}
        assert redrive.handler(order, context)["replayed"] == 1
        assert len(replayed()) == 1

    def test_it_logs_what_it_replayed(self, sqs, bury, event, context, log_lines):
        message_id = bury(event)
        redrive.handler({"queue": CONSUMER, "dryRun": False, "perSecond": 50}, context)
        [line] = [line for line in log_lines() if line["message"] == "message replayed"]
        assert (line["messageId"], line["eventId"]) == (message_id, str(event.event_id))

    def test_an_unknown_queue_is_answered_with_those_there_are(self, sqs, context):
        with pytest.raises(redrive.UnknownQueueError, match="send_notification, write_audit"):
            redrive.handler({"queue": "nope"}, context)

    @pytest.mark.parametrize(
        "wrong",
        [{"limit": 0}, {"limit": 1001}, {"perSecond": 0}, {"perSecond": 51}, {"dry": True}],
    )
    def test_an_order_that_makes_no_sense_is_refused(self, sqs, context, wrong):
        with pytest.raises(ValueError, match="Order"):
            redrive.handler({"queue": CONSUMER} | wrong, context)

    def test_a_run_that_began_long_ago_is_still_that_run(self, sqs, bury, event, context):
        bury(event)
        began = datetime.now(UTC) - timedelta(hours=1)
        order = {"queue": CONSUMER, "dryRun": False, "startedAt": began.isoformat()}
        assert _outcomes(redrive.handler(order, context)) == ["newer"]
