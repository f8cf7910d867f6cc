"""`jobtui replay`: the answers of a recording on loopback, and the screen on them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from argparse import Namespace
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jobtui.cli import exit_codes, output
from jobtui.cli.log_file import keep_log
from jobtui.cli.screen import require_terminal, show
from jobtui.cli.session import read_settings
from jobtui.cli.signals import run
from jobtui.core.clock import SystemClock
from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.jobs import Job
from jobtui.core.redaction import Redactor
from jobtui.core.structs import replace
from jobtui.demo.replayed import PlaybackClock, ReplayedServices
from jobtui.demo.service_thread import ServiceThread
from jobtui.engine.engine import Engine
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store
from jobtui.recording.reading import Recording, read_recording
from jobtui.settings.load import parse
from jobtui.settings.outline import outline_of
from jobtui.settings.paths import DATA_VARIABLE, STORE_NAME, expanded
from jobtui.settings.recorded import as_toml, replayed
from jobtui.wiring import Wiring

_LOOK_S = 0.25
"""How often it is seen whether a further job came to be watched."""


def replay(options: Namespace) -> int:
    """Serve what a recording holds, and open the screen on it or print how to use it."""
    path = expanded(options.file)
    recording = read_recording(path)
    if recording.cut_line is not None:
        output.say(f"jobtui: {path}: line {recording.cut_line}, the last one, is cut; all before it is replayed.")
    if not options.serve:
        require_terminal(f"jobtui replay {options.file} --serve")
    with ExitStack() as stack:
        # Of its own, and gone with the replay: another one begins where the recording begins, too.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jobtui-replay-")))
        clock = PlaybackClock(recording.heading.started_at, options.speed, SystemClock())
        played = _Played(recording, clock, folder)
        thread = ServiceThread(played, "replay")
        try:
            thread.start()
        except OSError as error:
            raise UsageError(f"the replay can't listen: {error.strerror or error}") from error
        stack.callback(thread.stop)
        tables = _sources(recording, played.base_urls, folder, path)
        if options.serve:
            return _serve(tables, folder)
        return _open(options, recording, tables, clock, folder, played.base_urls.values())


class _Played:
    """The services, and the watched jobs: each comes into the store when it came to be watched."""

    def __init__(self, recording: Recording, clock: PlaybackClock, folder: Path) -> None:
        self._clock = clock
        self._services = ReplayedServices(recording.exchanges, _origins(recording), clock)
        self._sources = tuple(recording.heading.sources)
        self._watched = list(recording.watched)
        self._first_s = recording.exchanges[0].at_s if recording.exchanges else 0.0
        self._store = Store(folder / STORE_NAME, clock=clock)
        self._feeding: asyncio.Task[None] | None = None

    @property
    def base_urls(self) -> Mapping[str, str]:
        return self._services.base_urls

    async def start(self) -> None:
        await self._store.open(self._sources)
        await self._services.start()
        await self._feed(self._first_s)
        self._feeding = asyncio.create_task(self._feed_on())

    async def stop(self) -> None:
        if self._feeding is not None:
            self._feeding.cancel()
        await self._services.stop()
        await self._store.aclose()

    async def _feed_on(self) -> None:
        while self._watched:
            await asyncio.sleep(_LOOK_S)
            await self._feed(self._clock.passed_s)

    async def _feed(self, passed_s: float) -> None:
        due = [self._here(watched.job) for watched in self._watched if watched.at_s <= passed_s]
        if due:
            self._watched = self._watched[len(due) :]
            await self._store.write(Batch(jobs={job.id: job for job in due}, track={job.id for job in due}))

    def _here(self, job: Job) -> Job:
        return replace(job, handle={key: self._services.here(text) for key, text in job.handle.items()})


def _serve(tables: Mapping[str, Mapping[str, Any]], folder: Path) -> int:
    output.line("# The jobs that were watched are in a data folder of the replay's own:")
    output.line(f"#   export {DATA_VARIABLE}={folder}")
    output.lines(as_toml(tables))
    output.line("# ready")
    output.flush()
    run(_until_interrupted())
    return exit_codes.DONE


async def _until_interrupted() -> None:
    await asyncio.Event().wait()


def _open(
    options: Namespace,
    recording: Recording,
    tables: Mapping[str, Mapping[str, Any]],
    clock: PlaybackClock,
    folder: Path,
    base_urls: Collection[str],
) -> int:
    own = read_settings(options)
    settings = own.settings.model_copy(update={"sources": parse(as_toml(tables), "the recording").sources})

    over = "The recording is over." if recording.cut_line is None else "The recording is cut here."

    def notice() -> str:
        return over if clock.passed_s > recording.length_s else ""

    wired = Wiring(settings, folder, os.environ, clock, Redactor(), notice=notice, replayed_at=base_urls)
    keep_log(folder, wired.redactor)

    async def engine() -> Engine:
        clock.start()
        return wired.engine(folder)

    # What ended then is no news to whoever is told by a command.
    read = outline_of(own.file, {**own.merged, "sources": tables, "on_finish": ""})
    mouse, slow_line = not options.no_mouse, options.slow_line
    code, _ = show(read, folder, engine, mouse=mouse, slow_line=slow_line, label=lambda: "replay", clock=clock)
    return code


def _origins(recording: Recording) -> Sequence[str]:
    return [f"http://{part}{name}.recorded" for name in recording.heading.sources for part in ("", "sign-in.")]


def _sources(
    recording: Recording, base_urls: Mapping[str, str], folder: Path, path: Path
) -> dict[str, Mapping[str, Any]]:
    """The configuration's tables. Raises `UsageError` for what can't be one."""
    tables: dict[str, Mapping[str, Any]] = {}
    try:
        for name, about in recording.heading.sources.items():
            api_file, api_text = folder / f"{name}.toml", about.get("api_text")
            if isinstance(api_text, str) and api_text:
                api_file.write_text(api_text, encoding="utf-8", errors="replace")
            base_url, sign_in_url = (base_urls[f"http://{part}{name}.recorded"] for part in ("", "sign-in."))
            tables[name] = replayed(about, base_url, sign_in_url, str(api_file))
        parse(as_toml(tables), "sources")
    except SettingsError as error:
        raise UsageError(f"{path}: line 1: {error}") from None
    return tables
