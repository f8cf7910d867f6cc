"""From settings to an engine: the one place that names concrete providers, and finds those of other packages."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from jobtui.core.clock import Clock, SystemClock
from jobtui.core.errors import SettingsError, UnknownSource
from jobtui.core.jobs import JsonValue
from jobtui.core.redaction import Redactor
from jobtui.core.structs import replace
from jobtui.core.values import LONGEST_VALUE, value_key
from jobtui.engine.engine import Engine
from jobtui.engine.source import Pace, Source
from jobtui.engine.store.records import Retention
from jobtui.engine.store.store import Store
from jobtui.engine.values import Values
from jobtui.providers.base import Provider, ReadSecret
from jobtui.settings.load import secrets_of
from jobtui.settings.model import (
    EvoSource,
    GenerationSource,
    HttpSource,
    NebulaSource,
    PluginSource,
    Secret,
    Settings,
    SourceBase,
)
from jobtui.settings.paths import STORE_NAME
from jobtui.settings.secrets import SecretReader

if TYPE_CHECKING:
    from jobtui.core.exchanges import Tap
    from jobtui.providers.http import HttpClient
    from jobtui.recording.recorder import Recorder

ENTRY_POINTS = "jobtui.providers"
"""Group in which other packages name their providers; each is a callable that takes one `ProviderRequest`."""


class ProviderRequest(Struct, frozen=True):
    """What a provider of another package is made from."""

    source: str
    """The configured source's name."""
    http: HttpClient
    """A client for the source's base URL, with all limits and guards."""
    token: ReadSecret | None
    options: Mapping[str, JsonValue]
    """The source's `options` table, unchecked."""
    clock: Clock
    redactor: Redactor
    """To be told of every further secret."""


