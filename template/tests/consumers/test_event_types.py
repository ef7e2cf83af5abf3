"""The topic's filters let through what the consumers accept, and only what somebody publishes."""

import importlib
import json
from pathlib import Path

import pytest

import handlers

from .test_audited_events import published

FILTERS = Path(str(handlers.__file__)).parents[1] / "terraform/event_types.json"
EVENT_TYPES: dict[str, list[str]] = json.loads(FILTERS.read_text("utf-8"))


@pytest.mark.parametrize("consumer", EVENT_TYPES)
def test_a_consumer_receives_what_it_accepts(consumer: str) -> None:
    module = importlib.import_module(f"handlers.consumers.{consumer}")

    assert EVENT_TYPES[consumer] == sorted(module.EVENT_TYPES)


def test_each_consumer_that_accepts_single_types_has_a_filter() -> None:
    modules = (Path(str(handlers.__file__)).parent / "consumers").glob("*.py")
    accepting = {path.stem for path in modules if "EVENT_TYPES" in path.read_text("utf-8")}

    assert accepting == EVENT_TYPES.keys()


def test_each_type_that_a_filter_names_is_published() -> None:
    names = published()
    beginnings = {name.partition(".")[0] for name in names if name.endswith(".something")}

    assert {
        event_type
        for types in EVENT_TYPES.values()
        for event_type in types
        if event_type not in names and event_type.partition(".")[0] not in beginnings
    } == set()
