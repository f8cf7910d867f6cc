"""Which of some words a user may mean by what is typed so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

_FEWEST_SCATTERED = 2
"""Characters, from which on they may also stand apart: a single one stands somewhere in nearly every word."""


def likeliest(typed: str, candidates: Iterable[T], words: Callable[[T], Sequence[str]]) -> list[T]:
    """The candidates that fit, whatever their case.

    First those that begin with it, then those of which a part does, then those that hold it, at last those that hold
    its characters in their order, the closest together first.

    Args:
        typed: What was typed; nothing fits everything.
        candidates: To choose from; among equals their order stays.
        words: What a candidate may be found by, the weightiest first.
    """
    wanted = typed.strip().casefold()
    found: list[tuple[int, T]] = []
    for candidate in candidates:
        ranks = [rank for word in words(candidate) if (rank := _rank(wanted, word.casefold())) is not None]
        if ranks:
            found.append((min(ranks), candidate))
    found.sort(key=lambda one: one[0])
    return [candidate for _, candidate in found]


def _rank(wanted: str, word: str) -> int | None:
    if word.startswith(wanted):
        return 0
    at = word.find(wanted)
    if at > 0:
        while at > 0:
            if not word[at - 1].isalnum():
                return 1
            at = word.find(wanted, at + 1)
        return 2
    if len(wanted) < _FEWEST_SCATTERED:
        return None
    first = at = word.find(wanted[0])
    for character in wanted[1:]:
        if at < 0:
            return None
        at = word.find(character, at + 1)
    return 3 + at - first if at >= 0 else None
