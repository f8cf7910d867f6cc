"""Reading a description key by key, so that every mistake is told with its file and its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time
from difflib import get_close_matches
from typing import TypeVar

from jobtui.core.errors import SettingsError
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.text import one_line
from jobtui.providers.rest.expression import Expression, check_names, nearest, plain_text

_Made = TypeVar("_Made")


class Table:
    """One table of a description; what isn't read of it by its end is an unknown key."""

    def __init__(
        self, values: JsonObject, *, file: str, place: str = "", job_values: frozenset[str] = frozenset()
    ) -> None:
        """Read from a parsed document.

        Args:
            values: The table.
            file: Name for messages.
            place: Keys that lead here.
            job_values: What expressions may ask `value()` for.
        """
        self._values = values
        self._file = file
        self._place = place
        self._job_values = job_values
        self._known: set[str] = set()

    def fault(self, key: str, words: str, *, hint: str = "") -> SettingsError:
        """The error that tells what is wrong with one of the keys."""
        place = one_line(".".join(filter(None, (self._place, key))))
        return SettingsError(f"{self._file}: {place}: {words}" if place else f"{self._file}: {words}", hint=hint)

    def missing(self, key: str, *, hint: str = "") -> SettingsError:
        """The error for a key that has to be there, or for the one that was meant to be it."""
        unread = [other for other in self._values if other not in self._known]
        if near := get_close_matches(key, unread, n=1):
            return self.fault(near[0], "there is no such key here", hint=f"Did you mean {key!r}?")
        return self.fault(key, "it is missing", hint=hint)

    @contextmanager
    def reading(self, key: str) -> Iterator[None]:
        """Around what is made from a key's value: its errors get file and key in front."""
        try:
            yield
        except SettingsError as error:
            raise self.fault(key, str(error), hint=error.hint) from None

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._known.add(key)
        return key in self._values

    def end(self) -> None:
        """Raises `SettingsError` for a key that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                raise self.fault(key, "there is no such key here", hint=nearest(key, self._known))

    def value(self, key: str) -> JsonValue:
        """Any JSON value; TOML's dates are none."""
        found = self._get(key)
        _no_dates(self, key, found)
        return found

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        found = self._get(key)
        if found is None:
            return default
        if not isinstance(found, str):
            raise self.fault(key, f"a text is needed, not {_kind(found)}")
        return found

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of some words."""
        word = self.text(key, default)
        if word not in choices:
            raise self.fault(key, f"{word!r} is none of {', '.join(choices)}", hint=nearest(word, choices))
        return word

    def flag(self, key: str) -> bool:
        """True or false; false where there is neither."""
        found = self._get(key)
        if found is not None and not isinstance(found, bool):
            raise self.fault(key, f"true or false is needed, not {_kind(found)}")
        return bool(found)

    def number(self, key: str, default: float, *, least: float, most: float) -> float:
        """A number within limits."""
        found = self._get(key)
        if found is None:
            return default
        if isinstance(found, bool) or not isinstance(found, int | float) or not least <= found <= most:
            raise self.fault(key, f"a number from {least:g} to {most:g} is needed")
        return float(found)

    def statuses(self, key: str, default: frozenset[int]) -> frozenset[int]:
        """A list of HTTP statuses."""
        found = self._list(key)
        if found is None:
            return default
        numbers = [item for item in found if isinstance(item, int) and not isinstance(item, bool) and 100 <= item < 600]
        if len(numbers) != len(found):
            raise self.fault(key, "HTTP statuses are needed, such as [400, 409]")
        return frozenset(numbers)

    def words(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts; numbers, true and false count as the texts that they are written as."""
        found = self._list(key)
        if found is None:
            return default
        if not all(isinstance(item, str | int | float) for item in found):
            raise self.fault(key, "a list of words or numbers is needed")
        return tuple(plain_text(item) for item in found)

    def expression(self, key: str, default: Expression | None = None) -> Expression | None:
        """A JMESPath expression."""
        if not self.has(key):
            return default
        text = self.text(key)
        with self.reading(key):
            expression = Expression(text)
            check_names(expression.value_names, self._job_values)
            return expression

    def made(self, key: str, make: Callable[[str], _Made]) -> _Made | None:
        """What is made from a text; `None` where there is none."""
        if not self.has(key):
            return None
        text = self.text(key)
        with self.reading(key):
            return make(text)

    def texts(self, key: str) -> dict[str, str]:
        """A table of texts; numbers, true and false count as the texts that they are written as."""
        table = self.table(key)
        found: dict[str, str] = {}
        for name in table.names():
            value = table.value(name)
            if not isinstance(value, str | int | float):
                raise table.fault(name, f"a text is needed, not {_kind(value)}")
            found[name] = plain_text(value)
        return found

    def table(self, key: str) -> Table:
        """A table inside; an empty one where there is none."""
        found = self._get(key)
        if found is None:
            found = {}
        if not isinstance(found, dict):
            raise self.fault(key, f"a table is needed, not {_kind(found)}")
        return self._inner(found, ".".join(filter(None, (self._place, key))))

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables, `[[…]]` in TOML."""
        found = self._list(key, of="tables: [[" + key + "]]") or []
        place = ".".join(filter(None, (self._place, key)))
        tables = []
        for number, item in enumerate(found, start=1):
            if not isinstance(item, dict):
                raise self.fault(key, f"a list of tables is needed, not of {_kind(item)}")
            tables.append(self._inner(item, f"{place}[{number}]"))
        return tuple(tables)

    def names(self) -> Iterable[str]:
        """The keys of a table whose keys are the user's own."""
        self._known.update(self._values)
        return tuple(self._values)

    def _inner(self, values: JsonObject, place: str) -> Table:
        return Table(values, file=self._file, place=place, job_values=self._job_values)

    def _get(self, key: str) -> JsonValue:
        self._known.add(key)
        return self._values.get(key)

    def _list(self, key: str, of: str = "a list") -> list[JsonValue] | None:
        found = self._get(key)
        if found is not None and not isinstance(found, list):
            raise self.fault(key, f"{of} is needed, not {_kind(found)}")
        return found


_KINDS: Mapping[type, str] = {
    str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"
}  # fmt: skip


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")


def _no_dates(table: Table, key: str, value: object) -> None:
    if isinstance(value, date | time):
        raise table.fault(key, "JSON has no dates: write it as a text")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _no_dates(table, key, item)
