"""HKEX Orion Central Gateway - Securities (OCG-C): what its FIX 5.0 SP2 sessions want besides the standard.

docs/protocols/hkex-ocg-c.md has every rule with its source, and what is not known.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import checked_multiply
from cross_market_connect.matching.orders import (
    REASON_BUSY,
    REASON_DISCONNECTED,
    REASON_DUPLICATE_ID,
    REASON_HALTED,
    REASON_MASS_CANCEL,
    REASON_PERMISSION,
    REASON_PRICE_LIMITS,
    REASON_QUANTITY_MAX,
    REASON_QUANTITY_STEP,
    REASON_REQUESTED,
    REASON_SELF_TRADE,
    REASON_TOO_LATE,
    REASON_UNKNOWN_ORDER,
)
from cross_market_connect.trading.doubt import IDS_PER_EPOCH
from cross_market_connect.venues.fix_broker.dialect import UNSAID, Dialect
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.encoder import TIME_MICROSECONDS, Template
from cross_market_connect.wire.fix.message import FixMessage
from cross_market_connect.wire.fix.messages import ExecutionReport
from cross_market_connect.wire.fix.session_status import PasswordCheck
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of

VERSION: Final = "FIX.5.0SP2"
HEARTBEAT_S: Final[i64] = 20
# Without an answer to Logon or Logout the client waits for so long, and for as long before it tries again.
ANSWER_TIMEOUT_S: Final[i64] = 60
# After a disconnection, by whomever.
RECONNECT_MS: Final = 10_000
ENCRYPTED_PASSWORD_METHOD: Final[i64] = 101
KEY_BITS: Final = 2048
# 256 bytes in base 64.
ENCRYPTED_PASSWORD_LENGTH: Final[i64] = 344

EXTRA_FIELDS: Final = """
1328 RejectText STRING; 1812 NoDisclosureInstructions NUMINGROUP; 1813 DisclosureType INT
1814 DisclosureInstruction INT; 2362 SelfMatchPreventionID STRING
"""
EXTRA_MEMBERS: Final = """
D: 1093 1812(1813 1814) 2362
G: 1812(1813 1814)
8: 1328 2362
9: 453(448 447 452) 1328
"""


# ClOrdIDs are 1 to 99,999,999, without leading zeros and unique in a day: two digits for the run, six for its order.
RUNS_A_DAY_MAX: Final[i64] = 90
FIRST_RUN_DIGITS: Final[i64] = 10
ORDERS_A_RUN_MAX: Final[i64] = 1_000_000
CLIENT_ID_BYTES_MAX: Final[i64] = 8

ONE_E4: Final[i64] = 10_000

TAG_SECURITY_ID: Final[i64] = 48
# PartyRole (452).
ROLE_BROKER: Final = b"1"
ROLE_CLIENT: Final = b"3"
PARTY_SOURCE: Final = b"D"

TAG_REJECT_TEXT: Final[i64] = 1328
THROTTLED: Final[i64] = 8
# OrdRejReason (103) and CxlRejReason (102) by REASON_*; every other one is REASON_ELSE.
REASON_ELSE: Final[i64] = 99
ORD_REJ_REASONS: Final[dict[int, int]] = {
    int(REASON_QUANTITY_MAX): 3,
    int(REASON_DUPLICATE_ID): 6,
    int(REASON_QUANTITY_STEP): 13,
    int(REASON_PRICE_LIMITS): 16,
}
CXL_REJ_REASONS: Final[dict[int, int]] = {
    int(REASON_TOO_LATE): 0,
    int(REASON_UNKNOWN_ORDER): 1,
    int(REASON_DUPLICATE_ID): 6,
}
# ExecRestatementReason (378) of a cancel; one that was asked for says none, every other one market operation.
RESTATEMENT_OPERATION: Final[i64] = 8
RESTATEMENTS: Final[dict[int, int]] = {
    int(REASON_REQUESTED): int(UNSAID),
    int(REASON_HALTED): 6,
    int(REASON_SELF_TRADE): 17,
    int(REASON_MASS_CANCEL): 103,
    int(REASON_DISCONNECTED): 104,
    int(REASON_PERMISSION): 105,
    int(REASON_BUSY): 107,
}


@final
class OcgCDialect(Dialect):
    """Orders as OCG-C has them: no Symbol, no Account, no HandlInst, no lists, no questions about orders.

    Args:
        client: the BCAN field, `CE number.BCAN`; b"" where none is given.
    """

    def __init__(self, client: bytes) -> None:
        super().__init__(ocg_c_dictionary())
        self.names_mass_reports = True
        self.has_status_requests = self.has_mass_status = False
        self.has_order_lists = False
        # How an amendment is answered is not known, so none is made.
        self.has_replaces = False
        self.has_trade_corrections = self.has_venue_codes = False
        self.text_tag = TAG_REJECT_TEXT
        self.time_decimals = TIME_MICROSECONDS
        self.uses_ids_once = True
        self.throttle_reason = THROTTLED
        self.symbol_tag = TAG_SECURITY_ID
        self.has_own_ids = True
        self._client: bytes = client
        self._epoch: i64 = 0

    def begin_epoch(self, epoch: i64) -> None:
        self._epoch = epoch

    def client_id(self, number: i64) -> bytes:
        """Raises InvariantError when a run has used up its numbers: the next run has new ones."""
        count = number % IDS_PER_EPOCH
        if count >= ORDERS_A_RUN_MAX:
            raise InvariantError(f"OCG-C: more than {ORDERS_A_RUN_MAX - 1} ClOrdIDs in a run")
        return b"%d" % ((FIRST_RUN_DIGITS + number // IDS_PER_EPOCH % RUNS_A_DAY_MAX) * ORDERS_A_RUN_MAX + count)

    def units_per_lot(self, instrument: Instrument) -> i64:
        """Quantities are in shares; a lot is what one tick of the price is worth, divided by the tick."""
        scale: i64 = 1
        for _ in range(instrument.price_decimals):
            scale *= 10
        tick_value = checked_multiply(instrument.tick_value_e4, scale)
        return tick_value // checked_multiply(instrument.tick_units, ONE_E4)

    def number_of(self, client_id: i64) -> i64:
        """Of the newest run that it can be of."""
        digits = client_id // ORDERS_A_RUN_MAX
        count = client_id % ORDERS_A_RUN_MAX
        if digits < FIRST_RUN_DIGITS or digits >= FIRST_RUN_DIGITS + RUNS_A_DAY_MAX or count == 0:
            return 0
        epoch = self._epoch - (self._epoch - digits + FIRST_RUN_DIGITS) % RUNS_A_DAY_MAX
        return epoch * IDS_PER_EPOCH + count if epoch > 0 else 0

    def order_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        """`account` is the broker number; nothing is to be disclosed."""
        disclosure = [(1812, b"1"), (1813, b"100"), (1814, b"1")]
        return Template(self._parties(account) + disclosure + instrument_fields(symbol, mic))

    def request_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        return Template(self._parties(account) + instrument_fields(symbol, mic))

    def mass_template(self, account: bytes) -> Template:
        return Template(broker_fields(account, 1))

    def _parties(self, broker: bytes) -> list[tuple[int, bytes]]:
        if not self._client:
            return broker_fields(broker, 1)
        return broker_fields(broker, 2) + [(448, self._client), (447, PARTY_SOURCE), (452, ROLE_CLIENT)]

    # ------------------------------------------------------------------ the exchange's end

    def shape(self, report: ExecutionReport) -> None:
        """The broker is among the parties; an account is nothing that OCG-C knows."""
        report.account = b""

    def report_template(self, account: bytes, symbol: bytes, mic: bytes) -> Template:
        """The BCAN is not echoed."""
        return Template(broker_fields(account, 1) + instrument_fields(symbol, mic))

    def is_of(self, message: FixMessage, account: bytes) -> bool:
        """The broker number must be there."""
        at = message.index_of(448)
        while at >= 0:
            role = message.index_of(452, at)
            if role >= 0 and message.value_at(role) == ROLE_BROKER:
                return message.value_at(at) == account
            at = message.index_of(448, at + 1)
        return False

    def is_client_id(self, text: bytes) -> bool:
        return 0 < len(text) <= CLIENT_ID_BYTES_MAX and text.isdigit() and not text.startswith(b"0")

    def reject_reason(self, reason: i64, usual: i64) -> i64:
        return ORD_REJ_REASONS.get(int(reason), int(REASON_ELSE))

    def cancel_reject_reason(self, reason: i64, usual: i64) -> i64:
        return CXL_REJ_REASONS.get(int(reason), int(REASON_ELSE))

    def restatement(self, reason: i64) -> i64:
        return RESTATEMENTS.get(int(reason), int(RESTATEMENT_OPERATION))


def broker_fields(broker: bytes, count: i64) -> list[tuple[int, bytes]]:
    """Parties (453) of `count` entries, of which the broker number is the first."""
    return [(453, b"%d" % count), (448, broker), (447, PARTY_SOURCE), (452, ROLE_BROKER)]


def instrument_fields(symbol: bytes, mic: bytes) -> list[tuple[int, bytes]]:
    """SecurityID (48) as the exchange's symbol, which it takes without leading zeros only."""
    fields = [(48, symbol), (22, b"8")]
    return [*fields, (207, mic)] if mic else fields


