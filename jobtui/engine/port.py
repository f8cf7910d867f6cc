"""The engine as its two faces, the app and the command line, see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    # Named in signatures only, and the first screen waits for nothing that it doesn't show.
    from datetime import datetime

    from jobtui.core.jobs import Job, JobId, JsonObject
    from jobtui.core.results import Artifact, Result
    from jobtui.engine.snapshot import Change, News, Snapshot, Update
    from jobtui.providers.base import CancelReply, SourceCheck, Target


class Subscription(Protocol):
    """One reader's place: keeps only the latest snapshot and the names of what changed, so no queue can grow."""

    async def wait(self) -> None:
        """Return once something is newer than the last `take`."""
        ...

    def take(self) -> Update:
        """The latest snapshot; what it changed is then forgotten."""
        ...

    def close(self) -> None:
        """Stop being told."""
        ...


class DownloadProgress(Struct, frozen=True):
    """How far one download is."""

    name: str
    done_bytes: int
    size_bytes: int | None
    bytes_per_s: float


class SavedFile(Struct, frozen=True):
    """A file that is whole and in its place."""

    artifact: Artifact
    path: Path
    size_bytes: int
    sha256: str
    """Hex digits of what was written."""


class SubmitRecord(Struct, frozen=True):
    """One submission of this user, as the store keeps it."""

    target: str
    payload: JsonObject
    job_id: JobId | None
    outcome: str
    """"sent", "made", "refused" or "unknown"."""
    sent_at: datetime | None = None
    """When; `None` where only the input was asked for."""
    cloned_from: JobId | None = None
    """The job whose input it began with; `None` where there was none, or only the input was asked for."""


class Kin(Struct, frozen=True):
    """The jobs that are the same work once more, as far as this user's submissions tell."""

    origin: JobId | None = None
    """The job that this one is a clone of."""
    clones: tuple[JobId, ...] = ()
    """Its own clones, the latest first."""


class EnginePort(Protocol):
    """Everything a face may ask. Calls raise the errors of `core/errors.py` and nothing else."""

    @property
    def snapshot(self) -> Snapshot:
        """The latest, at once."""
        ...

    def subscribe(self) -> Subscription:
        """A place for one reader, bound to the running event loop."""
        ...

    def set_focus(self, on_screen: frozenset[JobId], selected: JobId | None) -> None:
        """Say which jobs someone looks at: they are asked for sooner."""
        ...

    def set_automatic(self, automatic: bool) -> None:
        """Poll by itself, or only by hand."""
        ...

    async def look(self) -> News | None:
        """Say that somebody looks from now on, and learn what ended since somebody last did; `None` at the first look.

        Only sources that have answered count as looked at: what another one did meanwhile is told the next time.
        """
        ...

    async def claim_ends(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Take over what is to be done once for the end of a job; gives the jobs that no other program took before."""
        ...

    async def claim_saves(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Take over the saving of results; gives the jobs whose results nobody has saved and nobody else is saving.

        It is confirmed once every artifact of the job was downloaded, and given back where that fails or is cut.
        """
        ...

    async def unsaved(self, sources: Collection[str]) -> tuple[JobId, ...]:
        """The jobs of these sources that succeeded in the last days and whose results nobody has saved."""
        ...

    async def refresh(self, source: str | None = None) -> None:
        """Ask one source, or all, now; returns when the answers are in. A failing source is told by its status."""
        ...

    async def sign_in(self, source: str) -> SourceCheck:
        """Read the credential anew, sign in, and poll again."""
        ...

    async def fetch_job(self, job_id: JobId) -> Job:
        """Look at one job now, tracked or not."""
        ...

    async def raw_body(self, job_id: JobId) -> bytes:
        """The last body about the job, fetched if none is kept."""
        ...

    async def log(self, job_id: JobId) -> str:
        """What the job has written by the last answer about it; empty where that holds no log."""
        ...

    async def timeline(self, job_id: JobId) -> tuple[Change, ...]:
        """What was seen of the job, oldest first."""
        ...

    async def fetch_result(self, job_id: JobId, *, task: str | None = None, limit: int = 200) -> Result:
        """Read the job's result from its service."""
        ...

    async def download(
        self,
        job_id: JobId,
        artifact: Artifact,
        folder: Path,
        *,
        progress: Callable[[DownloadProgress], None] | None = None,
    ) -> SavedFile:
        """Put one artifact into a folder, whole or not at all."""
        ...

    async def submit(self, source: str, target: str, payload: JsonObject, *, cloned_from: JobId | None = None) -> Job:
        """Start a job, record it before it is sent, with the job that it is a clone of, and track it."""
        ...

    async def submissions(self, source: str) -> tuple[SubmitRecord, ...]:
        """This user's latest submissions at a source, newest first."""
        ...

    async def submission_of(self, job_id: JobId) -> SubmitRecord | None:
        """This user's submission that made a job; `None` where it was made elsewhere, or too long ago."""
        ...

    async def kin(self, job_id: JobId) -> Kin:
        """The job that this one is a clone of, and its own clones."""
        ...

    async def targets(self, source: str) -> tuple[Target, ...]:
        """What can be submitted there."""
        ...

    async def cancel(self, job_id: JobId) -> CancelReply:
        """Ask for one job to end, with one request."""
        ...

    async def track(self, source: str, native_ids: Sequence[str]) -> tuple[JobId, ...]:
        """Watch jobs that were made elsewhere."""
        ...

    async def forget(self, job_ids: Sequence[JobId]) -> None:
        """Stop watching; the job itself goes on."""
        ...

    def curl(self, job_id: JobId) -> str:
        """A curl line for the job, with a variable in place of the secret."""
        ...

    def link(self, job_id: JobId) -> str:
        """A URL of the job; empty where there is none."""
        ...
