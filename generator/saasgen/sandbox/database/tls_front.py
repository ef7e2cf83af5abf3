"""The front that ends TLS for PostgreSQL and passes the plain protocol on.

A client begins with an SSLRequest, gets `S`, and speaks TLS from then on. As on an RDS instance
with `rds.force_ssl`, a client that does not ask for TLS is turned away.

Source: "Message Flow", PostgreSQL documentation, chapter Frontend/Backend Protocol.
"""

import asyncio
import logging
import ssl
import struct
from contextlib import suppress
from threading import Event, Thread

from saasgen.sandbox import LOOPBACK

_log = logging.getLogger(__name__)
_SSL_REQUEST = 80877103
_GSS_REQUEST = 80877104
_CANCEL_REQUEST = 80877102
_CHUNK_BYTES = 64 * 1024
_NO_TLS = "no pg_hba.conf entry for this host, no encryption: TLS is required"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class TlsFront:
    """Listens on a loopback port of its own, in a thread of its own.

    Args:
        context: the server's certificate and settings; may be replaced while running.
        backend_port: where PostgreSQL listens without TLS.
    """

    def __init__(self, context: ssl.SSLContext, backend_port: int) -> None:
        self.context = context
        self._backend_port = backend_port
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._thread = Thread(target=self._run, daemon=True, name="tls-front")
        self.port = 0

    def start(self) -> None:
        """Accept connections from now on."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Accept no more and drop what is connected."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, LOOPBACK, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        connections = asyncio.all_tasks(self._loop)
        for connection in connections:
            connection.cancel()
        self._loop.run_until_complete(asyncio.gather(*connections, return_exceptions=True))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await self._negotiate(reader, writer)
            if first is not None:
                await self._pass_on(first, reader, writer)
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError) as error:
            _log.debug("a database connection ended: %s", error)
        finally:
            with suppress(OSError, RuntimeError):
                writer.close()

    async def _negotiate(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """Agree on TLS; return what the server must see first, None if there is nothing."""
        while True:
            head = await reader.readexactly(8)
            _, code = struct.unpack(">II", head)
            if code == _GSS_REQUEST:
                writer.write(b"N")
            elif code == _SSL_REQUEST:
                writer.write(b"S")
                await writer.drain()
                await writer.start_tls(self.context)
                return b""
            elif code == _CANCEL_REQUEST:
                return head
            else:
                writer.write(refusal("28000", _NO_TLS))
                await writer.drain()
                return None

    async def _pass_on(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        behind_reader, behind_writer = await asyncio.open_connection(LOOPBACK, self._backend_port)
        behind_writer.write(first)
        await relay((reader, writer), (behind_reader, behind_writer))


async def relay(client: Streams, server: Streams) -> None:
    """Carry what both sides say until one of them has said all; then close the server's side."""
    ways = [
        asyncio.ensure_future(_pump(client[0], server[1])),
        asyncio.ensure_future(_pump(server[0], client[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        server[1].close()


def refusal(code: str, message: str) -> bytes:
    """The message that ends a connection: an SQLSTATE and a sentence."""
    fields = {"S": "FATAL", "V": "FATAL", "C": code, "M": message}
    body = b"".join(k.encode() + v.encode() + b"\0" for k, v in fields.items()) + b"\0"
    return b"E" + struct.pack(">I", len(body) + 4) + body


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
