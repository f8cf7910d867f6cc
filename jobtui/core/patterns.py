"""Regular expressions of a user's, kept to what a screen can ask of thousands of texts while it is typed.

Python's matcher has no time limit, and `(a+)+$` takes it longer than anyone waits. So what makes it try the same text
over and over is turned down by name, and only the beginning of long texts is looked at.
"""

from __future__ import annotations

import math
import re
import warnings

MOST_CHARACTERS = 200
"""Of an expression."""
MOST_SEARCHED = 500
"""Characters of a text that are looked at."""
_MOST_REPEATS = 3
"""Without a bound: each multiplies the work by the length of the text."""
_MOST_CHOICES = 4096
"""Ways to read the rest: alternatives times bounded repeats."""
_FEW_TIMES = 16
"""Repeats up to so many count as choices, others as without a bound."""

_REPEAT = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
_REFUSED = {
    re.compile(r"\\[1-9]|\(\?P=|\(\?\("): "it refers back to what it found before",
    re.compile(r"\(\?[a-zA-Z]*x|\(\?#"): "it holds comments",
}


class PatternError(ValueError):
    """Why an expression is not taken, in a few words."""


class Pattern:
    """An expression that was checked; upper and lower case are the same to it."""

    def __init__(self, text: str) -> None:
        """Understand an expression.

        Raises:
            PatternError: It is none, or one that could take for ever.
        """
        if len(text) > MOST_CHARACTERS:
            raise PatternError(f"it is longer than {MOST_CHARACTERS} characters")
        try:
            with warnings.catch_warnings():
                # What Python means to read differently one day is no concern of who types a filter.
                warnings.simplefilter("ignore")
                self._search = re.compile(text, re.IGNORECASE).search
        except (re.error, OverflowError, RecursionError) as error:
            raise PatternError(str(error)) from error
        _check_work(text)

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in the first `MOST_SEARCHED` characters of a text."""
        return self._search(text[:MOST_SEARCHED]) is not None


def _check_work(text: str) -> None:
    """Hold a well-formed expression against what it could make the matcher do."""
    for refused, why in _REFUSED.items():
        if refused.search(text):
            raise PatternError(why)
    # Of the whole, and of each group that is open: in how many ways it can be read, and whether it repeats anything.
    branches, varies = [1], [False]
    repeats, choices, position = 0, 1, 0
    while position < len(text):
        character = text[position]
        varied = False
        if character == "\\":
            position += 2
        elif character == "[":
            position = _end_of_set(text, position)
        elif character == "(":
            branches.append(1)
            varies.append(False)
            # What follows a question mark here says which kind of group it is.
            position += 2 if text.startswith("(?", position) else 1
            continue
        elif character == "|":
            branches[-1] += 1
            varies[-1] = True
            position += 1
            continue
        else:
            position += 1
            if character == ")":
                choices *= branches.pop()
                varied = varies.pop()
                varies[-1] |= varied
        repeat = _REPEAT.match(text, position)
        if repeat is None:
            continue
        least, most = _times(repeat)
        if most > 1 and varied:
            raise PatternError("it repeats what itself repeats or branches")
        if most - least >= _FEW_TIMES:
            repeats += 1
        else:
            choices *= int(most - least) + 1
        varies[-1] = True
        # A question mark behind makes it lazy, a plus possessive: no repeat of its own.
        position = repeat.end() + (text[repeat.end() : repeat.end() + 1] in {"?", "+"})
    if repeats > _MOST_REPEATS:
        raise PatternError(f"it has more than {_MOST_REPEATS} repeats without a bound, such as .*")
    if choices * branches[0] > _MOST_CHOICES:
        raise PatternError("it can be read in too many ways")


def _times(repeat: re.Match[str]) -> tuple[float, float]:
    """How often, at least and at most, a repeat lets something be."""
    if repeat.group() in {"*", "+", "?"}:
        return 0, 1 if repeat.group() == "?" else math.inf
    least, comma, most = repeat.groups()
    if not comma:
        return int(least or 1), int(least or 1)
    return int(least or 0), int(most) if most else math.inf


def _end_of_set(text: str, position: int) -> int:
    """Where the characters in brackets that begin there are over."""
    position += 2 if text.startswith("[^", position) else 1
    if text.startswith("]", position):
        position += 1
    while position < len(text) and text[position] != "]":
        position += 2 if text[position] == "\\" else 1
    return position + 1
