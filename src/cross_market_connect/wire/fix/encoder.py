"""Encodes FIX messages by splicing: constant parts are ready, numbers and times are written as digits.

Theory of operation. A message is a *body* (everything after SendingTime) made by `BodyWriter`, and a *frame* around it
made by `FrameEncoder`, which belongs to the session and adds BeginString, BodyLength, MsgType, CompIDs, MsgSeqNum,
SendingTime and CheckSum. So the session alone numbers and times messages, and can resend a stored body under a new
header. Field order: the standard header's, then as in the message definition.

Body functions (`new_order_single`, ...) take text as `bytes`, prices as integer units of 10**-decimals, times as UTC
nanoseconds. An optional field given as b"", or as 0 for a character code, is left out.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import BytesWriter
from mypy_extensions import i64, u8

from cross_market_connect.domain.digits import THREES, write_decimal, write_int
from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.fix.message import MESSAGE_BYTES_MAX, SOH_BYTE, TRAILER_BYTES, checksum

# Decimals of the second in timestamps. 4.4 defines up to milliseconds; micro- and nanoseconds by agreement (5.0 SP2).
TIME_MILLISECONDS: Final[i64] = 3
TIME_MICROSECONDS: Final[i64] = 6
TIME_NANOSECONDS: Final[i64] = 9

NO_CODE: Final[i64] = 0
"""Leaves an optional character field out."""

_TRAILERS: Final[list[bytes]] = [b"10=%03d\x01" % number for number in range(256)]
_NS_PER_SECOND: Final[i64] = 1_000_000_000
_NS_PER_MILLISECOND: Final[i64] = 1_000_000
_SECONDS_PER_DAY: Final[i64] = 86_400
# A byte, not a number: `BytesWriter.append` of any other type is a call through Python.
_SOH: Final[u8] = 1
# Looked for as a number: `in` takes bytes only after an exception.
_SOH_NUMBER: Final = 1
_CODE_MAX: Final[i64] = 255

MSG_HEARTBEAT: Final = b"0"
MSG_TEST_REQUEST: Final = b"1"
MSG_RESEND_REQUEST: Final = b"2"
MSG_REJECT: Final = b"3"
MSG_SEQUENCE_RESET: Final = b"4"
MSG_LOGOUT: Final = b"5"
MSG_EXECUTION_REPORT: Final = b"8"
MSG_ORDER_CANCEL_REJECT: Final = b"9"
MSG_LOGON: Final = b"A"
MSG_NEW_ORDER_SINGLE: Final = b"D"
MSG_NEW_ORDER_LIST: Final = b"E"
MSG_ORDER_CANCEL_REQUEST: Final = b"F"
MSG_ORDER_CANCEL_REPLACE: Final = b"G"
MSG_ORDER_STATUS_REQUEST: Final = b"H"
MSG_MARKET_DATA_REQUEST: Final = b"V"
MSG_MARKET_DATA_SNAPSHOT: Final = b"W"
MSG_MARKET_DATA_INCREMENTAL: Final = b"X"
MSG_MARKET_DATA_REQUEST_REJECT: Final = b"Y"
MSG_TRADING_SESSION_STATUS: Final = b"h"
MSG_BUSINESS_REJECT: Final = b"j"
MSG_ORDER_MASS_CANCEL: Final = b"q"
MSG_ORDER_MASS_CANCEL_REPORT: Final = b"r"
MSG_ORDER_MASS_STATUS: Final = b"AF"


def civil_text(days: i64) -> bytes:
    """`YYYYMMDD` of a day counted from 1970-01-01 (400-year eras of 146,097 days, years counted from March)."""
    shifted: i64 = days + 719_468
    era: i64 = shifted // 146_097
    day_of_era: i64 = shifted - era * 146_097
    year_of_era: i64 = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year: i64 = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march: i64 = (5 * day_of_year + 2) // 153
    day: i64 = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month: i64 = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year: i64 = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return b"%04d%02d%02d" % (year, month, day)


@final
class TimestampWriter:
    """UTCTimestamp text from UTC nanoseconds; the part up to the second is kept until the second changes.

    Args:
        decimals: TIME_MILLISECONDS, TIME_MICROSECONDS or TIME_NANOSECONDS; finer digits are cut off.
    """

    def __init__(self, decimals: i64 = TIME_MILLISECONDS) -> None:
        if decimals not in (TIME_MILLISECONDS, TIME_MICROSECONDS, TIME_NANOSECONDS):
            raise LocalProtocolError("timestamp decimals are 3, 6 or 9")
        self.decimals: i64 = decimals
        self._day: i64 = -1
        self._day_text: bytes = b""
        self._second: i64 = -1
        self._second_text: bytes = b""

    def write(self, writer: BytesWriter, utc_ns: i64) -> None:
        """Append `YYYYMMDD-HH:MM:SS.sss` (or 6 or 9 decimals)."""
        second: i64 = utc_ns // _NS_PER_SECOND
        if second != self._second:
            self._set_second(second)
        writer.write(self._second_text)
        fraction_ns: i64 = utc_ns - second * _NS_PER_SECOND
        writer.write(THREES[fraction_ns // _NS_PER_MILLISECOND])
        if self.decimals > TIME_MILLISECONDS:
            writer.write(THREES[fraction_ns // 1000 % 1000])
        if self.decimals > TIME_MICROSECONDS:
            writer.write(THREES[fraction_ns % 1000])

    def text(self, utc_ns: i64) -> bytes:
        """The text alone."""
        writer = BytesWriter()
        self.write(writer, utc_ns)
        return writer.getvalue()

    def _set_second(self, second: i64) -> None:
        day: i64 = second // _SECONDS_PER_DAY
        if day != self._day:
            self._day = day
            self._day_text = civil_text(day)
        of_day: i64 = second - day * _SECONDS_PER_DAY
        self._second = second
        self._second_text = b"%s-%02d:%02d:%02d." % (
            self._day_text,
            of_day // 3600,
            of_day // 60 % 60,
            of_day % 60,
        )


@final
class Template:
    """Fields of a message that do not change from one message to the next, rendered once.

    Args:
        fields: (tag, value) in wire order.
    Raises:
        LocalProtocolError: a value is empty or contains the delimiter.
    """

    def __init__(self, fields: list[tuple[int, bytes]]) -> None:
        parts: list[bytes] = []
        for tag, value in fields:
            if not value or SOH_BYTE in value:
                raise LocalProtocolError(f"FIX template: tag {tag} needs a value without delimiter")
            parts.append(b"%d=%s\x01" % (tag, value))
        self.constant: bytes = b"".join(parts)


@final
class BodyWriter:
    """Writes message bodies field by field into a reused buffer. Names are the field's tag and `=`, e.g. b"11="."""

    def __init__(self, time_decimals: i64 = TIME_MILLISECONDS) -> None:
        self._writer: BytesWriter = BytesWriter()
        self._timestamps: TimestampWriter = TimestampWriter(time_decimals)
        self._is_wrong: bool = False

    def template(self, template: Template) -> None:
        """Append a template's constant fields."""
        self._writer.write(template.constant)

    def text(self, name: bytes, value: bytes) -> None:
        """Append a text field; b"" leaves it out."""
        if not value:
            return
        if _SOH_NUMBER in value:
            self._is_wrong = True
        writer = self._writer
        writer.write(name)
        writer.write(value)
        writer.append(_SOH)

    def code(self, name: bytes, code: i64) -> None:
        """Append a one-character field by character code; NO_CODE leaves it out."""
        if code == NO_CODE:
            return
        if code <= i64(_SOH) or code > _CODE_MAX:
            self._is_wrong = True
            return
        writer = self._writer
        writer.write(name)
        writer.append(u8(code))
        writer.append(_SOH)

    def number(self, name: bytes, value: i64) -> None:
        """Append an integer field."""
        writer = self._writer
        writer.write(name)
        write_int(writer, value)
        writer.append(_SOH)

    def decimal(self, name: bytes, units: i64, decimals: i64) -> None:
        """Append a float field of `units` * 10**-decimals."""
        writer = self._writer
        writer.write(name)
        write_decimal(writer, units, decimals)
        writer.append(_SOH)

    def time(self, name: bytes, utc_ns: i64) -> None:
        """Append a UTCTimestamp field."""
        writer = self._writer
        writer.write(name)
        self._timestamps.write(writer, utc_ns)
        writer.append(_SOH)

    def data(self, length_name: bytes, name: bytes, value: bytes) -> None:
        """Append a LENGTH and DATA pair; the value may contain delimiters."""
        writer = self._writer
        writer.write(length_name)
        write_int(writer, len(value))
        writer.append(_SOH)
        writer.write(name)
        writer.write(value)
        writer.append(_SOH)

    def take(self) -> bytes:
        """The body, and start the next one.

        Raises:
            LocalProtocolError: a text contained the delimiter (it would inject fields), a code was none, or the body is
                too large.
        """
        body: bytes = self._writer.getvalue()
        self._writer.truncate(0)
        if self._is_wrong:
            self._is_wrong = False
            raise LocalProtocolError("FIX body: a text contains the field delimiter, or a code is no character")
        if len(body) > MESSAGE_BYTES_MAX:
            raise LocalProtocolError("FIX body: larger than MESSAGE_BYTES_MAX")
        return body


