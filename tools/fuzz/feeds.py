"""Whole feeds over a market that loses, doubles, overtakes, and sends garbage.

An episode follows one recorded market with one feed. *Strict* episodes are disturbed only by what can be recognised:
loss, duplicates, disorder, packets that no reader accepts, and numbers far from the truth. Then a live book must be the
exchange's at every moment, and when the disturbance is over every book must be live again with nothing but what the
venue sends anyway. *Wild* episodes get any damage, also such as makes another sound packet of a sound one, and messages
of every kind: then nothing may be raised or grow, and after a silence and a reset by the venue the books must be right
again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Final

from cross_market_connect.bench.feed_market import UTC_NS, Ignored, sides_of
from cross_market_connect.bench.feed_recovery import RecoveryLink, Service
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import FOLLOWING, NEAR_MESSAGES, Channel
from cross_market_connect.market.packet_queue import QUEUE_PACKETS_MAX
from cross_market_connect.venues.hkex.omd_c_feed import OmdSecuritiesFeed
from cross_market_connect.venues.simulated.recovery import RecoveryPeer
from cross_market_connect.wire.mdp3 import faults as mdp3_faults
from cross_market_connect.wire.mdp3.decoder import PacketReader as Mdp3Reader
from cross_market_connect.wire.mdp3.encoder import PacketWriter as Mdp3Writer
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from cross_market_connect.wire.omd import faults as omd_faults
from cross_market_connect.wire.omd.description import Flavour
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.packet_reader import PacketReader as OmdReader
from cross_market_connect.wire.omd.packet_writer import PacketWriter as OmdWriter
from tools.fuzz.mutations import Format, Mutator
from tools.fuzz.packets import MDP3_FORMAT, OMD_FORMAT, OUR_NUMBERS, mdp3_donors, mdp3_schema, omd_donors
from tools.fuzz.recording import INSTRUMENTS, MILLISECOND_NS, Recording, Sent
from tools.fuzz.target import must

# An episode of a recording's length; a new recording after so many.
EPISODES_PER_RECORDING: Final = 40
TIMERS_MAX: Final = 4
# So many undisturbed datagrams while the market still moves, at least.
LEFT: Final = 40
ORDERS_MAX: Final = 2_048
# What one datagram may put on record: a few events, and a fault of each message in it.
RECORDS_MAX: Final = 40
SILENCE_NS: Final = 100_000 * MILLISECOND_NS


Make = Callable[[Recording, Step, list[Book]], tuple[DatagramFeed, Channel]]


def market_feed(recording: Recording, step: Step, books: list[Book]) -> tuple[DatagramFeed, Channel]:
    """The feed that the benchmark follows the market with."""
    return recording.market.feed(step, books)


def small_orders_feed(recording: Recording, step: Step, books: list[Book]) -> tuple[DatagramFeed, Channel]:
    """OMD-C with room for few orders, so that an episode is not mostly the making of the table."""
    feed = OmdSecuritiesFeed(0, step, recording.flow.exchange.instruments, books, ORDERS_MAX)
    return feed, feed.channel


class Dialect:
    """What a fuzzer needs of a protocol beside its market.

    Attributes:
        seq_offset: where the packet's number stands, 4 bytes.
        make: the feed.
        counts_books: each book has a count of its own, so that one may be ahead of its channel.
        has_service: the feed asks the venue's recovery service, whose server errs too in wild episodes.
    """

    def __init__(self, form: Format, seq_offset: int, opens: Callable[[bytes], bool], reset: Callable[[int], bytes]):
        self.form = form
        self.seq_offset = seq_offset
        self.opens = opens
        self.reset = reset
        self.make: Make = market_feed
        self.counts_books = False
        self.has_service = True
        self.donors: Callable[[random.Random], list[bytes]]

    def number(self, data: bytes) -> int:
        """The packet's number."""
        return int.from_bytes(data[self.seq_offset : self.seq_offset + 4], "little")

    def numbered(self, data: bytes, seq: int) -> bytes:
        """The same packet with another number."""
        return data[: self.seq_offset] + (seq % 2**32).to_bytes(4, "little") + data[self.seq_offset + 4 :]


