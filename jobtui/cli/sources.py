"""`jobtui sources`: sign in everywhere, and tell how each source does."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from msgspec import Struct

from jobtui.cli import exit_codes, output
from jobtui.cli.session import engine
from jobtui.cli.signals import run
from jobtui.cli.wording import tell_no_source
from jobtui.core.clock import SystemClock
from jobtui.core.errors import JobtuiError, ProviderError, SettingsError, SignInRefused, Unreachable
from jobtui.core.jobs import JsonObject
from jobtui.engine.engine import Engine
from jobtui.engine.snapshot import SourceStatus


class Checked(Struct, frozen=True):
    """What one sign-in told."""

    status: SourceStatus
    latency_ms: float | None
    detail: str
    error: JobtuiError | None = None

    @property
    def reachable(self) -> bool | None:
        """Whether anything answered; `None` where nothing was asked, for want of a credential."""
        if isinstance(self.error, SettingsError):
            return None
        return not isinstance(self.error, Unreachable)

    @property
    def signed_in(self) -> bool | None:
        """Whether the credential was accepted; `None` where that wasn't found out."""
        if self.error is None:
            return True
        return False if isinstance(self.error, SignInRefused | SettingsError) else None


def sources(options: Namespace) -> int:
    """Check all sources at once and print them."""
    checked = run(check_all(options))
    if options.json:
        output.document([_document(one) for one in checked])
    elif checked:
        output.table(
            ("SOURCE", "PROVIDER", "STATE", "LATENCY", "CAN", "DETAIL"),
            [
                (
                    one.status.name,
                    one.status.provider,
                    _state(one),
                    f"{one.latency_ms:.0f} ms" if one.latency_ms is not None else "",
                    " ".join(word for word, able in _abilities(one.status).items() if able),
                    str(one.error) if one.error else one.detail,
                )
                for one in checked
            ],
        )
    else:
        tell_no_source()
    for one in checked:
        if one.error is not None and one.error.hint:
            output.say(f"jobtui: {one.status.name}: {one.error.hint}")
    return max((exit_codes.code_of(one.error) for one in checked if one.error), default=exit_codes.DONE)


async def check_all(options: Namespace) -> list[Checked]:
    """Sign in at every configured source."""
    async with engine(options) as running:
        return list(await asyncio.gather(*(_check(running, status) for status in running.snapshot.sources)))


async def _check(running: Engine, status: SourceStatus) -> Checked:
    clock = SystemClock()
    begun = clock.monotonic()
    try:
        check = await running.sign_in(status.name)
    except (ProviderError, SettingsError) as error:
        return Checked(status, None, "", error)
    return Checked(status, (clock.monotonic() - begun) * 1000, check.detail)


def _state(one: Checked) -> str:
    if one.error is None:
        return "signed in" + ("" if one.status.tls_verified else ", TLS not verified")
    if one.signed_in is False:
        return "not signed in"
    return "not working" if one.reachable else "not reachable"


def _abilities(status: SourceStatus) -> dict[str, bool]:
    able = status.capabilities
    return {
        "list": able.lists,
        "submit": able.submits and not status.read_only,
        "cancel": able.cancels and not status.read_only,
    }


def _document(one: Checked) -> JsonObject:
    return {
        "name": one.status.name,
        "provider": one.status.provider,
        "reachable": one.reachable,
        "signed_in": one.signed_in,
        "latency_ms": None if one.latency_ms is None else round(one.latency_ms, 1),
        "can": dict(_abilities(one.status)),
        "read_only": one.status.read_only,
        "tls_verified": one.status.tls_verified,
        "detail": one.detail,
        "error": str(one.error) if one.error else None,
    }
