"""Basis figures worked by hand in fractions, and that they hang together."""

from fractions import Fraction as F

import pytest

from cross_market_connect.trading.basis import Basis


def test_every_figure() -> None:
    """5264 against 5270 with 73 days (a fifth of a year) to go, carry 2.5 %, dividends 12."""
    made = Basis(5264.0, 5270.0, 73, 0.025, 12.0)
    assert made.basis == -6.0
    assert made.annualised_percent == pytest.approx(float(F(-600, 5270) * 5), rel=1e-12)
    assert made.implied_financing_rate == pytest.approx(float(F(6, 5270) * 5), rel=1e-12)
    assert made.fair_value == pytest.approx(5270 * 1.005 - 12, rel=1e-12)
    assert made.mispricing == pytest.approx(5264 - (5270 * 1.005 - 12), rel=1e-12)


def test_at_the_implied_rate_the_future_is_fair() -> None:
    rate = Basis(5264.0, 5270.0, 40, 0.0, 3.0).implied_financing_rate
    assert Basis(5264.0, 5270.0, 40, rate, 3.0).mispricing == pytest.approx(0.0, abs=1e-9)


def test_on_the_last_day_there_is_no_rate() -> None:
    made = Basis(5264.0, 5270.0, 0, 0.025, 0.0)
    assert (made.annualised_percent, made.implied_financing_rate, made.fair_value) == (0.0, 0.0, 5270.0)


def test_on_the_day_before_there_is_one() -> None:
    made = Basis(5264.0, 5270.0, 1, 0.0, 0.0)
    assert made.annualised_percent == pytest.approx(-600 / 5270 * 365, rel=1e-12)
    assert made.implied_financing_rate == pytest.approx(-6 / 5270 * 365, rel=1e-12)
