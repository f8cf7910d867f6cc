"""The files of a result: saved, exported, looked into, and told of while a link runs out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from jobtui.app.actions import named
from jobtui.app.display import count_words
from jobtui.app.panes.file_desk import HEAD_BYTES
from jobtui.app.panes.result_tabs import FILES, LOG
from jobtui.app.panes.tabbed_result import TabbedResult
from jobtui.app.panes.viewers.facts import FactsView
from jobtui.core.errors import JobtuiError, ProtocolError
from jobtui.core.jobs import Job, JobId, JsonValue
from jobtui.core.media_types import PARQUET, sniffed_media_type
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Rows, Text
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.core.text import one_line

if TYPE_CHECKING:
    from jobtui.app.panes.transfer_panel import TransferPanel
    from jobtui.app.parquet import Head
    from jobtui.app.transfers import Transfer

_VIEWED_BYTES = 8_000_000
SAVED_ROWS = 10_000
"""How many rows of a table are asked for to be saved."""
_MOST_REASONS, _MOST_OF_A_REASON = 3, 100
"""Of many jobs that weren't saved: how many are told why, in how many characters."""


class ResultFiles(TabbedResult):
    """Adds to the tabs what can be done with the files in them."""

    _panel: TransferPanel | None = None
    _to_view: tuple[Artifact, ...] = ()
    _being_read: tuple[JobId, ...] = ()
    """Jobs whose results are read to be saved."""
    _unsaved: tuple[tuple[JobId, str], ...] = ()
    """Jobs whose results weren't saved, and why; told once none is read any more."""
    _empty: tuple[JobId, ...] = ()
    """Jobs that left nothing to save, told then, too."""

    @dataclass
    class FileRead(Message, bubble=False):
        """A saved file, or its head, was read back."""

        job_id: JobId
        artifact: Artifact
        content: bytes
        to_view: bool
        """Whether the user wants to look into it."""
        table: Head | None
        """The beginning of the table in it, where the content's beginning doesn't tell that."""

    @property
    def _transfers(self) -> TransferPanel:
        if self._panel is None:
            from jobtui.app.panes.transfer_panel import TransferPanel

            self._panel = TransferPanel(self._engine, self._download_dir.expanduser(), self._keys)
            self.mount(self._panel, before=self._foot)
        return self._panel

    def _transfer_of(self, artifact: Artifact) -> Transfer | None:
        if self._panel is None or self._desk is None:
            return None
        return self._panel.of(self._desk.job_id, artifact)

    def under_way(self) -> list[str]:
        """What is being saved, and what is read to be saved, a line each."""
        read = [f"⋯ reading the result of {one_line(str(job_id), 200)}, to save it" for job_id in self._being_read]
        return [*(self._panel.under_way() if self._panel is not None else []), *read]

    def clear_transfers(self) -> bool:
        """Take away the lines of downloads that are over; returns whether any of them told of a failure."""
        return self._panel is not None and self._panel.clear()

    def stop_downloads(self) -> int:
        """End the downloads that are under way, and let none begin that are being prepared; returns how many."""
        self.workers.cancel_group(self, "download")
        return self._panel.stop() if self._panel is not None else 0

    def download(self, jobs: Sequence[Job] = ()) -> int:
        """Save every artifact of some jobs' results as files; of the job on show where none is given.

        Returns:
            Of how many jobs.
        """
        wanted = jobs or ([self.job] if self.job else [])
        able = [job for job in wanted if self._has_result(job)]
        if not wanted:
            self.notify("No job is selected.", markup=False)
        live = [job for job in wanted if not job.state.is_final]
        lost = [job for job in wanted if job.state is JobState.LOST]
        for left, why in ((live, "not finished: nothing to save yet"), (lost, "lost: nothing to save is left of it")):
            if left:
                about = str(left[0].id) if len(left) == 1 else count_words(len(left), "job")
                self.notify(one_line(f"{about} {why}."), markup=False)
        # A key may come before this pane is there.
        self.call_later(self._save_each, [job.id for job in able])
        return len(able)

    def save_log(self) -> bool:
        """Save the log by now as a file, if it is on show; returns whether it is."""
        if self.job is None or self._log is None or self._active_label != LOG or self.viewer is None:
            return False
        self._transfers.save(self.job.id, [Artifact("log.txt", "text/plain", Text(self._log[1]))])
        return True

    def _save_each(self, job_ids: Sequence[JobId]) -> None:
        for job_id in job_ids:
            self._save_all(job_id)

    @work(group="download")
    async def _save_all(self, job_id: JobId) -> None:
        self._being_read = (*self._being_read, job_id)
        try:
            result = self._results.get(job_id)
            if result is None or result.is_cut:
                result = await self._engine.fetch_result(job_id, limit=SAVED_ROWS)
        except JobtuiError as error:
            self._unsaved = (*self._unsaved, (job_id, error.in_full))
            return
        finally:
            self._being_read = tuple(one for one in self._being_read if one != job_id)
            self.call_later(self._tell_unsaved)
        if not result.artifacts and result.warnings:
            self._unsaved = (*self._unsaved, (job_id, "; ".join(result.warnings)))
            return
        if not result.artifacts:
            self._empty = (*self._empty, job_id)
            return
        if result.is_cut:
            words = f"{job_id}: only the first {SAVED_ROWS:,} rows are saved; `jobtui result --limit` takes more."
            self.notify(one_line(words), severity="warning", markup=False)
        self._transfers.save(job_id, result.artifacts)

    def _tell_unsaved(self) -> None:
        """Tell of all of them at once: of many jobs each by itself would cover the screen."""
        if self._being_read:
            return
        empty, self._empty = self._empty, ()
        unsaved, self._unsaved = self._unsaved, ()
        if empty:
            about = str(empty[0]) if len(empty) == 1 else count_words(len(empty), "job")
            self.notify(one_line(f"{about} left nothing to save."), markup=False)
        if len(unsaved) == 1:
            ((job_id, words),) = unsaved
            self._tell_trouble(f"{job_id}: not saved", words)
        elif unsaved:
            told = [
                f"{job_id}: {one_line(words.rstrip('.'), _MOST_OF_A_REASON)}"
                for job_id, words in unsaved[:_MOST_REASONS]
            ]
            more = len(unsaved) - len(told)
            words = " · ".join([*told, *([f"and {more} more"] if more else [])])
            self._tell_trouble(f"{count_words(len(unsaved), 'job')} not saved", words)

    def export(self, *, as_json: bool) -> None:
        """Save the table or the document on show, as CSV or as JSON."""
        tab = self._tabs[self._active]
        if self._desk is None or tab.artifact_number < 0:
            self._say(f"only a table or JSON is exported; {named('download', self._keys)} saves files as they are")
            return
        artifact = self._desk.artifacts[tab.artifact_number]
        content = artifact.content
        said = ""
        if isinstance(content, Rows):
            content, said = self._rows_on_show(content)
            artifact = replace(artifact, content=content)
            if not content.rows and said:
                self._say(said)
                return
        elif self.viewer is not None and self.viewer.filter_text:
            said = "all of the document is exported, whatever the filter shows"
        if isinstance(content, Rows) and as_json:
            stem = artifact.name.rpartition(".")[0] or artifact.name or "rows"
            artifact = replace(
                artifact, name=f"{stem}.json", media_type="application/json", content=_as_objects(content)
            )
        elif not isinstance(content, Rows | Document) or (isinstance(content, Document) and not as_json):
            self._say(f"CSV is for tables; {named('download', self._keys)} saves this as it is")
            return
        self._transfers.save(self._desk.job_id, [artifact])
        if said:
            self._say(said)

    def _rows_on_show(self, rows: Rows) -> tuple[Rows, str]:
        """What is exported of a table, and what is said of it where that isn't all."""
        from jobtui.app.panes.viewers.rows import RowsView

        viewer, count = self.viewer, len(rows.rows)
        if isinstance(viewer, RowsView) and viewer.filter_text:
            shown = viewer.shown_rows
            words = f"{len(shown.rows):,} of {count_words(count, 'row')} with {viewer.told_filter}"
            return shown, f"{words} exported" if shown.rows else f"{words}: there is nothing to export"
        more = named("more", self._keys)
        return rows, f"the {count:,} rows that are here are exported; {more} reads more first" if rows.more else ""

    def _view_file(self, number: int) -> None:
        """Show a file here: at once if its content is here, else as soon as it is saved."""
        desk = self._desk
        if desk is None:
            return
        artifact = desk.artifacts[number]
        if not isinstance(artifact.content, RemoteFile) or number in desk.opened:
            index = next(index for index, tab in enumerate(self._tabs) if tab.artifact_number == number)
            if index == self._active:
                key = named("download", self._keys)
                self._say(f"this kind of file is not shown in a terminal: {key} saves it for a program of its own")
            else:
                self._go_to_tab(index)
            return
        transfer = self._transfer_of(artifact)
        if transfer is not None and transfer.saved is not None:
            self._read_file(desk.job_id, artifact, transfer.saved.path, _VIEWED_BYTES, to_view=True)
            return
        self._to_view = (*self._to_view, artifact)
        self._transfers.save(desk.job_id, [artifact])

    def on_transfer_panel_changed(self, message: TransferPanel.Changed) -> None:
        """Tell of the file where it is looked at; read back what was saved to tell more."""
        message.stop()
        transfer = message.transfer
        if transfer.error is not None and transfer.is_over:
            self._tell_trouble(f"{transfer.artifact.name}: not saved", transfer.error.in_full)
        if transfer.saved is not None and isinstance(transfer.artifact.content, RemoteFile | InlineFile):
            to_view = any(artifact is transfer.origin for artifact in self._to_view)
            limit = _VIEWED_BYTES if to_view else HEAD_BYTES
            self._read_file(transfer.job_id, transfer.origin, transfer.saved.path, limit, to_view=to_view)
        if transfer.is_over:
            self._to_view = tuple(artifact for artifact in self._to_view if artifact is not transfer.origin)
        self._renew_facts()

    @work(group="read-file")
    async def _read_file(self, job_id: JobId, artifact: Artifact, path: Path, limit: int, *, to_view: bool) -> None:
        try:
            content = await asyncio.to_thread(_head_of, path, limit)
            table = await asyncio.to_thread(_table_of, path, content) if to_view else None
        except OSError as error:
            self._tell_trouble(one_line(str(path)), f"can't be read back: {error.strerror}")
            return
        self.post_message(self.FileRead(job_id, artifact, content, to_view, table))

    @on(FileRead)
    def _take_file(self, message: FileRead) -> None:
        desk = self._desk
        number = desk.number_of(message.artifact) if desk and desk.job_id == message.job_id else None
        if desk is None or number is None:
            return
        desk.heads[number] = message.content[:HEAD_BYTES]
        if not message.to_view or self.job is None or self.job.id != message.job_id:
            self._renew_facts()
            return
        desk.opened[number] = message.content
        if message.table is not None:
            desk.tables[number] = message.table
        mine = {tab.label for tab in self._tabs if tab.artifact_number == number}
        self._drop_views(but={label: view for label, view in self._views.items() if label not in mine})
        self._lay_out()
        self._activate(next(index for index, tab in enumerate(self._tabs) if tab.artifact_number == number))
        if isinstance(self.viewer, FactsView):
            self._say("saved; this kind of file is not shown in a terminal")
        elif message.table is None and len(message.content) >= _VIEWED_BYTES:
            self._say(f"the first {_VIEWED_BYTES:,} bytes of the file")

    def _renew_facts(self) -> None:
        """Bring facts about files up to now, and again when a countdown has moved on."""
        if self._tick is not None:
            self._tick.stop()
            self._tick = None
        desk, viewer = self._desk, self.viewer
        number = self._tabs[self._active].artifact_number
        if desk is None or not isinstance(viewer, FactsView) or (number < 0 and self._active_label != FILES):
            return
        viewer.take(desk.facts([number] if number >= 0 else range(len(desk.artifacts))))
        wait = desk.next_tick() if self._ticks else None
        if wait is not None:
            self._tick = self.set_timer(wait.total_seconds(), self._renew_facts)

    def _tell_trouble(self, title: str, words: str) -> None:
        self.notify(one_line(words, 600), title=one_line(title, 200), severity="error", markup=False)


def _as_objects(rows: Rows) -> Document:
    """A table as a list of objects, with names made up where the service gave too few."""
    objects: list[JsonValue] = []
    for row in rows.rows:
        names = [rows.columns[at] if at < len(rows.columns) else f"column {at + 1}" for at in range(len(row))]
        objects.append(dict[str, JsonValue](zip(names, row, strict=True)))
    return Document(objects)


def _table_of(path: Path, content: bytes) -> Head | None:
    """The beginning of the table in a Parquet file, whose directory is at its end; `None` where it can't be read."""
    if sniffed_media_type(content[:16]) != PARQUET:
        return None
    from jobtui.app import parquet

    try:
        return parquet.head_of(path) if parquet.can_be_read() else None
    except ProtocolError:
        return None  # The viewer of its bytes says why.


def _head_of(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)
