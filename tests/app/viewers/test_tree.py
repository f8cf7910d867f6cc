"""JSON as a tree that folds."""

from __future__ import annotations

import json
import time

from jobtui.app.panes.viewers.tree import JsonView
from jobtui.core.jobs import JsonValue
from tests.app.viewers.shown import shown, text_of

TARGET: JsonValue = {
    "target": {"attribute": [{"name": "grade", "mean": 1.5}, {"name": "density", "ok": True}], "none": None},
    "message": "done",
}


def lines(view: JsonView) -> list[str]:
    return [line for line in text_of(view) if line]


async def test_a_small_document_is_unfolded() -> None:
    async with shown(view := JsonView(TARGET), (60, 20)):
        assert lines(view)[:5] == [
            "▾ {2}▐" if "▐" in lines(view)[0] else "▾ {2}",
            "  ▾ target: {2}",
            "    ▾ attribute: [2]",
            "      ▾ 0: {2}",
            '          name: "grade"',
        ]
        assert "        ok: true" in "\n".join(lines(view))
        assert '    message: "done"' in lines(view)


async def test_enter_folds_and_unfolds_what_has_something_inside() -> None:
    async with shown(view := JsonView(TARGET), (60, 20)):
        everything = lines(view)
        view.move_cursor(1)
        assert view.activate()
        assert len(lines(view)) == 3
        assert view.activate()
        view.fold_all(unfold=True)
        assert lines(view) == everything
        view.move_to_end(bottom=True)
        assert not view.activate()


async def test_folding_all_and_going_to_the_top_show_lines_from_their_start() -> None:
    async with shown(view := JsonView({"target": {"reference": "x" * 90}, "message": "done"}), (60, 20)):
        start = lines(view)
        view.move_cursor(2)
        view.move_sideways(1)
        assert lines(view)[1] != start[1]
        view.move_to_end(bottom=False)
        assert lines(view) == start
        view.move_cursor(2)
        view.move_sideways(1)
        view.fold_all(unfold=False)
        assert "  ▸ target: {1}" in lines(view)


async def test_left_goes_out_and_right_goes_in() -> None:
    async with shown(view := JsonView(TARGET), (60, 20)):
        view.move_cursor(4)
        assert view.copy_place() == "$.target.attribute[0].name"
        view.move_sideways(-1)
        assert view.copy_place() == "$.target.attribute[0]"
        view.move_sideways(-1)
        assert "▸ 0: {2}" in "\n".join(lines(view))
        view.move_sideways(1)
        view.move_sideways(1)
        assert view.copy_place() == "$.target.attribute[0].name"


async def test_all_is_folded_and_unfolded_at_once() -> None:
    async with shown(view := JsonView(TARGET), (60, 20)):
        view.move_cursor(4)
        assert view.fold_all(unfold=False)
        assert len(lines(view)) == 3
        assert view.copy_place() == "$.target"
        assert view.fold_all(unfold=True)
        assert len(lines(view)) == 11
        assert view.copy_place() == "$.target"


async def test_a_search_finds_what_is_folded_in_the_documents_order() -> None:
    document: JsonValue = {"z": [{"name": "x1"}], "a": {"deep": {"name": "x2"}}, "b": "x3"}
    async with shown(view := JsonView(document), (60, 20)):
        view.fold_all(unfold=False)
        view.move_to_end(bottom=False)
        view.search("x")
        places = [view.copy_place()]
        for _ in range(3):
            view.step_match(1)
            places.append(view.copy_place())
        assert places == ["$.z[0].name", "$.a.deep.name", "$.b", "$.z[0].name"]
        view.step_match(-1)
        assert view.copy_place() == "$.b"
        view.step_match(-1)
        assert view.copy_place() == "$.a.deep.name"
        assert view.hits == (2, 3)
        view.move_cursor(-1)
        assert view.hits == (0, 3)
        assert not view.search("nowhere")


async def test_json_inside_a_string_is_opened_and_searched() -> None:
    document: JsonValue = {
        "resp_data": json.dumps({"video": {"url": "https://example.test/a.mp4"}}),
        "odd": "{not json",
    }
    async with shown(view := JsonView(document), (70, 20)):
        assert "▸ resp_data: {1} (JSON inside text)" in "\n".join(lines(view))
        assert '"{not json"' in "\n".join(lines(view))
        view.search("a.mp4")
        assert view.copy_place() == "$.resp_data.video.url"
        assert view.copy_text() == "https://example.test/a.mp4"


async def test_a_value_is_copied_whole_and_as_json() -> None:
    async with shown(view := JsonView({"a": {"b": ["ü", 1]}, "long": "x" * 5_000, "odd key": 1}), (60, 20)):
        view.move_cursor(1)
        assert json.loads(view.copy_text()) == {"b": ["ü", 1]}
        view.search("long")
        assert view.copy_text() == "x" * 5_000
        view.search("odd key")
        assert view.copy_place() == '$["odd key"]'
        assert view.copy_text() == "1"