def omd_dialect(flavour: Flavour) -> Dialect:
    """HKEX."""
    reader = OmdReader(omd_faults.FaultCounts(), flavour)
    writer = OmdWriter(flavour)

    def reset(seq: int) -> bytes:
        writer.start(seq, UTC_NS)
        writer.add_sequence_reset(1)
        return bytes(writer.finish())

    result = Dialect(OMD_FORMAT, 4, lambda data: bool(reader.open(data) == omd_faults.OK), reset)
    result.donors = lambda chance: omd_donors(flavour, chance, OUR_NUMBERS)
    return result


def mdp3_dialect() -> Dialect:
    """CME."""
    schema = mdp3_schema()
    reader = Mdp3Reader(mdp3_faults.FaultCounts(), Layouts(schema))
    writer = Mdp3Writer(schema)
    messages = MessageWriter(writer, schema)

    def reset(seq: int) -> bytes:
        writer.start(seq, UTC_NS)
        messages.add_channel_reset(UTC_NS, 1)
        return bytes(writer.finish())

    result = Dialect(MDP3_FORMAT, 0, lambda data: bool(reader.open(data) == mdp3_faults.OK), reset)
    result.donors = lambda chance: mdp3_donors(schema, chance, OUR_NUMBERS)
    result.counts_books = True
    return result


class ErringPeer(RecoveryPeer):
    """A recovery server that is sound inside; what it says is damaged now and then, and now and then it babbles."""

    def __init__(self, inner: RecoveryPeer, chance: random.Random) -> None:
        super().__init__()
        self._inner = inner
        self._chance = chance

    def receive(self, data: bytes, now_ns: int, utc_ns: int) -> None:
        """What the client sent."""
        self._inner.receive(data, now_ns, utc_ns)

    def take_output(self) -> bytes:
        """What the server says, and what the line makes of it."""
        data = self._inner.take_output()
        self.is_closed = self._inner.is_closed
        dice = self._chance.random()
        if data and dice < 0.2:
            return Mutator(self._chance, Format(), [data]).damaged(0)
        return data + self._chance.randbytes(40) if dice > 0.997 else data

    def close(self) -> None:
        """The connection ends."""
        self._inner.close()


