"""FIX tag=value messages: a parsed view over the received bytes, and framing of a byte stream into messages.

Theory of operation. `Framer` cuts a stream into frames that are not garbled; `parse_message` scans a frame once and
notes tag, start and length of each field packed into one integer, so that a message costs no object per field. Values
are read from the frame on demand, numbers and times without an intermediate text or float.

Garbled messages (FIX 4.4 Volume 2, "What constitutes a garbled message") are counted and skipped; scanning goes on at
the next `8=FIX`. They do not consume a sequence number, so the next good message shows the gap.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import read_i32_le, read_i64_le
from librt.vecs import append, vec
from mypy_extensions import i32, i64

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.fix.dictionary import Dictionary

MESSAGE_BYTES_MAX: Final[i64] = 65_536
"""Largest message accepted or sent; at most 2**20 - 1 because starts and lengths are packed in 20 bits."""
INVALID: Final[i64] = i64(-9_223_372_036_854_775_807)
"""Returned by the parse functions when the text is not a value of the type, or does not fit."""

SOH: Final[i64] = 1
SOH_BYTE: Final = b"\x01"
BEGIN_MARK: Final = b"8=FIX"
# Its first four bytes as one number, and its last.
_BEGIN_WORD: Final[i32] = 0x49463D38
_BEGIN_LAST: Final[i64] = 88
_BEGIN_BYTES: Final[i64] = 5

_PACK_START: Final[i64] = 20
_PACK_TAG: Final[i64] = 40
_MASK_20: Final[i64] = 0xFFFFF
_TAG_LIMIT: Final[i64] = 1_000_000  # keeps a packed field inside 63 bits
_EQUALS: Final[i64] = 61
_ZERO: Final[i64] = 48
_NINE: Final[i64] = 57
_MINUS: Final[i64] = 45
_POINT: Final[i64] = 46
_COLON: Final[i64] = 58
_INT_LIMIT: Final[i64] = 922_337_203_685_477_580  # (2**63 - 1) // 10
_BEGIN_STRING_BYTES_MAX: Final[i64] = 12  # "8=FIXT.1.1" and its delimiter are 11
_LENGTH_DIGITS_MAX: Final[i64] = 7
TRAILER_BYTES: Final[i64] = 7  # "10=ddd" and its delimiter
_NS_PER_SECOND: Final[i64] = 1_000_000_000
_NS_PER_DAY: Final[i64] = 86_400_000_000_000
_YEAR_FIRST: Final[i64] = 1970
_YEAR_LAST: Final[i64] = 2261  # the last full year of an i64 of nanoseconds

_LANES: Final[i64] = 0x00FF00FF00FF00FF
_WORDS_PER_FOLD: Final[i64] = 64  # 64 * 2 * 255 < 2**15: a 16-bit lane cannot overflow into its neighbour or the sign

# Parse faults; the values are those of SessionRejectReason(373).
NO_FAULT: Final[i64] = -1
FAULT_INVALID_TAG: Final[i64] = 0
FAULT_EMPTY_VALUE: Final[i64] = 4
FAULT_DATA_LENGTH: Final[i64] = 5


def checksum(data: bytes, end: i64) -> i64:
    """Sum of the bytes before `end`, modulo 256 (Volume 2, "CheckSum Calculation"); eight bytes per step."""
    total: i64 = 0
    position: i64 = 0
    words: i64 = end >> 3
    while words > 0:
        batch: i64 = words if words < _WORDS_PER_FOLD else _WORDS_PER_FOLD
        words -= batch
        lanes: i64 = 0
        while batch > 0:
            word: i64 = read_i64_le(data, position)
            lanes += (word & _LANES) + ((word >> 8) & _LANES)
            position += 8
            batch -= 1
        total += (lanes & 0xFFFF) + ((lanes >> 16) & 0xFFFF) + ((lanes >> 32) & 0xFFFF) + (lanes >> 48)
    while position < end:
        total += i64(data[position])
        position += 1
    return total & 0xFF


def parse_int(data: bytes, start: i64, end: i64) -> i64:
    """FIX int: optional minus, digits, leading zeros allowed. INVALID when malformed or beyond 63 bits."""
    position: i64 = start
    is_negative: bool = False
    if position < end and i64(data[position]) == _MINUS:
        is_negative = True
        position += 1
    if position >= end:
        return INVALID
    value: i64 = 0
    while position < end:
        code: i64 = i64(data[position])
        if code < _ZERO or code > _NINE or value >= _INT_LIMIT:
            return INVALID
        value = value * 10 + (code - _ZERO)
        position += 1
    return -value if is_negative else value


def parse_decimal_at(data: bytes, start: i64, end: i64, decimals: i64) -> i64:
    """FIX float as an integer number of units of 10**-decimals, exactly.

    INVALID when malformed, when non-zero digits follow beyond `decimals`, or when the value does not fit 63 bits.
    """
    position: i64 = start
    is_negative: bool = False
    if position < end and i64(data[position]) == _MINUS:
        is_negative = True
        position += 1
    value: i64 = 0
    digits: i64 = 0
    missing: i64 = decimals
    has_point: bool = False
    while position < end:
        code: i64 = i64(data[position])
        position += 1
        if code == _POINT and not has_point:
            has_point = True
            continue
        if code < _ZERO or code > _NINE:
            return INVALID
        digits += 1
        if has_point:
            if missing == 0:
                if code != _ZERO:
                    return INVALID
                continue
            missing -= 1
        if value >= _INT_LIMIT:
            return INVALID
        value = value * 10 + (code - _ZERO)
    if digits == 0:
        return INVALID
    while missing > 0 and value != 0:
        if value >= _INT_LIMIT:
            return INVALID
        value *= 10
        missing -= 1
    return -value if is_negative else value


def parse_decimal(value: bytes, decimals: i64) -> i64:
    """`parse_decimal_at` over a whole value."""
    return parse_decimal_at(value, 0, len(value), decimals)


def _digits(data: bytes, start: i64, count: i64) -> i64:
    """`count` decimal digits as a number, -1 when one is not a digit."""
    value: i64 = 0
    for position in range(start, start + count):
        code: i64 = i64(data[position])
        if code < _ZERO or code > _NINE:
            return -1
        value = value * 10 + (code - _ZERO)
    return value


def days_from_civil(year: i64, month: i64, day: i64) -> i64:
    """Days since 1970-01-01 of a Gregorian date (years counted from March, 400-year eras of 146,097 days)."""
    shifted: i64 = year - 1 if month <= 2 else year
    era: i64 = shifted // 400
    year_of_era: i64 = shifted - era * 400
    day_of_year: i64 = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def days_in_month(year: i64, month: i64) -> i64:
    """Number of days of a Gregorian month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


