"""Fault services in a thread, for programs in other processes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Self

from tests.faults.fault_server import FaultServer
from tests.faults.services import EVO_TOKEN, GRAPH_PASSWORD, MEDIA_TOKEN, ORG, Evo, Graph, Media, Service, graph_job


class ServedServices:
    """`graph`, `evo` and `media` on loopback, until the end of the `with`."""

    def __init__(self, graph: Graph | None = None, evo: Evo | None = None, media: Media | None = None) -> None:
        self.graph = graph or Graph(jobs=[graph_job(number) for number in range(1, 40)])
        self.evo, self.media = evo or Evo(), media or Media()
        services: dict[str, Service] = {"graph": self.graph, "evo": self.evo, "media": self.media}
        self.servers = {name: FaultServer(service, time.monotonic) for name, service in services.items()}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def requests(self) -> int:
        """Of all sources so far."""
        return sum(len(server.asked) for server in self.servers.values())

    def config(self, *, interval_s: float = 1.0) -> str:
        """As `config.toml` has it."""
        urls = {name: server.base_url for name, server in self.servers.items()}
        return f"""\
[sources.graph]
provider = "nebula"
base_url = "{urls["graph"]}"
login = {{ user = "root", password = "{GRAPH_PASSWORD}", address = "192.168.8.111", port = 9669 }}
interval = {interval_s}

[sources.evo]
provider = "evo"
base_url = "{urls["evo"]}"
org_id = "{ORG}"
token = "{EVO_TOKEN}"
interval = {interval_s}

[sources.media]
provider = "generation"
base_url = "{urls["media"]}"
token = "{MEDIA_TOKEN}"
interval = {interval_s}
"""

    def __enter__(self) -> Self:
        self._thread.start()
        for server in self.servers.values():
            self._do(server.open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self.servers.values():
            self._do(server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(10)
