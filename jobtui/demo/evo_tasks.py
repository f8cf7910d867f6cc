"""The compute tasks of the demo's Evo service: what they ask for, what they say on the way, how they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from random import Random

from msgspec import Struct

from jobtui.demo import evo_results
from jobtui.demo.evo_schemas import (
    BLOCKS,
    COUNT,
    CUTOFFS,
    KRIGING_METHOD,
    NEIGHBORHOOD,
    NUMBER,
    OBJECT_OR_URL,
    OBJECT_URL,
    SEED,
    SOURCE,
    TARGET,
    TEXT,
    Schema,
)

ORG_ID = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
"""The one organisation of the demo."""
OBJECTS_PATH = f"/geoscience-object/orgs/{ORG_ID}/workspaces/6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/"
"""Where its geoscience objects would lie, each by its id."""

_PROBLEMS = "https://seequent.com/error-codes/example/"


class Failure(Struct, frozen=True):
    """One way in which a task can fail."""

    message: str
    """What the job says."""
    problem: Mapping[str, object]
    """The error object: status, type, title, detail, sometimes invalid-params."""


class EvoTask(Struct, frozen=True):
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
    """The results object of a job, given the URL of the objects that it refers to."""
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

_SIMULATION: Mapping[str, Schema] = {
    "kriging_method": KRIGING_METHOD,
    "number_of_lines": {**COUNT, "default": 500},
    "random_seed": SEED,
    "block_discretization": BLOCKS,
}
_COSTS: Mapping[str, Schema] = {
    "material_categories": {"type": "array"},
    "processing_cost": NUMBER,
    "mining_waste_cost": NUMBER,
    "mining_ore_cost": NUMBER,
    "metal_recovery_fraction": {"type": "number", "minimum": 0},
}
_REALISATIONS = (
    "point_simulations",
    "point_simulations_normal_score",
    "block_simulations",
    "block_simulations_normal_score",
)
_ESTIMATING = ("Reading samples", "Building search tree", "Estimating blocks", "Writing attribute")
_BLOCK_BY_BLOCK = ("Reading realisations", "Calculating", "Writing attribute")


def _geostatistics(
    name: str,
    title: str,
    description: str,
    properties: Mapping[str, Schema],
    required: tuple[str, ...],
    phases: tuple[str, ...],
    make_results: Callable[[Random, str], Mapping[str, object]],
) -> EvoTask:
    return EvoTask(
        "geostatistics", name, title, description, properties, required, phases, (_NO_SOURCE, _MEMORY), make_results
    )


TASKS = (
    EvoTask(
        "geostatistics",
        "kriging",
        "Kriging",
        "Estimate an attribute on a grid or block model by kriging.",
        {
            "source": SOURCE,
            "target": TARGET,
            "variogram": OBJECT_URL,
            "neighborhood": NEIGHBORHOOD,
            "kriging_method": {
                "type": "object",
                "properties": {"type": {"enum": ["ordinary", "simple"]}, "mean": NUMBER},
            },
        },
        ("source", "target", "variogram", "neighborhood"),
        ("Reading samples", "Building search tree", "Estimating blocks", "Estimating blocks", "Writing attribute"),
        (_SINGULAR, _BAD_NEIGHBORHOOD, _MEMORY),
        evo_results.kriged,
    ),
    EvoTask(
        "geostatistics",
        "declustering",
        "Declustering",
        "Compute declustering weights.",
        {
            "source": OBJECT_OR_URL,
            "grid": OBJECT_OR_URL,
            "target": TARGET,
            "neighborhood": NEIGHBORHOOD,
            "power": {"type": ["number", "null"], "minimum": 0, "default": 2.0},
        },
        ("source",),
        ("Reading samples", "Trying cell sizes", "Writing weights"),
        (_NO_SOURCE,),
        evo_results.weighted,
    ),
    EvoTask(
        "geostatistics",
        "break-ties",
        "Break ties",
        "Make equal values distinct in a reproducible way.",
        {"source": SOURCE, "target": TARGET, "neighborhood": NEIGHBORHOOD, "seed": SEED},
        ("source",),
        ("Reading samples", "Sorting values", "Writing attribute"),
        (_NO_SOURCE,),
        evo_results.untied,
        version="0.5.0",
    ),
    EvoTask(
        "geostatistics",
        "consim",
        "Conditional simulation",
        "Simulate realisations of an attribute, conditioned on samples.",
        {
            "source_object": OBJECT_URL,
            "source_attribute": TEXT,
            "target_object": OBJECT_URL,
            "variogram_model": OBJECT_URL,
            "neighborhood": NEIGHBORHOOD,
            "number_of_simulations": {**COUNT, "default": 1},
            "number_of_simulations_to_save": {**COUNT, "default": 5},
            "perform_validation": {"type": "boolean", "default": False},
            **_SIMULATION,
        },
        ("source_object", "source_attribute", "target_object", "variogram_model", "neighborhood"),
        (
            "Reading samples",
            "Normal scores",
            "Simulating 1 of 3",
            "Simulating 2 of 3",
            "Simulating 3 of 3",
            "Back transform",
        ),
        (_MEMORY, _NO_SOURCE),
        evo_results.simulated,
        version="0.3.2",
    ),
    EvoTask(
        "isosurfacing",
        "numeric",
        "Isosurfaces of a number",
        "Mesh the surfaces at which an attribute has the given values.",
        {"source": SOURCE, "iso_value": NUMBER, "resolution": {"type": "number", "minimum": 0}},
        ("source",),
        ("Fitting interpolant", "Evaluating", "Marching tetrahedra", "Simplifying meshes", "Uploading meshes"),
        (_MEMORY,),
        evo_results.surfaced,
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
        evo_results.imported,
        version="2.4.0",
        is_preview=False,
    ),
    _geostatistics(
        "conditional-turning-bands",
        "Conditional turning bands",
        "Simulate realisations that honour the samples.",
        {
            "source": OBJECT_URL,
            "source_attribute": TEXT,
            "target": OBJECT_URL,
            "neighborhood": NEIGHBORHOOD,
            "distribution": OBJECT_URL,
            "variogram_model": OBJECT_URL,
            "realizations": {**COUNT, "default": 1},
            **_SIMULATION,
        },
        ("source", "source_attribute", "target", "neighborhood", "distribution", "variogram_model"),
        ("Reading samples", "Simulating lines", "Conditioning", "Writing realisations"),
        evo_results.realised,
    ),
    _geostatistics(
        "continuous-distribution",
        "Continuous distribution",
        "Fit a distribution to an attribute.",
        {
            "source": SOURCE,
            "target": {
                "type": "object",
                "properties": {"reference": OBJECT_URL, "overwrite": {"type": "boolean", "default": False}},
                "required": ["reference"],
            },
            "weights": {"type": "object"},
            "tail_extrapolation": {"type": "object"},
        },
        ("source", "target"),
        ("Reading samples", "Fitting", "Publishing object"),
        evo_results.distributed,
    ),
    _geostatistics(
        "idw",
        "Inverse distance weighting",
        "Estimate by distance alone.",
        {
            "source": SOURCE,
            "target": TARGET,
            "neighborhood": NEIGHBORHOOD,
            "power": {"type": "number", "minimum": 0, "default": 2.0},
        },
        ("source", "target", "neighborhood", "power"),
        _ESTIMATING,
        partial(evo_results.written, message="Inverse distance weighting completed.", attribute="Cu_idw"),
    ),
    _geostatistics(
        "knn",
        "Nearest neighbours",
        "Estimate from the nearest samples.",
        {"source": SOURCE, "target": TARGET, "neighborhood": NEIGHBORHOOD},
        ("source", "target", "neighborhood"),
        _ESTIMATING,
        partial(evo_results.written, message="Nearest neighbours completed.", attribute="Cu_nn"),
    ),
    _geostatistics(
        "location-wise",
        "Location-wise statistics",
        "Summaries across realisations at each location.",
        {
            "source": SOURCE,
            "target": {"type": "object", "properties": {"object": OBJECT_URL}, "required": ["object"]},
            "summary": {"type": "boolean"},
            "quantiles": {"type": "array"},
            "probability_above_cutoff": CUTOFFS,
            "mean_above_cutoff": CUTOFFS,
        },
        ("source", "target"),
        ("Reading realisations", "Summarising", "Writing attributes"),
        evo_results.summarised,
    ),
    _geostatistics(
        "loss-calculation",
        "Loss calculation",
        "The cost of sending a block wrong.",
        {"source": SOURCE, "target": TARGET, **_COSTS},
        ("source", "target", *_COSTS),
        _BLOCK_BY_BLOCK,
        partial(evo_results.written, message="Loss calculation completed.", attribute="loss"),
    ),
    _geostatistics(
        "normal-score",
        "Normal score",
        "Transform values to a normal distribution, or back.",
        {"method": {"enum": ["forward", "backward"]}, "source": SOURCE, "target": TARGET, "distribution": OBJECT_URL},
        ("method", "source", "target", "distribution"),
        ("Reading samples", "Transforming", "Writing attribute"),
        partial(evo_results.written, message="Normal score completed.", attribute="Cu_ns"),
    ),
    _geostatistics(
        "profit-calculation",
        "Profit calculation",
        "The profit of each block.",
        {"source": SOURCE, "target": TARGET, **_COSTS},
        ("source", "target", *_COSTS),
        _BLOCK_BY_BLOCK,
        partial(evo_results.written, message="Profit calculation completed.", attribute="profit"),
    ),
    _geostatistics(
        "simulation-report",
        "Simulation report",
        "Validate a simulation against its samples.",
        {
            "simulation_source": OBJECT_URL,
            "source_attribute": TEXT,
            "simulation_target": OBJECT_URL,
            **dict.fromkeys(_REALISATIONS, TEXT),
            "variogram_model": OBJECT_URL,
            "neighborhood": NEIGHBORHOOD,
            "number_of_simulations": COUNT,
            **_SIMULATION,
        },
        (
            "simulation_source",
            "source_attribute",
            "simulation_target",
            *_REALISATIONS,
            "variogram_model",
            "neighborhood",
            "number_of_simulations",
        ),
        ("Reading realisations", "Comparing means", "Comparing variograms", "Writing report"),
        evo_results.reported,
    ),
)
"""Every task of the demo: those that it opens with, then the rest of what the vendor's client can run."""
OPENING_TASKS = TASKS[:6]
"""Those of the jobs that exist when the demo opens: of every topic, so that the first screen is varied."""
