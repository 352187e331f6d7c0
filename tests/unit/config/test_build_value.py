"""The spreads of docs/spreads.md: document, hand-worked fractions and the engine's valuation agree in every digit.

The document states quotes and results in tables; the definitions stand in examples/spreads.toml, which the real loader
reads.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cross_market_connect.config.build import build_instruments
from cross_market_connect.config.build_spread import build_spreads
from cross_market_connect.config.settings import load
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.spread import BUY_SPREAD, SELL_SPREAD
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.trading.conditions import InstrumentConditions
from cross_market_connect.trading.position import SpreadPosition
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.sizing import Sizing
from cross_market_connect.trading.valuation import SpreadValuation
from tests.unit.trading import spreads_by_hand
from tests.unit.trading.support import wide_limits

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "spreads.toml"
DOCUMENTS = [ROOT / "docs" / "spreads.md", ROOT / "docs" / "spreads.zh-CN.md"]
LEVEL = r"([\d.]+) x (\d+)"


def sections(document: Path) -> dict[str, str]:
    """The text of each example by the name of its spread."""
    parts = re.split(r"^## \d+\. .*\(`(\w+)`\)$", document.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def quotes_of(section: str) -> dict[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]]:
    """Bids and asks by symbol, from rows such as | `CCFX.IF2101` | 5264.0 x 4, 5263.8 x 6 | 5264.4 x 2 |."""
    rows = re.findall(r"^\| `(\w+\.\w+)` \| ([^|]+) \| ([^|]+) \|$", section, flags=re.M)
    return {
        symbol: tuple([(price, int(lots)) for price, lots in re.findall(LEVEL, side)] for side in (bids, asks))
        for symbol, bids, asks in rows
    }


def results_of(section: str) -> dict[str, float]:
    """Stated values by "what gross" and "what net", from rows such as | buy | 45.248964 | 45.411310 |."""
    found = {}
    for what, gross, net in re.findall(
        r"^\| ((?:buy|sell|close)[ \d:]*) \| (-?[\d.]+) \| (-?[\d.]+|) ?\|$", section, flags=re.M
    ):
        found[f"{what} gross"] = float(gross)
        if net:
            found[f"{what} net"] = float(net)
    return found


def valuation_of(name: str, section: str) -> SpreadValuation:
    settings = load(EXAMPLE, environment={})
    reference = load_reference()
    instruments = build_instruments(settings, reference, 20210104)
    books = [Book(index) for index in range(len(instruments))]
    for symbol, (bids, asks) in quotes_of(section).items():
        row = next(row for row in reference.instruments if row.key == symbol)
        book = books[[instrument.symbol for instrument in instruments].index(symbol)]
        for side, levels in ((book.bids, bids), (book.asks, asks)):
            for level, (price, lots) in enumerate(levels):
                ticks = spreads_by_hand.F(price) / spreads_by_hand.F(row.tick)
                assert ticks.denominator == 1, f"{symbol}: {price} is no multiple of the tick"
                side.set_level(level, int(ticks), lots)
        book.state = BOOK_LIVE
    definition = next(made for made in build_spreads(settings, instruments) if made.name == name)
    return SpreadValuation(definition, instruments, books)


def engine_values(made: SpreadValuation, wanted: list[str]) -> Iterator[tuple[str, float]]:
    """The engine's value for each stated one."""
    assert made.update()
    for key in wanted:
        what, word = key.rsplit(" ", 1)
        direction = BUY_SPREAD if what.startswith("buy") else SELL_SPREAD
        made.closing_direction = SELL_SPREAD if what.startswith("close") else 0
        quantities = re.findall(r"\d+", what)
        lots = [int(quantity) for quantity in quantities] or [1 for _ in made.books]
        yield key, made.executable_value(direction, lots, word == "net")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", spreads_by_hand.ALL)
def test_document_hand_and_engine_agree(name: str, document: Path) -> None:
    section = sections(document)[name]
    stated, by_hand = results_of(section), spreads_by_hand.ALL[name]()
    assert set(stated) == set(by_hand), "the document states every value, and no other"
    made = valuation_of(name, section)
    for key, found in engine_values(made, list(stated)):
        assert stated[key] == pytest.approx(float(by_hand[key]), abs=5.1e-7), key
        assert found == pytest.approx(float(by_hand[key]), rel=1e-12, abs=1e-10), key


@pytest.mark.parametrize("name", spreads_by_hand.ALL)
def test_the_trigger_compares_what_its_costs_say(name: str) -> None:
    made = valuation_of(name, sections(DOCUMENTS[0])[name])
    by_hand = spreads_by_hand.ALL[name]()
    assert made.update()
    word = "net" if made.definition.rule.is_net else "gross"
    assert made.buy_value == pytest.approx(float(by_hand[f"buy {word}"]), rel=1e-12, abs=1e-10)
    assert made.sell_value == pytest.approx(float(by_hand[f"sell {word}"]), rel=1e-12, abs=1e-10)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_the_document_shows_of_the_configuration_stands_in_the_file(document: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    snippets = re.findall(r"```toml\n(.*?)```", document.read_text(encoding="utf-8"), flags=re.S)
    assert len(snippets) >= len(spreads_by_hand.ALL)
    for snippet in snippets:
        assert snippet in text, snippet


def test_quantities_are_matched_in_delta() -> None:
    """100 ADS want 874.95 lots of the fund; without the beta 699.96."""
    made = valuation_of("adr_etf", sections(DOCUMENTS[0])["adr_etf"])
    for beta_e6, lots in ((1_250_000, 875), (1_000_000, 700)):
        made.definition.legs[0].beta_e6 = beta_e6
        count, routes = 13, 15
        conditions = [InstrumentConditions() for _ in range(count)]
        ledger = ReservationLedger(wide_limits(count, 6, routes), [0] * count, 6, routes)
        aligned = Sizing(conditions, ledger).opening(made, SpreadPosition(2), BUY_SPREAD, 100, [])
        assert [int(one) for one in aligned.lots] == [100, lots], aligned.reason
