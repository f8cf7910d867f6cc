"""Facts with their names."""

from __future__ import annotations

from jobtui.app.panes.viewers.facts import GAP, Fact, FactsView


def test_a_filter_shows_the_lines_of_values_that_hold_it_and_all_of_what_has_it_in_its_name() -> None:
    view = FactsView(
        [Fact("", "It broke"), GAP, Fact("detail", "trace one\ntrace two\nlast words"), Fact("code", "E2")]
    )
    assert list(view.sift("TWO")) == []
    assert drawn(view) == ["detail  trace two"]
    assert view.note == "1 of 6 lines with 'TWO'"
    assert view.copy_text() == "trace one\ntrace two\nlast words"
    assert view.copy_place() == "detail: trace one\ntrace two\nlast words"
    view.sift("det")
    assert drawn(view) == ["detail  trace one", "        trace two", "        last words"]
    view.move_cursor(2)
    view.sift("")
    assert (len(drawn(view)), view.note) == (6, "")
    assert drawn(view)[view.cursor] == "detail  trace one"
    view.sift("nowhere")
    assert (drawn(view), view.copy_text(), view.copy_place(), view.artifact_number) == ([], "", "", -1)


def test_a_space_where_a_line_is_full_begins_no_other_line() -> None:
    full = "target ".ljust(80, "x")
    assert drawn(FactsView([Fact("", f"{full} or fewer"), Fact("", f"{full}y  z")])) == [
        full,
        "or fewer",
        full,
        "y  z",
    ]


def drawn(view: FactsView) -> list[str]:
    return ["".join(span.text for span in view.line_at(number)).rstrip() for number in range(view.line_count)]
