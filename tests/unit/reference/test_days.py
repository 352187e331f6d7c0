"""American daylight saving time from the law's rule, against the time zones of the standard library's database."""

import datetime
import zoneinfo

import pytest

from cross_market_connect.reference.days import (
    NO_DAYLIGHT_SAVING,
    US_DAYLIGHT_SAVING,
    LocalTime,
    date_of,
    epoch_day,
    us_summer_end_day,
    us_summer_start_day,
)


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "standard_offset_s"), [("America/Chicago", -21_600), ("America/New_York", -18_000)])
def test_every_half_hour_of_twenty_years_has_the_offset_of_the_time_zone(zone: str, standard_offset_s: int) -> None:
    place = zoneinfo.ZoneInfo(zone)
    local_time = LocalTime(standard_offset_s, US_DAYLIGHT_SAVING, epoch_day(20_120_101), epoch_day(20_301_231))
    first, last = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (2012, 2031))
    for second in range(int(first.timestamp()), int(last.timestamp()), 1_800):
        expected = datetime.datetime.fromtimestamp(second, place).utcoffset()
        assert datetime.timedelta(seconds=int(local_time.offset_s(second))) == expected, second


def test_local_times_become_the_same_moments_as_in_the_time_zone() -> None:
    """Each minute of the two weekends of 2026, the skipped hour and the hour that is shown twice included."""
    place = zoneinfo.ZoneInfo("America/Chicago")
    local_time = LocalTime(-21_600, US_DAYLIGHT_SAVING, epoch_day(20_260_101), epoch_day(20_261_231))
    for yyyymmdd in (20260307, 20260308, 20260309, 20261031, 20261101, 20261102):
        midnight = datetime.datetime(yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100)
        for minute in range(1_440):
            moment = (midnight + datetime.timedelta(minutes=minute)).replace(tzinfo=place)
            assert local_time.utc_s(epoch_day(yyyymmdd), minute * 60) == int(moment.timestamp()), moment


def test_the_sundays_of_the_law() -> None:
    assert [int(date_of(us_summer_start_day(year))) for year in (2021, 2025, 2026, 2027)] == [
        20210314,
        20250309,
        20260308,
        20270314,
    ]
    assert [int(date_of(us_summer_end_day(year))) for year in (2021, 2025, 2026, 2027)] == [
        20211107,
        20251102,
        20261101,
        20271107,
    ]


def test_china_has_one_offset_all_the_year() -> None:
    local_time = LocalTime(28_800, NO_DAYLIGHT_SAVING, epoch_day(20_260_101), epoch_day(20_261_231))
    assert [int(local_time.offset_s(second)) for second in (0, 1_781_000_000, 1_793_000_000)] == [28_800] * 3
