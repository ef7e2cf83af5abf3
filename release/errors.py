"""Why a release is refused."""


class Refused(Exception):
    """The repository cannot be released as it is; nothing was changed.

    The message says what is wrong and what to do.
    """
