"""What a finished job left behind."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from jobtui.core.jobs import JobError, JobId, JsonValue


class Rows(Struct, frozen=True):
    """A table of text, as a graph query gives it."""

    columns: tuple[str, ...]
    """Headings; made up by the provider where the service sends none."""
    rows: tuple[tuple[str, ...], ...]
    limit: int
    """How many rows were wanted."""
    more: bool
    """Whether the service holds at least one row beyond these."""


class Document(Struct, frozen=True):
    """One JSON value."""

    value: JsonValue


class Text(Struct, frozen=True):
    """Plain text or Markdown, as the media type of its artifact says."""

    text: str


class InlineFile(Struct, frozen=True):
    """A file that came inside the answer."""

    content: bytes


class RemoteFile(Struct, frozen=True):
    """A file that has to be fetched; the provider is asked for a fresh link each time."""

    url: str = ""
    """Where it lay when the result was read; empty where only an id is known."""
    file_id: str = ""
    """The service's id to ask for a link with; empty where there is none."""
    expires_at: datetime | None = None
    """When the link stops working, where the service tells or documents it."""


Content = Rows | Document | Text | InlineFile | RemoteFile


class Artifact(Struct, frozen=True, weakref=True):
    """One thing that a result holds and that can become a file."""

    name: str
    """A file name to suggest; from a service, so never used as a path unchecked."""
    media_type: str
    content: Content
    size_bytes: int | None = None
    """As the service tells it; `None` where it doesn't, or tells 0."""
    role: str = ""
    """What it is to the job: "video", "cover", "rows"; empty for the only one."""
    task_id: str = ""
    """The task whose result this is, where results belong to tasks."""


class Result(Struct, frozen=True):
    """All that a job gave, or the error it ended with."""

    job_id: JobId
    artifacts: tuple[Artifact, ...] = ()
    error: JobError | None = None
    warnings: tuple[str, ...] = ()
    """What the reader should know: rows cut off, no result in the answer."""
    raw: bytes = b""
    """The answer as it came, as far as it was kept."""
    refused: tuple[str, ...] = ()
    """Of the warnings those that tell of a part that the service refused to give: without it the result isn't whole."""

    @property
    def is_cut(self) -> bool:
        """Whether the service has more rows of a table than were asked for."""
        return any(isinstance(artifact.content, Rows) and artifact.content.more for artifact in self.artifacts)
