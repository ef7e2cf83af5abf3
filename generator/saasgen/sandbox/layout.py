"""Where the files of a stack's sandboxes are: everything under `.sandbox/` in the stack.

The sandbox `default` has that folder itself, every other one has `.sandbox/named/NAME/`.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saasgen.errors import UserError

DEFAULT: Final = "default"
"""The name of a stack's sandbox that was given none."""

_DEFAULT_REGION = "us-east-1"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def require_slug(name: str, what: str) -> str:
    """Return a name that can be a folder's and be typed without quotes.

    Args:
        name: what somebody chose.
        what: of what it is the name.

    Raises:
        UserError: it is none.
    """
    if _SLUG.fullmatch(name) is None:
        raise UserError(
            f"{name!r} cannot be the name of a {what}: use up to 40 lower-case letters, digits "
            "and hyphens, such as before-billing."
        )
    return name


@dataclass(frozen=True)
class Layout:
    """The files of one sandbox of a stack.

    Raises:
        UserError: the name is not made of lower-case letters, digits and hyphens.
    """

    stack: Path
    name: str = DEFAULT

    def __post_init__(self) -> None:
        require_slug(self.name, "sandbox")

    @property
    def root(self) -> Path:
        """The folder that holds them all."""
        shared = self.stack / ".sandbox"
        return shared if self.name == DEFAULT else shared / "named" / self.name

    @property
    def title(self) -> str:
        """How a sentence begins that is about it."""
        named = "" if self.name == DEFAULT else f"{self.name} "
        return f"The sandbox {named}of {self.stack}"

    @property
    def option(self) -> str:
        """What to add to a command so that it means this sandbox."""
        return "" if self.name == DEFAULT else f" --name {self.name}"

    @property
    def record(self) -> Path:
        """What the running daemon says about itself: process id, ports, token."""
        return self.root / "daemon.json"

    @property
    def lock(self) -> Path:
        """Held by the daemon for as long as it lives."""
        return self.root / "daemon.lock"

    @property
    def logs(self) -> Path:
        """One log file per function, and the daemon's own."""
        return self.root / "logs"

    @property
    def daemon_log(self) -> Path:
        """What the daemon itself has to say."""
        return self.logs / "daemon.log"

    @property
    def trail(self) -> Path:
        """Which AWS actions were called, by whom."""
        return self.logs / "aws-calls.log"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's files."""
        return self.root / "postgres"

    @property
    def tls(self) -> Path:
        """The sandbox's certificate authority and the certificate of the database."""
        return self.root / "tls"

    @property
    def unpacked(self) -> Path:
        """Unpacked artifacts, one folder per content hash, for all sandboxes of the stack."""
        return self.stack / ".sandbox" / "unpacked"

    @property
    def terraform_data(self) -> Path:
        """Terraform's data folder for the sandbox, apart from the one for AWS."""
        return self.root / "terraform"

    @property
    def terraform(self) -> Path:
        """The stack's root module."""
        return self.stack / "terraform"

    def region(self) -> str:
        """The AWS region in the stack's answers."""
        answers = self.terraform / "stack.auto.tfvars.json"
        if not answers.is_file():
            return _DEFAULT_REGION
        stack = json.loads(answers.read_text()).get("stack", {})
        return str(stack.get("region", _DEFAULT_REGION))
