"""What is offered for what is typed, and in which order."""

from __future__ import annotations

import pytest

from jobtui.core.matching import likeliest

TASKS = ["geostatistics/kriging", "geostatistics/break-ties", "isosurfacing/numeric", "converter/obj-import", "kr"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", TASKS),
        ("kr", ["kr", "geostatistics/kriging"]),
        ("KRIG", ["geostatistics/kriging"]),
        ("ties", ["geostatistics/break-ties"]),
        ("import", ["converter/obj-import"]),
        ("num", ["isosurfacing/numeric"]),
        ("gk", ["geostatistics/kriging", "geostatistics/break-ties"]),
        ("ing", ["geostatistics/kriging", "isosurfacing/numeric"]),
        ("zz", []),
        ("z", []),
    ],
)
def test_what_begins_with_it_comes_before_what_only_holds_it(typed: str, offered: list[str]) -> None:
    assert likeliest(typed, TASKS, lambda word: (word,)) == offered


def test_a_candidate_is_found_by_any_of_its_words() -> None:
    workflows = {"4216617528": "fraud_rank", "107": "label_spread"}
    assert likeliest("rank", workflows, lambda name: (name, workflows[name])) == ["4216617528"]
