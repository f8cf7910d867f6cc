from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from jobtui.core.jobs import JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Result, Text
from jobtui.providers.bodies import kept_raw
from jobtui.providers.generation import wire
from jobtui.providers.generation.links import file_links, file_name_of, told_file_name
from jobtui.providers.generation.passing import PassingResults
from jobtui.providers.generation.results import (
    NO_RESULT,
    has_result,
    read_result,
    result_of_forgotten,
    type_of_file,
)
from jobtui.providers.generation.routes import Route
from jobtui.providers.generation.shapes import view_of
from tests.providers.generation import bodies

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ROUTE = Route("t1")
JOB_ID = JobId("media", "t1")


def result_of(body: JsonValue, route: Route = ROUTE, content_url: str = "") -> Result:
    view = view_of(body)
    job = wire.read_task(view, JOB_ID, route, NOW)
    return read_result(view, job, route, NOW, raw=b"raw", content_url=content_url)


def summary(artifacts: tuple[Artifact, ...]) -> list[tuple[str, str, str]]:
    return [(artifact.name, artifact.role, artifact.media_type) for artifact in artifacts]


def jimeng(**fields: JsonValue) -> JsonObject:
    data: JsonObject = {"status": "done", **fields}
    return {"code": 10000, "data": data, "message": "Success"}


def test_a_video_and_its_details_are_two_artifacts() -> None:
    result = result_of(bodies.JIMENG_DONE)
    assert summary(result.artifacts) == [
        ("t1.mp4", "video", "video/mp4"),
        ("t1-details.json", "details", "application/json"),
    ]
    video, details = result.artifacts
    assert video.content == RemoteFile("https://cdn.example/v/1.mp4?sig=abc", expires_at=NOW + timedelta(hours=1))
    assert details.content == Document({"seed": 7, "infer_ctx": {"steps": 4}})
    assert (result.warnings, result.error, result.raw) == ((), None, b"raw")


def test_pictures_in_base64_are_decoded_and_recognised() -> None:
    (artifact,) = result_of(bodies.JIMENG_BASE64).artifacts
    assert summary((artifact,)) == [("t1.png", "image", "image/png")]
    assert artifact.content == InlineFile(bodies.PNG)
    assert artifact.size_bytes == len(bodies.PNG)


def test_several_pictures_are_numbered() -> None:
    body = jimeng(image_urls=["https://cdn.example/a.webp", "https://cdn.example/b", "https://cdn.example/a.webp", ""])
    assert summary(result_of(body).artifacts) == [
        ("t1-1.webp", "image", "image/webp"),
        ("t1-2.png", "image", "image/png"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        bodies.PNG_BASE64,
        bodies.PNG_BASE64.rstrip("="),
        f"data:image/png;base64,{bodies.PNG_BASE64}",
        base64.encodebytes(bodies.PNG).decode(),
        base64.urlsafe_b64encode(bodies.PNG).decode(),
    ],
)
def test_base64_is_read_in_each_of_its_forms(text: str) -> None:
    (artifact,) = result_of(jimeng(binary_data_base64=[text])).artifacts
    assert artifact.content == InlineFile(bodies.PNG)


@pytest.mark.parametrize("text", ["iVBORw0KGgo…", "====", "x"])
def test_base64_that_cant_be_decoded_is_a_warning(text: str) -> None:
    result = result_of(jimeng(binary_data_base64=[text]))
    assert result.artifacts == ()
    assert "can't be decoded" in result.warnings[0]
    assert result.warnings[-1] == NO_RESULT


def test_a_file_id_is_a_file_without_a_link_yet() -> None:
    (artifact,) = result_of(bodies.MINIMAX_DONE).artifacts
    assert artifact.content == RemoteFile(file_id="401000000000777")
    assert summary((artifact,)) == [("t1.mp4", "video", "video/mp4")]


@pytest.mark.parametrize(
    "body",
    [
        jimeng(file_id=401000000000777),
        jimeng(video_url="") | {"file_id": "401000000000777"},
        jimeng(resp_data='{"file_id": "401000000000777"}'),
        bodies.WRAPPED_DONE,
    ],
)
def test_a_file_id_is_found_wherever_it_lies(body: JsonValue) -> None:
    assert result_of(body).artifacts[0].content == RemoteFile(file_id="401000000000777")


def test_a_link_beside_an_envelope_is_a_result_and_the_same_link_in_it_no_second_one() -> None:
    url = "https://cdn.example/v.mp4"
    for body in (jimeng() | {"video_url": url}, jimeng(video_url=url) | {"video_url": url}):
        (artifact,) = result_of(body).artifacts
        assert artifact.content == RemoteFile(url, expires_at=NOW + timedelta(hours=1))


def test_speech_comes_in_an_archive() -> None:
    (artifact,) = result_of(bodies.speech("success")).artifacts
    assert summary((artifact,)) == [("t1.tar", "audio", "application/x-tar")]
    assert artifact.content == RemoteFile(file_id="501000000000099")