class Wiring(Struct, frozen=True):
    """Makes sources and engines from settings."""

    settings: Settings
    config_folder: Path
    """What relative files in the settings are relative to."""
    environ: Mapping[str, str]
    clock: Clock
    redactor: Redactor
    recorder: Recorder | None = None
    """Is told of all that is asked and answered; `None` where nothing is recorded."""
    notice: Callable[[], str] = str
    """Gives what the user must know of this run, such as that its recording ended; empty for nothing."""
    replayed_at: Collection[str] | None = None
    """Where a recording is served, which is all that may be asked then."""

    def sources(self, only: Collection[str] | None = None, *, waits: bool = False) -> tuple[Source, ...]:
        """The configured sources, none of them asked yet.

        Args:
            only: Names of the wanted ones; `None` is all.
            waits: Whether someone waits for their jobs: then `interval = 0` leaves the pace to the API.

        Raises:
            UnknownSource: A wanted one isn't configured.
            SettingsError: One can't be made as it is configured.
        """
        configured = self.settings.sources
        for name in only or ():
            if name not in configured:
                raise UnknownSource(name, tuple(configured))
        credentials = {path[1]: f"{'.'.join(path)}, {secret.origin}" for path, secret in secrets_of(self.settings)}
        return tuple(
            Source(
                name,
                self._provider(name, source),
                Pace(None if waits and source.interval == 0 else source.interval, source.max_per_minute),
                read_only=source.read_only,
                tls_verified=source.verify_tls is not False,
                credential=credentials.get(name, ""),
            )
            for name, source in configured.items()
            if only is None or name in only
        )

    def engine(
        self,
        data_folder: Path | None,
        *,
        only: Collection[str] | None = None,
        polling: bool = True,
        waits: bool = False,
    ) -> Engine:
        """An engine that isn't running yet.

        Args:
            data_folder: Where the store is; `None` keeps everything in memory.
            only: Names of the wanted sources; `None` is all.
            polling: Whether it asks by itself.
            waits: Whether it then asks those too that are configured to be asked by hand.
        """
        retention = Retention(age=timedelta(days=self.settings.keep_days), count=self.settings.keep_jobs)
        store = Store(
            data_folder / STORE_NAME if data_folder else None,
            clock=self.clock,
            retention=retention,
            on_tracked=self.recorder.watch if self.recorder is not None else None,
        )
        return Engine(
            self.sources(only, waits=waits),
            store,
            clock=self.clock,
            rng=random.Random(),
            polling=polling,
            values=self.values(),
            notice=self.notice,
        )

    def recorded_to(self, path: Path) -> Wiring:
        """A wiring whose requests and answers are recorded in a file. Raises `UsageError` where it can't be made."""
        from jobtui.recording.recorder import Recorder
        from jobtui.settings.recorded import described

        sources = {name: described(source, self._api_text(source)) for name, source in self.settings.sources.items()}
        recorder = Recorder(path, sources, clock=self.clock, redactor=self.redactor)
        for name, source in self.settings.sources.items():
            if isinstance(source, NebulaSource) and source.login is not None:
                recorder.hide_host(source.login.address, name)
        return replace(self, recorder=recorder, notice=lambda: recorder.notice)

    def _api_text(self, source: SourceBase) -> str:
        from jobtui.providers.rest.files import description_text

        return description_text(source.api, self.config_folder) if isinstance(source, HttpSource) else ""

    def values(self) -> Values | None:
        """What finds the values of the configured `json_columns`; `None` where there are none.

        Raises:
            SettingsError: A path can't be understood.
        """
        if not self.settings.json_columns:
            return None
        from jobtui.providers.rest.expression import Expression, Scope

        paths: dict[str, Expression] = {}
        for name, path in self.settings.json_columns.items():
            try:
                paths[value_key(path)] = Expression(path)
            except SettingsError as error:
                hint = error.hint or "A path is JMESPath and begins with a field's name: usage.credits"
                raise SettingsError(f"json_columns.{name}: {error}", hint=hint) from error

        def read(document: JsonValue) -> dict[str, str]:
            scope = Scope(document)
            return {key: expression.text_in(scope)[:LONGEST_VALUE] for key, expression in paths.items()}

        return Values(paths, read)

    def secret(self, secret: Secret, key: str) -> SecretReader:
        """A reader for one secret of the settings."""
        return SecretReader(secret, key=key, folder=self.config_folder, environ=self.environ, redactor=self.redactor)

    def token(self, secret: Secret, key: str) -> ReadSecret:
        """A reader for a secret that has to stand in a header as it is."""
        from jobtui.providers.credentials import checked_token

        read = self.secret(secret, key)

        async def checked(renew: bool = False) -> str:
            return checked_token(await read(renew), setting=key)

        return checked

    def check_tls(self, name: str) -> None:
        """Read a source's certificate authorities now. Raises `SettingsError`."""
        from jobtui.providers.http import checked_tls

        checked_tls(self._verify_tls(name), setting=f"sources.{name}.verify_tls")

    def _provider(self, name: str, source: SourceBase) -> Provider:
        try:
            return self._made(name, source)
        except SettingsError as error:
            if str(error).startswith("sources."):
                raise
            raise SettingsError(f"sources.{name}: {error}", hint=error.hint) from error

    def _made(self, name: str, source: SourceBase) -> Provider:
        from jobtui.providers.credentials import BearerToken

        http = self._http(name, source.base_url)
        key = f"sources.{name}"
        match source:
            case NebulaSource():
                from jobtui.providers.nebula import NebulaLogin, NebulaProvider

                login = None
                if source.login is not None:
                    password = self.secret(source.login.password, f"{key}.login.password")
                    login = NebulaLogin(source.login.user, password, source.login.address, source.login.port)
                token = self.token(source.token, f"{key}.token") if source.token else None
                return NebulaProvider(
                    name, http, clock=self.clock, login=login, token=token, workflows=source.workflows
                )
            case EvoSource():
                from jobtui.providers.evo.oauth import ClientCredentials
                from jobtui.providers.evo.provider import EvoProvider

                credentials: BearerToken | ClientCredentials
                if source.oauth is not None:
                    credentials = ClientCredentials(
                        self._http(name, source.oauth.token_url, signs_in=True),
                        client_id=source.oauth.client_id,
                        client_secret=self.token(source.oauth.client_secret, f"{key}.oauth.client_secret"),
                        clock=self.clock,
                        scope=source.oauth.scope,
                    )
                elif source.token is not None:
                    credentials = BearerToken(self.secret(source.token, f"{key}.token"), setting=f"{key}.token")
                else:
                    raise SettingsError(f"{key}: either token or oauth is needed")
                return EvoProvider(
                    name, http, clock=self.clock, org_id=source.org_id, credentials=credentials, preview=source.preview
                )
            case GenerationSource():
                from jobtui.providers.generation.provider import GenerationProvider

                return GenerationProvider(
                    name,
                    http,
                    clock=self.clock,
                    credentials=BearerToken(self.secret(source.token, f"{key}.token"), setting=f"{key}.token"),
                )
            case HttpSource():
                from jobtui.providers.rest.files import read_description
                from jobtui.providers.rest.provider import RestProvider

                token = self.token(source.token, f"{key}.token") if source.token else None
                try:
                    description = read_description(source.api, self.config_folder)
                except SettingsError as error:
                    raise SettingsError(f"{key}.api: {error}", hint=error.hint) from error
                return RestProvider(name, http, clock=self.clock, description=description, credentials=token)
            case PluginSource():
                factory = _plugin(source.provider, key)
                token = self.secret(source.token, f"{key}.token") if source.token else None
                return factory(ProviderRequest(name, http, token, source.options, self.clock, self.redactor))
            case _:
                raise SettingsError(f"{key}.provider: there is no provider {source.provider!r}")

    def _http(self, name: str, url: str, *, signs_in: bool = False) -> HttpClient:
        from jobtui.providers.http import HttpClient

        tap: Tap | None = self.recorder.tap(name, url, signs_in=signs_in) if self.recorder is not None else None
        return HttpClient(
            url,
            verify_tls=self._verify_tls(name),
            tls_setting=f"sources.{name}.verify_tls",
            clock=self.clock,
            redactor=self.redactor,
            tap=tap,
            replayed_at=self.replayed_at,
        )

    def _verify_tls(self, name: str) -> bool | str:
        verify_tls = self.settings.sources[name].verify_tls
        if isinstance(verify_tls, bool):
            return verify_tls
        try:
            return str(self.config_folder / Path(verify_tls).expanduser())
        except RuntimeError:
            raise SettingsError(f"sources.{name}.verify_tls: the folder that ~ stands for is not known") from None


def wiring(
    settings: Settings, *, config_folder: Path, environ: Mapping[str, str], clock: Clock | None = None
) -> Wiring:
    """A wiring with the machine's clock and a redactor of its own."""
    return Wiring(settings, config_folder, environ, clock or SystemClock(), Redactor())


def _plugin(provider: str, key: str) -> Callable[[ProviderRequest], Provider]:
    found = entry_points(group=ENTRY_POINTS)
    for point in found:
        if point.name == provider:
            factory: Callable[[ProviderRequest], Provider] = point.load()
            return factory
    known = ["nebula", "evo", "generation", "http", *found.names]
    near = difflib.get_close_matches(provider, known, n=1)
    raise SettingsError(
        f"{key}.provider: there is no provider {provider!r}" + (f"; did you mean {near[0]}?" if near else ""),
        hint=f"Providers: {', '.join(known)}.",
    )
