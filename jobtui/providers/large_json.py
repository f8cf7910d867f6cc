"""JSON of many megabytes, read in bites.

The interpreter's own parser holds the lock of all threads until it is done: for 30 MB that is half a second and more in
which no key is heard. Here it gets pieces that take it about a millisecond, wherever the document lets itself be taken
apart.
"""

from __future__ import annotations

import json

from jobtui.core.jobs import JsonValue

LARGE_BYTES = 256 * 1024
"""From here on it is worth the detour."""

_BITES = (1024, 64 * 1024)
"""Characters that the interpreter's parser gets at once: first the few that most values have."""
_SPACE = " \t\n\r"
_IN_NUMBERS = tuple("0123456789.eE+-")


def read_large(text: str, decoder: json.JSONDecoder, bites: tuple[int, ...] = _BITES) -> JsonValue:
    """What `decoder` would make of the text, with pauses for others.

    Raises:
        ValueError: It isn't JSON.
        RecursionError: It is nested too deeply.
    """
    reader = _Reader(text, decoder, bites)
    try:
        value, at = reader.value(reader.past_space(0))
        if reader.past_space(at) != len(text):
            raise json.JSONDecodeError("Extra data", text, at)
    except IndexError:
        raise json.JSONDecodeError("Broken off", text, len(text)) from None
    return value


class _Reader:
    """Each method takes the place where something begins, and gives what it is with the place behind it."""

    def __init__(self, text: str, decoder: json.JSONDecoder, bites: tuple[int, ...]) -> None:
        self._text = text
        self._decoder = decoder
        self._bites = bites

    def value(self, at: int) -> tuple[JsonValue, int]:
        text = self._text
        for bite in self._bites:
            try:
                value, length = self._decoder.raw_decode(text[at : at + bite])
            except ValueError:
                continue
            # A number may go on behind the bite.
            if not isinstance(value, int | float) or text[at + length : at + length + 1] not in _IN_NUMBERS:
                return value, at + length
        if text[at] == "[":
            return self._list(at)
        if text[at] == "{":
            return self._object(at)
        # A long string; or something wrong, which the decoder has the words for.
        return self._decoder.raw_decode(text, at)

    def _list(self, at: int) -> tuple[list[JsonValue], int]:
        items: list[JsonValue] = []
        at = self.past_space(at + 1)
        if self._text[at] == "]":
            return items, at + 1
        while True:
            item, at = self.value(at)
            items.append(item)
            at, goes_on = self._next_item(at, "]")
            if not goes_on:
                return items, at

    def _object(self, at: int) -> tuple[dict[str, JsonValue], int]:
        items: dict[str, JsonValue] = {}
        at = self.past_space(at + 1)
        if self._text[at] == "}":
            return items, at + 1
        while True:
            name, at = self.value(at)
            at = self.past_space(at)
            if not isinstance(name, str) or self._text[at] != ":":
                raise json.JSONDecodeError("Expecting a name and ':'", self._text, at)
            items[name], at = self.value(self.past_space(at + 1))
            at, goes_on = self._next_item(at, "}")
            if not goes_on:
                return items, at

    def _next_item(self, at: int, closing: str) -> tuple[int, bool]:
        """Where the next item begins, or the place behind the last one; and which of the two it is."""
        at = self.past_space(at)
        if self._text[at] == ",":
            return self.past_space(at + 1), True
        if self._text[at] == closing:
            return at + 1, False
        raise json.JSONDecodeError(f"Expecting ',' or '{closing}'", self._text, at)

    def past_space(self, at: int) -> int:
        text = self._text
        while at < len(text) and text[at] in _SPACE:
            at += 1
        return at
