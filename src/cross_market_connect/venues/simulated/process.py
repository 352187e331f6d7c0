"""One simulated exchange as a process: the only place of this folder with sockets and a clock.

Life of the process. It reads its configuration (one JSON line on standard input, or a file), listens, prints one line
`{"ready": true, "port": ..., "ports": [...]}`, with `recovery_port` where it sends again, and serves until SIGTERM,
SIGINT or the end of standard input: a parent that dies closes that pipe, so no exchange outlives the run that started
it. Then it logs its clients out and prints its final ledger as one line. Diagnostics go to standard error.

Configuration (all times in nanoseconds, monotonic ones on the clock of this machine, CLOCK_MONOTONIC):

    mic, comp_id          the venue's MIC and its CompID
    version               "FIX.4.2", "FIX.4.4" (when absent) or "FIX.5.0SP2"; "STEP.1.2" for market data alone: as
                          Shenzhen's gateway it pushes snapshots to every session
    gateway               "fix" (when absent), or "ocg_c": HKEX's dialect and session rules, every password right
    extra_fields,         the venue's own rows (wire/fix/dictionary.py)
    extra_members
    instruments           symbols of the reference tables, in the order that indexes count them
    day                   YYYYMMDD, for which tables apply
    calendar              anchor_now_ns, anchor_utc_ns, speed_milli, skip_from_utc_ns, skip_until_utc_ns
    seed                  of latencies, faults and modelled quotes
    listen                ports on 127.0.0.1; 0 lets the system choose
    tls                   absent for plain text, or certificate_file, key_file, and ca_file (absent: clients show no
                          certificate), as PEM: the system's own sockets with TLS, not the engine's way
    clients               comp_id, role ("orders", "quotes", or "drop_copy" of an account that another client enters
                          orders for), account, username, password, cancel_on_disconnect, hours
                          (null: around the clock; or start_s, end_s, and optionally utc_offset_s, weekdays,
                          start_weekday, end_weekday as in wire/fix/schedule.py, and numbers_go_on: true where a new
                          session day does not begin at 1)
    always_open           true: no trading hours
    quotes                per instrument: "recorded", "modelled" (Hang Seng), "comex_gold", "shanghai_gold" (modelled as
                          well), or null for no market maker
    quotes_until_utc_ns   where modelled quotes may end; null for the end of the recorded day
    multicast             null, or channel, refresh_channel, orderbook_ids of OMD-D; or, with protocol "mdp3": channel,
                          snapshot_channel, definition_channel, security_ids, group (the product's). Either with groups
                          ("channel number": [address, port]); line B of a channel of MDP 3.0 has its number + 1000;
                          and recovery, null or port, username, password (of MDP 3.0) of the service that sends again
    latency               in_ns, out_ns, jitter_ns
    faults                a profile's name ("none", "light", "heavy"), which the lines of MDP 3.0 follow too
    rules                 further rules, fields as in `rule_from_fields`
    script                the same as lines that a person writes (script.py)
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any, Final

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.reference.ticks import TickSeries, load_ticks
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.faults import (
    ANY_INSTRUMENT,
    FAULT_DATAGRAM_LOST,
    FaultRule,
    profile_rules,
    rule_from_fields,
)
from cross_market_connect.venues.simulated.gold_model import (
    COMEX_LEVELS,
    modelled_comex_gold,
    modelled_shanghai_gold,
)
from cross_market_connect.venues.simulated.lines import line_faults
from cross_market_connect.venues.simulated.market_maker import QuoteSchedule
from cross_market_connect.venues.simulated.market_model import modelled_hang_seng
from cross_market_connect.venues.simulated.mdp3_publisher import MdpChannelSettings
from cross_market_connect.venues.simulated.mdp3_replay import MdpReplayServer
from cross_market_connect.venues.simulated.omd_channels import ChannelSettings
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionServer
from cross_market_connect.venues.simulated.recovery import RecoveryPeer
from cross_market_connect.venues.simulated.script import compile_script
from cross_market_connect.venues.simulated.settings import (
    ROLE_DROP_COPY,
    ROLE_MARKET_DATA,
    ROLE_ORDER_ENTRY,
    ClientSession,
    ExchangeSettings,
)
from cross_market_connect.wire.fix.schedule import EVERY_DAY, SessionSchedule
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.sbe.reader import read_schema

LOOPBACK: Final = "127.0.0.1"
GAP_AT: Final = 400
GAP_DATAGRAMS: Final = 12
# What a socket, with TLS or without, says when it is to be asked again.
NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
QUOTE_KINDS: Final = ("recorded", "modelled", "comex_gold", "shanghai_gold")
READ_BYTES: Final = 65_536
UNSENT_BYTES_MAX: Final = 16_777_216
CONFIGURATION_BYTES_MAX: Final = 4_194_304
# A poll rounds up to whole milliseconds; closer deadlines are waited for by reading the clock.
POLL_GRAIN_NS: Final = 1_000_000


def settings_from(fields: dict[str, Any]) -> ExchangeSettings:
    """The exchange that a configuration describes. Raises InputError for what is missing or does not fit."""
    try:
        return _settings_from(fields)
    except KeyError as error:
        raise InputError([f"configuration: {error.args[0]} is missing; expected a value"]) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError([f"configuration: {error}; expected the fields that the documentation lists"]) from error


def _settings_from(fields: dict[str, Any]) -> ExchangeSettings:
    reference = load_reference()
    day = int(fields["day"])
    symbols = [str(symbol) for symbol in fields["instruments"]]
    instruments = [reference.instrument(symbol, index, day) for index, symbol in enumerate(symbols)]
    calendar = fields["calendar"]
    clock = CalendarClock(
        int(calendar["anchor_now_ns"]),
        int(calendar["anchor_utc_ns"]),
        int(calendar["speed_milli"]),
        [int(value) for value in calendar.get("skip_from_utc_ns", [])],
        [int(value) for value in calendar.get("skip_until_utc_ns", [])],
    )
    result = ExchangeSettings(str(fields["mic"]), str(fields["comp_id"]).encode(), instruments, clock, fields["seed"])
    if not fields.get("always_open", False):
        result.session_clocks = [reference.session_clock(symbol, day) for symbol in symbols]
    result.schedules = _schedules(fields, result)
    for client in fields["clients"]:
        result.clients.append(_client(client))
    if fields.get("multicast") is not None:
        _publish(result, fields["multicast"], str(fields.get("faults", "none")))
    latency = fields.get("latency", {})
    result.latency_in_ns = int(latency.get("in_ns", 0))
    result.latency_out_ns = int(latency.get("out_ns", 0))
    result.latency_jitter_ns = int(latency.get("jitter_ns", 0))
    accounts = sorted({client.account for client in result.clients if client.account})
    for account in accounts:
        result.rules.extend(profile_rules(str(fields.get("faults", "none")), account))
    result.rules.extend(rule_from_fields(rule) for rule in fields.get("rules", []))
    result.version = str(fields.get("version", result.version))
    result.gateway = str(fields.get("gateway", result.gateway))
    result.extra_fields = str(fields.get("extra_fields", ""))
    result.extra_members = str(fields.get("extra_members", ""))
    result.rules.extend(compile_script(str(fields.get("script", "")), symbols))
    return result


def _keep_hours(client: ClientSession, hours: dict[str, Any] | None) -> None:
    if hours is None:
        return
    days = hours.get("weekdays")
    client.hours = SessionSchedule(
        int(hours["start_s"]),
        int(hours["end_s"]),
        int(hours.get("start_weekday", EVERY_DAY)),
        int(hours.get("end_weekday", EVERY_DAY)),
        int(hours.get("utc_offset_s", 0)),
        None if days is None else [int(day) for day in days],
    )
    client.numbers_begin_anew = not hours.get("numbers_go_on", False)


def _publish(result: ExchangeSettings, multicast: dict[str, Any], profile: str) -> None:
    """Where and by which protocol the exchange publishes."""
    protocol = multicast.get("protocol", "omd_d")
    channel = int(multicast["channel"])
    recovery = multicast.get("recovery")
    if protocol == "omd_d":
        ids = [int(value) for value in multicast["orderbook_ids"]]
        result.channel = ChannelSettings(channel, int(multicast["refresh_channel"]), ids)
        if recovery is not None:
            result.recovery = OmdRetransmissionServer(OMD_D, [channel], [str(recovery["username"])])
    elif protocol == "mdp3":
        schema = read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)
        ids = [int(value) for value in multicast["security_ids"]]
        loops = int(multicast["snapshot_channel"]), int(multicast["definition_channel"])
        result.mdp_channel = MdpChannelSettings(channel, *loops, ids, schema)
        result.mdp_channel.group = result.mdp_channel.asset = str(multicast["group"])
        if recovery is not None:
            passwords = {str(recovery["username"]).encode(): str(recovery["password"]).encode()}
            result.recovery = MdpReplayServer(schema, [channel], passwords)
        result.lines = line_faults(profile)
        if profile != "none":
            result.rules.append(_gap())
    else:
        raise InputError([f"multicast.protocol: {protocol!r}; expected omd_d or mdp3"])


def _gap() -> FaultRule:
    """Some datagrams in a row that neither line brings: what a profile with faults always has."""
    rule = FaultRule(FAULT_DATAGRAM_LOST, b"", ANY_INSTRUMENT)
    rule.first = GAP_AT
    rule.times = GAP_DATAGRAMS
    return rule


def _client(fields: dict[str, Any]) -> ClientSession:
    roles = {"orders": ROLE_ORDER_ENTRY, "quotes": ROLE_MARKET_DATA, "drop_copy": ROLE_DROP_COPY}
    if fields["role"] not in roles:
        raise InputError([f"clients: role {fields['role']!r}; expected {', '.join(roles)}"])
    result = ClientSession(
        str(fields["comp_id"]).encode(),
        roles[fields["role"]],
        str(fields.get("account", "")).encode(),
        str(fields.get("username", "")).encode(),
        str(fields.get("password", "")).encode(),
    )
    result.cancel_on_disconnect = bool(fields.get("cancel_on_disconnect", False))
    _keep_hours(result, fields.get("hours"))
    return result


def _schedules(fields: dict[str, Any], settings: ExchangeSettings) -> list[QuoteSchedule | None]:
    kinds = fields.get("quotes", [])
    for kind in kinds:
        if kind not in (None, *QUOTE_KINDS):
            raise InputError([f"quotes: {kind!r}; expected {', '.join(QUOTE_KINDS)} or null"])
    if not any(kinds):
        return []
    recorded = load_ticks()
    until = fields.get("quotes_until_utc_ns")
    end_utc_ns = recorded.utc_ns[-1] + 1 if until is None else min(int(until), recorded.utc_ns[-1] + 1)
    return [None if kind is None else _quoted(kind, recorded, settings.seed, end_utc_ns) for kind in kinds]


def _quoted(kind: str, recorded: TickSeries, seed: int, end_utc_ns: int) -> QuoteSchedule:
    """Quotes over the hours of the recorded day; modelled ones end before `end_utc_ns`."""
    if kind == "recorded":
        return _schedule(recorded)
    begin_utc_ns = recorded.utc_ns[0]
    if kind == "modelled":
        return _schedule(modelled_hang_seng(recorded, seed, end_utc_ns))
    comex = modelled_comex_gold(seed, begin_utc_ns, end_utc_ns)
    if kind == "shanghai_gold":
        return _schedule(modelled_shanghai_gold(comex, seed, end_utc_ns))
    result = _schedule(comex)
    result.levels = COMEX_LEVELS
    return result


def _schedule(ticks: TickSeries) -> QuoteSchedule:
    return QuoteSchedule(ticks.utc_ns, ticks.bid_ticks, ticks.bid_lots, ticks.ask_ticks, ticks.ask_lots)


def final_ledger(exchange: SimulatedExchange) -> dict[str, Any]:
    """Positions per account and symbol, open orders per account, and the number of trades of the whole exchange."""
    positions: dict[str, dict[str, int]] = {}
    open_orders: dict[str, int] = {}
    for client in exchange.settings.clients:
        if not client.account:
            continue
        participant = exchange.participant(client.account)
        name = client.account.decode()
        positions[name] = {
            instrument.symbol: int(exchange.ledger.position_lots(participant, index))
            for index, instrument in enumerate(exchange.settings.instruments)
        }
        open_orders[name] = len(exchange.ledger.open_orders(participant))
    return {
        "final": True,
        "mic": exchange.settings.mic,
        "positions": positions,
        "open_orders": open_orders,
        "trades": len(exchange.ledger.trades),
        "datagrams_lost": int(exchange.datagrams_lost),
        "recovery_requests": 0 if exchange.recovery is None else int(exchange.recovery.requests),
    }


class Server:
    """Sockets around one exchange; every FIX client's with TLS when there is a context."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        groups: dict[int, tuple[str, int]],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.exchange = exchange
        self.groups = groups
        self.tls = tls
        self.selector = selectors.DefaultSelector()
        self.clients: dict[int, socket.socket] = {}
        self.peers: dict[int, RecoveryPeer] = {}
        """Of the recovery service, by connection; every other connection is the exchange's."""
        self.unsent: dict[int, bytes] = {}
        self.listeners: list[socket.socket] = []
        self.connection_count = 0
        self.running = True
        self.multicast = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.multicast.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        self.multicast.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        self.multicast.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)

    def listen(self, ports: list[int]) -> list[int]:
        """Listen for FIX sessions; the ports in use. Raises InputError naming a port that is taken."""
        return [self._listen(port, "listener") for port in ports]

    def listen_for_recovery(self, port: int) -> int:
        """Listen for who asks again; the port in use. Raises InputError naming a port that is taken."""
        return self._listen(port, "recovery")

    def _listen(self, port: int, kind: str) -> int:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            listener.close()
            raise InputError([f"port {port} on {LOOPBACK}: {error.strerror}; expected a free port"]) from error
        listener.listen()
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, (kind, listener))
        self.listeners.append(listener)
        return int(listener.getsockname()[1])

    def watch_end(self, stdin: int, wake: int) -> None:
        """Stop at the end of standard input and when a signal writes to the wake-up descriptor."""
        self.selector.register(wake, selectors.EVENT_READ, ("wake", wake))
        try:
            self.selector.register(stdin, selectors.EVENT_READ, ("stdin", stdin))
        except PermissionError:
            # A regular file or /dev/null cannot be watched, and has no parent behind it that could die.
            print("standard input is not a pipe: the exchange ends on SIGTERM only", file=sys.stderr)

    def times(self) -> tuple[int, int]:
        """Monotonic and calendar time, read once."""
        now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        return now_ns, int(self.exchange.settings.calendar.utc_ns(now_ns))

    def run(self) -> None:
        """Serve until told to stop."""
        self.start()
        while self.running:
            self.turn(self.wait_s())
        self.exchange.shut_down(*self.times())
        self.flush()

    def start(self) -> None:
        """Open the market."""
        self.exchange.start(*self.times())
        self.flush()

    def turn(self, wait_s: float | None) -> None:
        """Wait for input, at most so long; handle it and what is due."""
        for key, events in self.selector.select(wait_s):
            self.handle(key.data[0], key.data[1], events)
        now_ns, utc_ns = self.times()
        if now_ns >= self.exchange.next_timer_ns():
            self.exchange.handle_timer(now_ns, utc_ns)
        for peer in self.peers.values():
            if now_ns >= peer.next_timer_ns():
                peer.handle_timer(now_ns, utc_ns)
        self.flush()

    def wait_s(self) -> float | None:
        """How long to wait for input: until the next deadline, not at all when it is nearer than a poll can wait."""
        due_ns = min(self.exchange.next_timer_ns(), *(peer.next_timer_ns() for peer in self.peers.values()), NO_TIMER)
        if due_ns == NO_TIMER:
            return None
        left_ns = int(due_ns) - self.times()[0]
        return max(0, left_ns - POLL_GRAIN_NS) / 1e9

    def handle(self, kind: str, what: Any, events: int) -> None:
        """One ready descriptor."""
        if kind in ("listener", "recovery"):
            self.accept(what, kind == "recovery")
        elif kind == "client":
            if events & selectors.EVENT_READ and what in self.clients:
                self.read(what)
        elif kind == "stdin":
            if not os.read(what, READ_BYTES):
                self.running = False
        else:
            os.read(what, READ_BYTES)
            self.running = False

    def accept(self, listener: socket.socket, asks_again: bool) -> None:
        """One new client, of the exchange or of its recovery service."""
        try:
            client, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # it went away between the poll and here
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None and not asks_again:
            # The handshake is part of the first reads and writes: nobody waits for one client.
            client = self.tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        self.connection_count += 1
        self.clients[self.connection_count] = client
        self.unsent[self.connection_count] = b""
        self.selector.register(client, selectors.EVENT_READ, ("client", self.connection_count))
        if asks_again and self.exchange.recovery is not None:
            self.peers[self.connection_count] = self.exchange.recovery.accept(self.times()[0])
        else:
            self.exchange.connection_opened(self.connection_count, *self.times())

    def read(self, connection: int) -> None:
        """Bytes or the end of one client."""
        try:
            data = self.clients[connection].recv(READ_BYTES)
        except NOT_NOW:
            return
        except OSError as error:
            if self.tls is not None:
                print(f"connection {connection}: {error}", file=sys.stderr)
            data = b""
        if not data:
            self.lose(connection)
        elif connection in self.peers:
            self.peers[connection].receive(data, *self.times())
        else:
            self.exchange.receive(connection, data, *self.times())

    def flush(self) -> None:
        """Send everything that the exchange has ready; close what it gave up."""
        self.write_all()
        ended = [connection for connection, peer in self.peers.items() if peer.is_closed]
        for connection in [*self.exchange.closing(), *ended]:
            if connection in self.clients and not self.unsent[connection]:
                self.lose(connection)
                # What its end did to the book is news to the other sessions, at once.
                self.write_all()
        for channel, packet in self.exchange.datagrams_to_send():
            group = self.groups.get(int(channel))
            if group is not None:
                self.multicast.sendto(packet, group)

    def write_all(self) -> None:
        """What the exchange and its recovery service have to say to every client."""
        for connection in list(self.clients):
            peer = self.peers.get(connection)
            said = self.exchange.data_to_send(connection) if peer is None else peer.take_output()
            data = self.unsent[connection] + said
            if data:
                self.write(connection, data)

    def write(self, connection: int, data: bytes) -> None:
        """Send what the socket takes, keep the rest; a client that does not read is cut off."""
        client = self.clients[connection]
        try:
            sent = client.send(data)
        except NOT_NOW:
            sent = 0
        except OSError:
            self.lose(connection)
            return
        rest = data[sent:]
        if len(rest) > UNSENT_BYTES_MAX:
            self.lose(connection)
            return
        self.unsent[connection] = rest
        interest = selectors.EVENT_READ | selectors.EVENT_WRITE if rest else selectors.EVENT_READ
        self.selector.modify(client, interest, ("client", connection))

    def lose(self, connection: int) -> None:
        """Close one client and tell the exchange."""
        client = self.clients.pop(connection)
        del self.unsent[connection]
        self.selector.unregister(client)
        if isinstance(client, ssl.SSLSocket):
            # Says close_notify; whether the client answers is its own affair.
            with contextlib.suppress(OSError, ValueError):
                client.unwrap()
        client.close()
        peer = self.peers.pop(connection, None)
        if peer is None:
            self.exchange.connection_lost(connection, *self.times())
        else:
            peer.close()

    def close(self) -> None:
        """Close every socket."""
        for client in self.clients.values():
            client.close()
        for listener in self.listeners:
            listener.close()
        self.multicast.close()
        self.selector.close()


