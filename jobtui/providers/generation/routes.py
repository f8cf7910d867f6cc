"""Which path a task is submitted to and asked for at.

Source:
    The gateway's reference pages: submits under `/task/` for most vendors, Kling's and OpenAI's own paths beside it.
"""

from __future__ import annotations

from msgspec import Struct

from jobtui.core.errors import UsageError
from jobtui.core.jobs import checked_native_id

FILE_RETRIEVE = ("task", "minimax", "v1", "files", "retrieve")
"""Where a `file_id` becomes a link."""

OPENAI_VIDEOS = "v1/videos"
"""OpenAI's path, for submits and, with the id behind it, for queries."""

_KLING_VIDEOS = "kling/v1/videos"
_UNDER_TASK = frozenset({"minimax", "jimeng", "vidu", "volces"})


class Route(Struct, frozen=True):
    """Where one task is asked for."""

    task_id: str
    """The vendor's id."""
    prefix: str = ""
    """The vendor's own query path, such as "kling/v1/videos/text2video"; empty for the gateway's common one."""

    @classmethod
    def of(cls, native: str) -> Route:
        """Take a job's native id apart: an id with slashes is a path only below a vendor's known one.

        Raises:
            UsageError: No id can look like this.
        """
        checked_native_id(native)
        parts = native.split("/", 4)
        if native.startswith(f"{_KLING_VIDEOS}/") and len(parts) == 5 and all(parts):
            return cls(task_id=parts[4], prefix="/".join(parts[:4]))
        if native.startswith(f"{OPENAI_VIDEOS}/") and (task_id := native.removeprefix(f"{OPENAI_VIDEOS}/")):
            return cls(task_id=task_id, prefix=OPENAI_VIDEOS)
        return cls(task_id=native)

    @classmethod
    def of_submitted(cls, target: str, task_id: str) -> Route:
        """Where a task is asked for that this target gave this id.

        Raises:
            UsageError: The id is none that can be asked for.
        """
        target = target.strip("/")
        own_path = target == OPENAI_VIDEOS or (target.startswith(f"{_KLING_VIDEOS}/") and target.count("/") == 3)
        return cls.of(f"{target}/{task_id}" if own_path else task_id)

    @property
    def native(self) -> str:
        """The job's id, as an address holds it."""
        return f"{self.prefix}/{self.task_id}" if self.prefix else self.task_id

    @property
    def segments(self) -> tuple[str, ...]:
        """The path of the query; the id is one segment whatever it holds."""
        return (*self.prefix.split("/"), self.task_id) if self.prefix else ("task", self.task_id)

    @property
    def content_segments(self) -> tuple[str, ...]:
        """The path of the file itself, where the vendor has one; empty for all others."""
        return (*self.segments, "content") if self.prefix == OPENAI_VIDEOS else ()


def submit_segments(target: str) -> tuple[str, ...]:
    """The path of a submit: the vendors that the gateway keeps under `/task/` may be named without it.

    Raises:
        UsageError: The target can't be a path.
    """
    parts = tuple(target.strip("/").split("/"))
    if not all(parts) or any(mark in target for mark in "?#"):
        raise UsageError(
            f"{target!r} is not a vendor path", hint="A target is a path such as minimax/v1/video_generation."
        )
    checked_native_id(target)
    return ("task", *parts) if parts[0] in _UNDER_TASK else parts
