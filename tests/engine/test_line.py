from __future__ import annotations

import pytest

from jobtui.core.errors import SignInRefused
from jobtui.core.jobs import JobId
from jobtui.engine.snapshot import Health
from tests.engine.running import engine, status
from tests.fakes import FakeClock, FakeProvider, look


@pytest.mark.parametrize(("http_status", "health"), [(403, Health.OK), (401, Health.SIGNED_OUT)])
async def test_j8_who_may_not_cancel_or_submit_still_looks(clock: FakeClock, http_status: int, health: Health) -> None:
    refusal = SignInRefused("cancelling: HTTP 403 Forbidden", http_status=http_status)
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, cancels=[refusal], submits=[refusal])
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(2)
        with pytest.raises(SignInRefused):
            await running.submit("evo", "kriging", {})
        with pytest.raises(SignInRefused):
            await running.cancel(JobId("evo", "1"))
        assert status(running, "evo").health is health
        looks = len(provider.asked("fetch"))
        await clock.advance(60)
        assert (len(provider.asked("fetch")) > looks) is (health is Health.OK)
