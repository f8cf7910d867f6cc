"""JMESPath over one answer: the only language in a description, for values and for conditions alike.

Besides JMESPath's own functions there are `header(name)`, `http_status()`, `value(name)` (what is known of the job: id,
target, captured values), `from_json(text)`, `header_link(rel)` (of a Link header), `path_of(url)` and
`last_segment(url)`. What can't be computed is null; null, "", [], {} and false are no.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from jmespath.functions import Functions, signature
from jmespath.visitor import Options
from msgspec import Struct, field

from jobtui.core.errors import ProtocolError, SettingsError
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.structs import replace
from jobtui.providers.answer import parse_json
from jobtui.providers.json_fields import text_of

_NO_VALUES: JsonObject = {}
_NO_HEADERS: Mapping[str, str] = {}
_DOUBLE_QUOTED = re.compile(r"[=!]=\s*\"|\"\s*[=!]=")
_LINK_HEADER = re.compile(r"<([^<>]{0,8192})>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\",;]+))*)")
_LINK_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)
# Nodes whose later children look at what the first one found.
_CHAINS = frozenset({
    "subexpression", "pipe", "projection", "value_projection", "filter_projection", "flatten", "index_expression",
    "slice",
})  # fmt: skip


class Scope(Struct, frozen=True):
    """What an expression can see."""

    body: JsonValue
    """What plain names look into."""
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    """By lower-case name."""
    status: int = 0
    values: JsonObject = field(default_factory=lambda: _NO_VALUES)
    """What is known of the job beside the answer."""

    def of_item(self, item: JsonValue) -> Scope:
        """The same with one item of the body in its place."""
        return replace(self, body=item)


class Expression:
    """One compiled expression."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        """Compile it.

        Raises:
            SettingsError: It can't be understood; the text says where.
        """
        if _DOUBLE_QUOTED.search(text):
            raise SettingsError(f"{text!r} compares with a name", hint="Text in an expression stands in single quotes.")
        try:
            self._compiled = jmespath.compile(text)
        except ParseError as error:
            raise SettingsError(f"{text!r} can't be understood from column {error.lex_position + 1} on") from None
        except (JMESPathError, RecursionError):
            raise SettingsError(f"{text!r} can't be understood") from None
        self.text = text
        _check_calls(self._compiled.parsed)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    @property
    def names(self) -> frozenset[str]:
        """The names that it looks for at the root."""
        return frozenset(_root_names(self._compiled.parsed))

    @property
    def value_names(self) -> frozenset[str]:
        """The names that it asks `value()` for."""
        return frozenset(_asked_values(self._compiled.parsed))

    def read(self, scope: Scope) -> JsonValue:
        """What it finds; null where the answer has another form than it expects."""
        try:
            found: JsonValue = self._compiled.search(scope.body, options=Options(custom_functions=_Calls(scope)))
        # The library lets Python's own errors out where functions meet values that they weren't made for.
        except (JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError):
            return None
        return found

    def text_in(self, scope: Scope) -> str:
        """What it finds as text."""
        return plain_text(self.read(scope))

    def holds(self, scope: Scope) -> bool:
        """Whether it finds anything: null, "", [], {} and false are nothing, 0 is something."""
        found = self.read(scope)
        return not (found is None or found is False or found in ("", [], {}))


def plain_text(value: JsonValue) -> str:
    """The value as text: null is empty, true and false are words, lists and objects are JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except (ValueError, RecursionError):
            return ""
    return text_of(value)


def check_names(found: frozenset[str], known: frozenset[str]) -> None:
    """Raises `SettingsError` for a name that nothing is known by."""
    for name in sorted(found - known):
        raise SettingsError(f"nothing is known as {name!r} here", hint=nearest(name, known))


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the known word that was probably meant, or with all of them."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(choices)}." if choices else ""


class _Calls(Functions):
    """JMESPath's functions and ours, with the answer at hand."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @signature({"types": ["string"]})
    def _func_header(self, name: str) -> JsonValue:
        return self._scope.headers.get(name.lower())

    @signature()
    def _func_http_status(self) -> JsonValue:
        return self._scope.status

    @signature({"types": ["string"]})
    def _func_value(self, name: str) -> JsonValue:
        return self._scope.values.get(name)

    @signature({"types": ["string"]})
    def _func_from_json(self, text: str) -> JsonValue:
        try:
            return parse_json(text.encode("utf-8", "replace"))
        except ProtocolError:
            return None

    @signature({"types": ["string"]})
    def _func_header_link(self, relation: str) -> JsonValue:
        for target, parameters in _LINK_HEADER.findall(self._scope.headers.get("link", "")[:65_536]):
            found = _LINK_RELATION.search(parameters)
            if found and relation.lower() in (found[1] or found[2]).lower().split():
                return str(target)
        return None

    @signature({"types": ["string"]})
    def _func_path_of(self, url: str) -> JsonValue:
        return unquote(urlsplit(url).path).strip("/")

    @signature({"types": ["string"]})
    def _func_last_segment(self, url: str) -> JsonValue:
        return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])


_Node = Mapping[str, object]


def _children(node: _Node) -> list[_Node]:
    children = node.get("children")
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []


def _check_calls(node: _Node) -> None:
    children = _children(node)
    if node["type"] == "function_expression":
        name = str(node["value"])
        if name not in _Calls.FUNCTION_TABLE:
            raise SettingsError(f"there is no function {name}()", hint=nearest(name, _Calls.FUNCTION_TABLE))
        wanted = _Calls.FUNCTION_TABLE[name]["signature"]
        is_open = bool(wanted) and wanted[-1].get("variadic", False)
        if len(children) < len(wanted) or (len(children) > len(wanted) and not is_open):
            raise SettingsError(f"{name}() takes {len(wanted)} arguments, not {len(children)}")
    for child in children:
        _check_calls(child)


def _root_names(node: _Node) -> Iterable[str]:
    if node["type"] == "field":
        yield str(node["value"])
    elif node["type"] != "expref":
        children = _children(node)
        for child in children[:1] if node["type"] in _CHAINS else children:
            yield from _root_names(child)


def _asked_values(node: _Node) -> Iterable[str]:
    children = _children(node)
    if node["type"] == "function_expression" and node["value"] == "value" and children[0]["type"] == "literal":
        yield str(children[0]["value"])
    for child in children:
        yield from _asked_values(child)
