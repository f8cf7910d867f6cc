from __future__ import annotations

from pathlib import Path

import pytest

from jobtui.core.errors import SettingsError, UnknownSource
from jobtui.recording.reading import read_recording
from jobtui.settings.load import parse
from jobtui.wiring import Wiring, wiring
from tests.providers.raw_server import RawServer, http_answer

CONFIGURATION = """\
[sources.graph]
provider = "nebula"
base_url = "http://127.0.0.1:1"
login = { user = "root", password = { env = "PASSWORD" }, address = "graphd", port = 9669 }

[sources.ready]
provider = "nebula"
base_url = "http://127.0.0.1:1"
token = { env = "TOKEN" }
read_only = true
interval = 0

[sources.evo]
provider = "evo"
base_url = "https://127.0.0.1:1"
org_id = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
oauth = { client_id = "me", client_secret = { env = "SECRET" }, token_url = "https://127.0.0.1:2/connect/token" }
verify_tls = false

[sources.media]
provider = "generation"
base_url = "https://127.0.0.1:1"
token = { env = "TOKEN" }
max_per_minute = 7
"""


def wired(text: str, folder: Path) -> Wiring:
    return wiring(parse(text, "the test"), config_folder=folder, environ={})


def test_each_source_gets_its_provider_its_pace_and_its_marks(tmp_path: Path) -> None:
    sources = {source.name: source for source in wired(CONFIGURATION, tmp_path).sources()}
    assert {name: source.provider.name for name, source in sources.items()} == {
        "graph": "nebula",
        "ready": "nebula",
        "evo": "evo",
        "media": "generation",
    }
    assert all(source.provider.source == name for name, source in sources.items())
    assert (sources["ready"].read_only, sources["graph"].read_only) == (True, False)
    assert (sources["ready"].pace.interval_s, sources["graph"].pace.interval_s) == (0, None)
    assert sources["media"].pace.max_per_minute == 7
    assert (sources["evo"].tls_verified, sources["media"].tls_verified) == (False, True)
    assert [source.credential for source in sources.values()] == [
        "sources.graph.login.password, env PASSWORD",
        "sources.ready.token, env TOKEN",
        "sources.evo.oauth.client_secret, env SECRET",
        "sources.media.token, env TOKEN",
    ]


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ('"s3cret"', "as it stands there"),
        ('{ command = "echo s3cret" }', "by its command"),
        ('{ file = "token.txt" }', "file token.txt"),
        ('{ keyring = "jobtui/me" }', "keyring jobtui/me"),
    ],
)
def test_where_a_credential_is_read_from_is_told_without_any_of_it(tmp_path: Path, secret: str, told: str) -> None:
    text = f'[sources.a]\nprovider = "generation"\nbase_url = "https://127.0.0.1:1"\ntoken = {secret}'
    (source,) = wired(text, tmp_path).sources()
    assert source.credential == f"sources.a.token, {told}"


def test_only_the_wanted_sources_are_made(tmp_path: Path) -> None:
    assert [source.name for source in wired(CONFIGURATION, tmp_path).sources(["media"])] == ["media"]
    with pytest.raises(UnknownSource, match="'nope'"):
        wired(CONFIGURATION, tmp_path).sources(["nope"])


def test_values_are_found_by_the_configured_paths_and_kept_as_text(tmp_path: Path) -> None:
    columns = {"cost": "usage.credits || data.cost", "fast": "fast", "tags": "tags[]", "owner": "owner.name"}
    text = "[json_columns]\n" + "".join(f"{name} = {path!r}\n" for name, path in columns.items())
    values = wired(text, tmp_path).values()
    assert values is not None
    assert dict(values.of_body(b'{"data": {"cost": 4.50}, "fast": true, "tags": ["a", 1], "owner": "x"}')) == {
        "json:usage.credits || data.cost": "4.5",
        "json:fast": "true",
        "json:tags[]": '["a",1]',
        "json:owner.name": "",
    }
    assert len(values.of_body(b'{"fast": "%s"}' % (b"x" * 1000))["json:fast"]) == 500
    assert wired("", tmp_path).values() is None


def test_a_path_that_cannot_be_understood_is_named_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^json_columns\.cost: '\$\.usage' ") as wrong:
        wired('[json_columns]\ncost = "$.usage"', tmp_path).engine(None)
    assert "usage.credits" in wrong.value.hint


def test_a_provider_that_nobody_brings_is_named_with_its_key(tmp_path: Path) -> None:
    text = '[sources.x]\nprovider = "generatoin"\nbase_url = "http://127.0.0.1:1"'
    with pytest.raises(SettingsError, match=r"sources\.x\.provider: .*did you mean generation\?"):
        wired(text, tmp_path).sources()


