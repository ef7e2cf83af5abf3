"""A small stack with a real Terraform root of its own: no provider, no cloud, quick."""

from pathlib import Path

import pytest

from saasgen.stack import Stack
from saasgen.terraform.workspace import Target, Workspace

MAIN = """
terraform {
  backend "local" {}
}
variable "tier" { type = object({ name = string }) }
variable "environment" { type = object({ name = string }) }
variable "seconds" { default = 0 }
resource "terraform_data" "size" {
  input = var.tier.name
}
resource "terraform_data" "slow" {
  for_each = toset(["a", "b", "c"])
  input    = var.tier.name
  provisioner "local-exec" {
    command = "sleep ${var.seconds}"
  }
}
output "size" { value = terraform_data.size.output }
"""

ANSWERS = """
_commit: v0.1.0
stack_name: tiny
region: us-east-1
environment: dev
deployment_tier: seed
"""


@pytest.fixture
def tiny_stack(tmp_path: Path) -> Stack:
    """A stack that can be planned and applied in a second."""
    root = tmp_path / "tiny"
    terraform = root / "terraform"
    for folder in ("tiers", "environments"):
        (terraform / folder).mkdir(parents=True)
    (root / ".copier-answers.yml").write_text(ANSWERS)
    (terraform / "main.tf").write_text(MAIN)
    (terraform / "backend.hcl").write_text(f'path = "{tmp_path}/terraform.tfstate"\n')
    for tier in ("seed", "growth"):
        (terraform / f"tiers/{tier}.tfvars.json").write_text(f'{{"tier": {{"name": "{tier}"}}}}')
    (terraform / "environments/dev.tfvars.json").write_text('{"environment": {"name": "dev"}}')
    opened = Stack.open(root)
    # The tool's own model of an environment holds more than this root needs.
    object.__setattr__(opened, "environment", type("E", (), {"name": "dev"})())
    return opened


@pytest.fixture
def tiny_workspace(tiny_stack: Stack) -> Workspace:
    """Its workspace, initialised."""
    work = Workspace(tiny_stack, Target("aws", {}))
    work.init()
    return work
