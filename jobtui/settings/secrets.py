"""Secrets, read when they are needed and again after a refusal; their values reach nothing but the request."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from jobtui.core.errors import SettingsError
from jobtui.core.redaction import Redactor
from jobtui.core.text import one_line
from jobtui.settings.model import Secret

ReadSecret = Callable[[bool], Awaitable[str]]
"""Gives a secret's text; `True` reads it anew. The same shape as providers ask for."""

COMMAND_LIMIT_S = 30.0
_MAX_BYTES = 64 * 1024
_SHOWN_STDERR = 300


class SecretReader:
    """Reads one secret, keeps it until it is refused, and tells the redactor of every value it ever had."""

    def __init__(
        self,
        secret: Secret,
        *,
        key: str,
        folder: Path,
        environ: Mapping[str, str],
        redactor: Redactor,
        command_limit_s: float = COMMAND_LIMIT_S,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            secret: Where to read from.
            key: The setting, such as `sources.evo.token`, for error messages.
            folder: What a relative file is relative to.
            environ: The environment, also of a command.
            redactor: Gets to know the value.
            command_limit_s: Seconds that a command may take.
        """
        self._secret = secret
        self._key = key
        self._folder = folder
        self._environ = environ
        self._redactor = redactor
        self._command_limit_s = command_limit_s
        self._value: str | None = None
        self._reading = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<SecretReader {self._key}>"

    async def __call__(self, renew: bool = False) -> str:
        """The secret's text. Raises `SettingsError`, which names the key and never the value."""
        before = self._value
        async with self._reading:
            # Several requests refused at once read a renewed secret once.
            if self._value is None or (renew and self._value is before):
                self._value = self._checked(await self._read())
            return self._value

    async def _read(self) -> str:
        secret = self._secret
        if secret.env is not None:
            if secret.env not in self._environ:
                raise self._error(f"the variable {secret.env} is not set")
            return self._environ[secret.env]
        if secret.file is not None:
            return await asyncio.to_thread(self._read_file, secret.file)
        if secret.command is not None:
            return await self._run(secret.command)
        if secret.keyring is not None:
            return await asyncio.to_thread(self._ask_keyring, secret.keyring)
        return secret.plain.get_secret_value() if secret.plain else ""

    def _checked(self, value: str) -> str:
        value = value.strip()
        if not value:
            raise self._error(f"what its {self._secret.kind} gave is empty")
        self._redactor.register(value)
        return value

    def _read_file(self, name: str) -> str:
        try:
            file = self._folder / Path(name).expanduser()
            with file.open("rb") as opened:
                return self._decoded(opened.read(_MAX_BYTES + 1))
        except OSError as error:
            raise self._error(f"{name} can't be read: {error.strerror}") from None
        except RuntimeError:
            raise self._error(f"the folder that ~ stands for in {name} is not known") from None
        except ValueError:
            raise self._error(f"{name!r} is no path") from None

    async def _run(self, command: str) -> str:
        try:
            program, *arguments = shlex.split(command)
            # Without our terminal, so that nothing it asks or prints gets onto the screen.
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=dict(self._environ),
                start_new_session=True,
            )
        except ValueError:
            raise self._error("its command is empty, or has an open quote or a character no command can have") from None
        except OSError as error:
            raise self._error(f"its command can't be started: {error.strerror}") from None
        try:
            async with asyncio.timeout(self._command_limit_s):
                printed, complaint = await self._output_of(process)
        except TimeoutError:
            raise self._error(f"its command took longer than {self._command_limit_s:g} s") from None
        finally:
            if process.returncode is None:
                _end(process.pid)
                await process.wait()
        if process.returncode:
            self._redactor.register(printed.decode(errors="replace").strip())
            said = one_line(self._redactor.clean(complaint.decode(errors="replace").strip()), _SHOWN_STDERR)
            raise self._error(f"its command ended with {process.returncode}" + (f": {said}" if said else ""))
        return self._decoded(printed)

    async def _output_of(self, process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
        """What the command prints until its end, and the start of its complaints; neither may fill the memory."""
        complaining = asyncio.create_task(_start_of(process.stderr))
        try:
            printed = bytearray()
            while process.stdout is not None and (piece := await process.stdout.read(_MAX_BYTES)):
                printed += piece
                if len(printed) > _MAX_BYTES:
                    raise self._error("what its command gave is too long for a secret")
            complaint = await complaining
            await process.wait()
        finally:
            complaining.cancel()
        return bytes(printed), complaint

    def _ask_keyring(self, entry: str) -> str:
        service, _, user = entry.rpartition("/")
        if not (service and user):
            raise self._error(f"its keyring entry {entry!r} is not service/user")
        try:
            import keyring
            from keyring.errors import KeyringError
        except ImportError:
            raise self._error("keyring is not installed", hint="pip install 'jobtui[keyring]'") from None
        try:
            value = keyring.get_password(service, user)
        except (KeyringError, RuntimeError) as error:
            raise self._error(f"the keyring can't be used: {self._redactor.clean(str(error))}") from None
        if value is None:
            raise self._error(f"the keyring has no entry {entry}")
        return str(value)

    def _decoded(self, content: bytes) -> str:
        if len(content) > _MAX_BYTES:
            raise self._error(f"what its {self._secret.kind} gave is too long for a secret")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self._error(f"what its {self._secret.kind} gave is not text") from None

    def _error(self, words: str, *, hint: str = "") -> SettingsError:
        return SettingsError(f"{self._key}: {words}", hint=hint)


async def _start_of(stream: asyncio.StreamReader | None) -> bytes:
    """Read to the end, so that the writer isn't held up, and keep the start."""
    start = b""
    while stream is not None and (piece := await stream.read(_MAX_BYTES)):
        start = (start + piece)[:_MAX_BYTES]
    return start


def _end(process_id: int) -> None:
    """End a command and what it started: it leads a process group of its own."""
    try:
        os.killpg(process_id, signal.SIGKILL)
    except ProcessLookupError:
        return
