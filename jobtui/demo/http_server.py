"""A small HTTP/1.1 server on loopback, of the standard library alone: keep-alive, Content-Length, chunked bodies."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct, field

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers together; longer ones are refused with 431."""

MAX_BODY_BYTES = 32 * 1024 * 1024
"""Longest request body, a picture of 20 MB in base64 included; longer ones are refused with 413."""

LINGER_S = 2.0
"""How long the rest of a refused request is read and thrown away."""

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
"""Host names that a request may address: a page of the web that rebinds its name to 127.0.0.1 gets nothing."""


class Request(Struct, frozen=True):
    """One request, read completely."""

    method: str
    """Upper-case method, such as "GET"."""
    path: str
    """The path as sent: percent-encoded, without the query."""
    segments: tuple[str, ...] = ()
    """The path cut at its slashes, each piece percent-decoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Decoded query parameters; of a repeated one the last counts."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header values by lower-case name."""
    body: bytes = b""
    """The body, empty when there was none."""
    target: str = ""
    """Path and query as sent."""


class Response(Struct, frozen=True):
    """One answer; `Content-Length`, `Date` and `Connection` are added by the server."""

    status: int
    """HTTP status code."""
    body: bytes = b""
    """Sent as it is, but never in answer to HEAD."""
    headers: tuple[tuple[str, str], ...] = ()
    """Header lines in order. A `Content-Length` given here wins, so an answer can break off in the middle."""
    chunk_bytes: int | None = None
    """Send the body in pieces of this size; `None` sends it at once."""
    chunk_pause_s: float = 0.0
    """Pause between two pieces, in seconds."""


class ConnectionDropped(Exception):
    """Raised by a handler to hang up without an answer, as a broken network does."""


class _BadRequest(Exception):
    """The request can't be understood; the connection ends after the answer."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


Handler = Callable[[Request], Awaitable[Response]]
"""What answers a request."""


def json_response(
    status: int,
    value: object,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    sort_keys: bool = False,
    content_type: str = "application/json",
) -> Response:
    """An answer whose body is compact JSON in UTF-8.

    Args:
        status: HTTP status code.
        value: Anything that `json` can write.
        headers: Further header lines.
        sort_keys: Whether the keys of objects are sorted, as some dialects do.
        content_type: Media type of the body.
    """
    body = json.dumps(value, separators=(",", ":"), sort_keys=sort_keys, ensure_ascii=False).encode()
    return Response(status, body, (("Content-Type", content_type), *headers))


class HttpServer:
    """Serves one handler on one port of a loopback interface."""

    def __init__(self, handler: Handler, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self._handler = handler
        self._host = host
        self._wanted_port = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[object]] = set()

    @property
    def port(self) -> int:
        """The port it listens on, known once it is started."""
        if self._server is None:
            raise RuntimeError("the server is not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Listen; returns once connections are accepted. Raises `OSError` when the port is taken."""
        self._server = await asyncio.start_server(
            self._serve_connection, self._host, self._wanted_port, limit=MAX_HEAD_BYTES
        )

    async def stop(self) -> None:
        """Stop listening and hang up on everyone."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        connections = tuple(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served outside of a task")
        self._connections.add(task)
        try:
            while await self._serve_request(reader, writer):
                pass
        except (ConnectionError, ConnectionDropped, asyncio.IncompleteReadError):
            pass  # the other side left, or the handler wants it to look so
        except asyncio.CancelledError:
            pass  # stop(); swallowed because asyncio's stream protocol would report it as an error
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection can carry another one."""
        try:
            request = await _read_request(reader, writer)
        except _BadRequest as error:
            await _write_response(writer, _refusal(error.status), head_only=False, keep_alive=False)
            await _linger(reader, writer)
            return False
        if request is None:
            return False
        if _host_name(request) in LOOPBACK_NAMES:
            response = await self._handler(request)
        else:
            response = _refusal(HTTPStatus.MISDIRECTED_REQUEST)
        keep_alive = request.headers.get("connection", "").lower() != "close"
        return await _write_response(writer, response, head_only=request.method == "HEAD", keep_alive=keep_alive)


