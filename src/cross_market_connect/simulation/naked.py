"""What is not hedged at the end, by the venues' own books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cross_market_connect.trading.desk import Desk
from cross_market_connect.venues.simulated.exchange import SimulatedExchange


def accounts_of(exchange: SimulatedExchange) -> list[bytes]:
    """Our accounts at an exchange."""
    return sorted({client.account for client in exchange.settings.clients if client.account})


def positions_of(exchanges: Iterable[SimulatedExchange]) -> dict[str, int]:
    """Lots per symbol that the venues' ledgers hold for all our accounts."""
    result: dict[str, int] = {}
    for exchange in exchanges:
        participants = [exchange.participant(account) for account in accounts_of(exchange)]
        for index, instrument in enumerate(exchange.settings.instruments):
            held = sum(int(exchange.ledger.position_lots(participant, index)) for participant in participants)
            result[instrument.symbol] = result.get(instrument.symbol, 0) + held
    return result


def open_orders_of(exchanges: Iterable[SimulatedExchange]) -> int:
    """How many of our orders may still fill."""
    return sum(
        len(exchange.ledger.open_orders(exchange.participant(account)))
        for exchange in exchanges
        for account in accounts_of(exchange)
    )


def naked_units(desk: Desk, positions: Mapping[str, int], open_orders: int) -> int:
    """Lots without their counterpart: those that spread orders could not match, those by which a venue's ledger differs
    from the engine's book, and orders that may still fill.

    Args:
        positions: lots per symbol by the venues' ledgers.
    """
    naked = open_orders
    for order in desk.orders.values():
        naked += sum(abs(int(order.excess_lots(leg))) for leg in range(len(order.filled)))
    for instrument in desk.instruments:
        if instrument.symbol in positions:
            naked += abs(positions[instrument.symbol] - int(desk.ledger.position_lots[instrument.index]))
    return naked
