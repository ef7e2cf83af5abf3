"""`sandbox up --watch`: a saved handler answers the next request, and a broken one does not."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.smallest.conftest import Live

VERSION = "version=_version(call)"


@pytest.fixture(scope="module")
def watched(live: Live) -> Iterator[Path]:
    """What the watch says, while it goes on."""
    said = live.stack.root / "watch.log"
    with (
        said.open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "saasgen", "sandbox", "up", live.path, "--watch"],
            stdout=log,
            stderr=log,
        ) as watch,
    ):
        try:
            until(lambda: "Watching" in said.read_text(), 180)
            yield said
            watch.send_signal(signal.SIGINT)
            assert watch.wait(30) == 0
        finally:
            watch.kill()  # else the end of the block waits for one that goes on
    assert live.call("GET", "/v1/subscription-tiers").status_code == 200, "the sandbox goes on"


@pytest.fixture
def health(live: Live) -> Iterator[Path]:
    """The handler that the tests save; it is as it was at the end."""
    path = live.stack.root / "handlers/api/health.py"
    before = path.read_text()
    yield path
    path.write_text(before)


def test_a_saved_handler_is_what_the_next_request_runs(live: Live, watched: Path, health: Path):
    save(health, VERSION, 'version="saved"')

    until(lambda: version(live) == "saved")
    until(lambda: "Serving handlers/api/health.py" in watched.read_text())


def test_an_error_is_shown_and_the_code_before_goes_on(live: Live, watched: Path, health: Path):
    save(health, VERSION, 'version="before"')
    until(lambda: version(live) == "before")

    save(health, "from typing import Literal", "from typing import NothingLikeIt")

    until(lambda: "cannot import name 'NothingLikeIt'" in watched.read_text())
    assert version(live) == "before"


def test_what_only_up_applies_is_named(live: Live, watched: Path, health: Path):
    save(health, '"/v1/health"', '"/v1/healthy"')
    until(lambda: "new route GET /v1/healthy; route GET /v1/health is gone" in words(watched))

    migration = live.stack.root / "migrations/9999_more.sql"
    migration.write_text("SELECT 1;")
    until(lambda: "migrations changed (a migration)" in words(watched))
    migration.unlink()


def save(path: Path, old: str, new: str) -> None:
    """Save a file in which one text stands for another, in one write."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def version(live: Live) -> str:
    """The version that the API says it runs."""
    return str(live.call("GET", "/v1/health").json()["version"])


def words(path: Path) -> str:
    """A text without its line breaks."""
    return " ".join(path.read_text().split())


def until(happens: Callable[[], Any], timeout_s: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + timeout_s
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