async def test_a_document_that_is_one_value_or_empty_is_shown() -> None:
    for value, expected in ((5, "5"), ("text", '"text"'), ({}, "{}"), ([], "[]"), (None, "null")):
        async with shown(view := JsonView(value)):
            assert lines(view)[0].strip() == expected
            view.activate()
            view.move_sideways(1)
            view.move_sideways(-1)
            view.fold_all(unfold=True)
            view.fold_all(unfold=False)
            assert view.copy_place() == "$"


async def test_t1_to_t5_hostile_keys_and_values_stay_one_harmless_line() -> None:
    hostile = "[/]\x1b]52;c;AAAA\x07\n\u202e\ud800"
    async with shown(view := JsonView({hostile: hostile}), (120, 5)):
        shown_text = "[/]␛]52;c;AAAA\\x07⏎\\u202e\\ud800"
        assert lines(view)[1].strip() == f'{shown_text}: "{shown_text}"'
        view.move_cursor(1)
        assert view.note.startswith('$["[/]')
        assert view.note.isprintable()


async def test_ten_megabytes_open_in_an_instant_and_only_what_is_in_sight_is_made() -> None:
    document: JsonValue = [{"id": number, "name": f"vertex {number}", "tags": ["a", "b"]} for number in range(90_000)]
    began = time.process_time()
    view = JsonView(document)
    spent = time.process_time() - began
    assert spent < 5.0  # an order of magnitude, not a speed
    async with shown(view, (80, 20)):
        view.move_to_end(bottom=True)
        assert "89999: {3}" in text_of(view)[-1]
        assert view.search("vertex 89998")
        # Only the way to it is unfolded.
        assert view.line_count < 90_000 + 10
        assert view.copy_place() == "$[89998].name"


async def test_deep_json_is_opened_without_recursion() -> None:
    deep: JsonValue = 1
    for _ in range(5_000):
        deep = [deep]
    async with shown(view := JsonView(deep), (60, 10)):
        view.fold_all(unfold=True)
        view.move_to_end(bottom=True)
        view.move_to_end(bottom=False)
        view.activate()
        assert lines(view)[0].startswith("▸")
        view.search("1")
        assert view.copy_place() == "$" + "[0]" * 5_000
        view.move_to_end(bottom=False)
        assert view.copy_text() == ""


def test_a_filter_shows_what_holds_it_and_what_leads_there_and_gives_the_tree_back_as_it_was() -> None:
    view = JsonView(TARGET)
    before = drawn(view)
    list(view.sift("DENS"))
    assert drawn(view) == [
        "▾ {2}",
        "  ▾ target: {2}",
        "    ▾ attribute: [2]",
        "      ▾ 1: {2}",
        '          name: "density"',
    ]
    assert view.note == "1 value with 'DENS' · $.target.attribute[1].name"
    list(view.sift("d"))
    assert view.search("done")
    assert view.hits == (1, 1)
    list(view.sift(""))
    assert drawn(view) == before
    assert view.note == "$.message"


def test_what_a_filter_shows_is_folded_and_unfolded_and_a_key_that_holds_it_has_its_value_inside() -> None:
    view = JsonView({"error": {"code": 7, "deep": {"text": "error"}}, "errors": [1, 2]})
    list(view.sift("error"))
    shown = ["▾ {2}", "  ▾ error: {2}", "    ▾ deep: {1}", '        text: "error"', "  ▸ errors: [2]"]
    assert drawn(view) == shown
    view.fold_all(unfold=False)
    assert drawn(view) == ["▾ {2}", "  ▸ error: {2}", "  ▸ errors: [2]"]
    view.fold_all(unfold=True)
    assert drawn(view)[:4] == shown[:4]
    assert drawn(view)[4:] == ["  ▾ errors: [2]", "      0: 1", "      1: 2"]


def test_a_filter_without_hits_leaves_the_root_and_says_so() -> None:
    view = JsonView(TARGET)
    list(view.sift("nowhere"))
    assert view.note == "0 values with 'nowhere': Esc takes the filter away"
    assert drawn(view) == ["▸ {2}"]


def test_a_large_tree_is_filtered_in_bites_and_no_further_than_one_can_read() -> None:
    view = JsonView([{"name": f"value {number}"} for number in range(40_000)])
    assert len(list(view.sift("value 39999"))) > 1
    assert view.note == "1 value with 'value 39999' · $[39999].name"
    list(view.sift("value"))
    assert view.note.startswith("the first 10,000 values with 'value' · $[0].name")


def drawn(view: JsonView) -> list[str]:
    return ["".join(span.text for span in view.line_at(number)) for number in range(view.line_count)]
