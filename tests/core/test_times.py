from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.times import from_epoch_ms, from_epoch_s, from_rfc3339, to_rfc3339

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_milliseconds_seconds_and_text_name_the_same_moment() -> None:
    assert from_epoch_s(NOON.timestamp()) == NOON
    assert from_epoch_ms(int(NOON.timestamp() * 1000)) == NOON
    assert from_rfc3339("2026-11-22T12:00:00Z") == NOON
    assert from_rfc3339("2026-11-22T14:00:00+02:00") == NOON


def test_text_without_an_offset_is_utc() -> None:
    assert from_rfc3339("2026-11-22T12:00:00") == NOON


@pytest.mark.parametrize(
    "value",
    [0, -1, None, True, "", "1", [], float("nan"), float("inf"), 10**40, 253_402_300_800_000],
)
def test_an_epoch_that_no_job_can_have_is_no_time(value: object) -> None:
    assert from_epoch_ms(value) is None
    assert from_epoch_s(value) is None


@pytest.mark.parametrize(
    "value",
    [None, 7, "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "soon", "2026-13-01"],
)
def test_text_that_is_no_plausible_moment_is_no_time(value: object) -> None:
    assert from_rfc3339(value) is None


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    moment = from_rfc3339(text)
    assert moment is None or moment.utcoffset() == timedelta(0)


def test_moments_are_written_in_utc_with_milliseconds() -> None:
    assert to_rfc3339(None) is None
    assert to_rfc3339(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-11-22T12:00:00.000Z"


@given(st.floats(min_value=0, max_value=7_000 * 365 * 86_400))
def test_what_was_written_is_read_back_to_the_millisecond(seconds: float) -> None:
    moment = NOON + timedelta(seconds=seconds) - timedelta(days=40 * 365)
    read = from_rfc3339(to_rfc3339(moment))
    assert read is not None
    assert abs(read - moment) < timedelta(milliseconds=1)
