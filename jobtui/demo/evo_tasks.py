"""The compute tasks of the demo's Evo service: what they ask for, what they say on the way, how they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from uuid import UUID

Schema = Mapping[str, object]
"""A JSON Schema, limited to what `invalid_parameters` understands."""

ORG_ID = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
"""The one organisation of the demo."""

_WORKSPACE = f"/geoscience-object/orgs/{ORG_ID}/workspaces/6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/"
_PROBLEMS = "https://seequent.com/error-codes/example/"

_NUMBER: Schema = {"type": "number"}
_TEXT: Schema = {"type": "string", "minLength": 1}
_OBJECT_URL: Schema = {"type": "string", "format": "uri", "minLength": 1, "reference_to": "geoscience-object"}
_SOURCE: Schema = {
    "type": "object",
    "properties": {"object": _OBJECT_URL, "attribute": _TEXT},
    "required": ["object", "attribute"],
}
_TARGET: Schema = {
    "type": "object",
    "properties": {
        "object": _OBJECT_URL,
        "attribute": {
            "type": "object",
            "properties": {"operation": {"enum": ["create", "update"]}, "name": _TEXT, "reference": _TEXT},
            "required": ["operation"],
        },
    },
    "required": ["object", "attribute"],
}
_NEIGHBORHOOD: Schema = {
    "type": "object",
    "properties": {
        "max_samples": {"type": "integer", "minimum": 1, "default": 24},
        "min_samples": {"type": "integer", "minimum": 0, "default": 4},
    },
    "required": ["max_samples"],
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which a task can fail."""

    message: str
    """What the job says."""
    problem: Mapping[str, object]
    """The error object: status, type, title, detail, sometimes invalid-params."""


@dataclass(frozen=True, slots=True)
class EvoTask:
    """One task that can be executed."""

    topic: str
    """The first half of its key."""
    name: str
    """The second half of its key."""
    title: str
    """For people."""
    description: str
    """What it computes, one sentence."""
    properties: Mapping[str, Schema]
    """The schema of each parameter."""
    required: tuple[str, ...]
    """Parameters that must be given."""
    phases: tuple[str, ...]
    """What a job says while it runs, in order."""
    failures: tuple[Failure, ...]
    """The ways in which it can fail."""
    make_results: Callable[[Random, str], Mapping[str, object]]
    """The results object of a job, given the service's base URL."""
    version: str = "0.7.1"
    """Version in the catalogue."""
    is_preview: bool = True
    """Whether callers have to opt in."""

    @property
    def key(self) -> str:
        """Topic and name, as jobs are addressed."""
        return f"{self.topic}/{self.name}"

    @property
    def parameters(self) -> Schema:
        """The schema of all parameters together."""
        return {"type": "object", "properties": self.properties, "required": list(self.required)}


def invalid_parameters(schema: Schema, value: object, name: str = "") -> list[dict[str, str]]:
    """What is wrong with a value, in the form of the error object's `invalid-params`.

    Understands `type`, `enum`, `required`, `properties`, `minimum` and `minLength`.
    """
    match schema, value:
        case {"enum": list(words)}, _ if value not in words:
            return [{"name": name, "reason": f"must be one of {', '.join(map(str, words))}"}]
        case {"type": str(kind)}, _ if not _IS_TYPE[kind](value):
            return [{"name": name, "reason": f"must be of type {kind}"}]
        case {"minimum": int(least)}, int() | float() if value < least:
            return [{"name": name, "reason": f"must be >= {least}"}]
        case {"minLength": int(least)}, str() if len(value) < least:
            return [{"name": name, "reason": "must not be empty"}]
        case {"properties": dict(properties)}, dict():
            inner = f"{name}." if name else ""
            needed = schema.get("required")
            missing = [key for key in needed if key not in value] if isinstance(needed, list) else []
            faults = [{"name": f"{inner}{key}", "reason": "is required"} for key in missing]
            for key in properties.keys() & value.keys():
                faults += invalid_parameters(properties[key], value[key], f"{inner}{key}")
            return sorted(faults, key=lambda fault: fault["name"])
    return []


