"""What a snapshot says about itself, before anything in it is loaded."""

import platform
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

from saasgen.errors import UserError
from saasgen.sandbox.models import Inputs, Model

_FORMAT: Final = 2
_SANDBOX: Final = Path(__file__).parents[1]


class Maker(Model):
    """What wrote a snapshot: only the same can read it.

    Attributes:
        format: of the snapshot.
        saasgen: its version.
        moto: its version.
        python: its version; functions in a snapshot are bytecode.
        code: hash of the sandbox's own sources, whose objects are in the snapshot.
    """

    format: int
    saasgen: str
    moto: str
    python: str
    code: str

    @classmethod
    def this(cls) -> "Maker":
        """What runs now."""
        return cls(
            format=_FORMAT,
            saasgen=version("saasgen"),
            moto=version("moto"),
            python=platform.python_version(),
            code=_code(),
        )


class Manifest(Model):
    """What a snapshot is.

    Attributes:
        stack: name of the stack.
        maker: what wrote it.
        saved_at: the machine's time when it was saved, in UTC.
        now: the sandbox's time when it was saved, in UTC.
        inputs: what it was applied from; None if that is unknown.
    """

    stack: str
    maker: Maker
    saved_at: datetime
    now: datetime
    inputs: Inputs | None = None

    def require_readable(self, name: str) -> None:
        """Make sure that this saasgen can load the snapshot.

        Raises:
            UserError: another version wrote it.
        """
        wrote, reads = self.maker.model_dump(), Maker.this().model_dump()
        differing = [part for part in wrote if wrote[part] != reads[part]]
        if differing:
            what = ", ".join(f"{part} {wrote[part]} instead of {reads[part]}" for part in differing)
            raise UserError(
                f"The snapshot {name} was written by another version ({what}) and cannot be "
                "loaded: bring the stack up with `saasgen sandbox up` and save it again."
            )


@cache
def _code() -> str:
    digest = sha256()
    for path in sorted(_SANDBOX.rglob("*.py")):
        digest.update(f"{path.relative_to(_SANDBOX)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
