from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest

from jobtui.core.states import JobState
from jobtui.demo.evo import CLIENT_ID, CLIENT_SECRET, TOKEN, EvoService, Spelling
from jobtui.demo.evo_schemas import invalid_parameters
from jobtui.demo.evo_tasks import OBJECTS_PATH, OPENING_TASKS, ORG_ID, TASKS
from jobtui.demo.http_server import Response
from tests.demo.calls import Json, call, header, read, steady
from tests.demo.fake_clock import FakeClock

ORG = f"/compute/orgs/{ORG_ID}"
OPT_IN = {"api-preview": "opt-in"}
DECLUSTER = f"{ORG}/geostatistics/declustering"
SOURCE = {"source": "https://au.example/objects/1"}


class Caller:
    """Someone with a token, and a service whose jobs have no chance in them."""

    def __init__(self, ending: JobState = JobState.SUCCEEDED, token: str = TOKEN, **switches: Json) -> None:
        self.clock = FakeClock()
        self.service = EvoService(self.clock, **{"jobs": 0, "draw": steady(ending), **switches})
        self.token = token

    async def ask(self, method: str, path: str, body: object = b"", headers: dict[str, str] | None = None) -> Response:
        return await call(
            self.service, method, path, body, {"authorization": f"Bearer {self.token}", **(headers or {})}
        )

    async def submit(self, path: str = DECLUSTER, parameters: object = SOURCE) -> str:
        answer = await self.ask("POST", path, {"parameters": parameters}, OPT_IN)
        assert answer.status == 303
        assert answer.body == b""
        location = header(answer, "Location")
        assert location.startswith("http://127.0.0.1:7002/compute/orgs/")
        return location.removeprefix("http://127.0.0.1:7002").removesuffix("/status")

    async def sign_in(self, **form: str) -> Response:
        filled = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | form
        return await call(self.service, "POST", "/connect/token", urlencode(filled).encode())


def problem(response: Response) -> tuple[int, str]:
    body = read(response)
    assert header(response, "Content-Type") == "application/problem+json"
    assert body["status"] == response.status
    assert body["type"].startswith("https://seequent.com/error-codes/")
    return response.status, body["title"]


async def test_a_job_goes_from_requested_to_its_results() -> None:
    caller = Caller()
    job = await caller.submit()
    seen: list[tuple[int, str, int, str]] = []
    for _ in range(23):
        answer = await caller.ask("GET", f"{job}/status")
        status = read(answer)
        assert status["error"] is None
        assert isinstance(status["progress"], int)
        link = "results" if answer.status == 200 else "cancel"
        assert status["links"] == {link: f"http://127.0.0.1:7002{job}"}
        if not seen or seen[-1][3] != status["message"]:
            seen.append((answer.status, status["status"], status["progress"], status["message"]))
        caller.clock.advance(2)
    assert [(code, word, message) for code, word, _, message in seen] == [
        (202, "requested", "Queued"),
        (202, "in progress", "Reading samples"),
        (202, "in progress", "Trying cell sizes"),
        (202, "in progress", "Writing weights"),
        (200, "succeeded", "Finished"),
    ]
    assert [percent for _, _, percent, _ in seen] == sorted(percent for _, _, percent, _ in seen)
    results = [await caller.ask("GET", job) for _ in range(2)]
    assert results[0].body == results[1].body
    assert read(results[0])["status"] == "succeeded"
    assert read(results[0])["results"]["message"] == "Declustering completed."


async def test_results_that_are_not_there_yet_are_202() -> None:
    caller = Caller()
    job = await caller.submit()
    answer = await caller.ask("GET", job)
    url = f"http://127.0.0.1:7002{job}"
    assert answer.status == 202
    assert read(answer) == {"status": "requested", "links": {"cancel": url, "status": f"{url}/status"}}


async def test_a_failed_job_is_an_answer_of_200_with_a_problem() -> None:
    caller = Caller(JobState.FAILED)
    job = await caller.submit()
    caller.clock.advance(60)
    status, result = await caller.ask("GET", f"{job}/status"), await caller.ask("GET", job)
    assert (status.status, read(status)["status"]) == (200, "failed")
    assert read(status)["error"] == read(result)["error"]
    assert read(result)["error"]["title"] == "Geoscience object not found"
    assert "results" not in read(result)


@pytest.mark.parametrize(
    ("spelling", "words"), [("double", ["cancelling", "cancelled"]), ("single", ["canceling", "canceled"])]
)
async def test_a_cancel_is_accepted_at_once_and_done_later(spelling: Spelling, words: list[str]) -> None:
    caller = Caller(spelling=spelling)
    job = await caller.submit()
    caller.clock.advance(10)
    answers = [await caller.ask("DELETE", job)]
    seen = [read(await caller.ask("GET", f"{job}/status"))["status"]]
    caller.clock.advance(2)
    seen.append(read(await caller.ask("GET", f"{job}/status"))["status"])
    answers.append(await caller.ask("DELETE", job))
    assert seen == words
    assert [(answer.status, answer.body) for answer in answers] == [(204, b"")] * 2
    assert read(await caller.ask("GET", job)) == {"status": words[1], "error": None}


