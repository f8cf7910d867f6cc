"""A long payload as a form can show it: its long parts are kept aside, and a few words stand for each."""

from __future__ import annotations

import json

from jobtui.app.payload import value_at, visible
from jobtui.core.errors import UsageError
from jobtui.core.jobs import JsonObject, JsonValue

MOST_CHARACTERS = 64_000
"""Of a payload's text in a form; of longer ones the long parts are kept aside."""

_DEEP = 40
_AROUND = 12
"""Characters of quotes, commas and blanks around an entry."""


class Abridgement:
    """One payload's long parts, by the words that stand for them."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._long_text = most_characters // 64
        self._long_part = most_characters // 4
        self._kept: dict[str, JsonValue] = {}
        self._number = 0
        self._whole = ""

    def shorten(self, payload: JsonObject) -> JsonObject:
        """The payload with words for its long parts, where it is too long or too deep as a whole."""
        try:
            self._whole = json.dumps(payload, indent=2, ensure_ascii=False)
            if len(self._whole) <= self._most and len(visible(self._whole)) <= self._most:
                return payload
        except RecursionError:
            self._whole = ""
        shown: JsonObject = {}
        room = self._most - 2 * self._long_text
        for key, value in payload.items():
            part, length = self._part(value, 1)
            room -= len(visible(key)) + length + _AROUND
            if room < 0:
                rest = {key: value for key, value in payload.items() if key not in shown}
                shown[self._keep(rest, f"{len(rest):,} more entries, kept as they are")] = True
                break
            shown[key] = part
        self._whole = ""
        return shown

    def restore(self, payload: JsonObject) -> JsonObject:
        """The payload with the parts themselves again.

        Raises:
            UsageError: Words that stand for a part were changed, or it is nested too deep.
        """
        if not self._kept:
            return payload
        try:
            return self._restored_object(payload)
        except RecursionError as error:
            raise UsageError("nested too deep") from error

    def hides(self, payload: JsonObject, name: str) -> bool:
        """Whether what stands under a dotted name is kept aside, or what it stands in is."""
        return self._has(value_at(payload, name)) or self.hides_around(payload, name)

    def hides_around(self, payload: JsonObject, name: str) -> bool:
        """Whether something that a dotted name leads through is kept aside."""
        keys = name.split(".")
        return any(self._has(value_at(payload, ".".join(keys[:count]))) for count in range(1, len(keys)))

    def _has(self, value: JsonValue) -> bool:
        return isinstance(value, str) and value in self._kept

    def _part(self, value: JsonValue, depth: int) -> tuple[JsonValue, int]:
        """What is shown of a value, and about how many characters that takes."""
        if isinstance(value, str):
            if len(value) > self._long_text:
                return self._instead(value, f"{len(value):,} characters, kept as they are")
            return value, len(visible(value))
        if not isinstance(value, list | dict):
            return value, len(str(value))
        if depth > _DEEP:
            return self._instead(value, "nested deep, kept as it is")
        before = len(self._kept)
        words = f"{'a list' if isinstance(value, list) else 'an object'} of {len(value):,}, kept as it is"
        shown_list: list[JsonValue] = []
        shown_object: JsonObject = {}
        length = 2
        for key, inner in value.items() if isinstance(value, dict) else (("", inner) for inner in value):
            part, more = self._part(inner, depth + 1)
            length += len(visible(key)) + more + _AROUND + 2 * depth
            if length > self._long_part:
                # Nothing in it needs words of its own then.
                for name in list(self._kept)[before:]:
                    del self._kept[name]
                return self._instead(value, words)
            shown_object[key] = part
            shown_list.append(part)
        return shown_object if isinstance(value, dict) else shown_list, length

    def _instead(self, value: JsonValue, words: str) -> tuple[JsonValue, int]:
        name = self._keep(value, words)
        return name, len(name)

    def _keep(self, value: JsonValue, words: str) -> str:
        while True:
            self._number += 1
            # Else a value of the payload itself could be taken for it.
            if (start := f"⟪{self._number}:") not in self._whole:
                break
        name = f"{start} {words}⟫"
        self._kept[name] = value
        return name

    def _restored(self, value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return self._restored_object(value)
        if isinstance(value, list):
            return [self._restored(inner) for inner in value]
        if isinstance(value, str) and value in self._kept:
            return self._kept[value]
        if isinstance(value, str):
            self._check(value)
        return value

    def _restored_object(self, payload: JsonObject) -> JsonObject:
        restored: JsonObject = {}
        for key, value in payload.items():
            rest = self._kept.get(key)
            if isinstance(rest, dict):
                # What the user wrote beside it counts.
                restored = {**restored, **{name: rest[name] for name in rest if name not in restored}}
            else:
                self._check(key)
                restored[key] = self._restored(value)
        return restored

    def _check(self, text: str) -> None:
        if text.startswith("⟪") and any(text.startswith(name[: name.index(":") + 1]) for name in self._kept):
            raise UsageError(
                f"{text[:60]} stood for a part of the input and was changed: write all of it, or undo that"
            )
