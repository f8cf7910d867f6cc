"""The list's columns: what each says about a job, and how the given width is shared among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from jobtui.app import display
from jobtui.core.errors import SettingsError
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.core.text import one_line
from jobtui.core.times import to_rfc3339

_TEXT_LIMIT = 300


class Span(NamedTuple):
    """A piece of a cell in one style."""

    text: str
    style: str
    """Name of one of the list's component classes, without its prefix; empty for plain text."""


Cell = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column that can be chosen."""

    key: str
    title: str
    width: int
    """Cells it wants; a flexible one gets the rest as well."""
    render: Callable[[Job, datetime, int], Cell]
    """What to show of a job, at a moment, in so many cells."""
    least: int = 0
    """Cells below which it is better left out; 0 is `width`."""
    flexible: int = 0
    """Its share of the cells left over."""
    priority: int = 0
    """Columns of the lowest priority go first where the list is narrow."""
    right: bool = False
    """Whether its text ends at the column's right edge."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a column stands at the present width."""

    column: Column
    x: int
    width: int


def _plain(text: str, style: str = "") -> Cell:
    return (Span(text, style),) if text else ()


def _state(job: Job, now: datetime, width: int) -> Cell:
    if job.stalled_since is not None and not job.state.is_final:
        return _plain(f"{job.state.value} !", "stalled")
    words = job.state.value if not job.stale else f"{job.state.value} ?"
    return _plain(words, job.state.value)


def _glyph(job: Job, now: datetime, width: int) -> Cell:
    return _plain(job.state.glyph, job.state.value)


_WORDS = 7
"""Cells for the number behind a bar, with the blank before it."""


def _progress(job: Job, now: datetime, width: int) -> Cell:
    if job.state in {JobState.FAILED, JobState.UNKNOWN, JobState.LOST}:
        return _plain(_trouble(job), "trouble")
    if job.state is JobState.CANCELLED:
        return _plain(one_line(job.message, _TEXT_LIMIT), "quiet")
    words = display.progress_cell(job)
    fraction = display.fraction_done(job)
    if fraction is None:
        guess = display.guessed_fraction(job, now)
        if guess is None:
            return ()
        words = f"~{int(guess * 100)} %"
        return _plain((f"est. {words}" if width >= _WORDS + 4 else words).rjust(width), "quiet")
    if width < _WORDS + 3:
        return _plain(words.rjust(width))
    done, rest = display.bar(fraction, width - _WORDS)
    pieces = (
        Span(done, "quiet" if job.state.is_final else "bar"),
        Span(rest, "track"),
        Span(words.rjust(_WORDS), "quiet" if job.state.is_final else ""),
    )
    return tuple(piece for piece in pieces if piece.text)


def _trouble(job: Job) -> str:
    if job.error is not None:
        return one_line(job.error.title or job.error.detail or job.error.code, _TEXT_LIMIT)
    if job.state is JobState.UNKNOWN:
        return one_line(f"the service says {job.native_state!r}", _TEXT_LIMIT)
    return one_line(job.message, _TEXT_LIMIT)


