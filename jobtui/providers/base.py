"""What the engine asks of a provider, and what it gets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from msgspec import Struct

from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, Result
from jobtui.providers.capabilities import Capabilities

ReadSecret = Callable[[bool], Awaitable[str]]
"""Gives a secret's text when it is needed; `True` asks for it to be read anew, after a refusal.

Raises `SettingsError` where it can't be read.
"""


class Observation(Struct, frozen=True):
    """One look at one job."""

    job: Job
    raw: bytes | None = None
    """The body it was read from; `None` from a list, whose items are looked at one by one on demand."""
    entry: JsonValue = None
    """From a list: what it tells of the job, put as a body about this job alone would be."""


class JobPage(Struct, frozen=True):
    """One page of a source's list, newest jobs first."""

    observations: tuple[Observation, ...]
    total: int
    """How many jobs the service has in all."""
    next_page: int | None
    """The number to ask for next; `None` after the last."""


class SourceCheck(Struct, frozen=True):
    """What one harmless call told about a source."""

    detail: str = ""
    """A few words for `jobtui sources`, such as the signed-in organisation."""


class CancelReply(Struct, frozen=True):
    """What the service said to a cancel."""

    accepted: bool
    """False where the job was over already, or the service declined."""
    reason: str = ""


class TargetParameter(Struct, frozen=True):
    """One field of a submit form."""

    name: str
    """Key in the payload; dots lead into nested objects."""
    type: str = "string"
    """JSON Schema's word: string, integer, number, boolean, object, array."""
    required: bool = False
    description: str = ""
    default: str = ""
    """As the user would type it; JSON for objects and arrays."""
    choices: tuple[str, ...] = ()
    open_choices: bool = False
    """Whether the choices are only the known ones, and the service may take others."""
    within: str = ""
    """Dotted name of an object that may be left out, and needs this one if it is given; empty where there is none."""
    one_of: tuple[str, ...] = ()
    """Names of parameters, this one among them, of which one is needed; empty where it stands alone."""

    def excludes(self, text: str) -> bool:
        """Whether this value, as the user would type it, is none of the choices where there are no others."""
        return bool(self.choices) and not self.open_choices and text not in self.choices


class Target(Struct, frozen=True):
    """Something that can be submitted at a source."""

    name: str
    """What the user gives as TARGET."""
    label: str = ""
    description: str = ""
    parameters: tuple[TargetParameter, ...] = ()


class Download(Struct, frozen=True):
    """An open answer whose body is a file."""

    chunks: AsyncIterator[bytes]
    size_bytes: int | None
    """Of the whole file; `None` where the server doesn't say."""
    offset_bytes: int
    """Where the first chunk belongs; 0 when the server didn't resume."""
    validator: str
    """Strong ETag or Last-Modified to resume with; empty where there is none."""
    media_type: str
    file_name: str
    """From Content-Disposition; data, not a path. Empty where there is none."""


class Provider(Protocol):
    """One configured source's API. Keeps a connection, never jobs: those are the store's.

    Every call may raise `ProviderBusy` (later it may work), `ProviderRefused` and its kinds (never retried by the
    engine), `ProtocolError`, or `SettingsError` when a secret can't be read.
    """

    name: str
    """Lower-case key in the settings, such as "evo"."""
    source: str
    """The configured source's name, first part of every job's address."""
    capabilities: Capabilities

    async def check(self) -> SourceCheck:
        """Sign in and make one harmless call."""
        ...

    async def list_jobs(self, page: int = 1) -> JobPage:
        """One page of the list. Raises `NotOffered` where `capabilities.lists` is false."""
        ...

    async def fetch_job(self, job_id: JobId, known: Job | None = None) -> Observation:
        """Look at one job. Raises `JobNotFound`.

        Args:
            job_id: Whom to ask for.
            known: The last observation, for what the answer itself leaves out (start time, handle).
        """
        ...

    async def submit(self, target: str, payload: JsonObject) -> Observation:
        """Start a job, once: never repeated here.

        Raises:
            InvalidInput: Turned down; no job was made.
            OutcomeUnknown: Sent, but whether a job was made is not known.
            UsageError: The target isn't one for this API.
        """
        ...

    async def cancel(self, job_id: JobId, known: Job | None = None) -> CancelReply:
        """Ask for the job to end. Raises `NotOffered`, `JobNotFound`."""
        ...

    async def fetch_result(
        self, job_id: JobId, known: Job | None = None, *, task: str | None = None, limit: int = 200
    ) -> Result:
        """Read what the job left. Raises `JobNotFound`.

        Args:
            job_id: Whose result.
            known: The last observation.
            task: Only this task's part, by id or name; `None` is all.
            limit: Rows at most, per table.
        """
        ...

    def open_download(
        self, job_id: JobId, artifact: Artifact, *, known: Job | None = None, offset_bytes: int = 0, validator: str = ""
    ) -> AbstractAsyncContextManager[Download]:
        """Open an artifact that is a `RemoteFile`, through a fresh link, without credentials off the origin."""
        ...

    async def targets(self) -> tuple[Target, ...]:
        """What can be submitted, as far as the API or its documentation tells; empty where nothing is known."""
        ...

    def curl(self, job_id: JobId, known: Job | None = None) -> str:
        """A curl line that asks for the job, with a variable's name in place of the secret."""
        ...

    def link(self, job_id: JobId, known: Job | None = None) -> str:
        """A URL to open or hand on for this job; empty where there is none."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class TellsLog(Protocol):
    """What a provider has besides, whose `capabilities.logs` holds."""

    def log_in(self, body: bytes, job_id: JobId, known: Job | None = None) -> str:
        """What the job has written, in the body of an answer about it; empty where there is no log.

        Args:
            body: As `Observation.raw` had it.
            job_id: Whom it is about.
            known: The last observation.
        """
        ...
