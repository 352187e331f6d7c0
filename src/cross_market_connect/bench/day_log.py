"""Writes a day's log: a real core on real files trades the demonstration's spread with counterparties that fill
everything, until the log holds so many records; then it dies with both legs of one more spread order unanswered.

Time is made up (one spread order every few milliseconds), bytes and records are not.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bench.engine import (
    FIRST_LEG_UNITS,
    LOTS,
    ORDERBOOK_ID,
    SECOND_LEG_PRICE,
    SWING,
    UTC_NS,
)
from cross_market_connect.bench.market import Counterparty
from cross_market_connect.bootstrap import begin_run, blueprint_at, open_engine
from cross_market_connect.config.settings import from_canonical_json
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.journal.snapshot import Snapshot
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.run import run_calendar, stores_of
from cross_market_connect.wire.fix.encoder import MSG_MARKET_DATA_REQUEST, MSG_MARKET_DATA_SNAPSHOT, BodyWriter
from cross_market_connect.wire.fix.messages import MarketDataEntry, market_data_snapshot, symbol_template
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of
from cross_market_connect.wire.omd.family import (
    ACTION_CHANGE,
    ACTION_NEW,
    SIDE_BID,
    SIDE_OFFER,
)
from cross_market_connect.wire.omd.omd_d import (
    PRODUCT_FUTURE,
)
from cross_market_connect.wire.omd.omd_d_objects import SeriesDefinitionBase
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter

STEP_NS: Final = 6_000_000
HOUR_NS: Final = 3_600_000_000_000
# Spread orders between two looks at disk and timers.
SYNC_EVERY: Final = 200


class DayLog:
    """The engine and its counterparties in one process.

    Args:
        settings: as for `xmc run`; sources in the demonstration's order.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = from_canonical_json(json.dumps(settings))
        self.stores = stores_of(self.settings)
        # Within the hour before now, so that the run that follows finds no time ahead of its clock.
        self.now_ns = max(STEP_NS, time.monotonic_ns() - HOUR_NS)
        clock = run_calendar(self.settings, self.now_ns, self.now_ns)
        self.engine = open_engine(blueprint_at(self.settings, load_reference(), clock), self.stores, clock)
        self.core = self.engine.core
        names = [source.name for source in self.settings.source]
        self.orders = {
            names.index("ccfx_orders"): Counterparty(b"CCFX", b"XMC_ORDERS", b"CCFX"),
            names.index("xhkf_orders"): Counterparty(b"XHKF", b"XMC_ORDERS", b"XHKF"),
        }
        self.quotes = names.index("ccfx_quotes")
        self.feed = names.index("xhkf_quotes")
        quoting = SessionSettings(b"FIX.4.4", b"CCFX", b"XMC_QUOTES", ROLE_ACCEPTOR, 600, sending_time_tolerance_s=0)
        self.quote_session = FixSession(quoting, dictionary_of("FIX.4.4"), 1, 1)
        self.quote_session.connection_opened(0)
        self.packets = OmdDWriter()
        self.turn = 0

    def begin(self) -> None:
        """Log on everywhere and bring the books up."""
        core = self.core
        begin_run(self.engine, "bench", self.now_ns)
        core.on_timer(self.now_ns)
        for source in core.take_connects():
            core.on_connection(source, True, "", self.now_ns)
        self.exchange()
        self.packets.start(1, UTC_NS)
        self.packets.add_refresh_complete(0)
        cycles = [self.packets.finish()]
        self.packets.start(2, UTC_NS)
        self.packets.add_series_definition_base(
            SeriesDefinitionBase(ORDERBOOK_ID, "HSIF1", PRODUCT_FUTURE, 0, 1, 0, "", 0, 0)
        )
        self.packets.begin_book(ORDERBOOK_ID)
        self.packets.add_entry(LOTS, SECOND_LEG_PRICE - 1, 1, SIDE_BID, 1, ACTION_NEW)
        self.packets.add_entry(LOTS, SECOND_LEG_PRICE + 1, 1, SIDE_OFFER, 1, ACTION_NEW)
        self.packets.end_book()
        self.packets.add_refresh_complete(0)
        cycles.append(self.packets.finish())
        core.on_datagram(self.feed, False, self.packets.heartbeat(0, UTC_NS), self.now_ns)
        for cycle in cycles:
            core.on_datagram(self.feed, True, cycle, self.now_ns)

    def trigger(self) -> None:
        """A quote that opens or closes the spread; both orders are encoded."""
        self.now_ns += STEP_NS
        price = SECOND_LEG_PRICE + (SWING if self.turn % 2 == 0 else -SWING)
        self.turn += 1
        self.packets.start(self.turn, UTC_NS)
        self.packets.begin_book(ORDERBOOK_ID)
        self.packets.add_entry(LOTS, price - 1, 1, SIDE_BID, 1, ACTION_CHANGE)
        self.packets.add_entry(LOTS, price + 1, 1, SIDE_OFFER, 1, ACTION_CHANGE)
        self.packets.end_book()
        self.core.on_datagram(self.feed, False, self.packets.finish(), self.now_ns)
        for order in self.core.routes.take_encoded():
            self.core.measure_sent(order, self.now_ns, 200)
        self.engine.log.seal()

    def exchange(self) -> None:
        """Let all sessions talk until none has anything to say."""
        busy = True
        while busy:
            busy = False
            for source, peer in self.orders.items():
                data = self.core.outgoing(source)
                answer = peer.answer(data, self.now_ns) if data else b""
                if answer:
                    busy = True
                    self.core.on_bytes(source, answer, self.now_ns)
            data = self.core.outgoing(self.quotes)
            answer = self._answer_quotes(data) if data else b""
            if answer:
                busy = True
                self.core.on_bytes(self.quotes, answer, self.now_ns)

    def _answer_quotes(self, data: bytes) -> bytes:
        self.quote_session.receive(data, self.now_ns, UTC_NS)
        for message in self.quote_session.take_messages():
            if message.msg_type == MSG_MARKET_DATA_REQUEST:
                entries = [
                    MarketDataEntry(ord("0"), FIRST_LEG_UNITS - 2, LOTS, 1),
                    MarketDataEntry(ord("1"), FIRST_LEG_UNITS + 2, LOTS, 1),
                ]
                template = symbol_template(b"IF2101", b"CCFX")
                body = market_data_snapshot(BodyWriter(), message.get(262), template, entries, 1)
                self.quote_session.send(MSG_MARKET_DATA_SNAPSHOT, body, self.now_ns, UTC_NS)
        return self.quote_session.data_to_send()

    def housekeeping(self) -> None:
        """What the loop and the sync thread do between steps."""
        core, log, capture = self.core, self.engine.log, self.engine.capture
        if core.next_timer_ns() <= self.now_ns:
            core.on_timer(self.now_ns)
            self.exchange()
        taken = core.take_snapshot()
        if taken is not None:
            self.stores.snapshots.save(Snapshot(*taken))
        core.measure_synced(log.sync(), self.now_ns)
        log.prepare_next()
        if capture is not None:
            capture.prepare_next()
        log.seal()

    def write(self, records: int, sync_every: int = SYNC_EVERY) -> None:
        """Trade until the log holds so many records, then leave one spread order's legs unanswered."""
        self.begin()
        log = self.engine.log
        while log.last_seq < records:
            for _ in range(sync_every):
                self.trigger()
                self.exchange()
            self.housekeeping()
        self.trigger()
        if self.core.desk.is_quiet():
            raise InvariantError("the day's log ends with nothing open")


def main() -> None:
    """One JSON line on standard input: `settings` and `records`; dies by SIGKILL when it is done."""
    fields = json.loads(sys.stdin.readline())
    day = DayLog(fields["settings"])
    day.write(int(fields["records"]))
    log = day.engine.log
    told = {"records": int(log.last_seq), "open": len(day.core.desk.open_ids), "spread_orders": day.turn}
    Path(fields["told"]).write_text(json.dumps(told))
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
