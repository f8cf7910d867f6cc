from __future__ import annotations

import pytest

from jobtui.core.errors import ProviderRefused, SettingsError
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.rest.expression import Scope
from jobtui.providers.rest.template import BodyTemplate, PathTemplate, Template, filled_texts

KNOWN = frozenset({"id", "target", "payload"})
VALUES: JsonObject = {
    "id": "a/b c",
    "target": "owner/app",
    "payload": {"prompt": "hi", "n": 2, "on": True, "list": [1, None], "nothing": None},
}
SCOPE = Scope(VALUES, values=VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{payload.n}", 2),
        ("{payload.on}", True),
        ("{payload.list}", [1, None]),
        ("{payload}", VALUES["payload"]),
        ("{payload.none}", None),
        ("{payload.none || `-1`}", -1),
        ("{to_string(payload.list)}", "[1,null]"),
        ("{payload.n == `2` && '1080P' || '720P'}", "1080P"),
        ("n={payload.n}, on={payload.on}", "n=2, on=true"),
        ("{{{payload.n}}}", "{2}"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_lone_placeholder_keeps_its_type_and_others_become_text(text: str, expected: JsonValue) -> None:
    assert Template(text, KNOWN).fill(SCOPE) == expected


def test_a_body_is_filled_at_any_depth_and_loses_what_is_null() -> None:
    template = BodyTemplate(
        {
            "a": "{payload.prompt}",
            "b": ["{payload.none}", "{payload.n}", 3, True],
            "c": {"d": "{payload.none}"},
            "e": "{payload.nothing}",
        },
        KNOWN,
    )
    assert template.fill(SCOPE) == {"a": "hi", "b": [2, 3, True], "c": {}}


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("/jobs/{id}", ("jobs", "a/b c")),
        ("jobs/{+id}/status", ("jobs", "a", "b c", "status")),
        ("/v{payload.n}/{target}.json", ("v2", "owner/app.json")),
        ("/{join('/', [target, 'x'])}", ("owner/app/x",)),
        ("/{+join('/', [target, 'x'])}", ("owner", "app", "x")),
    ],
)
def test_a_placeholder_is_one_segment_unless_it_is_a_path(text: str, segments: tuple[str, ...]) -> None:
    assert PathTemplate(text, KNOWN).fill(SCOPE) == segments


def test_a_path_whose_value_is_not_known_is_refused() -> None:
    with pytest.raises(ProviderRefused, match="isn't known of this job"):
        PathTemplate("/jobs/{payload.none}", KNOWN).fill(SCOPE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/jobs?id={id}", "more than a path"),
        ("/jobs#x", "more than a path"),
        ("/jobs//x", "empty segment"),
        ("/jobs/", "empty segment"),
        ("/jobs/x{+id}", "has to stand alone"),
        ("/jobs/{di}", "nothing is known as 'di'"),
        ("/jobs/{value('di')}", "nothing is known as 'di'"),
        ("/jobs/{a b}", "can't be understood"),
        ("/jobs/{id", "a { stands alone"),
        ("/jobs/id}", "a } stands alone"),
    ],
)
def test_a_wrong_path_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        PathTemplate(text, KNOWN)
    assert words in str(caught.value)


def test_slashes_are_kept_by_paths_alone() -> None:
    with pytest.raises(SettingsError, match="can only stand in a path"):
        Template("{+id}", KNOWN)


def test_texts_that_stay_empty_are_left_out() -> None:
    templates = {"a": Template("{payload.none}", KNOWN), "b": Template("{payload.n}", KNOWN)}
    assert filled_texts(templates, SCOPE) == {"b": "2"}
