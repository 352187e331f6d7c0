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
        packets: datagrams of the real-time channel.
        gaps, lost_messages: holes in the numbers, and their size when noticed, whether or not they were filled later.
        repairs: times that every book was synchronized again.
        snapshots_unused: complete ones that were too old, or came while the real-time channel was silent.
        book_faults: updates and snapshots of a book that could not be used, by reason.
        malformed: packets dropped whole, of both channels.
        fault_events: records written of malformed packets and faults, at most FAULT_EVENTS_MAX.
    """

    def __init__(self, source: i64, step: Step) -> None:
        self.packets: i64 = 0
        self.gaps: i64 = 0
        self.lost_messages: i64 = 0
        self.repairs: i64 = 0
        self.snapshots_unused: i64 = 0
        self.book_faults: dict[str, int] = {}
        self.malformed: i64 = 0
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
        self.gaps += 1
        self.lost_messages += received - expected
        self.event("gap", expected, received, f"{received - expected} messages missing")

    def repaired(self, expected: i64, next_seq: i64, reason: str) -> None:
        """Every book is synchronized again."""
        self.repairs += 1
        self.event("repaired", expected, next_seq, reason)

    def fault(self, event: str, seq: i64, reason: str) -> None:
        """Something that a broken peer can send without end."""
        if self.fault_events < FAULT_EVENTS_MAX:
            self.fault_events += 1
            self.event(event, seq, 0, reason)

    def malformed_packet(self, expected: i64, reason: str) -> None:
        """A packet was dropped whole."""
        self.malformed += 1
        self.fault("malformed", expected, reason)

    def book_fault(self, seq: i64, symbol: str, reason: str) -> None:
        """A book cannot be kept."""
        self.book_faults[reason] = self.book_faults.get(reason, 0) + 1
        self.fault("book fault", seq, f"{symbol}: {reason}")

    def silent(self, expected: i64, seconds: i64) -> None:
        """Nothing comes any more."""
        self.event("silent", expected, 0, f"nothing in sequence for {seconds} s")
        self._step.alert(
            WARNING,
            "feed_silent",
            0,
            f"feed {self._source}: no packet and no heartbeat for {seconds} s; its books are stale",
            f"行情源 {self._source}：{seconds} 秒没有数据包和心跳，盘口已过期",
        )

    def recovering(self, expected: i64) -> None:
        """The venue says that it moves to its recovery site."""
        self.event("recovery started", expected, 0, "the venue recovers from a disaster; its books are void")
        self._step.alert(
            WARNING,
            "feed_recovering",
            0,
            f"feed {self._source}: the venue moves to its recovery site; its books are void",
            f"行情源 {self._source}：交易所正在切换到灾备中心，盘口失效",
        )
