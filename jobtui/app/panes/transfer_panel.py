"""Downloads under way and just done, a line each, below the result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import work
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from jobtui.app.actions import OWN_KEYS
from jobtui.app.transfers import Transfer, TransferState, file_name, transfer_line
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact
from jobtui.core.structs import replace
from jobtui.core.text import one_line
from jobtui.engine.port import EnginePort

_AT_ONCE = 3
_REPAINT_S = 0.25
_TOLD_S = 60.0
_MOST_LINES = 4
_KEPT = 200


class TransferPanel(Static):
    """Saves artifacts, a few at a time; takes no room while there is nothing to tell."""

    @dataclass
    class Changed(Message):
        """A download began, is further, or is over."""

        transfer: Transfer

    def __init__(self, engine: EnginePort, folder: Path, keys: Mapping[str, str] = OWN_KEYS) -> None:
        super().__init__(markup=False, id="result-transfers")
        self._engine = engine
        self._folder = folder
        self._keys = keys
        self._transfers: list[Transfer] = []
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._repaint: Timer | None = None

    def on_resize(self) -> None:
        """Keep the names of files in sight."""
        self._draw()

    def of(self, job_id: JobId, artifact: Artifact) -> Transfer | None:
        """The latest download of an artifact; `None` where there was none."""
        return next((one for one in reversed(self._transfers) if one.job_id == job_id and one.origin is artifact), None)

    def save(self, job_id: JobId, artifacts: Sequence[Artifact]) -> None:
        """Put artifacts into the folder; what is under way already isn't begun again."""
        for artifact in artifacts:
            before = self.of(job_id, artifact)
            if before is not None:
                if not before.is_over:
                    continue
                before.told = True
            transfer = Transfer(job_id, artifact)
            self._transfers.append(transfer)
            self._run(transfer)
        over = [one for one in self._transfers if one.is_over]
        for one in over[: max(0, len(self._transfers) - _KEPT)]:
            self._transfers.remove(one)
        self._draw()
        if self._repaint is None:
            self._repaint = self.set_interval(_REPAINT_S, self._tick)

    @work(group="download")
    async def _run(self, transfer: Transfer) -> None:
        async with self._at_once:
            self._enter(transfer, TransferState.RUNNING)
            try:
                named = replace(transfer.artifact, name=file_name(transfer.job_id, transfer.artifact))
                transfer.saved = await self._engine.download(
                    transfer.job_id, named, self._folder, progress=transfer.advance
                )
                self._enter(transfer, TransferState.SAVED)
            except JobtuiError as error:
                transfer.error = error
                self._enter(transfer, TransferState.FAILED)

    def stop(self) -> int:
        """End what is under way; what came stays beside its place, to be gone on with. Returns how many there were."""
        under_way = [one for one in self._transfers if not one.is_over]
        for transfer in under_way:
            self._enter(transfer, TransferState.STOPPED)
        self.workers.cancel_node(self)
        return len(under_way)

    def under_way(self) -> list[str]:
        """A line about each that isn't over, with the job that it belongs to."""
        return [
            f"{transfer_line(one, self._keys)[0]} · {one_line(str(one.job_id), 200)}"
            for one in self._transfers
            if not one.is_over
        ]

    def _enter(self, transfer: Transfer, state: TransferState) -> None:
        transfer.state = state
        if transfer.is_over:
            transfer.let_go()
        if state is TransferState.SAVED:
            # Its facts go on to say where it lies; what failed stays until Esc.
            self.set_timer(_TOLD_S, partial(self._leave, transfer))
        self._draw()
        self.post_message(self.Changed(transfer))

    def _leave(self, transfer: Transfer) -> None:
        transfer.told = True
        self._draw()

    def clear(self) -> bool:
        """Take away the lines of what is over; returns whether there was one that stays until then."""
        over = [one for one in self._lines() if one.is_over]
        for transfer in over:
            transfer.told = True
        self._draw()
        return any(one.state is not TransferState.SAVED for one in over)

    def _tick(self) -> None:
        """Tell how far things are; without anything under way the screen is left alone."""
        running = [one for one in self._transfers if one.state is TransferState.RUNNING]
        for transfer in running:
            self.post_message(self.Changed(transfer))
        if all(one.is_over for one in self._transfers) and self._repaint is not None:
            self._repaint.stop()
            self._repaint = None
        self._draw()

    def _lines(self) -> list[Transfer]:
        return [one for one in self._transfers if not one.told]

    def _draw(self) -> None:
        shown = self._lines()
        # What moves comes first, then what is new.
        order = sorted(
            shown, key=lambda one: (one.state is not TransferState.RUNNING, one.state is TransferState.WAITING)
        )
        running = [one for one in order if not one.is_over]
        over = [one for one in reversed(shown) if one.is_over]
        wanted = (running + over)[:_MOST_LINES]
        width = self.content_size.width or None
        lines = [Content.styled(*transfer_line(one, self._keys, width=width)) for one in wanted]
        left = len(shown) - len(wanted)
        if left:
            lines.append(Content.styled(f"… and {left} more", "$text-muted"))
        content = Content("\n").join(lines)
        if isinstance(self.content, Content) and content.is_same(self.content):
            return
        same_room = isinstance(self.content, Content) and len(lines) == len(self.content.split("\n"))
        self.display = bool(lines)
        self.update(content, layout=not same_room)
