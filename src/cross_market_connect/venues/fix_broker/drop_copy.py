"""A drop copy over FIX: a session of its own over which a broker or venue sends copies of all reports about an account.

Theory of operation. The session only listens: log-on, heartbeats, resend requests for what it missed while the engine
was away (its numbers go on from run to run, as an order session's do). ExecutionReports (8) are read as the order
session that they are copies of reads its own (`report_reader.py`), by the same memory of ids; they bear
CopyMsgIndicator (797) where the version has it, which changes nothing here. Copies of refused cancels (9) and of what
else the broker likes to send are no evidence about a fill or an end, and are passed over.

What of the copies counts is not decided here: see `trading/copies.py`.

Source: FIX 4.4 Volume 4, "ExecutionReport" ("drop copy"), Volume 6, CopyMsgIndicator (797).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.order import RECEIPT_STATUS, STATUS_UNKNOWN, Receipt
from cross_market_connect.domain.ports import DropCopy
from cross_market_connect.domain.step import Step
from cross_market_connect.venues.fix_broker.link import FixLink, shown
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.fix_broker.report_reader import ReportReader
from cross_market_connect.wire.fix.encoder import MSG_BUSINESS_REJECT, MSG_EXECUTION_REPORT, MSG_REJECT
from cross_market_connect.wire.fix.message import FixMessage
from cross_market_connect.wire.fix.settings import SessionSettings

EVENT_REFUSED: Final = "message_refused"


@final
class FixDropCopy(DropCopy):
    """The copies of one order session's account over one FIX session.

    Args:
        source: number of the source in the engine.
        orders: the order session whose account is copied; the copies speak as it does.
        next_in, next_out: sequence numbers as an earlier run left them.
    """

    def __init__(
        self, source: i64, settings: SessionSettings, step: Step, orders: FixOrders, next_in: i64, next_out: i64
    ) -> None:
        dialect = orders.dialect
        self.link: FixLink = FixLink(source, settings, step, next_in, next_out, dialect.dictionary)
        self._route: i64 = orders.link.source
        self._reader: ReportReader = ReportReader(self.link, self._route, dialect, orders.traded, orders.ids, False)
        self._receipts: list[Receipt] = []

    def opened(self) -> None:
        """The connection was made; the session logs on."""
        self.link.opened()

    def lost(self, reason: str) -> None:
        """The connection is gone; what it missed is resent behind the next log-on."""
        self.link.lost(reason)

    def receive(self, data: bytes) -> None:
        """Take in what one read returned; its receipts wait in `take_receipts`."""
        refused = self.link.refused_count()
        for message in self.link.receive(data):
            self.link.hear(message)
            self._handle(message)
        if self.link.refused_count() > refused:
            receipt = Receipt(0, RECEIPT_STATUS, STATUS_UNKNOWN)
            self._reader.refuse(receipt, b"a copy was refused by the session, see its event")
            self._add(receipt)

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

    def next_numbers(self) -> tuple[int, int]:
        return self.link.session.next_in, self.link.session.next_out

    def outgoing(self) -> bytes:
        """Drain the bytes to send."""
        return self.link.outgoing()

    def outgoing_has_secret(self) -> bool:
        """Whether the bytes drained last carry the password placeholder."""
        return self.link.outgoing_has_secret()

    def must_close(self) -> bool:
        """Whether the connection is to be closed once everything is sent."""
        return self.link.must_close()

    def take_receipts(self) -> list[Receipt]:
        """Receipts decoded since the last call."""
        taken = self._receipts
        self._receipts = []
        return taken

    def _handle(self, message: FixMessage) -> None:
        msg_type = message.msg_type
        if msg_type == MSG_EXECUTION_REPORT:
            self._add(self._reader.read(message))
        elif msg_type == MSG_REJECT or msg_type == MSG_BUSINESS_REJECT:
            # The session sends nothing but what keeps it up: the peer does not understand that.
            self.link.fault(EVENT_REFUSED, f"{shown(message.get(372))}: {shown(message.get(58))}")

    def _add(self, receipt: Receipt) -> None:
        receipt.is_copy = True
        self._receipts.append(receipt)