@pytest.mark.parametrize(
    ("kind", "file_name", "media_type"),
    [
        ("speech-02-turbo", "", "application/x-tar"),
        ("minimax/v1/t2a_async_v2", "", "application/x-tar"),
        ("MiniMax-Hailuo-2.3", "", "video/mp4"),
        ("minimax/v1/video_generation", "", "video/mp4"),
        ("music-1.5", "", "audio/mpeg"),
        ("image-01", "", "image/png"),
        ("", "", "video/mp4"),
        ("S2V-01", "out.tar", "application/x-tar"),
        ("S2V-01", "output", "video/mp4"),
        ("", "clip.webm", "video/webm"),
    ],
)
def test_what_a_file_is_follows_from_its_name_or_what_made_it(kind: str, file_name: str, media_type: str) -> None:
    assert type_of_file(kind, file_name) == media_type


def test_a_plain_envelope_holds_a_video_for_an_hour() -> None:
    (artifact,) = result_of(bodies.JIMENG_PLAIN).artifacts
    assert summary((artifact,)) == [("t1.mp4", "video", "video/mp4")]
    assert artifact.content == RemoteFile("https://cdn.example/v/2.mp4", expires_at=NOW + timedelta(hours=1))


def test_pictures_of_a_synchronous_answer_may_be_written_out_in_it() -> None:
    view = view_of(bodies.IMAGE_BASE64)
    assert has_result(view, ROUTE, NOW)
    job = wire.submitted_job(view, JOB_ID, ROUTE, "image-01", NOW, has_result=True)
    artifacts = read_result(view, job, ROUTE, NOW, raw=b"").artifacts
    assert summary(artifacts) == [("t1-1.png", "image", "image/png"), ("t1-2.png", "image", "image/png")]
    assert [artifact.content for artifact in artifacts] == [InlineFile(bodies.PNG)] * 2


def test_a_creation_has_a_cover() -> None:
    assert summary(result_of(bodies.VIDU_DONE).artifacts) == [
        ("t1.mp4", "video", "video/mp4"),
        ("t1-cover.png", "cover", "image/png"),
    ]


@pytest.mark.parametrize(
    ("body", "url", "expires_at"),
    [
        (bodies.SEEDANCE_DONE, "https://cdn.example/d.mp4", 1795000060 + 86_400),
        (bodies.KLING_DONE, "https://cdn.example/k1.mp4", 1795000090 + 30 * 86_400),
        (bodies.V2_DONE, "https://cdn.example/402.mp4", 1795000090 + 9 * 3600),
        (bodies.VIDU_DONE, "https://cdn.example/c1.mp4", None),
        (
            jimeng(video_url="https://cdn.example/o.mp4?Expires=1795003661&Signature=x%2B&y=+"),
            "https://cdn.example/o.mp4?Expires=1795003661&Signature=x%2B&y=+",
            1795003661,
        ),
    ],
)
def test_links_live_as_long_as_they_say_or_their_vendor_does(body: JsonValue, url: str, expires_at: int | None) -> None:
    moment = None if expires_at is None else datetime.fromtimestamp(expires_at, UTC)
    assert result_of(body).artifacts[0].content == RemoteFile(url, expires_at=moment)


def test_an_openai_video_is_behind_its_own_path() -> None:
    body = bodies.OPENAI_RUNNING | {"status": "completed", "expires_at": 1795000999}
    url = "https://gateway.example/v1/videos/v1/content"
    (artifact,) = result_of(body, Route.of("v1/videos/v1"), url).artifacts
    assert artifact.content == RemoteFile(url, expires_at=datetime.fromtimestamp(1795000999, UTC))
    assert artifact.name == "v1.mp4"


def test_the_own_path_is_not_taken_for_the_life_of_another_vendors_link() -> None:
    url = "https://gateway.example/v1/videos/v1/content"
    (artifact,) = result_of(bodies.OPENAI_RUNNING | {"status": "completed"}, Route.of("v1/videos/v1"), url).artifacts
    assert artifact.content == RemoteFile(url)


@pytest.mark.parametrize("link", ["file:///etc/passwd", "javascript:alert(1)", "ftp://x/y"])
def test_a_link_that_leads_nowhere_on_the_web_is_left_out(link: str) -> None:
    result = result_of(jimeng(video_url=link))
    assert result.artifacts == ()
    assert "isn't an http address" in result.warnings[0]


def test_a_picture_in_a_data_uri_is_a_file() -> None:
    (artifact,) = result_of(jimeng(image_urls=[f"data:image/png;base64,{bodies.PNG_BASE64}"])).artifacts
    assert artifact.content == InlineFile(bodies.PNG)


@pytest.mark.parametrize("resp_data", ["plain words", "7", '{"broken"'])
def test_details_that_are_no_document_are_text(resp_data: str) -> None:
    result = result_of(jimeng(video_url="https://cdn.example/v.mp4", resp_data=resp_data))
    assert result.artifacts[-1].content == Text(resp_data)
    assert result.artifacts[-1].name == "t1-details.txt"


