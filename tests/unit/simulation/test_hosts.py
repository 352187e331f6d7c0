"""An engine killed at any record, even inside a step, ends with nothing naked and with the venues' positions."""

from decimal import Decimal

import pytest

from cross_market_connect.audit.verify import verify
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.records import LEG_ORDER, RESTART, RecordSink
from cross_market_connect.engine.network import READABLE
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation.effects import Effects
from cross_market_connect.simulation.hosts import ExchangeHost
from cross_market_connect.simulation.kernel import HostNetwork
from cross_market_connect.simulation.naked import naked_units, open_orders_of, positions_of
from cross_market_connect.simulation.run import SETTLE_NS, History
from cross_market_connect.simulation.world import START_NS, World
from cross_market_connect.trading.states import is_spread_terminal
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.process import settings_from
from tests.unit.wire.fix.support import make_frame

pytestmark = pytest.mark.slow

MILLISECOND = 1_000_000
DURATION_S = 5.0


class Killed(Exception):
    """The process died."""


class DyingSink(RecordSink):
    """The log until the engine dies: after the given number of records more."""

    def __init__(self, log: RecordSink, left: int) -> None:
        self.log = log
        self.left = left

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return self.log.append(kind, cause_seq, input_seq, now_ns, payload)


class Lives:
    """A history whose engine dies once, after so many records beyond its first order, and is started again."""

    def __init__(self, seed: int, records_after_the_first_order: int, profile: str = "heavy") -> None:
        self.history = History(seed, DURATION_S, Decimal(10), profile, 0)
        self.left = records_after_the_first_order
        self.until = START_NS + self.history.duration_ns

    def play(self) -> None:
        history, world = self.history, self.history.world
        for host in history.exchanges.values():
            host.start()
        history.engine.start()
        assert world.run(self._has_ordered, self.until), "no order in this history"
        step = history.engine.running().step
        step.sink = DyingSink(step.sink, self.left)
        with pytest.raises(Killed):
            world.run(lambda: False, self.until)
        history.engine.kill()
        world.after(150 * MILLISECOND, history.engine.start)
        world.at(self.until, history.engine.stop)
        assert world.run(history._is_over, self.until + SETTLE_NS), "never stopped"
        assert history.engine.log is not None
        history.engine.log.seal()

    def _has_ordered(self) -> bool:
        return len(self.history.engine.running().desk.open_ids) > 0


def check(lives: Lives) -> None:
    """The venues' own ledgers against the engine's book, and the log against itself."""
    history = lives.history
    desk = history.engine.running().desk
    exchanges = [host.exchange for host in history.exchanges.values()]
    positions = positions_of(exchanges)
    held = {instrument.symbol: int(desk.ledger.position_lots[instrument.index]) for instrument in desk.instruments}
    assert positions == {symbol: held[symbol] for symbol in positions}
    assert len(positions) == 2
    assert open_orders_of(exchanges) == 0
    assert naked_units(desk, positions, 0) == 0
    for order in desk.orders.values():
        assert is_spread_terminal(order.state)
        assert not order.reserved
    assert all(value == 0 for value in desk.ledger.naked_e4)
    assert verify(history.engine.disk).ok
    result = Replayer(history.engine.disk, history.engine.capture_disk, history.reference).run()
    assert (result.difference, result.runs) == ("", 2)


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("records", range(0, 24, 4))
def test_a_kill_between_any_two_records_of_an_open_spread_order_leaves_nothing_naked(seed: int, records: int) -> None:
    lives = Lives(seed, records)
    lives.play()
    check(lives)


def test_the_new_run_takes_other_order_numbers_and_asks_for_what_was_open() -> None:
    lives = Lives(2, 2)
    lives.play()
    records = list(LogReader(lives.history.engine.disk, 1).records())
    (restart,) = [record for record in records if record.kind == RESTART]
    assert restart.fields()["epoch"] == 2
    numbers = [int(record.fields()["client_order_id"]) for record in records if record.kind == LEG_ORDER]
    before = [number for number in numbers if number < 2_000_000_000]
    assert before == [1_000_000_001, 1_000_000_002]
    assert len(set(numbers)) == len(numbers)


