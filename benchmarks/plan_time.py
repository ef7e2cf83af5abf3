"""`terraform plan` of a whole stack, against what no plan of it can do without.

That is the provider's own start-up, measured as the plan of a root that holds the provider and
asks it one question, and the refresh, measured as the difference that `-refresh=false` makes. What
a plan takes beyond the two is the configuration: modules, lookups, policies to work out.
"""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.applied_stack import TIER, terraform
from benchmarks.figure import Figure
from saasgen.stack import Stack
from saasgen.terraform.discovery import find_plugin_directory

RUNS = 5
TARGET = 2.0
BARE = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}
provider "aws" {}
data "aws_caller_identity" "this" {}
"""
PLAN = ("plan", "-input=false", "-lock=false")


def measure(stack: Stack) -> list[Figure]:
    """Plan an applied stack RUNS times; the three plans alternate."""
    values = [f"-var-file={name}" for name in stack.var_files(TIER)]
    with tempfile.TemporaryDirectory() as name:
        bare = _bare(stack, Path(name))
        runs = [
            (
                _seconds(stack, *PLAN, *values),
                _seconds(stack, *PLAN, "-refresh=false", *values),
                _seconds(stack, *PLAN, folder=bare),
            )
            for _ in range(RUNS)
        ]
    took = median(plan for plan, _, _ in runs)
    refresh = median(plan - without for plan, without, _ in runs)
    baseline = median(start for _, _, start in runs) + refresh
    figure = "terraform plan of a stack (baseline: provider start + refresh)"
    return [Figure(figure, took, "s", baseline, f"within {TARGET:g} x", took <= TARGET * baseline)]


def _bare(stack: Stack, folder: Path) -> Path:
    """A root with nothing but the provider, initialised."""
    (folder / "main.tf").write_text(BARE)
    plugins = find_plugin_directory()
    terraform(stack, "init", *([f"-plugin-dir={plugins}"] if plugins else []), folder=folder)
    return folder


def _seconds(stack: Stack, *arguments: str, folder: Path | None = None) -> float:
    began = perf_counter()
    terraform(stack, *arguments, folder=folder)
    return perf_counter() - began
