"""What the FIX tests share: frames and fields made without the package, and conversations written as lines.

`make_frame` and `fields_of` are a second codec of ten lines, so that encoder and parser are not checked against
themselves. A conversation is a text, one step per line:

    > 35=A|34=1|98=0|108=30      received by the session under test; CompIDs and SendingTime are filled in
    < 35=A|34=1|98=0|108=30      sent by it: everything but 8, 9, 10, 49, 56 and 52, which are checked apart
    raw ...                      received exactly like this, with BeginString, BodyLength and CheckSum added
    begin FIX.4.1 35=0|34=2      as `>`, under another BeginString
    badsum ..., badlength ...    as `>`, with a CheckSum one too high, with a BodyLength one too low
    bytes ...                    received exactly like this, `|` for the delimiter
    order 3                      the session sends an order, under this number
    logon                        the initiator's session logs on
    logout bye                   the session starts to log out
    reset                        the session asks for new numbers
    refused order                the session refuses this step (order, logon, reset or second): the caller's mistake
    wait 30                      seconds pass, and timers are served
    app D 2                      an application message came out: MsgType and MsgSeqNum
    closed 3                     the session asks for closing, for this reason
    fault silence                the oldest report not yet looked at has this name
    next 5 7                     next_in and next_out, as the caller persists them
    drop                         the connection is lost and a new one stands
    kill                         kill -9: a new session from the persisted numbers, with a new connection
    sleep 3600                   seconds pass without a connection; a new session day starts new numbers; then as `drop`

`@` stands for the current time, `@-121` for 121 seconds earlier, `$ORDER` for the fields of a small order, `$V` for
what a Logon of the version has more (DefaultApplVerID over FIXT), `$HEAD` for the counterparty's CompIDs, `{16}` for
SessionRejectReason 16 where the version has it. What follows `#` names the rule.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.schedule import SessionSchedule
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.session_days import SessionDays
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of

START = datetime(2024, 11, 25, 1, 30, tzinfo=UTC)
START_UTC_NS = 1_732_498_200_000_000_000
SECOND_NS = 1_000_000_000
HEADER_TAGS = ("35", "49", "56", "34", "43", "52", "122")
UNSEEN_TAGS = {"8", "9", "10", "49", "56", "52"}
ORDER = "11=C1|55=IF2412|54=1|60=@|38=1|40=1"
# HandlInst is required in 4.2 only.
ORDERS = {"FIX.4.2": "11=C1|21=1|55=IF2412|54=1|60=@|38=1|40=1"}
LOGON_MORE = {"FIX.5.0SP2": "|1137=9", "STEP.1.2": "|1137=9"}
REASON_LAST = {"FIX.4.2": 11, "FIX.4.4": 17, "FIX.5.0SP2": 18, "STEP.1.2": 18}
DICTIONARY: Dictionary = dictionary_of("FIX.4.4")


def make_frame(content: str, begin_string: str = "FIX.4.4") -> bytes:
    """A complete message from its fields between BodyLength and CheckSum, `|` for the delimiter."""
    body = content.replace("|", "\x01").encode() + b"\x01"
    head = f"8={begin_string}\x019={len(body)}\x01".encode()
    return head + body + b"10=%03d\x01" % (sum(head + body) % 256)


def with_wrong_checksum(frame: bytes) -> bytes:
    return frame[:-4] + b"%03d\x01" % ((int(frame[-4:-1]) + 1) % 256)


def with_wrong_length(frame: bytes) -> bytes:
    """BodyLength one too low, and the CheckSum right for it."""
    changed = re.sub(rb"\x019=(\d+)\x01", lambda match: b"\x019=%d\x01" % (int(match.group(1)) - 1), frame[:-7])
    return changed + b"10=%03d\x01" % (sum(changed) % 256)


def fields_of(frame: bytes) -> list[tuple[str, str]]:
    """Tags and values of a message without data fields."""
    assert frame.endswith(b"\x01")
    return [tuple(field.split("=", 1)) for field in frame.decode().split("\x01")[:-1]]  # type: ignore[misc]


def split_frames(data: bytes) -> list[bytes]:
    """Messages of a drained buffer; BodyLength and CheckSum of each are checked on the way."""
    frames = re.findall(rb"8=FIX.*?\x0110=\d{3}\x01", data, re.S)
    assert b"".join(frames) == data
    for frame in frames:
        head, length, rest = re.fullmatch(rb"(8=[^\x01]+\x019=(\d+)\x01)(.*)10=\d{3}\x01", frame, re.S).groups()  # type: ignore[union-attr]
        assert int(length) == len(rest)
        assert int(frame[-4:-1]) == sum(head + rest) % 256
    return frames


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%d-%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


class Conversation:
    """Plays a text against one session; VENUE and XMC are the CompIDs, ours is VENUE when accepting."""

    def __init__(self, session: FixSession, sender: str, target: str) -> None:
        self.session = session
        self.version = session.dictionary.version
        self.begin_string = session.dictionary.begin_string.decode()
        self.peer_ids = {"49": target, "56": sender}
        self.our_ids = {"49": sender, "56": target}
        self.elapsed_s = 0.0
        self.sent: list[str] = []
        self.delivered: list[str] = []
        self.faults: list[str] = []
        self.saved = (session.next_in, session.next_out)

    @property
    def now_ns(self) -> int:
        return int(self.elapsed_s * SECOND_NS)

    @property
    def utc_ns(self) -> int:
        return START_UTC_NS + self.now_ns

    @property
    def time(self) -> datetime:
        """The present time as messages state it."""
        offset_s = int(self.session.settings.time_offset_ns) // SECOND_NS
        return START + timedelta(seconds=self.elapsed_s + offset_s)

    def expand(self, text: str) -> str:
        """The text with everything that stands for something else filled in."""

        def moment(match: re.Match[str]) -> str:
            return stamp(self.time + timedelta(seconds=float(match.group(1) or 0)))

        def reason(match: re.Match[str]) -> str:
            return f"373={match.group(1)}|" if int(match.group(1)) <= REASON_LAST[self.version] else ""

        text = text.replace("$ORDER", ORDERS.get(self.version, ORDER)).replace("$V", LOGON_MORE.get(self.version, ""))
        text = text.replace("$HEAD", f"49={self.peer_ids['49']}|56={self.peer_ids['56']}")
        return re.sub(r"@([+-]\d+)?", moment, re.sub(r"\{(\d+)\}", reason, text))

    def complete(self, text: str) -> str:
        """Fields in wire order, with CompIDs and SendingTime where the line does not give them; `52=` leaves out."""
        fields = [field.split("=", 1) for field in self.expand(text).split("|")]
        given = {field[0]: field[1] for field in fields if field[0] in HEADER_TAGS}
        header = {**self.peer_ids, "52": stamp(self.time), **given}
        head = [f"{tag}={header[tag]}" for tag in HEADER_TAGS if header.get(tag)]
        return "|".join(head + ["=".join(field) for field in fields if field[0] not in HEADER_TAGS])

    def frame(self, text: str) -> bytes:
        return make_frame(self.complete(text), self.begin_string)

    def receive(self, frame: bytes) -> None:
        self.session.receive(frame, self.now_ns, self.utc_ns)
        self.collect()

    def save(self) -> None:
        """What the caller does before the bytes leave."""
        self.saved = (self.session.next_in, self.session.next_out)

    def collect(self) -> None:
        self.save()
        for frame in split_frames(self.session.data_to_send()):
            fields = fields_of(frame)
            values = dict(fields)
            assert values["8"] == self.begin_string
            assert (values["49"], values["56"]) == (self.our_ids["49"], self.our_ids["56"])
            assert values["52"] == stamp(self.time)
            self.sent.append("|".join(f"{tag}={value}" for tag, value in fields if tag not in UNSEEN_TAGS))
        for message in self.session.take_messages():
            self.delivered.append(f"{message.msg_type.decode()} {message.seq_num}")

    def wait(self, seconds: float) -> None:
        """Let time pass from timer to timer, as the engine's loop does."""
        end_ns = self.now_ns + int(seconds * SECOND_NS)
        while self.session.next_timer_ns() <= end_ns:
            self.elapsed_s = max(self.now_ns, int(self.session.next_timer_ns())) / SECOND_NS
            self.session.handle_timer(self.now_ns, self.utc_ns)
            self.collect()
        self.elapsed_s = end_ns / SECOND_NS

    def play(self, text: str) -> None:
        """Play every line; nothing unexpected may be sent or delivered."""
        for line in text.strip().splitlines():
            step, _, rest = line.split("#")[0].strip().partition(" ")
            if not step:
                continue
            rest = rest.strip()
            if step not in ("<", "app", "fault"):
                assert (self.sent, self.delivered) == ([], []), f"unexpected before {line!r}"
            assert self._hear(step, rest) or self._act(step, rest) or self._expect(step, rest, line), (
                f"unknown {line!r}"
            )
        assert (self.sent, self.delivered) == ([], []), "unexpected at the end"

    def _hear(self, step: str, rest: str) -> bool:
        """Steps of the counterparty."""
        if step == ">":
            self.receive(self.frame(rest))
        elif step == "raw":
            self.receive(make_frame(self.expand(rest), self.begin_string))
        elif step == "begin":
            begin_string, _, fields = rest.partition(" ")
            self.receive(make_frame(self.complete(fields), begin_string))
        elif step == "badsum":
            self.receive(with_wrong_checksum(self.frame(rest)))
        elif step == "badlength":
            self.receive(with_wrong_length(self.frame(rest)))
        elif step == "bytes":
            self.receive(self.expand(rest).replace("|", "\x01").encode())
        else:
            return False
        return True

    def _act(self, step: str, rest: str) -> bool:
        """Steps of whoever drives the session under test."""
        if step == "order":
            assert self.send_order() == int(rest)
            self.save()
            self.session.data_to_send()
        elif step == "logon":
            self.session.log_on(self.now_ns, self.utc_ns)
        elif step == "logout":
            self.session.log_out(rest.encode(), self.now_ns, self.utc_ns)
        elif step == "reset":
            self.session.ask_reset(self.now_ns, self.utc_ns)
        elif step == "refused":
            actions = {
                "order": self.send_order,
                "logon": lambda: self.session.log_on(self.now_ns, self.utc_ns),
                "reset": lambda: self.session.ask_reset(self.now_ns, self.utc_ns),
                "second": lambda: self.session.connection_opened(self.now_ns),
            }
            with pytest.raises(LocalProtocolError):
                actions[rest]()
        elif step == "wait":
            self.wait(float(rest))
        elif step in ("drop", "kill", "sleep"):
            self._reconnect(step, float(rest or 0))
        else:
            return False
        if step != "order":
            self.collect()
        return True

    def _expect(self, step: str, rest: str, line: str) -> bool:
        """What must have happened."""
        if step == "<":
            assert self.sent, f"nothing was sent; expected {rest}"
            assert self.sent.pop(0) == self.expand(rest), line
        elif step == "app":
            assert self.delivered, f"nothing was delivered; expected {rest}"
            assert self.delivered.pop(0) == rest, line
        elif step == "closed":
            assert (self.session.must_close, self.session.close_reason) == (True, int(rest)), line
        elif step == "fault":
            self.faults += [fault.name for fault in self.session.take_faults()]
            assert self.faults, f"no fault; expected {rest}"
            assert self.faults.pop(0) == rest, line
        elif step == "next":
            assert f"{self.session.next_in} {self.session.next_out}" == rest, line
        else:
            return False
        return True

    def send_order(self) -> int:
        body = self.expand("$ORDER").replace("|", "\x01").encode() + b"\x01"
        return int(self.session.send(b"D", body, self.now_ns, self.utc_ns))

    def _reconnect(self, step: str, seconds: float) -> None:
        days = self.session.days
        if step == "kill":
            self.session = FixSession(self.session.settings, self.session.dictionary, *self.saved)
            self.session.days = days
        else:
            self.session.connection_lost(self.now_ns)
        self.elapsed_s += seconds
        if days is not None and days.begin(self.utc_ns):
            self.session.start_new_numbers()
        self.session.connection_opened(self.now_ns)


