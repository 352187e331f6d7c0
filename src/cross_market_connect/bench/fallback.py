"""Client and floor of `xmc bench wire` in Python, for machines without a C compiler: same arguments, same output.

python -m cross_market_connect.bench.fallback client|floor ARGUMENTS
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
from pathlib import Path

PATIENCE_NS = 500_000_000
READ_BYTES = 65_536


def packets_of(path: str) -> list[bytes]:
    """The entries of a file of (u32 length, bytes)."""
    content = Path(path).read_bytes()
    result = []
    offset = 0
    while offset < len(content):
        (length,) = struct.unpack_from("<I", content, offset)
        result.append(content[offset + 4 : offset + 4 + length])
        offset += 4 + length
    return result


def is_whole(message: bytes) -> bool:
    return len(message) > 20 and message[-8:-4] == b"\x0110=" and message.endswith(b"\x01")


def answer(order: bytes, sequence: int) -> bytes:
    """An ExecutionReport that fills the order."""
    fields = dict(part.split(b"=", 1) for part in order.split(b"\x01") if part)
    pairs = [
        (b"35", b"8"),
        (b"49", fields[b"56"]),
        (b"56", fields[b"49"]),
        (b"34", b"%d" % sequence),
        (b"52", fields[b"52"]),
        (b"37", fields[b"11"]),
        (b"11", fields[b"11"]),
        (b"17", fields[b"11"]),
        (b"150", b"F"),
        (b"39", b"2"),
        (b"55", fields[b"55"]),
        (b"54", fields[b"54"]),
        (b"38", fields[b"38"]),
        (b"32", fields[b"38"]),
        (b"31", fields[b"44"]),
        (b"151", b"0"),
        (b"14", fields[b"38"]),
        (b"6", fields[b"44"]),
        (b"60", fields[b"52"]),
    ]
    body = b"".join(tag + b"=" + value + b"\x01" for tag, value in pairs)
    frame = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    return frame + b"10=%03d\x01" % (sum(frame) % 256)


def receive_both(descriptors: list[int]) -> list[bytes]:
    """One whole message from each connection."""
    began = time.monotonic_ns()
    messages = [b"", b""]
    while not all(is_whole(message) for message in messages):
        ready, _, _ = select.select(descriptors, [], [], 0.1)
        for descriptor in ready:
            messages[descriptors.index(descriptor)] += os.read(descriptor, READ_BYTES)
        if time.monotonic_ns() - began > PATIENCE_NS:
            if any(messages):
                raise TimeoutError("one leg's order came without the other's")
            return messages
    return messages


def client(words: list[str]) -> int:
    """See client.c."""
    group, port, first_descriptor, second_descriptor, path, first, count, one, two, orders, pause_us = words
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    descriptors = [int(first_descriptor), int(second_descriptor)]
    sequences = [int(one), int(two)]
    messages = [b"", b""]
    for packet in packets_of(path)[int(first) : int(first) + int(count)]:
        began = time.monotonic_ns()
        sender.sendto(packet, (group, int(port)))
        messages = receive_both(descriptors)
        print(time.monotonic_ns() - began if all(messages) else 0)
        for at, descriptor in enumerate(descriptors):
            if messages[at]:
                os.write(descriptor, answer(messages[at], sequences[at]))
                sequences[at] += 1
        time.sleep(int(pause_us) / 1e6)
    Path(orders).write_bytes(b"".join(struct.pack("<I", len(message)) + message for message in messages))
    print("next", *sequences)
    return 0


def floor(words: list[str]) -> int:
    """See floor.c."""
    group, port, first_descriptor, second_descriptor, path = words
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.bind((group, int(port)))
    membership = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    first, second = int(first_descriptor), int(second_descriptor)
    one, two = packets_of(path)
    poller = select.epoll()
    for descriptor in (receiver.fileno(), first, second, 0):
        poller.register(descriptor, select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for descriptor, _ in poller.poll():
            data = os.read(descriptor, READ_BYTES)
            if descriptor == receiver.fileno():
                os.write(first, one)
                os.write(second, two)
            elif not data:
                return 0


if __name__ == "__main__":
    sys.exit({"client": client, "floor": floor}[sys.argv[1]](sys.argv[2:]))
