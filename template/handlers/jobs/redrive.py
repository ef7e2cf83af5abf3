"""Says why messages died, and replays them at a bounded rate; started by an operator.

Safe to run twice, and two at once. A message is handed over first and taken out of its
dead-letter queue then: a crash in between hands it over twice, which every consumer survives
(`inbox`, `deliveries`), and none loses it.

`saasgen redrive` calls it once and again for as long as something is left. A message that dies
again under way must not go round for ever: what was sent after the run began stays where it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from handlers.jobs.dead_letters.diagnosis import DeadLetterKind, Diagnosis
from handlers.jobs.dead_letters.events import Events
from handlers.jobs.dead_letters.invocations import Invocations
from handlers.jobs.dead_letters.schedules import Schedules
from handlers.platform.aws.lambda_functions import Functions
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.rate_limit import Pace
from handlers.platform.base.settings import settings
from handlers.platform.messaging.dead_letters import DeadLetter, DeadLetterQueue, Look

MOST: Final = 1000
"""Messages that one invocation looks at: what it says of them must fit into its answer."""

_RESERVE_MS: Final = 10_000
"""Time to leave for handing over the message under way and giving back the others."""
_MARGIN_S: Final = 5

ReplayOutcome = Literal["ready", "replayed", "held", "newer"]
"""Would be replayed; was replayed; is replayed only if asked for; was sent after the run began."""


class UnknownQueueError(Exception):
    """There is no such dead-letter queue."""


class RedriveOrder(BaseModel):
    """What the operator wants.

    Attributes:
        queue: The key of the dead-letter queue, such as a consumer's.
        dry_run: Say what would be done, and leave every message as it is.
        limit: Messages to replay, or in a dry run to look at, at most.
        per_second: Messages to replay in a second at most.
        include_held: Replay also what is held back.
        started_at: When the run began of which this is a part; now, if it begins here.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    queue: str
    dry_run: bool = True
    limit: int = Field(default=MOST, ge=1, le=MOST)
    per_second: float = Field(default=5, ge=0.1, le=50)
    include_held: bool = False
    started_at: AwareDatetime | None = None


class Source(BaseModel):
    """A dead-letter queue as Terraform describes it.

    Attributes:
        queue_name: The consumer's queue; None where what died came by no queue.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dead_letter_queue_name: str
    queue_name: str | None = None


_OTHERS: Final[Mapping[str, Callable[[Functions], DeadLetterKind]]] = {
    "failed_invocations": Invocations,
    "schedules": Schedules,
}
"""The kinds that are no consumer's."""
_SOURCES: Final = TypeAdapter(dict[str, Source])
_FUNCTIONS: Final = TypeAdapter(dict[str, str])


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, Any]:
    """Look into a dead-letter queue and replay what can be; answers what became of each message.

    Raises:
        UnknownQueueError: There is no such queue.
    """
    telemetry.begin(context)
    order = RedriveOrder.model_validate(event)
    source = _source(order.queue)
    run = RedriveRun(
        order,
        _kind(order.queue, source),
        DeadLetterQueue(source.dead_letter_queue_name),
        Pace(order.per_second),
        system_clock,
        context,
    )
    return run()


@dataclass
class RedriveRun:
    """One look into a dead-letter queue, as far as limit and time allow."""

    order: RedriveOrder
    kind: DeadLetterKind
    queue: DeadLetterQueue
    pace: Pace
    clock: Clock
    context: telemetry.LambdaContext
    replayed: int = 0
    reports: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self) -> dict[str, Any]:
        """Deal with one message after the other."""
        self.started_at = self.order.started_at or self.clock()
        visible, hidden = self.queue.depth()
        # nothing that this invocation took may be seen by another before it is over
        hidden_s = self.context.get_remaining_time_in_millis() // 1000 + _MARGIN_S
        with self.queue.look(hidden_s) as look:
            is_finished = self._work_through(look)
        telemetry.log.info("redriven", queue=self.order.queue, replayed=self.replayed)
        return {
            "queue": self.order.queue,
            "dryRun": self.order.dry_run,
            "startedAt": self.started_at.isoformat(),
            "visible": visible,
            "hidden": hidden,
            "messages": self.reports,
            "replayed": self.replayed,
            "finished": is_finished,
        }

    def _work_through(self, look: Look) -> bool:
        """Deal with message after message; tell whether none is left that was not seen."""
        while (room := self._room()) > 0:
            letters = look.take(room)
            if not letters:
                return True
            for letter, diagnosis in zip(letters, self.kind.diagnose(letters), strict=True):
                if not self._has_time():
                    return False
                self._deal_with(letter, diagnosis, look)
        return not look.take(1)

    def _room(self) -> int:
        counted = len(self.reports) if self.order.dry_run else self.replayed
        return min(self.order.limit - counted, MOST - len(self.reports))

    def _has_time(self) -> bool:
        needed_ms = _RESERVE_MS + self.pace.interval_s * 1000
        return self.context.get_remaining_time_in_millis() > needed_ms

    def _deal_with(self, letter: DeadLetter, diagnosis: Diagnosis, look: Look) -> None:
        outcome = self._outcome(letter, diagnosis)
        if outcome == "replayed":
            self.pace.wait()
            self.kind.replay(letter)
            look.delete(letter)
            self.replayed += 1
            facts = {"messageId": letter.message_id, **diagnosis.facts}
            telemetry.log.info("message replayed", extra=facts)
        self.reports.append(_report(letter, diagnosis, outcome))

    def _outcome(self, letter: DeadLetter, diagnosis: Diagnosis) -> ReplayOutcome:
        if letter.sent_at >= self.started_at:
            return "newer"
        is_wanted = diagnosis.held is None or self.order.include_held
        if not (is_wanted and diagnosis.is_replayable):
            return "held"
        return "ready" if self.order.dry_run else "replayed"


def _report(letter: DeadLetter, diagnosis: Diagnosis, outcome: ReplayOutcome) -> dict[str, Any]:
    """What is told about a message; what is not known is left out."""
    fields: Mapping[str, Any] = {
        "messageId": letter.message_id,
        "outcome": outcome,
        **diagnosis.facts,
        "since": _moment(diagnosis.since),
        "sentAt": _moment(letter.sent_at),
        "received": letter.received,
        "attempts": diagnosis.attempts,
        "reason": diagnosis.reason,
        "logGroup": diagnosis.log_group,
        "logQuery": diagnosis.log_query,
        "advice": diagnosis.held,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _source(queue: str) -> Source:
    sources = _SOURCES.validate_json(settings().required("dead_letter_queues"))
    if queue not in sources:
        known = ", ".join(sorted(sources))
        raise UnknownQueueError(f"there is no dead-letter queue {queue!r}; there are: {known}")
    return sources[queue]


def _kind(key: str, source: Source) -> DeadLetterKind:
    if source.queue_name is not None:
        return Events(key, source.queue_name)
    arns = _FUNCTIONS.validate_json(settings().required("asynchronous_functions"))
    return _OTHERS[key](Functions(arns))
