from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from jobtui.core.errors import ProviderBusy, RateLimited, SignInRefused
from jobtui.providers.evo.oauth import ClientCredentials
from jobtui.providers.http import HttpClient
from tests.demo.fake_clock import FakeClock

SECRET = "s3cret-of-the-client"


class TokenEndpoint:
    """Gives out numbered tokens; what it was asked stays readable."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.forms: list[dict[str, list[str]]] = []
        self.urls: list[str] = []
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        self.forms.append(parse_qs(request.content.decode()))
        return self._answers.pop(0) if self._answers else granted(f"token-number-{len(self.forms)}")


def granted(token: object, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more})


def client_of(
    endpoint: Callable[[httpx.Request], httpx.Response],
    clock: FakeClock,
    *secrets: str,
    scope: str = "evo.discovery evo.workspace",
) -> ClientCredentials:
    values = list(secrets or (SECRET,))

    async def read(renew: bool) -> str:
        await asyncio.sleep(0)  # gives way once, as reading a file or running a command does
        if renew and len(values) > 1:
            values.pop(0)
        return values[0]

    http = HttpClient("https://ims.example/connect/token", transport=httpx.MockTransport(endpoint), clock=clock)
    return ClientCredentials(http, client_id="c-1", client_secret=read, clock=clock, scope=scope)


async def test_a_token_is_asked_for_once_and_kept() -> None:
    endpoint = TokenEndpoint()
    credentials = client_of(endpoint, FakeClock())
    first = await credentials.headers()
    assert first == await credentials.headers() == {"authorization": "Bearer token-number-1"}
    assert endpoint.urls == ["https://ims.example/connect/token"]
    assert endpoint.forms == [
        {
            "grant_type": ["client_credentials"],
            "client_id": ["c-1"],
            "client_secret": [SECRET],
            "scope": ["evo.discovery evo.workspace"],
        }
    ]
    await credentials.aclose()


async def test_a_token_is_renewed_before_it_ends() -> None:
    clock = FakeClock()
    credentials = client_of(TokenEndpoint(), clock)
    await credentials.headers()
    clock.advance(3500)
    assert await credentials.headers() == {"authorization": "Bearer token-number-1"}
    clock.advance(50)
    assert await credentials.headers() == {"authorization": "Bearer token-number-2"}


async def test_several_refused_calls_renew_the_token_once() -> None:
    endpoint = TokenEndpoint()
    credentials = client_of(endpoint, FakeClock())
    await credentials.headers()
    tokens = await asyncio.gather(*(credentials.headers(renew=True) for _ in range(5)))
    assert tokens == [{"authorization": "Bearer token-number-2"}] * 5
    assert len(endpoint.forms) == 2


async def test_a_token_without_an_end_is_kept_until_it_is_refused() -> None:
    clock = FakeClock()
    credentials = client_of(TokenEndpoint(granted("endless-token", expires_in=None)), clock, scope="")
    await credentials.headers()
    clock.advance(86_400)
    assert await credentials.headers() == {"authorization": "Bearer endless-token"}
    assert await credentials.headers(renew=True) == {"authorization": "Bearer token-number-2"}


@pytest.mark.parametrize("told", [0, -1, 1e18, "soon", "", True, [3600]])
async def test_an_end_that_makes_no_sense_is_none(told: object) -> None:
    clock = FakeClock()
    credentials = client_of(TokenEndpoint(granted("endless-token", expires_in=told)), clock)
    await credentials.headers()
    clock.advance(86_400)
    assert await credentials.headers() == {"authorization": "Bearer endless-token"}


async def test_an_end_written_as_text_is_heeded() -> None:
    clock = FakeClock()
    credentials = client_of(TokenEndpoint(granted("an-hour-long", expires_in="3600")), clock)
    await credentials.headers()
    clock.advance(3600)
    assert await credentials.headers() == {"authorization": "Bearer token-number-2"}


async def test_the_same_token_again_is_not_lost_to_masking() -> None:
    credentials = client_of(TokenEndpoint(granted("the-very-same-token"), granted("[hidden]")), FakeClock())
    first = await credentials.headers()
    assert await credentials.headers(renew=True) == first == {"authorization": "Bearer the-very-same-token"}


async def test_a_gateway_error_is_tried_again_once() -> None:
    endpoint = TokenEndpoint(httpx.Response(502), granted("after-all"))
    assert await client_of(endpoint, FakeClock()).headers() == {"authorization": "Bearer after-all"}
    with pytest.raises(ProviderBusy):
        await client_of(TokenEndpoint(httpx.Response(504), httpx.Response(504)), FakeClock()).headers()


async def test_a_changed_secret_is_read_anew_after_a_refusal() -> None:
    refusal = httpx.Response(401, json={"error": "invalid_client"})
    endpoint = TokenEndpoint(refusal, granted("with-the-new-one"))
    credentials = client_of(endpoint, FakeClock(), "old-secret-value", "new-secret-value")
    assert await credentials.headers() == {"authorization": "Bearer with-the-new-one"}
    assert [form["client_secret"] for form in endpoint.forms] == [["old-secret-value"], ["new-secret-value"]]


async def test_a_refusal_is_named_without_the_secret() -> None:
    body = {"error": "invalid_client", "error_description": f"unknown client or wrong secret {SECRET}"}
    with pytest.raises(SignInRefused, match="unknown client") as caught:
        await client_of(TokenEndpoint(httpx.Response(401, json=body)), FakeClock()).headers()
    assert caught.value.code == "invalid_client"
    assert "client_id" in caught.value.hint
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(403, text="<html>no</html>"), SignInRefused),
        (httpx.Response(400, json={"error": "temporarily_unavailable"}), ProviderBusy),
        (httpx.Response(429, headers={"retry-after": "7"}), RateLimited),
        (httpx.Response(503), ProviderBusy),
        (httpx.Response(200, text="<html>welcome</html>"), SignInRefused),
        (httpx.Response(200, json={"access_token": "t", "token_type": "mac"}), SignInRefused),
        (httpx.Response(200, json={"token_type": "Bearer"}), SignInRefused),
        (granted(12345678), SignInRefused),
        (granted(["token"]), SignInRefused),
        (granted("two\nlines"), SignInRefused),
        (httpx.Response(302, headers={"location": "/login"}), SignInRefused),
        (httpx.Response(404, text="<html>nothing here</html>"), SignInRefused),
    ],
)
async def test_answers_without_a_token_are_the_errors_they_stand_for(
    answer: httpx.Response, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await client_of(TokenEndpoint(answer), FakeClock()).headers()


async def test_an_endpoint_that_speaks_no_http_refuses_the_sign_in() -> None:
    def garbled(request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("illegal status line")

    with pytest.raises(SignInRefused) as caught:
        await client_of(garbled, FakeClock()).headers()
    assert "token_url" in caught.value.hint


async def test_a_web_page_in_place_of_a_token_is_named_once_with_the_setting_to_look_at() -> None:
    endpoint = TokenEndpoint(httpx.Response(200, text="<html>welcome</html>"))
    with pytest.raises(SignInRefused) as caught:
        await client_of(endpoint, FakeClock()).headers()
    assert str(caught.value) == "asking for an access token: this is a web page, not the API"
    assert caught.value.hint == "Is token_url right?"


async def test_every_request_to_the_endpoint_is_counted() -> None:
    credentials = client_of(TokenEndpoint(httpx.Response(502)), FakeClock())
    assert credentials.requests_made == 0
    await credentials.headers()
    assert credentials.requests_made == 2
