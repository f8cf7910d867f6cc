"""The first thing a new user sees: nothing is configured, and here is how to begin."""

from __future__ import annotations

from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static

from jobtui.app.clipboard import CopiesText
from jobtui.app.options import AppOptions
from jobtui.core.errors import SettingsError
from jobtui.core.text import one_line

_INTRODUCTION = (
    "One screen for the asynchronous jobs of remote HTTP APIs: watch them live, look into them, read and fetch their "
    "results, start and cancel them. No source of jobs is configured yet."
)
_PROVIDERS = (
    ("nebula", "NebulaGraph Explorer workflows"),
    ("evo", "Seequent Evo compute tasks"),
    ("generation", "gateways to image and video models"),
    ("http", "any other REST API, described in a file"),
)
_DEMO = "d starts demo services on this machine, with jobs that live on."


class WelcomeScreen(Screen[None]):
    """Offers the demo, and a configuration to start from."""

    BINDINGS = [
        ("d,enter", "demo", "Start the demo"),
        ("w", "write", "Write a first configuration file"),
        ("c", "copy", "Copy the example"),
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
                yield Static(Content.styled("Try it without any account", "bold"))
                yield Static(Content(_DEMO))
                yield Static(Content.styled("Or configure your sources", "bold"), classes="label")
                yield Static(Content(self._how_to_configure()))
                yield Static(_providers(), id="welcome-providers")
                if self._options.config_example:
                    yield Static(Content(self._options.config_example), id="welcome-config")
            with Vertical(id="welcome-foot"):
                said = Static(id="welcome-said")
                said.display = False
                yield said
                with Horizontal(classes="buttons"):
                    yield Button(Content("Demo  d"), id="welcome-demo", variant="primary", compact=True)
                    yield Button(Content("Write a file  w"), id="welcome-write", compact=True)
                    yield Button(Content("Copy  c"), id="welcome-copy", compact=True)
                    yield Button(Content("Quit  q"), id="welcome-quit", compact=True)

    def _how_to_configure(self) -> str:
        path = self._options.config_path
        where = one_line(path, 300) or "a file"
        begin = f"{where} has no source yet" if path and Path(path).exists() else f"w writes {where} for you to fill in"
        return f"{begin}; c copies the example below. Kinds of sources:"

    def action_scroll(self, lines: int) -> None:
        """Scroll the text by so many lines."""
        self.query_one("#welcome-text").scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#welcome-demo")
    def action_demo(self) -> None:
        """Leave with the wish for the demo, which the command line then opens."""
        from jobtui.app.app import WANTS_DEMO

        self.app.exit(WANTS_DEMO, return_code=0)

    @on(Button.Pressed, "#welcome-write")
    def action_write(self) -> None:
        """Put a first configuration where it is looked for, over nothing that is there."""
        path = one_line(self._options.config_path, 300)
        if self._options.write_config is None:
            self._say("There is no place for a configuration here.", bad=True)
            return
        try:
            self._options.write_config()
        except SettingsError as error:
            self._say(error.in_full, bad=True)
        else:
            self._say(f"{path} is written, for you alone to read. Fill a source in, then start jobtui again.")

    @on(Button.Pressed, "#welcome-copy")
    @work(group="clipboard", exclusive=True)
    async def action_copy(self) -> None:
        """Copy the example."""
        if isinstance(self.app, CopiesText):
            self._say(f"{await self.app.copy_text(self._options.config_example)}: the example.")

    def _say(self, words: str, *, bad: bool = False) -> None:
        said = self.query_one("#welcome-said", Static)
        said.update(Content.styled(one_line(words, 600), "$text-error" if bad else "$text-success"))
        said.display = True

    @on(Button.Pressed, "#welcome-quit")
    def action_leave(self) -> None:
        """Quit."""
        self.app.exit(return_code=0)


def _providers() -> Content:
    lines = [Content.assemble((f"{name:<12}", "bold"), meaning) for name, meaning in _PROVIDERS]
    return Content("\n").join(lines)
