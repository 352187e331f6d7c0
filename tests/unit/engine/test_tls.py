"""TLS of one stream against OpenSSL's own server, both in memory: every byte goes where the test puts it."""

import datetime
import ssl
from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.engine.certificates import client_context, expiry_utc_s, file_expiry_utc_s
from cross_market_connect.engine.tls import ENDED, FAILED, HANDSHAKE, IDLE, OPEN, TlsStream
from tests.unit.engine.support_tls import NAME, Authority, Server, agree

HOST, PORT = "127.0.0.1", 9880
LOGON = b"8=FIX.4.4\x019=5\x0135=A\x0110=178\x01"
WHERE = f"TLS of desk to {NAME} ({HOST}:{PORT}, outgoing): "


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def opened(stream: TlsStream, context: ssl.SSLContext, at_once: int = 1 << 20) -> Server:
    server = Server(context)
    stream.begin(HOST, PORT)
    assert stream.state == HANDSHAKE
    agree(stream, server, at_once)
    return server


def days_from_now(days: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)


# ---------------------------------------------------------------------- bytes


@pytest.mark.parametrize("at_once", [1, 3, 700, 1 << 20])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_in_pieces_of_any_size(authority: Authority, at_once: int, version: ssl.TLSVersion) -> None:
    context = authority.server()
    context.maximum_version = version
    stream = authority.stream()
    server = opened(stream, context, at_once)
    assert stream.state == OPEN and server.agreed and stream.fault == ""
    server.receive(stream.encrypt(LOGON))
    assert server.received == LOGON
    wire = server.send(LOGON + b"1") + server.send(b"2")
    read = b""
    for at in range(0, len(wire), at_once):
        stream.receive(wire[at : at + at_once])
        read += stream.read(65_536)
    assert read == LOGON + b"12"
    assert LOGON not in wire


def test_a_read_takes_no_more_than_it_was_asked_for_and_leaves_the_rest(authority: Authority) -> None:
    stream = authority.stream()
    server = opened(stream, authority.server())
    sent = bytes(range(256)) * 400
    stream.receive(server.send(sent))
    parts = []
    while stream.has_waiting():
        parts.append(stream.read(1000))
    assert max(len(part) for part in parts) == 1000
    assert b"".join(parts) == sent


def test_nothing_of_the_session_leaves_before_both_agree(authority: Authority) -> None:
    stream = authority.stream()
    stream.begin(HOST, PORT)
    with pytest.raises(InvariantError):
        stream.encrypt(LOGON)
    assert stream.read(10) == b""


def test_the_next_connection_begins_anew(authority: Authority) -> None:
    stream = authority.stream()
    opened(stream, authority.server()).close_notify()
    assert stream.end() != b""
    assert stream.state == IDLE
    server = opened(stream, authority.server())
    server.receive(stream.encrypt(LOGON))
    assert server.received == LOGON


# ---------------------------------------------------------------------- ends


def test_what_came_before_close_notify_is_read_first(authority: Authority) -> None:
    stream = authority.stream()
    server = opened(stream, authority.server())
    stream.receive(server.send(b"logout") + server.close_notify())
    assert (stream.read(3), stream.fault) == (b"log", "")
    assert stream.read(100) == b"out"
    assert stream.state == ENDED
    assert stream.fault == WHERE + "closed by the peer; expected its reason there, or in its Logout"
    # The peer ended its half only: our close_notify still reaches it.
    server.receive(stream.end())
    assert isinstance(server.error, ssl.SSLZeroReturnError)


def test_an_end_without_close_notify_is_told_apart(authority: Authority) -> None:
    stream = authority.stream()
    server = opened(stream, authority.server())
    stream.receive(server.send(b"fill"))
    stream.receive_end("")
    assert stream.read(100) == b"fill"
    assert stream.read(100) == b""
    assert stream.fault == WHERE + "closed by the peer without close_notify; expected its reason there"
    stream.end()
    server = opened(stream, authority.server())
    stream.receive_end("Connection reset by peer")
    assert stream.read(100) == b""
    assert stream.fault == WHERE + "Connection reset by peer; expected its reason there"


