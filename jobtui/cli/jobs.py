"""Verbs that look at jobs, and the ones that begin and end watching: list, show, track, forget."""

from __future__ import annotations

import asyncio
import json
import shlex
from argparse import Namespace
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from jobtui.app import display
from jobtui.cli import exit_codes, output
from jobtui.cli.outcomes import Outcomes
from jobtui.cli.session import addresses, engine, read_settings, retired, retired_jobs
from jobtui.cli.signals import run
from jobtui.cli.wording import about, named, newest_first, print_jobs, state_in_both_words, tell_no_source
from jobtui.core.clock import SystemClock
from jobtui.core.errors import (
    JobNotFound,
    JobtuiError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    SignInRefused,
    UsageError,
)
from jobtui.core.export import job_document
from jobtui.core.filters import Filter
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.times import to_rfc3339
from jobtui.engine.engine import Engine
from jobtui.engine.port import Kin
from jobtui.engine.snapshot import Change, Health, SourceStatus

_FAILING = frozenset({Health.BUSY, Health.DOWN, Health.SIGNED_OUT, Health.BROKEN})


def list_jobs(options: Namespace) -> int:
    """`jobtui list`."""
    json_columns = read_settings(options).settings.json_columns
    return run(_list(options, Filter.parse(options.filter, json_columns), json_columns))


async def _list(options: Namespace, wanted: Filter, json_columns: Mapping[str, str]) -> int:
    others = retired(options)
    old = [name for name in options.source or () if name in others]
    async with engine(options, only=options.source and [name for name in options.source if name not in old]) as running:
        if not options.cached:
            await running.refresh()
        snapshot = running.snapshot
    known = dict(snapshot.jobs)
    if old:
        async with retired_jobs(old) as kept:
            known |= kept.jobs
    now = SystemClock().now()
    jobs = newest_first(wanted.among(known.values(), now))
    if options.json:
        output.document([job_document(job, now, json_columns) for job in jobs])
    else:
        print_jobs(jobs, now)
        if known and not jobs:
            output.say(f"none of {len(known)} job{'' if len(known) == 1 else 's'} fits the filter")
        elif not known and snapshot.sources:
            output.say("no jobs")
        elif not known:
            tell_no_source()
    _tell_partial_lists(snapshot.sources, snapshot.jobs.values())
    for name in old:
        output.say(f"{name} is not configured: its jobs are as they were last seen")
    if options.source is None:
        for name, count in others.items():
            jobs_kept = f"{count} job{'' if count == 1 else 's'}"
            output.say(f"{name} is not configured: {jobs_kept} kept, see `jobtui list --source {shlex.quote(name)}`")
    return exit_codes.DONE if options.cached else _tell_failing(snapshot.sources)


def _tell_failing(sources: Iterable[SourceStatus]) -> int:
    code = exit_codes.DONE
    for status in sources:
        if status.health in _FAILING:
            output.say(f"jobtui: {status.name}: {status.detail or status.health.value}")
            code = exit_codes.SERVICE
    return code


def _tell_partial_lists(sources: Iterable[SourceStatus], jobs: Iterable[Job]) -> None:
    counts: dict[str, int] = {}
    for job in jobs:
        counts[job.id.source] = counts.get(job.id.source, 0) + 1
    for status in sources:
        known = counts.get(status.name, 0)
        if status.total_jobs is not None and status.total_jobs > known:
            output.say(f"{status.name}: {known} of {status.total_jobs} jobs known")


def show(options: Namespace) -> int:
    """`jobtui show`."""
    others = retired(options)
    (job_id,) = addresses(options, [options.job], retired=others)
    if job_id.source in others:
        return run(_show_kept(options, job_id))
    with about(job_id):
        return run(_show(options, job_id))


