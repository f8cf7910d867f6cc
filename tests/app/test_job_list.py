"""The list keeps its cursor, and repaints what changed and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Region
from typing_extensions import override

from jobtui.app.listing import GroupBy, Order, SortKey
from jobtui.app.panes.job_list import JobList
from jobtui.core.filters import Filter
from jobtui.core.jobs import Job, JobError, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Snapshot, Update

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class StillClock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    async def sleep(self, seconds: float) -> None:
        self.elapsed_s += seconds


class CountingList(JobList):
    """Counts what it asks to be painted."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock)
        self.asked: list[Region] = []
        self.whole = 0

    @override
    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> CountingList:
        if regions:
            self.asked += regions
        elif repaint:
            self.whole += 1
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def forget(self) -> None:
        self.asked, self.whole = [], 0


class ListApp(App[None]):
    CSS_PATH = str(Path(__file__).parents[2] / "tcss" / "job_list.tcss")

    def __init__(self, jobs: list[Job]) -> None:
        super().__init__()
        self.clock = StillClock()
        self.jobs = {job.id: job for job in jobs}
        self.list = CountingList(self.clock)
        self.selected: list[JobId | None] = []
        self.ordered: Callable[[str], None] = lambda _key: None

    def compose(self) -> ComposeResult:
        yield self.list

    def on_mount(self) -> None:
        self.list.load(Snapshot(1, START, dict(self.jobs)))
        self.list.focus()

    def on_job_list_selected(self, message: JobList.Selected) -> None:
        self.selected.append(message.job_id)

    def on_job_list_ordered(self, message: JobList.Ordered) -> None:
        self.ordered(message.key)

    def change(self, *jobs: Job, removed: tuple[JobId, ...] = ()) -> None:
        self.jobs.update({job.id: job for job in jobs})
        for job_id in removed:
            del self.jobs[job_id]
        snapshot = Snapshot(2, self.clock.now(), dict(self.jobs))
        self.list.apply(Update(snapshot, frozenset(job.id for job in jobs), frozenset(removed)))


def make_job(number: int, state: JobState = JobState.RUNNING, **fields: object) -> Job:
    began = START - timedelta(minutes=number)
    job = Job(JobId("graph", str(number)), "nebula", state, name=f"job {number}", progress=0.5, created_at=began)
    return replace(job, **fields)  # type: ignore[arg-type]


def many(count: int) -> list[Job]:
    return [make_job(number) for number in range(1, count + 1)]


def line(app: ListApp, y: int) -> str:
    return app.list.render_line(y).text


async def test_rows_show_what_is_known_under_their_headings() -> None:
    app = ListApp([make_job(1), make_job(2, JobState.FAILED, error=JobError(title="Singular kriging matrix"))])
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        heading = line(app, 0)
        assert heading.split() == ["▼", "SOURCE", "JOB", "STATE", "PROGRESS", "ETA", "AGE"]
        first = line(app, 1)
        assert first.index("job 1") == heading.index("JOB")
        assert "▶" in first
        assert "running" in first
        assert "50 %" in first
        assert "1m" in first
        assert "✗" in line(app, 2)
        assert "Singular kriging" in line(app, 2)


async def test_the_cursor_stays_on_its_job_while_others_come_and_go() -> None:
    app = ListApp(many(50))
    async with app.run_test(size=(100, 12)) as pilot:
        app.list.move_cursor(20)
        await pilot.pause()
        assert app.list.current == JobId("graph", "21")
        app.change(make_job(0), make_job(51), removed=(JobId("graph", "3"), JobId("graph", "4")))
        assert app.list.current == JobId("graph", "21")
        app.change(make_job(21, JobState.SUCCEEDED))
        assert app.list.current == JobId("graph", "21")
        app.list.set_filter(Filter.parse("state:succeeded"))
        assert (app.list.current, app.list.shown) == (JobId("graph", "21"), 1)
        app.list.set_filter(None)
        app.list.set_order(Order(SortKey.NAME))
        assert app.list.current == JobId("graph", "21")


async def test_the_cursor_rests_as_soon_as_the_keys_go_elsewhere() -> None:
    app = ListApp(many(3))
    async with app.run_test(size=(100, 10)) as pilot:
        looks = []
        for focused in (app.list, None, app.list):
            app.set_focus(focused)
            await pilot.pause()
            looks.append(app.list.render_line(1)._segments)
        assert looks[0] == looks[2] != looks[1]


