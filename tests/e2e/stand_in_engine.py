"""A stand-in for the engine, for tests of the page: writes page and log as the engine does, from a fixed script.

    python -m tests.e2e.stand_in_engine DATA_DIRECTORY

One step per 50 ms; what each step writes depends on its number alone. Ends when standard input closes.
"""

from __future__ import annotations

import json
import select
import sys
import time
from pathlib import Path

from cross_market_connect.domain import records as kinds
from cross_market_connect.domain.alert import CRITICAL, WARNING
from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STALE, Book
from cross_market_connect.domain.order import (
    BUY,
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    REJECT_NONE,
    REJECT_THROTTLED,
    SELL,
)
from cross_market_connect.domain.records import RECORD_TABLE, Payload, RecordSink
from cross_market_connect.domain.spread import (
    COMPLETE,
    LEG_FILLED,
    LEG_IDLE,
    LEG_PARTLY_FILLED,
    LEG_PENDING_NEW,
    LEG_REJECTED,
    LEG_WORKING,
    PROPOSED,
    REPAIRING,
    RESERVED,
    ROLE_INITIAL,
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_NAMES,
    STEP_RETRY,
    STEP_UNWIND,
    UNWINDING,
    UNWOUND,
    WORKING,
)
from cross_market_connect.engine.view import (
    ENGINE_RUNNING,
    PAGE_FILE_NAME,
    SOURCE_LOGGED_ON,
    SOURCE_LOST,
    InstrumentLayout,
    LegLayout,
    SourceLayout,
    SpreadLayout,
    ViewLayout,
    ViewWriter,
)
from cross_market_connect.journal.file_store import LOG_PREFIX, LOG_SUFFIX, FileSegmentStore
from cross_market_connect.journal.writer import open_log

STEP_NS = 50_000_000
START_NOW_NS = 7_000_000_000_000
START_UTC_NS = 1_609_724_100_000_000_000  # 2021-01-04 09:35 in Shanghai
SPEED = 6
INDEX_FUTURES, HANG_SENG = 0, 1
GATE_NAMES = ["none", "book_not_live", "crossed", "quote_age", "skew", "session_closed"]
PERIOD_STEPS = 240


def layout() -> ViewLayout:
    """Two instruments of two venues, one spread, four connections."""
    return ViewLayout(
        "stand-in",
        "test",
        SPEED * 1000,
        [
            InstrumentLayout(
                "CCFX.IF2101", "CSI 300 index futures January 2021", "沪深300股指期货2101", "CCFX",
                "China Financial Futures Exchange", "中国金融期货交易所", 28800, "CNY", 1, 2, False, True,
            ),
            InstrumentLayout(
                "XHKF.HSIF1", "Hang Seng Index futures January 2021", "恒生指数期货2101", "XHKF",
                "Hong Kong Futures Exchange", "香港期货交易所", 28800, "HKD", 0, 1, True, True,
            ),
        ],
        [
            SpreadLayout(
                "IF / HSI", "沪深300 / 恒指", "points", 1,
                [LegLayout(INDEX_FUTURES, 1, 1.0, 1.0), LegLayout(HANG_SENG, -1, 1.25, 0.19)],
                -2.0, 1.5, 6.0, 2.5,
            )
        ],
        [
            SourceLayout("CFFEX market data", "中金所行情", "feed", "CCFX"),
            SourceLayout("HKEX OMD-D market data", "港交所 OMD-D 行情", "feed", "XHKF"),
            SourceLayout("CFFEX orders", "中金所报单", "gateway", "CCFX"),
            SourceLayout("HKEX orders (FIX)", "港交所报单 (FIX)", "gateway", "XHKF"),
        ],
        GATE_NAMES,
        ["tick_to_order_ns_p50", "tick_to_order_ns_p99", "spread_orders", "log_records"],
    )  # fmt: skip


def wave(step: int, period: int, height: int) -> int:
    """A triangle from -height to +height."""
    phase = step % period
    rising = phase if phase * 2 < period else period - phase
    return (4 * height * rising) // period - height


def noise(step: int, salt: int, size: int) -> int:
    """A number from -size to +size that looks random and is not."""
    value = (step * 2_654_435_761 + salt * 40_503) & 0xFFFFFFFF
    value ^= value >> 15
    value = (value * 2_246_822_519) & 0xFFFFFFFF
    return (value >> 9) % (2 * size + 1) - size


