"""Work in the background that is tried again while it fails, and can be held and stored."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from threading import Condition, Timer
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)
Item = TypeVar("Item")


class Backlog(Generic[Item]):
    """What is neither done nor given up.

    Args:
        work: does one item; returns None when that is over, else what to do in its place and after
            how many seconds.
        threads: how many items are under way at the same time.
        name: of the threads.
    """

    def __init__(
        self, work: Callable[[Item], tuple[Item, float] | None], threads: int, name: str
    ) -> None:
        self._work = work
        self._threads = ThreadPoolExecutor(threads, name)
        self._items: dict[int, Item] = {}
        self._numbers = count()
        self._changed = Condition()
        self._running = 0
        self._held = False
        self._epoch = 0  # what was scheduled in an earlier one is void

    def __len__(self) -> int:
        """How many items there are."""
        return len(self._items)

    def add(self, item: Item, delay_s: float = 0) -> None:
        """Do an item after some seconds."""
        with self._changed:
            number = next(self._numbers)
            self._items[number] = item
            self._schedule(number, delay_s)

    def hold(self, patience_s: float) -> bool:
        """Begin nothing more, and wait for what is under way; tell whether it ended in time."""
        with self._changed:
            self._held = True
            self._epoch += 1
            return self._changed.wait_for(lambda: self._running == 0, patience_s)

    def resume(self) -> None:
        """Go on after `hold`: what waited to be tried again is tried at once."""
        with self._changed:
            if self._held:
                self._held = False
                for number in self._items:
                    self._schedule(number, 0)

    def dump(self) -> list[Item]:
        """The items, while they are held."""
        return list(self._items.values())

    def restore(self, items: Iterable[Item]) -> None:
        """Take over the items of another one, and hold them."""
        with self._changed:
            self._held = True
            self._items = {next(self._numbers): item for item in items}

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _schedule(self, number: int, delay_s: float) -> None:
        if self._held:
            return
        if delay_s <= 0:
            self._submit(number, self._epoch)
            return
        timer = Timer(delay_s, self._submit, (number, self._epoch))
        timer.daemon = True
        timer.start()

    def _submit(self, number: int, epoch: int) -> None:
        with suppress(RuntimeError):  # closed meanwhile
            self._threads.submit(self._do, number, epoch)

    def _do(self, number: int, epoch: int) -> None:
        with self._changed:
            if epoch != self._epoch:
                return
            item = self._items[number]
            self._running += 1
        again: tuple[Item, float] | None = None
        try:
            again = self._work(item)
        except Exception:
            _log.exception("%s is given up", item)
        with self._changed:
            self._running -= 1
            if again is None:
                del self._items[number]
            else:
                self._items[number], delay_s = again
                self._schedule(number, delay_s)
            self._changed.notify_all()
