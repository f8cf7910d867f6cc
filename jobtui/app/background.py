"""Whether the terminal's background is light, as it answers itself, or as the environment says; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

AUTO = "auto"
"""The name of the theme that goes by it."""

QUESTION = "\x1b]11;?\x07"
"""Which colour the background has; tmux answers for the window that one sees."""

TELL_CHANGES = "\x1b[?2031h"
"""Asks for a word when the terminal goes from dark to light, or back."""
TELL_NO_CHANGES = "\x1b[?2031l"

CHANGED = rb"\x1b\[\?997;[12]n"
"""That word, as a pattern."""
ANSWER = rb"\x1b\]11;[^\x07\x1b]{0,60}(?:\x07|\x1b\\)"
"""What answers the question, as a pattern."""
UNFINISHED_ANSWER = rb"\x1b\](?:1(?:1(?:;[^\x07\x1b]{0,60}\x1b?)?)?)?"
"""Any beginning of it."""

_PARTS = re.compile(rb";(?:rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})|#([0-9a-f]+))", re.IGNORECASE)
_WEIGHTS = (0.299, 0.587, 0.114)
"""How bright red, green and blue are to the eye."""
_HALF = 0.5
_DARK_NUMBERS = frozenset({"0", "1", "2", "3", "4", "5", "6", "8"})
_LIGHT_NUMBERS = frozenset({"7", *map(str, range(9, 16))})


def is_light(answer: bytes) -> bool | None:
    """Whether an answer to `QUESTION` names a light colour; `None` where it names none.

    Source:
        XParseColor: `rgb:` with one to four digits each, or `#` with all three alike long. Some add the opacity.
    """
    match = _PARTS.search(answer)
    if match is None:
        return None
    *parts, together = match.groups()
    if together is not None:
        length, rest = divmod(len(together), 3)
        if rest or not 1 <= length <= 4:
            return None
        parts = [together[start : start + length] for start in range(0, 3 * length, length)]
    shares = (int(part, 16) / ((1 << 4 * len(part)) - 1) for part in parts)
    return sum(weight * share for weight, share in zip(_WEIGHTS, shares, strict=True)) > _HALF


def hinted(environ: Mapping[str, str]) -> bool | None:
    """Whether COLORFGBG, which some terminals set at their start, says that it is light; `None` where it doesn't."""
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    return number in _LIGHT_NUMBERS if number in _LIGHT_NUMBERS | _DARK_NUMBERS else None
