"""A drop copy over FIX: a session of its own over which a broker or venue sends copies of all reports about an account.

Theory of operation. The session only listens: log-on, heartbeats, resend requests for what it missed while the engine
was away (its numbers go on from run to run, as an order session's do). It may bring copies of several order sessions,
and of accounts that are none of ours. An ExecutionReport (8) is read as the order session that it is a copy of reads
its own (`report_reader.py`), by the same memory of ids: of those whose account (Account, 1) it names, or that it can
be about since it names none, the one that sent the order, else the one that trades the instrument. What is of another
account is passed over, which is on record once for each: two engines number their orders alike. They bear
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
EVENT_OTHER_ACCOUNT: Final = "other_account"
ACCOUNTS_NAMED_MAX: Final = 20
"""Accounts of others that are put on record."""
TAG_ACCOUNT: Final[i64] = 1
REPORT_TYPES: Final = (MSG_EXECUTION_REPORT,)


@final
class FixDropCopy(DropCopy):
    """The copies of order sessions' accounts over one FIX session.

    Args:
        source: number of the source in the engine.
        orders: the order sessions whose accounts are copied, one at least; the copies speak as the first does.
        next_in, next_out: sequence numbers as an earlier run left them.
    """

    def __init__(
        self, source: i64, settings: SessionSettings, step: Step, orders: list[FixOrders], next_in: i64, next_out: i64
    ) -> None:
        self.link: FixLink = FixLink(source, settings, step, next_in, next_out, orders[0].dialect.dictionary)
        self._readers: list[ReportReader] = [
            ReportReader(self.link, one.link.source, one.dialect, one.traded, one.ids, False) for one in orders
        ]
        self._others: list[bytes] = []
        self._receipts: list[Receipt] = []

    def opened(self) -> None:
        """The connection was made; the session logs on."""
        self.link.opened()

    def lost(self, reason: str) -> None:
        """The connection is gone; what it missed is resent behind the next log-on."""
        self.link.lost(reason)

    def receive(self, data: bytes) -> None:
        """Take in what one read returned; its receipts wait in `take_receipts`."""
        refused = self.link.refused_count(REPORT_TYPES)
        for message in self.link.receive(data):
            self.link.hear(message)
            self._handle(message)
        if self.link.refused_count(REPORT_TYPES) > refused:
            # Whose it was nobody knows: what may live on each of the routes is asked for.
            for reader in self._readers:
                receipt = Receipt(0, RECEIPT_STATUS, STATUS_UNKNOWN)
                reader.refuse(receipt, b"a copy was refused by the session, see its event")
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
            reader = self._reader_of(message)
            if reader is not None:
                self._add(reader.read(message))
        elif msg_type == MSG_REJECT or msg_type == MSG_BUSINESS_REJECT:
            # The session sends nothing but what keeps it up: the peer does not understand that.
            self.link.fault(EVENT_REFUSED, f"{shown(message.get(372))}: {shown(message.get(58))}")

    def _reader_of(self, message: FixMessage) -> ReportReader | None:
        """Of the order session that the report is a copy of; None when it is none of ours."""
        of_account = [reader for reader in self._readers if reader.is_of_account(message)]
        for reader in of_account:
            if reader.has_sent(message):
                return reader
        for reader in of_account:
            if reader.trades(message):
                return reader
        if len(of_account) == 0:
            self._note_other(message.get(TAG_ACCOUNT))
        return None

    def _note_other(self, account: bytes) -> None:
        if account not in self._others and len(self._others) < ACCOUNTS_NAMED_MAX:
            self._others.append(account)
            self.link.note(EVENT_OTHER_ACCOUNT, f"copies of account {shown(account)!r} are passed over")

    def _add(self, receipt: Receipt) -> None:
        receipt.is_copy = True
        self._receipts.append(receipt)
