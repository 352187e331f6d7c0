"""The second opinion on what was told: fragments, repetitions, orders of arrival, and what a power cut takes back."""

from cross_market_connect.simulation.told import Told


def report(name: int, kind: str, status: str, cumulative: int, execution: int, original: int = 0) -> bytes:
    ids = f"11={name}|41={original}" if original else f"11={name}"
    text = f"8=FIX.4.4|9=1|35=8|{ids}|17={execution}|150={kind}|39={status}|14={cumulative}|10=000|"
    return text.replace("|", "\x01").encode()


def test_cumulative_quantities_count_in_any_order_and_fragments_are_put_together() -> None:
    told = Told()
    order = told.sent(7, 5)
    data = report(7, "F", "1", 3, 2) + report(7, "F", "1", 2, 1) + b"8=FI"
    for at in range(0, len(data), 4):
        told.received(0, data[at : at + 4])
    told.received(0, report(7, "C", "C", 3, 3)[4:])
    assert (order.cumulative, order.ended, order.live_lots(), order.late_fills) == (3, True, 0, 0)


def test_a_fill_after_the_end_is_late_once_and_a_cancelled_trade_lowers() -> None:
    told = Told()
    order = told.sent(7, 5)
    told.received(0, report(8, "4", "4", 1, 1, original=7))
    late = report(7, "F", "4", 3, 2)
    told.received(0, late + late)
    assert (order.ended, order.cumulative, order.late_fills, order.taken_back) == (True, 3, 1, False)
    told.received(0, report(7, "H", "4", 1, 3))
    assert (order.cumulative, order.taken_back) == (1, True)


def test_a_fill_that_a_gap_held_back_does_not_undo_the_trade_s_cancellation() -> None:
    told = Told()
    order = told.sent(7, 5)
    first, fill, bust, again = (
        report(7, kind, status, total, number).replace(b"35=8", b"35=8\x0134=%d" % number)
        for number, (kind, status, total) in enumerate([("0", "0", 0), ("F", "2", 5), ("H", "4", 0), ("F", "4", 2)], 1)
    )
    told.received(0, first + bust)
    assert (order.cumulative, order.taken_back) == (0, True)
    told.received(0, fill)
    assert (order.cumulative, order.live_lots()) == (0, 0)
    told.seq = 20
    told.received(0, again + fill + bust)
    assert order.cumulative == 2
    told.forget_after(15)
    assert order.cumulative == 0 and len(order.statements) == 3


def copied(data: bytes, number: int) -> bytes:
    """The report as a drop copy, under another session's number."""
    return data.replace(b"35=8", b"35=8\x0134=%d" % number).replace(b"10=000", b"797=Y\x0110=000")


def test_copies_add_what_the_order_session_has_not_told_yet_whatever_their_numbers() -> None:
    told = Told()
    order = told.sent(7, 5)
    told.received(0, report(7, "0", "0", 0, 11).replace(b"35=8", b"35=8\x0134=900"))
    told.received(4, copied(report(7, "F", "1", 3, 12), 2))
    assert (order.cumulative, order.ended) == (3, False)
    told.received(4, copied(report(7, "H", "1", 1, 13), 3))
    assert (order.cumulative, order.taken_back) == (1, True)
    told.received(0, report(7, "F", "1", 3, 12).replace(b"35=8", b"35=8\x0134=901"))
    assert order.cumulative == 1, "the copy is ahead of the order session"
    told.received(0, report(7, "H", "1", 1, 13).replace(b"35=8", b"35=8\x0134=902"))
    told.received(0, report(7, "F", "1", 2, 14).replace(b"35=8", b"35=8\x0134=903"))
    told.received(4, copied(report(7, "4", "4", 2, 15), 4))
    assert (order.cumulative, order.ended) == (2, True)


def test_that_an_order_lives_is_no_news_in_a_copy() -> None:
    told = Told()
    order = told.sent(7, 5)
    told.received(0, report(7, "8", "8", 0, 2))
    told.received(4, copied(report(7, "0", "0", 0, 1), 1))
    assert order.ended


def test_a_duplicate_id_says_nothing_about_the_first_order() -> None:
    told = Told()
    order = told.sent(7, 5)
    told.received(0, report(7, "8", "8", 0, 1).replace(b"10=000", b"103=6\x0110=000"))
    assert not order.ended
    told.received(0, report(7, "8", "8", 0, 2).replace(b"10=000", b"103=3\x0110=000"))
    assert order.ended and order.rejected


def test_a_status_answer_says_that_an_order_was_refused_whatever_for() -> None:
    told = Told()
    order = told.sent(7, 5)
    told.received(0, report(7, "I", "8", 0, 1).replace(b"10=000", b"103=6\x0110=000"))
    assert order.ended and order.rejected and order.live_lots() == 0


def test_an_order_that_is_acknowledged_after_its_refusal_may_live_unless_another_end_was_told() -> None:
    refusal, end = report(7, "8", "8", 0, 1), report(7, "C", "C", 0, 2)
    lives = [report(7, "0", "0", 0, 3), report(7, "F", "1", 0, 4)]
    for said, ended in [
        ([refusal], True),
        ([refusal, lives[0]], False),
        ([refusal, lives[1]], False),
        ([refusal, lives[0], end], True),
        ([refusal, end, lives[0]], True),
        ([end, lives[1]], True),
        ([refusal, lives[0], refusal], True),
    ]:
        told = Told()
        order = told.sent(7, 5)
        told.seq = 10
        for one in said[:-1]:
            told.received(0, one)
        told.seq = 20
        before = order.ended
        told.received(0, said[-1])
        assert order.ended is ended and order.rejected is (refusal in said), said
        told.forget_after(15)
        assert order.ended is before, said


def test_what_a_power_cut_took_is_known_no_more() -> None:
    told = Told()
    order = told.sent(7, 5)
    told.seq = 10
    told.received(0, report(7, "F", "1", 2, 1))
    told.seq = 20
    told.received(0, report(7, "F", "2", 5, 2))
    told.forget_after(15)
    assert (order.cumulative, order.ended) == (2, False)


def test_what_a_run_was_told_last_it_may_not_have_acted_on() -> None:
    told = Told()
    earlier, last = told.sent(6, 5), told.sent(7, 5)
    told.seq = 10
    told.received(0, report(6, "F", "2", 5, 1))
    told.seq = 20
    told.received(0, report(7, "F", "2", 5, 2))
    told.forget_after(20)
    assert (earlier.half_read, last.half_read, last.ended, last.acted_on) == (False, True, True, 0)
    told.received(0, report(7, "F", "2", 5, 2))
    assert not last.half_read


def test_a_venue_lets_us_log_out_until_the_next_connection_begins() -> None:
    told = Told()
    told.received(3, b"8=FIX.4.4|9=1|35=5|58=end of the run|10=000|".replace(b"|", b"\x01"))
    told.received(4, report(7, "F", "1", 2, 1))
    told.connected(3, begins=False)
    assert told.logged_out == {3}
    told.connected(3, begins=True)
    assert told.logged_out == set()
    told.logged_out.add(3)
    told.forget_after(10)
    assert told.logged_out == set()


def test_what_was_half_received_goes_with_the_connection() -> None:
    told = Told()
    order = told.sent(7, 5)
    told.received(0, report(7, "F", "1", 2, 1)[:-3])
    told.connected(0, begins=True)
    told.received(0, report(7, "0", "0", 0, 2))
    assert order.cumulative == 0
