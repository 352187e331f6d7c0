"""FIX order entry of the simulated venue: NewOrderSingle, OrderCancelRequest and OrderStatusRequest into the matching
engine, its events out as ExecutionReports.

Answers are put into `outbox` with the number of the session that they belong to; a report goes to the session that
entered the order, whoever caused the event. Field meanings are FIX 4.4 Volume 4, another version's dialect
shapes them; the venue's own code and text stand in Text (58) and OrdRejReason (103).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    SELL,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_PENDING,
    STATUS_REJECTED,
)
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import (
    EVENT_ACCEPTED,
    EVENT_CANCELLED,
    EVENT_EXPIRED,
    EVENT_REJECTED,
    EVENT_REPLACED,
    EVENT_TRADE,
    EVENT_TRADE_BUSTED,
    EVENT_TRADE_CORRECTED,
    REASON_BUSY,
    REASON_NONE,
    REASON_ORDER_KIND,
    REASON_PERMISSION,
    REASON_PRICE_STEP,
    REASON_QUANTITY_STEP,
    REASON_REQUESTED,
    REASON_UNKNOWN_ORDER,
    ExchangeEvent,
    ExchangeOrder,
)
from cross_market_connect.venues.fix_broker.dialect import Dialect
from cross_market_connect.venues.simulated.codes import (
    cxl_rej_reason,
    ord_rej_reason,
    venue_text,
)
from cross_market_connect.venues.simulated.faults import (
    REPORT_NO_ACKNOWLEDGEMENT,
    REPORT_NO_END,
    REPORT_NO_PART,
    REPORT_NO_TRADE,
    REPORT_REVERSED,
    REPORT_TWICE,
)
from cross_market_connect.wire.fix.encoder import (
    MSG_EXECUTION_REPORT,
    MSG_ORDER_CANCEL_REJECT,
    MSG_ORDER_MASS_CANCEL_REPORT,
    NO_CODE,
    BodyWriter,
    Template,
)
from cross_market_connect.wire.fix.message import INVALID, FixMessage
from cross_market_connect.wire.fix.messages import (
    ExecutionReport,
    execution_report,
    order_cancel_reject,
    order_mass_cancel_report,
    symbol_template,
)

UNKNOWN_INSTRUMENT: Final[i64] = -1
AVERAGE_PRICE_EXTRA_DECIMALS: Final[i64] = 4
_AVERAGE_SCALE: Final[i64] = 10_000

# FIX character codes (Volume 6): Side, OrdType, TimeInForce, OrdStatus, ExecType.
SIDE_BUY: Final[i64] = 49  # 1
SIDE_SELL: Final[i64] = 50  # 2
ORD_TYPE_MARKET: Final[i64] = 49  # 1
ORD_TYPE_LIMIT: Final[i64] = 50  # 2
FORCE_DAY: Final[i64] = 48  # 0
FORCE_IMMEDIATE: Final[i64] = 51  # 3
FORCE_FILL_OR_KILL: Final[i64] = 52  # 4
ORD_STATUS_REJECTED: Final[i64] = 56  # 8
SIDE_UNDISCLOSED: Final[i64] = 55  # 7
# CxlRejResponseTo (434); MassCancelRequestType (530) and MassCancelResponse (531).
TO_CANCEL: Final[i64] = 49
TO_REPLACE: Final[i64] = 50
MASS_ALL: Final[i64] = 55  # 7
MASS_REFUSED: Final[i64] = 48
EXEC_NEW: Final[i64] = 48  # 0
EXEC_CANCELLED: Final[i64] = 52  # 4
EXEC_REPLACED: Final[i64] = 53  # 5
EXEC_REJECTED: Final[i64] = 56  # 8
EXEC_EXPIRED: Final[i64] = 67  # C
EXEC_TRADE: Final[i64] = 70  # F
EXEC_TRADE_CORRECT: Final[i64] = 71  # G
EXEC_TRADE_CANCEL: Final[i64] = 72  # H
EXEC_STATUS: Final[i64] = 73  # I


@final
class Outgoing:
    """One message for one session; the session adds the header."""

    def __init__(self, session: i64, msg_type: bytes, body: bytes) -> None:
        self.session: i64 = session
        self.msg_type: bytes = msg_type
        self.body: bytes = body


def fix_status(status: i64) -> i64:
    """OrdStatus (39) of a STATUS_*; pending counts as pending new (A)."""
    if status == STATUS_NEW:
        return 48
    if status == STATUS_PARTLY_FILLED:
        return 49
    if status == STATUS_FILLED:
        return 50
    if status == STATUS_CANCELLED:
        return 52
    if status == STATUS_REJECTED:
        return ORD_STATUS_REJECTED
    if status == STATUS_EXPIRED:
        return 67
    return 65


def side_of(code: i64) -> i64:
    """BUY or SELL; 0 for a side that the venue does not know."""
    if code == SIDE_BUY:
        return BUY
    return SELL if code == SIDE_SELL else 0


def order_type_of(code: i64) -> i64:
    """LIMIT or MARKET; 0 for a type that the venue does not know."""
    if code == ORD_TYPE_LIMIT:
        return LIMIT
    return MARKET if code == ORD_TYPE_MARKET else 0


def force_of(code: i64) -> i64:
    """DAY, IMMEDIATE_OR_CANCEL or FILL_OR_KILL; absent (code 0) is DAY; -1 for one that the venue does not know."""
    if code in (FORCE_DAY, NO_CODE):
        return DAY
    if code == FORCE_IMMEDIATE:
        return IMMEDIATE_OR_CANCEL
    return FILL_OR_KILL if code == FORCE_FILL_OR_KILL else -1


@final
class EntryAccount:
    """One order-entry session: whose account it trades for and the exchange's participant behind it."""

    def __init__(self, session: i64, account: bytes, participant: i64) -> None:
        self.session: i64 = session
        self.account: bytes = account
        self.participant: i64 = participant


