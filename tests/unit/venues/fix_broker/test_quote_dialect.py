"""What differs in messages about quotes, version by version."""

import pytest

from cross_market_connect.venues.fix_broker.quote_dialect import QuoteDialect, StepQuoteDialect, quote_dialect_of
from cross_market_connect.wire.fix.message import INVALID, FixMessage, parse_message
from cross_market_connect.wire.fix.versions import VERSION_NAMES, dictionary_of
from tests.unit.venues.fix_broker.support import instruments
from tests.unit.wire.fix.support import make_frame

SECOND = 10**9


def message(text: str) -> FixMessage:
    return parse_message(make_frame(text), dictionary_of("STEP.1.2"))


def test_fix_asks_and_step_is_pushed() -> None:
    asks = {version: quote_dialect_of(dictionary_of(version)).asks for version in VERSION_NAMES}
    assert asks == {"FIX.4.2": True, "FIX.4.4": True, "FIX.5.0SP2": True, "STEP.1.2": False}


def test_the_instrument_is_told_by_its_own_field_or_by_symbol() -> None:
    both = message("35=W|55=PAB|48=000001")
    assert [dialect.symbol(both) for dialect in (QuoteDialect(), StepQuoteDialect())] == [b"PAB", b"000001"]
    assert StepQuoteDialect().symbol(message("35=W|55=ASCR")) == b"ASCR"
    assert StepQuoteDialect().symbol(message("35=W|34=1")) == b""


@pytest.mark.parametrize(
    ("phase", "trades"),
    [("T0", True), ("T", True), ("T0000", True), ("T1", False), ("O0", False), ("B3", False), ("V0", False)],
)
def test_only_continuous_trading_trades(phase: str, trades: bool) -> None:
    assert StepQuoteDialect().is_trading(message(f"35=W|8538={phase}")) is trades
    assert QuoteDialect().is_trading(message(f"35=W|8538={phase}"))


def test_nobody_is_shut_for_saying_nothing() -> None:
    assert StepQuoteDialect().is_trading(message("35=W|34=1"))


@pytest.mark.parametrize(
    ("text", "is_used"),
    [
        ("35=W|1500=010", True),
        ("35=W|34=1", True),
        ("35=W|1500=060", False),
        ("35=W|1500=061", False),
        ("35=W|1500=910", False),
        ("35=X|34=1", True),
        ("35=UA202|1500=011", False),
        ("35=h|34=1", False),
        ("35=B|34=1", False),
    ],
)
def test_what_is_used(text: str, is_used: bool) -> None:
    assert StepQuoteDialect().is_used(message(text)) is is_used
    assert QuoteDialect().is_used(message(text))


def test_a_snapshot_may_have_a_time_of_its_own() -> None:
    timed = message("35=W|42=20210104-10:00:00.500")
    timed.time_offset_ns = 28_800 * SECOND
    assert StepQuoteDialect().event_utc_ns(timed) == 1_609_725_600 * SECOND + SECOND // 2
    assert QuoteDialect().event_utc_ns(timed) == StepQuoteDialect().event_utc_ns(message("35=W|34=1")) == INVALID


def test_sizes_are_lots_or_shares() -> None:
    future = instruments()[0]
    assert QuoteDialect().units_per_lot(future) == 1
    assert StepQuoteDialect().units_per_lot(future) == future.units_per_lot() == 300
