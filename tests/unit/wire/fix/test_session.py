"""Conversations by the session rules of FIX 4.4 Volume 2; the case numbers are those of its "Test cases"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.wire.fix import faults, states
from cross_market_connect.wire.fix.encoder import fill_secret
from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.session import INBOUND_MESSAGES_MAX, RECEIVE_BYTES_MAX, FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, ROLE_INITIATOR, SessionSettings
from tests.unit.wire.fix.support import (
    DICTIONARY,
    START_UTC_NS,
    Conversation,
    acceptor,
    acceptor_settings,
    fields_of,
    make_frame,
    split_frames,
)

LOGON = "> 35=A|34=1|98=0|108=30\n< 35=A|34=1|98=0|108=30\n"

ACCEPTOR_CONVERSATIONS = {
    "logon with the expected number is answered with the same HeartBtInt": """
        > 35=A|34=1|98=0|108=7                                       # 1S.a
        < 35=A|34=1|98=0|108=7
        next 2 2""",
    "logon beyond a gap is answered, then the gap is asked for": """
        > 35=A|34=5|98=0|108=30                                      # 1S.a
        < 35=A|34=1|98=0|108=30
        < 35=2|34=2|7=1|16=4
        > 35=4|34=1|43=Y|122=@|123=Y|36=5                            # the gap is filled; the Logon is not repeated
        > 35=0|34=6
        next 7 3""",
    "logon from an unknown CompID is not answered": """
        > 35=A|34=1|49=OTHER|98=0|108=30                             # 1S.c
        closed 3
        next 1 1""",
    "logon for another CompID is not answered": """
        > 35=A|34=1|56=OTHER|98=0|108=30                             # 1S.c
        closed 3
        next 1 1""",
    "logon without HeartBtInt is rejected": """
        > 35=A|34=1|98=0                                             # 1S.d
        < 35=3|34=1|45=1|371=108|372=A|373=1|58=Required tag missing
        < 35=5|34=2|58=Invalid Logon
        closed 3""",
    "logon with encryption is rejected": """
        > 35=A|34=1|98=2|108=30                                      # 1S.d
        < 35=3|34=1|45=1|371=98|372=A|373=5|58=Value is incorrect (out of range) for this tag
        < 35=5|34=2|58=Value of tag 98 not supported
        closed 3""",
    "logon with a negative HeartBtInt is rejected": """
        > 35=A|34=1|98=0|108=-1                                      # 1S.d
        < 35=3|34=1|45=1|371=108|372=A|373=5|58=Value is incorrect (out of range) for this tag
        < 35=5|34=2|58=Value of tag 108 not supported
        closed 3""",
    "logon with a SendingTime off by more than the tolerance": """
        > 35=A|34=1|52=@-121|98=0|108=30                             # 1S.d
        < 35=5|34=1|58=SendingTime accuracy problem
        closed 3""",
    "logon with another BeginString": """
        > 35=A|34=1|98=0|108=30                                      # accepted, then 2.i
        < 35=A|34=1|98=0|108=30
        raw4.1 35=0|49=XMC|56=VENUE|34=2|52=@
        < 35=5|34=2|58=Incorrect BeginString
        closed 3""",
    "first message is not a logon": """
        > 35=0|34=1                                                  # 1S.e
        closed 3
        next 1 1""",
    "no logon in time": """
        wait 9.9
        next 1 1
        wait 0.2
        closed 4""",
    "logon with ResetSeqNumFlag starts both numbers at 1": LOGON
    + """
        > 35=A|34=1|98=0|108=30|141=Y                                # Logon within a session, 24-hour connections
        < 35=A|34=1|98=0|108=30|141=Y
        next 2 2
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A""",
    "messages in sequence": LOGON
    + """
        > 35=0|34=2                                                  # 2.a
        > 35=D|34=3|$ORDER
        app D 3
        next 4 2""",
    "number too high: exactly what is missing is asked for, and what came is kept": LOGON
    + """
        > 35=D|34=4|$ORDER                                          # 2.b
        < 35=2|34=2|7=2|16=3
        > 35=D|34=5|$ORDER                                          # no second request while one is open
        > 35=4|34=2|43=Y|122=@|123=Y|36=4                            # 10.a, nothing to resend
        app D 4
        app D 5
        next 6 3""",
    "a second gap behind the first is asked for next": LOGON
    + """
        > 35=D|34=4|$ORDER                                          # 2.b
        < 35=2|34=2|7=2|16=3
        > 35=D|34=7|$ORDER
        > 35=D|34=2|43=Y|122=@|$ORDER
        app D 2
        > 35=D|34=3|43=Y|122=@|$ORDER
        < 35=2|34=3|7=5|16=6
        app D 3
        app D 4
        > 35=4|34=5|43=Y|122=@|123=Y|36=7
        app D 7
        next 8 4""",
    "number too low without PossDup ends the session": LOGON
    + """
        > 35=0|34=1                                                  # 2.c
        < 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1
        closed 3
        next 2 3""",
    "a duplicate is dropped": LOGON
    + """
        > 35=D|34=2|$ORDER
        app D 2
        > 35=D|34=2|43=Y|122=@|$ORDER                               # 2.e
        next 3 2""",
    "PossDup with OrigSendingTime after SendingTime": LOGON
    + """
        > 35=D|34=2|$ORDER
        app D 2
        > 35=D|34=2|43=Y|122=@+10|$ORDER                            # 2.f
        < 35=3|34=2|45=2|372=D|373=10|58=SendingTime accuracy problem
        < 35=5|34=3|58=SendingTime accuracy problem
        closed 3
        next 3 4""",
    "PossDup without OrigSendingTime": LOGON
    + """
        > 35=D|34=2|$ORDER
        app D 2
        > 35=D|34=2|43=Y|$ORDER                                     # 2.g
        < 35=3|34=2|45=2|371=122|372=D|373=1|58=Required tag missing
        > 35=1|34=3|112=HELLO                                        # the number did not advance
        < 35=0|34=3|112=HELLO""",
    "CompID of somebody else within a session": LOGON
    + """
        > 35=D|34=2|49=OTHER|$ORDER                                 # 2.k
        < 35=3|34=2|45=2|372=D|373=9|58=CompID problem
        < 35=5|34=3|58=CompID problem
        closed 3
        next 3 4""",
    "SendingTime too early": LOGON
    + """
        > 35=0|34=2|52=@-121                                         # 2.o
        < 35=3|34=2|45=2|372=0|373=10|58=SendingTime accuracy problem
        < 35=5|34=3|58=SendingTime accuracy problem
        closed 3
        next 3 4""",
    "SendingTime too late": LOGON
    + """
        > 35=0|34=2|52=@+121                                         # 2.o
        < 35=3|34=2|45=2|372=0|373=10|58=SendingTime accuracy problem
        < 35=5|34=3|58=SendingTime accuracy problem
        closed 3""",
    "SendingTime at the tolerance is accepted": LOGON
    + """
        > 35=0|34=2|52=@-120                                         # 2.n
        > 35=0|34=3|52=@+120
        next 4 2""",
    "SendingTime missing": LOGON
    + """
        > 35=0|34=2|52=                                              # 14.b
        < 35=3|34=2|45=2|371=52|372=0|373=1|58=Required tag missing
        next 3 3""",
    "MsgType that no version knows": LOGON
    + """
        > 35=*|34=2                                                  # 2.q
        < 35=3|34=2|45=2|372=*|373=11|58=Invalid MsgType
        next 3 3""",
    "MsgType that is valid but not supported": LOGON
    + """
        > 35=R|34=2|131=Q1                                           # 2.r
        < 35=j|34=2|45=2|372=R|380=3|58=Unsupported message type
        next 3 3""",
    "MsgSeqNum missing ends the session": LOGON
    + """
        raw 35=0|49=XMC|56=VENUE|52=@                                # "What constitutes a garbled message"
        < 35=5|34=2|58=MsgSeqNum missing
        closed 3""",
    "nothing sent for HeartBtInt": LOGON
    + """
        wait 29
        > 35=0|34=2
        wait 1                                                       # 4.a
        < 35=0|34=2""",
    "test request is answered with its id": LOGON
    + """
        > 35=1|34=2|112=HELLO                                        # 4.b
        < 35=0|34=2|112=HELLO""",
    "silence is tested, then given up": LOGON
    + """
        wait 36                                                      # 6: HeartBtInt and a fifth
        < 35=0|34=2
        < 35=1|34=3|112=TEST-1
        wait 36
        < 35=0|34=4
        < 35=5|34=5|58=TestRequest not answered
        closed 4""",
    "any message ends the silence": LOGON
    + """
        wait 36
        < 35=0|34=2
        < 35=1|34=3|112=TEST-1
        wait 20
        > 35=0|34=2|112=TEST-1                                       # 5
        wait 35
        < 35=0|34=4
        next 3 5""",
    "a reject is counted, delivered and not answered": LOGON
    + """
        > 35=3|34=2|45=1|373=5|58=no                                 # 7
        app 3 2
        next 3 2""",
    "a malformed reject is not rejected": LOGON
    + """
        > 35=3|34=2|58=no
        next 3 2""",
    "administrative messages are gap-filled, not resent": LOGON
    + """
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A
        > 35=2|34=3|7=1|16=0                                         # 8.a
        < 35=4|34=1|43=Y|122=@|123=Y|36=3
        next 4 3""",
    "a resend request for a range ends there": LOGON
    + """
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A
        > 35=2|34=3|7=1|16=1                                         # 8.a
        < 35=4|34=1|43=Y|122=@|123=Y|36=2
        > 35=2|34=4|7=2|16=999999                                    # beyond the last sent: all of it
        < 35=4|34=2|43=Y|122=@|123=Y|36=3""",
    "a resend request for what was never sent": LOGON
    + """
        > 35=2|34=2|7=2|16=0
        < 35=3|34=2|45=2|371=7|372=2|373=5|58=Value is incorrect (out of range) for this tag""",
    "a resend request backwards": LOGON
    + """
        > 35=2|34=2|7=1|16=0
        < 35=4|34=1|43=Y|122=@|123=Y|36=2
        > 35=2|34=3|7=0|16=1
        < 35=3|34=2|45=3|371=7|372=2|373=5|58=Value is incorrect (out of range) for this tag""",
    "a resend request beyond a gap is answered at once, and once": LOGON
    + """
        > 35=2|34=3|7=1|16=0                                         # 20: both sides miss messages
        < 35=4|34=1|43=Y|122=@|123=Y|36=2
        < 35=2|34=2|7=2|16=2
        > 35=4|34=2|43=Y|122=@|123=Y|36=3
        next 4 3""",
    "a resend request is repeated when nothing comes, then given up": LOGON
    + """
        > 35=0|34=3
        < 35=2|34=2|7=2|16=2
        wait 10
        < 35=2|34=3|7=2|16=2
        wait 10
        < 35=2|34=4|7=2|16=2
        wait 10
        < 35=5|34=5|58=ResendRequest not answered
        closed 3""",
    "gap fill beyond a gap": LOGON
    + """
        > 35=4|34=5|123=Y|36=20                                      # 10.b
        < 35=2|34=2|7=2|16=4
        > 35=4|34=2|43=Y|122=@|123=Y|36=5
        next 20 3""",
    "gap fill seen before": LOGON
    + """
        > 35=0|34=2
        > 35=4|34=2|43=Y|122=@|123=Y|36=9                            # 10.c
        next 3 2""",
    "gap fill too low": LOGON
    + """
        > 35=4|34=1|123=Y|36=9                                       # 10.d
        < 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1
        closed 3""",
    "gap fill to where it is": LOGON
    + """
        > 35=4|34=2|123=Y|36=2                                       # 10.e
        < 35=3|34=2|45=2|371=36|372=4|373=5|58=Value is incorrect (out of range) for this tag
        next 3 3""",
    "gap fill over a message that is here": LOGON
    + """
        > 35=D|34=4|$ORDER
        < 35=2|34=2|7=2|16=3
        > 35=4|34=2|43=Y|122=@|123=Y|36=9
        app D 4
        next 9 3""",
    "reset to a higher number": LOGON
    + """
        > 35=4|34=99|36=20                                           # 11.a: its own number does not count
        next 20 2
        > 35=0|34=20
        next 21 2""",
    "reset to the expected number": LOGON
    + """
        > 35=4|34=1|123=N|36=2                                       # 11.b
        next 2 2""",
    "reset to a lower number": LOGON
    + """
        > 35=4|34=7|36=1                                             # 11.c
        < 35=3|34=2|45=7|371=36|372=4|373=5|58=Value is incorrect (out of range) for this tag
        next 2 3""",
    "logout is answered": LOGON
    + """
        > 35=5|34=2|58=bye                                           # 13.b
        < 35=5|34=2
        closed 2
        next 3 3""",
    "logout beyond a gap is answered, the gap stays": LOGON
    + """
        > 35=5|34=9
        < 35=5|34=2
        closed 2
        next 2 3""",
    "undefined tag": LOGON
    + """
        > 35=0|34=2|4999=x                                           # 14.a
        < 35=3|34=2|45=2|371=4999|372=0|373=0|58=Invalid tag number""",
    "undefined user-defined tag": LOGON
    + """
        > 35=0|34=2|5001=x                                           # 14.a, a tag that could be agreed on
        < 35=3|34=2|45=2|371=5001|372=0|373=3|58=Undefined tag""",
    "conditionally required field missing": LOGON
    + """
        > 35=D|34=2|11=C1|55=IF2412|54=1|60=@|38=1|40=2
        < 35=j|34=2|45=2|372=D|379=C1|380=5|58=Conditionally required field missing: tag 44""",
    "a second logon changes nothing": LOGON
    + """
        > 35=A|34=2|98=0|108=5
        next 3 2""",
}


@pytest.mark.parametrize("name", ACCEPTOR_CONVERSATIONS)
def test_acceptor(name: str) -> None:
    acceptor().play(ACCEPTOR_CONVERSATIONS[name])


INITIATOR_CONVERSATIONS = {
    "logon answered": """
        > 35=A|34=1|98=0|108=30                                      # 1B.c
        next 2 2""",
    "logon answered beyond a gap": """
        > 35=A|34=4|98=0|108=30                                      # 1B.c
        < 35=2|34=2|7=1|16=3
        > 35=8|34=1|43=Y|122=@|37=O1|17=E1|150=0|39=0|54=1|151=1|14=0|6=0
        app 8 1
        > 35=4|34=2|43=Y|122=@|123=Y|36=4
        > 35=0|34=5
        next 6 3""",
    "logon refused by a logout": """
        > 35=5|34=1|58=unknown user
        closed 2
        next 2 2""",
    "first message is not a logon": """
        > 35=0|34=1                                                  # 1B.e
        < 35=5|34=2|58=First message not a Logon
        closed 3""",
    "logon from another CompID": """
        > 35=A|34=1|49=OTHER|98=0|108=30                             # 1B.d
        < 35=5|34=2|58=CompID problem
        closed 3""",
    "logon with a number too low": """
        > 35=A|34=0|98=0|108=30                                      # 2.c
        < 35=5|34=2|58=MsgSeqNum too low, expecting 1 but received 0
        closed 3""",
    "reset that was not asked for, while both are at 1 anyway": """
        > 35=A|34=1|98=0|108=30|141=Y
        next 2 2""",
    "no answer": """
        wait 10
        closed 4""",
    "old orders are never resent": """
        > 35=A|34=1|98=0|108=30
        order 2
        order 3
        > 35=2|34=2|7=1|16=0                                         # 8: gap fill over orders
        < 35=4|34=1|43=Y|122=@|123=Y|36=4
        next 3 4""",
    "logging out": """
        > 35=A|34=1|98=0|108=30
        logout end of day
        < 35=5|34=2|58=end of day                                    # 12
        > 35=1|34=2|112=X                                            # the counterparty may still finish
        < 35=0|34=3|112=X
        > 35=5|34=3
        closed 1
        next 4 4""",
    "logout not answered": """
        > 35=A|34=1|98=0|108=30
        logout
        < 35=5|34=2
        wait 5                                                       # 12
        closed 4""",
}


def initiator_settings(**changes: object) -> SessionSettings:
    return acceptor_settings(
        sender_comp_id=b"XMC",
        target_comp_id=b"VENUE",
        role=ROLE_INITIATOR,
        **{"resend_application_messages": False, **changes},
    )


def initiator(next_in: int = 1, next_out: int = 1, **changes: object) -> Conversation:
    """An engine's session whose Logon was sent."""
    session = FixSession(initiator_settings(**changes), DICTIONARY, next_in, next_out)
    session.connection_opened(0)
    conversation = Conversation(session, "XMC", "VENUE")
    session.log_on(0, START_UTC_NS)
    conversation.collect()
    return conversation


