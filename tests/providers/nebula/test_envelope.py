from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    NotOffered,
    ProtocolError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    RateLimited,
    SignInRefused,
)
from jobtui.providers.http import Answer
from jobtui.providers.nebula.envelope import Purpose, opened
from tests.providers.nebula import examples

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

PAGE = b"<!doctype html><html></html>"


def answer(status: int, body: bytes, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, NOW)


def error_of(status: int, body: bytes, purpose: Purpose = Purpose.LOOK) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        opened(answer(status, body)).data("asking", purpose)
    return caught.value


def coded(code: object) -> bytes:
    return f'{{"code":{code},"message":"ErrSome::more words"}}'.encode()


@pytest.mark.parametrize("body", [examples.CONNECTED, examples.CANCELLED])
def test_a_documented_success_gives_its_data(body: bytes) -> None:
    assert opened(answer(200, body)).data("asking", Purpose.LOOK) == {"success": True}


@pytest.mark.parametrize("data", ["null", "[]", '"x"'])
def test_j6_data_of_another_kind_counts_as_empty(data: str) -> None:
    assert opened(answer(200, f'{{"code":0,"data":{data}}}'.encode())).data("asking", Purpose.LOOK) == {}


@pytest.mark.parametrize("http_status", [200, None])
@pytest.mark.parametrize(
    ("code", "purpose", "kind"),
    [
        (40004000, Purpose.LOOK, ProviderRefused),
        (40004001, Purpose.SUBMIT, InvalidInput),
        (40104000, Purpose.JOB, SignInRefused),
        (40104001, Purpose.JOB, SignInRefused),
        (40304000, Purpose.LOOK, SignInRefused),
        (40304000, Purpose.SUBMIT, SignInRefused),
        (40304000, Purpose.JOB, ProviderRefused),
        (40304000, Purpose.RESULT, ProviderRefused),
        (40404000, Purpose.LOOK, ProviderRefused),
        (40404000, Purpose.WORKFLOW, ProviderRefused),
        (40404000, Purpose.JOB, JobNotFound),
        (40404000, Purpose.RESULT, ProviderRefused),
        (40404000, Purpose.SUBMIT, InvalidInput),
        (42904000, Purpose.LOOK, RateLimited),
        (50004000, Purpose.JOB, ProviderBusy),
        (50004001, Purpose.LOOK, ProviderBusy),
        (50004001, Purpose.WORKFLOW, ProviderRefused),
        (50004001, Purpose.JOB, JobNotFound),
        (50004001, Purpose.RESULT, ProviderRefused),
        (50004001, Purpose.SUBMIT, InvalidInput),
        (50004002, Purpose.LOOK, ProviderBusy),
        (50004002, Purpose.WORKFLOW, ProviderBusy),
        (50004002, Purpose.JOB, ProviderRefused),
        (50004002, Purpose.RESULT, ProviderRefused),
        (50004002, Purpose.SUBMIT, InvalidInput),
        (50004003, Purpose.LOOK, ProviderRefused),
        (50104000, Purpose.LOOK, NotOffered),
        (90004000, Purpose.LOOK, ProviderBusy),
    ],
)
def test_a_code_means_the_same_under_http_200_as_under_its_own_status(
    code: int, purpose: Purpose, kind: type[ProviderError], http_status: int | None
) -> None:
    own_status = 500 if code == 90004000 else code // 100_000
    error = error_of(http_status or own_status, coded(code), purpose)
    assert type(error) is kind
    assert (error.code, error.detail) == (str(code), "more words")
    assert "ErrSome" in str(error)


@pytest.mark.parametrize(
    ("http_status", "code", "purpose", "kind"),
    [
        (500, 40004000, Purpose.LOOK, ProviderRefused),
        (500, 40004001, Purpose.SUBMIT, InvalidInput),
        (500, 40104001, Purpose.LOOK, SignInRefused),
        (404, 40104000, Purpose.JOB, SignInRefused),
        (502, 40304000, Purpose.JOB, ProviderRefused),
        (400, 40304000, Purpose.LOOK, SignInRefused),
        (400, 40404000, Purpose.JOB, JobNotFound),
        (503, 40404000, Purpose.SUBMIT, InvalidInput),
        (403, 42904000, Purpose.LOOK, RateLimited),
        (401, 50004000, Purpose.JOB, ProviderBusy),
        (404, 50004000, Purpose.JOB, ProviderBusy),
        (401, 50004001, Purpose.JOB, JobNotFound),
        (400, 50004002, Purpose.LOOK, ProviderBusy),
        (403, 50004003, Purpose.JOB, ProviderRefused),
        (400, 50104000, Purpose.LOOK, NotOffered),
        (400, 90004000, Purpose.LOOK, ProviderBusy),
    ],
)
def test_a_code_decides_under_whatever_status_it_comes(
    http_status: int, code: int, purpose: Purpose, kind: type[ProviderError]
) -> None:
    error = error_of(http_status, coded(code), purpose)
    assert type(error) is kind
    assert error.code == str(code)


