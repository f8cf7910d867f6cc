"""All demo services together: three APIs and a download host, each on a port of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from jobtui.core.clock import Clock
from jobtui.demo.cdn import CdnService
from jobtui.demo.evo import TOKEN as EVO_TOKEN
from jobtui.demo.evo import EvoService
from jobtui.demo.evo_tasks import ORG_ID
from jobtui.demo.generation import GenerationService
from jobtui.demo.generation.service import TOKEN as MEDIA_TOKEN
from jobtui.demo.http_server import Handler, HttpServer
from jobtui.demo.links import LinkSigner
from jobtui.demo.nebula import PASSWORD, USER, NebulaService
from jobtui.demo.service_thread import ServiceThread

_FASTEST_LOOK_S = 0.25


class DemoServices:
    """The services behind the sources `graph`, `evo` and `media`, and the host that media are downloaded from."""

    graph: NebulaService
    """Once started: the service of the source `graph`."""
    evo: EvoService
    """Once started: the service of the source `evo`."""
    media: GenerationService
    """Once started: the service of the source `media`."""

    def __init__(self, *, clock: Clock, port: int = 0, speed: float = 1.0, jobs: int = 25, seed: int = 7) -> None:
        """Make the services; nothing listens before `start`.

        Args:
            clock: Where time comes from.
            port: The graph's port; evo, media and files get the ones after it. 0 takes free ones.
            speed: How many times faster than 10 seconds to 3 minutes a job lives.
            jobs: How many graph jobs exist at the start.
            seed: Settles everything that is left to chance.

        Raises:
            ValueError: The speed isn't above zero.
        """
        if speed <= 0:
            raise ValueError(f"the speed of the demo has to be above 0, not {speed}")
        self._clock = clock
        self._port = port
        self._speed = speed
        self._jobs = jobs
        self._seed = seed
        self._servers: list[HttpServer] = []

    async def start(self) -> None:
        """Listen on all ports. Raises `OSError` when one of them is taken; then none is left open."""
        links = LinkSigner(self._clock, secret=secrets.token_bytes(32))
        self.graph = NebulaService(self._clock, jobs=self._jobs, speed=self._speed, seed=self._seed)
        self.evo = EvoService(self._clock, speed=self._speed, seed=self._seed)
        try:
            await self._serve(self.graph.handle, 0)
            await self._serve(self.evo.handle, 1)
            # The media service writes links to the download host, so that one has to have its port first.
            files = await self._serve(CdnService(links).handle, 3)
            self.media = GenerationService(
                self._clock, links, files.base_url, token=MEDIA_TOKEN, speed=self._speed, seed=self._seed
            )
            await self._serve(self.media.handle, 2)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close all ports."""
        servers, self._servers = self._servers, []
        for server in servers:
            await server.stop()

    async def _serve(self, handler: Handler, place: int) -> HttpServer:
        server = HttpServer(handler, port=self._port + place if self._port else 0)
        await server.start()
        self._servers.append(server)
        return server

    @property
    def base_urls(self) -> dict[str, str]:
        """Once started: where the services listen, by the names graph, evo, media and files."""
        names = ("graph", "evo", "files", "media")
        return {name: server.base_url for name, server in zip(names, self._servers, strict=True)}

    @property
    def known_jobs(self) -> tuple[tuple[str, str], ...]:
        """Source and native id of the jobs that Evo and the media service already have, and that no list would tell."""
        evo_jobs = (("evo", native_id) for native_id in self.evo.known_ids)
        media_jobs = (("media", native_id) for native_id in self.media.known_ids)
        return (*evo_jobs, *media_jobs)

    def adopt(self, source: str, native_ids: Iterable[str]) -> None:
        """Know jobs of an earlier demo again, so that a kept store isn't full of lost ones.

        Args:
            source: `graph`, `evo` or `media`; jobs of other sources are none of the demo's.
            native_ids: The ids as the source gave them.
        """
        match source:
            case "graph":
                self.graph.adopt(native_ids)
            case "evo":
                self.evo.adopt(native_ids)
            case "media":
                self.media.adopt(native_ids)

    def config_toml(self) -> str:
        """The configuration for all three sources, and as comments the commands that watch what they already do."""
        urls = self.base_urls
        pace = f"interval = {max(_FASTEST_LOOK_S, min(1.0, 1.0 / self._speed)):g}\nmax_per_minute = 600\n"
        tracks = [
            f"# jobtui track {source} {' '.join(native_id for name, native_id in self.known_jobs if name == source)}"
            for source in ("evo", "media")
        ]
        return f"""\
[sources.graph]
provider = "nebula"
base_url = "{urls["graph"]}"
login = {{ user = "{USER}", password = "{PASSWORD}", address = "192.168.8.111", port = 9669 }}
{pace}
[sources.evo]
provider = "evo"
base_url = "{urls["evo"]}"
org_id = "{ORG_ID}"
token = "{EVO_TOKEN}"
preview = true
{pace}
[sources.media]
provider = "generation"
base_url = "{urls["media"]}"
token = "{MEDIA_TOKEN}"
{pace}
# Evo and media can't list jobs. To watch those that exist already:
{chr(10).join(tracks)}
"""


class DemoThread(ServiceThread):
    """Runs the demo services in a daemon thread with an event loop of its own."""

    def __init__(self, services: DemoServices) -> None:
        super().__init__(services, "demo services")
        self._demo = services

    def adopt(self, source: str, native_ids: Iterable[str]) -> None:
        """`DemoServices.adopt`, carried out where the services run."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._demo.adopt, source, tuple(native_ids))
