"""Every fault that jobtui expects, in one tree; what is not in it is a bug of ours.

::

    JobtuiError
    ├── UsageError              a command line, filter or address that can't be understood
    ├── SettingsError           a configuration file, variable or secret that can't be used
    ├── UnknownSource           an address names a source that isn't configured
    ├── StoreError              the local database can't be used
    ├── DownloadError           a file can't be written, or isn't what was promised
    ├── OutcomeUnknown          a submit was sent and its answer lost
    └── ProviderError           a service, or the way to it
        ├── ProviderBusy        later it may work: asked again by itself
        │   ├── Unreachable     no connection, no answer in time
        │   └── RateLimited     429, or a vendor's word for it
        ├── ProtocolError       an answer that the API doesn't promise
        └── ProviderRefused     an answer that repeating won't change
            ├── SignInRefused   the credential isn't accepted: the source pauses
            ├── JobNotFound     no such job
            ├── InvalidInput    the submitted input was turned down
            ├── NotOffered      the API has no such operation
            └── ReadOnlySource  the user's configuration forbids it
"""

from __future__ import annotations

from msgspec import Struct


class JobtuiError(Exception):
    """Base of all expected faults; its text is fit for a user and holds no secret."""

    hint: str = ""
    """What the user can do about it, in one sentence; empty where nothing is known."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint

    @property
    def in_full(self) -> str:
        """The text and the hint, as sentences of one line."""
        words = str(self)
        if not self.hint:
            return words
        end = "" if not words or words.endswith((".", "!", "?", "…")) else "."
        return f"{words}{end} {self.hint}".strip()


class UsageError(JobtuiError):
    """The user's words can't be understood; the text names which."""


class SettingsError(JobtuiError):
    """A setting can't be used; the text names the file and the key."""


class UnknownSource(JobtuiError):
    """No source of that name is configured."""

    def __init__(self, source: str, known: tuple[str, ...] = ()) -> None:
        names = ", ".join(known) or "none"
        super().__init__(f"no source is named {source!r}", hint=f"Configured sources: {names}.")
        self.source = source


class StoreError(JobtuiError):
    """The local database can't be opened, read or written."""


class DownloadError(JobtuiError):
    """A file can't be fetched whole or can't be put in its place."""


class OutcomeUnknown(JobtuiError):
    """A submit may or may not have made a job; it is never sent again by the program."""


class InvalidParameter(Struct, frozen=True):
    """One parameter that a service turned down."""

    name: str
    reason: str


class ProviderError(JobtuiError):
    """Something between the program and a service went wrong."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str = "",
        detail: str = "",
        http_status: int | None = None,
        request_id: str = "",
        invalid_parameters: tuple[InvalidParameter, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        """The service's own code, as text; empty where it gave none."""
        self.detail = detail
        """The service's own longer words."""
        self.http_status = http_status
        self.request_id = request_id
        """What the service's support asks for."""
        self.invalid_parameters = invalid_parameters


class ProviderBusy(ProviderError):
    """The same request may work later."""

    retry_after_s: float | None = None
    """Seconds that the service asked to wait, from now; `None` where it didn't say."""

    def after(self, seconds: float | None) -> ProviderBusy:
        """This error with the wait that the service asked for."""
        self.retry_after_s = seconds
        return self


class Unreachable(ProviderBusy):
    """No connection, or no answer within the time limit."""

    request_sent: bool = True
    """False where it is certain that the service never saw the request."""


class RateLimited(ProviderBusy):
    """The service wants fewer requests."""


class ProtocolError(ProviderError):
    """The answer isn't what the API promises; often a wrong `base_url`."""


class ProviderRefused(ProviderError):
    """The service understood, and said no."""


class SignInRefused(ProviderRefused):
    """The credential isn't accepted, or may not do this."""


class JobNotFound(ProviderRefused):
    """The service knows no job of that id."""


class InvalidInput(ProviderRefused):
    """The service turned the submitted input down; no job was made."""


class NotOffered(ProviderRefused):
    """The API has no such operation."""


class ReadOnlySource(ProviderRefused):
    """The source is marked `read_only` in the configuration."""
