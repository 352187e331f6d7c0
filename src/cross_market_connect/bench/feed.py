"""`xmc bench feed`: books over two lines that lose, double and overtake, against the books of the exchange itself.

Virtual time: an exchange takes random orders, its publisher sends, two lines of the network deliver what they do not
lose, and a feed follows. Whenever the feed has read a packet, each book that it changed and calls live must be what the
exchange's was at the very message that the feed stands at.
"""

from __future__ import annotations

import heapq
import random
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from cross_market_connect.bench.feed_market import (
    UTC_NS,
    Datagram,
    Flow,
    Ignored,
    Levels,
    Market,
    instruments,
    sides_of,
)
from cross_market_connect.bench.feed_mdp3 import MIC as MDP3_MIC
from cross_market_connect.bench.feed_mdp3 import Mdp3Market
from cross_market_connect.bench.feed_omd_c import MIC as OMD_C_MIC
from cross_market_connect.bench.feed_omd_c import OmdCMarket
from cross_market_connect.bench.feed_omd_d import MIC as OMD_D_MIC
from cross_market_connect.bench.feed_omd_d import OmdDMarket
from cross_market_connect.bench.feed_recovery import RecoveryLink
from cross_market_connect.bench.figures import spread
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import FOLLOWING

MICROSECOND_NS: Final = 1_000
MILLISECOND_NS: Final = 1_000_000
ACT_EVERY_NS: Final = 100 * MICROSECOND_NS
WAY_NS: Final = 80 * MICROSECOND_NS
# Line B comes so much later.
SKEW_NS: Final = 150 * MICROSECOND_NS
OVERTAKEN_NS: Final = (200 * MICROSECOND_NS, 3 * MILLISECOND_NS)
DOUBLED_NS: Final = (10 * MICROSECOND_NS, MILLISECOND_NS)
# After the last message: snapshots must repair what is left.
REST_NS: Final = 5_000 * MILLISECOND_NS
REST_STEP_NS: Final = 10 * MILLISECOND_NS
PARTS: Final = 1_000_000
SAY_EVERY: Final = 100_000
PROTOCOLS: Final[dict[str, tuple[str, Callable[[Flow], Market]]]] = {
    "mdp3": (MDP3_MIC, Mdp3Market),
    "mdp3-by-order": (MDP3_MIC, partial(Mdp3Market, by_order=True)),
    "omd-c": (OMD_C_MIC, OmdCMarket),
    "omd-d": (OMD_D_MIC, OmdDMarket),
}


class Faults(NamedTuple):
    """Of a million datagrams of each line so many are lost, overtaken, doubled."""

    loss: int = 0
    reorder: int = 0
    dup: int = 0


def parse_faults(text: str) -> Faults:
    """`loss=1%,reorder=0.5%,dup=1%`, each at most once, in any order. Raises InputError."""
    found: dict[str, int] = {}
    for word in filter(None, text.split(",")):
        match = re.fullmatch(r"(loss|reorder|dup)=(\d+(?:\.\d+)?)%", word.strip())
        if match is None or match[1] in found or float(match[2]) > 100:
            raise InputError([f"--faults: {word!r}; expected loss=1%,reorder=1%,dup=1%, each at most once"])
        found[match[1]] = round(float(match[2]) * PARTS / 100)
    return Faults(**found)


class Network:
    """Two lines. `arrivals` is a heap of (time, order, datagram)."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self.arrivals: list[tuple[int, int, Datagram]] = []
        self.sent = self.lost = self.doubled = self.overtaken = 0
        self._chance = random.Random(seed)

    def send(self, datagram: Datagram, now_ns: int) -> None:
        """One datagram over both lines."""
        for skew_ns in (0, SKEW_NS):
            self._send(datagram, now_ns + WAY_NS + skew_ns)

    def _send(self, datagram: Datagram, at_ns: int) -> None:
        chance = self._chance
        self.sent += 1
        if chance.randrange(PARTS) < self.faults.loss:
            self.lost += 1
            return
        if chance.randrange(PARTS) < self.faults.reorder:
            self.overtaken += 1
            at_ns += chance.randint(*OVERTAKEN_NS)
        self._arrive(at_ns, datagram)
        if chance.randrange(PARTS) < self.faults.dup:
            self.doubled += 1
            self._arrive(at_ns + chance.randint(*DOUBLED_NS), datagram)

    def _arrive(self, at_ns: int, datagram: Datagram) -> None:
        heapq.heappush(self.arrivals, (at_ns, self.sent, datagram))


class Truth:
    """What the exchange's books were after each published message, as far back as the feed may stand."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._history: list[deque[tuple[int, tuple[Levels, Levels]]]] = [deque() for _ in range(flow.count)]
        # Numbers inside an act, at which a book may be half way.
        self._acts: deque[tuple[int, int]] = deque()

    def note(self, changed: Sequence[int], before_seq: int, last_seq: int) -> None:
        """An act was published as the messages after `before_seq` up to `last_seq`."""
        if last_seq > before_seq + 1:
            self._acts.append((before_seq, last_seq))
        for at in changed:
            self._history[at].append((last_seq, self._flow.sides(at)))

    def at(self, instrument: int, seq: int) -> tuple[Levels, Levels] | None:
        """The book after message `seq`; None inside an act. Asked with ascending numbers."""
        while self._acts and self._acts[0][1] <= seq:
            self._acts.popleft()
        if self._acts and self._acts[0][0] < seq < self._acts[0][1]:
            return None
        history = self._history[instrument]
        while len(history) > 1 and history[1][0] <= seq:
            history.popleft()
        return history[0][1] if history and history[0][0] <= seq else ((), ())

    def has_later(self, instrument: int, seq: int, sides: tuple[Levels, Levels]) -> bool:
        """Whether the book was this after a message behind `seq`."""
        return any(at > seq and known == sides for at, known in self._history[instrument])


