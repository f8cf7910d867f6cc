"""Which viewer is best for what."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jobtui.app.panes.viewers import choice
from jobtui.app.panes.viewers.hexdump import HexView
from jobtui.app.panes.viewers.markdown import MarkdownView
from jobtui.app.panes.viewers.rows import RowsView
from jobtui.app.panes.viewers.text import TextView
from jobtui.app.panes.viewers.tree import JsonView
from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.demo.media import FILE_NAMES, medium
from tests.app.viewers.shown import shown, text_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@pytest.mark.parametrize(
    ("content", "media_type", "name", "expected"),
    [
        (b'{"a": 1}', "application/octet-stream", "x.bin", JsonView),
        (b"\xef\xbb\xbf[1]", "", "x", JsonView),
        (b"{not json}", "application/json", "x.json", TextView),
        (b"plain words", "application/octet-stream", "x", TextView),
        ("Grüße\n".encode(), "text/plain; charset=utf-8", "x.txt", TextView),
        (b"a,b\r\n1,2\r\n", "text/csv", "x.csv", RowsView),
        (b"# Title", "text/markdown", "x.md", MarkdownView),
        (b"# Title\n" * 20_000, "text/markdown", "x.md", TextView),
        (b"\x00\x01\x02\x03", "application/octet-stream", "x", HexView),
        (b"\xff\xfe\xfd\xfc\x80\x81", "text/plain", "x.txt", HexView),
        (b"<html>not a picture</html>", "image/png", "x.png", TextView),
        (b"", "application/octet-stream", "x", TextView),
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 20, "application/octet-stream", "x", type(None)),
    ],
)
async def test_the_bytes_decide_before_the_service_does(
    content: bytes, media_type: str, name: str, expected: type[Viewer] | type[None]
) -> None:
    assert type(choice.view_of_bytes(content, media_type, name)) is expected


async def test_a_raw_answer_is_laid_out_where_it_is_json_and_never_hides_what_it_holds() -> None:
    async with shown(view := choice.raw_view(b'{"a": [1, 2]}'), (60, 10)):
        assert [line.strip() for line in text_of(view)[:3]] == ["{", '"a": [', "1,"]
        assert "13 bytes" in view.note
    async with shown(view := choice.raw_view(b"<html>oops"), (60, 10)):
        assert text_of(view)[0] == "<html>oops"
    assert isinstance(choice.raw_view(b"\x00\x01"), HexView)


def test_t7_bytes_that_are_nearly_text_are_shown_with_what_could_not_be_read() -> None:
    view = choice.view_of_bytes(b"caf\xe9 au lait, and enough readable text around it", "text/plain", "x.txt")
    assert isinstance(view, TextView)
    assert "caf\ufffd au lait" in view.copy_place()


async def test_a_picture_is_shown_where_pillow_is_and_an_odd_one_says_so() -> None:
    pytest.importorskip("PIL")
    from jobtui.app.panes.viewers.picture import PictureView

    name = next(name for name in sorted(FILE_NAMES) if name.endswith(".png"))
    view = choice.view_of_bytes(medium(name).content, "image/png", name, "a note")
    assert isinstance(view, PictureView)
    async with shown(view, (40, 12)) as rest:
        await view.workers.wait_for_complete()
        await rest()
        drawn = view.render_line(6)
        assert "▀" in drawn.text
        assert any(segment.style and segment.style.bgcolor for segment in drawn)
        assert drawn.cell_length == 40
        assert view.note == "a note"
    broken = choice.view_of_bytes(PNG, "image/png", "x.png")
    assert isinstance(broken, PictureView)
    async with shown(broken, (60, 11)) as rest:
        await broken.workers.wait_for_complete()
        await rest()
        assert "can't be shown" in broken.render_line(5).text


def test_without_pillow_a_picture_is_told_of_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert choice.view_of_bytes(PNG, "image/png", "x.png") is None
    assert not choice.is_shown("image/png")
    assert choice.is_shown("text/plain")


def test_what_only_some_results_need_is_not_loaded_with_the_pane() -> None:
    late = ("PIL", "markdown_it", "humanize", "csv", "textual.widgets._markdown")
    code = f"import sys, jobtui.app.panes.result; print(*sorted(set({late!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    image = pytest.importorskip("PIL.Image")
    import io

    from jobtui.app.panes.viewers.picture import scaled

    buffer = io.BytesIO()
    image.new("1", (6_000, 6_000)).save(buffer, "PNG")
    with pytest.raises(ValueError, match="6000 x 6000"):
        scaled(buffer.getvalue(), 40, 20)


def test_a_large_picture_is_made_small_before_anything_copies_it() -> None:
    image = pytest.importorskip("PIL.Image")
    import io

    from jobtui.app.panes.viewers.picture import opened

    buffer = io.BytesIO()
    image.new("RGB", (900, 600), (10, 200, 30)).save(buffer, "PNG")
    small = opened(buffer.getvalue(), (40, 20))
    assert small.size == (82, 55)
    assert small.getpixel((40, 20)) == (10, 200, 30)


async def test_markdown_is_laid_out_and_hostile_text_in_it_does_nothing() -> None:
    text = "# Title [/]\n\n[link](https://example.test) \x1b]52;c;AAAA\x07\n\n- one\n- two\n" + "\n\npara" * 40
    view = choice.view_of_text(text, "text/markdown", "x.md")
    assert isinstance(view, MarkdownView)
    async with shown(view, (60, 12)) as rest:
        await rest()
        screen = view.app.export_screenshot()
        assert "Title" in screen
        assert "\x1b" not in screen
        view.move_page(1.0)
        view.move_cursor(2)
        view.move_to_end(bottom=True)
        await rest()
        assert "Title" not in view.app.export_screenshot()
        view.move_to_end(bottom=False)
        await rest()
        assert "Title" in view.app.export_screenshot()
        assert view.copy_text().startswith("# Title [/]")
