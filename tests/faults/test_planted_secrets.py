"""Secrets are planted, services echo them wherever they can, and everything that anyone may read is searched."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import stat
import sys
import traceback
from pathlib import Path

import pytest

from jobtui.core.errors import JobtuiError
from jobtui.core.export import job_document
from jobtui.recording.reading import read_recording
from tests.faults.fault_server import Act, FaultServer, gives
from tests.faults.services import (
    EVO_ID,
    EVO_TOKEN,
    GRAPH_PASSWORD,
    GRAPH_TOKEN,
    MEDIA_ID,
    MEDIA_TOKEN,
    ORG,
    Evo,
    Fault,
    Graph,
    Media,
    evo_status,
    graph_job,
    media_task,
)
from tests.faults.world import EVO_JOB, GRAPH_JOB, MEDIA_JOB, World

SECRETS = (GRAPH_PASSWORD, GRAPH_TOKEN, EVO_TOKEN, MEDIA_TOKEN)
OWN = {"graph": f"{GRAPH_PASSWORD} {GRAPH_TOKEN}", "evo": EVO_TOKEN, "media": MEDIA_TOKEN}
"""What each service was sent, and so could give back."""
TARGETS = {"graph": "107", "evo": "geostatistics/kriging", "media": "minimax/v1/video_generation"}


def _found(text: str | bytes) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return [secret for secret in SECRETS if secret.encode() in content]


def _echo(status: int, source: str) -> Act:
    """Whatever was sent comes back in every place that an answer has."""
    own = OWN[source]
    one = own.split()[-1]
    body = {
        "code": 777,
        "message": f"no: {own}",
        "status": 422,
        "title": f"Bearer {one}",
        "detail": own,
        "error": {"message": own, "code": one},
        "invalidParameters": [{"name": own, "reason": own}],
    }
    headers = [("Location", f"http://{one}@elsewhere.example/?token={own}".replace(" ", "+")), ("X-Echo", own)]
    return gives(body, f"{status} {one}", headers)


def _echoing(status: int, source: str) -> Fault:
    """Signing in works, so that there is something to give back."""
    return lambda asked: None if asked.target.endswith("/connect") else _echo(status, source)


@pytest.mark.parametrize("status", [200, 303, 400, 401, 403, 404, 409, 422, 429, 500, 503])
async def test_s1_h17_h20_h21_an_echo_of_the_secrets_reaches_nobody(
    status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(path=tmp_path / "jobs.db", recording=tmp_path / "session.rec")
    said: list[str] = []
    async with world.running():
        await world.advance(3)
        for source, service in (("graph", world.graph), ("evo", world.evo), ("media", world.media)):
            service.fault = _echoing(status, source)
        await world.advance(15)
        for job_id in (GRAPH_JOB, EVO_JOB, MEDIA_JOB):
            for wish in (
                world.engine.fetch_job(job_id),
                world.engine.fetch_result(job_id),
                world.engine.raw_body(job_id),
                world.engine.submit(job_id.source, TARGETS[job_id.source], {}),
                world.engine.cancel(job_id),
                world.engine.sign_in(job_id.source),
            ):
                asking = asyncio.create_task(_outcome(wish))
                await world.advance(8)
                said.append(await asyncio.wait_for(asking, 5))
            said += [world.engine.curl(job_id), world.engine.link(job_id)]
        snapshot = world.engine.snapshot
        said += [repr(snapshot), snapshot.notice, *(status.detail for status in snapshot.sources)]
        said += [json.dumps(job_document(job, world.clock.now())) for job in snapshot.jobs.values()]
        said += [str(line) for job_id in snapshot.jobs for line in await world.engine.timeline(job_id)]
        said += [repr(provider) + str(vars(provider)) for provider in world.providers().values()]
    for text in said:
        assert not _found(text), text
    # What the libraries below would log is nobody's: the program sets up no log for them.
    assert not [record for record in caplog.records if record.name.startswith("jobtui") and _found(record.getMessage())]
    for path in tmp_path.iterdir():
        assert not _found(path.read_bytes()), path.name
    assert world.recorder is not None
    world.recorder.close()
    recording = read_recording(world.recorder.path)
    assert {exchange.status for exchange in recording.exchanges} >= {200, status}
    assert {watched.job.id for watched in recording.watched} >= {EVO_JOB, MEDIA_JOB}


async def _outcome(wish: object) -> str:
    try:
        answer = await wish  # type: ignore[misc]
    except JobtuiError as error:
        parts = [repr(error), str(error), error.hint, *traceback.format_exception(error)]
        parts += [f"{name}={value!r}" for name, value in vars(error).items()]
        return "\n".join(parts)
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else repr(answer)


async def test_s1_the_payload_of_a_submit_is_kept_without_the_token_it_held(tmp_path: Path) -> None:
    world = World(path=tmp_path / "jobs.db")
    async with world.running(track=False):
        await world.advance(2)
        await world.engine.submit("evo", TARGETS["evo"], {"prompt": "words"})
    for path in tmp_path.iterdir():
        assert not _found(path.read_bytes())


async def test_s2_d8_the_store_is_the_users_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    old = os.umask(0)
    try:
        world = World(path=folder / "jobs.db")
        async with world.running():
            await world.advance(3)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}, modes


@contextlib.asynccontextmanager
async def _served(graph: Graph, evo: Evo, media: Media, folder: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
    loop = asyncio.get_running_loop()
    servers = [FaultServer(service, loop.time) for service in (graph, evo, media)]
    async with contextlib.AsyncExitStack() as stack:
        urls = [(await stack.enter_async_context(server.serving())).base_url for server in servers]
        config = folder / "config.toml"
        config.write_text(f"""\
