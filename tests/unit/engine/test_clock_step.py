"""Steps of the calendar clock: told from drift, put on record, over with the next even sample."""

import pytest

from cross_market_connect.domain.records import ALERT, CLOCK_STEP
from cross_market_connect.engine.clock_step import CLOCK_STEP_NS_MIN, ClockStepDetector
from tests.unit.engine.test_core import SECOND, UTC, World

EXPECTED = 1_700_000_000 * SECOND


def test_the_first_sample_is_compared_with_nothing():
    assert ClockStepDetector().observe(EXPECTED, EXPECTED + 3_600 * SECOND) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_step_begins_where_drift_ends(sign):
    detector = ClockStepDetector()
    detector.observe(EXPECTED, EXPECTED)
    assert detector.observe(EXPECTED, EXPECTED + sign * (CLOCK_STEP_NS_MIN - 1)) == 0
    assert detector.observe(EXPECTED, EXPECTED + sign * CLOCK_STEP_NS_MIN) == sign * CLOCK_STEP_NS_MIN


def test_a_step_is_on_record_with_an_alert_until_the_clock_runs_evenly():
    engine = World()
    core, now = engine.core, engine.now
    core.on_clock_sample(UTC, 0, now)
    core.on_clock_sample(UTC + 10 * SECOND, 0, now + 10 * SECOND)
    assert engine.sink.of(CLOCK_STEP) == [] and core.desk.clock_step_ns == 0
    core.on_clock_sample(UTC + 17 * SECOND, 0, now + 20 * SECOND)
    assert core.desk.clock_step_ns == -3 * SECOND
    [step] = engine.sink.of(CLOCK_STEP)
    assert step == {"utc_expected_ns": UTC + 20 * SECOND, "utc_ns": UTC + 17 * SECOND, "step_ns": -3 * SECOND}
    assert [alert["code"] for alert in engine.sink.of(ALERT)] == ["clock_step"]
    core.on_clock_sample(UTC + 27 * SECOND, 0, now + 30 * SECOND)
    assert core.desk.clock_step_ns == 0
    assert len(engine.sink.of(CLOCK_STEP)) == 1