def test_a_success_without_anything_is_still_one_with_a_warning() -> None:
    result = result_of(jimeng(video_url="", image_urls=None, binary_data_base64=[], resp_data='{"seed": 7}'))
    assert [artifact.role for artifact in result.artifacts] == ["details"]
    assert result.warnings == (NO_RESULT,)


def test_a_task_that_isnt_done_has_no_result_yet() -> None:
    result = result_of(bodies.minimax("Processing") | {"file_id": "5"})
    assert result.artifacts == ()
    assert "Processing" in result.warnings[0]


def test_a_failed_task_has_its_error() -> None:
    result = result_of(bodies.MINIMAX_REJECTED)
    assert result.error is not None
    assert result.error.code == "1027"
    assert (result.artifacts, result.warnings) == ((), ())


@pytest.mark.parametrize(
    "audio", [b"ID3\x04music".hex(), base64.b64encode(b"ID3\x04music").decode(), "https://cdn.example/m.mp3"]
)
def test_music_comes_in_hexadecimal_base64_or_behind_a_link(audio: str) -> None:
    body: JsonObject = {"data": {"audio": audio, "status": 2}, "base_resp": {"status_code": 0}, "status": "success"}
    (artifact,) = result_of(body).artifacts
    assert summary((artifact,)) == [("t1.mp3", "audio", "audio/mpeg")]


def test_a_reply_with_pictures_in_it_is_a_result_and_one_with_a_file_id_is_not() -> None:
    pictures: JsonObject = {
        "id": "i1",
        "data": {"image_urls": ["https://cdn.example/i.png"]},
        "metadata": {"success_count": "1", "failed_count": "0"},
        "base_resp": {"status_code": 0, "status_msg": "success"},
    }
    details: JsonObject = {"code": 10000, "data": {"task_id": "j1", "resp_data": '{"seed": 7}'}, "message": "Success"}
    assert has_result(view_of(pictures), ROUTE, NOW)
    assert not has_result(view_of(bodies.SPEECH_SUBMITTED), ROUTE, NOW)
    assert not has_result(view_of(details), ROUTE, NOW)


def test_a_forgotten_task_may_have_left_its_file() -> None:
    result = result_of_forgotten(JOB_ID, ROUTE, "777", "application/x-tar")
    assert result.artifacts[0].content == RemoteFile(file_id="777")
    assert summary(result.artifacts) == [("t1.tar", "audio", "application/x-tar")]
    assert result.warnings


def test_results_in_passing_are_held_up_to_a_limit_and_the_latest_always() -> None:
    passing = PassingResults(10)

    def result(name: str, size_bytes: int) -> Result:
        file = Artifact(name, "image/png", InlineFile(bytes(size_bytes)))
        return Result(JobId("media", name), (file, Artifact("d", "text/plain", Text("words"))))

    one, two, three, huge = result("one", 4), result("two", 6), result("three", 5), result("huge", 11)
    passing.keep(one)
    passing.keep(two)
    assert [passing.get(each.job_id) for each in (one, two)] == [one, two]
    passing.keep(three)
    assert [passing.get(each.job_id) for each in (one, two, three)] == [None, None, three]
    passing.keep(huge)
    assert [passing.get(each.job_id) for each in (three, huge)] == [None, huge]


def test_a_large_answer_is_kept_without_what_is_written_out_in_it() -> None:
    body: JsonValue = {"data": {"binary_data_base64": ["A" * 500_000], "n": [1, None]}}
    kept = json.loads(kept_raw(json.dumps(body).encode(), body))
    assert kept["data"]["n"] == [1, None]
    assert kept["data"]["binary_data_base64"][0].endswith("(500000 characters)")
    assert kept_raw(b'{"a": 1}', {"a": 1}, lambda: pytest.fail("looked for in vain")) == b'{"a": 1}'


def test_a_retrieved_file_has_a_link_and_a_spare_one() -> None:
    url = "https://cdn.example/o/output.mp4?Expires=1795003661&Signature=x"
    body: JsonObject = {
        "file": {"file_id": 401000000000777, "bytes": 0, "filename": "output.mp4", "download_url": url},
        "base_resp": {"status_code": 0, "status_msg": "success"},
    }
    assert file_links(body) == (url,)
    assert told_file_name(body) == "output.mp4"
    assert told_file_name({"file": None}) == ""
    assert file_links({"file": {"download_url": "", "backup_download_url": url}}) == (url,)
    assert file_links({"file": None}) == ()


def test_links_that_cant_be_read_have_no_name_and_no_end() -> None:
    assert file_name_of("http://[") == ""
    result = result_of(jimeng(video_url="http://["))
    assert result.artifacts[0].content == RemoteFile("http://[", expires_at=NOW + timedelta(hours=1))
