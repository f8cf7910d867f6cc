"""The fields of a form: one for each parameter of what is about to be started, with what is wrong below it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from jobtui.app.payload import MISSING, expected
from jobtui.app.screens.choosing import Choice, ChoiceField
from jobtui.core.text import one_line
from jobtui.providers.base import TargetParameter

NEEDED = "*"
"""The mark of a field that can't be left out."""

_ELSEWHERE = "stands in the JSON: too long for here, or not all of it can be seen"


class FieldRow(Horizontal):
    """One parameter: its name, its field, and what is wrong with what stands there."""

    def __init__(self, parameter: TargetParameter, number: int) -> None:
        super().__init__(classes="row")
        self.parameter = parameter
        self.was_left = False
        """Whether the user was in it: what is wrong with half a value isn't said before."""
        self.field = ChoiceField(classes="submit-field", name=str(number))
        choices = parameter.choices or (("true", "false") if parameter.type == "boolean" else ())
        self.field.choices = tuple(Choice(choice) for choice in choices)
        self.known_text = ""
        """What stood in the field when it was last told of."""
        self._trouble = Static(markup=False, classes="trouble")
        self._told = ""
        self._is_hidden = False
        self._tell_what_is_wanted()

    def compose(self) -> ComposeResult:
        """Name and field side by side."""
        yield Static(label(self.parameter.name, _mark(self.parameter)), classes="name")
        with Vertical(classes="value"):
            yield self.field
            yield self.field.offers
            yield self._trouble

    def take(self, text: str, *, is_hidden: bool) -> None:
        """Show a value that came from elsewhere; nothing where it can't be shown as it is."""
        shown = text if not is_hidden and one_line(text) == text else ""
        self.known_text = shown
        self.field.put(shown)
        self._is_hidden = is_hidden or shown != text
        self._tell_what_is_wanted()

    def tell(self, trouble: str) -> None:
        """Say what is wrong with it, or nothing."""
        if trouble == self._told:
            return
        self._told = trouble
        self.set_class(bool(trouble), "-wrong")
        self.set_class(trouble == MISSING, "-missing")
        self._trouble.update(Content(one_line(trouble, 300)))
        self._tell_what_is_wanted()

    def _tell_what_is_wanted(self) -> None:
        """Stand in for a value, in a form that looks like none without any colour too."""
        missing = "missing " if self._told == MISSING else ""
        words = _ELSEWHERE if self._is_hidden else f"{missing}({_hint(self.parameter)})"
        self.field.placeholder = one_line(words, 120)


class Fields(Vertical):
    """All fields of a target."""

    @dataclass
    class Typed(Message):
        """The user changed what stands in a field."""

        parameter: TargetParameter
        text: str

    def __init__(self) -> None:
        super().__init__(id="submit-fields")
        self._rows: dict[str, FieldRow] = {}
        self._order: tuple[FieldRow, ...] = ()
        self._showing = asyncio.Lock()

    @property
    def rows(self) -> Mapping[str, FieldRow]:
        """The rows by their parameters' names."""
        return self._rows

    async def show(self, parameters: tuple[TargetParameter, ...]) -> None:
        """Put fields for these in place of the others."""
        async with self._showing:
            if self.is_attached:
                await self._show(parameters)

    async def _show(self, parameters: tuple[TargetParameter, ...]) -> None:
        self._order = tuple(FieldRow(parameter, number) for number, parameter in enumerate(parameters))
        self._rows = {row.parameter.name: row for row in self._order}
        await self.remove_children()
        legend = _legend(parameters)
        await self.mount(*([Static(Content(legend), classes="note legend")] if legend else []), *self._order)

    @on(Input.Changed, ".submit-field")
    def _tell_typed(self, event: Input.Changed) -> None:
        event.stop()
        row = self._row_of(event.input)
        if row is not None and row.known_text != event.value:
            row.known_text = event.value
            self.post_message(self.Typed(row.parameter, event.value))

    def untold(self) -> dict[str, str]:
        """What was typed and is still on its way as a message, by parameter; from now on it counts as told."""
        found = {row.parameter.name: row.field.value for row in self._order if row.field.value != row.known_text}
        for name, text in found.items():
            self._rows[name].known_text = text
        return found

    def row_with_focus(self) -> FieldRow | None:
        """Where the user is."""
        return next((row for row in self._order if row.field.has_focus), None)

    def _row_of(self, field: Input) -> FieldRow | None:
        return next((row for row in self._order if row.field is field), None)


def label(name: str, mark: str = "") -> Content:
    """A field's name, after the mark that says whether it is needed."""
    return Content.assemble((f"{mark:<4}", "bold $text-warning"), one_line(name, 80))


def about(parameter: TargetParameter) -> str:
    """What a parameter is, in a line."""
    needed = "needed" if parameter.required else ""
    if parameter.within:
        needed = f"needed once there is anything of {parameter.within}"
    elif parameter.one_of:
        needed = f"one of {', '.join(parameter.one_of)} is needed"
    default = f"default {parameter.default}" if parameter.default else ""
    parts = (parameter.name, parameter.description.rstrip("."), _hint(parameter), default, needed)
    return one_line(" · ".join(part for part in parts if part), 400)


def _hint(parameter: TargetParameter) -> str:
    choices = ", ".join(parameter.choices)
    return f"{choices} or another" if choices and parameter.open_choices else choices or expected(parameter.type)


def _mark(parameter: TargetParameter) -> str:
    if parameter.required:
        return NEEDED
    return "(*)" if parameter.within else "+" if parameter.one_of else ""


def _legend(parameters: tuple[TargetParameter, ...]) -> str:
    marks = {_mark(parameter) for parameter in parameters}
    words = {
        NEEDED: "* is needed",
        "(*)": "(*) is needed once its group is begun",
        "+": "one of those with + is needed",
    }
    return ", ".join(text for mark, text in words.items() if mark in marks)
