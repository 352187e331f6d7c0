"""Bounds, numbers, misuse and losses of a FIX session; its rules are the conversations of tests/conformance/fix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.wire.fix import faults, states
from cross_market_connect.wire.fix.encoder import fill_secret
from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.session import INBOUND_MESSAGES_MAX, RECEIVE_BYTES_MAX, FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, ROLE_INITIATOR
from tests.unit.wire.fix.support import (
    DICTIONARY,
    START_UTC_NS,
    acceptor,
    acceptor_settings,
    fields_of,
    initiator_settings,
    make_frame,
    split_frames,
)

LOGON = "> 35=A|34=1|98=0|108=30\n< 35=A|34=1|98=0|108=30\n"


USERS = {b"trader": b"correct horse"}


@pytest.mark.parametrize(
    ("fields", "is_known"),
    [
        ("553=trader|554=correct horse", True),
        ("553=trader|554=wrong", False),
        ("553=trader", False),
        ("553=nobody|554=correct horse", False),
        ("553=nobody", False),
        ("554=correct horse", False),
    ],
)
def test_the_acceptor_knows_its_users(fields: str, is_known: bool) -> None:
    conversation = acceptor(credentials=USERS)
    conversation.receive(make_frame(conversation.complete(f"35=A|34=1|98=0|108=30|{fields}")))
    assert conversation.session.is_logged_on == is_known
    if not is_known:
        conversation.play("< 35=5|34=1|58=Invalid username or password\nclosed 3")
    reports = [(fault.name, fault.text) for fault in conversation.session.take_faults()]
    assert reports == ([] if is_known else [("unknown credentials", b"")]), "no password in what is logged"


def test_the_password_is_a_placeholder_until_the_shell_fills_it() -> None:
    session = FixSession(initiator_settings(username=b"trader", password_placeholder=b"{secret:venue}"), DICTIONARY)
    session.connection_opened(0)
    session.log_on(0, START_UTC_NS)
    data = session.data_to_send()
    assert session.data_has_secret
    assert dict(fields_of(data))["554"] == "{secret:venue}"
    venue = acceptor(credentials=USERS).session
    venue.receive(fill_secret(data, b"{secret:venue}", b"correct horse"), 0, START_UTC_NS)
    assert venue.is_logged_on
    session.receive(venue.data_to_send(), 0, START_UTC_NS)
    session.log_out(b"", 0, START_UTC_NS)
    assert session.data_to_send()
    assert not session.data_has_secret


def test_messages_behind_a_gap_are_bounded_and_asked_for_again() -> None:
    conversation = acceptor(heartbeat_interval_s=0)
    conversation.play("> 35=A|34=1|98=0|108=0\n< 35=A|34=1|98=0|108=0\n> 35=0|34=3\n< 35=2|34=2|7=2|16=2")
    for number in range(4, 1500):
        conversation.receive(make_frame(conversation.complete(f"35=0|34={number}")))
    assert conversation.session.faults.count(faults.FAULT_QUEUE_LIMIT) == 1499 - 3 + 1 - 1024
    conversation.play("> 35=4|34=2|43=Y|122=@|123=Y|36=3\nnext 1027 3")
    conversation.play("> 35=0|34=1500\n< 35=2|34=3|7=1027|16=1499")


def test_a_logon_beyond_a_gap_is_not_a_second_logon_when_its_turn_comes() -> None:
    conversation = acceptor()
    conversation.play(
        """
        > 35=A|34=5|98=0|108=30
        < 35=A|34=1|98=0|108=30
        < 35=2|34=2|7=1|16=4
        > 35=4|34=1|43=Y|122=@|123=Y|36=5
        > 35=0|34=6"""
    )
    assert [report.name for report in conversation.session.take_faults()] == ["MsgSeqNum gap"]


def test_numbers_that_changed_are_reported_until_saved() -> None:
    conversation = acceptor()
    assert not conversation.session.sequence_changed
    conversation.play(LOGON)
    assert conversation.session.sequence_changed
    conversation.session.sequence_saved()
    conversation.play("> 35=D|34=1|43=Y|122=@|" + "11=C1|55=X|54=1|60=@|38=1|40=1")
    assert not conversation.session.sequence_changed, "a dropped duplicate changes nothing"
    conversation.play("> 35=0|34=2")
    assert conversation.session.sequence_changed


def test_the_session_goes_on_over_a_new_connection() -> None:
    conversation = acceptor()
    conversation.play(LOGON + "> 35=0|34=2")
    conversation.session.connection_lost(0)
    assert conversation.session.state == states.DISCONNECTED
    assert conversation.session.next_timer_ns() == NO_TIMER
    conversation.session.connection_opened(0)
    conversation.play("> 35=A|34=3|98=0|108=30\n< 35=A|34=2|98=0|108=30\nnext 4 3")


def test_what_was_behind_a_gap_is_missing_again_after_a_new_connection() -> None:
    conversation = acceptor()
    conversation.play(LOGON + "> 35=0|34=4\n< 35=2|34=2|7=2|16=3")
    assert conversation.session.gap_pending
    conversation.session.connection_lost(0)
    assert not conversation.session.gap_pending
    conversation.session.connection_opened(0)
    conversation.play("> 35=A|34=5|98=0|108=30\n< 35=A|34=3|98=0|108=30\n< 35=2|34=4|7=2|16=4")


def test_half_a_message_of_the_old_connection_is_not_continued() -> None:
    conversation = acceptor()
    conversation.session.receive(make_frame("35=A|34=1")[:20], 0, START_UTC_NS)
    conversation.session.connection_lost(0)
    conversation.session.connection_opened(0)
    conversation.play(LOGON)
    assert conversation.session.faults.total() == 0


def test_garbled_messages_are_counted_and_leave_a_gap() -> None:
    conversation = acceptor()
    conversation.play(LOGON)
    conversation.receive(b"junk")  # 2.d
    good = make_frame(conversation.complete("35=0|34=2"))
    conversation.receive(good[:-4] + b"%03d\x01" % ((int(good[-4:-1]) + 1) % 256))  # 3.b
    conversation.receive(good.replace(b"\x0135=0\x01", b"\x0135=0x\x01"))  # 2.m
    conversation.play("> 35=0|34=3\n< 35=2|34=2|7=2|16=2")
    counts = conversation.session.faults
    assert counts.count(faults.FAULT_BAD_CHECKSUM) == 1
    assert counts.count(faults.FAULT_BAD_LENGTH) == 1
    assert counts.count(faults.FAULT_GARBLED) == 1
    assert [fault.code for fault in conversation.session.take_faults()].count(faults.FAULT_BAD_LENGTH) == 1


def test_after_the_decision_to_close_nothing_more_is_read() -> None:
    conversation = acceptor()
    conversation.play(LOGON + "> 35=5|34=2\n< 35=5|34=2\nclosed 2\n> 35=0|34=3\nnext 3 3")
    second = acceptor()
    second.play(LOGON)
    both = make_frame(second.complete("35=5|34=2")) + make_frame(second.complete("35=0|34=3"))
    second.receive(both)
    assert second.session.next_in == 3


def test_heartbeats_can_be_off() -> None:
    conversation = acceptor()
    conversation.play("> 35=A|34=1|98=0|108=0\n< 35=A|34=1|98=0|108=0\nwait 4000")
    assert conversation.session.next_timer_ns() == NO_TIMER


def test_timers_served_early_do_nothing() -> None:
    conversation = acceptor()
    conversation.session.handle_timer(1, START_UTC_NS)
    conversation.play(LOGON)
    conversation.session.handle_timer(29_999_999_999, START_UTC_NS)
    conversation.collect()
    assert conversation.sent == []


def test_misuse_is_a_local_error() -> None:
    fresh = FixSession(acceptor_settings(), DICTIONARY)
    with pytest.raises(LocalProtocolError):
        fresh.receive(b"x", 0, 0)
    with pytest.raises(LocalProtocolError):
        fresh.send(b"8", b"", 0, 0)
    with pytest.raises(LocalProtocolError):
        fresh.log_on(0, 0)
    fresh.connection_opened(0)
    with pytest.raises(LocalProtocolError):
        fresh.connection_opened(0)
    with pytest.raises(LocalProtocolError):
        fresh.log_on(0, 0)  # an acceptor waits
    with pytest.raises(LocalProtocolError):
        fresh.receive(b"x" * (RECEIVE_BYTES_MAX + 1), 0, 0)
    logged_on = acceptor()
    logged_on.play(LOGON)
    for admin_or_unknown in (b"0", b"A", b"ZZ"):
        with pytest.raises(LocalProtocolError):
            logged_on.session.send(admin_or_unknown, b"", 0, 0)
    with pytest.raises(LocalProtocolError):
        FixSession(acceptor_settings(begin_string=b"FIX.4.2"), DICTIONARY)
    with pytest.raises(LocalProtocolError):
        FixSession(acceptor_settings(), DICTIONARY, next_in=0)


@pytest.mark.slow
def test_messages_not_taken_are_bounded() -> None:
    session = acceptor(sending_time_tolerance_s=0).session
    session.receive(make_frame("35=A|49=XMC|56=VENUE|34=1|52=20241125-01:30:00|98=0|108=30"), 0, 0)
    order = "35=D|49=XMC|56=VENUE|34={}|52=20241125-01:30:00|11=C1|55=X|54=1|60=20241125-01:30:00|38=1|40=1"
    for number in range(2, INBOUND_MESSAGES_MAX + 3):
        session.receive(make_frame(order.format(number)), 0, 0)
    with pytest.raises(LocalProtocolError):
        session.receive(b"", 0, 0)
    assert len(session.take_messages()) == INBOUND_MESSAGES_MAX + 1


def test_logging_out_without_a_logon_only_closes() -> None:
    conversation = acceptor()
    conversation.session.log_out(b"", 0, START_UTC_NS)
    conversation.play("closed 1\nnext 1 1")
    conversation.session.log_out(b"", 0, START_UTC_NS)
    conversation.session.connection_lost(0)
    conversation.session.log_out(b"", 0, START_UTC_NS)
    assert conversation.session.state == states.DISCONNECTED


def test_an_impossible_event_is_our_bug() -> None:
    session = FixSession(acceptor_settings(), DICTIONARY)
    with pytest.raises(InvariantError):
        session._move(states.EVENT_LOGON_ACCEPTED)


@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_make_a_session_raise_or_deliver(garbage: bytes, position: int) -> None:
    conversation = acceptor()
    good = make_frame(conversation.complete("35=A|34=1|98=0|108=30"))
    data = good[:position] + garbage + good[position:]
    session = conversation.session
    session.receive(data, 0, START_UTC_NS)
    session.receive(garbage, 0, START_UTC_NS)
    split_frames(session.data_to_send())
    assert session.take_messages() == []


MUTATIONS = st.lists(
    st.tuples(st.sampled_from([1, 6, 7, 11, 16, 34, 35, 36, 38, 43, 44, 52, 54, 58, 95, 96, 108, 122, 123, 141, 268]),
              st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)),
    max_size=6,
)  # fmt: skip


@given(st.sampled_from("0123458DAWXjF"), MUTATIONS)
def test_no_well_framed_message_makes_a_session_raise(msg_type: str, fields: list[tuple[int, str]]) -> None:
    conversation = acceptor()
    conversation.play(LOGON)
    text = "|".join(f"{tag}={value.replace('|', '!').replace('@', '?')}" for tag, value in fields)
    conversation.receive(make_frame(f"35={msg_type}|49=XMC|56=VENUE|34=2|52=20241125-01:30:00|{text}".rstrip("|")))
    for message in conversation.session.take_messages():
        assert parse_message(message.frame, DICTIONARY).seq_num == 2


def test_roles_are_the_two_of_the_standard() -> None:
    assert {ROLE_INITIATOR, ROLE_ACCEPTOR} == {0, 1}
