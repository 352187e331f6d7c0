"""What a feed tells: counts of everything, records of what matters, alerts where a person should know."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.records import FEED_EVENT, Payload
from cross_market_connect.domain.step import Step

# Records of malformed packets and of faulty updates; beyond this they are only counted.
FAULT_EVENTS_MAX: Final[i64] = 100


@final
class FeedLog:
    """Counts since the start, and the feed's records.

    Attributes:
        packets: datagrams of the real-time channel, or reads of a stream. messages: what they held.
        gaps, lost_messages: holes in the numbers, and their size when noticed, whether or not they were filled later.
        repairs: times that every book was synchronized again.
        snapshots_unused: complete ones that were too old, or came while the real-time channel was silent.
        book_faults: updates and snapshots of a book that could not be used, by reason.
        malformed: packets dropped whole, of both channels; malformed_by: the same by reason, one of `fault_names`.
        broken_since_ns: since when books may be wrong, -1 while they are not.
        repair_ns_sum, repair_ns_max: from then to the repair, of all repairs together and of the longest.
        fault_events: records written of malformed packets and faults, at most FAULT_EVENTS_MAX.
    """

    def __init__(self, source: i64, step: Step) -> None:
        self.packets: i64 = 0
        self.gaps: i64 = 0
        self.lost_messages: i64 = 0
        self.repairs: i64 = 0
        self.snapshots_unused: i64 = 0
        self.book_faults: dict[str, int] = {}
        self.messages: i64 = 0
        self.malformed: i64 = 0
        self.malformed_by: dict[str, int] = {}
        self.fault_names: list[str] = []
        self.broken_since_ns: i64 = -1
        self.repair_ns_sum: i64 = 0
        self.repair_ns_max: i64 = 0
        self.fault_events: i64 = 0
        self._source: i64 = source
        self._step: Step = step

    def event(self, event: str, expected: i64, received: i64, reason: str) -> None:
        """Record what happened to the channel; `expected` and `received` are sequence numbers, 0 for none."""
        payload = Payload(FEED_EVENT)
        payload.put(self._source)
        payload.put(expected)
        payload.put(received)
        payload.put_text(event)
        payload.put_text(reason)
        self._step.write(payload, self._step.cause_seq)

    def gap(self, expected: i64, received: i64) -> None:
        """Messages are missing."""
        self.broke()
        self.gaps += 1
        self.lost_messages += received - expected
        self.event("gap", expected, received, f"{received - expected} messages missing")

    def repaired(self, expected: i64, next_seq: i64, reason: str) -> None:
        """Every book is synchronized again."""
        self.restored()
        self.event("repaired", expected, next_seq, reason)

    def broke(self) -> None:
        """From here on books may be wrong."""
        if self.broken_since_ns < 0:
            self.broken_since_ns = self._step.now_ns

    def restored(self) -> None:
        """Books are right again; the first time they become so repairs nothing that was broken."""
        self.repairs += 1
        if self.broken_since_ns >= 0:
            took_ns = self._step.now_ns - self.broken_since_ns
            self.repair_ns_sum += took_ns
            if took_ns > self.repair_ns_max:
                self.repair_ns_max = took_ns
        self.broken_since_ns = -1

    def fault(self, event: str, seq: i64, reason: str) -> None:
        """Something that a broken peer can send without end."""
        if self.fault_events < FAULT_EVENTS_MAX:
            self.fault_events += 1
            self.event(event, seq, 0, reason)

    def malformed_packet(self, expected: i64, reason: str) -> None:
        """A packet was dropped whole."""
        self.malformed += 1
        self.malformed_by[reason] = self.malformed_by.get(reason, 0) + 1
        self.fault("malformed", expected, reason)

    def book_fault(self, seq: i64, symbol: str, reason: str) -> None:
        """A book cannot be kept."""
        self.broke()
        self.book_faults[reason] = self.book_faults.get(reason, 0) + 1
        self.fault("book fault", seq, f"{symbol}: {reason}")

    def silent(self, expected: i64, seconds: i64) -> None:
        """Nothing comes any more. Whether people are told depends on the hour (engine/feed_watch.py)."""
        self.broke()
        self.event("silent", expected, 0, f"nothing in sequence for {seconds} s")

    def recovering(self, expected: i64) -> None:
        """The venue says that it moves to its recovery site."""
        self.broke()
        self.event("recovery started", expected, 0, "the venue recovers from a disaster; its books are void")
        self._step.alert(
            WARNING,
            "feed_recovering",
            0,
            f"feed {self._source}: the venue moves to its recovery site; its books are void",
            f"行情源 {self._source}：交易所正在切换到灾备中心，盘口失效",
        )
