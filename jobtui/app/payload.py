"""From the fields of a form to the JSON of a submission and back; pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from jobtui.core.errors import UsageError
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.text import one_line
from jobtui.providers.base import TargetParameter

_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list: [ … ]",
    "object": "an object: { … }",
}
MISSING = "is missing"
"""What is wrong with a parameter that is needed in any case."""

_UNSURE = re.compile(r"[^\n\r\t -~]+")
_MOST_MARKS = 4
_INPUT_KEYS = ("input", "parameters", "payload", "request", "params")


def parse_payload(text: str) -> JsonObject:
    """The payload as it was typed; nothing typed is an empty object.

    Raises:
        UsageError: It isn't a JSON object; the text says where it stops being one.
    """
    if not text.strip():
        return {}
    try:
        value = _read_json(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"not JSON, line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError("not JSON that can be read: a number is none or too long, or the nesting too deep") from error
    if not isinstance(value, dict):
        raise UsageError("the input must be a JSON object: { … }")
    return value


def written(payload: JsonObject) -> str:
    """The payload as text to edit, all of which can be seen."""
    return visible(json.dumps(payload, indent=2, ensure_ascii=False))


def visible(text: str) -> str:
    """JSON text that reads back the same, with JSON's escapes for what the gate would change in it."""
    return _UNSURE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    pieces: list[str] = []
    marks = 0
    for character in match[0]:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        is_seen = one_line(f"_{character}") == f"_{character}" and marks <= _MOST_MARKS
        pieces.append(character if is_seen else json.dumps(character)[1:-1])
    return "".join(pieces)


def typed(parameter: TargetParameter, text: str) -> JsonValue:
    """What was typed into a parameter's field, as JSON; the text itself where that doesn't fit the parameter.

    So what stands in the field stands in the payload too, and `problems` tells what is wrong with it.
    """
    if parameter.type == "string":
        return text
    try:
        value = _read_json(text.strip())
    except (ValueError, RecursionError):
        return text
    return value if _fits(parameter.type, value) else text


def _read_json(text: str) -> JsonValue:
    value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def expected(kind: str) -> str:
    """What is wanted for one of JSON Schema's types, in words."""
    return _WORDS.get(kind, f"JSON ({kind})")


def _fits(kind: str, value: JsonValue) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return True


def shown(value: JsonValue) -> str:
    """A value as its field shows it; text without quotes, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def value_at(payload: JsonObject, name: str) -> JsonValue:
    """What stands under a dotted name; `None` where there is nothing."""
    value: JsonValue = payload
    for key in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def with_value(payload: JsonObject, name: str, value: JsonValue) -> JsonObject:
    """A copy with a value under a dotted name; `None` takes it away."""
    key, _, rest = name.partition(".")
    copy = dict(payload)
    if rest:
        inner = copy.get(key)
        copy[key] = with_value(inner if isinstance(inner, dict) else {}, rest, value)
        if not copy[key]:
            del copy[key]
    elif value is None:
        copy.pop(key, None)
    else:
        copy[key] = value
    return copy


def defaults(parameters: Iterable[TargetParameter]) -> JsonObject:
    """The payload that a target begins with."""
    payload: JsonObject = {}
    for parameter in parameters:
        if parameter.default:
            payload = with_value(payload, parameter.name, typed(parameter, parameter.default))
    return payload


def problems(payload: JsonObject, parameters: Sequence[TargetParameter]) -> dict[str, str]:
    """What a service would turn down, as far as the parameters tell: by parameter, each in a few words without it."""
    found: dict[str, str] = {}
    for parameter in parameters:
        value = value_at(payload, parameter.name)
        trouble = _missing(payload, parameter) if value is None else _wrong(value, parameter)
        if trouble:
            found[parameter.name] = trouble
    return found


def told(troubles: Mapping[str, str]) -> str:
    """Several of them with their names, in one line."""
    return "; ".join(f"{name}{' ' if text.startswith('is ') else ': '}{text}" for name, text in troubles.items())


def _missing(payload: JsonObject, parameter: TargetParameter) -> str:
    if _stands_otherwise(payload, parameter.name):
        return ""
    if parameter.required:
        return MISSING
    if parameter.within and value_at(payload, parameter.within) is not None:
        return f"is missing: {parameter.within} needs it"
    group = parameter.one_of
    # It is told once for all of them, and their object itself may be there without any of them.
    holder = parameter.name.rpartition(".")[0]
    is_first = bool(group) and parameter.name == group[0]
    if is_first and all(value_at(payload, name) is None for name in group) and value_at(payload, holder) is None:
        return f"one of {', '.join(group)} is needed"
    return ""


def _stands_otherwise(payload: JsonObject, name: str) -> bool:
    """Whether an object that a dotted name leads through is given in another form, such as a link to it."""
    value: JsonValue = payload
    for key in name.split("."):
        if not isinstance(value, dict):
            return value is not None
        value = value.get(key)
    return False


def _wrong(value: JsonValue, parameter: TargetParameter) -> str:
    # Quotes, where without them it would look like what is wanted.
    given = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else shown(value)
    if parameter.excludes(shown(value)):
        return f"one of {', '.join(parameter.choices)} is wanted, not {one_line(given, 60)}"
    if not _fits(parameter.type, value):
        return f"{expected(parameter.type)} is wanted, not {one_line(given, 60)}"
    return ""


def input_in(body: bytes) -> JsonObject | None:
    """What a job was started with, where the service's answer about it tells; `None` where it doesn't."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for _ in range(3):
        if not isinstance(document, dict):
            return None
        for key in _INPUT_KEYS:
            found = document.get(key)
            if isinstance(found, dict):
                return found
        document = document.get("data")
    return None
