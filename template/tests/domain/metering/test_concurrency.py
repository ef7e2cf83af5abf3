"""Batches of one tenant at the same time: none waits for another in a circle, none is lost."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from handlers.domain.terms import billing_lock
from handlers.platform.database import sessions

from .conftest import close, rollups, statuses, usage

THREADS = 8
EVENTS = 60
ROUNDS = 6
SUM = "SELECT coalesce(sum(request_count), 0)::int AS n FROM usage_rollups WHERE billed_on < %s"


def _worker(record, tenant, seed, corrections):
    """Send every event in batches and an order of one's own."""
    order = random.Random(seed)
    outcomes = []
    try:
        for _ in range(ROUNDS):
            events = [usage(f"r{n}", model_id=f"model-{n % 7}") for n in range(EVENTS)]
            order.shuffle(events)
            for start in range(0, EVENTS, 20):
                outcomes += record(tenant, *events[start : start + 20])
            number = order.randrange(EVENTS)
            if corrections and f"r{number}" in {o.request_id for o in outcomes}:
                name = f"c{number}-{seed}"
                outcomes += record(tenant, usage(name, corrects=f"r{number}"))
    finally:
        sessions.close()
    return outcomes


def test_unsorted_batches_of_many_threads_do_not_deadlock(record, tenant, database):
    with ThreadPoolExecutor(THREADS) as pool:
        work = [pool.submit(_worker, record, tenant, seed, False) for seed in range(THREADS)]
        counts = Counter(status for done in work for status in statuses(done.result()))
    assert counts["accepted"] == EVENTS
    assert counts["rejected"] == 0
    assert sum(row["request_count"] for row in rollups(tenant)) == EVENTS


def test_corrections_among_them_replace_each_event_once(record, tenant, database):
    with ThreadPoolExecutor(THREADS) as pool:
        work = [pool.submit(_worker, record, tenant, seed, True) for seed in range(THREADS)]
        outcomes = [outcome for done in work for outcome in done.result()]
    corrected = [o.request_id for o in outcomes if o.status == "accepted" and "-" in o.request_id]
    originals = [name.partition("-")[0] for name in corrected]
    assert len(originals) == len(set(originals)) > 0
    assert sum(row["request_count"] for row in rollups(tenant)) == EVENTS


def test_nothing_slips_between_a_sum_and_its_closing(record, tenant, database, clock):
    """What is billed before the closing's day is never more than what was summed when it closed."""
    record(tenant, usage("first"))

    def write(seed):
        try:
            for number in range(40):
                record(tenant, usage(f"{seed}-{number}"))
        finally:
            sessions.close()

    clock_day = clock()
    with ThreadPoolExecutor(THREADS) as pool:
        work = [pool.submit(write, seed) for seed in range(THREADS - 1)]
        clock.forward(days=1)
        closing = pool.submit(_sum_and_close, tenant, clock())
        summed = closing.result()
        for done in work:
            done.result()
    rows = rollups(tenant)
    assert sum(r["request_count"] for r in rows if r["billed_on"] == clock_day.date()) == summed
    assert sum(r["request_count"] for r in rows) == 1 + 40 * (THREADS - 1)


def _sum_and_close(tenant, until):
    try:
        with sessions.tenant_session(tenant) as session:
            billing_lock.lock_exclusive(session, tenant)
            summed = session.one(SUM, [until.date()])["n"]
            billing_lock.close(session, tenant, until.date())
            return summed
    finally:
        sessions.close()


def test_closing_twice_to_the_same_day_is_no_fault(record, tenant, clock):
    record(tenant, usage())
    close(tenant, clock())
    close(tenant, clock())