async def test_a_filter_takes_the_cursor_to_the_nearest_job_and_brings_it_back() -> None:
    app = ListApp([make_job(number, name=f"{'odd' if number % 2 else 'even'} {number}") for number in range(1, 21)])
    async with app.run_test(size=(100, 30)) as pilot:
        app.list.move_cursor(9)
        await pilot.pause()
        assert app.list.current == JobId("graph", "10")
        for typed, current in (("od", "11"), ("odd", "11"), ("nothing", None), ("odd", "11"), ("even", "10")):
            app.list.set_filter(Filter.parse(typed))
            assert app.list.current == (JobId("graph", current) if current else None)
        app.list.set_filter(Filter.parse("odd"))
        app.list.set_filter(None)
        assert app.list.current == JobId("graph", "10")
        app.list.set_filter(Filter.parse("odd"))
        app.list.move_cursor(1)
        app.list.set_filter(None)
        assert app.list.current == JobId("graph", "13")


async def test_further_columns_follow_as_far_as_there_is_room_once_they_say_something() -> None:
    app = ListApp([])
    async with app.run_test(size=(60, 12)) as pilot:
        app.list.set_columns(("job", "id"), {"message": 12}, further=True)
        assert app.list.all_columns == ("job", "id")
        app.change(make_job(1))
        assert app.list.all_columns == (
            "job",
            "id",
            "state",
            "progress",
            "age",
            "source",
            "provider",
            "created",
            "seen",
        )
        assert [slot.column.key for slot in app.list._slots] == ["job", "id", "state", "progress", "age"]
        app.change(make_job(2, message="Estimating"))
        assert "message" in app.list.all_columns
        await pilot.resize_terminal(200, 12)
        assert [slot.column.key for slot in app.list._slots] == list(app.list.all_columns)
        app.list.set_columns(("job", "id"))
        assert app.list.all_columns == ("job", "id")


async def test_the_title_that_the_list_is_ordered_by_has_an_arrow_and_a_click_asks_for_its_order() -> None:
    app = ListApp(many(3))
    async with app.run_test(size=(100, 12)) as pilot:
        asked: list[str] = []
        app.ordered = asked.append
        for key, reverse, words in (
            (SortKey.NAME, False, "JOB▲"),
            (SortKey.NAME, True, "JOB▼"),
            (SortKey.CREATED, False, "▲AGE"),
            (SortKey.PROGRESS, False, "PROGRESS▼"),
            (SortKey.ACTIVITY, True, "▲ SOURCE"),
        ):
            app.list.set_order(Order(key, reverse))
            await pilot.pause()
            assert words in line(app, 0)
            assert line(app, 0).count("▲") + line(app, 0).count("▼") == 1
        for words in ("▲", "SOURCE", "JOB", "AGE"):
            await pilot.click(app.list, offset=(line(app, 0).index(words), 0))
        await pilot.pause()
        assert asked == [SortKey.ACTIVITY, SortKey.SOURCE, SortKey.NAME, SortKey.CREATED]
        app.list.set_order(Order(SortKey.KIND, reverse=True))
        assert app.list.unseen_order == "by kind, turned round"


async def test_why_a_job_failed_goes_on_where_it_has_no_time_left() -> None:
    error = JobError(title="Singular kriging matrix")
    app = ListApp([make_job(1, JobState.FAILED, error=error), make_job(2, JobState.FAILED, error=None)])
    async with app.run_test(size=(58, 12)) as pilot:
        await pilot.pause()
        assert line(app, 0).split() == ["▼", "SOURCE", "JOB", "STATE", "DONE", "ETA", "AGE"]
        assert "failed    Singular k…   1m" in line(app, 1)
        assert "failed     50 %" in line(app, 2)
        app.change(make_job(1, progress=0.25))
        await pilot.pause()
        assert "Singular" not in line(app, 1)
        app.change(make_job(1, JobState.FAILED, error=error))
        await pilot.pause()
        assert "failed    Singular k…   1m" in line(app, 1)


async def test_the_cursor_keeps_its_line_of_the_screen_when_rows_are_added_above() -> None:
    app = ListApp(many(50))
    async with app.run_test(size=(100, 12)) as pilot:
        app.list.move_cursor(30)
        await pilot.pause()
        before = [line(app, y) for y in range(1, 12)]
        app.change(make_job(0), make_job(-1))
        await pilot.pause()
        assert [line(app, y) for y in range(1, 12)] == before


async def test_when_its_job_goes_the_cursor_takes_the_next_row() -> None:
    app = ListApp(many(3))
    async with app.run_test(size=(100, 12)) as pilot:
        app.list.move_cursor(1)
        app.change(removed=(JobId("graph", "2"),))
        await pilot.pause()
        assert app.list.current == JobId("graph", "3")
        app.change(removed=(JobId("graph", "1"), JobId("graph", "3")))
        await pilot.pause()
        assert app.list.current is None
        assert app.selected[-1] is None


