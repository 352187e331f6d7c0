"""Rules of logging on and off: cases 1B, 1S, 9, 12, 13, 16 and 17, resets, expected numbers, versions, hours, kills.

Sources: FIX 4.4 Volume 2, "Test cases" and "Logon"; FIX Session Layer Test Cases (June 2020); FIXT 1.1, "Logon".
"""

from cross_market_connect.wire.fix.schedule import SessionSchedule
from tests.conformance.fix.talk import ACCEPTOR, BOTH, FIXT, FROM_44, INITIATOR, Talk

A, INI = (ACCEPTOR,), (INITIATOR,)
USERS = {"credentials": {b"trader": b"correct horse"}}
HOUR = 3600

TALKS = [
    # -- the initiator's logon ---------------------------------------------------------------------------------------
    Talk("1B.b", "the Logon is sent", "logon\n< 35=A|34=1|98=0|108=30$V", INI, False),
    Talk("1B.b", "with the HeartBtInt of the settings", "logon\n< 35=A|34=1|98=0|108=7$V", INI, False,
         settings={"heartbeat_interval_s": 7}),
    Talk("1B.b", "with the user", "logon\n< 35=A|34=1|98=0|108=30|553=trader|554=x$V", INI, False, FROM_44,
         {"username": b"trader", "password_placeholder": b"x"}),
    Talk("1B.c", "a valid answer", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=A|34=1|98=0|108=30$V
        next 2 2""", INI, False),
    Talk("1B.c", "an answer beyond a gap", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=A|34=4|98=0|108=30$V                                   # too high: ask for the rest
        < 35=2|34=2|7=1|16=3
        > 35=D|34=1|43=Y|122=@|$ORDER
        app D 1
        > 35=4|34=2|43=Y|122=@|123=Y|36=4
        > 35=0|34=5
        next 6 3""", INI, False),
    Talk("1B.d", "an answer from somebody else", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=A|34=1|49=OTHER|98=0|108=30$V                           # error, Logout, disconnect
        fault wrong CompID
        < 35=5|34=2|58=CompID problem
        closed 3""", INI, False),
    Talk("1B.d", "an answer without HeartBtInt", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=A|34=1|98=0$V                                           # error, Reject, Logout, disconnect
        fault invalid message
        < 35=3|34=2|45=1|371=108|372=A|373=1|58=Required tag missing
        < 35=5|34=3|58=Invalid Logon
        closed 3""", INI, False),
    Talk("1B.d", "an answer whose SendingTime is off", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=A|34=1|52=@-121|98=0|108=30$V
        < 35=5|34=2|58=SendingTime accuracy problem
        closed 3""", INI, False),
    Talk("1B.d", "an answer under another BeginString", """
        logon
        < 35=A|34=1|98=0|108=30$V
        begin FIX.4.1 35=A|34=1|98=0|108=30$V
        < 35=5|34=2|58=Incorrect BeginString
        closed 3""", INI, False),
    Talk("1B.d", "an answer with a number too low", """
        logon
        < 35=A|34=9|98=0|108=30$V
        > 35=A|34=3|98=0|108=30$V
        < 35=5|34=10|58=MsgSeqNum too low, expecting 5 but received 3
        closed 3""", INI, False, numbers=(5, 9)),
    Talk("1B.e", "the first message is no Logon", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=0|34=1                                                  # error, Logout, disconnect
        fault first message not Logon
        < 35=5|34=2|58=First message not a Logon
        closed 3""", INI, False),
    Talk("1B.e", "an application message before the Logon", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=D|34=1|$ORDER
        < 35=5|34=2|58=First message not a Logon
        closed 3""", INI, False),
    Talk("1B", "refused by a Logout", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=5|34=1|58=unknown user
        fault logon refused
        closed 2
        next 2 2""", INI, False),
    Talk("1B", "no answer in time", """
        logon
        < 35=A|34=1|98=0|108=30$V
        wait 10
        fault logon timeout
        closed 4""", INI, False),
    Talk("1B", "no application message before the answer", """
        logon
        < 35=A|34=1|98=0|108=30$V
        refused order""", INI, False),
    # -- the acceptor's logon ----------------------------------------------------------------------------------------
    Talk("1S.a", "a valid Logon is answered with its HeartBtInt", """
        > 35=A|34=1|98=0|108=7$V
        < 35=A|34=1|98=0|108=7$V
        next 2 2""", A, False),
    Talk("1S.a", "a Logon beyond a gap is answered, then the gap asked for", """
        > 35=A|34=5|98=0|108=30$V
        < 35=A|34=1|98=0|108=30$V
        < 35=2|34=2|7=1|16=4
        > 35=4|34=1|43=Y|122=@|123=Y|36=5
        > 35=0|34=6
        next 7 3""", A, False),
    Talk("1S.a", "the known user with the right password", """
        > 35=A|34=1|98=0|108=30|553=trader|554=correct horse$V
        < 35=A|34=1|98=0|108=30$V""", A, False, FROM_44, USERS),
    Talk("1S.b", "a second connection of the same identity gets nothing and changes nothing", """
        refused second                                               # no Reject, no Logout: they would use up a number
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A""", A),
    Talk("1S.c", "from an unknown SenderCompID", """
        > 35=A|34=1|49=OTHER|98=0|108=30$V                           # error, disconnect without a message
        fault wrong CompID
        closed 3
        next 1 1""", A, False),
    Talk("1S.c", "for an unknown TargetCompID", """
        > 35=A|34=1|56=OTHER|98=0|108=30$V
        fault wrong CompID
        closed 3
        next 1 1""", A, False),
    Talk("1S.d", "without HeartBtInt", """
        > 35=A|34=1|98=0$V                                           # error, Reject, Logout, disconnect
        fault invalid message
        < 35=3|34=1|45=1|371=108|372=A|373=1|58=Required tag missing
        < 35=5|34=2|58=Invalid Logon
        closed 3""", A, False),
    Talk("1S.d", "with a negative HeartBtInt", """
        > 35=A|34=1|98=0|108=-1$V
        < 35=3|34=1|45=1|371=108|372=A|373=5|58=Value is incorrect (out of range) for this tag
        < 35=5|34=2|58=Value of tag 108 not supported
        closed 3""", A, False),
    Talk("1S.d", "with a SendingTime that is off", """
        > 35=A|34=1|52=@-121|98=0|108=30$V
        fault SendingTime outside tolerance
        < 35=5|34=1|58=SendingTime accuracy problem
        closed 3""", A, False),
    Talk("1S.d", "under another BeginString", """
        begin FIX.4.1 35=A|34=1|98=0|108=30$V
        fault wrong BeginString
        < 35=5|34=1|58=Incorrect BeginString
        closed 3""", A, False),
    Talk("1S.d", "with a number too low", """
        > 35=A|34=3|98=0|108=30$V
        < 35=5|34=9|58=MsgSeqNum too low, expecting 5 but received 3
        closed 3""", A, False, numbers=(5, 9)),
    Talk("1S.d", "with the wrong password", """
        > 35=A|34=1|98=0|108=30|553=trader|554=wrong$V
        fault unknown credentials
        < 35=5|34=1|58=Invalid username or password
        closed 3""", A, False, FROM_44, USERS),
    Talk("1S.d", "from an unknown user", """
        > 35=A|34=1|98=0|108=30|553=nobody|554=correct horse$V
        < 35=5|34=1|58=Invalid username or password
        closed 3""", A, False, FROM_44, USERS),
    Talk("1S.e", "the first message is no Logon", """
        > 35=0|34=1                                                  # error, disconnect
        fault first message not Logon
        closed 3
        next 1 1""", A, False),
    Talk("1S", "no Logon in time", """
        wait 9.9
        next 1 1
        wait 0.2
        fault logon timeout
        closed 4""", A, False),
    Talk("1S", "a second Logon changes nothing", """
        > 35=A|34=2|98=0|108=5$V
        fault second Logon
        next 3 2""", A),
    # -- the application's version over FIXT ---------------------------------------------------------------------------
    Talk("FIXT.1137", "DefaultApplVerID missing", """
        > 35=A|34=1|98=0|108=30
        < 35=3|34=1|45=1|371=1137|372=A|373=1|58=Required tag missing
        < 35=5|34=2|58=Invalid Logon
        closed 3""", A, False, FIXT),
    Talk("FIXT.1137", "DefaultApplVerID not supported", """
        > 35=A|34=1|98=0|108=30|1137=6                               # FIX 4.4
        fault application version not supported
        < 35=3|34=1|45=1|371=1137|372=A|373=18|58=Invalid/Unsupported Application Version
        < 35=5|34=2|58=DefaultApplVerID not supported
        closed 3""", A, False, FIXT),
    Talk("FIXT.1137", "answered with another DefaultApplVerID", """
        logon
        < 35=A|34=1|98=0|108=30|1137=9
        > 35=A|34=1|98=0|108=30|1137=7
        < 35=3|34=2|45=1|371=1137|372=A|373=18|58=Invalid/Unsupported Application Version
        < 35=5|34=3|58=DefaultApplVerID not supported
        closed 3""", INI, False, FIXT),
    Talk("FIXT.1128", "a message of the agreed version", "> 35=D|34=2|1128=9|$ORDER\napp D 2", BOTH, True, FIXT),
    Talk("FIXT.1128", "a message of another version", """
        > 35=D|34=2|1128=6|$ORDER
        < 35=3|34=2|45=2|371=1128|372=D|373=18|58=Invalid/Unsupported Application Version
        next 3 3""", BOTH, True, FIXT),
    # -- application failure, logging out ------------------------------------------------------------------------------
    Talk("9", "numbers set to 1 by agreement, without a connection", """
        > 35=0|34=2
        sleep 86400                                                  # the owner starts new numbers
        > 35=A|34=1|98=0|108=30$V
        < 35=A|34=1|98=0|108=30$V
        next 2 2""", A, schedule=SessionSchedule(0, 0)),
    Talk("12", "our Logout is answered", """
        logout end of day
        < 35=5|34=2|58=end of day
        > 35=5|34=2
        closed 1
        next 3 3"""),
    Talk("12", "until the answer the counterparty may finish", """
        logout
        < 35=5|34=2
        > 35=1|34=2|112=X
        < 35=0|34=3|112=X
        > 35=D|34=3|$ORDER
        app D 3
        > 35=5|34=4
        closed 1"""),
    Talk("12", "our Logout is not answered", """
        logout
        < 35=5|34=2
        wait 5                                                       # error, disconnect
        fault logout timeout
        closed 4"""),
    Talk("12", "nothing is sent after our Logout", """
        logout
        < 35=5|34=2
        refused order"""),
    Talk("13.a", "the answer to our Logout ends the connection", """
        logout
        < 35=5|34=2
        > 35=5|34=2|58=bye
        closed 1"""),
    Talk("13.b", "a Logout is answered", """
        > 35=5|34=2|58=bye
        < 35=5|34=2
        closed 2
        next 3 3"""),
    Talk("13.b", "a Logout beyond a gap is answered, and the gap stays", """
        > 35=5|34=9
        < 35=5|34=2
        closed 2
        next 2 3"""),
    Talk("16", "what was sent into a dying connection is resent after the next logon", """
        order 2
        drop
        > 35=A|34=2|98=0|108=30$V
        < 35=A|34=3|98=0|108=30$V
        > 35=2|34=3|7=2|16=2
        < 35=D|34=2|43=Y|122=@|$ORDER""", A),
    Talk("16", "nothing is queued without a connection: an old order must not reach the market late", """
        drop
        refused order"""),
    Talk("17.b", "an EncryptMethod that is not supported, acceptor", """
        > 35=A|34=1|98=2|108=30$V                                    # error, Reject, Logout, disconnect
        < 35=3|34=1|45=1|371=98|372=A|373=5|58=Value is incorrect (out of range) for this tag
        < 35=5|34=2|58=Value of tag 98 not supported
        closed 3""", A, False),
    Talk("17.b", "an EncryptMethod that is not supported, initiator", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=A|34=1|98=2|108=30$V
        < 35=3|34=2|45=1|371=98|372=A|373=5|58=Value is incorrect (out of range) for this tag
        < 35=5|34=3|58=Value of tag 98 not supported
        closed 3""", INI, False),
    # -- resets --------------------------------------------------------------------------------------------------------
    Talk("Reset", "asked for at logon by the counterparty", """
        > 35=A|34=1|98=0|108=30|141=Y$V
        < 35=A|34=1|98=0|108=30|141=Y$V
        next 2 2""", A, False, numbers=(41, 17)),
    Talk("Reset", "asked for at logon under a number that is not 1", """
        > 35=A|34=41|98=0|108=30|141=Y$V
        < 35=5|34=17|58=ResetSeqNumFlag not as agreed
        closed 3""", A, False, numbers=(41, 17)),
    Talk("Reset", "asked for at logon by us, the acceptor", """
        > 35=A|34=41|98=0|108=30$V
        < 35=A|34=17|98=0|108=30$V
        < 35=A|34=1|98=0|108=30|141=Y$V
        > 35=A|34=1|98=0|108=30|141=Y$V
        next 2 2
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A""", A, False, settings={"reset_on_logon": True}, numbers=(41, 17)),
    Talk("Reset", "not asked for by the acceptor when both are new", "next 2 2", A, settings={"reset_on_logon": True}),
    Talk("Reset", "asked for at logon by us, the initiator, and echoed", """
        logon
        < 35=A|34=1|98=0|108=30|141=Y$V
        > 35=A|34=1|98=0|108=30|141=Y$V
        next 2 2""", INI, False, settings={"reset_on_logon": True}, numbers=(41, 17)),
    Talk("Reset", "asked for and followed without an echo", """
        logon
        < 35=A|34=1|98=0|108=30|141=Y$V
        > 35=A|34=1|98=0|108=30$V
        next 2 2""", INI, False, settings={"reset_on_logon": True}, numbers=(41, 17)),
    Talk("Reset", "asked for and not followed", """
        logon
        < 35=A|34=1|98=0|108=30|141=Y$V
        > 35=A|34=41|98=0|108=30$V
        fault ResetSeqNumFlag not as agreed
        < 35=5|34=2|58=ResetSeqNumFlag not as agreed
        closed 3""", INI, False, settings={"reset_on_logon": True}, numbers=(41, 17)),
    Talk("Reset", "nobody asked for it", """
        logon
        < 35=A|34=17|98=0|108=30$V
        > 35=A|34=1|98=0|108=30|141=Y$V
        < 35=5|34=18|58=ResetSeqNumFlag not as agreed
        closed 3
        next 41 19""", INI, False, numbers=(41, 17)),
    Talk("Reset", "nobody asked for it, while both are at 1 anyway", """
        logon
        < 35=A|34=1|98=0|108=30$V
        > 35=A|34=1|98=0|108=30|141=Y$V
        next 2 2""", INI, False),
    Talk("Reset", "within the session, asked for by the counterparty", """
        > 35=0|34=2
        > 35=A|34=1|98=0|108=30|141=Y$V                              # 24-hour connections
        < 35=A|34=1|98=0|108=30|141=Y$V
        next 2 2
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A"""),
    Talk("Reset", "within the session, asked for by us", """
        > 35=0|34=2
        reset
        < 35=A|34=1|98=0|108=30|141=Y$V
        next 1 2                                                     # persisted: both sides start anew
        > 35=D|34=3|$ORDER                                           # still of the old numbers
        app D 3
        > 35=A|34=1|98=0|108=30|141=Y$V
        next 2 2
        > 35=1|34=2|112=A
        < 35=0|34=2|112=A"""),
    Talk("Reset", "within the session, not answered", """
        reset
        < 35=A|34=1|98=0|108=30|141=Y$V
        wait 10
        fault ResetSeqNumFlag unanswered
        < 35=5|34=2|58=ResetSeqNumFlag not answered
        closed 3"""),
    Talk("Reset", "asked for twice, or while messages are missing, is our mistake", """
        > 35=0|34=3
        < 35=2|34=2|7=2|16=2
        refused reset
        > 35=4|34=2|43=Y|122=@|123=Y|36=3
        reset
        < 35=A|34=1|98=0|108=30|141=Y$V
        refused reset"""),
    Talk("Reset", "what is lost while the answer is awaited is not asked for", """
        reset
        < 35=A|34=1|98=0|108=30|141=Y$V
        > 35=0|34=5
        > 35=A|34=1|98=0|108=30|141=Y$V
        next 2 2"""),
    Talk("Reset", "the connection is lost before the answer, acceptor: it counts from 1", """
        reset
        < 35=A|34=1|98=0|108=30|141=Y$V
        drop
        next 1 2
        > 35=A|34=2|98=0|108=30$V                                    # the counterparty's answer was its number 1
        < 35=A|34=2|98=0|108=30$V
        < 35=2|34=3|7=1|16=1""", A),
    Talk("Reset", "the connection is lost before the answer, initiator: it counts from 1", """
        reset
        < 35=A|34=1|98=0|108=30|141=Y$V
        drop
        logon
        < 35=A|34=2|98=0|108=30$V
        > 35=A|34=2|98=0|108=30$V
        < 35=2|34=3|7=1|16=1""", INI),
    # -- NextExpectedMsgSeqNum(789) ------------------------------------------------------------------------------------
    Talk("789", "both say what they expect, acceptor", """
        > 35=A|34=5|98=0|108=30|789=9$V
        < 35=A|34=9|98=0|108=30|789=6$V
        next 6 10""", A, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "the counterparty misses ours: filled without being asked for", """
        > 35=A|34=5|98=0|108=30|789=7$V
        < 35=A|34=9|98=0|108=30|789=6$V
        < 35=4|34=7|43=Y|122=@|123=Y|36=9
        next 6 10""", A, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "the counterparty expects what was never sent", """
        > 35=A|34=5|98=0|108=30|789=10$V
        fault NextExpectedMsgSeqNum too high
        < 35=5|34=9|58=NextExpectedMsgSeqNum too high, expecting 9 but received 10
        closed 3""", A, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "we miss theirs: waited for, not asked for", """
        > 35=A|34=8|98=0|108=30|789=9$V
        < 35=A|34=9|98=0|108=30|789=5$V                              # and no ResendRequest
        > 35=D|34=5|43=Y|122=@|$ORDER
        app D 5
        > 35=4|34=6|43=Y|122=@|123=Y|36=9                            # over the Logon too
        next 9 10""", A, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "what does not come by itself is asked for", """
        > 35=A|34=8|98=0|108=30|789=9$V
        < 35=A|34=9|98=0|108=30|789=5$V
        wait 10
        < 35=2|34=10|7=5|16=7""", A, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "a counterparty that does not say: asked for as ever", """
        > 35=A|34=8|98=0|108=30$V
        < 35=A|34=9|98=0|108=30|789=5$V
        < 35=2|34=10|7=5|16=7""", A, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "both say what they expect, initiator", """
        logon
        < 35=A|34=9|98=0|108=30|789=5$V
        > 35=A|34=5|98=0|108=30|789=10$V
        next 6 10""", INI, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "the acceptor misses ours: filled up to our Logon", """
        logon
        < 35=A|34=9|98=0|108=30|789=5$V
        > 35=A|34=5|98=0|108=30|789=7$V
        < 35=4|34=7|43=Y|122=@|123=Y|36=10
        next 6 10""", INI, False, FROM_44, {"next_expected": True}, (5, 9)),
    Talk("789", "the acceptor expects what was never sent", """
        logon
        < 35=A|34=9|98=0|108=30|789=5$V
        > 35=A|34=5|98=0|108=30|789=11$V
        < 35=5|34=10|58=NextExpectedMsgSeqNum too high, expecting 10 but received 11
        closed 3""", INI, False, FROM_44, {"next_expected": True}, (5, 9)),
    # -- hours ---------------------------------------------------------------------------------------------------------
    Talk("Hours", "no Logon is accepted outside", """
        > 35=A|34=1|98=0|108=30$V
        < 35=5|34=1|58=Outside the session's hours, which begin at 20241125-02:00:00 UTC
        fault Logon outside the session's hours
        closed 3
        next 1 2""", A, False, schedule=SessionSchedule(2 * HOUR, 3 * HOUR)),
    Talk("Hours", "nor on a day without a session", """
        > 35=A|34=1|98=0|108=30$V
        < 35=5|34=1|58=Outside the session's hours, which begin at 20241126-01:00:00 UTC
        closed 3""", A, False, schedule=SessionSchedule(HOUR, 2 * HOUR, weekdays=[1, 2, 3, 4])),
    Talk("Hours", "no Logon is sent outside", "refused logon", INI, False,
         schedule=SessionSchedule(2 * HOUR, 3 * HOUR)),
    Talk("Hours", "at the end the session logs out", """
        > 35=A|34=1|98=0|108=0$V
        < 35=A|34=1|98=0|108=0$V
        wait 1799
        next 2 2
        wait 1
        < 35=5|34=2|58=End of session
        > 35=5|34=2
        closed 1""", A, False, schedule=SessionSchedule(HOUR, 2 * HOUR)),
    Talk("Hours", "the same in local time, initiator", """
        logon
        < 35=A|34=1|98=0|108=0$V
        > 35=A|34=1|98=0|108=0$V
        wait 1800
        < 35=5|34=2|58=End of session""", INI, False, settings={"heartbeat_interval_s": 0},
         schedule=SessionSchedule(9 * HOUR, 10 * HOUR, utc_offset_s=8 * HOUR)),
    Talk("Hours", "a reconnection within the day goes on with the numbers", """
        > 35=0|34=2
        sleep 600
        > 35=A|34=3|98=0|108=30$V
        < 35=A|34=2|98=0|108=30$V
        next 4 3""", A, schedule=SessionSchedule(HOUR, 2 * HOUR)),
    Talk("Hours", "a new day starts both numbers at 1", """
        > 35=0|34=2
        sleep 86400
        > 35=A|34=1|98=0|108=30$V
        < 35=A|34=1|98=0|108=30$V
        next 2 2""", A, schedule=SessionSchedule(HOUR, 2 * HOUR)),
    Talk("Hours", "a new week starts both numbers at 1", """
        > 35=0|34=2
        sleep 86400
        > 35=A|34=3|98=0|108=30$V
        < 35=A|34=2|98=0|108=30$V
        sleep 518400
        > 35=A|34=1|98=0|108=30$V
        < 35=A|34=1|98=0|108=30$V""", A, schedule=SessionSchedule(HOUR, HOUR, 0, 4)),  # Monday to Friday
    # -- kill -9 -------------------------------------------------------------------------------------------------------
    Talk("Kill", "the acceptor goes on with its numbers", """
        > 35=0|34=2
        order 2
        kill
        > 35=A|34=3|98=0|108=30$V
        < 35=A|34=3|98=0|108=30$V
        next 4 4""", A),
    Talk("Kill", "the initiator goes on with its numbers", """
        > 35=0|34=2
        order 2
        kill
        logon
        < 35=A|34=3|98=0|108=30$V
        > 35=A|34=3|98=0|108=30$V
        next 4 4""", INI),
    Talk("Kill", "what waited behind a gap is asked for again", """
        > 35=D|34=3|$ORDER
        < 35=2|34=2|7=2|16=2
        kill
        > 35=A|34=4|98=0|108=30$V
        < 35=A|34=3|98=0|108=30$V
        < 35=2|34=4|7=2|16=3
        > 35=4|34=2|43=Y|122=@|123=Y|36=3
        > 35=D|34=3|43=Y|122=@|$ORDER
        app D 3
        next 5 5""", A),
    Talk("Kill", "numbers asked to be reset stay reset", """
        reset
        < 35=A|34=1|98=0|108=30|141=Y$V
        kill
        next 1 2"""),
    Talk("Kill", "what was sent before is gap-filled: the store is in memory", """
        order 2
        kill
        > 35=A|34=2|98=0|108=30$V
        < 35=A|34=3|98=0|108=30$V
        > 35=2|34=3|7=2|16=2
        < 35=4|34=2|43=Y|122=@|123=Y|36=3""", A),
]  # fmt: skip
