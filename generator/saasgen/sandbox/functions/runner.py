"""Runs the functions that Terraform created, each in warm processes of its own."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from saasgen.errors import UserError
from saasgen.sandbox.functions.artifacts import Artifacts
from saasgen.sandbox.functions.live_code import LiveCode
from saasgen.sandbox.functions.pool import DEFAULT_CONCURRENCY, Outcome, Pool
from saasgen.sandbox.functions.process import Call
from saasgen.sandbox.functions.trial import Candidate, loading_failure
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.models import FunctionStatus, ReplacedCode
from saasgen.sandbox.state.model import Function, function_name


class Runner:
    """All functions of a stack.

    Args:
        layout: where artifacts are unpacked and logs are kept.
        overrides: environment variables to set over a function's own, to reach this sandbox.
        clock_ahead: how far the sandbox's clock is ahead of the machine's.
    """

    def __init__(
        self,
        layout: Layout,
        overrides: Callable[[Mapping[str, str]], Mapping[str, str]],
        clock_ahead: Callable[[], timedelta] = timedelta,
    ) -> None:
        self._logs = layout.logs
        self._overrides = overrides
        self._clock_ahead = clock_ahead
        self._artifacts = Artifacts(layout.unpacked)
        self._live_code = LiveCode(layout.stack, layout.unpacked)
        self._pools: dict[str, Pool] = {}
        self._lock = Lock()
        self._replacing = Lock()
        self._running = 0

    @property
    def running(self) -> int:
        """How many invocations are under way."""
        return self._running

    def serve(self, functions: Iterable[Function]) -> None:
        """Run these functions from now on; processes of unchanged ones are kept.

        Raises:
            UserError: an artifact that the state names is not there.
        """
        fresh: dict[str, Pool] = {}
        for function in functions:
            paths = self._paths(function)
            overrides = dict(self._overrides(function.environment))
            old = self._pools.get(function.name)
            same = old and (old.function, old.paths, old.overrides) == (function, paths, overrides)
            if old and same:
                fresh[function.name] = old
            else:
                fresh[function.name] = Pool(function, paths, overrides, self._logs)
        with self._lock:
            gone = [p for name, p in self._pools.items() if fresh.get(name) is not p]
            self._pools = fresh
        for pool in gone:
            pool.close()

    def replace_code(self) -> ReplacedCode:
        """Run the handlers as they are saved now, from the next invocation on.

        What is under way ends on the code that it began on. Where a function cannot be loaded, all
        go on with the code that they have, and the answer says why.

        Raises:
            UserError: a file is not valid Python.
        """
        with self._replacing:
            before = dict(self._pools)
            trees = {
                code: self._live_code.tree(code) for code in {p.paths[0] for p in before.values()}
            }
            fresh = {
                name: Pool(
                    pool.function, (tree.folder, *pool.paths[1:]), pool.overrides, self._logs
                )
                for name, pool in before.items()
                if (tree := trees[pool.paths[0]]).changed
            }
            files = tuple(sorted({file for tree in trees.values() for file in tree.changed}))
            error = self._switch(before, fresh)
            if error is not None:
                for tree in trees.values():
                    self._live_code.discard(tree)
        return ReplacedCode(files=files, error=error)

    def invoke(
        self,
        reference: str,
        event: Any,
        request_id: str | None = None,
        trace_header: str | None = None,
    ) -> Outcome:
        """Run a function and wait for its answer.

        Args:
            reference: name, `name:alias` or ARN.
            event: what the handler gets; must be JSON.
            request_id: made up if not given.
            trace_header: the trace of the caller; the function begins one of its own without.

        Raises:
            UserError: no such function in the state.
        """
        name = function_name(reference)
        pool = self._pools.get(name)
        if pool is None:
            known = ", ".join(sorted(self._pools)) or "none; has the stack been applied?"
            raise UserError(f"The sandbox runs no function {name} (it runs: {known}).")
        arn = reference if reference.startswith("arn:aws:lambda:") else pool.function.arn
        if not reference.startswith("arn:") and ":" in reference:
            arn = f"{pool.function.arn}:{reference.split(':')[1]}"
        identity = request_id or str(uuid.uuid4())
        ahead_s = self._clock_ahead().total_seconds()
        call = Call(identity, arn, event, pool.function.timeout_s, trace_header, ahead_s)
        with self._lock:
            self._running += 1
        try:
            return pool.run(call)
        finally:
            with self._lock:
                self._running -= 1

    def timeout_s(self, reference: str) -> int | None:
        """How long a function may run; None if there is no such function."""
        pool = self._pools.get(function_name(reference))
        return pool.function.timeout_s if pool else None

    def concurrency(self, reference: str) -> int:
        """How many invocations of a function can run at the same time."""
        pool = self._pools.get(function_name(reference))
        reserved = pool.function.reserved_concurrency if pool else None
        return reserved or DEFAULT_CONCURRENCY

    def status(self) -> tuple[FunctionStatus, ...]:
        """The functions and how many processes each has."""
        return tuple(
            FunctionStatus(
                name=name,
                handler=pool.function.handler,
                timeout_s=pool.function.timeout_s,
                processes=pool.size,
                ended=pool.ended,
            )
            for name, pool in sorted(self._pools.items())
        )

    def close(self) -> None:
        """End every process."""
        self.serve(())

    def _switch(self, before: Mapping[str, Pool], fresh: Mapping[str, Pool]) -> str | None:
        """Let pools take the places of others, if all can be loaded; those in use begin warm."""
        with ThreadPoolExecutor() as starting:
            for name, pool in fresh.items():
                if before[name].size:
                    starting.submit(pool.warm)
            error = _loading_failure(fresh.values())
        if error is not None:
            for pool in fresh.values():
                pool.close()
            return error
        with self._lock:
            self._pools = {**self._pools, **fresh}
        for name in fresh:
            before[name].retire()
        return None

    def _paths(self, function: Function) -> tuple[Path, ...]:
        code = self._artifacts.unpack(function.code)
        layers = (self._artifacts.unpack(layer) / "python" for layer in function.layers)
        return (code, *layers)


def _loading_failure(pools: Collection[Pool]) -> str | None:
    """Why some of the pools' functions cannot be loaded; tried together where they share code."""
    shared: dict[tuple[Path, ...], list[Candidate]] = {}
    for pool in pools:
        function = pool.function
        candidate = Candidate(function.name, function.handler, pool.environment("trial"))
        shared.setdefault(pool.paths, []).append(candidate)
    failures = (loading_failure(paths, functions) for paths, functions in shared.items())
    return next((failure for failure in failures if failure is not None), None)
