"""FIX dictionaries: which fields a version has, of which type, and which message may carry them.

A version is data (see `fix44.py`): text tables in the small grammar below, compiled once into integer tables. Adding a
message or a venue's own field is a table entry; no code changes.

Table grammar (one row per line, continuation lines are indented):

* field rows      `tag Name TYPE` or `tag Name CHAR values`, several per line separated by `;`. For CHAR the values are
                  the characters the standard enumerates; a CHAR without values accepts any character.
* layout rows     `MsgType Name admin|app: members` and `Component: members`. A member is a tag, `!` after it means
                  required, `tag(members)` is a repeating group, `@Name` splices a component (`@Name!` when required:
                  only then do the `!` inside count).
* condition rows  `MsgType tag=value needs tag`: a conditionally required field.

Sources: FIX 4.4 with Errata 20030618, Volume 1 (data types, component blocks), Volume 2 (session messages),
Volumes 3 to 5 (application messages), Volume 6 (fields by tag); FIX 5.0 SP2, Volume 1 (data types). Which tables belong
to which version: `versions.py`.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError

# Data types, grouped by how their text is checked (Volume 1, "FIX data types").
TYPE_STRING: Final[i64] = 0
TYPE_CHAR: Final[i64] = 1
TYPE_INT: Final[i64] = 2
TYPE_COUNT: Final[i64] = 3  # LENGTH, SEQNUM, NUMINGROUP: an int that is never negative
TYPE_DECIMAL: Final[i64] = 4
TYPE_BOOLEAN: Final[i64] = 5
TYPE_UTC_TIMESTAMP: Final[i64] = 6
TYPE_UTC_TIME: Final[i64] = 7
TYPE_DATE: Final[i64] = 8
TYPE_MONTH_YEAR: Final[i64] = 9
TYPE_DATA: Final[i64] = 10
TYPE_MULTIPLE_CHAR: Final[i64] = 11  # single characters with single spaces between them (from FIX 5.0 on)

_TYPE_CODES: Final[dict[str, int]] = {
    "STRING": 0, "MULTIPLEVALUESTRING": 0, "MULTIPLESTRINGVALUE": 0, "CURRENCY": 0, "EXCHANGE": 0, "COUNTRY": 0,
    "TZTIMEONLY": 0,
    "CHAR": 1,
    "INT": 2,
    "LENGTH": 3, "SEQNUM": 3, "NUMINGROUP": 3,
    "FLOAT": 4, "QTY": 4, "PRICE": 4, "PRICEOFFSET": 4, "AMT": 4, "PERCENTAGE": 4,
    "BOOLEAN": 5,
    "UTCTIMESTAMP": 6, "UTCTIMEONLY": 7, "UTCDATEONLY": 8, "LOCALMKTDATE": 8, "MONTHYEAR": 9,
    "DATA": 10,
    "MULTIPLECHARVALUE": 11,
}  # fmt: skip

# Sections of a message, in the order in which they must appear (Volume 1, "Message format").
SECTION_HEADER: Final[i64] = 0
SECTION_BODY: Final[i64] = 1
SECTION_TRAILER: Final[i64] = 2

NO_SLOT: Final[i64] = -1
NO_GROUP: Final[i64] = -1
TAG_MAX: Final[i64] = 99_999
"""Largest tag a dictionary may define (user-defined tags of venues lie between 5000 and 39999)."""
GROUP_DEPTH_MAX: Final[i64] = 4
FIELD_TOKENS_MIN: Final = 3
# A table, since mypyc turns a shifted i64 literal into a shift of a 32-bit C int, which loses bits 32 to 62.
_BITS: Final[list[int]] = [1 << position for position in range(63)]

# Tags that codec and session handle by name (Volume 6).
TAG_BEGIN_STRING: Final[i64] = 8
TAG_BODY_LENGTH: Final[i64] = 9
TAG_CHECK_SUM: Final[i64] = 10
TAG_MSG_SEQ_NUM: Final[i64] = 34
TAG_MSG_TYPE: Final[i64] = 35
TAG_POSS_DUP_FLAG: Final[i64] = 43
TAG_SENDER_COMP_ID: Final[i64] = 49
TAG_SENDING_TIME: Final[i64] = 52
TAG_TARGET_COMP_ID: Final[i64] = 56
TAG_ORIG_SENDING_TIME: Final[i64] = 122


@final
class VersionTables:
    """The text tables of one FIX version.

    Args:
        begin_string: value of BeginString(8).
        fields, header, trailer, components, messages, conditions: tables in the grammar of this module.
        known_types: every MsgType the version defines, so that a valid but unsupported type is answered with
            BusinessMessageReject and an invalid one with Reject (session test case 2.q and 2.r).
        version: name of the application version when it is not the BeginString's: "FIX.5.0SP2" over "FIXT.1.1".
        default_appl_ver_id: DefaultApplVerID(1137) of a Logon, "" where the version has none.
        reject_reason_last: last SessionRejectReason(373) the version enumerates (99, "other", apart).
        is_light: the session layer is LFIXT, and fields that the tables do not have are skipped.
    """

    def __init__(
        self,
        begin_string: str,
        fields: str,
        header: str,
        trailer: str,
        components: str,
        messages: str,
        conditions: str,
        known_types: str,
        version: str = "",
        default_appl_ver_id: str = "",
        reject_reason_last: int = 17,
        is_light: bool = False,
    ) -> None:
        self.begin_string: str = begin_string
        self.fields: str = fields
        self.header: str = header
        self.trailer: str = trailer
        self.components: str = components
        self.messages: str = messages
        self.conditions: str = conditions
        self.known_types: str = known_types
        self.version: str = version or begin_string
        self.default_appl_ver_id: str = default_appl_ver_id
        self.reject_reason_last: int = reject_reason_last
        self.is_light: bool = is_light


@final
class Layout:
    """What a message, or one instance of a repeating group, may and must contain; all vectors are indexed by slot."""

    def __init__(self, slot_count: i64) -> None:
        self.order: vec[i64] = filled(slot_count, 0)
        """1 + position within the definition; 0 when the field does not belong here."""
        self.group: vec[i64] = filled(slot_count, NO_GROUP)
        """For a NumInGroup field: index of the group's layout in `Dictionary.layouts`."""
        self.required: vec[i64] = vec[i64]()
        """Slots that must be present."""
        self.delimiter: i64 = NO_SLOT
        """First field of a group instance; NO_SLOT for messages."""
        self.belongs: vec[i64] = vec[i64]()
        """Of a message in a light dictionary: 1 for what belongs into it or into a group of it."""
        self.member_count: i64 = 0
        self.is_admin: bool = False
        self.name: str = ""
        self.condition_slots: vec[i64] = vec[i64]()
        self.condition_values: list[bytes] = []
        self.condition_needs: vec[i64] = vec[i64]()


