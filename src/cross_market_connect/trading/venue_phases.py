"""What the trading phases of the venues permit at this moment: an order, a cancel; and when else.

Read from the calendars' tables alone (reference/phases.py says what each phase permits), so it is known before a venue
says it. What a phase forbids is not sent: an order is refused here, a cancel waits for a phase that takes it.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import DAY, LIMIT, OrderCommand
from cross_market_connect.domain.ports import SessionHours
from cross_market_connect.domain.step import Step


@final
class VenuePhases:
    """Asks the calendars.

    Attributes:
        hours: by instrument.
        clock: for turning the time of a phase into a timer; None where both clocks run alike.
    """

    def __init__(self, step: Step) -> None:
        self.step: Step = step
        self.hours: list[SessionHours] = []
        self.clock: CalendarClock | None = None

    def is_open(self, instrument_index: i64) -> bool:
        """Whether the instrument is in continuous trading."""
        return self.hours[instrument_index].is_open(self.step.utc_ns)

    def takes(self, command: OrderCommand, is_single: bool) -> bool:
        """Whether the order may be sent: a spread trades in continuous trading only, and what must trade at once can
        nowhere else; a limit order for the day by hand may be collected for an auction too."""
        if is_single and command.order_type == LIMIT and command.time_in_force == DAY:
            return self.hours[command.instrument_index].may_enter(self.step.utc_ns)
        return self.is_open(command.instrument_index)

    def no_cancel_until_utc_ns(self, instrument_index: i64) -> i64:
        """Calendar time from which on the venue takes a cancel: 0 when it does now, NO_TIMER when that is not known."""
        hours = self.hours[instrument_index]
        return 0 if hours.may_cancel(self.step.utc_ns) else hours.cancels_utc_ns(self.step.utc_ns)

    def closes_ns(self, instrument_index: i64) -> i64:
        """Monotonic time at which the instrument's continuous trading ends; now when it does not trade."""
        return self.timer_ns(self.hours[instrument_index].close_utc_ns(self.step.utc_ns))

    def reopens_ns(self, instrument_index: i64) -> i64:
        """Monotonic time at which the instrument trades again, NO_TIMER when it is not known: a halt has no hours."""
        if self.is_open(instrument_index):
            return NO_TIMER
        return self.timer_ns(self.hours[instrument_index].reopen_utc_ns(self.step.utc_ns))

    def timer_ns(self, utc_ns: i64) -> i64:
        """Monotonic time at which the calendar has reached a moment; NO_TIMER for NO_TIMER."""
        if utc_ns == NO_TIMER:
            return NO_TIMER
        if self.clock is None:
            return self.step.now_ns + utc_ns - self.step.utc_ns
        # Rounding down would wake up just before the phase.
        return self.clock.now_ns(utc_ns) + 1