@pytest.mark.parametrize("name", INITIATOR_CONVERSATIONS)
def test_initiator(name: str) -> None:
    conversation = initiator()
    assert conversation.sent.pop() == "35=A|34=1|98=0|108=30"
    conversation.play(INITIATOR_CONVERSATIONS[name])


def test_the_initiator_asks_for_a_reset_and_insists_on_agreement() -> None:
    agreed = initiator(41, 17, reset_on_logon=True)
    agreed.play("< 35=A|34=1|98=0|108=30|141=Y\n> 35=A|34=1|98=0|108=30|141=Y\nnext 2 2")
    silent = initiator(41, 17, reset_on_logon=True)
    silent.play("< 35=A|34=1|98=0|108=30|141=Y\n> 35=A|34=1|98=0|108=30\nnext 2 2")
    refused = initiator(41, 17, reset_on_logon=True)
    refused.play(
        """
        < 35=A|34=1|98=0|108=30|141=Y
        > 35=A|34=41|98=0|108=30
        < 35=5|34=2|58=ResetSeqNumFlag not as agreed
        closed 3"""
    )


def test_a_reset_nobody_asked_for_ends_the_session() -> None:
    conversation = initiator(41, 17)
    conversation.play(
        """
        < 35=A|34=17|98=0|108=30
        > 35=A|34=1|98=0|108=30|141=Y
        < 35=5|34=18|58=ResetSeqNumFlag not as agreed
        closed 3
        next 41 19"""
    )


