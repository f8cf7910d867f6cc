"""Which jobs stand in the list and in what order, kept up to date change by change.

Nothing of Textual: the list pane asks for rows by number, and a change costs what changed, not what is listed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from jobtui.app.display import fraction_done
from jobtui.app.headings import Heading, Headings
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.core.values import number_of, value_of
from jobtui.engine.snapshot import Snapshot, Update

if TYPE_CHECKING:
    from jobtui.core.filters import Filter


class SortKey(StrEnum):
    """What the rows can be ordered by, beside the values that the user has looked up in services' answers."""

    ACTIVITY = "activity"
    """What still runs first, the newest first within: the order of a monitor."""
    CREATED = "created"
    FINISHED = "finished"
    SOURCE = "source"
    NAME = "name"
    STATE = "state"
    PROGRESS = "progress"
    DURATION = "duration"
    ETA = "eta"
    MESSAGE = "message"
    NATIVE = "native"
    KIND = "kind"
    ID = "id"
    PROVIDER = "provider"
    SEEN = "seen"


class GroupBy(StrEnum):
    """What keeps rows together, before the order within."""

    NOTHING = "nothing"
    SOURCE = "source"
    STATE = "state"


_Position = tuple[float | str | JobId, ...]
"""What a row sorts by; ends in the id, so that no two are equal."""

_NEVER = float("inf")
_STATES = (
    JobState.RUNNING,
    JobState.CANCELLING,
    JobState.QUEUED,
    JobState.UNKNOWN,
    JobState.FAILED,
    JobState.LOST,
    JobState.SUCCEEDED,
    JobState.CANCELLED,
)
"""What goes on first, then what went wrong, and last the many that need nobody."""
_STATE_RANK = {state: rank for rank, state in enumerate(_STATES)}
_ACTIVE_RANK = {
    JobState.RUNNING: 0,
    JobState.CANCELLING: 0,
    JobState.UNKNOWN: 0,
    JobState.QUEUED: 1,
    JobState.SUCCEEDED: 2,
    JobState.FAILED: 2,
    JobState.CANCELLED: 2,
    JobState.LOST: 2,
}


def _newest_first(moment: datetime | None, never: float = _NEVER) -> float:
    return -moment.timestamp() if moment else never


def _came_first(job: Job, never: float = _NEVER) -> float:
    return _newest_first(job.created_at or job.began_at, never)


def _duration(job: Job, never: float) -> float:
    begin = job.started_at or job.created_at
    end = job.finished_at or job.observed_at
    return (begin - end).total_seconds() if begin and end else never


def _done(job: Job, never: float) -> float:
    fraction = job.progress if job.progress is not None else fraction_done(job)
    return never if fraction is None else -fraction


def _eta(job: Job, never: float) -> float:
    return job.estimate.finishes_at.timestamp() if job.estimate and not job.state.is_final else never


def _by_words(words: str, never: float) -> _Position:
    return (0.0 if words else never, words.casefold())


def _by_numbers(native: str) -> _Position:
    """Ids that are numbers in their order, 9 before 10, and before all others."""
    if native.isascii() and native.isdigit():
        return (0.0, float(len(native.lstrip("0"))), native.lstrip("0"))
    return (1.0, 0.0, native.casefold())


def _by_value(key: str) -> Callable[[Job, float], _Position]:
    """Numbers in their order, before words."""

    def position(job: Job, never: float) -> _Position:
        value = value_of(job, key)
        number = number_of(value)
        place = (0.0, number, "") if number is not None else (1.0 if value else never, 0.0, value.casefold())
        return (*place, _came_first(job))

    return position


_SORTS: Mapping[str, Callable[[Job, float], _Position]] = {
    SortKey.ACTIVITY: lambda job, never: (_ACTIVE_RANK[job.state], _came_first(job)),
    SortKey.CREATED: lambda job, never: (_came_first(job, never),),
    SortKey.FINISHED: lambda job, never: (_newest_first(job.finished_at, never), _came_first(job)),
    SortKey.SOURCE: lambda job, never: (job.id.source, _came_first(job)),
    SortKey.NAME: lambda job, never: (job.title.casefold(), _came_first(job)),
    SortKey.STATE: lambda job, never: (_STATE_RANK[job.state], _came_first(job)),
    SortKey.PROGRESS: lambda job, never: (_done(job, never), _came_first(job)),
    SortKey.DURATION: lambda job, never: (_duration(job, never),),
    SortKey.ETA: lambda job, never: (_eta(job, never), _came_first(job)),
    SortKey.MESSAGE: lambda job, never: (*_by_words(job.message, never), _came_first(job)),
    SortKey.NATIVE: lambda job, never: (*_by_words(job.native_state, never), _came_first(job)),
    SortKey.KIND: lambda job, never: (*_by_words(job.kind, never), _came_first(job)),
    SortKey.ID: lambda job, never: _by_numbers(job.id.native),
    SortKey.PROVIDER: lambda job, never: (job.provider, _came_first(job)),
    SortKey.SEEN: lambda job, never: (_newest_first(job.observed_at, never),),
}
"""By the job, and by the place of one that has nothing to be ordered by."""

