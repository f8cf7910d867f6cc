"""The list's columns: what each says about a job, and how the given width is shared among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from jobtui.app import display
from jobtui.app.listing import SortKey
from jobtui.core.errors import SettingsError
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.core.text import one_line
from jobtui.core.times import to_rfc3339
from jobtui.core.values import number_of, value_key, value_of

_TEXT_LIMIT = 300
NO_WIDTHS: Mapping[str, int] = MappingProxyType({})
"""Where the user has made no column wider or narrower."""


class Span(NamedTuple):
    """A piece of a cell in one style."""

    text: str
    style: str
    """Name of one of the list's component classes, without its prefix; empty for plain text."""


Cell = tuple[Span, ...]


class Column(Struct, frozen=True):
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
    right: bool | None = False
    """Whether its text ends at the column's right edge; `None` where that is for what it shows to say, see `sided`."""
    short: str = ""
    """Its title where there is no room for the whole one."""
    order: str = SortKey.ACTIVITY
    """The order that a click on its title asks for, as in `Order.key`."""
    falls: bool = False
    """Whether what it shows gets smaller from top to bottom in that order, before it is turned round."""

    def heading(self, width: int, arrow: str = "") -> str:
        """Its title in so many cells, with an arrow where the list is ordered by it."""
        title = self.title if len(self.title) + len(arrow) <= width else self.short or self.title
        room = width - len(arrow)
        title = title if len(title) <= room else f"{title[: room - 1]}…"
        return (arrow + title).rjust(width) if self.right else (title + arrow).ljust(width)


class Slot(Struct, frozen=True):
    """Where a column stands at the present width."""

    column: Column
    x: int
    width: int


def _plain(text: str, style: str = "") -> Cell:
    return (Span(text, style),) if text else ()


def _name(job: Job, now: datetime, width: int) -> Cell:
    return _plain(_shown_name(job.title, width))


@lru_cache(maxsize=4096)
def _shown_name(name: str, width: int) -> str:
    return shortened(one_line(name, _TEXT_LIMIT), width)