async def test_a_preview_task_asks_for_the_opt_in_on_submit() -> None:
    caller = Caller()
    answer = await caller.ask("POST", DECLUSTER, {"parameters": SOURCE})
    assert problem(answer) == (400, "Preview API.")
    job = await caller.submit()
    assert (await caller.ask("GET", f"{job}/status")).status == 202
    plain = await caller.ask("POST", f"{ORG}/converter/obj-import", {"parameters": {"file": "https://x.example/a.obj"}})
    assert plain.status == 303


async def test_a_strict_service_asks_for_the_opt_in_everywhere() -> None:
    caller = Caller(preview_everywhere=True)
    job = await caller.submit()
    for method, path in (("GET", f"{job}/status"), ("GET", job), ("DELETE", job)):
        assert problem(await caller.ask(method, path)) == (400, "Preview API.")
        assert (await caller.ask(method, path, headers=OPT_IN)).status in (202, 204)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"parameters": {}}, ["source"]),
        ({}, ["parameters"]),
        ({"parameters": {"source": 3}}, ["source"]),
        ({"parameters": {"source": "", "power": -1}}, ["power", "source"]),
        ({"parameters": {"source": {}, "power": "steep"}}, ["power", "source.object"]),
    ],
)
async def test_wrong_parameters_are_named(body: object, names: list[str]) -> None:
    answer = await Caller().ask("POST", DECLUSTER, body, OPT_IN)
    assert problem(answer) == (422, "Invalid parameters")
    assert [fault["name"] for fault in read(answer)["invalid-params"]] == names


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000], ids=["open", "empty", "binary", "deep"])
async def test_a_body_that_is_no_json_is_a_bad_request(body: bytes) -> None:
    assert problem(await Caller().ask("POST", DECLUSTER, body, OPT_IN)) == (400, "Malformed body")


@pytest.mark.parametrize(
    "parameters",
    [{"source": "https://au.example/objects/1"}, {"source": {"object": "https://au.example/objects/1"}, "power": None}],
)
async def test_the_source_of_a_declustering_may_be_wrapped_or_bare(parameters: object) -> None:
    assert await Caller().submit(parameters=parameters)


def test_a_value_of_no_allowed_type_is_told_all_of_them() -> None:
    (fault,) = invalid_parameters({"type": ["number", "null"]}, "steep", "power")
    assert fault == {"name": "power", "reason": "must be of type number or null"}


def test_faults_deep_inside_are_named_by_their_path() -> None:
    kriging = TASKS[0].parameters
    target = {"object": "x", "attribute": {"operation": "replace"}}
    given = {"source": {"object": "x"}, "target": target, "variogram": "x", "neighborhood": {"max_samples": 0}}
    assert invalid_parameters(kriging, given) == [
        {"name": "neighborhood.max_samples", "reason": "must be >= 1"},
        {"name": "source.attribute", "reason": "is required"},
        {"name": "target.attribute.operation", "reason": "must be one of create, update"},
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/compute/orgs/7f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/tasks", 403),
        ("GET", "/compute/orgs/northern-pit/tasks", 404),
        ("POST", f"{ORG}/geostatistics/dowsing", 404),
        ("GET", f"{DECLUSTER}/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/status", 404),
        ("DELETE", f"{DECLUSTER}/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01", 404),
        ("GET", f"{DECLUSTER}/1/status", 404),
        ("PATCH", DECLUSTER, 404),
        ("GET", "/", 404),
    ],
)
async def test_what_is_not_there_or_not_allowed_is_a_problem(method: str, path: str, status: int) -> None:
    assert problem(await Caller().ask(method, path))[0] == status


async def test_a_job_is_only_known_under_its_own_task() -> None:
    caller = Caller()
    job_id = (await caller.submit()).rpartition("/")[2]
    assert problem(await caller.ask("GET", f"{ORG}/geostatistics/kriging/{job_id}/status"))[0] == 404


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nonsense", f"Basic {TOKEN}", TOKEN])
async def test_nothing_is_told_without_a_token(authorization: str) -> None:
    for path in (f"{ORG}/tasks", "/evo/identity/v2/discovery", "/nowhere"):
        answer = await call(Caller().service, "GET", path, headers={"authorization": authorization})
        assert problem(answer) == (401, "Unauthorized")


