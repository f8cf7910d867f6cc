"""One request and what came of it, as recordings hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Headers = tuple[tuple[str, str], ...]
"""Lower-case names with their values, in order."""

MAX_BODY_BYTES = 1024 * 1024
"""Bytes of a body that a recording keeps at most."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, with its answer or with what went wrong on the way."""

    method: str
    url: str
    """Absolute; a recording has `http://SOURCE.recorded` in place of the source's own host."""
    at_s: float
    """When it was sent: on the clock of whoever measured it, in a recording from the recording's beginning."""
    took_s: float
    """Seconds until the answer was read, or the fault was there."""
    request_headers: Headers = field(default=(), repr=False)
    request_body: bytes = field(default=b"", repr=False)
    status: int | None = None
    """`None` where no answer came."""
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    whole_bytes: int | None = None
    """Where `body` is only the beginning of what was read: how much that was."""
    fault: str = ""
    """What went wrong, in words of our own; with a status: while its body was read."""

    def header(self, name: str) -> str:
        """The answer's header of this lower-case name; empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")


Tap = Callable[[Exchange], None]
"""Is told of every exchange, with all that was sent and received; raises nothing."""