def parse_date_at(data: bytes, start: i64, end: i64) -> i64:
    """`YYYYMMDD` as days since 1970-01-01, INVALID when it is not a date between 1970 and 2261."""
    if end - start != 8:
        return INVALID
    year: i64 = _digits(data, start, 4)
    month: i64 = _digits(data, start + 4, 2)
    day: i64 = _digits(data, start + 6, 2)
    if year < _YEAR_FIRST or year > _YEAR_LAST or month < 1 or month > 12 or day < 1:
        return INVALID
    if day > days_in_month(year, month):
        return INVALID
    return days_from_civil(year, month, day)


def parse_time_at(data: bytes, start: i64, end: i64) -> i64:
    """`HH:MM:SS[.s...]` with 0 to 9 decimals as nanoseconds of the day; second 60 is the leap second."""
    size: i64 = end - start
    if size < 8 or size == 9 or size > 18:
        return INVALID
    if i64(data[start + 2]) != _COLON or i64(data[start + 5]) != _COLON:
        return INVALID
    hour: i64 = _digits(data, start, 2)
    minute: i64 = _digits(data, start + 3, 2)
    second: i64 = _digits(data, start + 6, 2)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 60:
        return INVALID
    fraction_ns: i64 = 0
    if size > 9:
        if i64(data[start + 8]) != _POINT:
            return INVALID
        fraction_ns = _digits(data, start + 9, size - 9)
        if fraction_ns < 0:
            return INVALID
        while size < 18:
            fraction_ns *= 10
            size += 1
    return ((hour * 60 + minute) * 60 + second) * _NS_PER_SECOND + fraction_ns


def parse_timestamp_at(data: bytes, start: i64, end: i64) -> i64:
    """UTCTimestamp `YYYYMMDD-HH:MM:SS[.s...]` as UTC nanoseconds since 1970, INVALID when malformed."""
    if end - start < 17 or i64(data[start + 8]) != _MINUS:
        return INVALID
    days: i64 = parse_date_at(data, start, start + 8)
    time_ns: i64 = parse_time_at(data, start + 9, end)
    if days == INVALID or time_ns == INVALID:
        return INVALID
    return days * _NS_PER_DAY + time_ns


