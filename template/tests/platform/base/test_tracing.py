"""Traces: which one an event belongs to, and what is refused as one."""

import pytest

from handlers.platform.base import tracing

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
HEADER = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0"
OTHER = "Root=1-00000001-000000000000000000000001;Parent=0000000000000001;Sampled=0"


@pytest.fixture
def invocation(monkeypatch):
    """Return what starts an invocation with a trace header, as Lambda does."""
    return lambda header: monkeypatch.setenv("_X_AMZN_TRACE_ID", header)


def test_without_lambda_there_is_no_trace(monkeypatch):
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    assert tracing.current() is None


def test_an_invocation_has_the_trace_it_was_started_under(invocation):
    invocation(HEADER)
    assert tracing.current() == HEADER


def test_what_follows_from_an_event_belongs_to_its_trace(invocation):
    invocation(OTHER)
    with tracing.following(HEADER):
        assert tracing.trace_id(tracing.current()) == ROOT
    assert tracing.current() == OTHER


def test_the_lineage_is_of_the_functions_that_ran(invocation):
    """A consumer that leads to itself must grow it, or Lambda never stops the loop."""
    invocation(f"{OTHER};Lineage=2:a87bd80c:1|68fd508a:0")
    with tracing.following(HEADER):
        assert tracing.current() == HEADER.replace("1:a87bd80c:0", "2:a87bd80c:1|68fd508a:0")


def test_an_event_without_a_trace_leaves_the_invocation_its_own(invocation):
    invocation(HEADER)
    with tracing.following(None):
        assert tracing.current() == HEADER


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "Root=nonsense;Sampled=1",
        f"Root={ROOT}\r\nX-Other: 1",
        f"Root={ROOT};Sampled=1\n",
        f"Root={ROOT};Sampled",
        f"Root={ROOT}" + ";Self=x" * 200,
    ],
)
def test_what_is_no_header_is_no_trace(invocation, header):
    invocation(header)
    assert tracing.current() is None


@pytest.mark.parametrize(
    ("header", "sampled"),
    [(HEADER, True), (OTHER, False), (f"Root={ROOT}", False), (f"Root={ROOT};Sampled=?", False)],
)
def test_only_a_decided_trace_is_recorded(header, sampled):
    assert tracing.is_sampled(header) is sampled