_GROUPS: dict[GroupBy, Callable[[Job], tuple[float | str, ...]]] = {
    GroupBy.NOTHING: lambda job: (),
    GroupBy.SOURCE: lambda job: (job.id.source,),
    GroupBy.STATE: lambda job: (_STATE_RANK[job.state],),
}


class Order(Struct, frozen=True):
    """How the rows are ordered."""

    key: str = SortKey.ACTIVITY
    """One of `SortKey`, or the key of a value."""
    reverse: bool = False
    group: GroupBy = GroupBy.NOTHING

    def by(self, key: str) -> Order:
        """The order by this; where it is that already, turned round."""
        return replace(self, key=key, reverse=key == self.key and not self.reverse)

    def position(self) -> Callable[[Job], _Position]:
        """The function that gives a job its place; the rows of an order that is turned round are read from the end."""
        sort = _SORTS.get(self.key) or _by_value(self.key)
        # Either way round, who has nothing to be ordered by comes last.
        never = -_NEVER if self.reverse else _NEVER
        if self.group is GroupBy.NOTHING:
            return lambda job: (*sort(job, never), job.id)
        group = _GROUPS[self.group]
        return lambda job: (*group(job), *sort(job, never), job.id)


class Listing:
    """The shown rows, the marks, and where each job stands."""

    def __init__(self, order: Order | None = None) -> None:
        self._order = order or Order()
        self._position = self._order.position()
        self._filter: Filter | None = None
        self._jobs: Mapping[JobId, Job] = {}
        self._ids: list[JobId] = []
        """In order; where each stands is found by the job as it was placed, which costs no memory."""
        self._shown: set[JobId] | None = None
        """What the filter lets through; `None` where there is none."""
        self._marked: dict[JobId, None] = {}
        self._group_sizes: Counter[float | str] = Counter()
        self._headings: Headings | None = None

    @property
    def order(self) -> Order:
        """How the rows are ordered now."""
        return self._order

    @property
    def shown(self) -> int:
        """How many rows there are."""
        return len(self._ids)

    @property
    def total(self) -> int:
        """How many jobs there are, hidden ones among them."""
        return len(self._jobs)

    @property
    def filter(self) -> Filter | None:
        """What hides jobs; `None` shows all."""
        return self._filter

    @property
    def marked(self) -> tuple[JobId, ...]:
        """The marked jobs, in the order they were marked."""
        return tuple(self._marked)

    @property
    def hidden_marked(self) -> tuple[JobId, ...]:
        """Marked jobs that the filter hides."""
        return tuple(job_id for job_id in self._marked if not self._is_shown(job_id))

    def job(self, job_id: JobId) -> Job | None:
        """The job, shown or not."""
        return self._jobs.get(job_id)

    def id_at(self, row: int) -> JobId:
        """The id in a row, 0 at the top."""
        return self._ids[self._turned(row)]

    def job_at(self, row: int) -> Job:
        """The job in a row, 0 at the top."""
        return self._jobs[self.id_at(row)]

    def row_of(self, job_id: JobId) -> int | None:
        """The row a job stands in; `None` while it's hidden or gone."""
        if not self._is_shown(job_id):
            return None
        return self._turned(self._found(self._jobs[job_id]))

    def nearest_row(self, job_id: JobId) -> int | None:
        """The row a job stands in, or would but for the filter; `None` for one that is gone."""
        job = self._jobs.get(job_id)
        if job is None or not self._ids:
            return None
        return self._turned(min(self._found(job) if self._is_shown(job_id) else self._place_of(job), self.shown - 1))

    def _turned(self, row: int) -> int:
        """The row at which a place stands, and the place of a row: the same way both, within its group."""
        if not self._order.reverse:
            return row
        first, count = self.headings.group_of(row) if self._is_grouped else (0, len(self._ids))
        return 2 * first + count - 1 - row

    def ids(self, first: int, last: int) -> tuple[JobId, ...]:
        """The ids of the rows from `first` to `last`, both included."""
        return tuple(self.id_at(row) for row in range(max(0, first), min(self.shown, last + 1)))

    def is_marked(self, job_id: JobId) -> bool:
        """Whether the job is marked."""
        return job_id in self._marked

    @property
    def headings(self) -> Headings:
        """The headings over the groups of rows; none where rows aren't grouped."""
        if self._headings is None:
            groups = sorted(self._group_sizes.items())
            self._headings = Headings(Heading(self._group_name(key), count) for key, count in groups if count)
        return self._headings

    def _group_name(self, key: float | str) -> str:
        return key if isinstance(key, str) else _STATES[int(key)].value

    def mark(self, job_ids: Iterable[JobId]) -> None:
        """Mark jobs."""
        self._marked.update(dict.fromkeys(job_ids))

    def toggle(self, job_id: JobId) -> None:
        """Mark a job, or take its mark away."""
        if job_id in self._marked:
            del self._marked[job_id]
        else:
            self._marked[job_id] = None

    def clear_marks(self, but: AbstractSet[JobId] = frozenset()) -> None:
        """Take all marks away, hidden ones too; those of some jobs stay."""
        self._marked = {job_id: None for job_id in self._marked if job_id in but}

    def set_order(self, order: Order, now: datetime) -> None:
        """Order the rows anew."""
        self._order = order
        self._position = order.position()
        self._build(now)

    def set_filter(self, wanted: Filter | None, now: datetime) -> None:
        """Show only the jobs that match."""
        self._filter = wanted
        self._build(now)

    def load(self, snapshot: Snapshot, now: datetime) -> None:
        """Take a whole snapshot, whatever was known before."""
        self._jobs = snapshot.jobs
        self._forget_gone_marks()
        self._build(now)

    def apply(self, update: Update, now: datetime) -> bool:
        """Take what changed.

        Returns:
            Whether any row came, went or moved.
        """
        before, after = self._jobs, update.snapshot.jobs
        if before is after:
            return False
        # Looks that found nothing new are no changes, and still the latest look.
        if self._order.key == SortKey.SEEN or len(update.changed) > max(64, len(after) // 8):
            self._jobs = after
            self._forget_gone_marks()
            self._build(now)
            return True
        for job_id in update.removed:
            self._marked.pop(job_id, None)
        leaving, coming = self._moves(update, now)
        # All out by the order that was, then all in by the order that is: in between nothing stands where it should.
        for job in leaving:
            self._take_out(job)
        self._jobs = after
        for job in coming:
            self._put_in(job)
        return bool(leaving or coming)

    def recheck(self, now: datetime) -> bool:
        """Ask a filter that looks at the clock again; returns whether any row came or went."""
        if self._filter is None or not self._filter.uses_time:
            return False
        before = self._shown
        self._build(now)
        return before != self._shown

    def _build(self, now: datetime) -> None:
        position = self._position
        jobs: Iterable[Job] = self._jobs.values()
        if self._filter is not None:
            jobs = self._filter.among(jobs, now)
        self._ids = [job.id for job in sorted(jobs, key=position)]
        self._shown = None if self._filter is None else set(self._ids)
        self._headings = None
        if self._is_grouped:
            group = _GROUPS[self._order.group]
            self._group_sizes = Counter(group(job)[0] for job in jobs)
        else:
            self._group_sizes.clear()

    def _moves(self, update: Update, now: datetime) -> tuple[list[Job], list[Job]]:
        """Jobs as they stand now and can't stay so, and jobs as they should stand."""
        before, after = self._jobs, update.snapshot.jobs
        leaving: list[Job] = []
        coming: list[Job] = []
        for job_ids in (update.changed, update.removed - update.changed):
            for job_id in job_ids:
                old = before[job_id] if self._is_shown(job_id) else None
                new = after.get(job_id)
                if new is not None and self._filter is not None and not self._filter.matches(new, now):
                    new = None
                if old is not None and new is not None and self._position(old) == self._position(new):
                    continue
                if old is not None:
                    leaving.append(old)
                if new is not None:
                    coming.append(new)
        return leaving, coming

    def _is_shown(self, job_id: JobId) -> bool:
        return job_id in (self._jobs if self._shown is None else self._shown)

    def _place_of(self, job: Job) -> int:
        position, jobs = self._position, self._jobs
        return bisect_left(self._ids, position(job), key=lambda job_id: position(jobs[job_id]))

    def _found(self, job: Job) -> int:
        """Where a shown job stands."""
        place = self._place_of(job)
        if place < len(self._ids) and self._ids[place] == job.id:
            return place
        # It was looked at again and found the same, which moves no row, though a duration may have grown by it.
        return self._ids.index(job.id)

    def _put_in(self, job: Job) -> None:
        self._ids.insert(self._place_of(job), job.id)
        if self._shown is not None:
            self._shown.add(job.id)
        self._note_size(job, 1)

    def _take_out(self, job: Job) -> None:
        del self._ids[self._found(job)]
        if self._shown is not None:
            self._shown.discard(job.id)
        self._note_size(job, -1)

    @property
    def _is_grouped(self) -> bool:
        return self._order.group is not GroupBy.NOTHING

    def _note_size(self, job: Job, difference: int) -> None:
        if self._is_grouped:
            self._group_sizes[_GROUPS[self._order.group](job)[0]] += difference
            self._headings = None

    def _forget_gone_marks(self) -> None:
        for job_id in [job_id for job_id in self._marked if job_id not in self._jobs]:
            del self._marked[job_id]
