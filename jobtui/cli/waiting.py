"""Verbs that stay: wait for the end of jobs, watch what changes."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Mapping, Sequence

from jobtui.app import display
from jobtui.cli import exit_codes, output
from jobtui.cli.session import addresses, engine, read_settings
from jobtui.cli.signals import run
from jobtui.cli.wording import about, print_error, state_words, trouble
from jobtui.core.clock import SystemClock
from jobtui.core.errors import JobNotFound, JobtuiError, ProviderBusy, ProviderError, SignInRefused
from jobtui.core.export import job_document
from jobtui.core.filters import Filter
from jobtui.core.jobs import Job, JobId, JsonValue
from jobtui.core.states import JobState
from jobtui.engine.engine import Engine
from jobtui.engine.snapshot import Health, Snapshot

_AS_ON_A_SCREEN = 40


def wait(options: Namespace) -> int:
    """`jobtui wait`."""
    return run(_wait(options, addresses(options, options.jobs)))


async def _wait(options: Namespace, job_ids: Sequence[JobId]) -> int:
    only = {job_id.source for job_id in job_ids}
    async with engine(options, only=only, polling=True, waits=True) as running:
        return await wait_for(running, job_ids, any_one=options.any, timeout_s=options.timeout, as_json=options.json)


async def wait_for(
    running: Engine,
    job_ids: Sequence[JobId],
    *,
    any_one: bool = False,
    timeout_s: float | None = None,
    as_json: bool = False,
    as_list: bool = True,
) -> int:
    """Wait with an engine that polls, print the jobs, and give the exit code.

    Args:
        running: Polls these jobs' sources.
        job_ids: Whom to wait for.
        any_one: Whether one of them is enough.
        timeout_s: Seconds until it is given up.
        as_json: Print JSON rather than lines.
        as_list: Whether that is an array, or the only job by itself.

    Raises:
        JobNotFound: At the very start there is no such job, or meanwhile it was forgotten.
        ProviderError: A source stopped for good, so that waiting has no end.
    """
    # Asked for themselves too, as what is on a screen: their list may lag.
    running.set_focus(frozenset(job_ids[:_AS_ON_A_SCREEN]), None)
    try:
        async with asyncio.timeout(timeout_s):
            await _watch_all(running, job_ids, any_one=any_one)
            await _until_over(running, job_ids, any_one=any_one)
    except TimeoutError:
        jobs = _print_jobs(running, job_ids, as_json=as_json, as_list=as_list)
        left = ", ".join(str(job.id) for job in jobs if not job.state.is_final)
        output.say(f"jobtui: not over after {timeout_s:g} s: {left}")
        return exit_codes.TIMED_OUT
    except (JobtuiError, asyncio.CancelledError):
        # Whoever waited learns how far it went: of a job just submitted this may be the only word.
        if any(job_id in running.snapshot.jobs for job_id in job_ids):
            _print_jobs(running, job_ids, as_json=as_json, as_list=as_list)
        raise
    jobs = _print_jobs(running, job_ids, as_json=as_json, as_list=as_list)
    succeeded = [job.state is JobState.SUCCEEDED for job in jobs if job.state.is_final]
    return exit_codes.DONE if (any(succeeded) if any_one else all(succeeded)) else exit_codes.NOT_SUCCEEDED


def _print_jobs(running: Engine, job_ids: Sequence[JobId], *, as_json: bool, as_list: bool) -> list[Job]:
    jobs = [job for job_id in job_ids if (job := running.snapshot.jobs.get(job_id)) is not None]
    if as_json:
        now = SystemClock().now()
        documents: list[JsonValue] = [job_document(job, now) for job in jobs]
        output.document(documents if as_list or not documents else documents[0])
    for job in jobs:
        if not as_json:
            output.line(f"{job.state.value}  {job.id}" + (f"  {job.name}" if job.name else ""))
        if job.state is JobState.FAILED:
            print_error(job.id, job.error)
    return jobs


async def _watch_all(running: Engine, job_ids: Sequence[JobId], *, any_one: bool) -> None:
    """See that each is there, and that the engine asks for it; a dead source ends no wait for another's job."""
    for job_id in job_ids:
        known = running.snapshot.jobs.get(job_id)
        if known is not None and known.state.is_final and known.state is not JobState.LOST:
            continue
        try:
            with about(job_id):
                await running.fetch_job(job_id)
        except JobNotFound:
            # One that was seen before is given up by the engine, once it was missing often enough.
            if known is None or known.state is JobState.LOST:
                raise
        except ProviderBusy as error:
            # That is what waiting is for: the engine goes on trying.
            output.complain(error)
            output.say("  Trying on.")
        except ProviderError as error:
            if not any_one or len(job_ids) == 1:
                raise
            output.complain(error)
        if known is None:
            await running.track(job_id.source, [job_id.native])


