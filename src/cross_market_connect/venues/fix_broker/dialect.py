"""What differs between FIX versions in messages about orders: chosen once per session, for both of its ends.

                       FIX 4.2                                  FIX 4.4                 FIX 5.0 SP2
    what a report is   ExecTransType (20), then ExecType (150)  ExecType                ExecType
    a trade            150=1 or 2, 20=0                         150=F                   150=F
    bust, correction   20=1, 20=2                               150=H, 150=G            150=H, 150=G
    answer to status   20=3                                     150=I                   150=I
    whose order        Account (1)                              Account                 Account, Parties (453)
    mass requests      none                                     q, r, AF                q, r, AF; r names itself (1369)

What an exchange does by one of several ways that the standard leaves open is here as well, for the simulated ones.

Sources: FIX 4.2 with Errata 20010501, "Execution Report" and its appendix of order states; FIX 4.4 Volume 4; FIX 5.0
SP2 Volumes 1 (Parties) and 4. A counterparty's own fields come as rows of `wire/fix/dictionary.py`.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import (
    RECEIPT_PARTIAL_FILL,
    RECEIPT_STATUS,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
)
from cross_market_connect.venues.fix_broker import reports
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.encoder import (
    MSG_NEW_ORDER_LIST,
    MSG_ORDER_CANCEL_REPLACE,
    MSG_ORDER_MASS_CANCEL,
    MSG_ORDER_MASS_STATUS,
    MSG_ORDER_STATUS_REQUEST,
    TIME_MILLISECONDS,
    Template,
)
from cross_market_connect.wire.fix.message import FixMessage
from cross_market_connect.wire.fix.messages import ExecutionReport, instrument_template, symbol_template
from cross_market_connect.wire.fix.versions import dictionary_of

# ExecTransType (20) of FIX 4.2: new, cancel, correct, status.
TRANS_NEW: Final[i64] = 48
TRANS_CANCEL: Final[i64] = 49
TRANS_CORRECT: Final[i64] = 50
TRANS_STATUS: Final[i64] = 51
EXEC_PARTIAL_FILL: Final[i64] = 49
EXEC_FILL: Final[i64] = 50
EXEC_TRADE: Final[i64] = 70
EXEC_TRADE_CORRECT: Final[i64] = 71
EXEC_TRADE_CANCEL: Final[i64] = 72
EXEC_STATUS: Final[i64] = 73

# PartyIDSource (447): the broker's own code. PartyRole (452): customer account.
PARTY_SOURCE: Final = b"D"
PARTY_ROLE: Final = b"24"

TAG_SYMBOL: Final[i64] = 55
TAG_TEXT: Final[i64] = 58
# "Left out" of a reason's code.
UNSAID: Final[i64] = -1


class Dialect:
    """FIX 4.4, and what the other versions have in common with it.

    Attributes:
        dictionary: the version's, with the counterparty's own rows.
        has_order_lists: whether it has NewOrderList (E).
        has_replaces: whether it has OrderCancelReplaceRequest (G).
        has_mass_cancels, has_mass_status: whether it has OrderMassCancelRequest (q), OrderMassStatusRequest (AF).
        names_mass_reports: whether an OrderMassCancelReport (r) has an id of its own (1369).
        has_status_requests: whether it has OrderStatusRequest (H).
        symbol_tag: the field that names the instrument as the venue does.
        has_own_ids: its ClOrdIDs (11) are not our numbers' decimal digits: `client_id`, `number_of`.
        has_trade_corrections: whether it says that a trade has another quantity than it had.
        has_venue_codes: the simulated venues' texts begin with a code of their own (`rejects.VENUE_CODES`).
        text_tag: the field in which a report or an OrderCancelReject says in words why.
        time_decimals: of the second, in times of day.
        uses_ids_once: an exchange takes a ClOrdID once in a day, whether of an order or of a request.
        throttle_reason: BusinessRejectReason (380) of an order over the throttle; UNSAID where a report refuses it.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary: Dictionary = dictionary
        self.has_order_lists: bool = True
        self.has_replaces: bool = True
        self.has_mass_cancels: bool = True
        self.has_mass_status: bool = True
        self.names_mass_reports: bool = False
        self.has_status_requests: bool = True
        self.symbol_tag: i64 = TAG_SYMBOL
        self.has_own_ids: bool = False
        self.has_trade_corrections: bool = True
        self.has_venue_codes: bool = True
        self.text_tag: i64 = TAG_TEXT
        self.time_decimals: i64 = TIME_MILLISECONDS
        self.uses_ids_once: bool = False
        self.throttle_reason: i64 = UNSAID

    def begin_epoch(self, epoch: i64) -> None:
        """A run begins; the numbers of its orders begin with its epoch."""

    def client_id(self, number: i64) -> bytes:
        """ClOrdID (11) of an order or a request; only where `has_own_ids`."""
        raise InvariantError("a dialect without ids of its own was asked for one")

    def units_per_lot(self, instrument: Instrument) -> i64:
        """How many of what OrderQty (38) counts are in a lot."""
        return 1

    def number_of(self, client_id: i64) -> i64:
        """The order or request of a ClOrdID that is a number; 0 for one that cannot be ours."""
        return client_id

    def receipt_kind(self, message: FixMessage) -> i64:
        """RECEIPT_* of an ExecutionReport; `reports.NO_KIND` for one that the version does not have."""
        return reports.receipt_kind(message.get_char(150))

    def shape(self, report: ExecutionReport) -> None:
        """Turn what happened, told as FIX 4.4 has it, into the version's codes."""

    def order_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        """What all orders of an account in an instrument have in common."""
        return instrument_template(account, symbol, mic)

    def request_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        """The same of cancels and status requests."""
        return symbol_template(symbol, mic)

    def mass_template(self, account: bytes) -> Template:
        """What requests about all orders of an account say of it."""
        return Template([])

    # ------------------------------------------------------------------ the exchange's end

    def report_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        """The same of the exchange's reports; an empty `mic` is left out."""
        return symbol_template(symbol, mic)

    def takes(self, msg_type: bytes) -> bool:
        """Whether there is a message of this type, of those that not every dialect has."""
        if msg_type == MSG_ORDER_STATUS_REQUEST:
            return self.has_status_requests
        if msg_type == MSG_NEW_ORDER_LIST:
            return self.has_order_lists
        if msg_type == MSG_ORDER_CANCEL_REPLACE:
            return self.has_replaces
        if msg_type == MSG_ORDER_MASS_CANCEL:
            return self.has_mass_cancels
        return self.has_mass_status or msg_type != MSG_ORDER_MASS_STATUS

    def is_of(self, message: FixMessage, account: bytes) -> bool:
        """Whether an order or a request may be of this account: it names no other one."""
        stated, party = message.get(1), message.get(448)
        return (not stated or stated == account) and (not party or party == account)

    def is_client_id(self, text: bytes) -> bool:
        """Whether the exchange takes this as a ClOrdID (11)."""
        return True

    def reject_reason(self, reason: i64, usual: i64) -> i64:
        """OrdRejReason (103) of a REASON_* of the matching engine, of which `usual` is FIX 4.4's."""
        return usual

    def cancel_reject_reason(self, reason: i64, usual: i64) -> i64:
        """CxlRejReason (102), in the same way."""
        return usual

    def restatement(self, reason: i64) -> i64:
        """ExecRestatementReason (378) of a cancel for a REASON_*; UNSAID for none."""
        return UNSAID


