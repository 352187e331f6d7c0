"""The demonstration's settings: pace, end, ports, and independence from the environment."""

from decimal import Decimal
from pathlib import Path

import pytest

from cross_market_connect.config.demonstration import demo_settings, end_of
from cross_market_connect.config.models import FixOrders, Mdp3, OmdD, Settings
from cross_market_connect.domain.errors import InputError


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "speed": 20,
        "seed": 7,
        "faults": ["reject_leg"],
        "duration": 20,
        "ports": {"ccfx_orders": 4001, "xhkf_quotes": 4004, "xhkf_quotes.refresh_port": 4005},
        "directory": Path("here"),
    }
    return demo_settings(**(values | changes))  # type: ignore[arg-type]


def test_the_arguments_reach_the_settings() -> None:
    result = settings()
    assert (result.demo.seed, result.demo.faults) == (7, ["reject_leg"])
    assert result.calendar.speed_milli == 20_000
    assert result.engine.data_directory == Path("here")
    quotes = result.source[3]
    assert isinstance(quotes, OmdD)
    assert [source.port for source in result.source] == [4001, 19002, 19003, 4004]
    assert quotes.refresh_port == 4005


def test_twenty_seconds_at_twenty_times_are_400_calendar_seconds() -> None:
    result = settings()
    clock = result.calendar.clock(1_000_000_000_000, 0)
    assert clock.utc_ns(1_000_000_000_000) == 1_609_723_800_000_000_000  # 2021-01-04 09:30:00 in Shanghai
    assert clock.utc_ns(1_020_000_000_000) == result.calendar.end_utc_ns() == 1_609_724_200_000_000_000


@pytest.mark.parametrize(
    ("duration", "end"),
    [("7200", "11:30:00"), ("7200.5", "13:00:00.500000"), ("1000000", "15:00:00"), ("14400", "15:00:00")],
)
def test_the_end_leaps_over_lunch_and_stops_at_the_close(duration: str, end: str) -> None:
    assert end_of(Decimal(1), Decimal(duration)).isoformat() == end


def test_the_environment_does_not_reach_the_demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMC_ENGINE__BUSY_POLL", "true")
    assert not settings().engine.busy_poll


def test_wrong_arguments_are_reported() -> None:
    with pytest.raises(InputError, match="duration: 0"):
        settings(duration=0)
    with pytest.raises(InputError) as caught:
        settings(speed=0, ports={"nowhere": 5, "ccfx_quotes": 0}, seed=-1)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == [
        "source.nowhere.port",
        "calendar.speed",
        "source[1] ccfx_quotes.port",
        "demo.seed",
        "calendar.end",
    ]


def test_both_pairs_are_the_first_one_and_gold_behind_it() -> None:
    one = settings()
    both = settings(
        with_gold=True,
        ports={"xsge_orders": 4101, "xcec_quotes.incremental.1.port": 4102, "xcec_quotes.definitions.0.port": 4103},
    )
    assert [spread.name for spread in both.spread] == ["if_hsi", "gold"]
    assert both.spread[0] == one.spread[0] and both.instruments[:3] == one.instruments
    assert [source.name for source in both.source[4:]] == ["xsge_orders", "xsge_quotes", "xcec_orders", "xcec_quotes"]
    orders, quotes = both.source[4], both.source[7]
    assert isinstance(orders, FixOrders) and orders.port == 4101
    assert isinstance(quotes, Mdp3)
    assert [line.port for line in quotes.live()] == [19010, 4102]
    assert [line.port for line in quotes.refresh()] == [19012, 19013, 4103, 19015]
    assert len({(line.group, line.port) for line in quotes.live() + quotes.refresh()}) == 6