async def test_a_client_gets_a_token_that_expires() -> None:
    caller = Caller(token_lifetime=timedelta(minutes=5))
    issued = read(await caller.sign_in())
    assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 300)
    caller.token = issued["access_token"]
    assert (await caller.ask("GET", f"{ORG}/tasks")).status == 200
    caller.clock.advance(300)
    assert (await caller.ask("GET", f"{ORG}/tasks")).status == 401
    caller.token = read(await caller.sign_in())["access_token"]
    assert (await caller.ask("GET", f"{ORG}/tasks")).status == 200
    caller.service.revoke_tokens()
    assert (await caller.ask("GET", f"{ORG}/tasks")).status == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_refused_sign_in_answers_in_the_manner_of_oauth(form: dict[str, str], status: int, error: str) -> None:
    answer = await Caller().sign_in(**form)
    assert (answer.status, read(answer)["error"]) == (status, error)


async def test_discovery_leads_back_to_the_service() -> None:
    found = read(await Caller().ask("GET", "/evo/identity/v2/discovery?service=evo"))["discovery"]
    access = found["service_access"][0]
    hubs = {hub["code"]: hub["url"] for hub in found["hubs"]}
    assert (access["org_id"], hubs[access["hub_code"]]) == (ORG_ID, "http://127.0.0.1:7002")


@pytest.mark.parametrize(("query", "codes"), [("", ["evo"]), ("?service=file", ["file"]), ("?service=x", [])])
async def test_discovery_tells_of_the_service_that_was_asked_for(query: str, codes: list[str]) -> None:
    found = read(await Caller().ask("GET", f"/evo/identity/v2/discovery{query}"))["discovery"]
    assert [service["code"] for service in found["services"]] == found["service_access"][0]["services"] == codes


async def test_the_catalogue_lists_tasks_in_pages() -> None:
    caller = Caller()
    page = read(await caller.ask("GET", f"{ORG}/tasks?limit=2&offset=1"))
    assert (page["limit"], page["offset"], page["count"], page["total"]) == (2, 1, 2, len(TASKS))
    assert [task["key"] for task in page["results"]] == [task.key for task in TASKS[1:3]]
    assert "parameters" not in page["results"][0]
    assert problem(await caller.ask("GET", f"{ORG}/tasks?limit=many"))[0] == 422


async def test_the_catalogue_gives_schemas_when_asked_for_details() -> None:
    query = urlencode({"details": "true", "key": "geostatistics/kriging"})
    page = read(await Caller().ask("GET", f"{ORG}/tasks?{query}"))
    assert page["total"] == 1
    assert page["results"][0]["feature_flag"] == "geostatistics-preview"
    assert set(page["results"][0]["parameters"]["required"]) == {"source", "target", "variogram", "neighborhood"}


async def test_jobs_of_the_start_are_named_and_in_every_state() -> None:
    caller = Caller(jobs=9)
    words = [
        read(await caller.ask("GET", f"{ORG}/{native_id}/status"))["status"] for native_id in caller.service.known_ids
    ]
    assert len(words) == 9
    assert set(words) == {"requested", "in progress", "succeeded", "failed", "cancelled"}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.key)
async def test_every_task_ends_with_results_that_say_something(task: Json) -> None:
    caller = Caller(draw=None)
    ids = [f"{task.key}/{UUID(int=number, version=4)}" for number in range(40)]
    caller.service.adopt(ids)
    ends = set()
    for native_id in ids:
        body = read(await caller.ask("GET", f"{ORG}/{native_id}"))
        ends.add(body["status"])
        if body["status"] == "succeeded":
            assert "target" in body["results"] or len(body["results"]) > 1
            assert OBJECTS_PATH in str(body["results"])
        elif body["status"] == "failed":
            assert {"status", "type", "title", "detail"} <= body["error"].keys()
    assert {"succeeded", "failed"} <= ends


async def test_the_jobs_of_the_start_are_of_all_topics() -> None:
    ids = Caller(jobs=9).service.known_ids
    assert {native_id.rpartition("/")[0] for native_id in ids} == {task.key for task in OPENING_TASKS}
    assert {task.topic for task in OPENING_TASKS} == {task.topic for task in TASKS}


async def test_nobody_else_cancels_what_a_caller_submitted() -> None:
    caller = Caller(draw=None)
    jobs = [await caller.submit() for _ in range(60)]
    caller.clock.advance(3600)
    ends = {read(await caller.ask("GET", f"{job}/status"))["status"] for job in jobs}
    assert ends == {"succeeded", "failed"}


async def test_jobs_of_an_earlier_demo_are_known_again() -> None:
    caller = Caller()
    kept = f"geostatistics/kriging/{UUID(int=5, version=4)}"
    caller.service.adopt([kept, "geostatistics/dowsing/1", f"unheard/of/{UUID(int=6, version=4)}", ""])
    answer = await caller.ask("GET", f"{ORG}/{kept}/status")
    assert answer.status == 200
    caller.service.adopt([kept])
    assert (await caller.ask("GET", f"{ORG}/{kept}/status")).body == answer.body
