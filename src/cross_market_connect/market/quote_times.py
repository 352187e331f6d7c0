"""When what a feed brings happened: the one place where a book gets its times."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.step import Step
from cross_market_connect.market.latency import Latencies
from cross_market_connect.market.venue_clock import VenueClock


@final
class QuoteTimes:
    """The times of one feed's books.

    Without a calibrated clock an event happened when it came in, as far as anybody can tell.

    Attributes:
        clock: the venue's, where the way from it is known well enough to calibrate it.
        latencies: from a packet's stamp to its receipt: by the calibrated clock, what it waited beyond the shortest way
            and the middle of that way's bound; else by the calendar, with whatever the two clocks differ by in it.
    """

    def __init__(self) -> None:
        self.clock: VenueClock | None = None
        self.latencies: Latencies = Latencies()

    def heard(self, step: Step, sent_utc_ns: i64) -> None:
        """A packet or message came in that its venue sent at `sent_utc_ns`, by its own clock.

        What was read late because the engine stood still says nothing about the way.
        """
        clock = self.clock
        received_ns = step.received_ns()
        if clock is None:
            self.latencies.add(step.utc_ns - (step.now_ns - received_ns) - sent_utc_ns)
            return
        if step.may_have_waited_ns() == 0:
            clock.observe(sent_utc_ns, received_ns)
        if clock.is_known():
            way = (clock.bounds.way_min_ns + clock.bounds.way_max_ns) // 2
            self.latencies.add(received_ns - sent_utc_ns - clock.shortest_ns(received_ns) + way)

    def stamp(self, book: Book, step: Step, event_utc_ns: i64) -> None:
        """This step's input gave the book its content, of a moment `event_utc_ns` by the venue's clock."""
        now_ns = step.received_ns()
        book.received_ns = now_ns
        book.waited_ns = step.may_have_waited_ns()
        book.event_utc_ns = event_utc_ns
        clock = self.clock
        if clock is None or not clock.is_known():
            return
        uncertainty = clock.uncertainty_ns(now_ns)
        ago = now_ns - clock.event_ns(event_utc_ns, now_ns)
        book.early_ns = ago + uncertainty
        book.late_ns = max(ago - uncertainty, 0)
