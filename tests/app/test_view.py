"""What was chosen for the list is there the next time, and a broken file is no reason not to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtui.app.columns import known_columns
from jobtui.app.listing import GroupBy, Order, SortKey
from jobtui.app.view import View, read_view, write_view

CHOSEN = View(
    ("job", "state", "id"),
    {"job": 40},
    ("source", "job"),
    Order(SortKey.NAME, reverse=True, group=GroupBy.SOURCE),
    {"mine": 'state:running "two words"'},
    "nord",
    "textual-dark",
    wide=True,
)


def test_a_view_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "new" / "view.json"
    write_view(file, CHOSEN)
    assert read_view(file) == CHOSEN
    write_view(file, View())
    assert read_view(file) == View()
    assert [each.name for each in file.parent.iterdir()] == ["view.json"]
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"columns": 3, "widths": [], "filters": "x"}', "[" * 100_000])
def test_what_cannot_be_read_is_as_at_the_first_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "view.json"
    assert read_view(file) == View()
    file.write_text(text)
    assert read_view(file) == View()


def test_columns_and_words_of_another_version_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    file.write_text(
        '{"columns": ["job", "moon", "job", "id"], "widths": {"job": 100000, "id": 9, "moon": 4, "age": true},'
        ' "sort": "moon", "group": "moon", "reverse": 1, "filters": {"a": 1, "b": "state:failed"}, "theme": 7}'
    )
    assert read_view(file) == View(("job", "id"), {"id": 9}, filters={"b": "state:failed"})


def test_a_configured_column_and_its_order_are_kept_as_long_as_its_path_is_configured(tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    view = View(("job", "cost"), {"cost": 9}, order=Order("json:usage.credits"))
    write_view(file, view)
    assert read_view(file, known_columns({"cost": "usage.credits"})) == view
    assert read_view(file, known_columns({"cost": "usage.total"})) == View(("job", "cost"), {"cost": 9})
    assert read_view(file) == View(("job",))


def test_a_view_that_cannot_be_written_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "view.json").mkdir()
    with pytest.raises(IsADirectoryError):
        write_view(tmp_path / "view.json", CHOSEN)
    assert [each.name for each in tmp_path.iterdir()] == ["view.json"]