@final
class Dialect42(Dialect):
    """FIX 4.2."""

    def __init__(self, dictionary: Dictionary) -> None:
        super().__init__(dictionary)
        self.has_mass_cancels = self.has_mass_status = False

    def receipt_kind(self, message: FixMessage) -> i64:
        transaction = message.get_char(20)
        if transaction == TRANS_STATUS:
            return RECEIPT_STATUS
        if transaction == TRANS_CANCEL:
            return RECEIPT_TRADE_CANCEL
        if transaction == TRANS_CORRECT:
            return RECEIPT_TRADE_CORRECT
        exec_type = message.get_char(150)
        if exec_type == EXEC_PARTIAL_FILL or exec_type == EXEC_FILL:
            return RECEIPT_PARTIAL_FILL
        return reports.receipt_kind(exec_type)

    def shape(self, report: ExecutionReport) -> None:
        exec_type = report.exec_type
        report.exec_trans_type = TRANS_NEW
        if exec_type == EXEC_TRADE:
            report.exec_type = EXEC_FILL if report.leaves_quantity == 0 else EXEC_PARTIAL_FILL
            return
        if exec_type == EXEC_TRADE_CANCEL:
            report.exec_trans_type = TRANS_CANCEL
        elif exec_type == EXEC_TRADE_CORRECT:
            report.exec_trans_type = TRANS_CORRECT
        elif exec_type == EXEC_STATUS:
            report.exec_trans_type = TRANS_STATUS
        else:
            return
        report.exec_type = report.ord_status


@final
class Dialect50(Dialect):
    """FIX 5.0 SP2 over FIXT 1.1."""

    def __init__(self, dictionary: Dictionary) -> None:
        super().__init__(dictionary)
        self.names_mass_reports = True

    def order_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        return joined(party_template(account), instrument_template(account, symbol, mic))

    def request_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        return joined(party_template(account), symbol_template(symbol, mic))


@final
class TradedInstrument:
    """One instrument of the venue with its ready-made fields."""

    def __init__(self, dialect: Dialect, instrument: Instrument, account: bytes, mic: bytes) -> None:
        symbol = instrument.venue_symbol.encode()
        self.instrument: Instrument = instrument
        self.order_fields: Template = dialect.order_template(account, symbol, mic)
        self.symbol_fields: Template = dialect.request_template(account, symbol, mic)
        self.units_per_lot: i64 = dialect.units_per_lot(instrument)


def party_template(account: bytes) -> Template:
    """Parties: one, the customer account (Volume 1, "Parties")."""
    if not account:
        return Template([])
    return Template([(453, b"1"), (448, account), (447, PARTY_SOURCE), (452, PARTY_ROLE)])


def joined(first: Template, second: Template) -> Template:
    """Both templates' fields, one behind the other."""
    result = Template([])
    result.constant = first.constant + second.constant
    return result


def dialect_of(version: str = "FIX.4.4", extra_fields: str = "", extra_members: str = "") -> Dialect:
    """The dialect of a version with a counterparty's own rows. Raises InputError as `dictionary_of` does."""
    dictionary = dictionary_of(version, extra_fields, extra_members)
    if version == "FIX.4.2":
        return Dialect42(dictionary)
    if version == "FIX.5.0SP2":
        return Dialect50(dictionary)
    return Dialect(dictionary)
