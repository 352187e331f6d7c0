"""Client and floor in Python, and the same conversation with the C programs."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from cross_market_connect.bench import fallback
from cross_market_connect.bench.engine import FLOOR_GROUP, connected_pair, free_ports
from cross_market_connect.bench.wire import Client, answer, running_floor, tools, write_packets

ORDER = b"8=FIX.4.4|9=99|35=D|49=US|56=VENUE|34=2|52=20210104-01:30:00.000|11=17|55=X|54=1|38=3|44=5.0|10=000|"
ORDER = ORDER.replace(b"|", b"\x01")
PYTHON = [sys.executable, "-m", "cross_market_connect.bench.fallback"]


def test_an_answer_fills_the_order_and_its_length_and_checksum_are_right() -> None:
    reply = fallback.answer(ORDER, 9)
    head, rest = reply.split(b"\x0135=8\x01")
    body = b"35=8\x01" + rest[: rest.index(b"10=")]
    assert head.split(b"9=")[1] == b"%d" % len(body)
    assert reply.endswith(b"10=%03d\x01" % (sum(reply[: reply.index(b"\x0110=") + 1]) % 256))
    fields = dict(part.split(b"=", 1) for part in reply.split(b"\x01") if part)
    assert (fields[b"49"], fields[b"56"], fields[b"34"]) == (b"VENUE", b"US", b"9")
    assert (fields[b"150"], fields[b"39"], fields[b"32"], fields[b"31"], fields[b"11"]) == (
        b"F",
        b"2",
        b"3",
        b"5.0",
        b"17",
    )


@pytest.mark.parametrize("made_of", ["c", "python"])
def test_the_floor_sends_both_orders_for_every_datagram(tmp_path: Path, made_of: str) -> None:
    client, floor, found = tools(tmp_path) if made_of == "c" else ([*PYTHON, "client"], [*PYTHON, "floor"], "python")
    if found != made_of:
        pytest.skip("no C compiler")
    packets, orders = tmp_path / "packets", tmp_path / "orders"
    write_packets(packets, [b"datagram"] * 8)
    orders.write_bytes((struct.pack("<I", len(ORDER)) + ORDER) * 2)
    [port] = free_ports(1)
    pairs = [connected_pair(), connected_pair()]
    with running_floor(floor, port, [pair[0] for pair in pairs], orders):
        running = Client(client, (FLOOR_GROUP, port), [pair[1] for pair in pairs], packets, orders)
        assert len(running.block(5)) == 5
        assert len(running.block(3)) == 3
        assert running.sequences == ["10", "10"]
    for pair in pairs:
        for end in pair:
            end.close()
    assert fallback.packets_of(str(orders)) == [ORDER, ORDER]


def test_figures_are_ratios_of_blocks_and_pooled_percentiles() -> None:
    figures = answer([[2, 4], [6, 6]], [[1, 1], [2, 2]], "c", True)
    assert figures["ratio"] == {"p50": 2.5, "p99": 3.5, "p999": 3.0}
    assert figures["added_us"] == {"p50": 3, "p99": 4, "p999": 4}
    assert (figures["floor"], figures["samples"]) == ("c", 4)


def test_the_fallback_ends_with_its_standard_input(tmp_path: Path) -> None:
    orders = tmp_path / "orders"
    orders.write_bytes((struct.pack("<I", 4) + b"abcd") * 2)
    near, far = connected_pair()
    [port] = free_ports(1)
    descriptors = [near.fileno(), far.fileno()]
    command = [*PYTHON, "floor", FLOOR_GROUP, str(port), *map(str, descriptors), str(orders)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=descriptors) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        process.communicate(timeout=30)
    assert process.returncode == 0
    near.close()
    far.close()
