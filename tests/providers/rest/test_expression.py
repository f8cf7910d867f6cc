from __future__ import annotations

import pytest

from jobtui.core.errors import SettingsError
from jobtui.core.jobs import JsonValue
from jobtui.providers.rest.expression import Expression, Scope, nearest, plain_text

LINKS = '<https://a.example/2?x=1>; rel="next"; title="b, c", </jobs?page=0>; rel=prev'


def found(text: str, body: JsonValue = None, headers: dict[str, str] | None = None) -> JsonValue:
    return Expression(text).read(Scope(body, headers or {}, 202, {"id": "7", "target": "kriging"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("header('Location')", "/jobs/7"),
        ("header('none')", None),
        ("http_status()", 202),
        ("value('target')", "kriging"),
        ("value('none')", None),
        ("from_json(text).a", 1),
        ("from_json(broken)", None),
        ("header_link('next')", "https://a.example/2?x=1"),
        ("header_link('prev')", "/jobs?page=0"),
        ("header_link('last')", None),
        ("path_of(url)", "own er/app/requests/7"),
        ("last_segment(url)", "7"),
        ("none || last_segment(header('location'))", "7"),
        ("length(none)", None),
        ("path_of(bad)", None),
        ("list[*].url", ["u", "v"]),
        ("contains([`0`, `10000`], code)", True),
        ("code == `0`", False),
        ("state == 'DONE' && error && 'failed' || state", "failed"),
    ],
)
def test_an_answer_is_read_by_names_and_functions(text: str, expected: JsonValue) -> None:
    body: JsonValue = {
        "text": '{"a": 1}', "broken": "{", "url": "https://q.example/own%20er/app/requests/7/", "bad": "http://[",
        "list": [{"url": "u"}, {"no": 1}, {"url": "v"}], "code": 10000, "state": "DONE", "error": "x",
    }  # fmt: skip
    assert found(text, body, {"location": "/jobs/7", "link": LINKS}) == expected


@pytest.mark.parametrize(
    ("value", "holds"),
    [(None, False), ("", False), ([], False), ({}, False), (False, False), (0, True), ("no", True), (True, True)],
)
def test_nothing_and_false_are_no_and_zero_is_yes(value: JsonValue, *, holds: bool) -> None:
    assert Expression("a").holds(Scope({"a": value})) is holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", "from column 3 on"),
        ("", "can't be understood"),
        ("a.[", "can't be understood"),
        ('state == "DONE"', "compares with a name"),
        ("heder('x')", "there is no function heder()"),
        ("header()", "header() takes 1 arguments, not 0"),
        ("not_null()", "not_null() takes 1 arguments, not 0"),
        ("a[?heder('x') == 'y']", "there is no function heder()"),
    ],
)
def test_a_wrong_expression_is_told_where_it_is_written(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Expression(text)
    assert words in str(caught.value)


def test_a_function_that_is_almost_known_is_suggested() -> None:
    with pytest.raises(SettingsError) as caught:
        Expression("heder('x')")
    assert caught.value.hint == "Did you mean 'header'?"


def test_the_names_at_the_root_are_known() -> None:
    assert Expression("a.b || c[?d].e && to_string(g[0]) == value('h') | f").names == {"a", "c", "g"}
    assert Expression("map(&x, y)").names == {"y"}
    assert Expression("a || value('h')").value_names == {"h"}
    assert "a ||" in repr(Expression("a || b"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "true"), (False, "false"), (2**80, str(2**80)), (1.5, "1.5"), ("a", "a"),
        ([1, "é"], '[1,"é"]'), ({"a": None}, '{"a":null}'),
    ],
)  # fmt: skip
def test_every_value_has_a_text(value: JsonValue, text: str) -> None:
    assert plain_text(value) == text


def test_a_list_that_is_nested_too_deeply_has_no_text() -> None:
    deep: JsonValue = []
    for _ in range(100_000):
        deep = [deep]
    assert plain_text(deep) == ""


def test_without_anything_close_all_known_words_are_offered() -> None:
    assert nearest("zzz", {"b", "a"}) == "Known: a, b."
    assert nearest("zzz", ()) == ""
