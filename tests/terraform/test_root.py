"""The root passes the tests that it brings: a file each, for every run starts the provider anew."""

import pytest

from tests.terraform.conftest import Run, files_of


@pytest.mark.parametrize("file", files_of("."))
def test_terraform_tests_pass(file: str, terraform_test: Run) -> None:
    done = terraform_test(".", f"-filter=tests/{file}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout
