from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta

import httpx
import pytest

from jobtui.core.errors import ProtocolError, ProviderBusy, SettingsError, SignInRefused
from jobtui.demo.http_server import Request
from jobtui.demo.nebula import CredentialForm as AcceptedForm
from jobtui.demo.nebula import NebulaService
from jobtui.providers.http import HttpClient
from jobtui.providers.nebula.session import CredentialForm, NebulaLogin, NebulaSession, packed, token_in
from tests.demo.fake_clock import FakeClock
from tests.providers.nebula import examples
from tests.providers.test_credentials import Vault


class Explorer:
    """The demo's graph service behind a client, without a socket in between."""

    def __init__(self, form: AcceptedForm = "array", life: timedelta = timedelta(days=3)) -> None:
        self.clock = FakeClock()
        self.service = NebulaService(self.clock, jobs=0, credential_form=form, token_lifetime=life)
        self.sign_ins: list[str] = []
        self.http = HttpClient("http://explorer:7002", transport=httpx.MockTransport(self._answer), clock=self.clock)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        packed_text = request.headers["authorization"].removeprefix("Bearer ")
        self.sign_ins.append(base64.b64decode(packed_text).decode())
        await asyncio.sleep(0)
        answer = await self.service.handle(
            Request(
                method=request.method,
                path=request.url.path,
                segments=tuple(request.url.path.strip("/").split("/")),
                query={},
                headers=dict(request.headers),
                body=request.content,
            )
        )
        return httpx.Response(answer.status, content=answer.body, headers=list(answer.headers))

    def session(self, vault: Vault, user: str = "root") -> NebulaSession:
        return NebulaSession(self.http, self.clock, NebulaLogin(user, vault.read, "192.168.8.111", 9669), None)


def scripted(*answers: httpx.Response) -> NebulaSession:
    waiting = list(answers)
    http = HttpClient("http://explorer", transport=httpx.MockTransport(lambda _: waiting.pop(0)), clock=FakeClock())
    return NebulaSession(http, FakeClock(), NebulaLogin("root", Vault("a:b").read, "host", 9669), None)


def test_the_documented_credentials_are_packed_as_documented() -> None:
    assert packed("root", "123", CredentialForm.ARRAY) == "WyJyb290IiwiMTIzIl0="
    assert packed("root", "123", CredentialForm.COLON) == "cm9vdDoxMjM="


async def test_the_documented_sign_in_is_sent_as_documented_and_its_cookie_read() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, content=examples.CONNECTED, headers={"set-cookie": examples.CONNECT_COOKIE})

    http = HttpClient("http://192.168.8.145:7002", transport=httpx.MockTransport(answer), clock=FakeClock())
    login = NebulaLogin("root", Vault("123").read, "192.168.8.111", 9669)
    assert await NebulaSession(http, FakeClock(), login, None).token() == "eyJhb"
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", "http://192.168.8.145:7002/api-open/v1/connect")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer WyJyb290IiwiMTIzIl0="
    assert request.content == b'{"address":"192.168.8.111","port":9669}'


def test_a_password_with_quotes_and_letters_of_any_kind_is_packed_by_json() -> None:
    assert json.loads(base64.b64decode(packed("ü", 'a"\\ :東', CredentialForm.ARRAY))) == ["ü", 'a"\\ :東']


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        (("explorer_token=eyJhb; Path=/; Max-Age=259200; HttpOnly",), "eyJhb"),
        (("explorer_token=eyJhb; Path=/; # Max-Age=259200; HttpOnly",), "eyJhb"),
        (("lang=en; Path=/", " explorer_token = a=b "), "a=b"),
        (("explorer_token=; Max-Age=0", "explorer_token=new"), "new"),
        (("other=1; explorer_token=no",), ""),
        ((), ""),
    ],
)
def test_the_token_is_the_first_pair_of_the_cookie_and_nothing_behind_it(headers: tuple[str, ...], token: str) -> None:
    assert token_in(headers) == token


async def test_one_token_serves_until_its_life_is_over() -> None:
    explorer = Explorer()
    session = explorer.session(Vault("nebula"))
    first = await session.token()
    await explorer.clock.sleep(timedelta(days=2).total_seconds())
    assert await session.token() == first
    await explorer.clock.sleep(timedelta(days=1).total_seconds())
    assert await session.token() != first
    assert explorer.sign_ins == ['["root","nebula"]'] * 2


async def test_many_callers_at_once_sign_in_once() -> None:
    explorer = Explorer()
    session = explorer.session(Vault("nebula"))
    tokens = await asyncio.gather(*(session.token() for _ in range(10)))
    assert len(set(tokens)) == len(explorer.sign_ins) == 1
    renewed = await asyncio.gather(*(session.renewed(tokens[0]) for _ in range(10)))
    assert len(set(renewed)) == 1
    assert renewed[0] != tokens[0]
    assert len(explorer.sign_ins) == 2


async def test_a_renewal_that_fails_fails_for_all_who_wait_for_it_and_leaves_no_empty_token() -> None:
    explorer = Explorer()
    session = explorer.session(Vault("nebula"))
    refused = await session.token()
    explorer.service.faults.fail_next(503)
    told = await asyncio.gather(*(session.renewed(refused) for _ in range(4)), return_exceptions=True)
    assert [type(answer) for answer in told] == [ProviderBusy] * 4
    assert len(explorer.sign_ins) == 2
    assert await session.renewed(refused) not in {"", refused}
    assert len(explorer.sign_ins) == 3


async def test_a_wrong_password_is_not_sent_once_for_each_caller() -> None:
    explorer = Explorer()
    session = explorer.session(Vault("wrong"))
    told = await asyncio.gather(*(session.token() for _ in range(4)), return_exceptions=True)
    assert [type(answer) for answer in told] == [SignInRefused] * 4
    assert explorer.sign_ins == ['["root","wrong"]', "root:wrong"]


