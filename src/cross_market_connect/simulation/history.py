"""One simulated history from its plan: builds the world, lets it happen, has it judged.

Theory of operation. Venues and engine are the hosts of `hosts.py`; the plan's quotes and acts are events of the world.
The judge stands between the engine and its log, and looks at every venue after each of its steps. An engine that dies
of itself is started again like a killed one, and that it died is a violation. When faults have stopped, everything must
come to rest; then the engine is asked to end, and what must hold at rest is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.simulation.acts import LASTING, calm, carry_out
from cross_market_connect.simulation.hosts import EngineHost, ExchangeHost
from cross_market_connect.simulation.log_outs import LogOuts
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.simulation.naked import positions_of
from cross_market_connect.simulation.oracles import Judge
from cross_market_connect.simulation.people import DELAYS_NS, People
from cross_market_connect.simulation.plan import Plan, Quote
from cross_market_connect.simulation.sameness import Sameness
from cross_market_connect.simulation.shapes import CLOSES_AFTER_NS, CLOSING_HOURS
from cross_market_connect.simulation.trace import Trace
from cross_market_connect.simulation.verdicts import at_rest
from cross_market_connect.simulation.world import START_NS, World
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_LOCKED_SIDE,
    CONDITION_PHASE,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
)
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.faults import FAULT_LOST, ON_QUERY
from cross_market_connect.venues.simulated.settings import ROLE_ORDER_ENTRY

MILLISECOND_NS: Final = 1_000_000
RESTART_NS: Final = 100 * MILLISECOND_NS
LOG_OUT_NS: Final = 5_000 * MILLISECOND_NS
# Space that is there again is found by then.
SPACE_NS: Final = 100 * MILLISECOND_NS
# A session that was lost is back, and asked about its orders, by then.
RECONNECT_NS: Final = 1_000 * MILLISECOND_NS
# Conditions of a market by which it takes no orders, finds them no counterparty, or forbids the way back.
CLOSING_CONDITIONS: Final = (
    int(CONDITION_PHASE),
    int(CONDITION_LOCKED_SIDE),
    int(CONDITION_BORROW_LOTS),
    int(CONDITION_QUOTA_LOTS),
    int(CONDITION_SELLABLE_LOTS),
)
# What venues have kept back is told by then.
REPORTS_NS: Final = 800 * MILLISECOND_NS
DEATHS_MAX: Final = 3
# One seed in so many takes snapshots on its way and restarts from them, the others from the whole log.
SNAPSHOT_SEEDS: Final = 4
NEVER: Final = 1 << 60


class JudgedSink(RecordSink):
    """The log, and the judge who reads along."""

    def __init__(self, log: RecordSink, history: History) -> None:
        self.log = log
        self.history = history

    def append(self, kind: i64, cause_seq: i64, input_seq: i64, now_ns: i64, payload: bytes) -> i64:
        seq = self.log.append(kind, cause_seq, input_seq, now_ns, payload)
        self.history.judge.seq = self.history.judge.keeping.written_seq = int(seq)
        self.history.heard(int(kind), int(now_ns), payload)
        return seq


class History:
    """One history.

    Args:
        trace: collects the story; None for none.
        keeps_capture: market data is kept, so that the history can be replayed.

    Attributes:
        judge: what is wrong so far; log_outs: who is logged on. deaths: why the engine died of itself.
        awaited: by venue: since when our sessions there wait for a log-on, and over which connections it can not be.
        rotten: segment and bit of the log that is not what was written, until somebody restores it.
        rest_ns: when everything was at rest after the faults stopped; -1 when it never was.
    """

    def __init__(self, plan: Plan, trace: Trace | None = None, keeps_capture: bool = False) -> None:
        self.plan = plan
        self.trace = trace
        shape = plan.shape
        self.world = World(plan.choices.seed)
        calendar = shape.settings.calendar.clock(START_NS, 0)
        self.judge: Judge = shape.judge()
        for number, market in enumerate(shape.markets):
            if market.hours == CLOSING_HOURS:
                self.judge.trouble(number, START_NS + CLOSES_AFTER_NS, NEVER)
        self.venues: list[ExchangeHost] = []
        for number in range(len(shape.mics)):
            fields = shape.exchange(number, calendar, plan.choices.seed + number)
            fields.rules = plan.rules[number]
            if any(rule.kind == FAULT_LOST and rule.message == ON_QUERY for rule in fields.rules):
                self.judge.deaf.add(number)
            self.venues.append(ExchangeHost(self.world, SimulatedExchange(fields)))
            self._watch(number)
        self._disturb_datagrams(plan.datagrams_ppm)
        settings = shape.settings if plan.choices.seed % SNAPSHOT_SEEDS else shape.settings_with_snapshots
        self.engine = EngineHost(self.world, settings, shape.reference, calendar, {}, keeps_capture)
        self.engine.sink_of = self._begin
        self.sameness = Sameness(self.judge.violation)
        self.engine.on_opened = lambda opened: self.sameness.begins(opened.core, int(opened.log.last_seq))
        self.log_outs = LogOuts()
        self._reported: dict[tuple[int, int], int] = {}
        self.engine.on_ended = self.engine_ended
        self.judge.quoted_ns = lambda venue: int(self.venues[venue].exchange.quoted_ns(0))
        self.others: list[EngineHost] = []
        self.people = People(self, plan.decides, DELAYS_NS[plan.decides_after])
        self.deaths: list[str] = []
        self.rotten: tuple[int, int] | None = None
        self.awaited: dict[int, tuple[int, set[int]]] = {}
        self.rest_ns = -1
        self._announce()

    def _disturb_datagrams(self, ppm: int) -> None:
        """So many of a million datagrams are lost, doubled, overtaken, each."""
        fabric = self.world.fabric
        fabric.lost_ppm = fabric.doubled_ppm = fabric.late_ppm = ppm

    def _begin(self, log: LogWriter) -> RecordSink:
        """A run of the engine begins on what the disk holds."""
        self.log_outs.begins()
        self.judge.keeping.taken_over(int(log.last_seq), self.engine.lost_power)
        for number in range(len(self.venues)):
            self._await_log_on(number)
        return JudgedSink(log, self)

    def _await_log_on(self, number: int) -> None:
        """A venue's sessions are of no use to us until they are logged on over connections that it has not yet."""
        connections = set(self.venues[number].connections)
        begin_ns, others = self.awaited.get(number, (self.world.now_ns, set()))
        if connections:
            self.awaited[number] = (begin_ns, others | connections)

    def _end_wait(self, number: int) -> None:
        """Our sessions may be logged on at a venue that held them for a machine that is gone, or began them anew."""
        begin_ns, connections = self.awaited[number]
        if connections.isdisjoint(self.venues[number].connections) and self._is_logged_on(number):
            del self.awaited[number]
            self.judge.trouble(number, begin_ns, self.world.now_ns + RECONNECT_NS)

    def engine_ended(self) -> None:
        """It was asked to end, and has; where our sessions had not caught up it hung up without an answer."""
        for number, (begin_ns, _connections) in sorted(self.awaited.items()):
            self.judge.trouble(number, begin_ns, self.world.now_ns)
        self.log_outs.ended(self.judge)

    def _is_logged_on(self, number: int) -> bool:
        """Whether every order session at a venue is, for both ends."""
        exchange, core = self.venues[number].exchange, self.engine.core
        clients = enumerate(exchange.settings.clients, 1)
        is_up = all(exchange.connection_of(at) >= 0 for at, client in clients if client.role == ROLE_ORDER_ENTRY)
        if core is None or not is_up:
            return False
        venues = self.judge.venue_of_route
        at_venue = [stream for index, stream in enumerate(core.streams) if venues.get(index) == number]
        return all(stream is None or stream.gateway is None or stream.gateway.is_up() for stream in at_venue)

    def _watch(self, number: int) -> None:
        """The judge looks at a venue's ledger after everything that it does."""
        host = self.venues[number]
        clients = host.exchange.settings.clients
        accounts = sorted({client.account for client in clients if client.account})
        participants = [int(host.exchange.participant(account)) for account in accounts]
        sessions = [session for session, client in enumerate(clients, 1) if client.role == ROLE_ORDER_ENTRY]
        host.observer = lambda: self._look(number, participants, sessions)

    def _look(self, number: int, participants: list[int], sessions: list[int]) -> None:
        exchange = self.venues[number].exchange
        if number in self.awaited:
            self._end_wait(number)
        self.judge.look(number, exchange, participants, self.world.now_ns)
        self.log_outs.look(self.judge, number, exchange, sessions)
        if self.trace is not None:
            for participant in participants:
                for order in exchange.ledger.holdings[participant].orders.values():
                    self.trace.venue(self.world.now_ns, number, order)

    def heard(self, kind: int, now_ns: int, payload: bytes) -> None:
        """The engine has written a record."""
        self.judge.record(kind, now_ns, payload)
        if self.trace is not None:
            self.trace.record(kind, now_ns, payload)

    # ------------------------------------------------------------------ what happens

    def _announce(self) -> None:
        trace = self.trace
        if trace is not None:
            self.judge.on_violation = lambda text: trace.say(self.world.now_ns, "!!!", text)
            for venue, rules in enumerate(self.plan.rules):
                for rule in rules:
                    trace.rule(venue, rule)
        for quote in self.plan.quotes:
            self.world.at(START_NS + quote.at_ns, lambda quote=quote: self._quote(quote))  # type: ignore[misc]
        for act in self.plan.acts:
            self.world.at(START_NS + act.at_ns, lambda act=act: self._act(act))  # type: ignore[misc]
        self.world.at(START_NS + self.plan.quiet_ns, self._calm)

    def _quote(self, quote: Quote) -> None:
        if self.trace is not None and START_NS + self.plan.quiet_ns > self.world.now_ns:
            self.trace.quote(self.world.now_ns, quote.venue, quote.bids, quote.asks)
        if not quote.bids or not quote.asks:
            self.judge.trouble(quote.venue, self.world.now_ns, self._next_quote_ns(quote))
        host = self.venues[quote.venue]
        bids, asks = list(quote.bids), list(quote.asks)
        self.judge.carrying.quoted(quote.venue, sum(lots for _, lots in bids), sum(lots for _, lots in asks))
        host.take_hand(lambda exchange, now_ns, utc_ns: exchange.quote(0, bids, asks, now_ns, utc_ns))

    def _next_quote_ns(self, quote: Quote) -> int:
        """When a market that has one side only gets another book."""
        later = (q.at_ns for q in self.plan.quotes if q.venue == quote.venue and q.at_ns > quote.at_ns)
        return START_NS + min(later, default=self.plan.end_ns)

    def _act(self, act: Act) -> None:
        if self.trace is not None:
            self.trace.act(self.world.now_ns, act)
        if act.kind in LASTING:
            self.judge.trouble(act.target, self.world.now_ns, self.world.now_ns + self._lasts_ns(act))
        if act.kind == "clock_step":
            self._step_clock(act)
        if act.kind == "forget_sessions" or (act.kind == "venue_restart" and act.a != 0):
            # Numbers that began anew are refused until they have caught up.
            self._await_log_on(act.target)
        if act.kind == "hang" and self.engine.core is not None:
            end_ns = min(self.world.now_ns + act.b, START_NS + self.plan.quiet_ns)
            self.judge.hang(self.world.now_ns, end_ns)
        if act.kind == "disk_full":
            # The engine looks for space at an interval.
            self.judge.full_disks.append((self.world.now_ns, self.world.now_ns + act.b + SPACE_NS))
        if act.kind == "condition":
            self._report_condition(act)
        carry_out(self, act)

    def _report_condition(self, act: Act) -> None:
        """What is reported while the engine is dead it never hears: it goes on by what it was told before."""
        self.judge.carrying.capped.add(act.target)
        if act.a not in CLOSING_CONDITIONS:
            return
        is_heard = self.engine.core is not None
        knows = self._reported.get((act.target, act.a), act.b)
        if is_heard:
            self._reported[(act.target, act.a)] = act.b
        until_ns = START_NS + self.plan.quiet_ns if is_heard or knows == act.b else NEVER
        self.judge.trouble(act.target, self.world.now_ns, until_ns)

    def _step_clock(self, act: Act) -> None:
        """Whose clock is set knows another day than the venue; one that is ahead takes a market for closed before its
        time, until it is set again."""
        self.judge.daily = None
        now_ns = self.world.now_ns
        closes_ns = START_NS + CLOSES_AFTER_NS - self.engine.utc_offset_ns - act.a
        later = (other.at_ns for other in self.plan.acts if other.kind == act.kind and other.at_ns > act.at_ns)
        until_ns = START_NS + next(later, NEVER)
        for number, market in enumerate(self.plan.shape.markets):
            if market.hours == CLOSING_HOURS:
                self.judge.trouble(number, max(now_ns, closes_ns), until_ns)

    def _lasts_ns(self, act: Act) -> int:
        """How long a market or a connection does not serve us: until its end is announced, or for what the act says."""
        ends = LASTING[act.kind]
        if not ends:
            return act.b + RECONNECT_NS
        later = (other for other in self.plan.acts if other.kind == ends and other.target == act.target)
        return next((other.at_ns - act.at_ns for other in later if other.at_ns >= act.at_ns), NEVER) + RECONNECT_NS

    def _calm(self) -> None:
        """Faults stop: rules act no more, markets are open, wires and disks work, the engine runs."""
        for rules in self.plan.rules:
            for rule in rules:
                rule.first = NEVER
        self._disturb_datagrams(0)
        calm(self)

    def close(self) -> None:
        """Nobody looks at it any more: what is many is let go of, so that most of the memory is free at once; the rest,
        whose parts know each other, is the collector's."""
        self.plan.choices.made.clear()
        self.plan.quotes.clear()
        self.world.forget()
        self.judge.close()
        for host in self.venues:
            host.observer = None
        for engine in (self.engine, *self.others):
            engine.sink_of = None
            engine.on_ended = None
            engine.forget()

    # ------------------------------------------------------------------ the engine's lives

    def kill_between_steps(self) -> None:
        """The process is gone; what it knew is remembered, for its successor must know it too."""
        core, log = self.engine.core, self.engine.log
        if core is not None and log is not None and not core.finished:
            self.sameness.dies(core, int(log.last_seq))
        self.engine.kill()

    def kill(self, pause_ns: int) -> None:
        """The process is gone; it is started again after the pause."""
        if self.engine.core is not None:
            self.engine.kill()
            self.world.after(pause_ns, self.engine.start)

    def _died(self, death: Exception) -> None:
        """Of itself: a fault of ours."""
        self.deaths.append(f"{type(death).__name__}: {death}")
        self.judge.violation(f"the engine died: {death}")
        self.engine.crash(death)
        if len(self.deaths) < DEATHS_MAX:
            self.world.after(RESTART_NS, self.engine.start)

    # ------------------------------------------------------------------ the run

    def run(self) -> None:
        """Let it happen, until everything is at rest and the engine has ended."""
        for number, host in enumerate(self.venues):
            host.start()
            carry_out(self, Act(0, "resume", number))
        self.engine.start()
        self._run(lambda: False, START_NS + self.plan.quiet_ns + REPORTS_NS)
        if self._run(self.is_at_rest, START_NS + self.plan.end_ns):
            ends = [parent.ended_ns for parent in self.judge.parents.values() if parent.worked]
            self.rest_ns = max(ends, default=START_NS) - START_NS
        else:
            waited_ms = (self.plan.end_ns - self.plan.quiet_ns) // MILLISECOND_NS
            self.judge.violation(f"{self._unrest()} {waited_ms} ms after the faults stopped")
        if self.engine.core is not None:
            self.engine.stop()
            if not self._run(lambda: self.engine.core is not None and bool(self.engine.core.finished), NEVER):
                self.judge.violation("the engine does not end when it is asked to")
        self._judge_rest()

    def _run(self, is_over: Callable[[], bool], until_ns: int) -> bool:
        if until_ns == NEVER:
            until_ns = self.world.now_ns + LOG_OUT_NS
        while len(self.deaths) < DEATHS_MAX:
            try:
                over = self.world.run(is_over, until_ns)
                self.world.now_ns = max(self.world.now_ns, until_ns) if not over else self.world.now_ns
                return over
            except (InvariantError, LocalProtocolError) as death:
                self._died(death)
        return False

    def _judge_rest(self) -> None:
        """What must hold now that nothing happens any more."""
        for number, (begin_ns, _) in self.awaited.items():
            self.judge.trouble(number, begin_ns, NEVER)
        instruments = {instrument.symbol: int(instrument.index) for instrument in self.plan.shape.instruments}
        exchanges = [host.exchange for host in self.venues]
        at_venues = {instruments[symbol]: lots for symbol, lots in positions_of(exchanges).items()}
        in_engine: dict[int, int] = {}
        if self.engine.core is not None:
            ledger = self.engine.core.desk.ledger
            in_engine = {index: int(ledger.position_lots[index]) for index in at_venues}
        for fault in at_rest(self.judge, at_venues, in_engine):
            self.judge.violation(fault)

    def is_at_rest(self) -> bool:
        """Whether the engine is logged on everywhere and has nothing under way."""
        return self._unrest() == ""

    def _unrest(self) -> str:
        """What is still under way; empty when nothing is."""
        core = self.engine.core
        if core is None:
            return "the engine does not run: " + (self.engine.start_fault or "dead")
        if not core.desk.is_quiet():
            return "spread orders are open"
        if core.finished:
            return ""
        # Behind the sources are recovery services, which are connected to when something is missed.
        sources = core.streams[: len(self.engine.settings.source)]
        down = [index for index, stream in enumerate(sources) if stream and not stream.connection.is_up()]
        return f"sources {down} are not logged on" if down else ""
