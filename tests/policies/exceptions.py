"""Findings that a person looked at and accepted: each with a reason and somebody who answers."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from tests.policies.checkov import Finding

_FILE = Path(__file__).with_name("exceptions.yaml")


class Accepted(BaseModel):
    """A check that some resources need not pass.

    Attributes:
        resources: patterns of addresses, with `*`.
        owner: the role that answers for it and looks at it again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str = Field(pattern=r"^CKV2?_AWS_\d+$")
    resources: list[str] = Field(min_length=1)
    reason: str = Field(min_length=30)
    owner: Literal["platform", "security", "database"]


class Exceptions(BaseModel):
    """The reviewed file, by what was scanned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: list[Accepted]
    bootstrap: list[Accepted]

    @classmethod
    def read(cls) -> "Exceptions":
        """Read exceptions.yaml; pydantic refuses one without a reason or an owner."""
        return cls.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))


def unaccepted(findings: tuple[Finding, ...], accepted: list[Accepted]) -> list[Finding]:
    """Findings that nobody accepted."""
    return [f for f in findings if not any(_about(a, p, f) for a in accepted for p in a.resources)]


def unneeded(findings: tuple[Finding, ...], accepted: list[Accepted]) -> list[tuple[str, str]]:
    """Exceptions for what passes, or is no longer there: check and pattern."""
    return [
        (one.check, pattern)
        for one in accepted
        for pattern in one.resources
        if not any(_about(one, pattern, finding) for finding in findings)
    ]


def _about(accepted: Accepted, pattern: str, finding: Finding) -> bool:
    return accepted.check == finding.check and fnmatchcase(finding.resource, pattern)
