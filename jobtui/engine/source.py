"""A configured source, as the engine gets it from the wiring."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from msgspec import Struct

from jobtui.providers.base import Provider


class Pace(Struct, frozen=True):
    """How often the user wants a source to be asked."""

    interval_s: float | None = None
    """Seconds between two looks at a running job; 0 is only by hand, `None` leaves it to the provider."""
    max_per_minute: int | None = None
    """Requests in any 60 seconds, of whatever kind; `None` is no bound but politeness."""


class Source(Struct, frozen=True):
    """One service with one set of credentials, under the user's name for it."""

    name: str
    provider: Provider
    pace: Pace = Pace()
    read_only: bool = False
    """No submit and no cancel, whoever asks."""
    tls_verified: bool = True
    """False where the configuration turns verification off; only shown."""
    credential: str = ""
    """The key of its secret and where that is read from, never what it is; empty where there is none."""


@runtime_checkable
class CountsRequests(Protocol):
    """A provider that tells how many HTTP requests it made, so that a call of several is charged as several."""

    @property
    def requests_made(self) -> int:
        """Requests since the start, sign-ins and further pages included."""
        ...