async def test_a_change_paints_its_cells_only() -> None:
    app = ListApp(many(5))
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        app.list.forget()
        app.change(make_job(2, progress=0.6))
        assert app.list.whole == 0
        assert [(region.y, region.height) for region in app.list.asked] == [(2, 1)]
        assert app.list.asked[0].width < 40


async def test_an_unchanged_observation_and_a_change_off_screen_paint_nothing() -> None:
    app = ListApp(many(50))
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        app.list.forget()
        app.change(make_job(2, observed_at=START), make_job(40, progress=0.9))
        app.list.tick()
        assert (app.list.asked, app.list.whole) == ([], 0)


async def test_a_minute_later_only_the_ages_are_painted() -> None:
    app = ListApp(many(3))
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        app.list.forget()
        app.clock.elapsed_s = 60
        app.list.tick()
        assert app.list.whole == 0
        assert sorted((region.y, region.width) for region in app.list.asked) == [(1, 4), (2, 4), (3, 4)]


async def test_moving_the_cursor_paints_two_rows() -> None:
    app = ListApp(many(5))
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        app.list.forget()
        app.list.move_cursor(1)
        assert app.list.whole == 0
        assert sorted(region.y for region in app.list.asked) == [1, 2]


async def test_a_state_that_changed_stands_out_for_a_moment() -> None:
    app = ListApp(many(3))
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        app.change(make_job(2, JobState.CANCELLING))
        await pilot.pause()
        flashing = app.list.render_line(2)
        app.clock.elapsed_s = 5
        app.list.tick()
        await pilot.pause()
        assert app.list.render_line(2) != flashing


async def test_marks_ranges_and_all() -> None:
    app = ListApp(many(6))
    async with app.run_test(size=(100, 12)) as pilot:
        app.list.toggle_mark()
        app.list.move_cursor(2)
        app.list.mark_range()
        await pilot.pause()
        assert [job_id.native for job_id in app.list.marked] == ["1", "2", "3", "4"]
        assert app.list.targets == app.list.marked
        assert "●" in line(app, 1)
        app.list.clear_marks()
        assert app.list.targets == (JobId("graph", "4"),)
        app.list.mark_all()
        assert len(app.list.marked) == 6


async def test_an_empty_list_says_why() -> None:
    app = ListApp([])
    async with app.run_test(size=(60, 12)) as pilot:
        app.list.set_placeholder("No jobs yet.\nN submits one.")
        await pilot.pause()
        text = "\n".join(line(app, y) for y in range(12))
        assert "No jobs yet." in text
        assert "N submits one." in text


async def test_names_that_would_act_on_a_terminal_are_shown_as_text_of_the_right_width() -> None:
    evil = "[/]\x1b]52;c;eA==\x07[bold]名前\u202e" + "x" * 5000
    app = ListApp([make_job(1, name=evil, message=evil), make_job(2, name="日本語" * 40)])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        for y in (1, 2):
            strip = app.list.render_line(y)
            assert strip.cell_length == 60
            assert "\x1b" not in strip.text
            assert "\u202e" not in strip.text
        assert "[/]" in line(app, 1)


async def test_columns_are_left_out_before_the_job_becomes_unreadable() -> None:
    app = ListApp(many(2))
    for width in (20, 40, 60, 80, 160):
        async with ListApp(many(2)).run_test(size=(width, 8)) as pilot:
            app = pilot.app  # type: ignore[assignment]
            await pilot.pause()
            assert "job 1" in line(app, 1)
            assert app.list.render_line(1).cell_length == width


async def test_a_click_selects_and_the_wheel_moves() -> None:
    app = ListApp(many(30))
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.click(CountingList, offset=(10, 4))
        assert app.list.current == JobId("graph", "4")
        await pilot.resize_terminal(100, 6)
        await pilot.pause()
        assert app.list.current in app.list.on_screen


def two_sources(count: int) -> list[Job]:
    return [*many(count), *(make_job(number, id=JobId("evo", str(number))) for number in range(1, count + 1))]


async def test_groups_stand_under_headings_that_the_cursor_steps_over() -> None:
    app = ListApp(two_sources(3))
    async with app.run_test(size=(60, 12)) as pilot:
        app.list.set_order(Order(group=GroupBy.SOURCE))
        await pilot.pause()
        assert line(app, 1).startswith("── evo · 3 ──")
        assert line(app, 5).startswith("── graph · 3 ──")
        assert "job 3" in line(app, 4)
        app.list.move_to_end(bottom=False)
        app.list.move_cursor(3)
        assert app.list.current == JobId("graph", "1")
        app.list.move_cursor(-1)
        assert app.list.current == JobId("evo", "3")
        app.list.mark_all()
        assert len(app.list.marked) == 6
        assert app.list.on_screen == frozenset(app.jobs)


