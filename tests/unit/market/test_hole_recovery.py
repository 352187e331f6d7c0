"""What is asked of a recovery service, and what is not: conversations with numbers worked by hand."""

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.records import RecordSink, decode_payload
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import Channel
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.hole_recovery import (
    GIVEN_UP,
    REQUESTS_PER_HOLE_MAX,
    UNASKED,
    HoleRecovery,
    RecoveryLimits,
)

MILLISECOND = 1_000_000
DAY = 86_400_000_000_000
# 23:59:59 on the fourth of January 2021 in China.
LATE_UTC_NS = 1_609_775_999_000_000_000


class Sink(RecordSink):
    def __init__(self) -> None:
        self.events: list[tuple[str, int, int]] = []

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        fields = decode_payload(kind, payload)
        self.events.append((str(fields["event"]), fields["channel_seq_expected"], fields["channel_seq_received"]))  # type: ignore[arg-type]
        return len(self.events)


class Conversation:
    def __init__(self, messages_max: int = 10, day_max: int = 100) -> None:
        self.sink = Sink()
        self.step = Step(self.sink)
        self.channel = Channel(DAY)
        self.now_ns, self.utc_ns = 1_000 * MILLISECOND, LATE_UTC_NS
        self.begin_step()
        limits = RecoveryLimits(messages_max, day_max, 5 * MILLISECOND, 200 * MILLISECOND)
        self.recovery = HoleRecovery(self.channel, FeedLog(3, self.step), self.step, limits)
        self.channel.heartbeat(1, self.now_ns)

    def begin_step(self) -> None:
        self.step.begin(self.now_ns, self.utc_ns, self.step.input_seq + 1)

    def packet(self, first: int, count: int = 1) -> None:
        self.channel.offer(b"%d" % first, first, count, self.now_ns)
        if self.channel.is_filled():
            for _ in self.channel.fill():
                self.channel.take(b"", first + count)

    def hole(self, first: int) -> None:
        """From the next number to that before `first`, filled by nothing else."""
        self.packet(first)

    def close_hole(self) -> None:
        """As a snapshot does."""
        self.channel.stand_at(self.channel.queue.next_seq - 1)


def test_a_hole_is_asked_for_when_the_other_line_had_its_time_and_only_once() -> None:
    talk = Conversation()
    recovery = talk.recovery
    assert (recovery.due_ns(), recovery.expects()) == (NO_TIMER, False)
    talk.hole(4)
    assert (recovery.due_ns(), recovery.expects()) == (talk.now_ns + 5 * MILLISECOND, True)
    assert recovery.begin()
    assert (recovery.first_seq, recovery.after_seq) == (1, 4)
    assert recovery.deadline_ns == talk.now_ns + 200 * MILLISECOND
    assert recovery.due_ns() == NO_TIMER and recovery.expects()
    assert (recovery.requests, talk.sink.events) == (1, [("asked", 1, 4)])
    talk.channel.take(b"", 4)
    talk.channel.fill()
    recovery.finish()
    assert (recovery.recovered, recovery.deadline_ns, recovery.expects()) == (1, NO_TIMER, False)


def test_a_hole_that_the_other_line_fills_is_not_asked_for() -> None:
    talk = Conversation()
    talk.hole(3)
    talk.packet(1, 2)
    assert talk.recovery.due_ns() == NO_TIMER
    assert talk.sink.events == []


def test_a_hole_beyond_one_request_is_left_to_the_snapshot_and_told_once() -> None:
    talk = Conversation(messages_max=10)
    talk.hole(12)
    assert not talk.recovery.begin()
    assert (talk.recovery.state(), talk.recovery.due_ns(), talk.recovery.expects()) == (GIVEN_UP, NO_TIMER, False)
    talk.recovery.give_up("again")
    assert talk.sink.events == [("not recovered", 1, 12)]
    talk.close_hole()
    assert talk.channel.next_seq == 13
    talk.hole(23)
    assert talk.recovery.state() == UNASKED
    assert talk.recovery.begin(), "ten messages are permitted"


