"""Every gateway passes the suite, and the suite can fail: a venue that misbehaves turns the case red."""

import datetime
import json

import pytest

from cross_market_connect.conformance.case import FAIL, PASS, Case
from cross_market_connect.conformance.catalogue import CASES, OWN_CASES
from cross_market_connect.conformance.report import as_html, as_object
from cross_market_connect.conformance.suite import run_suite
from cross_market_connect.conformance.target import simulated
from tests.conformance.gateways import GatewayConformance


class TestFix42(GatewayConformance):
    gateway = "simulated-4.2"
    # FIX 4.2 has no mass requests.
    unsupported = frozenset({411, 607, 608})


class TestFix44(GatewayConformance):
    gateway = "simulated-4.4"


class TestFix50(GatewayConformance):
    gateway = "simulated-5.0"


class TestOcgC(GatewayConformance):
    gateway = "simulated-ocg-c"
    # No lists, amendments, questions, corrections, copies; refusals that only a counterparty's own codes tell apart.
    unsupported = frozenset(
        {111, 212, *range(303, 308), *range(309, 313), 314, 408, *range(501, 509), *range(601, 609)}
        | {*range(702, 705), *range(708, 716), 718, 802, 803, 804, *range(821, 825)}
    )

    @pytest.mark.parametrize("case", OWN_CASES["ocg_c"], ids=lambda case: f"{case.number}")
    def test_own_case(self, case: Case) -> None:
        self.test_case(case)


def case(number: int):
    return next(one for one in CASES if one.number == number)


# The script by which the venue misbehaves, the case that must see it, and what the case says.
MISBEHAVIOURS = (
    ("when order 1 then lose", 201, "waited 2 s for a receipt"),
    ("when order 1 then silence trade", 202, "waited 2 s for fill"),
    ("when order 1 then partial 2 of 3", 203, "waited 2 s for fill"),
    ("when order 1 then rest", 204, "waited 2 s for expired or cancelled"),
    ("when order 1 then fill 1 after 0 ms", 401, "filled lots: 1; expected 0"),
    ("when order 1 then reject falsely price_out_of_limits", 301, "expected nothing more; received acknowledged"),
    ("when cancel 1 then lose", 401, "waited 2 s for cancelled"),
    ("when order 2 then lose", 212, "waited 2 s for fill"),
    ("when replace 1 then lose", 501, "waited 2 s for status"),
    ("when replace 1 then fill 1 first", 501, "open lots: 2; expected 3"),
    ("when status 1 then lose", 601, "waited 2 s for a receipt"),
    ("when logon 1 then drop", 101, "no log-on"),
    ("when order 1 then say 14=1", 821, "filled lots in the copy: 0; expected 1"),
    ("when order 1 then silence trade", 823, "waited 2 s for partial_fill"),
)


# The same of HKEX OCG-C's own cases.
OCG_C_MISBEHAVIOURS = (
    ("when order 1 then say 378=8", 911, "reports with 378=103: 1; expected 2"),
    ("when order 1 then say 378=101", 912, "reports with 378=104: 0; expected 1"),
    ("when order 1 then silence end", 913, "waited 2 s for expired"),
    ("when order 2 then say 103=0", 909, "reject class: other; expected duplicate_id"),
)


@pytest.mark.parametrize(("script", "number", "says"), OCG_C_MISBEHAVIOURS)
def test_an_ocg_c_that_misbehaves_turns_the_case_red(script: str, number: int, says: str) -> None:
    (chosen,) = [one for one in OWN_CASES["ocg_c"] if one.number == number]
    (outcome,) = run_suite(simulated("simulated-ocg-c"), [chosen], script)
    assert outcome.verdict == FAIL and says in outcome.reason, outcome.reason


@pytest.mark.parametrize(("script", "number", "says"), MISBEHAVIOURS)
def test_a_venue_that_misbehaves_turns_the_case_red(script: str, number: int, says: str) -> None:
    (outcome,) = run_suite(simulated("simulated-4.4"), [case(number)], script)
    assert outcome.verdict == FAIL and says in outcome.reason, outcome.reason


def test_the_report_says_what_was_sent_and_received_and_never_a_password() -> None:
    target = simulated("simulated-4.4")
    outcomes = run_suite(target, [case(202), case(201)], "when order 1 then lose")
    fields = as_object(target, outcomes, with_messages=True)
    assert fields["passed"] is False and fields["counts"][FAIL] == 2 and fields["counts"][PASS] == 0
    sent = [line["text"] for line in fields["cases"][0]["messages"] if line["direction"] == "sent"]
    assert any("|35=D|" in text for text in sent)
    page = as_html(target, outcomes, datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    for text in (page, json.dumps(fields)):
        assert target.password.decode() not in text
    assert "554={secret}" in page and "失败" in page and "http" not in page


def test_what_asks_something_of_the_other_side_says_so_in_both_languages() -> None:
    everything = [*CASES, *(one for cases in OWN_CASES.values() for one in cases)]
    for one in everything:
        assert bool(one.asks) == bool(one.asks_zh), one.number
        assert bool(one.script) <= bool(one.asks), f"{one.number}: a script, and nothing asked of a real counterparty"
    assert len({one.number for one in everything}) == len(everything)
