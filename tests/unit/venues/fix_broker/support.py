"""What the tests of FIX orders and quotes share: instruments, a list of records, and a venue that says lines.

`Venue` plays the counterparty by hand: it frames lines with the ten-line codec of the FIX tests, numbers them and shows
what our side sent as lines without header. `Wire` joins our side to the simulated exchange instead.
"""

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.instrument import Instrument, Session
from cross_market_connect.domain.instrument import Venue as Market
from cross_market_connect.domain.ports import Connection
from cross_market_connect.domain.records import RecordSink, decode_payload
from cross_market_connect.domain.step import Step
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.settings import (
    ROLE_MARKET_DATA,
    ROLE_ORDER_ENTRY,
    ClientSession,
    ExchangeSettings,
)
from cross_market_connect.wire.fix.settings import ROLE_INITIATOR, SessionSettings
from tests.unit.wire.fix.support import fields_of, make_frame, split_frames

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
# 2021-01-04 02:00:00 UTC, 10:00 in Shanghai.
UTC_NS = 1_609_725_600 * SECOND
TIME = "20210104-02:00:00.000"


def instruments() -> list[Instrument]:
    """An index future of CFFEX (tick 0.2), one of Hong Kong (tick 1), and a second one of CFFEX."""
    cffex = Market("CCFX", "CFFEX", "中金所", 28_800, 1200)
    hkfe = Market("XHKF", "HKFE", "香港期交所", 28_800, 0)
    day = Session("day", [570, 780], [690, 900])
    return [
        Instrument(0, "CCFX.IF2101", cffex, "IF2101", "IF", "IF", "CNY", 1, 2, 600_000, day),
        Instrument(1, "XHKF.HSIF1", hkfe, "HSIF1", "HSI", "HSI", "HKD", 0, 1, 500_000, day),
        Instrument(2, "CCFX.IC2101", cffex, "IC2101", "IC", "IC", "CNY", 1, 2, 400_000, day),
    ]


def session_settings(sender: bytes = b"ENGINE", **changes: object) -> SessionSettings:
    return SessionSettings(b"FIX.4.4", sender, b"CCFX", ROLE_INITIATOR, **changes)  # type: ignore[arg-type]


class Records(RecordSink):
    """Records as they are written: kind and payload."""

    def __init__(self) -> None:
        self.written: list[tuple[int, bytes]] = []

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        self.written.append((int(kind), payload))
        return len(self.written)

    def fields(self, kind: int) -> list[dict[str, int | str | bytes]]:
        return [decode_payload(kind, payload) for written, payload in self.written if written == kind]

    def events(self) -> list[str]:
        """SESSION_EVENT records as `event: reason`."""
        return [f"{fields['event']}: {fields['reason']}" for fields in self.fields(11)]


class Clock:
    """Time of the test and the step that both sides of it see."""

    def __init__(self) -> None:
        self.records = Records()
        self.step = Step(self.records)
        self.now_ns = 0
        self.inputs = 0

    @property
    def utc_ns(self) -> int:
        return UTC_NS + self.now_ns

    def begin(self) -> None:
        """A new step."""
        self.inputs += 1
        self.step.begin(self.now_ns, self.utc_ns, self.inputs)


def stamp(utc_ns: int) -> str:
    """UTCTimestamp with milliseconds of a moment on 2021-01-04."""
    of_day = utc_ns - 1_609_718_400 * SECOND
    seconds = of_day // SECOND
    return (
        f"20210104-{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{of_day // MILLISECOND % 1000:03d}"
    )


