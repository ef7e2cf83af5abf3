"""Snapshots on disk: one file each, in the user's own cache folder or that of SAASGEN_CACHE.

What is in a snapshot runs code when it is loaded (`aws.py`). So it lies where only its owner
writes, not in a stack's folder, which may come from somebody else; and it is opened only if that is
still so. A file is written under another name first and then renamed: a name is always a whole
snapshot, and an interrupted one never replaces it.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from psutil import pid_exists
from pydantic import ValidationError

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.layout import require_slug
from saasgen.sandbox.models import Model
from saasgen.sandbox.snapshots.manifest import Manifest

MANIFEST: Final = "manifest.json"
_SUFFIX: Final = ".sandbox"
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class Saved(Model):
    """A snapshot in a list: its name, what it says of itself, and its size."""

    name: str
    manifest: Manifest
    size_bytes: int


class Unreadable(Model):
    """A snapshot in a list that cannot be loaded: its name, why, and its size."""

    name: str
    reason: str
    size_bytes: int


@dataclass(frozen=True)
class Store:
    """A folder of snapshots."""

    folder: Path

    def path(self, name: str) -> Path:
        """The file of a snapshot, whether it is there or not.

        Raises:
            UserError: no snapshot can have that name.
        """
        return self.folder / f"{require_slug(name, 'snapshot')}{_SUFFIX}"

    def find(self, name: str) -> Path:
        """The file of a snapshot.

        Raises:
            UserError: there is none of that name.
        """
        path = self.path(name)
        if not path.is_file():
            known = ", ".join(self.names()) or "none"
            raise UserError(f"There is no snapshot {name} (there is: {known}).")
        return path

    def names(self) -> list[str]:
        """The names of the snapshots."""
        return sorted(path.stem for path in self.folder.glob(f"*{_SUFFIX}"))

    def list(self) -> list[Saved]:
        """The snapshots that can be loaded, the newest first."""
        found = [one for one in self._look() if isinstance(one, Saved)]
        return sorted(found, key=lambda saved: saved.manifest.saved_at, reverse=True)

    def unreadable(self) -> tuple[Unreadable, ...]:
        """The snapshots that cannot be loaded, by name."""
        return tuple(one for one in self._look() if isinstance(one, Unreadable))

    def _look(self) -> Iterator[Saved | Unreadable]:
        for name in self.names():
            path = self.folder / f"{name}{_SUFFIX}"
            with suppress(FileNotFoundError):  # it was deleted meanwhile
                size = path.stat().st_size
                try:
                    with opened(path) as archive:
                        manifest = manifest_of(archive)
                    manifest.require_readable(name)
                    yield Saved(name=name, manifest=manifest, size_bytes=size)
                except UserError as error:
                    yield Unreadable(name=name, reason=str(error), size_bytes=size)

    def prune(self, kept: int) -> None:
        """Keep the snapshots that were written last."""
        written = sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime)
        for path in written[: max(0, len(written) - kept)]:
            path.unlink(missing_ok=True)


def snapshots_of(stack: Path) -> Store:
    """The snapshots that somebody saved of a stack's sandboxes."""
    digest = sha256(str(stack.resolve()).encode()).hexdigest()[:12]
    return Store(_cache() / "snapshots" / f"{stack.resolve().name}-{digest}")


def applied() -> Store:
    """What `up` has applied, for any stack, by the hash of what decided it."""
    return Store(_cache() / "applied")


def checkpoint_of(sandbox: Path) -> Path:
    """The file with a copy of a sandbox's simulated AWS, in case its daemon is killed.

    Args:
        sandbox: the sandbox's own folder.
    """
    return checkpoints().path(sha256(str(sandbox.resolve()).encode()).hexdigest()[:24])


def checkpoints() -> Store:
    """Copies of simulated AWS accounts, a file for each sandbox that runs or was killed."""
    return Store(_cache() / "checkpoints")


def most_kept() -> int:
    """How many of what `up` has applied are kept: SAASGEN_SANDBOX_KEPT, or five.

    Raises:
        UserError: it is no number.
    """
    said = os.environ.get("SAASGEN_SANDBOX_KEPT") or "5"
    if not said.isdecimal():
        raise UserError(f"SAASGEN_SANDBOX_KEPT is {said!r}: write a number; 0 keeps nothing.")
    return int(said)


def new_fork() -> Path:
    """The file in which a sandbox is on its way to another one: this process's own."""
    store = Store(_cache() / "forks")
    for name in store.names():
        if not pid_exists(int(name)):  # it was killed
            store.path(name).unlink(missing_ok=True)
    return store.path(str(os.getpid()))


@contextmanager
def written(path: Path) -> Iterator[ZipFile]:
    """Write a snapshot: it is there when the block has ended, and the old one until then.

    Raises:
        OutsideFailure: it cannot be written.
    """
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_abandoned(path)
        handle = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file, ZipFile(file, "w") as archive:
            yield archive
        partial.replace(path)
    except OSError as error:
        raise OutsideFailure(
            f"{path} cannot be written ({error.strerror or error}); what was there is unchanged. "
            "Make room or choose another folder in SAASGEN_CACHE, and save again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """Read a snapshot that nobody but its owner can have written.

    Raises:
        UserError: somebody else owns it or may write it, or it is damaged.
    """
    try:
        file = path.open("rb")
    except PermissionError as error:
        raise UserError(f"{path} belongs to another user: delete it and save again.") from error
    with file:
        _require_own(os.fstat(file.fileno()), path)
        _require_own(path.parent.stat(), path.parent)
        try:
            archive = ZipFile(file)
        except BadZipFile as error:
            raise _damaged(path) from error
        with archive:
            yield archive


def manifest_of(archive: ZipFile) -> Manifest:
    """What a snapshot says about itself.

    Raises:
        UserError: it is damaged, or was written by a version that said other things.
    """
    try:
        return Manifest.model_validate_json(archive.read(MANIFEST))
    except (KeyError, BadZipFile, ValidationError) as error:
        raise _damaged(Path(archive.filename or "")) from error


def _require_own(status: os.stat_result, path: Path) -> None:
    if status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_WRITE:
        return
    raise UserError(
        f"{path} belongs to another user or can be written by others (mode "
        f"{stat.S_IMODE(status.st_mode):04o}). A snapshot runs code when it is loaded, so it is "
        "refused: delete it and save again, or, if you are sure of what is in it, make it yours "
        "alone (`chown` and `chmod go-w`)."
    )


def _damaged(path: Path) -> UserError:
    return UserError(f"{path} is no snapshot that this saasgen can read: delete it and save again.")


def _remove_abandoned(path: Path) -> None:
    """Delete what processes that are gone had begun to write."""
    for partial in path.parent.glob(f".{path.stem}.*.partial"):
        if not pid_exists(int(partial.name.split(".")[-2])):
            partial.unlink(missing_ok=True)


def _cache() -> Path:
    """SAASGEN_CACHE, or the user's folder for what can be made again (XDG Base Directories)."""
    if own := os.environ.get("SAASGEN_CACHE"):
        return Path(own).absolute()
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "saasgen"
