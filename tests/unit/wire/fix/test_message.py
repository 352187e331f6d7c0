"""Framing and parsing against messages computed by hand, a published example, and a second small parser."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.fix.message import (
    FAULT_DATA_LENGTH,
    FAULT_EMPTY_VALUE,
    FAULT_INVALID_TAG,
    INVALID,
    MESSAGE_BYTES_MAX,
    NO_FAULT,
    Framer,
    checksum,
    days_from_civil,
    parse_date_at,
    parse_decimal,
    parse_int,
    parse_message,
    parse_time_at,
    parse_timestamp,
)
from tests.unit.wire.fix.support import DICTIONARY, fields_of, make_frame

# By hand: "8=FIX.4.4" 56+61+70+73+88+46+52+46+52 = 544, SOH 1, "9=5" 57+61+53 = 171, SOH 1,
# "35=0" 51+53+61+48 = 213, SOH 1: 931, and 931 - 3 * 256 = 163. BodyLength counts "35=0" and its SOH.
HAND_MADE = b"8=FIX.4.4\x019=5\x0135=0\x0110=163\x01"

# The example of the encyclopaedia article on FIX: stated length 178 and checksum 128.
PUBLISHED = (
    (
        "8=FIX.4.2|9=178|35=8|49=PHLX|56=PERS|52=20071123-05:30:00.000|11=ATOMNOCCC9990900|20=3|150=E|39=E|55=MSFT|"
        "167=CS|54=1|38=15|40=2|44=15|58=PHLX EQUITY TESTING|59=0|47=C|32=0|31=0|151=15|14=0|6=0|10=128|"
    )
    .replace("|", "\x01")
    .encode()
)

ORDER = make_frame("35=D|49=XMC|56=VENUE|34=7|52=20241125-01:30:00.123|11=C1|55=IF2412|54=1|38=10|40=2|44=3900.2")
HEARTBEAT = make_frame("35=0|49=XMC|56=VENUE|34=8|52=20241125-01:30:30.123")


def frames_of(framer: Framer) -> list[bytes]:
    result = []
    while frame := framer.next_frame():
        result.append(frame)
    return result


def cut(*pieces: bytes, bytes_max: int = MESSAGE_BYTES_MAX) -> tuple[list[bytes], Framer]:
    framer = Framer(bytes_max)
    result = []
    for piece in pieces:
        framer.feed(piece)
        result += frames_of(framer)
    return result, framer


@pytest.mark.parametrize("frame", [HAND_MADE, PUBLISHED, ORDER])
def test_good_messages_are_cut(frame: bytes) -> None:
    frames, framer = cut(frame)
    assert frames == [frame]
    assert (framer.garbled, framer.bad_length, framer.bad_checksum, framer.buffered) == (0, 0, 0, 0)


@given(st.binary(max_size=3000))
def test_checksum_is_the_sum_of_the_bytes(data: bytes) -> None:
    assert checksum(data, len(data)) == sum(data) % 256


def test_checksum_does_not_overflow_its_lanes() -> None:
    assert checksum(b"\xff" * 4096, 4096) == 255 * 4096 % 256
    assert checksum(b"\xff" * 4097, 4097) == 255 * 4097 % 256


def test_a_stream_split_at_every_byte_gives_the_same_messages() -> None:
    stream = PUBLISHED + ORDER + HEARTBEAT
    for position in range(len(stream)):
        frames, framer = cut(stream[:position], stream[position:])
        assert frames == [PUBLISHED, ORDER, HEARTBEAT]
        assert framer.skipped_bytes == 0


def test_a_stream_byte_by_byte_gives_the_same_messages() -> None:
    stream = b"junk" + ORDER + b"8=FIX" + HEARTBEAT
    frames, framer = cut(*[stream[i : i + 1] for i in range(len(stream))])
    assert frames == [ORDER, HEARTBEAT]
    assert framer.skipped_bytes == len(b"junk" + b"8=FIX")


# What makes a message garbled (FIX 4.4 Volume 2, "What constitutes a garbled message"), each before a good one.
GARBLED = {
    "junk before": (b"no message at all", 1, 0, 0),
    "BodyLength one too small": (ORDER.replace(b"9=93", b"9=92"), 0, 1, 0),
    "BodyLength one too large": (ORDER.replace(b"9=93", b"9=94"), 0, 1, 0),
    "BodyLength not a number": (ORDER.replace(b"9=93", b"9=9x"), 0, 1, 0),
    "BodyLength missing": (ORDER.replace(b"9=93\x01", b""), 0, 1, 0),
    "BodyLength zero": (b"8=FIX.4.4\x019=0\x0110=000\x01", 0, 1, 0),
    "BodyLength with too many digits": (ORDER.replace(b"9=93", b"9=00000093"), 0, 1, 0),
    "CheckSum wrong": (ORDER[:-4] + b"%03d\x01" % ((int(ORDER[-4:-1]) + 1) % 256), 0, 0, 1),
    "CheckSum not a number": (ORDER[:-4] + b"1x3\x01", 1, 0, 0),
    "MsgType not third": (make_frame("49=XMC|35=D|56=VENUE|34=7"), 1, 0, 0),
    "BeginString too long": (b"8=FIXTURE.12345.6\x01" + ORDER[10:], 1, 0, 0),
    "cut off": (ORDER[:40], 0, 1, 0),
}


@pytest.mark.parametrize("name", GARBLED)
def test_garbled_messages_are_skipped_to_the_next_good_one(name: str) -> None:
    garbled, *counts = GARBLED[name]
    assert ORDER.count(b"9=93\x01") == 1, "the cases above replace this length"
    frames, framer = cut(garbled + PUBLISHED + HEARTBEAT)
    assert frames == [PUBLISHED, HEARTBEAT]
    assert [framer.garbled, framer.bad_length, framer.bad_checksum] == counts
    assert framer.skipped_bytes == len(garbled)


def test_a_message_above_the_limit_is_skipped() -> None:
    large = make_frame("35=0|58=" + "x" * 600)
    frames, framer = cut(large + HEARTBEAT, bytes_max=600)
    assert (frames, framer.bad_length) == ([HEARTBEAT], 1)
    assert cut(large, bytes_max=len(large))[0] == [large]
    assert cut(large, bytes_max=len(large) - 1)[0] == []


def test_a_promised_length_above_the_limit_does_not_make_it_wait() -> None:
    frames, framer = cut(b"8=FIX.4.4\x019=999999\x0135=0\x01", HEARTBEAT)
    assert (frames, framer.bad_length, framer.buffered) == ([HEARTBEAT], 1, 0)


def test_the_buffer_stays_within_the_limit_whatever_arrives() -> None:
    framer = Framer(1000)
    for _ in range(50):
        framer.feed(b"8=FIX.4.4\x019=900\x0135=0\x01" + b"x" * 300)
        frames_of(framer)
        assert framer.buffered <= 1000 + 325


def test_clearing_forgets_the_half_message_of_the_old_connection() -> None:
    framer = Framer()
    framer.feed(ORDER[:50])
    assert frames_of(framer) == []
    framer.clear()
    framer.feed(HEARTBEAT)
    assert frames_of(framer) == [HEARTBEAT]
    assert framer.skipped_bytes == 0


@given(st.lists(st.one_of(st.just(ORDER), st.just(HEARTBEAT), st.binary(max_size=40)), max_size=12), st.data())
def test_no_garbage_and_no_split_loses_count_of_bytes(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    position = data.draw(st.integers(0, len(stream)))
    frames, framer = cut(stream[:position], stream[position:])
    assert sum(map(len, frames)) + framer.skipped_bytes + framer.buffered == len(stream)
    assert all(sum(frame[:-7]) % 256 == int(frame[-4:-1]) for frame in frames)


def test_fields_are_read_by_tag_and_by_position() -> None:
    message = parse_message(ORDER, DICTIONARY)
    assert [(str(message.tag_at(i)), message.value_at(i).decode()) for i in range(message.count)] == fields_of(ORDER)
    assert (message.msg_type, message.seq_num, message.poss_dup, message.fault) == (b"D", 7, False, NO_FAULT)
    assert message.get(55) == b"IF2412"
    assert message.get(1) == b""
    assert message.has(44)
    assert not message.has(99)
    assert message.get_int(38, -1) == 10
    assert message.get_int(99, -1) == -1
    assert message.get_int(55, -1) == -1
    assert message.get_decimal(44, 1) == 39002
    assert message.get_decimal(99, 1) == INVALID
    assert message.get_char(54) == ord("1")
    assert message.get_char(59) == 0
    assert message.get_timestamp(52) == 1_732_498_200_123_000_000
    assert message.get_timestamp(60) == INVALID


def test_a_repeated_tag_is_found_from_a_position() -> None:
    message = parse_message(make_frame("35=V|34=1|267=2|269=0|269=1"), DICTIONARY)
    first = message.index_of(269)
    assert message.value_at(first) == b"0"
    assert message.value_at(message.index_of(269, first + 1)) == b"1"
    assert message.index_of(269, first + 2) == -1


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30)
TAGS = st.integers(1, 9999).filter(
    lambda tag: DICTIONARY.slot(tag) < 0 or DICTIONARY.type_of_slot[DICTIONARY.slot(tag)] != 3
)


@given(st.lists(st.tuples(TAGS, TEXT), max_size=40))
def test_parsing_agrees_with_splitting(fields: list[tuple[int, str]]) -> None:
    frame = make_frame("35=D|" + "|".join(f"{tag}={value.replace('|', '!')}" for tag, value in [(34, "1"), *fields]))
    message = parse_message(frame, DICTIONARY)
    assert message.fault == NO_FAULT
    assert [(str(message.tag_at(i)), message.value_at(i).decode()) for i in range(message.count)] == fields_of(frame)


@given(st.binary(min_size=1, max_size=60))
def test_data_fields_keep_their_delimiters(secret: bytes) -> None:
    body = b"35=A\x0134=1\x0195=%d\x0196=%s\x01108=30\x01" % (len(secret), secret)
    frame = b"8=FIX.4.4\x019=%d\x01%s" % (len(body), body)
    frame += b"10=%03d\x01" % (sum(frame) % 256)
    assert cut(frame)[0] == [frame]
    message = parse_message(frame, DICTIONARY)
    assert (message.fault, message.get(96), message.get(108)) == (NO_FAULT, secret, b"30")


@pytest.mark.parametrize(
    ("content", "fault", "tag"),
    [
        ("35=D|34=1|11=", FAULT_EMPTY_VALUE, 11),
        ("35=D|34=1|x=1", FAULT_INVALID_TAG, 0),
        ("35=D|34=1|11=|x=1", FAULT_EMPTY_VALUE, 11),
        ("35=D|34=1|=1", FAULT_INVALID_TAG, 0),
        ("35=D|34=1|011=1", FAULT_INVALID_TAG, 11),
        ("35=D|34=1|11", FAULT_INVALID_TAG, 11),
        ("35=D|34=1||11=1", FAULT_INVALID_TAG, 0),
        ("35=D|34=1|99999999999999999999=1", FAULT_INVALID_TAG, 0),
        ("35=A|34=1|95=500|96=x", FAULT_DATA_LENGTH, 95),
        ("35=A|34=1|95=-1|96=x", FAULT_DATA_LENGTH, 95),
        ("35=A|34=1|95=1|96=xyz|7=1|8x=1", FAULT_INVALID_TAG, 8),
    ],
)
def test_the_first_malformed_field_is_noted_and_the_header_still_read(content: str, fault: int, tag: int) -> None:
    message = parse_message(make_frame(content), DICTIONARY)
    assert (message.fault, message.fault_tag, message.seq_num) == (fault, tag, 1)


@pytest.mark.parametrize("number", ["x", "-3", "", "1.5"])
def test_a_malformed_sequence_number_counts_as_missing(number: str) -> None:
    assert parse_message(make_frame(f"35=0|34={number}"), DICTIONARY).seq_num == -1


def test_the_first_sequence_number_counts() -> None:
    assert parse_message(make_frame("35=0|34=5|34=6"), DICTIONARY).seq_num == 5


def test_bytes_that_are_no_frame_are_our_mistake() -> None:
    for data in (b"", b"8=FIX.4.4", b"x" * MESSAGE_BYTES_MAX + b"\x01"):
        with pytest.raises(LocalProtocolError):
            parse_message(data, DICTIONARY)


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        (b"3900.2", 1, 39002),
        (b"3900.20", 1, 39002),
        (b"3900", 1, 39000),
        (b"3900.", 1, 39000),
        (b".5", 1, 5),
        (b"-0.05", 2, -5),
        (b"00023.4", 1, 234),
        (b"0", 9, 0),
        (b"3900.25", 1, INVALID),
        (b"", 1, INVALID),
        (b"-", 1, INVALID),
        (b".", 1, INVALID),
        (b"1e3", 1, INVALID),
        (b"+1", 1, INVALID),
        (b"1.2.3", 1, INVALID),
        (b"1 ", 1, INVALID),
        (b"NaN", 1, INVALID),
        (b"9223372036.5", 9, 9_223_372_036_500_000_000),
        (b"9223372037", 9, INVALID),
        (b"9000000000", 9, 9_000_000_000_000_000_000),
        (b"99999999999999999999", 0, INVALID),
        (b"0" * 40 + b"7", 0, 7),
    ],
)
def test_decimals_become_exact_units(text: bytes, decimals: int, units: int) -> None:
    assert parse_decimal(text, decimals) == units


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.integers(4, 9))
def test_decimals_agree_with_decimal_arithmetic(value: Decimal, decimals: int) -> None:
    assert parse_decimal(f"{value:f}".encode(), decimals) == int(value.scaleb(decimals))


@given(st.text(st.sampled_from("0123456789-+. e"), max_size=8))
def test_integers_agree_with_the_grammar(text: str) -> None:
    expected = int(text) if re.fullmatch(r"-?[0-9]+", text) else INVALID
    assert parse_int(text.encode(), 0, len(text)) == expected


@given(st.datetimes(datetime(1970, 1, 1), datetime(2261, 12, 31)), st.sampled_from([0, 3, 6]))
def test_timestamps_agree_with_the_calendar(moment: datetime, decimals: int) -> None:
    fraction = f".{moment.microsecond:06d}"[: decimals + 1] if decimals else ""
    text = f"{moment:%Y%m%d-%H:%M:%S}".zfill(17) + fraction
    seconds = int(moment.replace(microsecond=0, tzinfo=UTC).timestamp())
    kept = int(fraction[1:].ljust(9, "0")) if decimals else 0
    assert parse_timestamp(text.encode()) == seconds * 10**9 + kept


def test_timestamps_to_the_nanosecond_and_the_leap_second() -> None:
    assert parse_timestamp(b"20241125-01:30:00.123456789") == 1_732_498_200_123_456_789
    assert parse_timestamp(b"20161231-23:59:60") == 1_483_228_800_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        b"", b"20241125", b"20241125-01:30", b"20241125-01:30:00.", b"20241125 01:30:00", b"20241325-01:30:00",
        b"20240230-01:30:00", b"20230229-01:30:00", b"20241125-24:00:00", b"20241125-01:60:00", b"20241125-01:30:61",
        b"20241125-01.30:00", b"2024112x-01:30:00", b"20241125-01:30:00,123", b"20241125-01:30:00.1234567890",
        b"20241100-01:30:00", b"19691231-23:59:59", b"22620101-00:00:00", b"20241125-0x:30:00.123",
    ],
)  # fmt: skip
def test_malformed_timestamps_are_invalid(text: bytes) -> None:
    assert parse_timestamp(text) == INVALID


def test_dates_and_times_alone() -> None:
    assert parse_date_at(b"20000229", 0, 8) == days_from_civil(2000, 2, 29) == 11_016
    assert parse_date_at(b"19000229", 0, 8) == INVALID
    assert parse_time_at(b"00:00:01.5", 0, 10) == 1_500_000_000


def test_timestamps_are_utc_whatever_the_messages_say() -> None:
    message = parse_message(make_frame("35=0|52=20241125-09:30:00.000|42=noon"), DICTIONARY)
    message.time_offset_ns = 28_800 * 10**9
    assert message.get_timestamp(52) == 1_732_498_200 * 10**9
    assert message.get_timestamp(42) == message.get_timestamp(43) == INVALID


def test_the_framer_counts_every_damage() -> None:
    framer = Framer()
    good = make_frame("35=0|34=1")
    for damage in (b"xx", good.replace(b"9=", b"8="), good[:-4] + b"000\x01"):
        before = framer.damages
        framer.feed(damage + good)
        while framer.next_frame():
            pass
        assert framer.damages > before