[sources.graph]
provider = "nebula"
base_url = "{urls[0]}"
login = {{ user = "root", password = {{ env = "PLANTED_PASSWORD" }}, address = "192.168.8.111", port = 9669 }}
[sources.evo]
provider = "evo"
base_url = "{urls[1]}"
org_id = "{ORG}"
token = {{ env = "PLANTED_EVO" }}
[sources.media]
provider = "generation"
base_url = "{urls[2]}"
token = "{MEDIA_TOKEN}"
""")
        config.chmod(0o600)
        yield config, servers


async def _run(config: Path, *arguments: str) -> tuple[int, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jobtui", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "JOBTUI_CONFIG": str(config),
            "PLANTED_PASSWORD": GRAPH_PASSWORD,
            "PLANTED_EVO": EVO_TOKEN,
            "PYTHONPATH": str(_ROOT),
        },
        cwd=_ROOT,
    )
    out, err = await asyncio.wait_for(process.communicate(), 50)
    return process.returncode or 0, out, err


_ROOT = Path(__file__).parents[2]

VERBS = [
    ("sources", "--json"),
    ("list",),
    ("list", "--json"),
    ("show", "graph:1", "--raw"),
    ("show", f"evo:{EVO_ID}", "--json"),
    ("result", f"media:{MEDIA_ID}"),
    ("submit", "evo", "geostatistics/kriging", "--json"),
    ("cancel", "graph:1", "--yes"),
    ("config", "show"),
    ("doctor",),
]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: " ".join(verb)[:20])
@pytest.mark.parametrize("status", [200, 422, 500])
async def test_s1_no_verb_prints_a_secret_that_a_service_echoes(
    verb: tuple[str, ...], status: int, home: Path, tmp_path: Path
) -> None:
    graph, evo, media = Graph(), Evo(), Media()
    for source, service in (("graph", graph), ("evo", evo), ("media", media)):
        service.fault = _echoing(status, source)
    async with _served(graph, evo, media, tmp_path) as (config, _servers):
        recording = () if verb[0] == "config" else ("--record", str(tmp_path / "session.rec"))
        code, out, err = await _run(config, *verb, *recording)
    assert code in {0, 1, 2, 3, 4}
    assert (tmp_path / "session.rec").exists() is bool(recording)
    if recording:
        assert not _found((tmp_path / "session.rec").read_bytes())
    assert not _found(out), out
    assert not _found(err), err
    assert b"Traceback" not in err
    for path in home.rglob("*"):
        if path.is_file():
            assert not _found(path.read_bytes()), path


HOSTILE = "\x1b]52;c;aGFjaw==\x07[/]\u202e\x9b31m\nrow"


@pytest.mark.parametrize("verb", ["list", "list --json", "show graph:1", "show graph:1 --raw"])
async def test_t2_t3_nothing_that_acts_on_a_terminal_comes_out_of_a_verb(verb: str, tmp_path: Path) -> None:
    graph = Graph(jobs=[graph_job(1, 1, name=HOSTILE, workflowName=HOSTILE)])
    evo, media = Evo(status=evo_status("in progress", 35, message=HOSTILE)), Media(task=media_task(HOSTILE))
    async with _served(graph, evo, media, tmp_path) as (config, _servers):
        await _run(config, "track", "evo", EVO_ID)
        code, out, err = await _run(config, *verb.split())
    assert code == 0, err
    for text in (out.decode(), err.decode()):
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text), text
    if "--json" in verb:
        assert HOSTILE in {job["message"] for job in json.loads(out)}