def test_the_secret_reaches_the_venues_and_no_record() -> None:
    lives = Lives(2, 5)
    lives.play()
    assert all(stream.connects > 0 for stream in lives.history.engine.running().streams if stream is not None)
    assert all(b"=simulated" not in record.payload for record in LogReader(lives.history.engine.disk, 1).records())


def test_a_dead_engine_is_asked_for_nothing() -> None:
    history = History(2, DURATION_S, Decimal(10), "none", 0)
    with pytest.raises(InvariantError, match="not running"):
        history.engine.running()


class Clients:
    """A venue's machine, and one whose programs talk to it over virtual sockets."""

    def __init__(self, client_fields: list[dict[str, object]]) -> None:
        fields = {
            "mic": "CCFX",
            "comp_id": "CCFX",
            "instruments": ["CCFX.IF2101"],
            "day": 20_210_104,
            "calendar": {"anchor_now_ns": START_NS, "anchor_utc_ns": 1_609_725_600_000_000_000, "speed_milli": 1_000},
            "seed": 1,
            "clients": client_fields,
            "always_open": True,
        }
        self.world = World(1)
        self.venue = ExchangeHost(self.world, SimulatedExchange(settings_from(fields)))
        self.desk = HostNetwork(self.world.fabric, "desk", Effects(), lambda now_ns: now_ns, lambda: None)
        self.venue.start()

    def connect(self, comp_id: str) -> int:
        """A session, logged on; no heartbeat of its comes within the test."""
        handle = self.desk.connect("CCFX", 1)
        self.desk.watch(handle, READABLE)
        self.pass_time()
        self.send(handle, f"35=A|49={comp_id}|56=CCFX|34=1|52=20210104-02:00:00|98=0|108=3600|553=u|554=p")
        assert b"35=A" in self.read(handle)
        return handle

    def send(self, handle: int, text: str) -> None:
        self.desk.write(handle, make_frame(text))
        self.pass_time()

    def read(self, handle: int) -> bytes:
        data = self.desk.read(handle, 65_536)
        assert data is not None
        return data

    def pass_time(self) -> None:
        """Long enough for bytes there and back."""
        until_ns = self.world.now_ns + 10 * MILLISECOND
        self.world.run(lambda: False, until_ns)
        self.world.now_ns = until_ns


def test_quotes_hear_at_once_what_the_end_of_an_order_session_cancelled() -> None:
    login = {"username": "u", "password": "p"}
    engine = {"comp_id": "ENGINE", "role": "orders", "account": "A1", "cancel_on_disconnect": True, **login}
    clients = Clients([engine, {"comp_id": "QUOTES", "role": "quotes", **login}])
    quotes, orders = clients.connect("QUOTES"), clients.connect("ENGINE")
    head = "56=CCFX|34=2|52=20210104-02:00:00"
    clients.send(quotes, f"35=V|49=QUOTES|{head}|262=r|263=1|264=0|265=0|267=1|269=0|146=1|55=IF2101")
    clients.read(quotes)
    order = "11=1|55=IF2101|54=1|60=20210104-02:00:00|38=3|40=2|44=5200|59=0"
    clients.send(orders, f"35=D|49=ENGINE|{head}|{order}")
    assert b"270=5200.0\x01271=3\x01" in clients.read(quotes)
    # A number that was already used ends the session (FIX 4.4, volume 2, "MsgSeqNum too low"), and its orders.
    clients.send(orders, "35=0|49=ENGINE|56=CCFX|34=1|52=20210104-02:00:00")
    assert b"35=5" in clients.read(orders)
    assert b"269=0\x01270=0.0\x01271=0\x01" in clients.read(quotes)
