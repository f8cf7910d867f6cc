from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobtui.core.errors import (
    InvalidInput,
    InvalidParameter,
    JobNotFound,
    OutcomeUnknown,
    ProtocolError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    RateLimited,
    SignInRefused,
    Unreachable,
)
from jobtui.providers.http import Answer, lost_answers_are_unknown, parse_json, raise_for_status, retry_after_s

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def answer(status: int, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"", NOW)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ProtocolError),
        (400, InvalidInput),
        (401, SignInRefused),
        (403, SignInRefused),
        (404, JobNotFound),
        (408, ProviderBusy),
        (409, ProviderRefused),
        (410, JobNotFound),
        (418, ProviderRefused),
        (422, InvalidInput),
        (425, ProviderBusy),
        (429, RateLimited),
        (500, ProviderBusy),
        (501, ProviderRefused),
        (503, ProviderBusy),
        (522, ProviderBusy),
        (99, ProtocolError),
    ],
)
def test_each_status_stands_for_one_kind_of_error(status: int, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as caught:
        raise_for_status(answer(status), what="asking", refused=InvalidInput, not_found=JobNotFound)
    assert type(caught.value) is kind
    assert caught.value.http_status == status
    assert str(caught.value).startswith(f"asking: HTTP {status}")


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_raises_nothing(status: int) -> None:
    raise_for_status(answer(status), what="asking")


def test_what_the_service_told_is_kept() -> None:
    reason = InvalidParameter("nugget", "above sill")
    with pytest.raises(ProviderRefused, match=r'^submitting: "Bad input"$') as caught:
        raise_for_status(
            answer(422),
            what="submitting",
            code="E1",
            message="Bad input",
            detail="The nugget …",
            hint="Lower it.",
            request_id="r-1",
            invalid_parameters=(reason,),
        )
    error = caught.value
    assert (error.code, error.detail, error.hint, error.request_id) == ("E1", "The nugget …", "Lower it.", "r-1")
    assert error.invalid_parameters == (reason,)


@pytest.mark.parametrize(
    ("retry_after", "date", "seconds"),
    [
        ("30", "", 30.0),
        ("0", "", 0.0),
        ("9" * 5000, "", 3600.0),
        ("7200", "", 3600.0),
        ("-5", "", None),
        ("1.5", "", None),
        ("soon", "", None),
        ("", "", None),
        ("²", "", None),
        ("Sun, 22 Nov 2026 09:01:00 GMT", "", 60.0),
        ("Sun, 22 Nov 2026 08:00:00 GMT", "", 0.0),
        ("Sun, 22 Nov 2026 12:00:20 GMT", "Sun, 22 Nov 2026 12:00:00 GMT", 20.0),
        ("Sun, 22 Nov 2026 09:01:00 -0000", "", 60.0),
        ("Sun, 22 Nov 9999 09:01:00 GMT", "no date", 3600.0),
    ],
)
def test_h9_retry_after_counts_from_the_servers_own_clock_within_an_hour(
    retry_after: str, date: str, seconds: float | None
) -> None:
    limited = answer(429, retry_after=retry_after, date=date)
    assert retry_after_s(limited) == seconds
    with pytest.raises(RateLimited) as caught:
        raise_for_status(limited, what="asking")
    assert caught.value.retry_after_s == seconds


def not_sent() -> Unreachable:
    error = Unreachable("host: the connection was refused")
    error.request_sent = False
    return error


@pytest.mark.parametrize(
    "fault",
    [
        Unreachable("host: the connection broke off"),
        ProviderBusy("HTTP 500", http_status=500),
        ProviderBusy("HTTP 502", http_status=502),
        ProviderBusy("HTTP 504", http_status=504),
        ProviderBusy("HTTP 522", http_status=522),
        ProtocolError("broken off", http_status=200),
        ProtocolError("no HTTP"),
    ],
)
def test_h12_a_submit_that_may_have_been_carried_out_has_an_unknown_outcome(fault: ProviderError) -> None:
    with pytest.raises(OutcomeUnknown, match="the job was sent") as caught, lost_answers_are_unknown("the job"):
        raise fault
    assert caught.value.__cause__ is fault


@pytest.mark.parametrize(
    "fault",
    [
        not_sent(),
        ProviderBusy("HTTP 503", http_status=503),
        RateLimited("HTTP 429", http_status=429),
        InvalidInput("HTTP 400", http_status=400),
        SignInRefused("HTTP 401", http_status=401),
        ProtocolError("HTTP 302", http_status=302),
    ],
)
def test_h12_a_submit_that_was_surely_not_carried_out_keeps_its_error(fault: ProviderError) -> None:
    with pytest.raises(type(fault)) as caught, lost_answers_are_unknown("the job"):
        raise fault
    assert caught.value is fault


@pytest.mark.parametrize("depth", [300, 600, 5_000])
@pytest.mark.parametrize("inside", [b"1", b'"\\ud800"'], ids=["plain", "half a character"])
def test_h5_an_answer_nested_too_deeply_is_named_whatever_it_holds(depth: int, inside: bytes) -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        with pytest.raises(ProtocolError, match="nested too deeply"):
            parse_json(opening * depth + inside + closing * depth)


def test_a_wide_answer_is_not_taken_for_a_deep_one() -> None:
    assert parse_json(b"[" + b"[{}]," * 500 + b"1]") == [[{}]] * 500 + [1]
