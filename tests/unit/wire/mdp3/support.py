"""Packets and readers for the tests of MDP 3.0."""

import struct

from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.decoder import PacketReader
from cross_market_connect.wire.mdp3.faults import FaultCounts
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.sbe.reader import read_schema

SCHEMA = read_schema(DESCRIPTION_FILE.read_text(encoding="utf-8"), DESCRIPTION_FILE.name)
LAYOUTS = Layouts(SCHEMA)

SENDING_TIME = 1_760_400_000_123_000_000
TRANSACT_TIME = 1_760_400_000_122_999_000


def reader() -> PacketReader:
    return PacketReader(FaultCounts(), LAYOUTS)


def packet(*messages: bytes, seq_num: int = 1) -> bytes:
    return struct.pack("<IQ", seq_num, SENDING_TIME) + b"".join(messages)


def message(template: int, root: bytes, rest: bytes = b"", *, schema_id: int = 1, version: int = 13) -> bytes:
    """A message whose root block is `root`, and whose groups are `rest`."""
    size = 10 + len(root) + len(rest)
    return struct.pack("<HHHHH", size, len(root), template, schema_id, version) + root + rest


# The root of every incremental message: TransactTime, MatchEventIndicator, padding to 11 bytes.
UPDATE_ROOT = struct.pack("<QBxx", TRANSACT_TIME, 0x84)


def book_entry(
    price: int, size: int, security_id: int, level: int = 1, action: int = 0, kind: bytes = b"0", rpt_seq: int = 1
) -> bytes:
    return struct.pack("<qiiIiBBcix", price, size, security_id, rpt_seq, 1, level, action, kind, 0)


def order_entry(order_id: int, reference: int, action: int = 0) -> bytes:
    return struct.pack("<QQiBBxx", order_id, order_id, 1, reference, action)


def group(block_length: int, *entries: bytes) -> bytes:
    return struct.pack("<HB", block_length, len(entries)) + b"".join(entries)


def group8(block_length: int, *entries: bytes) -> bytes:
    return struct.pack("<H5xB", block_length, len(entries)) + b"".join(entries)


def book(*entries: bytes, orders: tuple[bytes, ...] = ()) -> bytes:
    return message(46, UPDATE_ROOT, group(32, *entries) + group8(24, *orders))


# A future as the exchange would define it, field by field.
FUTURE_ROOT = bytes.fromhex(
    "00 c0da0000 41 0000695554ee7c18 11 3601 4e 10"  # 56000 reports, Add, ready, channel 310, 78, 16
    "58434543 474300000000 474300000000 4743473600000000000000000000000000000000 ff780000"  # XCEC GC GC GCG6 30975
    "465554000000 464345505358 ea07 02 ff ff 555344 000000 46"  # FUT, FCEPSX, 2026-02, USD, no other currency, F
    "01000000 10270000 00e1f50500000000 8096980000000000 ff ff 01"  # 1 to 10000 lots, tick 0.1, factor 0.01
    "545259204f5a000000000000000000000000000000000000000000000000 00e8764817000000"  # TRY OZ, 100
    "007b7aeb11030000 03 801a0600 ffffff7f"  # 3375.5, final and actual, open interest 400000, no cleared volume
    "00d0ca9f17030000 005c8ffb0b030000 ffffffffffffff7f"  # 3400, 3350, no variation
    "ffffff7f ffff ffffff7f ffffff7f 7f 7f 00e40b5402000000 4e b04f"  # no decay ..., 10 per tick, N, day 20400
    "9b5f5ea4a4000000"  # InstrumentGUID
)
FUTURE_GROUPS = bytes.fromhex(
    "0900 02 05 0000695554ee7c18 07 00000c8327f8ec18"  # activation, last trade
    "0400 02 474258 0a 474249 02"  # GBX 10, GBI 2
    "0400 01 01400800"  # bits 0, 14, 19
    "0500 01 04 10270000"  # lot type 4: 1.0000
)
FUTURE = message(54, FUTURE_ROOT, FUTURE_GROUPS)
