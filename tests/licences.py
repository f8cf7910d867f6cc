"""Name, version and licence of every package that is locked for the program to run; `make licences` prints them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)
_LONGEST_NAME = 60


def locked_licences(lock: str) -> Iterator[tuple[str, str, str]]:
    """The packages of a lock file's text, with the licence that each installed one declares."""
    for name, version in _PINNED.findall(lock):
        try:
            yield name, version, _licence(name)
        except PackageNotFoundError:
            yield name, version, "not installed here: for another system"


def _licence(name: str) -> str:
    told = metadata(name)
    if "License-Expression" in told:
        return told["License-Expression"]
    classified = [
        entry.rpartition(" :: ")[2] for entry in told.get_all("Classifier", []) if entry.startswith("License :: ")
    ]
    named = told["License"].strip() if "License" in told else ""
    # Some put the whole text there.
    short = named if 0 < len(named) <= _LONGEST_NAME and "\n" not in named else ""
    return ", ".join(classified) or short or "not declared"


if __name__ == "__main__":
    for package, locked, licence in locked_licences(LOCK.read_text()):
        print(f"{package:24} {locked:14} {licence}")  # noqa: T201  (a tool's output)
