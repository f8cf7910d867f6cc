from __future__ import annotations

import asyncio
import pkgutil
from collections.abc import Callable
from importlib import import_module
from inspect import getmembers, isclass

import pytest
from textual import on, work
from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.widgets._toast import Toast

import jobtui.app.screens
from jobtui.app.columns import COLUMNS, DEFAULT_COLUMNS
from jobtui.app.listing import Order, SortKey
from jobtui.app.screens.columns import ColumnChoice, ColumnsScreen
from jobtui.app.screens.confirm import ConfirmScreen
from jobtui.app.screens.dialog import Dialog
from jobtui.app.screens.sort import SortScreen
from jobtui.app.screens.submit import SubmitScreen
from tests.app.scripted_engine import GRAPH, ScriptedEngine, job

SCREENS = [
    screen
    for module in pkgutil.iter_modules(jobtui.app.screens.__path__, "jobtui.app.screens.")
    for _, screen in getmembers(import_module(module.name), isclass)
    if issubclass(screen, ModalScreen) and screen.__module__ == module.name
]


async def test_a_dialog_takes_one_answer_and_closes_nothing_else() -> None:
    answers: list[tuple[str, bool | None]] = []
    app: App[None] = App()
    async with app.run_test() as pilot:
        below, above = Dialog[bool](), Dialog[bool]()
        app.push_screen(below, lambda answer: answers.append(("below", answer)))
        await app.push_screen(above, lambda answer: answers.append(("above", answer)))
        # Two keys before the first one's effect.
        above.dismiss(True)
        await above.dismiss(False)
        await pilot.pause()
        assert app.screen is below
        assert answers == [("above", True)]
        below.dismiss(True)
        await below.dismiss(True)
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert answers == [("above", True), ("below", True)]


@pytest.mark.parametrize(
    "dialog",
    [
        lambda: ConfirmScreen("Cancel it?", [job(f"graph:{number}") for number in range(9)], yes="Yes"),
        lambda: SubmitScreen(ScriptedEngine(), [GRAPH], preferred="graph", clone=None, drafts=[]),
    ],
    ids=["small", "large"],
)
async def test_notices_leave_a_dialog_s_buttons_and_fields_in_sight(dialog: Callable[[], Dialog[object]]) -> None:
    app: App[None] = App()
    async with app.run_test(size=(60, 20), notifications=True) as pilot:
        app.notify("refused " * 20, severity="error")
        await pilot.pause()
        below = app.screen.query_one(Toast)
        assert below.is_on_screen
        await app.push_screen(dialog())
        await pilot.pause()
        toast = app.screen.query_one(Toast).region
        assert toast.area
        assert not any(toast.overlaps(widget.region) for widget in app.screen.query("Button, Input"))
        # Not a second time in what lies below.
        assert not below.is_on_screen
        app.screen.dismiss()
        await pilot.pause()
        assert below.is_on_screen


async def test_a_dialog_that_closes_by_itself_takes_away_what_lies_over_it() -> None:
    answers: list[bool | None] = []
    app: App[None] = App()
    async with app.run_test() as pilot:
        below = Dialog[bool]()
        app.push_screen(below, answers.append)
        await app.push_screen(ModalScreen[None]())
        await below.dismiss(True)
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert answers == [True]


async def test_g_and_the_other_g_go_to_the_ends_of_a_list_to_choose_from() -> None:
    answers: list[ColumnChoice | None] = []
    orders: list[Order | None] = []
    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(ColumnsScreen(["source", "job", "state"], {}, (), 80), answers.append)
        await pilot.press("G", "space", "g", "space", "enter")
        await app.push_screen(SortScreen(Order(), {}), orders.append)
        await pilot.press("G", "enter")
    assert answers == [ColumnChoice(("job", "state", list(COLUMNS)[-1]), {})]
    # There g groups.
    assert orders == [Order(SortKey.SEEN)]


def test_columns_without_room_say_so_while_they_are_chosen() -> None:
    def without_room(*columns: str) -> list[str]:
        lines = ColumnsScreen(columns, {}, (), 57)._lines()
        return [line.plain.split()[1] for line in lines if "no room at this width" in line.plain]

    assert without_room(*DEFAULT_COLUMNS) == []
    assert without_room("message", "duration", *DEFAULT_COLUMNS) == ["MESSAGE", "TOOK"]


class Learning(Dialog[None]):
    """Learns something later, and shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self.shown: list[str] = []

    @work
    async def learn(self) -> None:
        await self.go_on.wait()
        self.shown.append("learnt")

    @on(Input.Changed)
    def follow(self) -> None:
        self.shown.append("typed")


async def test_p1_a_dialog_that_is_over_shows_nothing_more_in_parts_that_are_gone() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        dialog = Learning()
        await app.push_screen(dialog)
        dialog.learn()
        await pilot.pause()
        # What is under way when the key comes that closes it.
        dialog.go_on.set()
        dialog.post_message(Input.Changed(Input(), "typed before"))
        dialog.dismiss()
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert dialog.shown == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_every_modal_screen_is_a_dialog(screen: type[ModalScreen[object]]) -> None:
    assert issubclass(screen, Dialog)
