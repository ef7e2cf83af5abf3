"""Reading log files line by line, also while they grow."""

import time
from collections.abc import Iterator
from pathlib import Path

_FOLLOW_PAUSE_S = 0.2


def lines(path: Path, follow: bool) -> Iterator[str]:
    """The lines of a file; with `follow`, wait for more where it ends."""
    while follow and not path.exists():
        time.sleep(_FOLLOW_PAUSE_S)
    if not path.exists():
        return
    partial = ""
    with path.open(encoding="utf-8", errors="replace") as file:
        while True:
            text = file.readline()
            partial += text
            if partial.endswith("\n"):
                yield partial.rstrip("\n")
                partial = ""
            elif not text:
                if not follow:
                    return
                time.sleep(_FOLLOW_PAUSE_S)
