"""Which missing messages of a channel are asked of the venue's recovery service: small holes, one request at a time.

    state      meaning                                                     leaves it
    UNASKED    the channel has a hole that is not asked for yet, or none   its time has come: ASKED, or GIVEN_UP
    ASKED      a request is under way                                      all came: UNASKED; refused, late or lost:
                                                                           GIVEN_UP
    GIVEN_UP   the hole is left to the snapshot                            another hole: UNASKED

A hole is an *episode*: from the packet that shows it until the channel follows again, whatever else is lost meanwhile.
Within one, what is still missing when an answer is complete is asked for again, REQUESTS_PER_HOLE_MAX times at most, so
that a service which answers without helping cannot be asked without end. Every request and every failure is on record,
a failure once per hole. Requests of a day are counted here as far as this run has made them; the venue counts as well.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import HOLE, Channel
from cross_market_connect.market.feed_log import FeedLog

UNASKED: Final[i64] = 0
ASKED: Final[i64] = 1
GIVEN_UP: Final[i64] = 2

REQUESTS_PER_HOLE_MAX: Final[i64] = 3
# The other line's packet, or one that was overtaken, comes within this or not at all.
LINE_WAIT_NS: Final[i64] = 5_000_000
# Days begin at midnight in China and Hong Kong, as everywhere here.
_DAY_NS: Final[i64] = 86_400 * NANOSECONDS_PER_SECOND
_DAY_OFFSET_NS: Final[i64] = 28_800 * NANOSECONDS_PER_SECOND


@final
class RecoveryLimits:
    """What a service permits, and how long it is waited for.

    Attributes:
        messages_max: messages (packets, where those are numbered) that one request may be for.
        requests_per_day_max: requests of a day.
        wait_ns: so long a hole may fill by itself, from the other line.
        answer_ns: so long a request may take without any progress.
    """

    def __init__(self, messages_max: i64, requests_per_day_max: i64, wait_ns: i64, answer_ns: i64) -> None:
        self.messages_max: i64 = messages_max
        self.requests_per_day_max: i64 = requests_per_day_max
        self.wait_ns: i64 = wait_ns
        self.answer_ns: i64 = answer_ns


@final
class HoleRecovery:
    """What is asked for a feed's channel.

    Attributes:
        first_seq, after_seq: the messages of the request under way, or of the last one: the first, and that behind.
        requests: made since the start; recovered: answered in full; given_up: holes that were left to the snapshot.
        deadline_ns: when the request under way is late.
    """

    def __init__(self, channel: Channel, log: FeedLog, step: Step, limits: RecoveryLimits) -> None:
        self.limits: RecoveryLimits = limits
        self.first_seq: i64 = 0
        self.after_seq: i64 = 0
        self.requests: i64 = 0
        self.recovered: i64 = 0
        self.given_up: i64 = 0
        self.deadline_ns: i64 = NO_TIMER
        self._channel: Channel = channel
        self._log: FeedLog = log
        self._step: Step = step
        self._state: i64 = UNASKED
        self._hole: i64 = 0
        self._requests_of_hole: i64 = 0
        self._day: i64 = 0
        self._requests_of_day: i64 = 0
        self._paused_until_ns: i64 = 0

    def state(self) -> i64:
        """Where the present hole stands."""
        if self._state == GIVEN_UP and self._channel.holes != self._hole:
            self._state = UNASKED
        return self._state

    def due_ns(self) -> i64:
        """When the present hole is to be asked for; NO_TIMER when it is not, or there is none."""
        channel = self._channel
        if channel.state != HOLE or self.state() != UNASKED:
            return NO_TIMER
        due_ns = channel.hole_since_ns + self.limits.wait_ns
        return due_ns if due_ns > self._paused_until_ns else self._paused_until_ns

    def expects(self) -> bool:
        """Whether the hole may still be filled by the service: asked for, or about to be."""
        return self._channel.state == HOLE and self.state() != GIVEN_UP

    def hold_until_ns(self) -> i64:
        """Until when it is worth keeping the hole open for the service; 0 when it is not, or nothing is expected."""
        if not self.expects():
            return 0
        if self._state == ASKED:
            return self.deadline_ns
        held_ns = self._channel.hole_since_ns + self.limits.wait_ns + self.limits.answer_ns
        return held_ns if held_ns > self._paused_until_ns else 0

    def pause(self, duration_ns: i64) -> None:
        """The service failed: nothing is asked of it for so long."""
        self._paused_until_ns = self._step.now_ns + duration_ns

    def begin(self) -> bool:
        """The hole's time has come: whether `first_seq` to `after_seq` - 1 are to be asked for now."""
        if not self.review():
            return False
        first = self._channel.next_seq
        after = self._channel.queue.first_seq
        self._state = ASKED
        self._requests_of_hole += 1
        self._requests_of_day += 1
        self.requests += 1
        self.first_seq = first
        self.after_seq = after
        self.progress()
        self._log.event("asked", first, after, f"{after - first} messages asked of the recovery service")
        return True

    def review(self) -> bool:
        """A hole was found, or has grown: give it up at once where it cannot be asked for. Whether it can now."""
        channel = self._channel
        if self._state == ASKED:
            return False
        if channel.holes != self._hole:
            self._state = UNASKED
            self._hole = channel.holes
            self._requests_of_hole = 0
        missing = channel.queue.first_seq - channel.next_seq
        reason = ""
        if missing > self.limits.messages_max:
            reason = f"{missing} are missing, one request is for {self.limits.messages_max} at most"
        elif self._requests_of_hole >= REQUESTS_PER_HOLE_MAX:
            reason = f"asked for {REQUESTS_PER_HOLE_MAX} times"
        elif self._is_day_over():
            reason = f"{self._requests_of_day} requests were made today"
        if reason != "":
            self.give_up(reason)
        return reason == ""

    def is_current(self) -> bool:
        """Whether the hole that was asked for is the present one: after a reset, numbers mean other messages."""
        return self._state == ASKED and self._hole == self._channel.holes

    def progress(self) -> None:
        """Something of the answer came."""
        self.deadline_ns = self._step.now_ns + self.limits.answer_ns

    def finish(self) -> None:
        """All of the answer came. What is missing still, because more was lost meanwhile, is asked for next."""
        if self._state == ASKED:
            self._state = UNASKED
            self.deadline_ns = NO_TIMER
            self.recovered += 1

    def give_up(self, reason: str) -> None:
        """This hole is not asked for any more; told once."""
        channel = self._channel
        was_open = self.expects()
        self._state = GIVEN_UP
        self._hole = channel.holes
        self.deadline_ns = NO_TIMER
        if was_open:
            self.given_up += 1
            self._log.event("not recovered", channel.next_seq, channel.queue.first_seq, reason)

    def exhaust_day(self) -> None:
        """The venue says that today's requests are used up."""
        self._is_day_over()
        self._requests_of_day = self.limits.requests_per_day_max

    def _is_day_over(self) -> bool:
        """Whether today's requests are used up."""
        day = (self._step.utc_ns + _DAY_OFFSET_NS) // _DAY_NS
        if day != self._day:
            self._day = day
            self._requests_of_day = 0
        return self._requests_of_day >= self.limits.requests_per_day_max