def test_the_acceptor_resets_when_asked() -> None:
    acceptor(41, 17).play("> 35=A|34=1|98=0|108=30|141=Y\n< 35=A|34=1|98=0|108=30|141=Y\nnext 2 2")
    wrong = acceptor(41, 17)
    wrong.play("> 35=A|34=41|98=0|108=30|141=Y\n< 35=5|34=17|58=ResetSeqNumFlag not as agreed\nclosed 3")


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


def test_the_acceptor_resends_reports_and_fills_over_the_rest() -> None:
    conversation = acceptor()
    conversation.play(LOGON)
    report = b"37=O1\x0117=E1\x01150=0\x0139=0\x0154=1\x01151=1\x0114=0\x016=0\x01"
    first_time = conversation.expand("@")
    assert conversation.session.send(b"8", report, conversation.now_ns, conversation.utc_ns) == 2
    conversation.collect()
    conversation.sent.clear()
    conversation.play(
        f"""
        wait 5
        > 35=1|34=2|112=A
        < 35=0|34=3|112=A
        > 35=2|34=3|7=1|16=0                                         # 8.a
        < 35=4|34=1|43=Y|122=@|123=Y|36=2
        < 35=8|34=2|43=Y|122={first_time}|37=O1|17=E1|150=0|39=0|54=1|151=1|14=0|6=0
        < 35=4|34=3|43=Y|122=@|123=Y|36=4
        next 4 4"""
    )


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
    conversation.play(ACCEPTOR_CONVERSATIONS["logon beyond a gap is answered, then the gap is asked for"])
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


