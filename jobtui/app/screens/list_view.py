"""What the list shows, in which order and with which columns; chosen here, and remembered for the next time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work

from jobtui.app.actions import BY_ID, keys_of, named, shown_key
from jobtui.app.columns import DEFAULT_COLUMNS
from jobtui.app.display import count_words
from jobtui.app.listing import Order
from jobtui.app.options import AppOptions
from jobtui.app.panes.job_list import JobList
from jobtui.app.screens.commands import CommandScreen
from jobtui.app.view import View, read_view, write_view
from jobtui.core.errors import DownloadError
from jobtui.core.structs import replace
from jobtui.core.text import one_line
from jobtui.core.values import value_keys

if TYPE_CHECKING:
    from jobtui.app.panes.filter_bar import FilterBar
    from jobtui.app.panes.filter_tabs import FilterTabs
    from jobtui.app.screens.columns import ColumnChoice
    from jobtui.core.filters import Filter
    from jobtui.engine.port import EnginePort

_FAILURES = "state:failed"
MOST_FILTER_KEYS = 6
"""Saved filters that have a key of their own."""


class ListViewScreen(CommandScreen):
    """The part of the main screen that looks after the list's view."""

    def __init__(self, engine: EnginePort, options: AppOptions) -> None:
        super().__init__(engine, options)
        self._view = read_view(options.view_file, self.jobs.known) if options.view_file else View()
        if self._view.columns and self._view.configured != options.columns:
            self._view = replace(self._view, columns=(), widths={})
        self._show_columns()
        self.jobs.set_order(self._view.order)
        self._chosen_filter = ""
        self._before_failures = ""

    def on_mount(self) -> None:
        """Take the theme that was chosen the last time, before anything is painted, and keep the next one."""
        if self._remembered_theme:
            self.app.theme = self._remembered_theme
        self.watch(self.app, "theme", self._note_theme, init=False)

    @property
    def _remembered_theme(self) -> str:
        """What was chosen in the app, unless the configuration has changed since."""
        view = self._view
        known = view.theme in self.app.available_themes and view.configured_theme == self.options.theme
        return view.theme if known else ""

    def _note_theme(self, before: str, theme: str) -> None:
        if theme == before:
            return  # Only its colours are others.
        chosen = "" if theme == self.options.theme else theme
        if chosen != self._view.theme:
            self._keep(replace(self._view, theme=chosen, configured_theme=self.options.theme))

    # What the first screen doesn't show is loaded when it is first needed: importing it takes as long as painting.

    @cached_property
    def _filter_bar(self) -> FilterBar:
        from jobtui.app.panes.filter_bar import FilterBar

        return FilterBar(self.options.json_columns)

    @cached_property
    def _filter_tabs(self) -> FilterTabs:
        from jobtui.app.panes.filter_tabs import FilterTabs

        return FilterTabs()

    @property
    def filters(self) -> dict[str, str]:
        """All saved filters by name: the configuration's, then those that were saved here."""
        own = {name: text for name, text in self._view.filters.items() if name not in self.options.filters}
        return {**self.options.filters, **own}

    @property
    def _usual_columns(self) -> tuple[str, ...]:
        return self.options.columns or DEFAULT_COLUMNS

    @property
    def _filter_text(self) -> str:
        return self.jobs.filter.text.strip() if self.jobs.filter else ""

    # Saved filters

    def show_tabs(self) -> None:
        """Let the tabs say which filter is in force."""
        tabs, filters = self._filter_tabs, self.filters
        numbers = range(1, min(len(filters), MOST_FILTER_KEYS) + 1)
        keys = [keys_of(BY_ID[f"filter-{number}"], self.options.keys) for number in numbers]
        tabs.keys = tuple(shown_key(own[0]) if own else "" for own in keys)
        tabs.names = tuple(filters)
        tabs.chosen = self._filter_in_force()
        tabs.display = bool(filters)
        if self.is_mounted and not tabs.is_attached:
            self.mount(tabs, before="#body")

    def _filter_in_force(self) -> str | None:
        """The name of the saved filter that holds now; empty where none does, `None` where it isn't saved."""
        text, filters = self._filter_text, self.filters
        if not text:
            return ""
        if filters.get(self._chosen_filter, "").strip() == text:
            return self._chosen_filter
        return next((name for name, saved in filters.items() if saved.strip() == text), None)

    def choose_filter(self, name: str) -> None:
        """Put a saved filter in force; an empty name shows all jobs."""
        self._chosen_filter = name
        self._filter_bar.set_text(self.filters.get(name, ""))

    def turn_filters(self, tabs: int) -> None:
        """Go to another tab of the list, round and round."""
        names = ["", *self.filters]
        if len(names) == 1:
            self.tell(f"No filter is saved: {self._how_to_save}.")
            return
        at = self._filter_in_force()
        self.choose_filter(names[((names.index(at) if at is not None else 0) + tabs) % len(names)])

    def action_saved_filter(self, number: int) -> None:
        """Put the saved filter of that number in force; again: all jobs."""
        names = [*self.filters]
        if number > len(names):
            self.tell(f"{len(names) or 'No'} filters are saved: {self._how_to_save}.")
            return
        name = names[number - 1]
        self.choose_filter("" if self._filter_in_force() == name else name)

    @property
    def _how_to_save(self) -> str:
        types, saves = (named(action, self.options.keys) for action in ("filter", "save-filter"))
        return f"{types} types one, {saves} saves it"

    def action_failures(self) -> None:
        """Only failed jobs; again: the filter from before."""
        if self._filter_text == _FAILURES:
            self._filter_bar.set_text(self._before_failures)
        else:
            self._before_failures = self._filter_text
            self._filter_bar.set_text(_FAILURES)

    def action_save_filter(self) -> None:
        """Keep the filter in force under a name; give a saved one another name, or forget it."""
        from jobtui.app.screens.save_filter import SaveFilterScreen

        text, saved = self._filter_text, self._filter_in_force()
        if not text:
            self.tell(f"No filter is in force: {named('filter', self.options.keys)} types one, a tab chooses one.")
            return
        if saved in self.options.filters:
            self.tell(f"{one_line(saved or '', 60)} stands in the configuration: rename or remove it under [filters].")
            return

        def save(name: str) -> None:
            self._chosen_filter = name
            self._keep(replace(self._view, filters={**self._view.filters, name: text}))
            self.show_tabs()

        def take(name: str | None) -> None:
            before = self._view.filters.get(name or "", text)
            if not name:
                return
            if before == text:
                save(name)
                return
            question = f"Replace the saved filter {one_line(name, 60)}?"
            note = f"It was {one_line(before, 200)}\nand would be {one_line(text, 200)}"
            self.ask(question, lambda: save(name), note=note, yes="Replace it")

        def rename(name: str | None) -> None:
            if name:
                self._rename_filter(saved or "", name)
            elif name is not None:
                self.action_forget_filter()

        known, configured = self._view.filters.keys(), self.options.filters.keys()
        key = named("save-filter", self.options.keys)
        dialog = SaveFilterScreen(text, known=known, configured=configured, name=saved or "", key=key)
        self.app.push_screen(dialog, rename if saved else take)

    def _rename_filter(self, before: str, name: str) -> None:
        self._chosen_filter = name
        filters = {name if each == before else each: text for each, text in self._view.filters.items()}
        self._keep(replace(self._view, filters=filters))
        self.show_tabs()

    def action_forget_filter(self) -> None:
        """Take the saved filter in force from the tabs."""
        name = self._filter_in_force()
        if not name:
            self.tell("No saved filter is in force.")
        elif name in self.options.filters:
            self.tell(f"{one_line(name, 60)} stands in the configuration, under [filters].")
        else:
            question = f"Forget the saved filter {one_line(name, 60)}?"
            note = f"It is {one_line(self._view.filters[name], 200)}"
            self.ask(question, lambda: self._forget_filter(name), note=note, yes="Forget it")

    def _forget_filter(self, name: str) -> None:
        left = {each: text for each, text in self._view.filters.items() if each != name}
        self._keep(replace(self._view, filters=left))
        self.choose_filter("")
        self.show_tabs()

    def on_filter_tabs_chosen(self, message: FilterTabs.Chosen) -> None:
        """Take the tab that was clicked; named as Textual looks for it, since the tabs' class may not be loaded."""
        self.choose_filter(message.name)

    # Order and columns

    def action_sort(self) -> None:
        """Choose the order."""
        from jobtui.app.screens.sort import SortScreen

        self.app.push_screen(SortScreen(self.jobs.order, value_keys(self.options.json_columns)), self._take_order)

    @on(JobList.Ordered)
    def _order_by_column(self, message: JobList.Ordered) -> None:
        self._take_order(self.jobs.order.by(message.key))

    def _take_order(self, order: Order | None) -> None:
        if order is not None:
            self.jobs.set_order(order)
            self._keep(replace(self._view, order=order))

    def action_columns(self) -> None:
        """Choose the columns."""
        from jobtui.app.screens.columns import ColumnsScreen

        def take(choice: ColumnChoice | None) -> None:
            if choice is None:
                return
            is_usual = choice.columns == self._usual_columns and not choice.widths
            self._keep(
                replace(
                    self._view,
                    columns=() if is_usual else choice.columns,
                    widths=choice.widths,
                    configured=self.options.columns,
                )
            )
            self._show_columns()

        jobs = self.jobs
        screen = ColumnsScreen(jobs.columns, self._view.widths, self._usual_columns, jobs.room, jobs.known)
        self.app.push_screen(screen, take)

    def action_wide(self) -> None:
        """Show all columns that say something, or only the chosen ones."""
        self._keep(replace(self._view, wide=not self._view.wide))
        self._show_columns()
        if self._view.wide:
            # What stands beside the list gives way first.
            self.call_after_refresh(self._tell_without_room)

    def _tell_without_room(self) -> None:
        if self.jobs.lacks_room:
            key = named("columns", self.options.keys)
            self.tell(f"No room for further columns in so narrow a terminal: {key} chooses which are shown.")

    def _show_columns(self) -> None:
        view = self._view
        self.jobs.set_columns(view.columns or self._usual_columns, view.widths, further=view.wide)
        self.set_class(view.wide, "-all-columns")

    # The list as a file

    def export_list(self, *, as_json: bool) -> None:
        """Save what the filter lets through, in the order on the screen, as a file of its own."""
        if not self.jobs.shown:
            self.tell("There is no job to save.")
            return
        self._export(self.jobs.filter, self.jobs.order, self.jobs.all_columns, as_json=as_json)

    @work(group="download", name="the list is being saved")
    async def _export(self, wanted: Filter | None, order: Order, columns: Sequence[str], *, as_json: bool) -> None:
        from jobtui.app.list_export import list_artifact, listed
        from jobtui.engine.downloads import Downloader

        snapshot, now = self.snapshot, self.options.clock.now()
        jobs = await asyncio.to_thread(listed, snapshot, wanted, order, now)
        paths = self.options.json_columns
        artifact = await asyncio.to_thread(list_artifact, jobs, columns, now, as_json=as_json, json_columns=paths)
        try:
            saved = await Downloader(self.options.clock).save(artifact, self.options.download_dir.expanduser())
        except DownloadError as error:
            self.tell_error(error)
            return
        self.tell(f"{count_words(len(jobs), 'job')} saved: {saved.path}")

    def _keep(self, view: View) -> None:
        self._view = view
        if self.options.view_file is not None:
            self._write(self.options.view_file, view)

    @work(group="view", exclusive=True)
    async def _write(self, file: Path, view: View) -> None:
        try:
            await asyncio.to_thread(write_view, file, view)
        except OSError as error:
            self.tell(f"This holds until you leave: {file} can't be written: {error.strerror}.", bad=True)
