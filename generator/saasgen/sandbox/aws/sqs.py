"""SQS.

The provider writes redrive policies as compact JSON and compares what it reads byte by byte; it
waits 25 s after every write and reads again until they are equal. It expects RedriveAllowPolicy to
be kept, and a SetQueueAttributes without a policy to leave the policy alone.

A queue's URL is the one it has on AWS: one with the sandbox's port would be another's after a fork.

A message is dated by the sandbox's clock, as what is done about it: a replay leaves alone what was
sent after it began. When it can be received again is a matter of the machine's clock. Its
retention ends by the clock that is behind.

moto also runs event source mappings inside SendMessage. The sandbox has an event loop for that
(`saasgen.sandbox.events.loop`), which needs to hear of new messages instead.
"""

import json
from collections.abc import Callable
from threading import local
from typing import Any

from moto.sqs.models import Message, Queue, SQSBackend

from saasgen.sandbox.aws.patching import Function, around, around_property, attribute
from saasgen.sandbox.clock import Clock, system_clock

_listeners: list[Callable[[str], None]] = []
_clock: Clock = system_clock


def on_message(listener: Callable[[str], None]) -> None:
    """Call `listener` with the queue's ARN whenever a message arrives in a queue."""
    _listeners.append(listener)


def forget(listener: Callable[[str], None]) -> None:
    """Stop calling `listener`."""
    _listeners.remove(listener)


def date_by(clock: Clock) -> None:
    """Date messages by this clock from now on."""
    global _clock  # noqa: PLW0603 - moto's queues belong to the process, and so does their clock
    _clock = clock


def apply() -> None:
    """Close the gaps of queues."""
    attribute(Queue, "BASE_ATTRIBUTES", [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"])
    attribute(Queue, "redrive_allow_policy", None)
    _name_as_on_aws()
    _render_policies_compactly()
    _keep_policy_on_partial_writes()
    _date_messages()
    _announce_messages()
    _guard_against_lost_messages()


def _name_as_on_aws() -> None:
    def url(self: Any, _: Any) -> str:
        return f"https://sqs.{self.region}.amazonaws.com/{self.account_id}/{self.name}"

    attribute(Queue, "url", url)


def _render_policies_compactly() -> None:
    @around_property(Queue, "attributes")
    def attributes(original: Function, self: Any) -> dict[str, Any]:
        rendered: dict[str, Any] = original(self)
        if rendered.get("RedrivePolicy"):
            policy = rendered["RedrivePolicy"]
            parsed = json.loads(policy) if isinstance(policy, str) else policy
            rendered["RedrivePolicy"] = json.dumps(parsed, separators=(",", ":"))
        if not rendered.get("RedriveAllowPolicy"):
            rendered.pop("RedriveAllowPolicy", None)
        return rendered


def _keep_policy_on_partial_writes() -> None:
    @around(Queue, "_set_attributes")
    def set_attributes(
        original: Function, self: Any, attributes: dict[str, Any], now: float | None = None
    ) -> None:
        policy = self.policy if hasattr(self, "_policy_json") else None
        original(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = policy


def _date_messages() -> None:
    @around(Message, "mark_sent")
    def mark_sent(original: Function, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.sent_timestamp = int(_clock().timestamp() * 1000)

    def is_retained(self: Any, queue_name: str, message: Any) -> bool:
        kept_s = self.get_queue(queue_name).message_retention_period
        now = min(_clock(), system_clock())  # no jump of the clock loses a message
        return bool(message.sent_timestamp / 1000 + kept_s > now.timestamp())

    attribute(SQSBackend, "is_message_valid_based_on_retention_period", is_retained)


def _announce_messages() -> None:
    # Per thread: several publishers add messages to one queue at the same time, and the mappings
    # must stay there for everybody else.
    adding = local()

    def read(self: Any) -> dict[str, Any]:
        return {} if getattr(adding, "now", False) else self._sandbox_mappings

    def write(self: Any, mappings: dict[str, Any]) -> None:
        self._sandbox_mappings = mappings

    attribute(Queue, "lambda_event_source_mappings", property(read, write))

    @around(Queue, "add_message")
    def add_message(original: Function, self: Any, message: Any) -> None:
        adding.now = True
        try:
            original(self, message)
        finally:
            adding.now = False
        for listener in _listeners.copy():  # one may be added meanwhile
            listener(self.queue_arn)


def _guard_against_lost_messages() -> None:
    """Deleting rebuilds the list of messages: one that arrives meanwhile would be lost."""

    @around(Queue, "delete_message")
    def delete_message(original: Function, self: Any, receipt_handle: str) -> None:
        with self._messages_lock:
            original(self, receipt_handle)

    @around(SQSBackend, "receive_message")
    def receive_message(original: Function, self: Any, queue_name: str, *rest: Any) -> Any:
        with self.get_queue(queue_name)._messages_lock:
            return original(self, queue_name, *rest)
