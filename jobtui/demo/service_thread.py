"""Services in a thread of their own, beside a program that has its own event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Protocol


class Services(Protocol):
    """What can be served."""

    async def start(self) -> None:
        """Listen. Raises `OSError` when a port is taken."""
        ...

    async def stop(self) -> None:
        """Close all ports."""
        ...


class ServiceThread:
    """Runs services in a daemon thread with an event loop of its own."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self._name = name
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._listening = threading.Event()
        self._error: OSError | None = None

    def start(self) -> None:
        """Return once all ports listen. Raises `OSError` when one of them is taken."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name=self._name, daemon=True)
        self._thread.start()
        self._listening.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        """Return once all ports are closed; a thread that isn't running is left alone."""
        if self._thread is None or self._loop is None or self._stopping is None or not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self._services.start()
        except OSError as error:
            self._error = error
            return
        finally:
            self._listening.set()
        await self._stopping.wait()
        await self._services.stop()
