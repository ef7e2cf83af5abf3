"""The stack as tests/terraform applies it to a mocked provider."""

from tests.terraform.conftest import resources, terraform_test, tree

__all__ = ["resources", "terraform_test", "tree"]