@final
class Dictionary:
    """One FIX version compiled into integer tables. A *slot* is the dense number of a field."""

    def __init__(self, begin_string: bytes, slot_count: i64) -> None:
        self.begin_string: bytes = begin_string
        self.version: str = ""
        """Name of the application version, as `versions.VERSION_NAMES` has it."""
        self.default_appl_ver_id: bytes = b""
        """DefaultApplVerID(1137) to be agreed at logon; b"" where the version has none."""
        self.reject_reason_last: i64 = 0
        """Last SessionRejectReason(373) that a Reject may state."""
        self.is_light: bool = False
        """The session layer is LFIXT (docs/protocols/step.md), and a field that is not defined here is skipped."""
        self.slot_count: i64 = slot_count
        self.tag_limit: i64 = 0
        self.slot_of_tag: vec[i64] = vec[i64]()
        self.tag_of_slot: vec[i64] = vec[i64]()
        self.type_of_slot: vec[i64] = vec[i64]()
        self.section_of_slot: vec[i64] = filled(slot_count, SECTION_BODY)
        self.values_low: vec[i64] = filled(slot_count, 0)
        """Allowed characters 0 to 62 of a CHAR field as bits; both words 0 means any."""
        self.values_high: vec[i64] = filled(slot_count, 0)
        """Allowed characters 63 to 125 of a CHAR field as bits."""
        self.data_tag: vec[i64] = vec[i64]()
        """By tag: the DATA field whose size a LENGTH field gives (Volume 1, "data"), else 0."""
        self.names: dict[int, str] = {}
        self.layouts: list[Layout] = []
        self.header: Layout = Layout(slot_count)
        self.trailer: Layout = Layout(slot_count)
        self.messages: dict[bytes, Layout] = {}
        self.known_types: dict[bytes, bool] = {}
        self.unseen: vec[i64] = filled(slot_count, 0)
        """A mark per slot, for checkers to copy: a slice costs less than filling a vector again."""

    def slot(self, tag: i64) -> i64:
        """Dense number of `tag`, NO_SLOT when this version does not define it."""
        if tag <= 0 or tag >= self.tag_limit:
            return NO_SLOT
        return self.slot_of_tag[tag]

    def knows(self, msg_type: bytes) -> bool:
        """True when the version defines the type, supported by the tables or not."""
        return msg_type in self.known_types

    def supports(self, msg_type: bytes) -> bool:
        """True when the tables describe the type."""
        return msg_type in self.messages

    def has_member(self, msg_type: bytes, tag: i64) -> bool:
        """True when a message of a supported type may carry the field."""
        slot = self.slot(tag)
        return slot != NO_SLOT and self.messages[msg_type].order[slot] != 0

    def name_of(self, tag: i64) -> str:
        """The field's name in the standard, "" when undefined."""
        return self.names.get(int(tag), "")


