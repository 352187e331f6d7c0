"""Records: the table, payloads written and read against bytes laid out by hand, and damage."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.records import (
    ALERT,
    CLASS_NAMES,
    KIND_LIMIT,
    LEG_ORDER,
    RECORD_TABLE,
    STREAM_BYTES,
    Payload,
    RecordSink,
    decode_payload,
    record_class,
)

KINDS = sorted(RECORD_TABLE)


def test_the_table_is_sound():
    assert len({row[0] for row in RECORD_TABLE.values()}) == len(RECORD_TABLE), "names are unique"
    for kind, (_, class_, integers, texts) in RECORD_TABLE.items():
        assert 0 < kind < KIND_LIMIT
        assert CLASS_NAMES[class_] in ("input", "decision", "measurement")
        assert record_class(kind) == class_
        assert len(set(integers + texts)) == len(integers + texts)


def test_a_payload_is_integers_then_texts():
    payload = Payload(ALERT)
    for number in (1, -2, 2**63 - 1, -(2**63)):
        payload.put(number)
    payload.put_text("limit")
    payload.put_text("")
    payload.put_text("限额")
    chinese = "限额".encode()
    assert payload.take() == struct.pack("<4q", 1, -2, 2**63 - 1, -(2**63)) + (
        struct.pack("<i", 5) + b"limit" + struct.pack("<i", 0) + struct.pack("<i", len(chinese)) + chinese
    )


@given(st.sampled_from(KINDS), st.data())
def test_what_is_written_is_read(kind, data):
    _, _, integers, texts = RECORD_TABLE[kind]
    numbers = data.draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=len(integers), max_size=len(integers)))
    characters = st.characters(exclude_categories=["Cs"])
    strings = data.draw(st.lists(st.text(characters), min_size=len(texts), max_size=len(texts)))
    payload = Payload(kind)
    for number in numbers:
        payload.put(number)
    for text in strings:
        payload.put_text(text)
    written = payload.take()
    values = [text.encode() if name == "raw" else text for name, text in zip(texts, strings, strict=True)]
    assert decode_payload(kind, written) == dict(zip(integers + texts, [*numbers, *values], strict=True))
    for cut in range(len(written)):
        with pytest.raises(InvariantError):
            decode_payload(kind, written[:cut])
    with pytest.raises(InvariantError, match="1 bytes after the last field"):
        decode_payload(kind, written + b"x")


def test_raw_bytes_stay_bytes_and_other_damage_is_shown():
    raw = Payload(STREAM_BYTES)
    raw.put(1)
    raw.put_bytes(b"\xff\x00")
    assert decode_payload(STREAM_BYTES, raw.take())["raw"] == b"\xff\x00"


@pytest.mark.parametrize("length", [-1, -(2**31), 2**31 - 1])
def test_a_length_that_lies_is_refused(length):
    with pytest.raises(InvariantError, match="longer than the payload"):
        decode_payload(STREAM_BYTES, struct.pack("<qi", 1, length) + b"abc")


def test_an_unknown_kind_is_refused():
    with pytest.raises(InvariantError, match="not in the table"):
        decode_payload(63, b"")


@pytest.mark.parametrize(("integers", "texts"), [(13, 4), (15, 4), (14, 3), (14, 5)])
def test_the_writer_is_held_to_the_table(integers, texts):
    payload = Payload(LEG_ORDER)
    for _ in range(integers):
        payload.put(0)
    for _ in range(texts):
        payload.put_text("")
    with pytest.raises(InvariantError, match=f"{integers} integers and {texts} texts"):
        payload.take()


def test_a_sink_must_be_implemented():
    with pytest.raises(InvariantError):
        RecordSink().append(1, 0, 0, 0, b"")
