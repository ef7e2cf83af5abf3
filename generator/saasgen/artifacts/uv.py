"""Running uv, which resolves and installs packages for other platforms than this one."""

import subprocess
from pathlib import Path

from saasgen.errors import OutsideFailure, UserError


def find_uv() -> Path:
    """The uv that came with saasgen, or the one on PATH.

    Raises:
        UserError: there is none.
    """
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin())
    except (ImportError, FileNotFoundError) as error:
        raise UserError("uv cannot be found: pip install uv.") from error


def uv(*arguments: str) -> str:
    """Run uv and return what it printed.

    Raises:
        OutsideFailure: uv failed; its own words.
    """
    done = subprocess.run([find_uv(), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise OutsideFailure(f"uv {' '.join(arguments[:2])} failed:\n{done.stderr.strip()}")
    return done.stdout