def fill_book(book: Book, middle: int, step: int, lots: int) -> None:
    """Ten levels around the middle, never crossed."""
    for level in range(10):
        book.bids.set_level(level, middle - 1 - level, lots + noise(step // 7 + level, 11, lots - 1) + level)
        book.asks.set_level(level, middle + 1 + level, lots + noise(step // 5 + level, 23, lots - 1) + level)


class Script:
    """What the log says, step by step."""

    def __init__(self, log: RecordSink) -> None:
        self.log = log
        self.now_ns = START_NOW_NS
        self.utc_ns = START_UTC_NS
        self.step = 0
        self.orders = 0
        self.alerts = 0
        self.next_order_id = 1_000_000_000

    def put(self, kind: int, **fields: int | str) -> int:
        """Append one record; every field of its kind must be named."""
        payload = Payload(kind)
        for name in RECORD_TABLE[kind][2]:
            payload.put(int(fields.pop(name)))
        for name in RECORD_TABLE[kind][3]:
            payload.put_text(str(fields.pop(name)))
        assert not fields, fields
        return int(self.log.append(kind, 0, self.step, self.now_ns, payload.take()))

    def move(self, before: int, state: int, direction: int, reason: str) -> None:
        self.put(
            kinds.SPREAD_ORDER, spread_order_id=self.orders, spread_index=0, state_before=before, state=state,
            direction=direction, opening=1, halt_code=0, strategy="IF / HSI", reason=reason, follow_up="",
        )  # fmt: skip

    def trigger(self, direction: int, value: float, threshold: float) -> None:
        self.orders += 1
        self.put(
            kinds.TRIGGER, spread_order_id=self.orders, spread_index=0, direction=direction, opening=1,
            value_e9=int(value * 1e9), threshold_e9=int(threshold * 1e9), fx_e9=833_000_000, skew_ns=4_100_000,
            oldest_quote_age_ns=9_300_000, rule="executable value crosses the entry threshold",
            quotes="CCFX.IF2101 5267.8x9/5268.2x7 XHKF.HSIF1 27398x11/27400x6",
        )  # fmt: skip
        self.put(
            kinds.ALIGNMENT, spread_order_id=self.orders, wanted_units=4, reference_lots=4, hedge_error_e4=120_000,
            tolerance_e4=900_000, residual_e9=0, quantities="4:5", limit_prices="20900:27400",
            exact_lots_e9="4000000000:5000000000",
        )  # fmt: skip
        self.move(PROPOSED, PROPOSED, direction, "open")
        self.put(
            kinds.RESERVATION, spread_order_id=self.orders, naked_worst_e4=63_200_000_000, reserved_lots=9,
            notional_e4=126_000_000_000, limits="",
        )  # fmt: skip
        self.move(PROPOSED, RESERVED, direction, "the worst reachable state fits every limit")

    def new(self, leg: int, side: int, price: int, lots: int, role: int, attempt: int) -> int:
        self.next_order_id += 1
        self.put(
            kinds.LEG_ORDER, spread_order_id=self.orders, leg=leg, client_order_id=self.next_order_id,
            instrument_index=leg, side=side, order_type=1, time_in_force=3, limit_price_ticks=price,
            quantity_lots=lots, open_close=1 if leg == 0 else 0, role=role, attempt=attempt, route=leg,
            decision_utc_ns=self.utc_ns, market=("CCFX", "XHKF")[leg],
            instrument=("CCFX.IF2101", "XHKF.HSIF1")[leg], account="paper", reason="",
        )  # fmt: skip
        self.leg_state(leg, self.next_order_id, LEG_IDLE, LEG_PENDING_NEW, "submit")
        self.put(
            kinds.SENT, source=2 + leg, sent_ns=self.now_ns + 31_000 + 12_000 * leg, sent_bytes=210,
            client_order_id=self.next_order_id,
        )  # fmt: skip
        return self.next_order_id

    def leg_state(self, leg: int, order_id: int, before: int, state: int, reason: str) -> None:
        self.put(
            kinds.LEG_ORDER_STATE, spread_order_id=self.orders, leg=leg, client_order_id=order_id,
            state_before=before, state=state, reason=reason,
        )  # fmt: skip

    def receipt(
        self, leg: int, order_id: int, receipt: int, lots: int, price: int, reject: int = REJECT_NONE, text: str = ""
    ) -> None:
        self.put(
            kinds.RECEIPT, spread_order_id=self.orders, leg=leg, client_order_id=order_id, receipt=receipt, status=1,
            last_lots=lots, last_ticks=price, cumulative_lots=lots, leaves_lots=0, reject_class=reject,
            venue_event_utc_ns=self.utc_ns, duplicate=0, counted_lots=lots, execution_id=f"E{order_id}",
            venue_order_id=f"V{order_id}", venue_code="", venue_text=text,
        )  # fmt: skip

    def alert(self, level: int, code: str, english: str, chinese: str) -> None:
        self.alerts += 1
        self.put(
            kinds.ALERT, alert_id=self.alerts, level=level, spread_order_id=self.orders, deadline_ns=0, code=code,
            text_en=english, text_zh=chinese,
        )  # fmt: skip

    def ladder(self, leg: int, taken: int, attempt: int, lots: int, reason: str) -> None:
        self.put(
            kinds.LADDER_STEP, spread_order_id=self.orders, leg=leg, step=taken, attempt=attempt, deficit_lots=lots,
            limit_price_ticks=27_398, slippage_e4=0, event=STEP_NAMES[taken], reason=reason,
        )  # fmt: skip

    def play(self, if_ticks: int, hsi_ticks: int) -> None:
        """The records of this step, by its number within a period."""
        at = self.step % PERIOD_STEPS
        if at == 5:
            self.put(
                kinds.GATE, spread_index=0, direction=1, instrument_index=1, observed=812_000_000, limit=500_000_000,
                episode_open=1, gate="quote_age", reason="",
            )  # fmt: skip
        elif at == 20:
            self.trigger(1, -2.4, -2.0)
            self.first = self.new(0, BUY, if_ticks + 1, 4, ROLE_INITIAL, 0)
            self.second = self.new(1, SELL, hsi_ticks - 1, 5, ROLE_INITIAL, 0)
            self.move(RESERVED, WORKING, 1, "all legs sent")
        elif at == 24:
            for leg, order_id in ((0, self.first), (1, self.second)):
                self.receipt(leg, order_id, RECEIPT_ACKNOWLEDGED, 0, 0)
                self.leg_state(leg, order_id, LEG_PENDING_NEW, LEG_WORKING, "acknowledged")
        elif at == 28:
            self.receipt(0, self.first, RECEIPT_FILL, 4, if_ticks + 1)
            self.leg_state(0, self.first, LEG_WORKING, LEG_FILLED, "filled")
            self.receipt(1, self.second, RECEIPT_PARTIAL_FILL, 2, hsi_ticks - 1)
            self.leg_state(1, self.second, LEG_WORKING, LEG_PARTLY_FILLED, "partial_fill")
        elif at == 40:
            self.receipt(1, self.second, RECEIPT_FILL, 3, hsi_ticks - 1)
            self.leg_state(1, self.second, LEG_PARTLY_FILLED, LEG_FILLED, "filled")
            self.move(WORKING, COMPLETE, 1, "every leg filled in proportion")
        elif at >= 100:
            self.play_repair(at, if_ticks, hsi_ticks)

    def play_repair(self, at: int, if_ticks: int, hsi_ticks: int) -> None:
        """A spread order whose second leg is refused twice: re-order, then unwind."""
        if at == 100:
            self.trigger(-1, 6.3, 6.0)
            self.first = self.new(0, SELL, if_ticks - 1, 4, ROLE_INITIAL, 0)
            self.second = self.new(1, BUY, hsi_ticks + 1, 5, ROLE_INITIAL, 0)
            self.move(RESERVED, WORKING, -1, "all legs sent")
        elif at == 106:
            self.receipt(0, self.first, RECEIPT_FILL, 4, if_ticks - 1)
            self.leg_state(0, self.first, LEG_PENDING_NEW, LEG_FILLED, "filled")
            self.receipt(1, self.second, RECEIPT_REJECTED, 0, 0, REJECT_THROTTLED, "order rate exceeded")
            self.leg_state(1, self.second, LEG_PENDING_NEW, LEG_REJECTED, "rejected")
            self.move(WORKING, REPAIRING, -1, "a leg is behind and the ladder goes on")
            self.ladder(1, STEP_RETRY, 1, 5, "throttled")
            self.alert(WARNING, "leg_rejected", "HSI leg rejected: order rate exceeded; re-order follows",
                       "恒指腿被拒：超出报单频率；将补单")  # fmt: skip
        elif at == 112:
            self.second = self.new(1, BUY, hsi_ticks + 1, 5, ROLE_RETRY, 1)
        elif at == 118:
            self.receipt(1, self.second, RECEIPT_REJECTED, 0, 0, REJECT_THROTTLED, "order rate exceeded")
            self.leg_state(1, self.second, LEG_PENDING_NEW, LEG_REJECTED, "rejected")
            self.ladder(0, STEP_UNWIND, 1, 4, "re-orders are used up")
            self.move(REPAIRING, UNWINDING, -1, "re-orders are used up or futile")
            self.alert(CRITICAL, "unwind", "Unwinding 4 lots of CCFX.IF2101: the HSI leg could not be filled",
                       "正在回滚 CCFX.IF2101 4 手：恒指腿无法成交")  # fmt: skip
            self.first = self.new(0, BUY, if_ticks + 1, 4, ROLE_UNWIND, 1)
        elif at == 130:
            self.receipt(0, self.first, RECEIPT_FILL, 4, if_ticks + 1)
            self.leg_state(0, self.first, LEG_PENDING_NEW, LEG_FILLED, "filled")
            self.move(UNWINDING, UNWOUND, -1, "the excess is traded back")


def write_page(view: ViewWriter, script: Script, books: list[Book]) -> None:
    """One state of the page."""
    step = script.step
    if_middle = 26_340 + wave(step, 200, 14) + noise(step // 2, 3, 3)
    hsi_middle = 27_399 + wave(step + 60, 320, 22) + noise(step // 3, 5, 4)
    script.play(if_middle, hsi_middle)
    stale = 5 <= step % PERIOD_STEPS < 12
    view.begin(script.now_ns, script.utc_ns)
    view.engine(ENGINE_RUNNING)
    for book, middle, lots in ((books[0], if_middle, 9), (books[1], hsi_middle, 14)):
        fill_book(book, middle, step, lots)
        book.state = BOOK_LIVE
        book.last_ticks = middle + noise(step // 4, 7, 1)
        book.event_utc_ns = script.utc_ns - 3_000_000
        book.received_ns = script.now_ns - 2_000_000
    if stale:
        books[1].state = BOOK_STALE
    view.book(0, books[0], step * 6)
    view.book(1, books[1], step * 21)
    middle = (if_middle * 2 - 52_680) / 10 - (hsi_middle - 27_399) * 0.19 + 2.0
    view.spread(0, middle + 0.39, middle - 0.39, middle, 3 if stale else 0, int(20 <= step % PERIOD_STEPS < 40))
    held = 1 if step % PERIOD_STEPS >= 40 else 0
    view.spread_position(0, 0, 4 * held)
    view.spread_position(0, 1, -5 * held)
    view.source(0, SOURCE_LOGGED_ON, step * 6, 2, 0)
    view.source(1, SOURCE_LOST if stale else SOURCE_LOGGED_ON, step * 21, 0, 0, step // PERIOD_STEPS + 1)
    view.source(2, SOURCE_LOGGED_ON, 40 + step // 4, 38 + step // 5, 0)
    view.source(3, SOURCE_LOGGED_ON, 44 + step // 4, 41 + step // 5, script.alerts)
    for index, value in enumerate((46_200, 118_400, script.orders, step * 7)):
        view.counter(index, value)
    view.end()


def main(directory: Path) -> None:
    """Run until standard input closes."""
    store = FileSegmentStore(directory, LOG_PREFIX, LOG_SUFFIX, False)
    log = open_log(store, "test", 1 << 20, 0, 1)
    script = Script(log)
    view = ViewWriter(str(directory / PAGE_FILE_NAME), layout())
    books = [Book(INDEX_FUTURES), Book(HANG_SENG)]
    script.put(kinds.CLOCK_SAMPLE, monotonic_ns=START_NOW_NS, utc_ns=START_UTC_NS, clock_error_ns=0)
    print(json.dumps({"ready": True}), flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        script.step += 1
        script.now_ns = START_NOW_NS + script.step * STEP_NS
        script.utc_ns = START_UTC_NS + script.step * STEP_NS * SPEED
        write_page(view, script, books)
        log.seal()
        if log.needs_next():
            log.prepare_next()
        time.sleep(STEP_NS / 1e9)
    view.close()
    log.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