def filled(size: i64, value: i64) -> vec[i64]:
    """A vector of `size` equal elements."""
    result = vec[i64](capacity=size)
    for _ in range(size):
        result = append(result, value)
    return result


def build_dictionary(tables: VersionTables, extra_fields: str = "", extra_members: str = "") -> Dictionary:
    """Compile a version's tables.

    Args:
        tables: the version.
        extra_fields: field rows of a counterparty (user-defined or later-version tags).
        extra_members: rows `MsgType: members` that add optional or required members to existing messages.
    Raises:
        InputError: a row that does not fit the grammar or names an undefined field or component.
    """
    rows = _field_rows(tables.fields) + _field_rows(extra_fields)
    dictionary = Dictionary(tables.begin_string.encode(), len(rows))
    dictionary.version = tables.version
    dictionary.default_appl_ver_id = tables.default_appl_ver_id.encode()
    dictionary.reject_reason_last = tables.reject_reason_last
    dictionary.is_light = tables.is_light
    _add_fields(dictionary, rows)
    components = _named_rows(tables.components)
    _add_members(dictionary, dictionary.header, components, _tokens(tables.header), True, 0)
    _add_members(dictionary, dictionary.trailer, components, _tokens(tables.trailer), True, 0)
    _mark_section(dictionary, dictionary.header, SECTION_HEADER)
    _mark_section(dictionary, dictionary.trailer, SECTION_TRAILER)
    for head, members in _named_rows(tables.messages).items():
        msg_type, name, category = head.split()
        layout = Layout(dictionary.slot_count)
        layout.name = name
        layout.is_admin = category == "admin"
        _add_members(dictionary, layout, components, _tokens(members), True, 0)
        dictionary.messages[msg_type.encode()] = layout
    for msg_type, members in _named_rows(extra_members).items():
        if msg_type.encode() not in dictionary.messages:
            raise InputError([f"FIX layout table: message {msg_type!r}; expected a MsgType of {tables.version}"])
        layout = dictionary.messages[msg_type.encode()]
        _add_members(dictionary, layout, components, _tokens(members), True, 0)
    if dictionary.is_light:
        for layout in dictionary.messages.values():
            layout.belongs = _mark_belonging(dictionary, layout, filled(dictionary.slot_count, 0))
    _add_conditions(dictionary, tables.conditions)
    for known in tables.known_types.split():
        dictionary.known_types[known.encode()] = True
    return dictionary


