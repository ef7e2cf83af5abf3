"""A bounded rate, on a clock that only moves when somebody sleeps or works."""

from itertools import pairwise

import pytest

from handlers.platform.base.rate_limit import Pace


class Seconds:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


@pytest.mark.parametrize("per_second", [0.1, 1, 5, 50])
def test_no_two_steps_are_closer_than_the_interval(per_second):
    seconds = Seconds()
    pace, passed = Pace(per_second, seconds, seconds.sleep), [seconds.now]
    for _ in range(20):
        pace.wait()
        passed.append(seconds.now)
    gaps = [after - before for before, after in pairwise(passed)]
    assert gaps == pytest.approx([1 / per_second] * 20)


def test_a_slow_step_is_not_followed_by_a_burst():
    seconds = Seconds()
    pace = Pace(10, seconds, seconds.sleep)
    pace.wait()
    seconds.now += 5
    pace.wait()
    after_the_slow_one = seconds.now
    pace.wait()
    assert seconds.now - after_the_slow_one == pytest.approx(0.1)


def test_who_works_slower_than_the_rate_does_not_wait():
    seconds = Seconds()
    pace = Pace(10, seconds, seconds.sleep)
    for _ in range(3):
        seconds.now += 1
        before = seconds.now
        pace.wait()
        assert seconds.now == before
