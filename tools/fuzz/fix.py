"""FIX in every version, and STEP: sessions of both ends, quotes and orders over them, given a peer that errs.

Messages are damaged by fields (left out, doubled, moved, with other tags and impossible values), mostly in a sound
frame, and by bytes; reads cut them anywhere. Nothing may be raised, and nothing may wait without bound. Every so often
the connection is made anew and the counterparty behaves: then the session is logged on, and books are what it says.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Final, NamedTuple

from cross_market_connect.bench.feed_market import UTC_NS, Ignored, instruments, sides_of
from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STATE_NAMES, Book
from cross_market_connect.domain.order import BUY, DAY, LIMIT, OFFSET_NONE, OrderCommand
from cross_market_connect.domain.step import Step
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.fix_broker.quotes import FixQuotes
from cross_market_connect.wire.fix import step12
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.faults import FAULT_NAMES, FAULT_REPORTS_MAX
from cross_market_connect.wire.fix.message import Framer, parse_message
from cross_market_connect.wire.fix.sender import OUTBOUND_BYTES_MAX
from cross_market_connect.wire.fix.session import INBOUND_MESSAGES_MAX, FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.validation import Validator
from cross_market_connect.wire.fix.versions import VERSION_NAMES, dictionary_of
from tools.fuzz.mutations import Format, Mutator
from tools.fuzz.target import must

Fields = list[tuple[str, str]]
MIC: Final = "CCFX"
SOH: Final = "\x01"
SECOND_NS: Final = 1_000_000_000
# A connection that is neither broken nor closed by then is made anew.
INPUTS_PER_CONNECTION: Final = 60
STREAM_FAULTS: Final = ("garbled", "bad length", "bad checksum")
VALUES: Final = (
    *("", "0", "1", "2", "-1", "A", "Y", "N", "5200.2", "5200.1", "-0.2", "9223372036854775807", "9223372036854775808"),
    *("99999999999999999999999", "1e9", ".", "-", "1.", "20210104-02:00:00", "20210230-25:61:61", "00:00:00", "IF2101"),
    *("1", "3", "1000", "x" * 300, "\u00e9", "1-1"),
)
TAGS: Final = (
    "8",
    "9",
    "10",
    "34",
    "35",
    "43",
    "49",
    "52",
    "56",
    "58",
    "98",
    "108",
    "141",
    "123",
    "36",
    "7",
    "16",
    "45",
)
STEP_TAGS: Final = ("42", "48", "73", "38", "1023", "1500", "8538", "10201", "10208", "9999")
MORE_TAGS: Final = ("268", "269", "270", "271", "279", "290", "346", "262", "55", "11", "41", "37", "39", "150", "151")
BODIES: Final = (
    "35=0",
    "35=1|112=probe",
    "35=2|7=1|16=0",
    "35=2|7=2|16=3",
    "35=4|123=Y|36=@+2",
    "35=4|36=@+5",
    "35=3|45=2|58=no|372=V|373=5",
    "35=j|45=2|372=D|380=0|58=no",
    "35=5|58=bye",
    "35=A|98=0|108=30",
    "35=A|98=0|108=30|141=Y",
    "35=W|262=?|55=1|268=2|269=0|270=5200|271=7|269=1|270=5201|271=3",
    "35=W|262=?|55=2|268=0",
    "35=X|262=?|268=2|279=0|269=0|55=1|270=5199|271=4|279=2|269=1|55=1|270=5201",
    "35=X|262=?|268=1|279=0|269=2|55=2|270=5200|271=1",
    "35=Y|262=?|281=0|58=refused",
    "35=8|37=V1|11=1000000001|17=E1|150=0|39=0|55=1|54=1|151=5|14=0|6=0|60=20210104-02:00:00.000",
    "35=8|37=V1|11=1000000001|17=E2|150=F|39=1|55=1|54=1|31=5200|32=2|151=3|14=2|6=5200|60=20210104-02:00:00.000",
    "35=8|37=V1|11=1000000001|17=E3|150=8|39=8|103=99|58=no|55=1|54=1|151=0|14=0|6=0",
    "35=9|37=V1|11=1000000002|41=1000000001|39=2|434=1|102=1|58=too late",
)
# What Shenzhen's gateway pushes.
PUSHED: Final = (
    *("35=0", "35=1|112=probe", "35=2|7=1|16=0", "35=4|36=@+2", "35=5|1409=4|58=bye", "35=A|98=0|108=30|141=Y"),
    *("35=UA001|10201=1|1350=7|10205=0", "35=UA004|10201=1|10208=1|1500=010|8538=T0", "35=Y|58=no"),
    "35=W|42=20210104-02:00:00.000|1500=010|48=1|8538=T0|268=2|269=0|270=5200.000000|271=700.00|1023=1|73=1|38=700.00|269=xe",
    "35=W|1500=010|48=1|8538=O0|268=2|269=0|270=5200|271=1|1023=1|269=1|270=5200|271=1|1023=1",
    "35=W|48=2|8538=T1|268=0",
    "35=W|55=3|268=1|269=0|270=0.00|271=0.00|290=1",
    "35=X|268=1|279=1|269=0|55=1|270=5200|271=4|290=1",
    "35=UA202|10201=2011|1181=2|1500=011|10116=1|10117=0|48=1|31=5200|32=100.00|150=F",
)


def framed(fields: Fields, begin_string: bytes = b"FIX.4.4") -> bytes:
    """A whole message: BeginString, BodyLength and CheckSum are added."""
    body = "".join(f"{tag}={value}{SOH}" for tag, value in fields).encode("latin-1", "replace")
    head = b"8=%s\x019=%d\x01" % (begin_string, len(body))
    return head + body + b"10=%03d\x01" % (sum(head + body) % 256)


class Peer:
    """A counterparty that says sound and damaged messages.

    Args:
        version: a FIX version by name. bodies: what it says, before any damage.
    """

    def __init__(
        self,
        chance: random.Random,
        sender: str,
        target: str,
        version: str = "FIX.4.4",
        bodies: tuple[str, ...] = BODIES,
    ) -> None:
        self.request_id = ""
        self._bodies = bodies
        dictionary = dictionary_of(version)
        self._begin_string = dictionary.begin_string
        self._default_appl_ver_id = dictionary.default_appl_ver_id.decode()
        self._chance = chance
        self._sender = sender
        self._target = target
        self._bytes = Mutator(chance, Format(), [self.message("35=0", 1, UTC_NS)])

    def fields(self, text: str, seq: int, utc_ns: int) -> Fields:
        """A message's fields. `@+n` is a number n further on, `?` the request in force."""
        given = [tuple(field.split("=", 1)) for field in text.split("|")]
        stamp = datetime.fromtimestamp(utc_ns // SECOND_NS, tz=UTC).strftime("%Y%m%d-%H:%M:%S.000")
        head = [("49", self._sender), ("56", self._target), ("34", str(seq)), ("52", stamp)]
        result: Fields = [(given[0][0], given[0][1]), *head]
        for tag, value in given[1:]:
            if value.startswith("@+"):
                value = str(seq + int(value[2:]))
            result.append((tag, self.request_id if value == "?" else value))
        if text.startswith("35=A") and self._default_appl_ver_id:
            result.append(("1137", self._default_appl_ver_id))
        return result

    def message(self, text: str, seq: int, utc_ns: int) -> bytes:
        """A sound message."""
        return framed(self.fields(text, seq, utc_ns), self._begin_string)

    def any(self, seq: int, utc_ns: int) -> bytes:
        """Some message, likely damaged."""
        chance = self._chance
        dice = chance.random()
        if dice < 0.05:
            number = seq + chance.choice((-3, -1, 1, 2, 900, 10**9))
            return self.message(chance.choice(self._bodies), max(number, 0), utc_ns)
        fields = self.fields(chance.choice(self._bodies), seq, utc_ns)
        if dice < 0.3:
            return framed(fields, self._begin_string)
        for _ in range(1 + chance.randrange(3)):
            self._damage(fields)
        data = framed(fields, self._begin_string)
        if dice < 0.8:
            return data
        mutator = Mutator(chance, Format(), [data])
        return mutator.damaged(0) if dice < 0.97 else mutator.random_bytes()

    def _damage(self, fields: Fields) -> None:
        chance = self._chance
        at = chance.randrange(len(fields)) if fields else 0
        kind = chance.randrange(6)
        if kind == 0 and fields:
            del fields[at]
        elif kind == 1 and fields:
            fields.insert(chance.randrange(len(fields)), fields[at])
        elif kind == 2 and fields:
            fields[at] = (chance.choice(TAGS + MORE_TAGS + STEP_TAGS), fields[at][1])
        elif kind == 3 and len(fields) > 1:
            fields.append(fields.pop(at))
        else:
            tag = fields[at][0] if fields and kind == 4 else chance.choice(TAGS + MORE_TAGS + STEP_TAGS)
            value = (tag, chance.choice(VALUES))
            if fields and kind == 4:
                fields[at] = value
            else:
                fields.insert(at, value)


class Codec(NamedTuple):
    """What reads the messages of one version, and who says them."""

    peer: Peer
    framer: Framer
    dictionary: Dictionary
    validator: Validator


def codec(chance: random.Random, version: str) -> Codec:
    dictionary = dictionary_of(version)
    return Codec(Peer(chance, MIC, "ENGINE", version), Framer(65_536), dictionary, Validator(dictionary))


def stream_faults(framer: Framer) -> tuple[int, int, int]:
    return int(framer.garbled), int(framer.bad_length), int(framer.bad_checksum)


class Frames:
    """Framer, parser and validator alone: every message is framed, parsed, and each of its fields read."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._codecs = [codec(chance, version) for version in VERSION_NAMES]

    def give(self) -> None:
        """One message of some version in one or two reads, and what comes out of its framer."""
        one = self._chance.choice(self._codecs)
        data = one.peer.any(1 + self._chance.randrange(9), UTC_NS)
        self.last = data
        cut = self._chance.randrange(len(data) + 1)
        framer = one.framer
        before = stream_faults(framer)
        frames = []
        for part in (data[:cut], data[cut:]):
            framer.feed(part)
            frame = framer.next_frame()
            while frame:
                frames.append(frame)
                must(len(frames) <= len(data), "frames without end")
                frame = framer.next_frame()
        must(framer.buffered <= 65_536 + len(data), "bytes are kept without end")
        refused = [
            name for name, was, now in zip(STREAM_FAULTS, before, stream_faults(framer), strict=True) if now > was
        ]
        self.outcomes.update(refused or ([] if frames else ["waits"]))
        for frame in frames:
            self.outcomes[self._read(one, frame)] += 1
        if self._chance.random() < 0.01:
            framer.clear()

    def finish(self) -> None:
        """Nothing more to check."""

    def _read(self, one: Codec, frame: bytes) -> str:
        """What became of a whole message: each that is refused has a reason."""
        message = parse_message(frame, one.dictionary)
        for at in range(message.count):
            start, length = int(message.start_at(at)), int(message.length_at(at))
            must(start >= 0 and start + length < len(frame), "a field outside its frame")
            message.value_at(at)
            message.get_int(message.tag_at(at), 0)
            message.get_decimal(message.tag_at(at), 4)
        if not one.dictionary.supports(message.msg_type):
            return "unsupported type" if one.dictionary.knows(message.msg_type) else "unknown type"
        if one.validator.check(message):
            return "valid"
        reason = int(one.validator.reason)
        must(reason >= 0, "refused without a reason")
        return f"business reason {reason}" if one.validator.is_business else f"reason {reason}"


class Session:
    """A session of either end, of any version."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._now_ns = 0
        self._inputs = 0
        self._accepts = True
        self._version = VERSION_NAMES[0]
        self._peer: Peer
        self._session: FixSession
        self._connect(self._new_session())

    def give(self) -> None:
        """One message, in one or two reads, some time after the last."""
        session = self._session
        self._inputs += 1
        if session.must_close or self._inputs > INPUTS_PER_CONNECTION:
            self._again()
            session = self._session
        self._now_ns += self._chance.choice((0, 0, 1_000_000, SECOND_NS, 40 * SECOND_NS))
        if self._now_ns >= session.next_timer_ns():
            session.handle_timer(self._now_ns, UTC_NS + self._now_ns)
        if session.must_close:
            self._again()
            session = self._session
        data = self._peer.any(session.next_in, UTC_NS + self._now_ns)
        self.last = data
        before = [int(session.faults.count(code)) for code in range(len(FAULT_NAMES))]
        cut = self._chance.randrange(len(data) + 1)
        session.receive(data[:cut], self._now_ns, UTC_NS + self._now_ns)
        session.receive(data[cut:], self._now_ns, UTC_NS + self._now_ns)
        must(len(session.take_messages()) <= INBOUND_MESSAGES_MAX, "messages without end")
        must(len(session.data_to_send()) <= 2 * OUTBOUND_BYTES_MAX, "output without end")
        found = [name for code, name in enumerate(FAULT_NAMES) if session.faults.count(code) > before[code]]
        self.outcomes.update(found or ["no fault"])
        must(len(session.take_faults()) <= FAULT_REPORTS_MAX, "reports without end")

    def finish(self) -> None:
        """A new session of the same object still logs on."""
        self._again()

    def _new_session(self) -> FixSession:
        role = ROLE_ACCEPTOR if self._accepts else ROLE_INITIATOR
        dictionary = dictionary_of(self._version)
        return FixSession(SessionSettings(dictionary.begin_string, b"ENGINE", b"CCFX", role), dictionary)

    def _again(self) -> None:
        """The connection is lost and made anew; every now and then with another role, version and session."""
        session = self._session
        session.connection_lost(self._now_ns)
        if self._chance.random() < 0.1:
            self._accepts = not self._accepts
            self._version = self._chance.choice(VERSION_NAMES)
            session = self._new_session()
        self._connect(session)

    def _connect(self, session: FixSession) -> None:
        """A sound logon must be answered, whatever was said before."""
        self._session = session
        self._inputs = 0
        self._peer = Peer(self._chance, MIC, "ENGINE", self._version)
        utc_ns = UTC_NS + self._now_ns
        session.connection_opened(self._now_ns)
        if self._chance.random() < 0.2:
            return  # what comes before a logon
        if not self._accepts:
            session.log_on(self._now_ns, utc_ns)
        session.receive(self._peer.message("35=A|98=0|108=30", session.next_in, utc_ns), self._now_ns, utc_ns)
        must(session.is_logged_on, "a sound logon was refused")


class Quotes:
    """Quotes and orders over sessions of their own, from one erring venue."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._now_ns = 0
        self._step = Step(Ignored())
        self._listed = instruments(MIC, 2)
        self._books = [Book(at) for at in range(2)]
        settings = SessionSettings(b"FIX.4.4", b"ENGINE", b"CCFX", ROLE_INITIATOR)
        self._quotes = FixQuotes(0, settings, self._step, self._listed, self._books, MIC, 1, 1)
        self._orders = FixOrders(1, settings, self._step, self._listed, MIC, "A1", 1, 1)
        self._peer = Peer(chance, MIC, "ENGINE")
        self._inputs = 0
        self._ids = 1_000_000_000
        self._open(self._quotes)
        self._open(self._orders)

    def give(self) -> None:
        """One message to the quotes or to the orders."""
        self._inputs += 1
        side = self._quotes if self._chance.random() < 0.6 else self._orders
        if side.must_close() or self._inputs % INPUTS_PER_CONNECTION == 0:
            self._open(side)
        self._now_ns += self._chance.choice((0, 1_000_000, SECOND_NS, 3 * SECOND_NS))
        self._begin()
        if self._now_ns >= side.next_timer_ns():
            side.handle_timer()
            if side.must_close():
                self._open(side)
        if side is self._orders and side.is_up() and self._chance.random() < 0.2:
            self._order()
        data = self._peer.any(side.link.session.next_in, UTC_NS + self._now_ns)
        self.last = data
        self._begin()
        side.receive(data)
        self._drain(side)

    def finish(self) -> None:
        """The quotes come back."""
        self._open(self._quotes)

    def _begin(self) -> None:
        self._step.begin(self._now_ns, UTC_NS + self._now_ns, self._step.input_seq + 1)
        self._quotes.changed.clear()

    def _drain(self, side: FixQuotes | FixOrders) -> None:
        out = side.outgoing()
        must(len(out) <= 2 * OUTBOUND_BYTES_MAX, "output without end")
        at = out.rfind(b"\x01262=")
        if at >= 0:
            self._peer.request_id = out[at + 5 : out.find(b"\x01", at + 1)].decode()
        side.save_numbers()
        if isinstance(side, FixOrders):
            receipts = side.take_receipts()
            must(len(receipts) <= INBOUND_MESSAGES_MAX, "receipts without end")
            self.outcomes["receipts" if receipts else "no receipt"] += 1
        else:
            changed = side.changed
            must(len(changed) == len(set(changed)), "a changed book is named twice")
            self.outcomes["books changed" if changed else "no book"] += 1

    def _order(self) -> None:
        self._begin()
        self._ids = max(self._ids, 1_000_000_000) + 1
        if self._ids > 1_000_000_400:
            self._ids = 1_000_000_001
        self._orders.submit(OrderCommand(self._ids, 0, BUY, LIMIT, DAY, 5_200, 5, OFFSET_NONE))

    def _open(self, side: FixQuotes | FixOrders) -> None:
        """A new connection on which the venue behaves: logged on, and the books are what it says."""
        self._now_ns += 5 * SECOND_NS
        self._begin()
        side.lost("the fuzzer wants another")
        side.opened()
        self._drain(side)
        self._say(side, "35=A|98=0|108=30")
        must(side.is_up(), "a sound logon was refused")
        if not isinstance(side, FixQuotes):
            return
        self._now_ns += 5 * SECOND_NS
        self._begin()
        if self._now_ns >= side.next_timer_ns():
            side.handle_timer()
        self._drain(side)
        lots = 1 + self._chance.randrange(9)
        self._say(side, f"35=W|262=?|55=1|268=2|269=0|270=5200|271={lots}|269=1|270=5202|271=4")
        self._say(side, "35=W|262=?|55=2|268=1|269=1|270=77|271=4")
        expected = [(((5_200, lots),), ((5_202, 4),)), ((), ((77, 4),))]
        must([sides_of(book) for book in self._books] == expected, "a sound snapshot is not what is shown")
        must(all(book.state == BOOK_LIVE for book in self._books), "a sound snapshot does not bring a book to life")

    def _say(self, side: FixQuotes | FixOrders, text: str) -> None:
        self._begin()
        side.receive(self._peer.message(text, side.link.session.next_in, UTC_NS + self._now_ns))
        self._drain(side)


class PushedQuotes:
    """Quotes in STEP from one erring gateway."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._now_ns = 0
        self._step = Step(Ignored())
        self._books = [Book(at) for at in range(2)]
        listed = instruments(MIC, 2)
        self._units = [int(one.units_per_lot()) for one in listed]
        settings = SessionSettings(b"FIXT.1.1", b"ENGINE", b"CCFX", ROLE_INITIATOR)
        dictionary = dictionary_of(step12.VERSION)
        self._quotes = FixQuotes(0, settings, self._step, listed, self._books, MIC, 1, 1, dictionary)
        self._peer = Peer(chance, MIC, "ENGINE", step12.VERSION, PUSHED)
        self._inputs = 0
        self._open()

    def give(self) -> None:
        """One message, some time after the last."""
        quotes = self._quotes
        self._inputs += 1
        if quotes.must_close() or self._inputs % INPUTS_PER_CONNECTION == 0:
            self._open()
        self._now_ns += self._chance.choice((0, 1_000_000, SECOND_NS, 40 * SECOND_NS))
        self._begin()
        if self._now_ns >= quotes.next_timer_ns():
            quotes.handle_timer()
        if quotes.must_close():
            self._open()
        self.last = self._peer.any(quotes.link.session.next_in, UTC_NS + self._now_ns)
        self._begin()
        quotes.receive(self.last)
        must(len(quotes.outgoing()) <= 2 * OUTBOUND_BYTES_MAX, "output without end")
        must(len(quotes.changed) == len(set(quotes.changed)), "a changed book is named twice")
        self.outcomes["books changed" if quotes.changed else "no book"] += 1
        self.outcomes[BOOK_STATE_NAMES[self._books[0].state]] += 1

    def finish(self) -> None:
        """The quotes come back."""
        self._open()

    def _begin(self) -> None:
        self._step.begin(self._now_ns, UTC_NS + self._now_ns, self._step.input_seq + 1)
        self._quotes.changed.clear()

    def _open(self) -> None:
        """A new connection on which the gateway behaves: logged on, and the books are what it says."""
        self._now_ns += SECOND_NS
        self._begin()
        self._quotes.lost("the fuzzer wants another")
        self._quotes.opened()
        self._say("35=A|98=0|108=30")
        must(self._quotes.is_up(), "a sound logon was refused")
        lots = 1 + self._chance.randrange(9)
        first, second = lots * self._units[0], 4 * self._units[1]
        self._say(f"35=W|48=1|8538=T0|268=2|269=0|270=5200|271={first}.00|1023=1|269=x1|270=1|271=0|1023=0")
        self._say(f"35=W|48=2|8538=T0|268=2|269=1|270=77|271={second}|1023=1|269=1|270=0|271=0|1023=2")
        expected = [(((5_200, lots),), ()), ((), ((77, 4),))]
        must([sides_of(book) for book in self._books] == expected, "a sound snapshot is not what is shown")
        must(all(book.state == BOOK_LIVE for book in self._books), "a sound snapshot does not bring a book to life")

    def _say(self, text: str) -> None:
        self._begin()
        self._quotes.receive(self._peer.message(text, self._quotes.link.session.next_in, UTC_NS + self._now_ns))
        self._quotes.outgoing()
