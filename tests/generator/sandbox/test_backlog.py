"""Work in the background: done, tried again, held, and taken over by another process."""

import time
from collections.abc import Callable
from threading import Event

from saasgen.sandbox.backlog import Backlog


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Counter:
    """Takes an item as many times as it says before it is done."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, item: int) -> tuple[int, float] | None:
        self.seen.append(item)
        return (item - 1, 0.01) if item > 1 else None


def test_an_item_is_tried_again_until_it_is_done() -> None:
    work = Counter()
    backlog = Backlog(work, 1, "test")
    backlog.add(3)
    wait_for(lambda: not backlog)
    assert work.seen == [3, 2, 1]


def test_an_item_whose_work_breaks_is_given_up() -> None:
    backlog: Backlog[int] = Backlog(lambda item: (item, 1 / 0), 1, "test")
    backlog.add(1)
    wait_for(lambda: not backlog)


def test_hold_waits_for_what_is_under_way_and_begins_nothing() -> None:
    begun, may_end = Event(), Event()

    def work(item: str) -> None:
        begun.set()
        may_end.wait(10)

    backlog = Backlog(work, 1, "test")
    backlog.add("first")
    backlog.add("second")
    assert begun.wait(10)
    assert not backlog.hold(0.05)
    may_end.set()
    assert backlog.hold(10)
    backlog.add("third")
    assert backlog.dump() == ["second", "third"]
    backlog.resume()
    wait_for(lambda: not backlog)


def test_what_waits_for_its_retry_is_done_once_after_it_was_held() -> None:
    seen: list[str] = []

    def work(item: str) -> tuple[str, float] | None:
        seen.append(item)
        return ("again", 0.05) if item == "first" else None

    backlog = Backlog(work, 2, "test")
    backlog.add("first")
    wait_for(lambda: seen)
    assert backlog.hold(10)
    backlog.resume()
    wait_for(lambda: not backlog)
    time.sleep(0.1)  # the timer of the time before the hold has run out by now
    assert seen == ["first", "again"]


def test_another_backlog_takes_over_and_waits_to_be_resumed() -> None:
    work = Counter()
    backlog = Backlog(work, 1, "test")
    backlog.restore([2, 1])
    backlog.add(1)
    assert work.seen == []
    backlog.resume()
    wait_for(lambda: not backlog)
    assert sorted(work.seen) == [1, 1, 1, 2]
