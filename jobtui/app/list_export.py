"""The list as a file: what the filter lets through, in the order on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobtui.app.display import duration
from jobtui.app.listing import Listing, Order
from jobtui.core.export import job_document
from jobtui.core.jobs import Job, JsonValue
from jobtui.core.results import Artifact, Document, Rows
from jobtui.core.times import to_rfc3339
from jobtui.core.values import NO_PATHS, value_key, value_of

if TYPE_CHECKING:
    from jobtui.core.filters import Filter
    from jobtui.engine.snapshot import Snapshot

_Told = Callable[[Job, datetime], str]


def _seconds(span: timedelta | None) -> str:
    return "" if span is None else str(round(span.total_seconds(), 1))


def _age(job: Job, now: datetime) -> str:
    since = job.created_at or job.started_at
    return _seconds(now - since if since else None)


def _eta(job: Job, now: datetime) -> str:
    return _seconds(job.estimate.finishes_at - now if job.estimate and not job.state.is_final else None)


def _why(job: Job, now: datetime) -> str:
    return (job.error.title or job.error.detail or job.error.code) if job.error else ""


FACTS: Mapping[str, Mapping[str, _Told]] = {
    "source": {"source": lambda job, now: job.id.source},
    "job": {"name": lambda job, now: job.title},
    "state": {"state": lambda job, now: job.state.value},
    # What failed says why in the place of its progress.
    "progress": {
        "progress": lambda job, now: "" if job.progress is None else f"{job.progress:g}",
        "error": _why,
    },
    "age": {"age_seconds": _age},
    "eta": {"eta_seconds": _eta},
    "duration": {"duration_seconds": lambda job, now: _seconds(duration(job, now))},
    "message": {"message": lambda job, now: job.message},
    "native": {"native_state": lambda job, now: job.native_state},
    "kind": {"kind": lambda job, now: job.kind},
    "id": {"id": lambda job, now: job.id.native},
    "provider": {"provider": lambda job, now: job.provider},
    "created": {"created_at": lambda job, now: to_rfc3339(job.created_at) or ""},
    "finished": {"finished_at": lambda job, now: to_rfc3339(job.finished_at) or ""},
    "seen": {"observed_at": lambda job, now: to_rfc3339(job.observed_at) or ""},
}
"""What each of the list's columns is in a table for other programs: names as in `--json`, bare numbers."""


def listed(snapshot: Snapshot, wanted: Filter | None, order: Order, now: datetime) -> list[Job]:
    """The jobs that the list shows, on the screen or further down."""
    listing = Listing(order)
    listing.set_filter(wanted, now)
    listing.load(snapshot, now)
    return [listing.job_at(row) for row in range(listing.shown)]


def as_table(
    jobs: Iterable[Job], columns: Sequence[str], now: datetime, json_columns: Mapping[str, str] = NO_PATHS
) -> Rows:
    """The list's columns, and the address, by which each job can be asked for."""
    facts: dict[str, _Told] = {"address": lambda job, now: str(job.id)}
    for column in columns:
        facts |= FACTS[column] if column in FACTS else {column: _value(json_columns[column])}
    rows = tuple(tuple(told(job, now) for told in facts.values()) for job in jobs)
    return Rows(tuple(facts), rows, limit=len(rows), more=False)


def _value(path: str) -> _Told:
    key = value_key(path)
    return lambda job, now: value_of(job, key)


def list_artifact(
    jobs: Sequence[Job],
    columns: Sequence[str],
    now: datetime,
    *,
    as_json: bool,
    json_columns: Mapping[str, str] = NO_PATHS,
) -> Artifact:
    """The list as what is saved: JSON as `list --json` prints it, or a table of these columns."""
    stem = f"jobs-{now.astimezone():%Y-%m-%d-%H%M}"
    if as_json:
        documents: list[JsonValue] = [job_document(job, now, json_columns) for job in jobs]
        return Artifact(f"{stem}.json", "application/json", Document(documents))
    return Artifact(f"{stem}.csv", "text/csv", as_table(jobs, columns, now, json_columns))
