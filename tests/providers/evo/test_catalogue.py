from __future__ import annotations

import json

import pytest

from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.base import TargetParameter
from jobtui.providers.evo.catalogue import DOCUMENTED_TASKS, parameters_of, read_catalogue
from jobtui.providers.evo.wire import parse_target
from tests.providers.evo import examples

PAGE: JsonObject = json.loads(examples.CATALOGUE)


def test_the_documented_page_is_read() -> None:
    (target,) = read_catalogue(PAGE, preview=True)
    assert (target.name, target.label) == ("geostatistics/declustering", "Declustering")
    assert target.description == "Compute declustering weights."
    assert target.parameters == (TargetParameter("source", required=True),)


def test_a_preview_task_says_what_it_needs() -> None:
    (target,) = read_catalogue(PAGE, preview=False)
    assert "preview = true" in target.description


@pytest.mark.parametrize("body", [None, [], {"results": None}, {"results": [None, 7, {}, {"topic": "a"}]}])
def test_a_page_without_tasks_gives_none(body: JsonValue) -> None:
    assert read_catalogue(body, preview=True) == ()


def test_nested_objects_become_dotted_fields_and_are_required_together() -> None:
    schema: JsonObject = {
        "properties": {
            "target": {
                "properties": {"object": {"type": "string"}, "name": {"type": "string"}},
                "required": ["object"],
            },
            "filter": {"properties": {"path": {"type": "string"}}, "required": ["path"]},
        },
        "required": ["target"],
    }
    assert [(field.name, field.required, field.within) for field in parameters_of(schema)] == [
        ("target.object", True, ""),
        ("target.name", False, ""),
        ("filter.path", False, "filter"),
    ]


def test_of_an_object_that_is_required_and_requires_nothing_one_field_is_needed() -> None:
    schema: JsonObject = {"properties": {"blocks": {"properties": {"nx": {}, "ny": {}}}}, "required": ["blocks"]}
    assert {(field.name, field.one_of) for field in parameters_of(schema)} == {
        ("blocks.nx", ("blocks.nx", "blocks.ny")),
        ("blocks.ny", ("blocks.nx", "blocks.ny")),
    }


def test_references_choices_and_defaults_are_followed() -> None:
    schema: JsonObject = {
        "$defs": {
            "Method": {"enum": ["simple", "ordinary"], "type": "string", "title": "Method"},
            "Ordinary": {"properties": {"type": {"const": "ordinary"}}},
        },
        "properties": {
            "method": {"$ref": "#/$defs/Method", "default": "ordinary"},
            "power": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": 2.0, "description": "How steep"},
            "quantiles": {"type": ["array", "null"], "default": [0.1, 0.9]},
            "kind": {"const": "point"},
            "search": {
                "anyOf": [
                    {"properties": {"type": {"const": "simple"}, "mean": {}, "a": {}}, "required": ["type", "mean"]},
                    {"$ref": "#/$defs/Ordinary"},
                ]
            },
        },
        "required": ["method", "search"],
    }
    assert parameters_of(schema) == (
        TargetParameter(
            "method", required=True, description="Method", default="ordinary", choices=("simple", "ordinary")
        ),
        TargetParameter("power", "number", description="How steep", default="2.0"),
        TargetParameter("quantiles", "array", default="[0.1, 0.9]"),
        TargetParameter("kind", default="point"),
        TargetParameter(
            "search",
            "object",
            required=True,
            description="One of: {type: simple, mean, a?} or {type: ordinary}.",
        ),
    )


def test_a_schema_that_refers_to_itself_ends() -> None:
    schema: JsonObject = {
        "properties": {"child": {"$ref": "#"}, "odd": {"$ref": "#/nowhere"}, "loop": {"$ref": "#/properties/loop"}}
    }
    assert 3 <= len(parameters_of(schema)) <= 200


def test_names_with_dots_are_left_inside_their_object() -> None:
    schema: JsonObject = {"properties": {"a": {"type": "object", "properties": {"b.c": {"type": "string"}}}}}
    assert parameters_of(schema) == (TargetParameter("a", "object"),)


def test_the_documented_tasks_can_all_be_submitted() -> None:
    assert len(DOCUMENTED_TASKS) == 13
    for target in DOCUMENTED_TASKS:
        topic, _ = parse_target(target.name)
        assert topic == "geostatistics"
        assert len({field.name for field in target.parameters}) == len(target.parameters)
        assert any(field.required for field in target.parameters)


def test_simple_kriging_can_be_given_its_mean() -> None:
    (kriging,) = (target for target in DOCUMENTED_TASKS if target.name == "geostatistics/kriging")
    fields = {field.name: field for field in kriging.parameters}
    assert fields["kriging_method.mean"] == TargetParameter(
        "kriging_method.mean", "number", description="Needed for simple"
    )
