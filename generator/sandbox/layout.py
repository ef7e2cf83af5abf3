"""Where the files of a stack's sandbox are: everything under `.sandbox/` in the stack."""

import json
from dataclasses import dataclass
from pathlib import Path

_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Layout:
    """The sandbox's files of one stack."""

    stack: Path

    @property
    def root(self) -> Path:
        """The folder that holds them all."""
        return self.stack / ".sandbox"

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
        """Unpacked artifacts, one folder per content hash."""
        return self.root / "unpacked"

    @property
    def passwords(self) -> Path:
        """Passwords that `Sandbox.token` chose for users who had a temporary one."""
        return self.root / "passwords.json"

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
