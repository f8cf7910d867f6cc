"""Columns of a user's own: those that exist, each once, as wide as asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobtui.app.columns import (
    COLUMNS,
    DEFAULT_COLUMNS,
    GUTTER,
    check_columns,
    known_columns,
    lay_out,
    shortened,
    sided,
    sized,
)
from jobtui.app.listing import SortKey
from jobtui.core.errors import SettingsError
from jobtui.core.states import JobState
from tests.app.scripted_engine import NOW, job


def test_every_column_can_be_asked_for() -> None:
    check_columns(COLUMNS)
    check_columns(())


def test_a_column_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="there is no 'sorce'; did you mean 'source'") as caught:
        check_columns(["job", "sorce"])
    assert "native" in caught.value.hint
    with pytest.raises(SettingsError, match=r"there is no 'xyzzy'$"):
        check_columns(["xyzzy"])


def test_a_column_that_stands_there_twice_is_named() -> None:
    with pytest.raises(SettingsError, match="'job' stands there twice"):
        check_columns(["job", "state", "job"])


def test_a_width_of_one_s_own_holds_and_the_rest_goes_to_the_others() -> None:
    slots = {
        slot.column.key: slot.width
        for slot in lay_out([sized(COLUMNS["job"], 30), sized(COLUMNS["message"], None)], 100)
    }
    assert slots == {"job": 30, "message": 100 - 4 - 30 - 1}
    narrow = lay_out([sized(COLUMNS["job"], 30), sized(COLUMNS["state"], None)], 40)
    assert sum(slot.width for slot in narrow) + 4 + 1 <= 40


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("fraud_rank 30711", 16, "fraud_rank 30711"),
        ("community_louvain 30706", 19, "community_lo… 30706"),
        ("doubao-seedance-1-0-pro cgt-20261122-elhpn", 19, "doubao-se…122-elhpn"),
        ("jimeng 15752065397693619325", 19, "jimeng…397693619325"),
        ("a lighthouse in a storm, from far above", 19, "a lighthouse in a …"),
        ("geostatistics/kriging/9b2f6c1e", 19, "geostatis…/9b2f6c1e"),
        ("写入结果写入结果写入结果", 10, "写入结果 …"),
        ("fraud_rank 30711", 3, "f…1"),
        ("fraud_rank 30711", 1, "…"),
    ],
)
def test_a_name_without_room_keeps_what_tells_it_from_others(name: str, width: int, shown: str) -> None:
    assert shortened(name, width) == shown


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (57, {"source": 6, "job": 19, "state": 9, "progress": 5, "eta": 5, "age": 4}),
        (77, {"source": 6, "job": 28, "state": 12, "progress": 13, "eta": 5, "age": 4}),
        (93, {"source": 9, "job": 34, "state": 12, "progress": 20, "eta": 5, "age": 4}),
        (45, {"job": 20, "state": 9, "progress": 5, "age": 4}),
    ],
)
def test_names_have_the_room_that_tells_jobs_apart_at_every_width(width: int, widths: dict[str, int]) -> None:
    slots = lay_out([COLUMNS[key] for key in DEFAULT_COLUMNS], width)
    assert {slot.column.key: slot.width for slot in slots} == widths
    assert slots[-1].x + slots[-1].width == width
    assert slots[0].x == GUTTER


@pytest.mark.parametrize(
    ("state", "stalled", "stale", "width", "words"),
    [
        (JobState.RUNNING, True, False, 9, "running !"),
        (JobState.CANCELLING, True, False, 12, "cancelling !"),
        (JobState.CANCELLING, True, True, 9, "cancel… !"),
        (JobState.CANCELLING, False, False, 9, "cancelli…"),
        (JobState.UNKNOWN, False, True, 9, "unknown ?"),
        (JobState.SUCCEEDED, False, False, 9, "succeeded"),
    ],
)
def test_the_mark_of_a_state_is_never_cut_off(
    state: JobState, stalled: bool, stale: bool, width: int, words: str
) -> None:
    shown = job("graph:1", state, stalled_since=NOW - timedelta(hours=1) if stalled else None, stale=stale)
    assert "".join(span.text for span in COLUMNS["state"].render(shown, NOW, width)) == words


@pytest.mark.parametrize(
    ("value", "shown"),
    [("4.5", "4.5"), ("a\n[b]", "a⏎[b]"), ("", "")],
)
def test_a_configured_column_shows_what_its_path_found_on_one_line(value: str, shown: str) -> None:
    column = known_columns({"cost_usd": "usage.credits"})["cost_usd"]
    told = job("graph:1", JobState.RUNNING, handle={"json:usage.credits": value, "json:other": "7"})
    assert "".join(span.text for span in column.render(told, NOW, 8)) == shown
    assert column.title == "COST USD"
    assert column.heading(column.least) == "COST USD"
    assert (column.heading(6), column.heading(6, "▲")) == ("COST …", "COST…▲")


@pytest.mark.parametrize(
    ("values", "right"),
    [(["4.5", "", "-3e2"], True), (["4.5", "12", "n/a"], True), (["gold", "7"], False), (["", ""], None), ([], None)],
)
def test_a_configured_column_of_numbers_stands_at_the_right(values: list[str], right: bool | None) -> None:
    column = known_columns({"cost": "credits"})["cost"]
    jobs = [job("graph:1", JobState.RUNNING, handle={"json:credits": value}) for value in values]
    assert sided(column, jobs, NOW).right is right


def test_a_configured_column_can_be_chosen_and_takes_no_other_s_name() -> None:
    known = known_columns({"cost": "usage.credits"})
    check_columns(["job", "cost"], known)
    with pytest.raises(SettingsError, match="did you mean 'cost'"):
        check_columns(["cots"], known)
    with pytest.raises(SettingsError, match=r"^json_columns\.job: there is another column of that name"):
        known_columns({"job": "name"})


def test_every_column_is_an_order_of_its_own_or_shares_one_about_the_same_time() -> None:
    orders = [column.order for column in COLUMNS.values()]
    assert set(orders) == set(SortKey) - {SortKey.ACTIVITY}
