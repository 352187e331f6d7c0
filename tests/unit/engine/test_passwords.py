"""Encrypted passwords against the counterparty's side of RSA, which another library plays."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.passwords import PasswordSealer, PublicKey, read_public_key
from cross_market_connect.engine.targets import StreamTarget

# 23 September 2021, 01:02:03 UTC.
UTC_NS = 1_632_358_923_000_000_000
PLACE = "source ocg.encryption_key_file"


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


def written(private: rsa.RSAPrivateKey, file: Path, form: serialization.PublicFormat) -> str:
    file.write_bytes(private.public_key().public_bytes(serialization.Encoding.PEM, form))
    return str(file)


@pytest.mark.parametrize("form", [serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1])
def test_the_counterparty_reads_time_and_password(
    private: rsa.RSAPrivateKey, form: serialization.PublicFormat, tmp_path: Path
) -> None:
    key = read_public_key(PLACE, written(private, tmp_path / "key.pem", form), 2048)
    sealer = PasswordSealer(key)
    first, second = sealer.sealed(b"Abcd1234", UTC_NS), sealer.sealed(b"Abcd1234", UTC_NS)
    assert first != second
    for sealed in (first, second):
        assert len(sealed) == 344
        opened = private.decrypt(base64.b64decode(sealed, validate=True), padding.PKCS1v15())
        assert opened == b"20210923010203Abcd1234"


def test_a_target_encrypts_at_each_log_on(private: rsa.RSAPrivateKey) -> None:
    target = StreamTarget(0, "ocg", "127.0.0.1", 1, b"{secret}", b"Abcd1234")
    assert target.secret_at(UTC_NS) == b"Abcd1234"
    numbers = private.public_key().public_numbers()
    target.sealer = PasswordSealer(PublicKey(numbers.n, numbers.e))
    opened = private.decrypt(base64.b64decode(target.secret_at(UTC_NS + 10**9)), padding.PKCS1v15())
    assert opened == b"20210923010204Abcd1234"


def test_a_message_that_fills_the_key_and_one_that_is_too_long(private: rsa.RSAPrivateKey) -> None:
    numbers = private.public_key().public_numbers()
    key = PublicKey(numbers.n, numbers.e)
    assert private.decrypt(key.encrypt(b"x" * 245), padding.PKCS1v15()) == b"x" * 245
    with pytest.raises(InputError, match="246 bytes with its time; expected at most 245"):
        key.encrypt(b"x" * 246)


def test_files_that_hold_no_such_key(private: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    file = written(private, tmp_path / "key.pem", form)
    with pytest.raises(InputError, match=r"encryption_key_file: .*: a key of 2048 bits; expected 3072"):
        read_public_key(PLACE, file, 3072)
    with pytest.raises(InputError, match="encryption_key_file: .*No such file"):
        read_public_key(PLACE, str(tmp_path / "none.pem"), 2048)
    text = Path(file).read_text()
    for broken in ("", "nothing", text[:200], text.replace("M", "A", 5), text.splitlines()[0]):
        Path(file).write_text(broken)
        with pytest.raises(InputError, match="holds no RSA public key"):
            read_public_key(PLACE, file, 2048)
