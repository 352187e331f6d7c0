"""An order gateway over FIX: commands to orders, cancel and status requests, and reports to receipts.

Theory of operation. Outgoing bodies are spliced from one template per instrument. Every id and every MsgSeqNum that
went out is kept for a while (`sent.py`), so that what comes back finds its order:

    ExecutionReport (8), OrderCancelReject (9)    OrigClOrdID (41) when present, else ClOrdID (11); an id of one of our
                                                  cancel requests stands for the order that it was to cancel
    Reject (3), BusinessMessageReject (j)         RefSeqNum (45), else BusinessRejectRefID (379)

A receipt always names the original order. A field that cannot be read is the counterparty's fault, counted and
recorded; the receipt is delivered with what could be read, since a fill is a fill. A report whose Symbol or Side is not
its order's is about some other order: it is delivered as unreadable, and the order is asked for. What is said about a
query that was refused is no receipt: the order stays as unknown as it was.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import BytesWriter
from mypy_extensions import i64

from cross_market_connect.domain.capabilities import Capabilities
from cross_market_connect.domain.digits import write_int
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import checked_multiply
from cross_market_connect.domain.order import (
    MARKET,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    STATUS_REJECTED,
    STATUS_UNKNOWN,
    OrderCommand,
    Receipt,
)
from cross_market_connect.domain.ports import OrderGateway
from cross_market_connect.domain.step import Step
from cross_market_connect.market.venue_clock import VenueClock
from cross_market_connect.venues.fix_broker import rejects, reports
from cross_market_connect.venues.fix_broker.codes import (
    CXL_REJ_UNKNOWN_ORDER,
    EXEC_REPLACED,
    MASS_ALL,
    ORD_STATUS_REJECTED,
    ORD_TYPE_LIMIT,
    ORD_TYPE_MARKET,
    TYPE_CANCEL,
    TYPE_LIST,
    TYPE_MASS_CANCEL,
    TYPE_NEW_ORDER,
    TYPE_QUERY,
    TYPE_REPLACE,
    YES,
    effect_code,
    force_code,
    parsed_id,
    side_code,
    side_of_code,
)
from cross_market_connect.venues.fix_broker.dialect import Dialect, TradedInstrument, dialect_of
from cross_market_connect.venues.fix_broker.link import FixLink, shown
from cross_market_connect.venues.fix_broker.sent import UNKNOWN_INSTRUMENT, SentId, SentIds, SentMessages
from cross_market_connect.wire.fix.encoder import (
    MSG_BUSINESS_REJECT,
    MSG_EXECUTION_REPORT,
    MSG_NEW_ORDER_LIST,
    MSG_NEW_ORDER_SINGLE,
    MSG_ORDER_CANCEL_REJECT,
    MSG_ORDER_CANCEL_REPLACE,
    MSG_ORDER_CANCEL_REQUEST,
    MSG_ORDER_MASS_CANCEL,
    MSG_ORDER_MASS_CANCEL_REPORT,
    MSG_ORDER_MASS_STATUS,
    MSG_ORDER_STATUS_REQUEST,
    MSG_REJECT,
    BodyWriter,
    Template,
)
from cross_market_connect.wire.fix.message import INVALID, FixMessage
from cross_market_connect.wire.fix.messages import (
    new_order_list,
    new_order_single,
    order_cancel_replace_request,
    order_cancel_request,
    order_mass_cancel_request,
    order_mass_status_request,
    order_status_request,
)
from cross_market_connect.wire.fix.settings import SessionSettings

NO_ORDER_ID: Final = b"NONE"
"""OrderID (37) where there is none (Volume 4, OrderCancelReject)."""

EVENT_BAD_FIELD: Final = "bad_field"
EVENT_UNEXPECTED: Final = "unexpected_message"
EVENT_REFUSED: Final = "message_refused"


@final
class FixOrders(OrderGateway):
    """One account's orders at one venue or broker over one FIX session.

    Args:
        source: number of the source in the engine.
        instruments: the engine's universe; those of `mic` can be ordered here.
        mic: ISO 10383 code of the venue, sent as SecurityExchange (207).
        account: sent as Account (1).
        next_in, next_out: sequence numbers as an earlier run left them.
        dialect: the session's version; FIX 4.4 when absent.

    Attributes:
        mass_cancel_response: MassCancelResponse (531) of the last OrderMassCancelReport, a character code; 0 before.
        market_clock: the clock of TransactTime (60), which need not be the session's; None where it is not calibrated.
    """

    def __init__(
        self,
        source: i64,
        settings: SessionSettings,
        step: Step,
        instruments: list[Instrument],
        mic: str,
        account: str,
        next_in: i64,
        next_out: i64,
        dialect: Dialect | None = None,
    ) -> None:
        super().__init__()
        self.dialect: Dialect = dialect_of() if dialect is None else dialect
        self.link: FixLink = FixLink(source, settings, step, next_in, next_out, self.dialect.dictionary)
        self.market_clock: VenueClock | None = None
        self.mass_cancel_response: i64 = 0
        self._step: Step = step
        self._writer: BodyWriter = BodyWriter(settings.time_decimals)
        self._digits: BytesWriter = BytesWriter()
        self._mass_fields: Template = self.dialect.mass_template(account.encode())
        self._traded: dict[int, TradedInstrument] = {}
        self._index_of_symbol: dict[bytes, int] = {}
        self._ids: SentIds = SentIds()
        self._messages: SentMessages = SentMessages()
        self._receipts: list[Receipt] = []
        for instrument in instruments:
            if instrument.venue.mic == mic:
                self._traded[int(instrument.index)] = TradedInstrument(
                    self.dialect, instrument, account.encode(), mic.encode()
                )
                self._index_of_symbol[instrument.venue_symbol.encode()] = int(instrument.index)

    # ------------------------------------------------------------------ the connection

    def opened(self) -> None:
        """The connection was made; the session logs on."""
        self.link.opened()

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        self.link.lost(reason)

    def receive(self, data: bytes) -> None:
        """Take in what one read returned; its receipts wait in `take_receipts`."""
        refused = self.link.refused_count()
        for message in self.link.receive(data):
            self.link.hear(message)
            self._handle(message)
        if self.link.refused_count() > refused:
            receipt = Receipt(0, RECEIPT_STATUS, STATUS_UNKNOWN)
            self._refuse(receipt, b"a message was refused by the session, see its event")
            self._receipts.append(receipt)

    def _refuse(self, receipt: Receipt, text: bytes) -> None:
        """What the venue said about an order is not known: it is asked for."""
        receipt.route = self.link.source
        receipt.is_unreadable = True
        receipt.text = text

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        return self.link.next_timer_ns()

    def handle_timer(self) -> None:
        """Do what is due."""
        for message in self.link.handle_timer():
            self._handle(message)

    def is_up(self) -> bool:
        """Whether the session is logged on."""
        return self.link.is_up()

    def log_out(self, reason: str) -> None:
        """End the session."""
        self.link.log_out(reason)

    def save_numbers(self) -> None:
        """Record the session's sequence numbers if they changed."""
        self.link.save_numbers()

    def outgoing(self) -> bytes:
        """Drain the bytes to send."""
        return self.link.outgoing()

    def outgoing_has_secret(self) -> bool:
        """Whether the bytes drained last carry the password placeholder."""
        return self.link.outgoing_has_secret()

    def must_close(self) -> bool:
        """Whether the connection is to be closed once everything is sent."""
        return self.link.must_close()

    # ------------------------------------------------------------------ commands

    def capabilities(self) -> Capabilities:
        """What the dialect has messages for."""
        result = Capabilities()
        result.immediate = result.fill_or_kill = result.market = True
        dialect = self.dialect
        result.order_list, result.status = dialect.has_order_lists, dialect.has_status_requests
        result.replace = result.in_flight_mitigation = dialect.has_replaces
        result.mass_cancel, result.mass_status = dialect.has_mass_cancels, dialect.has_mass_status
        return result

    def submit(self, command: OrderCommand) -> None:
        """NewOrderSingle (D). Raises InvariantError for an instrument of another venue."""
        body = self._new_order(command)
        self._send(MSG_NEW_ORDER_SINGLE, TYPE_NEW_ORDER, command.client_order_id, body)

    def submit_list(self, commands: list[OrderCommand], list_id: i64) -> None:
        """NewOrderList (E), without bidding. Raises InvariantError for an instrument of another venue."""
        bodies = [self._new_order(command) for command in commands]
        self._send(MSG_NEW_ORDER_LIST, TYPE_LIST, 0, new_order_list(self._writer, self._decimal(list_id), bodies))

    def _new_order(self, command: OrderCommand) -> bytes:
        """The order's body; its id is remembered."""
        traded = self._traded_of(command)
        instrument = traded.instrument
        body = new_order_single(
            self._writer,
            traded.order_fields,
            self._client_id(command.client_order_id),
            side_code(command.side),
            checked_multiply(command.quantity_lots, traded.units_per_lot),
            ORD_TYPE_MARKET if command.order_type == MARKET else ORD_TYPE_LIMIT,
            checked_multiply(command.price_ticks, instrument.tick_units),
            instrument.price_decimals,
            force_code(command.time_in_force),
            effect_code(command.offset),
            self._step.utc_ns,
        )
        sent = SentId(command.client_order_id, command.client_order_id, command.instrument_index, command.side)
        sent.asked_ns = self._step.now_ns
        self._ids.put(sent)
        return body

    def cancel(self, command: OrderCommand, client_order_id: i64) -> None:
        """OrderCancelRequest (F) for the order of `command`, under its own id."""
        traded = self._traded_of(command)
        body = order_cancel_request(
            self._writer,
            traded.symbol_fields,
            self._client_id(self._current_id(command.client_order_id)),
            self._venue_order_id(command.client_order_id),
            self._client_id(client_order_id),
            side_code(command.side),
            checked_multiply(command.quantity_lots, traded.units_per_lot),
            self._step.utc_ns,
        )
        self._ids.put(SentId(client_order_id, command.client_order_id, command.instrument_index, command.side))
        self._send(MSG_ORDER_CANCEL_REQUEST, TYPE_CANCEL, client_order_id, body)

    def query(self, command: OrderCommand) -> None:
        """OrderStatusRequest (H); nothing where the venue has none, and reports alone tell what became of an order."""
        if not self.dialect.has_status_requests:
            return
        traded = self._traded_of(command)
        sent = self._ids.get(command.client_order_id)
        if sent is None:  # sent long ago, or by an earlier run
            sent = SentId(command.client_order_id, command.client_order_id, command.instrument_index, command.side)
            self._ids.put(sent)
        sent.open_queries += 1
        client_order_id = self._client_id(sent.current_id)
        body = order_status_request(
            self._writer, traded.symbol_fields, client_order_id, sent.venue_order_id, side_code(command.side)
        )
        self._send(MSG_ORDER_STATUS_REQUEST, TYPE_QUERY, command.client_order_id, body)

    def replace(self, command: OrderCommand, client_order_id: i64, price_ticks: i64, quantity_lots: i64) -> None:
        """OrderCancelReplaceRequest (G): another price and whole quantity, under its own id."""
        traded = self._traded_of(command)
        instrument = traded.instrument
        body = order_cancel_replace_request(
            self._writer,
            traded.order_fields,
            self._client_id(self._current_id(command.client_order_id)),
            self._venue_order_id(command.client_order_id),
            self._client_id(client_order_id),
            side_code(command.side),
            checked_multiply(quantity_lots, traded.units_per_lot),
            ORD_TYPE_LIMIT,
            checked_multiply(price_ticks, instrument.tick_units),
            instrument.price_decimals,
            force_code(command.time_in_force),
            effect_code(command.offset),
            self._step.utc_ns,
        )
        self._ids.put(SentId(client_order_id, command.client_order_id, command.instrument_index, command.side))
        self._send(MSG_ORDER_CANCEL_REPLACE, TYPE_REPLACE, client_order_id, body)

    def cancel_all(self, client_order_id: i64) -> None:
        """OrderMassCancelRequest (q) for all orders of the session."""
        self.mass_cancel_response = 0
        body = order_mass_cancel_request(
            self._writer, self._mass_fields, self._client_id(client_order_id), MASS_ALL, self._step.utc_ns
        )
        self._send(MSG_ORDER_MASS_CANCEL, TYPE_MASS_CANCEL, client_order_id, body)

    def query_all(self, client_order_id: i64) -> None:
        """OrderMassStatusRequest (AF) for all open orders."""
        body = order_mass_status_request(self._writer, self._client_id(client_order_id), MASS_ALL)
        self.link.send(MSG_ORDER_MASS_STATUS, body)

    def begin_epoch(self, epoch: i64) -> None:
        self.dialect.begin_epoch(epoch)

    def has_gap(self) -> bool:
        return self.link.session.gap_pending

    def next_numbers(self) -> tuple[int, int]:
        return self.link.session.next_in, self.link.session.next_out

    def take_receipts(self) -> list[Receipt]:
        """Receipts decoded since the last call."""
        taken = self._receipts
        self._receipts = []
        return taken

    def _send(self, msg_type: bytes, type_code: i64, client_order_id: i64, body: bytes) -> None:
        self._messages.put(self.link.send(msg_type, body), client_order_id, type_code)

    def _traded_of(self, command: OrderCommand) -> TradedInstrument:
        traded = self._traded.get(int(command.instrument_index))
        if traded is None:
            raise InvariantError(f"source {self.link.source} does not trade instrument {command.instrument_index}")
        return traded

    def _client_id(self, number: i64) -> bytes:
        """ClOrdID (11)."""
        dialect = self.dialect
        return dialect.client_id(number) if dialect.has_own_ids else self._decimal(number)

    def _decimal(self, number: i64) -> bytes:
        digits = self._digits
        write_int(digits, number)
        text = digits.getvalue()
        digits.truncate(0)
        return text

    def _current_id(self, client_order_id: i64) -> i64:
        sent = self._ids.get(client_order_id)
        return client_order_id if sent is None else sent.current_id

    def _venue_order_id(self, client_order_id: i64) -> bytes:
        sent = self._ids.get(client_order_id)
        return b"" if sent is None else sent.venue_order_id

    # ------------------------------------------------------------------ reports

    def _handle(self, message: FixMessage) -> None:
        msg_type = message.msg_type
        if msg_type == MSG_EXECUTION_REPORT:
            self._on_report(message)
        elif msg_type == MSG_ORDER_CANCEL_REJECT:
            self._on_cancel_reject(message)
        elif msg_type == MSG_BUSINESS_REJECT:
            self._on_refusal(message, message.get_int(380, -1), True)
        elif msg_type == MSG_REJECT:
            self._on_refusal(message, message.get_int(373, -1), False)
        elif msg_type == MSG_ORDER_MASS_CANCEL_REPORT:
            self.mass_cancel_response = message.get_char(531)
        else:
            self.link.fault(EVENT_UNEXPECTED, f"message {shown(msg_type)} number {message.seq_num}")

    def _on_report(self, message: FixMessage) -> None:
        """ExecutionReport (8)."""
        kind = self.dialect.receipt_kind(message)
        if kind == reports.NO_KIND:
            self._bad_field(message, 150)
            kind = RECEIPT_STATUS
        receipt = Receipt(self._original_id(message), kind, STATUS_UNKNOWN)
        sent = self._ids.get(receipt.client_order_id)
        if sent is None:
            receipt.route = self.link.source
            receipt.instrument_index = self._index_of_symbol.get(message.get(self.dialect.symbol_tag), -1)
            receipt.side = side_of_code(message.get_char(54))
        elif self._is_about_another(message, receipt, sent):
            return
        self._read_common(message, receipt)
        units_per_lot = self._units_per_lot(message, sent)
        receipt.cumulative_lots = self._quantity(message, 14, units_per_lot)
        receipt.leaves_lots = self._quantity(message, 151, units_per_lot)
        receipt.status = reports.order_status(message.get_char(39), receipt.cumulative_lots)
        receipt.execution_id = message.get(17)
        if reports.is_trade(kind):
            self._read_trade(message, receipt, sent)
        elif kind == RECEIPT_REJECTED or receipt.status == STATUS_REJECTED:
            self._read_rejection(message, receipt, sent)
        else:
            receipt.code = rejects.venue_code(receipt.text)
            receipt.reject_class = rejects.code_class(receipt.code)
        if sent is not None and message.get_char(150) == EXEC_REPLACED:
            sent.current_id = self._number(message, 11)
        elif kind == RECEIPT_STATUS and sent is not None and sent.open_queries > 0:
            sent.open_queries -= 1
        if sent is not None and not sent.venue_order_id and receipt.venue_order_id != NO_ORDER_ID:
            sent.venue_order_id = receipt.venue_order_id
        if reports.is_trade(kind) and receipt.cumulative_lots < 0 and receipt.last_lots == 0:
            self._refuse(receipt, b"message %d, a trade without a quantity" % message.seq_num)
        self._receipts.append(receipt)
        if sent is not None and not receipt.possible_duplicate:
            self._note_time(receipt, sent)

    def _is_about_another(self, message: FixMessage, receipt: Receipt, sent: SentId) -> bool:
        index = self._index_of_symbol.get(message.get(self.dialect.symbol_tag), int(UNKNOWN_INSTRUMENT))
        tag = reports.contradicting_tag(message, self.dialect.symbol_tag, index, sent)
        if tag != 0:
            self._bad_field(message, tag)
            self._refuse(receipt, b"message %d, which is about another instrument or side" % message.seq_num)
            self._receipts.append(receipt)
        return tag != 0

    def _note_time(self, receipt: Receipt, sent: SentId) -> None:
        """What a report says of the market's clock: the first about an order happened after we sent the order."""
        if receipt.kind == RECEIPT_STATUS:
            return
        clock = self.market_clock
        asked_ns = sent.asked_ns
        sent.asked_ns = 0
        if clock is None or receipt.venue_utc_ns == 0:
            return
        now_ns = self._step.now_ns
        if self._step.waited_ns == 0:
            clock.observe(receipt.venue_utc_ns, now_ns)
        if asked_ns > 0:
            clock.observe_answer(asked_ns, receipt.venue_utc_ns, now_ns)

    def _read_common(self, message: FixMessage, receipt: Receipt) -> None:
        """What every report about an order carries."""
        receipt.venue_order_id = message.get(37)
        receipt.text = message.get(self.dialect.text_tag)
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
        be nothing else; as ExecType 8 it is that answer only when a question is open.
        """
        reason = message.get_int(103, -1)
        code = rejects.venue_code(receipt.text)
        receipt.code = code if code or reason < 0 else self._decimal(reason)
        receipt.reject_class = rejects.order_reject_class(reason, code)
        is_unknown = rejects.says_unknown_order(reason, code)
        # Some venues refuse a cancel request by a report instead of an OrderCancelReject.
        is_of_cancel = receipt.kind == RECEIPT_REJECTED and self._number(message, 11) != receipt.client_order_id
        is_answer = receipt.kind == RECEIPT_STATUS
        if is_unknown and not is_of_cancel and not is_answer and sent is not None and sent.open_queries > 0:
            is_answer = True
            sent.open_queries -= 1
        if is_unknown and (is_answer or is_of_cancel):
            receipt.kind = RECEIPT_UNKNOWN_ORDER
            receipt.status = STATUS_UNKNOWN
            receipt.cumulative_lots = -1
            receipt.leaves_lots = -1
        elif is_of_cancel:
            # The request was refused; nothing is said about the order but what its quantities say.
            receipt.kind = RECEIPT_CANCEL_REJECTED
            receipt.status = STATUS_UNKNOWN

    def _on_cancel_reject(self, message: FixMessage) -> None:
        """OrderCancelReject (9). Volume 4: an unknown order has CxlRejReason 1, OrdStatus 8 and OrderID NONE.

        Reason 1 with another status or with an OrderID is about an order that the venue knows, and that has ended.
        """
        ord_status = message.get_char(39)
        status = reports.order_status(ord_status, 0)
        receipt = Receipt(self._original_id(message), RECEIPT_CANCEL_REJECTED, status)
        self._read_common(message, receipt)
        reason = message.get_int(102, -1)
        code = rejects.venue_code(receipt.text)
        receipt.code = code if code or reason < 0 else self._decimal(reason)
        receipt.reject_class = rejects.cancel_reject_class(reason, code)
        if reason == CXL_REJ_UNKNOWN_ORDER and ord_status == ORD_STATUS_REJECTED:
            if receipt.venue_order_id == NO_ORDER_ID:
                receipt.kind = RECEIPT_UNKNOWN_ORDER
                receipt.status = STATUS_UNKNOWN
        self._receipts.append(receipt)

    def _on_refusal(self, message: FixMessage, reason: i64, is_business: bool) -> None:
        """Reject (3) or BusinessMessageReject (j) of a message of ours, found by RefSeqNum (45) or by its id (379)."""
        self._messages.follow(self.link.session.next_out)
        ref_seq_num = message.get_int(45, 0)
        msg_type = message.get(372)
        type_code: i64 = message.get_char(372) if len(msg_type) == 1 else self._messages.type_of(ref_seq_num)
        client_order_id = self._messages.client_order_id(ref_seq_num, type_code)
        if client_order_id == 0 and is_business:
            client_order_id = self._number(message, 379)
        text = message.get(58)
        self.link.fault(EVENT_REFUSED, f"{shown(msg_type)} number {ref_seq_num}, reason {reason}: {shown(text)}")
        sent = self._ids.get(client_order_id)
        if type_code == TYPE_QUERY and sent is not None and sent.open_queries > 0:
            sent.open_queries -= 1
        is_change = type_code == TYPE_CANCEL or type_code == TYPE_REPLACE
        if client_order_id == 0 or (type_code != TYPE_NEW_ORDER and not is_change):
            return
        code = rejects.venue_code(text)
        receipt = Receipt(client_order_id, RECEIPT_REJECTED, STATUS_REJECTED)
        if is_change:
            if sent is None:
                return  # the order it was about is not known any more
            receipt.client_order_id = sent.original_id
            receipt.kind = RECEIPT_CANCEL_REJECTED
            receipt.status = STATUS_UNKNOWN
        receipt.text = text
        receipt.code = code if code or reason < 0 else self._decimal(reason)
        receipt.reject_class = (
            rejects.business_reject_class(reason, code) if is_business else rejects.session_reject_class(reason, code)
        )
        receipt.possible_duplicate = message.poss_dup
        self._receipts.append(receipt)

    # ------------------------------------------------------------------ fields

    def _original_id(self, message: FixMessage) -> i64:
        """The order that a report is about: ours, 0 when the venue names none that could be."""
        client_order_id = self._number(message, 41)
        if client_order_id == 0:
            client_order_id = self._number(message, 11)
        sent = self._ids.get(client_order_id)
        return client_order_id if sent is None else sent.original_id

    def _number(self, message: FixMessage, tag: i64) -> i64:
        """The number of the order or request that a field names; 0 when it cannot be ours."""
        return self.dialect.number_of(parsed_id(message, tag))

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
            index = self._index_of_symbol.get(message.get(self.dialect.symbol_tag), int(UNKNOWN_INSTRUMENT))
        return self._traded.get(int(index))

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
        self.link.fault(EVENT_BAD_FIELD, f"message {message.seq_num}, tag {tag}: {value!r}")
