"""The ways services write a moment, read without ever failing on a silly one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR = 1980
_LAST_YEAR = 9000


def from_epoch_ms(value: object) -> datetime | None:
    """A moment from milliseconds since 1970; `None` for 0, for what is no number and for what no job can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return _plausible(_EPOCH + timedelta(milliseconds=value))
    except (OverflowError, ValueError):
        return None


def from_epoch_s(value: object) -> datetime | None:
    """A moment from seconds since 1970; `None` under the same conditions as `from_epoch_ms`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return from_epoch_ms(value * 1000)


def from_rfc3339(value: object) -> datetime | None:
    """A moment from RFC 3339 text, in UTC; `None` for empty, zero and unreadable ones.

    Text without an offset is taken as UTC: a service that leaves it out is guessed at the same way each time.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return _plausible(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (OverflowError, ValueError):
        return None


def to_rfc3339(moment: datetime | None) -> str | None:
    """The moment as RFC 3339 in UTC with milliseconds, such as `2026-11-22T09:00:00.000Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plausible(moment: datetime) -> datetime | None:
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None
