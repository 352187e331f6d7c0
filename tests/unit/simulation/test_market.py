"""The venues' configuration fits the engine's: who logs on where, as whom, and what is listed."""

from decimal import Decimal
from pathlib import Path

import pytest

from cross_market_connect.config.blueprint import trading_date
from cross_market_connect.config.demonstration import demo_settings
from cross_market_connect.config.models import FixOrders, FixSession, Mdp3, OmdD, Settings
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.simulation.hosts import ports_of
from cross_market_connect.simulation.market import (
    LIVE_CHANNEL,
    REFRESH_CHANNEL,
    profile_of,
    sessions_of,
    venue_fields,
    venues_of,
)
from cross_market_connect.venues.simulated.lines import LINE_B
from cross_market_connect.venues.simulated.process import groups_from, settings_from

SECRETS = {"cffex_orders": "one", "cffex_quotes": "two"}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return demo_settings(
        speed=Decimal(10), seed=5, faults=["none"], duration=Decimal(4), ports={}, directory=Path("nowhere")
    )


@pytest.fixture(scope="module")
def calendar(settings: Settings) -> CalendarClock:
    return settings.calendar.clock(1_000, 0)


def test_every_source_belongs_to_one_venue(settings: Settings) -> None:
    venues = venues_of(settings)
    assert venues == ["CCFX", "XHKF"]
    found = [source.name for mic in venues for source in settings.source if source.venue == mic]
    assert sorted(found) == sorted(source.name for source in settings.source)


def test_each_session_of_the_engine_is_a_client_of_its_venue(settings: Settings, calendar: CalendarClock) -> None:
    secrets = {source.name: f"secret of {source.name}" for source in settings.source}
    for mic in venues_of(settings):
        sessions = sessions_of(settings, mic)
        fields = venue_fields(settings, mic, calendar, "none", secrets)
        assert [client["comp_id"] for client in fields["clients"]] == [one.sender_comp_id for one in sessions]
        assert [client["password"] for client in fields["clients"]] == [secrets[one.name] for one in sessions]
        assert fields["listen"] == [one.port for one in sessions]
        for client, session in zip(fields["clients"], sessions, strict=True):
            assert client["role"] == ("orders" if isinstance(session, FixOrders) else "quotes")
            assert client["account"] == (session.account if isinstance(session, FixOrders) else "")
            assert session.target_comp_id == fields["comp_id"]


def test_multicast_goes_where_the_engine_listens(settings: Settings, calendar: CalendarClock) -> None:
    (source,) = [source for source in settings.source if isinstance(source, OmdD)]
    multicast = venue_fields(settings, source.venue, calendar, "none", {})["multicast"]
    assert multicast["groups"] == {
        str(LIVE_CHANNEL): [source.group, source.port],
        str(REFRESH_CHANNEL): [source.refresh_group, source.refresh_port],
    }
    others = [mic for mic in venues_of(settings) if mic != source.venue]
    assert all(venue_fields(settings, mic, calendar, "none", {})["multicast"] is None for mic in others)


@pytest.fixture(scope="module")
def both() -> Settings:
    return demo_settings(
        speed=Decimal(10),
        seed=5,
        faults=["none"],
        duration=Decimal(4),
        ports={},
        directory=Path("nowhere"),
        with_gold=True,
    )


def test_comex_publishes_on_both_lines_of_every_channel_that_the_engine_listens_to(both: Settings) -> None:
    (source,) = [source for source in both.source if isinstance(source, Mdp3)]
    fields = venue_fields(both, "XCEC", both.calendar.clock(1_000, 0), "none", {})
    multicast = fields["multicast"]
    assert (multicast["protocol"], multicast["group"], len(multicast["security_ids"])) == ("mdp3", "GC", 1)
    channels = [multicast[name] for name in ("channel", "snapshot_channel", "definition_channel")]
    lines = [multicast["groups"][str(channel + of)] for channel in channels for of in (0, LINE_B)]
    assert lines == [[line.group, line.port] for line in source.live() + source.refresh()]
    settings = settings_from({**fields, "quotes": [None]})
    assert settings.mdp_channel is not None and settings.lines is not None
    assert groups_from(fields).keys() == ports_of(settings).keys()


def test_each_pair_has_its_refusals_at_its_last_legs_venue(both: Settings) -> None:
    assert venues_of(both) == ["CCFX", "XHKF", "XSGE", "XCEC"]
    assert [profile_of(both, mic, "light") for mic in venues_of(both)] == ["none", "light", "none", "light"]


def test_modelled_quotes_outlast_the_engine_and_not_much_more(both: Settings) -> None:
    fields = venue_fields(both, "XSGE", both.calendar.clock(1_000, 0), "none", {})
    until = both.calendar.end_utc_ns()
    assert until is not None
    assert fields["quotes_until_utc_ns"] == until + 600 * 10**9  # 60 s at ten times the pace
    (schedule,) = settings_from(fields).schedules
    assert schedule is not None
    assert fields["quotes_until_utc_ns"] - 500_000_000 <= schedule.utc_ns[-1] < fields["quotes_until_utc_ns"]


def test_venue_and_engine_live_on_one_day_by_one_calendar(settings: Settings, calendar: CalendarClock) -> None:
    fields = venue_fields(settings, "CCFX", calendar, "none", {})
    assert fields["day"] == trading_date(int(calendar.anchor_utc_ns)) == 20210104
    made = settings_from(fields)
    for at_ns in (1_000, 10**9, 10**13):
        assert made.calendar.utc_ns(at_ns) == calendar.utc_ns(at_ns)


def test_only_instruments_of_the_venue_are_listed(settings: Settings, calendar: CalendarClock) -> None:
    for mic in venues_of(settings):
        symbols = venue_fields(settings, mic, calendar, "none", {})["instruments"]
        assert symbols and all(symbol.startswith(mic + ".") for symbol in symbols)


@pytest.mark.parametrize(
    ("profile", "first", "last"), [("none", "none", "none"), ("light", "none", "light"), ("heavy", "random", "heavy")]
)
def test_the_schedule_of_refusals_is_the_last_venues_alone(
    settings: Settings, profile: str, first: str, last: str
) -> None:
    assert [profile_of(settings, mic, profile) for mic in venues_of(settings)] == [first, last]


def test_a_session_without_a_secret_has_none_there_either(settings: Settings, calendar: CalendarClock) -> None:
    fields = venue_fields(settings, "CCFX", calendar, "none", {})
    assert {client["password"] for client in fields["clients"]} == {""}
    assert all(isinstance(one, FixSession) for one in sessions_of(settings, "CCFX"))
