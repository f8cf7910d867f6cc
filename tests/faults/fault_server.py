"""An HTTP server on loopback that misbehaves exactly as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_MOST_BYTES = 64 * 1024 * 1024
"""No act sends more, whatever the client puts up with."""

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    """The request line's path and query, byte for byte."""
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float
    """By the clock that the server was given."""

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(unquote(part) for part in urlsplit(self.target).path.strip("/").split("/"))

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name)


Act = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""What happens to one connection after a request."""

Answerer = Callable[[Asked], Act]


class FaultServer:
    """Asks `answer` what to do with each request; closes every connection after it."""

    def __init__(self, answer: Answerer, now: Callable[[], float]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        """All requests so far."""
        self.base_url = ""
        self._now = now
        self._server: asyncio.Server | None = None
        self._port = 0
        self._tasks: dict[asyncio.Task[object], asyncio.StreamWriter] = {}

    async def open(self) -> None:
        """Listen; a second time on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=1 << 20)
        self._port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self._port}"

    async def close(self) -> None:
        """Refuse connections, and break those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        tasks = dict(self._tasks)
        for task, writer in tasks.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[FaultServer]:
        await self.open()
        try:
            yield self
        finally:
            await self.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks[task] = writer
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                asked = await self._read(reader)
                self.asked.append(asked)
                await self.answer(asked)(writer)
        finally:
            del self._tasks[task]
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Asked:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        body = await reader.readexactly(length) if length else b""
        return Asked(method, target, headers, body, self._now())


def written(
    status: int | str, body: bytes, headers: Headers = (), *, length: int | None = None, media_type: str = ""
) -> bytes:
    """An answer's bytes.

    Args:
        status: The number, or number and reason phrase.
        body: What follows the head.
        headers: Besides those that are needed.
        length: A Content-Length that may be a lie.
        media_type: Content-Type; JSON by default.
    """
    line = status if isinstance(status, str) else f"{status} Whatever"
    promised = len(body) if length is None else length
    lines = [
        f"HTTP/1.1 {line}",
        f"Content-Type: {media_type or 'application/json'}",
        f"Content-Length: {promised}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


def says(content: bytes) -> Act:
    """Exactly these bytes."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return act


def gives(value: Any, status: int | str = 200, headers: Headers = ()) -> Act:
    """A JSON answer; NaN and infinities as Python writes them."""
    return says(written(status, json.dumps(value).encode("utf-8", "surrogatepass"), headers))


def gives_bytes(body: bytes, status: int | str = 200, headers: Headers = (), media_type: str = "") -> Act:
    """An answer with any body."""
    return says(written(status, body, headers, media_type=media_type))


def web_page() -> Act:
    """A page for people, with 200."""
    return gives_bytes(b"<!doctype html><title>[bold]Sign in[/]</title><p>hello", media_type="text/html")


def truncated(body: bytes) -> Act:
    """Half of what was promised, then a closed connection."""
    return says(written(200, body[: len(body) // 2], length=len(body)))


def cut_without_length(body: bytes) -> Act:
    """Half a body that looks whole: no length was promised."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    return says(head + body[: len(body) // 2])


def drip(body: bytes, every_s: float) -> Act:
    """One byte at a time: each read is quick, the whole never ends."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(written(200, b"", length=len(body)))
        for byte in body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every_s)

    return act


def endless() -> Act:
    """A body without an end, as fast as it goes."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[")
        piece = b"1," * 32_768
        for _ in range(_MOST_BYTES // len(piece)):
            writer.write(piece)
            await writer.drain()

    return act


def gzip_bomb(size_bytes: int = _MOST_BYTES) -> Act:
    """A few kilobytes that unpack to many megabytes."""
    packed = gzip.compress(b'["' + b" " * size_bytes + b'"]')
    return gives_bytes(packed, headers=[("Content-Encoding", "gzip")])


def silent() -> Act:
    """Take the request and never answer."""

    async def act(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    return act


def resets() -> Act:
    """A connection that is reset instead of answered."""

    async def act(writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return act


def hangs_up() -> Act:
    """A connection that is closed instead of answered."""

    async def act(writer: asyncio.StreamWriter) -> None:
        return

    return act


def big_headers() -> Act:
    """200 kB of headers."""
    return gives({}, headers=[(f"X-Filler-{number}", "x" * 2_000) for number in range(100)])
