"""The one door to the network: every request of every provider goes through `HttpClient`.

httpx is imported with the first request, since it takes longer to load than a command line may take to answer.
"""

from __future__ import annotations

import asyncio
import json as json_module
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from functools import cache, lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from msgspec import Struct

from jobtui import __version__
from jobtui.core.clock import Clock, SystemClock
from jobtui.core.errors import InvalidInput, ProtocolError, ProviderRefused, SettingsError
from jobtui.core.exchanges import Tap
from jobtui.core.jobs import JsonValue
from jobtui.core.redaction import Redactor
from jobtui.providers.answer import (
    WEB_PAGE_HINT,
    Answer,
    lost_answers_are_unknown,
    parse_json,
    raise_for_status,
    retry_after_s,
    status_phrase,
)
from jobtui.providers.base import Download
from jobtui.providers.bodies import inflated, is_plain, read_capped
from jobtui.providers.download import DownloadRequest, FileResponse, opened_download
from jobtui.providers.large_json import LARGE_BYTES
from jobtui.providers.network_faults import network_faults
from jobtui.providers.urls import BaseUrl, Origin, stands_proxy_before, target_of

if TYPE_CHECKING:
    import httpx

    from jobtui.providers.slots import Slots

__all__ = [
    "NO_BODY",
    "WEB_PAGE_HINT",
    "Answer",
    "HttpClient",
    "HttpLimits",
    "NoBody",
    "lost_answers_are_unknown",
    "parse_json",
    "raise_for_status",
    "retry_after_s",
    "status_phrase",
]


class NoBody(Enum):
    """Tells "no body" from the JSON value null."""

    NO_BODY = "no body"


NO_BODY: Final = NoBody.NO_BODY

_KEEP_ALIVE_S = 20.0


class HttpLimits(Struct, frozen=True):
    """What one call may take."""

    connect_s: float = 10.0
    """Seconds to a connection."""
    read_s: float = 30.0
    """Seconds between two pieces of an answer."""
    total_s: float = 60.0
    """Seconds for the whole call, so that a body of one byte a second ends too; downloads have no such limit."""
    max_body_bytes: int = 32 * 1024 * 1024
    """Decoded bytes of the largest answer that is read into memory."""
    connections: int = 4
    """Kept open to the service; more make httpx slower."""


