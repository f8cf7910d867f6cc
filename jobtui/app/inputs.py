"""What a job was started with, as far as anyone here knows, and what was about to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from jobtui.app.abridgement import Abridgement
from jobtui.app.payload import input_in
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.engine.port import EnginePort, SubmitRecord


class Submission(NamedTuple):
    """Where a job was sent to, and with what."""

    target: str
    """Empty where only the service is there to ask."""
    payload: JsonObject | None
    """`None` where nobody tells."""
    trouble: str = ""
    """Why nobody could be asked; empty where they were."""


class Draft(Struct, frozen=True):
    """A form that was left without being sent."""

    source: str
    target: str
    text: str
    """The input as it stood there, JSON or not yet."""
    abridged: Abridgement
    """What stands for its long parts."""
    waiting: Mapping[str, str] = field(default_factory=dict)
    """What was typed into fields meanwhile, by parameter, where the text is no JSON."""
    cloned_from: JobId | None = None
    """The job whose input it began with."""

    def is_like(self, other: Draft) -> bool:
        """Whether they hold the same."""
        mine, others = ((one.source, one.target, one.text, dict(one.waiting)) for one in (self, other))
        return mine == others


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
    except JobtuiError as error:
        return Submission("", None, str(error))
