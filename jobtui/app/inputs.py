"""What a job was started with, as far as anyone here knows."""

from __future__ import annotations

from collections.abc import Sequence

from jobtui.app.payload import input_in
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JsonObject
from jobtui.engine.port import EnginePort, SubmitRecord


async def known_submission(
    engine: EnginePort, job: Job, records: Sequence[SubmitRecord] | None = None
) -> tuple[str, JsonObject | None]:
    """The target and input of a job: from this user's submissions, else from what the service tells about it.

    Args:
        engine: Whom to ask.
        job: The job in question.
        records: This user's submissions at the job's source, where they are known already.

    Returns:
        The target, empty where only the service is there to ask; the input, `None` where nobody tells.
    """
    try:
        for record in await engine.submissions(job.id.source) if records is None else records:
            if record.job_id == job.id:
                return record.target, record.payload
        return "", input_in(await engine.raw_body(job.id))
    except JobtuiError:
        return "", None
