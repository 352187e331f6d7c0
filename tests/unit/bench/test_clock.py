"""The benchmark of clocks: a calibration that is sure of itself fails in it, and its worlds are what they say."""

import random

import pytest

from cross_market_connect.bench import clock as bench
from cross_market_connect.bench.clock import World, exponential, judge, judge_pair, messages
from cross_market_connect.market.venue_clock import ClockBounds

CALM = World("calm", exponential(200), seconds=20, offset_ms=50, drift_ppm=20)
SET = World("set", exponential(200), seconds=20, offset_ms=-50, steps=((12, 300),))


class Sure:
    """A calibration that takes the first message's delay for all there is."""

    def __init__(self, bounds: ClockBounds) -> None:
        self.steps = 0
        self.offset_ns = 0

    def observe(self, venue_ns: int, received_ns: int) -> None:
        self.offset_ns = self.offset_ns or received_ns - venue_ns

    def shortest_ns(self, now_ns: int) -> int:
        return self.offset_ns

    def event_ns(self, venue_ns: int, received_ns: int) -> int:
        return venue_ns + self.offset_ns

    def uncertainty_ns(self, now_ns: int) -> int:
        return 1_000


def test_what_a_world_sends() -> None:
    sent = [*messages(SET, random.Random(3))]
    assert 1_600 < len(sent) < 2_400
    assert all(one.received_ns < other.received_ns for one, other in zip(sent, sent[1:], strict=False))
    assert {message.offset_ns for message in sent} == {-50_000_000, -350_000_000}
    assert min(message.received_ns - message.event_ns for message in sent) >= SET.true_way_us * 1_000


def test_true_times_lie_within_what_is_said_and_a_step_is_found() -> None:
    said = judge(SET, 3)
    assert (said["within_uncertainty"], said["steps_undetected"], said["steps_imagined"]) == (1.0, 0, 0)
    assert said["step_detection_s"] < 2
    seldom = World("seldom", exponential(200), seconds=20, rate=2, steps=((5, 300),))
    back = World("back", exponential(200), seconds=20, steps=((5, -300),))
    for one, other in ((CALM, SET), (CALM, seldom), (back, World("slow", exponential(200), seconds=20, rate=2))):
        pair = judge_pair(one, other, 3)
        assert pair["false_passes"] == 0 and pair["looks"] > 500


def test_a_calibration_that_is_too_sure_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "VenueClock", Sure)
    said = judge(SET, 3)
    assert said["within_uncertainty"] < 0.7 and said["steps_undetected"] == 1
    # Set back, the quick one's events seem as old as those of the one that seldom says anything.
    back = World("back", exponential(200), seconds=20, steps=((5, -300),))
    seldom = World("seldom", exponential(200), seconds=20, rate=2)
    assert judge_pair(back, seldom, 3)["false_passes"] > 0
    assert judge_pair(CALM, SET, 3)["false_passes"] == 0, "nothing happens after its receipt, whatever a clock says"
