"""A scripted history: small markets, quotes set by hand, venues that misbehave on cue, time that passes on request.

Theory of operation. A `Scenario` is a virtual world with one engine and a `Venue` per market of `pair.py`. What a venue
does with orders is a list of fault rules; the rest is done by hand: quote, let time pass, halt, disconnect, kill,
start again. What came of it is read from the venues' own ledgers and from the engine's log, never from the engine.

When the engine dies of itself (an invariant that does not hold), the scenario is its
supervisor: the process is gone, `deaths` counts it, and after RESTART_NS it is started again, at most `lives` times.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import BUY, IMMEDIATE_OR_CANCEL, LIMIT
from cross_market_connect.domain.records import ALERT, LEG_ORDER, SPREAD_ORDER, RecordSink
from cross_market_connect.domain.spread import SPREAD_STATE_NAMES
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.matching.orders import REASON_NAMES, ExchangeOrder
from cross_market_connect.simulation.hosts import EngineHost, ExchangeHost
from cross_market_connect.simulation.pair import (
    REPLAY_PASSWORD,
    Market,
    exchange_settings,
    reference_of,
    settings_of,
)
from cross_market_connect.simulation.world import START_NS, World
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.faults import rule_from_fields
from cross_market_connect.venues.simulated.settings import ROLE_DROP_COPY

MILLISECOND_NS: Final = 1_000_000
RESTART_NS: Final = 100 * MILLISECOND_NS
LOG_ON_MS: Final = 1_000
FIRST_LOOK_MS: Final = 5
FOREVER_MS: Final = 120_000
CHANCES_APART: Final = 1_000_003
Rule = Mapping[str, object]
Levels = Sequence[tuple[int, int]]


class Fuse:
    """When a step of the engine is to fail: instead of a record of `kind` (0: of any) after `left` more of them.

    Attributes:
        is_poison: it fails every time from then on, in every life.
    """

    def __init__(self) -> None:
        self.kind = 0
        self.left = -1
        self.is_poison = False


class FusedSink(RecordSink):
    """The log of one life, until the fuse blows."""

    def __init__(self, log: RecordSink, fuse: Fuse) -> None:
        self.log = log
        self.fuse = fuse

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        fuse = self.fuse
        if fuse.left >= 0 and fuse.kind in (0, kind):
            if fuse.left == 0:
                fuse.left = 0 if fuse.is_poison else -1
                raise InvariantError("a fault in a handler")
            fuse.left -= 1
        return self.log.append(kind, cause_seq, input_seq, now_ns, payload)


@dataclass(frozen=True)
class Seen:
    """One record of the log: what tests look at."""

    seq: int
    cause_seq: int
    input_seq: int
    now_ns: int
    fields: dict[str, Any]


class Venue:
    """One market: its exchange with its ledger, and the hand that moves it."""

    def __init__(self, host: ExchangeHost, market: Market) -> None:
        self.host = host
        self.market = market
        self.exchange = host.exchange

    # ------------------------------------------------------------------ by hand

    def quote(self, bid: int, ask: int, lots: int = 100) -> None:
        """One level a side; a price of 0 leaves the side empty."""
        self.quote_levels([(bid, lots)] if bid else [], [(ask, lots)] if ask else [])

    def quote_levels(self, bids: Levels, asks: Levels) -> None:
        """Levels of (price, lots), best first."""
        self._do(lambda exchange, now_ns, utc_ns: exchange.quote(0, list(bids), list(asks), now_ns, utc_ns))

    def halt(self) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.halt(0, now_ns, utc_ns))

    def resume(self) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.resume(0, now_ns, utc_ns))

    def close(self) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.close(0, now_ns, utc_ns))

    def lock(self, side: int) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.lock(0, side, now_ns, utc_ns))

    def fill(self, order: ExchangeOrder, lots: int) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.fill(order, lots, now_ns, utc_ns))

    def bust(self, order: ExchangeOrder) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.bust(order, now_ns, utc_ns))

    def trade_elsewhere(self, side: int, lots: int, price_ticks: int, *, is_told: bool = True) -> None:
        """The first account's own order from another terminal, immediate or cancel; its session is told of it, or its
        drop copy alone."""
        kind, force = int(LIMIT), int(IMMEDIATE_OR_CANCEL)
        session = 1 if is_told else 0
        order = ExchangeOrder(self.participant(), session, b"TELEPHONE", 0, side, kind, force, price_ticks, lots)
        self._do(lambda exchange, now_ns, utc_ns: exchange.enter_elsewhere(order, now_ns, utc_ns))

    def disconnect(self) -> None:
        """Cut every order session's connection."""
        for number in range(1, len(self.market.accounts) + 1):
            self._disconnect(number)

    def disconnect_quotes(self) -> None:
        """Cut the quote session's connection."""
        self._disconnect(len(self.market.accounts) + 1)

    def disconnect_copies(self) -> None:
        """Cut every drop copy's connection."""
        for number, client in enumerate(self.exchange.settings.clients, 1):
            if client.role == ROLE_DROP_COPY:
                self._disconnect(number)

    def _disconnect(self, number: int) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.disconnect(number, now_ns, utc_ns))

    def mute_quotes(self, muted: bool) -> None:
        """Quotes stop, or go on, while their session stays up."""
        self.exchange.mute_quotes(muted)

    def lose_datagrams(self, count: int) -> None:
        """The next so many datagrams of the market are lost, on both lines."""
        self.exchange.lose_datagrams(count)

    def reset_channel(self) -> None:
        """The market voids what it published and says it anew."""
        self._do(lambda exchange, now_ns, utc_ns: exchange.reset_channel(now_ns, utc_ns))

    def forget_sessions(self) -> None:
        self._do(lambda exchange, now_ns, utc_ns: exchange.forget_sessions(now_ns, utc_ns))

    def _do(self, action: Callable[[SimulatedExchange, int, int], None]) -> None:
        self.host.take_hand(action)

    # ------------------------------------------------------------------ the ledger

    def participant(self, account: str = "") -> int:
        return int(self.exchange.participant((account or self.market.accounts[0]).encode()))

    def orders(self, account: str = "") -> list[ExchangeOrder]:
        """Every order of ours that reached the market, refused ones too, in order of arrival."""
        return list(self.exchange.ledger.holdings[self.participant(account)].orders.values())

    def told(self, account: str = "") -> list[str]:
        """The same, as texts: `buy 4 at 10000: 4` is side, lots, limit and what filled, or why it was refused."""
        return [_told(order) for order in self.orders(account)]

    def position(self, account: str = "") -> int:
        """Net lots held."""
        return int(self.exchange.ledger.position_lots(self.participant(account), 0))

    def open_lots(self, account: str = "") -> int:
        """Lots of ours that may still fill."""
        return sum(int(order.leaves_lots) for order in self.orders(account) if order.is_open())


