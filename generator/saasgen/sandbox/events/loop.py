"""The event loop: moves messages from queues to the functions that consume them.

It does what Lambda's pollers do for an event source mapping: batches, batching window, filters,
maximum concurrency, partial batch failures. Queues keep their own visibility timeout and redrive
policy; moto moves a message to its dead-letter queue when it was received `maxReceiveCount` times.

A message whose processing failed becomes visible again after the queue's visibility timeout. Five
retries at 180 s each are too long to watch, so the sandbox waits no longer than
`SAASGEN_SANDBOX_VISIBILITY_CAP_S` seconds (2 by default); set it high to see the real times.
"""

import logging
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

from saasgen.errors import SaasgenError
from saasgen.sandbox.aws import sqs
from saasgen.sandbox.events import queues
from saasgen.sandbox.functions.pool import Outcome
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.state.model import EventSource

_log = logging.getLogger(__name__)
VISIBILITY_CAP = "SAASGEN_SANDBOX_VISIBILITY_CAP_S"
_LONGEST_NAP_S = 1.0
_PAUSE_S = 0.01


def visibility_cap_s() -> float:
    """How long a failed message stays invisible at most, in seconds."""
    return float(os.environ.get(VISIBILITY_CAP, "2"))


class Consumer:
    """The poller of one event source mapping."""

    def __init__(self, source: EventSource, runner: Runner, cap_s: float) -> None:
        self.source = source
        self._runner = runner
        self._cap_s = cap_s
        concurrency = source.maximum_concurrency or runner.concurrency(source.function_arn)
        self._slots = BoundedSemaphore(concurrency)
        self._threads = ThreadPoolExecutor(concurrency, f"consumer-{source.uuid[:8]}")
        self._wake = Event()
        self._stopped = Event()
        self._lock = Lock()
        self._busy = 0
        self._poller = Thread(target=self._poll, daemon=True, name=f"poll-{source.uuid[:8]}")

    @property
    def busy(self) -> bool:
        """Whether a batch is being processed."""
        return self._busy > 0

    def start(self) -> None:
        """Poll from now on."""
        sqs.on_message(self._heard)
        self._poller.start()

    def stop(self) -> None:
        """Take no more messages; batches under way end by themselves."""
        sqs.forget(self._heard)
        self._stopped.set()
        self._wake.set()

    def ended(self, patience_s: float) -> bool:
        """Wait, once it is stopped, until no batch is under way; tell whether that came in time."""
        deadline = monotonic() + patience_s
        self._poller.join(patience_s)
        while self.busy and monotonic() < deadline:
            sleep(_PAUSE_S)
        return not self._poller.is_alive() and not self.busy

    def _heard(self, queue_arn: str) -> None:
        if queue_arn == self.source.queue_arn:
            self._wake.set()

    def _poll(self) -> None:
        while not self._stopped.is_set():
            try:
                self._turn()
            except Exception:
                _log.exception("polling %s failed", self.source.queue_arn)
                self._wake.wait(_LONGEST_NAP_S)
        self._threads.shutdown(wait=False)  # not before: what was received must be processed

    def _turn(self) -> None:
        """Hand one batch to the function, or wait until there may be one."""
        queue = queues.find(self.source.queue_arn)
        if queue is None:
            self._wake.wait(_LONGEST_NAP_S)
            return
        self._take_slot()  # receive only what can be processed: its visibility timeout is running
        self._wake.clear()
        batch = self._collect(queue)
        if batch:
            self._threads.submit(self._process, queue, batch)
            return
        self._free_slot()
        self._wake.wait(queues.next_change_s(queue, _LONGEST_NAP_S))

    def _take_slot(self) -> None:
        self._slots.acquire()
        with self._lock:
            self._busy += 1

    def _free_slot(self) -> None:
        with self._lock:
            self._busy -= 1
        self._slots.release()

    def _collect(self, queue: Any) -> list[Any]:
        """Receive until the batch is full or its window, which the first message opens, is over."""
        batch: list[Any] = []
        closes_at: float | None = None
        while len(batch) < self.source.batch_size and not self._stopped.is_set():
            received = queues.receive(queue, self.source.batch_size - len(batch))
            batch += [message for message in received if self._wanted(queue, message)]
            if not received:
                remaining = closes_at - monotonic() if closes_at else 0
                if not batch or remaining <= 0:
                    break
                self._wake.wait(min(remaining, 0.1))
            if batch and closes_at is None:
                closes_at = monotonic() + self.source.window_s
        return batch

    def _wanted(self, queue: Any, message: Any) -> bool:
        """Whether the message passes the filter; Lambda deletes those that do not."""
        if not self.source.filters:
            return True
        record = queues.record(queue, message)
        if any(queues.matches(pattern, record) for pattern in self.source.filters):
            return True
        queues.delete(queue, message)
        return False

    def _process(self, queue: Any, batch: list[Any]) -> None:
        try:
            failed = self._failed(queue, batch)
            for message in batch:
                if message.id in failed:
                    after_s = min(self._cap_s, float(queue.visibility_timeout))
                    queues.release(queue, message, after_s)
                else:
                    queues.delete(queue, message)
        except Exception:
            _log.exception("a batch of %s was not processed", self.source.queue_arn)
        finally:
            self._free_slot()
            self._wake.set()

    def _failed(self, queue: Any, batch: list[Any]) -> set[str]:
        """Run the function; return the ids of the messages to try again."""
        everything = {message.id for message in batch}
        event = {"Records": [queues.record(queue, message) for message in batch]}
        try:
            outcome = self._runner.invoke(self.source.function_arn, event)
        except SaasgenError as error:
            _log.warning("%s: %s", self.source.queue_arn, error)
            return everything
        if outcome.error is not None:
            return everything
        if not self.source.reports_item_failures:
            return set()
        return item_failures(outcome, everything)


