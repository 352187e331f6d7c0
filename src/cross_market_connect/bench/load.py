"""`xmc bench load`: how late the engine takes quotes when they come at a rate that does not wait for it.

Open loop: each datagram has an intended time, in a steady stream with a ten-times burst in every second, and is sent
whether or not the engine keeps up. Latency counts from the intended time, so a stall is counted for everything that it
delays (no coordinated omission), to the moment at which the engine has read the datagram; the capture tells it, by the
datagram's sequence number.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bench.engine import ORDERBOOK_ID, SECOND_LEG_PRICE, UTC_NS, EngineUnderTest
from cross_market_connect.bench.figures import spread
from cross_market_connect.bench.market import temporary_directory
from cross_market_connect.bench.wire import SOURCES, write_packets
from cross_market_connect.domain.errors import InputError
from cross_market_connect.journal.capture import CaptureReader
from cross_market_connect.journal.file_store import capture_store
from cross_market_connect.wire.omd.family import (
    ACTION_CHANGE,
    SIDE_BID,
    SIDE_OFFER,
)
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter

RATES: Final = (50_000, 200_000)
SECONDS: Final = 4
MESSAGES_PER_DATAGRAM: Final = 10
BURST_FACTOR: Final = 10
BURST_NS: Final = 10_000_000
SECOND_NS: Final = 1_000_000_000
SETTLE_S: Final = 1.0


def schedule_ns(messages_per_second: int, seconds: int) -> list[int]:
    """Intended times of the datagrams: one rate, ten times that in the first hundredth of every second."""
    gap_ns = SECOND_NS * MESSAGES_PER_DATAGRAM // messages_per_second
    result: list[int] = []
    at = 0
    while at < seconds * SECOND_NS:
        result.append(at)
        at += gap_ns // BURST_FACTOR if at % SECOND_NS < BURST_NS else gap_ns
    return result


def quote_packets(count: int, first_seq: int) -> list[bytes]:
    """Datagrams of ten book updates each, which move sizes and no best price."""
    writer = OmdDWriter()
    packets = []
    seq = first_seq
    for number in range(count):
        writer.start(seq, UTC_NS)
        for at in range(MESSAGES_PER_DATAGRAM):
            writer.begin_book(ORDERBOOK_ID)
            side, price = (SIDE_BID, -1) if at % 2 == 0 else (SIDE_OFFER, 1)
            writer.add_entry(400 + (number + at) % 90, SECOND_LEG_PRICE + price, 1, side, 1, ACTION_CHANGE)
            writer.end_book()
        seq += MESSAGES_PER_DATAGRAM
        packets.append(writer.finish())
    return packets


def sender(directory: Path) -> Path:
    """The built sender. Raises InputError without a compiler: Python cannot send at these rates."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    built = directory / "load"
    command = [str(compiler), "-O2", "-D_GNU_SOURCE", "-o", str(built), str(SOURCES / "load.c")]
    if compiler is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        raise InputError(["bench load: no working C compiler; expected cc, gcc or clang for the sender"])
    return built


def one_rate(rate: int) -> dict[str, Any]:
    """One run at one rate."""
    with temporary_directory() as name:
        directory = Path(name)
        program, packets, schedule = sender(directory), directory / "packets", directory / "schedule"
        intended = schedule_ns(rate, SECONDS)
        write_packets(packets, quote_packets(len(intended), 1))
        schedule.write_bytes(b"".join(struct.pack("<Q", at) for at in intended))
        with EngineUnderTest(directory / "engine", False) as engine:
            command = [str(program), engine.group[0], str(engine.group[1]), str(packets), str(schedule)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise InputError([f"bench load: {done.stderr.strip()}; expected a working loopback interface"])
            time.sleep(SETTLE_S)
        zero_ns, worst_ns, _took_ns = map(int, done.stdout.split())
        latencies = received_us(directory / "engine", intended, zero_ns)
    return {
        "messages_per_second": rate,
        "messages_sent": len(intended) * MESSAGES_PER_DATAGRAM,
        "messages_received": len(latencies) * MESSAGES_PER_DATAGRAM,
        "messages_lost": (len(intended) - len(latencies)) * MESSAGES_PER_DATAGRAM,
        "latency_us": spread(latencies, 50, 99, 99.9, 100),
        "sender_late_us_max": worst_ns / 1_000,
    }


def received_us(directory: Path, intended: list[int], zero_ns: int) -> list[float]:
    """Latency of every datagram that the engine captured."""
    result = []
    for packet in CaptureReader(capture_store(directory, True)).packets():
        (seq,) = struct.unpack_from("<I", packet.data, 4)
        number = (seq - 1) // MESSAGES_PER_DATAGRAM
        if packet.source < 512 and packet.data[2] and 0 <= number < len(intended) and packet.now_ns >= zero_ns:
            result.append((packet.now_ns - zero_ns - intended[number]) / 1_000)
    return result


def run() -> dict[str, Any]:
    """Every rate."""
    return {
        "rates": [one_rate(rate) for rate in RATES],
        "burst_factor": BURST_FACTOR,
        "messages_per_datagram": MESSAGES_PER_DATAGRAM,
    }
