"""What every flavour writes alike: the services' messages byte for byte, and any message from named values."""

import pytest

from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.wire.omd import family
from cross_market_connect.wire.omd.description import (
    TEXT_NUL,
    UINT8,
    UINT16,
    UINT32,
    UNICODE,
    Field,
    Flavour,
    MessageDescription,
    filler,
    number,
    text,
)
from cross_market_connect.wire.omd.packet_writer import PAYLOAD_BYTES_MAX, PacketWriter

MADE_UP = Flavour(
    "made up",
    "",
    [
        *family.service_messages(),
        MessageDescription(
            7,
            "Seven",
            "",
            22,
            [text("Code", 3), filler(1), Field("Name", UNICODE, 6), Field("User", TEXT_NUL, 4), number("Items", UINT16)]
            + [filler(2)],
            "Items",
            3,
            [number("A", UINT8), filler(1), number("B", UINT8)],
        ),
        MessageDescription(8, "Eight", "", 8, [number("C", UINT32)]),
    ],
    compresses=False,
    book_type=0,
)


def started() -> PacketWriter:
    writer = PacketWriter(MADE_UP)
    writer.start(5, 1_760_400_000_123_000_000)
    return writer


class TestServices:
    """OMD-D 1.47, sections 3.4 to 3.6."""

    def test_retransmission_session(self) -> None:
        writer = started()
        assert writer.add_logon("MYFIRM01")
        assert writer.add_logon_response(family.SESSION_ALREADY_CONNECTED)
        assert writer.add_retransmission_request(21, 1000, 4_000_000_000)
        assert writer.add_retransmission_response(21, family.RETRANSMISSION_RANGE_TOO_LONG, 1000, 4_000_000_000)
        assert writer.finish()[16:] == bytes.fromhex(
            "1000 6500 4d594649524d3031 00000000"
            "0800 6600 64 000000"
            "1000 c900 1500 0000 e8030000 00286bee"
            "1000 ca00 1500 64 00 e8030000 00286bee"
        )

    def test_control(self) -> None:
        writer = started()
        assert writer.add_sequence_reset(1)
        assert writer.add_recovery_signal(family.RECOVERY_COMPLETED)
        assert writer.add_refresh_complete(65999)
        assert writer.finish()[16:] == bytes.fromhex("0800640001000000 0800690002000000 0800cb00cf010100")


class TestNamedValues:
    def test_fields_fillers_and_entries(self) -> None:
        writer = started()
        assert writer.add(7, {"Code": "AB", "Name": "恒X", "User": "u"}, [{"A": 1, "B": 2}, {"A": 3, "B": 255}])
        assert writer.message_count == 1
        assert writer.finish()[16:] == bytes.fromhex(
            "1c00 0700 414220 00 526058000000 75000000 0200 0000 010002 0300ff"
        )

    def test_a_message_with_all_its_entries_or_nothing(self) -> None:
        writer = started()
        entries: list[dict[str, int | str]] = [{"A": 0, "B": 0} for _ in range((PAYLOAD_BYTES_MAX - 16 - 8 - 22) // 3)]
        assert writer.add(8, {"C": 1}, [])
        assert not writer.add(7, {"Code": "", "Name": "", "User": ""}, [*entries, entries[0]])
        assert writer.add(7, {"Code": "", "Name": "", "User": ""}, entries)
        data = writer.finish()
        assert (len(data), data[2]) == (16 + 8 + 22 + 3 * len(entries), 2)

    @pytest.mark.parametrize(
        ("values", "entries"),
        [
            ({}, []),
            ({"Code": "A", "Name": "", "User": "", "Extra": 1}, []),
            ({"Code": "ABCD", "Name": "", "User": ""}, []),
            ({"Code": "é", "Name": "", "User": ""}, []),
            ({"Code": 1, "Name": "", "User": ""}, []),
            ({"Code": "A", "Name": "恒生指数", "User": ""}, []),
            ({"Code": "A", "Name": "", "User": "users"}, []),
            ({"Code": "A", "Name": "", "User": "", "Items": 1}, []),
            ({"Code": "A", "Name": "", "User": ""}, [{"A": 1}]),
            ({"Code": "A", "Name": "", "User": ""}, [{"A": 1, "B": 256}]),
            ({"Code": "A", "Name": "", "User": ""}, [{"A": 1, "B": "x"}]),
        ],
    )
    def test_what_does_not_fit_the_description_is_refused(
        self, values: dict[str, int | str], entries: list[dict[str, int | str]]
    ) -> None:
        writer = started()
        with pytest.raises(LocalProtocolError):
            writer.add(7, values, entries)
        with pytest.raises(LocalProtocolError):
            writer.finish()

    def test_a_message_that_the_flavour_has_not(self) -> None:
        with pytest.raises(InvariantError, match="no message type 9"):
            started().add(9, {}, [])
