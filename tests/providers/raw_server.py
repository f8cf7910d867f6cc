"""A server on loopback that answers with exactly the bytes a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator


class RawServer:
    """Gives each connection the next answer and hangs up; the last one is given again and again."""

    def __init__(self, *answers: bytes, hangs: bool = False, speaks_first: bool = False) -> None:
        """Nothing listens before `serving`.

        Args:
            answers: What is written, whatever was asked.
            hangs: Keep the connection open after the answer, for a client that waits for more.
            speaks_first: Answer without waiting for a request.
        """
        self.heads: list[bytes] = []
        """Each request's line and headers."""
        self.base_url = ""
        self._answers = list(answers)
        self._hangs = hangs
        self._speaks_first = speaks_first
        self._connections: dict[asyncio.Task[object], asyncio.StreamWriter] = {}

    @contextlib.asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        self.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        try:
            yield self
        finally:
            server.close()
            for writer in self._connections.values():
                writer.transport.abort()
            await asyncio.gather(*self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections[connection] = writer
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                if not self._speaks_first:
                    self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
                await writer.drain()
                if self._hangs:
                    await reader.read()
        finally:
            writer.close()


def http_answer(body: bytes = b"{}", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """An answer with a right Content-Length."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