def ocg_c_dictionary() -> Dictionary:
    """FIX 5.0 SP2 with the fields that OCG-C has from later extension packs."""
    return dictionary_of(VERSION, EXTRA_FIELDS, EXTRA_MEMBERS)


def client_settings(
    comp_id: bytes, target_comp_id: bytes, password_placeholder: bytes, sending_time_tolerance_s: i64 = 120
) -> SessionSettings:
    """Our end of a session; the shell encrypts the password."""
    return SessionSettings(
        ocg_c_dictionary().begin_string,
        comp_id,
        target_comp_id,
        ROLE_INITIATOR,
        HEARTBEAT_S,
        password_placeholder=password_placeholder,
        sending_time_tolerance_s=sending_time_tolerance_s,
        logon_timeout_s=ANSWER_TIMEOUT_S,
        logout_timeout_s=ANSWER_TIMEOUT_S,
        time_decimals=TIME_MICROSECONDS,
        next_expected=True,
        encrypted_password_method=ENCRYPTED_PASSWORD_METHOD,
        encrypted_password_length=ENCRYPTED_PASSWORD_LENGTH,
    )


def gateway_settings(
    comp_id: bytes, client_comp_id: bytes, password_check: PasswordCheck | None, sending_time_tolerance_s: i64 = 120
) -> SessionSettings:
    """The exchange's end of a session, for a simulated one; without a check every password is right."""
    return SessionSettings(
        ocg_c_dictionary().begin_string,
        comp_id,
        client_comp_id,
        ROLE_ACCEPTOR,
        HEARTBEAT_S,
        sending_time_tolerance_s=sending_time_tolerance_s,
        resend_application_messages=True,
        logon_timeout_s=ANSWER_TIMEOUT_S,
        logout_timeout_s=ANSWER_TIMEOUT_S,
        time_decimals=TIME_MICROSECONDS,
        next_expected=True,
        password_check=password_check,
    )
