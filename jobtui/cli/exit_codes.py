"""What a script can tell from the exit code."""

from __future__ import annotations

from jobtui.core.errors import (
    JobNotFound,
    JobtuiError,
    ReadOnlySource,
    SettingsError,
    StoreError,
    UnknownSource,
    UsageError,
)

DONE = 0
NOT_SUCCEEDED = 1
"""A job that was waited for did not succeed."""
USAGE = 2
"""Usage or configuration."""
SERVICE = 3
"""A service or the network refused or failed."""
NO_SUCH_JOB = 4
TIMED_OUT = 124
INTERRUPTED = 130


class Terminated(BaseException):
    """A signal other than the keyboard's asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number
        """The exit code that says so."""


def code_of(error: JobtuiError) -> int:
    """The exit code that says this error."""
    match error:
        case JobNotFound():
            return NO_SUCH_JOB
        case ReadOnlySource() | UsageError() | SettingsError() | UnknownSource() | StoreError():
            return USAGE
        case _:
            return SERVICE
