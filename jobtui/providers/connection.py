"""One kept connection to a service, for questions whose answers are read whole; h11 speaks its HTTP/1.1.

Through httpx's own transport a poll costs about a millisecond, half of it in a pool for many hosts and in layers for
other event loops. Names, addresses and TLS are asyncio's business here, the protocol is h11's; proxies and downloads
stay with httpx's transport.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections.abc import AsyncIterator
from typing import cast

import h11
import httpx

_KEEP_ALIVE_S = 20.0
_NEXT_ADDRESS_S = 0.25
"""A host's next address is tried beside one that hasn't answered for so long, as RFC 8305 advises."""
_MAX_HEAD_BYTES = 100 * 1024
_MAX_UNREAD_BYTES = 1024 * 1024
_EVENTS_A_TURN = 100
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Connection(httpx.AsyncBaseTransport):
    """Takes one request at a time, and connects anew where the connection that it kept can't be used again."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        """Connect with the first request.

        Args:
            tls: For https; without it the service is spoken to as it is.
        """
        self._tls = tls
        self._wire: _Wire | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of its answer; the body follows while it is read.

        Raises:
            httpx.ConnectError: No connection, so nothing was sent; `httpx.ConnectTimeout` likewise.
            httpx.LocalProtocolError: It can't be written as HTTP.
            httpx.TransportError: It may have arrived.
        """
        waits: dict[str, float] = request.extensions["timeout"]
        wire = self._wire
        if wire is None or not wire.is_usable():
            await self.aclose()
            self._wire = wire = await _connected(request.url, self._tls, waits["connect"])
        try:
            await wire.send(request, waits["write"])
            head = await wire.head(waits["read"])
        except BaseException:
            wire.drop()
            raise
        return httpx.Response(
            head.status_code, headers=head.headers.raw_items(), stream=_Body(wire, waits["read"]), request=request
        )

    async def aclose(self) -> None:
        """Close the connection; a later request opens another one."""
        if self._wire is not None:
            self._wire.drop()


class _Body(httpx.AsyncByteStream):
    """The rest of an answer."""

    def __init__(self, wire: _Wire, read_s: float) -> None:
        self._wire = wire
        self._read_s = read_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._wire.event(self._read_s), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        self._wire.rest()


class _Wire(asyncio.Protocol):
    """What asyncio tells of one connection, and h11's reading of it."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._news: asyncio.Future[None] | None = None
        """Done when there is more to read, or more can be written."""
        self._is_full = False
        self._is_over = False
        self._is_answered = False
        self._fault: Exception | None = None
        self._unread_bytes = 0
        self._events = 0
        self._resting_until: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._resting_until is not None:
            # Nobody asked: it would be taken for the answer to the next question.
            self.drop()
            return
        self._is_answered = True
        self._unread_bytes += len(data)
        if self._unread_bytes > _MAX_UNREAD_BYTES:
            self._transport.pause_reading()
        self._http.receive_data(data)
        self._wake()

    def eof_received(self) -> None:
        self._is_over = True
        self._http.receive_data(b"")
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fault = exc
        self._is_full = False
        self.eof_received()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._wake()

    def is_usable(self) -> bool:
        """Whether another request can be sent, as far as can be told: a service hangs up when it likes."""
        if self._is_over or self._resting_until is None:
            return False
        # What is there to be read before anything was asked is the end.
        return self._loop.time() < self._resting_until and not _is_readable(self._transport.get_extra_info("socket"))

    async def send(self, request: httpx.Request, write_s: float) -> None:
        """Write the whole request."""
        http, content = self._http, request.content
        try:
            head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
            pieces = [http.send(head), http.send(h11.Data(content)) if content else b"", http.send(h11.EndOfMessage())]
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from None
        self._resting_until, self._is_answered = None, False
        self._transport.write(b"".join(piece or b"" for piece in pieces))
        # A service may answer, or hang up, before it was told everything.
        while self._is_full and not self._is_answered:
            await self._wait(write_s, httpx.WriteTimeout)

    async def head(self, read_s: float) -> h11.Response:
        """The head of the answer."""
        while not isinstance(event := await self.event(read_s), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise httpx.RemoteProtocolError("no answer, but the end of one")
        return event

    async def event(self, read_s: float) -> h11.Event | type[h11.PAUSED]:
        """The next part of the answer."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise self._named(error) from None
            if event is not h11.NEED_DATA:
                self._events += 1
                if self._events % _EVENTS_A_TURN == 0:
                    # Of chunks of a byte each, all that is here would take seconds; others have their turn meanwhile.
                    await asyncio.sleep(0)
                return cast("h11.Event | type[h11.PAUSED]", event)
            if self._unread_bytes > _MAX_UNREAD_BYTES:
                self._transport.resume_reading()
            self._unread_bytes = 0
            await self._wait(read_s, httpx.ReadTimeout)

    def rest(self) -> None:
        """The answer is done with: keep the connection if it was read to its end."""
        http, transport = self._http, self._transport
        is_answered = http.our_state is h11.DONE and http.their_state is h11.DONE and not http.trailing_data[0]
        if is_answered and not transport.get_write_buffer_size():
            http.start_next_cycle()
            self._resting_until = self._loop.time() + _KEEP_ALIVE_S
        else:
            self.drop()

    def drop(self) -> None:
        """Close at once."""
        self._is_over = True
        self._transport.abort()

    def _named(self, error: h11.RemoteProtocolError) -> httpx.TransportError:
        if self._fault is not None:
            return httpx.ReadError("the connection was lost")
        return httpx.RemoteProtocolError(str(error) if self._is_answered else "disconnected without an answer")

    async def _wait(self, seconds: float, fault: type[httpx.TimeoutException]) -> None:
        self._news = news = self._loop.create_future()
        timer = self._loop.call_later(seconds, _give_up, news, fault)
        try:
            await news
        finally:
            timer.cancel()
            self._news = None

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


async def _connected(url: httpx.URL, tls: ssl.SSLContext | None, connect_s: float) -> _Wire:
    host = url.raw_host.decode("ascii")
    try:
        async with asyncio.timeout(connect_s):
            _, wire = await asyncio.get_running_loop().create_connection(
                _Wire,
                host,
                url.port or _DEFAULT_PORTS[url.scheme],
                ssl=tls,
                server_hostname=host if tls is not None else None,
                happy_eyeballs_delay=_NEXT_ADDRESS_S,
            )
    except TimeoutError as error:
        raise httpx.ConnectTimeout("no connection in time") from error
    except OSError as error:
        raise httpx.ConnectError("no connection") from error
    return wire


def _give_up(news: asyncio.Future[None], fault: type[httpx.TimeoutException]) -> None:
    if not news.done():
        news.set_exception(fault("nothing came in time"))


def _is_readable(sock: socket.socket) -> bool:
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    return bool(poller.poll(0))
