"""A line to a service that drops, lags, refuses and lies, between a program and a healthy server; and its clock."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from jobtui.core.clock import SystemClock

_BUSY = (
    b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nRetry-After: 1\r\nConnection: close\r\n\r\n{}",
    b"HTTP/1.1 500 Boom\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>",
    b"HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
)


class LeapingClock(SystemClock):
    """The services' wall clock, which leaps ahead now and then.

    Never back: a demo service reckons all that its jobs do from it, and would take back what it said for good.
    """

    def __init__(self) -> None:
        self._ahead = timedelta()
        self.leaps = 0
        """How often it leapt."""

    def now(self) -> datetime:
        """The wall time, and all that was leapt over."""
        return super().now() + self._ahead

    def leap(self, seconds: float) -> None:
        """Be so much later from now on."""
        self._ahead += timedelta(seconds=seconds)
        self.leaps += 1


class ChaosLine:
    """Forwards one port to another, badly until `heal`."""

    def __init__(self, target_url: str, seed: int) -> None:
        self._target_port = urlsplit(target_url).port
        self._chance = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        self.is_healthy = False
        self.connections = 0
        """Taken so far."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def open(self) -> None:
        """Listen, on the same port each time."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse, and break what is open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def torment(self) -> None:
        """Be away for a moment, now and then."""
        while not self.is_healthy:
            await asyncio.sleep(self._chance.uniform(4, 12))
            if not self.is_healthy:
                await self.close()
                await asyncio.sleep(self._chance.uniform(0.2, 3))
                await self.open()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._forward(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fate = 1.0 if self.is_healthy else self._chance.random()
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                if fate < 0.05:
                    await reader.read(1)
                    writer.write(self._chance.choice(_BUSY))
                    await writer.drain()
                elif fate < 0.08:
                    writer.transport.abort()
                else:
                    await self._joined(reader, writer)
            finally:
                writer.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_service, to_service = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            async with asyncio.TaskGroup() as group:
                up = group.create_task(self._copied(reader, to_service))
                await self._copied(from_service, writer)
                up.cancel()
        finally:
            to_service.close()

    async def _copied(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            if not self.is_healthy:
                await asyncio.sleep(self._chance.expovariate(1 / 0.02))
                if self._chance.random() < 0.01:
                    sink.transport.abort()
                    return
            sink.write(data)
            await sink.drain()


class Chaos:
    """Lines to several services, and the clock of these, in a thread."""

    def __init__(self, targets: dict[str, str], seed: int, clock: LeapingClock) -> None:
        self._clock = clock
        self._chance = random.Random(seed)
        self.lines = {name: ChaosLine(url, seed + number) for number, (name, url) in enumerate(targets.items())}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._torments: list[asyncio.Task[None]] = []

    def heal(self) -> None:
        """From now on everything goes through."""
        asyncio.run_coroutine_threadsafe(self._heal(), self._loop).result(20)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _begin(self) -> None:
        for line in self.lines.values():
            await line.open()
            self._torments.append(asyncio.create_task(line.torment()))
        self._torments.append(asyncio.create_task(self._leap_on()))

    async def _leap_on(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(3, 10))
            self._clock.leap(self._chance.uniform(1, 60))

    async def _heal(self) -> None:
        for torment in self._torments:
            torment.cancel()
        await asyncio.gather(*self._torments, return_exceptions=True)
        for line in self.lines.values():
            line.is_healthy = True
            await line.close()
            await line.open()

    async def _end(self) -> None:
        for torment in self._torments:
            torment.cancel()
        for line in self.lines.values():
            await line.close()
