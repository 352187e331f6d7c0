"""The lines that say what a simulated venue does: what they compile to, and what is said of one that does not fit."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.matching.orders import REASON_HALTED, REASON_NAMES
from cross_market_connect.venues.simulated.faults import FAULT_NAMES, MESSAGE_NAMES, FaultRule
from cross_market_connect.venues.simulated.script import compile_script

MILLISECOND = 1_000_000
LEGS = ["XHKF.HSIF1", "XHKF.HSIF2"]


def only(line: str) -> FaultRule:
    (rule,) = compile_script(line, LEGS)
    return rule


def test_a_refusal_with_a_code_on_one_leg_after_a_time() -> None:
    rule = only("when order 3 on leg B then reject code 58 after 12 ms")
    assert (FAULT_NAMES[rule.kind], MESSAGE_NAMES[rule.message]) == ("reject", "order")
    assert (rule.first, rule.times, rule.instrument_index) == (3, 1, 1)
    assert (REASON_NAMES[rule.reason], rule.told_reason, rule.delay_ns) == ("other", 58, 12 * MILLISECOND)


def test_a_refusal_by_the_venues_own_code_or_by_its_reason() -> None:
    for line in ("when order 1 then reject code E0003", "when order 1 then reject halted"):
        rule = only(line)
        assert (rule.reason, rule.told_reason) == (REASON_HALTED, -1)
    assert FAULT_NAMES[only("when order 1 then reject falsely busy").kind] == "reject_live"


def test_which_messages_a_line_is_about() -> None:
    assert only("when order 2 to 4 then twice").times == 3
    assert only("when order 2 and on then twice").times == 0
    assert only("when order 2 on XHKF.HSIF2 then twice").instrument_index == 1
    for event, name in (("status", "query"), ("replace", "replace"), ("logon", "logon"), ("cancel", "cancel")):
        assert MESSAGE_NAMES[only(f"when {event} 1 then drop").message] == name


def test_each_action() -> None:
    found = {}
    for action in (
        "answer late after 5 ms",
        "drop",
        "lose",
        "partial 1 of 3",
        "hold after 5 ms",
        "rest",
        "silence end",
        "twice",
        "reversed",
        "fill 2 late after 5 ms",
        "fill 2 after 5 ms",
        "bust after 5 ms",
        "correct to 1 after 5 ms",
        "close after 5 ms",
        "cancel halted after 5 ms",
        "say 9702=x",
    ):
        rule = only(f"when order 1 then {action}")
        found[FAULT_NAMES[rule.kind]] = rule
    assert set(found) == {
        *("late", "drop", "lost", "partial", "hold", "rests", "silent", "twice", "reversed", "late_fill", "fill"),
        *("bust", "correct", "close", "says", "cancel"),
    }
    assert (found["partial"].fill_lots, found["partial"].fill_of) == (1, 3)
    assert found["late_fill"].fill_lots == found["fill"].fill_lots == 2
    assert REASON_NAMES[found["cancel"].reason] == "halted"
    assert found["says"].field == b"9702=x\x01"
    assert FAULT_NAMES[only("when cancel 1 then fill 2 first").kind] == "fill_first"


def test_remarks_and_empty_lines_say_nothing() -> None:
    assert compile_script("# a remark\n\n  when logon 2 then drop  # why\n", LEGS)[0].first == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("if order 1 then drop", "when as word 1"),
        ("when quote 1 then drop", "one of order, cancel, status, replace, logon after when"),
        ("when order 0 then drop", "the number of the first one, from 1"),
        ("when order 1 on leg C then drop", "a leg from A to B"),
        ("when order 1 on CCFX.IF2101 then drop", "leg LETTER or one of XHKF.HSIF1, XHKF.HSIF2 after on"),
        ("when order 1 drop", "then as word 4"),
        ("when order 1 then explode", "one of reject, answer, drop"),
        ("when cancel 1 then bust", "bust with one of order"),
        ("when order 1 then reject nonsense", "reject REASON | reject code CODE | reject falsely REASON"),
        ("when order 1 then reject code E9999", "reject REASON | reject code CODE"),
        ("when order 1 then partial 4 of 3", "partial LOTS | partial PART of WHOLE"),
        ("when order 1 then cancel nonsense", "cancel REASON"),
        ("when order 1 then drop after 5 ms", "drop without a time"),
        ("when order 1 then hold", "hold with 'after NUMBER ms'"),
        ("when order 1 then reject busy after 5 s", "after NUMBER ms, at most"),
    ],
)
def test_one_clear_error_names_line_and_remedy(line: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        compile_script(f"# first\n{line}", LEGS)
    (fault,) = caught.value.faults
    assert fault.startswith(f"script line 2: {line!r}; expected ") and expected in fault


def test_all_faults_at_once() -> None:
    with pytest.raises(InputError) as caught:
        compile_script("when order 1 then\nwhen order 1 then drop\nthen", LEGS)
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["script line 1", "script line 3"]