def test_a_changed_byte_ends_the_session(authority: Authority) -> None:
    stream = authority.stream()
    server = opened(stream, authority.server())
    wire = bytearray(server.send(b"fill"))
    wire[-1] ^= 1
    stream.receive(bytes(wire))
    assert stream.read(100) == b""
    assert stream.state == FAILED
    assert "bad record mac" in stream.fault


@pytest.mark.parametrize("received", [0, 1, 100])
def test_a_handshake_that_is_cut(authority: Authority, received: int) -> None:
    stream, server = authority.stream(), Server(authority.server())
    stream.begin(HOST, PORT)
    server.receive(stream.take_outgoing())
    if received:
        stream.receive(server.outgoing.read()[:received])
    stream.receive_end("")
    assert stream.state == FAILED
    assert stream.fault == WHERE + (
        "the handshake was cut by the peer; expected its port for TLS, and its reason there"
    )


def test_what_a_handshake_that_takes_too_long_is_called(authority: Authority) -> None:
    stream, server = authority.stream(), Server(authority.server())
    stream.begin(HOST, PORT)
    assert stream.timeout_fault().startswith(WHERE + "no answer to the handshake; expected ")
    server.receive(stream.take_outgoing())
    stream.receive(server.outgoing.read()[:40])
    assert stream.timeout_fault().startswith(WHERE + "the handshake stopped half-way; expected ")


# ---------------------------------------------------------------------- whom it refuses


def refusal(stream: TlsStream, context: ssl.SSLContext) -> str:
    server = opened(stream, context)
    assert stream.state == FAILED
    assert not server.agreed, "the peer must not take it for agreed"
    server.receive(stream.end())
    assert server.error is not None and "ALERT" in str(server.error.reason), "the peer hears why"
    return stream.fault


def test_an_expired_certificate(authority: Authority) -> None:
    context = authority.server(not_before=days_from_now(-9), not_after=days_from_now(-1))
    assert refusal(authority.stream(), context).startswith(WHERE + "the peer's certificate has expired; expected ")


def test_a_certificate_that_is_not_valid_yet(authority: Authority) -> None:
    context = authority.server(not_before=days_from_now(2))
    assert refusal(authority.stream(), context).startswith(WHERE + "the peer's certificate is not valid yet; expected ")


def test_another_name_and_another_address(authority: Authority) -> None:
    found = refusal(authority.stream(), authority.server("other.venue.test"))
    assert found.startswith(WHERE + "the peer's certificate is for another name; expected server_name ")
    assert "is for another name" in refusal(authority.stream("127.0.0.1"), authority.server("127.0.0.2"))
    stream = authority.stream("127.0.0.1")
    opened(stream, authority.server("127.0.0.1"))
    assert stream.state == OPEN


def test_an_authority_that_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    found = refusal(Authority(tmp_path / "other").stream(), authority.server())
    assert found.startswith(WHERE + "the peer's certificate is of an authority that is not trusted; expected ca_file ")
    by_the_system = TlsStream(client_context("source desk", "", "", ""), "desk", NAME, -1)
    assert "is not trusted" in refusal(by_the_system, authority.server())


