"""Facts of STEP 1.2 read off its sources by hand, against the tables (docs/protocols/step.md)."""

import pytest

from cross_market_connect.wire.fix.dictionary import NO_GROUP, TYPE_DECIMAL, TYPE_STRING, TYPE_UTC_TIMESTAMP
from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.validation import (
    REJECT_FORMAT,
    REJECT_GROUP_COUNT,
    REJECT_INVALID_TAG,
    REJECT_TAG_ORDER,
    REJECT_TAG_TWICE,
    Validator,
)
from cross_market_connect.wire.fix.versions import VERSION_NAMES, dictionary_of
from tests.unit.wire.fix.support import make_frame

STEP = dictionary_of("STEP.1.2")
HEADER = "49=A|56=B|34=1|52=20241125-09:30:00.000"
USED = {b"V", b"W", b"X", b"Y", b"j"}
UNUSED = {b"h", b"f", b"B", b"UA001", b"UA002", b"UA004", b"UA201", b"UA202"}


def verdict(text: str) -> tuple[bool, int, int]:
    validator = Validator(STEP)
    is_valid = validator.check(parse_message(make_frame(text, "FIXT.1.1"), STEP))
    return is_valid, int(validator.reason), int(validator.tag)


def test_only_step_is_light() -> None:
    assert [version for version in VERSION_NAMES if dictionary_of(version).is_light] == ["STEP.1.2"]


def test_messages_are_market_data_and_the_sessions() -> None:
    admin = {name for name, layout in STEP.messages.items() if layout.is_admin}
    assert admin == set(map(bytes, zip(b"A012345")))
    assert set(STEP.messages) - admin == USED | UNUSED
    assert all(STEP.knows(name) for name in STEP.messages)


@pytest.mark.parametrize("msg_type", sorted(UNUSED))
def test_nothing_is_required_of_what_is_not_used(msg_type: bytes) -> None:
    assert len(STEP.messages[msg_type].required) == 0


def test_types_of_entries_may_have_two_characters_and_quantities_decimals() -> None:
    types = [int(STEP.type_of_slot[STEP.slot(tag)]) for tag in (269, 271, 387, 42)]
    assert types == [TYPE_STRING, TYPE_DECIMAL, TYPE_DECIMAL, TYPE_UTC_TIMESTAMP]


@pytest.mark.parametrize(("msg_type", "count", "delimiter"), [(b"W", 268, 269), (b"X", 268, 279), (b"V", 146, 55)])
def test_groups_begin_with_their_delimiter(msg_type: bytes, count: int, delimiter: int) -> None:
    group = STEP.messages[msg_type].group[STEP.slot(count)]
    assert group != NO_GROUP
    assert STEP.tag_of_slot[STEP.layouts[group].delimiter] == delimiter


@pytest.mark.parametrize(
    "text",
    [
        f"35=W|{HEADER}|48=000001|268=0",
        f"35=W|{HEADER}|9999=x|48=000001|268=0",  # undefined, before the group
        "35=W|49=A|9999=x|56=B|34=1|52=20241125-09:30:00|48=000001|268=0",  # among the header's
        f"35=W|{HEADER}|48=000001|268=2|269=0|9999=x|270=1|269=x1|8888=y|270=-1",  # in entries
        f"35=W|{HEADER}|48=000001|268=1|269=0|270=1|9999=x",  # behind them
        f"35=W|{HEADER}|48=000001|1350=7|268=0",  # of another message
        f"35=W|{HEADER}|48=000001|268=1|269=0|270=1|271=1|1023=1|346=2|73=2|38=100.00|38=200.00",
        f"35=W|{HEADER}|48=000001|268=1|269=0|270=1|271=1|1023=1|73=2|38=100.00|37=A|38=200.00|37=B",
        f"35=W|{HEADER}|347=GBK|48=000001|268=0",
        f"35=V|{HEADER}|167=CS",
    ],
)
def test_a_message_is_taken_with_what_nobody_knows_in_it(text: str) -> None:
    assert verdict(text)[0], verdict(text)


@pytest.mark.parametrize(
    ("text", "reason", "tag"),
    [
        (f"35=W|{HEADER}|48=000001|268=1|269=0|270=x", REJECT_FORMAT, 270),
        (f"35=W|{HEADER}|48=000001|268=2|269=0|9999=x", REJECT_GROUP_COUNT, 268),
        (f"35=W|{HEADER}|48=000001|48=000002|268=0", REJECT_TAG_TWICE, 48),
        (f"35=W|{HEADER}|48=000001|347=GBK|268=0", REJECT_TAG_ORDER, 347),
        (f"35=W|{HEADER}|0=x|268=0", REJECT_INVALID_TAG, 0),
    ],
)
def test_what_is_known_must_still_be_right(text: str, reason: int, tag: int) -> None:
    assert verdict(text) == (False, reason, tag)


def test_fix_takes_nothing_that_it_does_not_know() -> None:
    validator = Validator(dictionary_of("FIX.5.0SP2"))
    message = parse_message(make_frame(f"35=W|{HEADER}|9999=x|48=1|268=1|269=0", "FIXT.1.1"), validator.dictionary)
    assert not validator.check(message)
