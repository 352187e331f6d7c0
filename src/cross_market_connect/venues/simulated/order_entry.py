"""FIX order entry of the simulated venue: NewOrderSingle, OrderCancelRequest and OrderStatusRequest into the matching
engine, its events out as ExecutionReports, and copies of them.

Answers are put into `outbox` with the number of the session that they belong to; a report goes to the session that
entered the order, whoever caused the event, and a copy of it to every drop copy of the account, also of a report that
the order's faults keep from the session. Field meanings are FIX 4.4 Volume 4, another version's dialect
shapes them; the venue's own code and text stand in Text (58) and OrdRejReason (103).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import (
    LIMIT,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
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
    REASON_BUSY,
    REASON_DUPLICATE_ID,
    REASON_MASS_CANCEL,
    REASON_NONE,
    REASON_ORDER_KIND,
    REASON_OTHER,
    REASON_PERMISSION,
    REASON_PRICE_STEP,
    REASON_QUANTITY_STEP,
    REASON_REQUESTED,
    REASON_UNKNOWN_ORDER,
    ExchangeEvent,
    ExchangeOrder,
)
from cross_market_connect.venues.fix_broker.dialect import Dialect
from cross_market_connect.venues.fix_broker.reports import NO_SYMBOL
from cross_market_connect.venues.simulated.codes import (
    as_told,
    cxl_rej_reason,
    ord_rej_reason,
    venue_text,
)
from cross_market_connect.venues.simulated.entry_codes import (
    EXEC_CANCELLED,
    EXEC_REJECTED,
    EXEC_STATUS,
    MASS_ALL,
    MASS_REFUSED,
    ORD_STATUS_REJECTED,
    SIDE_UNDISCLOSED,
    TO_CANCEL,
    TO_REPLACE,
    average,
    describe,
    exec_type,
    fix_status,
    force_of,
    order_type_of,
    side_of,
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
)

UNKNOWN_INSTRUMENT: Final[i64] = -1
# CopyMsgIndicator: this is a drop copy.
TAG_COPY: Final[i64] = 797


@final
class Outgoing:
    """One message for one session; the session adds the header."""

    def __init__(self, session: i64, msg_type: bytes, body: bytes) -> None:
        self.session: i64 = session
        self.msg_type: bytes = msg_type
        self.body: bytes = body


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
        self._writer: BodyWriter = BodyWriter(dialect.time_decimals)
        self._text_field: bytes = b"%d=" % dialect.text_tag
        self._indexes: dict[bytes, int] = {}
        self._units: list[i64] = []
        self._accounts: list[bytes] = []
        self._templates: list[list[Template]] = []
        """By participant and instrument; the last of a participant is that of no instrument."""
        self._parties: list[Template] = []
        self._used_ids: list[dict[bytes, bool]] = []
        self.outbox: list[Outgoing] = []
        self.held: list[ExchangeOrder] = []
        self.tells_expired_as_cancelled: bool = False
        self._copied_to: dict[int, list[int]] = {}
        is_marked = dialect.dictionary.has_member(MSG_EXECUTION_REPORT, TAG_COPY)
        self._copy_mark: bytes = b"%d=Y\x01" % TAG_COPY if is_marked else b""
        for at, instrument in enumerate(exchange.instruments):
            self._indexes[instrument.venue_symbol.encode()] = at
            self._units.append(dialect.units_per_lot(instrument))

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
            self._templates.append([])
            self._parties.append(_NOTHING)
            self._used_ids.append({})
        dialect = self._dialect
        self._accounts[participant] = account
        self._parties[participant] = dialect.mass_template(account)
        templates: list[Template] = []
        for instrument in self._exchange.instruments:
            templates.append(dialect.report_template(account, instrument.venue_symbol.encode(), self._mic))
        templates.append(dialect.report_template(account, NO_SYMBOL, b""))
        self._templates[participant] = templates

    def copy_to(self, participant: i64, session: i64) -> None:
        """A session is a drop copy of what the participant's sessions are told."""
        self._copied_to.setdefault(int(participant), []).append(int(session))

    def instrument_index(self, message: FixMessage) -> i64:
        """The exchange's index of the symbol at this venue, UNKNOWN_INSTRUMENT when it lists none such."""
        exchange_code = message.get(207)
        if exchange_code and exchange_code != self._mic:
            return UNKNOWN_INSTRUMENT
        return self._indexes.get(message.get(self._dialect.symbol_tag), int(UNKNOWN_INSTRUMENT))

    def refusal(self, account: EntryAccount, message: FixMessage) -> i64:
        """Why a message is refused, whatever it is about: it is of another account, or has an id that is none."""
        dialect = self._dialect
        if not dialect.is_of(message, account.account):
            return REASON_PERMISSION
        client_id = message.get(11)
        if not dialect.is_client_id(client_id):
            return REASON_OTHER
        if dialect.uses_ids_once:
            used = self._used_ids[account.participant]
            if client_id in used:
                return REASON_DUPLICATE_ID
            used[client_id] = True
        return REASON_NONE

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
        elif at != UNKNOWN_INSTRUMENT:
            if quantity % self._units[at] != 0:
                refusal = REASON_QUANTITY_STEP
            quantity //= self._units[at]
        if at != UNKNOWN_INSTRUMENT and order_type == LIMIT:
            instrument = self._exchange.instruments[at]
            units = message.get_decimal(44, instrument.price_decimals)
            if units == INVALID or units % instrument.tick_units != 0:
                refusal = REASON_PRICE_STEP
            else:
                price = units // instrument.tick_units
        if order_type == 0 or force < 0:
            refusal = REASON_ORDER_KIND
        whatever = self.refusal(account, message)
        if whatever != REASON_NONE:
            refusal = whatever
        side = side_of(message.get_char(54))
        order = ExchangeOrder(
            account.participant, account.session, message.get(11), at, side, order_type, force, price, quantity
        )
        order.offset_code = message.get_char(77)
        return order, refusal

    def cancel(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderCancelRequest: cancelled, the engine's event becomes the report; else an OrderCancelReject."""
        refusal = self.refusal(account, message)
        if refusal != REASON_NONE:
            self.refuse_cancel(account, message, refusal, utc_ns)
            return
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
        is_taken = message.get_char(530) == MASS_ALL and self.refusal(account, message) == REASON_NONE
        affected: i64 = 0
        if is_taken:
            for order in self._exchange.ledger.open_orders(account.participant):
                reason = self._exchange.cancel(account.participant, order.client_id, REASON_MASS_CANCEL, utc_ns)
                if reason == REASON_NONE:
                    affected += 1
        request_id = message.get(11)
        body = order_mass_cancel_report(
            self._writer,
            self._parties[account.participant],
            request_id,
            b"NONE",
            request_id if self._dialect.names_mass_reports else b"",
            message.get_char(530),
            MASS_ALL if is_taken else MASS_REFUSED,
            affected,
        )
        self.outbox.append(Outgoing(account.session, MSG_ORDER_MASS_CANCEL_REPORT, body))

    def status_of_all(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderMassStatusRequest: the status of each open order, numbered; of none, one report that says so."""
        orders = self._exchange.ledger.open_orders(account.participant)
        for at, order in enumerate(orders, 1):
            last = b"Y" if at == len(orders) else b"N"
            field = b"584=%s\x01911=%d\x01912=%s\x01" % (message.get(584), len(orders), last)
            self._tell_status(
                account, order, order.client_id, self._told_symbol(account, message), NO_CODE, utc_ns, field
            )
        if not orders:
            field = b"584=%s\x01911=0\x01912=Y\x01" % message.get(584)
            template = self._template_of(account.participant, UNKNOWN_INSTRUMENT)
            self._tell_status(account, None, b"", template, SIDE_UNDISCLOSED, utc_ns, field)

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
            self._parties[account.participant],
            order_id,
            message.get(11),
            original,
            status,
            self._dialect.cancel_reject_reason(reason, cxl_rej_reason(reason)),
            utc_ns,
            self._text(reason),
            response_to,
            self._text_field,
        )
        self.outbox.append(Outgoing(account.session, MSG_ORDER_CANCEL_REJECT, body))

    def refuse_falsely(self, order: ExchangeOrder, reason: i64, utc_ns: i64) -> None:
        """A report that the order is rejected, though the market will have it."""
        report = ExecutionReport()
        instrument = self._instrument(order)
        describe(report, order, instrument)
        report.order_id = b"NONE"
        report.exec_id = b"R" + order.client_id
        report.exec_type = EXEC_REJECTED
        report.ord_status = ORD_STATUS_REJECTED
        report.ord_rej_reason = self._reject_reason(reason)
        report.account = self._accounts[order.participant]
        report.transact_utc_ns = utc_ns
        report.text = self._text(reason)
        self._put(order, self._body(order, instrument, report), len(self.outbox))

    def status(self, account: EntryAccount, message: FixMessage, utc_ns: i64) -> None:
        """OrderStatusRequest: an ExecutionReport with ExecType I; an unknown order is OrdStatus 8, reason 5."""
        order = self.find(account.participant, message.get(11))
        side = message.get_char(54)
        self._tell_status(account, order, message.get(11), self._told_symbol(account, message), side, utc_ns, b"")

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
            report.ord_rej_reason = self._reject_reason(REASON_UNKNOWN_ORDER)
            report.side = side
            report.text = self._text(REASON_UNKNOWN_ORDER)
        else:
            describe(report, order, self._instrument(order))
            report.ord_status = self._told_status(order.status)
            report.leaves_quantity = order.leaves_lots
            report.cumulative_quantity = order.cumulative_lots
            average(report, order.filled_value_ticks, order.cumulative_lots, self._instrument(order))
            report.text = self._text(order.reason)
            if order.status == STATUS_REJECTED:
                report.ord_rej_reason = self._reject_reason(order.reason)
            if order.instrument_index >= 0:
                template = self._template_of(order.participant, order.instrument_index)
        at = UNKNOWN_INSTRUMENT if order is None else order.instrument_index
        body = self._encoded(report, at, template) + field
        self.outbox.append(Outgoing(account.session, MSG_EXECUTION_REPORT, body))

    def report_events(self, events: list[ExchangeEvent], cancel_id: bytes, original_id: bytes) -> None:
        """ExecutionReports for the events of orders that sessions entered.

        Args:
            cancel_id: client id of the request that cancelled the order `original_id`; b"" when none did.
        """
        first: i64 = len(self.outbox)
        for event in events:
            order = event.order
            copied_to = self._copied_to.get(int(order.participant), [])
            is_kept_back = order.session == 0 or order.report_flags & _flag_of(event) != 0
            if is_kept_back and not copied_to:
                continue
            report = ExecutionReport()
            instrument = self._instrument(order)
            describe(report, order, instrument)
            self._tell(report, event, instrument)
            if event.kind == EVENT_CANCELLED and cancel_id and order.client_id == original_id:
                report.cl_ord_id = cancel_id
                report.orig_cl_ord_id = original_id
            body = self._body(order, instrument, report)
            if not is_kept_back:
                self._put(order, body, first)
            for session in copied_to:
                self.outbox.append(Outgoing(session, MSG_EXECUTION_REPORT, body + self._copy_mark))

    def _tell(self, report: ExecutionReport, event: ExchangeEvent, instrument: Instrument | None) -> None:
        """The fields that say what happened."""
        report.account = self._accounts[event.order.participant]
        report.exec_id = b"%d" % event.execution_number
        is_cancel = event.kind == EVENT_EXPIRED and self.tells_expired_as_cancelled
        report.exec_type = EXEC_CANCELLED if is_cancel else exec_type(event.kind)
        report.ord_status = self._told_status(event.status)
        report.leaves_quantity = event.leaves_lots
        report.cumulative_quantity = event.cumulative_lots
        average(report, event.filled_value_ticks, event.cumulative_lots, instrument)
        report.transact_utc_ns = event.utc_ns
        report.text = self._text(event.reason)
        if event.kind == EVENT_CANCELLED:
            report.restatement = self._dialect.restatement(event.reason)
        if event.kind == EVENT_REJECTED:
            told = event.order.told_reason
            report.ord_rej_reason = self._reject_reason(event.reason) if told < 0 else told
        if event.last_lots > 0 and instrument is not None:
            report.last_quantity = event.last_lots
            report.last_price_units = event.last_ticks * instrument.tick_units
        if event.kind == EVENT_REPLACED:
            report.orig_cl_ord_id = event.order.former_id
        if event.reference_number != 0:
            report.exec_ref_id = b"%d" % event.reference_number

    def _body(self, order: ExchangeOrder, instrument: Instrument | None, report: ExecutionReport) -> bytes:
        at = UNKNOWN_INSTRUMENT if instrument is None else order.instrument_index
        return self._encoded(report, at, self._template_of(order.participant, at))

    def _put(self, order: ExchangeOrder, body: bytes, first: i64) -> None:
        """Queue a report as the order's faults want it: twice, or before those of the same step (from `first` on)."""
        outgoing = Outgoing(order.session, MSG_EXECUTION_REPORT, with_field(body, order.told_field))
        copies: i64 = 2 if order.report_flags & REPORT_TWICE != 0 else 1
        for _ in range(copies):
            if order.report_flags & REPORT_REVERSED != 0:
                self.outbox.insert(int(first), outgoing)
            else:
                self.outbox.append(outgoing)

    def _encoded(self, report: ExecutionReport, at: i64, template: Template) -> bytes:
        """The report's bytes, its lots in what the venue counts and the rest as the dialect has it."""
        if at != UNKNOWN_INSTRUMENT:
            units = self._units[at]
            report.order_quantity *= units
            report.last_quantity *= units
            report.leaves_quantity *= units
            report.cumulative_quantity *= units
        self._dialect.shape(report)
        return execution_report(self._writer, template, report, self._text_field)

    def _template_of(self, participant: i64, at: i64) -> Template:
        """What reports say of account and instrument; for UNKNOWN_INSTRUMENT that there is none."""
        return self._templates[participant][at]

    def _told_symbol(self, account: EntryAccount, message: FixMessage) -> Template:
        """The instrument as a message names it."""
        symbol = message.get(self._dialect.symbol_tag)
        if not symbol:
            return self._template_of(account.participant, UNKNOWN_INSTRUMENT)
        return self._dialect.report_template(account.account, symbol, message.get(207))

    def _text(self, reason: i64) -> bytes:
        return as_told(venue_text(reason), self._dialect.has_venue_codes)

    def _reject_reason(self, reason: i64) -> i64:
        """OrdRejReason (103)."""
        return self._dialect.reject_reason(reason, ord_rej_reason(reason))

    def _told_status(self, status: i64) -> i64:
        """OrdStatus (39) as this venue uses it."""
        if status == STATUS_EXPIRED and self.tells_expired_as_cancelled:
            return fix_status(STATUS_CANCELLED)
        return fix_status(status)

    def _instrument(self, order: ExchangeOrder) -> Instrument | None:
        return self._exchange.instruments[order.instrument_index] if order.instrument_index >= 0 else None


_NOTHING: Final = Template([])


def with_field(body: bytes, field: bytes) -> bytes:
    """A body that says `field`, in place of what it says in that field otherwise; b"" leaves it as it is."""
    begin = b"\x01" + field[: field.find(b"=") + 1]
    at = body.find(begin)
    if not field or at < 0:
        return body + field
    return body[: at + 1] + field + body[body.index(b"\x01", at + 1) + 1 :]


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