def read_line(descriptor: int) -> bytes:
    """One line, read without buffering ahead: what follows is the loop's. Raises InputError when it is too long."""
    parts: list[bytes] = []
    while len(parts) < CONFIGURATION_BYTES_MAX:
        byte = os.read(descriptor, 1)
        if byte in (b"", b"\n"):
            return b"".join(parts)
        parts.append(byte)
    raise InputError([f"configuration: longer than {CONFIGURATION_BYTES_MAX} bytes"])


def load_fields(arguments: list[str]) -> dict[str, Any]:
    """The configuration from the file named as the only argument, else from the first line of standard input."""
    try:
        raw = Path(arguments[0]).read_bytes() if arguments else read_line(sys.stdin.fileno())
        fields = json.loads(raw)
    except (OSError, ValueError) as error:
        raise InputError([f"configuration: {error}; expected JSON"]) from error
    if not isinstance(fields, dict):
        raise InputError(["configuration: expected a JSON object"])
    return fields


def ports_from(fields: dict[str, Any]) -> list[int]:
    """The ports to listen on. Raises InputError when there is none or one is no port."""
    ports = fields.get("listen")
    if not isinstance(ports, list) or not ports or not all(isinstance(at, int) and 0 <= at < 65_536 for at in ports):
        raise InputError([f"listen: {ports!r}; expected a list of ports, 0 to let the system choose"])
    return ports


