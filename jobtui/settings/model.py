"""Every setting, its type, its default and its description: the schema and the errors are made from here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    SecretStr,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from jobtui.core.errors import UsageError
from jobtui.core.filters import FIELDS, Filter
from jobtui.core.spans import DailySpan, parse_span
from jobtui.settings.layers import SECRET_KINDS
from jobtui.settings.paths import download_folder

_COLUMN_NAME = re.compile(r"[a-z_]{1,30}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_EVO_SIGN_IN = "https://ims.bentley.com/connect/token"
_BUILT_IN = ("nebula", "evo", "generation", "http")


def _split_words(value: object) -> object:
    """A list from one text, as the environment gives it: `bell,osc9`."""
    if isinstance(value, str):
        return [word for word in re.split(r"[\s,]+", value) if word]
    return value


def _understood(read: Callable[[str], object], text: str) -> None:
    try:
        read(text)
    except UsageError as error:
        # The key that stands before it says already that it's a filter.
        words = str(error).removeprefix("filter: ")
        raise ValueError(f"{words}. {error.hint}" if error.hint else words) from error


def _understood_filter(text: str, info: ValidationInfo) -> str:
    _understood(partial(Filter.parse, json_columns=info.data.get("json_columns", {})), text)
    return text


Words = Annotated[tuple[str, ...], BeforeValidator(_split_words)]
FilterText = Annotated[str, AfterValidator(_understood_filter)]


class _Table(BaseModel):
    """A table of the file: unknown keys are errors, and no repr shows a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Secret(_Table):
    """Where a secret is read from, when it is needed."""

    env: str | None = None
    """Name of an environment variable."""
    file: str | None = None
    """A file that holds nothing else; relative to the configuration's folder."""
    command: str | None = None
    """A command that prints it; run without a shell, 30 seconds at most."""
    keyring: str | None = None
    """`service/user` in the system's keyring (needs the extra `jobtui[keyring]`)."""
    plain: SecretStr | None = None
    """The secret itself; a plain text in place of the table means the same."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"plain": value} if isinstance(value, str | SecretStr) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> Secret:
        given = [kind for kind in SECRET_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(SECRET_KINDS)} is needed, not {', '.join(given) or 'none'}")
        if not (self.plain.get_secret_value() if self.plain else getattr(self, given[0])):
            raise ValueError(f"{given[0]} is empty")
        return self

    @property
    def kind(self) -> str:
        """Which of the ways was chosen."""
        return next(kind for kind in SECRET_KINDS if getattr(self, kind) is not None)

    @property
    def origin(self) -> str:
        """Where it is read from, for the user; without a command's words, which may hold a secret themselves."""
        if self.kind in {"plain", "command"}:
            return "as it stands there" if self.plain else "by its command"
        return f"{self.kind} {getattr(self, self.kind)}"


class NebulaLogin(_Table):
    """The account that signs in at a NebulaGraph Explorer."""

    user: str
    password: Secret
    address: str
    """Host of the graph database, as the Explorer sees it."""
    port: int = Field(default=9669, ge=1, le=65535)


class OAuthClient(_Table):
    """OAuth client credentials of a service application, with Evo's own sign-in service where nothing else is said."""

    client_id: str = Field(min_length=1)
    client_secret: Secret
    scope: str = "evo.discovery evo.workspace"
    """Joined by blanks; empty to leave it to the service."""
    token_url: str = _EVO_SIGN_IN
    """Where tokens are made; has to be https, except on loopback."""

    @field_validator("token_url")
    @classmethod
    def _usable_url(cls, value: str) -> str:
        if is_plain_http(_checked_url(value)):
            raise ValueError("has to be https: the client's secret is sent there")
        return value


class Command(_Table):
    """A command of the user's own, for the marked jobs or the current one."""

    run: str = Field(min_length=1)
    """Program and arguments, run without a shell; {address}, {id}, {state} and the like are replaced."""
    key: str = ""
    """A key that no action has, several with commas; without one, it is in the palette."""
    label: str = ""
    """What palette, help and the lowest line call it; its name where nothing is said."""
    screen: bool = False
    """Whether it gets the terminal until it ends; else it runs beside the screen, and its end is told."""
    sources: Words = ()
    """Sources whose jobs it is for; empty for all."""
    confirm: bool = False
    """Whether to ask first."""


