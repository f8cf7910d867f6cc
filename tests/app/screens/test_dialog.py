from __future__ import annotations

import pkgutil
from importlib import import_module
from inspect import getmembers, isclass

import pytest
from textual.app import App
from textual.screen import ModalScreen

import jobtui.app.screens
from jobtui.app.screens.dialog import Dialog

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


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_every_modal_screen_is_a_dialog(screen: type[ModalScreen[object]]) -> None:
    assert issubclass(screen, Dialog)
