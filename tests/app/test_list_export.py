"""The list as a file: the rows, order and columns of the screen, never over another file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from jobtui.app.columns import COLUMNS
from jobtui.app.list_export import FACTS, as_table, list_artifact, listed
from jobtui.app.listing import Order, SortKey
from jobtui.core.export import job_document
from jobtui.core.filters import Filter
from jobtui.core.jobs import JobError
from jobtui.core.results import Document
from jobtui.core.states import JobState
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import NOW, ScriptedEngine, job


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


async def saved(app: Opened, folder: Path, files: int) -> list[Path]:
    """The files in the folder, once there are so many."""
    found: list[Path] = []
    for _ in range(200):
        found = sorted(folder.glob("jobs-*"), key=lambda path: path.stat().st_mtime_ns)
        if len(found) >= files:
            break
        await app.settle()
    await app.settle()
    return found


def test_every_column_says_something_to_other_programs() -> None:
    assert set(FACTS) == set(COLUMNS)


def test_a_table_holds_the_columns_as_numbers_and_the_address() -> None:
    failed = job("evo:a/b/1", JobState.FAILED, name="=1+1", progress=0.5, error=JobError(title="no, never"))
    table = as_table([failed], ("job", "progress", "eta"), NOW)
    assert table.columns == ("address", "name", "progress", "error", "eta_seconds")
    assert table.rows == (("evo:a/b/1", "=1+1", "0.5", "no, never", ""),)


def test_configured_values_are_in_the_table_and_in_the_json() -> None:
    paths = {"cost": "usage.credits", "tier": "tier"}
    told = job("evo:a/b/1", JobState.RUNNING, handle={"json:usage.credits": "4.5", "json:tier": ""})
    table = as_table([told], ("state", "cost", "tier"), NOW, paths)
    assert (table.columns, table.rows) == (("address", "state", "cost", "tier"), (("evo:a/b/1", "running", "4.5", ""),))
    content = list_artifact([told], ("state",), NOW, as_json=True, json_columns=paths).content
    assert content == Document([{**job_document(told, NOW), "json_columns": {"cost": "4.5", "tier": None}}])


def test_what_is_listed_follows_the_filter_and_the_order(engine: ScriptedEngine) -> None:
    order = Order(SortKey.NAME, reverse=True)
    names = [one.name for one in listed(engine.snapshot, Filter.parse("-state:queued"), order, NOW)]
    assert names == ["pagerank", "kriging 9b2f", "fraud_rank", "break-ties"]


async def test_the_list_is_saved_as_it_is_shown_and_over_nothing(opened: Open, tmp_path: Path) -> None:
    async with opened(download_dir=tmp_path / "new", columns=("state", "id")) as app:
        await app.press("slash", *"source:graph", "enter", "s", "r", "enter", "E")
        (first,) = await saved(app, tmp_path / "new", 1)
        shown = [app.main.jobs._listing.id_at(row) for row in range(2)]
        assert [row["address"] for row in rows_of(first)] == [str(job_id) for job_id in shown]
        assert list(rows_of(first)[0]) == ["address", "state", "id"]
        assert f"2 jobs saved: {first}" in app.said()
        before = first.read_bytes()
        await app.press("escape", "E")
        second = (await saved(app, tmp_path / "new", 2))[-1]
        assert len(rows_of(second)) == 5
        assert first.read_bytes() == before


async def test_json_is_what_the_command_line_prints(opened: Open, engine: ScriptedEngine, tmp_path: Path) -> None:
    async with opened(download_dir=tmp_path) as app:
        await app.press("J")
        (file,) = await saved(app, tmp_path, 1)
        now = app.clock.now()
        told = {document["address"]: document for document in json.loads(file.read_text())}
        assert told == {str(one.id): job_document(one, now) for one in engine.snapshot.jobs.values()}


async def test_an_empty_list_leaves_no_file_and_a_folder_that_is_none_is_told(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with opened(download_dir=tmp_path / "file") as app:
        await app.press("E")
        for _ in range(200):
            await app.settle()
            if app.said():
                break
        assert "can't be written to" in app.said()
        await app.press("slash", *"nothing-like-it", "enter", "E")
        assert "no job to save" in app.said()
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


async def test_in_the_result_the_same_key_exports_the_result(opened: Open, tmp_path: Path) -> None:
    async with opened(download_dir=tmp_path) as app:
        await app.press("v", "E")
        assert "only a table or JSON is exported" in app.text("#result-foot")
        assert list(tmp_path.iterdir()) == []
