"""A transport that tells of every exchange which goes through it; only where somebody records them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx

from jobtui.core.clock import Clock
from jobtui.core.errors import JobtuiError
from jobtui.core.exchanges import MAX_BODY_BYTES, Exchange, Headers, Tap
from jobtui.providers.bodies import beginning_of, is_plain
from jobtui.providers.network_faults import network_faults

SPARE_BYTES = 16 * 1024
"""Told beyond what is kept of a body, so that a secret which the cut would split can be found whole."""

_NEARLY = 0.9
"""The limit began to count a little earlier."""
_MOST_BYTES = MAX_BODY_BYTES + SPARE_BYTES


class TappedTransport(httpx.AsyncBaseTransport):
    """Hands everything on as it is."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, tap: Tap, clock: Clock, *, patience_s: float | None = None
    ) -> None:
        """Stand before another transport.

        Args:
            inner: Does the work.
            tap: Is told of an exchange once its answer was read or left alone.
            clock: Measures how long they take.
            patience_s: What is cancelled after so long was too slow; earlier, or without a limit, somebody just left,
                which says nothing about the service.
        """
        self._inner = inner
        self._tap = tap
        self._clock = clock
        self._patience_s = math.inf if patience_s is None else patience_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; what goes wrong is told, and raised as it came."""
        told = _Told(request, self._tap, self._clock, self._patience_s)
        try:
            response = await self._inner.handle_async_request(request)
        except asyncio.CancelledError:
            told.give_up()
            raise
        except Exception as error:
            told.end(error)
            raise
        told.begin(response)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _TappedBody(response.stream, told)
        return response

    async def aclose(self) -> None:
        """Close what is behind it."""
        await self._inner.aclose()


class _TappedBody(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, told: _Told) -> None:
        self._inner = inner
        self._told = told

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._inner:
                self._told.add(piece)
                yield piece
        except asyncio.CancelledError:
            self._told.give_up()
            raise
        except Exception as error:
            self._told.end(error)
            raise
        self._told.end()

    async def aclose(self) -> None:
        # Told by now, unless nobody wanted the rest.
        self._told.end(is_whole=not self._told.is_success)
        await self._inner.aclose()


class _Told:
    """What is known of one exchange so far."""

    def __init__(self, request: httpx.Request, tap: Tap, clock: Clock, patience_s: float) -> None:
        self._request = request
        self._patience_s = patience_s
        self._tap = tap
        self._clock = clock
        self._began_s = clock.monotonic()
        self._response: httpx.Response | None = None
        self._body = bytearray()
        self._length = 0
        self._is_over = False

    def begin(self, response: httpx.Response) -> None:
        self._response = response

    def add(self, piece: bytes) -> None:
        self._length += len(piece)
        self._body += piece[: max(0, _MOST_BYTES - len(self._body))]

    @property
    def is_success(self) -> bool:
        """Whether the answer has a body that somebody wanted."""
        return self._response is not None and self._response.is_success

    def give_up(self) -> None:
        """Tell of it as too slow, or if it wasn't that, as far as it came."""
        if self._clock.monotonic() - self._began_s >= _NEARLY * self._patience_s:
            self.end(TimeoutError())
        elif self._response is not None:
            self.end(is_whole=False)

    def end(self, error: Exception | None = None, *, is_whole: bool = True) -> None:
        """Tell of it, once."""
        if self._is_over:
            return
        self._is_over = True
        request, response = self._request, self._response
        body, headers = bytes(self._body), _pairs(response)
        is_whole = is_whole and self._length == len(body)
        encoding = response.headers.get("content-encoding", "") if response is not None else ""
        if not is_plain(encoding):
            body, is_all = beginning_of(body, encoding, _MOST_BYTES)
            is_whole = is_whole and is_all
        url = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}{request.url.raw_path.decode('ascii')}"
        self._tap(
            Exchange(
                method=request.method,
                url=url,
                at_s=self._began_s,
                took_s=self._clock.monotonic() - self._began_s,
                request_headers=tuple((name.lower(), value) for name, value in request.headers.multi_items()),
                request_body=request.content,
                status=None if response is None else response.status_code,
                headers=tuple(pair for pair in headers if pair[0] != "content-encoding"),
                body=body,
                whole_bytes=None if is_whole else max(self._length, len(body) + 1, _promised(response)),
                fault="" if error is None else _words(error),
            )
        )


def _pairs(response: httpx.Response | None) -> Headers:
    return () if response is None else tuple((name.lower(), text) for name, text in response.headers.multi_items())


def _promised(response: httpx.Response | None) -> int:
    length = "" if response is None else response.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) <= 15 else 0


def _words(error: Exception) -> str:
    with suppress(type(error)):
        try:
            with network_faults("the service"):
                raise error
        except JobtuiError as told:
            return str(told)
    return type(error).__name__
