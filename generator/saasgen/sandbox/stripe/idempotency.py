"""Idempotency keys as Stripe honours them (https://docs.stripe.com/api/idempotent_requests)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from saasgen.sandbox.stripe.faults import Fault

LIFE_S: Final = 86_400
_MAX_LENGTH: Final = 255


@dataclass
class _Entry:
    fingerprint: str
    made_at: int
    answer: tuple[int, bytes] | None = None


class IdempotencyKeys:
    """The keys of an account, each with the request it came with and the answer it got.

    Args:
        now: the time in seconds since 1970.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._entries: dict[str, _Entry] = {}
        self._lock = Lock()

    def dump(self) -> dict[str, Any]:
        """The keys whose requests were answered."""
        with self._lock:
            return {key: entry for key, entry in self._entries.items() if entry.answer}

    def restore(self, kept: dict[str, Any]) -> None:
        """Know the keys of another one."""
        self._entries = kept

    @contextmanager
    def claim(self, key: str, fingerprint: str) -> Iterator["Claim"]:
        """Hold a key while its request runs; without an answer at the end it is free again.

        Args:
            key: the header's value.
            fingerprint: what tells one request from another.

        Raises:
            Fault: another request with the key runs, or had other parameters.
        """
        entry, is_new = self._entry(key, fingerprint)
        try:
            yield Claim(entry)
        finally:
            if is_new and entry.answer is None:
                with self._lock:
                    self._entries.pop(key, None)

    def _entry(self, key: str, fingerprint: str) -> tuple[_Entry, bool]:
        if len(key) > _MAX_LENGTH:
            raise Fault(f"Idempotency keys are at most {_MAX_LENGTH} characters long.")
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.made_at <= self._now() - LIFE_S:
                made = self._entries[key] = _Entry(fingerprint, self._now())
                return made, True
        if entry.fingerprint != fingerprint:
            raise Fault(
                "Keys for idempotent requests can only be used with the same parameters they were"
                f" first used with. Try using a key other than '{key}' if you meant to execute a"
                " different request.",
                kind="idempotency_error",
            )
        if entry.answer is None:
            raise Fault(
                "There is currently another in-progress request using this Idempotent Key (that"
                " probably means you submitted twice, and the other request is still going"
                f" through): {key}. Please try again later.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        return entry, False


class Claim:
    """A key that is held."""

    def __init__(self, entry: _Entry) -> None:
        self._entry = entry

    @property
    def answer(self) -> tuple[int, bytes] | None:
        """Status and body of the answer that was given before."""
        return self._entry.answer

    def keep(self, status: int, body: bytes) -> None:
        """Give the same answer from now on."""
        self._entry.answer = (status, body)
