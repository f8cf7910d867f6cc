from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from jobtui.engine.circuit import Circuit


@given(st.integers())
def test_a_minute_of_outage_costs_eight_probes_at_most(seed: int) -> None:
    circuit = Circuit(random.Random(seed))
    circuit.failed(0.0, sent_at=0.0, retry_after_s=None)
    now, probes = circuit.wait_s(0.0), 0
    while now < 60:
        probes += 1
        circuit.failed(now, sent_at=now, retry_after_s=None)
        wait_s = circuit.wait_s(now)
        assert wait_s <= 10
        now += wait_s
    assert probes <= 8


@given(st.floats(0, 3600), st.integers())
def test_nothing_is_asked_before_the_service_allows_it(retry_after_s: float, seed: int) -> None:
    circuit = Circuit(random.Random(seed))
    circuit.failed(100.0, sent_at=99.0, retry_after_s=retry_after_s)
    assert circuit.ordered_wait_s(100.0) > retry_after_s
    circuit.succeeded()
    assert circuit.wait_s(100.0) > retry_after_s


def test_an_endless_retry_after_is_capped() -> None:
    circuit = Circuit(random.Random(1))
    circuit.failed(0.0, sent_at=0.0, retry_after_s=1e9)
    assert circuit.wait_s(0.0) < 3601


def test_requests_that_were_under_way_together_count_once() -> None:
    circuit = Circuit(random.Random(1))
    circuit.failed(5.0, sent_at=1.0, retry_after_s=None)
    until = circuit.until
    circuit.failed(5.1, sent_at=1.2, retry_after_s=None)
    assert (circuit.failures, circuit.until) == (1, until)


def test_success_closes_it() -> None:
    circuit = Circuit(random.Random(1))
    circuit.failed(0.0, sent_at=0.0, retry_after_s=None)
    assert circuit.is_open
    circuit.succeeded()
    assert not circuit.is_open
    assert circuit.wait_s(0.0) == 0
