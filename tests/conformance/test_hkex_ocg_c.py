"""Conversations with HKEX OCG-C: its session rules, each with the section of the specification that says so.

"FIX" is the FIX Trading Protocol, "Binary" the Binary Trading Protocol, whose sections 4 and 5 say the same of the
session; docs/protocols/hkex-ocg-c.md tells which edition of either was to be had. `{password}` stands where the shell
puts the encrypted one.
"""

import base64
import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cross_market_connect.engine.passwords import PasswordSealer, PublicKey
from cross_market_connect.venues.hkex.ocg_c import (
    ENCRYPTED_PASSWORD_LENGTH,
    client_settings,
    gateway_settings,
    ocg_c_dictionary,
)
from cross_market_connect.wire.fix import session_status
from cross_market_connect.wire.fix.encoder import fill_secret
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.session_status import PasswordCheck
from tests.unit.wire.fix.support import (
    SECOND_NS,
    START_UTC_NS,
    UNSEEN_TAGS,
    Conversation,
    fields_of,
    make_frame,
    split_frames,
)

CLIENT, GATEWAY = b"CO99999901", b"HKEXCO"
PLACEHOLDER = b"{password}"
LOGON = "< 35=A|34=%d|98=0|108=20|789=%d|1400=101|1401=344|1402={password}|1137=9"


class OcgConversation(Conversation):
    """Frames of FIXT 1.1 with microseconds in SendingTime."""

    def receive(self, frame: bytes) -> None:
        content = frame.split(b"\x01", 2)[2].rsplit(b"10=", 1)[0]
        super().receive(make_frame(content.decode().replace("\x01", "|").removesuffix("|"), "FIXT.1.1"))

    def collect(self) -> None:
        for frame in split_frames(self.session.data_to_send()):
            fields = fields_of(frame)
            assert re.fullmatch(
                r"\d{8}-\d\d:\d\d:\d\d\.\d{6}", dict(fields)["52"]
            )  # section 8: YYYYMMDD-HH:MM:SS.ssssss
            self.sent.append("|".join(f"{tag}={value}" for tag, value in fields if tag not in UNSEEN_TAGS))
        for message in self.session.take_messages():
            self.delivered.append(f"{message.msg_type.decode()} {message.seq_num}")


def client(next_in: int = 1, next_out: int = 1) -> OcgConversation:
    """Our end with a connection, its Logon sent."""
    settings = client_settings(CLIENT, GATEWAY, PLACEHOLDER)
    session = FixSession(settings, ocg_c_dictionary(), next_in, next_out)
    session.connection_opened(0)
    session.log_on(0, START_UTC_NS)
    talk = OcgConversation(session, CLIENT.decode(), GATEWAY.decode())
    talk.collect()
    return talk


