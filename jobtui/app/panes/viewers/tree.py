"""JSON as a tree that folds; only what is unfolded is ever turned into lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from jobtui.app.actions import named
from jobtui.app.columns import Span
from jobtui.app.panes.viewers.lines import Line, LineView
from jobtui.core.jobs import JsonValue
from jobtui.core.text import one_line

_UNFOLDED_AT_FIRST = 40
_UNFOLDED_AT_MOST = 20_000
_MOST_CHILDREN = 100_000
_VALUE_LIMIT = 500
_SEARCHED_VALUES = 2_000_000
_LONGEST_INNER = 20_000_000
_BITE = 8_000
"""Values that are looked through at once: a bite takes about as long as a key may."""

Step = str | int
"""A key of an object, or a place in a list."""
Path = tuple[Step, ...]
"""The steps from the root to a value."""

_OPENING = frozenset("{[")


class _Node:
    """One value with its place in the document."""

    __slots__ = ("_inner", "_looked_inside", "depth", "kept", "opened", "parent", "step", "value")

    def __init__(self, value: JsonValue, parent: _Node | None, step: Step) -> None:
        self.value = value
        self.parent = parent
        self.step = step
        self.depth: int = parent.depth + 1 if parent else 0
        self.opened = False
        self.kept: list[_Node] | None = None
        """Of what leads to what a filter lets through, the values inside that do; `None` for all."""
        self._inner: JsonValue = None
        self._looked_inside = False

    @property
    def tree(self) -> JsonValue:
        """The value; where it is a string that holds JSON, what it holds."""
        if not isinstance(self.value, str):
            return self.value
        if not self._looked_inside:
            self._looked_inside = True
            self._inner = _inside(self.value)
        return self.value if self._inner is None else self._inner

    @property
    def is_text_with_json(self) -> bool:
        """Whether the value is a string that holds JSON."""
        return self.tree is not self.value

    def inside(self) -> list[_Node]:
        """The values inside that can be shown, folded."""
        if self.kept is None:
            return [_Node(value, self, step) for step, value in _children(self.tree)]
        for child in self.kept:
            child.opened = False
        return self.kept

    @property
    def path(self) -> Path:
        """The way from the root."""
        steps: list[Step] = []
        node = self
        while node.parent is not None:
            steps.append(node.step)
            node = node.parent
        return tuple(reversed(steps))


class JsonView(LineView):
    """A JSON document, its objects and lists foldable with Enter."""

    can_sift = True

    def __init__(self, value: JsonValue) -> None:
        super().__init__()
        root = _Node(value, None, "")
        self._values = [root]
        self._unsifted = self._values
        """What was unfolded before a filter came."""
        self._sifted = (0, False)
        """How many values a filter lets through, and whether there are more."""
        if _child_count(root.tree):
            self._open(0)
            self._open_small()

    @property
    def note(self) -> str:
        """Where the cursor stands, and how much a filter lets through."""
        place = one_line(self.copy_place(), 200)
        if not self._filter:
            return place
        count, is_cut = self._sifted
        words = f"{'the first ' if is_cut else ''}{count:,} value{'' if count == 1 else 's'} with {self.told_filter}"
        return f"{words} · {place}" if count else f"{words}: {named('back', self.keys)} takes the filter away"

    @property
    def line_count(self) -> int:
        """How many values are unfolded."""
        return len(self._values)

    def line_at(self, number: int) -> Line:
        """One value behind its name."""
        node = self._values[number]
        fold = "  " if not _child_count(node.tree) else ("▾ " if node.opened else "▸ ")
        spans = [Span("  " * node.depth + fold, "quiet")]
        if node.parent:
            spans += [Span(one_line(str(node.step), _VALUE_LIMIT), "key"), Span(": ", "quiet")]
        spans.append(_shown_value(node))
        return tuple(spans)

    # Folding

    def activate(self) -> bool:
        """Fold or unfold the value under the cursor."""
        node = self._values[self.cursor]
        if not _child_count(node.tree):
            return False
        if node.opened:
            self._close(self.cursor)
        else:
            self._open(self.cursor)
        self.changed()
        return True

    def move_sideways(self, steps: int) -> None:
        """Right unfolds or goes in; left folds or goes out to what holds the value."""
        node = self._values[self.cursor]
        if steps > 0:
            if not _child_count(node.tree):
                super().move_sideways(steps)
            elif node.opened:
                self.move_cursor(1)
            else:
                self.activate()
        elif self._left:
            super().move_sideways(steps)
        elif node.opened:
            self.activate()
        elif node.parent is not None:
            self._go_to(self._values.index(node.parent, 0, self.cursor))

    def fold_all(self, *, unfold: bool) -> bool:
        """Fold all but the root, or unfold all as far as it stays a list that one can read."""
        here = self._values[self.cursor]
        if unfold:
            self._open_level_by_level(_UNFOLDED_AT_MOST)
        else:
            root = self._values[0]
            while here.depth > 1 and here.parent is not None:
                here = here.parent
            self._values = [node for node in self._values if node.depth <= 1]
            for node in self._values:
                node.opened = node is root and root.opened
        # Short lines that stand further left than what is shown would look cut.
        self._left = 0
        self.changed()
        self._go_to(self._values.index(here))
        return True

    def _open(self, number: int) -> None:
        node = self._values[number]
        node.opened = True
        self._values[number + 1 : number + 1] = node.inside()

    def _close(self, number: int) -> None:
        node = self._values[number]
        node.opened = False
        end = number + 1
        while end < len(self._values) and self._values[end].depth > node.depth:
            end += 1
        del self._values[number + 1 : end]

    def _open_small(self) -> None:
        """Unfold what is small while everything still fits on a screen."""
        number = 1
        while number < len(self._values) <= _UNFOLDED_AT_FIRST:
            node = self._values[number]
            children = 0 if isinstance(node.value, str) else _child_count(node.tree)
            if children and len(self._values) + children <= _UNFOLDED_AT_FIRST:
                self._open(number)
            number += 1

    def _open_level_by_level(self, most: int) -> None:
        """Unfold until nothing is folded, or until there are as many lines as wanted."""
        while len(self._values) < most:
            grown: list[_Node] = []
            room = most - len(self._values)
            for node in self._values:
                grown.append(node)
                children = 0 if node.opened else _child_count(node.tree) if node.kept is None else len(node.kept)
                if 0 < children <= room:
                    room -= children
                    node.opened = True
                    grown += node.inside()
            if len(grown) == len(self._values):
                return
            self._values = grown

    # Filter

    def sift(self, text: str) -> Iterator[None]:
        """Show only values that hold the text, in their key or as they are, with what leads to them.

        Yields:
            Between bites, where there is much to look through; what is shown changes after the last.
        """
        if not text:
            if self._filter:
                self._show_all()
            return
        needle = text.casefold()
        root = _Node(self._values[0].value, None, "")
        values, trail = [root], [root]
        found: dict[Path, int] = {}
        is_cut = False
        for path, is_root, holds in _walk(root.tree, needle, ()):
            if not holds:
                if not is_root:
                    yield
                continue
            if len(values) >= _UNFOLDED_AT_MOST:
                is_cut = True
                break
            # In the document's order, so what leads to one value leads to the next as far as both ways are one.
            same = next((at for at, step in enumerate(path) if at + 1 >= len(trail) or trail[at + 1].step != step), 0)
            del trail[same + 1 :]
            for step in path[same:]:
                parent = trail[-1]
                node = _Node(_child(parent.tree, step), parent, step)
                parent.opened = True
                if parent.kept is None:
                    parent.kept = []
                parent.kept.append(node)
                values.append(node)
                trail.append(node)
            found[path] = len(values) - 1
        if not self._filter:
            self._unsifted = self._values
        here = self.place
        self._filter, self._values = text, values
        self._sifted = (len(found), is_cut)
        self._found = None
        self._left = 0
        self.changed()
        self._go_to(found.get(here, next(iter(found.values()), 0)))

    def _show_all(self) -> None:
        here = self.place
        self._filter, self._values, self._found = "", self._unsifted, None
        number = self._unfold_to(here)
        self._go_to(number or 0)

    def holds(self, number: int, needle: str) -> bool:
        """Whether a value or its key holds the folded text."""
        node = self._values[number]
        in_key = isinstance(node.step, str) and needle in node.step.casefold()
        return in_key or (not isinstance(node.tree, dict | list) and needle in _scalar(node.tree).casefold())

    # Search and copy

    def find(self, needle: str, start: int, step: int) -> int | None:
        """Look into folded values as well, in the document's order, and unfold what leads to the place found.

        Under a filter only what is shown is looked at.
        """
        if self._filter:
            return super().find(needle, start, step)
        here = self._values[start % len(self._values)].path
        first = last = before = None
        passed = False
        for path, at_start, holds in _walk(self._values[0].tree, needle, here):
            if holds:
                if step > 0 and (passed or at_start):
                    return self._unfold_to(path)
                first = first or path
                last = path
                if not passed:
                    before = path
            passed = passed or at_start
        found = first if step > 0 else before or last
        return None if found is None else self._unfold_to(found)

    def places(self, needle: str) -> Iterator[Path]:
        """The ways to all values that hold the text, folded ones among them where no filter hides any."""
        if self._filter:
            return (node.path for number, node in enumerate(self._values) if self.holds(number, needle))
        return (path for path, _, holds in _walk(self._values[0].tree, needle, ()) if holds)

    @property
    def place(self) -> Path:
        """The way to the value under the cursor."""
        return self._values[self.cursor].path

    def changed(self) -> None:
        """Values were folded or unfolded, which changes nothing about where they are."""
        found = self._found
        super().changed()
        self._found = found

    def _unfold_to(self, path: Path) -> int | None:
        number = 0
        for step in path:
            node = self._values[number]
            if not node.opened:
                self._open(number)
            number = next(
                (
                    index
                    for index in range(number + 1, len(self._values))
                    if self._values[index].parent is node and self._values[index].step == step
                ),
                -1,
            )
            if number < 0:
                return None
        self.changed()
        return number

    def copy_text(self) -> str:
        """The value under the cursor as JSON, or as the text it is."""
        value = self._values[self.cursor].value
        if isinstance(value, str):
            return value
        try:
            return json.dumps(value, ensure_ascii=False, indent=2)
        except RecursionError:
            return ""

    def copy_place(self) -> str:
        """Where the value stands in the document, such as `$.target.attribute[0].name`."""
        text = "$"
        for step in self._values[self.cursor].path:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                text += f".{step}" if step.isidentifier() else f"[{json.dumps(step, ensure_ascii=False)}]"
        return text


def _inside(text: str) -> JsonValue:
    """The object or list that a string holds as JSON; `None` where it holds none."""
    if text[:1] not in {"{", "["} or text.rstrip()[-1:] not in {"}", "]"} or len(text) > _LONGEST_INNER:
        return None
    try:
        inner: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return inner or None


def _child_count(value: JsonValue) -> int:
    return min(len(value), _MOST_CHILDREN) if isinstance(value, dict | list) else 0


def _children(value: JsonValue) -> Iterator[tuple[Step, JsonValue]]:
    if isinstance(value, dict):
        return islice(value.items(), _MOST_CHILDREN)
    return islice(enumerate(value), _MOST_CHILDREN) if isinstance(value, list) else iter(())


def _child(value: JsonValue, step: Step) -> JsonValue:
    if isinstance(value, dict) and isinstance(step, str):
        return value[step]
    return value[step] if isinstance(value, list) and isinstance(step, int) else None


def _walk(value: JsonValue, needle: str, here: Path) -> Iterator[tuple[Path, bool, bool]]:
    """In the document's order: each value whose key or text holds the needle, and the one at the place given.

    A string that holds JSON is looked into where it is. Only as many values are looked at as an instant allows.

    Yields:
        The path, whether it is the place given, and whether it holds the needle; now and then neither is so, to let
        others have their turn.
    """
    if not here or (not _child_count(value) and needle in _scalar(value).casefold()):
        yield (), not here, not _child_count(value) and needle in _scalar(value).casefold()
    end = here[-1] if here else None
    path: list[Step] = []
    levels: list[Iterator[tuple[Step, JsonValue]]] = [_children(value)]
    for count in range(1, _SEARCHED_VALUES):
        if count % _BITE == 0:
            yield (), False, False
        pair = next(levels[-1], None)
        while pair is None:
            levels.pop()
            if not levels:
                return
            path.pop()
            pair = next(levels[-1], None)
        step, child = pair
        holds = isinstance(step, str) and needle in step.casefold()
        if isinstance(child, str):
            inner = _inside(child) if child[:1] in _OPENING else None
            if inner is None:
                holds = holds or needle in child.casefold()
            else:
                child = inner
        elif not isinstance(child, dict | list):
            holds = holds or needle in _scalar(child).casefold()
        at_start = step == end and len(path) + 1 == len(here) and (*path, step) == here
        if holds or at_start:
            yield (*path, step), at_start, holds
        if isinstance(child, dict | list):
            path.append(step)
            levels.append(_children(child))


def _scalar(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shown_value(node: _Node) -> Span:
    value = node.tree
    note = " (JSON inside text)" if node.is_text_with_json else ""
    if isinstance(value, dict | list):
        cut = f", the first {_MOST_CHILDREN:,} shown" if len(value) > _MOST_CHILDREN else ""
        size = f"{len(value):,}{cut}" if value else ""
        return Span((f"{{{size}}}" if isinstance(value, dict) else f"[{size}]") + note, "quiet")
    if isinstance(value, str):
        return Span(f'"{one_line(value, _VALUE_LIMIT)}"', "text")
    if isinstance(value, bool) or value is None:
        return Span(json.dumps(value), "word")
    return Span(one_line(str(value), _VALUE_LIMIT), "number")
