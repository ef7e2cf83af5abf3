"""An approved deployment is told to the pipelines once, whatever happens on the way."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from moto import mock_aws

import handlers
from handlers.consumers import start_deployment
from handlers.platform.aws import deployment_bus
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event

from ..messages import failed, make_event, sqs

BUS = "acme-dev-deployments"


class EventBridge:
    """Keeps what it was told, and answers as a test wants it."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.trouble: Exception | None = None
        self.entry: dict[str, str] = {"EventId": "event-1"}

    def put_events(self, **request: Any) -> dict[str, Any]:
        if self.trouble is not None:
            raise self.trouble
        self.told += request["Entries"]
        return {"FailedEntryCount": int("EventId" not in self.entry), "Entries": [self.entry]}


@pytest.fixture(autouse=True)
def bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOYMENTS_BUS", BUS)
    settings.cache_clear()


@pytest.fixture
def eventbridge(monkeypatch: pytest.MonkeyPatch) -> EventBridge:
    stand_in = EventBridge()
    monkeypatch.setattr(deployment_bus, "_client", lambda: stand_in)
    return stand_in


@pytest.fixture
def approved(tenant: TenantId, clock: Any) -> Event:
    data = {
        "deploymentId": str(uuid4()),
        "approvalId": str(uuid4()),
        "environment": "dev",
        "version": "1.4.0",
        "actor": "user:ada",
        "address": "192.0.2.7",
    }
    return make_event(tenant, "deployment.approved", data, clock())


def states() -> list[str]:
    with sessions.service_session() as session:
        return [row["state"] for row in session.all("SELECT state FROM deliveries")]


def test_a_pipeline_is_told_once_what_to_deploy_and_who_approved_nothing_else(
    approved: Event, eventbridge: EventBridge, context: Any
) -> None:
    for _ in range(2):
        assert failed(start_deployment.handler(sqs(approved), context)) == []

    (entry,) = eventbridge.told
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        BUS,
        "approvals",
        "Deployment Approved",
    )
    assert json.loads(entry["Detail"]) == {
        "stack": "acme",
        "deploymentId": approved.data["deploymentId"],
        "approvalId": approved.data["approvalId"],
        "environment": "dev",
        "version": "1.4.0",
    }


def client_error(status: int) -> ClientError:
    answer: Any = {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutEvents")


@pytest.mark.parametrize(
    "trouble", [client_error(400), client_error(429), ConnectTimeoutError(endpoint_url="events")]
)
def test_what_was_certainly_not_taken_is_told_again(
    approved: Event, eventbridge: EventBridge, context: Any, trouble: Exception
) -> None:
    eventbridge.trouble = trouble
    assert failed(start_deployment.handler(sqs(approved), context)) == ["message-0"]

    eventbridge.trouble = None
    assert failed(start_deployment.handler(sqs(approved), context)) == []
    assert len(eventbridge.told) == 1


def test_an_entry_that_is_refused_is_told_again(
    approved: Event, eventbridge: EventBridge, context: Any
) -> None:
    eventbridge.entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    assert failed(start_deployment.handler(sqs(approved), context)) == ["message-0"]
    assert states() == ["claimed"]


@pytest.mark.parametrize("trouble", [client_error(500), ReadTimeoutError(endpoint_url="events")])
def test_a_lost_answer_waits_for_a_person(
    approved: Event, eventbridge: EventBridge, context: Any, trouble: Exception
) -> None:
    eventbridge.trouble = trouble
    start_deployment.handler(sqs(approved), context)
    eventbridge.trouble = None

    assert failed(start_deployment.handler(sqs(approved), context)) == ["message-0"]
    assert states() == ["uncertain"]
    assert eventbridge.told == []


def test_another_event_is_a_wrong_filter(
    approved: Event, eventbridge: EventBridge, context: Any, clock: Any
) -> None:
    other = make_event(approved.tenant_id, "deployment.promoted", approved.data, clock())
    assert failed(start_deployment.handler(sqs(other), context)) == ["message-0"]


def pattern_of_the_module() -> dict[str, list[str]]:
    """Read what the rule of the stack matches."""
    module = Path(handlers.__file__).parents[1] / "terraform/modules/deployments/main.tf"
    found = dict(re.findall(r'"?([a-z-]+)"? += (\["[^"]+"\])', module.read_text("utf-8")))
    return {name: json.loads(found[name]) for name in ("source", "detail-type")}


@pytest.fixture
def queue_of_a_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make the bus, and a queue behind the rule that modules/deployments makes."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(deployment_bus, "_client", deployment_bus._client.__wrapped__)
    with mock_aws():
        events, queues = boto3.client("events"), boto3.client("sqs")
        events.create_event_bus(Name=BUS)
        url = queues.create_queue(QueueName="deployments")["QueueUrl"]
        attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        pattern = pattern_of_the_module()
        events.put_rule(Name="approved", EventBusName=BUS, EventPattern=json.dumps(pattern))
        target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
        events.put_targets(Rule="approved", EventBusName=BUS, Targets=[target])
        yield lambda: queues.receive_message(QueueUrl=url).get("Messages", [])


def test_the_rule_hands_it_to_the_queue_of_the_pipeline(
    approved: Event, queue_of_a_rule: Any, context: Any
) -> None:
    assert failed(start_deployment.handler(sqs(approved), context)) == []

    (message,) = queue_of_a_rule()
    assert json.loads(message["Body"])["detail"]["approvalId"] == approved.data["approvalId"]
