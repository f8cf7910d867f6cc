"""The JSON Schemas of the demo's compute tasks, and what they find wrong with a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Schema = Mapping[str, object]
"""A JSON Schema, limited to what `invalid_parameters` understands."""

NUMBER: Schema = {"type": "number"}
"""Any number."""
TEXT: Schema = {"type": "string", "minLength": 1}
"""Text with something in it."""
COUNT: Schema = {"type": "integer", "minimum": 1}
"""A count."""
OBJECT_URL: Schema = {"type": "string", "format": "uri", "minLength": 1, "reference_to": "geoscience-object"}
"""A geoscience object."""
SOURCE: Schema = {
    "type": "object",
    "properties": {"object": OBJECT_URL, "attribute": TEXT},
    "required": ["object", "attribute"],
}
"""The attribute of an object to read from."""
TARGET: Schema = {
    "type": "object",
    "properties": {
        "object": OBJECT_URL,
        "attribute": {
            "type": "object",
            "properties": {"operation": {"enum": ["create", "update"]}, "name": TEXT, "reference": TEXT},
            "required": ["operation"],
        },
    },
    "required": ["object", "attribute"],
}
"""The attribute of an object to write to."""
NEIGHBORHOOD: Schema = {
    "type": "object",
    "properties": {
        "max_samples": {"type": "integer", "minimum": 1, "default": 24},
        "min_samples": {"type": "integer", "minimum": 0, "default": 4},
    },
    "required": ["max_samples"],
}
"""Which samples count for a place."""
OBJECT_OR_URL: Schema = {
    "type": ["object", "string"],
    "format": "uri",
    "minLength": 1,
    "reference_to": "geoscience-object",
    "properties": {"object": OBJECT_URL},
    "required": ["object"],
}
"""An object by its URL: bare, as the catalogue has it, or wrapped, as the vendor's client sends it."""
SEED: Schema = {"type": "integer", "default": 38239342}
"""What a simulation starts from."""
BLOCKS: Schema = {"type": "object", "properties": dict.fromkeys(("nx", "ny", "nz"), COUNT)}
"""Into how many parts a block is cut."""
KRIGING_METHOD: Schema = {"enum": ["simple", "ordinary"], "default": "simple"}
"""The kinds of kriging that a simulation knows."""
CUTOFFS: Schema = {"type": "object", "properties": {"cutoffs": {"type": "array"}}, "required": ["cutoffs"]}
"""The values that others are held against."""


def invalid_parameters(schema: Schema, value: object, name: str = "") -> list[dict[str, str]]:
    """What is wrong with a value, in the form of the error object's `invalid-params`.

    Understands `type`, `enum`, `required`, `properties`, `minimum` and `minLength`.
    """
    match schema, value:
        case {"enum": list(words)}, _ if value not in words:
            return [{"name": name, "reason": f"must be one of {', '.join(map(str, words))}"}]
        case {"type": str() | list() as told}, _ if not any(_IS_TYPE[kind](value) for kind in _kinds(told)):
            return [{"name": name, "reason": f"must be of type {' or '.join(_kinds(told))}"}]
        case {"minimum": int(least)}, int() | float() if value < least:
            return [{"name": name, "reason": f"must be >= {least}"}]
        case {"minLength": int(least)}, str() if len(value) < least:
            return [{"name": name, "reason": "must not be empty"}]
        case {"properties": dict(properties)}, dict():
            inner = f"{name}." if name else ""
            needed = schema.get("required")
            missing = [key for key in needed if key not in value] if isinstance(needed, list) else []
            faults = [{"name": f"{inner}{key}", "reason": "is required"} for key in missing]
            for key in properties.keys() & value.keys():
                faults += invalid_parameters(properties[key], value[key], f"{inner}{key}")
            return sorted(faults, key=lambda fault: fault["name"])
    return []


def _kinds(told: str | list[str]) -> list[str]:
    return [told] if isinstance(told, str) else told


_IS_TYPE: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
