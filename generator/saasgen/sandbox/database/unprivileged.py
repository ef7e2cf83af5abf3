"""Running a server that refuses to be root: another account, and folders it can get into."""

import os
import pwd
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from saasgen.errors import UserError

_ACCOUNTS: Final = ("nobody", "postgres", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system account that runs the server."""

    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Whether the account may enter every folder down to `path`."""
        return all(self._may_enter(folder) for folder in [path, *path.parents] if folder.exists())

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        return bool(status.st_mode & (0o010 if status.st_gid == self.gid else 0o001))


def unprivileged_account() -> Account | None:
    """Return the account to become; None if we are not root and can stay who we are."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _ACCOUNTS:
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid)
    raise UserError(
        f"PostgreSQL does not run as root, and none of the accounts {', '.join(_ACCOUNTS)} exists: "
        "run this as another user"
    )


def outside(what: str, origin: Path) -> Path:
    """Return a folder under the temporary one that stands in for `origin`, made if absent.

    Raises:
        UserError: Somebody else has made it: what is in it cannot be trusted.
    """
    name = f"saasgen-{what}-{sha256(str(origin).encode()).hexdigest()[:16]}"
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o755, exist_ok=True)
    account = unprivileged_account()
    trusted = {os.geteuid()} | ({account.uid} if account else set())
    if folder.is_symlink() or folder.stat().st_uid not in trusted:
        raise UserError(f"{folder} belongs to another user: remove it")
    return folder