def shortened(name: str, width: int) -> str:
    """The name in so many cells; where its last word is an id, that is what tells it from others, and is kept."""
    if cell_len(name) <= width:
        return name
    head, blank, tail = name.rpartition(" ")
    if any(character.isdigit() for character in tail):
        kept = tail[-max(width // 2, width - 1 - cell_len(head)) :] if head else tail[-(width // 2) :]
        room = width - 1 - cell_len(kept)
        if kept == tail and room > 1:
            kept, room = blank + kept, room - len(blank)
        if room > 0:
            return set_cell_size(head or tail, room) + "…" + kept
    return set_cell_size(name, width - 1) + "…"


_TONES: Mapping[JobState, str] = {
    JobState.QUEUED: "quiet",
    JobState.RUNNING: "running",
    JobState.CANCELLING: "doubtful",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "quiet",
    JobState.UNKNOWN: "doubtful",
    JobState.LOST: "doubtful",
}
"""What a state is drawn as; each further class of the list's style sheet is a share of the start and of each Tab."""


def _state(job: Job, now: datetime, width: int) -> Cell:
    word, style, mark = job.state.value, _TONES[job.state], ""
    if job.stalled_since is not None and not job.state.is_final:
        style, mark = "stalled", " !"
    elif job.stale:
        mark = " ?"
    if len(word) + len(mark) > width:
        # The mark is news, and the word can be told by its beginning.
        word = f"{word[: width - len(mark) - 1]}…"
    return _plain(word + mark, style)


def _glyph(job: Job, now: datetime, width: int) -> Cell:
    return _plain(job.state.glyph, _TONES[job.state])


_WORDS = 7
"""Cells for the number behind a bar, with the blank before it."""


def _progress(job: Job, now: datetime, width: int) -> Cell:
    if job.state in {JobState.FAILED, JobState.UNKNOWN, JobState.LOST}:
        words = _trouble(job)
        if not words and job.state is JobState.FAILED:
            words = display.progress_cell(job, min(width, _WORDS - 1)).rjust(width)
        return _plain(words, "trouble")
    if job.state is JobState.CANCELLED:
        return _plain(one_line(job.message, _TEXT_LIMIT), "quiet")
    words = display.progress_cell(job, min(width, _WORDS - 1))
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
        said = f"the service says {job.native_state!r}" if job.native_state else "not looked at yet"
        return one_line(said, _TEXT_LIMIT)
    return one_line(job.message, _TEXT_LIMIT)


def _moment(moment: datetime | None) -> Cell:
    return _plain(moment.astimezone().strftime("%m-%d %H:%M") if moment else "", "quiet")


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column(
            "source",
            "SOURCE",
            9,
            lambda job, now, width: _plain(one_line(job.id.source, 60)),
            priority=4,
            least=6,
            order=SortKey.SOURCE,
        ),
        Column("job", "JOB", 28, _name, flexible=3, priority=9, least=19, order=SortKey.NAME),
        Column("state", "STATE", 12, _state, priority=8, least=9, order=SortKey.STATE),
        Column(
            "progress",
            "PROGRESS",
            17,
            _progress,
            flexible=1,
            priority=6,
            least=5,
            short="DONE",
            order=SortKey.PROGRESS,
            falls=True,
        ),
        Column(
            "eta",
            "ETA",
            5,
            lambda job, now, width: _plain(display.eta_cell(job, now), "quiet"),
            priority=3,
            right=True,
            order=SortKey.ETA,
        ),
        Column(
            "age",
            "AGE",
            4,
            lambda job, now, width: _plain(display.age_cell(job, now), "quiet"),
            priority=5,
            right=True,
            order=SortKey.CREATED,
        ),
        Column(
            "duration",
            "TOOK",
            5,
            lambda job, now, width: _plain(display.duration_cell(job, now), "quiet"),
            priority=2,
            right=True,
            order=SortKey.DURATION,
            falls=True,
        ),
        Column(
            "message",
            "MESSAGE",
            20,
            lambda job, now, width: _plain(one_line(job.message, _TEXT_LIMIT), "quiet"),
            flexible=2,
            priority=1,
            least=10,
            order=SortKey.MESSAGE,
        ),
        Column(
            "native",
            "SERVICE SAYS",
            12,
            lambda job, now, width: _plain(one_line(job.native_state, 60), "quiet"),
            order=SortKey.NATIVE,
        ),
        Column(
            "kind",
            "KIND",
            18,
            lambda job, now, width: _plain(one_line(job.kind, _TEXT_LIMIT), "quiet"),
            flexible=1,
            least=8,
            order=SortKey.KIND,
        ),
        Column(
            "id",
            "ID",
            20,
            lambda job, now, width: _plain(one_line(job.id.native, _TEXT_LIMIT), "quiet"),
            flexible=1,
            least=8,
            order=SortKey.ID,
        ),
        Column(
            "provider",
            "PROVIDER",
            10,
            lambda job, now, width: _plain(one_line(job.provider, 60), "quiet"),
            order=SortKey.PROVIDER,
        ),
        Column(
            "created",
            "CREATED",
            11,
            lambda job, now, width: _moment(job.created_at),
            order=SortKey.CREATED,
            falls=True,
        ),
        Column(
            "finished",
            "FINISHED",
            11,
            lambda job, now, width: _moment(job.finished_at),
            order=SortKey.FINISHED,
            falls=True,
        ),
        Column(
            "seen",
            "SEEN",
            20,
            lambda job, now, width: _plain(to_rfc3339(job.observed_at) or "never", "quiet"),
            order=SortKey.SEEN,
            falls=True,
        ),
    )
}
"""Every column by its key in the configuration."""

DEFAULT_COLUMNS = ("source", "job", "state", "progress", "eta", "age")
"""The time left beside the progress: jobs that failed have neither, so what went wrong has the room of both."""

GUTTER = 4
"""Cells before the first column: the mark, the state's glyph and the room around them."""

STATE_GLYPH = _glyph

LEAST_WIDTH = 3
MOST_WIDTH = 200
"""Cells that a user can make a column wide."""


def known_columns(json_columns: Mapping[str, str]) -> Mapping[str, Column]:
    """All columns by their keys, those among them that show what a path finds in the service's last answer.

    Raises:
        SettingsError: One has the name of another column.
    """
    for name in json_columns:
        if name in COLUMNS:
            raise SettingsError(f"json_columns.{name}: there is another column of that name", hint="Name it otherwise.")
    return {**COLUMNS, **{name: _json_column(name, path) for name, path in json_columns.items()}}


def _json_column(name: str, path: str) -> Column:
    key, title = value_key(path), name.upper().replace("_", " ")

    def render(job: Job, now: datetime, width: int) -> Cell:
        return _plain(one_line(value_of(job, key), _TEXT_LIMIT))

    least = max(6, min(10, len(title)))
    return Column(name, title, max(10, len(title) + 1), render, least=least, priority=2, right=None, order=key)


