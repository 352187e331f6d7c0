"""The versions by name, and facts of 4.2 and of 5.0 SP2 over FIXT 1.1 read off the standard by hand."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.dictionary import (
    NO_GROUP,
    NO_SLOT,
    SECTION_HEADER,
    TYPE_COUNT,
    TYPE_MULTIPLE_CHAR,
    TYPE_STRING,
    Dictionary,
)
from cross_market_connect.wire.fix.versions import VERSION_NAMES, dictionary_of


def test_a_version_tells_its_name_and_what_its_logon_must_agree_on() -> None:
    told = [(version, *head(version)) for version in VERSION_NAMES]
    assert told == [
        ("FIX.4.2", "FIX.4.2", b"FIX.4.2", b""),
        ("FIX.4.4", "FIX.4.4", b"FIX.4.4", b""),
        ("FIX.5.0SP2", "FIX.5.0SP2", b"FIXT.1.1", b"9"),
        ("STEP.1.2", "STEP.1.2", b"FIXT.1.1", b"9"),
    ]


def head(version: str) -> tuple[str, bytes, bytes]:
    dictionary = dictionary_of(version)
    return dictionary.version, dictionary.begin_string, dictionary.default_appl_ver_id


@pytest.mark.parametrize("version", VERSION_NAMES)
def test_sessions_of_the_same_dialect_share_one_dictionary(version: str) -> None:
    assert dictionary_of(version) is dictionary_of(version)
    dialect = dictionary_of(version, "9702 CoveredQty QTY", "W: 9702")
    assert dialect is dictionary_of(version, "9702 CoveredQty QTY", "W: 9702")
    assert (dialect.name_of(9702), dictionary_of(version).name_of(9702)) == ("CoveredQty", "")


def test_rows_of_a_counterparty_take_nothing_away() -> None:
    dictionary = dictionary_of("FIX.4.4", "9702 CoveredQty QTY", "D: 9702")
    layout = dictionary.messages[b"D"]
    assert layout.order[dictionary.slot(9702)] > layout.order[dictionary.slot(1028)] > 0


def test_an_unknown_version_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"'FIX\.3\.9'; expected one of FIX\.4\.2, FIX\.4\.4, FIX\.5\.0SP2, STEP\.1\.2"
    ):
        dictionary_of("FIX.3.9")


FIX42 = dictionary_of("FIX.4.2")
FIX44 = dictionary_of("FIX.4.4")
FIX50SP2 = dictionary_of("FIX.5.0SP2")
SESSION_TYPES = set(map(bytes, zip(b"A012345")))

# Required body fields, groups with their count field. HandlInst is only in 4.2, AvgPx no longer in 5.0.
REQUIRED = {
    ("FIX.4.2", b"A"): {98, 108},
    ("FIX.4.2", b"D"): {11, 21, 55, 54, 60, 40},
    ("FIX.4.2", b"F"): {41, 11, 55, 54, 60},
    ("FIX.4.2", b"G"): {41, 11, 21, 55, 54, 60, 40},
    ("FIX.4.2", b"8"): {37, 17, 20, 150, 39, 55, 54, 151, 14, 6},
    ("FIX.4.2", b"9"): {37, 11, 41, 39, 434},
    ("FIX.4.2", b"j"): {372, 380},
    ("FIX.4.2", b"V"): {262, 263, 264, 267, 146},
    ("FIX.4.2", b"W"): {55, 268},
    ("FIX.4.2", b"X"): {268},
    ("FIX.4.2", b"h"): {336, 340},
    ("FIX.5.0SP2", b"A"): {98, 108, 1137},
    ("FIX.5.0SP2", b"1"): {112},
    ("FIX.5.0SP2", b"2"): {7, 16},
    ("FIX.5.0SP2", b"3"): {45},
    ("FIX.5.0SP2", b"4"): {36},
    ("FIX.5.0SP2", b"D"): {11, 54, 60, 40},
    ("FIX.5.0SP2", b"F"): {11, 54, 60},
    ("FIX.5.0SP2", b"G"): {11, 54, 60, 40},
    ("FIX.5.0SP2", b"8"): {37, 17, 150, 39, 54, 151, 14},
    ("FIX.5.0SP2", b"9"): {37, 11, 39, 434},
    ("FIX.5.0SP2", b"q"): {11, 530, 60},
    ("FIX.5.0SP2", b"r"): {37, 1369, 530, 531},
    ("FIX.5.0SP2", b"V"): {262, 263, 264, 267, 146},
    ("FIX.5.0SP2", b"W"): {268},
    ("FIX.5.0SP2", b"h"): {336, 340},
    ("FIX.5.0SP2", b"AN"): {710, 724, 453, 715, 60},
}


@pytest.mark.parametrize(("version", "msg_type"), sorted(REQUIRED))
def test_required_fields(version: str, msg_type: bytes) -> None:
    dictionary = dictionary_of(version)
    layout = dictionary.messages[msg_type]
    assert {int(dictionary.tag_of_slot[slot]) for slot in layout.required} == REQUIRED[version, msg_type]


@pytest.mark.parametrize(
    ("dictionary", "missing"),
    [(FIX42, {b"q", b"r", b"AF", b"x", b"y", b"AN", b"AP"}), (FIX44, set()), (FIX50SP2, set())],
)
def test_messages_of_each_version(dictionary: Dictionary, missing: set[bytes]) -> None:
    orders = {b"D", b"E", b"F", b"G", b"H", b"8", b"9", b"j", b"q", b"r", b"AF"}
    others = {b"V", b"W", b"X", b"Y", b"c", b"d", b"x", b"y", b"g", b"h", b"AN", b"AP"}
    assert set(dictionary.messages) == (SESSION_TYPES | orders | others) - missing
    assert {name for name, layout in dictionary.messages.items() if layout.is_admin} == SESSION_TYPES
    assert all(dictionary.knows(name) for name in dictionary.messages)


def test_known_types_end_where_each_version_ends() -> None:
    known = [[dictionary.knows(name) for name in (b"m", b"n", b"AE", b"BG", b"BZ", b"*")] for dictionary in ALL]
    assert known == [
        [True, False, False, False, False, False],  # up to ListStrikePrice
        [True, True, True, True, False, False],  # up to CollateralInquiryAck
        [True, True, True, True, True, False],  # with OrderMassActionReport
    ]


ALL = [FIX42, FIX44, FIX50SP2]


def test_headers_differ() -> None:
    header = [[FIX.section_of_slot[FIX.slot(tag)] == SECTION_HEADER for tag in (370, 627, 1128)] for FIX in (FIX50SP2,)]
    assert header == [[False, True, True]], "OnBehalfOfSendingTime went, hops and the application's version came"
    assert FIX42.section_of_slot[FIX42.slot(370)] == SECTION_HEADER
    assert [FIX42.slot(tag) for tag in (627, 1128)] == [NO_SLOT, NO_SLOT]
    for dictionary in ALL:
        assert {int(dictionary.tag_of_slot[slot]) for slot in dictionary.header.required} == {8, 9, 35, 49, 56, 34, 52}
        assert [int(dictionary.tag_of_slot[slot]) for slot in dictionary.header.required][:3] == [8, 9, 35]


def test_later_fields_are_not_in_42() -> None:
    tags = (453, 553, 554, 789, 1137)
    assert [FIX42.slot(tag) == NO_SLOT for tag in tags] == [True] * 5
    assert [FIX50SP2.name_of(tag) for tag in tags] == [
        "NoPartyIDs",
        "Username",
        "Password",
        "NextExpectedMsgSeqNum",
        "DefaultApplVerID",
    ]
    assert [FIX42.name_of(20), FIX44.name_of(20), FIX50SP2.name_of(20)] == ["ExecTransType", "", ""]


def test_types_that_changed_between_versions() -> None:
    assert [dictionary.type_of_slot[dictionary.slot(18)] for dictionary in ALL] == [
        TYPE_STRING,  # MultipleValueString
        TYPE_STRING,
        TYPE_MULTIPLE_CHAR,
    ]
    for dictionary in ALL:
        assert [dictionary.type_of_slot[dictionary.slot(tag)] for tag in (7, 34, 36, 268)] == [TYPE_COUNT] * 4


def test_reasons_that_a_reject_may_state() -> None:
    assert [dictionary.reject_reason_last for dictionary in ALL] == [11, 17, 18]


@pytest.mark.parametrize(
    ("dictionary", "msg_type", "count", "delimiter"),
    [
        (FIX42, b"V", 267, 269),
        (FIX42, b"V", 146, 55),
        (FIX42, b"8", 382, 375),
        (FIX42, b"E", 73, 11),
        (FIX42, b"D", 78, 79),
        (FIX42, b"D", 386, 336),
        (FIX50SP2, b"D", 453, 448),
        (FIX50SP2, b"V", 146, 55),
        (FIX50SP2, b"X", 268, 279),
        (FIX50SP2, b"8", 1362, 1363),
        (FIX44, b"E", 73, 11),
        (FIX44, b"AP", 702, 703),
    ],
)
def test_groups_begin_with_their_delimiter(dictionary: Dictionary, msg_type: bytes, count: int, delimiter: int) -> None:
    group = dictionary.messages[msg_type].group[dictionary.slot(count)]
    assert group != NO_GROUP
    assert dictionary.tag_of_slot[dictionary.layouts[group].delimiter] == delimiter
