"""The topic's filters let through what the consumers accept, and only what somebody publishes."""

import importlib
import json
from pathlib import Path

import pytest

import handlers
from handlers.platform.messaging.consumer import ALL

from .test_audited_events import published

FILTERS = Path(str(handlers.__file__)).parents[1] / "terraform/event_types.json"
EVENT_TYPES: dict[str, list[str]] = json.loads(FILTERS.read_text("utf-8"))


def accepted(consumer: str) -> list[str] | None:
    """List what a consumer accepts; None where that is everything."""
    types = importlib.import_module(f"handlers.consumers.{consumer}").handler.accepts
    return None if types is ALL else sorted(types)


@pytest.mark.parametrize("consumer", EVENT_TYPES)
def test_a_consumer_receives_what_it_accepts(consumer: str) -> None:
    assert EVENT_TYPES[consumer] == accepted(consumer)


def test_each_consumer_that_accepts_single_types_has_a_filter() -> None:
    modules = (Path(str(handlers.__file__)).parent / "consumers").glob("[!_]*.py")
    names = {path.stem for path in modules}

    # usage comes from the function `ingest` alone, not from the topic
    assert {name for name in names if accepted(name)} - {"record_usage"} == EVENT_TYPES.keys()


def test_each_type_that_a_filter_names_is_published() -> None:
    names = published()
    beginnings = {name.partition(".")[0] for name in names if name.endswith(".something")}

    assert {
        event_type
        for types in EVENT_TYPES.values()
        for event_type in types
        if event_type not in names and event_type.partition(".")[0] not in beginnings
    } == set()
