"""The apply of the largest tier, against the longest chain of waits in Terraform's own graph.

A chain is resources that depend on one another; each waits as long as the apply's log says its
slowest instance took. An apply is never faster than its longest chain: a ratio of 1 means that
everything else was done beside it.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache

from benchmarks.applied_stack import TIER, terraform
from benchmarks.figure import Figure
from saasgen.stack import Stack

TARGET = 1.25

_EDGE = re.compile(r'^\s*"(.+?)" -> "(.+?)";$', re.MULTILINE)
_INDEX = re.compile(r'\[(?:"[^"]*"|\d+)\]')


def measure(stack: Stack) -> list[Figure]:
    """Read the log of the apply that brought the stack up."""
    log = stack.work_dir / "sandbox/apply.stdout"
    spans = list(_spans(log.read_text("utf-8")))
    took = max(end for _, _, end in spans) - min(begin for _, begin, _ in spans)
    chain = _longest_chain(_slowest(spans), _dependencies(terraform(stack, "graph")))
    name = f"terraform apply, {TIER}, sandbox (baseline: longest chain of waits)"
    holds = took <= TARGET * chain
    return [Figure(name, took, "s", chain, f"within {TARGET:g} x", holds)]


def _spans(log: str) -> Iterator[tuple[str, float, float]]:
    """Resource, begin and end (seconds since 1970) of each instance that was applied or read."""
    begun: dict[str, float] = {}
    for line in log.splitlines():
        event = json.loads(line)
        if event["type"] in ("apply_start", "apply_complete"):
            address = event["hook"]["resource"]["addr"]
            at = datetime.fromisoformat(event["@timestamp"]).timestamp()
            if event["type"] == "apply_start":
                begun[address] = at
            elif event["hook"]["action"] != "read":
                yield _INDEX.sub("", address), begun[address], at


def _slowest(spans: list[tuple[str, float, float]]) -> dict[str, float]:
    """How long the slowest instance of each resource took: its dependants wait for all of them."""
    seconds: dict[str, float] = {}
    for resource, begin, end in spans:
        seconds[resource] = max(seconds.get(resource, 0.0), end - begin)
    return seconds


def _dependencies(graph: str) -> dict[str, list[str]]:
    """What each resource waits for."""
    found: dict[str, list[str]] = {}
    for resource, dependency in _EDGE.findall(graph):
        found.setdefault(resource, []).append(dependency)
    return found


def _longest_chain(seconds: dict[str, float], dependencies: dict[str, list[str]]) -> float:
    @cache
    def until(resource: str) -> float:
        before = (until(dependency) for dependency in dependencies.get(resource, []))
        return seconds.get(resource, 0.0) + max(before, default=0.0)

    return max(until(resource) for resource in seconds)
