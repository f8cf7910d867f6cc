from __future__ import annotations

import json
import resource
import tomllib
from pathlib import Path

import pytest

from jobtui.app.job_fields import job_environment
from jobtui.core.errors import SettingsError
from jobtui.core.states import JobState
from jobtui.settings.load import Loaded, load, parse, secrets_of
from jobtui.settings.model import EvoSource, GenerationSource, NebulaSource, PluginSource
from jobtui.settings.paths import (
    config_path,
    data_dir,
    download_folder,
    own_folder,
    private_folder,
    unusable_folder,
)
from jobtui.settings.template import EXAMPLE, TEMPLATE, schema, write_template
from tests.app.scripted_engine import job

PLANTED = "s3cret-planted"

CONTRACT = """\
theme = "nord"
download_dir = "/tmp/results"
notify = ["bell", "osc9"]
on_finish = "notify-send {state} {address}"

[sources.graph]
provider = "nebula"
base_url = "http://192.168.8.145:7002"
login = { user = "root", password = { env = "NEBULA_PASSWORD" }, address = "192.168.8.111", port = 9669 }
workflows = ["4216617528"]

[sources.evo]
provider = "evo"
base_url = "https://au.api.seequent.com"
org_id = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
token = { command = "print-evo-token --secret s3cret-planted" }
preview = true

[sources.media]
provider = "generation"
base_url = "https://api.gpt.ge/"
token = "s3cret-planted"
interval = 10.0
max_per_minute = 60
read_only = true
verify_tls = true
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def loaded(file: Path, text: str, environ: dict[str, str] | None = None, **flags: str) -> Loaded:
    file.write_text(text)
    return load(file, environ or {}, flags)


def complaint(file: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(file, text, environ)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_the_contract_s_example_is_read(file: Path) -> None:
    settings = loaded(file, CONTRACT).settings
    graph, evo, media = (settings.sources[name] for name in ("graph", "evo", "media"))
    assert isinstance(graph, NebulaSource)
    assert graph.login is not None
    assert (graph.login.user, graph.login.password.env, graph.login.port) == ("root", "NEBULA_PASSWORD", 9669)
    assert graph.workflows == ("4216617528",)
    assert isinstance(evo, EvoSource)
    assert evo.preview
    assert isinstance(media, GenerationSource)
    assert (media.base_url, media.interval, media.read_only) == ("https://api.gpt.ge", 10.0, True)
    assert settings.on_finish == "notify-send {state} {address}"


def test_a_command_of_the_user_s_may_call_jobtui_with_the_job_in_its_environment(file: Path) -> None:
    environ = job_environment(job("graph:1", JobState.FAILED), {"theme": "a.b"}, quiet=True)
    assert list(load(file, environ).warnings({**environ, "JOBTUI_DATA_DIR": str(file.parent / "data")})) == []
    with pytest.raises(SettingsError, match="JOBTUI_QUIET"):
        load(file, {"JOBTUI_QUIET": "1"})


def test_without_a_file_the_defaults_hold(file: Path) -> None:
    result = load(file, {})
    assert not result.file_exists
    assert result.settings.sources == {}
    assert result.settings.download_dir == Path.home() / "Downloads"


def test_a_file_that_the_user_named_has_to_exist(file: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load(file, {}, required=True)


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(file: Path) -> None:
    text = 'theme = "file"\ndownload_dir = "/file"\nnotify = []\n'
    environ = {"JOBTUI_THEME": "environment", "JOBTUI_DOWNLOAD_DIR": "/environment"}
    result = loaded(file, text, environ, theme="flag")
    origins = {shown.key: (shown.value, shown.origin) for shown in result.shown()}
    assert origins["theme"] == ('"flag"', "flag")
    assert origins["download_dir"] == ('"/environment"', "JOBTUI_DOWNLOAD_DIR")
    assert origins["notify"] == ("[]", str(file))
    assert origins["on_finish"] == ('""', "default")


def test_the_environment_reaches_into_sources(file: Path) -> None:
    environ = {
        "JOBTUI_SOURCES__MEDIA__INTERVAL": "0",
        "JOBTUI_SOURCES__MEDIA__READ_ONLY": "false",
        "JOBTUI_SOURCES__GRAPH__WORKFLOWS": "1, 2",
        "JOBTUI_SOURCES__GRAPH__LOGIN__PASSWORD": "1e5",
        "JOBTUI_NOTIFY": "bell",
        "JOBTUI_FILTERS": '{"mine": "state:running"}',
        "JOBTUI_CONFIG": "/elsewhere",
        "JOBTUI_DATA_DIR": "/elsewhere",
    }
    settings = loaded(file, CONTRACT, environ).settings
    graph, media = settings.sources["graph"], settings.sources["media"]
    assert (media.interval, media.read_only) == (0, False)
    assert isinstance(graph, NebulaSource)
    assert graph.workflows == ("1", "2")
    assert graph.login is not None
    assert graph.login.password.plain is not None
    assert graph.login.password.plain.get_secret_value() == "1e5"
    assert settings.notify == ("bell",)
    assert settings.filters == {"mine": "state:running"}


def test_a_source_can_come_from_the_environment_alone(file: Path) -> None:
    environ = {
        "JOBTUI_SOURCES__MEDIA__PROVIDER": "generation",
        "JOBTUI_SOURCES__MEDIA__BASE_URL": "https://x.example",
        "JOBTUI_SOURCES__MEDIA__TOKEN__ENV": "KEY",
    }
    media = load(file, environ).settings.sources["media"]
    assert isinstance(media, GenerationSource)
    assert media.token.env == "KEY"


def test_a_secret_of_a_higher_layer_replaces_the_lower_one_whole(file: Path) -> None:
    media = loaded(file, CONTRACT, {"JOBTUI_SOURCES__MEDIA__TOKEN__ENV": "KEY"}).settings.sources["media"]
    assert isinstance(media, GenerationSource)
    assert (media.token.kind, media.token.env) == ("env", "KEY")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[commands.a]\nkey = 'f2'", "commands.a.run: is missing"),
        ("[commands.a]\nrunn = 'x'\nrun = 'x'", "commands.a.runn: there is no such key; did you mean run?"),
        ("[commands.'a b']\nrun = 'x'", "a command can't be named 'a b'"),
        ('them = "x"', "them: there is no such key; did you mean theme?"),
        ("notify = ['ring']", "notify: 'ring' is none of"),
        (
            "filters = { bad = 'stat:failed' }",
            "filters.bad: there is no field 'stat' in 'stat:failed'. Did you mean 'state'?",
        ),
        ("clipboard = 'ocs52'", "clipboard: has to be 'auto', 'osc52' or 'native'"),
        ("slow_line = 'perhaps'", "slow_line: has to be true or false"),
        ("keep_days = 'many'", "keep_days: has to be a whole number"),
        ("keep_days = 1.5", "keep_days: has to be a whole number"),
        ("theme = 1", "theme: has to be a text"),
        ("notify = 1", "notify: has to be a list"),
        ("keys = 1", "keys: has to be a table"),
        (
            "[sources.a]\nprovider = 'ev'\nbase_url = 'http://x'\norg_id = 'x'",
            "sources.a.org_id: a provider 'ev' has no such key; did you mean the provider evo?",
        ),
        ('sources = "s3cret-planted"', "sources: "),
        ("[sources.a]\nprovider = 'evo'", "sources.a.base_url: is missing"),
        ("[sources.'a b']\nprovider = 'x'\nbase_url = 'http://x'", "a source can't be named 'a b'"),
        (
            "[sources.a]\nprovider = 'generation'\nbase_url = 'http://x'\ntokn = 's3cret-planted'",
            "sources.a.tokn: ",
        ),
        ("[sources.a]\nprovider = 'generation'\nbase_url = 'http://x'\ntokn = 1", "did you mean token?"),
        ("[sources.a]\nprovider = 'generation'\nbase_url = 'http://x'\ntoken = {}", "exactly one of"),
        ("[sources.a]\nprovider = 'generation'\nbase_url = 'http://x'\ntoken = ''", "plain is empty"),
        (
            "[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x'\ntoken = { env = 'A', plain = 's3cret-planted' }",
            "not env, plain",
        ),
        (
            "[sources.a]\nprovider = 'generation'\nbase_url = 'http://x'\ntoken = { comand = 's3cret-planted' }",
            "sources.a.token.comand: there is no such key; did you mean command?",
        ),
        (
            "[sources.a]\nprovider = 'generation'\nbase_url = 'http://x'\ntoken = ['s3cret-planted']",
            "sources.a.token: ",
        ),
        ("[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x'", "either login or token"),
        (
            "[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x'\ntoken = 't'\nworkflows = ['107', 'fraud_rank']",
            "sources.a.workflows: 'fraud_rank' is no workflow id",
        ),
        (
            "[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x'\ntoken = 't'\nworkflows = ['²']",
            "sources.a.workflows: '²' is no workflow id",
        ),
        ("[sources.a]\nprovider = 'nebula'\nbase_url = 'ftp://x'\ntoken = 't'", "not a URL of http or https"),
        ("[sources.a]\nprovider = 'nebula'\nbase_url = 'http://[x'\ntoken = 't'", "not a URL"),
        ("[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x:99999'\ntoken = 't'", "not a URL"),
        (
            "[sources.a]\nprovider = 'nebula'\nbase_url = 'http://root:s3cret-planted@x'\ntoken = 't'",
            "sources.a.base_url: a user name or password",
        ),
        (
            "[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x/?key=s3cret-planted'\ntoken = 't'",
            "nothing may follow the path",
        ),
        ("[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x'\ntoken = 't'\ninterval = -1", "sources.a.interval: "),
        (
            "[sources.a]\nprovider = 'nebula'\nbase_url = 'http://x'\ntoken = 't'\ninterval = nan",
            "sources.a.interval: ",
        ),
        ("[sources.a]\nprovider = 'evo'\nbase_url = 'http://x'\ntoken = 't'\norg_id = 'x'", "sources.a.org_id: "),
        ("[sources.a]\nprovider = []\nbase_url = 'http://x'\ntokn = 's3cret-planted'", "sources.a.tokn: "),
        (
            (
                "[sources.a]\nprovider = 'evo'\nbase_url = 'https://x'\n"
                "org_id = '3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01'\n"
                "oauth = { client_id = 'c', client_secret = 's3cret-planted', token_url = 'http://ims.example/token' }"
            ),
            "token_url: has to be https",
        ),
        ("download_dir = '~no-such-user/x'", "download_dir: the folder that ~ stands for is not known"),
        ("theme = [", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file_and_never_with_its_value(file: Path, text: str, words: str) -> None:
    said = complaint(file, text)
    assert words in said
    assert said.startswith(str(file))
    assert PLANTED not in said


def test_a_wrong_variable_is_named_as_a_variable(file: Path) -> None:
    said = complaint(file, CONTRACT, {"JOBTUI_SOURCES__MEDIA__INTERVAL": PLANTED})
    assert said.startswith("JOBTUI_SOURCES__MEDIA__INTERVAL: ")
    assert PLANTED not in said


def test_a_file_that_is_not_text_or_has_no_end_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load(file, {})
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(SettingsError, match="larger than"):
        load(file, {})
    with pytest.raises(SettingsError, match="can't be read"):
        load(file.parent, {})


def test_a_provider_of_another_package_takes_options(file: Path) -> None:
    text = "[sources.x]\nprovider = 'slurm'\nbase_url = 'http://x'\n[sources.x.options]\nsecret = 's3cret-planted'"
    result = loaded(file, text)
    source = result.settings.sources["x"]
    assert isinstance(source, PluginSource)
    assert source.options == {"secret": PLANTED}
    assert PLANTED not in "".join(shown.value for shown in result.shown())


def test_no_secret_is_shown_in_show_repr_or_str(file: Path) -> None:
    result = loaded(file, CONTRACT)
    shown = {shown.key: shown.value for shown in result.shown()}
    assert shown["sources.media.token"] == '"[hidden]"'
    assert shown["sources.evo.token"] == '{ command = "print-evo-token …" }'
    assert shown["sources.graph.login.password"] == '{ env = "NEBULA_PASSWORD" }'
    media = result.settings.sources["media"]
    assert isinstance(media, GenerationSource)
    assert PLANTED not in repr(media) + str(media) + media.model_dump_json() + json.dumps(shown)


def test_every_secret_is_found_with_its_key(file: Path) -> None:
    keys = {".".join(path): secret.kind for path, secret in secrets_of(loaded(file, CONTRACT).settings)}
    assert keys == {
        "sources.graph.login.password": "env",
        "sources.evo.token": "command",
        "sources.media.token": "plain",
    }


def test_a_plain_secret_that_others_may_read_is_warned_of(file: Path) -> None:
    result = loaded(file, CONTRACT)
    file.chmod(0o644)
    assert any("sources.media.token" in warning and "chmod 600" in warning for warning in result.warnings({}))
    file.chmod(0o600)
    assert not any("chmod" in warning for warning in result.warnings({}))


def test_what_weakens_the_line_and_what_is_misspelt_is_warned_of(file: Path) -> None:
    result = loaded(file, CONTRACT.replace("verify_tls = true", "verify_tls = false"))
    file.chmod(0o600)
    warnings = " ".join(result.warnings({"JOBTUI_THEM": "x", "JOBTUI_DATA_DIR": "/x", "OTHER": "y"}))
    assert "sources.media.verify_tls is off" in warnings
    assert "sources.graph.base_url is plain http" in warnings
    assert "JOBTUI_THEM is not a setting; did you mean theme?" in warnings
    assert "DATA_DIR" not in warnings
    local = loaded(file, "[sources.a]\nprovider='nebula'\nbase_url='http://127.0.0.1:1'\ntoken={env='A'}")
    assert list(local.warnings({})) == []


def test_text_that_no_file_holds_is_named_by_its_origin() -> None:
    assert set(parse(CONTRACT, "the demo").sources) == {"graph", "evo", "media"}
    with pytest.raises(SettingsError, match="the demo: them: there is no such key"):
        parse("them = 1", "the demo")
    with pytest.raises(SettingsError, match="the demo: not TOML"):
        parse("[", "the demo")


def test_the_template_changes_nothing_and_is_complete_once_uncommented(file: Path) -> None:
    assert tomllib.loads(TEMPLATE) == {}
    lines = [
        line.removeprefix("# ")
        for line in TEMPLATE.splitlines()
        if line.startswith("# ") and (" = " in line or line.startswith("# ["))
    ]
    settings = loaded(file, "\n".join(line for line in lines if not line.startswith("A "))).settings
    assert set(settings.sources) == {"graph", "evo", "media", "models"}
    assert set(settings.filters) == {"running", "failed"}


def test_the_sign_in_of_an_evo_application_needs_its_id_and_secret_alone(file: Path) -> None:
    (line,) = (line for line in TEMPLATE.splitlines() if line.startswith("# # oauth = "))
    source = f"[sources.evo]\nprovider = 'evo'\nbase_url = 'https://x'\norg_id = '{'0' * 32}'\n"
    evo = loaded(file, source + line.removeprefix("# # ")).settings.sources["evo"]
    assert isinstance(evo, EvoSource)
    assert evo.oauth is not None
    assert evo.oauth.scope == "evo.discovery evo.workspace"
    assert evo.oauth.token_url == "https://ims.bentley.com/connect/token"
    assert line.removeprefix("# ") in (Path(__file__).parents[2] / "README.md").read_text()


def test_the_welcome_s_example_is_a_configuration() -> None:
    assert set(parse(EXAMPLE, "the example").sources) == {"graph", "evo", "media", "models"}


def test_the_template_is_private_and_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    write_template(file)
    assert file.read_text() == TEMPLATE
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    file.write_text("mine")
    with pytest.raises(SettingsError, match="exists already"):
        write_template(file)
    assert file.read_text() == "mine"


def test_the_schema_names_every_key_with_its_meaning() -> None:
    document = json.loads(json.dumps(schema()))
    assert document["properties"]["theme"]["description"].startswith("Any Textual theme; ")
    assert "base_url" in document["$defs"]["EvoSource"]["properties"]
    assert document["additionalProperties"] is False


def test_paths_come_from_flag_then_variable_then_platform(tmp_path: Path) -> None:
    environ = {"JOBTUI_CONFIG": str(tmp_path / "a"), "JOBTUI_DATA_DIR": str(tmp_path / "d")}
    assert config_path(str(tmp_path / "flag"), environ) == tmp_path / "flag"
    assert config_path(None, environ) == tmp_path / "a"
    assert config_path(None, {}).name == "config.toml"
    assert data_dir(environ) == tmp_path / "d"
    assert data_dir({}).name == "jobtui"


def test_a_private_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    assert private_folder(tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="can't be made"):
        private_folder(tmp_path / "file" / "b")


@pytest.mark.parametrize(
    ("text", "key"),
    [('quiet = ["22-7"]', "quiet"), ('notify_after = "30"', "notify_after"), ('keymap = "emacs"', "keymap")],
)
def test_rules_of_notices_and_the_keymap_are_checked(file: Path, text: str, key: str) -> None:
    assert f"{key}: " in complaint(file, text)


def test_quiet_hours_may_come_from_one_variable(file: Path) -> None:
    settings = loaded(file, "", {"JOBTUI_QUIET": "22:00-07:00,12:00-13:00", "JOBTUI_NOTIFY_AFTER": "2m"}).settings
    assert settings.quiet == ("22:00-07:00", "12:00-13:00")
    assert settings.notify_after == "2m"


def test_a_user_without_a_home_is_told_what_to_set_and_saves_where_he_works() -> None:
    def homeless(*_: object, **__: object) -> Path:
        raise RuntimeError("no home")

    with pytest.raises(SettingsError, match="the home folder is not known") as refused:
        own_folder(homeless, "JOBTUI_DATA_DIR")
    assert refused.value.hint == "Set HOME, or JOBTUI_DATA_DIR."
    with pytest.raises(SettingsError):
        own_folder(lambda *_, **__: Path("~/.config"), "JOBTUI_CONFIG")
    assert download_folder("~/x", expanduser=homeless) == Path.cwd() / "x"
    with pytest.raises(RuntimeError):
        download_folder("~ada/x", expanduser=homeless)


def test_the_folder_that_a_file_can_be_saved_in_is_found_before_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert unusable_folder(tmp_path / "a" / "b") == ""
    assert unusable_folder(tmp_path / "file") == f"{tmp_path / 'file'} is not a folder"
    assert unusable_folder(tmp_path / "file" / "b") == f"{tmp_path / 'file'} is not a folder"


def test_a_template_that_does_not_fit_on_the_disk_leaves_no_file(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(SettingsError, match=r"config\.toml can't be written: File too large"):
            write_template(tmp_path / "config.toml")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
