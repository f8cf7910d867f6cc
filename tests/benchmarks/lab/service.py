"""A service whose answers are written beforehand, so that it costs next to nothing beside the program under test.

Speaks NebulaGraph's job list and Evo's job status. `/control/...` lets jobs change and tells what was asked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks.lab.world import graph_item

_NOT_FOUND = 404


class World:
    """The jobs, ready as bytes."""

    def __init__(self, count: int, began_ms: int, running: int) -> None:
        self.count = count
        # Newest first, as the list is asked for.
        self.items = [graph_item(number, count, began_ms, running=running) for number in range(count, 0, -1)]
        self.encoded = [json.dumps(item).encode() for item in self.items]
        self.asked_at: dict[str, list[float]] = {}
        self.steps = 0
        self.evo_moves = False
        self._changing: asyncio.Task[None] | None = None
        self._chance = random.Random(7)

    def control(self, path: str, query: dict[str, str]) -> object:
        """Do what a benchmark asks for."""
        if path.endswith("/stats"):
            return {
                "asked_at": self.asked_at,
                "now": time.monotonic(),
            }
        if path.endswith("/forget"):
            self.asked_at.clear()
        if path.endswith("/evo"):
            self.evo_moves = query.get("moves") == "1"
        if path.endswith("/touch"):
            self.touch(int(query["place"]))
        if self._changing is not None:
            self._changing.cancel()
            self._changing = None
        if path.endswith("/change"):
            self._changing = asyncio.create_task(
                self._change(int(query["among"]), int(query["jobs"]), float(query["every_s"]))
            )
        return {}

    def touch(self, place: int) -> None:
        """Let one job read differently: its name gets another last letter of the same width."""
        item = self.items[place]
        name = str(item["workflowName"])
        item["workflowName"] = name[:-1] + ("x" if name[-1] != "x" else "y")
        self.encoded[place] = json.dumps(item).encode()

    async def _change(self, among: int, jobs: int, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            for place in self._chance.sample(range(among), jobs):
                self.touch(place)

    def answer(self, target: str) -> tuple[int, bytes]:
        """Status and body for one GET."""
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        path = parts.path
        if path.startswith("/control/"):
            return 200, json.dumps(self.control(path, query)).encode()
        if path == "/api-open/v1/jobs":
            self._note("list")
            page, size = int(query.get("page", "1")), int(query.get("pageSize", "10"))
            first = (page - 1) * size
            body = b",".join(self.encoded[first : first + size])
            return 200, b'{"code":0,"message":"Success","data":{"items":[%b],"total":%d,"Page":%d,"PageSize":%d}}' % (
                body,
                self.count,
                page,
                size,
            )
        last = path.rsplit("/", 1)[1]
        if path == f"/api-open/v1/jobs/{last}" and last.isdecimal():
            self._note("job")
            number = int(last)
            item = dict(self.items[self.count - number])
            item["tasks"] = [
                {
                    "id": f"analytics_pagerank_{index}",
                    "name": f"pagerank_{index}",
                    "status": 2 if index < 2 else item["status"],
                    "runBeginTime": "2026-11-22T10:00:00+08:00",
                    "runEndTime": "",
                }
                for index in range(3)
            ]
            return 200, json.dumps({"code": 0, "message": "Success", "data": item}).encode()
        if path.startswith("/compute/orgs/") and path.endswith("/status"):
            self._note(path)
            self.steps += 1
            percent = 25 + (self.steps // 50) % 50 if self.evo_moves else 25
            return 202, (
                b'{"status":"in progress","progress":%d,"message":"Estimating blocks","links":{"cancel":"%b"}}'
                % (percent, path.removesuffix("/status").encode())
            )
        return _NOT_FOUND, b'{"status":404,"title":"Not Found"}'

    def _note(self, what: str) -> None:
        self.asked_at.setdefault(what, []).append(time.monotonic())


class Connection(asyncio.Protocol):
    """One client; nothing but GET."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while b"\r\n\r\n" in self._unread:
            head, _, self._unread = self._unread.partition(b"\r\n\r\n")
            status, body = self._world.answer(head.split(b" ", 2)[1].decode("ascii"))
            assert self._transport is not None
            self._transport.write(
                b"HTTP/1.1 %d OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                % (status, len(body), body)
            )


async def _serve(options: argparse.Namespace) -> None:
    world = World(options.jobs, options.began_ms, options.running)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(world), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--began-ms", type=int, required=True)
    parser.add_argument("--running", type=int, required=True)
    asyncio.run(_serve(parser.parse_args()))