def check_columns(keys: Iterable[str], known: Mapping[str, Column] = COLUMNS) -> None:
    """Hold a user's columns against those that exist.

    Raises:
        SettingsError: One doesn't exist, or stands there twice.
    """
    seen: set[str] = set()
    for key in keys:
        if key not in known:
            # Late: who spells them right doesn't wait for it.
            import difflib

            near = difflib.get_close_matches(key.casefold(), known, n=1)
            raise SettingsError(
                f"columns: there is no {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
                hint=f"Columns: {', '.join(known)}.",
            )
        if key in seen:
            raise SettingsError(f"columns: {key!r} stands there twice", hint="A column can be shown once.")
        seen.add(key)


def sized(column: Column, width: int | None) -> Column:
    """The column, as wide as the user wants it, and then always; `None` leaves that to the room there is."""
    if width is None:
        return column
    return replace(column, width=width, least=min(width, column.least or column.width), flexible=0)


def sided(column: Column, jobs: Iterable[Job], now: datetime) -> Column:
    """The column with its text at the right edge where most of it are numbers, once there is any."""
    texts = ["".join(span.text for span in column.render(job, now, column.width)) for job in jobs]
    are_numbers = [number_of(text) is not None for text in texts if text]
    return replace(column, right=2 * sum(are_numbers) > len(are_numbers)) if are_numbers else column


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
        # Of what is left each time, so that none is left over at the right edge.
        extra = spare * column.flexible // shares if column.flexible else 0
        spare, shares = spare - extra, shares - column.flexible
        cells = max(1, min(wanted[column.key] + extra, width - x))
        slots.append(Slot(column, x, cells))
        x += cells + 1
    return tuple(slots)


class ShownColumns:
    """Which columns a list has: the chosen ones, then as far as there is room further ones that say something."""

    def __init__(self, known: Mapping[str, Column]) -> None:
        """Have those that are chosen where nobody chose any.

        Args:
            known: The columns that can be chosen, by their keys.
        """
        self._known = known
        self._chosen = tuple(known[key] for key in DEFAULT_COLUMNS)
        self._further: tuple[Column, ...] = ()
        self._speaking: set[str] = set()
        """Keys of the further ones that have said something about any job."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the chosen ones, in order."""
        return tuple(column.key for column in self._chosen)

    @property
    def all_keys(self) -> tuple[str, ...]:
        """The same with the further ones that say something, whether or not there is room for them."""
        return (*self.keys, *(column.key for column in self._further if column.key in self._speaking))

    def choose(self, keys: Sequence[str], widths: Mapping[str, int] = NO_WIDTHS, *, further: bool = False) -> None:
        """Have these, those with a width always as wide as that.

        Args:
            keys: Of the chosen ones, in order.
            widths: Cells, by key.
            further: Whether the others follow as far as there is room, those that say nothing about any job left out.
        """
        self._chosen = tuple(sized(self._known[key], widths.get(key)) for key in keys)
        others = [key for key in self._known if key not in keys] if further else []
        others.sort(key=lambda key: (key in COLUMNS, -self._known[key].priority))
        # Where there is no room the last goes first, and all of them before any that was chosen.
        self._further = tuple(
            replace(sized(self._known[key], widths.get(key)), priority=-place) for place, key in enumerate(others, 1)
        )
        self._speaking.clear()

    @property
    def is_heard_out(self) -> bool:
        """Whether jobs can tell nothing more about them."""
        return not self._silent and all(column.right is not None for column in self._chosen)

    @property
    def _silent(self) -> list[Column]:
        return [column for column in self._further if column.key not in self._speaking]

    def hear_out(self, jobs: Sequence[Job], now: datetime) -> bool:
        """See which further ones say something about these jobs, and which hold numbers; returns whether any is new.

        What was found once stays: none comes and goes, or jumps from one edge to the other.
        """
        found = {column.key for column in self._silent if any(column.render(job, now, column.width) for job in jobs)}
        chosen, further = (
            tuple(column if column.right is not None else sided(column, jobs, now) for column in some)
            for some in (self._chosen, self._further)
        )
        if not found and chosen == self._chosen:
            return False
        self._speaking |= found
        self._chosen, self._further = chosen, further
        return True

    def lay_out(self, width: int) -> tuple[Slot, ...]:
        """Where they stand in so many cells."""
        return lay_out((*self._chosen, *(column for column in self._further if column.key in self._speaking)), width)
