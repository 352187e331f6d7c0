"""HKEX Orion Central Gateway - Securities (OCG-C): what its FIX 5.0 SP2 sessions want besides the standard.

docs/protocols/hkex-ocg-c.md has every rule with its source, and what is not known.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.encoder import TIME_MICROSECONDS
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


def ocg_c_dictionary() -> Dictionary:
    """FIX 5.0 SP2 with the fields that OCG-C has from later extension packs."""
    return dictionary_of(VERSION, EXTRA_FIELDS, EXTRA_MEMBERS)


def client_settings(comp_id: bytes, target_comp_id: bytes, password_placeholder: bytes) -> SessionSettings:
    """Our end of a session; the shell encrypts the password."""
    return SessionSettings(
        ocg_c_dictionary().begin_string,
        comp_id,
        target_comp_id,
        ROLE_INITIATOR,
        HEARTBEAT_S,
        password_placeholder=password_placeholder,
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
