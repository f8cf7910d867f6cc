"""`jobtui cancel`: ask the user, then each service once."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from jobtui.cli import exit_codes, output
from jobtui.cli.outcomes import Outcomes
from jobtui.cli.session import addresses, engine
from jobtui.cli.signals import run
from jobtui.cli.wording import named
from jobtui.core.errors import JobNotFound, JobtuiError, UsageError
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.engine import Engine


def cancel(options: Namespace) -> int:
    """`jobtui cancel`."""
    job_ids = addresses(options, options.jobs)
    if not options.yes:
        if not output.can_ask():
            raise UsageError("cancel asks first, and there is no terminal to ask on", hint="--yes cancels unasked.")
        if not _confirmed(job_ids):
            output.say("nothing was cancelled")
            return exit_codes.INTERRUPTED
    return run(_cancel(options, job_ids))


def _confirmed(job_ids: Sequence[JobId]) -> bool:
    for job_id in job_ids:
        output.say(f"  {job_id}")
    return output.ask("Cancel this job?" if len(job_ids) == 1 else f"Cancel these {len(job_ids)} jobs?")


async def _cancel(options: Namespace, job_ids: Sequence[JobId]) -> int:
    code = exit_codes.DONE
    outcomes = Outcomes(as_json=options.json)
    async with engine(options, only={job_id.source for job_id in job_ids}) as running:
        for job_id in job_ids:
            try:
                code = max(code, await _cancel_one(running, job_id, outcomes))
            except JobtuiError as error:
                outcomes.told(str(job_id), "failed", str(error))
                if isinstance(error, JobNotFound):
                    output.complain(named(error, job_id))
                else:
                    output.complain(error, about=_left(job_id))
                code = max(code, exit_codes.code_of(error))
    outcomes.close()
    return code


async def _cancel_one(running: Engine, job_id: JobId, outcomes: Outcomes) -> int:
    known = running.snapshot.jobs.get(job_id)
    if known is not None and known.state.is_final and known.state is not JobState.LOST:
        return _over_already(known, outcomes)
    reply = await running.cancel(job_id)
    if reply.accepted:
        outcomes.done(str(job_id), "asked", words=f"asked to cancel  {job_id}")
        return exit_codes.DONE
    job = await running.fetch_job(job_id)
    if job.state.is_final:
        return _over_already(job, outcomes)
    reason = reply.reason or "the service declined"
    outcomes.told(str(job_id), "declined", reason)
    output.say(f"jobtui: {_left(job_id)}: {reason}")
    return exit_codes.SERVICE


def _left(job_id: JobId) -> str:
    return f"{job_id} was not cancelled"


def _over_already(job: Job, outcomes: Outcomes) -> int:
    """The user wanted it to be over, and it is."""
    outcomes.done(str(job.id), "over", job.state.value, words=f"over already  {job.id}  {job.state.value}")
    return exit_codes.DONE
