"""Reading JSON that may hold anything: a value of another type than promised counts as missing, never as a fault."""

from __future__ import annotations

from collections.abc import Mapping

from jobtui.core.jobs import JsonObject, JsonValue

_NO_FIELDS: JsonObject = {}


def object_of(value: JsonValue) -> JsonObject:
    """The object itself; an empty one for everything else."""
    return value if isinstance(value, dict) else _NO_FIELDS


def items_of(value: JsonValue) -> list[JsonValue]:
    """The array's items; none for everything else."""
    return value if isinstance(value, list) else []


def text_of(value: JsonValue) -> str:
    """Text as it is, numbers in JSON's spelling; empty for everything else.

    Services write one id as text here and as a number there; as text both are the same, without any digit lost.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    try:
        return str(value)
    except ValueError:  # more digits than Python turns into text
        return ""


def first_text(fields: Mapping[str, JsonValue], *names: str) -> str:
    """The first of these fields that holds any text; empty where none does."""
    for name in names:
        if text := text_of(fields.get(name)):
            return text
    return ""
