"""Inspection of received messages against dictionary and settings; what is refused is answered with its reject here."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.wire.fix import checks, faults, validation
from cross_market_connect.wire.fix.dictionary import TAG_ORIG_SENDING_TIME, TAG_SENDER_COMP_ID, Dictionary
from cross_market_connect.wire.fix.encoder import MSG_REJECT
from cross_market_connect.wire.fix.faults import FaultLog
from cross_market_connect.wire.fix.message import FixMessage
from cross_market_connect.wire.fix.sender import Sender
from cross_market_connect.wire.fix.session_status import (
    STATUS_LOGGED_OUT,
    TAG_ENCRYPTED_PASSWORD,
    TAG_SESSION_STATUS,
    is_told,
    reason_of,
)
from cross_market_connect.wire.fix.settings import SessionSettings
from cross_market_connect.wire.fix.validation import Validator


@final
class Inspector:
    """Checks for one session."""

    def __init__(self, settings: SessionSettings, dictionary: Dictionary, sender: Sender, fault_log: FaultLog) -> None:
        self._settings: SessionSettings = settings
        self._dictionary: Dictionary = dictionary
        self._sender: Sender = sender
        self._faults: FaultLog = fault_log
        self._validator: Validator = Validator(dictionary)

    def is_well_formed(self, message: FixMessage) -> bool:
        """Whether a message of a supported type is valid, without an answer."""
        return self._validator.check(message)

    def is_valid(self, message: FixMessage) -> bool:
        """Type and fields against the dictionary; otherwise the reject is sent (2.q, 2.r, 14)."""
        msg_type = message.msg_type
        if not self._dictionary.supports(msg_type):
            self._faults.add(faults.FAULT_UNSUPPORTED_TYPE, message.seq_num, msg_type, b"")
            self._sender.reject_type(message, self._dictionary.knows(msg_type))
            return False
        validator = self._validator
        if not validator.check(message):
            text = b"reason %d, tag %d" % (validator.reason, validator.tag)
            self._faults.add(faults.FAULT_INVALID_MESSAGE, message.seq_num, msg_type, text, validator.tag)
            if msg_type != MSG_REJECT:  # a Reject of a Reject would never end
                self._sender.reject_fields(message, validator.is_business, validator.reason, validator.tag)
            return False
        # Over FIXT a message may be of another application version than agreed at logon, which nothing here reads.
        return not self._dictionary.default_appl_ver_id or self._is_known_version(message, checks.TAG_APPL_VER_ID)

    def poss_dup_verdict(self, message: FixMessage) -> i64:
        """Verdict on OrigSendingTime as in `checks`; where it is missing, the reject of 2.g is sent."""
        verdict: i64 = checks.poss_dup_verdict(message)
        if verdict == checks.POSS_DUP_NO_TIME:
            text = b"OrigSendingTime missing"
            self._faults.add(faults.FAULT_POSS_DUP, message.seq_num, message.msg_type, text, TAG_ORIG_SENDING_TIME)
            self._sender.reject(message, validation.REJECT_REQUIRED_MISSING, TAG_ORIG_SENDING_TIME)
        return verdict

    def logon_refusal(self, message: FixMessage) -> bytes:
        """Text of the Logout by which a Logon is refused, b"" when it is acceptable; a reject is sent (1S.d, 1B.d)."""
        if not self.is_valid(message):
            return b"Invalid Logon"
        tag: i64 = checks.logon_fault_tag(message)
        if tag != 0:
            self._sender.reject(message, validation.REJECT_OUT_OF_RANGE, tag)
            return b"Value of tag %d not supported" % tag
        if self._dictionary.default_appl_ver_id:
            if not self._is_known_version(message, checks.TAG_DEFAULT_APPL_VER_ID):
                return b"DefaultApplVerID not supported"
        if not checks.is_known_user(message, self._settings) or not self._is_password_right(message):
            tag = 553 if self._settings.password_check is None else TAG_ENCRYPTED_PASSWORD
            self._faults.add(faults.FAULT_CREDENTIALS, message.seq_num, message.msg_type, b"", tag)
            return b"Invalid username or password"
        if is_told(message):
            text = reason_of(message)
            self._faults.add(faults.FAULT_SESSION_STATUS, message.seq_num, message.msg_type, text, TAG_SESSION_STATUS)
        return b""

    def expected_too_high(self, message: FixMessage, next_out: i64) -> bytes:
        """Text of the Logout for a Logon that expects what was never sent; the fault is reported."""
        stated: i64 = message.get_int(checks.TAG_NEXT_EXPECTED, 0)
        text = b"NextExpectedMsgSeqNum too high, expecting %d but received %d" % (next_out, stated)
        self._faults.add(faults.FAULT_NEXT_EXPECTED, message.seq_num, message.msg_type, text, checks.TAG_NEXT_EXPECTED)
        return text

    def _is_password_right(self, message: FixMessage) -> bool:
        """False when the session is refused for its encrypted password; its status goes into our answer."""
        check = self._settings.password_check
        if check is None:
            return True
        sender = self._sender
        encrypted = message.get(TAG_ENCRYPTED_PASSWORD)
        sender.session_status = check.status(message.get(TAG_SENDER_COMP_ID), encrypted, sender.utc_ns())
        return sender.session_status < STATUS_LOGGED_OUT

    def _is_known_version(self, message: FixMessage, tag: i64) -> bool:
        index: i64 = message.index_of(tag)
        if index < 0 or message.value_at(index) == self._dictionary.default_appl_ver_id:
            return True
        self._faults.add(faults.FAULT_APPL_VERSION, message.seq_num, message.msg_type, message.value_at(index), tag)
        if message.msg_type != MSG_REJECT:
            self._sender.reject(message, validation.REJECT_APPL_VERSION, tag)
        return False
