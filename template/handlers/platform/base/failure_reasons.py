"""What went wrong, in one line that may be stored and shown to an operator.

The text of an exception can hold what must not leave the log: a rejected row, the input a model
refused, a token in an address. So what is known to carry data is left out, what looks like a
credential is struck out, and the rest is one line of bounded length.
"""

import re
from typing import Final

import psycopg
from pydantic import ValidationError

LONGEST: Final = 500
"""As `event_failures_last_reason_length` has it."""

_STRUCK_OUT: Final = "***"
_SECRETS: Final = re.compile(
    r"""
      (?P<bearer>\b(?:bearer|basic)\s+)\S+
    | (?P<named>
        \b\w*(?:password|passwd|secret|token|api_?key|credential|signature)\w*["']?\s*[=:]\s*)
      (?:"[^"]*"|'[^']*'|[^\s,;&"']+)
    | (?P<login>://[^\s/:@]*:)[^\s/@]+(?=@)
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*                           # a JSON web token
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                         # an access key id of AWS
    | \b(?:sk|rk|pk|whsec)_\w{8,}                           # a key of Stripe
    """,
    re.IGNORECASE | re.VERBOSE,
)


def reason_of(error: BaseException) -> str:
    """Return why something failed: the kind of error and what it says."""
    if isinstance(error, ValidationError):
        return line(
            "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        )
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        # its detail, which is left out, quotes the row
        return line(f"{type(error).__name__}: {error.diag.message_primary}")
    return line(f"{type(error).__name__}: {error}")


def line(text: str) -> str:
    """Return a text as one printable line without credentials, at most `LONGEST` characters."""
    struck = _SECRETS.sub(_without_secret, " ".join(text.split()))
    printable = "".join(c for c in struck if c.isprintable())
    return printable if len(printable) <= LONGEST else printable[: LONGEST - 1] + "…"


def _without_secret(match: re.Match[str]) -> str:
    return (match["bearer"] or match["named"] or match["login"] or "") + _STRUCK_OUT
