"""Rows of a list that flicker: followed job by job, since what stands in a line is another job's once rows move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tests.e2e.recording import Row, View

BACK_S = 0.15
"""What is there again so soon after it went has flickered."""
_LEAST_CELLS = 4
"""So many cells side by side: a figure of two may come back by chance."""

_Place = TypeVar("_Place")


class Returns:
    """Notes what took the place of what, and tells what is there again at once."""

    def __init__(self, is_by_key: Callable[[float, float], bool]) -> None:
        self._is_by_key = is_by_key
        self._left: dict[object, tuple[float, Any]] = {}

    def is_back(self, at: float, place: object, before: object, now: object) -> bool:
        """Take a change, and tell whether it brings back what went just before."""
        left_at, was = self._left.get(place, (float("-inf"), None))
        self._left[place] = (at, before)
        return was == now and at - left_at < BACK_S and not self._is_by_key(left_at, at)

    def forget(self, place: object) -> None:
        """Take what comes there next for something else."""
        self._left.pop(place, None)


class Blinks:
    """Looks at one view of the list after the other."""

    def __init__(self, is_by_key: Callable[[float, float], bool], *, scrolled: bool) -> None:
        """Know nothing yet.

        Args:
            is_by_key: Whether a key may be the reason of what happened between two moments.
            scrolled: Whether rows can go out of sight at the top, and not at the bottom alone.
        """
        self._scrolled = scrolled
        self._cells = Returns(is_by_key)
        self._presence = Returns(is_by_key)
        self._before: View | None = None

    def look(self, at: float, view: View | None) -> Iterator[str]:
        """What flickered with this view."""
        before, self._before = self._before, view
        if before is None or view is None:
            return
        formerly, now = by_name(before), by_name(view)
        for name in formerly.keys() & now.keys():
            yield from self._blinked(at, formerly[name], now[name])
        if all(row.name for row in (*before.rows, *view.rows)):
            for name in self._lost(before, view):
                if self._presence.is_back(at, name, True, False):
                    yield f"{name} was in the list for a moment"
            for name in self._lost(view, before):
                if self._presence.is_back(at, name, False, True):
                    yield f"{name} was not in the list for a moment"

    def _blinked(self, at: float, before: Row, now: Row) -> Iterator[str]:
        changed = [x for x, (was, cell) in enumerate(zip(before.cells, now.cells, strict=False)) if was != cell]
        back = {x for x in changed if self._cells.is_back(at, (now.name, x), before.cells[x], now.cells[x])}
        if starts := runs(back, lambda x, step: x + step):
            yield f"{len(back)} cells of {now.name} came back in line {now.y}, first {min(starts)}"

    def _lost(self, one: View, other: View) -> Iterator[str]:
        """Names that only the one view has, though others' comings and goings can't have pushed them out of sight."""
        kept = {row.name for row in other.rows}
        names = [row.name for row in one.rows]
        is_full = len(other.rows) == other.height
        for place, name in enumerate(names):
            pushed_down = is_full and kept.isdisjoint(names[place:])
            pushed_up = self._scrolled and kept.isdisjoint(names[: place + 1])
            if name not in kept and not pushed_down and not pushed_up:
                yield name


def runs(places: set[_Place], beside: Callable[[_Place, int], _Place]) -> list[_Place]:
    """Where enough of the places stand side by side, each such start."""
    return [place for place in places if all(beside(place, step) in places for step in range(_LEAST_CELLS))]


def by_name(view: View) -> dict[str, Row]:
    """The rows by name; one that occurs twice tells nothing, and is left out."""
    often = Counter(row.name for row in view.rows)
    return {row.name: row for row in view.rows if row.name and often[row.name] == 1}
