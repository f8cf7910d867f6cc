"""The first thing a new user sees: nothing is configured, and here is how to begin."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static

from jobtui.app.options import AppOptions

_INTRODUCTION = (
    "jobtui shows the asynchronous jobs of remote HTTP APIs on one screen: watch them live, look into them, "
    "read and fetch their results, start and cancel them. No source of jobs is configured yet."
)

_DEMO = "The demo starts three services on this machine, with jobs that live by themselves."


class WelcomeScreen(Screen[None]):
    """Offers the demo, and a configuration to start from."""

    BINDINGS = [
        ("d,enter", "demo", "Demo"),
        ("c", "copy", "Copy the configuration"),
        ("q,escape", "leave", "Quit"),
        ("left,right", "app.focus_next", "Other button"),
        ("j,down", "scroll(1)", "Down"),
        ("k,up", "scroll(-1)", "Up"),
        ("pagedown,space", "scroll(10)", "Page down"),
        ("pageup", "scroll(-10)", "Page up"),
    ]
    AUTO_FOCUS = "#welcome-demo"

    def __init__(self, options: AppOptions) -> None:
        super().__init__(id="welcome")
        self._options = options

    def compose(self) -> ComposeResult:
        """What jobtui is, how to try it, and what to write into the file."""
        with Vertical(classes="dialog"):
            # The buttons stay in sight on a low terminal: what is over them scrolls.
            with VerticalScroll(id="welcome-text", can_focus=False):
                yield Static(Content.styled("Welcome to jobtui", "bold $text-accent"))
                yield Static(Content(_INTRODUCTION), id="welcome-about")
                yield Static(Content.styled("Try it without any account", "bold"), classes="label")
                yield Static(Content(_DEMO))
                if self._options.config_example:
                    where = f" {self._options.config_path}" if self._options.config_path else ""
                    yield Static(Content.styled(f"Or write your sources into{where}", "bold"), classes="label")
                    yield Static(Content(self._options.config_example), id="welcome-config")
            with Horizontal(classes="buttons"):
                yield Button(Content("Start the demo  d"), id="welcome-demo", variant="primary", compact=True)
                yield Button(Content("Copy the file  c"), id="welcome-copy", compact=True)
                yield Button(Content("Quit  q"), id="welcome-quit", compact=True)

    def action_scroll(self, lines: int) -> None:
        """Scroll the text by so many lines."""
        self.query_one("#welcome-text").scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#welcome-demo")
    def action_demo(self) -> None:
        """Leave with the wish for the demo, which the command line then opens."""
        from jobtui.app.app import WANTS_DEMO

        self.app.exit(WANTS_DEMO, return_code=0)

    @on(Button.Pressed, "#welcome-copy")
    def action_copy(self) -> None:
        """Send the configuration to the terminal's clipboard."""
        self.app.copy_to_clipboard(self._options.config_example)
        self.notify("Sent to the terminal's clipboard; `jobtui config init` writes it to the file.", markup=False)

    @on(Button.Pressed, "#welcome-quit")
    def action_leave(self) -> None:
        """Quit."""
        self.app.exit(return_code=0)
