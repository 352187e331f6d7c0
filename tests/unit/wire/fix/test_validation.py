"""Field checks by the FIX 4.4 session test cases 14.a to 14.j, one row per rule."""

import pytest

from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.validation import (
    BUSINESS_CONDITIONAL_MISSING,
    REJECT_EMPTY_VALUE,
    REJECT_FORMAT,
    REJECT_GROUP_COUNT,
    REJECT_GROUP_ORDER,
    REJECT_INVALID_TAG,
    REJECT_NOT_FOR_TYPE,
    REJECT_OUT_OF_RANGE,
    REJECT_REQUIRED_MISSING,
    REJECT_TAG_ORDER,
    REJECT_TAG_TWICE,
    REJECT_UNDEFINED_TAG,
    Validator,
    are_single_characters,
)
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.wire.fix.support import DICTIONARY, make_frame

HEADER = "49=A|56=B|34=1|52=20241125-01:30:00"
ORDER = "11=C1|55=IF2412|54=1|60=20241125-01:30:00.000|38=10|40=2|44=3900.2"
REPORT = "37=O1|17=E1|150=F|39=1|55=IF2412|54=1|32=3|31=3900.2|151=7|14=3|6=3900.2"
REQUEST = "262=R1|263=1|264=0|265=1|267=2|269=0|269=1|146=2|55=IF2412|207=CFFEX|55=HSI"
TWO_PARTIES = "453=2|448=P1|447=D|452=1|802=1|523=S|803=2|448=P2|447=D|452=3"

VALID = [
    f"35=D|{HEADER}|{ORDER}",
    f"35=D|{HEADER}|{ORDER}|1028=N",
    f"35=D|{HEADER}|11=C1|{TWO_PARTIES}|55=IF2412|54=1|60=20241125-01:30:00|38=10|40=1",
    f"35=D|{HEADER}|{ORDER}|453=0",  # quickfix and others send empty groups; Volume 1 allows zero
    f"35=D|{HEADER}|43=Y|122=20241125-01:30:00|{ORDER}|354=3|355=a=b",
    f"35=D|52=20241125-01:30:00|34=1|56=B|49=A|{ORDER}",  # header fields in any order after MsgType
    f"35=D|{HEADER}|44=3900.2|40=2|38=10|60=20241125-01:30:00.000|54=1|55=IF2412|11=C1",  # body in any order
    f"35=D|{HEADER}|{ORDER}|93=2|89=xy",
    f"35=D|{HEADER}|627=2|628=H1|628=H2|629=20241125-01:30:00|{ORDER}",
    f"35=8|{HEADER}|{REPORT}",
    f"35=V|{HEADER}|{REQUEST}",
    f"35=W|{HEADER}|55=IF2412|268=2|269=0|270=3900|271=5|269=1|270=3901|271=7|272=20241125|273=01:30:00.123",
    f"35=X|{HEADER}|268=2|279=0|269=0|55=IF2412|270=3900|271=5|279=2|269=1|270=3901",
    f"35=Y|{HEADER}|262=R1|281=0",
    f"35=F|{HEADER}|41=C1|11=C2|55=IF2412|54=1|60=20241125-01:30:00|38=10",
    f"35=H|{HEADER}|11=C2|55=IF2412|54=1",
    f"35=9|{HEADER}|37=O1|11=C2|41=C1|39=0|434=1|102=1",
    f"35=j|{HEADER}|372=D|380=3",
    f"35=A|{HEADER}|98=0|108=30|384=1|372=D|385=S|553=u|554=p",
    f"35=D|{HEADER}|11=C1|55=X|200=202412|54=1|60=20241125-01:30:00|38=10|40=1",
    f"35=D|{HEADER}|11=C1|55=X|200=202412w2|54=1|60=20241125-01:30:00|38=10|40=1",
    f"35=D|{HEADER}|11=C1|55=X|200=20241220|54=1|60=20241125-01:30:00|38=10|40=1",
]


@pytest.mark.parametrize("content", VALID)
def test_valid_messages_pass(content: str) -> None:
    validator = Validator(DICTIONARY)
    assert validator.check(parse_message(make_frame(content), DICTIONARY)), (validator.reason, validator.tag)


