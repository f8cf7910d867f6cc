"""What the engine keeps about a job only while it has to be looked at."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from msgspec import Struct, field

from jobtui.core.jobs import JobId
from jobtui.engine.estimate import WINDOW, Step
from jobtui.engine.reconcile import Doubt
from jobtui.engine.snapshot import Change

NEVER = float("inf")
"""A due time that doesn't come by itself."""


class Watch(Struct):
    """One job's place in its source's schedule. Times are monotonic seconds."""

    job_id: JobId
    first_seen: float
    due: float
    """When its next look should be."""
    delay_s: float = 1.0
    """Between the last look and `due`."""
    looked: float | None = None
    """When the last look's answer was in."""
    asked: float = 0.0
    """When this program last asked for the job itself, or first saw it."""
    failures: int = 0
    """Looks that failed in a row."""
    in_flight: bool = False
    doubt: Doubt | None = None
    wants_details: bool = False
    """A look of its own is wanted though a list told its state."""
    lost_at: float | None = None
    """When it was lost, or seen to be at the start: it may come back, so it is watched for a while after that."""
    listed_in: int = -1
    """The number of the last pass over the list that had it."""
    cancelling_since: datetime | None = None
    """When it was first seen to be cancelling."""
    last_line: Change | None = None
    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def __post_init__(self) -> None:
        self.asked = self.first_seen
