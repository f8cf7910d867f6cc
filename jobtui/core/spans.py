"""Spans of time as users write them: how long (`30s`), and when in the day (`22:00-07:00`)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from msgspec import Struct

from jobtui.core.errors import UsageError

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DAILY = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DAY_MINUTES = 24 * 60


def parse_span(text: str) -> timedelta:
    """How long `30s`, `2m`, `1.5h` or `1d` is.

    Raises:
        UsageError: The text is no such span.
    """
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is no span of time", hint="A span is a number with s, m, h or d: 30s.")
    try:
        return float(match.group(1)) * _UNITS[match.group(2)]
    except OverflowError:
        raise UsageError(f"{text!r} is too long a span of time") from None


class DailySpan(Struct, frozen=True):
    """A part of every day, over midnight where it ends before it begins."""

    begin_minute: int
    """Of the day, from 0."""
    end_minute: int
    """The first that no longer belongs to it; 1440 is the end of the day."""

    @classmethod
    def parse(cls, text: str) -> DailySpan:
        """Read `22:00-07:00`.

        Raises:
            UsageError: The text is no such span, or an empty one.
        """
        match = _DAILY.fullmatch(text.strip())
        if match is None:
            raise UsageError(f"{text!r} is no part of a day", hint="A part of the day is 22:00-07:00.")
        begin_h, begin_min, end_h, end_min = map(int, match.groups())
        begin, end = begin_h * 60 + begin_min, end_h * 60 + end_min
        if begin_min > 59 or end_min > 59 or begin >= _DAY_MINUTES or end > _DAY_MINUTES or begin == end:
            raise UsageError(
                f"{text!r} is no part of a day", hint="A part of the day is 22:00-07:00; all of it 00:00-24:00."
            )
        return cls(begin, end)

    def covers(self, moment: datetime) -> bool:
        """Whether the moment's own time of day lies in it."""
        minute = moment.hour * 60 + moment.minute
        if self.begin_minute < self.end_minute:
            return self.begin_minute <= minute < self.end_minute
        return minute >= self.begin_minute or minute < self.end_minute
