"""What an ExecutionReport (8) or an OrderCancelReject (9) says, as a receipt: of an order session, or of a copy of it.

A report finds its order by OrigClOrdID (41) when present, else by ClOrdID (11); an id of one of our cancel requests
stands for the order that it was to cancel. A receipt always names the original order.

A field that cannot be read is the counterparty's fault, counted and recorded; the receipt is delivered with what could
be read, since a fill is a fill. A report whose Symbol or Side is not its order's is about some other order: it is
delivered as unreadable, and the order is asked for.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import (
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    STATUS_REJECTED,
    STATUS_UNKNOWN,
    Receipt,
)
from cross_market_connect.venues.fix_broker import rejects, reports
from cross_market_connect.venues.fix_broker.codes import (
    CXL_REJ_UNKNOWN_ORDER,
    EXEC_REPLACED,
    ORD_STATUS_REJECTED,
    YES,
    parsed_id,
    side_of_code,
)
from cross_market_connect.venues.fix_broker.dialect import PARTY_ROLE, Dialect, TradedInstrument
from cross_market_connect.venues.fix_broker.link import FixLink, shown
from cross_market_connect.venues.fix_broker.sent import UNKNOWN_INSTRUMENT, SentId, SentIds
from cross_market_connect.wire.fix.message import INVALID, FixMessage

NO_ORDER_ID: Final = b"NONE"
"""OrderID (37) where there is none (Volume 4, OrderCancelReject)."""

EVENT_BAD_FIELD: Final = "bad_field"


@final
class TradedInstruments:
    """The instruments of one venue that one account trades, by the engine's index and by the venue's symbol."""

    def __init__(self, dialect: Dialect, instruments: list[Instrument], mic: str, account: str) -> None:
        self.account: bytes = account.encode()
        self.by_index: dict[int, TradedInstrument] = {}
        self.index_of_symbol: dict[bytes, int] = {}
        for instrument in instruments:
            if instrument.venue.mic == mic:
                traded = TradedInstrument(dialect, instrument, account.encode(), mic.encode())
                self.by_index[int(instrument.index)] = traded
                self.index_of_symbol[instrument.venue_symbol.encode()] = int(instrument.index)


@final
class ReportReader:
    """Reads the reports that come over one session.

    Args:
        link: the session that brings them; their faults are its counterparty's.
        route: source number of the order session whose orders they are about.
        dialect: of that session; traded, ids: what it trades and has sent.
        answers: whether they can be answers to our questions: a copy never is one.
    """

    def __init__(
        self, link: FixLink, route: i64, dialect: Dialect, traded: TradedInstruments, ids: SentIds, answers: bool
    ) -> None:
        self._link: FixLink = link
        self._route: i64 = route
        self._dialect: Dialect = dialect
        self._traded: TradedInstruments = traded
        self._ids: SentIds = ids
        self._answers: bool = answers

    def has_sent(self, message: FixMessage) -> bool:
        """Whether a report is about an order that the session remembers to have sent."""
        return self._ids.get(self._original_id(message)) is not None

    def is_of_account(self, message: FixMessage) -> bool:
        """Whether a report can be about an order of the session's account: it names no other one, in Account (1) or
        as the party whose role that is (Volume 1, "Parties")."""
        stated = message.get(1)
        at = -1 if stated else message.index_of(448)
        while at >= 0:
            role = message.index_of(452, at)
            if role >= 0 and message.value_at(role) == PARTY_ROLE:
                stated = message.value_at(at)
            at = message.index_of(448, at + 1)
        return not stated or stated == self._traded.account

    def trades(self, message: FixMessage) -> bool:
        """Whether a report names an instrument that the session trades."""
        return message.get(self._dialect.symbol_tag) in self._traded.index_of_symbol

    def read(self, message: FixMessage) -> Receipt:
        """An ExecutionReport (8)."""
        kind = self._dialect.receipt_kind(message)
        if kind == reports.NO_KIND:
            self._bad_field(message, 150)
            kind = RECEIPT_STATUS
        receipt = Receipt(self._original_id(message), kind, STATUS_UNKNOWN)
        sent = self._ids.get(receipt.client_order_id)
        if sent is None:
            receipt.route = self._route
            receipt.instrument_index = self._traded.index_of_symbol.get(message.get(self._dialect.symbol_tag), -1)
            receipt.side = side_of_code(message.get_char(54))
        elif self._is_about_another(message, receipt, sent):
            return receipt
        self._read_common(message, receipt)
        units_per_lot = self._units_per_lot(message, sent)
        receipt.cumulative_lots = self._quantity(message, 14, units_per_lot)
        receipt.leaves_lots = self._quantity(message, 151, units_per_lot)
        receipt.status = reports.order_status(message.get_char(39), receipt.cumulative_lots)
        receipt.execution_id = recorded(message.get(17))
        if reports.is_trade(kind):
            self._read_trade(message, receipt, sent)
        elif kind == RECEIPT_REJECTED or receipt.status == STATUS_REJECTED:
            self._read_rejection(message, receipt, sent)
        else:
            receipt.code = rejects.venue_code(receipt.text)
            receipt.reject_class = rejects.code_class(receipt.code)
        if self._answers and sent is not None:
            self._note_ids(message, receipt, sent)
        if reports.is_trade(kind) and receipt.cumulative_lots < 0 and receipt.last_lots == 0:
            self.refuse(receipt, b"message %d, a trade without a quantity" % message.seq_num)
        return receipt

    def _note_ids(self, message: FixMessage, receipt: Receipt, sent: SentId) -> None:
        """How the session's next request has to name the order. Copies may be old, and may name it otherwise."""
        current_id = self.number(message, 11)
        if message.get_char(150) == EXEC_REPLACED:
            # What another terminal has called it cannot be named here: the OrderID has to do.
            sent.current_id = current_id if current_id > 0 else sent.current_id
        elif receipt.kind == RECEIPT_STATUS:
            self._is_answer(sent)
        if not sent.venue_order_id and receipt.venue_order_id != NO_ORDER_ID:
            sent.venue_order_id = receipt.venue_order_id

    def refuse(self, receipt: Receipt, text: bytes) -> None:
        """What the venue said about an order is not known: it is asked for."""
        receipt.route = self._route
        receipt.is_unreadable = True
        receipt.text = text

    def _is_answer(self, sent: SentId | None) -> bool:
        """Whether a question about the order is open; this is its answer."""
        if not self._answers or sent is None or sent.open_queries == 0:
            return False
        sent.open_queries -= 1
        return True

    def _is_about_another(self, message: FixMessage, receipt: Receipt, sent: SentId) -> bool:
        index = self._traded.index_of_symbol.get(message.get(self._dialect.symbol_tag), int(UNKNOWN_INSTRUMENT))
        tag = reports.contradicting_tag(message, self._dialect.symbol_tag, index, sent)
        if tag != 0:
            self._bad_field(message, tag)
            self.refuse(receipt, b"message %d, which is about another instrument or side" % message.seq_num)
        return tag != 0

    def _read_common(self, message: FixMessage, receipt: Receipt) -> None:
        """What every report about an order carries."""
        receipt.venue_order_id = message.get(37)
        receipt.text = message.get(self._dialect.text_tag)
        receipt.possible_duplicate = message.poss_dup or message.get_char(97) == YES
        event_utc_ns = message.get_timestamp(60)
        receipt.venue_utc_ns = 0 if event_utc_ns == INVALID else event_utc_ns

    def _read_trade(self, message: FixMessage, receipt: Receipt, sent: SentId | None) -> None:
        """LastQty and LastPx of a trade, of its cancellation or of its correction."""
        last_lots = self._quantity(message, 32, self._units_per_lot(message, sent))
        if receipt.kind == RECEIPT_PARTIAL_FILL:
            receipt.kind = reports.trade_kind(receipt.status, receipt.leaves_lots)
        elif receipt.cumulative_lots < 0:
            last_lots = 0  # without the total, the quantity of a bust would read as one more fill
        receipt.last_lots = last_lots if last_lots > 0 else 0
        at = message.index_of(31)
        if at < 0:
            return
        instrument = self._instrument_of(message, sent)
        units: i64 = INVALID
        if instrument is not None:
            units = message.decimal_at(at, instrument.price_decimals)
            if units != INVALID and units % instrument.tick_units == 0:
                receipt.last_ticks = units // instrument.tick_units
                return
        self._bad_field(message, 31)

    def _read_rejection(self, message: FixMessage, receipt: Receipt, sent: SentId | None) -> None:
        """A rejected order, a rejected cancel request, or an order that the venue says it does not know.

        Volume 4 answers a question about an unknown order with OrdStatus 8 and OrdRejReason 5. As ExecType I it can
        be nothing else; as ExecType 8 it is that answer only when a question is open, and always on a copy: what was
        asked over the other session is not known there.
        """
        reason = message.get_int(103, -1)
        code = rejects.venue_code(receipt.text)
        receipt.code = code if code or reason < 0 else b"%d" % reason
        receipt.reject_class = rejects.order_reject_class(reason, code)
        is_unknown = rejects.says_unknown_order(reason, code)
        # Some venues refuse a cancel request by a report instead of an OrderCancelReject.
        is_of_cancel = receipt.kind == RECEIPT_REJECTED and self.number(message, 11) != receipt.client_order_id
        is_answer = receipt.kind == RECEIPT_STATUS
        if is_unknown and not is_of_cancel and not is_answer:
            is_answer = self._is_answer(sent)
        if is_unknown and (is_answer or is_of_cancel or not self._answers):
            receipt.kind = RECEIPT_UNKNOWN_ORDER
            receipt.status = STATUS_UNKNOWN
            receipt.cumulative_lots = -1
            receipt.leaves_lots = -1
        elif is_of_cancel:
            # The request was refused; nothing is said about the order but what its quantities say.
            receipt.kind = RECEIPT_CANCEL_REJECTED
            receipt.status = STATUS_UNKNOWN

    def read_cancel_reject(self, message: FixMessage) -> Receipt:
        """An OrderCancelReject (9). Volume 4: an unknown order has CxlRejReason 1, OrdStatus 8 and OrderID NONE.

        Reason 1 with another status or with an OrderID is about an order that the venue knows, and that has ended.
        """
        ord_status = message.get_char(39)
        status = reports.order_status(ord_status, 0)
        receipt = Receipt(self._original_id(message), RECEIPT_CANCEL_REJECTED, status)
        self._read_common(message, receipt)
        reason = message.get_int(102, -1)
        code = rejects.venue_code(receipt.text)
        receipt.code = code if code or reason < 0 else b"%d" % reason
        receipt.reject_class = rejects.cancel_reject_class(reason, code)
        if reason == CXL_REJ_UNKNOWN_ORDER and ord_status == ORD_STATUS_REJECTED:
            if receipt.venue_order_id == NO_ORDER_ID:
                receipt.kind = RECEIPT_UNKNOWN_ORDER
                receipt.status = STATUS_UNKNOWN
        return receipt

    # ------------------------------------------------------------------ fields

    def _original_id(self, message: FixMessage) -> i64:
        """The order that a report is about: ours, 0 when the venue names none that could be."""
        client_order_id = self.number(message, 41)
        if client_order_id == 0:
            client_order_id = self.number(message, 11)
        sent = self._ids.get(client_order_id)
        return client_order_id if sent is None else sent.original_id

    def number(self, message: FixMessage, tag: i64) -> i64:
        """The number of the order or request that a field names; 0 when it cannot be ours."""
        return self._dialect.number_of(parsed_id(message, tag))

    def _units_per_lot(self, message: FixMessage, sent: SentId | None) -> i64:
        traded = self._traded_in(message, sent)
        return 1 if traded is None else traded.units_per_lot

    def _instrument_of(self, message: FixMessage, sent: SentId | None) -> Instrument | None:
        traded = self._traded_in(message, sent)
        return None if traded is None else traded.instrument

    def _traded_in(self, message: FixMessage, sent: SentId | None) -> TradedInstrument | None:
        """The order's instrument, by our own memory or else by its symbol."""
        index: i64 = UNKNOWN_INSTRUMENT
        if sent is not None:
            index = sent.instrument_index
        else:
            index = self._traded.index_of_symbol.get(message.get(self._dialect.symbol_tag), int(UNKNOWN_INSTRUMENT))
        return self._traded.by_index.get(int(index))

    def _quantity(self, message: FixMessage, tag: i64, units_per_lot: i64) -> i64:
        """A quantity in lots; -1 when absent or, as a fault, when it is no whole number of lots from 0."""
        at = message.index_of(tag)
        if at < 0:
            return -1
        units = message.decimal_at(at, 0)
        if units < 0 or units % units_per_lot != 0:
            self._bad_field(message, tag)
            return -1
        return units // units_per_lot

    def _bad_field(self, message: FixMessage, tag: i64) -> None:
        value = shown(message.get(tag))
        self._link.fault(EVENT_BAD_FIELD, f"message {message.seq_num}, tag {tag}: {value!r}")


def recorded(execution_id: bytes) -> bytes:
    """An id as the log gives it back, which keeps text: the run behind a restart has to know it again."""
    return execution_id if execution_id.isascii() else execution_id.decode("utf-8", "replace").encode()
