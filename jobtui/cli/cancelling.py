"""`jobtui cancel`: ask the user, then each service once."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence

from jobtui.cli import exit_codes, output
from jobtui.cli.outcomes import Outcomes
from jobtui.cli.session import addresses, engine
from jobtui.cli.signals import run
from jobtui.cli.wording import named
from jobtui.core.errors import JobNotFound, JobtuiError, Unreachable, UsageError
from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from jobtui.engine.engine import Engine
from jobtui.engine.store.first_rows import first_rows
from jobtui.settings.paths import STORE_NAME, data_dir

_MOST_LOOKED_THROUGH = 1000
"""Jobs of the store, unfinished ones first, for what the question says of those that it names."""


def cancel(options: Namespace) -> int:
    """`jobtui cancel`."""
    job_ids = addresses(options, options.jobs)
    if not options.yes:
        if not output.can_ask():
            raise UsageError("cancel asks first, and there is no terminal to ask on", hint="--yes cancels unasked.")
        if not confirmed(job_ids):
            output.say("nothing was cancelled")
            return exit_codes.INTERRUPTED
    return run(_cancel(options, job_ids))


def confirmed(job_ids: Sequence[JobId]) -> bool:
    """Ask the user, with what is known of each job."""
    known = first_rows(data_dir(os.environ) / STORE_NAME, _MOST_LOOKED_THROUGH).jobs
    for job_id in job_ids:
        job = known.get(job_id)
        seen = f"  {job.name}  {job.state.value} when last seen" if job is not None and job.observed_at else ""
        output.say(f"  {job_id}{seen}")
    return output.ask("Cancel this job?" if len(job_ids) == 1 else f"Cancel these {len(job_ids)} jobs?")


async def _cancel(options: Namespace, job_ids: Sequence[JobId]) -> int:
    async with engine(options, only={job_id.source for job_id in job_ids}) as running:
        return await cancel_all(running, job_ids, as_json=options.json)


async def cancel_all(running: Engine, job_ids: Sequence[JobId], *, as_json: bool = False) -> int:
    """Ask for each job's end, print what came of it, and give the exit code."""
    code = exit_codes.DONE
    outcomes = Outcomes(as_json=as_json)
    try:
        for job_id in job_ids:
            # Told apart from being asked: that nobody hears of it changes nothing about what the service was asked.
            try:
                word, detail = await _cancel_one(running, job_id)
            except JobtuiError as error:
                outcomes.told(str(job_id), "failed", str(error))
                output.complain(*_refused(error, job_id))
                code = max(code, exit_codes.code_of(error))
                continue
            if word == "declined":
                outcomes.told(str(job_id), word, detail)
                output.say(f"jobtui: {job_id} was not cancelled: {detail}")
                code = max(code, exit_codes.SERVICE)
            elif word == "over":
                outcomes.done(str(job_id), word, detail, words=f"over already  {job_id}  {detail}")
            else:
                outcomes.done(str(job_id), word, detail, words=f"asked to cancel  {job_id}")
    finally:
        # Also where it was interrupted: some were asked by then.
        outcomes.close()
    return code


async def _cancel_one(running: Engine, job_id: JobId) -> tuple[str, str]:
    """What became of it, as `--json` calls it, and the details; that it is over already is as the user wanted it."""
    known = running.snapshot.jobs.get(job_id)
    if known is not None and known.state.is_final and known.state is not JobState.LOST:
        return "over", known.state.value
    reply = await running.cancel(job_id)
    if reply.accepted:
        return "asked", ""
    job = await running.fetch_job(job_id)
    return ("over", job.state.value) if job.state.is_final else ("declined", reply.reason or "the service declined")


def _refused(error: JobtuiError, job_id: JobId) -> tuple[JobtuiError, str]:
    """An error, and what it means for the job."""
    if isinstance(error, JobNotFound):
        return named(error, job_id), ""
    if isinstance(error, Unreachable) and error.request_sent:
        return error, f"{job_id} may have been cancelled or not"
    return error, f"{job_id} was not cancelled"
