"""A correction replaces an event: its effect is the difference, and the event itself is kept."""

from datetime import timedelta

import pytest

from handlers.platform.database import sessions

from .conftest import close, rollups, statuses, usage

CORRECTED = "the event that corrects names has been corrected: correct its correction"


def _counted(tenant):
    return [(r["model_id"], r["request_count"], r["input_tokens"]) for r in rollups(tenant)]


def test_a_correction_counts_instead_of_the_event(record, tenant):
    record(tenant, usage("a", input_tokens=100), usage("b", input_tokens=7))
    outcomes = record(tenant, usage("a2", input_tokens=30, corrects="a"))
    assert statuses(outcomes) == ["accepted"]
    assert _counted(tenant) == [("example-large", 2, 37)]
    with sessions.tenant_session(tenant) as session:
        rows = session.all("SELECT request_id, corrects, corrected_by FROM usage_events")
    kept = {row["request_id"]: (row["corrects"], row["corrected_by"]) for row in rows}
    assert kept == {
        "a": (None, outcomes[0].event_id),
        "b": (None, None),
        "a2": ("a", None),
    }


def test_a_correction_may_say_that_it_was_another_model_on_another_day(record, tenant, clock):
    record(tenant, usage("a", model_id="wrong"))
    yesterday = clock() - timedelta(days=1)
    record(tenant, usage("a2", model_id="right", occurred_at=yesterday, corrects="a"))
    assert [(row["model_id"], row["day"]) for row in rollups(tenant)] == [
        ("right", yesterday.date())
    ]


def test_a_correction_is_corrected_in_its_turn(record, tenant):
    record(tenant, usage("a", input_tokens=100))
    record(tenant, usage("b", input_tokens=10, corrects="a"))
    record(tenant, usage("c", input_tokens=1, corrects="b"))
    assert _counted(tenant) == [("example-large", 1, 1)]


@pytest.mark.parametrize(
    ("corrects", "reason"),
    [("nothing", "corrects names no event that is known"), ("a", CORRECTED)],
)
def test_what_cannot_be_corrected_is_rejected_and_leaves_nothing(record, tenant, corrects, reason):
    record(tenant, usage("a"), usage("a2", corrects="a"))
    before = rollups(tenant)
    (outcome,) = record(tenant, usage("late", input_tokens=5, corrects=corrects))
    assert (outcome.status, outcome.reason) == ("rejected", reason)
    assert rollups(tenant) == before
    assert statuses(record(tenant, usage("late"))) == ["accepted"]


def test_another_tenants_event_is_unknown(record, make_tenant):
    ours, theirs = make_tenant(), make_tenant("Globex")
    record(theirs, usage("a"))
    (outcome,) = record(ours, usage("b", corrects="a"))
    assert outcome.reason == "corrects names no event that is known"


def test_a_batch_may_correct_what_it_brings(record, tenant):
    events = [
        usage("a", input_tokens=100),
        usage("b", input_tokens=10, corrects="a"),
        usage("c", input_tokens=1, corrects="b"),
        usage("d", input_tokens=5, corrects="a"),
        usage("e", corrects="e"),
    ]
    wanted = ["accepted", "accepted", "accepted", "rejected", "rejected"]
    assert statuses(record(tenant, *events)) == wanted
    assert _counted(tenant) == [("example-large", 1, 1)]
    again = ["duplicate", "duplicate", "duplicate", "rejected", "rejected"]
    assert statuses(record(tenant, *events)) == again
    assert _counted(tenant) == [("example-large", 1, 1)]


def test_of_two_corrections_in_a_batch_the_first_counts(record, tenant):
    record(tenant, usage("a"))
    first, second = record(tenant, usage("b", corrects="a"), usage("c", corrects="a"))
    assert (first.status, second.reason) == ("accepted", CORRECTED)


def test_a_correction_of_what_is_invoiced_is_made_good_on_the_next_invoice(record, tenant, clock):
    day = clock() - timedelta(days=9)
    record(tenant, usage("a", input_tokens=100, occurred_at=day))
    close(tenant, clock())
    record(tenant, usage("b", input_tokens=30, occurred_at=day, corrects="a"))
    invoiced, adjustment = rollups(tenant)
    assert (invoiced["billed_on"], invoiced["input_tokens"]) == (day.date(), 100)
    assert (adjustment["billed_on"], adjustment["day"]) == (clock().date(), day.date())
    assert adjustment["input_tokens"] == -70
    assert adjustment["provider_cost"] < 0