# content, reason, tag
INVALID_MESSAGES = {
    "14.a number outside the standard": (f"35=0|{HEADER}|4999=x", REJECT_INVALID_TAG, 4999),
    "14.a user-defined number": (f"35=0|{HEADER}|9001=x", REJECT_UNDEFINED_TAG, 9001),
    "14.b body field missing": (f"35=D|{HEADER}|{ORDER.replace('54=1|', '')}", REJECT_REQUIRED_MISSING, 54),
    "14.b header field missing": ("35=0|49=A|34=1|52=20241125-01:30:00", REJECT_REQUIRED_MISSING, 56),
    "14.b field of a group missing": (f"35=W|{HEADER}|55=X|268=1|270=1", REJECT_GROUP_ORDER, 270),
    "14.b group missing": (f"35=W|{HEADER}|55=X", REJECT_REQUIRED_MISSING, 268),
    "14.b conditional field missing": (f"35=D|{HEADER}|{ORDER.replace('|44=3900.2', '')}", -5, 44),
    "14.c field of another message": (f"35=0|{HEADER}|44=1", REJECT_NOT_FOR_TYPE, 44),
    "14.d no value": (f"35=D|{HEADER}|{ORDER}|1=", REJECT_EMPTY_VALUE, 1),
    "14.e character not in the list": (f"35=D|{HEADER}|{ORDER.replace('54=1', '54=Z')}", REJECT_OUT_OF_RANGE, 54),
    "14.e character beyond the list": (f"35=D|{HEADER}|{ORDER.replace('54=1', '54=~')}", REJECT_OUT_OF_RANGE, 54),
    "14.e boolean": (f"35=D|{HEADER}|43=X|{ORDER}", REJECT_OUT_OF_RANGE, 43),
    "14.e negative count": (f"35=W|{HEADER}|55=X|268=-1|269=0", REJECT_OUT_OF_RANGE, 268),
    "14.f not a number": (f"35=D|{HEADER}|{ORDER.replace('38=10', '38=ten')}", REJECT_FORMAT, 38),
    "14.f exponent": (f"35=D|{HEADER}|{ORDER.replace('38=10', '38=1e1')}", REJECT_FORMAT, 38),
    "14.f plus sign": (f"35=D|{HEADER}|{ORDER.replace('38=10', '38=+1')}", REJECT_FORMAT, 38),
    "14.f not an integer": (f"35=V|{HEADER}|{REQUEST.replace('264=0', '264=0.5')}", REJECT_FORMAT, 264),
    "14.f two characters": (f"35=D|{HEADER}|{ORDER.replace('54=1', '54=12')}", REJECT_FORMAT, 54),
    "14.f long boolean": (f"35=D|{HEADER}|43=YES|{ORDER}", REJECT_FORMAT, 43),
    "14.f not a time": (f"35=D|{HEADER}|{ORDER.replace('60=20241125', '60=20241325')}", REJECT_FORMAT, 60),
    "14.f not a date": (f"35=W|{HEADER}|55=X|268=1|269=0|272=2024112", REJECT_FORMAT, 272),
    "14.f not a time of day": (f"35=W|{HEADER}|55=X|268=1|269=0|273=25:00:00", REJECT_FORMAT, 273),
    "14.f not a month": (f"35=D|{HEADER}|11=C1|55=X|200=202413|54=1", REJECT_FORMAT, 200),
    "14.f not a week": (f"35=D|{HEADER}|11=C1|55=X|200=202412w6|54=1", REJECT_FORMAT, 200),
    "14.g header field in the body": (f"35=D|49=A|56=B|{ORDER}|34=1|52=20241125-01:30:00", REJECT_TAG_ORDER, 34),
    "14.g body field in the trailer": (f"35=D|{HEADER}|93=2|89=xy|{ORDER}", REJECT_TAG_ORDER, 11),
    "14.h tag twice": (f"35=D|{HEADER}|{ORDER}|54=1", REJECT_TAG_TWICE, 54),
    "14.h header tag twice": (f"35=D|{HEADER}|34=2|{ORDER}", REJECT_TAG_TWICE, 34),
    "14.h tag twice in a group": (f"35=W|{HEADER}|55=X|268=1|269=0|270=1|270=2", REJECT_TAG_TWICE, 270),
    "14.i more instances than stated": (f"35=W|{HEADER}|55=X|268=1|269=0|269=1", REJECT_GROUP_COUNT, 268),
    "14.i fewer instances than stated": (f"35=W|{HEADER}|55=X|268=2|269=0", REJECT_GROUP_COUNT, 268),
    "14.i no instance": (f"35=V|{HEADER}|{REQUEST.split('|146')[0]}|146=1", REJECT_GROUP_COUNT, 146),
    "14.i nested group": (f"35=D|{HEADER}|11=C1|{TWO_PARTIES.replace('802=1', '802=2')}", REJECT_GROUP_COUNT, 802),
    "14.j first field of a group not first": (f"35=W|{HEADER}|55=X|268=1|270=1|269=0", REJECT_GROUP_ORDER, 270),
    "14.j fields of a group out of order": (f"35=W|{HEADER}|55=X|268=1|269=0|271=1|270=5", REJECT_GROUP_ORDER, 270),
}


