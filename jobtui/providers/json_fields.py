"""Reading JSON that may hold anything: a value of another type than promised counts as missing, never as a fault."""

from __future__ import annotations

from collections.abc import Mapping

from jobtui.core.jobs import JsonObject, JsonValue

_NO_FIELDS: JsonObject = {}
_EXACT = 2**53


def object_of(value: JsonValue) -> JsonObject:
    """The object itself; an empty one for everything else."""
    return value if isinstance(value, dict) else _NO_FIELDS


def items_of(value: JsonValue) -> list[JsonValue]:
    """The array's items; none for everything else."""
    return value if isinstance(value, list) else []


def text_of(value: JsonValue) -> str:
    """Text as it is, numbers in JSON's spelling; empty for everything else.

    Services write one id as text here and as a number there; as text both are the same, without any digit lost. JSON
    knows one kind of number, so 5.0 is 5; the text "5.0" is a name of the service's own, and stays as it is.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    try:
        return str(int(value) if is_whole(value) else value)
    except ValueError:  # more digits than Python turns into text
        return ""


def is_whole(number: float) -> bool:
    """Whether the number is a whole one, and so exact that no digit of it is made up."""
    return isinstance(number, int) or (number.is_integer() and abs(number) <= _EXACT)


def first_text(fields: Mapping[str, JsonValue], *names: str) -> str:
    """The first of these fields that holds any text; empty where none does."""
    for name in names:
        if text := text_of(fields.get(name)):
            return text
    return ""
