"""A way in that can be closed for a while."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Gate:
    """Counts what is inside; while it is closed, others wait outside or turn back."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._closed = False
        self._left_at = monotonic()
        self.passages = 0
        """How many have been let in since the beginning."""

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Be inside for the length of the block, once the gate is open."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._inside += 1
            self.passages += 1
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def attempt(self) -> Iterator[bool]:
        """Be inside for the length of the block, unless the gate is closed: then it says False."""
        with self._changed:
            admitted = not self._closed
            self._inside += admitted
            self.passages += admitted
        try:
            yield admitted
        finally:
            if admitted:
                self._leave()

    @property
    def quiet_s(self) -> float:
        """For how many seconds nobody has been inside."""
        with self._changed:
            return 0.0 if self._inside else monotonic() - self._left_at

    def close(self) -> None:
        """Let nobody in."""
        with self._changed:
            self._closed = True

    def open(self) -> None:
        """Let those in who wait, and everybody after them."""
        with self._changed:
            self._closed = False
            self._changed.notify_all()

    def wait_empty(self, patience_s: float) -> bool:
        """Wait until nobody is inside; tell whether that came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._inside == 0, patience_s)

    def _leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._left_at = monotonic()
            self._changed.notify_all()


class Gated:
    """A WSGI application behind a gate, at which requests wait."""

    def __init__(self, application: "WSGIApplication", gate: Gate) -> None:
        self._application = application
        self._gate = gate

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        with self._gate.passage():
            return self._application(environ, start_response)
