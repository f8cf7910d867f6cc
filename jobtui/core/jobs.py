"""A job as the program knows it, whichever service runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct, field

from jobtui.core.errors import UsageError
from jobtui.core.states import JobState

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
"""What a JSON document can hold."""

JsonObject = dict[str, JsonValue]
"""A JSON document whose root is an object."""

MAX_NATIVE_ID = 1024
"""Characters of the longest id that is taken from a service or a user."""

# One search, since each id of each answer is held against it.
_NO_ID = re.compile(r"[\x00-\x1f\x7f-\x9f]|(?P<surrogate>[\ud800-\udfff])")

_NO_HANDLE: Mapping[str, str] = MappingProxyType({})


class JobId(Struct, frozen=True, order=True, gc=False):
    """Which job of which source; as text it is the job's address, `SOURCE:ID`."""

    source: str
    """Name of the configured source."""
    native: str
    """What the API needs to be asked for the job again; text, however numeric it looks."""

    def __str__(self) -> str:
        return f"{self.source}:{self.native}"

    @classmethod
    def parse(cls, address: str) -> JobId:
        """Read an address as a user types it.

        Raises:
            UsageError: There is no source, no id, or the id can't be one.
        """
        source, colon, native = address.partition(":")
        if not (source and colon and native):
            raise UsageError(
                f"{address!r} is not a job's address", hint="An address is SOURCE:ID, for example graph:1964."
            )
        return cls(source, checked_native_id(native))


def checked_native_id(native: str) -> str:
    """The id itself, if a URL can be built from it without meaning something else.

    Raises:
        UsageError: The id is empty, too long, has control characters, or a segment of it is `.` or `..`.
    """
    if not native or len(native) > MAX_NATIVE_ID:
        raise UsageError(f"a job id of {len(native)} characters can't be used (1 to {MAX_NATIVE_ID})")
    if found := _NO_ID.search(native):
        what = "a lone surrogate" if found["surrogate"] else "control characters"
        raise UsageError(f"the job id {native!r} holds {what}")
    if any(segment in {".", ".."} for segment in native.split("/")):
        raise UsageError(f"the job id {native!r} would change the path it is put into")
    return native


class JobError(Struct, frozen=True):
    """Why a job failed, in the service's words."""

    code: str = ""
    title: str = ""
    detail: str = ""
    invalid_parameters: tuple[tuple[str, str], ...] = ()
    """Pairs of parameter name and reason, where the service names them."""
    request_id: str = ""


class Task(Struct, frozen=True):
    """One step inside a job."""

    id: str
    name: str
    state: JobState
    native_state: str
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def choice(self) -> str:
        """How it can be chosen, for lists of choices: by its name, or by its id where that is another."""
        return self.name if self.name == self.id else f"{self.name} ({self.id})"


class EstimateBasis(StrEnum):
    """What an estimate rests on."""

    PROGRESS = "progress"
    """The job's own progress so far."""
    HISTORY = "history"
    """The median of this user's finished jobs of the same source and kind."""


class Estimate(Struct, frozen=True):
    """When a job will probably be done."""

    finishes_at: datetime
    """May lie in the past: then the job takes longer than usual."""
    basis: EstimateBasis
    samples: int = 0
    """How many finished jobs it is the median of; 0 where it rests on something else."""


class Job(Struct, frozen=True, gc=False):
    """One observation of one job: immutable, replaced whole by the next one.

    Nothing in it leads back to it, so the collector of cycles needn't look at 100,000 of them.
    """

    id: JobId
    provider: str
    """Key of the provider that made it, such as "evo"."""
    state: JobState
    native_state: str = ""
    """The service's own word, always kept."""
    name: str = ""
    kind: str = ""
    """What the job is a run of (workflow, topic/task, model): jobs of one kind take comparable time."""
    progress: float | None = None
    """Fraction done, 0.0 to 1.0; `None` where the service tells none."""
    message: str = ""
    error: JobError | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    observed_at: datetime | None = None
    """When this was seen; `None` for a job that was never asked for."""
    tasks: tuple[Task, ...] = ()
    can_cancel: bool = False
    estimate: Estimate | None = None
    """Filled in by the engine; `None` where nothing is known to estimate from."""
    stalled_since: datetime | None = None
    """Filled in by the engine: since when nothing has moved, once that is several times what a step usually takes."""
    stale: bool = False
    """The last attempt to look failed, so the truth may have moved on."""
    misses: int = 0
    """How many times in a row the service said that there is no such job."""
    handle: Mapping[str, str] = field(default_factory=lambda: _NO_HANDLE)
    """Values that the provider needs for later calls about this job (a file id, a captured URL); kept in the store."""
    first_seen_at: datetime | None = None
    """Filled in by the engine where the service tells no beginning: since when the job is known here at least."""

    @property
    def title(self) -> str:
        """The name, or the id where the service gives no name."""
        return self.name or self.id.native

    @property
    def began_at(self) -> datetime | None:
        """When the job was made, or else the earliest moment at which it is known to have been there."""
        if self.created_at is not None:
            return self.created_at
        known = (self.started_at, self.first_seen_at, self.finished_at)
        return min((moment for moment in known if moment is not None), default=None)
