"""Verdicts on header and Logon fields, each rule at its edge."""

import pytest

from cross_market_connect.wire.fix import checks
from cross_market_connect.wire.fix.message import FixMessage, parse_message
from cross_market_connect.wire.fix.settings import ROLE_INITIATOR
from tests.unit.wire.fix.support import DICTIONARY, START_UTC_NS, acceptor_settings, make_frame

SECOND_NS = 10**9


def message(content: str) -> FixMessage:
    return parse_message(make_frame(content), DICTIONARY)


@pytest.mark.parametrize(
    ("sender", "target", "match"),
    [("XMC", "VENUE", True), ("VENUE", "XMC", False), ("XMC", "OTHER", False), ("XMCX", "VENUE", False)],
)
def test_comp_ids_are_compared_in_their_directions(sender: str, target: str, match: bool) -> None:
    assert checks.comp_ids_match(message(f"35=0|49={sender}|56={target}"), acceptor_settings()) == match


def test_missing_comp_ids_do_not_match() -> None:
    assert not checks.comp_ids_match(message("35=0|34=1"), acceptor_settings())


@pytest.mark.parametrize(("offset_ns", "accurate"), [(0, True), (2 * SECOND_NS, True), (2 * SECOND_NS + 1, False)])
def test_sending_time_may_be_off_by_the_tolerance_either_way(offset_ns: int, accurate: bool) -> None:
    settings = acceptor_settings(sending_time_tolerance_s=2)
    received = message("35=0|52=20241125-01:30:00")
    assert checks.is_time_accurate(received, settings, START_UTC_NS + offset_ns) == accurate
    assert checks.is_time_accurate(received, settings, START_UTC_NS - offset_ns) == accurate


def test_sending_time_is_not_judged_when_unreadable_or_when_nobody_asks() -> None:
    assert checks.is_time_accurate(message("35=0|52=yesterday"), acceptor_settings(), 0)
    assert checks.is_time_accurate(message("35=0|34=1"), acceptor_settings(), 0)
    assert checks.is_time_accurate(
        message("35=0|52=20241125-01:30:00"), acceptor_settings(sending_time_tolerance_s=0), 0
    )


@pytest.mark.parametrize(
    ("original", "verdict"),
    [
        ("|122=20241125-01:29:59.999", checks.POSS_DUP_VALID),
        ("|122=20241125-01:30:00", checks.POSS_DUP_VALID),
        ("|122=20241125-01:30:00.001", checks.POSS_DUP_LATE_TIME),
        ("|122=never", checks.POSS_DUP_NO_TIME),
        ("", checks.POSS_DUP_NO_TIME),
    ],
)
def test_orig_sending_time(original: str, verdict: int) -> None:
    assert checks.poss_dup_verdict(message(f"35=0|43=Y|52=20241125-01:30:00{original}")) == verdict


# flag received, its number, we asked, our next_out after our Logon, agreed
RESETS = [
    ("Y", 1, True, 2, True),
    ("Y", 2, True, 2, False),
    ("", 1, True, 2, True),
    ("N", 9, True, 2, False),
    ("", 9, False, 5, True),
    ("Y", 1, False, 2, True),
    ("Y", 1, False, 5, False),
]


@pytest.mark.parametrize(("flag", "number", "asked", "next_out", "agreed"), RESETS)
def test_an_initiator_accepts_a_reset_that_both_sides_know(
    flag: str, number: int, asked: bool, next_out: int, agreed: bool
) -> None:
    settings = acceptor_settings(role=ROLE_INITIATOR, reset_on_logon=asked)
    logon = message(f"35=A|34={number}" + (f"|141={flag}" if flag else ""))
    assert checks.is_reset_agreed(logon, settings, next_out) == agreed


@pytest.mark.parametrize(("content", "agreed"), [("34=1|141=Y", True), ("34=2|141=Y", False), ("34=2", True)])
def test_an_acceptor_follows_a_reset_with_number_1(content: str, agreed: bool) -> None:
    assert checks.is_reset_agreed(message(f"35=A|{content}"), acceptor_settings(), 7) == agreed


@pytest.mark.parametrize(
    ("content", "tag"),
    [("98=0|108=30", 0), ("98=0|108=0", 0), ("98=0|108=3600", 0), ("98=0|108=3601", 108), ("98=1|108=30", 98)],
)
def test_logon_values(content: str, tag: int) -> None:
    assert checks.logon_fault_tag(message(f"35=A|{content}")) == tag


def test_an_empty_password_is_never_right() -> None:
    settings = acceptor_settings(credentials={b"u": b""})
    assert not checks.is_known_user(message("35=A|553=u"), settings)
    assert checks.is_known_user(message("35=A|553=u"), acceptor_settings())
    assert checks.is_known_user(message("35=A|553=u"), acceptor_settings(credentials={b"u": b"x"}, role=ROLE_INITIATOR))