def parse_timestamp(value: bytes) -> i64:
    """`parse_timestamp_at` over a whole value."""
    return parse_timestamp_at(value, 0, len(value))


@final
class FixMessage:
    """A parsed frame, built by `parse_message`. Positions run from 0 (BeginString) to `count` - 1 (CheckSum)."""

    def __init__(self, frame: bytes) -> None:
        self.frame: bytes = frame
        self.fields: vec[i64] = vec[i64](capacity=32)
        """Per field: tag << 40 | start of value << 20 | length of value."""
        self.count: i64 = 0
        self.msg_type: bytes = b""
        self.seq_num: i64 = -1
        """MsgSeqNum(34); -1 when absent or malformed."""
        self.poss_dup: bool = False
        self.time_offset_ns: i64 = 0
        """What the timestamps in it are ahead of UTC; the session's to say."""
        self.fault: i64 = NO_FAULT
        """First malformed field as a SessionRejectReason, NO_FAULT when none."""
        self.fault_tag: i64 = 0

    def tag_at(self, index: i64) -> i64:
        """Tag of the field at a position."""
        return self.fields[index] >> _PACK_TAG

    def start_at(self, index: i64) -> i64:
        """Offset in `frame` of the value at a position."""
        return (self.fields[index] >> _PACK_START) & _MASK_20

    def length_at(self, index: i64) -> i64:
        """Length of the value at a position."""
        return self.fields[index] & _MASK_20

    def value_at(self, index: i64) -> bytes:
        """Value of the field at a position."""
        packed: i64 = self.fields[index]
        start: i64 = (packed >> _PACK_START) & _MASK_20
        return self.frame[start : start + (packed & _MASK_20)]

    def int_at(self, index: i64) -> i64:
        """Value at a position as FIX int, INVALID when malformed."""
        start: i64 = self.start_at(index)
        return parse_int(self.frame, start, start + self.length_at(index))

    def decimal_at(self, index: i64, decimals: i64) -> i64:
        """Value at a position as units of 10**-decimals, INVALID when malformed."""
        start: i64 = self.start_at(index)
        return parse_decimal_at(self.frame, start, start + self.length_at(index), decimals)

    def char_at(self, index: i64) -> i64:
        """First character code of the value at a position, 0 when the value is empty."""
        return i64(self.frame[self.start_at(index)]) if self.length_at(index) > 0 else 0

    def index_of(self, tag: i64, first: i64 = 0) -> i64:
        """Position of the first field with `tag` at or after `first`, -1 when there is none."""
        index: i64 = first
        while index < self.count:
            if self.fields[index] >> _PACK_TAG == tag:
                return index
            index += 1
        return -1

    def has(self, tag: i64) -> bool:
        """True when the field is present."""
        return self.index_of(tag) >= 0

    def get(self, tag: i64) -> bytes:
        """Value of the first field with `tag`, b"" when absent."""
        index: i64 = self.index_of(tag)
        return self.value_at(index) if index >= 0 else b""

    def get_int(self, tag: i64, default: i64) -> i64:
        """First field with `tag` as FIX int; `default` when absent or malformed."""
        index: i64 = self.index_of(tag)
        if index < 0:
            return default
        value: i64 = self.int_at(index)
        return default if value == INVALID else value

    def get_decimal(self, tag: i64, decimals: i64) -> i64:
        """First field with `tag` as units of 10**-decimals; INVALID when absent or malformed."""
        index: i64 = self.index_of(tag)
        return self.decimal_at(index, decimals) if index >= 0 else INVALID

    def get_char(self, tag: i64) -> i64:
        """First character code of the first field with `tag`, 0 when absent."""
        index: i64 = self.index_of(tag)
        return self.char_at(index) if index >= 0 else 0

    def get_timestamp(self, tag: i64) -> i64:
        """First field with `tag` as UTC nanoseconds; INVALID when absent or malformed."""
        index: i64 = self.index_of(tag)
        if index < 0:
            return INVALID
        start: i64 = self.start_at(index)
        stated_ns: i64 = parse_timestamp_at(self.frame, start, start + self.length_at(index))
        return INVALID if stated_ns == INVALID else stated_ns - self.time_offset_ns


