"""A rendered stack on disk: its answers, its data files and where things are."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from saasgen import tiers
from saasgen.errors import UserError

ANSWERS_FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class Stack:
    """One rendered stack; open it with `Stack.open`."""

    root: Path

    @classmethod
    def open(cls, path: Path) -> "Stack":
        """Open the stack at `path`.

        Raises:
            UserError: the folder is not a stack.
        """
        root = path.resolve()
        if not (root / ANSWERS_FILE).is_file():
            raise UserError(
                f"{root} is not a stack: it has no {ANSWERS_FILE}. "
                "Name the folder of a stack, or make one with `saasgen new PATH`."
            )
        return cls(root)

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The answers the stack was rendered with, by question."""
        path = self.root / ANSWERS_FILE
        try:
            answers = yaml.safe_load(path.read_text("utf-8"))
        except yaml.YAMLError as error:
            raise UserError(f"{path} is not valid YAML: {error}") from error
        if not isinstance(answers, dict) or "stack_name" not in answers:
            raise UserError(f"{path} holds no answer `stack_name`: restore it from git.")
        return answers

    @property
    def name(self) -> str:
        """The stack's name, e.g. `acme`."""
        return str(self.answers["stack_name"])

    @property
    def region(self) -> str:
        """The AWS region, e.g. `us-east-1`."""
        return str(self.answers["region"])

    @property
    def terraform_dir(self) -> Path:
        """Folder of the root module."""
        return self.root / "terraform"

    @property
    def work_dir(self) -> Path:
        """Folder for what the tool keeps beside the stack (plans, locks); not in git."""
        path = self.root / ".saasgen"
        path.mkdir(exist_ok=True)
        return path

    def tier(self, override: str | None = None) -> tiers.Tier:
        """The stack's deployment tier, or the one named by `override`."""
        return tiers.read_tier(self.terraform_dir, override or str(self.answers["deployment_tier"]))

    @cached_property
    def environment(self) -> tiers.Environment:
        """The stack's environment."""
        return tiers.read_environment(self.terraform_dir, str(self.answers["environment"]))

    def var_files(self, tier: str) -> list[str]:
        """The tfvars of a run, relative to `terraform_dir`."""
        return [f"tiers/{tier}.tfvars.json", f"environments/{self.environment.name}.tfvars.json"]
