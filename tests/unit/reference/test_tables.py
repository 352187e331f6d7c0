"""The shipped tables against facts from the contracts, and every fault of a broken set of tables at once."""

import re
import shutil
from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import OPEN_ENDED
from cross_market_connect.reference.days import epoch_day
from cross_market_connect.reference.tables import DATA_DIRECTORY, load_reference

DAY = 20210104


def test_the_index_future_has_the_values_of_its_contract() -> None:
    future = load_reference().instrument("CCFX.IF2101", 3, DAY)
    assert (future.index, future.venue.mic, future.venue_symbol, future.currency) == (3, "CCFX", "IF2101", "CNY")
    assert future.tick_value_e4 == 60 * 10_000  # 0.2 points x 300 CNY
    assert future.notional_e4(26_150, 1) == 5230 * 300 * 10_000
    assert (future.price_text(future.limit_low_ticks), future.price_text(future.limit_high_ticks)) == (
        "4694.6",
        "5737.8",
    )
    assert future.quantity_max_lots == 20
    assert future.tradable and not future.modelled


def test_the_price_limits_belong_to_their_day() -> None:
    future = load_reference().instrument("CCFX.IF2101", 0, 20210105)
    assert (future.limit_low_ticks, future.limit_high_ticks) == (0, OPEN_ENDED)


def test_the_hang_seng_future_is_marked_as_modelled() -> None:
    future = load_reference().instrument("XHKF.HSIF1", 0, DAY)
    assert future.modelled and future.tradable
    assert (future.currency, future.tick_value_e4, future.price_text(27_471)) == ("HKD", 500_000, "27471")


def test_the_exchange_rate_only_prices() -> None:
    rate = load_reference().instrument("XCFE.HKDCNY", 0, DAY)
    assert not rate.tradable
    assert rate.price_text(84_164) == "0.84164"


def test_an_instruments_smallest_order_and_step_are_one_lot_unless_its_row_says_more(tmp_path: Path) -> None:
    tables = shutil.copytree(DATA_DIRECTORY, tmp_path / "tables")
    future = load_reference().instrument("CCFX.IF2101", 0, DAY)
    assert (future.quantity_min_lots, future.quantity_step_lots) == (1, 1)
    path = tables / "instruments.toml"
    row = "quantity_max_lots = 20\n"
    path.write_text(path.read_text().replace(row, row + "quantity_min_lots = 200\nquantity_step_lots = 100\n", 1))
    future = load_reference(tables).instrument("CCFX.IF2101", 0, DAY)
    assert (future.quantity_min_lots, future.quantity_step_lots) == (200, 100)


def test_an_expired_contract_is_unknown() -> None:
    reference = load_reference()
    assert "CCFX.IF2101" in reference.symbols(20210115)
    with pytest.raises(InputError, match="CCFX.IF2101: unknown on 20210118"):
        reference.instrument("CCFX.IF2101", 0, 20210118)


def test_a_day_that_no_calendar_covers_has_no_clock() -> None:
    with pytest.raises(InputError, match="calendar of CCFX: 20201230 is not covered; known: 20210101 to 20211231"):
        load_reference().session_clock("CCFX.IF2101", 20201230)


def copy_tables(directory: Path) -> Path:
    for path in DATA_DIRECTORY.glob("*.toml"):
        shutil.copy(path, directory)
    return directory


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    assert load_reference(tables).sha256 == load_reference().sha256
    replace(tables / "instruments.toml", [("multiplier = 300", "multiplier = 200")])  # of the same length
    assert load_reference(tables).sha256 != load_reference().sha256