@final
class FrameEncoder:
    """Puts header and trailer around bodies for one session."""

    def __init__(
        self,
        begin_string: bytes,
        sender_comp_id: bytes,
        target_comp_id: bytes,
        time_decimals: i64 = TIME_MILLISECONDS,
    ) -> None:
        self._prefix: bytes = b"8=" + begin_string + b"\x019="
        self._comp_ids: bytes = b"\x0149=" + sender_comp_id + b"\x0156=" + target_comp_id + b"\x0134="
        self._heads: dict[bytes, bytes] = {}
        self._timestamps: TimestampWriter = TimestampWriter(time_decimals)
        self._content: BytesWriter = BytesWriter()
        self._frame: BytesWriter = BytesWriter()

    def frame(self, msg_type: bytes, seq_num: i64, utc_ns: i64, body: bytes) -> bytes:
        """A complete message, sent for the first time."""
        content = self._content
        content.write(self._head(msg_type))
        write_int(content, seq_num)
        content.write(b"\x0152=")
        self._timestamps.write(content, utc_ns)
        content.append(_SOH)
        content.write(body)
        return self._finish()

    def resent_frame(self, msg_type: bytes, seq_num: i64, utc_ns: i64, first_utc_ns: i64, body: bytes) -> bytes:
        """A message sent again under its old number: PossDupFlag=Y and the first SendingTime as OrigSendingTime."""
        content = self._content
        content.write(self._head(msg_type))
        write_int(content, seq_num)
        content.write(b"\x0143=Y\x0152=")
        self._timestamps.write(content, utc_ns)
        content.write(b"\x01122=")
        self._timestamps.write(content, first_utc_ns)
        content.append(_SOH)
        content.write(body)
        return self._finish()

    def _head(self, msg_type: bytes) -> bytes:
        head = self._heads.get(msg_type)
        if head is None:
            head = b"35=" + msg_type + self._comp_ids
            self._heads[msg_type] = head
        return head

    def _finish(self) -> bytes:
        content: bytes = self._content.getvalue()
        self._content.truncate(0)
        frame = self._frame
        frame.write(self._prefix)
        write_int(frame, len(content))
        frame.append(_SOH)
        frame.write(content)
        summed: bytes = frame.getvalue()
        frame.truncate(0)
        return summed + _TRAILERS[checksum(summed, len(summed))]


