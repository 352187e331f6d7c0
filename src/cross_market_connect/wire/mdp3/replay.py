"""The messages of CME's TCP replay: what a client asks in FIX text, and how the answers follow one another.

A connection serves one request: Logon (A) with user name and password, answered by an AdminLogin (template 15); Market
Data Request (V) for packets of one channel by their numbers, answered by the packets as they were published; then an
AdminLogout (16), with a text where something was refused, and the server closes. The client's messages are FIX text,
the server's are packets of MDP 3.0 in SBE, each behind its size (UINT16, little-endian). A server that waits sends
heartbeats (12).

Sources: CME Group Client Systems Wiki, *MDP 3.0 - TCP Recovery* (the conversation, the message types, at most 2,000
packets a request, of the last 24 hours) and *MDP 3.0 - Futures and Options on CME Globex - TCP Recovery for UDP*
(1182, 1183); the tags and their order (a text begins with BodyLength, without BeginString), and the size before each
packet, are those that the public client github.com/epam/java-cme-mdp3-handler speaks. Verify before production.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.fix.message import checksum
from cross_market_connect.wire.mdp3.decoder import PACKET_HEADER_BYTES
from cross_market_connect.wire.packet_stream import SIZE_BYTES, PacketStream

LOGON: Final = b"A"
LOGOUT: Final = b"5"
HEARTBEAT: Final = b"0"
MARKET_DATA_REQUEST: Final = b"V"

TAG_TYPE: Final = b"35"
TAG_USERNAME: Final = b"553"
TAG_PASSWORD: Final = b"554"
TAG_CHANNEL: Final = b"1180"
TAG_REQUEST_ID: Final = b"262"
TAG_BEGIN: Final = b"1182"
TAG_END: Final = b"1183"

# A size is a UINT16.
_SIZE_MAX: Final[i64] = 65_535
# Longest text that is read: the messages have less than a hundred characters.
TEXT_BYTES_MAX: Final = 4_096
_SOH: Final = b"\x01"
# "10=", three digits, SOH.
_TRAILER_BYTES: Final = 7


def replay_text(msg_type: bytes, fields: list[tuple[bytes, bytes]]) -> bytes:
    """A message of the client: length, type, fields, sum."""
    body = b"".join([tag + b"=" + value + _SOH for tag, value in [(TAG_TYPE, msg_type), *fields]])
    summed = b"9=%d\x01" % len(body) + body
    return summed + b"10=%03d\x01" % checksum(summed, len(summed))


def sized(packet: bytes) -> bytes:
    """A packet as the server sends it."""
    size = len(packet)
    return bytes([size % 256, size // 256]) + packet


def packet_stream() -> PacketStream:
    """What the server sends, on the client's side of a new connection."""
    return PacketStream(SIZE_BYTES, PACKET_HEADER_BYTES, _SIZE_MAX)


@final
class TextStream:
    """The texts of one connection, on the server's side.

    Attributes:
        is_broken: what came is no such text: length or sum are wrong.
    """

    def __init__(self) -> None:
        self.is_broken: bool = False
        self._data: bytes = b""

    def take(self, data: bytes) -> list[dict[bytes, bytes]]:
        """The messages that `data` completes, as their fields by tag."""
        found: list[dict[bytes, bytes]] = []
        content = self._data + data
        while len(content) > 0 and not self.is_broken:
            end = self._end(content)
            if end == 0:
                break
            summed = content[: end - _TRAILER_BYTES]
            if content[end - _TRAILER_BYTES : end] != b"10=%03d\x01" % checksum(summed, len(summed)):
                self.is_broken = True
                break
            fields: dict[bytes, bytes] = {}
            for word in summed.split(_SOH):
                tag, _equals, value = word.partition(b"=")
                fields[tag] = value
            found.append(fields)
            content = content[end:]
        self._data = content
        return found

    def _end(self, content: bytes) -> int:
        """Where the first message ends; 0 when it is not all there, or never will be."""
        length_end = content.find(_SOH)
        if length_end < 0:
            self.is_broken = len(content) > TEXT_BYTES_MAX
            return 0
        digits = content[2:length_end]
        if content[:2] != b"9=" or not digits.isdigit() or len(digits) > 4:
            self.is_broken = True
            return 0
        end = length_end + 1 + int(digits) + _TRAILER_BYTES
        return end if len(content) >= end else 0
