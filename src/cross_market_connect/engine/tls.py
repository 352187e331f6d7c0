"""TLS of one stream connection: bytes of the wire in, bytes of the session out, and the other way round.

There is no socket here and nothing waits: OpenSSL works on two buffers in memory (`ssl.MemoryBIO`), and the loop moves
their bytes whenever the socket is ready. What the core, the log and the capture see is plain text, so a replay needs
neither keys nor this module. The peer's certificate and name are always verified; nothing switches that off.

A failure is one sentence in `fault`, the reason that the loop reports: which session, to where, what, and the remedy.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.engine.certificates import expiry_utc_s, reason_of

IDLE: Final[i64] = 0  # no connection, or none yet
HANDSHAKE: Final[i64] = 1  # each side says who it is; nothing of the session may leave
OPEN: Final[i64] = 2
ENDED: Final[i64] = 3  # the peer said that it sends no more (close_notify), or its stream ended without saying so
FAILED: Final[i64] = 4  # nothing that came can be trusted, or no more can be understood

CONNECTED: Final[i64] = 0  # the stream is there
AGREED: Final[i64] = 1  # the handshake is complete, the peer verified
CLOSE_NOTIFY: Final[i64] = 2
CUT: Final[i64] = 3  # the stream ended without close_notify
BROKEN: Final[i64] = 4  # OpenSSL refuses what came, or the peer refuses what we sent
GONE: Final[i64] = 5  # the loop closed the connection

NEXT_STATE: Final[dict[tuple[i64, i64], i64]] = {
    (IDLE, CONNECTED): HANDSHAKE,
    (IDLE, GONE): IDLE,
    (HANDSHAKE, AGREED): OPEN,
    (HANDSHAKE, CLOSE_NOTIFY): FAILED,
    (HANDSHAKE, CUT): FAILED,
    (HANDSHAKE, BROKEN): FAILED,
    (HANDSHAKE, GONE): IDLE,
    (OPEN, CLOSE_NOTIFY): ENDED,
    (OPEN, CUT): ENDED,
    (OPEN, BROKEN): FAILED,
    (OPEN, GONE): IDLE,
    (ENDED, GONE): IDLE,
    (FAILED, GONE): IDLE,
}

# What to do about a certificate, by OpenSSL's code (X509_STORE_CTX_get_error(3)): what it is, and the remedy.
UNKNOWN_CA: Final = (
    "the peer's certificate is of an authority that is not trusted",
    "expected ca_file to name the authority that the counterparty gives",
)
WRONG_NAME: Final = (
    "the peer's certificate is for another name",
    "expected server_name as in the certificate, or another host",
)
VERIFICATIONS: Final[dict[int, tuple[str, str]]] = {
    2: UNKNOWN_CA,
    9: ("the peer's certificate is not valid yet", "expected this machine's clock to be right"),
    10: ("the peer's certificate has expired", "expected the counterparty to renew it, and this clock to be right"),
    18: UNKNOWN_CA,
    19: UNKNOWN_CA,
    20: UNKNOWN_CA,
    21: UNKNOWN_CA,
    62: WRONG_NAME,
    64: WRONG_NAME,
}
# What the records themselves show, and alerts with which the peer refused (RFC 8446, section 6.2): words of OpenSSL's
# reason, what it is, and the remedy. The first that fits counts.
PLAIN: Final = ("the peer speaks no TLS", "expected its port for TLS, or tls = false where it has none")
REFUSALS: Final[tuple[tuple[str, tuple[str, str]], ...]] = (
    ("WRONG_VERSION_NUMBER", PLAIN),
    ("PACKET_LENGTH_TOO_LONG", PLAIN),
    ("CERTIFICATE_REQUIRED", ("the peer asks for our certificate", "expected certificate_file and key_file")),
    ("ALERT_UNKNOWN_CA", ("the peer does not know our certificate's authority", "expected one that it has registered")),
    ("CERTIFICATE_EXPIRED", ("the peer says that our certificate has expired", "expected a renewed certificate_file")),
    ("CERTIFICATE", ("the peer refuses our certificate", "expected the certificate_file that it has registered")),
    ("UNSUPPORTED_PROTOCOL", ("the peer offers no TLS 1.2 or later", "expected a newer server")),
    ("PROTOCOL_VERSION", ("the peer accepts no TLS 1.2 or later", "expected a newer server")),
    ("UNRECOGNIZED_NAME", ("the peer does not serve this name", "expected another server_name")),
    ("HANDSHAKE_FAILURE", ("the peer agrees to no cipher, or needs our certificate", "expected certificate_file")),
)
BY_THE_PEER: Final = ("closed by the peer", "expected its reason there, or in its Logout")
WARNING_DAYS: Final = 30
SECONDS_PER_DAY: Final = 86_400


@final
class TlsStream:
    """TLS of one stream source, over all its connections.

    Args:
        context: whom to trust and what to show, from `client_context`.
        session: the source's name. server_name: whom the certificate must name.
        own_expiry_utc_s: when the certificate that we show expires; -1 when we show none.

    Attributes:
        state: as the table says.
        fault: why nothing more is to be read; empty until then.
    """

    def __init__(self, context: ssl.SSLContext, session: str, server_name: str, own_expiry_utc_s: int) -> None:
        self.session: str = session
        self.server_name: str = server_name
        self.state: i64 = IDLE
        self.fault: str = ""
        self._context: ssl.SSLContext = context
        self._own_expiry_utc_s: int = own_expiry_utc_s
        self._address: str = ""
        self._cut_reason: str = ""
        self._has_answered: bool = False
        self._incoming: ssl.MemoryBIO = ssl.MemoryBIO()
        self._outgoing: ssl.MemoryBIO = ssl.MemoryBIO()
        self._object: ssl.SSLObject | None = None

    # ------------------------------------------------------------------ the life of a connection

    def begin(self, host: str, port: int) -> None:
        """The stream is connected: the first flight of the handshake waits in `take_outgoing`."""
        self._move(CONNECTED)
        self.fault = ""
        self._address = f"{host}:{port}"
        self._cut_reason = ""
        self._has_answered = False
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = self._context.wrap_bio(self._incoming, self._outgoing, False, self.server_name)
        self._shake_hands()

    def receive(self, data: bytes) -> None:
        """Bytes of the wire; what they hold is for `read`."""
        self._has_answered = True
        self._incoming.write(data)
        if self.state == HANDSHAKE:
            self._shake_hands()

    def receive_end(self, reason: str) -> None:
        """The stream has ended, for a reason in the system's words or none."""
        self._cut_reason = reason
        self._incoming.write_eof()
        if self.state == HANDSHAKE:
            self._shake_hands()

    def end(self) -> bytes:
        """The loop closes the connection: the last bytes for the peer, as far as it still listens."""
        tls = self._object
        if tls is not None and self.state in (OPEN, ENDED):
            # The peer's own close_notify is not waited for: the session has logged out, or is lost.
            with contextlib.suppress(ssl.SSLError):
                tls.unwrap()
        last = self._outgoing.read()
        self._object = None
        self._move(GONE)
        return last

    def timeout_fault(self) -> str:
        """What to say when the handshake's time is over."""
        if self._has_answered:
            return self._sentence("the handshake stopped half-way", "expected the counterparty's server to go on")
        return self._sentence("no answer to the handshake", "expected a port of the counterparty that speaks TLS")

    def note(self, utc_ns: i64) -> str:
        """What a person should know of an agreed connection: certificates that expire soon; empty for nothing."""
        tls = self._object
        if tls is None:
            return ""
        utc_s = int(utc_ns // NANOSECONDS_PER_SECOND)
        found: list[str] = []
        certificate = tls.getpeercert(True)
        if certificate is not None:
            found += _near("the peer's certificate", expiry_utc_s(certificate), utc_s)
        if self._own_expiry_utc_s >= 0:
            found += _near("certificate_file", self._own_expiry_utc_s, utc_s)
        if len(found) == 0:
            return ""
        return self._sentence(" and ".join(found), "expected it renewed before")

    # ------------------------------------------------------------------ bytes

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of the session; empty when there are none now, or no more (`fault` says so)."""
        tls = self._object
        if tls is None or self.state != OPEN:
            return b""
        parts: list[bytes] = []
        left = size
        while left > 0 and self.has_waiting():
            try:
                part = tls.read(left)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError as error:
                self._refuse(error)
                break
            if len(part) == 0:
                # So Python tells close_notify; in a handshake it is an exception.
                self._move(CLOSE_NOTIFY)
                self.fault = self._sentence(*BY_THE_PEER)
                break
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def has_waiting(self) -> bool:
        """Whether `read` has something to look at."""
        tls = self._object
        if tls is None or self.state != OPEN:
            return False
        return self._incoming.pending > 0 or self._incoming.eof or tls.pending() > 0

    def encrypt(self, data: bytes) -> bytes:
        """What to send for these bytes of the session, after what the protocol itself has to say."""
        tls = self._object
        if tls is None or self.state != OPEN:
            raise InvariantError(f"TLS of {self.session}: nothing may be sent in state {self.state}")
        tls.write(data)
        return self._outgoing.read()

    def take_outgoing(self) -> bytes:
        """What the protocol itself has to say."""
        return self._outgoing.read() if self._outgoing.pending > 0 else b""

    # ------------------------------------------------------------------ inside

    def _shake_hands(self) -> None:
        tls = self._object
        if tls is None:
            raise InvariantError(f"TLS of {self.session}: a handshake without a connection")
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            self._refuse(error)
            return
        self._move(AGREED)

    def _refuse(self, error: ssl.SSLError) -> None:
        """OpenSSL goes no further: say why."""
        handshaking = self.state == HANDSHAKE
        # Which of the two it is depends on Python's version.
        is_cut = isinstance(error, ssl.SSLEOFError) or reason_of(error) == "UNEXPECTED_EOF_WHILE_READING"
        if isinstance(error, ssl.SSLZeroReturnError):
            self._move(CLOSE_NOTIFY)
            what, remedy = BY_THE_PEER
        elif is_cut:
            self._move(CUT)
            what = self._cut_reason or "closed by the peer without close_notify"
            remedy = "expected its reason there"
        else:
            self._move(BROKEN)
            what, remedy = explained(error)
        if handshaking and self._cut_reason != "":
            what = f"the handshake was cut: {what}"
        elif handshaking and is_cut:
            what = "the handshake was cut by the peer"
            remedy = "expected its port for TLS, and its reason there"
        self.fault = self._sentence(what, remedy)

    def _sentence(self, what: str, remedy: str) -> str:
        return f"TLS of {self.session} to {self.server_name} ({self._address}, outgoing): {what}; {remedy}"

    def _move(self, event: i64) -> None:
        state = NEXT_STATE.get((self.state, event), -1)
        if state < 0:
            raise InvariantError(f"TLS of {self.session}: event {event} in state {self.state}")
        self.state = state


def explained(error: ssl.SSLError) -> tuple[str, str]:
    """What OpenSSL's refusal means, and the remedy."""
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = f"the peer's certificate is refused: {error.verify_message}", "expected a valid one"
        return VERIFICATIONS.get(error.verify_code, unknown)
    reason = reason_of(error) or "unknown"
    for words, meaning in REFUSALS:
        if words in reason:
            return meaning
    return reason.lower().replace("_", " "), "expected the counterparty to know"


def _near(whose: str, expiry_s: int, utc_s: int) -> list[str]:
    """A warning about one certificate, if it is due."""
    days = (expiry_s - utc_s) // SECONDS_PER_DAY
    return [f"{whose} expires in {days} days"] if days < WARNING_DAYS else []
