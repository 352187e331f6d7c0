"""The engine process as benchmarks see it: started, logged on and with live books, its venues played from here.

Both order sessions log on with this process and are then handed to the client. The first leg's quotes stand still
(FIX), the second leg's come as OMD-D datagrams that open and close the spread in turn.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from cross_market_connect.config.demonstration import demo_settings
from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.encoder import MSG_MARKET_DATA_REQUEST, MSG_MARKET_DATA_SNAPSHOT, BodyWriter
from cross_market_connect.wire.fix.messages import MarketDataEntry, market_data_snapshot, symbol_template
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of
from cross_market_connect.wire.omd.family import (
    ACTION_CHANGE,
    ACTION_NEW,
    SIDE_BID,
    SIDE_OFFER,
)
from cross_market_connect.wire.omd.omd_d import (
    PRODUCT_FUTURE,
)
from cross_market_connect.wire.omd.omd_d_objects import SeriesDefinitionBase
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter

LOOPBACK: Final = "127.0.0.1"
FLOOR_GROUP: Final = "239.192.10.9"
UTC_NS: Final = 1_609_723_800_000_000_000  # 2021-01-04 09:30 in China
HOUR_MS: Final = 3_600_000
ORDERBOOK_ID: Final = 20_001
# V = 5200 - 0.22632 x 27299 x 0.84164 is about 0; 60 points of the second leg move it by about 11.
FIRST_LEG_UNITS: Final = 52_000
SECOND_LEG_PRICE: Final = 27_299
SWING: Final = 60
LOTS: Final = 500
ORDERS_PER_SECOND_MAX: Final = 10_000
# The default of a configuration; the demonstration's takes one every few orders.
SNAPSHOT_EVERY_RECORDS: Final = 10_000
CYCLES: Final = 15
CYCLE_PAUSE_S: Final = 0.1
PATIENCE_S: Final = 10.0


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection on the loopback interface."""
    listener = socket.create_server((LOOPBACK, 0))
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    listener.close()
    for end in (near, far):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return near, far


