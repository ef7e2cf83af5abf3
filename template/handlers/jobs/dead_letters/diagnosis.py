"""What is said about a dead letter, whatever kind of queue it lies in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from handlers.platform.messaging.dead_letters import DeadLetter


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a dead letter is about and why it died.

    Attributes:
        since: When that happened which it tells about.
        facts: What it is about, ready for JSON, such as `eventType` and `eventId`.
        attempts: How often it was tried; None if nobody counted.
        reason: Why it died; None if that was not recorded.
        log_group: Where the reason stands if it was not recorded, found by `log_query`.
        held: Why it is replayed only if asked for, and what to do; None if it can just be replayed.
        is_replayable: Whether there is somebody to hand it to at all.
    """

    since: datetime
    facts: dict[str, str] = field(default_factory=dict)
    attempts: int | None = None
    reason: str | None = None
    log_group: str | None = None
    log_query: str | None = None
    held: str | None = None
    is_replayable: bool = True


class DeadLetterKind(Protocol):
    """Knows the messages of one kind of dead-letter queue."""

    def diagnose(self, letters: Sequence[DeadLetter]) -> list[Diagnosis]:
        """Say of each message what it is about and why it died."""
        ...

    def replay(self, letter: DeadLetter) -> None:
        """Hand a replayable message once more to whoever could not deal with it."""
        ...