def _moment(moment: datetime | None) -> Cell:
    return _plain(moment.astimezone().strftime("%m-%d %H:%M") if moment else "", "quiet")


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column("source", "SOURCE", 9, lambda job, now, width: _plain(one_line(job.id.source, 60)), priority=4, least=6),
        Column(
            "job",
            "JOB",
            24,
            lambda job, now, width: _plain(one_line(job.title, _TEXT_LIMIT), "name"),
            flexible=3,
            priority=9,
            least=12,
        ),
        Column("state", "STATE", 11, _state, priority=8),
        Column("progress", "PROGRESS", 17, _progress, flexible=1, priority=6, least=8),
        Column(
            "age", "AGE", 4, lambda job, now, width: _plain(display.age_cell(job, now), "quiet"), priority=5, right=True
        ),
        Column(
            "eta", "ETA", 5, lambda job, now, width: _plain(display.eta_cell(job, now), "quiet"), priority=3, right=True
        ),
        Column(
            "duration",
            "TOOK",
            5,
            lambda job, now, width: _plain(display.duration_cell(job, now), "quiet"),
            priority=2,
            right=True,
        ),
        Column(
            "message",
            "MESSAGE",
            20,
            lambda job, now, width: _plain(one_line(job.message, _TEXT_LIMIT), "quiet"),
            flexible=2,
            priority=1,
            least=10,
        ),
        Column("native", "SERVICE SAYS", 12, lambda job, now, width: _plain(one_line(job.native_state, 60), "quiet")),
        Column(
            "kind",
            "KIND",
            18,
            lambda job, now, width: _plain(one_line(job.kind, _TEXT_LIMIT), "quiet"),
            flexible=1,
            least=8,
        ),
        Column(
            "id",
            "ID",
            20,
            lambda job, now, width: _plain(one_line(job.id.native, _TEXT_LIMIT), "quiet"),
            flexible=1,
            least=8,
        ),
        Column("provider", "PROVIDER", 10, lambda job, now, width: _plain(one_line(job.provider, 60), "quiet")),
        Column("created", "CREATED", 11, lambda job, now, width: _moment(job.created_at)),
        Column("finished", "FINISHED", 11, lambda job, now, width: _moment(job.finished_at)),
        Column("seen", "SEEN", 20, lambda job, now, width: _plain(to_rfc3339(job.observed_at) or "never", "quiet")),
    )
}
"""Every column by its key in the configuration."""

DEFAULT_COLUMNS = ("source", "job", "state", "progress", "age", "eta")

GUTTER = 4
"""Cells before the first column: the mark, the state's glyph and the room around them."""

STATE_GLYPH = _glyph

LEAST_WIDTH = 3
MOST_WIDTH = 200
"""Cells that a user can make a column wide."""


def check_columns(keys: Iterable[str]) -> None:
    """Hold a user's columns against those that exist.

    Raises:
        SettingsError: One doesn't exist, or stands there twice.
    """
    seen: set[str] = set()
    for key in keys:
        if key not in COLUMNS:
            # Late: who spells them right doesn't wait for it.
            import difflib

            near = difflib.get_close_matches(key.casefold(), COLUMNS, n=1)
            raise SettingsError(
                f"columns: there is no {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
                hint=f"Columns: {', '.join(COLUMNS)}.",
            )
        if key in seen:
            raise SettingsError(f"columns: {key!r} stands there twice", hint="A column can be shown once.")
        seen.add(key)


def sized(key: str, width: int | None) -> Column:
    """The column, as wide as the user wants it, and then always; `None` leaves that to the room there is."""
    column = COLUMNS[key]
    if width is None:
        return column
    return replace(column, width=width, least=min(width, column.least or column.width), flexible=0)


def lay_out(chosen: Sequence[Column], width: int) -> tuple[Slot, ...]:
    """Share the width: columns of low priority are left out first, what is left over goes to the flexible ones."""
    kept = list(chosen)
    room = width - GUTTER
    while len(kept) > 1 and sum(column.least or column.width for column in kept) + len(kept) - 1 > room:
        kept.remove(min(kept, key=lambda column: column.priority))
    gaps = len(kept) - 1
    wanted = {column.key: column.width for column in kept}
    over = sum(wanted.values()) + gaps - room
    for column in sorted(kept, key=lambda column: column.priority):
        if over <= 0:
            break
        given = min(over, column.width - (column.least or column.width))
        wanted[column.key] -= given
        over -= given
    shares = sum(column.flexible for column in kept)
    spare = max(0, -over)
    slots: list[Slot] = []
    x = GUTTER
    for column in kept:
        extra = spare * column.flexible // shares if shares else 0
        cells = max(1, min(wanted[column.key] + extra, width - x))
        slots.append(Slot(column, x, cells))
        x += cells + 1
    return tuple(slots)