@pytest.mark.parametrize("name", INVALID_MESSAGES)
def test_invalid_messages_are_named_as_the_standard_does(name: str) -> None:
    content, reason, tag = INVALID_MESSAGES[name]
    validator = Validator(DICTIONARY)
    assert not validator.check(parse_message(make_frame(content), DICTIONARY))
    assert (-validator.reason if validator.is_business else validator.reason, validator.tag) == (reason, tag)


def test_a_validator_forgets_the_message_before() -> None:
    validator = Validator(DICTIONARY)
    bad = parse_message(make_frame(f"35=D|{HEADER}|{ORDER.replace('|44=3900.2', '')}"), DICTIONARY)
    good = parse_message(make_frame(f"35=D|{HEADER}|{ORDER}"), DICTIONARY)
    assert validator.check(good)
    assert not validator.check(bad)
    assert (validator.reason, validator.is_business) == (BUSINESS_CONDITIONAL_MISSING, True)
    assert validator.check(good)
    missing = parse_message(make_frame(f"35=D|{HEADER}|{ORDER.replace('54=1|', '')}"), DICTIONARY)
    assert not validator.check(missing), "fields seen in the message before do not count"


@pytest.mark.parametrize("character", [*"123456789ABCDEFG"])
def test_every_enumerated_side_passes(character: str) -> None:
    content = f"35=D|{HEADER}|{ORDER.replace('54=1', f'54={character}')}"
    assert Validator(DICTIONARY).check(parse_message(make_frame(content), DICTIONARY))


def test_a_required_field_of_a_group_must_be_in_every_instance() -> None:
    dictionary = dictionary_of(
        "FIX.4.4", "9001 NoLots NUMINGROUP; 9002 Lot STRING; 9003 LotQty QTY", "D: 9001(9002 9003!)"
    )
    validator = Validator(dictionary)
    whole = make_frame(f"35=D|{HEADER}|{ORDER}|9001=2|9002=a|9003=1|9002=b|9003=2")
    assert validator.check(parse_message(whole, dictionary))
    second_lacks_it = make_frame(f"35=D|{HEADER}|{ORDER}|9001=2|9002=a|9003=1|9002=b")
    assert not validator.check(parse_message(second_lacks_it, dictionary))
    assert (validator.reason, validator.tag) == (REJECT_REQUIRED_MISSING, 9003)


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("1", True),
        ("1 A", True),
        ("1 A f", True),
        ("1A", False),
        ("1 ", False),
        (" 1", False),
        ("1  A", False),
        (" ", False),
    ],
)
def test_a_multiple_char_value_is_single_characters_between_spaces(text: str, is_valid: bool) -> None:
    data = b"xx" + text.encode() + b"xx"
    assert are_single_characters(data, 2, 2 + len(text)) == is_valid
