"""The user's own commands: by key and palette, on the marked jobs or the current one."""

from __future__ import annotations

from jobtui.app.options import UserCommand
from jobtui.app.palette import ActionsProvider
from jobtui.app.screens.confirm import ConfirmScreen
from jobtui.core.jobs import JobId
from jobtui.core.structs import replace
from tests.app.conftest import Open, Opened

GRAPH = JobId("graph", "30712")
ECHO = UserCommand("say", "echo {state} {id}", keys="f2", label="Say [b]it", sources=("graph",))
FAILS = UserCommand("fails", "sh -c 'echo no; exit 3'", keys="f3, b")
MISSING = UserCommand("missing", "no-such-program {id}", keys="f4")
ASKS = UserCommand("asks", "echo {id}", keys="f5", asks=True)
PAGER = UserCommand("pager", "less {id}", keys="f6", has_screen=True)
COMMANDS = (ECHO, FAILS, MISSING, ASKS, PAGER)


async def on_graph(app: Opened, *keys: str) -> None:
    """Press keys with the cursor on a job of the source graph, and let commands come to their ends."""
    app.main.jobs.select(GRAPH)
    await app.settle()
    await app.press(*keys)
    await ended(app)


async def ended(app: Opened) -> None:
    """Let the commands come to their ends."""
    workers = [worker for worker in app.app.workers if worker.group == "user-command-beside"]
    if workers:  # An empty list would mean all.
        await app.app.workers.wait_for_complete(workers)
    await app.settle()


async def test_a_command_runs_beside_the_screen_on_jobs_of_its_sources_and_its_end_is_told(opened: Open) -> None:
    async with opened(commands=COMMANDS) as app:
        await on_graph(app, "f2", "b", "f4")
        lines = app.said().splitlines()
        assert "Say [b]it, graph:30712: done: running 30712" in lines
        assert "fails, graph:30712: exit code 3: no" in lines
        assert "missing, graph:30712: there is no program 'no-such-program'" in lines
        app.main.jobs.select(JobId("media", "minimax/31405"))
        await app.press("f2")
        assert app.said().endswith("Say [b]it is not run: it is for jobs of graph.")
        await app.press("asterisk", "f2")
        assert "Run Say [b]it on 2 jobs?" in app.screen_text()
        assert "it is for jobs of graph" in app.text("#confirm-left")
        await app.press("y")
        await ended(app)
        assert app.said().endswith("Say [b]it: done for 2 jobs.")


async def test_there_is_a_question_where_one_is_wanted_and_before_what_one_may_not_mean(opened: Open) -> None:
    async with opened(commands=COMMANDS) as app:
        await on_graph(app, "f5", "f2")
        assert isinstance(app.app.screen, ConfirmScreen)
        assert app.text("#confirm-note").strip() == "echo 30712"
        await on_graph(app, "enter", "f6")
        assert app.said() == "pager: this terminal can't be handed to another program"
        await app.press("asterisk", "f6")
        assert "Run pager on 5 jobs, one after the other?" in app.screen_text()
        await app.press("n", "slash", *"kriging", "enter", "f3")
        assert "Run fails on 5 jobs?" in app.screen_text()
        assert app.text("#confirm-note").strip() == FAILS.run
        assert "hidden by the filter (4)" in app.screen_text()
        await app.press("y")
        assert "4 of them are not on the screen. Run it on these too?" in app.screen_text()
        await app.press("a")
        await ended(app)
        assert app.said().endswith("fails failed for 2 other jobs.")


async def test_p5_leaving_asks_while_one_is_at_work_and_the_same_again_is_not_begun(opened: Open) -> None:
    async with opened(commands=(replace(ECHO, run="sleep 600"),)) as app:
        app.main.jobs.select(GRAPH)
        # Twice before it begins, as by a key that repeats.
        for _ in range(2):
            app.main.action_user_command("say")
        await app.settle()
        assert "Say [b]it is at work on 1 job." in app.said()
        assert "Say [b]it is not run: it is at work there already." in app.said()
        await app.press("q")
        assert "⋯ Say [b]it on graph:30712" in app.screen_text()


async def test_help_palette_and_the_lowest_line_tell_of_commands(opened: Open) -> None:
    async with opened(commands=COMMANDS, size=(160, 60)) as app:
        assert " F2 Say [b]it   F3 fails " in app.text("#footer")
        await app.press("question_mark")
        text = app.screen_text()
        assert "Your commands" in text
        assert "Say [b]it: echo {state} {id}" in text
        provider = ActionsProvider(app.main)
        hits = [hit async for hit in provider.search("for the marked jobs no-such")]
        assert [hit.text for hit in hits] == ["missing"]
        assert "Say [b]it" in [hit.text async for hit in provider.discover()]
