"""`xmc explain value`: what a configured spread would be worth at given quotes, and how that comes about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from cross_market_connect.config.build import build_instruments
from cross_market_connect.config.build_spread import build_spreads
from cross_market_connect.config.fields import BASE_CURRENCY
from cross_market_connect.config.formulas import LEG_NAMES
from cross_market_connect.config.models import Settings
from cross_market_connect.config.settings import load, lookup_day, reference_for
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.spread import BUY_SPREAD, FORM_NAMES, SELL_SPREAD, SpreadDefinition
from cross_market_connect.domain.words import counted
from cross_market_connect.trading.basis import Basis
from cross_market_connect.trading.fx_delta import fx_deltas_e4
from cross_market_connect.trading.valuation import SpreadValuation

QUOTE_LOTS = 1_000_000
PRICE_MAX = 10**9


def parse_quotes(texts: Sequence[str]) -> dict[str, tuple[Decimal, Decimal]]:
    """Bid and ask by symbol from texts such as CCFX.IF2101=5264.0/5264.4. Raises InputError with every fault."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    faults: list[str] = []
    for text in texts:
        symbol, _, prices = text.partition("=")
        bid, _, ask = prices.partition("/")
        try:
            prices_read = (Decimal(bid), Decimal(ask))
        except InvalidOperation:
            prices_read = (Decimal("nan"), Decimal("nan"))
        found[symbol] = prices_read
        if not all(price.is_finite() and abs(price) < PRICE_MAX for price in prices_read):
            faults.append(f"--quote: {text}; expected SYMBOL=BID/ASK, such as CCFX.IF2101=5264.0/5264.4")
    if faults:
        raise InputError(faults)
    return found


def books_of(instruments: list[Instrument], quotes: Mapping[str, tuple[Decimal, Decimal]]) -> list[Book]:
    """A live book of one level for every quote. Raises InputError with every price that is none."""
    books = [Book(instrument.index) for instrument in instruments]
    faults: list[str] = []
    symbols = [instrument.symbol for instrument in instruments]
    for symbol, prices in quotes.items():
        if symbol not in symbols:
            faults.append(f"--quote: {symbol}; expected one of {', '.join(symbols)}")
            continue
        instrument, book = instruments[symbols.index(symbol)], books[symbols.index(symbol)]
        for side, price in zip((book.bids, book.asks), prices, strict=True):
            ticks = price.scaleb(int(instrument.price_decimals)) / Decimal(int(instrument.tick_units))
            if ticks != ticks.to_integral_value():
                faults.append(f"--quote: {symbol} {price}; expected a multiple of {instrument.price_text(1)}")
            else:
                side.set_level(0, int(ticks), QUOTE_LOTS)
        book.state = BOOK_LIVE
    if faults:
        raise InputError(faults)
    return books


def explain(path: Path, name: str, quotes: Sequence[str]) -> dict[str, Any]:
    """The spread's values, how each leg counts, the FX that its position leaves, and its basis.

    Raises InputError: the file, the spread's name, a quote that is missing or none.
    """
    settings = load(path, require_secrets=False)
    day = lookup_day({"calendar": {"date": settings.calendar.date}}, None)
    instruments = build_instruments(settings, reference_for(settings), day)
    definitions = {definition.name: definition for definition in build_spreads(settings, instruments)}
    if name not in definitions:
        raise InputError([f"--spread: {name}; expected one of {', '.join(definitions)}"])
    made = SpreadValuation(definitions[name], instruments, books_of(instruments, parse_quotes(quotes)))
    if not made.update():
        used = [int(leg.instrument_index) for leg in made.definition.legs]
        used += [int(leg.instrument_index) for leg in made.definition.pricing_legs]
        symbols = [instruments[index].symbol for index in used]
        given = parse_quotes(quotes)
        missing = [symbol for symbol in symbols if symbol not in given]
        raise InputError([f"--quote: {', '.join(missing) or 'prices without a value'}; expected a quote of each leg"])
    return answer(settings, made)


