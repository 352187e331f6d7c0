"""The calendar's arithmetic, against datetime, and the models' own rules."""

import datetime
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from cross_market_connect.config.build_execution import narrowed
from cross_market_connect.config.models import CHOICES, Calendar, FixOrders, FixQuotes, InstrumentChoice, Limit
from cross_market_connect.config.settings import ALL_KEYS
from cross_market_connect.config.spread_models import Leg
from cross_market_connect.domain.capabilities import Capabilities

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


SESSION = {
    "kind": "fix_orders",
    "name": "orders",
    "venue": "CCFX",
    "host": "127.0.0.1",
    "port": 1,
    "sender_comp_id": "A",
    "target_comp_id": "B",
    "account": "X",
    "time_in_force": ["day", "ioc"],
}
QUOTES = {key: SESSION[key] for key in ("name", "venue", "host", "port", "sender_comp_id", "target_comp_id")} | {
    "kind": "fix_quotes"
}


def test_a_session_without_a_dialect_is_the_text_that_it_was_before_there_were_any() -> None:
    """The log's configuration record, and so every hash behind it, does not change with keys that nobody uses."""
    later = set(CHOICES)
    assert {"version", "tls", "ca_file", "gateway", "session"} < later
    assert later < set(FixOrders.model_fields) | set(FixQuotes.model_fields)
    assert not later & set(FixOrders.model_validate(SESSION).model_dump())
    chosen = FixOrders.model_validate({**SESSION, "version": "FIX.4.2", "lacks": ["replace"]})
    assert later & set(chosen.model_dump()) == {"version", "lacks"}
    assert FixOrders.model_validate(chosen.model_dump()) == chosen
    safe = FixOrders.model_validate({**SESSION, "tls": True, "session": {"start": "08:00", "end": "16:00"}})
    assert later & set(safe.model_dump()) == {"tls", "session"}
    assert FixOrders.model_validate(safe.model_dump(mode="json")) == safe
    pushed = FixQuotes.model_validate({**QUOTES, "version": "STEP.1.2"})
    assert later & set(pushed.model_dump()) == {"version"}
    assert not {"time_offset_minutes", "application_version"} & set(pushed.model_dump())


def test_times_of_step_are_chinas_where_nothing_else_is_stated() -> None:
    said = [{}, {"version": "STEP.1.2"}, {"version": "STEP.1.2", "time_offset_minutes": 0}]
    assert [FixQuotes.model_validate({**QUOTES, **keys}).time_offset_s() for keys in said] == [0, 28_800, 0]


def test_rows_of_a_dialect_must_fit_its_version() -> None:
    rows = {"extra_fields": "9702 CoveredQty QTY", "extra_members": "D: 9702"}
    assert FixOrders.model_validate({**SESSION, **rows}).extra_members == "D: 9702"
    with pytest.raises(ValidationError, match="expected extra_fields and extra_members that fit FIX.4.4"):
        FixOrders.model_validate({**SESSION, "extra_members": "D: 9702"})
    with pytest.raises(ValidationError, match="FIX.4.2"):
        FixOrders.model_validate({**SESSION, "version": "FIX.4.3"})


def test_a_configuration_narrows_what_the_gateway_can() -> None:
    able = Capabilities()
    able.immediate = able.fill_or_kill = able.market = able.replace = able.in_flight_mitigation = able.status = True
    assert narrowed(FixOrders.model_validate(SESSION), able).names() == [
        "ioc",
        "replace",
        "in_flight_mitigation",
        "status",
    ]
    less = FixOrders.model_validate({**SESSION, "lacks": ["replace", "status"], "cancel_on_disconnect": True})
    assert narrowed(less, able).names() == ["ioc", "cancel_on_disconnect"]
