"""Whether the port that a person wants for the API can be had."""

import errno
import socket

from saasgen.errors import UserError
from saasgen.sandbox import LOOPBACK

_ADVICE = "choose another with --port (without it, a free one is taken)."


def require_free(port: int) -> None:
    """Refuse a port that nobody could listen on, before anything is built for it.

    Raises:
        UserError: the port is no port, is in use, or is not for this account.
    """
    if not 1 <= port <= 65535:
        raise UserError(f"Port {port} does not exist: ports are 1 to 65535; {_ADVICE}")
    with socket.socket() as probe:
        # as the server does: what a stopped one left behind is not in the way
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise refusal(port, error) from error


def refusal(port: int, error: OSError) -> UserError:
    """What to tell whoever wanted a port that the system refused."""
    if error.errno == errno.EADDRINUSE:
        return UserError(f"Port {port} on {LOOPBACK} is in use; stop what uses it, or {_ADVICE}")
    return UserError(
        f"Port {port} on {LOOPBACK} cannot be listened on ({error.strerror}); {_ADVICE}"
    )
