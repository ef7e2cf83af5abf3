"""Runs that EventBridge Scheduler could not start.

Scheduler says in message attributes what it was up to and what went wrong ("Configuring a
schedule's dead-letter queue", EventBridge Scheduler user guide). What the body holds depends on
the target: it is not needed, because every schedule of ours gives its function nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from handlers.jobs.dead_letters.diagnosis import Diagnosis
from handlers.platform.aws.lambda_functions import Functions
from handlers.platform.base.failure_reasons import line
from handlers.platform.messaging.dead_letters import DeadLetter

_UNKNOWN: Final = "it cannot be replayed: this stack has no such function that runs by the clock"


class Schedules:
    """The runs of all schedules that were not started."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def diagnose(self, letters: Sequence[DeadLetter]) -> list[Diagnosis]:
        """Say of each run which function it is of, and why Scheduler could not start it."""
        return [self._diagnosis(letter) for letter in letters]

    def replay(self, letter: DeadLetter) -> None:
        """Start the function now, as its schedule would have."""
        key = self._key(letter)
        if key is None:
            raise ValueError(_UNKNOWN)
        self._functions.start(key, {})

    def _key(self, letter: DeadLetter) -> str | None:
        return self._functions.key_of(letter.attribute("TARGET_ARN") or "")

    def _diagnosis(self, letter: DeadLetter) -> Diagnosis:
        key = self._key(letter)
        facts = {"function": key or letter.attribute("TARGET_ARN") or "unknown"}
        if execution := letter.attribute("EXECUTION_ID"):
            facts["requestId"] = execution
        retries = letter.attribute("RETRY_ATTEMPTS")
        return Diagnosis(
            _time(letter.attribute("SCHEDULED_TIME")) or letter.sent_at,
            facts,
            int(retries) + 1 if retries and retries.isdecimal() else None,
            _reason(letter),
            held=None if key else _UNKNOWN,
            is_replayable=key is not None,
        )


def _reason(letter: DeadLetter) -> str | None:
    said = (letter.attribute("ERROR_CODE"), letter.attribute("ERROR_MESSAGE"))
    return line(": ".join(filter(None, said))) or None


def _time(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
