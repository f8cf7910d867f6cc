"""What a form lets the user choose with: one source of several, and a field that offers what fits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual import events, on
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widgets import Input, OptionList, Static

from jobtui.core.matching import likeliest
from jobtui.core.text import one_line

_MOST_OFFERED = 200
_MOST_SIDE_BY_SIDE = 9
"""Sources; of more, those around the chosen one are shown."""


class SourceLine(Static, can_focus=True):
    """The sources side by side, one of them chosen; each key that moves somewhere chooses the next one."""

    BINDINGS = [
        Binding("right,l,down,j,space", "step(1)", show=False),
        Binding("left,h,up,k", "step(-1)", show=False),
        Binding("enter", "app.focus_next", show=False),
    ]

    value: reactive[str] = reactive("")
    """The chosen source."""

    @dataclass
    class Changed(Message):
        """Another source is chosen."""

        value: str

    def __init__(self, names: Sequence[str], value: str, *, id: str) -> None:
        super().__init__(id=id)
        self._names = tuple(names)
        self.set_reactive(SourceLine.value, value)

    def render(self) -> Content:
        """The chosen one with a full mark, the others with an empty one."""
        parts = []
        names = list(enumerate(self._names))
        if len(names) > _MOST_SIDE_BY_SIDE:
            at = self._names.index(self.value)
            first = max(0, min(at - _MOST_SIDE_BY_SIDE // 2, len(names) - _MOST_SIDE_BY_SIDE))
            names = names[first : first + _MOST_SIDE_BY_SIDE]
            parts.append(Content.styled(f"{at + 1} of {len(self._names)}:", "$foreground 60%"))
        for number, name in names:
            is_chosen = name == self.value
            look = ("reverse" if self.has_focus else "bold") if is_chosen else "$foreground 60%"
            mark = "●" if is_chosen else "○"
            text = Content.styled(f"{mark}\N{NO-BREAK SPACE}{one_line(name, 60)}", look)
            parts.append(text.stylize(Style.from_meta({"source": number})))
        return Content("   ").join(parts)

    def watch_value(self, value: str) -> None:
        """Tell it."""
        if self.is_mounted:
            self.post_message(self.Changed(value))

    def watch_has_focus(self, _focus: bool) -> None:
        """Show which one the keys move."""
        super().watch_has_focus(_focus)
        self.refresh()

    def action_step(self, step: int) -> None:
        """Choose the next source, or the one before."""
        self.value = self._names[(self._names.index(self.value) + step) % len(self._names)]

    @on(events.Click)
    def _choose(self, event: events.Click) -> None:
        """Choose the one under the mouse."""
        number = event.style.meta.get("source")
        if isinstance(number, int):
            self.value = self._names[number]


class Choice(NamedTuple):
    """Something that a field may hold."""

    value: str
    note: str = ""
    """What else it is called; it is found by that, too."""
    source: str = ""
    """Where it belongs, if not to the source that is chosen."""


class Offers(OptionList, can_focus=False):
    """What fits a field, over what stands below it."""

    def __init__(self, field: ChoiceField) -> None:
        super().__init__(markup=False, compact=True)
        self._field = field

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._field.take(event.option_index)


class ChoiceField(Input):
    """A field of one line; where there are choices, those that fit what is typed are offered below it.

    Enter takes the first or the one that the arrows went to, Tab only the latter; whatever is typed stays as it is
    otherwise. Where nothing is offered, Enter and the arrows go on to the next field.
    """

    BINDINGS = [
        Binding("down", "browse(1)", show=False),
        Binding("up", "browse(-1)", show=False),
        Binding("enter", "submit", show=False),
        Binding("tab", "leave(1)", show=False),
        Binding("shift+tab", "leave(-1)", show=False),
    ]

    @dataclass
    class Taken(Message):
        """What was offered was taken."""

        field: ChoiceField
        choice: Choice

    @dataclass
    class Entered(Message):
        """The user came into the field, or left it."""

        field: ChoiceField
        is_in: bool

    def __init__(self, *, placeholder: str = "", id: str | None = None, classes: str = "", name: str = "") -> None:
        super().__init__(placeholder=placeholder, id=id, classes=classes, name=name, compact=True)
        self.cursor_blink = False
        self._choices: tuple[Choice, ...] = ()
        self._fitting: list[Choice] = []
        self._is_browsing = False
        self.offers = Offers(self)
        """To be mounted right below the field."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What is offered."""
        return self._choices

    @choices.setter
    def choices(self, choices: Sequence[Choice]) -> None:
        # What reads differently from what it is can't be sent from here either.
        self._choices = tuple(choice for choice in choices if choice.value and one_line(choice.value) == choice.value)
        self._offer()

    @property
    def is_offering(self) -> bool:
        """Whether there is a list under it."""
        return self.offers.has_class("-shown")

    def put(self, value: str) -> None:
        """Show a value that nobody typed; what is typed next goes to its end."""
        if self.value != value:
            with self.prevent(Input.Changed):
                self.value = value
            self.cursor_position = len(value)
        self._offer()

    def close(self) -> bool:
        """Take the list away that the user went into; false where there is none."""
        was_browsing = self._is_browsing and self.is_offering
        if was_browsing:
            self._show(())
        return was_browsing

    def _offer(self, *, everything: bool = False) -> None:
        typed = self.value.strip()
        is_one = any(choice.value == typed and not choice.source for choice in self._choices)
        if not self.has_focus or (is_one and not everything):
            self._show(())
        else:
            fitting = likeliest("" if everything else typed, self._choices, lambda one: (one.value, one.note))
            self._show(fitting[:_MOST_OFFERED])

    def _show(self, fitting: Sequence[Choice]) -> None:
        self._is_browsing = False
        if not fitting and not self._fitting:
            return
        self._fitting = list(fitting)
        self.offers.set_class(bool(fitting), "-shown")
        self.offers.clear_options()
        self.offers.add_options([_line(choice) for choice in fitting])
        # Nothing was typed that the first could be an answer to.
        self.offers.highlighted = 0 if fitting and self.value.strip() else None

    def watch_has_focus(self, focus: bool) -> None:
        """Offer while the user is here."""
        super().watch_has_focus(focus)
        self._offer()
        self.post_message(self.Entered(self, focus))

    @on(Input.Changed)
    def _refit(self) -> None:
        self._offer()

    def action_browse(self, step: int) -> None:
        """Go through what is offered; without that to another field."""
        if not self.is_offering and not (self._choices and step > 0):
            self.action_leave(step)
            return
        highlighted = self.offers.highlighted
        if not self.is_offering:
            self._offer(everything=True)
            values = [choice.value for choice in self._fitting]
            at = values.index(self.value) if self.value in values else 0
        elif highlighted is None or (step > 0 and not self._is_browsing):
            at = 0 if step > 0 else -1
        else:
            at = min(highlighted + step, len(self._fitting) - 1)
        if at < 0:
            self._show(())
            self.screen.focus_previous()
            return
        self._is_browsing = True
        self.offers.highlighted = at

    async def action_submit(self) -> None:
        """Take what is highlighted, or go on."""
        if self.is_offering and self.offers.highlighted is not None:
            self.take(self.offers.highlighted)
        else:
            self.screen.focus_next()

    def action_cursor_right(self, select: bool = False) -> None:
        """At the end of what is typed, take what is highlighted."""
        is_at_end = self.cursor_position == len(self.value)
        if is_at_end and not select and self.is_offering and self.offers.highlighted is not None:
            self.take(self.offers.highlighted)
        else:
            super().action_cursor_right(select)

    def action_leave(self, step: int) -> None:
        """Go to another field, with what was chosen by hand."""
        if self._is_browsing and self.offers.highlighted is not None:
            self.take(self.offers.highlighted)
        move: Callable[[], object] = self.screen.focus_next if step > 0 else self.screen.focus_previous
        move()

    def take(self, number: int) -> None:
        """Take one of what is offered."""
        choice = self._fitting[number]
        self._show(())
        self.post_message(self.Taken(self, choice))
        if not choice.source:
            self.value = choice.value
            self.cursor_position = len(choice.value)


def _line(choice: Choice) -> Content:
    note = f"  {one_line(choice.note, 80)}" if choice.note else ""
    source = f"  at {one_line(choice.source, 40)}" if choice.source else ""
    return Content.assemble(choice.value, (note, "$foreground 60%"), (source, "$text-warning"))