def item_failures(outcome: Outcome, everything: set[str]) -> set[str]:
    """The failed messages of a batch response; all of them if the response makes no sense.

    See "Reporting batch item failures for Lambda functions" in the Lambda developer guide.
    """
    payload = outcome.payload
    if not payload:
        return set()
    items = payload.get("batchItemFailures") if isinstance(payload, dict) else None
    if items is None and isinstance(payload, dict):
        return set()
    try:
        failed = {item["itemIdentifier"] for item in items or ()}
    except (TypeError, KeyError):
        return everything
    return everything if failed - everything else failed


class EventLoop:
    """All event source mappings of a stack."""

    def __init__(self, runner: Runner, cap_s: float) -> None:
        self._runner = runner
        self._cap_s = cap_s
        self._consumers: list[Consumer] = []
        self._held: list[EventSource] | None = None

    def serve(self, sources: Iterable[EventSource]) -> None:
        """Poll for these mappings from now on, and for no others."""
        wanted = list(sources)
        kept = [c for c in self._consumers if c.source in wanted]
        for consumer in self._consumers:
            if consumer not in kept:
                consumer.stop()
        known = {c.source.uuid for c in kept}
        fresh = [
            Consumer(source, self._runner, self._cap_s)
            for source in wanted
            if source.uuid not in known
        ]
        self._consumers = kept + fresh
        for consumer in fresh:
            consumer.start()

    def consumers(self) -> dict[str, str]:
        """The function that consumes each queue, by the queue's ARN."""
        return {c.source.queue_arn: c.source.function_arn for c in self._consumers}

    def unfinished(self) -> list[str]:
        """Queues that hold messages for a consumer, or whose consumer is at work."""
        names = []
        for consumer in self._consumers:
            found = queues.describe(consumer.source.queue_arn, None)
            if found and (found.depth or consumer.busy):
                names.append(found.name)
        return names

    def hold(self, patience_s: float) -> bool:
        """Poll no more until `resume`; tell whether every batch under way ended in time."""
        held = self._consumers
        self.close()
        self._held = [consumer.source for consumer in held]
        return all(consumer.ended(patience_s) for consumer in held)

    def resume(self) -> None:
        """Poll again for what was polled for before `hold`."""
        if self._held is not None:
            self.serve(self._held)
            self._held = None

    def close(self) -> None:
        """Stop polling."""
        self.serve(())
