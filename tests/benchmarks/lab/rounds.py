"""Measuring in turns, so that what else the machine does falls on all alike."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

_T = TypeVar("_T")

ROUNDS = int(os.environ.get("JOBTUI_BENCH_ROUNDS", "5"))
"""Of each measurement; fewer than five are for trying things out."""


def interleaved(
    contestants: Mapping[str, Callable[[], _T]], *, rounds: int = ROUNDS, warm_up: bool = True
) -> dict[str, list[_T]]:
    """Every contestant once a round, in an order that turns from round to round.

    Args:
        contestants: By name.
        rounds: How many count.
        warm_up: Whether a first one, which fills caches and compiles, doesn't count.
    """
    names = list(contestants)
    results: dict[str, list[_T]] = {name: [] for name in names}
    if warm_up:
        for name in names:
            contestants[name]()
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            results[name].append(contestants[name]())
    return results


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * percent // 100).__int__() - 1))]
