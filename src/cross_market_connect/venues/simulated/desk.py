"""The order desk of a simulated exchange: what its order-entry sessions ask for, done as the fault rules want it.

Theory of operation. `OrderEntry` reads and writes FIX, the matching engine matches; between them the desk asks the
rules what shall happen to each message and keeps the agenda of what happens to its order later.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.order import DAY, IMMEDIATE_OR_CANCEL
from cross_market_connect.matching.exchange import PHASE_CLOSED, PHASE_OPEN, MatchingExchange
from cross_market_connect.matching.orders import (
    REASON_DISCONNECTED,
    REASON_MARKET_CLOSED,
    REASON_NONE,
    REASON_THROTTLED,
    ExchangeOrder,
)
from cross_market_connect.venues.fix_broker.dialect import Dialect
from cross_market_connect.venues.simulated.acceptor import FixAcceptor, Inbound
from cross_market_connect.venues.simulated.codes import as_told, venue_text
from cross_market_connect.venues.simulated.entry_codes import TO_REPLACE
from cross_market_connect.venues.simulated.faults import (
    FAULT_BUST,
    FAULT_CANCEL,
    FAULT_CLOSE,
    FAULT_CORRECT,
    FAULT_FILL,
    FAULT_HOLD,
    FAULT_LATE_FILL,
    ON_CANCEL,
    ON_ORDER,
    ON_QUERY,
    ON_REPLACE,
    FaultPlan,
    Faults,
)
from cross_market_connect.venues.simulated.late import Agenda
from cross_market_connect.venues.simulated.order_entry import (
    UNKNOWN_INSTRUMENT,
    EntryAccount,
    OrderEntry,
    Outgoing,
)
from cross_market_connect.venues.simulated.settings import ExchangeSettings
from cross_market_connect.wire.fix.encoder import MSG_BUSINESS_REJECT, MSG_ORDER_MASS_CANCEL, BodyWriter
from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.messages import business_message_reject

COMPETITOR: Final[i64] = 1
COMPETITOR_ORDERS_MAX: Final[i64] = 100
# BusinessRejectReason (380), FIX 4.4 Volume 6.
BUSINESS_UNAVAILABLE: Final[i64] = 4


@final
class OrderDesk:
    """The order desk of one exchange.

    Attributes:
        entry: its FIX side; plan: what goes wrong; agenda: what is due later.
    """

    def __init__(
        self,
        settings: ExchangeSettings,
        matching: MatchingExchange,
        acceptor: FixAcceptor,
        plan: FaultPlan,
        dialect: Dialect,
    ) -> None:
        self.settings: ExchangeSettings = settings
        self.matching: MatchingExchange = matching
        self.acceptor: FixAcceptor = acceptor
        self.plan: FaultPlan = plan
        self.entry: OrderEntry = OrderEntry(matching, settings.mic.encode(), dialect)
        self.entry.tells_expired_as_cancelled = settings.tells_expired_as_cancelled
        self.dialect: Dialect = dialect
        self.agenda: Agenda = Agenda()
        self._sent_ns: list[list[int]] = [[] for _ in settings.clients]
        self._writer: BodyWriter = BodyWriter()

    def end_session(self, account: EntryAccount, now_ns: i64, utc_ns: i64) -> None:
        """A session with cancel on disconnect ended."""
        for order in self.entry.take_held(account.session):
            # On its way from the desk to the market, it would rest there behind the session's end.
            self.agenda.drop(order)
            self.matching.submit(order, REASON_DISCONNECTED, utc_ns)
        self.matching.cancel_session(account.participant, account.session, REASON_DISCONNECTED, utc_ns)
        self.report(b"", b"", now_ns, utc_ns)

    def new_order(self, account: EntryAccount, inbound: Inbound, now_ns: i64, utc_ns: i64) -> None:
        """NewOrderSingle."""
        order, refusal = self.entry.read_order(account, inbound.message)
        # Messages of the step before leave first: a late answer delays only itself and what follows.
        self.acceptor.flush(inbound.session, 0, now_ns)
        faults = self.plan.on_message(ON_ORDER, account.account, order.instrument_index, order.side, now_ns)
        if not faults.is_lost:
            order.report_flags = faults.report_flags
            order.told_reason, order.told_field = faults.told_reason, faults.field
            if faults.rests:
                order.time_in_force = DAY
            if self._is_throttled(inbound.session, now_ns) and refusal == REASON_NONE:
                refusal = REASON_THROTTLED
            if faults.reason != REASON_NONE and refusal == REASON_NONE:
                if faults.is_live:
                    self.entry.refuse_falsely(order, faults.reason, utc_ns)
                    self.send_all(now_ns, utc_ns)
                else:
                    refusal = faults.reason
            if refusal == REASON_THROTTLED and self.dialect.throttle_reason >= 0:
                self.refuse(inbound, self.dialect.throttle_reason, venue_text(refusal), now_ns, utc_ns)
            elif faults.hold_ns > 0 and refusal == REASON_NONE:
                self.entry.held.append(order)
                self.agenda.hold(order, faults, now_ns)
            else:
                self._enter(order, refusal, faults, now_ns, utc_ns)
        self._answered(inbound, faults, now_ns)

    def _enter(self, order: ExchangeOrder, refusal: i64, faults: Faults, now_ns: i64, utc_ns: i64) -> None:
        """An order enters the market, or is refused there."""
        if refusal == REASON_NONE and (faults.fill_permille < 1000 or faults.fill_lots >= 0):
            self._compete(order, filled_part(order.quantity_lots, faults), utc_ns)
            self.report(b"", b"", now_ns, utc_ns)
        self.matching.submit(order, refusal, utc_ns)
        self.report(b"", b"", now_ns, utc_ns)
        self.agenda.watch(order, faults, now_ns)

    def cancel(self, account: EntryAccount, inbound: Inbound, now_ns: i64, utc_ns: i64) -> None:
        """OrderCancelRequest."""
        message = inbound.message
        self.acceptor.flush(inbound.session, 0, now_ns)
        faults = self._faults_about(account, message.get(41), ON_CANCEL, now_ns)
        order = self.entry.find(account.participant, message.get(41))
        if not faults.is_lost:
            self._fill_first(order, faults, now_ns, utc_ns)
            if faults.reason != REASON_NONE:
                self.entry.refuse_cancel(account, message, faults.reason, utc_ns)
            elif order is not None and order.is_open() and not self._takes_cancels(order.instrument_index, utc_ns):
                self.entry.refuse_cancel(account, message, REASON_MARKET_CLOSED, utc_ns)
            else:
                self.entry.cancel(account, message, utc_ns)
            self.report(message.get(11), message.get(41), now_ns, utc_ns)
            if order is not None:
                self.agenda.watch(order, faults, now_ns)
        self._answered(inbound, faults, now_ns)

    def replace(self, account: EntryAccount, inbound: Inbound, now_ns: i64, utc_ns: i64) -> None:
        """OrderCancelReplaceRequest."""
        message = inbound.message
        self.acceptor.flush(inbound.session, 0, now_ns)
        faults = self._faults_about(account, message.get(41), ON_REPLACE, now_ns)
        order = self.entry.find(account.participant, message.get(41))
        if not faults.is_lost:
            self._fill_first(order, faults, now_ns, utc_ns)
            if faults.reason != REASON_NONE:
                self.entry.refuse_cancel(account, message, faults.reason, utc_ns, TO_REPLACE)
            else:
                self.entry.replace(account, message, utc_ns)
            self.report(b"", b"", now_ns, utc_ns)
            if order is not None:
                self.agenda.watch(order, faults, now_ns)
        self._answered(inbound, faults, now_ns)

    def _fill_first(self, order: ExchangeOrder | None, faults: Faults, now_ns: i64, utc_ns: i64) -> None:
        """The order trades just before the request about it."""
        first = faults.fills_first
        if first is None or order is None or not order.is_open():
            return
        lots = order.leaves_lots
        if 0 < first.fill_lots < lots:
            lots = first.fill_lots
        self.matching.fill_resting(order, COMPETITOR, lots, utc_ns)
        self.report(b"", b"", now_ns, utc_ns)

    def new_list(self, account: EntryAccount, inbound: Inbound, now_ns: i64, utc_ns: i64) -> None:
        """NewOrderList: each entry as a NewOrderSingle of its own."""
        message = inbound.message
        at = message.index_of(11)
        while at >= 0:
            following = message.index_of(11, at + 1)
            begin = message.start_at(at) - len(b"11=")
            end = message.start_at(following) - len(b"11=") if following >= 0 else message.frame.rindex(b"\x0110=") + 1
            frame = b"8=L\x0135=D\x0134=%d\x01%s" % (message.seq_num, message.frame[begin:end])
            entry = parse_message(frame, self.dialect.dictionary)
            self.new_order(account, Inbound(inbound.session, entry), now_ns, utc_ns)
            at = following

    def mass_request(self, account: EntryAccount, inbound: Inbound, now_ns: i64, utc_ns: i64) -> None:
        """OrderMassCancelRequest or OrderMassStatusRequest; no rule is about them."""
        if inbound.message.msg_type == MSG_ORDER_MASS_CANCEL:
            self.entry.cancel_all(account, inbound.message, utc_ns)
        else:
            self.entry.status_of_all(account, inbound.message, utc_ns)
        self.report(b"", b"", now_ns, utc_ns)

    def query(self, account: EntryAccount, inbound: Inbound, now_ns: i64, utc_ns: i64) -> None:
        """OrderStatusRequest."""
        self.acceptor.flush(inbound.session, 0, now_ns)
        faults = self._faults_about(account, inbound.message.get(11), ON_QUERY, now_ns)
        if faults.reason != REASON_NONE:
            self.refuse(inbound, BUSINESS_UNAVAILABLE, venue_text(faults.reason), now_ns, utc_ns)
        elif not faults.is_lost:
            self.entry.status(account, inbound.message, utc_ns)
            self.send_all(now_ns, utc_ns)
        self._answered(inbound, faults, now_ns)

    def _faults_about(self, account: EntryAccount, client_id: bytes, message: i64, now_ns: i64) -> Faults:
        """What shall happen to a request about an order that may or may not be known."""
        order = self.entry.find(account.participant, client_id)
        if order is None:
            return Faults()
        return self.plan.on_message(message, account.account, order.instrument_index, order.side, now_ns)

    def _answered(self, inbound: Inbound, faults: Faults, now_ns: i64) -> None:
        """The answer leaves when the faults let it, and the connection is cut when they say so."""
        if faults.delay_ns > 0:
            self.acceptor.flush(inbound.session, faults.delay_ns, now_ns)
        if faults.drops:
            self.acceptor.drop(inbound.session)

    def _is_throttled(self, session: i64, now_ns: i64) -> bool:
        """Count one order; whether its session had its whole number of them within the last second."""
        limit = self.settings.clients[session - 1].orders_per_second_max
        if limit == 0:
            return False
        sent = [at_ns for at_ns in self._sent_ns[session - 1] if now_ns - at_ns < NANOSECONDS_PER_SECOND]
        throttled = i64(len(sent)) >= limit
        if not throttled:
            sent.append(int(now_ns))
        self._sent_ns[session - 1] = sent
        return throttled

    def do_late(self, now_ns: i64, utc_ns: i64) -> None:
        """What was planned for orders and is due."""
        self.agenda.look(now_ns)
        for event in self.agenda.take_due(now_ns):
            order = event.order
            lacking = order.quantity_lots - order.cumulative_lots
            if event.kind == FAULT_HOLD and event.faults is not None:
                self.entry.held.remove(order)
                self._enter(order, REASON_NONE, event.faults, now_ns, utc_ns)
            elif event.kind == FAULT_LATE_FILL and lacking > 0:
                lots = event.lots if 0 < event.lots < lacking else lacking
                self.matching.fill_late(order, COMPETITOR, lots, utc_ns)
            elif event.kind == FAULT_FILL and order.is_open():
                lots = event.lots if 0 < event.lots < order.leaves_lots else order.leaves_lots
                self.matching.fill_resting(order, COMPETITOR, lots, utc_ns)
            elif event.kind == FAULT_CANCEL:
                self.matching.cancel(order.participant, order.client_id, event.reason, utc_ns)
            elif event.kind == FAULT_CLOSE:
                self.matching.close_day(order.instrument_index, utc_ns)
            elif event.kind == FAULT_BUST:
                self.matching.bust(order, utc_ns)
            elif event.kind == FAULT_CORRECT:
                self.matching.correct(order, event.lots if event.lots > 0 else 0, utc_ns)
            self.report(b"", b"", now_ns, utc_ns)

    def _compete(self, order: ExchangeOrder, filling_lots: i64, utc_ns: i64) -> None:
        """Somebody was faster: all but so much of the liquidity that the order would take is gone."""
        at = order.instrument_index
        if at == UNKNOWN_INSTRUMENT or self.matching.phases[at] != PHASE_OPEN:
            return
        crossing = self.matching.books[at].opposite(order.side).crossing_lots(order)
        excess = crossing - filling_lots
        largest = self.settings.instruments[at].quantity_max_lots
        count: i64 = 0
        while excess > 0 and count < COMPETITOR_ORDERS_MAX:
            size = excess if excess < largest else largest
            excess -= size
            count += 1
            rival = ExchangeOrder(
                COMPETITOR, 0, b"c", at, order.side, order.order_type, IMMEDIATE_OR_CANCEL, order.price_ticks, size
            )
            self.matching.submit(rival, REASON_NONE, utc_ns)

    def _takes_cancels(self, at: i64, utc_ns: i64) -> bool:
        """Whether an order that rests can be taken back: not in a phase that forbids it by the venue's published rules
        (reference/data/sessions.toml names them); always where a host opened the market, or only halted it."""
        clocks = self.settings.session_clocks
        return not clocks or self.matching.phases[at] != PHASE_CLOSED or clocks[at].may_cancel(utc_ns)

    def refuse(self, inbound: Inbound, reason: i64, text: bytes, now_ns: i64, utc_ns: i64) -> None:
        """BusinessMessageReject of a message."""
        message = inbound.message
        told = as_told(text, self.dialect.has_venue_codes)
        body = business_message_reject(self._writer, message.seq_num, message.msg_type, message.get(11), reason, told)
        self.acceptor.send(Outgoing(inbound.session, MSG_BUSINESS_REJECT, body), now_ns, utc_ns)

    def report(self, cancel_id: bytes, original_id: bytes, now_ns: i64, utc_ns: i64) -> None:
        """Send the reports of everything that happened at the matching engine since the last call."""
        self.entry.report_events(self.matching.take_events(), cancel_id, original_id)
        self.send_all(now_ns, utc_ns)

    def send_all(self, now_ns: i64, utc_ns: i64) -> None:
        """Send what the entry has written."""
        outbox = self.entry.outbox
        self.entry.outbox = []
        for outgoing in outbox:
            self.acceptor.send(outgoing, now_ns, utc_ns)


def filled_part(quantity_lots: i64, faults: Faults) -> i64:
    """How many lots of an order find a counterparty."""
    if faults.fill_lots < 0:
        return quantity_lots * faults.fill_permille // 1000
    return quantity_lots * faults.fill_lots // faults.fill_of if faults.fill_of > 0 else faults.fill_lots
