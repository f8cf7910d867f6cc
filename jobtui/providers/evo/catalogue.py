"""Evo's tasks as submit forms: the service's own catalogue, and what is documented where it has none.

Source:
    The task catalogue of the vendor's client (`GET …/tasks`, newer than Task API 0.0.2); for the list that is built
    in, the parameters of the tasks in `evo-compute` 0.0.6.
"""

from __future__ import annotations

import json

from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.structs import replace
from jobtui.providers.base import Target, TargetParameter
from jobtui.providers.json_fields import first_text, items_of, object_of, text_of

_MAX_DEPTH = 4
_MAX_PARAMETERS = 200
_PREVIEW_NOTE = "Preview: needs `preview = true` in the source's settings."


def read_catalogue(body: JsonValue, *, preview: bool) -> tuple[Target, ...]:
    """The tasks on one page of the catalogue.

    Args:
        body: The page.
        preview: Whether the source opts in to previews; without that a task tells that it needs it.
    """
    targets = []
    for item in map(object_of, items_of(object_of(body).get("results"))):
        topic, task = text_of(item.get("topic")), text_of(item.get("name"))
        name = text_of(item.get("key")) or (f"{topic}/{task}" if topic and task else "")
        if not name:
            continue
        notes = [text_of(item.get("description"))]
        if text_of(item.get("feature_flag")) and not preview:
            notes.append(_PREVIEW_NOTE)
        targets.append(
            Target(
                name=name,
                label=first_text(item, "display_name", "name"),
                description=" ".join(filter(None, notes)),
                parameters=parameters_of(object_of(item.get("parameters"))),
            )
        )
    return tuple(targets)


def parameters_of(schema: JsonObject) -> tuple[TargetParameter, ...]:
    """The fields of a form for a JSON Schema; nested objects become fields with dots in their names."""
    return tuple(_Fields(schema).of(schema, "", required=True, depth=0))[:_MAX_PARAMETERS]


class _Fields:
    """Walks one schema; its references lead into the schema itself alone."""

    def __init__(self, root: JsonObject) -> None:
        self._root = root

    def of(
        self, schema: JsonObject, prefix: str, *, required: bool, depth: int, within: str = ""
    ) -> list[TargetParameter]:
        """One field for each leaf below `schema`, required only where all that holds it is required too."""
        needed = {text_of(name) for name in items_of(schema.get("required"))}
        fields: list[TargetParameter] = []
        for name, value in object_of(schema.get("properties")).items():
            path = f"{prefix}{name}"
            part = self._resolved(object_of(value))
            is_required = required and name in needed
            holder = within if name in needed else ""
            inside = object_of(part.get("properties"))
            # A name with a dot in it can't be told from a nested one.
            if inside and depth < _MAX_DEPTH and not any("." in inner for inner in inside):
                holder = "" if is_required else holder or path
                inner = self.of(part, f"{path}.", required=is_required, depth=depth + 1, within=holder)
                if is_required and not any(field.required for field in inner):
                    # Any of them makes the object itself, which is all that is asked for.
                    names = tuple(field.name for field in inner)
                    inner = [replace(field, one_of=names) for field in inner]
                fields.extend(inner)
            else:
                field = _field(path, part, required=is_required)
                about = " ".join(filter(None, (field.description, self._alternatives(part))))
                fields.append(replace(field, description=about, within=holder))
        return fields

    def _alternatives(self, schema: JsonObject) -> str:
        """The forms that an object may have, where it has one of several."""
        variants = [self._resolved(object_of(item)) for item in items_of(schema.get("anyOf") or schema.get("oneOf"))]
        forms = [_form(variant) for variant in variants if "properties" in variant]
        return f"One of: {' or '.join(forms)}." if len(forms) > 1 else ""

    def _resolved(self, schema: JsonObject) -> JsonObject:
        """The schema with its reference followed and a choice between itself and null undone."""
        for _ in range(_MAX_DEPTH):
            told = {name: value for name, value in schema.items() if name in {"description", "default", "title"}}
            reference = text_of(schema.get("$ref"))
            choices = [object_of(item) for item in items_of(schema.get("anyOf")) + items_of(schema.get("oneOf"))]
            choices = [choice for choice in choices if choice.get("type") != "null"]
            if reference.startswith("#/"):
                schema = self._at(reference) | told
            elif len(choices) == 1:
                schema = choices[0] | told
            else:
                break
        return schema

    def _at(self, reference: str) -> JsonObject:
        found = self._root
        for step in reference.removeprefix("#/").split("/"):
            found = object_of(found.get(step.replace("~1", "/").replace("~0", "~")))
        return found


