"""The calendar's arithmetic, against datetime, and the models' own rules."""

import datetime
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from cross_market_connect.config.models import Calendar, InstrumentChoice, Limit
from cross_market_connect.config.settings import ALL_KEYS
from cross_market_connect.config.spread_models import Leg

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_demo_calendar_runs_fast_and_leaps_over_pauses() -> None:
    calendar = Calendar(
        mode="demo",
        date=datetime.date(2021, 1, 4),
        start=datetime.time(11, 29),
        speed="60",
        skip=[(datetime.time(11, 30), datetime.time(13, 0))],
    )
    clock = calendar.clock(5_000_000_000, 0)
    shanghai = datetime.timezone(datetime.timedelta(hours=8))
    for seconds, expected in [(0, "11:29"), (0.5, "11:29:30"), (1, "13:00"), (2, "13:01")]:
        utc_ns = clock.utc_ns(5_000_000_000 + int(seconds * 1_000_000_000))
        moment = datetime.datetime.fromtimestamp(utc_ns / 1e9, shanghai)
        assert moment.time() == datetime.time.fromisoformat(expected)
        assert moment.date() == datetime.date(2021, 1, 4)


def test_without_an_end_there_is_none() -> None:
    assert Calendar(mode="real").end_utc_ns() is None


def test_a_time_with_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="local time without a zone"):
        Calendar(mode="demo", date=datetime.date(2021, 1, 4), start=datetime.time(9, 30, tzinfo=datetime.UTC))


def test_a_speed_finer_than_a_thousandth_is_refused() -> None:
    with pytest.raises(ValidationError, match="decimal places"):
        Calendar(mode="demo", speed="1.0001")


def test_settings_cannot_be_changed_after_loading() -> None:
    limit = Limit(scope="firm", order_lots_max=5)
    with pytest.raises(ValidationError, match="frozen"):
        limit.order_lots_max = 50  # type: ignore[misc]


def test_names_are_not_checked_without_their_context() -> None:
    """A configuration record is read back without the tables that it was checked against."""
    assert InstrumentChoice(symbol="XSGE.AU2106").symbol == "XSGE.AU2106"
    leg = Leg(instrument="XSGE.AU2106", side=1, ratio=1, multiplier=1, route="anywhere", quote_age_ms_max=1)
    assert leg.route == "anywhere"


def test_every_key_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`[^`\n]+`", text))))
    assert [key for key in ALL_KEYS if key not in words] == ["reference_sha256"]