@pytest.mark.parametrize("plain", [LOGON, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 ready\r\n", b"\x00" * 40])
def test_a_peer_without_tls(authority: Authority, plain: bytes) -> None:
    stream = authority.stream()
    stream.begin(HOST, PORT)
    stream.receive(plain)
    assert stream.fault == WHERE + "the peer speaks no TLS; expected its port for TLS, or tls = false where it has none"


def test_old_versions_are_not_spoken(authority: Authority) -> None:
    context = authority.server()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    stream = authority.stream()
    server = opened(stream, context)
    assert stream.state == FAILED and not server.agreed
    assert stream.fault.startswith(WHERE + "the peer ")
    assert "TLS 1.2 or later; expected a newer server" in stream.fault


# ---------------------------------------------------------------------- what it shows


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_peer_that_asks_for_a_certificate(authority: Authority, version: ssl.TLSVersion) -> None:
    context = authority.server(asks=True)
    context.maximum_version = version
    certificate, key = authority.client_files()
    stream = authority.stream(certificate=certificate, key=key)
    server = opened(stream, context)
    server.receive(stream.encrypt(LOGON))
    assert server.received == LOGON

    without = authority.stream()
    opened(without, context)
    without.read(100)  # TLS 1.3 refuses after our side has agreed
    assert without.state == FAILED
    assert "certificate_file" in without.fault and without.fault.startswith(WHERE + "the peer ")


def test_a_certificate_that_the_peer_does_not_know(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    certificate, key = Authority(tmp_path / "other").client_files()
    stream = authority.stream(certificate=certificate, key=key)
    opened(stream, authority.server(asks=True))
    stream.read(100)
    assert stream.fault.startswith(WHERE + "the peer does not know our certificate's authority; expected ")


# ---------------------------------------------------------------------- files and days


def test_when_a_certificate_expires(authority: Authority) -> None:
    """Against what OpenSSL itself says of the same certificate, in both centuries' forms of a time."""
    for not_after in (datetime.datetime(2049, 12, 31, 23, 59, 59), datetime.datetime(2051, 2, 3, 4, 5, 6)):
        stream = authority.stream()
        opened(stream, authority.server(not_after=not_after.replace(tzinfo=datetime.UTC)))
        assert stream._object is not None
        shown, der = stream._object.getpeercert(), stream._object.getpeercert(True)
        assert shown is not None and der is not None
        assert expiry_utc_s(der) == ssl.cert_time_to_seconds(str(shown["notAfter"]))
        assert expiry_utc_s(der) == int(not_after.replace(tzinfo=datetime.UTC).timestamp())
        for cut in range(len(der) // 2):
            with pytest.raises(InputError):
                expiry_utc_s(der[:cut])


def test_certificates_that_expire_soon_are_told(authority: Authority) -> None:
    soon, later = days_from_now(12), days_from_now(400)
    now_ns = int(datetime.datetime.now(datetime.UTC).timestamp()) * 1_000_000_000
    certificate, key = authority.client_files(days_from_now(3))
    quiet = authority.stream()
    opened(quiet, authority.server(not_after=later))
    assert quiet.note(now_ns) == ""
    peer = authority.stream()
    opened(peer, authority.server(not_after=soon))
    assert peer.note(now_ns).startswith(WHERE + "the peer's certificate expires in 12 days; expected ")
    own = authority.stream(certificate=certificate, key=key, expiry_utc_s=file_expiry_utc_s(certificate))
    opened(own, authority.server(not_after=later))
    assert own.note(now_ns).startswith(WHERE + "certificate_file expires in 3 days; expected ")


def test_every_file_that_does_not_work_is_named_and_no_key_is_shown(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.client_files()
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing\n")
    missing = str(tmp_path / "missing.pem")

    def faults(ca_file: str, certificate_file: str, key_file: str) -> list[str]:
        with pytest.raises(InputError) as found:
            client_context("source desk", ca_file, certificate_file, key_file)
        return found.value.faults

    assert [fault.split(":")[0] for fault in faults(missing, missing, missing)] == [
        "source desk.ca_file",
        "source desk.certificate_file",
        "source desk.key_file",
    ]
    assert faults(str(empty), "", "") == [
        f"source desk.ca_file: {empty} holds no certificate; expected certificates as PEM"
    ]
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other").client_files()[1]
    assert "key values mismatch" in faults(authority.ca_file, certificate, other)[0]
    assert "source desk.key_file" in faults(authority.ca_file, certificate, str(empty))[0]
    secret = Path(key).read_text().splitlines()[1]
    assert secret not in str(faults(missing, certificate, key))
