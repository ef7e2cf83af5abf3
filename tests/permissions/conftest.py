"""The stack as tests/terraform applies it to a mocked provider."""

from tests.terraform.conftest import provider, resources, terraform_test, tree

__all__ = ["provider", "resources", "terraform_test", "tree"]
