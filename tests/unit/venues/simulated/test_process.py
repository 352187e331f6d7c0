"""The exchange as a process over real loopback sockets: ready line, FIX conversation, ends and their ledgers."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.tls import OPEN, TlsStream
from cross_market_connect.venues.simulated.faults import FAULT_DATAGRAM_LOST
from cross_market_connect.venues.simulated.process import load_fields, ports_from, settings_from, tls_from
from tests.unit.engine.support_tls import Authority
from tests.unit.wire.fix.support import make_frame

UTC_NS = 1_609_725_600_000_000_000
PATIENCE_S = 30


def configuration(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "mic": "CCFX",
        "comp_id": "CCFX",
        "instruments": ["CCFX.IF2101"],
        "day": 20_210_104,
        "calendar": {
            "anchor_now_ns": time.clock_gettime_ns(time.CLOCK_MONOTONIC),
            "anchor_utc_ns": UTC_NS,
            "speed_milli": 20_000,
        },
        "seed": 1,
        "listen": [0, 0],
        "clients": [
            {"comp_id": "ENGINE", "role": "orders", "account": "A1", "username": "user", "password": "pass"},
            {"comp_id": "QUOTES", "role": "quotes", "username": "user", "password": "pass"},
        ],
        "quotes": ["recorded"],
    }
    fields.update(changes)
    return fields


Process = subprocess.Popen[bytes]


@pytest.fixture
def started() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def replaying(port: int) -> dict[str, Any]:
    """COMEX gold by MDP 3.0 to a port of the loopback interface, with a replay."""
    multicast = {
        "protocol": "mdp3",
        "channel": 41,
        "snapshot_channel": 42,
        "definition_channel": 43,
        "security_ids": [7],
        "group": "GC",
        "groups": {"41": ["127.0.0.1", port]},
        "recovery": {"port": 0, "username": "FUND", "password": "hush"},
    }
    return configuration(mic="XCEC", instruments=["XCEC.GCM1"], quotes=["comex_gold"], multicast=multicast)


def sized_text(text: str) -> bytes:
    """A request of the replay: BodyLength (9) first, and CheckSum (10)."""
    body = text.replace("|", "\x01").encode() + b"\x01"
    summed = b"9=%d\x01" % len(body) + body
    return summed + b"10=%03d\x01" % (sum(summed) % 256)


def start(started: list[Process], fields: dict[str, Any]) -> Process:
    command = [sys.executable, "-m", "cross_market_connect.venues.simulated.process"]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    started.append(process)
    assert process.stdin is not None
    process.stdin.write(json.dumps(fields).encode() + b"\n")
    process.stdin.flush()
    return process


def line(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    text = process.stdout.readline()
    assert text, process.stderr.read() if process.stderr is not None else b""
    result: dict[str, Any] = json.loads(text)
    return result


def talk(port: int, text: str, until: bytes) -> tuple[socket.socket, bytes]:
    client = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    client.sendall(make_frame(text))
    return client, read_until(client, until)


def read_until(client: socket.socket, until: bytes) -> bytes:
    received = b""
    while until not in received:
        data = client.recv(65_536)
        assert data, received
        received += data
    return received


def logon(comp_id: str, heartbeat_s: int = 30) -> str:
    return f"35=A|49={comp_id}|56=CCFX|34=1|52=20210104-02:00:00|98=0|108={heartbeat_s}|553=user|554=pass"


def through_tls(port: int, stream: TlsStream, text: str, until: bytes) -> bytes:
    """One message, or none, from the engine's side of TLS, and the answer up to some bytes or its fault."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        stream.begin("127.0.0.1", port)
        received, sent = b"", False
        while until not in received and stream.fault == "":
            if stream.state == OPEN and not sent and text:
                client.sendall(stream.encrypt(make_frame(text)))
                sent = True
            client.sendall(stream.take_outgoing())
            data = client.recv(65_536)
            if data:
                stream.receive(data)
            else:
                stream.receive_end("")
            received += stream.read(65_536)
        return received