async def _linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take what is still under way: closing on unread bytes resets the connection, and the refusal would be lost."""
    writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while await reader.read(MAX_HEAD_BYTES):
                pass


def _refusal(status: HTTPStatus) -> Response:
    return Response(status, f"{status.phrase}\n".encode(), (("Content-Type", "text/plain; charset=utf-8"),))


def _host_name(request: Request) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request, or `None` when the client hung up between two."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise _BadRequest(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from None
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise _BadRequest(HTTPStatus.BAD_REQUEST) from None
        return None
    request_line, *header_lines = head.decode("latin-1").strip("\r\n").split("\r\n")
    try:
        method, target, version = request_line.split(" ")
        parts = urlsplit(target)
    except ValueError:
        raise _BadRequest(HTTPStatus.BAD_REQUEST) from None
    if version != "HTTP/1.1":
        raise _BadRequest(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    headers = _parse_headers(header_lines)
    return Request(
        method=method,
        path=parts.path,
        segments=tuple(unquote(piece) for piece in parts.path.split("/") if piece),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers=headers,
        body=await _read_body(reader, writer, headers),
        target=target,
    )


def _parse_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise _BadRequest(HTTPStatus.BAD_REQUEST)
        name, value = name.lower(), value.strip()
        if name in headers and name in ("content-length", "host"):
            raise _BadRequest(HTTPStatus.BAD_REQUEST)
        # Cookies are joined by their own separator, the rest as lists are.
        headers[name] = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in headers else value
    return headers


async def _read_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: Mapping[str, str]) -> bytes:
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    length = headers.get("content-length", "0")
    if not length.isdecimal() or (chunked and "content-length" in headers):
        raise _BadRequest(HTTPStatus.BAD_REQUEST)
    if not chunked and "transfer-encoding" in headers:
        raise _BadRequest(HTTPStatus.NOT_IMPLEMENTED)
    if int(length) > MAX_BODY_BYTES:
        raise _BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    return await _read_chunks(reader) if chunked else await reader.readexactly(int(length))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        size_line = await reader.readuntil(b"\r\n")
        try:
            size_bytes = int(size_line.split(b";")[0], 16)
        except ValueError:
            raise _BadRequest(HTTPStatus.BAD_REQUEST) from None
        if size_bytes < 0 or len(body) + size_bytes > MAX_BODY_BYTES:
            raise _BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if size_bytes == 0:
            break
        body += await reader.readexactly(size_bytes)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return bytes(body)


async def _write_response(
    writer: asyncio.StreamWriter, response: Response, *, head_only: bool, keep_alive: bool
) -> bool:
    """Send the answer; whether the connection is still in step afterwards."""
    phrase = HTTPStatus(response.status).phrase if response.status in HTTPStatus._value2member_map_ else "Unknown"
    given = {name.lower(): value for name, value in response.headers}
    lines = [f"HTTP/1.1 {response.status} {phrase}", *(f"{name}: {value}" for name, value in response.headers)]
    has_body = response.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if has_body and "content-length" not in given:
        lines.append(f"Content-Length: {len(response.body)}")
    if has_body and not head_only and int(given.get("content-length", len(response.body))) != len(response.body):
        keep_alive = False
    if "date" not in given:
        lines.append(f"Date: {formatdate(usegmt=True)}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
    if has_body and not head_only:
        await _write_body(writer, response)
    await writer.drain()
    return keep_alive


async def _write_body(writer: asyncio.StreamWriter, response: Response) -> None:
    step = response.chunk_bytes or max(1, len(response.body))
    for start in range(0, len(response.body), step):
        if start:
            await asyncio.sleep(response.chunk_pause_s)
        writer.write(response.body[start : start + step])
        await writer.drain()