def _form(schema: JsonObject) -> str:
    """An object's keys, with the value of those that can have no other; what may be left out has a question mark."""
    needed = {text_of(name) for name in items_of(schema.get("required"))}
    keys = []
    for name, value in object_of(schema.get("properties")).items():
        only = _typed(object_of(value).get("const"))
        keys.append(f"{name}: {only}" if only else name if name in needed else f"{name}?")
    return f"{{{', '.join(keys)}}}"


def _field(name: str, schema: JsonObject, *, required: bool) -> TargetParameter:
    default = schema.get("default", schema.get("const"))
    choices = tuple(filter(None, map(_typed, items_of(schema.get("enum")))))
    return TargetParameter(
        name=name,
        type=_type_of(schema),
        required=required,
        description=first_text(schema, "description", "title"),
        default=_typed(default),
        choices=choices,
    )


def _type_of(schema: JsonObject) -> str:
    told = schema.get("type")
    words = [text_of(word) for word in (told if isinstance(told, list) else [told])]
    for word in words:
        if word in {"string", "integer", "number", "boolean", "object", "array"}:
            return word
    variants = {_type_of(object_of(item)) for item in items_of(schema.get("anyOf")) + items_of(schema.get("oneOf"))}
    if "object" in variants or "properties" in schema:
        return "object"
    return min(variants, default="string")


