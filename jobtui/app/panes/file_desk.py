"""The files of one result: what is known of them, and which of them are open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobtui.app.actions import OWN_KEYS
from jobtui.app.panes.viewers.facts import Fact, FactsView
from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, InlineFile, RemoteFile

if TYPE_CHECKING:
    from jobtui.app.parquet import Head
    from jobtui.app.transfers import Transfer

HEAD_BYTES = 1 << 16
"""How much of a file tells nearly everything about it."""


class FileDesk:
    """Tells of a result's files, at the moment that it is asked."""

    def __init__(
        self,
        job_id: JobId,
        artifacts: Sequence[Artifact],
        now: Callable[[], datetime],
        transfer_of: Callable[[Artifact], Transfer | None],
        keys: Mapping[str, str] = OWN_KEYS,
    ) -> None:
        self.job_id = job_id
        self.artifacts = tuple(artifacts)
        self.opened: dict[int, bytes] = {}
        """Contents of saved files that the user looked into, by artifact."""
        self.tables: dict[int, Head] = {}
        """Beginnings of the tables in them, which the beginning of the content doesn't tell, by artifact."""
        self.heads: dict[int, bytes] = {}
        """First bytes of files, by artifact."""
        self._now = now
        self._transfer_of = transfer_of
        self._keys = keys
        for number, artifact in enumerate(self.artifacts):
            if isinstance(artifact.content, InlineFile):
                self.heads[number] = artifact.content.content[:HEAD_BYTES]

    def view(self, number: int) -> Viewer:
        """The best view of one file: of its content where that is here and can be shown, else its facts."""
        artifact = self.artifacts[number]
        inline = artifact.content.content if isinstance(artifact.content, InlineFile) else None
        content = self.opened.get(number, inline)
        if content is not None:
            from jobtui.app.panes.viewers.choice import head_view, view_of_bytes

            if number in self.tables:
                return head_view(self.tables[number])
            view = view_of_bytes(content, artifact.media_type, artifact.name, self._summary(number))
            if view is not None:
                return view
        return FactsView(self.facts([number]))

    def overview(self) -> Viewer:
        """The facts of all files."""
        return FactsView(self.facts(range(len(self.artifacts))))

    def facts(self, numbers: Sequence[int]) -> list[Fact]:
        """What is known of some files by now."""
        from jobtui.app.panes.viewers.about import file_facts

        transfers = [self._transfer_of(artifact) for artifact in self.artifacts]
        heads = [self.heads.get(number, b"") for number in range(len(self.artifacts))]
        return file_facts(self.artifacts, numbers, transfers, self._now(), heads, self._keys)

    def next_tick(self) -> timedelta | None:
        """How long until the facts read differently by themselves; `None` where they won't."""
        from jobtui.app.panes.viewers.about import next_tick

        contents = [artifact.content for artifact in self.artifacts]
        expiries = [one.expires_at for one in contents if isinstance(one, RemoteFile) and one.expires_at is not None]
        return next_tick(expiries, self._now())

    def number_of(self, artifact: Artifact) -> int | None:
        """Which of the files an artifact is; `None` if it is none of them."""
        return next((number for number, one in enumerate(self.artifacts) if one is artifact), None)

    def _summary(self, number: int) -> str:
        return " · ".join(fact.value for fact in self.facts([number]) if fact.name in {"type", "sides", "size"})