def test_a_hole_that_grows_while_it_is_asked_for_is_asked_for_again_but_not_without_end() -> None:
    talk = Conversation()
    talk.hole(3)
    for number in range(REQUESTS_PER_HOLE_MAX):
        assert talk.recovery.due_ns() <= talk.now_ns + 5 * MILLISECOND
        assert talk.recovery.begin()
        talk.recovery.finish()
        talk.packet(5 + 2 * number)  # one more is lost, and what was kept with it
    assert not talk.recovery.begin()
    assert [event for event, *_ in talk.sink.events] == ["asked", "asked", "asked", "not recovered"]
    assert talk.sink.events[2] == ("asked", 1, 7)
    assert talk.recovery.requests == REQUESTS_PER_HOLE_MAX


def test_requests_of_a_day_are_counted_and_the_next_day_in_china_begins_anew() -> None:
    talk = Conversation(day_max=2)
    asked = []
    for number in range(5):
        talk.hole(int(talk.channel.next_seq) + 2)
        asked.append(talk.recovery.begin())
        if asked[-1]:
            talk.recovery.finish()
        talk.close_hole()
        if number == 3:
            talk.utc_ns += 2_000_000_000
        talk.begin_step()
    assert asked == [True, True, False, False, True]
    assert [event for event, *_ in talk.sink.events] == ["asked"] * 2 + ["not recovered"] * 2 + ["asked"]


def test_a_venue_that_counts_otherwise_is_believed_until_tomorrow() -> None:
    talk = Conversation()
    talk.hole(3)
    assert talk.recovery.begin()
    talk.recovery.exhaust_day()
    talk.recovery.give_up("no more requests today")
    talk.close_hole()
    talk.hole(9)
    assert not talk.recovery.begin()
    talk.close_hole()
    talk.utc_ns += 2_000_000_000
    talk.begin_step()
    talk.hole(15)
    assert talk.recovery.begin()


def test_what_is_given_up_when_the_hole_is_gone_is_not_told() -> None:
    talk = Conversation()
    talk.hole(3)
    assert talk.recovery.begin()
    talk.close_hole()
    talk.recovery.give_up("late")
    assert (talk.recovery.given_up, [event for event, *_ in talk.sink.events]) == (0, ["asked"])


def test_a_hole_is_held_for_an_answers_time_and_not_for_a_service_that_failed() -> None:
    talk = Conversation()
    recovery = talk.recovery
    assert recovery.hold_until_ns() == 0
    talk.hole(3)
    assert recovery.hold_until_ns() == talk.now_ns + 205 * MILLISECOND
    talk.now_ns += 5 * MILLISECOND
    talk.begin_step()
    assert recovery.begin()
    assert recovery.hold_until_ns() == talk.now_ns + 200 * MILLISECOND
    recovery.give_up("refused")
    recovery.pause(1_000 * MILLISECOND)
    assert (recovery.hold_until_ns(), recovery.due_ns()) == (0, NO_TIMER)
    talk.close_hole()
    talk.hole(9)
    assert (recovery.hold_until_ns(), recovery.due_ns()) == (0, talk.now_ns + 1_000 * MILLISECOND)


def test_a_hole_that_grows_too_long_is_given_up_when_it_is_reviewed_but_not_while_it_is_asked_for() -> None:
    talk = Conversation()
    talk.hole(3)
    assert talk.recovery.review() and talk.recovery.begin()
    talk.packet(50)
    assert not talk.recovery.review()
    assert talk.recovery.expects()
    talk.recovery.finish()
    assert not talk.recovery.review()
    assert (talk.recovery.expects(), talk.recovery.given_up) == (False, 1)
    talk.recovery.finish()
    assert (talk.recovery.state(), talk.recovery.recovered) == (GIVEN_UP, 1)
