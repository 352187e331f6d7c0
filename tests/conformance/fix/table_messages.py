"""Rules of messages within a session: cases 2 to 8, 10, 11, 14, 15 and 18 to 20.

Sources: FIX 4.4 Volume 2, "Test cases"; FIX Session Layer Test Cases (June 2020). SessionRejectReason(373): Volume 6 of
each version; FIX 4.2 has none after 11, so a Reject tells those by Text(58) alone.
"""

from tests.conformance.fix.talk import ACCEPTOR, BOTH, FIXT, INITIATOR, Talk

A, INI = (ACCEPTOR,), (INITIATOR,)
RESENDING = {"resend_application_messages": True}
# A list of one order with allocations: a repeating group within a repeating group.
LIST = "35=E|34=2|66=L1|394=3|68=1|73=1|11=C1|67=1"

TALKS = [
    # -- 2: any message ------------------------------------------------------------------------------------------------
    Talk("2.a", "numbers in sequence", """
        > 35=0|34=2
        > 35=D|34=3|$ORDER
        app D 3
        next 4 2"""),
    Talk("2.b", "number too high: exactly what is missing is asked for, and what came is kept", """
        > 35=D|34=4|$ORDER
        fault MsgSeqNum gap
        < 35=2|34=2|7=2|16=3
        > 35=D|34=5|$ORDER                                           # no second request while one is open
        > 35=4|34=2|43=Y|122=@|123=Y|36=4
        app D 4
        app D 5
        next 6 3"""),
    Talk("2.b", "a second gap behind the first is asked for next", """
        > 35=D|34=4|$ORDER
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
        next 8 4"""),
    Talk("2.b", "in ranges, one after another", """
        > 35=D|34=7|$ORDER
        < 35=2|34=2|7=2|16=3
        > 35=4|34=2|43=Y|122=@|123=Y|36=4
        < 35=2|34=3|7=4|16=5
        > 35=D|34=4|43=Y|122=@|$ORDER
        app D 4
        > 35=4|34=5|43=Y|122=@|123=Y|36=6
        < 35=2|34=4|7=6|16=6                                         # the rest is shorter than a range
        > 35=D|34=6|43=Y|122=@|$ORDER
        app D 6
        app D 7
        next 8 5""", settings={"resend_range_max": 2}),
    Talk("2.b", "open-ended: what is here already comes again and is dropped", """
        > 35=D|34=4|$ORDER
        < 35=2|34=2|7=2|16=0
        > 35=D|34=2|43=Y|122=@|$ORDER
        app D 2
        > 35=D|34=3|43=Y|122=@|$ORDER
        app D 3
        app D 4
        > 35=D|34=4|43=Y|122=@|$ORDER
        next 5 3""", settings={"resend_open_ended": True}),
    Talk("2.b", "asked for again when nothing comes, then given up", """
        > 35=0|34=3
        < 35=2|34=2|7=2|16=2
        wait 10
        < 35=2|34=3|7=2|16=2
        wait 10
        < 35=2|34=4|7=2|16=2
        wait 10
        < 35=5|34=5|58=ResendRequest not answered
        closed 3"""),
    Talk("2.c", "number too low without PossDup: error, Logout, disconnect", """
        > 35=0|34=1
        fault MsgSeqNum too low
        < 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1
        closed 3
        next 2 3"""),
    Talk("2.d", "garbled: ignored, the next message shows the gap", """
        bytes junk
        > 35=0|34=3
        fault garbled
        < 35=2|34=2|7=2|16=2"""),
    Talk("2.e", "PossDup, already received: ignored", """
        > 35=D|34=2|$ORDER
        app D 2
        > 35=D|34=2|43=Y|122=@|$ORDER
        next 3 2"""),
    Talk("2.e", "PossDup, not received yet: processed", """
        > 35=D|34=2|43=Y|122=@|$ORDER
        app D 2
        next 3 2"""),
    Talk("2.f", "PossDup with OrigSendingTime after SendingTime: Reject, Logout, disconnect", """
        > 35=D|34=2|$ORDER
        app D 2
        > 35=D|34=2|43=Y|122=@+10|$ORDER
        fault PossDup without valid OrigSendingTime
        < 35=3|34=2|45=2|372=D|373=10|58=SendingTime accuracy problem
        < 35=5|34=3|58=SendingTime accuracy problem
        closed 3
        next 3 4"""),
    Talk("2.g", "PossDup without OrigSendingTime: Reject", """
        > 35=D|34=2|43=Y|$ORDER
        fault PossDup without valid OrigSendingTime
        < 35=3|34=2|45=2|371=122|372=D|373=1|58=Required tag missing
        next 3 3"""),
    Talk("2.g", "PossDup without OrigSendingTime, already received: the number does not advance", """
        > 35=D|34=2|$ORDER
        app D 2
        > 35=D|34=2|43=Y|$ORDER
        < 35=3|34=2|45=2|371=122|372=D|373=1|58=Required tag missing
        > 35=1|34=3|112=HELLO
        < 35=0|34=3|112=HELLO"""),
    Talk("2.h", "the BeginString agreed on", "> 35=0|34=2\nnext 3 2"),
    Talk("2.i", "another BeginString: error, Logout, disconnect", """
        begin FIX.4.1 35=0|34=2
        fault wrong BeginString
        < 35=5|34=2|58=Incorrect BeginString
        closed 3"""),
    Talk("2.j", "the CompIDs agreed on", "raw 35=0|$HEAD|34=2|52=@\nnext 3 2"),
    Talk("2.k", "a SenderCompID of somebody else: Reject, Logout, disconnect", """
        > 35=D|34=2|49=OTHER|$ORDER
        fault wrong CompID
        < 35=3|34=2|45=2|372=D|373=9|58=CompID problem
        < 35=5|34=3|58=CompID problem
        closed 3
        next 3 4"""),
    Talk("2.k", "a TargetCompID of somebody else", """
        > 35=0|34=2|56=OTHER
        < 35=3|34=2|45=2|372=0|373=9|58=CompID problem
        < 35=5|34=3|58=CompID problem
        closed 3"""),
    Talk("2.l", "a right BodyLength", "> 35=D|34=2|$ORDER\napp D 2"),
    Talk("2.m", "a wrong BodyLength: ignored, the next message shows the gap", """
        badlength 35=D|34=2|$ORDER
        next 2 2
        > 35=0|34=3
        fault bad body length
        < 35=2|34=2|7=2|16=2"""),
    Talk("2.n", "a SendingTime at the tolerance", """
        > 35=0|34=2|52=@-120
        > 35=0|34=3|52=@+120
        next 4 2"""),
    Talk("2.o", "a SendingTime too early: Reject, Logout, disconnect", """
        > 35=0|34=2|52=@-121
        fault SendingTime outside tolerance
        < 35=3|34=2|45=2|372=0|373=10|58=SendingTime accuracy problem
        < 35=5|34=3|58=SendingTime accuracy problem
        closed 3
        next 3 4"""),
    Talk("2.o", "a SendingTime too late", """
        > 35=0|34=2|52=@+121
        < 35=3|34=2|45=2|372=0|373=10|58=SendingTime accuracy problem
        < 35=5|34=3|58=SendingTime accuracy problem
        closed 3"""),
    Talk("2.p", "a MsgType of the version", "> 35=D|34=2|$ORDER\napp D 2\nnext 3 2"),
    Talk("2.q", "a MsgType that no version knows: Reject", """
        > 35=*|34=2
        fault unsupported message type
        < 35=3|34=2|45=2|372=*|373=11|58=Invalid MsgType
        next 3 3"""),
    Talk("2.r", "a MsgType of the version that is not supported: BusinessMessageReject", """
        > 35=R|34=2|131=Q1
        fault unsupported message type
        < 35=j|34=2|45=2|372=R|380=3|58=Unsupported message type
        next 3 3"""),
    Talk("2.s", "BeginString, BodyLength and MsgType first", "raw 35=0|34=2|52=@|$HEAD\nnext 3 2"),
    Talk("2.t", "MsgType not third: garbled, ignored", """
        raw 34=2|35=0|$HEAD|52=@
        next 2 2
        > 35=0|34=3
        fault garbled
        < 35=2|34=2|7=2|16=2"""),
    Talk("2.t", "BodyLength not second: garbled, ignored", """
        bytes 8=FIX.4.4|35=0|9=5|34=2|10=000|
        > 35=0|34=3
        < 35=2|34=2|7=2|16=2"""),
    Talk("2", "MsgSeqNum missing: Logout, disconnect", """
        raw 35=0|$HEAD|52=@
        fault MsgSeqNum missing
        < 35=5|34=2|58=MsgSeqNum missing
        closed 3"""),
    # -- 3: the trailer ------------------------------------------------------------------------------------------------
    Talk("3.a", "a right CheckSum", "> 35=D|34=2|$ORDER\napp D 2"),
    Talk("3.b", "a wrong CheckSum: ignored, the next message shows the gap", """
        badsum 35=D|34=2|$ORDER
        next 2 2
        > 35=0|34=3
        fault bad checksum
        < 35=2|34=2|7=2|16=2"""),
    Talk("3.c", "garbled around good messages: the good ones count", """
        bytes 8=FIX|nothing|
        > 35=0|34=2
        bytes |10=1|
        > 35=0|34=3
        next 4 2"""),
    # -- 4 to 7: heartbeats, tests, rejects ----------------------------------------------------------------------------
    Talk("4.a", "nothing sent for HeartBtInt: Heartbeat", """
        wait 29
        > 35=0|34=2
        wait 1
        < 35=0|34=2"""),
    Talk("4.b", "a TestRequest: Heartbeat with its TestReqID", """
        > 35=1|34=2|112=HELLO
        < 35=0|34=2|112=HELLO"""),
    Talk("5", "a Heartbeat is accepted", "> 35=0|34=2\nnext 3 2"),
    Talk("5", "any message ends the silence", """
        wait 36
        < 35=0|34=2
        < 35=1|34=3|112=TEST-1
        wait 20
        > 35=0|34=2|112=TEST-1
        wait 35
        < 35=0|34=4
        next 3 5"""),
    Talk("6", "silence for HeartBtInt and a fifth: TestRequest; as long again: Logout, disconnect", """
        wait 36
        < 35=0|34=2
        < 35=1|34=3|112=TEST-1
        wait 36
        fault silence
        < 35=0|34=4
        < 35=5|34=5|58=TestRequest not answered
        closed 4"""),
    Talk("7", "a Reject: the number advances, no answer", """
        > 35=3|34=2|45=1|58=no
        fault Reject received
        app 3 2
        next 3 2"""),
    Talk("7", "a malformed Reject is not rejected: that would never end", """
        > 35=3|34=2|58=no
        fault invalid message
        next 3 2"""),
    # -- 8: ResendRequests ---------------------------------------------------------------------------------------------
    Talk("8", "only administrative messages: gap fill", """
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A
        > 35=2|34=3|7=1|16=0
        < 35=4|34=1|43=Y|122=@|123=Y|36=3
        next 4 3"""),
    Talk("8", "only application messages: resent as PossDup", """
        order 2
        order 3
        > 35=2|34=2|7=2|16=3
        < 35=D|34=2|43=Y|122=@|$ORDER
        < 35=D|34=3|43=Y|122=@|$ORDER
        next 3 4""", settings=RESENDING),
    Talk("8", "both kinds, open-ended", """
        order 2
        > 35=1|34=2|112=A
        < 35=0|34=3|112=A
        order 4
        > 35=2|34=3|7=1|16=0
        < 35=4|34=1|43=Y|122=@|123=Y|36=2
        < 35=D|34=2|43=Y|122=@|$ORDER
        < 35=4|34=3|43=Y|122=@|123=Y|36=4
        < 35=D|34=4|43=Y|122=@|$ORDER""", settings=RESENDING),
    Talk("8", "a closed range ends there", """
        order 2
        order 3
        > 35=2|34=2|7=1|16=2
        < 35=4|34=1|43=Y|122=@|123=Y|36=2
        < 35=D|34=2|43=Y|122=@|$ORDER""", settings=RESENDING),
    Talk("8", "up to beyond the last sent: all of it", """
        > 35=2|34=2|7=1|16=999999
        < 35=4|34=1|43=Y|122=@|123=Y|36=2"""),
    Talk("8", "in ranges, one after another", """
        order 2
        order 3
        > 35=2|34=2|7=2|16=2
        < 35=D|34=2|43=Y|122=@|$ORDER
        > 35=2|34=3|7=3|16=3
        < 35=D|34=3|43=Y|122=@|$ORDER""", settings=RESENDING),
    Talk("8", "the same range twice is answered twice", """
        order 2
        > 35=2|34=2|7=2|16=2
        < 35=D|34=2|43=Y|122=@|$ORDER
        > 35=2|34=3|7=2|16=2
        < 35=D|34=2|43=Y|122=@|$ORDER""", settings=RESENDING),
    Talk("8", "old orders are gap-filled by who must not send them late", """
        order 2
        order 3
        > 35=2|34=2|7=1|16=0
        < 35=4|34=1|43=Y|122=@|123=Y|36=4
        next 3 4""", INI),
    Talk("8", "what was never sent: Reject", """
        > 35=2|34=2|7=2|16=0
        fault ResendRequest out of range
        < 35=3|34=2|45=2|371=7|372=2|373=5|58=Value is incorrect (out of range) for this tag"""),
    Talk("8", "backwards: Reject", """
        order 2
        > 35=2|34=2|7=2|16=1
        < 35=3|34=3|45=2|371=7|372=2|373=5|58=Value is incorrect (out of range) for this tag"""),
    # -- 10, 11: SequenceReset -----------------------------------------------------------------------------------------
    Talk("10.a", "gap fill under the expected number: NewSeqNo is expected next", """
        > 35=4|34=2|123=Y|36=10
        next 10 2
        > 35=0|34=10
        next 11 2"""),
    Talk("10.b", "gap fill beyond a gap: the gap is asked for", """
        > 35=4|34=5|123=Y|36=20
        < 35=2|34=2|7=2|16=4
        > 35=4|34=2|43=Y|122=@|123=Y|36=5
        next 20 3"""),
    Talk("10.c", "gap fill seen before, PossDup: ignored", """
        > 35=0|34=2
        > 35=4|34=2|43=Y|122=@|123=Y|36=9
        next 3 2"""),
    Talk("10.d", "gap fill under a number too low without PossDup: Logout, disconnect", """
        > 35=4|34=1|123=Y|36=9
        < 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1
        closed 3"""),
    Talk("10.e", "gap fill to its own number: Reject", """
        > 35=4|34=2|123=Y|36=2
        < 35=3|34=2|45=2|371=36|372=4|373=5|58=Value is incorrect (out of range) for this tag
        next 3 3"""),
    Talk("10.e", "gap fill to a lower number: Reject", """
        > 35=4|34=2|123=Y|36=1
        < 35=3|34=2|45=2|371=36|372=4|373=5|58=Value is incorrect (out of range) for this tag
        next 3 3"""),
    Talk("10", "gap fill over a message that is here: it is processed", """
        > 35=D|34=4|$ORDER
        < 35=2|34=2|7=2|16=3
        > 35=4|34=2|43=Y|122=@|123=Y|36=9
        app D 4
        next 9 3"""),
    Talk("11.a", "reset to a higher number, whatever its own", """
        > 35=4|34=99|36=20
        fault SequenceReset-Reset received
        next 20 2
        > 35=0|34=20
        next 21 2"""),
    Talk("11.b", "reset to the expected number: accepted with a warning", """
        > 35=4|34=1|123=N|36=2
        fault SequenceReset-Reset received
        next 2 2"""),
    Talk("11.c", "reset to a lower number: Reject, the numbers stay", """
        > 35=4|34=7|36=1
        < 35=3|34=2|45=7|371=36|372=4|373=5|58=Value is incorrect (out of range) for this tag
        next 2 3"""),
    # -- 14: fields ----------------------------------------------------------------------------------------------------
    Talk("14.a", "an undefined tag", """
        > 35=0|34=2|4999=x
        fault invalid message
        < 35=3|34=2|45=2|371=4999|372=0|373=0|58=Invalid tag number
        next 3 3"""),
    Talk("14.a", "an undefined tag of those that parties may agree on", """
        > 35=0|34=2|5001=x
        < 35=3|34=2|45=2|371=5001|372=0|373=3|58=Undefined tag"""),
    Talk("14.a", "no tag at all", """
        > 35=0|34=2|=x
        < 35=3|34=2|45=2|372=0|373=0|58=Invalid tag number"""),
    Talk("14.b", "a required tag of the body missing", """
        > 35=1|34=2
        < 35=3|34=2|45=2|371=112|372=1|373=1|58=Required tag missing
        next 3 3"""),
    Talk("14.b", "a required tag of the header missing", """
        > 35=0|34=2|52=
        < 35=3|34=2|45=2|371=52|372=0|373=1|58=Required tag missing
        next 3 3"""),
    Talk("14.b", "a required tag of a group's entry missing", """
        > 35=E|34=2|66=L1|394=3|68=1|73=1|11=C1|55=X|54=1|38=3
        < 35=3|34=2|45=2|371=67|372=E|373=1|58=Required tag missing"""),
    Talk("14.c", "a tag that is not of this message", """
        > 35=D|34=2|$ORDER|7=1
        < 35=3|34=2|45=2|371=7|372=D|373=2|58=Tag not defined for this message type
        next 3 3"""),
    Talk("14.d", "a tag without a value", """
        > 35=D|34=2|$ORDER|58=
        < 35=3|34=2|45=2|371=58|372=D|373=4|58=Tag specified without a value
        next 3 3"""),
    Talk("14.e", "a value that is none of the enumerated", """
        > 35=D|34=2|11=C1|21=1|55=X|54=Z|60=@|38=1|40=1
        < 35=3|34=2|45=2|371=54|372=D|373=5|58=Value is incorrect (out of range) for this tag
        next 3 3"""),
    Talk("14.e", "a number out of range", """
        > 35=2|34=2|7=-1|16=0
        < 35=3|34=2|45=2|371=7|372=2|373=5|58=Value is incorrect (out of range) for this tag"""),
    Talk("14.e", "a flag that is neither Y nor N", """
        > 35=D|34=2|$ORDER|114=X
        < 35=3|34=2|45=2|371=114|372=D|373=5|58=Value is incorrect (out of range) for this tag"""),
    Talk("14.f", "a quantity that is no number", """
        > 35=D|34=2|11=C1|21=1|55=X|54=1|60=@|38=ten|40=1
        < 35=3|34=2|45=2|371=38|372=D|373=6|58=Incorrect data format for value
        next 3 3"""),
    Talk("14.f", "a time that is none", """
        > 35=D|34=2|11=C1|21=1|55=X|54=1|60=20241131-01:30:00|38=1|40=1
        < 35=3|34=2|45=2|371=60|372=D|373=6|58=Incorrect data format for value"""),
    Talk("14.f", "a character that is two", """
        > 35=D|34=2|11=C1|21=1|55=X|54=12|60=@|38=1|40=1
        < 35=3|34=2|45=2|371=54|372=D|373=6|58=Incorrect data format for value"""),
    Talk("14.f", "a date that is none", """
        > 35=D|34=2|$ORDER|59=6|432=20250230
        < 35=3|34=2|45=2|371=432|372=D|373=6|58=Incorrect data format for value"""),
    Talk("14.f", "an integer with a point", """
        > 35=2|34=2|7=1.0|16=0
        < 35=3|34=2|45=2|371=7|372=2|373=6|58=Incorrect data format for value"""),
    Talk("14.f", "characters without spaces between them", """
        > 35=D|34=2|$ORDER|18=1G
        < 35=3|34=2|45=2|371=18|372=D|373=6|58=Incorrect data format for value""", BOTH, True, FIXT),
    Talk("14.g", "a header field after the body began", """
        raw 35=D|34=2|52=@|11=C1|$HEAD|21=1|55=X|54=1|60=@|38=1|40=1
        < 35=3|34=2|45=2|371=49|372=D|{14}58=Tag specified out of required order
        next 3 3"""),
    Talk("14.g", "a body field after the trailer began", """
        > 35=0|34=2|93=1|89=x|112=A
        < 35=3|34=2|45=2|371=112|372=0|{14}58=Tag specified out of required order"""),
    Talk("14.h", "a tag twice", """
        > 35=D|34=2|$ORDER|58=a|58=b
        < 35=3|34=2|45=2|371=58|372=D|{13}58=Tag appears more than once
        next 3 3"""),
    Talk("14.h", "a header tag twice", """
        raw 35=0|34=2|34=2|52=@|$HEAD
        < 35=3|34=2|45=2|371=34|372=0|{13}58=Tag appears more than once"""),
    Talk("14.h", "a tag twice in one entry of a group", """
        > 35=D|34=2|$ORDER|78=1|79=A|80=1|80=2
        < 35=3|34=2|45=2|371=80|372=D|{13}58=Tag appears more than once"""),
    Talk("14.i", "a group with fewer entries than stated", """
        > 35=D|34=2|$ORDER|78=3|79=A|80=1|79=B|80=1
        < 35=3|34=2|45=2|371=78|372=D|{16}58=Incorrect NumInGroup count for repeating group
        next 3 3"""),
    Talk("14.i", "a group with more entries than stated", """
        > 35=D|34=2|$ORDER|78=1|79=A|80=1|79=B|80=1
        < 35=3|34=2|45=2|371=78|372=D|{16}58=Incorrect NumInGroup count for repeating group"""),
    Talk("14.i", "a group of none", "> 35=D|34=2|$ORDER|78=0\napp D 2"),
    Talk("14.i", "a group as stated", "> 35=D|34=2|$ORDER|78=2|79=A|80=1|79=B|80=2\napp D 2"),
    Talk("14.i", "a group within a group as stated", f"> {LIST}|78=2|79=A|80=1|79=B|80=2|55=X|54=1|38=3\napp E 2"),
    Talk("14.i", "a group within a group with fewer entries than stated", f"""
        > {LIST}|78=2|79=A|80=1|55=X|54=1|38=3
        < 35=3|34=2|45=2|371=78|372=E|{{16}}58=Incorrect NumInGroup count for repeating group"""),
    Talk("14.j", "a group that does not begin with its first field", """
        > 35=D|34=2|$ORDER|78=1|80=1|79=A
        < 35=3|34=2|45=2|371=80|372=D|{15}58=Repeating group fields out of order
        next 3 3"""),
    Talk("14.j", "fields of an entry out of order", f"""
        > {LIST}|54=1|55=X|38=3
        < 35=3|34=2|45=2|371=55|372=E|{{15}}58=Repeating group fields out of order"""),
    Talk("14.k", "a delimiter within a text", """
        > 35=D|34=2|$ORDER|58=a|b
        < 35=3|34=2|45=2|372=D|373=0|58=Invalid tag number
        next 3 3"""),
    Talk("14.k", "a delimiter within data", "> 35=D|34=2|$ORDER|354=3|355=a|b\napp D 2"),
    Talk("14.k", "something like a field within data", "> 35=D|34=2|$ORDER|354=8|355=a|54=Z|b\napp D 2"),
    Talk("14.m", "a conditionally required tag missing: BusinessMessageReject", """
        > 35=D|34=2|11=C1|21=1|55=X|54=1|60=@|38=1|40=2
        < 35=j|34=2|45=2|372=D|379=C1|380=5|58=Conditionally required field missing: tag 44
        next 3 3"""),
    Talk("14", "no session is ended by what is wrong with a field", """
        > 35=D|34=2|$ORDER|58=
        < 35=3|34=2|45=2|371=58|372=D|373=4|58=Tag specified without a value
        > 35=1|34=3|112=A
        < 35=0|34=3|112=A"""),
    # -- 15 to 20 ------------------------------------------------------------------------------------------------------
    Talk("15", "header and body in other orders", """
        raw 35=D|52=@|34=2|$HEAD|40=1|38=1|60=@|54=1|55=X|21=1|11=C1
        app D 2
        raw 35=D|$HEAD|34=3|52=@|54=1|55=X|11=C2|21=1|60=@|40=1|38=1
        app D 3
        next 4 2"""),
    Talk("18.a", "third parties in the header", "> 35=D|34=2|115=CLIENT|128=DESK|$ORDER\napp D 2"),
    Talk("19.a", "PossResend under a number seen before is no PossDup: too low", """
        > 35=D|34=1|97=Y|$ORDER
        < 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1
        closed 3"""),
    Talk("19.b", "PossResend under a new number is passed on: its ids tell the application", """
        > 35=D|34=2|97=Y|$ORDER
        app D 2
        > 35=D|34=3|97=Y|$ORDER
        app D 3
        next 4 2"""),
    Talk("20", "both sides miss messages: answered at once, and once", """
        > 35=2|34=3|7=1|16=0
        < 35=4|34=1|43=Y|122=@|123=Y|36=2
        < 35=2|34=2|7=2|16=2
        > 35=4|34=2|43=Y|122=@|123=Y|36=3
        next 4 3"""),
]  # fmt: skip
