"""The layout of every state of the screen, at four sizes, dark and light, against text files in `snapshots/`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from jobtui.app.app import JobTui
from jobtui.app.options import AppOptions
from jobtui.app.screens.main import MainScreen
from tests.app.golden import Shot, compare, shoot, written
from tests.app.scenes import SCENES, Scene
from tests.app.scripted_engine import FakeClock

SNAPSHOTS = Path(__file__).parent / "snapshots"
SIZES = ((60, 20), (80, 24), (100, 30), (160, 45))
THEMES = ("textual-dark", "textual-light")


def file_of(scene: Scene, size: tuple[int, int]) -> Path:
    return SNAPSHOTS / f"{scene.name}.{size[0]}x{size[1]}.txt"


@pytest.fixture(autouse=True)
def local_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One time zone for all machines, and not UTC, so that a time that isn't local would be seen."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


def has_plans(app: JobTui, waits: str = "") -> bool:
    """Whether something is still to come: a worker's answer, or a timer that rings once and soon."""
    nodes = [node for screen in app.screen_stack for node in screen.walk_children(with_self=True)]
    rings = any(
        timer._repeat == 0 and timer._interval < 1 and timer._task is not None and not timer._task.done()
        for node in nodes
        for timer in node._timers
    )
    return rings or any(worker.group not in {"engine", waits} and not worker.is_finished for worker in app.workers)


async def at_rest(app: JobTui, pilot: Pilot[str], scene: Scene) -> Shot:
    """The screen once it says what it has to, and the same twice in a row."""
    before: Shot | None = None
    for _ in range(100):
        await pilot.pause(0.01)
        if has_plans(app, scene.waits):
            continue
        now = shoot(app.screen)
        if now == before and scene.says in "\n".join(now.lines):
            return now
        before = now
    raise AssertionError("\n".join([f"never at rest with {scene.says!r}:", *(before.lines if before else ())]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_the_screen_looks_as_it_did(scene: Scene, size: tuple[int, int], pytestconfig: pytest.Config) -> None:
    clock = FakeClock()
    app = JobTui(scene.build(), AppOptions(theme=THEMES[0], clock=clock, download_dir=Path("/downloads")))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in scene.keys:
            clock.advance(1)
            await pilot.press(key)
            await pilot.pause()
        if scene.typed:
            field = app.focused if isinstance(app.focused, Input) else app.screen.query(Input).first()
            field.value = scene.typed
        if isinstance(app.screen_stack[0], MainScreen):
            # Countdowns and ages as of now, however many real seconds the keys took.
            app.screen_stack[0]._tick()
        if len(app.screen_stack) > 2:
            # What lies under two dialogs is drawn anew only with other colours.
            app.theme = THEMES[1]
            await pilot.pause()
        shots = {}
        for theme in THEMES:
            app.theme = theme
            shots[theme] = await at_rest(app, pilot, scene)
    compare(file_of(scene, size), shots, update=pytestconfig.getoption("--update-snapshots"))


def test_no_snapshot_is_left_of_a_scene_that_is_gone() -> None:
    assert {path.name for path in SNAPSHOTS.glob("*.txt")} == {
        file_of(scene, size).name for scene in SCENES for size in SIZES
    }


def test_a_changed_text_or_style_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "some.txt"
    dark, light = Shot(("ab",), (("white", "red"),)), Shot(("ab",), (("black", "red"),))
    compare(file, {"dark": dark, "light": light}, update=True)
    compare(file, {"dark": dark, "light": light}, update=False)
    with pytest.raises(AssertionError):
        compare(file, {"dark": dark, "light": Shot(("ab",), (("black", "blue"),))}, update=False)
    with pytest.raises(AssertionError):
        compare(file, {"dark": Shot(("ac",), dark.styles), "light": Shot(("ac",), light.styles)}, update=False)
    with pytest.raises(AssertionError, match="a theme has changed the text"):
        written({"dark": dark, "light": Shot(("xy",), light.styles)})
    with pytest.raises(AssertionError, match="--update-snapshots"):
        compare(tmp_path / "none.txt", {"dark": dark, "light": light}, update=False)
