"""Dead-letter queues in SQS: looking into one, and taking a message out of it.

A message that was taken is hidden from everybody else until it is released, deleted, or its time
is over: two who look at once see different messages, and a crash gives them all back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

_AT_ONCE: Final = 10
"""What SQS hands out, or takes back, in one call."""
_WAIT_S: Final = 1
"""How long to look before a queue counts as empty. Without waiting SQS asks only some of its
servers, and a message on another is not seen."""
_TRACE: Final = "AWSTraceHeader"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message nobody could deal with.

    Attributes:
        sent_at: When it was put into the queue it died in; SQS keeps that when it moves a message.
        received: How often SQS handed it out, the looks of operators included.
        attributes: Its attributes, as SQS describes them.
        handle: What this look at it is called.
    """

    message_id: str
    body: str
    sent_at: datetime
    received: int
    attributes: Mapping[str, Mapping[str, Any]]
    trace: str | None
    handle: str

    def attribute(self, name: str) -> str | None:
        """Return the text of an attribute; None if it has none."""
        value = self.attributes.get(name, {}).get("StringValue")
        return None if value is None else str(value)


class DeadLetterQueue:
    """One dead-letter queue, by its name."""

    def __init__(self, name: str) -> None:
        self._url = _url(name)

    def depth(self) -> tuple[int, int]:
        """Return about how many messages can be seen, and how many somebody is looking at."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        answer = _sqs().get_queue_attributes(QueueUrl=self._url, AttributeNames=list(names))
        visible, hidden = (int(answer["Attributes"][name]) for name in names)
        return visible, hidden

    @contextmanager
    def look(self, hidden_s: int) -> Iterator["Look"]:
        """Look into the queue; what is left at the end of the block can be seen by all at once.

        Args:
            hidden_s: How long a message stays hidden if this process dies.
        """
        look = Look(self._url, hidden_s)
        try:
            yield look
        finally:
            look.release()


class Look:
    """One look into a queue: each message is seen once."""

    def __init__(self, url: str, hidden_s: int) -> None:
        self._url = url
        self._hidden_s = hidden_s
        self._held: dict[str, DeadLetter] = {}

    def take(self, count: int = _AT_ONCE) -> list[DeadLetter]:
        """Take some messages and hide them; none if nothing is left to see."""
        answer = _sqs().receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(count, _AT_ONCE),
            VisibilityTimeout=self._hidden_s,
            WaitTimeSeconds=_WAIT_S,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        letters = [_letter(message) for message in answer.get("Messages", [])]
        self._held |= {letter.message_id: letter for letter in letters}
        return letters

    def delete(self, letter: DeadLetter) -> None:
        """Take a message out of the queue for good."""
        _sqs().delete_message(QueueUrl=self._url, ReceiptHandle=letter.handle)
        del self._held[letter.message_id]

    def release(self) -> None:
        """Let everybody see the messages again that were taken and not deleted."""
        letters = list(self._held.values())
        self._held.clear()
        for start in range(0, len(letters), _AT_ONCE):
            entries = [
                {"Id": str(n), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
                for n, letter in enumerate(letters[start : start + _AT_ONCE])
            ]
            _sqs().change_message_visibility_batch(QueueUrl=self._url, Entries=entries)


def send_again(letter: DeadLetter, queue_name: str) -> None:
    """Put a copy of a message, with its attributes and its trace, into a queue."""
    request: dict[str, Any] = {"MessageBody": letter.body}
    if letter.attributes:
        request["MessageAttributes"] = letter.attributes
    if letter.trace is not None:
        trace = {"DataType": "String", "StringValue": letter.trace}
        request["MessageSystemAttributes"] = {_TRACE: trace}
    _sqs().send_message(QueueUrl=_url(queue_name), **request)


def _letter(message: Mapping[str, Any]) -> DeadLetter:
    system = message["Attributes"]
    return DeadLetter(
        message_id=message["MessageId"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        received=int(system["ApproximateReceiveCount"]),
        attributes=message.get("MessageAttributes", {}),
        trace=system.get(_TRACE),
        handle=message["ReceiptHandle"],
    )


@cache
def _url(name: str) -> str:
    return str(_sqs().get_queue_url(QueueName=name)["QueueUrl"])


@cache
def _sqs() -> Any:
    import boto3

    return boto3.client("sqs")
