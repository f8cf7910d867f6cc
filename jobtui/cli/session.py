"""From arguments to a working engine."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from jobtui.cli import output
from jobtui.cli.log_file import keep_log
from jobtui.core.clock import SystemClock
from jobtui.core.errors import UnknownSource
from jobtui.core.jobs import JobId
from jobtui.engine.engine import Engine
from jobtui.engine.retired import RetiredJobs
from jobtui.engine.store.first_rows import stored_sources
from jobtui.settings.load import Loaded, load
from jobtui.settings.paths import CONFIG_VARIABLE, STORE_NAME, config_path, data_dir, expanded
from jobtui.wiring import Wiring, wiring

_SOON_WRITTEN = 10_000
"""Watched jobs; more of them take so long that somebody who leaves wonders."""


def read_settings(options: Namespace) -> Loaded:
    """The settings as flags, environment and file give them. Raises `SettingsError`."""
    flags = {key: value for key in ("theme", "download_dir") if (value := getattr(options, key, None)) is not None}
    named = bool(options.config or os.environ.get(CONFIG_VARIABLE))
    return load(config_path(options.config, os.environ), os.environ, flags, required=named)


def wire(options: Namespace) -> Wiring:
    """What makes sources and engines. Raises `SettingsError`."""
    loaded = read_settings(options)
    made = wiring(loaded.settings, config_folder=loaded.file.parent, environ=os.environ)
    keep_log(data_dir(os.environ), made.redactor)
    return recorded(options, made)


def recorded(options: Namespace, made: Wiring) -> Wiring:
    """The wiring, with a recording of all that it does where `--record` asks for one. Raises `UsageError`."""
    if options.record is None or not made.settings.sources:
        return made
    made = made.recorded_to(expanded(options.record))
    options.recorder = made.recorder
    return made


def end_recording(options: Namespace) -> None:
    """Close the recording of this run, if there is one, and say where it is."""
    recorder = getattr(options, "recorder", None)
    if recorder is None:
        return
    if recorder.waiting > _SOON_WRITTEN:
        output.say(f"jobtui: The recording still gets {recorder.waiting} watched jobs, which takes a few seconds.")
    recorder.close()
    held = f"{recorder.exchanges} request{'' if recorder.exchanges == 1 else 's'}"
    output.say(f"jobtui: The recording {recorder.path} holds {held} with the answers. {recorder.notice}".rstrip())
    output.say("  Secrets are taken out as far as jobtui knows them. Look at it before you give it away.")


@asynccontextmanager
async def engine(
    options: Namespace, *, only: Collection[str] | None = None, polling: bool = False, waits: bool = False
) -> AsyncIterator[Engine]:
    """An engine at work on the configured sources and the user's store, whose faults are said.

    Args:
        options: Of the command line.
        only: Names of the wanted sources; `None` is all.
        polling: Whether it asks by itself.
        waits: Whether it also asks sources by itself that are configured to be asked by hand.

    Raises:
        SettingsError: The configuration can't be used.
        UnknownSource: A wanted source isn't configured.
    """
    made = wire(options).engine(data_dir(os.environ), only=only, polling=polling, waits=waits)
    said = ""
    try:
        async with made as running:
            said = _said(running, said)
            yield running
    finally:
        _said(made, said)


def _said(running: Engine, before: str) -> str:
    notice = running.snapshot.notice
    if notice and notice != before:
        output.say(f"jobtui: {notice}")
    return notice


def addresses(options: Namespace, texts: Collection[str], *, retired: Collection[str] = ()) -> list[JobId]:
    """The jobs that the user named, each once.

    Args:
        options: Of the command line.
        texts: Their addresses.
        retired: Sources that may be meant though they aren't configured.

    Raises:
        UsageError: A text is no address.
        UnknownSource: Its source isn't configured.
    """
    job_ids = list(dict.fromkeys(JobId.parse(text) for text in texts))
    known = tuple(read_settings(options).settings.sources)
    for job_id in job_ids:
        if job_id.source not in known and job_id.source not in retired:
            raise UnknownSource(job_id.source, known)
    return job_ids


def retired(options: Namespace) -> dict[str, int]:
    """How many jobs are kept of each source that the configuration doesn't have, or has no more."""
    return stored_sources(data_dir(os.environ) / STORE_NAME, read_settings(options).settings.sources)


def retired_jobs(sources: Collection[str]) -> RetiredJobs:
    """What the user's store holds of such sources."""
    return RetiredJobs(data_dir(os.environ) / STORE_NAME, sources, clock=SystemClock())
