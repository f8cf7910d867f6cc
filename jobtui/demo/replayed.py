"""Services that answer from a recording: what was asked then gets the answer of then, and nothing else happens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from jobtui.core.clock import Clock
from jobtui.core.exchanges import Exchange
from jobtui.core.origins import Origins
from jobtui.demo.http_server import ConnectionDropped, HttpServer, Request, Response, json_response

_UNKNOWN_STATUS = 501
_CUT_STATUS = 501
"""Not 404: to many APIs that means that there is no such job, and of that the recording says nothing."""
_BODILESS = frozenset({204, 304})


class PlaybackClock:
    """The time of a recording: from its beginning on, and as fast as it is replayed."""

    def __init__(self, started_at: datetime, speed: float, clock: Clock) -> None:
        """Stand still until `start`.

        Args:
            started_at: When the recording began.
            speed: How many times faster than then time goes.
            clock: The machine's.
        """
        self._started_at = started_at
        self._speed = speed
        self._clock = clock
        self._began_s: float | None = None

    def start(self) -> None:
        """Let time go on, unless it does already."""
        if self._began_s is None:
            self._began_s = self._clock.monotonic()

    @property
    def passed_s(self) -> float:
        """Seconds of the recording that have passed."""
        return 0.0 if self._began_s is None else (self._clock.monotonic() - self._began_s) * self._speed

    def now(self) -> datetime:
        """The time that it was then."""
        return self._started_at + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        """Seconds of the recording's time."""
        return self._clock.monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of the recording's time."""
        await self._clock.sleep(seconds / self._speed)


class _Answers(Struct):
    """What one request was answered, by time."""

    asked_s: list[float] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def at(self, passed_s: float) -> Exchange:
        """The last one by then; before the first, that."""
        return self.exchanges[max(0, bisect_right(self.asked_s, passed_s) - 1)]


class ReplayedServices:
    """One server for each host that was asked."""

    def __init__(self, exchanges: Sequence[Exchange], origins: Sequence[str], clock: PlaybackClock) -> None:
        """Make the services; nothing listens before `start`.

        Args:
            exchanges: By the time at which they were asked.
            origins: The hosts to serve besides those that the exchanges name, such as `http://graph.recorded`.
            clock: The recording's time; starts with the first request.
        """
        self._clock = clock
        self._answers: dict[tuple[str, str, str], _Answers] = {}
        self._origins = list(dict.fromkeys((*origins, *(_origin_of(exchange.url) for exchange in exchanges))))
        self._servers: dict[str, HttpServer] = {}
        self._to_here = self._to_recorded = Origins({})
        for exchange in exchanges:
            wanted = next((text for name, text in exchange.request_headers if name == "range"), "")
            answers = self._answers.setdefault((exchange.method, exchange.url, wanted), _Answers())
            answers.asked_s.append(exchange.at_s)
            answers.exchanges.append(exchange)

    async def start(self) -> None:
        """Listen. Raises `OSError` where no port is free."""
        try:
            for origin in self._origins:
                server = HttpServer(_Host(self, origin).handle)
                await server.start()
                self._servers[origin] = server
        except OSError:
            await self.stop()
            raise
        self._to_here = Origins(self.base_urls)
        self._to_recorded = Origins({here: origin for origin, here in self.base_urls.items()})

    async def stop(self) -> None:
        """Close all ports."""
        servers, self._servers = list(self._servers.values()), {}
        for server in servers:
            await server.stop()

    @property
    def base_urls(self) -> Mapping[str, str]:
        """Once started: where each host of the recording is served."""
        return {origin: server.base_url for origin, server in self._servers.items()}

    def here(self, text: str) -> str:
        """The text with the places where they are served for the hosts of the recording."""
        return self._to_here.replaced(text)

    async def answer(self, origin: str, request: Request) -> Response:
        """What the host answered to such a request by now."""
        self._clock.start()
        url = origin + self._to_recorded.replaced(request.target)
        answers = self._answers.get((request.method, url, request.headers.get("range", "")))
        if answers is None:
            return _refusal(_UNKNOWN_STATUS, f"{request.method} {request.target} is not in the recording")
        exchange = answers.at(self._clock.passed_s)
        await self._clock.sleep(exchange.took_s)
        if exchange.status is None:
            raise ConnectionDropped
        if exchange.whole_bytes is not None:
            held = len(exchange.body)
            return _refusal(_CUT_STATUS, f"the recording holds {held} of this answer's {exchange.whole_bytes} bytes")
        return self._response(exchange, exchange.status)

    def _response(self, exchange: Exchange, status: int) -> Response:
        body, is_text = exchange.body, b"\0" not in exchange.body
        if is_text:
            text = body.decode("utf-8", "surrogateescape")
            body = self._to_here.replaced(text).encode("utf-8", "surrogateescape")
        headers = [(name, self._to_here.replaced(value)) for name, value in exchange.headers]
        if exchange.fault and status not in _BODILESS:
            # It broke off, so it does again: more is promised than comes.
            headers.append(("content-length", str(len(body) + 1)))
        return Response(status, body, tuple(headers))


class _Host:
    def __init__(self, services: ReplayedServices, origin: str) -> None:
        self._services = services
        self._origin = origin

    async def handle(self, request: Request) -> Response:
        return await self._services.answer(self._origin, request)


def _origin_of(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"


def _refusal(status: int, words: str) -> Response:
    """An error in all the forms in which the providers look for one."""
    return json_response(
        status, {"code": status, "status": status, "message": words, "title": words, "error": {"message": words}}
    )
