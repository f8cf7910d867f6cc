from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.redaction import MASK, Redactor

TOKEN = "planted-token-6f1d"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET http://root:hunter2@host/jobs failed", f"GET http://{MASK}@host/jobs failed"),
        ("http://h/a?key=abc&page=2#top", f"http://h/a?key={MASK}&page={MASK}#top"),
        ("see https://h/a/b.png, please", "see https://h/a/b.png, please"),
        ("Authorization: Bearer abc.def-ghi", f"Authorization: {MASK}"),
        ("sent Bearer abcdefgh12 there", f"sent Bearer {MASK} there"),
        ("Cookie: explorer_token=eyJhbGciOi", f"Cookie: {MASK}"),
        ('{"password": "a \\"b\\" c", "user": "root"}', f'{{"password": {MASK}, "user": "root"}}'),
        ("api-key=k1 x_api_key: k2", f"api-key={MASK} x_api_key: {MASK}"),
        ("-http://root:hunter2@host/x?key=abc", f"-http://{MASK}@host/x?key={MASK}"),
        ("12 tokens of 30 were used", "12 tokens of 30 were used"),
        ("job graph:1964 failed: no such tag", "job graph:1964 failed: no such tag"),
    ],
)
def test_what_looks_like_a_secret_by_its_place_is_masked(text: str, expected: str) -> None:
    assert Redactor().clean(text) == expected


@pytest.mark.parametrize("piece", ["a-", "a.", "a-token", "token ", "x://"])
def test_t6_a_long_text_of_a_service_is_cleaned_in_a_moment(piece: str) -> None:
    begun = time.process_time()
    Redactor().clean(piece * (64_000 // len(piece)) + " http://h/?key=abc")
    assert time.process_time() - begun < 20.0


def test_a_registered_value_is_masked_wherever_it_stands() -> None:
    redactor = Redactor()
    redactor.register(TOKEN)
    assert redactor.clean(f"<{TOKEN}>") == f"<{MASK}>"
    assert redactor.clean_known(f"http://h/?q=1 {TOKEN}") == f"http://h/?q=1 {MASK}"
    assert redactor.clean_body(TOKEN.encode() * 2) == MASK.encode() * 2


def test_a_secret_is_masked_in_the_spelling_of_json_and_of_urls_too() -> None:
    redactor = Redactor()
    redactor.register('pass"word/ü')
    assert redactor.clean_known(r"pass\"word/\u00fc") == MASK
    assert redactor.clean_known("pass%22word%2F%C3%BC") == MASK
    assert redactor.clean_known("pass%22word/%C3%BC") == MASK


@pytest.mark.parametrize("before", ["", "B", "Be", "Bearer ", '["root","'])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_h20_a_secret_is_masked_in_base64_wherever_it_stands_there(
    before: str, encode: Callable[[bytes], bytes]
) -> None:
    redactor = Redactor()
    redactor.register("sk-Gen~55/Zz+q?>")
    written = encode(f"{before}sk-Gen~55/Zz+q?>: no".encode())
    for cleaned in (redactor.clean_body(b"<" + written + b">").decode(), redactor.clean(f"<{written.decode()}>")):
        assert MASK in cleaned
        # What is left of it is what shares a character with its neighbours.
        assert len(cleaned.partition(MASK)[2]) <= len("biAbm8=>") + 2


@pytest.mark.parametrize(
    "echoed",
    [
        rb"PLANTED-tok\/en+S3cr3t==",
        rb"PLANTED-tok\u002fen\u002bS3cr3t\u003D\u003d",
        rb"\u0050LANTED-tok/en+S3cr3t==",
        rb"PLANTED-tok/en+S3cr3t==",
    ],
)
def test_h20_a_secret_is_masked_in_every_spelling_that_json_allows(echoed: bytes) -> None:
    redactor = Redactor()
    redactor.register("PLANTED-tok/en+S3cr3t==")
    body = b'{"message":"sent ' + echoed + rb' to http:\/\/h\/x","name":"\u00e9\u0041"}'
    cleaned = redactor.clean_body(body)
    assert json.loads(cleaned) == {"message": f"sent {MASK} to http://h/x", "name": "éA"}
    assert cleaned.count(b"\\/") == 3


def test_a_secret_that_begins_with_another_one_leaves_no_rest() -> None:
    redactor = Redactor()
    redactor.register("planted-token")
    redactor.register("planted-token-and-more")
    assert redactor.clean_known("planted-token-and-more") == MASK


def test_a_short_value_is_left_alone_because_ids_would_hold_it() -> None:
    redactor = Redactor()
    redactor.register("123")
    assert redactor.clean_known("job 1230") == "job 1230"


def test_a_body_without_secrets_is_not_copied() -> None:
    redactor = Redactor()
    redactor.register(TOKEN)
    body = b'{"id":1}'
    assert redactor.clean_body(body) is body


@pytest.mark.parametrize(
    ("password", "body", "expected"),
    [
        ("analytics", b'{"id":"analytics_pagerank_2"}', b'{"id":"analytics_pagerank_2"}'),
        ("runBeginTime", b'{"runBeginTime" : 1}', b'{"runBeginTime" : 1}'),
        ("16776369", b'{"at":1677636922000}', b'{"at":1677636922000}'),
        ("analytics", b'{"said":"no analytics for you"}', f'{{"said":"no {MASK} for you"}}'.encode()),
        ("16776369", b"?password=16776369&x", f"?password={MASK}&x".encode()),
        ("a1b2c3d4e5f6a7b8", b"xa1b2c3d4e5f6a7b8y", f"x{MASK}y".encode()),
    ],
)
def test_a_password_that_is_a_word_of_the_api_spoils_no_answer(password: str, body: bytes, expected: bytes) -> None:
    redactor = Redactor()
    redactor.register(password)
    assert redactor.clean_body(body) == expected


def test_a_redactor_shows_no_value_of_its_own() -> None:
    redactor = Redactor()
    redactor.register(TOKEN)
    assert TOKEN not in repr(redactor)


@given(st.text(min_size=8), st.text(), st.text())
def test_no_registered_value_survives_any_surroundings(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.register(secret)
    around = before + after + MASK
    if secret not in around:
        assert secret not in redactor.clean(before + secret + after).replace(MASK, "\0")
