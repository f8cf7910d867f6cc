"""What became of each of several things that a command line named: a line each, or one JSON document."""

from __future__ import annotations

from jobtui.cli import output
from jobtui.core.jobs import JsonValue


class Outcomes:
    """Prints what was done as it is done, or gathers everything for `--json`."""

    def __init__(self, *, as_json: bool, key: str = "address") -> None:
        """Take how to print, and what the things are called in JSON."""
        self._as_json = as_json
        self._key = key
        self._documents: list[JsonValue] = []

    def done(self, name: str, outcome: str, detail: str = "", *, words: str = "") -> None:
        """It is as the user wanted it; the line says its name, or the words where more is to be told."""
        self._add(name, outcome, detail)
        if not self._as_json:
            output.line(words or name)

    def told(self, name: str, outcome: str, detail: str = "") -> None:
        """It isn't, or was already; stderr says so, and JSON says it as well."""
        self._add(name, outcome, detail)

    def close(self) -> None:
        """Print what was gathered."""
        if self._as_json:
            output.document(self._documents)

    def _add(self, name: str, outcome: str, detail: str) -> None:
        self._documents.append({self._key: name, "outcome": outcome, "detail": detail})