def tls_from(fields: dict[str, Any]) -> ssl.SSLContext | None:
    """What clients must agree on before they log on; None for plain text. Raises InputError naming the files."""
    tls = fields.get("tls")
    if tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls["certificate_file"], tls["key_file"], password="")
        if tls.get("ca_file") is not None:
            context.load_verify_locations(tls["ca_file"])
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, KeyError, TypeError) as error:
        raise InputError(
            [f"tls: {error}; expected certificate_file and key_file as PEM, and ca_file or none"]
        ) from error
    return context


def groups_from(fields: dict[str, Any]) -> dict[int, tuple[str, int]]:
    """Multicast address and port by channel number."""
    multicast = fields.get("multicast") or {}
    return {int(number): (str(at[0]), int(at[1])) for number, at in multicast.get("groups", {}).items()}


def main(arguments: list[str]) -> int:
    """Run one exchange; the exit status is 0 after a clean end and 2 when the configuration does not work."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        fields = load_fields(arguments)
        server = Server(SimulatedExchange(settings_from(fields)), groups_from(fields), tls_from(fields))
        ports = server.listen(ports_from(fields))
        ready = {"ready": True, "port": ports[0], "ports": ports}
        recovery = (fields.get("multicast") or {}).get("recovery")
        if recovery is not None:
            ready["recovery_port"] = server.listen_for_recovery(int(recovery["port"]))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    server.watch_end(sys.stdin.fileno(), reader)
    print(json.dumps(ready), flush=True)
    server.run()
    print(json.dumps(final_ledger(server.exchange)), flush=True)
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
