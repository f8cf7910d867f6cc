from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from jobtui.core.errors import SettingsError
from jobtui.core.redaction import MASK, Redactor
from jobtui.settings.model import Secret
from jobtui.settings.secrets import SecretReader

VALUE = "s3cret-planted-value"


class Bench:
    """Makes readers of secrets in one folder, with one environment and one redactor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {"PATH": "/usr/bin:/bin"}
        self.redactor = Redactor()

    def reader(self, given: str | dict[str, str], limit_s: float = 20.0) -> SecretReader:
        return SecretReader(
            Secret.model_validate(given),
            key="sources.evo.token",
            folder=self.folder,
            environ=self.environ,
            redactor=self.redactor,
            command_limit_s=limit_s,
        )

    def python(self, program: str) -> dict[str, str]:
        file = self.folder / "program.py"
        file.write_text(program)
        return {"command": f"{sys.executable} '{file}'"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def refused(reader: SecretReader) -> str:
    with pytest.raises(SettingsError) as caught:
        await reader(False)
    assert str(caught.value).startswith("sources.evo.token: ")
    assert VALUE not in str(caught.value) + caught.value.hint
    return str(caught.value)


async def test_a_plain_secret_is_given_as_it_is_and_masked_from_then_on(bench: Bench) -> None:
    assert await bench.reader(VALUE)(False) == VALUE
    assert bench.redactor.clean(f"token {VALUE}!") == f"token {MASK}!"


async def test_a_variable_is_read_when_needed(bench: Bench) -> None:
    reader = bench.reader({"env": "TOKEN"})
    assert "TOKEN is not set" in await refused(reader)
    bench.environ["TOKEN"] = VALUE
    assert await reader(False) == VALUE
    bench.environ["TOKEN"] = " "
    assert "empty" in await refused(bench.reader({"env": "TOKEN"}))


async def test_a_file_is_read_once_and_again_after_a_refusal(bench: Bench) -> None:
    reader = bench.reader({"file": "token"})
    assert "token can't be read" in await refused(reader)
    (bench.folder / "token").write_text("first-value\n")
    assert await reader(False) == "first-value"
    (bench.folder / "token").write_text("second-value\n")
    assert await reader(False) == "first-value"
    assert await reader(True) == "second-value"
    assert bench.redactor.clean("first-value second-value") == f"{MASK} {MASK}"


async def test_a_file_that_is_no_secret_is_refused(bench: Bench) -> None:
    (bench.folder / "token").write_bytes(b"\xff\xfe")
    assert "not text" in await refused(bench.reader({"file": "token"}))
    (bench.folder / "token").write_bytes(b"x" * 70_000)
    assert "too long" in await refused(bench.reader({"file": "token"}))
    assert "no path" in await refused(bench.reader({"file": "to\0ken"}))


async def test_a_command_runs_without_a_shell_and_without_input(bench: Bench) -> None:
    reader = bench.reader(bench.python("import sys\nprint(repr(sys.stdin.read()), '$HOME;ls')"))
    assert await reader(False) == "'' $HOME;ls"


async def test_requests_that_are_refused_together_run_the_command_once(bench: Bench) -> None:
    counter = bench.folder / "count"
    counter.write_text("0")
    program = (
        "import pathlib\n"
        f"file = pathlib.Path({str(counter)!r})\n"
        "count = int(file.read_text()) + 1\n"
        "file.write_text(str(count))\n"
        "print('value', count)\n"
    )
    reader = bench.reader(bench.python(program))
    assert await asyncio.gather(*(reader(False) for _ in range(5))) == ["value 1"] * 5
    assert await asyncio.gather(*(reader(True) for _ in range(5))) == ["value 2"] * 5


async def test_what_a_failing_command_complains_of_is_shown_redacted_and_on_one_line(bench: Bench) -> None:
    reader = bench.reader(
        bench.python(
            f"import sys\nprint({VALUE!r})\nsys.exit('\\x1b[31mno access\\nfor {VALUE}\\npassword=hunter22222')"
        )
    )
    said = await refused(reader)
    assert "its command ended with 1: ␛[31mno access⏎for [hidden]⏎password=[hidden]" in said


async def test_a_command_that_prints_without_end_is_ended_at_once(bench: Bench) -> None:
    begun = asyncio.get_running_loop().time()
    program = "import sys\nwhile True:\n    print('x' * 65536, flush=True)\n"
    assert "too long" in await refused(bench.reader(bench.python(program), limit_s=60))
    assert asyncio.get_running_loop().time() - begun < 30


async def test_a_command_may_complain_at_length(bench: Bench) -> None:
    program = f"import sys\nsys.stderr.write('x' * 1_000_000)\nprint({VALUE!r})"
    assert await bench.reader(bench.python(program))(False) == VALUE


async def test_a_command_that_hangs_is_ended(bench: Bench) -> None:
    reader = bench.reader(bench.python("import time\ntime.sleep(600)\n"), limit_s=0.3)
    assert "longer than 0.3 s" in await refused(reader)


async def test_a_command_is_ended_with_its_children_when_nobody_waits_for_it_any_more(bench: Bench) -> None:
    connected, gone = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()
        gone.set()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        child = f"import socket, time; line = socket.create_connection(('127.0.0.1', {port})); time.sleep(600)"
        program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])\n"
        reading = asyncio.create_task(bench.reader(bench.python(program), limit_s=600)(False))
        await asyncio.wait_for(connected.wait(), 30)
        reading.cancel()
        await asyncio.wait_for(gone.wait(), 30)
        with pytest.raises(asyncio.CancelledError):
            await reading


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program-anywhere", "can't be started"),
        ("echo 's3cret-planted-value", "open quote"),
        ("true", "empty"),
        (" ", "command is empty"),
        ("echo s3cret-planted-value\0", "no command can have"),
    ],
)
async def test_a_command_that_can_not_work_is_named(bench: Bench, command: str, words: str) -> None:
    assert words in await refused(bench.reader({"command": command}))


async def test_a_keyring_entry_has_to_name_service_and_user(bench: Bench) -> None:
    assert "is not service/user" in await refused(bench.reader({"keyring": "service"}))


async def test_the_reader_s_repr_holds_no_value(bench: Bench) -> None:
    reader = bench.reader(VALUE)
    await reader(False)
    assert VALUE not in repr(reader)
