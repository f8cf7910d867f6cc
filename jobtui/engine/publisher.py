"""Handing snapshots to readers, whichever thread they live in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from jobtui.core.jobs import Job, JobId
from jobtui.engine.snapshot import Snapshot, Update


class Publisher:
    """Keeps the latest snapshot, and a place for each reader. May be used from any thread."""

    def __init__(self, first: Snapshot | None = None) -> None:
        self._lock = threading.Lock()
        self._latest = first or Snapshot()
        self._places: list[Place] = []

    @property
    def latest(self) -> Snapshot:
        """The latest snapshot."""
        return self._latest

    def publish(
        self, snapshot: Snapshot, changed: AbstractSet[JobId], removed: AbstractSet[JobId], ended: Iterable[Job]
    ) -> None:
        """Make a snapshot the latest, and wake its readers. The sets must not change any more."""
        with self._lock:
            self._latest = snapshot
            places = list(self._places)
        jobs = tuple(ended)
        for place in places:
            place.offer(snapshot, changed, removed, jobs)

    def subscribe(self) -> Place:
        """A place for a reader in the running event loop; its first `take` gives all jobs as changed."""
        with self._lock:
            place = Place(self._latest, asyncio.get_running_loop(), self._remove)
            self._places.append(place)
        return place

    def _remove(self, place: Place) -> None:
        with self._lock:
            if place in self._places:
                self._places.remove(place)


class Place:
    """A subscription: one slot that later news is merged into."""

    def __init__(self, snapshot: Snapshot, loop: asyncio.AbstractEventLoop, on_close: Callable[[Place], None]) -> None:
        self._lock = threading.Lock()
        self._loop = loop
        self._on_close = on_close
        self._awake = asyncio.Event()
        self._awake.set()
        self._has_news = True
        self._snapshot = snapshot
        self._is_all_new = True
        self._changed: set[JobId] = set()
        self._removed: set[JobId] = set()
        self._ended: dict[JobId, Job] = {}

    async def wait(self) -> None:
        """Return once something is newer than the last `take`."""
        await self._awake.wait()

    def take(self) -> Update:
        """The latest snapshot; what it changed is then forgotten."""
        self._awake.clear()
        with self._lock:
            # Where all jobs are new, their keys themselves: a copy of a hundred thousand holds the screen up.
            changed = self._snapshot.jobs.keys() if self._is_all_new else self._changed
            update = Update(self._snapshot, changed, self._removed, tuple(self._ended.values()))
            self._has_news = self._is_all_new = False
            self._changed, self._removed, self._ended = set(), set(), {}
        return update

    def close(self) -> None:
        """Stop being told."""
        self._on_close(self)

    def offer(
        self, snapshot: Snapshot, changed: AbstractSet[JobId], removed: AbstractSet[JobId], ended: tuple[Job, ...]
    ) -> None:
        """Merge news in; called from the engine's thread."""
        with self._lock:
            self._snapshot = snapshot
            self._is_all_new |= len(changed) == len(snapshot.jobs) > 0
            if self._is_all_new:
                self._changed.clear()
            else:
                self._changed -= removed
                self._changed |= changed
            self._removed -= changed
            self._removed |= removed
            for job in ended:
                self._ended[job.id] = job
            wake, self._has_news = not self._has_news, True
        if wake and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)