def _field_rows(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in text.splitlines():
        for cell in line.split(";"):
            tokens = cell.split()
            if not tokens:
                continue
            if len(tokens) < FIELD_TOKENS_MIN or tokens[2] not in _TYPE_CODES or not tokens[0].isdecimal():
                raise InputError([f"FIX field table: {cell.strip()!r}; expected 'tag Name TYPE [values]'"])
            rows.append(tokens)
    return rows


def _named_rows(text: str) -> dict[str, str]:
    rows: dict[str, str] = {}
    head = ""
    for line in text.splitlines():
        if not line.strip():
            continue
        members = line
        if line[0] != " ":
            head, _, members = line.partition(":")
        # A second row of the same name adds to the first.
        rows[head] = rows.get(head, "") + " " + members
    return rows


def _tokens(members: str) -> list[str]:
    return members.replace("(", " ( ").replace(")", " ) ").split()


def _add_fields(dictionary: Dictionary, rows: list[list[str]]) -> None:
    tag_last = max(int(row[0]) for row in rows)
    if tag_last > TAG_MAX:
        raise InputError([f"FIX field table: tag {tag_last}; expected at most {TAG_MAX}"])
    dictionary.tag_limit = tag_last + 1
    dictionary.slot_of_tag = filled(dictionary.tag_limit, NO_SLOT)
    dictionary.data_tag = filled(dictionary.tag_limit, 0)
    tags_by_name: dict[str, int] = {}
    for slot, row in enumerate(rows):
        tag: i64 = int(row[0])
        if dictionary.slot_of_tag[tag] != NO_SLOT:
            raise InputError([f"FIX field table: tag {tag} twice; expected each tag once"])
        dictionary.slot_of_tag[tag] = slot
        dictionary.tag_of_slot = append(dictionary.tag_of_slot, tag)
        dictionary.type_of_slot = append(dictionary.type_of_slot, i64(_TYPE_CODES[row[2]]))
        dictionary.names[int(tag)] = row[1]
        tags_by_name[row[1]] = int(tag)
        if len(row) > FIELD_TOKENS_MIN:
            _add_values(dictionary, slot, row[FIELD_TOKENS_MIN])
    for name, data_tag in tags_by_name.items():
        if dictionary.type_of_slot[dictionary.slot_of_tag[data_tag]] != TYPE_DATA:
            continue
        # The standard names the pair X and XLen, or X and XLength.
        length_tag = tags_by_name.get(name + "Len", tags_by_name.get(name + "Length", 0))
        if length_tag == 0:
            raise InputError([f"FIX field table: data field {name} has no {name}Len; expected one"])
        dictionary.data_tag[length_tag] = data_tag


def _add_values(dictionary: Dictionary, slot: i64, characters: str) -> None:
    for character in characters:
        code: i64 = ord(character)
        if code < 63:
            dictionary.values_low[slot] = dictionary.values_low[slot] | i64(_BITS[code])
        else:
            dictionary.values_high[slot] = dictionary.values_high[slot] | i64(_BITS[code - 63])


def _slot_of(dictionary: Dictionary, token: str) -> i64:
    slot = dictionary.slot(int(token)) if token.isdecimal() else NO_SLOT
    if slot == NO_SLOT:
        raise InputError([f"FIX layout table: {token!r}; expected the tag of a defined field"])
    return slot


def _add_members(
    dictionary: Dictionary,
    layout: Layout,
    components: dict[str, str],
    tokens: list[str],
    is_required: bool,
    depth: int,
) -> None:
    """Add members to a layout. `is_required` is False inside an optional component, where `!` does not count."""
    if depth > GROUP_DEPTH_MAX:
        raise InputError([f"FIX layout table: groups nested deeper than {GROUP_DEPTH_MAX}"])
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        must_have = is_required and token.endswith("!")
        token = token.rstrip("!")
        if token.startswith("@"):
            if token[1:] not in components:
                raise InputError([f"FIX layout table: component {token}; expected a defined one"])
            _add_members(dictionary, layout, components, _tokens(components[token[1:]]), must_have, depth)
            continue
        slot = _slot_of(dictionary, token)
        layout.member_count += 1
        layout.order[slot] = layout.member_count
        if layout.member_count == 1:
            layout.delimiter = slot
        if must_have:
            layout.required = append(layout.required, slot)
        if index < len(tokens) and tokens[index] == "(":
            closing = _closing(tokens, index)
            group = Layout(dictionary.slot_count)
            group.name = dictionary.names[int(token)]
            layout.group[slot] = len(dictionary.layouts)
            dictionary.layouts.append(group)
            _add_members(dictionary, group, components, tokens[index + 1 : closing], True, depth + 1)
            index = closing + 1


def _closing(tokens: list[str], opening: int) -> int:
    depth = 0
    for index in range(opening, len(tokens)):
        if tokens[index] == "(":
            depth += 1
        elif tokens[index] == ")":
            depth -= 1
            if depth == 0:
                return index
    raise InputError(["FIX layout table: '(' without ')'"])


def _mark_section(dictionary: Dictionary, layout: Layout, section: i64) -> None:
    for slot in range(dictionary.slot_count):
        if layout.order[slot] != 0:
            dictionary.section_of_slot[slot] = section
            if layout.group[slot] != NO_GROUP:
                _mark_section(dictionary, dictionary.layouts[layout.group[slot]], section)


def _add_conditions(dictionary: Dictionary, text: str) -> None:
    for line in text.splitlines():
        tokens = line.split()
        if not tokens:
            continue
        msg_type, condition, _, needed = tokens
        tag, _, value = condition.partition("=")
        layout = dictionary.messages[msg_type.encode()]
        layout.condition_slots = append(layout.condition_slots, _slot_of(dictionary, tag))
        layout.condition_values.append(value.encode())
        layout.condition_needs = append(layout.condition_needs, _slot_of(dictionary, needed))


def _mark_belonging(dictionary: Dictionary, layout: Layout, belongs: vec[i64]) -> vec[i64]:
    for slot in range(dictionary.slot_count):
        if layout.order[slot] != 0:
            belongs[slot] = 1
            if layout.group[slot] != NO_GROUP:
                belongs = _mark_belonging(dictionary, dictionary.layouts[layout.group[slot]], belongs)
    return belongs
