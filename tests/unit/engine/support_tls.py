"""An authority, what it issues, and the other end of a TLS stream: OpenSSL's own server over such buffers."""

import contextlib
import datetime
import ssl
from pathlib import Path

import trustme

from cross_market_connect.engine.certificates import client_context
from cross_market_connect.engine.tls import TlsStream

NAME = "fix.venue.test"
NOW = datetime.datetime(2026, 11, 28, 12, 0, tzinfo=datetime.UTC)


class Authority:
    """An authority with its certificate in a file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca = trustme.CA()
        self.ca_file = str(directory / "ca.pem")
        self.ca.cert_pem.write_to_path(self.ca_file)

    def server(
        self,
        name: str = NAME,
        not_before: datetime.datetime | None = None,
        not_after: datetime.datetime | None = None,
        asks: bool = False,
    ) -> ssl.SSLContext:
        """A server with a certificate for that name; `asks`: it wants one of the client too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(name, not_before=not_before, not_after=not_after).configure_cert(context)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            self.ca.configure_trust(context)
        return context

    def server_files(self, name: str) -> tuple[str, str]:
        """Certificate and key of a server, as files."""
        issued = self.ca.issue_cert(name)
        certificate, key = str(self.directory / "server.pem"), str(self.directory / "server.key")
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        return certificate, key

    def client_files(self, not_after: datetime.datetime | None = None) -> tuple[str, str]:
        """Certificate and key of a client, as files."""
        issued = self.ca.issue_cert("desk.client.test", not_after=not_after)
        certificate, key = str(self.directory / "client.pem"), str(self.directory / "client.key")
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        return certificate, key

    def stream(self, name: str = NAME, certificate: str = "", key: str = "", expiry_utc_s: int = -1) -> TlsStream:
        """The client's side, which trusts this authority."""
        return TlsStream(client_context("source desk", self.ca_file, certificate, key), "desk", name, expiry_utc_s)


class Server:
    """The server's end of one connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.agreed = False
        self.received = b""
        self.error: ssl.SSLError | None = None

    def receive(self, data: bytes) -> None:
        self.incoming.write(data)
        try:
            if not self.agreed:
                self.tls.do_handshake()
                self.agreed = True
            while part := self.tls.read(65_536):
                self.received += part
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            self.error = self.error or error

    def send(self, data: bytes) -> bytes:
        self.tls.write(data)
        return self.outgoing.read()

    def close_notify(self) -> bytes:
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        return self.outgoing.read()


def agree(stream: TlsStream, server: Server, at_once: int = 1 << 20) -> None:
    """The handshake, in pieces of that many bytes, until neither side has anything to say."""
    while True:
        out = stream.take_outgoing()
        for at in range(0, len(out), at_once):
            server.receive(out[at : at + at_once])
        back = server.outgoing.read()
        for at in range(0, len(back), at_once):
            stream.receive(back[at : at + at_once])
        if not out and not back:
            return
