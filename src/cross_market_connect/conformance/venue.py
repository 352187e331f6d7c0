"""The suite's own venue: a simulated exchange behind a real listening socket, with a script for one case.

It runs in turns in the same thread as the gateway, so that a case may also lay a hand on it between two turns.
"""

from __future__ import annotations

import time

from cross_market_connect.conformance.target import Target
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.process import Server
from cross_market_connect.venues.simulated.script import compile_script
from cross_market_connect.venues.simulated.settings import ROLE_ORDER_ENTRY, ClientSession, ExchangeSettings

BEST_BID, BEST_ASK = 26_000, 26_002
DEPTH_LOTS = 100


class SimulatedVenue:
    """One exchange with one client, for one case. Raises InputError for a script that does not fit."""

    def __init__(self, target: Target, script: str) -> None:
        source = target.source
        now_ns, utc_ns = time.monotonic_ns(), time.time_ns()
        clock = CalendarClock(now_ns, utc_ns, 1000, [], [])
        listed: list[Instrument] = target.instruments
        settings = ExchangeSettings(source.venue, source.target_comp_id.encode(), listed, clock, 1)
        self.client = ClientSession(
            source.sender_comp_id.encode(),
            ROLE_ORDER_ENTRY,
            source.account.encode(),
            (source.username or "").encode(),
            target.password,
        )
        self.client.cancel_on_disconnect = False
        settings.clients = [self.client]
        settings.version = source.version
        settings.extra_fields, settings.extra_members = source.extra_fields, source.extra_members
        settings.rules = compile_script(script, [instrument.symbol for instrument in listed])
        self.exchange = SimulatedExchange(settings)
        self.server = Server(self.exchange, {})
        self.port = self.server.listen([0])[0]
        self.server.start()
        self.quote(BEST_BID, DEPTH_LOTS, BEST_ASK, DEPTH_LOTS)

    def quote(self, bid: int, bid_lots: int, ask: int, ask_lots: int) -> None:
        """What the market shows; 0 lots for nothing on that side."""
        bids = [(bid, bid_lots)] if bid_lots else []
        asks = [(ask, ask_lots)] if ask_lots else []
        self.exchange.quote(0, bids, asks, *self.server.times())

    def position(self) -> int:
        """Net position of the client's account, as the exchange's ledger has it."""
        account = self.exchange.participant(self.client.account)
        return int(self.exchange.ledger.position_lots(account, 0))

    def open_orders(self) -> list[int]:
        """Client order ids of what still may trade."""
        account = self.exchange.participant(self.client.account)
        return [int(order.client_id) for order in self.exchange.ledger.open_orders(account)]

    def turn(self) -> None:
        """Do what is to be done now, without waiting."""
        self.server.turn(0)

    def close(self) -> None:
        """Close every socket."""
        self.server.close()
