"""Two sessions of the package joined by a wire that loses messages and connections.

Every report arrives once and in order, no order arrives late or twice, whatever the version and however what is missing
is asked for.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.conformance.fix.talk import ALL
from tests.unit.wire.fix.support import START_UTC_NS, acceptor_settings, initiator_settings, split_frames

DIALECTS: dict[str, dict[str, object]] = {
    "at once": {},
    "in ranges": {"resend_range_max": 2},
    "open-ended": {"resend_open_ended": True},
    "expected numbers": {"next_expected": True},
    "expected numbers in ranges": {"next_expected": True, "resend_range_max": 1},
}
CASES = [
    (version, dialect) for version in ALL for dialect in DIALECTS if "expected" not in dialect or version != "FIX.4.2"
]
# Orders and reports sent, which message of the first batch each way is lost, whether the connection is lost afterwards.
ACTION = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-1, 3), st.integers(-1, 3), st.booleans())


class Wire:
    """An engine's and a venue's session, and what lies between them."""

    def __init__(self, version: str, changes: dict[str, object]) -> None:
        dictionary = dictionary_of(version)
        begin = {"begin_string": dictionary.begin_string, "heartbeat_interval_s": 30}
        self.engine = FixSession(initiator_settings(**begin, **changes), dictionary)
        self.venue = FixSession(acceptor_settings(**begin, **changes), dictionary)
        self.report_head = "20=0|" if version == "FIX.4.2" else ""
        self.engine_got: list[bytes] = []
        self.venue_got: list[bytes] = []
        self.now_ns = 0

    @property
    def utc_ns(self) -> int:
        return START_UTC_NS + self.now_ns

    def connect(self) -> None:
        self.engine.connection_opened(self.now_ns)
        self.venue.connection_opened(self.now_ns)
        self.engine.log_on(self.now_ns, self.utc_ns)
        self.exchange()

    def disconnect(self) -> None:
        self.engine.connection_lost(self.now_ns)
        self.venue.connection_lost(self.now_ns)

    def exchange(self, lose_to_venue: int = -1, lose_to_engine: int = -1) -> None:
        """Pass messages until both are silent; of the first batch each way one message may be lost."""
        while True:
            to_venue, to_engine = self.drain(self.engine), self.drain(self.venue)
            if not to_venue and not to_engine:
                return
            for receiver, frames, lost in (
                (self.venue, to_venue, lose_to_venue),
                (self.engine, to_engine, lose_to_engine),
            ):
                receiver.receive(b"".join(f for i, f in enumerate(frames) if i != lost), self.now_ns, self.utc_ns)
            lose_to_venue = lose_to_engine = -1
            self.engine_got += [message.get(17) for message in self.engine.take_messages()]
            self.venue_got += [message.get(11) for message in self.venue.take_messages()]

    def drain(self, session: FixSession) -> list[bytes]:
        """What a session sends; new numbers were announced, so that they could be stored first."""
        frames = split_frames(session.data_to_send())
        assert session.sequence_changed or all(b"\x0143=Y" in frame for frame in frames)
        session.sequence_saved()
        return frames

    def order(self, name: bytes) -> None:
        self.send(self.engine, b"D", f"11={name.decode()}|21=1|55=X|54=1|60=20241125-01:30:00|38=1|40=1|")

    def report(self, name: bytes) -> None:
        fields = f"37=O|17={name.decode()}|{self.report_head}150=0|39=0|55=X|54=1|151=1|14=0|6=0|"
        self.send(self.venue, b"8", fields)

    def send(self, session: FixSession, msg_type: bytes, fields: str) -> None:
        session.send(msg_type, fields.replace("|", "\x01").encode(), self.now_ns, self.utc_ns)


@pytest.mark.parametrize(("version", "dialect"), CASES, ids=[f"{version}-{dialect}" for version, dialect in CASES])
@settings(max_examples=25)
@given(actions=st.lists(ACTION, max_size=6))
def test_reports_arrive_once_and_in_order_and_orders_never_late(
    version: str, dialect: str, actions: list[tuple[int, int, int, int, bool]]
) -> None:
    wire = Wire(version, DIALECTS[dialect])
    wire.connect()
    reports: list[bytes] = []
    orders: list[bytes] = []
    for orders_count, reports_count, lose_to_venue, lose_to_engine, is_cut in actions:
        for _ in range(orders_count):
            orders.append(b"C%d" % len(orders))
            wire.order(orders[-1])
        for _ in range(reports_count):
            reports.append(b"E%d" % len(reports))
            wire.report(reports[-1])
        wire.exchange(lose_to_venue, lose_to_engine)
        if is_cut:
            wire.disconnect()
            wire.connect()
    wire.now_ns += 31 * 10**9  # a heartbeat shows what the last loss hid
    for session in (wire.engine, wire.venue):
        session.handle_timer(wire.now_ns, wire.utc_ns)
    wire.exchange()
    assert (wire.engine.is_logged_on, wire.venue.is_logged_on) == (True, True)
    assert wire.engine_got == reports
    assert (wire.engine.next_in, wire.venue.next_in) == (wire.venue.next_out, wire.engine.next_out)
    assert wire.venue_got == [name for name in orders if name in wire.venue_got], "in order, none twice"
