"""What the FIX tests share: frames and fields made without the package, and conversations written as lines.

`make_frame` and `fields_of` are a second codec of ten lines, so that encoder and parser are not checked against
themselves. A conversation is a text, one step per line:

    > 35=A|34=1|98=0|108=30      received by the session under test; CompIDs and SendingTime are filled in
    < 35=A|34=1|98=0|108=30      sent by it: everything but 8, 9, 10, 49, 56 and 52, which are checked apart
    raw ...                      received exactly like this, with the length and checksum added (raw4.1: as FIX 4.1)
    order 3                      the session sends an order, under this number
    logout bye                   the session starts to log out
    wait 30                      seconds pass, and timers are served
    app D 2                      an application message came out: MsgType and MsgSeqNum
    closed 3                     the session asks for closing, for this reason
    next 5 7                     next_in and next_out

`@` stands for the current time, `@-121` for 121 seconds earlier, `$ORDER` for the fields of a small order. What follows
`#` names the rule.
"""

import re
from datetime import UTC, datetime, timedelta

from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.fix44 import fix44_dictionary
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, SessionSettings

START = datetime(2024, 11, 25, 1, 30, tzinfo=UTC)
START_UTC_NS = 1_732_498_200_000_000_000
SECOND_NS = 1_000_000_000
HEADER_TAGS = ("35", "49", "56", "34", "43", "52", "122")
UNSEEN_TAGS = {"8", "9", "10", "49", "56", "52"}
ORDER = "11=C1|55=IF2412|54=1|60=@|38=1|40=1"
DICTIONARY: Dictionary = fix44_dictionary()


def make_frame(content: str, begin_string: str = "FIX.4.4") -> bytes:
    """A complete message from its fields between BodyLength and CheckSum, `|` for the delimiter."""
    body = content.replace("|", "\x01").encode() + b"\x01"
    head = f"8={begin_string}\x019={len(body)}\x01".encode()
    return head + body + b"10=%03d\x01" % (sum(head + body) % 256)


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
        self.peer_ids = {"49": target, "56": sender}
        self.our_ids = {"49": sender, "56": target}
        self.elapsed_s = 0.0
        self.sent: list[str] = []
        self.delivered: list[str] = []

    @property
    def now_ns(self) -> int:
        return int(self.elapsed_s * SECOND_NS)

    @property
    def utc_ns(self) -> int:
        return START_UTC_NS + self.now_ns

    @property
    def time(self) -> datetime:
        return START + timedelta(seconds=self.elapsed_s)

    def expand(self, text: str) -> str:
        def moment(match: re.Match[str]) -> str:
            return stamp(self.time + timedelta(seconds=float(match.group(1) or 0)))

        return re.sub(r"@([+-]\d+)?", moment, text)

    def complete(self, text: str) -> str:
        """Fields in wire order, with CompIDs and SendingTime where the line does not give them; `52=` leaves out."""
        fields = [field.split("=", 1) for field in self.expand(text).split("|")]
        given = {tag: value for tag, value in fields if tag in HEADER_TAGS}
        header = {**self.peer_ids, "52": stamp(self.time), **given}
        head = [f"{tag}={header[tag]}" for tag in HEADER_TAGS if header.get(tag)]
        return "|".join(head + [f"{tag}={value}" for tag, value in fields if tag not in HEADER_TAGS])

    def receive(self, frame: bytes) -> None:
        self.session.receive(frame, self.now_ns, self.utc_ns)
        self.collect()

    def collect(self) -> None:
        for frame in split_frames(self.session.data_to_send()):
            fields = fields_of(frame)
            values = dict(fields)
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
        for line in text.replace("$ORDER", ORDER).strip().splitlines():
            step, _, rest = line.split("#")[0].strip().partition(" ")
            if not step:
                continue
            rest = rest.strip()
            if step not in ("<", "app"):
                assert (self.sent, self.delivered) == ([], []), f"unexpected before {line!r}"
            if step == ">":
                self.receive(make_frame(self.complete(rest)))
            elif step == "raw":
                self.receive(make_frame(self.expand(rest)))
            elif step == "raw4.1":
                self.receive(make_frame(self.expand(rest), "FIX.4.1"))
            elif step == "order":
                body = self.expand(ORDER.replace("|", "\x01") + "\x01").encode()
                assert self.session.send(b"D", body, self.now_ns, self.utc_ns) == int(rest)
                self.session.data_to_send()
            elif step == "logout":
                self.session.log_out(rest.encode(), self.now_ns, self.utc_ns)
                self.collect()
            elif step == "<":
                assert self.sent, f"nothing was sent; expected {rest}"
                assert self.sent.pop(0) == self.expand(rest), line
            elif step == "app":
                assert self.delivered, f"nothing was delivered; expected {rest}"
                assert self.delivered.pop(0) == rest, line
            elif step == "wait":
                self.wait(float(rest))
            elif step == "closed":
                assert (self.session.must_close, self.session.close_reason) == (True, int(rest)), line
            elif step == "next":
                assert f"{self.session.next_in} {self.session.next_out}" == rest, line
            else:
                raise AssertionError(f"unknown step {line!r}")
        assert (self.sent, self.delivered) == ([], []), "unexpected at the end"


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


def acceptor(next_in: int = 1, next_out: int = 1, **changes: object) -> Conversation:
    """A venue's session with a connection, waiting for a Logon."""
    session = FixSession(acceptor_settings(**changes), DICTIONARY, next_in, next_out)
    session.connection_opened(0)
    return Conversation(session, "VENUE", "XMC")