def _typed(value: JsonValue) -> str:
    """A value as the user would type it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _source(name: str = "source") -> tuple[TargetParameter, ...]:
    return (
        TargetParameter(f"{name}.object", required=True, description="URL of the object to read from"),
        TargetParameter(
            f"{name}.attribute", required=True, description="Such as locations.attributes[?name=='Cu_pct']"
        ),
    )


_TARGET = (
    TargetParameter("target.object", required=True, description="URL of the object to write to"),
    TargetParameter(
        "target.attribute",
        "object",
        required=True,
        description="What to create or update there",
        default='{"operation": "create", "name": "result"}',
    ),
)
_NEIGHBORHOOD = (
    TargetParameter(
        "neighborhood.ellipsoid",
        "object",
        required=True,
        description="Search ranges in the objects' units, rotation in degrees",
        default=(
            '{"ellipsoid_ranges": {"major": 100.0, "semi_major": 100.0, "minor": 100.0}, '
            '"rotation": {"dip_azimuth": 0, "dip": 0, "pitch": 0}}'
        ),
    ),
    TargetParameter("neighborhood.max_samples", "integer", required=True, default="24"),
    TargetParameter("neighborhood.min_samples", "integer"),
)
_COSTS = (
    TargetParameter("material_categories", "array", required=True, description="Label, cutoff_grade, metal_price"),
    TargetParameter("processing_cost", "number", required=True),
    TargetParameter("mining_waste_cost", "number", required=True),
    TargetParameter("mining_ore_cost", "number", required=True),
    TargetParameter("metal_recovery_fraction", "number", required=True, description="0 to 1"),
)
_SIMULATION = (
    TargetParameter("variogram_model", required=True, description="URL of the variogram"),
    TargetParameter("kriging_method", default="simple", choices=("simple", "ordinary")),
    TargetParameter("number_of_lines", "integer", default="500"),
    TargetParameter("random_seed", "integer", default="38239342"),
    TargetParameter("block_discretization", "object", description="nx, ny, nz: 1 to 9"),
)


def _object_url(name: str) -> TargetParameter:
    return TargetParameter(name, required=True, description="URL of the object")


def _geostatistics(task: str, label: str, description: str, *parameters: TargetParameter) -> Target:
    return Target(f"geostatistics/{task}", label, description, parameters)


DOCUMENTED_TASKS: tuple[Target, ...] = (
    _geostatistics(
        "break-ties",
        "Break ties",
        "Make equal values differ by their neighbours.",
        *_source(),
        *_TARGET,
        *_NEIGHBORHOOD,
        TargetParameter("seed", "integer", default="38239342"),
    ),
    _geostatistics(
        "conditional-turning-bands",
        "Conditional turning bands",
        "Simulate realisations that honour the samples.",
        _object_url("source"),
        TargetParameter("source_attribute", required=True),
        _object_url("target"),
        *_NEIGHBORHOOD,
        TargetParameter("distribution", required=True, description="URL of the distribution"),
        TargetParameter("realizations", "integer", default="1"),
        *_SIMULATION,
    ),
    _geostatistics(
        "consim",
        "Conditioned simulation",
        "Transform, simulate, transform back and report in one go.",
        _object_url("source_object"),
        TargetParameter("source_attribute", required=True),
        _object_url("target_object"),
        *_NEIGHBORHOOD,
        TargetParameter("number_of_simulations", "integer", default="1"),
        TargetParameter("number_of_simulations_to_save", "integer", default="5"),
        TargetParameter("perform_validation", "boolean", default="false"),
        *_SIMULATION,
    ),
    _geostatistics(
        "continuous-distribution",
        "Continuous distribution",
        "Fit a distribution to an attribute.",
        *_source(),
        TargetParameter("target", "object", required=True, description="Where the distribution is written"),
        TargetParameter("weights", "object"),
        TargetParameter("tail_extrapolation", "object"),
    ),
    _geostatistics(
        "declustering",
        "Declustering",
        "Weights that undo clustered sampling.",
        _object_url("source.object"),
        TargetParameter("grid", "object", required=True, description="The grid to weight by"),
        *_TARGET,
        *_NEIGHBORHOOD,
        TargetParameter("power", "number", default="2.0"),
    ),
    _geostatistics(
        "idw",
        "Inverse distance weighting",
        "Estimate by distance alone.",
        *_source(),
        *_TARGET,
        *_NEIGHBORHOOD,
        TargetParameter("power", "number", required=True, default="2.0"),
    ),
    _geostatistics(
        "knn", "Nearest neighbours", "Estimate from the nearest samples.", *_source(), *_TARGET, *_NEIGHBORHOOD
    ),
    _geostatistics(
        "kriging",
        "Kriging",
        "Estimate values between samples by a variogram.",
        *_source(),
        *_TARGET,
        TargetParameter("variogram", required=True, description="URL of the variogram"),
        *_NEIGHBORHOOD,
        TargetParameter("kriging_method.type", default="ordinary", choices=("ordinary", "simple")),
        TargetParameter("kriging_method.mean", "number", description="Needed for simple"),
        TargetParameter("block_discretization", "object", description="nx, ny, nz: 1 to 9"),
    ),
    _geostatistics(
        "location-wise",
        "Location-wise statistics",
        "Summaries across realisations at each location.",
        *_source(),
        _object_url("target.object"),
        TargetParameter("summary", "boolean"),
        TargetParameter("quantiles", "array", description="Such as [0.1, 0.5, 0.9]"),
        TargetParameter("probability_above_cutoff.cutoffs", "array"),
        TargetParameter("mean_above_cutoff.cutoffs", "array"),
    ),
    _geostatistics(
        "loss-calculation", "Loss calculation", "The cost of sending a block wrong.", *_source(), *_TARGET, *_COSTS
    ),
    _geostatistics(
        "normal-score",
        "Normal score",
        "Transform values to a normal distribution, or back.",
        TargetParameter("method", required=True, default="forward", choices=("forward", "backward")),
        *_source(),
        *_TARGET,
        TargetParameter("distribution", required=True, description="URL of the distribution"),
    ),
    _geostatistics(
        "profit-calculation", "Profit calculation", "The profit of each block.", *_source(), *_TARGET, *_COSTS
    ),
    _geostatistics(
        "simulation-report",
        "Simulation report",
        "Validate a simulation against its samples.",
        _object_url("simulation_source"),
        TargetParameter("source_attribute", required=True),
        _object_url("simulation_target"),
        *(
            TargetParameter(name, required=True)
            for name in (
                "point_simulations",
                "point_simulations_normal_score",
                "block_simulations",
                "block_simulations_normal_score",
            )
        ),
        *_NEIGHBORHOOD,
        TargetParameter("number_of_simulations", "integer", required=True),
        *_SIMULATION,
    ),
)
"""The released tasks of the topic `geostatistics`."""