async def test_a_password_that_was_right_before_is_doubted_only_after_three_refusals_in_a_row() -> None:
    explorer = Explorer()
    session = explorer.session(Vault("nebula"))
    for _ in range(2):
        token = await session.token()
        explorer.service.faults.fail_next(400, body=examples.BAD_REQUEST, times=3)
        for _ in range(3):
            with pytest.raises(ProviderBusy, match="ErrBadRequest") as caught:
                await session.renewed(token)
            assert "192.168.8.111:9669 down" in caught.value.hint
        assert await session.renewed(token) != token
    explorer.service.faults.fail_next(400, body=examples.BAD_REQUEST, times=5)
    token = await session.token()
    told = [await asyncio.gather(session.renewed(token), return_exceptions=True) for _ in range(5)]
    assert [type(answer) for (answer,) in told] == [ProviderBusy] * 3 + [SignInRefused] * 2


async def test_a_refusal_that_names_another_reason_is_not_put_down_to_the_graph() -> None:
    explorer = Explorer()
    session = explorer.session(Vault("nebula"))
    token = await session.token()
    explorer.service.faults.fail_next(403, body=b'{"code":40304000,"message":"ErrForbidden"}')
    with pytest.raises(SignInRefused):
        await session.renewed(token)


async def test_an_old_server_gets_the_colon_form_and_it_is_remembered() -> None:
    explorer = Explorer("colon")
    session = explorer.session(Vault("nebula"))
    await session.renewed(await session.token())
    assert explorer.sign_ins == ['["root","nebula"]', "root:nebula", "root:nebula"]


async def test_a_server_that_took_the_array_never_gets_the_colon_form() -> None:
    explorer = Explorer()
    session = explorer.session(Vault("nebula", "changed"))
    token = await session.token()
    explorer.service.faults.fail_next(400, body=examples.BAD_REQUEST)
    with pytest.raises(SignInRefused):
        await session.renewed(token)
    assert not [text for text in explorer.sign_ins if not text.startswith("[")]


async def test_a_password_with_a_colon_is_never_sent_in_the_form_that_cannot_hold_it() -> None:
    explorer = Explorer()
    with pytest.raises(SignInRefused):
        await explorer.session(Vault("neb:ula")).token()
    assert explorer.sign_ins == ['["root","neb:ula"]']


async def test_h11_a_refused_password_is_read_again_once_and_tried_only_if_it_changed() -> None:
    explorer = Explorer("array")
    changed = Vault("old", "nebula")
    await explorer.session(changed).token()
    assert explorer.sign_ins == ['["root","old"]', "root:old", '["root","nebula"]']
    same, attempts = Vault("planted-password"), len(explorer.sign_ins)
    session = explorer.session(same)
    with pytest.raises(SignInRefused, match="signing in as root") as caught:
        await session.token()
    assert (same.renewals, len(explorer.sign_ins) - attempts) == (1, 2)
    assert "192.168.8.111:9669" in caught.value.hint
    assert "planted" not in f"{caught.value}{caught.value.hint}"


async def test_signing_in_again_after_a_refusal_reads_the_password_anew() -> None:
    explorer = Explorer()
    vault = Vault("wrong", "wrong", "nebula")
    session = explorer.session(vault)
    with pytest.raises(SignInRefused):
        await session.token()
    assert await session.token()
    assert vault.renewals == 2


async def test_the_token_and_the_password_are_known_to_the_redactor() -> None:
    explorer = Explorer()
    token = await explorer.session(Vault("nebula")).token()
    credential = packed("root", "nebula", CredentialForm.ARRAY)
    assert explorer.http.redactor.clean_known(f"{token} {credential}") == "[hidden] [hidden]"


async def test_an_answer_without_the_cookie_is_a_broken_promise() -> None:
    session = scripted(httpx.Response(200, content=examples.CONNECTED))
    with pytest.raises(ProtocolError, match="sets no explorer_token"):
        await session.token()


async def test_a_token_that_no_cookie_header_can_hold_is_a_broken_promise() -> None:
    cookie = {"set-cookie": 'explorer_token=a"b,c; Path=/'}
    with pytest.raises(ProtocolError, match="can't be sent back"):
        await scripted(httpx.Response(200, content=examples.CONNECTED, headers=cookie)).token()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(400, json={"code": 40004001, "message": "ErrParam"}), SignInRefused),
        (httpx.Response(200, json={"code": 0, "data": {"success": False}, "message": ""}), SignInRefused),
        (httpx.Response(403, json={"code": 40304000, "message": "ErrForbidden"}), SignInRefused),
        (httpx.Response(500, json={"code": 50004000, "message": "ErrInternalServer"}), ProviderBusy),
        (httpx.Response(200, text="<html>"), ProtocolError),
    ],
)
async def test_other_answers_to_a_sign_in_are_named(answer: httpx.Response, kind: type[Exception]) -> None:
    # A refused password is read again; it hasn't changed here, so the one answer is enough.
    with pytest.raises(kind):
        await scripted(answer).token()


async def test_a_ready_token_is_read_again_once_it_is_refused() -> None:
    vault, http = Vault("old-token\n", "new-token"), HttpClient("http://explorer")
    session = NebulaSession(http, FakeClock(), None, vault.read)
    assert await session.token() == "old-token"
    assert await session.renewed("old-token") == "new-token"
    assert http.requests == 0


def test_neither_login_nor_token_is_a_setting_to_mend() -> None:
    with pytest.raises(SettingsError, match="neither login nor token"):
        NebulaSession(HttpClient("http://explorer"), FakeClock(), None, None)