class HttpClient:
    """Requests to one source: escaped paths, limits, no redirects, no cookies, and errors of our own tree alone.

    Raises:
        SettingsError: The base URL can't be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        verify_tls: bool | str = True,
        tls_setting: str = "verify_tls",
        limits: HttpLimits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        headers: Mapping[str, str] | None = None,
        redactor: Redactor | None = None,
        tap: Tap | None = None,
        replayed_at: Collection[str] | None = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            base_url: Where the API begins.
            verify_tls: Whether, or the file of authorities by which, a server is verified.
            tls_setting: Name of the setting that this comes from, for the error.
            limits: What one call may take.
            transport: In place of connections of its own.
            clock: Where time comes from.
            headers: Of every API call.
            redactor: Masks what it knows in bodies and messages.
            tap: Is told of every exchange.
            replayed_at: Where a recording is served, which is all that may be asked then, whatever links lead to.
        """
        self.base = BaseUrl(base_url)
        self.redactor = redactor or Redactor()
        """Masks the secrets registered with it in bodies and messages."""
        self.requests = 0
        """How many requests were sent so far."""
        self.last_latency_ms: float | None = None
        """Milliseconds that the last answered API call took."""
        self._verify_tls = verify_tls
        self._tls_setting = tls_setting
        self._limits = limits or HttpLimits()
        self._transport = transport
        self._clock = clock or SystemClock()
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"jobtui/{__version__}",
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        self._tap = tap
        self._replayed = None if replayed_at is None else frozenset(map(Origin.of, replayed_at))
        self._slots: Slots | None = None
        self._files: httpx.AsyncBaseTransport | None = None

    def is_own_origin(self, url: str) -> bool:
        """Whether the absolute URL has the source's scheme, host and port, so may be given its credentials."""
        return self.base.is_own(url)

    def resolve(self, reference: str) -> str:
        """The absolute URL of a link in an answer, relative or not. Raises `ProtocolError` unless http or https."""
        return self.base.resolve(reference)

    def url(self, segments: Sequence[str], query: Mapping[str, str] | None = None) -> str:
        """The whole URL that `send` would ask, for a curl line or to show."""
        return self.base.url(self.base.path(segments, query or {}))

    async def send(
        self,
        method: str,
        segments: Sequence[str],
        *,
        query: Mapping[str, str] | None = None,
        json: JsonValue | NoBody = NO_BODY,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_body_bytes: int | None = None,
    ) -> Answer:
        """Ask once and read the whole answer, whatever its status; redirects are answers too.

        Args:
            method: Such as "GET".
            segments: The path below the base URL, unescaped.
            query: Unescaped names and values.
            json: The body to send as JSON.
            form: The body to send as a form, instead of JSON.
            headers: Besides the client's own; they win.
            max_body_bytes: In place of the limit of the client.

        Raises:
            Unreachable: No connection or no whole answer in time.
            ProtocolError: The answer is too large or no HTTP.
            ProviderRefused: A segment can't stand in a URL, or a header can't be sent.
            InvalidInput: The body can't be written as JSON.
        """
        path = self.base.path(segments, query or {})
        content, content_type = _encoded(json, form)
        all_headers = self._headers | content_type | {name.lower(): text for name, text in (headers or {}).items()}
        return await self._exchange(method, self.base.url(path), all_headers, content, max_body_bytes)

    async def send_url(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_body_bytes: int | None = None,
    ) -> Answer:
        """Ask a URL that the service gave, byte for byte; relative ones are taken from the base URL.

        Raises:
            ProtocolError: It leads to another origin, or besides what `send` raises.
        """
        absolute = self.resolve(url)
        if not self.is_own_origin(absolute):
            raise ProtocolError("the service gave a link to another host; it isn't followed")
        all_headers = self._headers | {name.lower(): text for name, text in (headers or {}).items()}
        return await self._exchange(method, absolute, all_headers, b"", max_body_bytes)

    @asynccontextmanager
    async def open_download(
        self,
        url: str,
        *,
        offset_bytes: int = 0,
        validator: str = "",
        credentials: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Download]:
        """Open a file, following up to five redirects.

        Args:
            url: Used byte for byte: a signature may cover it.
            offset_bytes: How much is there already; used only together with `validator`.
            validator: Strong ETag or Last-Modified of the part that is there.
            credentials: Headers that only the source's own origin gets.

        Raises:
            Unreachable: Also from the chunks, where the connection breaks.
            ProviderRefused: The link isn't accepted, or the file is gone.
            ProtocolError: Too many redirects, or an answer that fits no file.
        """
        request = DownloadRequest(self.resolve(url), offset_bytes, validator, dict(credentials or {}))
        async with opened_download(
            request, self._open_file, is_own=self.is_own_origin, now=self._clock.now
        ) as download:
            yield download

    async def aclose(self) -> None:
        """Close the connections; a later call opens new ones."""
        opened, self._slots, self._files = (self._slots, self._files), None, None
        for connections in opened:
            if connections is not None:
                await connections.aclose()

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, max_body_bytes: int | None
    ) -> Answer:
        started = self._clock.monotonic()
        cap = self._limits.max_body_bytes if max_body_bytes is None else max_body_bytes
        with network_faults(_host_and_port(url)):
            self._slots = self._slots or self._new_slots()
            request = self._prepared(method, url, headers, content)
            self.requests += 1
            async with asyncio.timeout(self._limits.total_s), self._slots.one(self._limits.read_s) as transport:
                response = await transport.handle_async_request(request)
                try:
                    headers_read = _joined(response.headers)
                    body = await read_capped(_pieces(response, headers_read.get("content-encoding", "")), cap)
                finally:
                    await response.aclose()
        self.last_latency_ms = (self._clock.monotonic() - started) * 1000
        received_at = self._clock.now()
        is_large = len(body) >= LARGE_BYTES
        # What takes its time is done apart from the loop, on which all other sources wait.
        clean = self.redactor.clean_body
        answer = Answer(
            status=response.status_code,
            headers=headers_read,
            body=await asyncio.to_thread(clean, body) if is_large else clean(body),
            received_at=received_at,
            set_cookies=tuple(response.headers.get_list("set-cookie")) if "set-cookie" in response.headers else (),
        )
        if is_large:
            await asyncio.to_thread(answer.read_ahead)
        return answer

    @asynccontextmanager
    async def _open_file(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[FileResponse]:
        where = _host_and_port(url)
        if self._replayed is not None and Origin.of(url) not in self._replayed:
            raise ProviderRefused(f"the recording holds nothing of {where}")
        with network_faults(where):
            # A client of its own, so that slow downloads never hold the connections that looks at jobs need.
            self._files = self._files or self._new_files()
            headers = {"user-agent": self._headers["user-agent"], **headers}
            request = self._prepared("GET", url, headers, b"")
            self.requests += 1
            async with asyncio.timeout(self._limits.total_s):
                response = await self._files.handle_async_request(request)
        try:
            found = _joined(response.headers)
            pieces = _raw_pieces(response, found.get("content-encoding", ""))
            yield FileResponse(response.status_code, found, _guarded(pieces, where))
        finally:
            await response.aclose()

    def _prepared(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> httpx.Request:
        import httpx

        limits = self._limits
        timeout = {"connect": limits.connect_s, "read": limits.read_s, "write": limits.read_s, "pool": limits.read_s}
        exact = _exact_url(url)
        request = httpx.Request(
            method, exact, headers=headers, content=content or None, extensions={"timeout": timeout}
        )
        # It has made a plain one of the URL.
        request.url = exact
        return request

    def _new_slots(self) -> Slots:
        from jobtui.providers.connection import Connection
        from jobtui.providers.slots import ClientTransport, Slots

        is_plain_http = self.base.origin.scheme == "http"

        transports: list[httpx.AsyncBaseTransport] = []
        for _ in range(self._limits.connections):
            if self._transport is not None:
                transports.append(self._transport)
            elif stands_proxy_before(self.base.origin):
                transports.append(ClientTransport(self._new_client(1)))
            else:
                transports.append(Connection(None if is_plain_http else self._tls()))
        return Slots([self._tapped(transport, self._limits.total_s) for transport in transports])

    def _new_files(self) -> httpx.AsyncBaseTransport:
        from jobtui.providers.slots import ClientTransport

        return self._tapped(ClientTransport(self._new_client(2 * self._limits.connections)))

    def _tapped(self, transport: httpx.AsyncBaseTransport, patience_s: float | None = None) -> httpx.AsyncBaseTransport:
        if self._tap is None:
            return transport
        from jobtui.providers.tap import TappedTransport

        return TappedTransport(transport, self._tap, self._clock, patience_s=patience_s)

    def _tls(self) -> ssl.SSLContext:
        return checked_tls(self._verify_tls, setting=self._tls_setting)

    def _new_client(self, connections: int) -> httpx.AsyncClient:
        import httpx

        limits = self._limits
        try:
            return httpx.AsyncClient(
                verify=self._tls(),
                transport=self._transport,
                timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s),
                limits=httpx.Limits(
                    max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_KEEP_ALIVE_S
                ),
                # Takes and sends no cookie: what a service sets is for the provider to read.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                follow_redirects=False,
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise SettingsError(
                "the proxy that the environment names can't be used",
                hint="Look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.",
            ) from None


def checked_tls(verify_tls: bool | str, *, setting: str) -> ssl.SSLContext:
    """The TLS settings for `verify_tls`.

    Args:
        verify_tls: Whether, or the file of authorities by which, a server is verified.
        setting: Name of the setting it comes from, for the error.

    Raises:
        SettingsError: The CA file can't be used.
    """
    try:
        return ssl_context(verify_tls)
    except OSError as error:
        if not isinstance(verify_tls, str):
            raise
        # A file that is read and holds no authorities is told in OpenSSL's words, which nobody understands.
        reason = "it holds no certificates in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"{setting}: the CA file {verify_tls!r} can't be used: {reason}") from None
    except ValueError:
        raise SettingsError(f"{setting}: {verify_tls!r} is no path") from None


@cache
def ssl_context(verify_tls: bool | str) -> ssl.SSLContext:
    """The TLS settings, made once for all connections: loading authorities takes a while.

    Raises:
        OSError: The CA file can't be read, or holds none.
        ValueError: It is no path.
    """
    import httpx

    if isinstance(verify_tls, str):
        return ssl.create_default_context(cafile=verify_tls)
    if not verify_tls:
        return httpx.create_ssl_context(verify=False)
    try:
        # The extra `tls`: the operating system's own authorities, where companies put theirs.
        import truststore
    except ImportError:
        return httpx.create_ssl_context()
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context


def _encoded(json: JsonValue | NoBody, form: Mapping[str, str] | None) -> tuple[bytes, dict[str, str]]:
    if form is not None:
        return urlencode(form).encode("ascii"), {"content-type": "application/x-www-form-urlencoded"}
    if isinstance(json, NoBody):
        return b"", {}
    try:
        text = json_module.dumps(json, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError):
        raise InvalidInput("the input holds a number that JSON doesn't know, or is nested too deeply") from None
    return text.encode("ascii"), {"content-type": "application/json"}


@lru_cache(maxsize=4096)
def _exact_url(url: str) -> httpx.URL:
    """The URL, read once: the same few are asked for again and again, and httpx takes its time over each."""
    import httpx

    parsed, target = httpx.URL(url), target_of(url)
    return parsed if parsed.raw_path == target else _exact_url_type()(parsed, target)


@cache
def _exact_url_type() -> Callable[[httpx.URL, bytes], httpx.URL]:
    """A URL that is sent as it was given: httpx escapes some characters and folds `..`, which a signature may cover."""
    import httpx

    class ExactUrl(httpx.URL):
        def __init__(self, url: httpx.URL, target: bytes) -> None:
            super().__init__(url)
            self._target = target

        @property
        def raw_path(self) -> bytes:
            return self._target

    return ExactUrl


def _raw_pieces(response: httpx.Response, encoding: str) -> AsyncIterator[bytes]:
    import httpx

    if isinstance(response.stream, httpx.AsyncByteStream) and not response.is_stream_consumed:
        # As it comes: httpx's own ways around it are a twentieth of a poll.
        return aiter(response.stream)
    return response.aiter_bytes() if is_plain(encoding) else response.aiter_raw()


def _pieces(response: httpx.Response, encoding: str) -> AsyncIterator[bytes]:
    pieces = _raw_pieces(response, encoding)
    return pieces if is_plain(encoding) else inflated(pieces, encoding)


async def _guarded(pieces: AsyncIterator[bytes], where: str) -> AsyncIterator[bytes]:
    with network_faults(where):
        async for piece in pieces:
            yield piece


def _joined(headers: httpx.Headers) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers.multi_items():
        key = name.lower()
        if key != "set-cookie":
            joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _host_and_port(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0]
