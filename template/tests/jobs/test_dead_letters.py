"""Dead letters that no consumer left: failed invocations and schedules that did not start."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.jobs import redrive
from handlers.jobs.dead_letters.invocations import Invocations
from handlers.jobs.dead_letters.schedules import Schedules
from handlers.platform.aws import lambda_functions
from handlers.platform.aws.lambda_functions import Functions
from handlers.platform.base.settings import MisconfiguredError, settings
from handlers.platform.messaging.dead_letters import DeadLetter

PREFIX = "arn:aws:lambda:us-east-1:123456789012:function"
RELAY = f"{PREFIX}:acme-dev-outbox-relay:live"
ALIASES = {"outbox_relay": RELAY, "purge_expired": f"{PREFIX}:acme-dev-purge-expired:live"}
SENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


class Lambda:
    """Stands in for the Lambda API: what was invoked, how, and with what."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, str, Any]] = []

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803
        self.invoked.append((FunctionName, InvocationType, json.loads(Payload)))


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    made = Lambda()
    monkeypatch.setattr(lambda_functions, "_lambda", lambda: made)
    return made


def letter(body: str, **attributes: str) -> DeadLetter:
    described = {k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()}
    return DeadLetter("m1", body, SENT, 1, described, None, "handle")


def record(**fields: Any) -> DeadLetter:
    """Make a record as Lambda writes it."""
    context = {
        "requestId": "e4b46cbf-b738-4880-8a18-f61cca236c72",
        "functionArn": f"{PREFIX}:acme-dev-purge-expired:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    told = {
        "version": "1.0",
        "timestamp": "2026-03-01T11:59:00.123Z",
        "requestContext": context | fields.pop("requestContext", {}),
        "requestPayload": {},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {
            "errorType": "ServiceUnavailable",
            "errorMessage": "The database\ncannot be reached, password=hunter2",
            "stackTrace": ["..."],
        },
    }
    return letter(json.dumps(told | fields))


def schedule(**attributes: str) -> DeadLetter:
    """Make a dead letter as EventBridge Scheduler writes it."""
    told = {
        "ERROR_CODE": "AccessDeniedException",
        "ERROR_MESSAGE": "User is not authorized to perform lambda:InvokeFunction",
        "EXECUTION_ID": "ad06616e51cdf74a",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "1",
        "SCHEDULED_TIME": "2026-03-01T12:00:00Z",
        "SCHEDULE_ARN": "arn:aws:scheduler:us-east-1:123456789012:schedule/acme-dev/relay",
        "TARGET_ARN": RELAY,
    }
    return letter("{}", **(told | attributes))


class TestInvocations:
    kind = Invocations(Functions(ALIASES))

    def test_the_record_says_which_function_failed_and_why(self):
        [found] = self.kind.diagnose([record()])
        assert found.facts == {
            "function": "purge_expired",
            "requestId": "e4b46cbf-b738-4880-8a18-f61cca236c72",
        }
        assert (found.attempts, found.held) == (3, None)
        assert found.reason == "ServiceUnavailable: The database cannot be reached, password=***"
        assert found.since.isoformat() == "2026-03-01T11:59:00.123000+00:00"

    def test_an_event_that_grew_too_old_has_no_answer_of_its_function(self):
        aged = record(requestContext={"condition": "EventAgeExceeded"}, responsePayload=None)
        [found] = self.kind.diagnose([aged])
        assert found.reason == "EventAgeExceeded, without an answer of the function"

    @pytest.mark.parametrize("qualifier", ["", ":live", ":$LATEST", ":7"])
    def test_the_function_is_invoked_again_by_its_alias_with_what_it_was_given(
        self, api, qualifier
    ):
        arn = f"{PREFIX}:acme-dev-outbox-relay{qualifier}"
        self.kind.replay(record(requestContext={"functionArn": arn}, requestPayload={"n": 1}))
        assert api.invoked == [(RELAY, "Event", {"n": 1})]

    def test_a_function_that_is_not_the_stacks_own_cannot_be_replayed(self, api):
        other = record(requestContext={"functionArn": f"{PREFIX}:acme-dev-outbox-relay-2:live"})
        [found] = self.kind.diagnose([other])
        assert "no such function" in found.held
        assert not found.is_replayable
        with pytest.raises(ValueError, match="no such function"):
            self.kind.replay(other)
        assert api.invoked == []

    @pytest.mark.parametrize("body", ["", "[]", "{}", '{"timestamp": "yesterday"}'])
    def test_what_is_no_record_is_explained(self, body):
        [found] = self.kind.diagnose([letter(body)])
        assert found.reason.startswith("not a record of an invocation: ")
        assert not found.is_replayable


class TestSchedules:
    kind = Schedules(Functions(ALIASES))

    def test_scheduler_says_what_it_could_not_start_and_why(self):
        [found] = self.kind.diagnose([schedule()])
        assert found.facts == {"function": "outbox_relay", "requestId": "ad06616e51cdf74a"}
        assert (found.attempts, found.held) == (2, None)
        assert found.reason == (
            "AccessDeniedException: User is not authorized to perform lambda:InvokeFunction"
        )
        assert found.since.isoformat() == "2026-03-01T12:00:00+00:00"

    def test_the_function_is_started_as_its_schedule_would_have(self, api):
        self.kind.replay(schedule())
        assert api.invoked == [(RELAY, "Event", {})]

    @pytest.mark.parametrize("target", ["", "nonsense", "arn:aws:sqs:us-east-1:1:queue"])
    def test_another_target_cannot_be_replayed(self, api, target):
        [found] = self.kind.diagnose([schedule(TARGET_ARN=target)])
        assert not found.is_replayable
        with pytest.raises(ValueError, match="no such function"):
            self.kind.replay(schedule(TARGET_ARN=target))

    def test_a_message_without_attributes_is_told_as_it_is(self):
        [found] = self.kind.diagnose([letter("hello")])
        assert (found.since, found.reason, found.attempts) == (SENT, None, None)
        assert not found.is_replayable


@pytest.mark.parametrize(
    ("key", "dead"), [("failed_invocations", record()), ("schedules", schedule())]
)
def test_the_handler_replays_them_too(sqs, api, context, monkeypatch, key, dead):
    monkeypatch.setenv(
        "DEAD_LETTER_QUEUES", json.dumps({key: {"dead_letter_queue_name": "acme-dev-dlq"}})
    )
    monkeypatch.setenv("ASYNCHRONOUS_FUNCTIONS", json.dumps(ALIASES))
    settings.cache_clear()
    url = sqs.create_queue(QueueName="acme-dev-dlq")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=dead.body, MessageAttributes=dead.attributes)
    sqs.send_message(QueueUrl=url, MessageBody="nonsense")

    order = {"queue": key, "dryRun": False, "includeHeld": True, "perSecond": 50}
    answer = redrive.handler(order, context)

    # what nobody can take stays, even if it is asked for
    assert [message["outcome"] for message in answer["messages"]] == ["replayed", "held"]
    assert len(api.invoked) == 1
    assert len(redrive.handler({"queue": key}, context)["messages"]) == 1


def test_a_function_that_was_told_of_no_queues_says_what_is_missing(context):
    with pytest.raises(MisconfiguredError, match="DEAD_LETTER_QUEUES is not set"):
        redrive.handler({"queue": "write_audit"}, context)
