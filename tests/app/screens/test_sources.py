"""What each source is asked, told on request: counts and countdowns that go on only while somebody looks."""

from __future__ import annotations

from datetime import timedelta

from jobtui.app.screens.sources import SourcesScreen
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Health
from tests.app.conftest import Open
from tests.app.scripted_engine import GRAPH, MEDIA, NOW, ScriptedEngine


async def test_requests_and_the_next_try_are_told_for_each_source(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(GRAPH, requests=1234, most_per_minute=60))
    engine.set_status(
        replace(MEDIA, health=Health.BUSY, detail="too many \x1brequests " * 8, next_try_at=NOW + timedelta(minutes=3))
    )
    async with opened() as app:
        await app.press("H")
        screen = app.app.screen
        assert isinstance(screen, SourcesScreen)
        text = app.screen_text()
        assert "1,234 requests so far, at most 60 a minute" in text
        assert "waits: too many ␛requests" in text
        assert screen._written.plain.count(f"\n{' ' * 11}too many") + screen._written.plain.count(f"\n{' ' * 11}␛") > 0
        assert "0 requests so far, the next in" in text
        assert "1 job that may still change" in text
        app.clock.advance(60)
        engine.set_status(replace(GRAPH, requests=1240))
        screen._write()
        await app.settle()
        assert "1,240 requests so far" in app.screen_text()
        await app.press("H")
        assert app.app.screen is app.main


async def test_over_a_slow_line_nothing_goes_on_by_itself(opened: Open) -> None:
    async with opened(slow_line=True) as app:
        await app.press("H")
        assert isinstance(app.app.screen, SourcesScreen)
        assert not app.app.screen._ticks


async def test_the_progress_pane_counts_requests_with_the_job_s_news_and_not_by_itself(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened(size=(120, 60)) as app:
        current = app.main.jobs.current
        assert current is not None
        status = next(status for status in engine.sources if status.name == current.source)
        await app.press("2")
        assert f"0 to {current.source} by its last news" in app.text("#progress-facts")
        engine.set_status(replace(status, requests=7))
        await app.press("k")
        assert f"0 to {current.source} by its last news" in app.text("#progress-facts")
        engine.publish(replace(engine.snapshot.jobs[current], message="another word"))
        for _ in range(5):
            await app.settle()
        app.main.now = app.clock.now()
        assert f"7 to {current.source} by its last news" in app.text("#progress-facts")