def test_a_provider_of_another_package_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "jobtui_lamp-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: jobtui-lamp\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[jobtui.providers]\nlamp = jobtui_lamp:make\n")
    (tmp_path / "site" / "jobtui_lamp.py").write_text(
        "class Lamp:\n"
        "    name = 'lamp'\n"
        "    def __init__(self, request):\n"
        "        self.source, self.options, self.request = request.source, request.options, request\n"
        "make = Lamp\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    text = '[sources.x]\nprovider = "lamp"\nbase_url = "http://127.0.0.1:1"\noptions = { watts = 5 }'
    (source,) = wired(text, tmp_path).sources()
    assert (source.provider.name, source.provider.source) == ("lamp", "x")
    assert getattr(source.provider, "options", None) == {"watts": 5}


def test_a_described_api_is_read_from_the_configurations_folder_or_comes_along(tmp_path: Path) -> None:
    (tmp_path / "farm.toml").write_text('[status]\npath = "/renders/{id}"\n[job]\nstate = "status"\n')
    text = """
[sources.farm]
provider = "http"
base_url = "https://127.0.0.1:1"
api = "farm.toml"
[sources.models]
provider = "http"
base_url = "https://127.0.0.1:1"
api = "builtin:replicate"
token = { env = "TOKEN" }
"""
    farm, models = wired(text, tmp_path).sources()
    assert (farm.provider.name, models.provider.name) == ("http", "http")
    assert not farm.provider.capabilities.submits
    assert models.provider.capabilities.cancels


def test_a_description_that_cannot_be_used_is_named_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "farm.toml").write_text('[status]\npath = "/renders/{id}"\n[job]\nstat = "status"\n')
    text = '[sources.farm]\nprovider = "http"\nbase_url = "https://127.0.0.1:1"\napi = "farm.toml"'
    with pytest.raises(SettingsError, match=r"sources\.farm\.api: .*farm\.toml: job\.stat"):
        wired(text, tmp_path).sources()
    with pytest.raises(SettingsError, match=r"none\.toml"):
        wired(text.replace("farm.toml", "none.toml"), tmp_path).sources()


def test_who_waits_is_not_kept_waiting_by_a_source_that_is_asked_by_hand(tmp_path: Path) -> None:
    text = """
[sources.a]
provider = "generation"
base_url = "https://127.0.0.1:1"
token = { env = "TOKEN" }
interval = 0
[sources.b]
provider = "generation"
base_url = "https://127.0.0.1:1"
token = { env = "TOKEN" }
interval = 7
"""
    paces = [
        [source.pace.interval_s for source in wired(text, tmp_path).sources(waits=waits)] for waits in (False, True)
    ]
    assert paces == [[0, 7], [None, 7]]


@pytest.mark.parametrize(
    "line",
    [
        'provider = "generation"\ntoken = "t"\nverify_tls = "~no-such-user/ca"',
        'provider = "http"\napi = "~no-such-user/a"',
    ],
)
def test_a_home_that_nobody_has_is_a_setting_to_mend(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsError, match=r"sources\.a\.(verify_tls|api): .*~ stands for"):
        wired(f'[sources.a]\nbase_url = "https://127.0.0.1:1"\n{line}', tmp_path).sources()


async def test_what_every_source_does_is_recorded_under_its_own_name_and_the_end_of_that_is_told(
    tmp_path: Path,
) -> None:
    async with RawServer(http_answer(b'{"code": 0, "data": {"items": [], "total": 0}}')).serving() as server:
        settings = parse(CONFIGURATION.replace("http://127.0.0.1:1", server.base_url), "the test")
        made = wiring(settings, config_folder=tmp_path, environ={"TOKEN": "planted-token-4711"})
        recorded = made.recorded_to(tmp_path / "session.rec")
        assert recorded.recorder is not None
        async with recorded.engine(None, polling=False) as engine:
            await engine.refresh("ready")
            recorded.recorder.notice = "The recording ended."
            await engine.track("media", ["1"])
            assert "The recording ended." in engine.snapshot.notice
        recorded.recorder.close()
    recording = read_recording(tmp_path / "session.rec")
    assert set(recording.heading.sources) == set(settings.sources)
    assert {exchange.url.partition("/api-open/")[0] for exchange in recording.exchanges} == {"http://ready.recorded"}
    assert [str(watched.job.id) for watched in recording.watched] == ["media:1"]
    assert "planted" not in (tmp_path / "session.rec").read_text()
