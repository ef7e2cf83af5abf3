"""What is in a snapshot, and how a sandbox writes and takes it over.

```
manifest.json   what the snapshot says about itself
state.json      the Terraform state that was served
aws.pickle      the simulated AWS, Terraform's own state in its S3 included
parts.pickle    clock, mail, Stripe, schedules, asynchronous invocations
database/       PostgreSQL's data folder
```
"""

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from zipfile import ZipFile

from saasgen.sandbox.snapshots import aws
from saasgen.sandbox.snapshots.manifest import Manifest
from saasgen.sandbox.snapshots.store import MANIFEST

_STATE = "state.json"
_AWS = "aws.pickle"
_PARTS = "parts.pickle"


class Part(Protocol):
    """A part of a sandbox that keeps something, apart from the simulated AWS and the database."""

    def dump(self) -> Any:
        """What it keeps, as values that can be pickled."""

    def restore(self, kept: Any) -> None:
        """Go on from what another one kept."""


@dataclass(frozen=True)
class Dumped:
    """All but the database, as bytes: what happens afterwards is not in it."""

    manifest: Manifest
    aws: bytes
    parts: bytes

    def write(self, archive: ZipFile, state: Mapping[str, Any] | None) -> None:
        """Put it into an archive, with the Terraform state that was served."""
        archive.writestr(MANIFEST, self.manifest.model_dump_json(indent=2))
        archive.writestr(_STATE, json.dumps(state))
        archive.writestr(_AWS, self.aws)
        archive.writestr(_PARTS, self.parts)


def dump(manifest: Manifest, parts: Mapping[str, Part]) -> Dumped:
    """Take all but the database, while nothing happens in the sandbox."""
    kept = pickle.dumps({name: part.dump() for name, part in parts.items()})
    return Dumped(manifest, aws.dump(), kept)


def restore(archive: ZipFile, parts: Mapping[str, Part]) -> None:
    """Put the simulated AWS back, and let those parts that the snapshot has go on from there."""
    aws.restore(archive.read(_AWS))
    kept = pickle.loads(archive.read(_PARTS))  # noqa: S301 - `store.py` says whose bytes are read
    for name, value in kept.items():
        parts[name].restore(value)


def state_of(archive: ZipFile) -> dict[str, Any] | None:
    """The Terraform state that was served; None if nothing was applied."""
    state: dict[str, Any] | None = json.loads(archive.read(_STATE))
    return state


def has_database(archive: ZipFile) -> bool:
    """Whether there is a database to go on with; else it is made anew."""
    return any(name.startswith("database/") for name in archive.namelist())
