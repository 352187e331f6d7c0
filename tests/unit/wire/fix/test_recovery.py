"""What is asked for behind a gap: at once, in ranges, open-ended, again; and what a ResendRequest is answered with."""

from cross_market_connect.wire.fix import faults
from cross_market_connect.wire.fix.faults import FaultLog
from cross_market_connect.wire.fix.gap import RESEND_TIMEOUT_NS
from cross_market_connect.wire.fix.message import FixMessage, parse_message
from cross_market_connect.wire.fix.recovery import Recovery
from cross_market_connect.wire.fix.sender import Numbers, Sender
from tests.unit.wire.fix.support import DICTIONARY, START_UTC_NS, acceptor_settings, fields_of, make_frame, split_frames


class Bench:
    def __init__(self, next_in: int, next_out: int, is_light: bool = False, **changes: object) -> None:
        settings = acceptor_settings(**changes)
        self.numbers = Numbers(next_in, next_out)
        self.sender = Sender(settings, self.numbers)
        self.sender.set_time(0, START_UTC_NS)
        self.faults = FaultLog()
        self.recovery = Recovery(settings, is_light, self.numbers, self.sender, self.faults)

    def asked(self) -> list[str]:
        """BeginSeqNo and EndSeqNo of every ResendRequest, MsgType and what says why of everything else."""
        rows = []
        for frame in split_frames(self.sender.drain()):
            values = dict(fields_of(frame))
            rows.append(
                f"{values['7']} {values['16']}" if values["35"] == "2" else f"{values['35']} {values.get('373')}"
            )
        return rows


def message(content: str) -> FixMessage:
    return parse_message(make_frame(content), DICTIONARY)


def test_a_long_gap_is_asked_for_in_ranges_one_after_another() -> None:
    bench = Bench(2, 1, resend_range_max=1000)
    bench.recovery.keep(message("35=0|34=2502"), 0)
    asked = bench.asked()
    while bench.recovery.gap.last > 0:
        bench.numbers.set_next_in(bench.recovery.gap.asked)
        bench.recovery.follow(0)
        assert bench.asked() == [], "one message of the range is still missing"
        bench.numbers.set_next_in(bench.recovery.gap.asked + 1)
        if bench.numbers.next_in == 2502:
            bench.recovery.gap.take(2502)
            bench.numbers.set_next_in(2503)
        bench.recovery.follow(0)
        asked += bench.asked()
    assert asked == ["2 1001", "1002 2001", "2002 2501"]


def test_open_ended_asks_for_all_from_the_gap_on() -> None:
    bench = Bench(2, 1, resend_open_ended=True)
    bench.recovery.keep(message("35=0|34=9"), 0)
    assert bench.asked() == ["2 0"]


def test_an_unanswered_range_is_asked_for_three_times() -> None:
    bench = Bench(2, 1, resend_range_max=10)
    bench.recovery.keep(message("35=0|34=100"), 0)
    answers = [bench.recovery.retry(attempt * RESEND_TIMEOUT_NS) for attempt in (0, 1, 2, 3)]
    assert answers == [True, True, True, False]
    assert bench.asked() == ["2 11"] * 3
    assert bench.faults.counts.count(faults.FAULT_RESEND_UNANSWERED) == 3


def test_a_request_is_answered_up_to_what_was_sent() -> None:
    bench = Bench(1, 5)
    bench.recovery.answer(message("35=2|34=1|7=2|16=0"))
    bench.recovery.answer(message("35=2|34=2|7=5|16=0"))
    bench.recovery.answer(message("35=2|34=3|7=3|16=2"))
    assert bench.asked() == ["4 None", "3 5", "3 5"]
    assert bench.faults.counts.count(faults.FAULT_RESEND_RANGE) == 2


def test_a_light_session_sends_nothing_again_and_tells_what_comes_next() -> None:
    bench = Bench(2, 5, is_light=True)
    for request, following in (("7=1|16=3", "5"), ("7=1|16=0", "5"), ("7=4|16=4", "5"), ("7=4|16=8", "8")):
        bench.recovery.answer(message(f"35=2|34=2|{request}"))
        [frame] = split_frames(bench.sender.drain())
        values = dict(fields_of(frame))
        assert (values["35"], values["34"], values["123"], values["36"]) == ("4", "1", "N", following)
    assert (bench.numbers.next_out, bench.numbers.changed) == (8, True)