def answer(settings: Settings, made: SpreadValuation) -> dict[str, Any]:
    definition = made.definition
    lots = unit_lots(definition)
    held = [lots[at] * int(leg.side) for at, leg in enumerate(definition.legs)]
    middles = [(int(book.best_bid()) + int(book.best_ask())) // 2 for book in made.books]
    deltas = fx_deltas_e4(made.instruments, middles, held, BASE_CURRENCY)
    values = {
        f"{word}_{cost}": round(made.executable_value(direction, lots, cost == "net"), 6)
        for word, direction in (("buy", BUY_SPREAD), ("sell", SELL_SPREAD))
        for cost in ("gross", "net")
    }
    return {
        "spread": definition.name,
        "form": FORM_NAMES[int(definition.rule.form)],
        "unit": definition.unit,
        "currency": definition.currency,
        "values": values,
        "compared": "net" if definition.rule.is_net else "gross",
        "legs": [leg_fields(made, at, lots[at]) for at in range(len(lots))],
        "fx_delta": {currency: amount / 10_000 for currency, amount in deltas.items()},
        "basis": basis_fields(settings, made),
    }


def unit_lots(definition: SpreadDefinition) -> list[int]:
    """Lots of one spread order by the ratios; one lot of a leg that is matched by value."""
    first = int(definition.legs[0].ratio_e9)
    reference = int(definition.reference_lots)
    return [max(1, reference * int(leg.ratio_e9) // first) for leg in definition.legs]


def leg_fields(made: SpreadValuation, at: int, lots: int) -> dict[str, Any]:
    instrument, leg = made.instruments[at], made.definition.legs[at]
    return {
        "leg": LEG_NAMES[at],
        "instrument": instrument.symbol,
        "side": int(leg.side),
        "lots": lots,
        "bid_counts": round(abs(made.tick_weight[at]) * float(made.books[at].best_bid()), 6),
        "ask_counts": round(abs(made.tick_weight[at]) * float(made.books[at].best_ask()), 6),
        "fx_rate": int(made.price_fx_e9(at)) / 1e9,
        "beta": int(leg.beta_e6) / 1e6,
    }


def basis_fields(settings: Settings, made: SpreadValuation) -> dict[str, Any] | None:
    """The first leg with a last trading day against the first without one; None when there are no such two."""
    futures = [at for at, leg in enumerate(made.instruments) if leg.days_to_expiry >= 0]
    spots = [at for at, leg in enumerate(made.instruments) if leg.days_to_expiry < 0]
    if not futures or not spots:
        return None
    future, spot = (
        abs(made.tick_weight[at]) * float(made.books[at].best_bid() + made.books[at].best_ask()) / 2
        for at in (futures[0], spots[0])
    )
    inputs = settings.spread[int(made.definition.index)].inputs
    days = int(made.instruments[futures[0]].days_to_expiry)
    basis = Basis(future, spot, days, float(inputs.get("carry", 0)), float(inputs.get("dividends", 0)))
    return {
        "future": LEG_NAMES[futures[0]],
        "spot": LEG_NAMES[spots[0]],
        "days_to_expiry": days,
        "basis": round(basis.basis, 6),
        "annualised_percent": round(basis.annualised_percent, 6),
        "implied_financing_rate": round(basis.implied_financing_rate, 6),
        "fair_value": round(basis.fair_value, 6),
        "mispricing": round(basis.mispricing, 6),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The answer of `explain` as text."""
    values = found["values"]
    head = f"{found['spread']}: {found['form']} in {found['currency']} {found['unit']}"
    result = [
        f"{head}, triggers compare {found['compared']}",
        f"buy  {values['buy_gross']} gross, {values['buy_net']} net",
        f"sell {values['sell_gross']} gross, {values['sell_net']} net",
    ]
    for leg in found["legs"]:
        side = "+" if leg["side"] > 0 else "-"
        result.append(
            f"{leg['leg']} {side} {leg['instrument']}: {counted(leg['lots'], 'lot')}, counts {leg['bid_counts']} / "
            f"{leg['ask_counts']}, FX {leg['fx_rate']}, beta {leg['beta']}"
        )
    result += [f"FX delta when bought: {amount} {currency}" for currency, amount in found["fx_delta"].items()]
    basis = found["basis"]
    if basis is not None:
        result.append(
            f"{basis['future']} against {basis['spot']}: basis {basis['basis']}, "
            f"{basis['annualised_percent']} % a year, implied financing {basis['implied_financing_rate']}, "
            f"fair value {basis['fair_value']}, {counted(basis['days_to_expiry'], 'day')}"
        )
    return result