async def _until_over(running: Engine, job_ids: Sequence[JobId], *, any_one: bool) -> None:
    subscription = running.subscribe()
    seen: dict[JobId, JobState] = {}
    try:
        while True:
            snapshot = subscription.take().snapshot
            gone = [job_id for job_id in job_ids if job_id not in snapshot.jobs]
            if gone:
                raise JobNotFound(f"{gone[0]} isn't watched any more", hint="Another jobtui forgot it.")
            jobs = [snapshot.jobs[job_id] for job_id in job_ids]
            for job in jobs:
                if output.can_ask() and seen.get(job.id, job.state) is not job.state:
                    output.say(f"{job.id} is {job.state.value}")
                seen[job.id] = job.state
            over = [job for job in jobs if job.state.is_final]
            if len(over) == len(job_ids) or (any_one and over):
                return
            _give_up_on_stopped(snapshot, {job_id.source for job_id in job_ids}, any_one=any_one)
            await subscription.wait()
    finally:
        subscription.close()


def _give_up_on_stopped(snapshot: Snapshot, names: set[str], *, any_one: bool) -> None:
    stopped: list[ProviderError] = []
    for status in snapshot.sources:
        if status.name in names and status.health is Health.SIGNED_OUT:
            stopped.append(SignInRefused(f"{status.name}: {status.detail or 'the credential was refused'}"))
        elif status.name in names and status.health is Health.BROKEN:
            stopped.append(ProviderError(f"{status.name}: {status.detail or 'it can not work as configured'}"))
    if stopped and (not any_one or len(stopped) == len(names)):
        raise stopped[0]


def watch(options: Namespace) -> int:
    """`jobtui watch`."""
    json_columns = read_settings(options).settings.json_columns
    return run(_watch(options, Filter.parse(options.filter, json_columns), json_columns))


async def _watch(options: Namespace, wanted: Filter, json_columns: Mapping[str, str]) -> int:
    async with engine(options, only=options.source, polling=True) as running:
        subscription = running.subscribe()
        before: Mapping[JobId, Job] = subscription.take().snapshot.jobs
        health: dict[str, Health] = {}
        while True:
            await subscription.wait()
            update = subscription.take()
            now = SystemClock().now()
            for job_id in sorted(update.changed):
                job, old = update.snapshot.jobs.get(job_id), before.get(job_id)
                if job is None or (old is not None and _told(old) == _told(job)):
                    continue
                if wanted.matches(job, now) or (old is not None and wanted.matches(old, now)):
                    if options.json:
                        output.record(job_document(job, now, json_columns))
                    else:
                        _print_change(job)
            before = update.snapshot.jobs
            for status in update.snapshot.sources:
                if status.detail and health.get(status.name) is not status.health:
                    output.say(f"jobtui: {status.name}: {status.detail}")
                health[status.name] = status.health


def _told(job: Job) -> tuple[object, ...]:
    """What makes a line worth printing when it changes."""
    return (job.state, job.native_state, job.progress, job.message, job.name, [task.state for task in job.tasks])


def _print_change(job: Job) -> None:
    moment = (job.observed_at or SystemClock().now()).astimezone().strftime("%H:%M:%S")
    words = [moment, str(job.id), state_words(job), display.progress_cell(job), trouble(job) or job.message]
    output.line("  ".join(word for word in words if word))
    output.flush()
