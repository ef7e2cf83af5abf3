import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saasgen.sandbox.events.loop import EventLoop, item_failures
from saasgen.sandbox.functions.pool import Outcome
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.state.model import EventSource
from tests.generator.sandbox.conftest import Aws
from tests.generator.sandbox.small_functions import function

CONSUMER = """
    import json, os
    from pathlib import Path

    SEEN = Path(os.environ["SEEN"])

    def handler(event, context):
        failed, records = [], event["Records"]
        with SEEN.open("a") as file:
            bodies = [record["body"] for record in records]
            counts = [record["attributes"]["ApproximateReceiveCount"] for record in records]
            file.write(json.dumps([bodies, counts]) + "\\n")
        for record in records:
            if record["body"] == "explode":
                raise RuntimeError("whole batch")
            if "poison" in record["body"]:
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}
"""


class Queue:
    """A queue with a dead-letter queue, and a function that consumes it."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.sqs = aws("sqs")
        self.arn = aws.arn("sqs", "q")
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        redrive = {"deadLetterTargetArn": aws.arn("sqs", "dead"), "maxReceiveCount": 3}
        attributes = {"VisibilityTimeout": "180", "RedrivePolicy": json.dumps(redrive)}
        self.url = self.sqs.create_queue(QueueName="q", Attributes=attributes)["QueueUrl"]
        self.seen = folder / "seen"
        environment = {"SEEN": str(self.seen)}
        self.runner = Runner(Layout(folder), dict)
        self.runner.serve([function(folder, CONSUMER, environment=environment)])
        self.loop = EventLoop(self.runner, cap_s=0)

    def consume(self, **settings: Any) -> None:
        described = {
            "uuid": "u-1",
            "queue_arn": self.arn,
            "function_arn": "f",
            "batch_size": 10,
            "window_s": 0,
            "filters": (),
            "reports_item_failures": True,
            "maximum_concurrency": None,
        }
        self.loop.serve([EventSource(**(described | settings))])

    def send(self, *bodies: str, **attributes: Any) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **attributes)

    def wait(self) -> None:
        deadline = time.monotonic() + 20
        while self.loop.unfinished():
            assert time.monotonic() < deadline, self.loop.unfinished()
            time.sleep(0.01)

    def batches(self) -> list[tuple[list[str], list[str]]]:
        """Bodies and receive counts of every batch the function got."""
        if not self.seen.exists():
            return []
        return [tuple(json.loads(line)) for line in self.seen.read_text().splitlines()]

    def dead_letters(self) -> list[dict[str, Any]]:
        asked = {"QueueUrl": self.dead, "MaxNumberOfMessages": 10}
        found = self.sqs.receive_message(**asked, MessageSystemAttributeNames=["All"])
        return found.get("Messages", [])


@pytest.fixture
def queue(aws: Aws, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(aws, tmp_path)
    yield made
    made.loop.close()
    made.runner.close()


def test_waiting_messages_arrive_as_one_batch(queue: Queue) -> None:
    queue.send("one", "two", "three")
    queue.consume()
    queue.wait()
    assert queue.batches() == [(["one", "two", "three"], ["1", "1", "1"])]


def test_record_says_under_which_trace_it_was_sent(queue: Queue, tmp_path: Path) -> None:
    """Lambda gives the consumer a trace of its own; the record leads back to the sender's."""
    code = """
        import json, os
        from pathlib import Path

        def handler(event, context):
            [record] = event["Records"]
            found = [record["attributes"]["AWSTraceHeader"], os.environ["_X_AMZN_TRACE_ID"]]
            Path(os.environ["SEEN"]).write_text(json.dumps(found))
    """
    environment = {"SEEN": str(tmp_path / "traces")}
    queue.runner.serve([function(tmp_path, code, environment=environment)])
    header = {"StringValue": "Root=1-2-3;Sampled=1", "DataType": "String"}
    queue.send("hello", MessageSystemAttributes={"AWSTraceHeader": header})
    queue.consume()
    queue.wait()
    sent, own = json.loads((tmp_path / "traces").read_text())
    assert sent == "Root=1-2-3;Sampled=1"
    assert own.startswith("Root=1-")
    assert "2-3" not in own.split(";")[0]


