"""What a job was started with, as far as anyone here knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jobtui.app.payload import input_in
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JsonObject
from jobtui.engine.port import EnginePort, SubmitRecord


class Submission(NamedTuple):
    """Where a job was sent to, and with what."""

    target: str
    """Empty where only the service is there to ask."""
    payload: JsonObject | None
    """`None` where nobody tells."""


async def known_submission(engine: EnginePort, job: Job, records: Sequence[SubmitRecord] | None = None) -> Submission:
    """The target and input of a job: from this user's submissions, else from what the service tells about it.

    Args:
        engine: Whom to ask.
        job: The job in question.
        records: This user's latest submissions at the job's source, where they are known already.
    """
    try:
        record = next((one for one in records or () if one.job_id == job.id), None)
        record = record or await engine.submission_of(job.id)
        if record is not None:
            return Submission(record.target, record.payload)
        return Submission("", input_in(await engine.raw_body(job.id)))
    except JobtuiError:
        return Submission("", None)
