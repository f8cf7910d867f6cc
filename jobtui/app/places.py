"""Where widgets stand on a screen, without the places that Textual forgets to paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual._compositor import Compositor
from textual.geometry import Region
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget

if TYPE_CHECKING:
    from textual._compositor import CompositorMap


_RELIED_UPON = {"_full_map", "_dirty_regions"}


class _Places(Compositor):
    """Paints every place that changed.

    After a scroll or a new widget, Textual reckons the places anew as soon as one is asked for, and compares the next
    layout with them: what went or moved in between was painted over nowhere, such as lines of a notice in the list.
    """

    @property
    def full_map(self) -> CompositorMap:
        """Where every widget stands."""
        before = self._full_map
        after = super().full_map
        if after is not before:
            self._dirty_regions.update(region for _, region in _seen(before) ^ _seen(after) if region)
        return after


def _seen(places: CompositorMap) -> set[tuple[Widget, Region]]:
    return {(widget, place.clip.intersection(place.region)) for widget, place in places.items()}


class PaintedScreen(Screen[ScreenResultType]):
    """A screen on which nothing stays of what went."""

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        places = _Places()
        # All private: where a Textual is built otherwise, its own way is left as it is, and a test tells.
        if type(self._compositor) is Compositor and vars(places).keys() >= _RELIED_UPON:
            self._compositor = places
