"""Which message answers which question, and what time it is then."""

from cross_market_connect.wire.fix.message import FixMessage, parse_message
from cross_market_connect.wire.fix.probe import LOGON_QUESTION, Probe
from cross_market_connect.wire.fix.versions import dictionary_of

UTC_NS = 1_609_725_600_000_000_000


def heartbeat(time: str = "20210104-02:00:00.250", extra: str = "") -> FixMessage:
    body = f"35=0|34=2|49=V|56=E|52={time}|{extra}112=TEST-1|".replace("|", "\x01").encode()
    frame = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    return parse_message(frame + b"10=%03d\x01" % (sum(frame) % 256), dictionary_of("FIX.4.4"))


def test_the_first_answer_to_the_newest_question_counts() -> None:
    probe = Probe()
    probe.take_answer(b"TEST-1", heartbeat())
    assert probe.answers == 0, "nobody asked"
    probe.ask(b"TEST-1", 5)
    probe.take_answer(b"TEST-2", heartbeat())
    probe.take_answer(b"", heartbeat())
    assert probe.answers == 0
    probe.take_answer(b"TEST-1", heartbeat())
    assert (probe.answers, probe.asked_ns, probe.answered_utc_ns) == (1, 5, UTC_NS + 250_000_000)
    probe.take_answer(b"TEST-1", heartbeat("20210104-02:00:09"))
    assert (probe.answers, probe.answered_utc_ns) == (1, UTC_NS + 250_000_000)
    probe.ask(LOGON_QUESTION, 7)
    probe.ask(b"TEST-1", 8)
    probe.take_answer(LOGON_QUESTION, heartbeat())
    assert probe.answers == 1, "a later question took its place"


def test_what_was_sent_long_ago_or_has_no_time_is_no_answer() -> None:
    probe = Probe()
    probe.ask(b"TEST-1", 5)
    probe.take_answer(b"TEST-1", heartbeat(extra="43=Y|"))
    assert probe.answers == 0
    probe.take_answer(b"TEST-1", heartbeat("yesterday"))
    assert probe.answers == 0
