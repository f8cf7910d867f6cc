"""The filter of the graph service's lists: a JSON object in the query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from jobtui.demo.nebula_bodies import STATUS, created_ms, name_of
from jobtui.demo.nebula_controller import GraphJob

_KEYS = frozenset({"name", "status", "fromCreateTime", "toCreateTime", "orderByCreateTime"})


class JobFilter(Struct, frozen=True):
    """Which jobs are listed, and in which order."""

    name: str = ""
    """Part of the job's name."""
    status: int | None = None
    from_ms: int | None = None
    """Milliseconds since 1970 of the earliest creation."""
    to_ms: int | None = None
    """Milliseconds since 1970 of the latest creation."""
    is_oldest_first: bool = False

    @classmethod
    def read(cls, given: Mapping[str, object]) -> JobFilter:
        """The filter in a query; what it holds is looked at whether or not there are jobs.

        Raises:
            ValueError: A key that isn't documented, or a value of another kind than documented.
        """
        if not given.keys() <= _KEYS:
            raise ValueError("a key isn't known")
        name, order, status = given.get("name", ""), given.get("orderByCreateTime", "desc"), _number(given, "status")
        if not isinstance(name, str) or order not in ("asc", "desc"):
            raise ValueError("a value isn't known")
        if status is not None and status not in STATUS.values():
            raise ValueError("the status isn't known")
        return cls(name, status, _number(given, "fromCreateTime"), _number(given, "toCreateTime"), order == "asc")

    def passes(self, job: GraphJob, now: datetime) -> bool:
        """Whether the job is listed."""
        created = created_ms(job)
        if (self.from_ms is not None and created < self.from_ms) or (self.to_ms is not None and created > self.to_ms):
            return False
        # Most lists are asked for without a name, and writing one takes longer than all the rest.
        if self.name and self.name not in name_of(job):
            return False
        return self.status is None or self.status == STATUS[job.at(now).state]


def _number(given: Mapping[str, object], key: str) -> int | None:
    if key not in given:
        return None
    match given[key]:
        case bool():
            pass
        case int(value):
            return value
    raise ValueError(f"{key} is no whole number")
