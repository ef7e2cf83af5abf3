"""However often and in whatever order events come, they count once."""

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import rollups, statuses, usage

EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def events(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda number, model, tokens, cached: usage(
            f"request-{number}", model_id=model, input_tokens=tokens, cached=cached
        ),
        numbers,
        st.sampled_from(["example-large", "example-small", "unknown"]),
        st.integers(0, 10**9),
        st.booleans(),
    )


# each request once; its repetitions may say what they like
FIRST = st.lists(events(st.integers(0, 12)), max_size=10, unique_by=lambda event: event.request_id)


def _cut(draw: Any, given_events: list[Any]) -> list[list[Any]]:
    batches, rest = [], list(given_events)
    while rest:
        size = draw(st.integers(1, len(rest)))
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


@EXAMPLES
@given(st.data())
def test_repeating_events_in_any_order_changes_nothing(record, price, make_tenant, data):
    known, repeated = make_tenant(), make_tenant("Globex")
    wanted = data.draw(FIRST)
    for event in wanted:
        record(known, event)
    copies = data.draw(st.lists(st.sampled_from(wanted), max_size=20)) if wanted else []
    for batch in _cut(data.draw, data.draw(st.permutations([*wanted, *copies]))):
        record(repeated, *batch)
    assert rollups(repeated) == rollups(known)
    if wanted:
        assert set(statuses(record(repeated, *wanted))) == {"duplicate"}
        assert rollups(repeated) == rollups(known)


@EXAMPLES
@given(st.data())
def test_the_roll_ups_are_the_sum_of_what_counts(record, make_tenant, data):
    tenant, standing = make_tenant(), {}
    for number, event in enumerate(
        data.draw(st.lists(events(st.just(0)), min_size=1, max_size=12))
    ):
        original = data.draw(st.sampled_from([None, *standing]))
        name = f"request-{number}"
        sent = event.model_copy(update={"request_id": name, "corrects": original})
        for _ in range(data.draw(st.integers(1, 2))):
            record(tenant, sent)
        standing.pop(original, None)
        standing[name] = sent
    rows = rollups(tenant)
    tokens = Counter({row["model_id"]: row["input_tokens"] for row in rows})
    wanted: Counter[str] = Counter()
    for event in standing.values():
        wanted[event.model_id] += event.input_tokens
    assert +tokens == +wanted
    assert sum(row["request_count"] for row in rows) == len(standing)
    # nothing is priced: the default is 1.00 and 2.00 a million
    cost = sum(Decimal(event.input_tokens + 2 * event.output_tokens) for event in standing.values())
    assert sum(row["provider_cost"] for row in rows) == cost.scaleb(-6)
