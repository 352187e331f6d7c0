"""What is not hedged at the end, by the venues' own books."""

from __future__ import annotations

from collections.abc import Mapping

from cross_market_connect.engine.core import EngineCore
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.venues.simulated.exchange import SimulatedExchange


def positions_of(exchanges: Mapping[str, SimulatedExchange]) -> dict[str, int]:
    """Lots per symbol that the venues' ledgers hold for all our accounts, and what may still fill."""
    result: dict[str, int] = {}
    for exchange in exchanges.values():
        accounts = sorted({client.account for client in exchange.settings.clients if client.account})
        for index, instrument in enumerate(exchange.settings.instruments):
            result[instrument.symbol] = sum(
                int(exchange.ledger.position_lots(exchange.participant(account), index)) for account in accounts
            )
    return result


def naked_lots(order: SpreadOrder) -> list[int]:
    """Lots per leg of one spread order beyond its matched quantity."""
    return [int(order.excess_lots(leg)) for leg in range(len(order.filled))]


def naked_units(core: EngineCore, exchanges: Mapping[str, SimulatedExchange]) -> int:
    """Lots without their counterpart: those that spread orders could not match, those by which a venue's ledger differs
    from the engine's book, and those that may still fill."""
    naked = 0
    for order in core.desk.orders.values():
        naked += sum(abs(lots) for lots in naked_lots(order))
    positions = positions_of(exchanges)
    for instrument in core.instruments:
        if instrument.symbol in positions:
            held = int(core.desk.ledger.position_lots[instrument.index])
            naked += abs(positions[instrument.symbol] - held)
    for exchange in exchanges.values():
        for account in sorted({client.account for client in exchange.settings.clients if client.account}):
            naked += len(exchange.ledger.open_orders(exchange.participant(account)))
    return naked
