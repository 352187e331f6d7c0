"""Checks a parsed message against the dictionary and names the first fault as the standard does.

Order of the checks and reasons: FIX 4.4 Volume 2, session test cases 14.a to 14.j, and SessionRejectReason(373) in
Volume 6. A conditionally required field that is missing is an application fault (BusinessRejectReason 5), Volume 1,
BusinessMessageReject. In a light dictionary (STEP) fields that the tables do not have, or not in that message, are
skipped: the counterparty adds some with each release.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.wire.fix.dictionary import (
    NO_GROUP,
    NO_SLOT,
    SECTION_BODY,
    SECTION_HEADER,
    SECTION_TRAILER,
    TYPE_BOOLEAN,
    TYPE_CHAR,
    TYPE_COUNT,
    TYPE_DATA,
    TYPE_DATE,
    TYPE_DECIMAL,
    TYPE_INT,
    TYPE_MONTH_YEAR,
    TYPE_MULTIPLE_CHAR,
    TYPE_STRING,
    TYPE_UTC_TIME,
    TYPE_UTC_TIMESTAMP,
    Dictionary,
    Layout,
)
from cross_market_connect.wire.fix.message import (
    INVALID,
    NO_FAULT,
    FixMessage,
    parse_date_at,
    parse_int,
    parse_time_at,
    parse_timestamp_at,
)

# SessionRejectReason(373), Volume 6.
REJECT_INVALID_TAG: Final[i64] = 0
REJECT_REQUIRED_MISSING: Final[i64] = 1
REJECT_NOT_FOR_TYPE: Final[i64] = 2
REJECT_UNDEFINED_TAG: Final[i64] = 3
REJECT_EMPTY_VALUE: Final[i64] = 4
REJECT_OUT_OF_RANGE: Final[i64] = 5
REJECT_FORMAT: Final[i64] = 6
REJECT_COMP_ID: Final[i64] = 9
REJECT_SENDING_TIME: Final[i64] = 10
REJECT_MSG_TYPE: Final[i64] = 11
REJECT_TAG_TWICE: Final[i64] = 13
REJECT_TAG_ORDER: Final[i64] = 14
REJECT_GROUP_ORDER: Final[i64] = 15
REJECT_GROUP_COUNT: Final[i64] = 16
REJECT_APPL_VERSION: Final[i64] = 18

REJECT_TEXTS: Final[dict[int, bytes]] = {
    0: b"Invalid tag number",
    1: b"Required tag missing",
    2: b"Tag not defined for this message type",
    3: b"Undefined tag",
    4: b"Tag specified without a value",
    5: b"Value is incorrect (out of range) for this tag",
    6: b"Incorrect data format for value",
    9: b"CompID problem",
    10: b"SendingTime accuracy problem",
    11: b"Invalid MsgType",
    13: b"Tag appears more than once",
    14: b"Tag specified out of required order",
    15: b"Repeating group fields out of order",
    16: b"Incorrect NumInGroup count for repeating group",
    18: b"Invalid/Unsupported Application Version",
}
"""Text(58) of a Reject per reason: the names of the values of tag 373."""

# BusinessRejectReason(380), Volume 6.
BUSINESS_UNSUPPORTED_TYPE: Final[i64] = 3
BUSINESS_CONDITIONAL_MISSING: Final[i64] = 5

USER_TAG_FIRST: Final[i64] = 5000  # user-defined fields (Volume 1, "User Defined Fields")
FIRST_CHECKED: Final[i64] = 3  # BeginString, BodyLength and MsgType were checked when the frame was cut


@final
class Validator:
    """Reusable checker; after `check` returned False the attributes name the fault."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary: Dictionary = dictionary
        self.reason: i64 = NO_FAULT
        """SessionRejectReason, or BusinessRejectReason when `is_business`; NO_FAULT when the message is valid."""
        self.tag: i64 = 0
        self.is_business: bool = False
        self._seen: vec[i64] = dictionary.unseen[:]
        self._seen_in_group: vec[i64] = dictionary.unseen[:]
        self._body: Layout = dictionary.header
        self._message_mark: i64 = 0
        self._instance_mark: i64 = 0

    def check(self, message: FixMessage) -> bool:
        """True when the message of a supported type is valid; otherwise `reason`, `tag`, `is_business` are set."""
        self.reason = NO_FAULT
        self.tag = 0
        self.is_business = False
        self._message_mark += 1
        if message.fault != NO_FAULT:
            return self._fault(message.fault, message.fault_tag)
        layout = self.dictionary.messages[message.msg_type]
        self._body = layout
        if not self._check_fields(message, layout):
            return False
        if not self._check_required(self.dictionary.header, FIRST_CHECKED):
            return False
        return self._check_required(layout, 0) and self._check_conditions(message, layout)

    def _fault(self, reason: i64, tag: i64) -> bool:
        self.reason = reason
        self.tag = tag
        return False

    def _check_fields(self, message: FixMessage, body: Layout) -> bool:
        dictionary = self.dictionary
        last: i64 = message.count - 1  # CheckSum, checked when the frame was cut
        section: i64 = SECTION_HEADER
        index: i64 = FIRST_CHECKED
        while index < last:
            tag: i64 = message.tag_at(index)
            slot: i64 = dictionary.slot(tag)
            if dictionary.is_light and self._is_foreign(slot):
                index += 1
                continue
            if slot == NO_SLOT:
                # Case 14.a: a number outside the standard; one that parties may agree on is merely undefined.
                return self._fault(REJECT_UNDEFINED_TAG if tag >= USER_TAG_FIRST else REJECT_INVALID_TAG, tag)
            field_section: i64 = dictionary.section_of_slot[slot]
            if field_section < section:
                return self._fault(REJECT_TAG_ORDER, tag)
            section = field_section
            layout = body
            if section == SECTION_HEADER:
                layout = dictionary.header
            elif section == SECTION_TRAILER:
                layout = dictionary.trailer
            if layout.order[slot] == 0:
                return self._fault(REJECT_NOT_FOR_TYPE, tag)
            if self._seen[slot] == self._message_mark:
                return self._fault(REJECT_TAG_TWICE, tag)
            self._seen[slot] = self._message_mark
            reason: i64 = self._value_fault(message, index, slot)
            if reason != NO_FAULT:
                return self._fault(reason, tag)
            if layout.group[slot] == NO_GROUP:
                index += 1
                continue
            index = self._check_group(message, index, layout.group[slot], last)
            if index < 0:
                return False
        return True

    def _is_foreign(self, slot: i64) -> bool:
        """Whether a field is none of the message's, nor of the session layer's around it."""
        if slot == NO_SLOT:
            return True
        return self.dictionary.section_of_slot[slot] == SECTION_BODY and self._body.belongs[slot] == 0

    def _check_group(self, message: FixMessage, count_index: i64, group: i64, last: i64) -> i64:
        """Check the instances after a NumInGroup field. Returns the index after them, -1 with the fault set."""
        layout = self.dictionary.layouts[group]
        stated: i64 = message.int_at(count_index)
        count_tag: i64 = message.tag_at(count_index)
        found: i64 = 0
        index: i64 = count_index + 1
        while index < last:
            slot: i64 = self.dictionary.slot(message.tag_at(index))
            if slot != layout.delimiter:
                if found == 0 and stated > 0 and slot != NO_SLOT and layout.order[slot] != 0:
                    self._fault(REJECT_GROUP_ORDER, message.tag_at(index))
                    return -1
                break
            found += 1
            index = self._check_instance(message, index, layout, last)
            if index < 0:
                return -1
        if found != stated:
            self._fault(REJECT_GROUP_COUNT, count_tag)
            return -1
        return index

    def _check_instance(self, message: FixMessage, first: i64, layout: Layout, last: i64) -> i64:
        """Check one group instance, fields in the order of the definition. Returns the index after it, or -1."""
        self._instance_mark += 1
        mark: i64 = self._instance_mark
        order_before: i64 = 0
        index: i64 = first
        while index < last:
            tag: i64 = message.tag_at(index)
            slot: i64 = self.dictionary.slot(tag)
            if self.dictionary.is_light and self._is_foreign(slot):
                index += 1
                continue
            if slot == NO_SLOT or layout.order[slot] == 0 or (slot == layout.delimiter and index != first):
                break
            order: i64 = layout.order[slot]
            if order <= order_before:
                self._fault(REJECT_TAG_TWICE if order == order_before else REJECT_GROUP_ORDER, tag)
                return -1
            order_before = order
            self._seen_in_group[slot] = mark
            reason: i64 = self._value_fault(message, index, slot)
            if reason != NO_FAULT:
                self._fault(reason, tag)
                return -1
            if layout.group[slot] == NO_GROUP:
                index += 1
                continue
            index = self._check_group(message, index, layout.group[slot], last)
            if index < 0:
                return -1
        for position in range(len(layout.required)):
            required: i64 = layout.required[position]
            if self._seen_in_group[required] != mark:
                self._fault(REJECT_REQUIRED_MISSING, self.dictionary.tag_of_slot[required])
                return -1
        return index

    def _check_required(self, layout: Layout, first: i64) -> bool:
        for position in range(first, len(layout.required)):
            slot: i64 = layout.required[position]
            if self._seen[slot] != self._message_mark:
                return self._fault(REJECT_REQUIRED_MISSING, self.dictionary.tag_of_slot[slot])
        return True

    def _check_conditions(self, message: FixMessage, layout: Layout) -> bool:
        for position in range(len(layout.condition_slots)):
            needed: i64 = layout.condition_needs[position]
            slot: i64 = layout.condition_slots[position]
            if self._seen[needed] == self._message_mark or self._seen[slot] != self._message_mark:
                continue
            if message.get(self.dictionary.tag_of_slot[slot]) == layout.condition_values[position]:
                self.is_business = True
                return self._fault(BUSINESS_CONDITIONAL_MISSING, self.dictionary.tag_of_slot[needed])
        return True

    def _value_fault(self, message: FixMessage, index: i64, slot: i64) -> i64:
        """NO_FAULT, or the reject reason of a value that does not fit its type."""
        kind: i64 = self.dictionary.type_of_slot[slot]
        if kind in (TYPE_STRING, TYPE_DATA):
            return NO_FAULT
        frame: bytes = message.frame
        start: i64 = message.start_at(index)
        end: i64 = start + message.length_at(index)
        if kind == TYPE_CHAR:
            return self._char_fault(i64(frame[start]), end - start, slot)
        if kind == TYPE_DECIMAL:
            return NO_FAULT if is_decimal(frame, start, end) else REJECT_FORMAT
        if kind in (TYPE_INT, TYPE_COUNT):
            value: i64 = parse_int(frame, start, end)
            if value == INVALID:
                return REJECT_FORMAT
            return REJECT_OUT_OF_RANGE if kind == TYPE_COUNT and value < 0 else NO_FAULT
        if kind == TYPE_BOOLEAN:
            if end - start != 1:
                return REJECT_FORMAT
            return NO_FAULT if frame[start] == 89 or frame[start] == 78 else REJECT_OUT_OF_RANGE  # "Y" or "N"
        return NO_FAULT if is_typed_value(kind, frame, start, end) else REJECT_FORMAT

    def _char_fault(self, code: i64, length: i64, slot: i64) -> i64:
        if length != 1:
            return REJECT_FORMAT
        low: i64 = self.dictionary.values_low[slot]
        high: i64 = self.dictionary.values_high[slot]
        if low == 0 and high == 0:
            return NO_FAULT
        is_allowed: bool = False
        if code < 63:
            is_allowed = (low >> code) & 1 == 1
        elif code < 126:
            is_allowed = (high >> (code - 63)) & 1 == 1
        return NO_FAULT if is_allowed else REJECT_OUT_OF_RANGE


