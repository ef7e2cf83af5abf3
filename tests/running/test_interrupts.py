"""A suite that runs in the background interrupts what it starts."""

import subprocess
import sys

from tests.support import REPOSITORY

ASK = "import signal; print(signal.getsignal(signal.SIGINT))"
STARTED = f"""
import subprocess, sys
from tests.running.interrupts import pytest_configure

pytest_configure()
subprocess.run([sys.executable, "-c", {ASK!r}], check=True)
"""


def test_what_is_started_heeds_sigint_in_a_background_job_too() -> None:
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c"]

    assert "default_int_handler" not in _said([*ignoring, ASK])
    assert "default_int_handler" in _said([*ignoring, STARTED])


def _said(command: list[str]) -> str:
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout
