"""Cancel-only and blocks: what is on record, what is told to people, who ends what."""

import pytest

from cross_market_connect.domain.order import RECEIPT_FILL, STATUS_FILLED, Receipt
from cross_market_connect.domain.records import ALERT, BLOCK, CANCEL_ONLY
from cross_market_connect.trading.safety import (
    ALL_INSTRUMENTS,
    NOT_BLOCKED,
    Safety,
    instrument_of,
    key_of,
    route_of,
)
from tests.unit.trading.support import Bench


def safety() -> tuple[Bench, Safety]:
    bench = Bench()
    return bench, Safety(bench.step, bench.instruments)


def alerts(bench: Bench) -> list[tuple[object, ...]]:
    return [(row["code"], row["text_en"]) for row in bench.log.of(ALERT)]


def test_a_restriction_is_told_once_and_lifted_once() -> None:
    bench, subject = safety()
    assert not subject.lift("wang", "nothing to lift")
    assert bench.log.records == []
    subject.restrict("the same input twice")
    subject.restrict("again")
    assert (subject.cancel_only, subject.reason) == (True, "the same input twice")
    assert subject.lift("wang", "replaced the feed")
    assert (subject.cancel_only, subject.reason) == (False, "")
    assert bench.log.of(CANCEL_ONLY) == [
        {"cancel_only": 1, "reason": "the same input twice"},
        {"cancel_only": 0, "reason": "lifted by wang: replaced the feed"},
    ]
    assert alerts(bench) == [
        ("cancel_only", "the engine is halted and only cancels: the same input twice"),
        ("cancel_only", "trading is allowed again by wang"),
    ]


@pytest.mark.parametrize("instrument", [ALL_INSTRUMENTS, 0, 1, 5000])
@pytest.mark.parametrize("route", [0, 1, 4095])
def test_a_key_gives_back_what_it_was_made_of(route: int, instrument: int) -> None:
    key = key_of(route, instrument)
    assert (route_of(key), instrument_of(key)) == (route, instrument)


def test_a_block_is_for_its_account_and_instrument() -> None:
    bench, subject = safety()
    assert subject.blocked_leg(bench.spread) == -1 and not subject.is_blocked(1, 1)
    subject.block(0, 1, "leg A is on route 0, not this instrument")
    assert subject.blocked_leg(bench.spread) == -1
    subject.block(1, 1, "the position differs")
    assert subject.blocked_leg(bench.spread) == 1
    assert [subject.is_blocked(*pair) for pair in ((0, 0), (0, 1), (1, 0), (1, 1))] == [False, True, False, True]
    subject.block(0, ALL_INSTRUMENTS, "everything of the account")
    assert subject.blocked_leg(bench.spread) == 0
    assert [subject.is_blocked(*pair) for pair in ((0, 0), (0, 7), (1, 0))] == [True, True, False]
    assert [row["instrument"] for row in bench.log.of(BLOCK)] == ["XV01.I1", "XV01.I1", "every instrument"]
    assert alerts(bench)[1] == ("blocked", "nothing is opened on source 1, XV01.I1: the position differs")


def test_a_block_by_evidence_is_silent_and_a_person_s_outranks_it() -> None:
    bench, subject = safety()
    key = key_of(0, 0)
    subject.block(0, 0, "asked for", by_evidence=True)
    subject.block(0, 0, "asked again", by_evidence=True)
    assert subject.is_by_evidence(key) and subject.blocked[key] == "asked for" and alerts(bench) == []
    subject.block(0, 0, "a stranger's order")
    assert not subject.is_by_evidence(key) and subject.blocked[key] == "a stranger's order"
    subject.block(0, 0, "evidence", by_evidence=True)
    subject.block(0, 0, "another reason")
    assert not subject.is_by_evidence(key) and subject.blocked[key] == "a stranger's order"
    assert len(bench.log.of(BLOCK)) == 2 and len(alerts(bench)) == 1
    assert subject.sign_off(0, 0, "li") and not subject.sign_off(0, 0, "li")
    assert alerts(bench)[1] == ("blocked", "source 0, XV00.I0 may be opened again: li")
    subject.block(0, 0, "asked for", by_evidence=True)
    assert subject.sign_off(0, 0, "the venue answered") and not subject.is_blocked(0, 0)
    assert len(alerts(bench)) == 2 and bench.log.of(BLOCK)[-1]["blocked"] == NOT_BLOCKED


@pytest.mark.parametrize(
    "is_ours, last, duplicate, route, blocks",
    [
        (False, 0, False, 1, True),
        (False, 0, False, -1, False),
        (True, 0, False, 1, False),
        (True, 2, False, 1, True),
        (True, 2, True, 1, False),
        (True, 1, False, 0, True),
    ],
)
def test_a_receipt_that_no_record_knows(is_ours: bool, last: int, duplicate: bool, route: int, blocks: bool) -> None:
    bench, subject = safety()
    receipt = Receipt(7, RECEIPT_FILL, STATUS_FILLED)
    receipt.route, receipt.instrument_index = route, 1
    receipt.last_lots, receipt.possible_duplicate = last, duplicate
    receipt.venue_order_id = b"V9"
    subject.note_unowned(receipt, is_ours)
    assert subject.is_blocked(route, 1) is blocks
    assert alerts(bench)[0] == ("unowned_receipt", "receipt for an order that is not ours: 7, the venue's order V9")
