"""What the topic hands to a queue is what the queue's consumer accepts."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

import handlers
from handlers.domain.metering.queued_usage import USAGE_REPORTED

HANDLERS = Path(str(handlers.__file__)).parent
CONSUMERS = sorted(path.stem for path in (HANDLERS / "consumers").glob("[!_]*.py"))
FILTER = re.compile(
    r"^    (?P<consumer>\w+) = \{(?:\s*#.*)?\s*event_types\s*= (?P<types>\[[^\]]*\]|null)", re.M
)


def filters() -> dict[str, set[str] | None]:
    """Read the types of events that each queue gets; None for all of them."""
    text = (HANDLERS.parent / "terraform/events.tf").read_text("utf-8")
    lists = {
        match["consumer"]: json.loads(re.sub(r",\s*\]", "]", match["types"]))
        for match in FILTER.finditer(text)
    }
    return {name: None if types is None else {*types} for name, types in lists.items()}


def test_every_consumer_has_a_queue() -> None:
    assert sorted(filters()) == CONSUMERS


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_accepts_what_its_queue_gets(name: str) -> None:
    accepts = import_module(f"handlers.consumers.{name}").handler.accepts
    # the queue of `record_usage` gets nothing from the topic: the API sends to it
    handed_over = {USAGE_REPORTED} if name == "record_usage" else set()
    handed_out = filters()[name]
    expected = None if handed_out is None else handed_out | handed_over
    assert (None if accepts is None else {*accepts}) == expected
