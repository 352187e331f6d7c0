"""What a FIX session must know about itself and its counterparty; validated once, all faults at the same time."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.wire.fix.encoder import TIME_MILLISECONDS
from cross_market_connect.wire.fix.message import MESSAGE_BYTES_MAX, SOH_BYTE
from cross_market_connect.wire.fix.session_status import PasswordCheck

ROLE_INITIATOR: Final[i64] = 0
"""Connects and sends the first Logon: our engine."""
ROLE_ACCEPTOR: Final[i64] = 1
"""Listens and answers the Logon: a venue."""

HEARTBEAT_S_MAX: Final[i64] = 3600
MESSAGE_BYTES_MIN: Final[i64] = 512


@final
class SessionSettings:
    """Settings of one FIX session.

    Args:
        begin_string: BeginString(8), e.g. b"FIX.4.4"; must be the dictionary's.
        sender_comp_id: our SenderCompID(49).
        target_comp_id: the counterparty's CompID.
        role: ROLE_INITIATOR or ROLE_ACCEPTOR.
        heartbeat_interval_s: HeartBtInt(108) that an initiator asks for; an acceptor takes the initiator's.
        reset_on_logon: new sequence numbers at every logon: an initiator asks for them with ResetSeqNumFlag(141)=Y in
            its Logon, an acceptor with a second Logon right after the first.
        username, password_placeholder: sent by an initiator as 553 and 554; the shell puts the secret in place of the
            placeholder (`fill_secret`), so that neither log nor capture of this core sees it.
        credentials: username to password, checked by an acceptor; None checks nobody.
        sending_time_tolerance_s: largest difference of SendingTime(52) to our clock; 0 does not check.
        resend_application_messages: answer a ResendRequest with stored application messages. False gap-fills over
            them: what an order sender wants, whose old orders must not reach the market late.
        logon_timeout_s: from connection to a completed logon.
        logout_timeout_s: from our Logout to the counterparty's.
        time_decimals: decimals of the second in SendingTime.
        message_bytes_max: largest message accepted.
        next_expected: say in the Logon which number is expected, with NextExpectedMsgSeqNum(789), and fill what the
            counterparty says it misses without being asked; for counterparties that agreed on it, from FIX 4.4 on.
        resend_range_max: most messages asked for by one ResendRequest; a longer gap is asked for in ranges one after
            another. 0 asks for the whole gap at once.
        resend_open_ended: ask with EndSeqNo(16)=0, "and all after it", for counterparties that know nothing else.
        encrypted_password_method: EncryptedPasswordMethod(1400): an initiator's secret goes into EncryptedPassword
            (1402) instead of Username and Password, encrypted by the shell; 0 for plain ones.
        encrypted_password_length: of what the shell puts there, EncryptedPasswordLen(1401).
        time_offset_s: what the times in messages are ahead of UTC, ours and the counterparty's.
        application_version: DefaultCstmApplVerID(1408) of a Logon; b"" leaves it out.
        password_check: decides about EncryptedPassword at an acceptor, which then says SessionStatus(1409).
    Raises:
        InputError: naming every setting that does not fit.
    """

    def __init__(
        self,
        begin_string: bytes,
        sender_comp_id: bytes,
        target_comp_id: bytes,
        role: i64,
        heartbeat_interval_s: i64 = 30,
        reset_on_logon: bool = False,
        username: bytes = b"",
        password_placeholder: bytes = b"",
        credentials: dict[bytes, bytes] | None = None,
        sending_time_tolerance_s: i64 = 120,
        resend_application_messages: bool = False,
        logon_timeout_s: i64 = 10,
        logout_timeout_s: i64 = 5,
        time_decimals: i64 = TIME_MILLISECONDS,
        message_bytes_max: i64 = MESSAGE_BYTES_MAX,
        next_expected: bool = False,
        resend_range_max: i64 = 0,
        resend_open_ended: bool = False,
        encrypted_password_method: i64 = 0,
        encrypted_password_length: i64 = 0,
        password_check: PasswordCheck | None = None,
        time_offset_s: i64 = 0,
        application_version: bytes = b"",
    ) -> None:
        self.begin_string: bytes = begin_string
        self.sender_comp_id: bytes = sender_comp_id
        self.target_comp_id: bytes = target_comp_id
        self.role: i64 = role
        self.heartbeat_interval_s: i64 = heartbeat_interval_s
        self.reset_on_logon: bool = reset_on_logon
        self.username: bytes = username
        self.password_placeholder: bytes = password_placeholder
        self.credentials: dict[bytes, bytes] | None = credentials
        self.sending_time_tolerance_s: i64 = sending_time_tolerance_s
        self.resend_application_messages: bool = resend_application_messages
        self.logon_timeout_s: i64 = logon_timeout_s
        self.logout_timeout_s: i64 = logout_timeout_s
        self.time_decimals: i64 = time_decimals
        self.message_bytes_max: i64 = message_bytes_max
        self.next_expected: bool = next_expected
        self.resend_range_max: i64 = resend_range_max
        self.resend_open_ended: bool = resend_open_ended
        self.encrypted_password_method: i64 = encrypted_password_method
        self.encrypted_password_length: i64 = encrypted_password_length
        self.password_check: PasswordCheck | None = password_check
        self.time_offset_ns: i64 = time_offset_s * NANOSECONDS_PER_SECOND
        self.application_version: bytes = application_version
        faults = self._faults()
        if faults:
            raise InputError(faults)

    @property
    def name(self) -> str:
        """`SENDER->TARGET`, our CompID first, for people."""
        sender = self.sender_comp_id.decode("ascii", "backslashreplace")
        return f"{sender}->{self.target_comp_id.decode('ascii', 'backslashreplace')}"

    def _faults(self) -> list[str]:
        faults: list[str] = []
        for name, value in (
            ("begin_string", self.begin_string),
            ("sender_comp_id", self.sender_comp_id),
            ("target_comp_id", self.target_comp_id),
        ):
            if not value or SOH_BYTE in value:
                faults.append(f"fix session {name}: {value!r}; expected text without delimiter")
        for name, value in (
            ("username", self.username),
            ("password_placeholder", self.password_placeholder),
            ("application_version", self.application_version),
        ):
            if SOH_BYTE in value:
                faults.append(f"fix session {name}: contains the field delimiter; expected text without it")
        if self.role not in (ROLE_INITIATOR, ROLE_ACCEPTOR):
            faults.append(f"fix session role: {self.role}; expected initiator or acceptor")
        if self.heartbeat_interval_s < 0 or self.heartbeat_interval_s > HEARTBEAT_S_MAX:
            faults.append(f"fix session heartbeat_interval_s: {self.heartbeat_interval_s}; expected 0 to 3600")
        if self.sending_time_tolerance_s < 0:
            faults.append(f"fix session sending_time_tolerance_s: {self.sending_time_tolerance_s}; expected 0 or more")
        for name, seconds in (("logon_timeout_s", self.logon_timeout_s), ("logout_timeout_s", self.logout_timeout_s)):
            if seconds <= 0:
                faults.append(f"fix session {name}: {seconds}; expected more than 0")
        if self.message_bytes_max < MESSAGE_BYTES_MIN or self.message_bytes_max > MESSAGE_BYTES_MAX:
            faults.append(
                f"fix session message_bytes_max: {self.message_bytes_max}; "
                f"expected {MESSAGE_BYTES_MIN} to {MESSAGE_BYTES_MAX}"
            )
        if self.resend_range_max < 0 or (self.resend_range_max > 0 and self.resend_open_ended):
            faults.append(
                f"fix session resend_range_max: {self.resend_range_max}; "
                "expected 0 or more, and 0 where resend_open_ended is set"
            )
        if (self.encrypted_password_method > 0) != (self.encrypted_password_length > 0):
            faults.append(
                f"fix session encrypted_password_length: {self.encrypted_password_length}; "
                f"expected it together with encrypted_password_method ({self.encrypted_password_method})"
            )
        return faults
