"""The table grammar: what the rows mean, and that a wrong row is named."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.dictionary import (
    GROUP_DEPTH_MAX,
    NO_GROUP,
    NO_SLOT,
    SECTION_BODY,
    SECTION_HEADER,
    SECTION_TRAILER,
    TYPE_CHAR,
    TYPE_DATA,
    Dictionary,
    VersionTables,
    build_dictionary,
)

FIELDS = """
8 BeginString STRING; 10 CheckSum STRING
35 MsgType STRING; 20 Side CHAR 12}; 21 Any CHAR
30 NoThings NUMINGROUP; 31 Thing STRING; 32 Size QTY; 33 Label STRING
40 BlobLen LENGTH; 41 Blob DATA; 42 SignatureLength LENGTH; 43 Signature DATA
"""


def build(
    fields: str = FIELDS, messages: str = "T Test app: 20! 21", conditions: str = "", extra: tuple[str, str] = ("", "")
) -> Dictionary:
    tables = VersionTables("FIX.X", fields, "8! 35!", "42 43 10!", "Pair: 31! 32", messages, conditions, "T U")
    return build_dictionary(tables, *extra)


def tags(dictionary: Dictionary, slots: object) -> list[int]:
    return [int(dictionary.tag_of_slot[slot]) for slot in slots]  # type: ignore[attr-defined]


def test_fields_have_types_sections_and_allowed_characters() -> None:
    dictionary = build()
    side = dictionary.slot(20)
    assert dictionary.type_of_slot[side] == TYPE_CHAR
    assert (dictionary.values_low[side], dictionary.values_high[side]) == (1 << 49 | 1 << 50, 1 << (125 - 63))
    assert (dictionary.values_low[dictionary.slot(21)], dictionary.values_high[dictionary.slot(21)]) == (0, 0)
    assert [dictionary.section_of_slot[dictionary.slot(tag)] for tag in (8, 20, 43)] == [
        SECTION_HEADER,
        SECTION_BODY,
        SECTION_TRAILER,
    ]
    assert dictionary.name_of(20) == "Side"
    assert dictionary.name_of(99) == ""


@pytest.mark.parametrize("tag", [-1, 0, 7, 44, 100_000_000])
def test_an_undefined_tag_has_no_slot(tag: int) -> None:
    assert build().slot(tag) == NO_SLOT


def test_length_and_data_fields_are_paired_by_name() -> None:
    dictionary = build()
    assert (dictionary.data_tag[40], dictionary.data_tag[42], dictionary.data_tag[30]) == (41, 43, 0)
    assert dictionary.type_of_slot[dictionary.slot(41)] == TYPE_DATA


def test_members_required_groups_and_components() -> None:
    dictionary = build(messages="T Test app: 20! 30!(@Pair! 33)\n    21\nU Other admin: @Pair 33!")
    layout = dictionary.messages[b"T"]
    assert (layout.name, layout.is_admin) == ("Test", False)
    assert tags(dictionary, layout.required) == [20, 30]
    assert layout.order[dictionary.slot(31)] == 0, "fields of a group do not belong to the message itself"
    assert layout.order[dictionary.slot(21)] > 0, "an indented line goes on"
    group = dictionary.layouts[layout.group[dictionary.slot(30)]]
    assert tags(dictionary, [group.delimiter]) == [31]
    assert tags(dictionary, group.required) == [31]
    assert [group.order[dictionary.slot(tag)] for tag in (31, 32, 33)] == [1, 2, 3]
    assert layout.group[dictionary.slot(20)] == NO_GROUP
    other = dictionary.messages[b"U"]
    assert other.is_admin
    assert tags(dictionary, other.required) == [33], "an optional component requires nothing"


def test_known_and_supported_types_differ() -> None:
    dictionary = build()
    assert (dictionary.knows(b"U"), dictionary.supports(b"U")) == (True, False)
    assert (dictionary.knows(b"T"), dictionary.supports(b"T")) == (True, True)
    assert not dictionary.knows(b"V")


def test_a_counterparty_adds_fields_and_members() -> None:
    dictionary = build(extra=("9001 Special INT", "T: 9001! 33"))
    layout = dictionary.messages[b"T"]
    assert tags(dictionary, layout.required) == [20, 9001]
    assert layout.order[dictionary.slot(33)] > layout.order[dictionary.slot(9001)] > layout.order[dictionary.slot(21)]


def test_a_second_row_for_a_message_adds_to_the_first() -> None:
    dictionary = build(extra=("9001 Special INT", "T: 9001!\nT: 33"))
    layout = dictionary.messages[b"T"]
    assert layout.order[dictionary.slot(33)] > layout.order[dictionary.slot(9001)] > 0


@pytest.mark.parametrize(("row", "named"), [("X: 33", "message 'X'"), (" 33", "message ''"), ("T: 34", "'34'")])
def test_a_row_of_a_counterparty_for_nothing_is_named(row: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        build(extra=("9001 Special INT", row))


def test_conditions_are_kept_by_slot() -> None:
    dictionary = build(conditions="T 20=1 needs 21")
    layout = dictionary.messages[b"T"]
    assert (tags(dictionary, layout.condition_slots), layout.condition_values) == ([20], [b"1"])
    assert tags(dictionary, layout.condition_needs) == [21]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fields": FIELDS + "50 NoType"}, "50 NoType"),
        ({"fields": FIELDS + "50 Name MONEY"}, "50 Name MONEY"),
        ({"fields": FIELDS + "x Name INT"}, "x Name INT"),
        ({"fields": FIELDS + "20 Again INT"}, "tag 20 twice"),
        ({"fields": FIELDS + "100000 Far INT"}, "tag 100000"),
        ({"fields": FIELDS + "50 Lonely DATA"}, "Lonely"),
        ({"messages": "T Test app: 77"}, "'77'"),
        ({"messages": "T Test app: x"}, "'x'"),
        ({"messages": "T Test app: @Nothing"}, "@Nothing"),
        ({"messages": "T Test app: 30(31"}, "without ')'"),
        ({"messages": "T Test app: " + "30(31 " * (GROUP_DEPTH_MAX + 2) + ")" * (GROUP_DEPTH_MAX + 2)}, "deeper"),
    ],
)
def test_a_wrong_row_is_named(changes: dict[str, str], named: str) -> None:
    with pytest.raises(InputError, match=named.replace("(", r"\(").replace(")", r"\)")):
        build(**changes)  # type: ignore[arg-type]
