"""What a release does with git."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release.errors import Refused


class Repository:
    """A repository on this machine. Nothing here talks to a remote one.

    Args:
        root: its work tree.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def require_releasable(self) -> None:
        """Refuse another branch than main, and a tree that is not committed.

        Raises:
            Refused: says what is in the way.
        """
        branch = self._git("rev-parse", "--abbrev-ref", "HEAD")
        if branch != "main":
            raise Refused(f"{branch} is checked out: releases are made on main (git switch main).")
        dirty = self._git("status", "--porcelain")
        if dirty:
            files = ", ".join(line[3:] for line in dirty.splitlines()[:5])
            raise Refused(f"The tree has changes ({files}): commit, stash or remove them.")

    def tags(self) -> list[str]:
        """The names of all tags."""
        return self._git("tag", "--list").split()

    def commit(self, message: str) -> None:
        """Commit every change of files that git knows."""
        self._git("commit", "-q", "-a", "-m", message)

    def tag(self, name: str, message: str) -> None:
        """Make an annotated tag; lines of the message that begin with # stay."""
        self._git("tag", "-a", name, "--cleanup=verbatim", "-F", "-", given=message)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back what the block changed and committed if it does not come to its end."""
        before = self._git("rev-parse", "HEAD")
        try:
            yield
        except BaseException:
            self._git("reset", "-q", "--hard", before)
            raise

    def _git(self, *arguments: str, given: str | None = None) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.root, input=given, capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise Refused(f"`git {' '.join(arguments[:2])}` failed: {said}")
        return done.stdout.rstrip("\n")
