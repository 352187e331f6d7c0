"""An order gateway over FIX: commands to orders, cancel and status requests, and reports to receipts.

Theory of operation. Outgoing bodies are spliced from one template per instrument. Every id and every MsgSeqNum that
went out is kept for a while (`sent.py`), so that what comes back finds its order:

    ExecutionReport (8), OrderCancelReject (9)    by its ids (`report_reader.py`)
    Reject (3), BusinessMessageReject (j)         by RefSeqNum (45), else by BusinessRejectRefID (379)

What is said about a query that was refused is no receipt: the order stays as unknown as it was.
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
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    STATUS_REJECTED,
    STATUS_UNKNOWN,
    OrderCommand,
    Receipt,
)
from cross_market_connect.domain.ports import OrderGateway
from cross_market_connect.domain.step import Step
from cross_market_connect.market.venue_clock import VenueClock
from cross_market_connect.venues.fix_broker import rejects
from cross_market_connect.venues.fix_broker.codes import (
    MASS_ALL,
    ORD_TYPE_LIMIT,
    ORD_TYPE_MARKET,
    TYPE_CANCEL,
    TYPE_LIST,
    TYPE_MASS_CANCEL,
    TYPE_NEW_ORDER,
    TYPE_QUERY,
    TYPE_REPLACE,
    effect_code,
    force_code,
    session_status_text,
    side_code,
)
from cross_market_connect.venues.fix_broker.dialect import Dialect, TradedInstrument, dialect_of
from cross_market_connect.venues.fix_broker.link import FixLink, shown
from cross_market_connect.venues.fix_broker.report_reader import ReportReader, TradedInstruments
from cross_market_connect.venues.fix_broker.sent import SentId, SentIds, SentMessages
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
    MSG_TRADING_SESSION_STATUS,
    BodyWriter,
    Template,
)
from cross_market_connect.wire.fix.message import FixMessage
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

REPORT_TYPES: Final = (MSG_EXECUTION_REPORT, MSG_ORDER_CANCEL_REJECT)
EVENT_UNEXPECTED: Final = "unexpected_message"
EVENT_TRADING_SESSION: Final = "trading_session"
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
        reader: of what comes back; traded, ids: what a copy of this session is read by as well.
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
        self.traded: TradedInstruments = TradedInstruments(self.dialect, instruments, mic, account)
        self.ids: SentIds = SentIds()
        self.reader: ReportReader = ReportReader(self.link, source, self.dialect, self.traded, self.ids, True)
        self._messages: SentMessages = SentMessages()
        self._receipts: list[Receipt] = []

    # ------------------------------------------------------------------ the connection

    def opened(self) -> None:
        """The connection was made; the session logs on."""
        self.link.opened()

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        self.link.lost(reason)

    def receive(self, data: bytes) -> None:
        """Take in what one read returned; its receipts wait in `take_receipts`."""
        refused = self.link.refused_count(REPORT_TYPES)
        for message in self.link.receive(data):
            self.link.hear(message)
            self._handle(message)
        if self.link.refused_count(REPORT_TYPES) > refused:
            receipt = Receipt(0, RECEIPT_STATUS, STATUS_UNKNOWN)
            self.reader.refuse(receipt, b"a message was refused by the session, see its event")
            self._receipts.append(receipt)

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
        self.ids.put(sent)
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
        self.ids.put(SentId(client_order_id, command.client_order_id, command.instrument_index, command.side))
        self._send(MSG_ORDER_CANCEL_REQUEST, TYPE_CANCEL, client_order_id, body)

    def query(self, command: OrderCommand) -> None:
        """OrderStatusRequest (H); nothing where the venue has none, and reports alone tell what became of an order."""
        if not self.dialect.has_status_requests:
            return
        traded = self._traded_of(command)
        sent = self.ids.get(command.client_order_id)
        if sent is None:  # sent long ago, or by an earlier run
            sent = SentId(command.client_order_id, command.client_order_id, command.instrument_index, command.side)
            self.ids.put(sent)
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
        self.ids.put(SentId(client_order_id, command.client_order_id, command.instrument_index, command.side))
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
        traded = self.traded.by_index.get(int(command.instrument_index))
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
        sent = self.ids.get(client_order_id)
        return client_order_id if sent is None else sent.current_id

    def _venue_order_id(self, client_order_id: i64) -> bytes:
        sent = self.ids.get(client_order_id)
        return b"" if sent is None else sent.venue_order_id

    # ------------------------------------------------------------------ reports

    def _handle(self, message: FixMessage) -> None:
        msg_type = message.msg_type
        if msg_type == MSG_EXECUTION_REPORT:
            self._on_report(message)
        elif msg_type == MSG_ORDER_CANCEL_REJECT:
            self._receipts.append(self.reader.read_cancel_reject(message))
        elif msg_type == MSG_BUSINESS_REJECT:
            self._on_refusal(message, message.get_int(380, -1), True)
        elif msg_type == MSG_REJECT:
            self._on_refusal(message, message.get_int(373, -1), False)
        elif msg_type == MSG_TRADING_SESSION_STATUS:
            self.link.note(EVENT_TRADING_SESSION, session_status_text(message))
        elif msg_type == MSG_ORDER_MASS_CANCEL_REPORT:
            self.mass_cancel_response = message.get_char(531)
        else:
            self.link.fault(EVENT_UNEXPECTED, f"message {shown(msg_type)} number {message.seq_num}")

    def _on_report(self, message: FixMessage) -> None:
        """ExecutionReport (8)."""
        receipt = self.reader.read(message)
        self._receipts.append(receipt)
        sent = self.ids.get(receipt.client_order_id)
        if sent is not None and not receipt.possible_duplicate and not receipt.is_unreadable:
            self._note_time(receipt, sent)

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

    def _on_refusal(self, message: FixMessage, reason: i64, is_business: bool) -> None:
        """Reject (3) or BusinessMessageReject (j) of a message of ours, found by RefSeqNum (45) or by its id (379)."""
        self._messages.follow(self.link.session.next_out)
        ref_seq_num = message.get_int(45, 0)
        msg_type = message.get(372)
        type_code: i64 = message.get_char(372) if len(msg_type) == 1 else self._messages.type_of(ref_seq_num)
        client_order_id = self._messages.client_order_id(ref_seq_num, type_code)
        if client_order_id == 0 and is_business:
            client_order_id = self.reader.number(message, 379)
        text = message.get(58)
        self.link.fault(EVENT_REFUSED, f"{shown(msg_type)} number {ref_seq_num}, reason {reason}: {shown(text)}")
        sent = self.ids.get(client_order_id)
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