class Wire:
    """Two sessions joined by a fake wire that can lose whole messages in either direction."""

    def __init__(self, is_resending: bool) -> None:
        settings = initiator_settings(heartbeat_interval_s=30)
        self.engine = FixSession(settings, DICTIONARY)
        self.venue = FixSession(acceptor_settings(resend_application_messages=is_resending), DICTIONARY)
        self.engine_got: list[bytes] = []
        self.venue_got: list[bytes] = []
        self.now_ns = 0

    def connect(self) -> None:
        self.engine.connection_opened(self.now_ns)
        self.venue.connection_opened(self.now_ns)
        self.engine.log_on(self.now_ns, self.utc_ns)
        self.exchange()

    @property
    def utc_ns(self) -> int:
        return START_UTC_NS + self.now_ns

    def exchange(self, lose_to_venue: int = -1, lose_to_engine: int = -1) -> None:
        """Pass messages until both are silent; of the first batch each way one message may be lost."""
        while True:
            to_venue, to_engine = self.drain(self.engine), self.drain(self.venue)
            if not to_venue and not to_engine:
                return
            for receiver, frames, lost in (
                (self.venue, to_venue, lose_to_venue),
                (self.engine, to_engine, lose_to_engine),
            ):
                receiver.receive(b"".join(f for i, f in enumerate(frames) if i != lost), self.now_ns, self.utc_ns)
            lose_to_venue = lose_to_engine = -1
            self.engine_got += [m.get(17) for m in self.engine.take_messages()]
            self.venue_got += [m.get(11) for m in self.venue.take_messages()]

    def drain(self, session: FixSession) -> list[bytes]:
        """What a session sends; new numbers were announced, so that they could be stored first."""
        frames = split_frames(session.data_to_send())
        assert session.sequence_changed or all(b"\x0143=Y" in frame for frame in frames)
        session.sequence_saved()
        return frames

    def order(self, name: str) -> None:
        body = f"11={name}|55=X|54=1|60=20241125-01:30:00|38=1|40=1|".replace("|", "\x01").encode()
        self.engine.send(b"D", body, self.now_ns, self.utc_ns)

    def report(self, name: str) -> None:
        body = f"37=O|17={name}|150=0|39=0|54=1|151=1|14=0|6=0|".replace("|", "\x01").encode()
        self.venue.send(b"8", body, self.now_ns, self.utc_ns)


