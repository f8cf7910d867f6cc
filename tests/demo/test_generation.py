"""The demo's gateway, asked as the vendors' clients ask it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import parse_qsl, urlsplit

import pytest

from jobtui.core.states import JobState
from jobtui.demo.cdn import CdnService
from jobtui.demo.generation import GenerationService, Quirks
from jobtui.demo.generation.service import TOKEN
from jobtui.demo.generation.tasks import Phase, Vendor, new_id, vendor_of
from jobtui.demo.http_server import Request, Response
from jobtui.demo.links import LinkSigner
from jobtui.demo.media import medium
from jobtui.demo.world import Plan
from tests.demo.fake_clock import FakeClock

ORDERS: dict[str, dict[str, object]] = {
    "/task/minimax/v1/video_generation": {"model": "MiniMax-Hailuo-02", "prompt": "waves"},
    "/v1/video_generation": {"model": "T2V-01", "prompt": "waves"},
    "/task/minimax/v2/video_generation": {"model": "MiniMax-H3", "content": [{"type": "text", "text": "waves"}]},
    "/v2/video_generation": {"model": "MiniMax-H3", "content": [{"type": "image_url", "role": "first_frame"}]},
    "/task/jimeng/text2video": {"prompt": "waves"},
    "/task/jimeng/image2video": {"prompt": "waves", "binary_data_base64": ["iVBORw0KGgo="]},
    "/task/vidu/text2video": {"model": "viduq1", "prompt": "waves"},
    "/task/vidu/img2video": {"model": "viduq1", "images": ["https://pictures.example/1.png"]},
    "/task/vidu/reference2video": {"model": "viduq1", "images": ["https://pictures.example/1.png"]},
    "/task/volces/seedance": {"model": "seedance-x", "content": [{"type": "text", "text": "waves"}]},
}
"""A good order for each path whose tasks `/task/{id}` answers for."""


def ten_second_plan(random: Random, created_at: datetime) -> Plan:
    """Four seconds in the queue, six of work."""
    return Plan(created_at, timedelta(seconds=4), timedelta(seconds=6), JobState.SUCCEEDED, random.getrandbits(32))


class Gateway:
    """The service, its download host and a clock to move them."""

    def __init__(self, quirks: Quirks | None = None, arrival_gap: timedelta | None = None) -> None:
        self.clock = FakeClock()
        links = LinkSigner(self.clock, secret=b"shared")
        self.cdn = CdnService(links)
        self.service = GenerationService(
            self.clock, links, "http://127.0.0.1:9", arrival_gap=arrival_gap, draw=ten_second_plan, quirks=quirks
        )

    async def call(self, method: str, path: str, body: object = None, token: str | None = TOKEN) -> Response:
        target = urlsplit(path)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        segments = tuple(piece for piece in target.path.split("/") if piece)
        return await self.service.handle(
            Request(method, target.path, segments, dict(parse_qsl(target.query)), headers, content)
        )

    async def get(self, path: str) -> dict[str, object]:
        answer = await self.call("GET", path)
        assert answer.status == 200
        return read(answer)

    async def submit(self, path: str, **changes: object) -> str:
        answer = await self.call("POST", path, ORDERS.get(path, {}) | changes)
        assert answer.status == 200
        body = read(answer)
        found = body.get("task_id") or body.get("id") or at(body, "data", "task_id")
        assert isinstance(found, str)
        return found

    async def download(self, url: object) -> Response:
        assert isinstance(url, str)
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == "http://127.0.0.1:9"
        segments = tuple(parts.path.strip("/").split("/"))
        return await self.cdn.handle(Request("GET", parts.path, segments, dict(parse_qsl(parts.query))))

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)


def read(answer: Response) -> dict[str, object]:
    body = json.loads(answer.body)
    assert isinstance(body, dict)
    return body


def at(value: object, *steps: str | int) -> object:
    """The value at the end of a path into JSON."""
    for step in steps:
        assert isinstance(value, dict | list)
        value = value[step]  # type: ignore[index]
    return value


STATUS_WORD: dict[Vendor, Callable[[dict[str, object]], object]] = {
    Vendor.MINIMAX: lambda body: body["status"],
    Vendor.MINIMAX_V2: lambda body: at(body, "task", "status"),
    Vendor.JIMENG: lambda body: at(body, "data", "status"),
    Vendor.VIDU: lambda body: body["state"],
    Vendor.SEEDANCE: lambda body: body["status"],
}
WORDS = {
    Vendor.MINIMAX: ["Preparing", "Queueing", "Processing", "Success"],
    Vendor.MINIMAX_V2: ["queued", "queued", "running", "succeeded"],
    Vendor.JIMENG: ["in_queue", "in_queue", "generating", "done"],
    Vendor.VIDU: ["created", "queueing", "processing", "success"],
    Vendor.SEEDANCE: ["queued", "queued", "running", "succeeded"],
}


@pytest.mark.parametrize("path", ORDERS)
async def test_one_path_tells_of_every_task_in_its_own_vendors_words(path: str) -> None:
    gateway = Gateway()
    task_id = await gateway.submit(path)
    vendor = vendor_of(task_id)
    assert vendor is not None
    seen = []
    for pause_s in (1, 2, 2, 6):
        gateway.wait(pause_s)
        seen.append(STATUS_WORD[vendor](await gateway.get(f"/task/{task_id}")))
    assert seen == WORDS[vendor]


async def test_a_minimax_result_is_a_file_id_and_then_a_fresh_link() -> None:
    gateway = Gateway()
    task_id = await gateway.submit("/task/minimax/v1/video_generation")
    assert (await gateway.get(f"/task/{task_id}"))["file_id"] == ""
    gateway.wait(20)
    file_id = (await gateway.get(f"/task/{task_id}"))["file_id"]
    assert isinstance(file_id, str)
    first = await gateway.get(f"/task/minimax/v1/files/retrieve?file_id={file_id}")
    assert at(first, "file", "file_id") == int(file_id) > 2**53
    assert at(first, "file", "bytes") == 0
    gateway.wait(3601)
    assert (await gateway.download(at(first, "file", "download_url"))).status == 403
    second = await gateway.get(f"/v1/files/retrieve?file_id={file_id}")
    answer = await gateway.download(at(second, "file", "download_url"))
    assert answer.body == medium("sunrise.mp4").content
    assert ("Content-Disposition", 'attachment; filename="output.mp4"') in answer.headers


async def test_a_file_id_is_not_known_before_the_task_is_done() -> None:
    path = "/task/minimax/v1/video_generation"
    ahead, gateway = Gateway(Quirks(steps=(Phase.DONE,))), Gateway()
    file_id = (await ahead.get(f"/task/{await ahead.submit(path)}"))["file_id"]
    task_id = await gateway.submit(path)
    for call in ("retrieve", "retrieve_content"):
        body = await gateway.get(f"/v1/files/{call}?file_id={file_id}")
        assert (at(body, "base_resp", "status_code"), "file" in body) == (2013, False)
    gateway.wait(20)
    assert (await gateway.get(f"/task/{task_id}"))["file_id"] == file_id
    assert "file" in await gateway.get(f"/v1/files/retrieve?file_id={file_id}")


async def test_a_file_is_there_as_soon_as_its_task_was_told_to_be_done() -> None:
    gateway = Gateway(Quirks(steps=(Phase.RUNNING, Phase.DONE, Phase.RUNNING)))
    task_id = await gateway.submit("/task/minimax/v1/video_generation")
    assert (await gateway.get(f"/task/{task_id}"))["status"] == "Processing"
    path = f"/v1/files/retrieve?file_id={(await gateway.get(f'/task/{task_id}'))['file_id']}"
    assert "file" in await gateway.get(path)
    assert (await gateway.get(f"/task/{task_id}"))["status"] == "Processing"
    assert "file" not in await gateway.get(path)


async def test_minimax_gives_a_file_out_itself_on_its_own_path() -> None:
    gateway = Gateway(Quirks(retrieve_codes=(0, 1002)))
    task_id = await gateway.submit("/v1/video_generation")
    gateway.wait(20)
    path = f"/v1/files/retrieve_content?file_id={(await gateway.get(f'/task/{task_id}'))['file_id']}"
    answer = await gateway.call("GET", path)
    assert (answer.status, answer.body) == (200, medium("sunrise.mp4").content)
    assert at(await gateway.get(path), "base_resp", "status_code") == 1002
    assert at(read(await gateway.call("GET", path, token="sk-wrong")), "base_resp", "status_code") == 1004


async def test_minimax_v2_keeps_everything_inside_the_task() -> None:
    gateway = Gateway()
    task_id = await gateway.submit("/v2/video_generation", duration=None, resolution="", ratio="16:9")
    waiting = at(await gateway.get(f"/v2/query/video_generation/{task_id}"), "task")
    assert isinstance(waiting, dict)
    assert (waiting["id"], waiting["model"], waiting["usage"]) == (task_id, "MiniMax-H3", {})
    assert (waiting["resolution"], waiting["duration"], waiting["ratio"]) == ("768P", 5, "16:9")
    gateway.wait(30)
    done = at(await gateway.get(f"/task/{task_id}"), "task")
    assert (at(done, "updated_at"), at(done, "created_at")) == (1795338010, 1795338000)
    assert at(done, "usage") == {"total_seconds": 5, "output_seconds": 5}
    assert (await gateway.download(at(done, "content", "url"))).body == medium("sunrise.mp4").content


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("blood", {"code": "1027", "message": "output sensitive"}),
        ("glitch", {"code": "1000", "message": "unknown error"}),
    ],
)
async def test_a_failed_minimax_v2_task_carries_its_error(word: str, error: dict[str, str]) -> None:
    gateway = Gateway()
    content = [{"type": "text", "text": f"a {word}"}]
    task_id = await gateway.submit("/task/minimax/v2/video_generation", content=content)
    gateway.wait(20)
    task = at(await gateway.get(f"/task/{task_id}"), "task")
    assert (at(task, "status"), at(task, "error")) == ("failed", error)


async def test_minimax_v2_lists_takes_back_and_deletes_tasks() -> None:
    gateway = Gateway()
    path = "/v2/video_generation"
    first, second, third = [await gateway.submit(path) for _ in range(3)]
    back = read(await gateway.call("DELETE", f"{path}/{second}"))
    assert back == {"task_id": second, "action": "cancelled", "status": "cancelled"}
    gateway.wait(5)
    refused = await gateway.call("DELETE", f"{path}/{first}")
    assert (refused.status, at(read(refused), "error", "http_code")) == (400, "400")
    assert (await gateway.call("DELETE", f"{path}/{second}")).status == 400
    gateway.wait(20)
    assert at(await gateway.get(f"/task/{second}"), "task", "status") == "cancelled"
    listed = set()
    for number in (1, 2):
        page = await gateway.get(f"/v2/query/video_generation?page_num={number}&page_size=2")
        assert page["total"] == 3
        listed |= set(re.findall(r'"id": "(\d+)"', json.dumps(page["items"])))
    assert listed == {first, second, third}
    found = await gateway.get("/v2/query/video_generation?filter.status=cancelled&page_num=x")
    assert (found["total"], at(found, "items", 0, "id")) == (1, second)
    assert read(await gateway.call("DELETE", f"{path}/{first}"))["action"] == "deleted"
    assert (await gateway.call("GET", f"/task/{first}")).status == 500
    gateway.wait(7 * 24 * 3600)
    assert (await gateway.call("GET", f"/task/{third}")).status == 500
    assert (await gateway.get("/v2/query/video_generation"))["total"] == 0


async def test_minimax_v2_names_its_errors_and_sends_their_http_code() -> None:
    gateway = Gateway()
    unknown = await gateway.call("GET", "/task/4020000000000000")
    assert unknown.status == 500
    assert read(unknown)["type"] == "error"
    assert at(read(unknown), "error") == {
        "type": "server_error",
        "message": "record not found",
        "http_code": "500",
    }
    stranger = await gateway.call("GET", "/v2/query/video_generation/402", token="sk-wrong")
    assert (stranger.status, at(read(stranger), "error", "type")) == (401, "authorized_error")


async def test_minimax_answers_on_its_own_paths_too() -> None:
    gateway = Gateway()
    task_id = await gateway.submit("/v1/video_generation")
    body = await gateway.get(f"/v1/query/video_generation?task_id={task_id}")
    assert (body["task_id"], body["status"]) == (task_id, "Preparing")


async def test_jimeng_links_pictures_or_sends_them_as_base64() -> None:
    gateway = Gateway(Quirks(base64_size_bytes=200_000))
    linked = await gateway.submit("/task/jimeng/text2video", req_key="jimeng_t2i_v31", return_url=True)
    embedded = await gateway.submit("/task/jimeng/text2video", req_key="jimeng_t2i_v31")
    gateway.wait(20)
    data = (await gateway.get(f"/task/{linked}"))["data"]
    assert (at(data, "video_url"), at(data, "binary_data_base64")) == ("", [])
    assert (await gateway.download(at(data, "image_urls", 1))).body == medium("square.png").content
    data = (await gateway.get(f"/task/{embedded}"))["data"]
    assert (at(data, "video_url"), at(data, "image_urls")) == ("", None)
    picture = base64.b64decode(str(at(data, "binary_data_base64", 0)))
    assert picture.startswith(b"\x89PNG")
    assert len(picture) >= 200_000


async def test_a_finished_jimeng_task_has_json_inside_a_string() -> None:
    gateway = Gateway()
    task_id = await gateway.submit("/task/jimeng/text2video")
    assert at(await gateway.get(f"/task/{task_id}"), "data", "resp_data") == ""
    gateway.wait(20)
    body = await gateway.get(f"/task/{task_id}")
    assert json.loads(str(at(body, "data", "resp_data")))["infer_ctx"]["steps"] == 4
    assert (body["code"], body["status"]) == (10000, 10000)
    assert str(body["time_elapsed"]).endswith("ms")
    assert (await gateway.download(at(body, "data", "video_url"))).status == 200


async def test_jimeng_forgets_a_task_after_its_record_lifetime() -> None:
    gateway = Gateway()
    task_id = await gateway.submit("/task/jimeng/text2video")
    gateway.wait(10 + 12 * 3600 - 1)
    assert at(await gateway.get(f"/task/{task_id}"), "data", "status") == "done"
    gateway.wait(1)
    assert at(await gateway.get(f"/task/{task_id}"), "data", "status") == "not_found"


async def test_quirk_steps_let_a_jimeng_task_expire_whatever_the_time() -> None:
    gateway = Gateway(Quirks(steps=(Phase.DONE, Phase.EXPIRED)))
    task_id = await gateway.submit("/task/jimeng/text2video")
    gateway.wait(13 * 3600)
    assert at(await gateway.get(f"/task/{task_id}"), "data", "status") == "done"
    assert (await gateway.get(f"/task/{task_id}"))["data"] == {"status": "expired"}


async def test_links_in_a_body_stay_the_same_until_they_end() -> None:
    gateway = Gateway()
    task_id = await gateway.submit("/task/vidu/text2video")
    gateway.wait(10)
    first = at(await gateway.get(f"/task/{task_id}"), "creations", 0, "url")
    gateway.wait(3599)
    assert at(await gateway.get(f"/task/{task_id}"), "creations", 0, "url") == first
    assert (await gateway.download(first)).status == 200
    gateway.wait(1)
    assert (await gateway.download(first)).status == 403
    assert (await gateway.download(at(await gateway.get(f"/task/{task_id}"), "creations", 0, "url"))).status == 200


@pytest.mark.parametrize(
    ("path", "prompt", "marks"),
    [
        ("/task/minimax/v1/video_generation", "blood moon", ['"status":"Fail"', '"status_code":1027', '"file_id":""']),
        ("/task/minimax/v1/video_generation", "a glitch", ['"status":"Fail"', '"status_code":0', '"file_id":""']),
        ("/task/jimeng/text2video", "blood moon", ['"code":50511', '"data":null', '"status":50511']),
        ("/task/jimeng/text2video", "a glitch", ['"code":50516', '"data":null']),
        ("/task/vidu/text2video", "blood moon", ['"state":"failed"', '"err_code":"CreationPolicy', '"creations":[]']),
    ],
)
async def test_a_failed_task_says_so_with_http_200(path: str, prompt: str, marks: list[str]) -> None:
    gateway = Gateway()
    task_id = await gateway.submit(path, prompt=prompt)
    gateway.wait(20)
    answer = await gateway.call("GET", f"/task/{task_id}")
    assert answer.status == 200
    assert [mark for mark in marks if mark not in answer.body.decode()] == []


async def test_a_failed_seedance_task_carries_its_error() -> None:
    gateway = Gateway()
    content = [{"type": "text", "text": "blood moon"}]
    task_id = await gateway.submit("/task/volces/seedance", content=content)
    gateway.wait(20)
    body = await gateway.get(f"/task/{task_id}")
    assert (body["status"], "content" in body) == ("failed", False)
    assert at(body, "error", "code") == "OutputVideoSensitiveContentDetected"


@pytest.mark.parametrize(
    ("path", "changes", "code"),
    [
        ("/task/minimax/v1/video_generation", {"prompt": ""}, 2013),
        ("/task/minimax/v1/video_generation", {"prompt": "x" * 2001}, 2013),
        ("/task/minimax/v1/video_generation", {"model": "unheard-of"}, 2013),
        ("/task/minimax/v1/video_generation", {"duration": 10, "resolution": "1080P"}, 2013),
        ("/task/minimax/v1/video_generation", {"duration": [6]}, 2013),
        ("/task/minimax/v1/video_generation", {"resolution": ["768P"]}, 2013),
        ("/task/minimax/v1/video_generation", {"model": "I2V-01"}, 2013),
        ("/task/minimax/v1/video_generation", {"first_frame_image": "picture.png"}, 2013),
        ("/task/minimax/v1/video_generation", {"prompt": "Gore!"}, 1026),
        ("/task/minimax/v1/video_generation", {"model": None}, 2013),
        ("/task/minimax/v1/video_generation", {"prompt": None, "first_frame_image": ""}, 2013),
        ("/task/minimax/v1/video_generation", {"model": "I2V-01", "first_frame_image": None}, 2013),
        ("/task/minimax/v2/video_generation", {"model": "MiniMax-Hailuo-02"}, "bad_request_error"),
        ("/task/minimax/v2/video_generation", {"content": []}, "bad_request_error"),
        ("/task/minimax/v2/video_generation", {"content": [{"type": "text", "text": ""}]}, "bad_request_error"),
        ("/task/minimax/v2/video_generation", {"duration": 60}, "bad_request_error"),
        ("/task/minimax/v2/video_generation", {"resolution": "4K"}, "bad_request_error"),
        (
            "/task/minimax/v2/video_generation",
            {"content": [{"type": "text", "text": "gore"}]},
            "unprocessable_entity_error",
        ),
        ("/task/jimeng/text2video", {"prompt": " "}, 50412),
        ("/task/jimeng/text2video", {"prompt": "x" * 151}, 50412),
        ("/task/jimeng/text2video", {"aspect_ratio": "2:1"}, 50412),
        ("/task/jimeng/text2video", {"aspect_ratio": ["1:1"]}, 50412),
        ("/task/jimeng/text2video", {"prompt": "forbidden"}, 50413),
        ("/task/jimeng/image2video", {"binary_data_base64": ["?"]}, 50411),
        ("/task/jimeng/image2video", {"binary_data_base64": ["\u00e9"]}, 50411),
        ("/task/jimeng/image2video", {"binary_data_base64": []}, 50411),
        ("/task/vidu/text2video", {"prompt": ""}, 400),
        ("/task/vidu/img2video", {"images": []}, 400),
        ("/task/volces/seedance", {"content": []}, "MissingParameter"),
        ("/task/volces/seedance", {"content": [{"type": "text", "text": ""}]}, "InvalidParameter"),
        (
            "/task/volces/seedance",
            {"content": [{"type": "text", "text": "nsfw"}]},
            "InputTextSensitiveContentDetected",
        ),
        ("/kling/v1/videos/text2video", {}, 1201),
        ("/kling/v1/videos/text2video", {"prompt": "gore"}, 1301),
        ("/v1/videos", {}, "missing_required_parameter"),
        ("/v1/videos", {"prompt": "waves", "seconds": "5"}, "invalid_value"),
        ("/v1/videos", {"prompt": "gore"}, "moderation_blocked"),
    ],
)
async def test_a_bad_order_gets_its_vendors_code_and_makes_no_task(
    path: str, changes: dict[str, object], code: object
) -> None:
    gateway = Gateway()
    before = gateway.service.known_ids
    answer = await gateway.call("POST", path, ORDERS.get(path, {}) | changes)
    body = read(answer)
    places = (body.get("code"), *(part.get(key) for part in body.values() if isinstance(part, dict) for key in part))
    assert code in places
    status = 422 if code == "unprocessable_entity_error" else 400
    assert answer.status == (200 if path.startswith(("/task/minimax/v1", "/task/jimeng")) else status)
    assert gateway.service.known_ids == before


@pytest.mark.parametrize("absent", [None, ""])
async def test_null_and_empty_fields_of_an_order_to_minimax_are_as_good_as_none(absent: object) -> None:
    fields = dict.fromkeys(("duration", "resolution", "first_frame_image"), absent)
    assert await Gateway().submit("/v1/video_generation", **fields)
    frame: dict[str, object] = {"model": "I2V-01", "prompt": absent, "first_frame_image": "https://pictures.example/1"}
    assert await Gateway().submit("/v1/video_generation", **frame)


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("/task/minimax/v1/video_generation", (1042, 2038)),
        ("/task/jimeng/text2video", (50512, *range(50516, 50523))),
    ],
)
async def test_every_documented_code_has_words_of_its_own(path: str, codes: tuple[int, ...]) -> None:
    gateway = Gateway(Quirks(submit_codes=codes))
    for code in codes:
        body = read(await gateway.call("POST", path, ORDERS[path]))
        words = at(body, "base_resp", "status_msg") if "base_resp" in body else body["message"]
        assert words
        assert words not in ("unknown error", "Internal Error"), code


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"[" * 100_000])
async def test_a_body_that_is_no_object_is_an_empty_order(content: bytes) -> None:
    answer = await Gateway().call("POST", "/task/minimax/v1/video_generation", content)
    assert at(read(answer), "base_resp", "status_code") == 2013


async def test_half_a_surrogate_pair_in_a_prompt_does_no_harm() -> None:
    answer = await Gateway().call("POST", "/v1/videos", b'{"prompt":"wave \\ud83c"}')
    assert read(answer)["prompt"] == "wave ?"


@pytest.mark.parametrize("token", [None, "", "sk-wrong", TOKEN + " "])
async def test_nothing_is_told_without_the_token(token: str | None) -> None:
    gateway = Gateway()
    answer = await gateway.call("GET", f"/task/{gateway.service.known_ids[0]}", token=token)
    assert answer.status == 401
    error = at(read(answer), "error")
    assert isinstance(error, dict)
    assert {"message", "type", "code"} <= set(error)
    own_path = await gateway.call("GET", "/v1/query/video_generation?task_id=1", token=token)
    assert (own_path.status, at(read(own_path), "base_resp", "status_code")) == (200, 1004)


async def test_an_unknown_id_is_answered_as_the_vendor_of_its_form_would() -> None:
    gateway = Gateway()
    assert at(await gateway.get("/task/314000000000000"), "base_resp", "status_code") == 2013
    assert at(await gateway.get("/task/10000000000000000000"), "data", "status") == "not_found"
    for task_id in ("880000000000000000", "cgt-20261122090000-aaaaa", "nonsense", "video_0", "\u0661" * 15):
        assert (await gateway.call("GET", f"/task/{task_id}")).status == 404


async def test_a_kling_task_is_known_only_under_its_own_action() -> None:
    gateway = Gateway()
    body = read(await gateway.call("POST", "/kling/v1/videos/text2video", {"prompt": "waves"}))
    task_id = at(body, "data", "task_id")
    assert at(body, "data", "task_status") == "submitted"
    gateway.wait(20)
    done = await gateway.get(f"/kling/v1/videos/text2video/{task_id}")
    assert (at(done, "data", "task_status"), at(done, "data", "created_at")) == ("succeed", 1795338000000)
    assert (await gateway.download(at(done, "data", "task_result", "videos", 0, "url"))).status == 200
    assert (await gateway.call("GET", f"/kling/v1/videos/effects/{task_id}")).status == 404
    assert (await gateway.call("GET", f"/task/{task_id}")).status == 404


async def test_openai_videos_are_made_from_a_form_shown_listed_fetched_and_deleted() -> None:
    gateway = Gateway()
    form = b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nw\xc3\xa4ves\r\n--b--\r\n'
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "multipart/form-data; boundary=b"}
    made = await gateway.service.handle(Request("POST", "/v1/videos", ("v1", "videos"), {}, headers, form))
    video = read(made)
    assert (video["status"], video["progress"], video["prompt"]) == ("queued", 0, "wäves")
    assert (await gateway.call("GET", f"/v1/videos/{video['id']}/content")).status == 404
    gateway.wait(7)
    progress = (await gateway.get(f"/v1/videos/{video['id']}"))["progress"]
    assert isinstance(progress, int)
    assert 0 < progress < 100
    gateway.wait(7)
    done = await gateway.get(f"/v1/videos/{video['id']}")
    assert (done["status"], done["progress"], done["error"]) == ("completed", 100, None)
    content = await gateway.call("GET", f"/v1/videos/{video['id']}/content")
    assert content.body == medium("sunrise.mp4").content
    another = read(await gateway.call("POST", "/v1/videos", {"prompt": "hills"}))
    page = await gateway.get("/v1/videos?limit=1")
    assert (page["first_id"], page["has_more"]) == (another["id"], True)
    rest = await gateway.get(f"/v1/videos?after={another['id']}")
    assert (rest["last_id"], rest["has_more"]) == (video["id"], False)
    assert read(await gateway.call("DELETE", f"/v1/videos/{video['id']}"))["deleted"] is True
    assert (await gateway.call("GET", f"/v1/videos/{video['id']}")).status == 404


async def test_what_the_gateway_does_not_have_is_an_error_of_its_own() -> None:
    gateway = Gateway()
    task_id = gateway.service.known_ids[0]
    for method, path in (("DELETE", f"/task/{task_id}"), ("GET", "/"), ("GET", "/task"), ("POST", "/task/jimeng/x")):
        answer = await gateway.call(method, path)
        assert (answer.status, "Invalid URL" in str(at(read(answer), "error", "message"))) == (404, True)


async def test_the_demo_opens_with_tasks_of_every_vendor_result_and_end() -> None:
    gateway = Gateway()
    found = [await gateway.get(f"/task/{task_id}") for task_id in gateway.service.known_ids]
    text = json.dumps(found)
    assert 8 <= len(found) <= 12
    for mark in ('"Success"', '"Processing"', '"in_queue"', '"running"', "1027", "50511", "image_urls", "creations"):
        assert mark in text
    assert any(at(body, "data", "binary_data_base64") for body in found if body.get("data"))
    assert len({len(task_id) for task_id in gateway.service.known_ids if task_id.isdecimal()}) == 3


async def test_an_adopted_minimax_v2_task_is_one_by_its_looks() -> None:
    gateway = Gateway()
    gateway.service.adopt(["4020000000000001"])
    task = at(await gateway.get("/task/4020000000000001"), "task")
    assert (at(task, "model"), at(task, "resolution"), at(task, "ratio")) == ("MiniMax-H3", "768P", "16:9")


async def test_tasks_of_others_appear_by_themselves_now_and_then() -> None:
    gateway = Gateway(arrival_gap=timedelta(seconds=60))
    before = gateway.service.known_ids
    gateway.wait(600)
    after = gateway.service.known_ids
    assert set(before) < set(after)
    assert 6 <= len(after) - len(before) <= 20
    gateway.wait(30 * 24 * 3600)
    assert len(gateway.service.known_ids) - len(after) <= 130


async def test_two_demos_with_one_seed_are_alike() -> None:
    assert Gateway().service.known_ids == Gateway().service.known_ids


async def test_tasks_of_an_earlier_demo_are_known_again_and_the_new_ones_are_others() -> None:
    earlier = Gateway().service.known_ids
    gateway = Gateway()
    gateway.service.adopt([*earlier, "nonsense", ""])
    assert set(earlier) < set(gateway.service.known_ids)
    assert len(gateway.service.known_ids) == 2 * len(earlier)
    words = {
        STATUS_WORD[vendor](body)
        for task_id in earlier
        if (vendor := vendor_of(task_id))
        and (body := await gateway.get(f"/task/{task_id}")).get("code") not in (50511, 50516)
    }
    assert words <= {"Success", "Fail", "done", "success", "failed", "succeeded"}


async def test_adopted_tasks_answer_on_their_vendors_own_paths() -> None:
    gateway = Gateway()
    gateway.service.adopt(["kling/v1/videos/effects/Cj1", "v1/videos/video_1"])
    assert at(await gateway.get("/kling/v1/videos/effects/Cj1"), "data", "task_id") == "Cj1"
    assert (await gateway.get("/v1/videos/video_1"))["status"] in ("completed", "failed")


@pytest.mark.parametrize("vendor", Vendor)
def test_an_id_tells_whose_it_is(vendor: Vendor) -> None:
    random = Random(1)
    made = {new_id(vendor, random, datetime(2026, 11, 22, tzinfo=UTC)) for _ in range(200)}
    assert len(made) == 200
    assert {vendor_of(task_id) for task_id in made} == {vendor}
    if vendor is Vendor.JIMENG:
        assert all(int(task_id) > 2**63 for task_id in made)


async def test_quirk_the_plain_envelope_spells_code_and_status_otherwise() -> None:
    gateway = Gateway(Quirks(plain_envelope=True))
    good = await gateway.submit("/task/jimeng/text2video")
    bad = await gateway.submit("/task/jimeng/text2video", prompt="blood moon")
    running = await gateway.get(f"/task/{good}")
    gateway.wait(20)
    bodies = (running, await gateway.get(f"/task/{good}"), await gateway.get(f"/task/{bad}"))
    assert [body["code"] for body in bodies] == [0, 0, 0]
    assert [at(body, "data", "status") for body in bodies] == ["Processing", "Success", "Failed"]


async def test_quirk_errors_may_come_with_their_own_http_code() -> None:
    gateway = Gateway(Quirks(real_http_codes=True, query_codes=(50430, 50500, 10000)))
    task_id = await gateway.submit("/task/jimeng/text2video", prompt="blood moon")
    gateway.wait(20)
    assert [(await gateway.call("GET", f"/task/{task_id}")).status for _ in range(4)] == [429, 500, 400, 400]


async def test_quirk_steps_go_by_looks_instead_of_time() -> None:
    gateway = Gateway(Quirks(steps=(Phase.RUNNING, Phase.QUEUED, Phase.EXPIRED), respell=str.upper))
    task_id = await gateway.submit("/v1/video_generation")
    seen = [await gateway.get(f"/task/{task_id}") for _ in range(4)]
    assert [body["status"] for body in seen] == ["PROCESSING", "QUEUEING", "", ""]
    assert at(seen[-1], "base_resp", "status_code") == 2013


async def test_quirk_codes_spoil_the_first_calls_of_each_kind() -> None:
    gateway = Gateway(Quirks(submit_codes=(1000, 0), query_codes=(0, 1033), retrieve_codes=(1002,)))
    path = "/v1/video_generation"
    refused = read(await gateway.call("POST", path, ORDERS[path]))
    assert (refused["task_id"], at(refused, "base_resp", "status_code")) == ("", 1000)
    task_id = await gateway.submit(path)
    gateway.wait(20)
    good, spoilt = await gateway.get(f"/task/{task_id}"), await gateway.get(f"/task/{task_id}")
    assert (good["status"], spoilt["status"], at(spoilt, "base_resp", "status_code")) == ("Success", "", 1033)
    retrieve = f"/v1/files/retrieve?file_id={good['file_id']}"
    assert [at(await gateway.get(retrieve), "base_resp", "status_code") for _ in range(2)] == [1002, 0]


async def test_quirk_every_third_call_is_one_too_many() -> None:
    gateway = Gateway(Quirks(busy_every=3, retry_after_s=5))
    answers = [await gateway.call("GET", f"/task/{gateway.service.known_ids[0]}") for _ in range(6)]
    assert [answer.status for answer in answers] == [200, 200, 429, 200, 200, 429]
    assert ("Retry-After", "5") in answers[2].headers


async def test_quirk_extra_fields_other_content_type_backup_links_and_redirects() -> None:
    quirks = Quirks(
        extra_fields={"trace": {"hop": 1}}, content_type="text/plain", backup_link=True, redirect_links=True
    )
    gateway = Gateway(quirks)
    task_id = await gateway.submit("/v1/video_generation")
    gateway.wait(20)
    answer = await gateway.call("GET", f"/task/{task_id}")
    assert (read(answer)["trace"], answer.headers[0]) == ({"hop": 1}, ("Content-Type", "text/plain"))
    file = (await gateway.get(f"/v1/files/retrieve?file_id={read(answer)['file_id']}"))["file"]
    for key in ("download_url", "backup_download_url"):
        assert (await gateway.download(at(file, key))).status == 302


async def test_faults_stand_in_front_of_everything() -> None:
    gateway = Gateway()
    gateway.service.faults.fail_next(502, headers=(("Content-Type", "text/html"),), body=b"<h1>Bad Gateway</h1>")
    task = f"/task/{gateway.service.known_ids[0]}"
    assert [(await gateway.call("GET", task)).status for _ in range(2)] == [502, 200]
