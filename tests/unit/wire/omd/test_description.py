"""Offsets derived from the description against the offsets printed in OMD-D 1.47, section 3."""

import pytest

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.wire.omd import description
from cross_market_connect.wire.omd.description import Flavour, MessageDescription, filler, number


def test_packet_header_has_the_printed_offsets() -> None:
    # Section 3.3.
    printed = {"PktSize": 0, "MsgCount": 2, "CompressionMode": 3, "SeqNum": 4, "SendTime": 8}
    assert {name: description.packet_header_offset(name) for name in printed} == printed
    assert description.PACKET_HEADER_BYTES == 16


def test_fields_follow_each_other_after_the_message_header() -> None:
    message = MessageDescription(
        7, "M", "0", 19, [number("A", description.UINT8), filler(6), number("B", description.INT64)]
    )
    assert [(f.name, f.offset, f.size) for f in message.fields] == [
        ("MsgSize", 0, 2),
        ("MsgType", 2, 2),
        ("A", 4, 1),
        ("Filler", 5, 6),
        ("B", 11, 8),
    ]


def test_a_total_length_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(InvariantError, match="adds up to 5"):
        MessageDescription(7, "M", "0", 6, [number("A", description.UINT8)])


def test_an_entry_length_that_does_not_add_up_is_refused() -> None:
    fields, entry = [number("N", description.UINT8)], [number("A", description.UINT16)]
    with pytest.raises(InvariantError, match="2 per entry"):
        MessageDescription(7, "M", "0", 5, fields, "N", 3, entry)


def test_a_flavour_refuses_two_messages_of_one_type() -> None:
    one = MessageDescription(7, "M", "0", 5, [number("A", description.UINT8)])
    with pytest.raises(InvariantError, match="7 twice"):
        Flavour("F", "", [one, one], False, 0)


def test_unknown_names_are_refused() -> None:
    one = MessageDescription(7, "M", "0", 5, [number("A", description.UINT8)])
    flavour = Flavour("F", "", [one], False, 0)
    with pytest.raises(InvariantError):
        flavour.message(8)
    with pytest.raises(InvariantError):
        flavour.offset(7, "B")
    with pytest.raises(InvariantError):
        flavour.entry_offset(7, "A")
