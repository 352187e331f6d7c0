"""Facts of FIX 4.4 read off the standard by hand, against the tables."""

import pytest

from cross_market_connect.wire.fix.dictionary import NO_GROUP, TYPE_COUNT, TYPE_DATA, TYPE_DECIMAL, Dictionary
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.wire.fix.support import DICTIONARY

# Required body fields of each message, Volume 2 (session), 3 (market data), 4 (orders); groups with their count field.
REQUIRED = {
    b"A": {98, 108},
    b"0": set(),
    b"1": {112},
    b"2": {7, 16},
    b"3": {45},
    b"4": {36},
    b"5": set(),
    b"D": {11, 54, 60, 40},
    b"F": {41, 11, 54, 60},
    b"H": {11, 54},
    b"8": {37, 17, 150, 39, 54, 151, 14, 6},
    b"9": {37, 11, 41, 39, 434},
    b"j": {372, 380},
    b"V": {262, 263, 264, 267, 146},
    b"W": {268},
    b"X": {268},
    b"Y": {262},
    b"E": {66, 394, 68, 73},
    b"G": {41, 11, 54, 60, 40},
    b"q": {11, 530, 60},
    b"r": {37, 530, 531},
    b"AF": {584, 585},
    b"c": {320, 321},
    b"d": {320, 322, 323},
    b"x": {320, 559},
    b"y": {320, 322, 560},
    b"g": {335, 263},
    b"h": {336, 340},
    b"AN": {710, 724, 453, 1, 581, 715, 60},
    b"AP": {721, 728, 715, 453, 1, 581, 730, 731, 734, 702, 753},
}


def required(dictionary: Dictionary, msg_type: bytes) -> set[int]:
    return {int(dictionary.tag_of_slot[slot]) for slot in dictionary.messages[msg_type].required}


@pytest.mark.parametrize("msg_type", sorted(REQUIRED))
def test_required_fields(msg_type: bytes) -> None:
    assert required(DICTIONARY, msg_type) == REQUIRED[msg_type]


def test_header_and_trailer() -> None:
    header = {int(DICTIONARY.tag_of_slot[slot]) for slot in DICTIONARY.header.required}
    assert header == {8, 9, 35, 49, 56, 34, 52}
    assert {int(DICTIONARY.tag_of_slot[slot]) for slot in DICTIONARY.trailer.required} == {10}


@pytest.mark.parametrize(
    ("length", "data"), [(90, 91), (93, 89), (95, 96), (212, 213), (348, 349), (350, 351), (354, 355)]
)
def test_data_fields_follow_their_lengths(length: int, data: int) -> None:
    assert DICTIONARY.data_tag[length] == data
    assert DICTIONARY.type_of_slot[DICTIONARY.slot(length)] == TYPE_COUNT
    assert DICTIONARY.type_of_slot[DICTIONARY.slot(data)] == TYPE_DATA


@pytest.mark.parametrize(
    ("msg_type", "count", "delimiter"),
    [(b"V", 267, 269), (b"V", 146, 55), (b"W", 268, 269), (b"X", 268, 279), (b"D", 453, 448)],
)
def test_groups_begin_with_their_delimiter(msg_type: bytes, count: int, delimiter: int) -> None:
    group = DICTIONARY.messages[msg_type].group[DICTIONARY.slot(count)]
    assert group != NO_GROUP
    assert DICTIONARY.tag_of_slot[DICTIONARY.layouts[group].delimiter] == delimiter


def test_known_types_reach_from_heartbeat_to_collateral_inquiry_ack() -> None:
    assert DICTIONARY.knows(b"BG")
    assert not DICTIONARY.knows(b"BZ")  # came with FIX 5.0
    assert not DICTIONARY.knows(b"*")


def test_price_is_a_decimal_and_the_names_are_the_standards() -> None:
    assert DICTIONARY.type_of_slot[DICTIONARY.slot(44)] == TYPE_DECIMAL
    assert [DICTIONARY.name_of(tag) for tag in (11, 37, 44, 55, 1028)] == [
        "ClOrdID",
        "OrderID",
        "Price",
        "Symbol",
        "ManualOrderIndicator",
    ]


def test_a_counterpartys_fields_are_added() -> None:
    dictionary = dictionary_of("FIX.4.4", "9702 CoveredQty QTY", "D: 9702!")
    assert required(dictionary, b"D") == REQUIRED[b"D"] | {9702}
    assert required(DICTIONARY, b"D") == REQUIRED[b"D"]