class Judge:
    """Compares the feed's live books with the truth, and times repairs.

    Attributes:
        link: to the venue's recovery service, which the feed asks for what it misses.
    """

    def __init__(self, market: Market, flow: Flow, truth: Truth) -> None:
        self.step = Step(Ignored())
        self.books = [Book(at) for at in range(flow.count)]
        self.feed, self.channel = market.feed(self.step, self.books)
        self.link = RecoveryLink(market.service(self.step), UTC_NS, self._begin, self._look_live)
        self.truth = truth
        self.compared = self.wrong = 0
        self.repairs_ns: list[int] = []
        self._broken_ns = -1
        self._was_whole = False

    def receive(self, datagram: Datagram, now_ns: int) -> None:
        """One datagram reaches the feed."""
        self._begin(now_ns)
        self.feed.receive(datagram.is_refresh, datagram.data)
        if self.feed.changed:
            self._look(now_ns, datagram.is_refresh)

    def tick(self, now_ns: int) -> None:
        """Timers that are due."""
        if now_ns >= self.feed.next_timer_ns():
            self._begin(now_ns)
            self.feed.handle_timer()
            self._look_live(now_ns)
        self.link.advance(now_ns)

    def are_equal(self, last_seq: int) -> bool:
        """Whether every book is live and what the exchange's is."""
        return all(
            book.state == BOOK_LIVE and sides_of(book) == self.truth.at(at, last_seq)
            for at, book in enumerate(self.books)
        )

    def _begin(self, now_ns: int) -> None:
        self.step.begin(now_ns, UTC_NS + now_ns, self.step.input_seq + 1)

    def _look_live(self, now_ns: int) -> None:
        """Something other than a snapshot may have changed books."""
        if self.feed.changed:
            self._look(now_ns, False)

    def _look(self, now_ns: int, is_refresh: bool) -> None:
        """Compare what changed. A snapshot may have overtaken the live channel: its book is of a later message."""
        position = int(self.channel.next_seq) - 1
        for at in self.feed.changed:
            book = self.books[at]
            if book.state != BOOK_LIVE:
                continue
            expected = self.truth.at(at, position)
            if expected is not None:
                self.compared += 1
                sides = sides_of(book)
                is_ahead = is_refresh and self.truth.has_later(at, position, sides)
                self.wrong += sides != expected and not is_ahead
        self.feed.changed.clear()
        live = sum(book.state == BOOK_LIVE for book in self.books)
        if live and self.channel.state != FOLLOWING:
            self.wrong += live
        if live == len(self.books):
            if self._broken_ns >= 0 and self._was_whole:
                self.repairs_ns.append(now_ns - self._broken_ns)
            self._broken_ns, self._was_whole = -1, True
        elif self._broken_ns < 0:
            self._broken_ns = now_ns


def run(protocol: str, faults: Faults, messages: int, seed: int) -> dict[str, Any]:
    """Follow a market for so many messages of its live channel."""
    if protocol not in PROTOCOLS:
        raise InputError([f"--protocol: {protocol!r}; expected one of {', '.join(PROTOCOLS)}"])
    mic, build = PROTOCOLS[protocol]
    began = time.monotonic()
    flow = Flow(instruments(mic), seed)
    market = build(flow)
    network = Network(faults, seed + 1)
    truth = Truth(flow)
    judge = Judge(market, flow, truth)
    now_ns = 0
    said = SAY_EVERY
    while market.last_seq() < messages:
        now_ns += ACT_EVERY_NS
        _act(flow, market, network, truth, now_ns)
        _deliver(network, judge, now_ns)
        if market.last_seq() >= said:
            print(f"feed {protocol}: {market.last_seq():,} messages", file=sys.stderr, flush=True)
            said += SAY_EVERY
    end_ns = now_ns + REST_NS
    while now_ns < end_ns:
        now_ns += REST_STEP_NS
        for datagram in market.publish([], now_ns):
            network.send(datagram, now_ns)
        _deliver(network, judge, now_ns)
    repairs_ms = [repair / MILLISECOND_NS for repair in judge.repairs_ns]
    return {
        "protocol": protocol,
        "messages": market.last_seq(),
        "datagrams": {
            "sent": network.sent,
            "lost": network.lost,
            "overtaken": network.overtaken,
            "doubled": network.doubled,
        },
        "books_equal": judge.are_equal(market.last_seq()),
        "live_while_wrong": judge.wrong,
        "compared": judge.compared,
        "recovery": judge.link.answer(),
        "repairs": len(repairs_ms),
        "repair_ms": spread(repairs_ms, 50, 99, 100) if repairs_ms else {},
        "seconds": round(time.monotonic() - began, 1),
    }


def _act(flow: Flow, market: Market, network: Network, truth: Truth, now_ns: int) -> None:
    before = market.last_seq()
    changed = flow.act()
    flow.exchange.take_events()
    datagrams = market.publish(changed, now_ns)
    truth.note(changed, before, market.last_seq())
    for datagram in datagrams:
        network.send(datagram, now_ns)


def _deliver(network: Network, judge: Judge, now_ns: int) -> None:
    """What arrives until now, in the order of arrival, and the feed's timers."""
    arrivals = network.arrivals
    while arrivals and arrivals[0][0] <= now_ns:
        at_ns, _order, datagram = heapq.heappop(arrivals)
        judge.receive(datagram, at_ns)
    judge.tick(now_ns)