def wide_open(ports: dict[str, int], directory: Path, busy_poll: bool) -> dict[str, Any]:
    """The demonstration's configuration with gates wide open, so that every datagram fires.

    Args:
        ports: as in `demo_settings`.
    """
    settings = demo_settings(speed=1, seed=1, faults=[], duration=HOUR_MS // 1_000, ports=ports, directory=directory)
    fields: dict[str, Any] = json.loads(settings.canonical_json())
    fields["engine"]["busy_poll"] = busy_poll
    fields["engine"]["snapshot_every_records"] = SNAPSHOT_EVERY_RECORDS
    for source in fields["source"]:
        if "heartbeat_s" in source:
            source["heartbeat_s"] = 600
    spread = fields["spread"][0]
    spread["trigger"].update(
        buy_enter="-2",
        buy_exit="-0.5",
        sell_enter="100000",
        sell_exit="-100000",
        cool_down_ms=0,
        hysteresis="0",
        triggers_max=6_000,
        skew_ms_max=HOUR_MS,
        minutes_to_close_min=0,
    )
    for leg in spread["leg"]:
        leg["quote_age_ms_max"] = HOUR_MS
    for limit in fields["limit"]:
        if limit["orders_per_second_max"] is not None:
            limit["orders_per_second_max"] = ORDERS_PER_SECOND_MAX
    return fields


class Acceptor:
    """One venue session of the engine: log-on, and the standing quotes of the first leg."""

    def __init__(self, comp_id: bytes, engine_comp_id: bytes) -> None:
        self.listener = socket.create_server((LOOPBACK, 0))
        self.listener.settimeout(PATIENCE_S)
        settings = SessionSettings(b"FIX.4.4", comp_id, engine_comp_id, ROLE_ACCEPTOR, 600, sending_time_tolerance_s=0)
        self.session = FixSession(settings, dictionary_of("FIX.4.4"), 1, 1)
        self.connection: socket.socket | None = None

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def log_on(self, wanted: bytes) -> None:
        """Accept, and talk until the engine has logged on and sent a message of type `wanted` (b"" for none)."""
        connection, _ = self.listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(PATIENCE_S)
        self.connection = connection
        self.session.connection_opened(0)
        while True:
            self.session.receive(connection.recv(65_536), 0, UTC_NS)
            for message in self.session.take_messages():
                if message.msg_type == MSG_MARKET_DATA_REQUEST:
                    self._quote(message.get(262))
            connection.sendall(self.session.data_to_send())
            if self.session.is_logged_on and (not wanted or self.session.next_out > 2):
                return

    def _quote(self, request_id: bytes) -> None:
        entries = [
            MarketDataEntry(ord("0"), FIRST_LEG_UNITS - 2, LOTS, 1),
            MarketDataEntry(ord("1"), FIRST_LEG_UNITS + 2, LOTS, 1),
        ]
        body = market_data_snapshot(BodyWriter(), request_id, symbol_template(b"IF2101", b"CCFX"), entries, 1)
        self.session.send(MSG_MARKET_DATA_SNAPSHOT, body, 0, UTC_NS)


class EngineUnderTest:
    """A running engine. Use it as a context; it ends with the context.

    Attributes:
        group: multicast group and port of the second leg's quotes.
        order_connections: both order sessions, logged on; their next outgoing sequence number is 2.
        floor_port: a free datagram port for the floor.
    """

    def __init__(self, directory: Path, busy_poll: bool) -> None:
        self.directory = directory
        self.busy_poll = busy_poll
        self.acceptors = {
            "ccfx_orders": Acceptor(b"CCFX", b"XMC_ORDERS"),
            "ccfx_quotes": Acceptor(b"CCFX", b"XMC_QUOTES"),
            "xhkf_orders": Acceptor(b"XHKF", b"XMC_ORDERS"),
        }
        ports = free_ports(3)
        self.refresh_port, self.floor_port = ports[1], ports[2]
        numbers = {name: acceptor.port for name, acceptor in self.acceptors.items()}
        numbers.update({"xhkf_quotes": ports[0], "xhkf_quotes.refresh_port": self.refresh_port})
        self.settings = wide_open(numbers, directory, busy_poll)
        feed = next(source for source in self.settings["source"] if source["kind"] == "omd_d")
        self.group = (str(feed["group"]), ports[0])
        self.refresh_group = (str(feed["refresh_group"]), self.refresh_port)
        self.writer = OmdDWriter()
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))

    def __enter__(self) -> EngineUnderTest:
        secrets = {"XMC_CCFX_SECRET": "bench", "XMC_XHKF_SECRET": "bench"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cross_market_connect.run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **secrets},
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise InputError(["bench: no pipes to the engine"])
        fields = {"settings": self.settings, "anchor_now_ns": time.monotonic_ns()}
        self.process.stdin.write(json.dumps(fields).encode() + b"\n")
        self.process.stdin.flush()
        if not self.process.stdout.readline():
            raise InputError(["bench: the engine did not start; its message is above"])
        self.acceptors["ccfx_orders"].log_on(b"")
        self.acceptors["ccfx_quotes"].log_on(MSG_MARKET_DATA_REQUEST)
        self.acceptors["xhkf_orders"].log_on(b"")
        connections = [self.acceptors[name].connection for name in ("ccfx_orders", "xhkf_orders")]
        self.order_connections = [connection for connection in connections if connection is not None]
        self._bring_up_books()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()
        for acceptor in self.acceptors.values():
            acceptor.listener.close()
            if acceptor.connection is not None:
                acceptor.connection.close()
        self.sender.close()

    def _bring_up_books(self) -> None:
        """Refresh cycles until the engine, which opens the refresh channel when it needs it, has surely seen some."""
        refresh_seq = 1
        for _ in range(CYCLES):
            self.keep_alive(0)
            self.writer.start(refresh_seq, UTC_NS)
            self.writer.add_series_definition_base(
                SeriesDefinitionBase(ORDERBOOK_ID, "HSIF1", PRODUCT_FUTURE, 0, 1, 0, "", 0, 0)
            )
            self.writer.begin_book(ORDERBOOK_ID)
            self.writer.add_entry(LOTS, SECOND_LEG_PRICE - 1, 1, SIDE_BID, 1, ACTION_NEW)
            self.writer.add_entry(LOTS, SECOND_LEG_PRICE + 1, 1, SIDE_OFFER, 1, ACTION_NEW)
            self.writer.end_book()
            self.writer.add_refresh_complete(0)
            refresh_seq += 3
            self.sender.sendto(self.writer.finish(), self.refresh_group)
            time.sleep(CYCLE_PAUSE_S)

    def keep_alive(self, last_seq: int) -> None:
        """A heartbeat of the real-time channel."""
        self.sender.sendto(self.writer.heartbeat(last_seq, UTC_NS), self.group)

    def trigger_packets(self, count: int) -> list[bytes]:
        """Datagrams that open and close the spread in turn."""
        packets = []
        for number in range(count):
            price = SECOND_LEG_PRICE + (SWING if number % 2 == 0 else -SWING)
            self.writer.start(number + 1, UTC_NS)
            self.writer.begin_book(ORDERBOOK_ID)
            self.writer.add_entry(LOTS, price - 1, 1, SIDE_BID, 1, ACTION_CHANGE)
            self.writer.add_entry(LOTS, price + 1, 1, SIDE_OFFER, 1, ACTION_CHANGE)
            self.writer.end_book()
            packets.append(self.writer.finish())
        return packets


def free_ports(count: int) -> list[int]:
    """Datagram ports that nothing uses now."""
    probes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for probe in probes:
        probe.bind((LOOPBACK, 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
