"""A venue's clock against ours: from stamps that venues put on what they send, the local time of what happened there.

Theory of operation. Of each message two times are known: the venue's stamp, by its clock, and our receipt, by the local
monotonic clock. Their difference is the offset of the clocks, plus the shortest way, plus what waited in queues. The
lower envelope of the differences (`LowerEnvelope`) is offset plus shortest way; it drifts as the clocks do. The way
itself cannot be observed in one direction: it is a configured bound, and half of its width stays in every uncertainty.
Where the venue answers a question (a log-on, a test request), its stamp lies between our two times by nothing but
causality, which bounds the offset from both sides without any assumption.

What the uncertainty holds:

    part            from
    way             half the width of the configured bound, or of what the newest answers leave of it
    stamp           a unit of the venue's stamps: a stamp says when its unit began, and the smallest delays may all
                    have lost the same part of theirs
    period          a snapshot stands for what happened since the one before
    envelope        the scatter of the smallest delays around the line, more the further from the window's middle
    risen           by how much the newest delay is above the line: a queue, or a step that is not yet known
    early           by how much the newest early message is below the line
    learning        before the envelope has enough points, the longest queue

A clock that steps takes all delays with it. Below the line there is no queue: a few messages prove a step. Above it a
queue looks like a step until it ends: when the smallest delay stays up through two halves of STEP_AFTER_NS the line
begins anew, and the uncertainty keeps holding both possibilities for DOUBT_NS, unless no queue is that long.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.market.envelope import SLOPE_SPAN_US, LowerEnvelope

MICROSECOND_NS: Final[i64] = 1_000
BUCKET_NS: Final[i64] = 250_000_000
WINDOW_BUCKETS: Final[i64] = 240
# Crystals that are worse than this are broken.
DRIFT_MAX_PPB: Final[i64] = 200_000
# Buckets from which on the scatter of their smallest delays says something.
POINTS_MIN: Final[i64] = 8
# Nothing is known better than this: interrupts, caches, our own reading of the clock.
FLOOR_NS: Final[i64] = 5_000
# The line is so many times better known than its points scatter, at least.
SCATTERS: Final[i64] = 4
STEP_AFTER_NS: Final[i64] = 1_200_000_000
STEP_MIN_NS: Final[i64] = 100_000
# A line is taken for wrong, and not its points for late, when they are so many times their usual scatter above it.
STEP_SCATTERS: Final[i64] = 8
# Messages below the line that prove a step, and for how long one of them is remembered.
BELOW_FOR_STEP: Final[i64] = 3
BELOW_REMEMBERED_NS: Final[i64] = 2 * NANOSECONDS_PER_SECOND
# Messages that must agree before the delay is believed to have risen.
RISEN_MESSAGES: Final[i64] = 3
DOUBT_NS: Final[i64] = 10 * NANOSECONDS_PER_SECOND
# Distances of stamps from the first one beyond which a line would overflow; the clock was set.
FAR_NS: Final[i64] = 4 * NANOSECONDS_PER_SECOND
_PPB: Final[i64] = 1_000_000_000
_NOTHING: Final[i64] = 1 << 62


@final
class ClockBounds:
    """What is known of a venue's way and stamps before any message.

    Attributes:
        way_min_ns, way_max_ns: bound of the shortest one-way delay.
        stamp_unit_ns: resolution of its stamps.
        period_ns: time between its snapshots; 0 where every event is published.
        queue_max_ns: no queue keeps everything back for longer than this.
    """

    def __init__(self, way_min_ns: i64, way_max_ns: i64) -> None:
        self.way_min_ns: i64 = way_min_ns
        self.way_max_ns: i64 = way_max_ns
        self.stamp_unit_ns: i64 = 1
        self.period_ns: i64 = 0
        self.queue_max_ns: i64 = 200_000_000

    def cut_ns(self) -> i64:
        """How much younger an event may be than its stamp says."""
        return max(self.stamp_unit_ns - 1, 0)


@final
class VenueClock:
    """The calibration of one feed or session.

    Attributes:
        messages: stamps seen. steps: how often the venue's clock (or ours) was set; stepped_ns: by how much, last.
        contradictions: answers that no way within the configured bound explains.
    """

    def __init__(self, bounds: ClockBounds) -> None:
        self.bounds: ClockBounds = bounds
        self.messages: i64 = 0
        self.steps: i64 = 0
        self.stepped_ns: i64 = 0
        self.contradictions: i64 = 0
        self.envelope: LowerEnvelope = LowerEnvelope(WINDOW_BUCKETS, DRIFT_MAX_PPB)
        self._base_ns: i64 = 0
        self._bucket: i64 = -1
        self._low_ns: i64 = _NOTHING
        self._low_at_ns: i64 = 0
        self._began_ns: i64 = 0
        self._risen_ns: i64 = 0
        self._half_began_ns: i64 = 0
        self._half_above_ns: i64 = _NOTHING
        self._half_messages: i64 = 0
        self._before_above_ns: i64 = _NOTHING
        self._before_messages: i64 = 0
        self._below_count: i64 = 0
        self._below_ns: i64 = 0
        self._below_at_ns: i64 = 0
        self._doubt_ns: i64 = 0
        self._doubt_until_ns: i64 = 0
        self._answer_low_ns: i64 = -_NOTHING
        self._answer_high_ns: i64 = _NOTHING
        self._answer_at_ns: i64 = 0

    # ------------------------------------------------------------------ what is seen

    def observe(self, venue_ns: i64, received_ns: i64) -> None:
        """A message with the venue's stamp came in.

        Args:
            venue_ns: by the venue's clock. received_ns: by the local monotonic clock, ascending.
        """
        self.messages += 1
        if self._bucket < 0:
            self._begin(venue_ns, received_ns)
        delay = received_ns - venue_ns - self._base_ns
        line = self.envelope.value_ns(received_ns // MICROSECOND_NS) if self.envelope.count > 0 else delay
        if delay < line - self._slack_ns(received_ns) or delay > FAR_NS:
            self._note_below(delay - line, venue_ns, received_ns)
            return
        if self._below_count > 0 and received_ns - self._below_at_ns > BELOW_REMEMBERED_NS:
            self._below_count = self._below_ns = 0
        self._note_risen(delay - line, venue_ns, received_ns)
        bucket = received_ns // BUCKET_NS
        if bucket != self._bucket:
            self._close_bucket()
            self._bucket = bucket
        if delay < self._low_ns:
            self._low_ns = delay
            self._low_at_ns = received_ns
            if self.envelope.count > 0:
                self.envelope.lower(received_ns // MICROSECOND_NS, delay)

    def observe_answer(self, asked_ns: i64, venue_ns: i64, received_ns: i64) -> None:
        """The venue's stamp of an answer lies between our question and its receipt."""
        # A stamp says when its unit began: the answer may be so much younger.
        earliest_ns, latest_ns = asked_ns - venue_ns - self.bounds.cut_ns(), received_ns - venue_ns
        if self.messages > 0:
            shortest = self.shortest_ns(received_ns)
            spread = self._spread_ns(received_ns)
            is_early = latest_ns < shortest - self.bounds.way_max_ns - self.bounds.cut_ns() - spread
            if is_early or earliest_ns > shortest - self.bounds.way_min_ns + spread:
                self.contradictions += 1
        low, high = earliest_ns, latest_ns
        if self._is_answered():
            known_low, known_high = self._answered_ns(received_ns)
            if max(low, known_low) <= min(high, known_high):
                low, high = max(low, known_low), min(high, known_high)
            # Otherwise the clock was set in the meantime: causality cannot be wrong.
        self._answer_low_ns, self._answer_high_ns, self._answer_at_ns = low, high, received_ns

    # ------------------------------------------------------------------ what is known

    def is_known(self) -> bool:
        """Whether any stamp was seen."""
        return self.messages > 0 or self._is_answered()

    def offset_ns(self, now_ns: i64) -> i64:
        """Local monotonic time minus the venue's, now: added to a stamp it gives the local time of the event."""
        low, high = self._bounds_ns(now_ns)
        return low + (high - low) // 2

    def shortest_ns(self, now_ns: i64) -> i64:
        """The offset with the shortest way in it: the part of every delay that is not a queue's, as it is known."""
        line = self._base_ns
        if self.envelope.count > 0:
            return line + self.envelope.value_ns(now_ns // MICROSECOND_NS)
        return line + self._low_ns if self._low_ns < _NOTHING else line

    def event_ns(self, venue_ns: i64, received_ns: i64) -> i64:
        """Local monotonic time of what a message is about, never after its receipt."""
        return min(venue_ns + self.bounds.stamp_unit_ns // 2 + self.offset_ns(received_ns), received_ns)

    def uncertainty_ns(self, now_ns: i64) -> i64:
        """The time of an event is within so much of `event_ns`."""
        low, high = self._bounds_ns(now_ns)
        return (high - low + 1) // 2 + self.bounds.stamp_unit_ns // 2 + self.bounds.period_ns

    def _bounds_ns(self, now_ns: i64) -> tuple[i64, i64]:
        """Least and largest offset."""
        if self.messages == 0:
            return self._answered_ns(now_ns)
        line = self.shortest_ns(now_ns)
        spread = self._spread_ns(now_ns)
        doubt = self._doubt_ns if now_ns < self._doubt_until_ns else 0
        low = line - self.bounds.way_max_ns - self.bounds.cut_ns() - spread - max(doubt, self._below_ns)
        high = line - self.bounds.way_min_ns + spread + self._risen_ns
        if self._is_answered():
            answer_low, answer_high = self._answered_ns(now_ns)
            if answer_low > high or answer_high < low:
                return answer_low, answer_high
            low, high = max(low, answer_low), min(high, answer_high)
        return low, high

    def _is_answered(self) -> bool:
        return self._answer_high_ns < _NOTHING

    def _answered_ns(self, now_ns: i64) -> tuple[i64, i64]:
        """Least and largest offset by the answers alone."""
        widened = self._drifted_ns(now_ns - self._answer_at_ns)
        return self._answer_low_ns - widened, self._answer_high_ns + widened

    def _spread_ns(self, now_ns: i64) -> i64:
        """How far the line may be from what it stands for."""
        envelope = self.envelope
        if envelope.count < POINTS_MIN:
            # The first delays may all have waited.
            return self.bounds.queue_max_ns + self._drifted_ns(now_ns - self._began_ns)
        span = envelope.span_us()
        beyond = now_ns // MICROSECOND_NS - envelope.middle_us()
        scatter = SCATTERS * envelope.scatter_ns
        spread = FLOOR_NS + scatter + scatter * 2 * beyond // max(span, 1)
        if span < SLOPE_SPAN_US:
            spread += self._drifted_ns(now_ns - self._began_ns)
        return spread

    def _slack_ns(self, now_ns: i64) -> i64:
        """How far below the line a delay may be while the line is only a little wrong."""
        return max(self._spread_ns(now_ns), STEP_MIN_NS // 2)

    @staticmethod
    def _drifted_ns(elapsed_ns: i64) -> i64:
        """How far the clocks may have drifted apart in a time."""
        return elapsed_ns // 1_000 * DRIFT_MAX_PPB // (_PPB // 1_000)

    # ------------------------------------------------------------------ how it goes on

    def _begin(self, venue_ns: i64, received_ns: i64) -> None:
        """The first message, or the first after a step."""
        self._base_ns = received_ns - venue_ns
        self._bucket = received_ns // BUCKET_NS
        self._low_ns = _NOTHING
        self._began_ns = received_ns
        self._risen_ns = 0
        self._half_began_ns = received_ns
        self._half_above_ns = self._before_above_ns = _NOTHING
        self._half_messages = self._before_messages = 0
        self._below_count = self._below_ns = 0
        self.envelope.clear()

    def _close_bucket(self) -> None:
        if self._low_ns < _NOTHING:
            self.envelope.add(self._low_at_ns // MICROSECOND_NS, self._low_ns)
            self.envelope.fit()
        self._low_ns = _NOTHING

    def _note_risen(self, above_ns: i64, venue_ns: i64, received_ns: i64) -> None:
        """Follow how far above the line the newest messages are, all of them."""
        if received_ns - self._half_began_ns >= STEP_AFTER_NS // 2:
            proves = max(STEP_MIN_NS, STEP_SCATTERS * self.envelope.scatter_ns)
            messages = self._before_messages + self._half_messages
            risen = min(self._before_above_ns, self._half_above_ns)
            if messages >= RISEN_MESSAGES and self.envelope.count >= POINTS_MIN and risen >= proves:
                self._step(risen, venue_ns, received_ns)
                return
            self._before_above_ns, self._before_messages = self._half_above_ns, self._half_messages
            self._half_above_ns, self._half_messages = _NOTHING, 0
            self._half_began_ns = received_ns
        self._half_above_ns = min(self._half_above_ns, above_ns)
        self._half_messages += 1
        self._risen_ns = max(above_ns, 0)

    def _note_below(self, by_ns: i64, venue_ns: i64, received_ns: i64) -> None:
        """No queue makes a message early: the clock was set, or one stamp is wrong; several have no other reason."""
        if received_ns - self._below_at_ns > BELOW_REMEMBERED_NS:
            self._below_count = self._below_ns = 0
        self._below_count += 1
        self._below_at_ns = received_ns
        self._below_ns = max(self._below_ns, by_ns, -by_ns)
        if self._below_count >= BELOW_FOR_STEP:
            self._step(by_ns, venue_ns, received_ns)

    def _step(self, by_ns: i64, venue_ns: i64, received_ns: i64) -> None:
        """Begin anew; while a queue would explain it too, both are possible."""
        self.steps += 1
        self.stepped_ns = by_ns
        self._begin(venue_ns, received_ns)
        self._answer_low_ns = -_NOTHING
        self._answer_high_ns = _NOTHING
        self._doubt_ns = by_ns if 0 < by_ns <= self.bounds.queue_max_ns else 0
        self._doubt_until_ns = received_ns + DOUBT_NS