def test_the_process_serves_tls_and_refuses_who_speaks_none(started: list[Process], tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.server_files("127.0.0.1")
    files = {"certificate_file": certificate, "key_file": key}
    port = line(start(started, configuration(tls=files)))["port"]
    assert b"35=A" in through_tls(port, authority.stream("127.0.0.1"), logon("ENGINE"), b"35=A")
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as plain:
        plain.sendall(make_frame(logon("QUOTES")))
        # An alert or an end, or a reset when the rest of the message was never read.
        with contextlib.suppress(ConnectionResetError):
            assert b"8=FIX" not in plain.recv(65_536)
    assert b"35=A" in through_tls(port, authority.stream("127.0.0.1"), logon("QUOTES"), b"35=A")


def test_the_process_asks_for_a_certificate_of_the_client(started: list[Process], tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.server_files("127.0.0.1")
    files = {"certificate_file": certificate, "key_file": key, "ca_file": authority.ca_file}
    port = line(start(started, configuration(tls=files)))["port"]
    without = authority.stream("127.0.0.1")
    # Nothing is sent: a server that closes with bytes unread may take its alert back by a reset.
    assert through_tls(port, without, "", b"35=A") == b""
    assert "the peer asks for our certificate; expected certificate_file and key_file" in without.fault
    own_certificate, own_key = authority.client_files()
    own = authority.stream("127.0.0.1", own_certificate, own_key)
    assert b"35=A" in through_tls(port, own, logon("ENGINE"), b"35=A")


def test_files_of_tls_that_do_not_work_are_named(tmp_path: Path) -> None:
    assert tls_from({}) is None
    with pytest.raises(InputError, match="tls: .*No such file.*; expected certificate_file and key_file as PEM"):
        tls_from({"tls": {"certificate_file": str(tmp_path / "none.pem"), "key_file": str(tmp_path / "none.key")}})
    with pytest.raises(InputError, match="tls: 'key_file'; expected"):
        tls_from({"tls": {"certificate_file": "one"}})


def test_trade_over_sockets_and_ledger_at_the_end(started: list[Process]) -> None:
    process = start(started, configuration())
    ready = line(process)
    assert ready["ready"] and ready["port"] == ready["ports"][0] and len(set(ready["ports"])) == 2
    quotes, _ = talk(ready["ports"][1], logon("QUOTES"), b"35=A")
    request = (
        "35=V|49=QUOTES|56=CCFX|34=2|52=20210104-02:00:00|262=r|263=1|264=0|265=0|267=2|269=0|269=1|146=1|55=IF2101"
    )
    quotes.sendall(make_frame(request))
    read_until(quotes, b"35=W")
    engine, _ = talk(ready["port"], logon("ENGINE"), b"35=A")
    # The recorded day's highest price is below 5,400; its limits are the reference table's.
    order = "35=D|49=ENGINE|56=CCFX|34=2|52=20210104-02:00:00|11=1|55=IF2101|54=1|60=20210104-02:00:00|38=1|40=1|59=3"
    engine.sendall(make_frame(order))
    read_until(engine, b"150=F")
    process.send_signal(signal.SIGTERM)
    final = line(process)
    assert final["positions"] == {"A1": {"CCFX.IF2101": 1}}
    assert (final["final"], final["trades"], final["open_orders"]) == (True, 1, {"A1": 0})
    assert b"35=5" in read_until(engine, b"35=5")
    assert process.wait(PATIENCE_S) == 0
    engine.close()
    quotes.close()


@pytest.mark.slow
def test_what_was_published_is_sent_again_to_who_asks(started: list[Process]) -> None:
    """MDP 3.0 TCP replay: the packets of the incremental channel, each behind its length, as published."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as published:
        published.bind(("127.0.0.1", 0))
        published.settimeout(PATIENCE_S)
        process = start(started, replaying(published.getsockname()[1]))
        ready = line(process)
        packets = [published.recv(65_536) for _ in range(3)]
    assert [int.from_bytes(packet[:4], "little") for packet in packets] == [1, 2, 3]
    with socket.create_connection(("127.0.0.1", ready["recovery_port"]), PATIENCE_S) as client:
        client.sendall(sized_text("35=A|553=FUND|554=hush"))
        client.recv(65_536)
        client.sendall(sized_text("35=V|1180=41|1182=2|1183=3"))
        received = b""
        while data := client.recv(65_536):
            received += data
    wanted = b"".join(len(packet).to_bytes(2, "little") + packet for packet in packets[1:])
    assert received.startswith(wanted), "and then the Logout, and the end"
    process.send_signal(signal.SIGTERM)
    assert line(process)["recovery_requests"] == 1
    assert process.wait(PATIENCE_S) == 0


def test_quotes_hear_at_once_what_the_end_of_an_order_session_cancelled(started: list[Process]) -> None:
    clients = configuration()["clients"]
    clients[0]["cancel_on_disconnect"] = True
    process = start(started, configuration(clients=clients, quotes=[None], always_open=True))
    ready = line(process)
    # No heartbeat comes to wake the exchange while we wait.
    quotes, _ = talk(ready["ports"][1], logon("QUOTES", 3_600), b"35=A")
    quotes.sendall(
        make_frame(
            "35=V|49=QUOTES|56=CCFX|34=2|52=20210104-02:00:00|262=r|263=1|264=0|265=0|267=1|269=0|146=1|55=IF2101"
        )
    )
    read_until(quotes, b"35=W")
    engine, _ = talk(ready["port"], logon("ENGINE", 3_600), b"35=A")
    order = "35=D|49=ENGINE|56=CCFX|34=2|52=20210104-02:00:00|11=1|55=IF2101|54=1|60=20210104-02:00:00|38=3|40=2"
    engine.sendall(make_frame(order + "|44=5200|59=0"))
    assert b"271=3" in read_until(quotes, b"270=5200")
    # A number that was already used ends the session (FIX 4.4, volume 2, "MsgSeqNum too low"), and its orders.
    engine.sendall(make_frame("35=0|49=ENGINE|56=CCFX|34=1|52=20210104-02:00:00"))
    assert b"35=5" in read_until(engine, b"35=5")
    assert b"269=0\x01270=0.0\x01271=0" in read_until(quotes, b"\x0110=")
    engine.close()
    quotes.close()


def test_end_of_standard_input_ends_the_process(started: list[Process]) -> None:
    process = start(started, configuration())
    line(process)
    assert process.stdin is not None
    process.stdin.close()
    assert line(process)["final"]
    assert process.wait(PATIENCE_S) == 0
    process.stdin = None


def test_port_in_use_is_one_clear_error(started: list[Process]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(started, configuration(listen=[port]))
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert errors.decode().splitlines() == [
        f"port {port} on 127.0.0.1: Address already in use; expected a free port",
    ]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"instruments": ["CCFX.NONE"]}, "instrument CCFX.NONE"),
        ({"faults": "medium"}, "fault profile"),
        ({"quotes": ["invented"]}, "quotes"),
        ({"clients": [{"comp_id": "X", "role": "both"}]}, "clients"),
        ({"calendar": {}}, "configuration"),
        ({"seed": None, "clients": 3}, "configuration"),
    ],
)
def test_wrong_configuration_is_named(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as caught:
        settings_from(configuration(**changes))
    assert caught.value.faults[0].startswith(place)


def test_configuration_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "exchange.json"
    path.write_text(json.dumps(configuration()))
    fields = load_fields([str(path)])
    assert settings_from(fields).mic == "CCFX"
    assert ports_from(fields) == [0, 0]
    path.write_text("[]")
    with pytest.raises(InputError):
        load_fields([str(path)])
    for wrong in ([], [70_000], "19001", None):
        with pytest.raises(InputError):
            ports_from({"listen": wrong})


@pytest.mark.slow
def test_international_venue_with_modelled_quotes_and_multicast() -> None:
    multicast = {"channel": 1, "refresh_channel": 2, "orderbook_ids": [77], "groups": {}}
    chosen = settings_from(
        configuration(mic="XHKF", instruments=["XHKF.HSIF1"], quotes=["modelled"], multicast=multicast, faults="light")
    )
    assert chosen.channel is not None and len(chosen.rules) == 6
    schedule = chosen.schedules[0]
    assert schedule is not None and len(schedule.utc_ns) > 10_000


def test_a_venue_publishes_by_the_protocol_that_it_is_told() -> None:
    multicast = {
        "protocol": "mdp3",
        "channel": 41,
        "snapshot_channel": 42,
        "definition_channel": 43,
        "security_ids": [41_001],
        "group": "GC",
        "groups": {},
    }
    fields = configuration(mic="XCEC", instruments=["XCEC.GCM1"], quotes=[None], multicast=multicast, faults="light")
    chosen = settings_from(fields)
    assert chosen.channel is None and chosen.mdp_channel is not None and chosen.lines is not None
    mdp = chosen.mdp_channel
    channels = (int(mdp.channel), int(mdp.snapshot_channel), int(mdp.definition_channel))
    assert (channels, mdp.security_ids, mdp.group) == ((41, 42, 43), [41_001], "GC")
    assert chosen.lines.lost_ppm > 0
    gap = chosen.rules[0]
    assert (gap.kind, gap.times) == (FAULT_DATAGRAM_LOST, 12)
    with pytest.raises(InputError, match=r"multicast.protocol: 'itch'; expected omd_d or mdp3"):
        settings_from({**fields, "multicast": {**multicast, "protocol": "itch"}})
    with pytest.raises(InputError, match="security_ids: 0; expected one per instrument"):
        settings_from({**fields, "multicast": {**multicast, "security_ids": []}}).check()
