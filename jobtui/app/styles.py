"""Where the style sheets are: inside the package once installed, at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


_FIRST = ("filter_tabs", "footer", "health", "job_list", "main")
"""What the first screen of jobs is drawn by: reading all takes as long as a twentieth of the way to it."""


def first_sheets() -> list[Path]:
    """The sheets without which the jobs can't be shown."""
    return [_folder() / f"{stem}.tcss" for stem in _FIRST]


def later_sheets() -> list[Path]:
    """The sheets of what comes beside the jobs and over them."""
    return [sheet for sheet in style_sheets() if sheet.stem not in _FIRST]


def style_sheets() -> list[Path]:
    """All sheets, in the order of their names."""
    return sorted(_folder().glob("*.tcss"))


def _folder() -> Path:
    installed = _PACKAGE / "tcss"
    return installed if installed.is_dir() else _PACKAGE.parent / "tcss"
