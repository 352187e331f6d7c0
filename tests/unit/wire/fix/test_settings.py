"""Settings name every fault at once and never quote a secret."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.message import MESSAGE_BYTES_MAX
from cross_market_connect.wire.fix.settings import SessionSettings
from tests.unit.wire.fix.support import acceptor_settings


def test_the_defaults_are_the_usual_ones() -> None:
    settings = SessionSettings(b"FIX.4.4", b"A", b"B", 0)
    assert (settings.heartbeat_interval_s, settings.sending_time_tolerance_s) == (30, 120)
    assert not settings.resend_application_messages, "a sender of orders must not resend by default"
    assert not settings.reset_on_logon
    assert settings.credentials is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"begin_string": b""}, "begin_string"),
        ({"sender_comp_id": b"A\x01B"}, "sender_comp_id"),
        ({"target_comp_id": b""}, "target_comp_id"),
        ({"role": 2}, "role"),
        ({"heartbeat_interval_s": -1}, "heartbeat_interval_s"),
        ({"heartbeat_interval_s": 3601}, "heartbeat_interval_s"),
        ({"sending_time_tolerance_s": -1}, "sending_time_tolerance_s"),
        ({"logon_timeout_s": 0}, "logon_timeout_s"),
        ({"logout_timeout_s": 0}, "logout_timeout_s"),
        ({"message_bytes_max": 511}, "message_bytes_max"),
        ({"message_bytes_max": MESSAGE_BYTES_MAX + 1}, "message_bytes_max"),
        ({"username": b"a\x01"}, "username"),
        ({"password_placeholder": b"a\x01"}, "password_placeholder"),
        ({"application_version": b"a\x01"}, "application_version"),
    ],
)
def test_each_fault_is_named(changes: dict[str, object], named: str) -> None:
    with pytest.raises(InputError) as raised:
        acceptor_settings(**changes)
    assert len(raised.value.faults) == 1
    assert named in raised.value.faults[0]


def test_all_faults_come_together_without_the_password() -> None:
    with pytest.raises(InputError) as raised:
        acceptor_settings(role=7, logon_timeout_s=0, password_placeholder=b"hunter2\x01")
    assert len(raised.value.faults) == 3
    assert "hunter2" not in str(raised.value)


def test_the_edges_are_allowed() -> None:
    acceptor_settings(heartbeat_interval_s=0, sending_time_tolerance_s=0, message_bytes_max=512)
    acceptor_settings(heartbeat_interval_s=3600, message_bytes_max=MESSAGE_BYTES_MAX)
