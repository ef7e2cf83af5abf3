import json
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from moto.sqs.models import sqs_backends

from saasgen.sandbox.aws.sqs import forget, on_message
from tests.generator.sandbox.conftest import REGION, Aws


def attributes(sqs, url: str) -> dict[str, str]:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_redrive_policy_reads_back_byte_for_byte(aws: Aws) -> None:
    sqs = aws("sqs")
    sqs.create_queue(QueueName="dead")
    policy = f'{{"deadLetterTargetArn":"{aws.arn("sqs", "dead")}","maxReceiveCount":5}}'
    url = sqs.create_queue(QueueName="live", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    assert attributes(sqs, url)["RedrivePolicy"] == policy


def test_redrive_allow_policy_is_kept(aws: Aws) -> None:
    sqs = aws("sqs")
    policy = json.dumps(
        {"redrivePermission": "byQueue", "sourceQueueArns": [aws.arn("sqs", "live")]}
    )
    url = sqs.create_queue(QueueName="dead", Attributes={"RedriveAllowPolicy": policy})["QueueUrl"]
    assert attributes(sqs, url)["RedriveAllowPolicy"] == policy


def test_queue_without_redrive_allow_policy_reports_none(aws: Aws) -> None:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="live")["QueueUrl"]
    assert "RedriveAllowPolicy" not in attributes(sqs, url)


def test_policy_survives_a_write_that_does_not_mention_it(aws: Aws) -> None:
    sqs = aws("sqs")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = sqs.create_queue(QueueName="live", Attributes={"Policy": policy})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    assert json.loads(attributes(sqs, url)["Policy"])["Statement"] == [statement]


def test_listener_hears_of_every_message(aws: Aws) -> None:
    sqs, heard = aws("sqs"), list[str]()
    url = sqs.create_queue(QueueName="live")["QueueUrl"]
    on_message(heard.append)
    try:
        sqs.send_message(QueueUrl=url, MessageBody="hello")
    finally:
        forget(heard.append)
    assert heard == [aws.arn("sqs", "live")]


def test_message_that_arrives_while_another_is_deleted_is_not_lost(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting holds the lock under which messages are added."""
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="live")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    queue = sqs_backends[aws.account][REGION].queues["live"]
    held = list[bool]()
    [kept] = queue._messages
    monkeypatch.setattr(
        type(kept),
        "all_receipt_handles",
        property(lambda m: held.append(queue._messages_lock._is_owned()) or [m.receipt_handle]),
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert held
    assert all(held)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SignatureVersion", "2"),
        ("TracingConfig", "Active"),
        ("SQSSuccessFeedbackSampleRate", "100"),
        ("SQSFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/feedback"),
    ],
)
def test_topic_reports_what_was_set(aws: Aws, name: str, value: str) -> None:
    sns = aws("sns")
    arn = sns.create_topic(Name="events")["TopicArn"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"][name] == value


@pytest.mark.parametrize("raw", ["true", "false"])
def test_topic_hands_the_trace_of_a_call_to_its_queues(aws: Aws, raw: str) -> None:
    sns, sqs = aws("sns"), aws("sqs")
    topic = sns.create_topic(Name="events")["TopicArn"]
    url = sqs.create_queue(QueueName="consumer")["QueueUrl"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=aws.arn("sqs", "consumer"),
        Attributes={"RawMessageDelivery": raw},
    )
    headers: list[str | None] = ["Root=1-2-3;Sampled=1", "Root=1-2-4;Sampled=0", None]
    given = iter(headers)

    def trace(params: dict[str, Any], **_: Any) -> None:
        if (header := next(given)) is not None:
            params["headers"]["X-Amzn-Trace-Id"] = header

    sns.meta.events.register("before-call.sns", trace)
    sns.publish(TopicArn=topic, Message="one")
    entries = [{"Id": "0", "Message": "two"}, {"Id": "1", "Message": "three"}]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    sns.publish(TopicArn=topic, Message="four")
    received = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["AWSTraceHeader"]
    )["Messages"]
    one, two, none = headers
    found = [message.get("Attributes", {}).get("AWSTraceHeader") for message in received]
    assert found == [one, two, two, none]


def test_messages_sent_at_the_same_time_are_left_to_the_event_loop(aws: Aws) -> None:
    """moto's own poller must take none of them: it would hide them and lose the invocation."""
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="busy", Attributes={"VisibilityTimeout": "90"})["QueueUrl"]
    backend = sqs_backends[aws.account][REGION]
    queue = backend.queues["busy"]
    queue.lambda_event_source_mappings["consumer"] = SimpleNamespace(enabled=True, batch_size=10)

    with ThreadPoolExecutor(2) as senders:
        for _ in range(50):
            with queue._messages_lock:  # both are in the middle of sending when it is let go
                sent = [senders.submit(backend.send_message, "busy", "hello") for _ in range(2)]
                time.sleep(0.002)
            for one in sent:
                one.result()

    counted = attributes(sqs, url)
    assert counted["ApproximateNumberOfMessages"] == "100"
    assert counted["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert list(queue.lambda_event_source_mappings) == ["consumer"]
