"""What the jobs of the demo's Evo service leave behind; each is given the URL that ids of objects are put behind."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from uuid import UUID

_GRIDS = ("Grid 20m", "North pit 10m", "Åsen block model", "Deep zone 5m")
_GRID = "regular-3d-grid/1.3.0"


def _reference(random: Random, objects_url: str) -> str:
    return f"{objects_url}{UUID(int=random.getrandbits(128), version=4)}"


def _object(random: Random, objects_url: str, names: tuple[str, ...], schema: str) -> dict[str, object]:
    kind, _, _ = schema.partition("/")
    return {
        "reference": _reference(random, objects_url),
        "name": random.choice(names),
        "description": None,
        "schema_id": f"/objects/{schema}/{kind}.schema.json",
    }


def _attribute(name: str) -> dict[str, str]:
    return {"reference": f"cell_attributes[?name=='{name}']", "name": name}


def _target(random: Random, objects_url: str, names: tuple[str, ...], attribute: str, schema: str) -> dict[str, object]:
    return {**_object(random, objects_url, names, schema), "attribute": _attribute(attribute)}


def kriged(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of kriging: the attribute that was estimated, and how well in each domain."""
    domains = [
        {
            "domain": domain,
            "blocks": random.randint(800, 90_000),
            "mean": round(random.uniform(0.2, 1.9), 4),
            "kriging_variance": round(random.uniform(0.02, 0.4), 4),
        }
        for domain in ("oxide", "transition", "sulphide", "waste")
    ]
    target = _target(random, objects_url, _GRIDS, random.choice(("Cu_ok", "Au_ok", "Fe_ok")), _GRID)
    return {"message": "Kriging completed.", "target": target, "statistics": domains}


def weighted(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of declustering: the weights, and what they do to the mean."""
    naive = random.uniform(0.6, 1.4)
    target = _target(random, objects_url, ("Drillholes 2026", "Assays west"), "weight", "downhole-intervals/1.2.0")
    return {
        "message": "Declustering completed.",
        "target": target,
        "naive_mean": round(naive, 5),
        "declustered_mean": round(naive * random.uniform(0.75, 0.97), 5),
        "cell_sizes": [{"size": size, "mean": round(naive * random.uniform(0.75, 1.0), 5)} for size in (5, 10, 20, 40)],
    }


def untied(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of breaking ties: how many there were."""
    target = _target(random, objects_url, ("Assays west", "Assays east"), "Cu_untied", "pointset/1.2.0")
    return {"message": f"{random.randint(3, 900)} ties broken.", "target": target}


def written(random: Random, objects_url: str, *, message: str, attribute: str) -> Mapping[str, object]:
    """Of a task that fills one attribute of a grid and says no more."""
    return {"message": message, "target": _target(random, objects_url, _GRIDS, attribute, _GRID)}


def simulated(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of a whole simulation: summaries of the realisations and some quantiles."""
    target = _object(random, objects_url, _GRIDS, _GRID)
    target["summary_attributes"] = {name: _attribute(f"Cu_sim_{name}") for name in ("mean", "variance", "min", "max")}
    target["quantile_attributes"] = [
        {**_attribute(f"Cu_sim_p{percent}"), "quantile": percent / 100} for percent in (10, 50, 90)
    ]
    target["simulations"] = _attribute("Cu_sim")
    mean = random.uniform(0.6, 1.4)
    summary = {"reference_mean": round(mean, 5), "mean": round(mean * random.uniform(0.95, 1.05), 5)}
    return {"target": target, "validation_summary": summary, "links": {"dashboard": None}}


def realised(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of conditional turning bands: the realisations alone."""
    return {"target": {**_object(random, objects_url, _GRIDS, _GRID), "simulations": _attribute("Cu_ctb")}}


def distributed(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of a fitted distribution: the object that it was written to."""
    kind = "non-parametric-continuous-cumulative-distribution/1.0.1"
    distribution = _object(random, objects_url, ("Cu distribution", "Au distribution west"), kind)
    return {"message": "Distribution created.", "distribution": distribution}


def summarised(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of location-wise statistics: one attribute for each."""
    attributes = [_attribute(f"Cu_{name}") for name in ("mean", "variance", "p10", "p50", "p90")]
    target = {**_object(random, objects_url, _GRIDS, _GRID), "attributes": attributes}
    return {"message": f"{len(attributes)} attributes written.", "target": target}


def reported(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of a report on a simulation: how far its mean is off, and where the report lies."""
    mean = random.uniform(0.6, 1.4)
    return {
        "validation_summary": {"reference_mean": round(mean, 5), "mean": round(mean * random.uniform(0.95, 1.05), 5)},
        "validation_report": {"reference": _reference(random, objects_url)},
        "links": {"dashboard": None},
    }


def surfaced(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of isosurfaces: one mesh for each value."""
    meshes = [
        {"iso_value": value, "triangles": random.randint(900, 80_000), "reference": _reference(random, objects_url)}
        for value in (0.3, 0.5, 0.8)
    ]
    return {"message": f"{len(meshes)} surfaces.", "meshes": meshes}


def imported(random: Random, objects_url: str) -> Mapping[str, object]:
    """Of an import: the objects that the file became."""
    name = random.choice(("pit_shell_v4.obj", "topo 2026-03.obj", "vein_17_hangingwall.obj"))
    return {"message": "1 file converted.", "objects": [{"file": name, "reference": _reference(random, objects_url)}]}
