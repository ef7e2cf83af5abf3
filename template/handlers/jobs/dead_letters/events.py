"""Events that a consumer gave up on, or that the topic could not hand to its queue."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from handlers.jobs.dead_letters.diagnosis import Diagnosis
from handlers.platform.base.failure_reasons import reason_of
from handlers.platform.database.sessions import service_session
from handlers.platform.messaging import deliveries, event_failures
from handlers.platform.messaging.dead_letters import DeadLetter, send_again
from handlers.platform.messaging.event_failures import Failure
from handlers.platform.messaging.events import Event

_NO_EVENT: Final = (
    "no consumer will ever be able to read it: find out who sent it; it goes by itself when it is "
    "14 days old"
)
_UNCERTAIN: Final = (
    "it may have been sent already: ask the provider, set the delivery's state to 'sent', or to "
    "'claimed' to send it, and redrive again"
)


class Events:
    """The dead letters of one consumer.

    They are replayed to the consumer's own queue and not to the topic: the other consumers have
    dealt with these events.

    Args:
        consumer: The consumer's key, under which it records failures.
        queue_name: Its queue, which has the name of its function.
    """

    def __init__(self, consumer: str, queue_name: str) -> None:
        self._consumer = consumer
        self._queue_name = queue_name

    def diagnose(self, letters: Sequence[DeadLetter]) -> list[Diagnosis]:
        """Say of each message which event it is and why the consumer failed on it."""
        read = [_read(letter) for letter in letters]
        failures, uncertain = self._look_up([event for event in read if isinstance(event, Event)])
        return [
            Diagnosis(letter.sent_at, reason=f"not an event: {event}", held=_NO_EVENT)
            if isinstance(event, str)
            else self._of_event(
                letter, event, failures.get(event.event_id), event.event_id in uncertain
            )
            for letter, event in zip(letters, read, strict=True)
        ]

    def replay(self, letter: DeadLetter) -> None:
        """Put a copy of the message into the consumer's queue."""
        send_again(letter, self._queue_name)

    def _look_up(self, events: Sequence[Event]) -> tuple[Mapping[UUID, Failure], set[UUID]]:
        """Return what is known of the events' failures, and those that may have been sent."""
        keys = {
            event.event_id: deliveries.key_of(self._consumer, event.event_id) for event in events
        }
        with service_session() as session:
            failures = event_failures.find(session, self._consumer, events)
            undecided = deliveries.uncertain(
                session, [(event.tenant_id, keys[event.event_id]) for event in events]
            )
        return failures, {event_id for event_id, key in keys.items() if key in undecided}

    def _of_event(
        self, letter: DeadLetter, event: Event, failure: Failure | None, is_uncertain: bool
    ) -> Diagnosis:
        facts = {"eventType": event.event_type, "eventId": str(event.event_id)}
        facts["tenantId"] = str(event.tenant_id)
        held = _UNCERTAIN if is_uncertain else None
        if failure is not None:
            return Diagnosis(event.occurred_at, facts, failure.attempts, failure.reason, held=held)
        query = (
            "fields @timestamp, level, message, reason"
            f" | filter messageId = '{letter.message_id}' or eventId = '{event.event_id}'"
            " | sort @timestamp desc"
        )
        group = f"/aws/lambda/{self._queue_name}"
        return Diagnosis(event.occurred_at, facts, log_group=group, log_query=query, held=held)


def _read(letter: DeadLetter) -> Event | str:
    """Return the event, or why it is none."""
    try:
        return Event.model_validate_json(letter.body)
    except ValidationError as error:
        return reason_of(error)
