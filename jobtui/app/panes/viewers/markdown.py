"""Markdown, laid out; imported when there is some, as its parser takes a while."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.core.text import block, one_line

MOST_CHARACTERS = 60_000
"""Of longer text only the plain view is given: every paragraph is a widget."""


class MarkdownView(Viewer):
    """Headings, lists, tables and code; links are shown and lead nowhere by themselves."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = block(text, MOST_CHARACTERS)
        self._scroll = VerticalScroll(can_focus=False)

    def compose(self) -> ComposeResult:
        """The text in a pane that scrolls."""
        with self._scroll:
            yield Markdown(self._text, parser_factory=_parser, open_links=False)

    @property
    def note(self) -> str:
        """Where to search."""
        return "laid out; the next tab has the text as it came"

    def move_cursor(self, lines: int) -> None:
        """Scroll by lines."""
        self._scroll.scroll_relative(y=lines, animate=False)

    def move_page(self, pages: float) -> None:
        """Scroll by heights."""
        self._scroll.scroll_relative(y=int(pages * self._scroll.size.height), animate=False)

    def move_to_end(self, *, bottom: bool) -> None:
        """Scroll to the end or the start."""
        if bottom:
            self._scroll.scroll_end(animate=False)
        else:
            self._scroll.scroll_home(animate=False)

    def copy_text(self) -> str:
        """The whole text."""
        return self._text


def _parser() -> MarkdownIt:
    """Textual's own, with the gate once more behind it: `&#x202E;` in the text is no character before that."""
    parser = MarkdownIt("gfm-like")
    parser.core.ruler.push("gate", _gate)
    return parser


def _gate(state: StateCore) -> None:
    for token in state.tokens:
        _make_fit(token)


def _make_fit(token: Token) -> None:
    token.content = block(token.content)
    token.info = one_line(token.info)
    token.attrs = {name: one_line(value) if isinstance(value, str) else value for name, value in token.attrs.items()}
    for child in token.children or ():
        _make_fit(child)
