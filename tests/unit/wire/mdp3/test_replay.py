"""The texts and the framing of CME's TCP replay, by bytes worked by hand."""

import pytest

from cross_market_connect.wire.fix.encoder import fill_secret
from cross_market_connect.wire.mdp3.replay import (
    LOGON,
    MARKET_DATA_REQUEST,
    TAG_BEGIN,
    TAG_CHANNEL,
    TAG_END,
    TAG_PASSWORD,
    TAG_REQUEST_ID,
    TAG_USERNAME,
    TEXT_BYTES_MAX,
    TextStream,
    packet_stream,
    replay_text,
    sized,
)


def text(shown: str) -> bytes:
    """The message with its sum, `|` for SOH."""
    summed = shown.replace("|", "\x01").encode()
    return summed + b"10=%03d\x01" % (sum(summed) % 256)


# 21 and 44 characters from 35 on: counted by hand.
LOGON_TEXT = text("9=21|35=A|553=CME|554=CME|")
REQUEST_TEXT = text("9=44|35=V|1180=310|262=310-1|1182=1000|1183=2999|")


def test_the_texts_are_as_the_exchange_reads_them() -> None:
    assert replay_text(LOGON, [(TAG_USERNAME, b"CME"), (TAG_PASSWORD, b"CME")]) == LOGON_TEXT
    fields = [(TAG_CHANNEL, b"310"), (TAG_REQUEST_ID, b"310-1"), (TAG_BEGIN, b"1000"), (TAG_END, b"2999")]
    assert replay_text(MARKET_DATA_REQUEST, fields) == REQUEST_TEXT


@pytest.mark.parametrize("password", [b"CME", b"a longer one", b"x"])
def test_the_shell_fills_the_password_into_a_text_that_begins_with_its_length(password: bytes) -> None:
    data = replay_text(LOGON, [(TAG_USERNAME, b"CME"), (TAG_PASSWORD, b"{secret}")])
    filled = fill_secret(data, b"{secret}", password)
    assert filled == replay_text(LOGON, [(TAG_USERNAME, b"CME"), (TAG_PASSWORD, password)])


def test_packets_are_cut_by_their_sizes_however_they_are_read() -> None:
    packets = [bytes(range(12)), b"x" * 300, b"y" * 12]
    data = b"".join(sized(packet) for packet in packets)
    assert data[:2] == b"\x0c\x00" and data[14:16] == b"\x2c\x01"
    assert packet_stream().take(data) == packets
    stream = packet_stream()
    found = [packet for byte in data for packet in stream.take(bytes([byte]))]
    assert (found, stream.is_broken) == (packets, False)


def test_a_size_below_a_header_breaks_the_stream() -> None:
    stream = packet_stream()
    assert stream.take(sized(b"x" * 12) + sized(b"x" * 11) + sized(b"x" * 12)) == [b"x" * 12]
    assert stream.is_broken and stream.take(sized(b"x" * 12)) == []


def test_the_server_reads_texts_however_they_come() -> None:
    stream = TextStream()
    data = LOGON_TEXT + LOGON_TEXT
    found = [fields for byte in data for fields in stream.take(bytes([byte]))]
    assert [fields[b"553"] for fields in found] == [b"CME", b"CME"]
    assert (found[0][b"35"], stream.is_broken) == (b"A", False)


@pytest.mark.parametrize(
    "data",
    [
        LOGON_TEXT.replace(b"CME", b"CMF", 1),
        b"8" + LOGON_TEXT,
        b"9=xx\x0135=A\x01",
        b"9=99999\x01",
        b"9" * (TEXT_BYTES_MAX + 1),
    ],
)
def test_what_is_no_text_breaks_the_servers_stream(data: bytes) -> None:
    stream = TextStream()
    assert stream.take(data) == []
    assert stream.is_broken
    assert stream.take(LOGON_TEXT) == []
