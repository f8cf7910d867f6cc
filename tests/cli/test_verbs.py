"""The verbs against the demo services, over real HTTP."""

from __future__ import annotations

import asyncio
import csv
import errno
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jobtui.cli.jobs import print_raw
from jobtui.core.clock import SystemClock
from jobtui.core.jobs import JobId
from jobtui.demo.services import DemoServices
from jobtui.engine.store.store import Store
from jobtui.settings.load import load
from jobtui.wiring import wiring
from tests.cli.conftest import Ran

Jobtui = Callable[..., Ran]

VIDEO = ("media", "minimax/v1/video_generation", "--param", "model=MiniMax-Hailuo-02", "--param", "prompt=waves")
KEYS = (
    "address source provider id name state native_state progress message error created_at started_at finished_at "
    "observed_at eta_seconds eta_basis tasks can_cancel stale"
)

pytestmark = pytest.mark.usefixtures("config")


@pytest.fixture
def tracked(services: DemoServices, jobtui: Jobtui) -> list[str]:
    """Addresses of the jobs that Evo and the media service have had from the start."""
    for source in ("evo", "media"):
        ids = [native_id for name, native_id in services.known_jobs if name == source]
        assert jobtui("track", source, *ids).code == 0
    return [f"{source}:{native_id}" for source, native_id in services.known_jobs]


def one(jobtui: Jobtui, *filters: str) -> str:
    found = jobtui("list", "--json", "--filter", " ".join(filters)).json
    assert found, f"the demo has no job for {filters}"
    return str(found[0]["address"])


def test_list_asks_the_services_and_prints_a_table(jobtui: Jobtui) -> None:
    ran = jobtui("list", "--source", "graph")
    assert (ran.code, ran.err) == (0, "")
    heading, *rows = ran.out.splitlines()
    assert heading.split() == ["ADDRESS", "NAME", "STATE", "DONE", "AGE", "ETA", "MESSAGE"]
    assert len(rows) >= 25
    assert all(row.startswith("graph:") for row in rows)


def test_list_in_json_is_an_array_of_jobs_as_the_contract_has_them(jobtui: Jobtui) -> None:
    jobs = jobtui("list", "--json").json
    assert {" ".join(job) for job in jobs} == {KEYS}
    assert [job["created_at"] for job in jobs] == sorted((job["created_at"] for job in jobs), reverse=True)


def test_list_filters_also_by_a_term_that_begins_with_a_dash(jobtui: Jobtui) -> None:
    states = {job["state"] for job in jobtui("list", "--json", "--filter", "-state:succeeded -state:failed").json}
    assert states
    assert not states & {"succeeded", "failed"}


def test_list_cached_asks_nobody(jobtui: Jobtui, services: DemoServices) -> None:
    assert jobtui("list", "--cached", "--json").json == []
    assert jobtui("list", "--cached").err == "no jobs\n"
    jobtui("list")
    known = len(jobtui("list", "--cached", "--json").json)
    assert known >= 25
    ran = jobtui("list", "--cached", "--filter", "name:nobody")
    assert (ran.code, ran.out, ran.err) == (0, "", f"none of {known} jobs fits the filter\n")


def test_show_tells_tasks_and_timeline(jobtui: Jobtui) -> None:
    address = one(jobtui, "state:failed", "source:graph")
    ran = jobtui("show", address)
    assert ran.code == 0
    assert f"address   {address}" in ran.out
    assert "TASK" in ran.out
    assert "SEEN" in ran.out
    document = jobtui("show", address, "--json").json
    assert document["address"] == address
    assert [task["state"] for task in document["tasks"]].count("failed") == 1
    assert document["timeline"][-1]["state"] == "failed"


def test_show_tells_which_job_it_is_a_clone_of_and_its_clones_also_once_the_source_is_gone(
    jobtui: Jobtui, config: Path, home: Path
) -> None:
    origin = JobId.parse(one(jobtui, "source:graph"))
    made = wiring(load(config, {}).settings, config_folder=config.parent, environ={})

    async def clone() -> JobId:
        async with made.engine(home / "data", polling=False) as running:
            return (await running.submit("graph", "3821817867", {}, cloned_from=origin)).id

    again = asyncio.run(clone())
    assert re.search(rf"^run again as +{again} \([a-z]+\)$", jobtui("show", str(origin)).out, re.MULTILINE)
    assert re.search(rf"^run again from +{origin} \([a-z]+\)$", jobtui("show", str(again)).out, re.MULTILINE)
    assert " ".join(jobtui("show", str(again), "--json").json) == f"{KEYS} timeline"
    jobtui("forget", str(origin))
    config.write_text("")
    assert f"run again from  {origin} (not watched)\n" in jobtui("show", str(again)).out


