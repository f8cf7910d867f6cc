"""What the user chose for the list while the app ran, kept for the next time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from jobtui.app.columns import COLUMNS, LEAST_WIDTH, MOST_WIDTH, Column
from jobtui.app.listing import GroupBy, Order, SortKey

_MOST_BYTES = 1_000_000
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class View(Struct, frozen=True):
    """Columns, order, filters and theme of a user's own."""

    columns: tuple[str, ...] = ()
    """Chosen in the app; empty where none were."""
    widths: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    """Cells, by column; the others share what room there is."""
    configured: tuple[str, ...] = ()
    """What the configuration said when the columns were chosen: once it says something else, that is newer."""
    order: Order = field(default_factory=Order)
    filters: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Saved in the app, by their names."""
    theme: str = ""
    """Chosen in the app; empty where none was."""
    configured_theme: str = ""
    """What the configuration said then."""
    wide: bool = False
    """Whether all columns are shown that say something."""


def read_view(file: Path, known: Mapping[str, Column] = COLUMNS) -> View:
    """The view as it was left; whatever can't be read of it, or is of a column that isn't known, is as at the start."""
    try:
        with file.open("rb") as opened:
            told = json.loads(opened.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return View()
    table: Mapping[str, Any] = told if isinstance(told, dict) else _NOTHING
    return View(
        tuple(dict.fromkeys(key for key in _words(table.get("columns")) if key in known)),
        {key: width for key, width in _pairs(table.get("widths")) if key in known and _is_width(width)},
        _words(table.get("configured")),
        Order(
            _sort(table.get("sort"), known),
            table.get("reverse") is True,
            _group(table.get("group")),
        ),
        {name: text for name, text in _pairs(table.get("filters")) if isinstance(text, str)},
        _word(table.get("theme")),
        _word(table.get("configured_theme")),
        table.get("wide") is True,
    )


def write_view(file: Path, view: View) -> None:
    """Keep the view, whole or not at all, however many copies of the app do so. Raises `OSError`."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(
        {
            "columns": view.columns,
            "widths": dict(view.widths),
            "configured": view.configured,
            "sort": view.order.key,
            "reverse": view.order.reverse,
            "group": view.order.group,
            "filters": dict(view.filters),
            "theme": view.theme,
            "configured_theme": view.configured_theme,
            "wide": view.wide,
        },
        indent=2,
    )
    # Late: the start only reads.
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text + "\n")
        Path(name).replace(file)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _words(value: object) -> tuple[str, ...]:
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else ()


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _pairs(value: object) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _is_width(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and LEAST_WIDTH <= value <= MOST_WIDTH


def _sort(value: object, known: Mapping[str, Column]) -> str:
    orders = (*SortKey, *(column.order for column in known.values()))
    return next((key for key in orders if key == value), SortKey.ACTIVITY)


def _group(value: object) -> GroupBy:
    return next((group for group in GroupBy if group == value), GroupBy.NOTHING)