_IS_TYPE: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
}


def _reference(random: Random, base_url: str) -> str:
    return f"{base_url}{_WORKSPACE}{UUID(int=random.getrandbits(128), version=4)}"


def _target(random: Random, base_url: str, names: tuple[str, ...], attribute: str, schema: str) -> dict[str, object]:
    kind, _, _ = schema.partition("/")
    return {
        "reference": _reference(random, base_url),
        "name": random.choice(names),
        "description": None,
        "schema_id": f"/objects/{schema}/{kind}.schema.json",
        "attribute": {"reference": f"cell_attributes[?name=='{attribute}']", "name": attribute},
    }


_GRIDS = ("Grid 20m", "North pit 10m", "Åsen block model", "Deep zone 5m")


def _kriged(random: Random, base_url: str) -> Mapping[str, object]:
    domains = [
        {
            "domain": domain,
            "blocks": random.randint(800, 90_000),
            "mean": round(random.uniform(0.2, 1.9), 4),
            "kriging_variance": round(random.uniform(0.02, 0.4), 4),
        }
        for domain in ("oxide", "transition", "sulphide", "waste")
    ]
    target = _target(random, base_url, _GRIDS, random.choice(("Cu_ok", "Au_ok", "Fe_ok")), "regular-3d-grid/1.3.0")
    return {"message": "Kriging completed.", "target": target, "statistics": domains}


def _weighted(random: Random, base_url: str) -> Mapping[str, object]:
    naive = random.uniform(0.6, 1.4)
    target = _target(random, base_url, ("Drillholes 2026", "Assays west"), "weight", "downhole-intervals/1.2.0")
    return {
        "message": "Declustering completed.",
        "target": target,
        "naive_mean": round(naive, 5),
        "declustered_mean": round(naive * random.uniform(0.75, 0.97), 5),
        "cell_sizes": [{"size": size, "mean": round(naive * random.uniform(0.75, 1.0), 5)} for size in (5, 10, 20, 40)],
    }


def _untied(random: Random, base_url: str) -> Mapping[str, object]:
    target = _target(random, base_url, ("Assays west", "Assays east"), "Cu_untied", "pointset/1.2.0")
    return {"message": f"{random.randint(3, 900)} ties broken.", "target": target}


def _simulated(random: Random, base_url: str) -> Mapping[str, object]:
    count = random.choice((10, 25, 50))
    return {
        "message": f"{count} realisations.",
        "target": _target(random, base_url, _GRIDS, "Cu_sim", "regular-3d-grid/1.3.0"),
        "quantiles": {f"p{rank}": round(rank / 60 * random.uniform(0.9, 1.1), 4) for rank in (10, 50, 90)},
    }


def _surfaced(random: Random, base_url: str) -> Mapping[str, object]:
    meshes = [
        {"iso_value": value, "triangles": random.randint(900, 80_000), "reference": _reference(random, base_url)}
        for value in (0.3, 0.5, 0.8)
    ]
    return {"message": f"{len(meshes)} surfaces.", "meshes": meshes}


def _imported(random: Random, base_url: str) -> Mapping[str, object]:
    name = random.choice(("pit_shell_v4.obj", "topo 2026-03.obj", "vein_17_hangingwall.obj"))
    return {"message": "1 file converted.", "objects": [{"file": name, "reference": _reference(random, base_url)}]}


