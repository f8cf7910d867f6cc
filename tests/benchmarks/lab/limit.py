"""The bytes that an ideal encoder needs to turn one screen into another: what all output is measured by."""

from __future__ import annotations

from tests.benchmarks.lab.terminal import Cell, Picture

_ATTRIBUTES = ("1", "3", "4", "9", "7", "5")
_PLAIN = Cell(" ", "default", "default", (False,) * 6)


def change_bytes(before: Picture, after: Picture) -> int:
    """Moves, styles and characters for the cells that differ, as a curses-like encoder with true colours sends them."""
    sent = 0
    style = _PLAIN
    cursor = (-1, -1)
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        x = 0
        while x < len(new):
            if old[x] == new[x]:
                x += 1
                continue
            sent += _move(cursor, (y, x), new)
            while x < len(new) and old[x] != new[x]:
                sent += _styling(style, new[x])
                style = new[x]
                sent += len(new[x].text.encode())
                x += 1
            cursor = (y, x)
    if sent:
        sent += _styling(style, _PLAIN)
    return sent


def _move(cursor: tuple[int, int], to: tuple[int, int], row: tuple[Cell, ...]) -> int:
    absolute = len(f"\x1b[{to[0] + 1};{to[1] + 1}H")
    if cursor == to:
        return 0
    if cursor[0] == to[0] and cursor[1] >= 0:
        gap = to[1] - cursor[1]
        return min(absolute, len(f"\x1b[{gap if gap > 1 else ''}C"))
    return absolute


def _styling(before: Cell, after: Cell) -> int:
    if (before.foreground, before.background, before.attributes) == (
        after.foreground,
        after.background,
        after.attributes,
    ):
        return 0
    if (after.foreground, after.background, after.attributes) == (
        _PLAIN.foreground,
        _PLAIN.background,
        _PLAIN.attributes,
    ):
        return len("\x1b[m")
    parts: list[str] = []
    keeps = before.attributes == after.attributes
    if not keeps:
        parts = ["0", *(code for code, on in zip(_ATTRIBUTES, after.attributes, strict=True) if on)]
    if after.foreground != (before.foreground if keeps else "default"):
        parts.append(_colour("38", after.foreground))
    if after.background != (before.background if keeps else "default"):
        parts.append(_colour("48", after.background))
    return len(f"\x1b[{';'.join(parts)}m")


def _colour(kind: str, colour: str) -> str:
    """The colour as SGR says it; pyte keeps true colours as six hex digits and the others by name."""
    if colour == "default":
        return "39"
    try:
        red, green, blue = bytes.fromhex(colour)
    except ValueError:
        return "31"
    return f"{kind};2;{red};{green};{blue}"