def test_show_raw_prints_the_service_s_own_answer(jobtui: Jobtui, tracked: list[str]) -> None:
    assert "status" in json.loads(jobtui("show", tracked[0], "--raw").out)


def test_sources_tell_what_each_can_do(jobtui: Jobtui) -> None:
    by_name = {source["name"]: source for source in jobtui("sources", "--json").json}
    assert set(by_name) == {"graph", "evo", "media"}
    assert all(source["reachable"] and source["signed_in"] for source in by_name.values())
    assert by_name["graph"]["can"] == {"list": True, "submit": True, "cancel": True}
    assert by_name["media"]["can"] == {"list": False, "submit": True, "cancel": False}
    assert "signed in" in jobtui("sources").out


def test_a_job_goes_from_submit_over_wait_to_a_file(jobtui: Jobtui, tmp_path: Path) -> None:
    submitted = jobtui("submit", *VIDEO)
    assert submitted.code == 0
    address = submitted.out.strip()
    assert address.startswith("media:")
    waited = jobtui("wait", address, "--timeout", "60")
    assert (waited.code, waited.out.split()[:2]) == (0, ["succeeded", address])
    saved = jobtui("result", address, "--output", str(tmp_path / "results"))
    assert saved.code == 0
    path = Path(saved.out.strip())
    assert path.parent == tmp_path / "results"
    assert path.read_bytes()[4:8] == b"ftyp"
    (artifact,) = jobtui("result", address, "--output", str(tmp_path / "results"), "--json").json
    assert list(artifact) == ["name", "media_type", "size_bytes", "path", "sha256"]
    assert artifact["path"] != str(path)
    assert artifact["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_submit_with_wait_in_json_is_one_job(jobtui: Jobtui) -> None:
    ran = jobtui("submit", *VIDEO, "--wait", "--json")
    assert (ran.code, ran.json["state"]) == (0, "succeeded")
    assert ran.json["address"] in ran.err


def test_submit_in_json_is_the_job_as_show_has_it(jobtui: Jobtui) -> None:
    submitted = jobtui("submit", "graph", "3821817867", "--json").json
    assert " ".join(submitted) == KEYS
    assert submitted["name"] == jobtui("show", submitted["address"], "--json").json["name"]


def test_a_job_whose_address_cannot_be_printed_is_named_on_stderr(
    jobtui: Jobtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("sys.stdout", Full())
    ran = jobtui("submit", *VIDEO)
    assert ran.code == 2
    assert ran.err.startswith("submitted media:")


def test_a_payload_comes_from_a_file_or_stdin(jobtui: Jobtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    payload = '{"model": "MiniMax-Hailuo-02", "prompt": "waves"}'
    (tmp_path / "payload.json").write_text(payload)
    assert jobtui("submit", "media", VIDEO[1], "--input", f"@{tmp_path / 'payload.json'}").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(payload))
    assert jobtui("submit", "media", VIDEO[1], "--input", "-").code == 0


def test_a_refused_payload_is_3_with_each_parameter_named(jobtui: Jobtui) -> None:
    ran = jobtui("submit", "evo", "geostatistics/kriging", "--param", "source=x")
    assert (ran.code, ran.out) == (3, "")
    assert "Invalid parameters" in ran.err
    assert "  target: " in ran.err


def test_waiting_for_a_job_that_fails_is_1_and_says_why(jobtui: Jobtui, tracked: list[str]) -> None:
    address = one(jobtui, "state:failed", "source:media")
    ran = jobtui("wait", address)
    assert (ran.code, ran.out.split()[0]) == (1, "failed")
    assert f"jobtui: {address}: " in ran.err


def test_waiting_for_any_is_done_with_the_first(jobtui: Jobtui, tracked: list[str]) -> None:
    succeeded = one(jobtui, "state:succeeded", "source:evo")
    failed = one(jobtui, "state:failed", "source:evo")
    assert jobtui("wait", succeeded, failed, "--any").code == 0
    ran = jobtui("wait", succeeded, failed, "--json")
    assert ran.code == 1
    assert [job["address"] for job in ran.json] == [succeeded, failed]


def test_waiting_too_long_is_124(jobtui: Jobtui) -> None:
    address = jobtui("submit", *VIDEO).out.strip()
    ran = jobtui("wait", address, "--timeout", "0")
    assert ran.code == 124
    assert "not over after 0 s" in ran.err


def test_a_cancelled_job_ends_and_can_be_cancelled_again_without_harm(jobtui: Jobtui) -> None:
    payload = json.dumps(kriging())
    address = jobtui("submit", "evo", "geostatistics/kriging", "--input", payload).out.strip()
    ran = jobtui("cancel", address, "--yes")
    assert (ran.code, ran.out) == (0, f"asked to cancel  {address}\n")
    assert jobtui("wait", address, "--timeout", "60").code == 1
    again = jobtui("cancel", address, "--yes")
    assert (again.code, again.out, again.err) == (0, f"over already  {address}  cancelled\n", "")


def kriging() -> dict[str, object]:
    reference = "http://127.0.0.1/geoscience-object/x"
    return {
        "source": {"object": reference, "attribute": "grade"},
        "target": {"object": reference, "attribute": {"operation": "create", "name": "estimate"}},
        "variogram": reference,
        "neighborhood": {"max_samples": 20},
    }


def test_cancel_without_a_terminal_and_without_yes_is_2(jobtui: Jobtui) -> None:
    ran = jobtui("cancel", "evo:geostatistics/kriging/x")
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err


def test_a_source_that_can_not_cancel_says_so_with_3(jobtui: Jobtui, tracked: list[str]) -> None:
    address = jobtui("submit", *VIDEO).out.strip()
    ran = jobtui("cancel", address, "--yes")
    assert (ran.code, ran.out) == (3, "")
    assert f"jobtui: {address} was not cancelled: " in ran.err


def test_rows_are_shown_as_table_csv_and_json_with_a_word_on_what_is_left_out(jobtui: Jobtui) -> None:
    address = one(jobtui, "state:succeeded", "source:graph")
    task = jobtui("show", address, "--json").json["tasks"][0]["id"]
    ran = jobtui("result", address, "--task", task, "--limit", "2")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 3
    assert "2 of at least 3 rows" in ran.err
    rows = list(
        csv.reader(io.StringIO(jobtui("result", address, "--task", task, "--limit", "2", "--format", "csv").out))
    )
    value = jobtui("result", address, "--task", task, "--limit", "2", "--format", "json").json
    assert rows == [value["columns"], *value["rows"]]
    document = jobtui("result", address, "--limit", "2", "--json").json
    assert list(document) == ["address", "state", "error", "warnings", "artifacts", "contents"]
    assert list(document["artifacts"][0]) == ["name", "media_type", "size_bytes", "path", "sha256"]


def test_csv_of_something_that_is_no_table_is_2(jobtui: Jobtui, tracked: list[str]) -> None:
    ran = jobtui("result", one(jobtui, "state:succeeded", "source:evo"), "--format", "csv")
    assert (ran.code, ran.out) == (2, "")
    assert "CSV is for one table" in ran.err


def test_an_object_is_shown_as_json(jobtui: Jobtui, tracked: list[str]) -> None:
    address = one(jobtui, "state:succeeded", "source:evo")
    assert json.loads(jobtui("result", address).out) == jobtui("result", address, "--format", "json").json


def test_the_result_of_a_failed_job_is_its_error_and_1(jobtui: Jobtui, tracked: list[str]) -> None:
    ran = jobtui("result", one(jobtui, "state:failed", "source:evo"))
    assert (ran.code, ran.out) == (1, "")
    assert "jobtui: evo:" in ran.err


def test_what_is_tracked_is_listed_until_it_is_forgotten(jobtui: Jobtui, tracked: list[str]) -> None:
    listed = {job["address"] for job in jobtui("list", "--cached", "--json").json}
    assert listed == set(tracked)
    assert jobtui("forget", tracked[0]).out.strip() == tracked[0]
    assert {job["address"] for job in jobtui("list", "--cached", "--json").json} == listed - {tracked[0]}
    assert jobtui("forget", tracked[0]).code == 4


def test_what_became_of_each_job_is_told_in_json(jobtui: Jobtui, tracked: list[str]) -> None:
    source = tracked[0].partition(":")[0]
    gone = "geostatistics/kriging/00000000-0000-4000-8000-000000000000"
    ran = jobtui("track", source, tracked[0], "--json")
    assert ran.json == [{"address": tracked[0], "outcome": "tracked", "detail": ""}]
    ran = jobtui("track", "evo", gone, "--json")
    assert (ran.code, [one["outcome"] for one in ran.json]) == (4, ["not_tracked"])
    over = one(jobtui, "state:succeeded", "source:evo")
    ran = jobtui("cancel", over, "--yes", "--json")
    assert (ran.code, ran.json) == (0, [{"address": over, "outcome": "over", "detail": "succeeded"}])
    video = jobtui("submit", *VIDEO).out.strip()
    ran = jobtui("cancel", video, "--yes", "--json")
    # Videos can't be cancelled; on a busy machine it may be over by now.
    assert (ran.code, tuple(said["outcome"] for said in ran.json)) in {(3, ("failed",)), (0, ("over",))}
    ran = jobtui("forget", over, "evo:nope", "--json")
    assert ran.code == 4
    assert [(said["address"], said["outcome"]) for said in ran.json] == [(over, "forgotten"), ("evo:nope", "failed")]


def test_what_was_sent_from_here_is_told_with_its_outcome(jobtui: Jobtui) -> None:
    assert jobtui("submissions").out == ""
    address = jobtui("submit", *VIDEO).out.strip()
    jobtui("submit", "evo", "geostatistics/kriging", "--param", "source=x")
    sent = jobtui("submissions", "--json").json
    assert [(one["outcome"], one["address"], one["target"]) for one in sent] == [
        ("refused", None, "geostatistics/kriging"),
        ("made", address, VIDEO[1]),
    ]
    assert sent[1]["payload"]["model"]
    assert sent[1]["cloned_from"] is None
    ran = jobtui("submissions", "media")
    assert address in ran.out
    assert "kriging" not in ran.out
    assert jobtui("submissions", "nope").code == 2


async def test_h12_a_submission_of_unknown_outcome_is_said_to_be_one(jobtui: Jobtui, home: Path) -> None:
    store = Store(home / "data" / "jobs.db", clock=SystemClock())
    await store.open(("media",))
    await store.settle_submission(await store.begin_submission("media", VIDEO[1], {}), "unknown")
    await store.aclose()
    ran = await asyncio.to_thread(jobtui, "submissions")
    assert "unknown" in ran.out
    assert "look there before sending it again" in ran.err


def test_over_ssh_the_line_that_fetches_a_saved_file_is_said(
    jobtui: Jobtui, tracked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = one(jobtui, "state:succeeded", "source:evo")
    assert "scp" not in jobtui("result", address, "--output", str(tmp_path)).err
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.9 51234 10.0.0.2 2222")
    monkeypatch.setenv("USER", "ada")
    ran = jobtui("result", address, "--output", str(tmp_path / "more"))
    paths = ran.out.split()
    assert f"scp -P 2222 {' '.join(f'ada@10.0.0.2:{path}' for path in paths)} ." in ran.err


def test_d7_what_ended_long_ago_is_forgotten_on_request(jobtui: Jobtui, tracked: list[str]) -> None:
    ended = {
        job["address"]
        for job in jobtui("list", "--source", "evo", "--source", "media", "--json").json
        if job["finished_at"] is not None
    }
    assert ended
    assert jobtui("forget", "--older-than", "365d").out == ""
    assert ended <= set(jobtui("forget", "--older-than", "0s").out.splitlines())
    left = {job["address"]: job["state"] for job in jobtui("list", "--cached", "--json").json}
    assert not ended & left.keys()
    assert not {"succeeded", "failed", "cancelled"} & set(left.values())


def test_forget_wants_to_know_which(jobtui: Jobtui) -> None:
    assert jobtui("forget").code == 2
    ran = jobtui("forget", "--older-than", "soon")
    assert (ran.code, ran.out) == (2, "")
    assert "'soon' is no span of time" in ran.err


def test_d6_clean_deletes_what_cut_downloads_left_and_nothing_else(jobtui: Jobtui, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    part = folder / ".clip.mp4.0123456789ab.part"
    for path in (part, folder / ".clip.mp4.0123456789ab.part-validator", folder / "clip.mp4"):
        path.touch()
    assert jobtui("clean", str(folder)).out == f"{part}\n"
    part.touch()
    assert jobtui("clean", str(folder), "--json").json == [{"path": str(part), "outcome": "deleted", "detail": ""}]
    assert jobtui("clean", str(folder), "--json").json == []
    assert [path.name for path in folder.iterdir()] == ["clip.mp4"]
    ran = jobtui("clean", str(folder))
    assert (ran.code, ran.out) == (0, "")
    assert "nothing to clean" in ran.err


def test_tracking_a_job_that_is_not_there_is_4_and_leaves_nothing(jobtui: Jobtui) -> None:
    ran = jobtui("track", "evo", "geostatistics/kriging/00000000-0000-4000-8000-000000000000")
    assert (ran.code, ran.out) == (4, "")
    assert jobtui("list", "--cached", "--json").json == []


def test_an_unknown_source_is_2_and_the_known_ones_are_named(jobtui: Jobtui) -> None:
    for verb in (("show", "nope:1"), ("wait", "nope:1"), ("track", "nope", "1"), ("list", "--source", "nope")):
        ran = jobtui(*verb)
        assert (ran.code, ran.out) == (2, "")
        assert "Configured sources: graph, evo, media." in ran.err


def test_an_unreachable_source_is_3_while_the_others_are_listed(jobtui: Jobtui, config: Path) -> None:
    config.write_text(
        config.read_text() + '[sources.gone]\nprovider = "nebula"\nbase_url = "http://127.0.0.1:9"\ntoken = "t"\n'
    )
    ran = jobtui("list", "--json")
    assert ran.code == 3
    assert len(ran.json) >= 25
    assert "jobtui: gone: " in ran.err
    checked = {source["name"]: source for source in jobtui("sources", "--json").json}
    assert (checked["gone"]["reachable"], checked["gone"]["signed_in"]) == (False, None)


def test_a_refused_credential_is_3_and_called_so(jobtui: Jobtui, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBTUI_SOURCES__EVO__TOKEN", "wrong-token-value")
    ran = jobtui("sources", "--json")
    assert ran.code == 3
    checked = {source["name"]: source for source in ran.json}
    assert (checked["evo"]["reachable"], checked["evo"]["signed_in"]) == (True, False)
    assert "wrong-token-value" not in ran.out + ran.err


def test_a_read_only_source_starts_and_ends_nothing(jobtui: Jobtui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBTUI_SOURCES__MEDIA__READ_ONLY", "true")
    ran = jobtui("submit", *VIDEO)
    assert (ran.code, ran.out) == (2, "")
    assert "read-only" in ran.err


def test_s2_s3_check_and_doctor_tell_of_files_that_others_can_use(
    jobtui: Jobtui, config: Path, home: Path, tmp_path: Path
) -> None:
    (home / "data").mkdir(mode=0o755)
    for verb in (("config", "check"), ("doctor",)):
        ran = jobtui(*verb)
        assert f"{home / 'data'} is open to others: chmod 700" in ran.out + ran.err
    config.write_text(f'on_finish = "true"\n{config.read_text()}')
    config.chmod(0o666)
    for verb in (("config", "check"), ("doctor",), ("list",)):
        ran = jobtui(*verb)
        assert ran.code == 2
        assert "on_finish would run a program, and everybody can write the file" in ran.out + ran.err


def test_d6_doctor_tells_of_downloads_that_were_cut(jobtui: Jobtui, home: Path) -> None:
    folder = home / "Downloads"
    folder.mkdir()
    (folder / ".clip.mp4.0123456789ab.part").write_bytes(bytes(70))
    assert "70 bytes: the same download goes on with one" in jobtui("doctor").out


def test_doctor_finds_a_working_machine_and_names_what_is_broken(jobtui: Jobtui, config: Path) -> None:
    ran = jobtui("doctor", "--json")
    assert ran.code == 0
    assert {found["subject"] for found in ran.json} >= {"terminal", "locale", "clipboard", "store", "config", "evo"}
    config.write_text("them = 1")
    ran = jobtui("doctor")
    assert ran.code == 2
    assert "did you mean theme?" in ran.out


def test_what_is_saved_of_a_table_is_all_of_it(jobtui: Jobtui, tmp_path: Path) -> None:
    for job in jobtui("list", "--source", "graph", "--filter", "state:succeeded", "--json").json:
        shown = jobtui("result", job["address"])
        if "of at least" in shown.err:
            break
    else:
        pytest.fail("no graph job of the demo has more rows than are shown")
    saved = jobtui("result", job["address"], "--output", str(tmp_path / "all"))
    assert saved.code == 0
    assert "of at least" not in saved.err
    lines = [len(Path(path).read_text().splitlines()) for path in saved.out.splitlines()]
    assert max(lines) > 201


@pytest.mark.parametrize("deaf", ["stdout", "stderr"])
@pytest.mark.parametrize("how", ["left", "full"])
def test_p14_a_reader_who_is_gone_changes_no_exit_code(jobtui: Jobtui, tracked: list[str], deaf: str, how: str) -> None:
    if (deaf, how) == ("stdout", "full"):
        pytest.skip("data that could not be written is a fault of its own, and told as one")
    failed = one(jobtui, "state:failed", "source:evo")
    if how == "full":
        ear = os.open("/dev/full", os.O_WRONLY)
    else:
        mouth, ear = os.pipe()
        os.close(mouth)
    for arguments, code in ((("wait", failed), 1), (("show", "evo:nope"), 4), (("list", "--source", "nope"), 2)):
        for buffered in ("", "1"):
            done = subprocess.run(
                [sys.executable, "-m", "jobtui", *arguments],
                stdout=ear if deaf == "stdout" else subprocess.DEVNULL,
                stderr=ear if deaf == "stderr" else subprocess.DEVNULL,
                env=os.environ | {"PYTHONUNBUFFERED": buffered},
                timeout=60,
                check=False,
            )
            assert (arguments, done.returncode) == (arguments, code)
    os.close(ear)


@pytest.mark.parametrize("buffered", ["", "1"])
def test_watch_ends_with_its_reader(jobtui: Jobtui, tracked: list[str], buffered: str) -> None:
    mouth, ear = os.pipe()
    os.close(mouth)
    command = [sys.executable, "-m", "jobtui", "watch"]
    done = subprocess.run(
        command, stdout=ear, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONUNBUFFERED": buffered}, timeout=50
    )
    os.close(ear)
    assert done.returncode == 0


def test_no_secret_and_no_control_character_is_in_any_output(
    jobtui: Jobtui, tracked: list[str], config: Path, home: Path
) -> None:
    secrets = re.findall(r'(?:password|token) = "([^"]{8,})"', config.read_text())
    assert len(secrets) >= 2
    graph = one(jobtui, "state:succeeded", "source:graph")
    commands = [
        ("list",), ("list", "--json"), ("show", graph), ("show", tracked[0], "--raw"), ("sources",),
        ("sources", "--json"), ("config", "show"), ("config", "show", "--json"), ("config", "check"), ("doctor",),
        ("result", graph), ("result", tracked[-1]), ("submit", "evo", "geostatistics/kriging"), ("wait", tracked[0]),
    ]  # fmt: skip
    for command in commands:
        ran = jobtui(*command)
        everything = ran.out + ran.err
        assert not any(secret in everything for secret in secrets), command
        assert all(character == "\n" or character.isprintable() for character in everything), command
    stored = b"".join(file.read_bytes() for file in (home / "data").rglob("*") if file.is_file())
    assert stored
    assert not any(secret.encode() in stored for secret in secrets)


def test_jobs_of_a_source_that_is_configured_no_more_are_told_shown_and_forgotten(
    jobtui: Jobtui, config: Path, home: Path
) -> None:
    address = f"evo:{NOBODY}"
    watched(config, home, NOBODY)
    config.write_text("")
    ran = jobtui("list", "--json")
    assert (ran.code, ran.json) == (0, [])
    assert ran.err == "evo is not configured: 1 job kept, see `jobtui list --source evo`\n"
    ran = jobtui("list", "--source", "evo", "--json")
    assert [(job["address"], job["stale"], job["can_cancel"]) for job in ran.json] == [(address, True, False)]
    ran = jobtui("show", address)
    assert (ran.code, address in ran.out) == (2, True)
    assert jobtui("show", f"{address}0").code == 4
    assert jobtui("wait", address).code == 2
    ran = jobtui("forget", address, "evo:nope", "--json")
    assert (ran.code, [one["outcome"] for one in ran.json]) == (4, ["forgotten", "failed"])
    ran = jobtui("list", "--source", "evo")
    assert (ran.code, ran.out) == (2, "")


def test_waiting_for_a_job_that_is_not_there_is_4(jobtui: Jobtui) -> None:
    ran = jobtui("wait", f"evo:{NOBODY}", "--json")
    assert (ran.code, ran.out, ran.err) == (4, "", f'jobtui: evo:{NOBODY}: there is no such job ("Not found")\n')


NOBODY = "geostatistics/kriging/00000000-0000-4000-8000-00000000beef"


def watched(config: Path, home: Path, *native_ids: str) -> None:
    """Put ids of Evo's into the store without looking whether there is such a job."""
    made = wiring(load(config, {}).settings, config_folder=config.parent, environ={})

    async def track() -> None:
        async with made.engine(home / "data", polling=False) as running:
            await running.track("evo", native_ids)

    asyncio.run(track())


def test_tracking_anew_what_is_missing_at_the_moment_does_not_forget_it(
    jobtui: Jobtui, config: Path, home: Path
) -> None:
    watched(config, home, NOBODY)
    assert jobtui("track", "evo", NOBODY).code == 4
    assert [job["id"] for job in jobtui("list", "--cached", "--json").json] == [NOBODY]


@pytest.mark.parametrize("address", ["graph:abc", "evo:abc", "media:abc", "graph:99999999"])
def test_an_id_that_its_source_cannot_have_is_no_such_job_for_every_verb(jobtui: Jobtui, address: str) -> None:
    source, _, native = address.partition(":")
    for verb in (("show", address), ("result", address), ("cancel", address, "--yes"), ("track", source, native)):
        if verb[0] == "cancel" and source == "media":
            continue  # The API can't cancel anything, so it isn't asked whether there is such a job.
        ran = jobtui(*verb)
        assert (ran.code, ran.out) == (4, "")
        assert ran.err.startswith(f"jobtui: {address}: there is no such job (")
    assert jobtui("list", "--cached", "--json").json == []


def test_a_task_of_a_result_without_tasks_is_2(jobtui: Jobtui, tracked: list[str]) -> None:
    address = one(jobtui, "state:succeeded", "source:evo")
    ran = jobtui("result", address, "--task", "kriging")
    assert (ran.code, ran.out) == (2, "")


def test_j3_waiting_for_a_watched_job_outlasts_one_answer_that_it_is_missing(
    jobtui: Jobtui, config: Path, home: Path
) -> None:
    watched(config, home, NOBODY)
    ran = jobtui("wait", f"evo:{NOBODY}", "--timeout", "60", "--json")
    assert (ran.code, [job["state"] for job in ran.json]) == (1, ["lost"])


def test_waiting_polls_a_source_that_is_otherwise_asked_by_hand(
    jobtui: Jobtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBTUI_SOURCES__MEDIA__INTERVAL", "0")
    assert jobtui("submit", *VIDEO, "--wait", "--json").json["state"] == "succeeded"


def test_d3_what_can_not_be_kept_is_not_called_tracked(
    jobtui: Jobtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("JOBTUI_DATA_DIR", str(tmp_path / "file"))
    ran = jobtui("track", "evo", NOBODY)
    assert (ran.code, ran.out) == (2, "")
    assert "can't be written" in ran.err
    ran = jobtui("submit", *VIDEO)
    assert (ran.code, ran.out[:6]) == (0, "media:")
    assert "can't be written" in ran.err


def test_d11_a_damaged_store_is_said_by_whichever_verb_finds_it(jobtui: Jobtui, home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "jobs.db").write_bytes(b"no database" * 1000)
    ran = jobtui("sources")
    assert ran.code == 0
    assert "set aside as jobs.db.damaged-" in ran.err
    assert "damaged" not in jobtui("sources").err


def test_a_filter_without_its_value_is_2(jobtui: Jobtui) -> None:
    ran = jobtui("list", "--filter", "--json")
    assert (ran.code, ran.out) == (2, "")


def test_raw_and_json_together_are_json_whatever_the_service_said(
    jobtui: Jobtui, tracked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert jobtui("show", tracked[0], "--raw", "--json").json["status"]
    print_raw(b"<html>\x1b", as_json=True)
    assert json.loads(capsys.readouterr().out) == "<html>\x1b"
    print_raw(b'{"cut": ', as_json=True)
    assert json.loads(capsys.readouterr().out) == '{"cut": '
