"""Facts of two jobs: what counts as a difference, and what only comes with every run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.app.comparison import MOST_LEAVES, Fact, Side, compare, leaves
from jobtui.core.jobs import JsonValue, Task
from jobtui.core.results import Artifact, Content, InlineFile, RemoteFile, Result, Rows, Text
from jobtui.core.states import JobState
from tests.app.scripted_engine import NOW, job

ONE, OTHER = job("graph:1", JobState.SUCCEEDED), job("graph:2", JobState.SUCCEEDED)


def different(left: Side, right: Side) -> dict[str, Fact]:
    return {fact.name: fact for fact in compare(left, right, NOW) if fact.differs}


def with_content(content: Content, media_type: str = "x/y") -> Result:
    return Result(ONE.id, (Artifact("some-name", media_type, content),))


def test_a_later_run_of_the_same_does_not_differ() -> None:
    later = job(
        "graph:2",
        JobState.SUCCEEDED,
        created_at=NOW - timedelta(minutes=2),
        started_at=NOW - timedelta(minutes=1),
        finished_at=NOW,
    )
    assert different(Side(ONE, {"a": 1}), Side(later, {"a": 1})) == {}


def test_against_an_input_that_nobody_knows_nothing_differs() -> None:
    assert different(Side(ONE, {"a": 1}), Side(OTHER)) == {}
    told = [fact for fact in compare(Side(ONE, {"a": 1}), Side(OTHER), NOW) if fact.section == "Input"]
    assert [(fact.left, fact.right) for fact in told] == [("1", ""), ("", "not known here")]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Text("abc"), Text("abd")),
        (InlineFile(b"1"), InlineFile(b"2")),
        (Rows(("a",), (("1",),), 50, False), Rows(("a",), (("1",), ("2",)), 50, False)),
        (Rows(("a",), (("1",),), 50, False), Rows(("a",), (("1",),), 50, True)),
        (Rows(("a",), (("1",),), 50, False), Rows(("a",), (("2",),), 50, False)),
    ],
)
def test_other_content_is_a_difference_even_at_the_same_size(left: Content, right: Content) -> None:
    assert different(Side(ONE, {}, with_content(left)), Side(OTHER, {}, with_content(right)))
    assert not different(Side(ONE, {}, with_content(left)), Side(OTHER, {}, with_content(left)))


def test_another_link_to_a_file_of_the_same_kind_is_none() -> None:
    left, right = RemoteFile("https://a.example/1?token=x"), RemoteFile("https://a.example/2?token=y")
    assert not different(Side(ONE, {}, with_content(left)), Side(OTHER, {}, with_content(right)))


def test_tasks_of_one_name_are_compared_in_their_order() -> None:
    def tasks(*states: JobState) -> tuple[Task, ...]:
        return tuple(Task(str(number), "load", state, "") for number, state in enumerate(states))

    left = job("graph:1", JobState.FAILED, tasks=tasks(JobState.SUCCEEDED, JobState.SUCCEEDED))
    right = job("graph:2", JobState.FAILED, tasks=tasks(JobState.SUCCEEDED, JobState.FAILED))
    assert list(different(Side(left, {}), Side(right, {}))) == ["load (2)"]


def test_a_document_beyond_the_limit_still_differs_as_a_whole() -> None:
    left = {"values": list(range(MOST_LEAVES + 5))}
    right = {"values": [*range(MOST_LEAVES + 4), -1]}
    assert list(different(Side(ONE, left), Side(OTHER, right))) == ["…"]  # type: ignore[arg-type]


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["1", "null", "[]", '"1"'])


@given(SCALARS, SCALARS)
def test_two_values_read_alike_only_where_they_are_alike(one: JsonValue, other: JsonValue) -> None:
    same = type(one) is type(other) and one == other
    assert (list(leaves({"a": [one]})) == list(leaves({"a": [other]}))) is same


def test_leaves_are_named_by_their_path() -> None:
    assert list(leaves({"a": {"b": [1, {"c": "x"}]}, "d": {}, "e": ""})) == [
        ("a.b[0]", "1"),
        ("a.b[1].c", "x"),
        ("d", "{}"),
        ("e", '""'),
    ]
