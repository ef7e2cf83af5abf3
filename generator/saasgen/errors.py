"""The errors a person reads; each carries the exit code of the command that meets it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path


class SaasgenError(Exception):
    """Base of every expected failure: one message, no traceback.

    The message says what is wrong, where (file, key or address) and what to do.
    """

    exit_code = 3
    retryable = False


class UserError(SaasgenError):
    """The user's input or environment is wrong and only the user can put it right."""

    exit_code = 1


class UnknownKey(UserError):
    """A file names something that nobody reads.

    Args:
        file: where it stands.
        where: the key, after those it stands under.
        known: the keys that may stand there.
    """

    def __init__(self, file: Path, where: Sequence[str], known: Iterable[str]) -> None:
        names = sorted(known)
        nearest = get_close_matches(where[-1], names, n=1)
        advice = f": did you mean {nearest[0]}?" if nearest else "."
        super().__init__(
            f"{file}: {' -> '.join(where)} is unknown{advice} Known: {', '.join(names)}."
        )


class PendingChanges(SaasgenError):
    """Conflicts, drift or pending changes were found."""

    exit_code = 2


class NotRunning(SaasgenError):
    """Something that should run does not."""

    exit_code = 2


class OutsideFailure(SaasgenError):
    """Something outside (Terraform, AWS, a network) failed; trying again may help."""

    exit_code = 3
    retryable = True
