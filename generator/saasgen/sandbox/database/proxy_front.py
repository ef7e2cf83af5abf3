"""RDS Proxy before the embedded PostgreSQL.

As on AWS, a client signs in with an IAM token, and the proxy logs in to the database as the same
user, with the password it finds in Secrets Manager. A secret that is empty, or holds another
password than the database, is noticed here as there. What differs: the token's signature is not
checked (moto could not), and connections are not shared, so that nothing is ever pinned.

Source: "Message Flow" and "Message Formats", PostgreSQL documentation, chapter Frontend/Backend
Protocol; the refusals are worded as in "Troubleshooting for RDS Proxy", Aurora User Guide.
"""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from psycopg import pq
from psycopg.conninfo import make_conninfo

from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.database.tls_front import TlsFront, refusal, relay

_MOST_STARTUP_BYTES = 10_000
_CLEARTEXT_PASSWORD = b"R" + struct.pack(">II", 8, 3)
_SIGNED_IN = b"R" + struct.pack(">II", 8, 0)
_READY = b"Z" + struct.pack(">I", 5) + b"I"
# What a server reports of itself before the first query.
_REPORTED = (
    b"server_version",
    b"server_encoding",
    b"client_encoding",
    b"application_name",
    b"is_superuser",
    b"session_authorization",
    b"DateStyle",
    b"IntervalStyle",
    b"TimeZone",
    b"integer_datetimes",
    b"standard_conforming_strings",
)


class _RefusedError(Exception):
    """The client is turned away; the message is for it to read."""


class ProxyFront(TlsFront):
    """Listens as a proxy's endpoint.

    Args:
        context: the server's certificate and settings; may be replaced while running.
        backend_port: where PostgreSQL listens without TLS.
        host: the endpoint's name, for which tokens are made.
        password_of: the password in the secret of a login; None if no secret holds one.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        backend_port: int,
        host: str,
        password_of: Callable[[str], str | None],
    ) -> None:
        super().__init__(context, backend_port)
        self.host = host
        self.password_of = password_of

    async def _pass_on(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if first:
            return  # a request to cancel, with a key that this front gave to nobody
        try:
            startup = await _startup(reader)
            writer.write(_CLEARTEXT_PASSWORD)
            await writer.drain()
            self._verify(await _password(reader), startup.get("user", ""))
            server = await asyncio.to_thread(self._log_in, startup)
        except _RefusedError as refused:
            writer.write(refusal("28P01", str(refused)))
            await writer.drain()
            return
        try:
            writer.write(_greeting(server))
            behind = socket.socket(fileno=os.dup(server.socket))
            await relay((reader, writer), await asyncio.open_connection(sock=behind))
        finally:
            server.finish()

    def _verify(self, token: str, user: str) -> None:
        """Require what an IAM token says: to connect here, as this user."""
        parts = urlsplit(f"//{token}")
        asked = parse_qs(parts.query)
        if parts.hostname != self.host.lower() or asked.get("Action") != ["connect"]:
            raise _RefusedError(
                "This RDS Proxy requires IAM authentication: the password is no token for it."
            )
        if asked.get("DBUser") != [user] or "X-Amz-Signature" not in asked:
            raise _RefusedError(f"The IAM authentication failed for the role {user}.")

    def _log_in(self, startup: dict[str, str]) -> pq.abc.PGconn:
        """Log in to PostgreSQL with the password in the secret, and with nothing less."""
        user = startup["user"]
        if "options" in startup:
            raise _RefusedError("RDS Proxy currently doesn't support command-line options.")
        password = self.password_of(user)
        if password is None:
            raise _RefusedError(
                f"This RDS proxy has no credentials for the role {user}. Check the credentials "
                "for this role and try again."
            )
        settings: dict[str, str | int | None] = {
            "host": LOOPBACK,
            "port": self._backend_port,
            "user": user,
            "password": password,
            "require_auth": "scram-sha-256",
            "dbname": startup.get("database", user),
            "application_name": startup.get("application_name"),
            "client_encoding": startup.get("client_encoding"),
        }
        server = pq.PGconn.connect(make_conninfo("", **settings).encode())
        if server.status != pq.ConnStatus.OK:
            reason = server.error_message.decode(errors="replace").strip()
            server.finish()
            raise _RefusedError(
                f"RDS Proxy couldn't log in with the credentials it has for {user}: {reason}"
            )
        return server


async def _startup(reader: asyncio.StreamReader) -> dict[str, str]:
    """The parameters of a startup message."""
    length, _protocol = struct.unpack(">II", await reader.readexactly(8))
    if not 8 < length <= _MOST_STARTUP_BYTES:
        raise _RefusedError("invalid length of startup packet")
    words = (await reader.readexactly(length - 8)).decode(errors="replace").split("\0")
    return dict(zip(words[0::2], words[1::2], strict=False))


async def _password(reader: asyncio.StreamReader) -> str:
    kind, length = struct.unpack(">cI", await reader.readexactly(5))
    if kind != b"p" or not 4 < length <= _MOST_STARTUP_BYTES:
        raise _RefusedError("expected password response")
    return (await reader.readexactly(length - 4)).rstrip(b"\0").decode(errors="replace")


def _greeting(server: pq.abc.PGconn) -> bytes:
    """What a client waits for after it signed in: who it talks to, and that it may begin."""
    values = ((name, server.parameter_status(name)) for name in _REPORTED)
    reported = [_status(name, value) for name, value in values if value is not None]
    key = b"K" + struct.pack(">III", 12, server.backend_pid, 0)
    return _SIGNED_IN + b"".join(reported) + key + _READY


def _status(name: bytes, value: bytes) -> bytes:
    body = name + b"\0" + value + b"\0"
    return b"S" + struct.pack(">I", len(body) + 4) + body