@pytest.mark.parametrize("code", [0, -1, 7, 200, 99999999999])
def test_the_status_decides_where_the_code_means_nothing(code: int) -> None:
    assert type(error_of(503, coded(code))) is ProviderBusy
    assert type(error_of(404, coded(code), Purpose.JOB)) is JobNotFound
    assert type(error_of(400, coded(code), Purpose.SUBMIT)) is InvalidInput


@pytest.mark.parametrize(
    ("status", "body", "purpose", "kind", "words"),
    [
        (400, examples.BAD_REQUEST, Purpose.JOB, ProviderRefused, "ErrBadRequest"),
        (401, examples.SESSION_EXPIRED, Purpose.LOOK, SignInRefused, "ErrSession::token is expired"),
        (500, examples.CONTROLLER, Purpose.SUBMIT, InvalidInput, "ErrInternalController"),
        (500, examples.DATABASE, Purpose.JOB, JobNotFound, "ErrInternalDatabase"),
    ],
)
def test_a_documented_error_is_told_in_the_service_s_words(
    status: int, body: bytes, purpose: Purpose, kind: type[ProviderError], words: str
) -> None:
    error = error_of(status, body, purpose)
    assert (type(error), str(error), error.http_status) == (kind, f'asking: "{words}"', status)


@pytest.mark.parametrize("purpose", [Purpose.JOB, Purpose.RESULT])
def test_a_job_that_may_not_be_seen_says_nothing_about_the_credential_without_a_code_either(purpose: Purpose) -> None:
    error = error_of(403, PAGE, purpose)
    assert (type(error), str(error), error.code) == (ProviderRefused, "asking: HTTP 403 Forbidden", "")
    assert type(error_of(403, PAGE)) is SignInRefused


@pytest.mark.parametrize("code", [200, -1, 7, 99999999999])
def test_a_code_that_means_nothing_is_a_broken_promise(code: int) -> None:
    error = error_of(200, coded(code))
    assert type(error) is ProtocolError
    assert str(code) in str(error)


@pytest.mark.parametrize("body", [b"{}", b'{"code":"0"}', b'{"code":true}', b"[]", PAGE, b""])
def test_h7_a_success_without_an_envelope_is_from_something_else(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        opened(answer(200, body))


@pytest.mark.parametrize("body", [PAGE, b"", b"{}", examples.CONNECTED])
def test_a_refusal_without_a_code_is_read_by_its_status(body: bytes) -> None:
    assert type(error_of(502, body)) is ProviderBusy
    assert type(error_of(404, body, Purpose.JOB)) is JobNotFound
    assert type(error_of(302, body)) is ProtocolError


def test_h9_a_busy_service_may_say_when_to_come_back() -> None:
    with pytest.raises(RateLimited) as caught:
        opened(answer(429, b"slow down", retry_after="30")).data("asking", Purpose.LOOK)
    assert caught.value.retry_after_s == 30.0
    with pytest.raises(ProviderBusy) as down:
        opened(answer(500, examples.CONTROLLER, retry_after="7")).data("asking", Purpose.LOOK)
    assert down.value.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("status", "body", "is_lost"),
    [
        (401, examples.SESSION_EXPIRED, True),
        (200, examples.SESSION_EXPIRED, True),
        (500, examples.SESSION_EXPIRED, True),
        (401, PAGE, True),
        (401, examples.CONNECTED, True),
        (401, b'{"code":7,"message":""}', True),
        (401, examples.BAD_REQUEST, False),
        (401, examples.DATABASE, False),
        (200, b'{"code":40104000,"message":""}', True),
        (400, examples.BAD_REQUEST, False),
        (403, b'{"code":40304000,"message":""}', False),
        (500, examples.DATABASE, False),
        (500, examples.CONTROLLER, False),
        (200, examples.CONNECTED, False),
    ],
)
def test_a_lost_session_is_told_from_other_refusals(status: int, body: bytes, is_lost: bool) -> None:
    assert opened(answer(status, body)).session_is_lost is is_lost
