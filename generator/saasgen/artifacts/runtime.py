"""The Python that an artifact is built for, and the Python that compiles its bytecode."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from saasgen.artifacts.uv import uv
from saasgen.errors import OutsideFailure, UserError

LAMBDA_PYTHON = "3.13"


@dataclass(frozen=True)
class Runtime:
    """Where functions run: on Lambda, or in the sandbox on this machine.

    Attributes:
        name: `lambda` or `sandbox`; also the folder under `build/`.
        python: version, e.g. `3.13`.
        platform: uv's name of the platform, or None for this machine.
    """

    name: str
    python: str
    platform: str | None

    @property
    def label(self) -> str:
        """What a person reads, e.g. `python3.13 on arm64`."""
        machine = "arm64" if self.platform else platform.machine()
        return f"python{self.python} on {machine}"

    @cached_property
    def interpreter(self) -> Path:
        """A Python of exactly this version on this machine: bytecode fits only its own version.

        Raises:
            UserError: there is none.
        """
        if self.platform is None:
            return Path(sys.executable)
        for candidate in _candidates(self.python):
            if _version(candidate) == self.python:
                return candidate
        raise UserError(
            f"Bytecode for Lambda must be compiled by Python {self.python}, which is not on this "
            f"machine. Install it (uv python install {self.python}), or build with "
            "--without-bytecode and pay for it at every cold start."
        )


def _candidates(version: str) -> Iterator[Path]:
    """Where a Python of `version` may be: on PATH, in pyenv, among uv's own."""
    name = f"python{version}"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield Path(folder) / name
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"), reverse=True)
    with suppress(OutsideFailure):
        yield Path(uv("python", "find", "--no-project", "--managed-python", version).strip())


def _version(interpreter: Path) -> str | None:
    """The version an interpreter says it has; None when it does not run."""
    command = [str(interpreter), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None


LAMBDA = Runtime("lambda", LAMBDA_PYTHON, "aarch64-manylinux_2_28")
SANDBOX = Runtime("sandbox", f"{sys.version_info.major}.{sys.version_info.minor}", None)