ACTIONS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-1, 3), st.integers(-1, 3)), max_size=8)


@given(ACTIONS)
def test_reports_survive_losses_in_order_and_once_and_orders_are_never_late(actions: list[tuple[int, ...]]) -> None:
    wire = Wire(is_resending=True)
    wire.connect()
    reports: list[bytes] = []
    orders: list[bytes] = []
    for orders_count, reports_count, lose_to_venue, lose_to_engine in actions:
        for _ in range(orders_count):
            orders.append(b"C%d" % len(orders))
            wire.order(orders[-1].decode())
        for _ in range(reports_count):
            reports.append(b"E%d" % len(reports))
            wire.report(reports[-1].decode())
        wire.exchange(lose_to_venue, lose_to_engine)
    wire.now_ns += 31 * 10**9  # a heartbeat shows what the last loss hid
    for session in (wire.engine, wire.venue):
        session.handle_timer(wire.now_ns, wire.utc_ns)
    wire.exchange()
    assert wire.engine.is_logged_on
    assert wire.venue.is_logged_on
    assert wire.engine_got == reports
    assert (wire.engine.next_in, wire.venue.next_in) == (wire.venue.next_out, wire.engine.next_out)
    assert wire.venue_got == [name for name in orders if name in wire.venue_got], "in order, none twice"


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
