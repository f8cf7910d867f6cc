"""What the engine tells its readers: everything it knows, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct, field

from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.providers.capabilities import Capabilities


class Health(StrEnum):
    """How a source does."""

    STARTING = "starting"
    """Nothing was heard of it yet."""
    OK = "ok"
    BUSY = "busy"
    """It asked to wait, or fails at times: the engine waits and tries again."""
    DOWN = "down"
    """Not reachable, several times in a row."""
    SIGNED_OUT = "signed-out"
    """The credential was refused: paused until the user signs in again."""
    BROKEN = "broken"
    """It can't work as configured, or has a fault: then it is tried again now and then."""


class SourceStatus(Struct, frozen=True):
    """One source, as the health line shows it."""

    name: str
    provider: str
    health: Health = Health.STARTING
    detail: str = ""
    """What is wrong and what can be done, in a few words; empty while all is well."""
    latency_ms: float | None = None
    """Median of the latest calls."""
    last_ok_at: datetime | None = None
    next_try_at: datetime | None = None
    """When it will be asked again while it isn't well."""
    requests: int = 0
    """Calls made since the start."""
    most_per_minute: int | None = None
    """Calls that it may be asked in a minute; `None` where there is no bound, or none is known yet."""
    total_jobs: int | None = None
    """How many jobs the service says it has, where it lists them; the snapshot may hold fewer."""
    read_only: bool = False
    tls_verified: bool = True
    """False where the configuration turns verification off."""
    capabilities: Capabilities = field(default_factory=Capabilities)


class NextLook(Struct, frozen=True):
    """When a job is asked for again by itself."""

    job_id: JobId
    at: datetime


class Snapshot(Struct, frozen=True):
    """Complete and immutable: a later one makes an earlier one void."""

    sequence: int = 0
    """Grows with every change."""
    at: datetime | None = None
    jobs: Mapping[JobId, Job] = field(default_factory=lambda: MappingProxyType({}))
    sources: tuple[SourceStatus, ...] = ()
    automatic: bool = True
    """Whether the engine polls by itself."""
    complete: bool = True
    """False while only the first rows have been read from the store."""
    notice: str = ""
    """A fault of the engine's own that a user must know, such as a store that can't be written."""
    oldest_look: datetime | None = None
    """When the job that waits longest for another look was last looked at; `None` where none waits."""
    next_look: NextLook | None = None
    """At the selected job; `None` where none is, or none is looked at by itself."""


class News(Struct, frozen=True):
    """What happened while nobody looked."""

    since: datetime
    """When somebody last looked; at several sources the earliest."""
    ended: tuple[Job, ...]
    """Jobs that were first seen to be over after that."""


class Change(Struct, frozen=True):
    """One line of a job's timeline."""

    at: datetime
    state: JobState
    native_state: str
    progress: float | None
    message: str


class Update(Struct, frozen=True):
    """The latest snapshot, and which jobs are other than at the last take."""

    snapshot: Snapshot
    changed: AbstractSet[JobId]
    removed: AbstractSet[JobId]
    ended: tuple[Job, ...] = ()
    """Jobs that became final since the last take, in order, each once."""
