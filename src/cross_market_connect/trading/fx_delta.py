"""The foreign currency that a spread's position is long or short: what a move of the rate is multiplied by."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import checked_add


def fx_deltas_e4(
    instruments: list[Instrument], price_ticks: list[i64], position_lots: list[i64], base_currency: str
) -> dict[str, int]:
    """Net value of the position by currency in 1e-4 of it, the base currency left out.

    Args:
        instruments: the legs'; price_ticks: what each is valued at.
        position_lots: signed lots of each leg.
    """
    result: dict[str, int] = {}
    for leg in range(len(instruments)):
        instrument = instruments[leg]
        if instrument.currency != base_currency:
            before: i64 = result.get(instrument.currency, 0)
            value = instrument.notional_e4(price_ticks[leg], position_lots[leg])
            result[instrument.currency] = int(checked_add(before, value))
    return result
