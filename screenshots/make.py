"""Makes every picture of this folder from the demo: `make screenshots`.

Time stands still while a picture is taken and the demo's chance has a fixed seed, so a picture changes only when the
program does. PNG files need rsvg-convert, their palettes and the animation need Pillow (the extra `media`).
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from textual.widgets import Input

from jobtui.core.states import JobState
from screenshots.studio import Studio, studio

FOLDER = Path(__file__).parent
DARK, LIGHT = "textual-dark", "textual-light"
WIDE, ROOMY, NARROW, NARROWEST, LOW = (160, 45), (140, 38), (70, 30), (60, 24), (100, 26)
FILM_SIZE = (140, 36)
_PORT = 7100

Act = Callable[[Studio], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One still."""

    name: str
    title: str
    """What can be seen, for those who can't see it."""
    act: Act
    """What is done before it is taken."""
    size: tuple[int, int] = ROOMY
    theme: str = DARK


async def _overview(at: Studio) -> None:
    await at.select(at.jobs("evo", JobState.RUNNING, "kriging")[0])


async def _progress(at: Studio) -> None:
    await at.select(at.jobs("graph", JobState.RUNNING, "fraud_rank")[0])
    for _ in range(2):
        await at.pass_time(8)
    at.app.clear_notifications()
    await at.press("enter", "z")


async def _table(at: Studio) -> None:
    await at.select(at.jobs("graph", JobState.SUCCEEDED, "fraud_rank")[-1])
    await at.press("v")


async def _tree(at: Studio) -> None:
    await at.select(at.jobs("evo", JobState.SUCCEEDED, "kriging")[0])
    await at.press("v", "plus", "j", "j")


async def _image(at: Studio) -> None:
    await at.select(at.jobs("media", JobState.SUCCEEDED, "jimeng")[0])
    await at.press("v", "enter")


async def _video(at: Studio) -> None:
    await at.select(at.jobs("media", JobState.SUCCEEDED, "minimax")[0])
    await at.press("v")


async def _error(at: Studio) -> None:
    await at.press("exclamation_mark")
    await at.select(at.jobs("evo", JobState.FAILED)[0])
    await at.press("v")


async def _submit(at: Studio) -> None:
    await at.select(at.jobs("evo", JobState.RUNNING, "kriging")[0])
    await at.press("N")
    at.app.screen.query_one("#submit-target", Input).value = "geostatistics/kriging"
    await at.rest()


async def _confirm(at: Studio) -> None:
    for job in at.jobs("graph", JobState.RUNNING)[:2] + at.jobs("evo", JobState.RUNNING):
        await at.select(job)
        await at.press("space")
    await at.press("slash", *"graph", "enter", "x")


async def _compare(at: Studio) -> None:
    for job in at.jobs("graph", JobState.SUCCEEDED, "fraud_rank")[:2]:
        await at.select(job)
        await at.press("space")
    await at.press("d")


async def _columns(at: Studio) -> None:
    await at.press("C")


async def _filter(at: Studio) -> None:
    await at.press("slash", *"state", "colon", *"failed", "space", *"age<2h", "enter")


async def _help(at: Studio) -> None:
    await at.press("question_mark")


PICTURES = (
    Picture("overview-dark", "Jobs of three services in one list, the selected one beside it", _overview, WIDE),
    Picture("overview-light", "The same on a light background", _overview, WIDE, LIGHT),
    Picture("overview-narrow-dark", "Under 100 columns the job stands below the list", _overview, NARROW),
    Picture("overview-narrow-light", "The same on a light background", _overview, NARROW, LIGHT),
    Picture("overview-60-columns", "At 60 columns one pane at a time", _overview, NARROWEST),
    Picture("progress", "A workflow's tasks, its progress and its timeline", _progress, LOW),
    Picture("result-table", "Rows of a graph query as a table", _table),
    Picture("result-tree", "A JSON result as a tree that folds", _tree),
    Picture("result-image", "A picture in the terminal", _image),
    Picture("result-video", "What is known of a video before it is downloaded", _video),
    Picture("error", "Why a job failed", _error),
    Picture("submit", "A form for a new job", _submit),
    Picture("confirm", "The question before jobs are cancelled, with those that a filter hides", _confirm),
    Picture("compare", "Two runs side by side, what differs first", _compare),
    Picture("columns", "Which columns the list has, in which order and how wide", _columns, LOW),
    Picture("filter", "A filter on state and age", _filter),
    Picture("help", "The keys of the list", _help),
    Picture("result-table-light", "The table on a light background, narrow", _table, NARROW, LIGHT),
    Picture("submit-light", "The form on a light background, narrow", _submit, NARROW, LIGHT),
)


