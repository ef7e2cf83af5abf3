"""What is seen of long work where there is no terminal."""

import io
import time

import pytest
from rich.console import Console

from saasgen import console
from saasgen.console import progress


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    written = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=written, width=200))
    monkeypatch.setattr(console, "_BEAT_S", 0.01)
    return written


def _wait_for(said: io.StringIO, words: str) -> None:
    deadline = time.monotonic() + 10
    while words not in said.getvalue():
        assert time.monotonic() < deadline, said.getvalue()
        time.sleep(0.01)


def test_a_pipe_is_told_again_and_again_that_work_goes_on(said: io.StringIO):
    with progress("Applying") as bar:
        _wait_for(said, "  Applying (0 s)\n")
        bar.total(12)
        bar.now("aws_vpc.this[0] (and 3 more)")
        bar.step()
        _wait_for(said, "  Applying, 1 of 12: aws_vpc.this[0] (and 3 more) (0 s)\n")


def test_a_pipe_hears_nothing_once_the_work_is_over(said: io.StringIO):
    with progress("Applying"):
        _wait_for(said, "Applying")
    after = said.getvalue()
    time.sleep(0.05)

    assert said.getvalue() == after


def test_a_reader_of_a_pipe_waits_less_than_ten_seconds():
    assert console._BEAT_S < 10 / 1.5


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch):
    written = io.StringIO()
    terminal = Console(file=written, force_terminal=True, width=200, legacy_windows=False)
    monkeypatch.setattr(console, "err", terminal)

    with progress("Applying", total=2) as bar:
        bar.step()

    assert "\x1b[" in written.getvalue()
    assert "1/2" in written.getvalue()