async def _show_kept(options: Namespace, job_id: JobId) -> int:
    """What is known of a job whose service can't be asked any more."""
    async with retired_jobs([job_id.source]) as kept:
        job = kept.jobs.get(job_id)
        if job is None:
            raise JobNotFound(f"{job_id} isn't watched, and {job_id.source} is not configured")
        timeline, body = await kept.timeline(job_id), await kept.raw_body(job_id)
        related = _related(await kept.kin(job_id), kept.jobs)
    output.say(f"jobtui: {job_id.source} is not configured: {job_id} is shown as it was last seen")
    if options.raw:
        print_raw(body, as_json=options.json)
    elif options.json:
        output.document(_document(options, job, timeline))
    else:
        _print_details(job, timeline, related)
    return exit_codes.USAGE


async def _show(options: Namespace, job_id: JobId) -> int:
    code = exit_codes.DONE
    async with engine(options, only=[job_id.source]) as running:
        try:
            job = await running.fetch_job(job_id)
        except ProviderBusy as error:
            known = running.snapshot.jobs.get(job_id)
            if known is None:
                raise
            output.complain(named(error, job_id))
            output.say("  What follows was seen earlier.")
            job, code = known, exit_codes.SERVICE
        if options.raw:
            print_raw(await running.raw_body(job_id), as_json=options.json)
            return code
        timeline = await running.timeline(job_id)
        related = _related(await running.kin(job_id), running.snapshot.jobs)
    if options.json:
        output.document(_document(options, job, timeline))
    else:
        _print_details(job, timeline, related)
    return code


def _document(options: Namespace, job: Job, timeline: Iterable[Change]) -> JsonObject:
    json_columns = read_settings(options).settings.json_columns
    document = job_document(job, SystemClock().now(), json_columns)
    return document | {"timeline": [_change(change) for change in timeline]}