def test_adjoining_calendars_are_one_span(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    with (tables / "calendars.toml").open("a") as file:
        file.write('[[calendar]]\nvenues = ["CCFX"]\nfirst_day = 2020-12-30\nlast_day = 2020-12-31\n')
        file.write('closed = []\nsource = "test"\n')
    clock = load_reference(tables).session_clock("CCFX.IF2101", DAY)
    assert clock.trading_day(1_609_378_200_000_000_000) == 20201231  # 2020-12-31 09:30 in Shanghai


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    replace(
        tables / "venues.toml", [('utc_offset_s = 28800\ntrading_day_roll = "17:00"', 'trading_day_roll = "25:00"')]
    )
    replace(
        tables / "instruments.toml",
        [
            ("multiplier = 300", "multiplier = 0"),
            ("low = 4694.6", "low = 4694.7"),
            ('venue = "XHKF"', 'venue = "XXXX"'),
            ("tick = 0.00001", "tick = 0.000001"),
            ("modelled = true", 'modelled = true\ncolour = "red"'),
        ],
    )
    replace(tables / "sessions.toml", [('["continuous", "13:00", "15:00"]', '["continuous", "11:00", "15:00"]')])
    replace(
        tables / "calendars.toml", [("first_day = 2025-01-01", "first_day = 2021-12-31"), ('["XHKF", "XHKG"]', "[]")]
    )
    with pytest.raises(InputError) as caught:
        load_reference(tables)
    assert without_positions(caught.value.faults) == [
        "venues.toml venue[1].utc_offset_s: missing; expected an integer from -50400 to 50400",
        "venues.toml venue[1].trading_day_roll: '25:00'; expected a time such as \"09:30\"",
        (
            "sessions.toml session[0].phases: "
            "[['opening_auction', '09:25', '09:29'], ['opening_match', '09:29', '09:30'], "
            "['continuous', '09:30', '11:30'], ['break', '11:30', '13:00'], ['continuous', '11:00', '15:00']]; "
            "expected phases in the order of the day that do not overlap"
        ),
        "instruments.toml instrument[0].price_limit[0].low: Decimal('4694.7'); expected a multiple of the tick 0.2",
        "instruments.toml instrument[0].multiplier: 0; expected a positive number for a tradable instrument",
        (
            "instruments.toml instrument[1].colour: unknown key; expected one of costs, currency, "
            "effective_from, effective_until, expiry, first_notice, margin_per_lot, modelled, multiplier, name, "
            "name_zh, price_band, price_decimals, price_limit, price_unit, product, quantity_max_lots, "
            "quantity_min_lots, quantity_step_lots, session, source, symbol, symbols, tick, tradable, type, venue, "
            "venue_symbol"
        ),
        (
            "instruments.toml instrument[2].tick: Decimal('0.000001'); "
            "expected a positive number with at most 5 decimals (price_decimals)"
        ),
        "calendars.toml calendar[3].venues: []; expected a list of texts",
        "calendar CCFX: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        "calendar XCFE: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        "calendar XDCE: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        "calendar XINE: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        "calendar XSGE: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        "calendar XSHE: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        "calendar XSHG: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        "calendar XZCE: rows from 20210101 and from 20211231 overlap; expected the earlier one to end by 20211230",
        (
            "instrument XHKF.HSIF1.venue: 'XXXX'; expected one of CCFX, XHKF, XSGE, XCFE, XSHG, XHKG, XSHE, XINE, "
            "XDCE, XZCE, GFEX, XCME, XCEC, XNYM, XNYS"
        ),
    ]


def without_positions(faults: list[str]) -> list[str]:
    """Faults without their lines and columns, which every edit of the shipped tables moves."""
    return [re.sub(r"^([a-z_]+\.[a-z]+):[0-9]+:[0-9]+ ", r"\1 ", fault) for fault in faults]


def replace(path: Path, changes: list[tuple[str, str]]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def test_an_unreadable_table_is_named(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    (tables / "sessions.toml").unlink()
    (tables / "venues.toml").write_text("[[venue]\n")
    with pytest.raises(InputError) as caught:
        load_reference(tables)
    assert caught.value.faults[0].startswith("sessions.toml: ")
    assert caught.value.faults[1].startswith("venues.toml: ")


def test_bands_around_the_best_price_are_of_the_instrument() -> None:
    """Ping An A: 2 % or ten ticks; H: 24 spreads; an index future has none."""
    reference = load_reference()
    bands = [
        (int(made.band_e6), int(made.band_steps))
        for made in (reference.instrument(key, 0, 20210104) for key in ("XSHG.601318", "XHKG.2318", "CCFX.IF2101"))
    ]
    assert bands == [(20_000, 10), (0, 24), (0, 0)]


def own_calendars(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_an_operators_calendars_extend_the_tables_and_replace_what_they_overlap(tmp_path: Path) -> None:
    """A typhoon closes Hong Kong on 2026-09-21; 2027 is known for Hong Kong's stocks alone."""
    own = own_calendars(
        tmp_path / "own.toml",
        """[[calendar]]
venues = ["XHKG"]
first_day = 2026-09-01
last_day = 2026-12-31
closed = [2026-09-21, 2026-10-01, 2026-10-19, 2026-12-25]
half_days = [2026-12-24, 2026-12-31]
source = "HKEX circular, 2026-09-20"

[[calendar]]
venues = ["XHKG"]
first_day = 2027-01-01
last_day = 2027-01-31
closed = [2027-01-01]
source = "HKEX trading calendar 2027"
""",
    )
    reference = load_reference(calendar_file=own)
    stocks = reference.clock_between("XHKG", "hk_share", 20260921)
    days = [20260918, 20260921, 20260922, 20270104, 20270129]
    assert [bool(stocks.timeline.days.is_trading_day(epoch_day(day))) for day in days] == [
        True,
        False,
        True,
        True,
        True,
    ]
    assert stocks.beyond_tables(int(epoch_day(20270201)) * 86_400 * 1_000_000_000)
    # The futures keep the shipped row; the first part of the year is not known for the stocks any more.
    assert reference.clock_between("XHKF", "hkfe_index", 20260921).timeline.days.is_trading_day(epoch_day(20260921))
    with pytest.raises(InputError, match="calendar of XHKG: 20260601 is not covered; known: .*20260901 to 20270131"):
        reference.clock_between("XHKG", "hk_share", 20260601)
    assert reference.sha256 != load_reference().sha256


def test_every_fault_of_an_operators_calendars_is_told_with_its_place(tmp_path: Path) -> None:
    row = '[[calendar]]\nvenues = ["XHKX"]\nfirst_day = 2027-01-01\nlast_day = 2027-12-31\nclosed = [2026-12-25]\n'
    early = '[[calendar.early]]\nday = 2027-02-05\nuntil = "25:00"\nsessions = ["hk_stock"]\n'
    with pytest.raises(InputError) as caught:
        load_reference(calendar_file=own_calendars(tmp_path / "own.toml", row + early))
    assert [fault.split("; expected")[0] for fault in caught.value.faults] == [
        "own.toml:1:1 calendar[0].source: missing",
        "own.toml:8:1 calendar[0].early[0].until: '25:00'",
        "own.toml:5:1 calendar[0].closed: [datetime.date(2026, 12, 25)]",
        "calendar from 20270101: venue 'XHKX'",
        "calendar from 20270101: early close of 20270205: session 'hk_stock'",
    ]
    with pytest.raises(InputError, match=r"absent.toml: .*No such file"):
        load_reference(calendar_file=tmp_path / "absent.toml")


def test_a_session_that_ends_in_the_night_must_end_before_the_day_begins(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    replace(tables / "sessions.toml", [('["night", "21:00", "02:30"]', '["night", "21:00", "09:30"]')])
    replace(tables / "venues.toml", [('daylight_saving = "us"', 'daylight_saving = "eu"')])
    with pytest.raises(InputError) as caught:
        load_reference(tables)
    assert [fault.split(": ")[0] for fault in without_positions(caught.value.faults)] == [
        "venues.toml venue[11].daylight_saving",
        "sessions.toml session[1].evening_before",
    ]