CONVERSATIONS = {
    # FIX 4.1, 7.4.1; Binary 4.1: identified by CompID, the password encrypted, what is expected next always said.
    "the day's first log-on": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9        # session active
        next 2 2
        """,
    ),
    # Binary 4.5: a session goes on where it was.
    "a second log-on of the day": (
        7,
        5,
        f"""
        {LOGON % (5, 7)}
        > 35=A|34=7|98=0|108=20|789=6|1409=0|1137=9
        next 8 6
        """,
    ),
    # Binary 5.3, 3: what we miss comes without being asked for; asking while it comes would end the session.
    "what came while we were away is not asked for": (
        3,
        2,
        f"""
        {LOGON % (2, 3)}
        > 35=A|34=6|98=0|108=20|789=3|1409=0|1137=9
        > 35=8|34=3|43=Y|122=@|37=O1|17=E1|150=0|39=0|54=1|151=100|14=0|11=1|48=5|22=8|207=XHKG
        app 8 3
        > 35=8|34=4|43=Y|122=@|37=O1|17=E2|150=F|39=2|54=1|151=0|14=100|11=1|48=5|22=8|207=XHKG|32=100|31=60.5
        app 8 4
        > 35=4|34=5|43=Y|122=@|123=Y|36=7                  # the Logon's own number is skipped
        next 7 3
        """,
    ),
    # Binary 5.3, 3: and what it misses is filled by us without being asked: old orders by gap fills only.
    "what it missed is filled at once": (
        1,
        4,
        f"""
        {LOGON % (4, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9
        < 35=4|34=2|43=Y|122=@us|123=Y|36=5
        next 2 5
        """,
    ),
    # Binary 5.3, 1: it expects what we never sent: numbers are agreed upon by people.
    "it expects more than we sent": (
        1,
        2,
        f"""
        {LOGON % (2, 1)}
        > 35=A|34=1|98=0|108=20|789=9|1409=0|1137=9
        < 35=5|34=3|58=NextExpectedMsgSeqNum too high, expecting 3 but received 9
        closed 3
        """,
    ),
    # Binary 4.1: refused with the reason in SessionStatus.
    "a wrong password": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=5|34=1|1409=5|58=bad
        closed 2
        """,
    ),
    # Binary 4.2: lower than expected and no PossDup: Logout, and the connection ends.
    "a number that was used before": (
        4,
        4,
        f"""
        {LOGON % (4, 4)}
        > 35=A|34=4|98=0|108=20|789=5|1409=0|1137=9
        > 35=0|34=3
        < 35=5|34=5|58=MsgSeqNum too low, expecting 5 but received 3
        closed 3
        """,
    ),
    # Binary 5.1, 5.2: a gap in session is asked for; the answer's administrative messages are skipped by gap fills.
    "a gap in session": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9
        > 35=0|34=4
        < 35=2|34=2|7=2|16=3
        > 35=4|34=2|43=Y|122=@|123=Y|36=4
        next 5 3
        """,
    ),
    # Binary 5.1, 5.5.1: asked for what we sent, no order is sent again: OCG-C would take a late one for a new one.
    "orders are not resent": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9
        > 35=2|34=2|7=1|16=0
        < 35=4|34=1|43=Y|122=@us|123=Y|36=2
        next 3 2
        """,
    ),
    # Binary 4.3: a Heartbeat after 20 seconds without a message of ours; a TestRequest answered with its id.
    "heartbeats": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9
        wait 20
        < 35=0|34=2
        > 35=1|34=2|112=777
        < 35=0|34=3|112=777
        """,
    ),
    # Binary 4.1: 60 seconds without an answer to the Logon, then the connection is ended.
    "no answer to the Logon": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        wait 59
        wait 1
        closed 4
        """,
    ),
    # Binary 4.4: a Logout is answered, or after 60 seconds the connection is ended.
    "no answer to the Logout": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9
        logout end of day
        < 35=5|34=2|58=end of day
        wait 59
        wait 1
        closed 4
        """,
    ),
    # Binary 4.6.1: Reset mode is its to use; numbers only go up.
    "its SequenceReset in reset mode": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9
        > 35=4|34=2|36=50
        next 50 2
        """,
    ),
    # FIX 7.8: a refusal for the throttle comes as a BusinessMessageReject with reason 8.
    "over the throttle": (
        1,
        1,
        f"""
        {LOGON % (1, 1)}
        > 35=A|34=1|98=0|108=20|789=2|1409=0|1137=9
        > 35=j|34=2|45=2|372=D|379=1|380=8|58=Throttle limit exceeded
        app j 2
        """,
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversation(name: str) -> None:
    next_in, next_out, text = CONVERSATIONS[name]
    client(next_in, next_out).play(re.sub(r"@us", r"@000", text))


def test_what_the_exchange_says_of_the_session_reaches_people_with_the_remedy() -> None:
    talk = client()
    talk.sent.clear()
    talk.play("> 35=5|34=1|1409=6|58=locked\nclosed 2")
    (refused,) = [fault.describe() for fault in talk.session.take_faults()]
    assert refused.startswith("session CO99999901->HKEXCO, received message 5 number 1: logon refused: ")
    assert "SessionStatus 6, account locked: locked; " in refused
    talk = client()
    talk.sent.clear()
    talk.play("> 35=A|34=1|98=0|108=20|789=2|1409=2|1137=9|58=Password expires in 3 days")
    (due,) = [fault.describe() for fault in talk.session.take_faults()]
    assert "tag 1409: SessionStatus other than active: SessionStatus 2, session password due to expire: Pass" in due
    assert talk.session.is_logged_on


# ---------------------------------------------------------------------- both ends, with the password


class Registered(PasswordCheck):
    """The exchange's: one password per CompID, the log-on's time within a tolerance, locked after three failures."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self.private = private
        self.passwords = {CLIENT: b"Abcd1234"}
        self.failures: dict[bytes, int] = {}

    def status(self, comp_id: bytes, encrypted: bytes, utc_ns: int) -> int:
        if self.failures.get(comp_id, 0) >= 3:
            return int(session_status.STATUS_LOCKED)
        if self.is_right(comp_id, encrypted, utc_ns):
            self.failures[comp_id] = 0
            return int(session_status.STATUS_ACTIVE)
        self.failures[comp_id] = self.failures.get(comp_id, 0) + 1
        return int(session_status.STATUS_CREDENTIALS)

    def is_right(self, comp_id: bytes, encrypted: bytes, utc_ns: int) -> bool:
        try:
            opened = self.private.decrypt(base64.b64decode(encrypted, validate=True), padding.PKCS1v15())
            moment = datetime.strptime(opened[:14].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return False
        is_now = abs(moment.timestamp() - utc_ns / SECOND_NS) <= 60
        return is_now and opened[14:] == self.passwords.get(comp_id)


class TwoEnds:
    """A client with its shell, and a gateway; what each says goes to the other at once."""

    def __init__(self, private: rsa.RSAPrivateKey, next_in: int = 1, next_out: int = 1) -> None:
        numbers = private.public_key().public_numbers()
        self.sealer = PasswordSealer(PublicKey(numbers.n, numbers.e))
        self.check = Registered(private)
        self.client = FixSession(client_settings(CLIENT, GATEWAY, PLACEHOLDER), ocg_c_dictionary(), next_in, next_out)
        settings = gateway_settings(GATEWAY, CLIENT, self.check)
        self.gateway = FixSession(settings, ocg_c_dictionary(), next_out, next_in)
        self.utc_ns = START_UTC_NS

    def log_on(self, password: bytes, shell_utc_ns: int | None = None) -> str:
        """The outcome: on, or what the client reports."""
        for end in (self.client, self.gateway):
            end.connection_opened(0)
        self.client.log_on(0, self.utc_ns)
        data = self.client.data_to_send()
        assert self.client.data_has_secret
        at = self.utc_ns if shell_utc_ns is None else shell_utc_ns
        self.talk(fill_secret(data, PLACEHOLDER, self.sealer.sealed(password, at)))
        if self.client.is_logged_on and self.gateway.is_logged_on:
            return "on"
        faults = [fault.describe() for fault in self.client.take_faults()]
        for end in (self.client, self.gateway):
            end.connection_lost(0)
        return " ".join(faults)

    def talk(self, data: bytes) -> None:
        while data:
            self.gateway.receive(data, 0, self.utc_ns)
            answer = self.gateway.data_to_send()
            if answer:
                self.client.receive(answer, 0, self.utc_ns)
            data = self.client.data_to_send()


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


def test_a_right_password_and_numbers_that_go_on(private: rsa.RSAPrivateKey) -> None:
    ends = TwoEnds(private)
    assert ends.log_on(b"Abcd1234") == "on"
    assert (ends.client.next_in, ends.client.next_out) == (2, 2) == (ends.gateway.next_in, ends.gateway.next_out)
    again = TwoEnds(private, 9, 4)
    assert again.log_on(b"Abcd1234") == "on"
    assert (again.client.next_in, again.client.next_out) == (10, 5)


def test_wrong_passwords_and_the_lock_after_three(private: rsa.RSAPrivateKey) -> None:
    ends = TwoEnds(private)
    for _ in range(3):
        assert "SessionStatus 5, invalid username or password: Invalid username or password" in ends.log_on(b"Abcd1235")
    assert "SessionStatus 6, account locked" in ends.log_on(b"Abcd1234")


def test_a_log_on_whose_time_is_off_is_refused(private: rsa.RSAPrivateKey) -> None:
    ends = TwoEnds(private)
    assert "SessionStatus 5" in ends.log_on(b"Abcd1234", START_UTC_NS - 3600 * SECOND_NS)


def test_the_password_is_in_no_byte_of_the_core_and_its_length_is_as_said(private: rsa.RSAPrivateKey) -> None:
    ends = TwoEnds(private)
    ends.client.connection_opened(0)
    ends.client.log_on(0, START_UTC_NS)
    data = ends.client.data_to_send()
    assert b"Abcd1234" not in data and b"1402=" + PLACEHOLDER in data
    filled = fill_secret(data, PLACEHOLDER, ends.sealer.sealed(b"Abcd1234", START_UTC_NS))
    (value,) = re.findall(rb"\x011402=([^\x01]*)\x01", filled)
    assert len(value) == ENCRYPTED_PASSWORD_LENGTH == int(re.findall(rb"\x011401=(\d+)\x01", filled)[0])
    assert b"Abcd1234" not in filled