class Following:
    """One feed that is given datagrams; every live book that changes is compared while `strict`."""

    def __init__(self, recording: Recording, dialect: Dialect, strict: bool, chance: random.Random) -> None:
        self.recording = recording
        self.may_be_ahead = dialect.counts_books
        self.strict = strict
        self.sink = Ignored()
        self.step = Step(self.sink)
        self.books = [Book(at) for at in range(INSTRUMENTS)]
        self.feed, self.channel = dialect.make(recording, self.step, self.books)
        self.now_ns = 0
        self.link: RecoveryLink | None = None
        self._peers: list[RecoveryPeer] = []
        if dialect.has_service:
            service = recording.market.service(self.step)

            def accept(now_ns: int) -> RecoveryPeer:
                peer = service.accept(now_ns)
                self._peers.append(peer)
                return peer if strict else ErringPeer(peer, chance)

            erring = Service(service.session, service.recovery, accept)
            self.link = RecoveryLink(erring, UTC_NS, lambda _ns: self._begin(), lambda _ns: self._look(False))

    def give(self, is_refresh: bool, data: bytes, at_ns: int) -> None:
        """One datagram, and the timers that are due before it."""
        self.now_ns = max(self.now_ns, at_ns)
        self._timers()
        if self.link is not None:
            self.link.advance(self.now_ns)
        records = self.sink.count
        self._begin()
        self.feed.receive(is_refresh, data)
        must(self.sink.count - records <= RECORDS_MAX, f"{self.sink.count - records} records of one datagram")
        must(len(self.channel.queue) <= QUEUE_PACKETS_MAX, "the queue grows")
        self._look(is_refresh)

    def are_right(self) -> str:
        """What is not as the exchange has it at the end; empty when nothing is."""
        last = self.recording.last_seq
        for at, book in enumerate(self.books):
            if book.state != BOOK_LIVE:
                return f"book {at} is in state {book.state} at the end"
            if sides_of(book) != self.recording.book(at, last):
                return f"book {at} is {sides_of(book)}, the exchange's {self.recording.book(at, last)}"
        return ""

    def pass_time(self, duration_ns: int) -> None:
        """Nothing comes for so long."""
        self.now_ns += duration_ns
        self._timers()

    def close(self) -> None:
        """The server, which outlives the feed, hears of the end of its connections."""
        for peer in self._peers:
            peer.close()

    def _begin(self) -> None:
        self.step.begin(self.now_ns, UTC_NS + self.now_ns, self.step.input_seq + 1)

    def _timers(self) -> None:
        fired = 0
        while self.feed.next_timer_ns() <= self.now_ns:
            fired += 1
            must(fired <= TIMERS_MAX, "timers without end")
            self._begin()
            self.feed.handle_timer()
            self._look(False)

    def _look(self, is_refresh: bool) -> None:
        changed = self.feed.changed
        must(len(changed) == len(set(changed)), "a changed book is named twice")
        live = 0
        for book in self.books:
            live += book.state == BOOK_LIVE
            must(0 <= book.bids.depth <= 10 and 0 <= book.asks.depth <= 10, "a book of impossible depth")
        must(not live or self.channel.state == FOLLOWING, "live behind a hole")
        if self.strict and changed:
            self._compare(is_refresh)
        changed.clear()

    def _compare(self, is_refresh: bool) -> None:
        recording = self.recording
        position = int(self.channel.next_seq) - 1
        if recording.is_inside_an_act(position):
            return
        for at in self.feed.changed:
            book = self.books[at]
            if book.state != BOOK_LIVE:
                continue
            sides = sides_of(book)
            if sides != recording.book(at, position):
                is_ahead = (is_refresh or self.may_be_ahead) and recording.has_later(at, position, sides)
                must(is_ahead, f"book {at} is live at {position} with {sides}, not {recording.book(at, position)}")


