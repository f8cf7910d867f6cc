"""Where the style sheets are: inside the package once installed, at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def style_sheets() -> list[Path]:
    """All sheets, in the order of their names."""
    installed = _PACKAGE / "tcss"
    folder = installed if installed.is_dir() else _PACKAGE.parent / "tcss"
    return sorted(folder.glob("*.tcss"))