def is_decimal(data: bytes, start: i64, end: i64) -> bool:
    """True for a FIX float: optional minus, digits with at most one point, at least one digit."""
    position: i64 = start
    if position < end and data[position] == 45:  # "-"
        position += 1
    digits: i64 = 0
    points: i64 = 0
    while position < end:
        code: i64 = i64(data[position])
        if code == 46:  # "."
            points += 1
        elif code >= 48 and code <= 57:
            digits += 1
        else:
            return False
        position += 1
    return digits > 0 and points <= 1


def is_typed_value(kind: i64, data: bytes, start: i64, end: i64) -> bool:
    """True when the value is a timestamp, time, date, month-year or list of characters, as `kind` says."""
    if kind == TYPE_UTC_TIMESTAMP:
        return parse_timestamp_at(data, start, end) != INVALID
    if kind == TYPE_UTC_TIME:
        return parse_time_at(data, start, end) != INVALID
    if kind == TYPE_DATE:
        return parse_date_at(data, start, end) != INVALID
    if kind == TYPE_MONTH_YEAR:
        # YYYYMM, YYYYMMDD or YYYYMMwW (Volume 1, "month-year").
        size: i64 = end - start
        if size == 8 and data[start + 6] == 119:  # "w"
            return data[start + 7] >= 49 and data[start + 7] <= 53 and is_month(data, start)
        if size == 8:
            return parse_date_at(data, start, end) != INVALID
        return size == 6 and is_month(data, start)
    return kind == TYPE_MULTIPLE_CHAR and are_single_characters(data, start, end)


def are_single_characters(data: bytes, start: i64, end: i64) -> bool:
    """True for characters with one space between them (FIX 5.0 SP2 Volume 1, "MultipleCharValue")."""
    if (end - start) % 2 == 0:
        return False
    for position in range(start + 1, end, 2):
        if data[position] != 32 or data[position - 1] == 32:
            return False
    return data[end - 1] != 32


def is_month(data: bytes, start: i64) -> bool:
    """True when six digits YYYYMM follow."""
    month: i64 = parse_int(data, start + 4, start + 6)
    return parse_int(data, start, start + 4) >= 0 and month >= 1 and month <= 12
