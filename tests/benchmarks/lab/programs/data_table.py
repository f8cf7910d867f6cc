"""The same jobs in Textual's own DataTable, with as many changing each second as asked for."""

from __future__ import annotations

import random
import sys
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.widgets import DataTable, Input
from textual.widgets.data_table import ColumnKey, RowKey

from tests.benchmarks.lab.world import graph_item

_COLUMNS = ("SOURCE", "JOB", "STATE", "PROGRESS", "AGE", "DURATION", "ETA", "MESSAGE")
_BATCH_S = 0.1


class Table(App[None]):
    """Arguments: rows, changes per second. `s` sorts by name, `/` filters by state; `c` begins the changes."""

    BINDINGS: ClassVar = [("s", "order", ""), ("slash", "filter", ""), ("c", "change", "")]

    def __init__(self, count: int, changes_per_s: float) -> None:
        super().__init__()
        self._jobs = [graph_item(number, count, 1_700_000_000_000) for number in range(count, 0, -1)]
        self._changes_per_s = changes_per_s
        self._columns: list[ColumnKey] = []
        self._rows: list[RowKey] = []
        self._owed = 0.0
        self._chance = random.Random(7)

    def compose(self) -> ComposeResult:
        """The table alone."""
        yield DataTable(cursor_type="row")
        yield Input(id="unused", disabled=True)

    def on_mount(self) -> None:
        """Fill it."""
        table = self.query_one(DataTable)
        table.cursor_foreground_priority = "css"
        self._columns = table.add_columns(*_COLUMNS)
        self._fill(None)
        table.focus()

    def _fill(self, status: int | None) -> None:
        table = self.query_one(DataTable)
        table.clear()
        self._rows = table.add_rows(
            (
                "graph",
                f"{job['workflowName']} {job['id']}",
                ("queued", "running", "succeeded", "failed", "cancelled")[int(str(job["status"]))],
                "100 %",
                "3h",
                "1m",
                "",
                "",
            )
            for job in self._jobs
            if status is None or job["status"] == status
        )

    def action_order(self) -> None:
        """By name."""
        self.query_one(DataTable).sort(self._columns[1])

    def action_filter(self) -> None:
        """Only what failed."""
        self._fill(3)

    def action_change(self) -> None:
        """From now on."""
        self.set_interval(_BATCH_S, self._change_some)

    @on(DataTable.RowHighlighted)
    def _show_row(self) -> None:
        """Where an app would show the row."""

    def _change_some(self) -> None:
        table = self.query_one(DataTable)
        self._owed += self._changes_per_s * _BATCH_S
        while self._owed >= 1:
            self._owed -= 1
            word = self._chance.choice(("10 %", "20 %", "30 %", "40 %"))
            table.update_cell(self._chance.choice(self._rows), self._columns[3], word)


if __name__ == "__main__":
    Table(int(sys.argv[1]), float(sys.argv[2])).run()
