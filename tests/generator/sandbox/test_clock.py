"""The sandbox's clock, and who follows it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from saasgen.errors import UserError
from saasgen.sandbox.aws import sqs
from saasgen.sandbox.clock import MovableClock, parse_duration, parse_moment, system_clock
from saasgen.sandbox.events.schedules import Scheduler
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.state.model import Schedule
from tests.generator.sandbox.conftest import Aws
from tests.generator.sandbox.small_functions import ARN, function
from tests.support import REPOSITORY

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONTH = timedelta(days=31)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("+31d", timedelta(days=31)),
        ("+12h", timedelta(hours=12)),
        ("+1d6h", timedelta(days=1, hours=6)),
        ("+2w30m5s", timedelta(weeks=2, minutes=30, seconds=5)),
    ],
)
def test_a_duration_is_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration
    assert parse_moment(text, NOW) == NOW + duration


@pytest.mark.parametrize("text", ["", "+", "31d", "+31", "+6h1d", "+0d", "-1d", "+1y", "+1.5d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-31T09:00Z", datetime(2027, 1, 31, 9, tzinfo=UTC)),
        ("2027-01-31T09:00+02:00", datetime(2027, 1, 31, 7, tzinfo=UTC)),
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["tomorrow", "2027-13-01", "-1d", "+999999w"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_moment(text, NOW)


def test_the_clock_goes_on_from_where_it_was_moved_to() -> None:
    clock = MovableClock()
    there = system_clock() + MONTH
    clock.move(there)
    assert there <= clock() < there + timedelta(minutes=1)
    assert timedelta(days=30, hours=23) < clock.ahead <= MONTH


def test_the_clock_never_goes_back() -> None:
    clock = MovableClock()
    clock.move(system_clock() + MONTH)
    ahead = clock.ahead
    with pytest.raises(UserError, match="forward only"):
        clock.move(system_clock())
    with pytest.raises(UserError, match="no further than 2200"):
        clock.move(datetime(2300, 1, 1, tzinfo=UTC))
    assert clock.ahead == ahead


class Invoker:
    """Stands in for asynchronous invocations: remembers what was to run."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def submit(self, reference: str, event: Any, trace_header: str | None = None) -> str:
        self.events.append(event)
        return "id"


def schedule(name: str, expression: str, **settings: Any) -> Schedule:
    described: dict[str, Any] = {
        "name": name,
        "arn": f"arn:aws:scheduler:us-east-1:123456789012:schedule/default/{name}",
        "expression": expression,
        "timezone": "UTC",
        "enabled": True,
        "target_arn": f"{ARN}:f",
        "input": '{"at": "<aws.scheduler.scheduled-time>"}',
    }
    return Schedule(**(described | settings))


def test_a_schedule_that_falls_due_on_the_way_runs_once() -> None:
    clock, invoker = MovableClock(), Invoker()
    scheduler = Scheduler(None, invoker, clock)  # type: ignore[arg-type]
    scheduler.serve(
        [
            schedule("daily", "cron(0 3 * * ? *)"),
            schedule("hourly", "rate(1 hour)"),
            schedule("yearly", "rate(365 days)"),
            schedule("off", "rate(1 minute)", enabled=False),
        ]
    )
    there = clock() + MONTH
    fired = scheduler.across(lambda: clock.move(there))

    assert sorted(fired) == ["daily", "hourly"]
    assert [event["at"] for event in invoker.events] == [there.strftime("%Y-%m-%dT%H:%M:%SZ")] * 2
    assert scheduler.across(lambda: None) == []


def test_a_refused_move_fires_nothing() -> None:
    clock, invoker = MovableClock(), Invoker()
    scheduler = Scheduler(None, invoker, clock)  # type: ignore[arg-type]
    scheduler.serve([schedule("hourly", "rate(1 hour)")])
    with pytest.raises(UserError):
        scheduler.across(lambda: clock.move(clock() - MONTH))
    assert invoker.events == []


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[tuple[Runner, MovableClock]]:
    clock = MovableClock()
    made = Runner(Layout(tmp_path), lambda _environment: {}, lambda: clock.ahead)
    yield made, clock
    made.close()


def stacks_code(folder: Path) -> Path:
    """A layer with the stack's own clock, as it is in the template."""
    handlers = folder / "layer/python/handlers"
    (handlers / "platform/base").mkdir(parents=True)
    for name in (
        "__init__.py",
        "platform/__init__.py",
        "platform/base/__init__.py",
        "platform/base/clock.py",
    ):
        shutil.copy(REPOSITORY / "template/handlers" / name, handlers / name)
    return Path(shutil.make_archive(str(folder / "layer"), "zip", folder / "layer"))


CODE = """
    from datetime import UTC, datetime
    from handlers.platform.base.clock import system_clock

    def handler(event, context, clock=system_clock):
        return [clock().isoformat(), datetime.now(UTC).isoformat()]
"""


def test_functions_follow_the_clock_and_their_machine_does_not(
    runner: tuple[Runner, MovableClock], tmp_path: Path
) -> None:
    functions, clock = runner
    functions.serve([function(tmp_path, CODE, layers=(stacks_code(tmp_path),))])

    def asked() -> tuple[timedelta, timedelta]:
        stacks, machines = map(datetime.fromisoformat, functions.invoke("f", {}).payload)
        return stacks - machines, machines - system_clock()

    second = timedelta(seconds=1)
    assert abs(asked()[0]) < second
    clock.move(clock() + MONTH)  # in the same warm process
    ahead, machine = asked()
    assert abs(ahead - MONTH) < second
    assert abs(machine) < timedelta(minutes=1)


def test_a_function_without_the_stacks_clock_runs_all_the_same(
    runner: tuple[Runner, MovableClock], tmp_path: Path
) -> None:
    functions, clock = runner
    clock.move(clock() + MONTH)
    functions.serve([function(tmp_path, "def handler(event, context): return 1")])
    assert functions.invoke("f", {}).payload == 1


def test_a_message_is_dated_by_the_clock_and_visible_at_once(aws: Aws) -> None:
    clock = MovableClock()
    clock.move(clock() + MONTH)
    queues = aws("sqs")
    url = queues.create_queue(QueueName="work")["QueueUrl"]
    sqs.date_by(clock)
    try:
        queues.send_message(QueueUrl=url, MessageBody="x")
    finally:
        sqs.date_by(system_clock)
    [message] = queues.receive_message(QueueUrl=url, AttributeNames=["SentTimestamp"])["Messages"]
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    assert abs(sent - clock()) < timedelta(minutes=1)
