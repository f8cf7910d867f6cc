from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from jobtui.engine.budget import Budget


@given(
    most=st.integers(1, 200),
    steps=st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=300),
)
def test_no_minute_ever_holds_more_than_the_budget(most: int, steps: list[tuple[float, bool]]) -> None:
    budget, now = Budget(most), 0.0
    sent: list[float] = []
    for pause_s, background in steps:
        now += pause_s
        wait_s = budget.wait_s(now, background=background)
        if wait_s > 0:
            now += wait_s
            if budget.wait_s(now, background=background) > 1e-6:
                continue
        budget.spend(now)
        sent.append(now)
        in_window = [moment for moment in sent if now - moment < 60 - 1e-6]
        assert len(in_window) <= most


@given(st.integers(1, 300))
def test_a_wait_that_is_kept_ends(most: int) -> None:
    budget, now = Budget(most), 0.0
    for _ in range(most * 2):
        while (wait_s := budget.wait_s(now, background=True)) > 0:
            now += wait_s + 1e-6
        budget.spend(now)
    assert now >= 59


def test_polling_is_spread_over_the_minute() -> None:
    budget, now = Budget(60), 0.0
    sent: list[float] = []
    while now < 60:
        if budget.wait_s(now, background=True) == 0:
            budget.spend(now)
            sent.append(now)
        now += 0.25
    longest_gap_s = max(later - earlier for earlier, later in itertools.pairwise(sent))
    assert longest_gap_s <= 2
    assert 50 <= len(sent) <= 60


def test_polling_leaves_a_share_for_the_user() -> None:
    budget = Budget(10)
    now = 0.0
    for _ in range(9):
        now += budget.wait_s(now, background=True)
        budget.spend(now)
    assert budget.wait_s(now, background=True) > 0
    assert budget.wait_s(now, background=False) == 0


def test_requests_found_out_about_later_count_too() -> None:
    budget = Budget(5)
    budget.spend(0.0, 5)
    assert budget.wait_s(1.0, background=False) == 59
    assert budget.wait_s(60.0, background=False) == 0


def test_without_a_bound_nothing_waits() -> None:
    budget = Budget(None)
    budget.spend(0.0, 1000)
    assert budget.wait_s(0.0, background=True) == 0
