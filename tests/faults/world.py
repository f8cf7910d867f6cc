"""The real engine and the real providers on three fault servers, with time that a test moves.

Requests go over real sockets. Between two moments of the fake time the real network is given the time it needs, so
that a minute's outage takes a moment and yet every request is where it would be.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.redaction import Redactor
from jobtui.core.structs import replace
from jobtui.engine.engine import Engine
from jobtui.engine.snapshot import SourceStatus
from jobtui.engine.source import Pace, Source
from jobtui.engine.store.store import Store
from jobtui.providers.base import ReadSecret
from jobtui.providers.credentials import BearerToken
from jobtui.providers.evo.provider import EvoProvider
from jobtui.providers.generation.provider import GenerationProvider
from jobtui.providers.http import HttpClient, HttpLimits
from jobtui.providers.nebula import NebulaLogin, NebulaProvider
from jobtui.recording.recorder import Recorder
from tests.fakes import FakeClock, InlineExecutor, settle
from tests.faults.fault_server import FaultServer
from tests.faults.services import (
    EVO_ID,
    EVO_TOKEN,
    GRAPH_PASSWORD,
    MEDIA_ID,
    MEDIA_TOKEN,
    ORG,
    Evo,
    Graph,
    Media,
    Service,
)

LIMITS = HttpLimits(connect_s=10.0, read_s=10.0, total_s=20.0, max_body_bytes=1024 * 1024)
"""So long that a healthy answer keeps them on a busy machine, too: these seconds are real ones."""
HASTY = replace(LIMITS, read_s=1.0, total_s=2.0)
"""For what would never end by itself."""

GRAPH_JOB = JobId("graph", "1")
EVO_JOB = JobId("evo", EVO_ID)
MEDIA_JOB = JobId("media", MEDIA_ID)


class MeteredTransport(httpx.AsyncBaseTransport):
    """The real transport, which tells whether anything is on its way."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport(
            trust_env=False, limits=httpx.Limits(max_connections=4, max_keepalive_connections=0)
        )
        self.in_flight = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.in_flight += 1
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException:
            self.in_flight -= 1
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _MeteredStream(response.stream, self)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _MeteredStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, transport: MeteredTransport) -> None:
        self._inner = inner
        self._transport = transport
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            yield piece

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._transport.in_flight -= 1
        await self._inner.aclose()


class NetworkClock(FakeClock):
    """Fake time that stands still while a real request is on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.transports: list[MeteredTransport] = []

    async def until_quiet(self) -> None:
        """Return once nothing is on its way and nothing can run without time going on."""
        async with asyncio.timeout(20):
            while True:
                await settle()
                if not any(transport.in_flight for transport in self.transports):
                    return
                await asyncio.sleep(0.001)

    async def advance(self, seconds: float) -> None:
        await self.until_quiet()
        end = self._passed_s + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            # One sleeper at a time: what it starts may finish before the next one wakes.
            due, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self._passed_s = max(self._passed_s, due)
            woken.set_result(None)
            await self.until_quiet()
        self._passed_s = max(self._passed_s, end)


class World:
    """An engine on `graph`, `evo` and `media`, and the services behind them."""

    def __init__(
        self,
        *,
        path: Path | None = None,
        recording: Path | None = None,
        limits: HttpLimits = LIMITS,
        graph: Graph | None = None,
        evo: Evo | None = None,
        media: Media | None = None,
        read_only: bool = False,
        interval_s: float = 5.0,
    ) -> None:
        self.clock = NetworkClock()
        self.redactor = Redactor()
        self.graph, self.evo, self.media = graph or Graph(), evo or Evo(), media or Media()
        services: dict[str, Service] = {"graph": self.graph, "evo": self.evo, "media": self.media}
        self.servers = {name: FaultServer(service, self.clock.monotonic) for name, service in services.items()}
        self.secrets = {"graph": GRAPH_PASSWORD, "evo": EVO_TOKEN, "media": MEDIA_TOKEN}
        """Read anew with each refusal."""
        self.recorder: Recorder | None = None
        if recording is not None:
            sources: dict[str, JsonObject] = {name: {"provider": name} for name in services}
            self.recorder = Recorder(recording, sources, clock=self.clock, redactor=self.redactor)
        self._path = path
        self._limits = limits
        self._read_only = read_only
        self._pace = Pace(interval_s)
        self._clients: dict[str, HttpClient] = {}
        self.engine: Engine

    @contextlib.asynccontextmanager
    async def running(self, *, track: bool = True, polling: bool = True) -> AsyncIterator[World]:
        async with contextlib.AsyncExitStack() as stack:
            for server in self.servers.values():
                await stack.enter_async_context(server.serving())
            sources = [
                Source(name, provider, self._pace, read_only=self._read_only)
                for name, provider in self.providers().items()
            ]
            on_tracked = self.recorder.watch if self.recorder is not None else None
            store = Store(self._path, clock=self.clock, executor=InlineExecutor(), on_tracked=on_tracked)
            # What a thread still works on would be nowhere when time goes on.
            asyncio.get_running_loop().set_default_executor(InlineExecutor())
            self.engine = Engine(sources, store, clock=self.clock, rng=random.Random(1), polling=polling)
            await stack.enter_async_context(self.engine)
            if track:
                await self.engine.track("evo", [EVO_ID])
                await self.engine.track("media", [MEDIA_ID])
            yield self

    def providers(self) -> dict[str, NebulaProvider | EvoProvider | GenerationProvider]:
        """New ones, on the servers that listen."""
        clock = self.clock
        evo_token, media_token = (BearerToken(self._secret(name)) for name in ("evo", "media"))
        return {
            "graph": NebulaProvider(
                "graph",
                self._http("graph"),
                clock=clock,
                login=NebulaLogin("root", self._secret("graph"), "192.168.8.111", 9669),
                token=None,
            ),
            "evo": EvoProvider("evo", self._http("evo"), clock=clock, org_id=ORG, credentials=evo_token),
            "media": GenerationProvider("media", self._http("media"), clock=clock, credentials=media_token),
        }

    def job(self, job_id: JobId) -> Job:
        """As the engine knows it."""
        return self.engine.snapshot.jobs[job_id]

    def status(self, source: str) -> SourceStatus:
        """As the health line shows it."""
        return next(status for status in self.engine.snapshot.sources if status.name == source)

    def count(self, source: str, *, method: str = "") -> int:
        """Requests that the source's server saw."""
        return sum(1 for asked in self.servers[source].asked if method in {"", asked.method})

    def requests(self, source: str) -> int:
        """Requests that the source's client made, heard or not."""
        return self._clients[source].requests

    async def advance(self, seconds: float) -> None:
        """Let time pass; nothing of it is real but the network's."""
        await self.clock.advance(seconds)

    def _http(self, source: str) -> HttpClient:
        transport = MeteredTransport()
        self.clock.transports.append(transport)
        base_url = self.servers[source].base_url
        self._clients[source] = client = HttpClient(
            base_url,
            limits=self._limits,
            clock=self.clock,
            redactor=self.redactor,
            transport=transport,
            tap=self.recorder.tap(source, base_url) if self.recorder is not None else None,
        )
        return client

    def _secret(self, source: str) -> ReadSecret:
        async def read(_anew: bool) -> str:
            self.redactor.register(self.secrets[source])
            return self.secrets[source]

        return read
