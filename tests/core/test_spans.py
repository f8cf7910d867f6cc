"""Spans of time as users write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobtui.core.errors import UsageError
from jobtui.core.spans import DailySpan, parse_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        (" 2 m ", timedelta(minutes=2)),
        ("1.5h", timedelta(minutes=90)),
        ("1D", timedelta(days=1)),
        ("0s", timedelta()),
    ],
)
def test_a_span_is_a_number_with_its_unit(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "30", "s", "-1s", "1w", "1s2", "9" * 400 + "d"])
def test_what_is_no_span_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_span(text)


@pytest.mark.parametrize(
    ("text", "clock", "covered"),
    [
        ("22:00-07:00", "21:59", False),
        ("22:00-07:00", "22:00", True),
        ("22:00-07:00", "00:00", True),
        ("22:00-07:00", "06:59", True),
        ("22:00-07:00", "07:00", False),
        ("12:30 – 13:15", "12:30", True),
        ("12:30-13:15", "13:15", False),
        ("12:30-13:15", "03:00", False),
        ("00:00-24:00", "23:59", True),
        ("9:00-24:00", "08:59", False),
    ],
)
def test_a_part_of_the_day_may_go_over_midnight_and_its_end_is_outside(text: str, clock: str, covered: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    assert DailySpan.parse(text).covers(datetime(2026, 11, 22, hour, minute, 30, tzinfo=UTC)) is covered


@pytest.mark.parametrize("text", ["", "22-7", "22:00", "24:00-07:00", "10:60-11:00", "10:00-24:01", "07:00-07:00", "x"])
def test_what_is_no_part_of_a_day_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError):
        DailySpan.parse(text)
