"""The first rows of Parquet files."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobtui.app.panes.file_desk import FileDesk
from jobtui.app.panes.viewers.choice import view_of_bytes
from jobtui.app.panes.viewers.hexdump import HexView
from jobtui.app.panes.viewers.rows import RowsView
from jobtui.app.parquet import Head, head_of
from jobtui.core.errors import ProtocolError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, RemoteFile, Rows
from tests.app.scripted_engine import NOW


def file(**columns: object) -> bytes:
    """A file of such columns, small row groups in it."""
    written = io.BytesIO()
    parquet.write_table(pa.table(columns), written, row_group_size=150)
    return written.getvalue()


SMALL = file(n=[1, 2], name=["a", None])


def test_values_of_every_kind_are_told_and_columns_with_their_types() -> None:
    when = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    head = head_of(
        file(
            n=[1.5],
            raw=[b"\x00\xff"],
            list=[[{"at": when, "x": None}]],
            # Python has no nanoseconds.
            ns=pa.array([1_767_323_045_000_000_001], pa.timestamp("ns")),
        )
    )
    assert head.rows.columns[0] == "n double"
    assert head.rows.columns[3] == "ns timestamp[ns]"
    assert head.rows.rows == (
        ("1.5", "00 ff", '[{"at": "2026-01-02 03:04:00+00:00", "x": null}]', "2026-01-02 03:04:05.000000001"),
    )


def test_of_what_is_written_out_at_length_the_beginning_is_shown() -> None:
    head = head_of(file(raw=[bytes(900)], picture=[{"bytes": bytes(900)}], words=["x" * 30_000]))
    raw, picture, words = head.rows.rows[0]
    assert raw == f"{bytes(500).hex(' ')} … (900 bytes)"
    assert picture == f'{{"bytes": "{raw}"}}'
    assert (len(words), words[-2:]) == (20_001, "x…")


def test_of_a_long_file_the_beginning_is_read_and_of_a_wide_one_the_first_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(file(**{f"c{number}.x": range(300) for number in range(1_001)}))
    head = head_of(path)
    assert (len(head.rows.rows), head.count) == (200, 300)
    assert (len(head.rows.columns), head.rows.columns[-1], head.rows.rows[199][999]) == (1_000, "c999.x int64", "199")


def test_a_file_without_rows_or_columns_is_an_empty_table() -> None:
    assert head_of(file()) == Head(Rows((), (), 200, more=False), 0)
    assert head_of(file(a=[])).rows.columns == ("a null",)


@pytest.mark.parametrize("content", [SMALL[:200], b"PAR1" + b"\xff" * 100 + b"\x10\0\0\0PAR1"])
def test_what_can_not_be_read_is_said_and_shown_as_bytes(content: bytes) -> None:
    with pytest.raises(ProtocolError, match="can't be read as Parquet: "):
        head_of(content)
    view = view_of_bytes(content, "", "rows", "700 B")
    assert isinstance(view, HexView)
    assert "it can't be read as Parquet: " in view.note


def test_a_fault_that_only_the_library_knows_is_said_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: object, **__: object) -> None:
        raise pa.ArrowCapacityError("too much for one array")

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", give_up)
    with pytest.raises(ProtocolError, match="can't be read as Parquet: too much for one array"):
        head_of(SMALL)


def test_what_is_one_by_its_first_bytes_is_a_table_whatever_its_name() -> None:
    view = view_of_bytes(SMALL, "application/octet-stream", "download", "")
    assert isinstance(view, RowsView)
    assert view.rows == Rows(("n int64", "name string"), (("1", "a"), ("2", "")), 200, more=False)


def test_without_the_extra_a_file_is_shown_as_bytes_with_what_would_show_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    view = view_of_bytes(SMALL, "", "rows", "700 B")
    assert isinstance(view, HexView)
    assert view.note.endswith("pip install 'jobtui[parquet]' shows its rows · 700 B")


def test_of_a_saved_file_the_beginning_of_its_table_is_shown_and_said_to_be_one() -> None:
    rows = Artifact(
        "rows.parquet", "application/vnd.apache.parquet", RemoteFile("https://cdn.example.test/rows.parquet")
    )
    desk = FileDesk(JobId("evo", "1"), [rows], lambda: NOW, lambda _artifact: None)
    # Of the file no more than its beginning is here, and what it holds is told at its end.
    desk.opened[0] = SMALL[:100]
    desk.tables[0] = Head(Rows(("n int64",), (("1",), ("2",)), 200, more=False), 3_000)
    view = desk.view(0)
    assert isinstance(view, RowsView)
    assert view.note == "2 rows · the first of 3,000"
    assert view.is_beginning
