"""The app itself: it follows the engine, owns the first screen, and leaves with the right code."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from rich.text import Text
from textual import events, on, work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.errors import NoWidget
from textual.notifications import Notify
from textual.reactive import reactive
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme
from textual.widget import Widget

from jobtui.app.actions import (
    ACTIONS,
    BY_ID,
    command_words,
    keymap,
    keys_in,
    keys_of,
    named,
    screen_action_of,
    shown_key,
    told,
)
from jobtui.app.background import AUTO, hinted
from jobtui.app.clipboard import Clipboard
from jobtui.app.graphics import DEFAULT_CELL, QUESTION, Graphics
from jobtui.app.messages import JobsChanged
from jobtui.app.news import Arrival, news_words
from jobtui.app.notices import FilterNotice, Notifier, end_notices, outdated
from jobtui.app.options import AppOptions
from jobtui.app.panes.job_list import JobList
from jobtui.app.screens.main import MainScreen
from jobtui.app.signals import leave_on_signals
from jobtui.app.slow_line import SLOW_ANSWER_S, console_of_few_colours
from jobtui.app.styles import first_sheets, style_sheets
from jobtui.app.terminal import CLEAR, TerminalDriver, clipboard_sequence
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.core.text import one_line

if TYPE_CHECKING:
    from textual.command import Provider

    from jobtui.engine.port import EnginePort

WANTS_DEMO = "demo"
"""What the app returns when the user chose the demo on the welcome screen."""

_PAUSE_S = 0.2
"""Between two looks at the engine: each costs a frame, and more than five a second no eye reads."""
_SLOW_PAUSE_S = 1.0
_MOST_TURNS = 200
"""Of the loop, until a field has taken in what was typed before, or a key has had its effect."""
_QUIET_TURNS = 10
"""Of the loop without a message: so many pass at most while one is being answered by the next."""
_NEWS_S = 20.0
"""How long the news of an absence stay: nobody looks in the first moment."""
_CUT_TOLD = timedelta(days=1)
"""How long after it was cut off a download is told of at the start."""
_MOST_CUT_NAMED = 3
_USAGE_OR_CONFIGURATION = 2

_log = logging.getLogger(__name__)


async def _until(is_so: Callable[[], bool]) -> None:
    """Give everybody else turns of the loop until something is so, or for a moment at most."""
    for _ in range(_MOST_TURNS):
        if is_so():
            return
        await asyncio.sleep(0)


def _palette() -> type[Provider]:
    # Loaded by the first who opens it.
    from jobtui.app.palette import ActionsProvider

    return ActionsProvider


class JobTui(App[str]):
    """jobtui over an engine that runs already; without any source it welcomes instead."""

    COMMANDS = {_palette}
    BINDINGS = [
        Binding("ctrl+q,ctrl+c", "quit", "Quit", show=False, id="quit"),
        Binding("question_mark,f1", "help", "Help", show=False, id="help"),
        Binding("ctrl+z", "suspend_process", "To the shell; fg comes back", show=False, priority=True),
        Binding("ctrl+l", "redraw", "Draw anew", show=False, priority=True, id="redraw"),
    ]

    graphics: reactive[Graphics] = reactive(Graphics.BLOCKS, repaint=False)
    """How the terminal shows pictures, as far as it is known by now."""

    def __init__(
        self,
        engine: EnginePort,
        options: AppOptions | None = None,
        *,
        when_painted: Callable[[], None] | None = None,
        when_used: Callable[[], None] | None = None,
    ) -> None:
        """Show what the engine knows.

        Args:
            engine: Whom to follow; it may start later than the app.
            options: How this run is to behave.
            when_painted: Called once the first screen stands: what is slow to load belongs there.
            when_used: Called, from any thread, when something was pressed: whatever else is done can wait.
        """
        self.options = options or AppOptions()
        super().__init__(
            # In a browser, textual-serve names a driver of its own.
            driver_class=None if "TEXTUAL_DRIVER" in os.environ else TerminalDriver,
            css_path=[*(first_sheets() if engine.snapshot.sources else style_sheets())],
            ansi_color=_ansi_color(self.options.theme) if "NO_COLOR" in os.environ else None,
        )
        self._first_theme = self.current_theme
        self.register_theme(_theme_for(is_light=bool(hinted(os.environ)) and not self.no_color))
        knows_theme = self.options.theme in self.available_themes
        self.set_reactive(App.theme, self.options.theme if knows_theme else AUTO)
        self._when_painted = when_painted
        self.terminal_speaks: Callable[[], None] = when_used or _unattended
        self.engine = engine
        self.title = self.options.title
        self.write_to_terminal: Callable[[str], None] = _unheard
        self.set_mouse: Callable[[bool], None] | None = None
        self.terminal_traffic: Callable[[], tuple[int, int]] = _no_traffic
        self._has_mouse = self.options.mouse
        self.cell_pixels = DEFAULT_CELL
        self.has_exact_colours = True
        self._asked_for_graphics = False
        self._pause_s = _PAUSE_S
        self._notifier = Notifier(self.options, self._send)
        self._copier = Clipboard(self.options.clipboard, os.environ, self._send_to_clipboard)
        self._arrival = Arrival(engine, self.options.clock)
        self._has_looked = False
        self._at_exit = ExitStack()
        self.has_crashed = False
        """Whether a bug of ours ends it."""
        self._aims: WeakKeyDictionary[events.Key, Widget | None] = WeakKeyDictionary()
        self._main = MainScreen(engine, self.options) if engine.snapshot.sources else None

    def get_default_screen(self) -> Screen[None]:
        """The jobs, or the welcome where there is nowhere to get any from."""
        if self._main is not None:
            return self._main
        from jobtui.app.screens.welcome import WelcomeScreen

        return WelcomeScreen(self.options)

    def on_mount(self) -> None:
        """Take the user's ways, and follow the engine."""
        if replace(self.current_theme, name=self._first_theme.name) != self._first_theme:
            # Textual has read its style sheets with those colours, and takes a while to read them again.
            self.mutate_reactive(App.theme)
        if self.options.theme not in self.available_themes:
            palette = named("palette", self.options.keys)
            words = f"There is no theme {self.options.theme!r}; the palette ({palette}) lists them under Theme."
            words = one_line(words, 200)
            self.notify(words, severity="warning", markup=False)
        self.set_keymap(keymap(self.options.keys))
        for command in self.options.commands:
            if keys := ",".join(keys_in(command.keys)):
                self.bind(keys, screen_action_of(command), description=command.title, show=False)
        if self.options.slow_line:
            self._send_less()
        self._at_exit.enter_context(leave_on_signals(lambda code: self.exit(return_code=code)))
        # The first rows are painted before anything is waited for.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if self._when_painted is not None:
            self._when_painted()
        if self._main is not None:
            self._follow_engine(self._main)

    async def on_event(self, event: events.Event) -> None:
        """Act on keys in the order they are typed, and remember for each where the focus was when it came."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if await self._act_on(event):
                return
            self._aims[event] = self.focused
        if isinstance(event, events.MouseDown) and self._is_on_what_is_gone(event):
            return
        await super().on_event(event)

    def _is_on_what_is_gone(self, event: events.MouseDown) -> bool:
        """Whether a click meets what was there a moment ago, such as a notice: Textual ends the app over it."""
        try:
            widget, _ = self.screen.get_widget_at(event.x, event.y)
        except NoWidget:
            return False
        return widget.parent is None

    async def _act_on(self, event: events.Key) -> bool:
        """Do at once what a key is bound to; handed up through the focus' parents, it would come after later ones.

        Returns:
            Whether it is done with.
        """
        focused, screen = self.focused, self.screen
        if focused is None or focused.check_consume_key(event.key, event.character):
            return False
        is_field = focused.check_consume_key("x", "x")
        if is_field and event.key == "enter" and not hasattr(focused, "action_submit"):
            return False  # A field of several lines takes it, too.
        # What was typed before has to be in the field, and in a form what that brought, too.
        if is_field:
            await self._settle(focused)
        else:
            await _until(lambda: not focused.message_queue_size)
        # Private, and the one way past every parent: each takes a turn of the loop to hand a key on.
        acted = await self._check_bindings(event.key, priority=True) or await self._check_bindings(event.key)
        if acted and (is_field or screen is not self._main or screen is not self.screen):
            await self._settle(focused)
        elif acted and self._main is not None:
            self._main.paint_now()
        # In the list, keys are nothing but what they are bound to.
        return acted or isinstance(focused, JobList)

    async def _settle(self, focused: Widget) -> None:
        """Let what keys set off come to rest: the next one may have been typed for where the focus goes."""
        if self.screen.AUTO_FOCUS != "":
            await _until(lambda: self.screen.focused is not None)
        quiet = 0

        def is_quiet() -> bool:
            nonlocal quiet
            concerned = (focused, *focused.ancestors, self.screen, *self.screen.walk_children())
            busy = any(node.message_queue_size for node in concerned if node is not self)
            quiet = 0 if busy else quiet + 1
            return quiet > _QUIET_TURNS

        await _until(is_quiet)

    async def on_key(self, event: events.Key) -> None:
        """Hand a key on that was typed before the focus moved: what follows a `/` is text, not a wish to the list."""
        aimed = self._aims.pop(event, None)
        if aimed is None or self.focused is None or self.focused is aimed:
            await self._act_in_dialog(event)
            return
        event.prevent_default()
        # Private, and the one way to keep them in order: a posted one would come after those still under way.
        self.focused._forward_event(events.Key(event.key, event.character))  # noqa: SLF001

    async def _act_in_dialog(self, event: events.Key) -> None:
        """Help and leave from a dialog, which hides the app's own bindings, where it has no other use for the key."""
        wanted = [name for name in ("help", "quit") if event.key in keys_of(BY_ID[name], self.options.keys)]
        if not wanted or not self.screen.is_modal:
            return
        event.prevent_default()
        if not await self._check_bindings(event.key):
            await self.run_action(BY_ID[wanted[0]].screen_action)

    def on_unmount(self) -> None:
        """Give the signals back."""
        self._at_exit.close()

    @work(group="engine", exclusive=True)
    async def _follow_engine(self, main: MainScreen) -> None:
        try:
            subscription = self.engine.subscribe()
            try:
                while True:
                    if not self._has_looked and self._arrival.can_look(self.engine.snapshot):
                        self._has_looked = True
                        self._tell_cut()
                        self._tell_news(main)
                        self._save_what_was_left(main)
                    await subscription.wait()
                    update = subscription.take()
                    main.post_message(JobsChanged(update))
                    if update.ended:
                        self._act_on_ends(main, update.ended)
                        self._tell_ends(self._arrival.hold(update.ended))
                    await self.options.clock.sleep(self._pause_s)
            finally:
                subscription.close()
        except JobtuiError as error:
            words = f"jobtui: {error.in_full}"
            self.exit(return_code=_USAGE_OR_CONFIGURATION, message=Text(words))

    def _tell_ends(self, ended: Sequence[Job]) -> None:
        coming, going = end_notices(self.options.quiet.told(ended), self._notifications, self.NOTIFICATION_TIMEOUT)
        for notice in going:
            del self._notifications[notice]
        for notice in coming:
            self.post_message(Notify(notice))
        self._notifier.announce(ended)

    @on(Notify)
    def _make_room(self, message: Notify) -> None:
        """Before it is shown: notices pile up where many keys are pressed, or many jobs end."""
        for notice in outdated(self._notifications, message.notification, self.size):
            del self._notifications[notice]

    def on_filter_bar_changed(self) -> None:
        """What was said of the filter goes with it; named as Textual looks for it, since the bar is loaded late."""
        for notice in list(self._notifications):
            if isinstance(notice, FilterNotice):
                self._unnotify(notice)

    @work(group="arrival")
    async def _tell_news(self, main: MainScreen) -> None:
        news, others = await self._arrival.look()
        self._tell_ends(others)
        if news is None or not news.ended:
            return
        main.take_news(news)
        words = news_words(news, await self._arrival.expiries(news), self.options.clock.now())
        keys = [key for key, _ in told(("news",), self.options.keys)]
        failed = any(job.state is JobState.FAILED for job in news.ended)
        self.notify(
            f"{words}. {keys[0] if keys else 'News'} shows them.",
            severity="warning" if failed else "information",
            timeout=_NEWS_S,
            markup=False,
        )

    @work(group="cut")
    async def _tell_cut(self) -> None:
        """Remind of downloads that an earlier run, or its line, didn't live to end."""
        from jobtui.engine.downloads import cut_downloads

        folder = self.options.download_dir.expanduser()
        cut = await asyncio.to_thread(cut_downloads, folder, self.options.clock.now() - _CUT_TOLD)
        if cut:
            key = named("download", self.options.keys)
            names = ", ".join(one_line(path.name[1:].rsplit(".", 2)[0], 60) for path in cut[:_MOST_CUT_NAMED])
            more = f" and {len(cut) - _MOST_CUT_NAMED} more" if len(cut) > _MOST_CUT_NAMED else ""
            self.notify(
                f"Cut off in {one_line(str(folder), 200)}: {names}{more}. {key} on the same result goes on, "
                "`jobtui clean` deletes what came.",
                severity="warning",
                timeout=_NEWS_S,
                markup=False,
            )

    @work(group="on-finish")
    async def _act_on_ends(self, main: MainScreen, ended: Sequence[Job]) -> None:
        """What is done once for each end, however many programs see it."""
        if not self.options.on_finish and not self.options.auto_download:
            return
        try:
            await self._save(main, ended)
            if self.options.on_finish:
                mine = await self.engine.claim_ends([job.id for job in ended])
                await self._notifier.run_commands([job for job in ended if job.id in mine])
        except JobtuiError as error:
            self._tell_error(error)

    @work(group="on-finish")
    async def _save_what_was_left(self, main: MainScreen) -> None:
        """Save what a crash, a dropped line or the absence of any screen kept from being saved."""
        if not self.options.auto_download:
            return
        try:
            job_ids = await self.engine.unsaved(self.options.auto_download)
            known = self.engine.snapshot.jobs
            await self._save(main, [known[job_id] for job_id in job_ids if job_id in known])
        except JobtuiError as error:
            self._tell_error(error)

    def _tell_error(self, error: JobtuiError) -> None:
        self.notify(one_line(error.in_full, 600), severity="error", markup=False)

    async def _save(self, main: MainScreen, ended: Sequence[Job]) -> None:
        """Save the results among these that are to be saved by themselves, unless another program does."""
        wanted = [
            job for job in ended if job.id.source in self.options.auto_download and job.state is JobState.SUCCEEDED
        ]
        if wanted:
            mine = await self.engine.claim_saves([job.id for job in wanted])
            main.save_by_itself([job for job in wanted if job.id in mine])

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action with its keys, and the theme, for the palette."""
        if screen is self._main:
            for action in ACTIONS:
                keys = " ".join(map(shown_key, keys_of(action, self.options.keys)))
                words = f"{keys}  {action.help}" if keys else action.help
                yield SystemCommand(action.label, words, partial(self.run_action, action.screen_action))
            for command in self.options.commands:
                keys = "".join(f"{shown_key(key)}  " for key in keys_in(command.keys))
                words = f"{keys}{command_words(command)}"
                yield SystemCommand(command.title, words, partial(self.run_action, screen_action_of(command)))
        yield SystemCommand("Theme", "Choose the colours.", self.action_change_theme)
        yield SystemCommand("Screenshot", "Save the screen as an SVG file.", self.deliver_screenshot)

    def action_command_palette(self) -> None:
        """Open the palette, unless it is open."""
        from jobtui.app.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Offer the themes in a palette of their own."""
        from textual.theme import ThemeProvider

        from jobtui.app.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def terminal_answered(self, seconds: float) -> None:
        """Send less over a line that is slow, unless the user has decided that."""
        if self.options.slow_line is None and seconds > SLOW_ANSWER_S and self._pause_s == _PAUSE_S:
            self._send_less()
            words = f"A slow line: the terminal took {seconds:.1f} s to answer. Less is sent over it from now on."
            self.notify(f"{words} slow_line = false in the configuration prevents that.", markup=False)

    def terminal_has_background(self, *, is_light: bool) -> None:
        """Let the automatic theme be one that can be read on it."""
        # Without colours one set of greys is as good as the other.
        if self.no_color or is_light != self.available_themes[AUTO].dark:
            return
        self.register_theme(_theme_for(is_light=is_light))
        if self.theme == AUTO:
            self.mutate_reactive(App.theme)

    def ask_for_graphics(self) -> None:
        """Find out how the terminal shows pictures, once there is one to show."""
        # Half blocks are shades of grey without colours, and the fewest bytes over a slow line.
        if "NO_COLOR" in os.environ or self._pause_s != _PAUSE_S or self._asked_for_graphics:
            return
        self._asked_for_graphics = True
        self.write_to_terminal(QUESTION)

    def terminal_shows(self, graphics: Graphics, cell_pixels: tuple[int, int] | None) -> None:
        """Show pictures as the terminal says that it can."""
        if self._asked_for_graphics:
            self.cell_pixels = cell_pixels or DEFAULT_CELL
            self.has_exact_colours = self.console.color_system == "truecolor"
            # Kitty's placeholders need a colour of their own.
            few = not self.has_exact_colours and self.console.color_system != "256"
            self.graphics = Graphics.BLOCKS if few and graphics is Graphics.KITTY else graphics

    def _send_less(self) -> None:
        self._pause_s = _SLOW_PAUSE_S
        self.animation_level = "none"
        self.console = console_of_few_colours(self.console)
        if self._main is not None:
            self._main.stand_still()

    async def action_quit(self) -> None:
        """Leave, after a question while something is under way; asked for again at that question, at once."""
        from jobtui.app.screens.leave import LeaveScreen

        if self._main is None or isinstance(self.screen, LeaveScreen):
            self.exit(return_code=0)
        else:
            self._main.ask_to_leave()

    def action_help(self) -> None:
        """Show the keys of the pane that has the focus, or of the dialog that is open."""
        from jobtui.app.screens.help import HelpScreen, help_of_dialog, help_of_pane

        if self._main is not None and self.screen is self._main:
            options = self.options
            told_of = help_of_pane(self._main.at, options.keys, options.json_columns, options.commands)
            self.push_screen(HelpScreen(told_of))
        else:
            self.push_screen(HelpScreen(help_of_dialog(self.screen, self.options.keys)))

    def action_mouse(self) -> None:
        """Leave the mouse to the terminal, or take it back."""
        if self.set_mouse is None:
            self.notify("Here the mouse can't be given away.", markup=False)
            return
        self._has_mouse = not self._has_mouse
        self.set_mouse(self._has_mouse)
        if self._has_mouse:
            self.notify("The mouse is jobtui's again.", markup=False)
        else:
            self.notify("The mouse is the terminal's: select text as you would anywhere else.", markup=False)

    def action_redraw(self) -> None:
        """Draw the whole screen anew, whatever the terminal shows now."""
        self.write_to_terminal(CLEAR)
        self.screen.refresh()

    def _send(self, sequence: str) -> None:
        self.write_to_terminal(sequence)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what is selected in a field, without a word."""
        self.run_worker(self.copy_text(text), group="clipboard", exclusive=True)

    async def copy_text(self, text: str) -> str:
        """Copy text, and tell how in a few words; in none where nobody takes that much."""
        self._clipboard = text
        return await self._copier.copy(text)

    def _send_to_clipboard(self, text: str) -> bool:
        sequence = clipboard_sequence(text, os.environ)
        if sequence is not None:
            self.write_to_terminal(sequence)
        return sequence is not None

    def _fatal_error(self) -> None:
        """Leave after a bug of ours; Textual's own report prints variables, and with them secrets: this one doesn't."""
        # Late: it brings pygments and more, and most runs end without.
        from rich.traceback import Traceback

        self.has_crashed = True
        _log.error("a fault of our own ends the screen", exc_info=True)
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(traceback)
        self._close_messages_no_wait()


def _theme_for(*, is_light: bool) -> Theme:
    return replace(BUILTIN_THEMES["textual-light" if is_light else "textual-dark"], name=AUTO)


def _ansi_color(theme: str) -> bool:
    """Whether the theme is drawn in the terminal's own colours; under NO_COLOR, Textual has to know from the start."""
    return theme in BUILTIN_THEMES and BUILTIN_THEMES[theme].ansi


def _unheard(sequence: str) -> None:
    """Where sequences go while there is no terminal."""


def _no_traffic() -> tuple[int, int]:
    """What was sent while there is no terminal."""
    return 0, 0


def _unattended() -> None:
    """What a key means to an engine that needs no telling."""