async def still(picture: Picture) -> str:
    """Take one picture, as SVG."""
    async with studio(size=picture.size, theme=picture.theme, port=_PORT) as at:
        await picture.act(at)
        return at.svg(picture.title)


async def film() -> list[tuple[str, int]]:
    """The main flow: watch, filter, see why, look at a result, ask before cancelling. SVGs with their milliseconds."""
    frames: list[tuple[str, int]] = []
    async with studio(size=FILM_SIZE, theme=DARK, port=_PORT) as at:

        def shoot(shown_ms: int) -> None:
            frames.append((at.svg("jobtui"), shown_ms))

        await _overview(at)
        shoot(1200)
        for _ in range(6):
            await at.pass_time(3)
            shoot(450)
        await at.press("slash")
        for key in (*"state", "colon", *"failed"):
            await at.press(key)
            shoot(110)
        await at.press("enter", "j")
        shoot(900)
        await at.press("v")
        shoot(1800)
        await at.press("escape", "escape")
        await at.select(at.jobs("graph", JobState.SUCCEEDED, "fraud_rank")[-1])
        shoot(900)
        await at.press("v")
        shoot(1400)
        for _ in range(3):
            await at.press("j")
            shoot(200)
        await at.press("z")
        shoot(1800)
        await at.press("z", "1")
        await at.select(at.jobs("graph", JobState.RUNNING)[0])
        await at.press("space", "j", "space")
        shoot(800)
        await at.press("x")
        shoot(2000)
    return frames


def png(svg: str, *, zoom: float) -> Image.Image:
    """The picture in pixels."""
    command = ["rsvg-convert", f"--zoom={zoom}", "--format=png"]
    done = subprocess.run(command, input=svg.encode(), capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


def save_still(picture: Picture, folder: Path) -> None:
    """Write one picture as SVG and PNG."""
    svg = asyncio.run(still(picture))
    (folder / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
    image = png(svg, zoom=1.25)
    pixels = image.quantize(palette=_commonest_colours([image]), dither=Image.Dither.NONE)
    pixels.save(folder / f"{picture.name}.png", optimize=True)


def save_film(file: Path) -> None:
    """Write the animation."""
    taken = asyncio.run(film())
    images = [png(svg, zoom=0.8) for svg, _ in taken]
    palette = _commonest_colours(images)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    first.save(
        file, save_all=True, append_images=others, duration=[shown_ms for _, shown_ms in taken], loop=0, optimize=True
    )


def _commonest_colours(images: Sequence[Image.Image]) -> Image.Image:
    """A palette of the colours that are used most, as they are; one for all frames, so that none flickers."""
    cells: Counter[tuple[int, ...]] = Counter()
    for image in images:
        for count, colour in image.getcolors(image.width * image.height) or ():
            if isinstance(colour, tuple):
                cells[colour] += count
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour, _ in cells.most_common(256) for part in colour])
    return palette


def main(argv: Sequence[str] | None = None) -> None:
    """Make all pictures, or those that are named."""
    names = [picture.name for picture in PICTURES]
    parser = argparse.ArgumentParser(description="Make the pictures in screenshots/ from the demo.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join([*names, 'flow'])}")
    wanted = parser.parse_args(argv).names or [*names, "flow"]
    os.environ["TZ"] = "UTC"
    time.tzset()
    for picture in PICTURES:
        if picture.name in wanted:
            save_still(picture, FOLDER)
    if "flow" in wanted:
        save_film(FOLDER / "flow.gif")


if __name__ == "__main__":
    main()