class SourceBase(_Table):
    """What every source has."""

    provider: str
    base_url: str
    """Where the API begins; nothing after it but a path."""
    interval: float | None = Field(default=None, ge=0, le=86_400, allow_inf_nan=False)
    """Seconds between two looks at a running job; 0 asks only by hand. Without it, what suits the API."""
    max_per_minute: int = Field(default=60, ge=1, le=6_000)
    """Requests at most, of all kinds."""
    read_only: bool = False
    """No submit, no cancel."""
    notify: bool = True
    """Whether the ends of this source's jobs are told at all."""
    auto_download: bool = False
    """Save what a job left as soon as it has succeeded; done by the screen, while it is open."""
    verify_tls: bool | str = True
    """`false`, or a file with the certificate authorities to trust."""

    @field_validator("verify_tls", mode="before")
    @classmethod
    def _switch_or_file(cls, value: object) -> object:
        # A variable is always text; nobody keeps authorities in a file named "false".
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower(), value)

    @field_validator("base_url")
    @classmethod
    def _usable_url(cls, value: str) -> str:
        return _checked_url(value).rstrip("/")


class NebulaSource(SourceBase):
    """A NebulaGraph Explorer with its workflows."""

    provider: Literal["nebula"]
    login: NebulaLogin | None = None
    token: Secret | None = None
    """A ready explorer_token, in place of `login`."""
    workflows: Words = ()
    """List only these workflows' jobs."""

    @field_validator("workflows")
    @classmethod
    def _numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if not (word.isascii() and word.isdecimal()):
                raise ValueError(f"{word!r} is no workflow id: that is the number on the workflow's page in Explorer")
        return value

    @model_validator(mode="after")
    def _one_credential(self) -> NebulaSource:
        if (self.login is None) == (self.token is None):
            raise ValueError("either login or token is needed")
        return self


class EvoSource(SourceBase):
    """A Seequent Evo organisation's compute tasks."""

    provider: Literal["evo"]
    org_id: str = Field(pattern=r"^[0-9A-Fa-f-]{32,36}$")
    token: Secret | None = None
    """A bearer token, in place of `oauth`."""
    oauth: OAuthClient | None = None
    preview: bool = False
    """Send API-Preview: opt-in."""

    @model_validator(mode="after")
    def _one_credential(self) -> EvoSource:
        if (self.oauth is None) == (self.token is None):
            raise ValueError("either token or oauth is needed")
        return self


class GenerationSource(SourceBase):
    """A gateway to image and video models."""

    provider: Literal["generation"]
    token: Secret


class HttpSource(SourceBase):
    """Any REST job API, as a TOML file describes it."""

    provider: Literal["http"]
    api: str = Field(min_length=1)
    """The description: a file, relative to the configuration's folder, or builtin:NAME."""
    token: Secret | None = None


