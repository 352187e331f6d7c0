"""What every member of the OMD family has in common: control messages, services, and the shape of a book update.

Source: OMD-D 1.47 (named in `omd_d.py`), sections 3.3 to 3.6 and 3.9.4. That OMD-C and OMD-CC use the same numbers and
layouts is confirmed by the two independent descriptions named in `omd_c.py` and `omd_cc.py`.

The retransmission service (section 3.5) is a TCP connection on which both sides send packets with the same header:
Logon, Logon Response, Retransmission Request, Retransmission Response, then the packets that were asked for, as they
were sent before. The server closes a connection that does not log on in time or that asks too often.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.wire.omd.description import (
    INT32,
    TEXT_NUL,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    Field,
    MessageDescription,
    filler,
    number,
    text,
)

# Message types of the services (section 3.2, table 1).
SEQUENCE_RESET: Final[i64] = 100
LOGON: Final[i64] = 101
LOGON_RESPONSE: Final[i64] = 102
DISASTER_RECOVERY_SIGNAL: Final[i64] = 105
RETRANSMISSION_REQUEST: Final[i64] = 201
RETRANSMISSION_RESPONSE: Final[i64] = 202
REFRESH_COMPLETE: Final[i64] = 203

# Null of an Int32, used for prices (section 3.1.1).
INT32_NULL: Final[i64] = -2_147_483_648

# Side of an order or a book entry (sections 3.9.1 to 3.9.4).
SIDE_BID: Final[i64] = 0
SIDE_OFFER: Final[i64] = 1

# UpdateAction of a book entry (section 3.9.4).
ACTION_NEW: Final[i64] = 0
ACTION_CHANGE: Final[i64] = 1
ACTION_DELETE: Final[i64] = 2
ACTION_CLEAR: Final[i64] = 74

# CompressionMode of the packet header (section 3.3).
UNCOMPRESSED: Final[i64] = 0
COMPRESSED: Final[i64] = 1

# DRStatus (section 3.4.3).
RECOVERY_IN_PROGRESS: Final[i64] = 1
RECOVERY_COMPLETED: Final[i64] = 2

# SessionStatus of a Logon Response (section 3.5.2); transcriptions of OMD-D 1.47, OMD-C 1.45 and OMD-CC 1.4 agree.
SESSION_ACTIVE: Final[i64] = 0
SESSION_INVALID_USER: Final[i64] = 5  # username or address
SESSION_ALREADY_CONNECTED: Final[i64] = 100

# RetransStatus of a Retransmission Response (section 3.5.4), from the same transcriptions.
RETRANSMISSION_ACCEPTED: Final[i64] = 0
RETRANSMISSION_CHANNEL_UNKNOWN: Final[i64] = 1  # or not ours
RETRANSMISSION_NOT_AVAILABLE: Final[i64] = 2
RETRANSMISSION_RANGE_TOO_LONG: Final[i64] = 100
RETRANSMISSION_DAY_LIMIT: Final[i64] = 101


def service_messages() -> list[MessageDescription]:
    """Sections 3.4 to 3.6."""
    return [
        MessageDescription(SEQUENCE_RESET, "Sequence Reset", "3.4.2", 8, [number("NewSeqNo", UINT32)]),
        MessageDescription(
            DISASTER_RECOVERY_SIGNAL, "Disaster Recovery Signal", "3.4.3", 8, [number("DRStatus", UINT32)]
        ),
        MessageDescription(LOGON, "Logon", "3.5.1", 16, [Field("Username", TEXT_NUL, 12)]),
        MessageDescription(LOGON_RESPONSE, "Logon Response", "3.5.2", 8, [number("SessionStatus", UINT8), filler(3)]),
        MessageDescription(
            RETRANSMISSION_REQUEST,
            "Retransmission Request",
            "3.5.3",
            16,
            [number("ChannelID", UINT16), filler(2), number("BeginSeqNum", UINT32), number("EndSeqNum", UINT32)],
        ),
        MessageDescription(
            RETRANSMISSION_RESPONSE,
            "Retransmission Response",
            "3.5.4",
            16,
            [
                number("ChannelID", UINT16),
                number("RetransStatus", UINT8),
                filler(1),
                number("BeginSeqNum", UINT32),
                number("EndSeqNum", UINT32),
            ],
        ),
        MessageDescription(REFRESH_COMPLETE, "Refresh Complete", "3.6.1", 8, [number("LastSeqNum", UINT32)]),
    ]


def aggregate_book(message_type: i64, section: str, instrument_field: str, side: list[Field]) -> MessageDescription:
    """Aggregate Order Book Update: the same in both flavours that have it, but for the width of Side (two bytes)."""
    return MessageDescription(
        message_type,
        "Aggregate Order Book Update",
        section,
        12,
        [number(instrument_field, UINT32), filler(3), number("NoEntries", UINT8)],
        "NoEntries",
        24,
        [
            number("AggregateQuantity", UINT64),
            number("Price", INT32),
            number("NumberOfOrders", UINT32),
            *side,
            number("PriceLevel", UINT8),
            number("UpdateAction", UINT8),
            filler(4),
        ],
    )


def market_definition(message_type: i64, section: str) -> MessageDescription:
    """Market Definition: the same in OMD-C and OMD-CC."""
    return MessageDescription(
        message_type,
        "Market Definition",
        section,
        40,
        [text("MarketCode", 4), text("MarketName", 25), text("CurrencyCode", 3), number("NumberOfSecurities", UINT32)],
    )
