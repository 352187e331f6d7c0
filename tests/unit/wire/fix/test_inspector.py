"""Verdicts on messages and Logons, per version; what is said on the wire is in tests/conformance/fix."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix import checks, faults
from cross_market_connect.wire.fix.faults import FaultLog
from cross_market_connect.wire.fix.inspector import Inspector
from cross_market_connect.wire.fix.message import FixMessage, parse_message
from cross_market_connect.wire.fix.sender import Numbers, Sender
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.wire.fix.support import acceptor_settings, make_frame

HEAD = "49=XMC|56=VENUE|34=1|52=20241125-01:30:00"


class Bench:
    def __init__(self, version: str, **changes: object) -> None:
        self.dictionary = dictionary_of(version)
        settings = acceptor_settings(begin_string=self.dictionary.begin_string, **changes)
        self.faults = FaultLog()
        sender = Sender(settings, Numbers(1, 1))
        self.inspector = Inspector(settings, self.dictionary, sender, self.faults)

    def message(self, msg_type: str, body: str) -> FixMessage:
        begin = self.dictionary.begin_string.decode()
        return parse_message(make_frame(f"35={msg_type}|{HEAD}|{body}", begin), self.dictionary)


@pytest.mark.parametrize(
    ("version", "body", "refusal"),
    [
        ("FIX.4.2", "98=0|108=30", b""),
        ("FIX.4.4", "98=0|108=30", b""),
        ("FIX.5.0SP2", "98=0|108=30|1137=9", b""),
        ("FIX.5.0SP2", "98=0|108=30", b"Invalid Logon"),
        ("FIX.5.0SP2", "98=0|108=30|1137=6", b"DefaultApplVerID not supported"),
        ("FIX.4.4", "98=0|108=30|789=0", b"Value of tag 789 not supported"),
        ("FIX.4.2", "98=0|108=30|789=1", b"Invalid Logon"),
    ],
)
def test_a_logon_is_refused_for(version: str, body: str, refusal: bytes) -> None:
    bench = Bench(version)
    assert bench.inspector.logon_refusal(bench.message("A", body)) == refusal


def test_a_message_of_another_application_version_is_refused() -> None:
    bench = Bench("FIX.5.0SP2")
    order = "11=C1|54=1|60=20241125-01:30:00|38=1|40=1"
    assert bench.inspector.is_valid(bench.message("D", order))
    assert bench.inspector.is_valid(bench.message("D", "1128=9|" + order))
    assert not bench.inspector.is_valid(bench.message("D", "1128=8|" + order))
    assert [(report.code, report.tag, report.text) for report in bench.faults.take()] == [
        (faults.FAULT_APPL_VERSION, 1128, b"8")
    ]


@pytest.mark.parametrize(
    "changes",
    [{"next_expected": True}, {"username": b"trader"}, {"password_placeholder": b"{secret:x}"}, {"credentials": {}}],
)
def test_settings_cannot_ask_for_fields_that_42_lacks(changes: dict[str, object]) -> None:
    settings = acceptor_settings(begin_string=b"FIX.4.2", **changes)
    with pytest.raises(InputError, match=r"FIX\.4\.2 has no field"):
        checks.require_logon_fields(settings, dictionary_of("FIX.4.2"))
    rows = dictionary_of(
        "FIX.4.2", "553 Username STRING; 554 Password STRING; 789 NextExpected SEQNUM", "A: 553 554 789"
    )
    checks.require_logon_fields(settings, rows)
    checks.require_logon_fields(settings, dictionary_of("FIX.5.0SP2"))
