"""`make test-changed` runs every test that a change can have broken, and few others."""

import subprocess
import sys

import pytest

from tests.running.changed import BY_PATH, IMPORTING_BY_NAME, broken_by
from tests.support import REPOSITORY, run_git

TESTS = run_git(REPOSITORY, "ls-files", "tests/**/test_*.py", "template/tests/**/test_*.py").split()
# They import what they are told to: functions of a stack, and modules of a library.
BY_CONFIGURATION = {
    "generator/saasgen/sandbox/functions/trial.py",
    "generator/saasgen/sandbox/functions/worker.py",
    "generator/saasgen/sandbox/stripe/parameters.py",
}


@pytest.mark.parametrize(
    ("changed", "broken", "spared"),
    [
        (
            "template/handlers/domain/terms/margins.py",
            [
                "template/tests/domain/terms/test_margins.py",
                "template/tests/api/billing/test_periods.py",
            ],
            ["tests/generator/commands/test_new.py", "template/tests/platform/aws/test_mail.py"],
        ),
        (
            "template/handlers/api/tenants.py",
            ["template/tests/api/test_tenants.py", "tests/end_to_end/smallest/test_api.py"],
            ["tests/end_to_end/test_every_tier.py", "template/tests/domain/terms/test_margins.py"],
        ),
        (
            "template/terraform/modules/waf/main.tf",
            ["tests/terraform/test_modules.py", "tests/end_to_end/test_policy_scan.py"],
            ["template/tests/api/test_tenants.py", "tests/generator/sandbox/test_daemon.py"],
        ),
        (
            "generator/saasgen/costs/estimate.py",
            ["tests/generator/costs/test_estimate.py", "tests/generator/commands/test_cli.py"],
            ["template/tests/api/test_tenants.py", "tests/generator/sandbox/aws/test_rds.py"],
        ),
        (
            "template/migrations/0017_billing.sql",
            ["template/tests/database/test_schema.py", "tests/end_to_end/smallest/test_api.py"],
            ["tests/generator/sandbox/test_daemon.py"],
        ),
        (
            "template/tests/collecting.py",
            ["template/tests/services/payments/test_collection.py"],
            ["template/tests/api/test_tenants.py"],
        ),
        (
            "generator/saasgen/sandbox/aws/rds.py",
            ["tests/generator/sandbox/aws/test_rds.py", "tests/end_to_end/smallest/test_api.py"],
            ["template/tests/domain/terms/test_margins.py"],
        ),
        (
            "docs/sandbox.md",
            ["tests/generator/test_documentation.py"],
            ["tests/generator/commands/test_new.py"],
        ),
    ],
)
def test_a_change_breaks_what_reaches_it(changed: str, broken: list[str], spared: list[str]):
    found = broken_by([changed], TESTS)

    assert set(broken) - found == set()
    assert set(spared) & found == set()


def test_a_test_that_changed_breaks_itself_alone():
    test = "template/tests/domain/terms/test_margins.py"

    assert broken_by([test], TESTS) == {test}


def test_what_nobody_knows_may_break_everything():
    assert broken_by(["pyproject.toml"], TESTS) == set(TESTS)
    assert broken_by(["a-new-folder/thing.cfg"], TESTS) == set(TESTS)


def test_nothing_changed_breaks_nothing():
    assert broken_by([], TESTS) == set()


def test_every_file_that_imports_by_name_is_known():
    found = run_git(
        REPOSITORY, "grep", "-l", "import_module(", "--", "generator", "template/handlers"
    )

    assert set(found.split()) == IMPORTING_BY_NAME.keys() | BY_CONFIGURATION


def test_every_path_of_a_rule_exists():
    files = run_git(REPOSITORY, "ls-files").split()

    for tests in BY_PATH.values():
        for prefix in tests:
            assert any(file.startswith(prefix) for file in files), prefix


def test_an_unknown_commit_is_named():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--changed", "no-such-commit", "tests/policies", "-q"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "no-such-commit" in done.stderr + done.stdout