def _told(order: ExchangeOrder) -> str:
    side = "buy" if order.side == BUY else "sell"
    refused = order.order_number != 0 and order.cumulative_lots == 0 and order.reason != 0
    result = REASON_NAMES[order.reason] if refused else str(int(order.cumulative_lots))
    return f"{side} {order.quantity_lots} at {order.price_ticks}: {result}"


class Scenario:
    """Markets, an engine, and what happens to them.

    Args:
        markets: A and B when none is given.
        rules: fault rules by market's letter, fields as in `rule_from_fields`.
        overrides: settings by path, see `pair.settings_of`; rates: pricing legs by currency.
        start: local time at which the history begins.
        lives: how often the engine is started again when it dies.
    """

    def __init__(
        self,
        *markets: Market,
        rules: Mapping[str, Sequence[Rule]] | None = None,
        overrides: Mapping[str, object] | None = None,
        rates: Mapping[str, str] | None = None,
        start: datetime.time = datetime.time(10, 0),
        seed: int = 1,
        lives: int = 1,
    ) -> None:
        chosen = markets or (Market("A"), Market("B"))
        self.world = World(seed)
        self.reference = reference_of(chosen)
        self.settings = settings_of(chosen, start, rates or {}, overrides or {})
        calendar = self.settings.calendar.clock(START_NS, 0)
        self.venues: dict[str, Venue] = {}
        for number, market in enumerate(chosen):
            # Each venue has chances of its own: one seed for all would refuse both legs at once.
            chance = seed + CHANCES_APART * number
            fields = exchange_settings(market, self.reference, self.settings, calendar, chance)
            fields.rules = [rule_from_fields(dict(rule)) for rule in (rules or {}).get(market.letter, [])]
            self.venues[market.letter] = Venue(ExchangeHost(self.world, SimulatedExchange(fields)), market)
        self.engine = EngineHost(self.world, self.settings, self.reference, calendar, self._secrets())
        self.lives = lives
        self.fuse = Fuse()
        self.engine.sink_of = lambda log: FusedSink(log, self.fuse)
        self.deaths: list[str] = []

    def _secrets(self) -> dict[str, str]:
        return {source.name: REPLAY_PASSWORD for _, source, _ in self.settings.recoveries()}

    # ------------------------------------------------------------------ time

    def begin(self) -> Scenario:
        """Open the markets, start the engine, wait until it is logged on everywhere; no quotes yet."""
        for venue in self.venues.values():
            venue.host.start()
            if not venue.exchange.settings.session_clocks:
                venue.resume()
        self.engine.start()
        self.run_until(self.is_up, LOG_ON_MS)
        return self

    def is_up(self) -> bool:
        """Whether the engine is logged on everywhere; a source of datagrams has nothing to log on to, and a recovery
        service, behind all sources, is connected to when something is missed."""
        core = self.engine.core
        if core is None:
            return False
        sources = core.streams[: len(self.settings.source)]
        return all(stream is None or stream.connection.is_up() for stream in sources)

    def run_for(self, milliseconds: float) -> None:
        """Let time pass."""
        until_ns = self.world.now_ns + int(milliseconds * MILLISECOND_NS)
        self._run(lambda: False, until_ns)
        self.world.now_ns = until_ns

    def run_until(self, is_over: Callable[[], bool], timeout_ms: float) -> float:
        """Let time pass until it is over; how long that took, in milliseconds. Raises InvariantError when it is not."""
        began_ns = self.world.now_ns
        if not self._run(is_over, began_ns + int(timeout_ms * MILLISECOND_NS)):
            raise InvariantError(f"not over within {timeout_ms} ms")
        return (self.world.now_ns - began_ns) / MILLISECOND_NS

    def settle(self, timeout_ms: float = FOREVER_MS) -> float:
        """Let time pass until every spread order has ended or is in a person's hands; how long that took."""
        self.run_for(FIRST_LOOK_MS)  # quotes are on their way: what they trigger is not yet there to be waited for
        return FIRST_LOOK_MS + self.run_until(self._is_quiet, timeout_ms)

    def _is_quiet(self) -> bool:
        core = self.engine.core
        return core is not None and core.desk.is_quiet() and self.is_up()

    def _run(self, is_over: Callable[[], bool], until_ns: int) -> bool:
        while True:
            try:
                return self.world.run(is_over, until_ns)
            except InvariantError as death:
                self._died(death)

    def _died(self, death: Exception) -> None:
        """What the process's shell does, and then its supervisor."""
        self.deaths.append(str(death))
        self.engine.crash(death)
        if len(self.deaths) <= self.lives:
            self.world.after(RESTART_NS, self.engine.start)

    # ------------------------------------------------------------------ the engine

    def trigger(self, lots: int = 100) -> None:
        """Quotes at which the spread is to be bought: A at 10000, B sold at 10010."""
        self.venues["A"].quote(9_999, 10_000, lots)
        self.venues["B"].quote(10_010, 10_011, lots)

    def step_clock(self, milliseconds: int) -> None:
        """The calendar clock is read, and has stepped by so much (0: it ran evenly) since the last reading."""
        self.engine.step_clock(milliseconds * MILLISECOND_NS)

    def stop(self) -> None:
        """An operator asks for the clean end."""
        self.engine.stop()

    def kill(self) -> None:
        """The engine's process dies between two steps."""
        self.deaths.append("killed")
        self.engine.kill()

    def restart(self) -> None:
        """The engine is started, and logs on everywhere again."""
        self.engine.start()
        self.run_until(self.is_up, 10 * LOG_ON_MS)

    def second_engine(self) -> EngineHost:
        """Start another engine on the same store, from a machine of its own; `start_fault` says whether it was let."""
        first = self.engine
        other = EngineHost(self.world, self.settings, self.reference, first.calendar, self._secrets(), other=first)
        other.start()
        return other

    def fail_after_records(self, records: int) -> None:
        """An invariant will not hold in the middle of a step: when so many more records are written."""
        self.fuse.left = records

    def poison_with(self, kind: int) -> None:
        """From now on no life of the engine can write a record of this kind: what leads to one kills it every time."""
        self.fuse.kind, self.fuse.left, self.fuse.is_poison = kind, 0, True

    # ------------------------------------------------------------------ the log

    def records(self, kind: int) -> list[Seen]:
        """Every record of a kind, in order."""
        return [
            Seen(int(r.seq), int(r.cause_seq), int(r.input_seq), int(r.now_ns), r.fields())
            for r in LogReader(self.engine.disk, 1).records()
            if r.kind == kind
        ]

    def alerts(self) -> list[str]:
        """Codes of the alerts, in order."""
        return [str(seen.fields["code"]) for seen in self.records(int(ALERT))]

    def states(self, spread_order_id: int = 1) -> list[str]:
        """States that a spread order went through, in order."""
        return [
            SPREAD_STATE_NAMES[int(seen.fields["state"])]
            for seen in self.records(int(SPREAD_ORDER))
            if seen.fields["spread_order_id"] == spread_order_id
        ]

    def sent(self) -> list[Seen]:
        """Records of the orders sent, in order."""
        return self.records(int(LEG_ORDER))

    def positions(self) -> tuple[int, ...]:
        """What the venues' ledgers hold for the first account of each market."""
        return tuple(venue.position() for venue in self.venues.values())

    def orders_received(self) -> tuple[int, ...]:
        """How many orders of the first account reached each market."""
        return tuple(len(venue.orders()) for venue in self.venues.values())

    def open_lots(self) -> int:
        """Lots of ours, anywhere, that may still fill."""
        return sum(venue.open_lots(account) for venue in self.venues.values() for account in venue.market.accounts)
