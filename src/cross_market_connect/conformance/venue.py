"""The suite's own venue: a simulated exchange behind a real listening socket, with a script for one case.

It runs in turns in the same thread as the gateway, so that a case may also lay a hand on it between two turns.
"""

from __future__ import annotations

import time

from cross_market_connect.conformance.target import Target
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.passwords import RegisteredPasswords
from cross_market_connect.venues.simulated.process import Server
from cross_market_connect.venues.simulated.script import compile_script
from cross_market_connect.venues.simulated.settings import (
    ROLE_DROP_COPY,
    ROLE_ORDER_ENTRY,
    ClientSession,
    ExchangeSettings,
)

DEPTH_LOTS = 100


class MovedServer(Server):
    """A server whose clocks a case may move on."""

    ahead_ns = 0

    def times(self) -> tuple[int, int]:
        """Both clocks, moved."""
        now_ns = time.monotonic_ns() + self.ahead_ns
        return now_ns, int(self.exchange.settings.calendar.utc_ns(now_ns))


class SimulatedVenue:
    """One exchange with one client, and the drop copy of its account, for one case.

    Raises InputError for a script that does not fit.

    Attributes:
        passwords: which of them are right, where they are encrypted; None where they are not.
    """

    def __init__(self, target: Target, script: str) -> None:
        source = target.source
        listed: list[Instrument] = target.instruments
        settings = ExchangeSettings(source.venue, source.target_comp_id.encode(), listed, target.clock, 1)
        self.client = ClientSession(
            source.sender_comp_id.encode(),
            ROLE_ORDER_ENTRY,
            source.account.encode(),
            (source.username or "").encode(),
            target.password,
        )
        self.client.cancel_on_disconnect = False
        settings.clients = [self.client]
        if target.copied is not None:
            listener = target.copied.source.sender_comp_id.encode()
            account, username = self.client.account, (target.copied.source.username or "").encode()
            settings.clients.append(ClientSession(listener, ROLE_DROP_COPY, account, username, target.copied.password))
        settings.version, settings.gateway = source.version, source.gateway
        self.passwords: RegisteredPasswords | None = None
        if target.keys is not None:
            self.passwords = RegisteredPasswords(
                target.keys.modulus, target.keys.private_exponent, {self.client.comp_id: target.password}
            )
        settings.password_check = self.passwords
        settings.extra_fields, settings.extra_members = source.extra_fields, source.extra_members
        settings.rules = compile_script(script, [instrument.symbol for instrument in listed])
        self.exchange = SimulatedExchange(settings)
        self.server = MovedServer(self.exchange, {})
        self.port = self.server.listen([0])[0]
        self.server.start()
        self.quote(target.plan.bid, DEPTH_LOTS, target.plan.ask, DEPTH_LOTS)

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
        """ClOrdIDs of what still may trade."""
        account = self.exchange.participant(self.client.account)
        return [int(order.client_id) for order in self.exchange.ledger.open_orders(account)]

    def turn(self) -> None:
        """Do what is to be done now, without waiting."""
        self.server.turn(0)

    def close(self) -> None:
        """Close every socket."""
        self.server.close()
