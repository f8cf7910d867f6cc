"""Writing a recording: one line for each exchange, as soon as it is over, without secrets."""

from __future__ import annotations

import asyncio
import errno
import os
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from jobtui import __version__
from jobtui.core.clock import Clock
from jobtui.core.errors import UsageError
from jobtui.core.exchanges import Exchange, Tap
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.origins import Origins
from jobtui.core.redaction import Redactor
from jobtui.recording.hiding import Hider, StandIns
from jobtui.recording.lines import Heading, exchange_line, heading_line, written
from jobtui.recording.watched import Watched, watched_line

MAX_FILE_BYTES = 256 * 1024 * 1024
"""A recording ends where it would become larger: one that was forgotten must not fill the disk."""

_PIECE = 50
"""So many watched jobs are written in one go, which takes 2 ms."""
_PAUSE_S = 0.008


class Recorder:
    """One file, open until `close`. What can't be written ends the recording and nothing else; `notice` tells of it."""

    def __init__(
        self,
        path: Path,
        sources: Mapping[str, JsonObject],
        *,
        clock: Clock,
        redactor: Redactor,
        max_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        """Make the file, for its owner alone.

        Args:
            path: Where; nothing may be there yet.
            sources: What the first line tells of each source.
            clock: Measures from now on.
            redactor: Knows the credentials once they are read.
            max_bytes: Of the whole file.

        Raises:
            UsageError: It can't be made.
        """
        self.path = path
        self.exchanges = 0
        """How many are in the file."""
        self.notice = ""
        """Why the recording ended; empty while it goes on."""
        self._clock = clock
        self._began_s = clock.monotonic()
        self._redactor = redactor
        self._cookies = Redactor()
        self._stand_in = StandIns()
        self._origins: dict[str, str] = {}
        self._hosts: dict[str, str] = {}
        self._known: set[JobId] = set()
        self._waiting: deque[Watched] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._room = max_bytes
        self._size = 0
        self._descriptor: int | None = _made(path)
        self._write(written(heading_line(Heading(__version__, clock.now(), sources))))
        if self.notice:
            # Nothing is in it, and it would stand in the way of another try.
            path.unlink(missing_ok=True)
            raise UsageError(f"{path} can't be written. {self.notice}")

    def tap(self, source: str, base_url: str, *, signs_in: bool = False) -> Tap:
        """What a client of a source is to tell its exchanges to.

        Args:
            source: The source's name.
            base_url: Where the client asks; a recording names that host for its source.
            signs_in: Whether only tokens are asked for there.
        """
        own = f"http://{f'sign-in.{source}' if signs_in else source}.recorded"
        origins = dict.fromkeys(_written_origins(base_url), own)
        self._origins = {**origins, **self._origins}
        self.hide_host(urlsplit(base_url).hostname or "", source)
        return partial(self._record, origins)

    def hide_host(self, host: str, source: str) -> None:
        """Put the source's name in place of a host that belongs to it, wherever that stands alone.

        A name without a dot could be any word, and what is this machine to itself tells nothing.
        """
        if "." in host and not host.startswith("127."):
            self._hosts.setdefault(host, f"{source}.recorded")

    @property
    def waiting(self) -> int:
        """How many watched jobs `close` has still to write."""
        return len(self._waiting)

    def watch(self, jobs: Iterable[Job]) -> None:
        """Note jobs that are watched, each once.

        Many are written bit by bit in the running event loop, so that what it has to do needn't wait for 100,000 of
        them; those that go on first, since without them what is asked of them couldn't be replayed.
        """
        if self._descriptor is None:
            return
        passed_s, new = self._passed_s(), []
        for job in jobs:
            if job.id not in self._known:
                self._known.add(job.id)
                new.append(Watched(passed_s, job))
        if not new:
            return
        new.sort(key=lambda watched: watched.job.state.is_final)
        self._waiting.extend(new)
        self._write_piece()
        if self._waiting and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write_on())

    def close(self) -> None:
        """End the recording, once all watched jobs are in it."""
        while self._waiting:
            self._write_piece()
        self._end_file()

    def _end_file(self) -> None:
        self._waiting.clear()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _record(self, own: Mapping[str, str], exchange: Exchange) -> None:
        if self._descriptor is None:
            return
        hidden = self._hider(own).exchange(replace(exchange, at_s=max(0.0, exchange.at_s - self._began_s)))
        self._write(written(exchange_line(hidden)))
        self.exchanges += not self.notice

    def _hider(self, own: Mapping[str, str]) -> Hider:
        origins = Origins({**self._origins, **own}, self._hosts)
        return Hider(self._redactor, self._cookies, self._stand_in, origins)

    def _passed_s(self) -> float:
        return self._clock.monotonic() - self._began_s

    async def _write_on(self) -> None:
        while self._waiting:
            await self._clock.sleep(_PAUSE_S)
            self._write_piece()

    def _write_piece(self) -> None:
        piece = [self._waiting.popleft() for _ in range(min(_PIECE, len(self._waiting)))]
        text = b"".join(written(watched_line(watched)) for watched in piece).decode()
        self._write(self._hider({}).text(text).encode())

    def _write(self, content: bytes) -> None:
        if self._descriptor is None:
            return
        if self._size + len(content) > self._room:
            self._end(f"it has reached {self._room / 1024**2:.0f} MiB")
            return
        try:
            _write_all(self._descriptor, content)
        except OSError as error:
            self._end(error.strerror or str(error))
        else:
            self._size += len(content)

    def _end(self, why: str) -> None:
        if self._descriptor is not None:
            try:
                # Without the half of a line that may be there.
                os.ftruncate(self._descriptor, self._size)
            except OSError:
                why += "; its last line is broken off"
        self._end_file()
        self.notice = f"The recording ended: {why}."


def _written_origins(url: str) -> list[str]:
    """The URL's origin as it is written there, and with and without the port that goes without saying."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = parts.netloc.removesuffix(f":{parts.port}")
    origins = [f"{parts.scheme}://{parts.netloc}"]
    return (
        [*origins, f"{parts.scheme}://{host}", f"{parts.scheme}://{host}:{usual}"]
        if parts.port in {None, usual}
        else origins
    )


def _made(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise UsageError(f"{path} is there already", hint="A recording overwrites nothing.") from None
        raise UsageError(f"{path} can't be made: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{str(path)!r} can't be the name of a file") from None


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