def parse_message(frame: bytes, dictionary: Dictionary) -> FixMessage:
    """Scan a frame from `Framer` once. Malformed fields are left out and noted in `fault`, never raised.

    Raises:
        LocalProtocolError: the frame is not delimited at its end, so it does not come from `Framer`.
    """
    size: i64 = len(frame)
    if size == 0 or size > MESSAGE_BYTES_MAX or i64(frame[size - 1]) != SOH:
        raise LocalProtocolError("a frame ends in SOH and is not larger than MESSAGE_BYTES_MAX")
    message = FixMessage(frame)
    fields: vec[i64] = message.fields
    data_tag: i64 = 0
    data_length: i64 = 0
    position: i64 = 0
    while position < size:
        tag: i64 = 0
        code: i64 = i64(frame[position])
        is_malformed: bool = code == _ZERO  # a tag has no leading zero
        while code >= _ZERO and code <= _NINE:
            tag = tag * 10 + (code - _ZERO)
            if tag >= _TAG_LIMIT:
                tag = _TAG_LIMIT
            position += 1
            code = i64(frame[position])
        is_malformed = is_malformed or code != _EQUALS or tag == 0 or tag == _TAG_LIMIT
        start: i64 = position + 1 if code == _EQUALS else position
        if tag != data_tag or data_tag == 0:
            data_length = -1
        end: i64 = _value_end(frame, start, size, data_length)
        data_tag = 0
        position = end + 1
        if is_malformed:
            _note_fault(message, FAULT_INVALID_TAG, 0 if tag == _TAG_LIMIT else tag)
            continue
        if end == start and dictionary.is_light:
            continue  # a field without a value says nothing
        fields = append(fields, tag << _PACK_TAG | start << _PACK_START | (end - start))
        if end == start:
            _note_fault(message, FAULT_EMPTY_VALUE, tag)
        elif tag == 35 or tag == 34 or tag == 43:
            _note_header(message, tag, start, end)
        if tag < dictionary.tag_limit and dictionary.data_tag[tag] != 0:
            data_tag = dictionary.data_tag[tag]
            data_length = parse_int(frame, start, end)
            if data_length < 0 or end + data_length >= size:
                _note_fault(message, FAULT_DATA_LENGTH, tag)
                data_tag = 0
    message.fields = fields
    message.count = len(fields)
    return message


def _value_end(frame: bytes, start: i64, size: i64, data_length: i64) -> i64:
    """Offset of the delimiter that ends a value. A data value has a known length and may contain delimiters."""
    end: i64 = start
    if data_length >= 0:
        end = start + data_length
        if end < size and i64(frame[end]) == SOH:
            return end
        end = start  # the length is wrong: the next delimiter ends the value, and the remainder fails as a tag
    while i64(frame[end]) != SOH:
        end += 1
    return end


def _note_fault(message: FixMessage, fault: i64, tag: i64) -> None:
    if message.fault == NO_FAULT:
        message.fault = fault
        message.fault_tag = tag


def _note_header(message: FixMessage, tag: i64, start: i64, end: i64) -> None:
    if tag == 35 and not message.msg_type:
        message.msg_type = message.frame[start:end]
    elif tag == 34 and message.seq_num < 0:
        value: i64 = parse_int(message.frame, start, end)
        message.seq_num = value if value >= 0 else -1
    elif tag == 43:
        message.poss_dup = end == start + 1 and i64(message.frame[start]) == 89  # "Y"


