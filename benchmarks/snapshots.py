"""Copying what was applied, against applying it: `fork`, `load` and the next `up` of a stack.

Each is the whole command and then the first answer of `/v1/health`, beside the cold `up` of the
same run. The account is of the largest tier.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from urllib.request import urlopen

from benchmarks.applied_stack import TIER, saasgen
from benchmarks.figure import Figure
from saasgen.sandbox.control.client import Sandbox
from saasgen.stack import Stack

RUNS = 3
TARGET = 0.1


def measure(stack: Stack, cold_s: float) -> list[Figure]:
    """Fork and load the applied stack, then take it down and bring it up, RUNS times each.

    Args:
        stack: applied to its sandbox; it is up again at the end.
        cold_s: seconds that the first `up` took.
    """
    path, parent, child = str(stack.root), Sandbox(stack.root), Sandbox(stack.root, "fork")
    saasgen("sandbox", "save", "kept", "--stack", path)

    def fork() -> float:
        took = _answers(lambda: saasgen("sandbox", "fork", "fork", "--stack", path), child)
        child.stop()
        return took

    def load() -> float:
        return _answers(lambda: saasgen("sandbox", "load", "kept", "--stack", path), parent)

    def up() -> float:
        parent.stop()
        return _answers(lambda: saasgen("sandbox", "up", path), parent)

    measured = {"sandbox fork": fork, "sandbox load": load, "sandbox up, unchanged": up}
    return [_figure(name, [run() for _ in range(RUNS)], cold_s) for name, run in measured.items()]


def _figure(name: str, runs: list[float], cold_s: float) -> Figure:
    took = median(runs)
    told = f"{name} until /v1/health answers, {TIER} (baseline: cold up)"
    return Figure(told, took, "s", cold_s, f"within {TARGET:g} x", took <= TARGET * cold_s)


def _answers(command: Callable[[], None], sandbox: Sandbox) -> float:
    """Seconds until a command is done and the API of its sandbox answers."""
    began = perf_counter()
    command()
    with urlopen(f"{sandbox.status().api_url}/v1/health") as answer:
        answer.read()
    return perf_counter() - began
