"""HKEX Orion Central Gateway - Securities (OCG-C): what its FIX 5.0 SP2 sessions want besides the standard.

docs/protocols/hkex-ocg-c.md has every rule with its source, and what is not known.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import checked_multiply
from cross_market_connect.trading.doubt import IDS_PER_EPOCH
from cross_market_connect.venues.fix_broker.dialect import Dialect
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.encoder import TIME_MICROSECONDS, Template
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
9: 1328
"""


# ClOrdIDs are 1 to 99,999,999, without leading zeros and unique in a day: two digits for the run, six for its order.
RUNS_A_DAY_MAX: Final[i64] = 90
FIRST_RUN_DIGITS: Final[i64] = 10
ORDERS_A_RUN_MAX: Final[i64] = 1_000_000

ONE_E4: Final[i64] = 10_000

TAG_SECURITY_ID: Final[i64] = 48
# PartyRole (452).
ROLE_BROKER: Final = b"1"
ROLE_CLIENT: Final = b"3"
PARTY_SOURCE: Final = b"D"


@final
class OcgCDialect(Dialect):
    """Orders as OCG-C has them: no Symbol, no Account, no HandlInst, no OrderStatusRequest.

    Args:
        client: the BCAN field, `CE number.BCAN`; b"" where none is given.
    """

    def __init__(self, client: bytes) -> None:
        super().__init__(ocg_c_dictionary())
        self.names_mass_reports = True
        self.has_status_requests = False
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

    def _parties(self, broker: bytes) -> list[tuple[int, bytes]]:
        fields = [(453, b"1" if not self._client else b"2")]
        fields += [(448, broker), (447, PARTY_SOURCE), (452, ROLE_BROKER)]
        if self._client:
            fields += [(448, self._client), (447, PARTY_SOURCE), (452, ROLE_CLIENT)]
        return fields


def instrument_fields(symbol: bytes, mic: bytes) -> list[tuple[int, bytes]]:
    """SecurityID (48) as the exchange's symbol, which it takes without leading zeros only."""
    return [(48, symbol), (22, b"8"), (207, mic)]


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


def gateway_settings(comp_id: bytes, client_comp_id: bytes, password_check: PasswordCheck) -> SessionSettings:
    """The exchange's end of a session, for a simulated one."""
    return SessionSettings(
        ocg_c_dictionary().begin_string,
        comp_id,
        client_comp_id,
        ROLE_ACCEPTOR,
        HEARTBEAT_S,
        resend_application_messages=True,
        logon_timeout_s=ANSWER_TIMEOUT_S,
        logout_timeout_s=ANSWER_TIMEOUT_S,
        time_decimals=TIME_MICROSECONDS,
        next_expected=True,
        password_check=password_check,
    )