def test_batches_are_no_larger_than_their_size(queue: Queue) -> None:
    queue.send("one", "two", "three")
    queue.consume(batch_size=2, maximum_concurrency=2)
    queue.wait()
    assert sorted(len(bodies) for bodies, _ in queue.batches()) == [1, 2]


def test_message_is_handed_over_as_soon_as_it_is_sent(queue: Queue) -> None:
    queue.consume()
    queue.send("later")
    queue.wait()
    assert queue.batches() == [(["later"], ["1"])]


def test_window_gathers_messages_until_it_is_over(queue: Queue) -> None:
    queue.consume(window_s=1)
    queue.send("one")
    time.sleep(0.2)
    queue.send("two")
    queue.wait()
    assert queue.batches() == [(["one", "two"], ["1", "1"])]


def test_only_the_failed_message_of_a_batch_comes_again(queue: Queue) -> None:
    queue.send("good", "poison")
    queue.consume()
    queue.wait()
    first, *again = queue.batches()
    assert first == (["good", "poison"], ["1", "1"])
    assert again == [(["poison"], ["2"]), (["poison"], ["3"])]


def test_poison_message_ends_in_the_dead_letter_queue_after_its_receives(queue: Queue) -> None:
    queue.send("poison")
    queue.consume()
    queue.wait()
    [letter] = queue.dead_letters()
    assert letter["Body"] == "poison"
    assert letter["Attributes"]["ApproximateReceiveCount"] == "4"  # this look is the fourth
    assert len(queue.batches()) == 3


def test_whole_batch_comes_again_when_the_function_fails(queue: Queue) -> None:
    queue.send("good", "explode")
    queue.consume()
    queue.wait()
    assert [bodies for bodies, _ in queue.batches()] == [["good", "explode"]] * 3
    assert len(queue.dead_letters()) == 2


def test_item_failures_mean_nothing_when_not_asked_for(queue: Queue) -> None:
    queue.send("poison")
    queue.consume(reports_item_failures=False)
    queue.wait()
    assert len(queue.batches()) == 1
    assert queue.dead_letters() == []


def test_filter_lets_matching_messages_through_and_deletes_the_rest(queue: Queue) -> None:
    pattern = json.dumps({"body": {"eventType": ["invoice.generated"]}})
    wanted, other = '{"eventType": "invoice.generated"}', '{"eventType": "tenant.created"}'
    queue.send(wanted, other, "not JSON")
    queue.consume(filters=(pattern,))
    queue.wait()
    assert queue.batches() == [([wanted], ["1"])]
    assert queue.dead_letters() == []


def test_failed_message_stays_hidden_for_the_capped_time(aws: Aws, tmp_path: Path) -> None:
    queue = Queue(aws, tmp_path)
    queue.loop = EventLoop(queue.runner, cap_s=0.5)
    queue.send("poison")
    started = time.monotonic()
    queue.consume()
    queue.wait()
    queue.loop.close()
    queue.runner.close()
    assert 1.0 <= time.monotonic() - started < 10  # not 3 x 180 s, as the queue says


def test_mapping_that_is_gone_takes_no_more_messages(queue: Queue) -> None:
    queue.consume()
    queue.loop.serve([])
    queue.send("nobody takes it")
    time.sleep(0.2)
    assert queue.batches() == []


@pytest.mark.parametrize(
    ("payload", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"item": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
    ],
)
def test_batch_response_is_read_as_lambda_reads_it(payload: Any, failed: set[str]) -> None:
    assert item_failures(Outcome(json.dumps(payload)), {"a", "b"}) == failed
