"""The ways to look at a job's result: which there are, and the line that names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from jobtui.app.panes.file_desk import FileDesk
from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.core.jobs import Job
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Result, Rows, Text
from jobtui.core.structs import replace
from jobtui.core.text import one_line

RAW = "Raw"
"""Label of the tab with the service's own words, which every job has."""
INPUT = "Input"
"""Label of the tab with what a job was started with, which every job has."""
LOG = "Log"
"""Label of the tab with what a job has written, where its service tells that."""
FILES = "Files"
"""Label of the tab that tells of all files of a result."""

_LABEL_LIMIT = 18
_KINDS = {"image": "Image", "video": "Video", "audio": "Sound", "text": "Text"}


class Tab(Struct, frozen=True):
    """One way to look at a result."""

    label: str
    make: Callable[[], Viewer] | None = None
    """Makes the viewer when the tab is first looked at; `None` where there are only words."""
    words: str = ""
    """What stands in place of a viewer."""
    hint: str = ""
    """What can be done about that, in the pane's last line, which is always in sight."""
    artifact_number: int = -1
    """Which artifact it shows; -1 for none or several."""


def result_tabs(job: Job, result: Result, desk: FileDesk, keys: Mapping[str, str], *, has_log: bool) -> tuple[Tab, ...]:
    """The tabs of a result, without those that every job has; empty where it holds nothing.

    Args:
        job: Whose it is.
        result: What it left.
        desk: What is known of its files.
        keys: The user's own.
        has_log: Whether there is a tab for its log.
    """
    tabs: list[Tab] = []
    error = result.error or job.error
    if error is not None:

        def make_error() -> Viewer:
            from jobtui.app.panes.viewers.about import error_facts
            from jobtui.app.panes.viewers.facts import FactsView

            return FactsView(error_facts(job, error, keys))

        tabs.append(Tab("Error", make_error))
    tasks = {task.id: task.name for task in job.tasks}
    for number, artifact in enumerate(result.artifacts):
        tabs += _tabs_of(number, artifact, desk, tasks.get(artifact.task_id) or artifact.task_id)
    sole = result.artifacts[0] if len(result.artifacts) == 1 else None
    # Of a sole file that isn't opened, its own tab tells all there is.
    if result.artifacts and not (sole and isinstance(sole.content, RemoteFile) and 0 not in desk.opened):
        tabs.append(Tab(FILES, desk.overview))
    return _with_distinct_labels(tabs, {RAW, INPUT, LOG} if has_log else {RAW, INPUT})


def _tabs_of(number: int, artifact: Artifact, desk: FileDesk, task: str) -> list[Tab]:
    content = artifact.content
    label = one_line(task, _LABEL_LIMIT) or one_line(artifact.role, _LABEL_LIMIT).capitalize()

    def make() -> Viewer:
        from jobtui.app.panes.viewers import choice

        match content:
            case Rows():
                from jobtui.app.panes.viewers.rows import RowsView

                return RowsView(content)
            case Document(value):
                from jobtui.app.panes.viewers.tree import JsonView

                return JsonView(value)
            case Text(text):
                return choice.view_of_text(text, artifact.media_type, artifact.name)
            case InlineFile() | RemoteFile():
                return desk.view(number)

    fallback = {Rows: "Table", Document: "JSON", Text: "Text"}.get(
        type(content), _KINDS.get(artifact.media_type.partition("/")[0], "File")
    )
    tabs = [Tab(label or fallback, make, artifact_number=number)]
    if isinstance(content, Text):
        from jobtui.app.panes.viewers.choice import is_markdown, plain_view

        if is_markdown(artifact.media_type, artifact.name):
            tabs.append(Tab("Source", lambda: plain_view(content.text), artifact_number=number))
    return tabs


def _with_distinct_labels(tabs: Sequence[Tab], taken: set[str]) -> tuple[Tab, ...]:
    distinct: list[Tab] = []
    for tab in tabs:
        label, number = tab.label, 1
        while label in taken:
            number += 1
            label = f"{tab.label} {number}"
        taken.add(label)
        distinct.append(replace(tab, label=label))
    return tuple(distinct)


class TabLine(Static):
    """The tabs' labels in one line, the active one always in sight."""

    @dataclass
    class Chosen(Message):
        """The mouse clicked on a tab."""

        index: int

    def __init__(self, line_id: str) -> None:
        super().__init__(markup=False, id=line_id)
        self._labels: tuple[str, ...] = ()
        self._active = 0
        self._first = 0

    def show(self, labels: Sequence[str], active: int) -> None:
        """Name the tabs; one alone needs no name."""
        self._labels, self._active = tuple(labels), active
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Leave out what doesn't fit now."""
        self._draw()

    def _draw(self) -> None:
        width = self.content_size.width
        self._first = 0
        while self._first < self._active and width and self._width(self._first, self._active) > width:
            self._first += 1
        pieces = [Content.styled("…", "$text-muted")] if self._first else []
        for number in range(self._first, len(self._labels)):
            # Where some are beyond the edge, the last cells say so.
            if (
                number > self._active
                and width
                and self._width(self._first, number) > width - 2 * (number < len(self._labels) - 1)
            ):
                pieces.append(Content.styled("…", "$text-muted"))
                break
            style = "bold reverse" if number == self._active else "$text-muted"
            pieces.append(Content.styled(f" {self._labels[number]} ", style))
        self.update(Content(" ").join(pieces), layout=False)

    def _width(self, first: int, last: int) -> int:
        return sum(len(label) + 3 for label in self._labels[first : last + 1]) + (2 if first else 0)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        x = event.x - self.content_region.x + self.region.x - (2 if self._first else 0)
        for number in range(self._first, len(self._labels)):
            cells = len(self._labels[number]) + 3
            if 0 <= x < cells:
                self.post_message(self.Chosen(number))
                return
            x -= cells