class FeedTarget:
    """A protocol's feed, episode after episode."""

    def __init__(self, chance: random.Random, protocol: str, dialect: Dialect) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._protocol = protocol
        self._dialect = dialect
        self._recording = Recording(protocol, chance)
        self._episodes = 0
        self._strange: Mutator
        self._script: list[Sent] = []
        self._next = 0
        self._mutator: Mutator
        self._following: Following
        self._history: list[str] = []
        self._new_recording()
        self._begin()

    def give(self) -> None:
        """One datagram of the episode under way."""
        if self._next == len(self._script):
            self._end()
            self._begin()
        one = self._script[self._next]
        self._next += 1
        self.last = one.data
        self._following.give(one.is_refresh, one.data, one.at_ns)
        self.outcomes["strict" if self._following.strict else "wild"] += 1

    def finish(self) -> None:
        """The last episode is not judged: it was broken off."""

    # -- episodes ------------------------------------------------------------------------------------------------------

    def _new_recording(self) -> None:
        self._recording = Recording(self._protocol, self._chance)
        data = [one.data for one in self._recording.sent]
        self._mutator = Mutator(self._chance, self._dialect.form, data)
        self._strange = Mutator(self._chance, self._dialect.form, self._dialect.donors(self._chance))

    def _begin(self) -> None:
        chance = self._chance
        self._episodes += 1
        if self._episodes % EPISODES_PER_RECORDING == 0:
            self._new_recording()
        strict = chance.random() < 0.5
        self._following = Following(self._recording, self._dialect, strict, chance)
        share = chance.choice((0.01, 0.05, 0.2, 0.5))
        begin = 0 if chance.random() < 0.2 else chance.randrange(self._recording.disturbed // 2)
        end = begin + 1 + chance.randrange(self._recording.disturbed - begin - LEFT)
        self._script = []
        way_out_at = self._first_live(end) if not strict else -1
        later_ns = 0
        for number, one in enumerate(self._recording.sent):
            if number == way_out_at:
                later_ns = SILENCE_NS
                reset = self._dialect.reset(self._dialect.number(one.data))
                self._script.append(Sent(one.at_ns + later_ns, False, reset))
            elif begin <= number < end and chance.random() < share:
                (self._disturb if strict else self._confuse)(number, one)
            else:
                self._script.append(Sent(one.at_ns + later_ns, one.is_refresh, one.data))
        self._shuffle(begin, end, share)
        self._next = 0

    def _end(self) -> None:
        self._following.close()
        wrong = self._following.are_right()
        must(not wrong, f"{'strict' if self._following.strict else 'wild'} episode {self._episodes}: {wrong}")

    def _shuffle(self, begin: int, end: int, share: float) -> None:
        """Neighbours change places, also far ones now and then. Times stay in order."""
        script = self._script
        for at in range(begin, min(end, len(script) - 20)):
            if self._chance.random() < share / 4:
                other = at + 1 + self._chance.randrange(3 if self._chance.random() < 0.9 else 15)
                here, there = script[at], script[other]
                script[at] = Sent(here.at_ns, there.is_refresh, there.data)
                script[other] = Sent(there.at_ns, here.is_refresh, here.data)

    def _disturb(self, number: int, one: Sent) -> None:
        """What can be recognised."""
        chance = self._chance.random()
        if chance < 0.3:
            return
        if chance < 0.5:
            self._script += [one] * (2 + int(self._chance.random() * 3))
        elif chance < 0.7:
            far = self._far_number(one)
            self._script.append(Sent(one.at_ns, one.is_refresh, self._dialect.numbered(one.data, far)))
            if chance < 0.6:
                self._script.append(one)
        else:
            data = self._mutator.damaged(number)
            if not self._dialect.opens(data):
                self._script.append(Sent(one.at_ns, chance < 0.75 or one.is_refresh, data))
            if chance < 0.85:
                self._script.append(one)

    def _far_number(self, one: Sent) -> int:
        """Far from all that the market sends, and from every other far number but by a rare chance."""
        return 4 * NEAR_MESSAGES + len(self._recording.sent) + self._chance.randrange(2**32 - 2**20)

    def _confuse(self, number: int, one: Sent) -> None:
        """Anything."""
        chance = self._chance.random()
        if chance < 0.4:
            self._disturb(number, one)
        elif chance < 0.7:
            self._script.append(Sent(one.at_ns, one.is_refresh, self._mutator.damaged(number)))
        elif chance < 0.8:
            self._script.append(Sent(one.at_ns, not one.is_refresh, one.data))
        else:
            strange = self._strange
            data = strange.sound(strange.pick()) if chance < 0.9 else strange.damaged(strange.pick())
            if self._chance.random() < 0.7 and len(data) >= self._dialect.seq_offset + 4:
                data = self._dialect.numbered(data, self._dialect.number(one.data))
            self._script.append(Sent(one.at_ns, self._chance.random() < 0.3, data))
            self._script.append(one)

    def _first_live(self, number: int) -> int:
        """The first datagram of the live channel from there on."""
        sent = self._recording.sent
        while sent[number].is_refresh:
            number += 1
        return number


def omd_d(chance: random.Random) -> FeedTarget:
    """HKEX derivatives."""
    return FeedTarget(chance, "omd-d", omd_dialect(OMD_D))


def omd_c(chance: random.Random) -> FeedTarget:
    """HKEX securities, every order."""
    dialect = omd_dialect(OMD_C)
    dialect.make = small_orders_feed
    dialect.has_service = False
    return FeedTarget(chance, "omd-c", dialect)


def mdp3_by_order(chance: random.Random) -> FeedTarget:
    """CME, books by order."""
    return FeedTarget(chance, "mdp3-by-order", mdp3_dialect())


def mdp3(chance: random.Random) -> FeedTarget:
    """CME, books by price."""
    return FeedTarget(chance, "mdp3", mdp3_dialect())