def fill_secret(data: bytes, placeholder: bytes, secret: bytes) -> bytes:
    """Replace the one placeholder in drained frames and correct its frame's BodyLength and CheckSum.

    Called by the I/O shell on the bytes of `FixSession.data_to_send` when `data_has_secret` is set.

    Raises:
        LocalProtocolError: no placeholder or several, an empty secret, or one with the delimiter. The error's text
            contains neither.
    """
    if not placeholder or data.count(placeholder) != 1 or not secret or SOH_BYTE in secret:
        raise LocalProtocolError("FIX secret: needs frames with one placeholder, and a secret without delimiter")
    found = data.index(placeholder)
    begin = 0
    while True:
        # CME's replay has texts that begin with their length.
        length_at = begin + 2 if data.startswith(b"9=", begin) else data.index(b"\x019=", begin) + 3
        content_at = data.index(SOH_BYTE, length_at) + 1
        trailer_at = content_at + int(data[length_at : content_at - 1])
        if found < trailer_at:
            break
        begin = trailer_at + TRAILER_BYTES
    content = data[content_at:trailer_at].replace(placeholder, secret)
    summed = data[begin:length_at] + b"%d\x01" % len(content) + content
    frame = summed + b"10=%03d\x01" % checksum(summed, len(summed))
    return data[:begin] + frame + data[trailer_at + TRAILER_BYTES :]