class Venue:
    """The counterparty by hand.

    Attributes:
        begin_string, logon: what differs between versions. offset_s: what its times are ahead of UTC.
    """

    begin_string = "FIX.4.4"
    logon = "35=A|98=0|108=30"
    offset_s = 0

    def __init__(self, clock: Clock, side: Connection, comp_id: str = "ENGINE") -> None:
        self.clock = clock
        self.side = side
        self.comp_id = comp_id
        self.seq = 0

    def log_on(self, seq: int | None = None) -> None:
        """Connect, and answer the Logon."""
        self.clock.begin()
        self.side.opened()
        assert [line.split("|")[0] for line in self.sent()] == ["35=A"]
        self.say(self.logon, seq)

    def frame(self, text: str, seq: int | None = None) -> bytes:
        """A message; `43=Y` in the line makes it a resent one. `seq` says its number, and the next goes on from it."""
        self.seq = self.seq + 1 if seq is None else seq
        msg_type, _, rest = text.partition("|")
        now = stamp(self.clock.utc_ns + self.offset_s * SECOND)
        head = f"{msg_type}|49=CCFX|56={self.comp_id}|34={self.seq}"
        if rest.startswith("43=Y"):
            head, rest = f"{head}|43=Y|52={now}|122={now}", rest.removeprefix("43=Y").removeprefix("|")
        else:
            head = f"{head}|52={now}"
        return make_frame(head + ("|" + rest if rest else ""), self.begin_string)

    def say(self, text: str, seq: int | None = None) -> None:
        """One message in a step of its own."""
        data = self.frame(text, seq)
        self.clock.begin()
        self.side.receive(data)

    def say_together(self, *texts: str) -> None:
        """Several messages in one read."""
        data = b"".join([self.frame(text) for text in texts])
        self.clock.begin()
        self.side.receive(data)

    def sent(self) -> list[str]:
        """What our side sent, without BeginString, BodyLength, CompIDs, SendingTime and CheckSum."""
        hidden = {"8", "9", "10", "49", "56", "52"}
        lines = [fields_of(frame) for frame in split_frames(self.side.outgoing())]
        return ["|".join(f"{tag}={value}" for tag, value in line if tag not in hidden) for line in lines]

    def wait(self, seconds: float) -> None:
        """Let time pass from timer to timer."""
        end_ns = self.clock.now_ns + int(seconds * SECOND)
        while self.side.next_timer_ns() <= end_ns:
            self.clock.now_ns = max(self.clock.now_ns, int(self.side.next_timer_ns()))
            self.clock.begin()
            self.side.handle_timer()
        self.clock.now_ns = end_ns


def exchange_settings(listed: list[Instrument]) -> ExchangeSettings:
    """The simulated exchange for the instruments of CFFEX: our orders, our quotes, and somebody else's orders."""
    result = ExchangeSettings(
        "CCFX",
        b"CCFX",
        [instrument for instrument in listed if instrument.venue.mic == "CCFX"],
        CalendarClock(0, UTC_NS, 1000, [], []),
        7,
    )
    result.clients = [
        ClientSession(b"ENGINE", ROLE_ORDER_ENTRY, b"A1", b"", b""),
        ClientSession(b"QUOTES", ROLE_MARKET_DATA, b"", b"", b""),
        ClientSession(b"OTHER", ROLE_ORDER_ENTRY, b"A2", b"", b""),
    ]
    return result


class Wire:
    """Our connections joined to the simulated exchange; a connection that the exchange drops is made anew."""

    def __init__(self, clock: Clock, settings: ExchangeSettings) -> None:
        self.clock = clock
        self.exchange = SimulatedExchange(settings)
        self.exchange.start(clock.now_ns, clock.utc_ns)
        self.sides: dict[int, Connection] = {}
        self.losses = 0

    def connect(self, number: int, side: Connection) -> None:
        self.sides[number] = side
        self.exchange.connection_opened(number, self.clock.now_ns, self.clock.utc_ns)
        self.clock.begin()
        side.opened()
        self.move()

    def cut(self, number: int) -> None:
        """The connection breaks; what is under way is lost."""
        side = self.sides.pop(number)
        side.outgoing()
        self.exchange.connection_lost(number, self.clock.now_ns, self.clock.utc_ns)
        self.clock.begin()
        side.lost("cut")
        self.losses += 1

    def move(self) -> None:
        """Carry bytes both ways until nobody has anything more to say now."""
        busy = True
        while busy:
            busy = False
            for number, side in list(self.sides.items()):
                side.save_numbers()
                data = side.outgoing()
                if data:
                    busy = True
                    self.exchange.receive(number, data, self.clock.now_ns, self.clock.utc_ns)
            for number, side in list(self.sides.items()):
                data = self.exchange.data_to_send(number)
                if data:
                    busy = True
                    self.clock.begin()
                    side.receive(data)
            for number in self.exchange.closing():
                side = self.sides[number]
                self.cut(number)
                self.connect(number, side)

    def advance(self, milliseconds: int) -> None:
        """Let time pass, a millisecond at a time."""
        for _ in range(milliseconds):
            self.clock.now_ns += MILLISECOND
            if self.clock.now_ns >= self.exchange.next_timer_ns():
                self.exchange.handle_timer(self.clock.now_ns, self.clock.utc_ns)
            for side in self.sides.values():
                if self.clock.now_ns >= side.next_timer_ns():
                    self.clock.begin()
                    side.handle_timer()
            self.move()
