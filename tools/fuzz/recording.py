"""A market's datagrams, recorded once and given to many feeds, with the exchange's own books at every number."""

from __future__ import annotations

import random
from bisect import bisect_right
from typing import Final, NamedTuple

from cross_market_connect.bench.feed import PROTOCOLS
from cross_market_connect.bench.feed_market import Flow, Levels, instruments

MILLISECOND_NS: Final = 1_000_000
ACTS: Final = 240
ACT_EVERY_NS: Final = 10 * MILLISECOND_NS
# After the last act: heartbeats and snapshots go on.
REST_STEPS: Final = 45
REST_STEP_NS: Final = 100 * MILLISECOND_NS
INSTRUMENTS: Final = 3


class Sent(NamedTuple):
    """One datagram and when it was sent."""

    at_ns: int
    is_refresh: bool
    data: bytes


class Recording:
    """What a publisher of a protocol sent.

    Attributes:
        sent: in order.
        disturbed: so many of them may be disturbed; behind them books are told again often enough.
    """

    def __init__(self, protocol: str, chance: random.Random) -> None:
        mic, build = PROTOCOLS[protocol]
        self.flow = Flow(instruments(mic, INSTRUMENTS), chance.randrange(1 << 30))
        self.market = build(self.flow)
        self.sent: list[Sent] = []
        self._numbers: list[list[int]] = [[0] for _ in range(INSTRUMENTS)]
        self._books: list[list[tuple[Levels, Levels]]] = [[((), ())] for _ in range(INSTRUMENTS)]
        # Numbers inside an act, at which a book may be half way.
        self._act_ends: list[int] = []
        self._act_begins: list[int] = []
        now_ns = 0
        for _ in range(ACTS):
            now_ns += ACT_EVERY_NS
            before = self.market.last_seq()
            changed = self.flow.act()
            self.flow.exchange.take_events()
            self._publish(changed, now_ns)
            self._note(changed, before)
        self.disturbed = len(self.sent)
        for _ in range(REST_STEPS):
            now_ns += REST_STEP_NS
            self._publish([], now_ns)
        self.last_seq = self.market.last_seq()

    def _publish(self, changed: list[int], now_ns: int) -> None:
        self.sent += [Sent(now_ns, one.is_refresh, one.data) for one in self.market.publish(changed, now_ns)]

    def _note(self, changed: list[int], before: int) -> None:
        last = self.market.last_seq()
        if last > before + 1:
            self._act_begins.append(before)
            self._act_ends.append(last)
        for at in changed:
            self._numbers[at].append(last)
            self._books[at].append(self.flow.sides(at))

    def is_inside_an_act(self, seq: int) -> bool:
        """Whether books may be half way after that message."""
        at = bisect_right(self._act_begins, seq - 1) - 1
        return at >= 0 and self._act_begins[at] < seq < self._act_ends[at]

    def book(self, instrument: int, seq: int) -> tuple[Levels, Levels]:
        """The exchange's book after that message."""
        return self._books[instrument][bisect_right(self._numbers[instrument], seq) - 1]

    def has_later(self, instrument: int, seq: int, sides: tuple[Levels, Levels]) -> bool:
        """Whether the book was this after a later message."""
        return sides in self._books[instrument][bisect_right(self._numbers[instrument], seq) :]
