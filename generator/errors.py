"""The errors a person reads; each carries the exit code of the command that meets it."""


class SaasgenError(Exception):
    """Base of every expected failure: one message, no traceback.

    The message says what is wrong, where (file, key or address) and what to do.
    """

    exit_code = 3
    retryable = False


class UserError(SaasgenError):
    """The user's input or environment is wrong and only the user can put it right."""

    exit_code = 1


class PendingChanges(SaasgenError):
    """Conflicts, drift or pending changes were found."""

    exit_code = 2


class OutsideFailure(SaasgenError):
    """Something outside (Terraform, AWS, a network) failed; trying again may help."""

    exit_code = 3
    retryable = True