def acceptor_settings(**changes: object) -> SessionSettings:
    values: dict[str, object] = {
        "begin_string": b"FIX.4.4",
        "sender_comp_id": b"VENUE",
        "target_comp_id": b"XMC",
        "role": ROLE_ACCEPTOR,
        "resend_application_messages": True,
        **changes,
    }
    return SessionSettings(**values)  # type: ignore[arg-type]


def initiator_settings(**changes: object) -> SessionSettings:
    return acceptor_settings(
        sender_comp_id=b"XMC",
        target_comp_id=b"VENUE",
        role=ROLE_INITIATOR,
        **{"resend_application_messages": False, **changes},
    )


def acceptor(
    next_in: int = 1,
    next_out: int = 1,
    version: str = "FIX.4.4",
    schedule: SessionSchedule | None = None,
    **changes: object,
) -> Conversation:
    """A venue's session with a connection, waiting for a Logon."""
    dictionary = dictionary_of(version)
    settings = acceptor_settings(begin_string=dictionary.begin_string, **changes)
    return _connected(FixSession(settings, dictionary, next_in, next_out), schedule, "VENUE", "XMC")


def initiator(
    next_in: int = 1,
    next_out: int = 1,
    version: str = "FIX.4.4",
    schedule: SessionSchedule | None = None,
    **changes: object,
) -> Conversation:
    """An engine's session with a connection, about to log on."""
    dictionary = dictionary_of(version)
    settings = initiator_settings(begin_string=dictionary.begin_string, **changes)
    return _connected(FixSession(settings, dictionary, next_in, next_out), schedule, "XMC", "VENUE")


def _connected(session: FixSession, schedule: SessionSchedule | None, sender: str, target: str) -> Conversation:
    if schedule is not None:
        session.days = SessionDays(schedule, CalendarClock(0, START_UTC_NS, 1000, [], []))
        session.days.begin(START_UTC_NS)
    session.connection_opened(0)
    return Conversation(session, sender, target)
