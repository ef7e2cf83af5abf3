"""Time comes from one function, which a test, or a sandbox, can move."""

import re
from pathlib import Path

import pytest

import handlers

ROOT = Path(handlers.__file__).parent
CLOCK = ROOT / "platform/base/clock.py"
# The machine's own clock in Python, and the database server's in SQL.
OTHER_CLOCKS = re.compile(
    r"\b(datetime\.(now|today|utcnow)|date\.today|time\.(time|time_ns|gmtime|localtime))\b"
    r"|\bnow\(\)"
    r"|\b(current_(date|time|timestamp)|localtimestamp|(clock|statement|transaction)_timestamp)\b",
    re.IGNORECASE,
)


def asks_another_clock(text: str) -> bool:
    return OTHER_CLOCKS.search(text) is not None


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_clock_asks_what_time_it_is(path: Path) -> None:
    assert asks_another_clock(path.read_text()) is (path == CLOCK)


@pytest.mark.parametrize(
    "text",
    [
        "datetime.now(UTC)",
        "started = time.time()",
        "date.today()",
        "WHERE expires_at > now()",
        "created_at < CURRENT_TIMESTAMP",
    ],
)
def test_other_clocks_are_recognised(text: str) -> None:
    assert asks_another_clock(text)
