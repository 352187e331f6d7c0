"""Encoding against Python's own formatting and calendar, and against messages computed by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.strings import BytesWriter

from cross_market_connect.domain.digits import write_decimal, write_int
from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.fix.encoder import (
    TIME_MICROSECONDS,
    TIME_MILLISECONDS,
    TIME_NANOSECONDS,
    BodyWriter,
    FrameEncoder,
    Template,
    TimestampWriter,
    civil_text,
    fill_secret,
)
from cross_market_connect.wire.fix.message import MESSAGE_BYTES_MAX, parse_decimal, parse_timestamp
from tests.unit.wire.fix.support import START_UTC_NS, make_frame

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
I64 = st.integers(-(2**63) + 1, 2**63 - 1)


@given(I64)
def test_integers_are_written_in_decimal(value: int) -> None:
    writer = BytesWriter()
    write_int(writer, value)
    assert writer.getvalue() == str(value).encode()


@pytest.mark.parametrize("value", [0, 7, 999, 1000, 1001, 999_999, 1_000_000, 1_000_001, 10**18, 2**63 - 1, -1, -1000])
def test_integers_at_the_seams_of_the_tables(value: int) -> None:
    writer = BytesWriter()
    write_int(writer, value)
    assert writer.getvalue() == str(value).encode()


@given(I64, st.integers(0, 18))
def test_decimals_are_exact_and_read_back(units: int, decimals: int) -> None:
    writer = BytesWriter()
    write_decimal(writer, units, decimals)
    text = writer.getvalue()
    assert Decimal(text.decode()) == Decimal(units).scaleb(-decimals)
    if abs(units) < 9 * 10**17:
        assert parse_decimal(text, decimals) == units


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(39002, 1, b"3900.2"), (5, 2, b"0.05"), (-5, 2, b"-0.05"), (0, 3, b"0.000"), (12, 0, b"12"), (1200, 2, b"12.00")],
)
def test_decimals_by_hand(units: int, decimals: int, text: bytes) -> None:
    writer = BytesWriter()
    write_decimal(writer, units, decimals)
    assert writer.getvalue() == text


@given(st.dates(date(1970, 1, 1), date(2262, 4, 11)))
def test_days_agree_with_the_calendar(day: date) -> None:
    days = (datetime.combine(day, datetime.min.time(), UTC) - EPOCH).days
    assert civil_text(days) == f"{day:%Y%m%d}".encode()


@given(st.lists(st.integers(0, 9_000_000_000_000_000_000), min_size=1, max_size=5))
def test_one_writer_serves_times_in_any_order(times_ns: list[int]) -> None:
    writers = [TimestampWriter(decimals) for decimals in (TIME_MILLISECONDS, TIME_MICROSECONDS, TIME_NANOSECONDS)]
    for utc_ns in times_ns:
        moment = EPOCH + timedelta(seconds=utc_ns // 10**9)
        whole = f"{moment:%Y%m%d-%H:%M:%S}.{utc_ns % 10**9:09d}"
        assert [writer.text(utc_ns).decode() for writer in writers] == [whole[:-6], whole[:-3], whole]
        assert parse_timestamp(writers[2].text(utc_ns)) == utc_ns


def test_other_precisions_are_refused() -> None:
    with pytest.raises(LocalProtocolError):
        TimestampWriter(0)


def test_a_frame_by_hand() -> None:
    encoder = FrameEncoder(b"FIX.4.4", b"XMC", b"VENUE")
    body = BodyWriter()
    body.text(b"112=", b"A")
    expected = make_frame("35=0|49=XMC|56=VENUE|34=12|52=20241125-01:30:00.000|112=A")
    assert encoder.frame(b"0", 12, START_UTC_NS, body.take()) == expected
    assert encoder.frame(b"0", 12, START_UTC_NS, b"112=A\x01") == expected, "the encoder keeps nothing between frames"


def test_a_resent_frame_carries_both_times() -> None:
    encoder = FrameEncoder(b"FIX.4.4", b"V", b"X")
    later = START_UTC_NS + 5 * 10**9
    assert encoder.resent_frame(b"8", 3, later, START_UTC_NS, b"37=O\x01") == make_frame(
        "35=8|49=V|56=X|34=3|43=Y|52=20241125-01:30:05.000|122=20241125-01:30:00.000|37=O"
    )


def test_every_kind_of_field() -> None:
    body = BodyWriter(TIME_MICROSECONDS)
    body.template(Template([(1, b"ACC"), (55, b"IF2412")]))
    body.text(b"11=", b"C1")
    body.text(b"58=", b"")
    body.code(b"54=", ord("1"))
    body.code(b"77=", 0)
    body.number(b"38=", -12)
    body.decimal(b"44=", 39002, 1)
    body.time(b"60=", START_UTC_NS + 123_456_789)
    body.data(b"95=", b"96=", b"a\x01b")
    assert body.take() == (
        b"1=ACC\x0155=IF2412\x0111=C1\x0154=1\x0138=-12\x0144=3900.2\x0160=20241125-01:30:00.123456\x0195=3\x0196=a\x01b\x01"
    )
    assert body.take() == b""


@pytest.mark.parametrize("value", [b"C1\x0144=1", b"\x01"])
def test_a_text_cannot_inject_a_field(value: bytes) -> None:
    body = BodyWriter()
    body.text(b"11=", value)
    with pytest.raises(LocalProtocolError):
        body.take()
    body.text(b"11=", b"C2")
    assert body.take() == b"11=C2\x01", "the refused body is gone"
    with pytest.raises(LocalProtocolError):
        Template([(55, value)])


def test_too_large_and_empty_are_refused() -> None:
    body = BodyWriter()
    body.text(b"58=", b"x" * MESSAGE_BYTES_MAX)
    with pytest.raises(LocalProtocolError):
        body.take()
    with pytest.raises(LocalProtocolError):
        Template([(55, b"")])


PLACEHOLDER = b"{secret:venue}"
LOGON = make_frame("35=A|34=1|98=0|108=30|553=u|554={secret:venue}")


@pytest.mark.parametrize("secret", ["x", "correct horse", "p" * 900, "8=FIX.4.4"])
def test_the_secret_is_filled_in_wherever_its_frame_stands(secret: str) -> None:
    filled = make_frame(f"35=A|34=1|98=0|108=30|553=u|554={secret}")
    other = make_frame("35=5|34=2")
    assert fill_secret(LOGON, PLACEHOLDER, secret.encode()) == filled
    assert fill_secret(other + LOGON + other, PLACEHOLDER, secret.encode()) == other + filled + other


@pytest.mark.parametrize(
    ("data", "placeholder", "secret"),
    [
        (make_frame("35=5|34=2"), PLACEHOLDER, b"x"),
        (LOGON + LOGON, PLACEHOLDER, b"x"),
        (LOGON, b"", b"x"),
        (LOGON, PLACEHOLDER, b""),
        (LOGON, PLACEHOLDER, b"a\x01b"),
    ],
)
def test_a_secret_that_cannot_be_filled_in_is_not_quoted(data: bytes, placeholder: bytes, secret: bytes) -> None:
    with pytest.raises(LocalProtocolError) as raised:
        fill_secret(data, placeholder, secret)
    assert "secret:venue" not in str(raised.value)
