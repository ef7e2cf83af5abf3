"""The Python that an artifact is built for, and the Python that compiles its bytecode."""

import platform
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from generator.artifacts.uv import uv
from generator.errors import SaasgenError, UserError

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
        try:
            found = uv("python", "find", "--no-project", self.python)
        except SaasgenError as error:
            raise UserError(
                f"Bytecode for Lambda must be compiled by Python {self.python}, which is not on "
                f"this machine. Install it: uv python install {self.python}"
            ) from error
        return Path(found.strip())


LAMBDA = Runtime("lambda", LAMBDA_PYTHON, "aarch64-manylinux_2_28")
SANDBOX = Runtime("sandbox", f"{sys.version_info.major}.{sys.version_info.minor}", None)
