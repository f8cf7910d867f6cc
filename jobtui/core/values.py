"""Values that the user's configuration looks up in what services answer: kept with the job, as text.

A job holds each in its `handle`, under a key made from the path: so a value survives a restart, and one that another
path found is never taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from jobtui.core.jobs import Job

NO_PATHS: Mapping[str, str] = MappingProxyType({})
"""Where the configuration looks nothing up."""

LONGEST_VALUE = 500
"""Characters that are kept of one."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def value_key(path: str) -> str:
    """Under which a job holds what the path finds."""
    return f"json:{path}"


def value_keys(paths: Mapping[str, str]) -> dict[str, str]:
    """The same for paths by the names of their columns."""
    return {name: value_key(path) for name, path in paths.items()}


def value_of(job: Job, key: str) -> str:
    """The value; empty where there is none."""
    return job.handle.get(key, "")


def number_of(text: str) -> float | None:
    """The value as a number, where it is one."""
    return float(text) if len(text) <= 40 and _NUMBER.fullmatch(text) else None