async def test_a_heading_counts_what_comes_and_goes_and_leaves_with_its_last_row() -> None:
    app = ListApp(two_sources(1))
    async with app.run_test(size=(60, 12)) as pilot:
        app.list.set_order(Order(group=GroupBy.STATE))
        await pilot.pause()
        assert line(app, 1).startswith("── ▶ running · 2 ──")
        ended = replace(app.jobs[JobId("evo", "1")], state=JobState.FAILED)
        app.change(ended)
        await pilot.pause()
        assert line(app, 1).startswith("── ▶ running · 1 ──")
        assert line(app, 3).startswith("── ✗ failed · 1 ──")
        app.change(removed=(ended.id,))
        await pilot.pause()
        assert "failed" not in line(app, 3)


async def test_going_up_shows_the_heading_over_the_first_row() -> None:
    app = ListApp(two_sources(20))
    async with app.run_test(size=(60, 9)) as pilot:
        app.list.set_order(Order(group=GroupBy.SOURCE))
        app.list.move_to_end(bottom=True)
        await pilot.pause()
        assert "job 20" in line(app, 8)
        app.list.move_cursor(-19)
        await pilot.pause()
        assert line(app, 1).startswith("── graph · 20")
        assert app.list.current == JobId("graph", "1")
        app.list.move_to_end(bottom=False)
        await pilot.pause()
        assert line(app, 1).startswith("── evo · 20")


async def test_a_click_on_a_heading_moves_nothing_and_one_below_takes_the_row_there() -> None:
    app = ListApp(two_sources(3))
    async with app.run_test(size=(60, 12)) as pilot:
        app.list.set_order(Order(group=GroupBy.SOURCE))
        app.list.move_to_end(bottom=False)
        await pilot.pause()
        await pilot.click(app.list, offset=(8, 5))
        assert app.list.current == JobId("evo", "1")
        await pilot.click(app.list, offset=(8, 6))
        assert app.list.current == JobId("graph", "1")


async def test_under_headings_the_cursor_stays_on_its_job_whatever_the_size() -> None:
    app = ListApp(two_sources(8))
    async with app.run_test(size=(60, 12)) as pilot:
        app.list.set_order(Order(group=GroupBy.SOURCE))
        app.list.select(JobId("graph", "2"))
        for size in ((50, 9), (80, 20), (60, 12)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.list.current == JobId("graph", "2")
        app.list.set_columns(("state", "job"))
        assert app.list.current == JobId("graph", "2")


async def test_chosen_columns_have_their_order_and_their_width() -> None:
    app = ListApp(many(2))
    async with app.run_test(size=(100, 10)) as pilot:
        app.list.set_columns(("state", "job", "id"), {"job": 30})
        await pilot.pause()
        heading = line(app, 0)
        assert heading.split() == ["▼", "STATE", "JOB", "ID"]
        assert heading.index("ID") - heading.index("JOB") == 31


async def test_quiet_cells_are_quieter_than_plain_ones_in_dark_and_light() -> None:
    app = ListApp([make_job(1), make_job(2)])
    async with app.run_test(size=(100, 10)) as pilot:
        for theme in ("textual-dark", "textual-light"):
            app.theme = theme
            await pilot.pause()
            segments = [*app.list.render_line(2)]
            ground = next(segment.style.bgcolor for segment in segments if segment.style)
            assert ground
            contrast = {}
            for text in ("job 2", "2m"):
                colour = next(piece.style.color for piece in segments if piece.style and text in piece.text)
                assert colour
                brightness = Color.from_rich_color(colour).brightness
                contrast[text] = abs(brightness - Color.from_rich_color(ground).brightness)
            assert 0.3 < contrast["2m"] < contrast["job 2"] - 0.15


async def test_the_words_of_an_empty_list_go_when_rows_come_back() -> None:
    app = ListApp(many(3))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        app.list.set_placeholder("No job matches\n\nEsc takes the filter away")
        app.list.set_filter(Filter.parse("nothing-like-it"))
        await pilot.pause()
        shown = app.list.render_lines(app.list.size.region)
        assert any("Esc takes" in strip.text for strip in shown)
        app.list.set_filter(None)
        await pilot.pause()
        shown = app.list.render_lines(app.list.size.region)
        assert not any("Esc takes" in strip.text for strip in shown)
