"""The smallest app that Textual's documentation would call one."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """Says hello."""

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static("Hello, World!")


if __name__ == "__main__":
    Hello().run()