class PluginSource(SourceBase):
    """A source of a provider that another package brings (entry points of the group `jobtui.providers`)."""

    token: Secret | None = None
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Handed to the provider as they are."""


def _provider_tag(value: Any) -> str:  # noqa: ANN401 - pydantic hands over whatever the file holds
    provider = value.get("provider") if isinstance(value, dict) else getattr(value, "provider", None)
    return provider if isinstance(provider, str) and provider in _BUILT_IN else "plugin"


Source = Annotated[
    Annotated[NebulaSource, Tag("nebula")]
    | Annotated[EvoSource, Tag("evo")]
    | Annotated[GenerationSource, Tag("generation")]
    | Annotated[HttpSource, Tag("http")]
    | Annotated[PluginSource, Tag("plugin")],
    Discriminator(_provider_tag),
]
"""One configured source; `provider` says which kind."""


class Settings(BaseSettings):
    """All settings of one run."""

    model_config = SettingsConfigDict(
        env_prefix="JOBTUI_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    theme: str = "auto"
    """Any Textual theme; "auto" is a dark or a light one, as the terminal's background is."""
    download_dir: Path = Path("~/Downloads")
    """Where results are saved."""
    notify: Words = ("bell", "osc9")
    """What happens when a watched job ends: any of bell, osc9, osc777."""
    quiet: Words = ()
    """Parts of the day in which that makes no sound, such as 22:00-07:00."""
    notify_after: str = "0s"
    """Jobs that took less make no sound: a number with s, m, h or d."""
    on_finish: str = ""
    """A command for the same moment, run without a shell; {state} and {address} are replaced."""
    columns: Words = ()
    """The list's columns, in order; empty for the usual ones."""
    json_columns: dict[str, str] = Field(default_factory=dict)
    """Further columns: JMESPath into the last answer about a job, as its Raw tab shows it, by the column's name."""
    clipboard: Literal["auto", "osc52", "native"] = "auto"
    """Where copies go: "native" is a program such as wl-copy, xclip or pbcopy, "osc52" the terminal.

    "auto" is such a program, or the terminal where one sits at another machine."""
    filters: dict[str, FilterText] = Field(default_factory=dict)
    """Filters to choose by number, by their names."""
    slow_line: bool | None = None
    """Send less to the terminal: news once a second, no ticking ages, fewer colours, nothing that moves.

    Left out, that is done where the terminal takes long to answer."""
    keymap: Literal["default", "k9s"] = "default"
    """The keys to begin with: jobtui's own, or those of k9s as far as they fit."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Other keys for actions, by the action's id; "none" takes a key away."""
    commands: dict[str, Command] = Field(default_factory=dict)
    """Commands of the user's own for jobs, by name."""
    keep_days: int = Field(default=90, ge=1, le=36_500)
    """Ended jobs that came with a list are forgotten when they were not seen for so long; tracked ones stay."""
    keep_jobs: int = Field(default=200_000, ge=100, le=10_000_000)
    """Of ended jobs that came with a list so many are remembered, the newest."""
    sources: dict[str, Source] = Field(default_factory=dict)
    """The configured sources, by name."""

    @field_validator("download_dir")
    @classmethod
    def _home_expanded(cls, value: Path) -> Path:
        if "\0" in str(value):
            raise ValueError("no folder can have a NUL in its name")
        try:
            return download_folder(str(value))
        except RuntimeError:
            raise ValueError("the folder that ~ stands for is not known") from None

    @field_validator("notify")
    @classmethod
    def _known_notices(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if word not in {"bell", "osc9", "osc777"}:
                raise ValueError(f"{word!r} is none of bell, osc9, osc777")
        return value

    @field_validator("quiet")
    @classmethod
    def _parts_of_the_day(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            _understood(DailySpan.parse, text)
        return value

    @field_validator("notify_after")
    @classmethod
    def _a_span(cls, value: str) -> str:
        _understood(parse_span, value)
        return value

    @field_validator("json_columns")
    @classmethod
    def _usable_columns(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not _COLUMN_NAME.fullmatch(name):
                raise ValueError(f"a column can't be named {name!r}: small letters and underscores only, 30 at most")
            if name in FIELDS:
                raise ValueError(f"a column can't be named {name!r}: filters know another field by that name")
        return value

    @field_validator("commands", "sources")
    @classmethod
    def _usable_names(cls, value: dict[str, object], info: ValidationInfo) -> dict[str, object]:
        kind = str(info.field_name).removesuffix("s")
        for name in value:
            if not _NAME.fullmatch(name):
                raise ValueError(f"a {kind} can't be named {name!r}: letters, digits, dot, dash and underscore only")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values only as given: `load` has put the layers together already, since it has to know their origins."""
        return (init_settings,)


def is_plain_http(url: str) -> bool:
    """Whether what is sent to the URL can be read on its way: no TLS, and another machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_local = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_local = False
    return parts.scheme == "http" and not is_local


def _checked_url(value: str) -> str:
    """The URL, if a request can be built on it. The text of an error holds no part that may be secret."""
    try:
        parts = urlsplit(value)
        port_is_usable = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("not a URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_usable:
        raise ValueError("not a URL of http or https with a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a user name or password in the URL would be seen everywhere; give it as login or token")
    if parts.query or parts.fragment:
        raise ValueError("nothing may follow the path (no ? and no #)")
    return value
