"""The files of a TLS session, read once at the start: whom to trust, and what to show."""

from __future__ import annotations

import calendar
import ssl
from pathlib import Path
from typing import Final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.der import enter, skip

# Tags of DER (X.690) in a certificate (RFC 5280, section 4.1).
VERSION: Final = 0xA0
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
PEM_END: Final = "-----END CERTIFICATE-----"


def client_context(place: str, ca_file: str, certificate_file: str, key_file: str) -> ssl.SSLContext:
    """Whom to trust and what to show, for connections that this side opens.

    Args:
        place: of the configuration, for messages.
        ca_file: the authorities that may have signed the peer's certificate; empty for the system's.
        certificate_file, key_file: what this side shows; both empty for nothing.

    Raises InputError with every file that does not work. Nothing of a key is ever in a message.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    # Python up to 3.11.2 sets this, and a stream that was cut then looks like one that ended with close_notify.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    faults: list[str] = []
    if ca_file == "":
        context.load_default_certs()
    else:
        faults += _trust_faults(context, place, ca_file)
    if certificate_file != "":
        faults += _identity_faults(context, place, certificate_file, key_file)
    if faults:
        raise InputError(faults)
    return context


def _trust_faults(context: ssl.SSLContext, place: str, ca_file: str) -> list[str]:
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError:
        return [f"{place}.ca_file: {ca_file} holds no certificate; expected certificates as PEM"]
    except OSError as error:
        return [f"{place}.ca_file: {ca_file}: {error.strerror}; expected certificates as PEM"]
    return []


def _identity_faults(context: ssl.SSLContext, place: str, certificate_file: str, key_file: str) -> list[str]:
    faults: list[str] = []
    for key, file in (("certificate_file", certificate_file), ("key_file", key_file)):
        try:
            with open(file, "rb"):
                pass
        except OSError as error:
            faults.append(f"{place}.{key}: {file}: {error.strerror}; expected a file as PEM")
    if faults:
        return faults
    try:
        # An empty pass phrase instead of a question on the terminal, where nobody sits.
        context.load_cert_chain(certificate_file, key_file, password="")
    except ssl.SSLError as error:
        what = (reason_of(error) or "not understood").lower().replace("_", " ")
        return [f"{place}.key_file: {key_file}: {what}; expected the certificate's key as PEM, without a pass phrase"]
    return []


def file_expiry_utc_s(certificate_file: str) -> int:
    """When the first certificate of a file, which `client_context` took, expires; seconds since 1970."""
    text = Path(certificate_file).read_text(encoding="latin-1")
    begin = text.index("-----BEGIN CERTIFICATE-----")
    return expiry_utc_s(ssl.PEM_cert_to_DER_cert(text[begin : text.index(PEM_END, begin) + len(PEM_END)]))


def expiry_utc_s(certificate: bytes) -> int:
    """`notAfter` of a certificate in DER; seconds since 1970. Raises InputError for other bytes."""
    try:
        return _not_after(certificate)
    except (IndexError, ValueError) as error:
        raise InputError([f"certificate: {error}; expected an X.509 certificate"]) from error


def _not_after(certificate: bytes) -> int:
    at, _ = enter(certificate, 0)
    at, _ = enter(certificate, at)  # tbsCertificate
    if certificate[at] == VERSION:
        at = skip(certificate, at)
    for _field in ("serialNumber", "signature", "issuer"):
        at = skip(certificate, at)
    at, _ = enter(certificate, at)  # validity
    at = skip(certificate, at)  # notBefore
    tag = certificate[at]
    begin, end = enter(certificate, at)
    text = certificate[begin:end].decode("ascii")
    if tag == UTC_TIME:
        # RFC 5280, section 4.1.2.5.1: two digits from 50 are of the last century.
        text = ("20" if int(text[:2]) < 50 else "19") + text
    elif tag != GENERALIZED_TIME:
        raise ValueError(f"a time has tag {tag}")
    year, month, day, hour, minute, second = (
        int(text[first:last]) for first, last in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
    )
    return calendar.timegm((year, month, day, hour, minute, second))


def reason_of(error: ssl.SSLError) -> str:
    """OpenSSL's word for the error, empty where it has none: some errors have None, whatever their type says."""
    reason: object = getattr(error, "reason", None)
    return reason if isinstance(reason, str) else ""
