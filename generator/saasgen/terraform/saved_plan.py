"""A saved plan: applied exactly once, and only to the state it was made from."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from saasgen.errors import UserError
from saasgen.terraform.workspace import StateId, Workspace


class SavedPlan(BaseModel):
    """What was planned, for which tier and target, from which state.

    Attributes:
        lineage, serial: the state the plan was made from; None before the first apply.
        sha256: of the plan file, so that a mixed-up file is noticed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: str
    target: str
    destroy: bool
    lineage: str | None
    serial: int | None
    sha256: str
    created_at: datetime


def plan_file(workspace: Workspace) -> Path:
    """Where the stack's saved plan for this target is."""
    return workspace.stack.work_dir / workspace.target.folder / "saved.tfplan"


def save(workspace: Workspace, tier: str, *, destroy: bool, made_from: StateId | None) -> None:
    """Note what the plan just made is for."""
    file = plan_file(workspace)
    note = SavedPlan(
        tier=tier,
        target=workspace.target.name,
        destroy=destroy,
        lineage=made_from.lineage if made_from else None,
        serial=made_from.serial if made_from else None,
        sha256=_digest(file),
        created_at=datetime.now(UTC),
    )
    temporary = _note_file(file).with_suffix(".tmp")
    temporary.write_text(note.model_dump_json(indent=2), "utf-8")
    temporary.replace(_note_file(file))


def load(workspace: Workspace) -> SavedPlan:
    """The saved plan, if it can still be applied.

    Raises:
        UserError: there is none, or the state has changed since.
    """
    file = plan_file(workspace)
    again = "run `saasgen plan` and then `saasgen apply`."
    if not file.is_file() or not _note_file(file).is_file():
        raise UserError(f"There is no saved plan for {workspace.stack.root}: {again}")
    try:
        note = SavedPlan.model_validate_json(_note_file(file).read_bytes())
    except ValidationError as error:
        raise UserError(f"{_note_file(file)} is damaged: {again}") from error
    if note.sha256 != _digest(file):
        raise UserError(f"{file} is not the plan that was saved: {again}")
    now = workspace.state_id()
    if note.lineage is not None and (
        now is None or (now.lineage, now.serial) != (note.lineage, note.serial)
    ):
        raise UserError(f"The state changed since this plan was made: {again}")
    return note


def discard(workspace: Workspace) -> None:
    """Forget the saved plan: it was applied, or must not be."""
    file = plan_file(workspace)
    _note_file(file).unlink(missing_ok=True)
    file.unlink(missing_ok=True)


def use(workspace: Workspace) -> Path:
    """Take the plan file for its one application; nobody can take it again."""
    file = plan_file(workspace)
    taken = file.with_name(f"applying-{os.getpid()}.tfplan")
    file.rename(taken)
    _note_file(file).unlink()
    return taken


def _note_file(file: Path) -> Path:
    return file.with_suffix(".json")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