_NO_SOURCE = Failure(
    "Source object not found",
    {
        "status": 404,
        "type": f"{_PROBLEMS}object-not-found",
        "title": "Geoscience object not found",
        "detail": "The source object was deleted or moved to another workspace.",
    },
)
_SINGULAR = Failure(
    "Kriging failed",
    {
        "status": 422,
        "type": f"{_PROBLEMS}singular-matrix",
        "title": "Singular kriging matrix",
        "detail": "Samples 1182 and 1183 share one location. Break ties or remove duplicates, then run again.",
    },
)
_BAD_NEIGHBORHOOD = Failure(
    "Invalid parameters",
    {
        "status": 422,
        "type": f"{_PROBLEMS}invalid-parameters",
        "title": "Invalid parameters",
        "detail": "2 parameters do not fit the data.",
        "invalid-params": [
            {"name": "neighborhood.max_samples", "reason": "must be >= neighborhood.min_samples"},
            {"name": "target.attribute.name", "reason": "an attribute 'Cu_ok' already exists"},
        ],
    },
)
_MEMORY = Failure(
    "Out of memory",
    {
        "status": 500,
        "type": f"{_PROBLEMS}worker-lost",
        "title": "The worker stopped unexpectedly",
        "detail": "Memory limit of 16 GiB reached while estimating. Use a coarser target or fewer realisations.",
    },
)
_MALFORMED = Failure(
    "Conversion failed",
    {
        "status": 422,
        "type": f"{_PROBLEMS}malformed-file",
        "title": "The file could not be read",
        "detail": "Line 20417: face refers to vertex 51210, but the file has 51209 vertices.",
    },
)

TASKS = (
    EvoTask(
        "geostatistics",
        "kriging",
        "Kriging",
        "Estimate an attribute on a grid or block model by kriging.",
        {
            "source": _SOURCE,
            "target": _TARGET,
            "variogram": _OBJECT_URL,
            "neighborhood": _NEIGHBORHOOD,
            "kriging_method": {"type": "object", "properties": {"type": {"enum": ["ordinary", "simple"]}}},
        },
        ("source", "target", "variogram", "neighborhood"),
        ("Reading samples", "Building search tree", "Estimating blocks", "Estimating blocks", "Writing attribute"),
        (_SINGULAR, _BAD_NEIGHBORHOOD, _MEMORY),
        _kriged,
    ),
    EvoTask(
        "geostatistics",
        "declustering",
        "Declustering",
        "Compute declustering weights.",
        {"source": _OBJECT_URL, "cell_size": {"type": "number", "minimum": 0}},
        ("source",),
        ("Reading samples", "Trying cell sizes", "Writing weights"),
        (_NO_SOURCE,),
        _weighted,
    ),
    EvoTask(
        "geostatistics",
        "break-ties",
        "Break ties",
        "Make equal values distinct in a reproducible way.",
        {"source": _SOURCE, "target": _TARGET, "seed": {"type": "integer", "minimum": 0, "default": 38}},
        ("source",),
        ("Reading samples", "Sorting values", "Writing attribute"),
        (_NO_SOURCE,),
        _untied,
        version="0.5.0",
    ),
    EvoTask(
        "geostatistics",
        "consim",
        "Conditional simulation",
        "Simulate realisations of an attribute, conditioned on samples.",
        {
            "source": _SOURCE,
            "target": _TARGET,
            "number_of_simulations": {"type": "integer", "minimum": 1, "default": 25},
            "random_seed": {"type": "integer", "default": 38},
        },
        ("source", "target"),
        (
            "Reading samples",
            "Normal scores",
            "Simulating 1 of 3",
            "Simulating 2 of 3",
            "Simulating 3 of 3",
            "Back transform",
        ),
        (_MEMORY, _NO_SOURCE),
        _simulated,
        version="0.3.2",
    ),
    EvoTask(
        "isosurfacing",
        "numeric",
        "Isosurfaces of a number",
        "Mesh the surfaces at which an attribute has the given values.",
        {"source": _SOURCE, "iso_value": _NUMBER, "resolution": {"type": "number", "minimum": 0}},
        ("source",),
        ("Fitting interpolant", "Evaluating", "Marching tetrahedra", "Simplifying meshes", "Uploading meshes"),
        (_MEMORY,),
        _surfaced,
        version="1.1.0",
    ),
    EvoTask(
        "converter",
        "obj-import",
        "OBJ import",
        "Turn a Wavefront OBJ file into geoscience objects.",
        {"file": {"type": "string", "format": "uri", "minLength": 1}, "merge": {"type": "boolean", "default": False}},
        ("file",),
        ("Downloading file", "Parsing", "Publishing objects"),
        (_MALFORMED,),
        _imported,
        version="2.4.0",
        is_preview=False,
    ),
)
"""Every task of the demo."""
