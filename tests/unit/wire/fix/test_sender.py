"""Numbers, buffering and resending, without a session around."""

from cross_market_connect.wire.fix.resend_store import RESEND_MESSAGES_MAX
from cross_market_connect.wire.fix.sender import Numbers, Sender
from tests.unit.wire.fix.support import START_UTC_NS, acceptor_settings, fields_of, split_frames

LATER = START_UTC_NS + 10**9


def sender(is_resending: bool = True, next_out: int = 1) -> Sender:
    result = Sender(acceptor_settings(resend_application_messages=is_resending), Numbers(1, next_out))
    result.set_time(1000, START_UTC_NS)
    return result


def summary(data: bytes) -> list[str]:
    """MsgType, MsgSeqNum, PossDupFlag and NewSeqNo of each message."""
    rows = []
    for frame in split_frames(data):
        values = dict(fields_of(frame))
        rows.append(" ".join(values[tag] for tag in ("35", "34", "43", "36") if tag in values))
    return rows


def test_numbers_are_used_up_and_reported() -> None:
    one = sender(next_out=5)
    assert not one.numbers.changed
    assert one.send(b"0", b"") == 5
    assert one.numbers.changed
    assert (one.numbers.next_out, one.last_sent_ns) == (6, 1000)
    one.numbers.changed = False
    one.numbers.reset()
    assert (one.numbers.next_in, one.numbers.next_out, one.numbers.changed) == (1, 1, True)


def test_the_buffer_is_drained_once() -> None:
    one = sender()
    one.heartbeat(b"A")
    one.logout(b"bye")
    size = one.buffered_bytes
    data = one.drain()
    assert len(data) == size
    assert summary(data) == ["0 1", "5 2"]
    assert (one.drain(), one.buffered_bytes) == (b"", 0)
    one.test_request()
    one.clear()
    assert one.drain() == b""


def test_stored_messages_are_resent_and_the_gaps_between_them_filled() -> None:
    one = sender()
    one.heartbeat(b"")
    one.send_application(b"8", b"37=A\x01")
    one.heartbeat(b"")
    one.heartbeat(b"")
    one.send_application(b"8", b"37=B\x01")
    one.send_application(b"8", b"37=C\x01")
    one.drain()
    one.set_time(2000, LATER)
    one.resend(1, 6)
    assert summary(one.drain()) == ["4 1 Y 2", "8 2 Y", "4 3 Y 5", "8 5 Y", "8 6 Y"]
    one.resend(2, 4)
    assert summary(one.drain()) == ["8 2 Y", "4 3 Y 5"]
    assert one.numbers.next_out == 7, "resending uses up no number"


def test_times_of_a_resent_message() -> None:
    one = sender()
    one.send_application(b"8", b"37=A\x01")
    one.drain()
    one.set_time(2000, LATER)
    one.resend(1, 1)
    values = dict(fields_of(one.drain()))
    assert (values["52"], values["122"]) == ("20241125-01:30:01.000", "20241125-01:30:00.000")


def test_a_sender_of_orders_fills_over_everything() -> None:
    one = sender(is_resending=False)
    one.send_application(b"D", b"11=A\x01")
    one.send_application(b"D", b"11=B\x01")
    one.drain()
    one.resend(1, 2)
    assert summary(one.drain()) == ["4 1 Y 3"]


def test_what_was_forgotten_is_filled_over() -> None:
    one = sender()
    one.send_application(b"8", b"37=A\x01")
    one.forget()
    one.send_application(b"8", b"37=B\x01")
    one.drain()
    one.resend(1, 2)
    assert summary(one.drain()) == ["4 1 Y 2", "8 2 Y"]


def test_a_request_far_back_costs_no_more_than_the_store() -> None:
    one = sender(next_out=10**15)
    one.send_application(b"8", b"37=A\x01")
    one.drain()
    one.resend(1, 10**15)
    assert summary(one.drain()) == [f"4 1 Y {10**15}", f"8 {10**15} Y"]
    assert RESEND_MESSAGES_MAX < 10**15


def test_a_reset_goes_out_under_number_one_and_uses_none_up() -> None:
    one = sender(next_out=5)
    one.reset_sequence(9)
    assert summary(one.drain()) == ["4 1 9"]
    assert (one.numbers.next_out, one.numbers.changed) == (5, False)


def test_times_are_stated_as_both_ends_know_them() -> None:
    settings = acceptor_settings(time_offset_s=28_800, resend_application_messages=True)
    one = Sender(settings, Numbers(1, 1))
    one.set_time(1000, START_UTC_NS)
    one.send_application(b"8", b"37=A\x01")
    one.set_time(2000, LATER)
    one.resend(1, 1)
    one.reset_sequence(2)
    first, again, reset = [dict(fields_of(frame)) for frame in split_frames(one.drain())]
    assert first["52"] == again["122"] == "20241125-09:30:00.000"
    assert again["52"] == reset["52"] == "20241125-09:30:01.000"
    assert one.utc_ns() == LATER


def test_a_logon_says_the_applications_version_last() -> None:
    one = Sender(acceptor_settings(application_version=b"STEP1.20_SZ_1.00"), Numbers(1, 1))
    one.default_appl_ver_id = b"9"
    one.logon(30, True, 1)
    [frame] = split_frames(one.drain())
    assert fields_of(frame)[-3:-1] == [("1137", "9"), ("1408", "STEP1.20_SZ_1.00")]
