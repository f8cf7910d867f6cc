"""What a list says of a job's state against what the job's own looks say: these are the truth, and the list may lag."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from jobtui.core.jobs import JobId
from jobtui.core.states import JobState

_AGAIN_S = 600.0
"""After that a list that was overruled has its job looked at once more."""


class Verdict(Enum):
    """What to do with a list's word."""

    BELIEVED = auto()
    DOUBTED = auto()
    """What is known holds until the job's own look."""
    OVERRULED = auto()
    """What is known holds: the job's own looks contradicted the same word before."""


class _Words(Struct):
    own: JobState
    """By the latest look."""
    listed: JobState | None = None
    """What the list said since then, where that was something else."""
    overruled_at: float | None = None
    """When a look said its own word once more after that, in monotonic seconds."""


class Hearsay:
    """Remembers what was said of the jobs that were looked at."""

    def __init__(self) -> None:
        self._words: dict[JobId, _Words] = {}

    def looked(self, job_id: JobId, state: JobState, now: float) -> None:
        """Take a look's answer."""
        words = self._words.get(job_id)
        if words is None:
            self._words[job_id] = _Words(state)
        elif state is not words.own:
            words.own, words.listed, words.overruled_at = state, None, None
        elif words.listed is not None:
            words.overruled_at = now

    def listed(self, job_id: JobId, state: JobState, now: float) -> Verdict:
        """Take a list's word.

        That a job is over, or isn't any more, is only believed by a list that says so twice without a look that
        answered meanwhile; between other states it makes no difference who was right.
        """
        words = self._words.get(job_id)
        if words is None:
            return Verdict.BELIEVED
        if state is words.own:
            words.listed, words.overruled_at = None, None
            return Verdict.BELIEVED
        if state is not words.listed:
            words.listed, words.overruled_at = state, None
            return Verdict.DOUBTED if state.is_final or words.own.is_final else Verdict.BELIEVED
        if words.overruled_at is None:
            del self._words[job_id]
            return Verdict.BELIEVED
        if now - words.overruled_at < _AGAIN_S:
            return Verdict.OVERRULED
        words.overruled_at = now
        return Verdict.DOUBTED

    def is_overruled(self, job_id: JobId) -> bool:
        """Whether the job's own looks contradict its list, so that it has to be looked at by itself."""
        words = self._words.get(job_id)
        return words is not None and words.overruled_at is not None

    def forget(self, job_id: JobId) -> None:
        """The job is gone."""
        self._words.pop(job_id, None)
