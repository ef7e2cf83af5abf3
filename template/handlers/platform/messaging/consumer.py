"""One declaration makes a consumer: the Lambda function behind a queue.

    handler = consumer_in_transaction("record_usage", effect, accepts={USAGE_REPORTED})

`accepts` names the types of events that the consumer handles, as the filter of its subscription
does (`terraform/event_types.json`). Another event means that the filter is wrong. It fails, is
retried and ends in the dead-letter queue.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from chalice.app import Chalice, SQSEvent

from handlers.platform.base import telemetry
from handlers.platform.base.telemetry import LambdaContext
from handlers.platform.database.sessions import Session
from handlers.platform.messaging import inbox
from handlers.platform.messaging.events import Event
from handlers.platform.messaging.inbox import BatchAnswer, Effect

ALL: Final = None
"""What a consumer accepts that has no filter."""

_Records = Iterable[Mapping[str, Any]]
_Accepted = Collection[str] | None
_Run = Callable[[_Records, LambdaContext], BatchAnswer]


class UnexpectedEventError(Exception):
    """A queue holds an event that its consumer does not accept: the queue's filter is wrong."""


class Consumer:
    """The entry point that Lambda calls with a batch of records; Chalice reads the batch.

    Args:
        name: The queue's.
        accepts: The types of events that the consumer handles, or `ALL`.
        run: Handles the records of a batch.
    """

    def __init__(self, name: str, accepts: _Accepted, run: _Run) -> None:
        self.accepts = accepts
        app = Chalice(f"handlers.consumers.{name}", configure_logs=False, env={})

        def handler(event: SQSEvent) -> BatchAnswer:
            # Chalice types the context as a dict; it is the object Lambda made
            context = cast(LambdaContext, event.context)
            telemetry.begin(context)
            return run(event.to_dict()["Records"], context)

        self._entry = app.on_sqs_message(queue=name)(handler)

    def __call__(self, event: Mapping[str, Any], context: Any) -> BatchAnswer:
        """Handle a batch, and tell SQS which records to deliver again."""
        return cast(BatchAnswer, self._entry(event, context))


def consumer(name: str, handle: Callable[[Event], None], *, accepts: _Accepted) -> Consumer:
    """Declare a consumer whose effect cannot be part of a transaction; see `deliveries`.

    Args:
        name: The queue's, under which failures are recorded.
        handle: Handles one event.
        accepts: The types of events it handles, or `ALL`.

    Returns:
        The entry point for Lambda.
    """
    return consumer_with_deadline(name, lambda event, _context: handle(event), accepts=accepts)


def consumer_with_deadline(
    name: str, handle: Callable[[Event, LambdaContext], None], *, accepts: _Accepted
) -> Consumer:
    """Declare a consumer like `consumer` that also asks how long the invocation may still run.

    Args:
        name: The queue's, under which failures are recorded.
        handle: Handles one event.
        accepts: The types of events it handles, or `ALL`.

    Returns:
        The entry point for Lambda.
    """

    def run(records: _Records, context: LambdaContext) -> BatchAnswer:
        def handle_accepted(event: Event) -> None:
            _check(name, event, accepts)
            handle(event, context)

        return inbox.each(name, records, handle_accepted)

    return Consumer(name, accepts, run)


def consumer_in_transaction(name: str, effect: Effect, *, accepts: _Accepted) -> Consumer:
    """Declare a consumer whose effect is one transaction with the mark "processed".

    Args:
        name: The queue's, under which events are marked and failures are recorded.
        effect: Applies one event, in the tenant's context.
        accepts: The types of events it handles, or `ALL`.

    Returns:
        The entry point for Lambda.
    """

    def apply_accepted(session: Session, event: Event, now: datetime) -> None:
        _check(name, event, accepts)
        effect(session, event, now)

    def run(records: _Records, _context: LambdaContext) -> BatchAnswer:
        return inbox.batch(name, records, apply_accepted)

    return Consumer(name, accepts, run)


def _check(name: str, event: Event, accepts: _Accepted) -> None:
    if accepts is not None and event.event_type not in accepts:
        raise UnexpectedEventError(
            f"{name} does not accept {event.event_type}: the filter of its queue is wrong"
        )