@final
class Framer:
    """Cuts a byte stream into frames; garbled stretches are counted and skipped.

    Args:
        bytes_max: largest message accepted (MESSAGE_BYTES_MAX at most); also bounds the buffer between reads.
    """

    def __init__(self, bytes_max: i64 = MESSAGE_BYTES_MAX) -> None:
        self.bytes_max: i64 = bytes_max
        self.garbled: i64 = 0
        """Stretches of bytes that are no message: wrong first three fields, wrong CheckSum format."""
        self.bad_length: i64 = 0
        """BodyLength missing, malformed, beyond the limit, or not leading to a CheckSum field."""
        self.bad_checksum: i64 = 0
        self.skipped_bytes: i64 = 0
        self._buffer: bytes = b""
        self._position: i64 = 0
        self._is_skipping: bool = False

    @property
    def damages(self) -> int:
        """Everything counted that was no message."""
        return int(self.garbled + self.bad_length + self.bad_checksum)

    @property
    def buffered(self) -> int:
        """Bytes held that do not yet make a message."""
        return int(len(self._buffer) - self._position)

    def clear(self) -> None:
        """Forget buffered bytes: a new connection starts with a clean stream."""
        self._buffer = b""
        self._position = 0
        self._is_skipping = False

    def feed(self, data: bytes) -> None:
        """Add received bytes. Call `next_frame` until it returns b"" before the next read."""
        if self._position == len(self._buffer):
            self._buffer = data
        else:
            self._buffer = self._buffer[self._position :] + data
        self._position = 0

    def next_frame(self) -> bytes:
        """The next complete message, b"" when more bytes are needed."""
        while self._seek_begin():
            end: i64 = self._frame_end()
            if end == 0:
                return b""
            if end > 0:
                start: i64 = self._position
                self._position = end
                self._is_skipping = False
                if start == 0 and end == len(self._buffer):
                    return self._buffer
                return self._buffer[start:end]
        return b""

    def _seek_begin(self) -> bool:
        """Move to the next `8=FIX`; False when the buffer holds none that is complete."""
        size: i64 = len(self._buffer)
        at: i64 = self._position
        if at == size:
            return False
        # Where messages follow each other there is nothing to look for.
        if at + _BEGIN_BYTES <= size and read_i32_le(self._buffer, at) == _BEGIN_WORD:
            if i64(self._buffer[at + _BEGIN_BYTES - 1]) == _BEGIN_LAST:
                return True
        found: i64 = self._buffer.find(BEGIN_MARK, at)
        keep: i64 = found
        if found < 0:
            keep = size  # keep a tail that may grow into the mark
            for length in range(1, len(BEGIN_MARK)):
                tail: i64 = size - length
                if tail >= self._position and self._buffer[tail:] == BEGIN_MARK[:length]:
                    keep = tail
        if keep > self._position:
            self._skip_to(keep)
        return found >= 0

    def _skip_to(self, position: i64) -> None:
        """Count one garbled stretch, however many reads it spans, unless its cause was counted already."""
        if not self._is_skipping:
            self.garbled += 1
            self._is_skipping = True
        self.skipped_bytes += position - self._position
        self._position = position

    def _frame_end(self) -> i64:
        """End of the message at the current position; 0 when incomplete; -1 when garbled and skipped."""
        data: bytes = self._buffer
        size: i64 = len(data)
        position: i64 = self._position
        limit: i64 = position + _BEGIN_STRING_BYTES_MAX
        while position < size and position < limit and i64(data[position]) != SOH:
            position += 1
        if position == limit:
            return self._refuse_garbled()
        if position + 3 >= size:
            return 0
        if i64(data[position + 1]) != _NINE or i64(data[position + 2]) != _EQUALS:
            return self._refuse_length()
        position += 3
        length: i64 = 0
        limit = position + _LENGTH_DIGITS_MAX
        while position < size and i64(data[position]) != SOH:
            digit: i64 = i64(data[position]) - _ZERO
            if digit < 0 or digit > 9 or position >= limit:
                return self._refuse_length()
            length = length * 10 + digit
            position += 1
        body: i64 = position + 1
        end: i64 = body + length + TRAILER_BYTES
        if position < size and (length == 0 or end - self._position > self.bytes_max):
            return self._refuse_length()
        if position >= size or end > size:
            return 0
        return self._checked_end(body, end)

    def _checked_end(self, body: i64, end: i64) -> i64:
        """`end` when the message from `body` has MsgType first and a right CheckSum at `end`, else -1."""
        data: bytes = self._buffer
        trailer: i64 = end - TRAILER_BYTES
        if i64(data[trailer - 1]) != SOH or i64(data[trailer]) != 49 or i64(data[trailer + 1]) != _ZERO:
            return self._refuse_length()
        if i64(data[trailer + 2]) != _EQUALS or i64(data[end - 1]) != SOH:
            return self._refuse_length()
        stated: i64 = _digits(data, trailer + 3, 3)
        if stated < 0 or i64(data[body]) != 51 or i64(data[body + 1]) != 53 or i64(data[body + 2]) != _EQUALS:
            return self._refuse_garbled()
        begin: i64 = self._position
        actual: i64 = checksum(data, trailer) if begin == 0 else checksum(data[begin:trailer], trailer - begin)
        if stated != actual:
            # The frame's own ends agree, so it is skipped as a whole.
            self.bad_checksum += 1
            self._is_skipping = True
            self._skip_to(end)
            self._is_skipping = False
            return -1
        return end

    def _refuse_garbled(self) -> i64:
        self._is_skipping = False
        self._skip_to(self._position + 1)
        return -1

    def _refuse_length(self) -> i64:
        self.bad_length += 1
        self._is_skipping = True
        self._skip_to(self._position + 1)
        return -1