@final
class OrderEntry:
    """The order desk of one exchange, for all its order-entry sessions.

    Attributes:
        held: orders on their way from the desk to the market, by account's participant and client id.
        tells_expired_as_cancelled: as in `ExchangeSettings`.
    """

    def __init__(self, exchange: MatchingExchange, mic: bytes, dialect: Dialect) -> None:
        self._exchange: MatchingExchange = exchange
        self._mic: bytes = mic
        self._dialect: Dialect = dialect
        self._writer: BodyWriter = BodyWriter()
        self._indexes: dict[bytes, int] = {}
        self._templates: list[Template] = []
        self._accounts: list[bytes] = []
        self.outbox: list[Outgoing] = []
        self.held: list[ExchangeOrder] = []
        self.tells_expired_as_cancelled: bool = False
        for at, instrument in enumerate(exchange.instruments):
            symbol = instrument.venue_symbol.encode()
            self._indexes[symbol] = at
            self._templates.append(symbol_template(symbol, mic))

    def find(self, participant: i64, client_id: bytes) -> ExchangeOrder | None:
        """The participant's order of this id, in the market or still on its way there; None when there is none."""
        for order in self.held:
            if order.participant == participant and order.client_id == client_id:
                return order
        return self._exchange.find(participant, client_id)

    def take_held(self, session: i64) -> list[ExchangeOrder]:
        """Drain the session's orders that are still on their way to the market."""
        taken = [order for order in self.held if order.session == session]
        self.held = [order for order in self.held if order.session != session]
        return taken

    def set_account(self, participant: i64, account: bytes) -> None:
        """Name the account of a participant; participants are named in order of their index."""
        while i64(len(self._accounts)) <= participant:
            self._accounts.append(b"")
        self._accounts[participant] = account

    def instrument_index(self, message: FixMessage) -> i64:
        """The exchange's index of Symbol (55) at this venue, UNKNOWN_INSTRUMENT when it lists none such."""
        exchange_code = message.get(207)
        if exchange_code and exchange_code != self._mic:
            return UNKNOWN_INSTRUMENT
        return self._indexes.get(message.get(55), int(UNKNOWN_INSTRUMENT))

    def read_order(self, account: EntryAccount, message: FixMessage) -> tuple[ExchangeOrder, i64]:
        """The order of a NewOrderSingle, and the reason to refuse it that its own fields give."""
        at = self.instrument_index(message)
        refusal: i64 = REASON_NONE
        order_type = order_type_of(message.get_char(40))
        force = force_of(message.get_char(59))
        quantity = message.get_decimal(38, 0)
        price: i64 = 0
        if quantity == INVALID:
            quantity = 0
            refusal = REASON_QUANTITY_STEP
        if at != UNKNOWN_INSTRUMENT and order_type == LIMIT:
            instrument = self._exchange.instruments[at]
            units = message.get_decimal(44, instrument.price_decimals)
            if units == INVALID or units % instrument.tick_units != 0:
                refusal = REASON_PRICE_STEP
            else:
                price = units // instrument.tick_units
        if order_type == 0 or force < 0:
            refusal = REASON_ORDER_KIND
        stated, party = message.get(1), message.get(448)
        if (stated and stated != account.account) or (party and party != account.account):
            refusal = REASON_PERMISSION
        side = side_of(message.get_char(54))
        order = ExchangeOrder(
            account.participant, account.session, message.get(11), at, side, order_type, force, price, quantity
        )
        order.offset_code = message.get_char(77)
        return order, refusal

    def cancel(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderCancelRequest: cancelled, the engine's event becomes the report; else an OrderCancelReject."""
        original = message.get(41)
        order = self.find(account.participant, original)
        if order is not None and order.status == STATUS_PENDING:
            self.refuse_cancel(account, message, REASON_BUSY, utc_ns)
            return
        reason = self._exchange.cancel(account.participant, original, REASON_REQUESTED, utc_ns)
        if reason != REASON_NONE:
            self.refuse_cancel(account, message, reason, utc_ns)

    def replace(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderCancelReplaceRequest: replaced, the engine's event becomes the report; else an OrderCancelReject."""
        order = self.find(account.participant, message.get(41))
        wanted, reason = self.read_order(account, message)
        if order is None:
            reason = REASON_UNKNOWN_ORDER
        elif order.status == STATUS_PENDING:
            reason = REASON_BUSY
        elif reason == REASON_NONE:
            reason = self._exchange.replace(order, wanted.client_id, wanted.price_ticks, wanted.quantity_lots, utc_ns)
        if reason != REASON_NONE:
            self.refuse_cancel(account, message, reason, utc_ns, TO_REPLACE)

    def cancel_all(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderMassCancelRequest for all orders: the reports of their ends follow an OrderMassCancelReport."""
        is_all = message.get_char(530) == MASS_ALL
        affected: i64 = 0
        if is_all:
            for order in self._exchange.ledger.open_orders(account.participant):
                if self._exchange.cancel(account.participant, order.client_id, REASON_REQUESTED, utc_ns) == REASON_NONE:
                    affected += 1
        request_id = message.get(11)
        body = order_mass_cancel_report(
            self._writer,
            request_id,
            b"NONE",
            request_id if self._dialect.names_mass_reports else b"",
            message.get_char(530),
            MASS_ALL if is_all else MASS_REFUSED,
            affected,
        )
        self.outbox.append(Outgoing(account.session, MSG_ORDER_MASS_CANCEL_REPORT, body))

    def status_of_all(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderMassStatusRequest: the status of each open order, numbered; of none, one report that says so."""
        orders = self._exchange.ledger.open_orders(account.participant)
        for at, order in enumerate(orders, 1):
            last = b"Y" if at == len(orders) else b"N"
            field = b"584=%s\x01911=%d\x01912=%s\x01" % (message.get(584), len(orders), last)
            self._tell_status(account, order, order.client_id, _symbol_of(message), NO_CODE, utc_ns, field)
        if not orders:
            field = b"584=%s\x01911=0\x01912=Y\x01" % message.get(584)
            self._tell_status(account, None, b"", _NO_SYMBOL, SIDE_UNDISCLOSED, utc_ns, field)

    def refuse_cancel(
        self, account: EntryAccount, message: FixMessage, reason: i64, utc_ns: i64, response_to: i64 = TO_CANCEL
    ) -> None:
        """OrderCancelReject to a cancel or replace request."""
        original = message.get(41)
        order = self.find(account.participant, original)
        order_id = b"NONE" if order is None else b"%d" % order.order_number
        status = ORD_STATUS_REJECTED if order is None else fix_status(order.status)
        body = order_cancel_reject(
            self._writer,
            order_id,
            message.get(11),
            original,
            status,
            cxl_rej_reason(reason),
            utc_ns,
            venue_text(reason),
            response_to,
        )
        self.outbox.append(Outgoing(account.session, MSG_ORDER_CANCEL_REJECT, body))

    def refuse_falsely(self, order: ExchangeOrder, reason: i64, utc_ns: i64) -> None:
        """A report that the order is rejected, though the market will have it."""
        report = ExecutionReport()
        instrument = self._instrument(order)
        _describe(report, order, instrument)
        report.order_id = b"NONE"
        report.exec_id = b"R" + order.client_id
        report.exec_type = EXEC_REJECTED
        report.ord_status = ORD_STATUS_REJECTED
        report.ord_rej_reason = ord_rej_reason(reason)
        report.account = self._accounts[order.participant]
        report.transact_utc_ns = utc_ns
        report.text = venue_text(reason)
        self._put(order, instrument, report, len(self.outbox))

    def status(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderStatusRequest: an ExecutionReport with ExecType I; an unknown order is OrdStatus 8, reason 5."""
        order = self.find(account.participant, message.get(11))
        side = message.get_char(54)
        self._tell_status(account, order, message.get(11), _symbol_of(message), side, utc_ns, b"")

    def _tell_status(
        self,
        account: EntryAccount,
        order: ExchangeOrder | None,
        client_id: bytes,
        template: Template,
        side: i64,
        utc_ns: i64,
        field: bytes,
    ) -> None:
        report = ExecutionReport()
        report.exec_id = b"0"  # Volume 4: zero in an answer to a status request
        report.exec_type = EXEC_STATUS
        report.account = account.account
        report.transact_utc_ns = utc_ns
        if order is None:
            report.order_id = b"NONE"
            report.cl_ord_id = client_id
            report.ord_status = ORD_STATUS_REJECTED
            report.ord_rej_reason = ord_rej_reason(REASON_UNKNOWN_ORDER)
            report.side = side
            report.text = venue_text(REASON_UNKNOWN_ORDER)
        else:
            _describe(report, order, self._instrument(order))
            report.ord_status = self._told_status(order.status)
            report.leaves_quantity = order.leaves_lots
            report.cumulative_quantity = order.cumulative_lots
            _average(report, order.filled_value_ticks, order.cumulative_lots, self._instrument(order))
            report.text = venue_text(order.reason)
            if order.status == STATUS_REJECTED:
                report.ord_rej_reason = ord_rej_reason(order.reason)
            if order.instrument_index >= 0:
                template = self._templates[order.instrument_index]
        self._dialect.shape(report)
        body = execution_report(self._writer, template, report) + field
        self.outbox.append(Outgoing(account.session, MSG_EXECUTION_REPORT, body))

    def report_events(self, events: list[ExchangeEvent], cancel_id: bytes, original_id: bytes) -> None:
        """ExecutionReports for the events of orders that sessions entered.

        Args:
            cancel_id: client id of the request that cancelled the order `original_id`; b"" when none did.
        """
        first: i64 = len(self.outbox)
        for event in events:
            order = event.order
            if order.session == 0 or order.report_flags & _flag_of(event) != 0:
                continue
            report = ExecutionReport()
            instrument = self._instrument(order)
            _describe(report, order, instrument)
            self._tell(report, event, instrument)
            if event.kind == EVENT_CANCELLED and cancel_id and order.client_id == original_id:
                report.cl_ord_id = cancel_id
                report.orig_cl_ord_id = original_id
            self._put(order, instrument, report, first)

    def _tell(self, report: ExecutionReport, event: ExchangeEvent, instrument: Instrument | None) -> None:
        """The fields that say what happened."""
        report.account = self._accounts[event.order.participant]
        report.exec_id = b"%d" % event.execution_number
        is_cancel = event.kind == EVENT_EXPIRED and self.tells_expired_as_cancelled
        report.exec_type = EXEC_CANCELLED if is_cancel else _exec_type(event.kind)
        report.ord_status = self._told_status(event.status)
        report.leaves_quantity = event.leaves_lots
        report.cumulative_quantity = event.cumulative_lots
        _average(report, event.filled_value_ticks, event.cumulative_lots, instrument)
        report.transact_utc_ns = event.utc_ns
        report.text = venue_text(event.reason)
        if event.kind == EVENT_REJECTED:
            told = event.order.told_reason
            report.ord_rej_reason = ord_rej_reason(event.reason) if told < 0 else told
        if event.last_lots > 0 and instrument is not None:
            report.last_quantity = event.last_lots
            report.last_price_units = event.last_ticks * instrument.tick_units
        if event.kind == EVENT_REPLACED:
            report.orig_cl_ord_id = event.order.former_id
        if event.reference_number != 0:
            report.exec_ref_id = b"%d" % event.reference_number

    def _put(self, order: ExchangeOrder, instrument: Instrument | None, report: ExecutionReport, first: i64) -> None:
        """Queue a report as the order's faults want it: twice, or before those of the same step (from `first` on)."""
        template = _NO_SYMBOL if instrument is None else self._templates[order.instrument_index]
        self._dialect.shape(report)
        outgoing = Outgoing(order.session, MSG_EXECUTION_REPORT, execution_report(self._writer, template, report))
        outgoing.body += order.told_field
        copies: i64 = 2 if order.report_flags & REPORT_TWICE != 0 else 1
        for _ in range(copies):
            if order.report_flags & REPORT_REVERSED != 0:
                self.outbox.insert(int(first), outgoing)
            else:
                self.outbox.append(outgoing)

    def _told_status(self, status: i64) -> i64:
        """OrdStatus (39) as this venue uses it."""
        if status == STATUS_EXPIRED and self.tells_expired_as_cancelled:
            return fix_status(STATUS_CANCELLED)
        return fix_status(status)

    def _instrument(self, order: ExchangeOrder) -> Instrument | None:
        return self._exchange.instruments[order.instrument_index] if order.instrument_index >= 0 else None


_NO_SYMBOL: Final = Template([(55, b"[N/A]")])


def _symbol_of(message: FixMessage) -> Template:
    symbol = message.get(55)
    return symbol_template(symbol, message.get(207)) if symbol else _NO_SYMBOL


def _exec_type(kind: i64) -> i64:
    if kind == EVENT_ACCEPTED:
        return EXEC_NEW
    if kind == EVENT_TRADE:
        return EXEC_TRADE
    if kind == EVENT_CANCELLED:
        return EXEC_CANCELLED
    if kind == EVENT_REPLACED:
        return EXEC_REPLACED
    if kind == EVENT_TRADE_BUSTED:
        return EXEC_TRADE_CANCEL
    if kind == EVENT_TRADE_CORRECTED:
        return EXEC_TRADE_CORRECT
    return EXEC_EXPIRED if kind == EVENT_EXPIRED else EXEC_REJECTED


def _flag_of(event: ExchangeEvent) -> i64:
    """The REPORT_* that keep back the report of such an event."""
    kind = event.kind
    if kind == EVENT_ACCEPTED:
        return REPORT_NO_ACKNOWLEDGEMENT
    if kind == EVENT_CANCELLED or kind == EVENT_EXPIRED or kind == EVENT_REJECTED:
        return REPORT_NO_END
    if kind == EVENT_TRADE and event.cumulative_lots < event.order.quantity_lots:
        return REPORT_NO_TRADE | REPORT_NO_PART
    return REPORT_NO_TRADE


def _describe(report: ExecutionReport, order: ExchangeOrder, instrument: Instrument | None) -> None:
    """The fields that repeat what the order said."""
    report.order_id = b"%d" % order.order_number
    report.cl_ord_id = order.client_id
    report.side = SIDE_BUY if order.side == BUY else SIDE_SELL
    report.order_quantity = order.quantity_lots
    report.ord_type = ORD_TYPE_MARKET if order.order_type == MARKET else ORD_TYPE_LIMIT
    report.position_effect = order.offset_code
    report.time_in_force = FORCE_DAY
    if order.time_in_force == IMMEDIATE_OR_CANCEL:
        report.time_in_force = FORCE_IMMEDIATE
    elif order.time_in_force == FILL_OR_KILL:
        report.time_in_force = FORCE_FILL_OR_KILL
    if instrument is not None:
        report.price_units = order.price_ticks * instrument.tick_units
        report.price_decimals = instrument.price_decimals


def _average(report: ExecutionReport, value_ticks: i64, lots: i64, instrument: Instrument | None) -> None:
    """AvgPx (6) with more decimals than the price, cut off; 0 before the first fill."""
    if instrument is None or lots == 0:
        return
    report.average_price_units = value_ticks * instrument.tick_units * _AVERAGE_SCALE // lots
    report.average_price_decimals = instrument.price_decimals + AVERAGE_PRICE_EXTRA_DECIMALS
