"""Writing a recording: one line for each exchange, as soon as it is over, without secrets."""

from __future__ import annotations

import errno
import os
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
        self._room = max_bytes
        self._size = 0
        self._descriptor: int | None = _made(path)
        self._write(heading_line(Heading(__version__, clock.now(), sources)))
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

    def watch(self, jobs: Iterable[Job]) -> None:
        """Note jobs that are watched, each once."""
        hider = self._hider({})
        for job in jobs:
            if job.id not in self._known:
                self._known.add(job.id)
                self._write(watched_line(Watched(self._passed_s(), job)), hider)

    def close(self) -> None:
        """End the recording."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _record(self, own: Mapping[str, str], exchange: Exchange) -> None:
        if self._descriptor is None:
            return
        hidden = self._hider(own).exchange(replace(exchange, at_s=max(0.0, exchange.at_s - self._began_s)))
        self._write(exchange_line(hidden))
        self.exchanges += not self.notice

    def _hider(self, own: Mapping[str, str]) -> Hider:
        origins = Origins({**self._origins, **own}, self._hosts)
        return Hider(self._redactor, self._cookies, self._stand_in, origins)

    def _passed_s(self) -> float:
        return self._clock.monotonic() - self._began_s

    def _write(self, line: JsonObject, hider: Hider | None = None) -> None:
        if self._descriptor is None:
            return
        content = written(line)
        if hider is not None:
            content = hider.text(content.decode()).encode()
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
        self.close()
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