def print_raw(body: bytes, *, as_json: bool) -> None:
    """A service's own answer: JSON as it came, anything else as text, or as a JSON text where JSON was asked for."""
    text = body.decode("utf-8", "replace")
    if _is_json(text):
        output.json_text(text)
    elif as_json:
        output.document(text)
    else:
        output.lines(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _related(kin: Kin, jobs: Mapping[JobId, Job]) -> list[tuple[str, str]]:
    """What is told of the job that this one is a clone of, and of its own clones; the contract's JSON has no place."""
    origin = [("run again from", kin.origin)] if kin.origin else []
    related = [*origin, *(("run again as", clone) for clone in kin.clones)]
    return [
        (label, f"{job_id} ({jobs[job_id].state.value if job_id in jobs else 'not watched'})")
        for label, job_id in related
    ]


def _print_details(job: Job, timeline: Iterable[Change], related: Iterable[tuple[str, str]]) -> None:
    now = SystemClock().now()
    facts = [
        ("address", str(job.id)),
        ("name", job.name),
        ("kind", job.kind),
        ("state", state_in_both_words(job)),
        ("progress", display.progress_cell(job)),
        ("eta", display.eta_words(job, now) if job.estimate and not job.state.is_final else ""),
        ("message", job.message),
        ("created", to_rfc3339(job.created_at) or ""),
        ("first seen", to_rfc3339(None if job.created_at else job.first_seen_at) or ""),
        ("started", to_rfc3339(job.started_at) or ""),
        ("finished", to_rfc3339(job.finished_at) or ""),
        ("seen", to_rfc3339(job.observed_at) or ""),
        *related,
    ]
    if job.error is not None:
        facts += [("error", job.error.title), ("code", job.error.code), ("detail", job.error.detail)]
        facts += [(f"  {name}", reason) for name, reason in job.error.invalid_parameters]
        facts += [("request id", job.error.request_id)]
    output.table((), [fact for fact in facts if fact[1]])
    if job.tasks:
        output.line("")
        output.table(
            ("TASK", "NAME", "STATE", "STARTED", "FINISHED"),
            [
                (
                    task.id,
                    task.name,
                    f"{task.state.glyph} {task.state.value}",
                    to_rfc3339(task.started_at) or "",
                    to_rfc3339(task.finished_at) or "",
                )
                for task in job.tasks
            ],
        )
    changes = [
        (to_rfc3339(change.at) or "", change.state.value, _percent(change.progress), change.message)
        for change in timeline
    ]
    if changes:
        output.line("")
        output.table(("SEEN", "STATE", "DONE", "MESSAGE"), changes)


def _percent(progress: float | None) -> str:
    return "" if progress is None else f"{int(progress * 100)} %"


def _change(change: Change) -> JsonObject:
    return {
        "at": to_rfc3339(change.at),
        "state": change.state.value,
        "native_state": change.native_state,
        "progress": change.progress,
        "message": change.message,
    }


def track(options: Namespace) -> int:
    """`jobtui track`."""
    return run(_track(options))


async def _track(options: Namespace) -> int:
    async with engine(options, only=[options.source]) as running:
        known = running.snapshot.jobs
        # What the screen copies is an address.
        ids = [one.removeprefix(f"{options.source}:") for one in options.ids]
        job_ids = await running.track(options.source, ids)
        outcomes = Outcomes(as_json=options.json)
        looks = (_look(running, job_id, outcomes, is_new=job_id not in known) for job_id in job_ids)
        codes = await asyncio.gather(*looks)
        outcomes.close()
    return max(codes)


async def _look(running: Engine, job_id: JobId, outcomes: Outcomes, *, is_new: bool) -> int:
    """See at once whether there is such a job: an id with a slip in it isn't watched, one that was watched stays so."""
    try:
        job = await running.fetch_job(job_id)
    except ProviderRefused as error:
        if isinstance(error, SignInRefused):
            return _watched_blindly(job_id, error, outcomes)
        if is_new:
            await running.forget([job_id])
        outcomes.told(str(job_id), "not_tracked" if is_new else "unseen", str(error))
        output.complain(named(error, job_id))
        return exit_codes.code_of(error)
    except ProviderError as error:
        return _watched_blindly(job_id, error, outcomes)
    outcomes.done(str(job.id), "tracked")
    return exit_codes.DONE


def _watched_blindly(job_id: JobId, error: ProviderError, outcomes: Outcomes) -> int:
    outcomes.done(str(job_id), "unseen", str(error))
    output.complain(error, about=f"{job_id} is watched, but was not seen")
    return exit_codes.code_of(error)


def forget(options: Namespace) -> int:
    """`jobtui forget`."""
    if not options.jobs and options.older_than is None:
        raise UsageError("which jobs?", hint="Name them, or say --older-than SPAN for those that ended so long ago.")
    others = retired(options)
    return run(_forget(options, addresses(options, options.jobs, retired=others), others))


def _ended_before(jobs: Iterable[Job], moment: datetime) -> list[JobId]:
    """The jobs that were over by then, as far as it is known when they ended or were last seen."""
    ended = ((job.id, job.finished_at or job.observed_at) for job in jobs if job.state.is_final)
    return sorted(job_id for job_id, at in ended if at is not None and at < moment)


async def _forget(options: Namespace, job_ids: list[JobId], others: Collection[str]) -> int:
    code = exit_codes.DONE
    outcomes = Outcomes(as_json=options.json)
    async with engine(options) as running, retired_jobs(others) as kept:
        known = {**running.snapshot.jobs, **kept.jobs}
        if options.older_than is not None:
            old = _ended_before(known.values(), SystemClock().now() - options.older_than)
            job_ids = list(dict.fromkeys([*job_ids, *old]))
        faults: dict[JobId, JobtuiError] = {
            job_id: JobNotFound(f"{job_id} isn't watched") for job_id in job_ids if job_id not in known
        }
        for jobs, forget_all in ((running.snapshot.jobs, running.forget), (kept.jobs, kept.forget)):
            watched = [job_id for job_id in job_ids if job_id in jobs]
            try:
                # At once: all of them are forgotten or none, with one write to the disk.
                await forget_all(watched)
            except JobtuiError as error:
                faults |= dict.fromkeys(watched, error)
    for job_id in job_ids:
        if job_id not in faults:
            outcomes.done(str(job_id), "forgotten")
            continue
        outcomes.told(str(job_id), "failed", str(faults[job_id]))
        code = max(code, exit_codes.code_of(faults[job_id]))
    for fault in dict.fromkeys(faults.values()):
        output.complain(fault)
    outcomes.close()
    return code
