"""Texts, paths and bodies with `{expression}` in them, filled with what is known of a job.

A value that is one placeholder and nothing else keeps its type; one that is null leaves its key or item out. `{{` and
`}}` are braces. In a path a placeholder is one escaped segment, unless it is written `{+expression}`: then it may hold
slashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from jobtui.core.errors import ProviderRefused, SettingsError
from jobtui.core.jobs import JsonValue
from jobtui.providers.rest.expression import Expression, Scope, check_names, plain_text

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


class _Placeholder(Struct, frozen=True):
    expression: Expression
    is_path: bool


class Template:
    """A text with placeholders."""

    def __init__(self, text: str, known: frozenset[str], *, in_path: bool = False) -> None:
        """Take the text apart.

        Args:
            text: As the description has it.
            known: The names that placeholders may use.
            in_path: Whether `{+…}` is allowed.

        Raises:
            SettingsError: A brace stands alone, or a placeholder can't be understood.
        """
        self.text = text
        self.pieces: tuple[str | _Placeholder, ...] = tuple(_pieces(text, known, in_path=in_path))

    @property
    def names(self) -> frozenset[str]:
        """The names that its placeholders use."""
        return frozenset().union(*(piece.expression.names for piece in self.pieces if isinstance(piece, _Placeholder)))

    def fill(self, scope: Scope) -> JsonValue:
        """The value of a lone placeholder with its type, anything else as text."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], _Placeholder):
            return self.pieces[0].expression.read(scope)
        return "".join(_filled(piece, scope) for piece in self.pieces)

    def fill_text(self, scope: Scope) -> str:
        """The same as text."""
        return plain_text(self.fill(scope))


class PathTemplate:
    """A path below the base URL."""

    def __init__(self, text: str, known: frozenset[str]) -> None:
        """Take the path apart.

        Raises:
            SettingsError: It holds an empty segment, a query or a fragment, or is no template.
        """
        if "?" in re.sub(r"\{[^{}]*\}", "", text) or "#" in text:
            raise SettingsError(f"{text!r} is more than a path", hint="What follows `?` goes into `query`.")
        self._segments: list[list[str | _Placeholder]] = [[]]
        for piece in Template(text.removeprefix("/"), known, in_path=True).pieces:
            first, *others = piece.split("/") if isinstance(piece, str) else [piece]
            self._segments[-1].append(first)
            self._segments.extend([other] for other in others)
        self._segments = [[piece for piece in segment if piece] for segment in self._segments]
        for segment in self._segments:
            if not segment:
                raise SettingsError(f"{text!r} has an empty segment")
            if len(segment) > 1 and any(isinstance(piece, _Placeholder) and piece.is_path for piece in segment):
                raise SettingsError(f"in {text!r} a {{+…}} has to stand alone between slashes")
        self.text = text

    def fill(self, scope: Scope) -> tuple[str, ...]:
        """The segments, unescaped.

        Raises:
            ProviderRefused: What a placeholder stands for isn't known.
        """
        segments: list[str] = []
        for pieces in self._segments:
            for piece in pieces:
                if isinstance(piece, _Placeholder) and not _filled(piece, scope):
                    raise ProviderRefused(f"{{{piece.expression.text}}} isn't known of this job, and its URL needs it")
            text = "".join(_filled(piece, scope) for piece in pieces)
            is_path = isinstance(pieces[0], _Placeholder) and pieces[0].is_path
            segments.extend(text.strip("/").split("/") if is_path else [text])
        return tuple(segments)


class BodyTemplate:
    """A JSON body with placeholders at any depth."""

    def __init__(self, value: JsonValue, known: frozenset[str]) -> None:
        """Take the body apart. Raises `SettingsError` for a text in it that is no template."""
        self._node = _node(value, known)

    def fill(self, scope: Scope) -> JsonValue:
        """The body, without what is null."""
        return _grown(self._node, scope)


_Node = Template | int | float | bool | list["_Node"] | dict[str, "_Node"] | None


def _node(value: JsonValue, known: frozenset[str]) -> _Node:
    if isinstance(value, str):
        return Template(value, known)
    if isinstance(value, list):
        return [_node(item, known) for item in value]
    if isinstance(value, dict):
        return {key: _node(item, known) for key, item in value.items()}
    return value


def _grown(node: _Node, scope: Scope) -> JsonValue:
    if isinstance(node, Template):
        return node.fill(scope)
    if isinstance(node, list):
        return [value for item in node if (value := _grown(item, scope)) is not None]
    if isinstance(node, dict):
        return {key: value for key, item in node.items() if (value := _grown(item, scope)) is not None}
    return node


def _pieces(text: str, known: frozenset[str], *, in_path: bool) -> list[str | _Placeholder]:
    pieces: list[str | _Placeholder] = []
    for match in _PIECE.finditer(text):
        piece = match[0]
        if match[1] is not None:
            is_path = match[1].startswith("+")
            if is_path and not in_path:
                raise SettingsError(f"{piece} can only stand in a path")
            pieces.append(_Placeholder(_known_expression(match[1].removeprefix("+"), known), is_path))
        elif piece in {"{", "}"}:
            raise SettingsError(f"a {piece} stands alone in {text!r}", hint=f"Write {piece * 2} for the character.")
        else:
            # Neighbours are one text, so that a lone placeholder is recognised by being the only piece.
            literal = piece[0] if piece in {"{{", "}}"} else piece
            if pieces and isinstance(pieces[-1], str):
                literal = f"{pieces.pop()}{literal}"
            pieces.append(literal)
    return pieces


def _known_expression(text: str, known: frozenset[str]) -> Expression:
    expression = Expression(text)
    check_names(expression.names | expression.value_names, known)
    return expression


def _filled(piece: str | _Placeholder, scope: Scope) -> str:
    return piece if isinstance(piece, str) else piece.expression.text_in(scope)


def filled_texts(templates: Mapping[str, Template], scope: Scope) -> dict[str, str]:
    """All texts by their names, without those that stay empty."""
    return {name: text for name, template in templates.items() if (text := template.fill_text(scope))}
