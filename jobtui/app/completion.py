"""What the terms of a filter can be completed with, from the jobs that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from jobtui.core.jobs import Job
from jobtui.core.text import one_line
from jobtui.engine.snapshot import Snapshot

_MOST_JOBS = 2_000
"""That are looked at: the key is answered at once however many there are."""
_MOST_VALUES = 100
_LONGEST = 80

_TOLD: Mapping[str, Callable[[Job], str]] = {
    "provider": lambda job: job.provider,
    "kind": lambda job: job.kind,
    "name": lambda job: job.name,
    "native": lambda job: job.native_state,
    "error": lambda job: (job.error.code or job.error.title) if job.error else "",
}


def known_values(snapshot: Snapshot) -> dict[str, Sequence[str]]:
    """The values of each field that are worth offering."""
    jobs = list(islice(snapshot.jobs.values(), _MOST_JOBS))
    values: dict[str, Sequence[str]] = {"source": [status.name for status in snapshot.sources]}
    for field, told in _TOLD.items():
        values[field] = _distinct(told(job) for job in jobs)
    return values


def _distinct(told: Iterable[str]) -> list[str]:
    # What reads differently from what it is, or would have to be escaped, can't be typed either.
    fit = (text for text in told if text and len(text) <= _LONGEST and text == one_line(text) and '"' not in text)
    return list(islice(dict.fromkeys(fit), _MOST_VALUES))
