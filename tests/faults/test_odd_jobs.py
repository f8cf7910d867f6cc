"""Jobs that misbehave: what is shown is what was told, and nothing is made up, lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest

from jobtui.core.errors import JobtuiError
from jobtui.core.export import job_document
from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from jobtui.core.text import one_line
from jobtui.engine.snapshot import Health
from tests.faults.fault_server import Act, Asked, gives
from tests.faults.services import CREATED_MS, Graph, evo_status, graph_job, media_task
from tests.faults.world import EVO_JOB, GRAPH_JOB, MEDIA_JOB, World


@pytest.mark.parametrize("word", ["paused", "", "SUCCEEDED??", 7, None, {"a": 1}, ["x"], 1e308, True, "\x1b[31mred"])
async def test_j1_a_word_that_no_map_knows_is_unknown_kept_and_asked_on(word: Any) -> None:
    world = World()
    world.evo.status = evo_status(word, 50)
    world.graph.jobs = [graph_job(1, word)]
    world.media.task = media_task(word)
    async with world.running():
        await world.advance(3)
        for job_id in (GRAPH_JOB, EVO_JOB, MEDIA_JOB):
            job = world.engine.snapshot.jobs.get(job_id)
            assert job is not None
            assert not job.state.is_final
            if isinstance(word, str) and word and job.state is JobState.UNKNOWN:
                assert job.native_state == word
        before = {name: world.count(name) for name in world.servers}
        await world.advance(30)
        assert all(world.count(name) > before[name] for name in world.servers)


async def test_j2_states_and_progress_that_go_back_are_shown_as_told() -> None:
    world = World()
    async with world.running():
        await world.advance(3)
        world.evo.status = evo_status("requested", 5)
        await world.advance(12)
        assert (world.job(EVO_JOB).state, world.job(EVO_JOB).progress) == (JobState.QUEUED, 0.05)
        world.evo.status, world.evo.is_over = evo_status("succeeded", 100), True
        await world.advance(30)
        assert world.job(EVO_JOB).state is JobState.SUCCEEDED


async def test_j3_a_job_that_vanishes_is_lost_after_three_looks_and_live_again_when_found() -> None:
    world = World()
    async with world.running():
        await world.advance(3)
        world.evo.fault = lambda asked: gives({}, 404) if asked.target.endswith("/status") else None
        await world.advance(6)
        assert world.job(EVO_JOB).state is JobState.RUNNING
        await world.advance(30)
        assert world.job(EVO_JOB).state is JobState.LOST
        assert world.status("evo").health is Health.OK
        world.evo.heal()
        await world.advance(120)
        assert world.job(EVO_JOB).state is JobState.RUNNING
        said = [change.message for change in await world.engine.timeline(EVO_JOB)]
        assert any("not found" in words for words in said)


async def test_j3_a_graph_job_that_the_database_denies_is_lost_too() -> None:
    world = World()
    world.graph.jobs = [graph_job(2)]
    async with world.running(track=False):
        await world.advance(3)
        world.graph.jobs = []
        await world.advance(60)
        assert world.job(JobId("graph", "2")).state is JobState.LOST


@pytest.mark.parametrize(
    "native",
    [
        "a/b",
        "a?b#c",
        "%2e%2e",
        "a b",
        "ünïcödé",
        "9" * 30,
        "7" * 300,
        "...",
        "a..b",
        "x\u202ey",
        "[/]",
        "-1",
        "1e5",
        "0",
    ],
)
async def test_j4_odd_ids_are_exact_in_the_store_and_escaped_on_the_way(native: str) -> None:
    world = World()
    # JSON numbers would lose the ends of long ids, so they come as what they are: text.
    world.graph.jobs = [graph_job(native)]
    async with world.running(track=False):
        await world.advance(3)
        job_id = JobId("graph", native)
        if job_id not in world.engine.snapshot.jobs:
            # The API's ids are numbers: others are left out, and never taken for another job's.
            assert not native.isdecimal()
            return
        await world.engine.raw_body(job_id)
        looked = [asked for asked in world.servers["graph"].asked if asked.segments[-1] == native]
        assert looked
        assert all(len(asked.segments) == 4 for asked in looked)


@pytest.mark.parametrize("native", ["a/../b", "../1/cancel", "./1", "1/.."])
async def test_h18_dots_inside_an_id_are_refused_from_users_and_never_sent_as_dots(native: str) -> None:
    world = World()
    async with world.running(track=False, polling=False):
        for name in world.servers:
            with pytest.raises(JobtuiError):
                await world.engine.track(name, [native])
        with contextlib.suppress(JobtuiError):
            await world.engine.cancel(JobId("graph", native))
        for asked in world.servers["graph"].asked:
            assert "/../" not in asked.target
            assert "/./" not in asked.target
            assert asked.segments[-1] == "connect" or asked.segments[-2] == native


@pytest.mark.parametrize("native", [".", "..", "", "x" * 2000, "a\nb", "\ud800"])
async def test_h18_ids_that_would_mean_another_path_are_refused_before_anything_is_sent(native: str) -> None:
    world = World()
    async with world.running(track=False, polling=False):
        for name in world.servers:
            with pytest.raises(JobtuiError):
                await world.engine.track(name, [native])
            for wish in (world.engine.fetch_job, world.engine.fetch_result):
                with pytest.raises(JobtuiError):
                    await wish(JobId(name, native))
        with pytest.raises(JobtuiError):
            await world.engine.cancel(JobId("graph", native))
        # Signing in is all that may have happened.
        for server in world.servers.values():
            assert all(asked.target.endswith("/connect") for asked in server.asked), server.asked


async def test_h18_ids_of_dots_in_a_list_are_never_asked_for() -> None:
    world = World()
    world.graph.jobs = [graph_job(".."), graph_job("."), graph_job("5/../6"), graph_job(3)]
    async with world.running(track=False):
        await world.advance(60)
        assert JobId("graph", "3") in world.engine.snapshot.jobs
        assert all(".." not in asked.target and "/./" not in asked.target for asked in world.servers["graph"].asked)


async def test_j4_the_same_id_twice_is_one_job() -> None:
    world = World()
    world.graph.jobs = [graph_job(1, 1), graph_job(1, 1), graph_job(1, 1), graph_job(2, 1)]
    async with world.running(track=False):
        await world.advance(10)
        assert sorted(job_id.native for job_id in world.engine.snapshot.jobs) == ["1", "2"]


@pytest.mark.parametrize("moment", [0, -1, 253402300800000, 10**30, "yesterday", None, {}, 1e308, CREATED_MS + 10**10])
async def test_j5_times_that_cannot_be_are_unknown_and_no_duration_is_negative(moment: Any) -> None:
    world = World()
    world.graph.jobs = [graph_job(1, 2, createTime=moment, runBeginTime=moment, runEndTime=moment)]
    async with world.running(track=False):
        await world.advance(3)
        document = job_document(world.job(GRAPH_JOB), world.clock.now())
        json.dumps(document, allow_nan=False)
        assert world.job(GRAPH_JOB).state is JobState.SUCCEEDED


@pytest.mark.parametrize("odd", [None, {}, [], "x", 7, [None, 7, "x", {}, []]])
async def test_j6_odd_kinds_where_lists_and_objects_are_promised_cost_nothing_else(odd: Any) -> None:
    world = World()
    world.graph.jobs = [graph_job(1, 1, tasks=odd), graph_job(2, 1)]
    world.evo.status = evo_status("in progress", 35, links=odd, error=odd, message=odd)
    world.media.task = media_task("Processing", base_resp=odd, file_id=odd)
    async with world.running():
        await world.advance(10)
        assert {job_id.native for job_id in world.engine.snapshot.jobs if job_id.source == "graph"} == {"1", "2"}
        assert all(status.health is not Health.BROKEN for status in world.engine.snapshot.sources)
        assert world.job(EVO_JOB).state is JobState.RUNNING


async def test_j7_a_list_that_grows_while_it_is_read_neither_skips_nor_doubles_a_job() -> None:
    graph = Graph(jobs=[graph_job(number, 1 + number % 2) for number in range(2400, 0, -1)])
    world = World(graph=graph)
    grown = 0

    def grow(asked: Asked) -> Act | None:
        nonlocal grown
        if asked.query.get("page") in {"2", "3"} and grown < 6:
            grown += 1
            graph.jobs.insert(0, graph_job(3000 + grown, 1))
        return None

    graph.fault = grow
    async with world.running(track=False):
        await world.advance(30)
        natives = [int(job_id.native) for job_id in world.engine.snapshot.jobs]
        assert sorted(natives) == sorted(job["id"] for job in graph.jobs)


@pytest.mark.parametrize("percent", [-5, 1000, "NaN", float("nan"), float("inf"), 1e999, None, "x", [], 101, True])
async def test_h8_progress_out_of_range_is_no_progress(percent: Any) -> None:
    world = World()
    world.evo.status = evo_status("in progress", percent)
    async with world.running():
        await world.advance(3)
        job = world.job(EVO_JOB)
        assert job.state is JobState.RUNNING
        assert job.progress is None or 0 <= job.progress <= 1
        json.dumps(job_document(job, world.clock.now()), allow_nan=False)


HOSTILE = [
    "[/]",
    "[bold red]x[/bold red]",
    "[@click=app.quit]x[/]",
    "\x1b]52;c;aGFjaw==\x07",
    "\x1b[2J\x9b31m",
    "safe\u202eexe.txt",
    "a\u200bb\u2066c\u2069",
    "\U000e0041\U000e0042",
    "e" + "\u0301" * 50,
    "nul\x00del\x7f",
    "line\nfeed\r\ttab\u2028x\x85",
    "half \ud83d",
    "x" * 300_000,
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
async def test_t1_t2_t3_t5_t6_t9_hostile_names_are_kept_true_and_shown_harmless(name: str) -> None:
    world = World()
    world.graph.jobs = [graph_job(1, 1, name=name, workflowName=name)]
    world.evo.status = evo_status("in progress", 35, message=name)
    async with world.running():
        await world.advance(6)
        told = world.job(EVO_JOB).message
        assert told.startswith(name[:20].encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()[:10])
        for job in world.engine.snapshot.jobs.values():
            for text in (job.name, job.kind, job.message, job.native_state):
                shown = one_line(text)
                assert len(shown) <= 2_000
                assert "\x1b" not in shown
                assert "\u202e" not in shown
                assert "\n" not in shown
                shown.encode()
            json.dumps(job_document(job, world.clock.now()), allow_nan=False).encode()
        assert all(status.health is Health.OK for status in world.engine.snapshot.sources)


async def test_h15_an_answer_that_comes_late_never_overwrites_a_newer_one() -> None:
    """The slow answer to an old question says 10 %, the quick one to a newer says 80 %."""
    world = World()
    async with world.running():
        await world.advance(3)
        held: list[Asked] = []

        def hold_one(asked: Asked) -> Act | None:
            if asked.target.endswith("/status") and not held:
                held.append(asked)
                return _late(gives(evo_status("in progress", 10), 202))
            return gives(evo_status("in progress", 80), 202)

        world.evo.fault = hold_one
        await world.engine.fetch_job(EVO_JOB)
        await world.advance(20)
        assert world.job(EVO_JOB).progress == 0.8


def _late(act: Act) -> Act:
    async def later(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        await act(writer)

    return later
