"""The states a job or task can be in, whatever the service calls them."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """One word for every service's idea of where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """The service used a word that no map knows: asked again, never final, never taken for queued."""
    LOST = "lost"
    """The service said three times in a row that there is no such job."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more is expected of the job."""
        return self in _FINAL

    @property
    def glyph(self) -> str:
        """One cell that tells the states apart without colour."""
        return _GLYPHS[self]


_FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.LOST})

_GLYPHS = {
    JobState.QUEUED: "⋯",
    JobState.RUNNING: "▶",
    JobState.CANCELLING: "◌",
    JobState.SUCCEEDED: "✓",
    JobState.FAILED: "✗",
    JobState.CANCELLED: "⊘",
    JobState.UNKNOWN: "?",
    JobState.LOST: "∅",
}
