"""Rules of LFIXT, the session layer of STEP: what differs from FIXT 1.1, and what must not.

Source: SSE and SZSE, "Lightweight STEP Session Layer Protocol" (LFIXT) 1.00, 2015-08-28: sections 2.1.5 to 2.1.8,
annexes C (ResendRequest), D (heartbeats) and G (states).
"""

from tests.conformance.fix.talk import ACCEPTOR, BOTH, INITIATOR, Talk

A, INI = (ACCEPTOR,), (INITIATOR,)
STEP = ("STEP.1.2",)
LOGON = "35=A|34=1|98=0|108=30|141=Y|789=1$V"
ANSWER = "35=A|34=1|98=0|108=30|141=Y|789=2$V"
QUOTE = "42=@|48=000001|8538=T0|268=0"
LOCAL = {"time_offset_s": 28_800}


def rule(
    number: str,
    name: str,
    text: str,
    roles: tuple[str, ...] = BOTH,
    is_logged_on: bool = True,
    settings: dict[str, object] | None = None,
    numbers: tuple[int, int] = (1, 1),
) -> Talk:
    return Talk(f"L.{number}", name, text, roles, is_logged_on, STEP, settings or {}, numbers)


TALKS = [
    rule("1", "a Logon begins at 1 and says that the answer may too", f"""
        logon
        < {LOGON}
        > {ANSWER}
        next 2 2""", INI, False),
    rule("1", "an answer without 141 and 789", f"""
        logon
        < {LOGON}
        > 35=A|34=1|98=0|108=30$V
        next 2 2""", INI, False),
    rule("1", "with user, secret and the application's version", """
        logon
        < 35=A|34=1|98=0|108=30|141=Y|789=1|553=trader|554=x|1137=9|1408=STEP1.20_SZ_1.00""", INI, False,
         {"username": b"trader", "password_placeholder": b"x", "application_version": b"STEP1.20_SZ_1.00"}),
    rule("1", "an answer under a number that is not 1", f"""
        logon
        < {LOGON}
        > 35=A|34=3|98=0|108=30|789=2$V
        fault MsgSeqNum gap
        < 35=5|34=2|58=MsgSeqNum too high, expecting 1 but received 3
        closed 3""", INI, False),
    rule("1", "an answer that expects what was never sent", f"""
        logon
        < {LOGON}
        > 35=A|34=1|98=0|108=30|141=Y|789=9$V                        # 789 asks for nothing here
        next 2 2""", INI, False),
    rule("1", "a Logon is answered under 1", f"""
        > {LOGON}
        < {ANSWER}
        next 2 2""", A, False),
    rule("1", "a Logon without 141", """
        > 35=A|34=1|98=0|108=30$V
        < 35=A|34=1|98=0|108=30|789=2$V
        next 2 2""", A, False),
    rule("1", "a Logon under a number that is not 1", """
        > 35=A|34=4|98=0|108=30$V
        < 35=5|34=1|58=MsgSeqNum too high, expecting 1 but received 4
        closed 3""", A, False),
    rule("1", "numbers of an earlier connection do not count, acceptor", f"""
        > {LOGON}
        < {ANSWER}
        > 35=0|34=2
        drop
        > 35=A|34=1|98=0|108=30$V
        < 35=A|34=1|98=0|108=30|789=2$V
        next 2 2""", A, False),
    rule("1", "numbers of an earlier connection do not count, initiator", f"""
        logon
        < {LOGON}
        > {ANSWER}
        > 35=0|34=2
        drop
        logon
        < {LOGON}
        > 35=A|34=1|98=0|108=30$V
        next 2 2""", INI, False),
    rule("2", "number too high: nothing is asked for again, Logout, disconnect", f"""
        > 35=W|34=4|{QUOTE}
        fault MsgSeqNum gap
        < 35=5|34=2|58=MsgSeqNum too high, expecting 2 but received 4
        closed 3"""),
    rule("2", "a Logout beyond a gap is answered", """
        > 35=5|34=9|1409=4|58=bye
        < 35=5|34=2
        closed 2"""),
    rule("2", "number too low without PossDup: Logout, disconnect", """
        > 35=0|34=2
        > 35=0|34=2
        fault MsgSeqNum too low
        < 35=5|34=2|58=MsgSeqNum too low, expecting 3 but received 2
        closed 3"""),
    rule("2", "PossDup, already received: ignored", f"""
        > 35=W|34=2|{QUOTE}
        app W 2
        > 35=W|34=2|43=Y|122=@|{QUOTE}
        next 3 2"""),
    rule("3", "a wrong CheckSum: Logout, disconnect at once", f"""
        badsum 35=W|34=2|{QUOTE}
        fault bad checksum
        < 35=5|34=2|58=Garbled message
        closed 3"""),
    rule("3", "a wrong BodyLength: the same", f"""
        badlength 35=W|34=2|{QUOTE}
        fault bad body length
        < 35=5|34=2|58=Garbled message
        closed 3"""),
    rule("3", "bytes that are no message: the same", """
        bytes garbage
        fault garbled
        < 35=5|34=2|58=Garbled message
        closed 3"""),
    rule("3", "garbled before the Logon", f"""
        badsum {LOGON}
        < 35=5|34=1|58=Garbled message
        closed 3""", A, False),
    rule("4", "nothing sent for HeartBtInt: Heartbeat", """
        wait 20
        > 35=0|34=2
        wait 10
        < 35=0|34=2"""),
    rule("4", "a TestRequest is answered", """
        > 35=1|34=2|112=hello
        < 35=0|34=2|112=hello"""),
    rule("4", "silence for twice HeartBtInt and a fifth: disconnect, without TestRequest or Logout", """
        wait 71
        < 35=0|34=2
        < 35=0|34=3
        wait 1
        fault silence
        closed 4"""),
    rule("4", "any message ends the silence", f"""
        wait 71
        < 35=0|34=2
        < 35=0|34=3
        > 35=W|34=2|{QUOTE}
        app W 2
        wait 19
        < 35=0|34=4
        next 3 5"""),
    rule("5", "a ResendRequest: SequenceReset-Reset under number 1, which uses no number up", """
        wait 20
        > 35=0|34=2
        wait 10
        < 35=0|34=2
        > 35=2|34=3|7=1|16=2
        < 35=4|34=1|123=N|36=3
        > 35=1|34=4|112=hello
        < 35=0|34=3|112=hello"""),
    rule("5", "for all that follows", """
        > 35=2|34=2|7=1|16=0
        < 35=4|34=1|123=N|36=2
        next 3 2"""),
    rule("5", "up to beyond the last sent: those numbers are left out", """
        > 35=2|34=2|7=1|16=7
        < 35=4|34=1|123=N|36=7
        > 35=1|34=3|112=hello
        < 35=0|34=7|112=hello"""),
    rule("5", "what was never sent: Reject", """
        > 35=2|34=2|7=5|16=6
        fault ResendRequest out of range
        < 35=3|34=2|45=2|371=7|372=2|373=5|58=Value is incorrect (out of range) for this tag"""),
    rule("5", "SequenceReset-Reset received: NewSeqNo is expected next", f"""
        > 35=4|34=1|123=N|36=9
        fault SequenceReset-Reset received
        > 35=W|34=9|{QUOTE}
        app W 9"""),
    rule("6", "an undefined field is skipped, wherever it is", """
        > 35=W|34=2|9999=x|42=@|48=000001|8538=T0|268=1|269=0|8888=y|270=1.00|271=100.00|1023=1|12345=z
        app W 2"""),
    rule("6", "a field of another message is skipped", """
        > 35=UA001|34=2|10201=1|1350=7|10205=0|387=5
        app UA001 2"""),
    rule("6", "what is not used is taken with whatever it lacks", """
        > 35=UA001|34=2
        app UA001 2
        > 35=UA004|34=3|42=@|10201=1|10208=2|1500=010|10206=3|8538=T0|1500=040|10206=4
        app UA004 3
        > 35=UA201|34=4|10201=2011|1181=1|1500=011|48=000001|22=102|44=10.00|38=100.00|54=1|60=@|40=2
        app UA201 4
        > 35=UA202|34=5|10201=2011|1181=2|1500=011|10116=1|10117=0|48=000001|22=102|31=0|32=100.00|150=4|60=@
        app UA202 5
        > 35=h|34=6|42=@
        app h 6
        > 35=f|34=7|42=@
        app f 7
        > 35=B|34=8|42=@|148=title
        app B 8"""),
    rule("6", "a type that nobody has heard of: Reject, the session goes on", """
        > 35=UZ9|34=2
        fault unsupported message type
        < 35=3|34=2|45=2|372=UZ9|373=11|58=Invalid MsgType
        > 35=UA001|34=3
        app UA001 3"""),
    rule("6", "a value that is none of its type is refused as in FIX", """
        > 35=W|34=2|48=000001|268=1|269=0|270=abc
        fault invalid message
        < 35=3|34=2|45=2|371=270|372=W|373=6|58=Incorrect data format for value"""),
    rule("6", "a group with fewer entries than stated", """
        > 35=W|34=2|48=000001|268=2|269=0|270=1
        < 35=3|34=2|45=2|371=268|372=W|373=16|58=Incorrect NumInGroup count for repeating group"""),
    rule("7", "times are local, ours and theirs", f"""
        > 35=W|34=2|{QUOTE}
        app W 2
        wait 25
        > 35=W|34=3|52=@-120|{QUOTE}
        app W 3
        wait 5
        < 35=0|34=2""", settings=LOCAL),
    rule("7", "a SendingTime in UTC is eight hours off", f"""
        > 35=W|34=2|52=@-28800|{QUOTE}
        fault SendingTime outside tolerance
        < 35=3|34=2|45=2|372=W|373=10|58=SendingTime accuracy problem
        < 35=5|34=3|58=SendingTime accuracy problem
        closed 3""", settings=LOCAL),
]  # fmt: skip
