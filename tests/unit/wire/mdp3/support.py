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
