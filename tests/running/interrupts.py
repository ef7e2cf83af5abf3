"""Tests can interrupt what they start, even if the suite itself runs in the background.

A shell lets the background jobs of a script ignore SIGINT, and every process that they start
inherits that: a watch that a test interrupted would then go on for ever.
"""

import signal


def pytest_configure() -> None:
    """Let SIGINT be what it is in a terminal, for this process and those that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
