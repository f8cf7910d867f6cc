from __future__ import annotations

from pathlib import Path

import pytest

from jobtui.core.jobs import Job, JsonValue
from jobtui.core.states import JobState
from jobtui.engine.store.database import MAX_BODY_BYTES
from jobtui.engine.values import Values
from jobtui.providers.base import Observation
from tests.engine.running import engine, known
from tests.fakes import FakeClock, FakeProvider, job, look

COST = "json:cost"


def _values(name: str = "cost") -> Values:
    key = f"json:{name}"

    def read(document: JsonValue) -> dict[str, str]:
        found = document.get(name) if isinstance(document, dict) else None
        return {key: "" if found is None else str(found)}

    return Values([key], read)


def _cost(told: Job) -> str | None:
    return told.handle.get(COST)


async def test_a_value_follows_the_answers_and_stays_through_a_restart(clock: FakeClock, tmp_path: Path) -> None:
    answers = [look("evo:1", raw=raw) for raw in (b'{"cost": 4}', b'{"cost": 5}')]
    path = tmp_path / "jobs.db"
    provider = FakeProvider("evo", clock, jobs={"1": answers})
    async with engine(clock, provider, path=path, polling=False, values=_values()) as running:
        await running.track("evo", ["1"])
        assert _cost(await running.fetch_job(job("evo:1").id)) == "4"
        assert _cost(await running.fetch_job(job("evo:1").id)) == "5"
    async with engine(clock, FakeProvider("evo", clock), path=path, polling=False, values=_values()) as running:
        assert _cost(known(running, "evo:1")) == "5"


async def test_a_job_that_nobody_watches_tells_its_values_too(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1", raw=b'{"cost": 4}')]})
    async with engine(clock, provider, polling=False, values=_values()) as running:
        assert _cost(await running.fetch_job(job("evo:1").id)) == "4"
        assert running.snapshot.jobs == {}


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        (Observation(job("graph:1"), entry={"data": {}, "cost": 7}), "7"),
        (Observation(job("graph:1"), entry={"data": {}}), "4"),
        (look("graph:1", raw=b"{}"), ""),
        (look("graph:1", raw=b"<html>"), ""),
        (look("graph:1", raw=b'{"cost": 9, "x": "' + b"x" * MAX_BODY_BYTES + b'"}'), ""),
    ],
    ids=["list", "leaner list", "without it", "no JSON", "too large"],
)
async def test_a_list_tells_values_too_and_takes_none_away(clock: FakeClock, later: Observation, shown: str) -> None:
    first = Observation(job("graph:1"), entry={"cost": 4})
    provider = FakeProvider("graph", clock, jobs={"1": [later]}, pages=[[first]])
    async with engine(clock, provider, polling=False, values=_values()) as running:
        await running.refresh("graph")
        assert _cost(known(running, "graph:1")) == "4"
        if later.raw is None:
            provider.pages = [[later]]
            await running.refresh("graph")
        else:
            await running.fetch_job(job("graph:1").id)
        assert _cost(known(running, "graph:1")) == shown


async def test_what_is_configured_later_is_found_in_the_last_answer_that_is_kept(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    done = look("evo:1", JobState.SUCCEEDED, raw=b'{"cost": 4, "owner": "me"}')
    async with engine(clock, FakeProvider("evo", clock, jobs={"1": [done]}), path=path) as running:
        await running.track("evo", ["1"])
        await clock.advance(3)
        assert known(running, "evo:1").handle == {}
    for values, handle in (
        (_values(), {COST: "4"}),
        (_values("owner"), {COST: "4", "json:owner": "me"}),
        (_values("owner"), {COST: "4", "json:owner": "me"}),
    ):
        provider = FakeProvider("evo", clock)
        async with engine(clock, provider, path=path, values=values) as running:
            await clock.advance(3)
            assert known(running, "evo:1").handle == handle
        assert [call for call in provider.calls if call[0] == "fetch_job"] == []
