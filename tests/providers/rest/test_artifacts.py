from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from jobtui.core.jobs import Job, JobId, JsonValue
from jobtui.core.results import Document, InlineFile, RemoteFile, Result, Text
from jobtui.core.states import JobState
from jobtui.providers.rest.artifacts import MOST_ARTIFACTS, NO_RESULT, read_result
from jobtui.providers.rest.expression import Expression, Scope
from jobtui.providers.rest.model import ArtifactRule
from jobtui.providers.rest.template import PathTemplate, Template

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
ENCODED = base64.b64encode(PNG).decode()
NO_BYTES = "A file in the answer can't be decoded; it is left out."


def found(form: str, value: JsonValue, *, role: str = "", media_type: str = "", when: str | None = None) -> Result:
    rule = ArtifactRule(
        form, Expression("v"), role=role, media_type=media_type, when=Expression(when) if when else None
    )
    job = Job(JobId("x", "own/7"), "http", JobState.SUCCEEDED)
    return read_result(
        (rule,), Scope({"v": value}), job, NOW, raw=b"", build_url=lambda segments, query: "/".join(segments)
    )


@pytest.mark.parametrize(
    ("form", "value", "contents"),
    [
        ("url", "https://a.example/1.png", [RemoteFile("https://a.example/1.png")]),
        ("url", [["https://a.example/1"], ["https://a.example/1", ""]], [RemoteFile("https://a.example/1")]),
        ("url", f"data:image/png;base64,{ENCODED}", [InlineFile(PNG)]),
        ("url", "data:text/plain;charset=utf-8,a%20b", [InlineFile(b"a b")]),
        ("base64", ENCODED.rstrip("="), [InlineFile(PNG)]),
        ("base64", ENCODED.replace("+", "-").replace("/", "_") + "\n", [InlineFile(PNG)]),
        ("base64", [f"data:;base64,{ENCODED}", ENCODED], [InlineFile(PNG), InlineFile(PNG)]),
        ("hex", PNG.hex(), [InlineFile(PNG)]),
        ("text", ["a", 2], [Text("a"), Text("2")]),
        ("json", {"a": 1}, [Document({"a": 1})]),
        ("json", 0, [Document(0)]),
        ("file_id", 777, [RemoteFile(file_id="777")]),
        ("auto", "plain words", [Text("plain words")]),
        ("auto", "https://a.example/1.png", [RemoteFile("https://a.example/1.png")]),
        (
            "auto",
            ["https://a.example/1", "https://a.example/2"],
            [RemoteFile("https://a.example/1"), RemoteFile("https://a.example/2")],
        ),
        ("auto", {"a": "https://a.example/1", "b": None}, [RemoteFile("https://a.example/1")]),
        (
            "auto",
            {"a": "https://a.example/1", "n": 2},
            [RemoteFile("https://a.example/1"), Document({"a": "https://a.example/1", "n": 2})],
        ),
        ("auto", ["to", "kens"], [Document(["to", "kens"])]),
        ("auto", 7, [Document(7)]),
    ],
)
def test_each_form_of_result_is_found(form: str, value: JsonValue, contents: list[object]) -> None:
    result = found(form, value)
    assert [artifact.content for artifact in result.artifacts] == contents
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("form", "value", "warning"),
    [
        ("url", "javascript:alert(1)", "A link of the result isn't an http address; it is left out."),
        ("url", "https://a.example/ x", "A link of the result isn't an http address; it is left out."),
        ("url", "data:nonsense", NO_BYTES),
        ("base64", "!!", NO_BYTES),
        ("base64", "A", NO_BYTES),
        ("hex", "xyz", NO_BYTES),
    ],
)
def test_what_cannot_be_used_is_told(form: str, value: JsonValue, warning: str) -> None:
    result = found(form, value)
    assert result.artifacts == ()
    assert result.warnings == (warning, NO_RESULT)


@pytest.mark.parametrize("value", [None, "", [], {}, [None, ""]])
@pytest.mark.parametrize("form", ["url", "base64"])
def test_nothing_in_the_answer_is_no_result(form: str, value: JsonValue) -> None:
    assert found(form, value).warnings == (NO_RESULT,)


def test_a_rule_whose_condition_does_not_hold_finds_nothing() -> None:
    assert found("url", "https://a.example/1", when="w").artifacts == ()


@pytest.mark.parametrize(
    ("url", "role", "told", "name", "media_type"),
    [
        ("https://a.example/x.webp?s=1", "", "", "7.webp", "image/webp"),
        ("https://a.example/x", "video", "", "7-video.mp4", "video/mp4"),
        ("https://a.example/x", "first frame", "image/gif", "7-first-frame.gif", "image/gif"),
        ("https://a.example/x", "", "", "7", "application/octet-stream"),
        ("https://[broken/x.png", "", "", "7", "application/octet-stream"),
    ],
)
def test_a_file_is_named_for_its_job_role_and_type(url: str, role: str, told: str, name: str, media_type: str) -> None:
    (artifact,) = found("url", url, role=role, media_type=told).artifacts
    assert (artifact.name, artifact.media_type, artifact.role) == (name, media_type, role)


def test_several_files_of_a_kind_are_numbered() -> None:
    links: JsonValue = [f"https://a.example/{number}.png" for number in (1, 2)]
    assert [artifact.name for artifact in found("url", links).artifacts] == ["7-1.png", "7-2.png"]


def test_a_flood_of_files_is_cut_and_told() -> None:
    result = found("text", ["x"] * (MOST_ARTIFACTS + 5))
    assert len(result.artifacts) == MOST_ARTIFACTS
    assert result.warnings == (f"Only the first {MOST_ARTIFACTS} of {MOST_ARTIFACTS + 5} files are shown.",)


def test_an_answer_that_is_nested_too_deeply_is_walked_all_the_same() -> None:
    deep: JsonValue = "https://a.example/1"
    for _ in range(50_000):
        deep = [deep]
    assert [artifact.content for artifact in found("auto", deep).artifacts] == [RemoteFile("https://a.example/1")]


def test_a_call_that_lacks_a_value_is_told() -> None:
    known = frozenset({"id", "part"})
    job = Job(JobId("x", "7"), "http", JobState.SUCCEEDED)
    rules = tuple(
        ArtifactRule("path", path=PathTemplate(f"/f/{{{name}}}", known), query={"q": Template("{part}", known)})
        for name in ("id", "part")
    )
    scope = Scope({}, values={"id": "7"})
    result = read_result(
        rules, scope, job, NOW, raw=b"", build_url=lambda path, query: f"https://a.example/{'/'.join(path)}{query}"
    )
    assert [artifact.content for artifact in result.artifacts] == [RemoteFile("https://a.example/f/7{}")]
    assert result.warnings == ("{part} isn't known of this job, and its URL needs it.",)
