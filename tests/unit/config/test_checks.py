"""The relations survive any shape of input: whatever a file holds, the answer is settings or a list of faults."""

import copy
import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cross_market_connect.config.checks import calendar_faults, quoted_twice_faults, relation_faults, source_faults
from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.settings import checked
from cross_market_connect.config.spread_checks import (
    alternative_faults,
    budget_faults,
    ladder_faults,
    quoting_faults,
    trigger_faults,
)
from cross_market_connect.config.value_checks import currency_faults
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.tables import load_reference

REFERENCE = load_reference()
ROWS = {row.key: row for row in REFERENCE.instruments}
DEMO = read_toml(DEMO_FILE)

JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.decimals(), st.text(max_size=8), st.times(), st.dates()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(node: object, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [above] if above else []
    if isinstance(node, dict):
        for key, value in node.items():
            found += paths(value, (*above, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            found += paths(value, (*above, index))
    return found


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(paths(DEMO)), JUNK), min_size=1, max_size=3))
def test_junk_anywhere_is_a_fault_and_never_a_crash(changes: list[tuple[tuple[str | int, ...], object]]) -> None:
    raw = copy.deepcopy(DEMO)
    for path, value in changes:
        replace(raw, path, value)
    try:
        checked(raw, None, REFERENCE, None, [])
    except InputError as error:
        assert error.faults
        assert all(": " in fault and "expected" in fault for fault in error.faults), error.faults


def replace(raw: object, path: tuple[str | int, ...], value: object) -> None:
    """Put the value at the path, unless an earlier change took the place away."""
    node = raw
    for part in path[:-1]:
        node = child(node, part)
    last = path[-1]
    if isinstance(node, dict) or isinstance(node, list) and isinstance(last, int) and last < len(node):
        node[last] = value


def child(node: object, part: str | int) -> object:
    if isinstance(node, dict):
        return node.get(part)
    return node[part] if isinstance(node, list) and isinstance(part, int) and part < len(node) else None


def test_the_shipped_file_has_no_fault() -> None:
    assert relation_faults(DEMO, ROWS) == []


def test_pauses_must_ascend_and_follow_the_start() -> None:
    calendar: dict[str, object] = {"mode": "demo", "date": "2021-01-04", "start": "09:30:00"}
    good = [["11:30:00", "13:00:00"], ["14:00", "14:30"]]
    assert list(calendar_faults(calendar | {"skip": good})) == []
    for pauses in ([["09:00:00", "10:00:00"]], [["13:00:00", "11:30:00"]], good[::-1]):
        assert len(list(calendar_faults(calendar | {"skip": pauses}))) == 1


def test_one_currency_without_the_base_needs_its_rate_too() -> None:
    """Limits are in the base currency, so legs in Hong Kong dollars alone still need the rate."""
    spread: dict[str, object] = {"leg": [{"instrument": "XHKF.HSIF1"}, {"instrument": "XHKF.HSIF1"}]}
    assert list(currency_faults("s", spread, ROWS)) == [
        "s.pricing_leg: nothing converts HKD to CNY; expected a pricing leg for it"
    ]
    base: dict[str, object] = {"leg": [{"instrument": "CCFX.IF2101"}]}
    assert list(currency_faults("s", base, ROWS)) == []


def test_a_ladder_may_use_its_whole_deadline_and_no_more() -> None:
    ladder = [{"step": "retry", "deadline_ms": 400}, {"step": "unwind", "deadline_ms": 600}, {"step": "halt"}]
    spread: dict[str, object] = {"deadline_ms": 1_000, "ladder": ladder}
    assert list(ladder_faults("s", spread)) == []
    spread["deadline_ms"] = Decimal(999)
    assert list(ladder_faults("s", spread)) == [
        "s.deadline_ms: 999; expected at least 1000, the sum of the ladder's deadlines"
    ]


def test_a_ladder_that_leaves_something_needs_its_owner_and_another_way() -> None:
    ladder = [{"step": "unwind"}, {"step": "alternative"}, {"step": "carry"}]
    spread: dict[str, object] = {"deadline_ms": 9_000, "ladder": ladder, "leg": [{"instrument": "a"}]}
    assert list(ladder_faults("s", spread)) == [
        "s.execution.owner: missing; expected who carries what the step alternative leaves",
        "s.execution.owner: missing; expected who carries what the step carry leaves",
        "s.ladder: alternative; expected a leg with another way, under leg.alternative",
    ]
    spread["execution"] = {"owner": "desk_hk"}
    spread["leg"] = [{"instrument": "a", "route": "r", "alternative": [{"route": "q"}]}]
    assert list(ladder_faults("s", spread)) == []


def test_other_ways_are_other_ways_and_substitutes_one_instrument() -> None:
    ways = [
        {"route": "r"},
        {"route": "q", "lots_per_lot": 5},
        {"route": "q", "instrument": "b", "lots_per_lot": 5},
        {"route": "q", "instrument": "c", "lots_per_lot": 2},
    ]
    spread: dict[str, object] = {"leg": [{"instrument": "a", "route": "r", "alternative": ways}]}
    assert list(alternative_faults("s", spread)) == [
        "s.leg[0] a.alternative[0]: the leg's own way; expected another route or instrument",
        "s.leg[0] a.alternative[1].lots_per_lot: 5; expected none, since it is the leg's own instrument",
        "s.leg[0] a.alternative: 2 substitutes; expected one instrument with one ratio",
    ]


def test_an_exit_window_has_a_start_before_its_end_and_a_budget_its_owner() -> None:
    trigger: dict[str, object] = {"exit_until": datetime.time(15)}
    assert list(trigger_faults("s", trigger)) == [
        "s.trigger.exit_from: missing; expected a time, since exit_until is set"
    ]
    trigger["exit_from"] = datetime.time(15)
    assert list(trigger_faults("s", trigger)) == [
        "s.trigger.exit_until: 15:00:00; expected a time after exit_from (15:00:00)"
    ]
    trigger["exit_from"] = datetime.time(14, 55)
    assert list(trigger_faults("s", trigger)) == []
    assert list(budget_faults("s", {"naked_budget": 1})) == [
        "s.execution.budget_owner: missing; expected naked_budget and budget_owner together"
    ]
    assert list(budget_faults("s", {"naked_budget": 1, "budget_owner": "desk"})) == []


def test_a_spread_that_quotes_has_legs_that_quote_where_orders_rest() -> None:
    legs = [{"instrument": "a", "route": "r", "quotes": True}, {"instrument": "b", "route": "q"}]
    raw: dict[str, object] = {"source": [{"name": "r", "time_in_force": ["ioc"]}]}
    spread: dict[str, object] = {"leg": legs}
    assert list(quoting_faults("s", spread, raw)) == [
        "s.leg[0] a.quotes: true; expected the section quoting of the spread"
    ]
    spread["quoting"] = {}
    assert list(quoting_faults("s", spread, raw)) == [
        "s.leg[0] a.quotes: true; expected a route whose time_in_force offers day, since a quote rests"
    ]
    raw = {"source": [{"name": "r", "time_in_force": ["ioc", "day"]}]}
    assert list(quoting_faults("s", spread, raw)) == []
    spread["leg"] = legs[1:]
    assert list(quoting_faults("s", spread, raw)) == [
        "s.quoting: no leg quotes; expected quotes = true on at least one"
    ]


def test_a_venue_has_one_source_of_quotes_but_for_channels_of_cme() -> None:
    def faults(*kinds: str) -> list[str]:
        source = [{"name": f"s{at}", "kind": kind, "venue": "XHKF"} for at, kind in enumerate(kinds)]
        return list(quoted_twice_faults({"source": [*source, {"name": "x", "kind": "fix_quotes", "venue": "CCFX"}]}))

    twice = "XHKF is quoted by s0 already; expected one source of quotes for a venue"
    assert faults("fix_quotes", "omd_d") == [f"source[1] s1.venue: {twice}"]
    assert faults("mdp3", "fix_orders", "fix_quotes") == [f"source[2] s2.venue: {twice}"]
    assert faults("mdp3", "mdp3") == faults("fix_orders", "fix_orders", "omd_c") == []


COPY = {
    "kind": "fix_drop_copy",
    "name": "copy",
    "venue": "CCFX",
    "host": "127.0.0.1",
    "port": 2,
    "sender_comp_id": "A",
    "target_comp_id": "B",
    "copies": ["orders"],
}
COPIED = {**COPY, "kind": "fix_orders", "name": "orders", "port": 1, "account": "X"}


@pytest.mark.parametrize(
    ("copy_says", "orders_say", "faults"),
    [
        ({}, {}, []),
        ({"session": {"next_expected": True, "new_numbers": False, "start": "09:00", "end": "15:00"}}, {}, []),
        ({"copies": ["quotes", "orders"]}, {}, ["copies: quotes; expected sources of kind fix_orders, of orders"]),
        ({"venue": "XHKF"}, {}, ["venue: XHKF; expected that of a source in copies (CCFX)"]),
        (
            {},
            {"gateway": "ocg_c", "secret_env": "S", "encryption_key_file": "k.pem", "reconnect_ms": 10_000},
            ["copies: orders; expected a source whose gateway is fix, and its is ocg_c"],
        ),
        (
            {"version": "FIX.4.2", "extra_fields": "9702 CoveredQty QTY"},
            {},
            [
                "version: FIX.4.2; expected none, since the copy is in that of the sources in copies",
                "extra_fields: 9702 CoveredQty QTY; expected none, since the copy is in that of the sources in copies",
            ],
        ),
        (
            {"session": {"next_expected": True}},
            {"version": "FIX.4.2"},
            [
                (
                    "session.next_expected: True; expected none, since a Logon of FIX.4.2 has no field 789, "
                    "or rows for it in extra_fields, extra_members"
                )
            ],
        ),
    ],
)
def test_a_drop_copy_is_of_one_source_and_speaks_as_it_does(
    copy_says: dict[str, object], orders_say: dict[str, object], faults: list[str]
) -> None:
    raw = {"source": [{**COPY, **copy_says}, {**COPIED, **orders_say}]}
    found = list(source_faults(raw))
    assert found == [f"source[0] copy.{fault}" for fault in faults]


def test_the_sources_of_one_drop_copy_speak_alike() -> None:
    other = {**COPIED, "name": "other", "port": 3, "version": "FIX.4.2"}
    raw = {"source": [{**COPY, "copies": ["orders", "other"]}, COPIED, other]}
    (fault,) = source_faults(raw)
    assert fault == "source[0] copy.copies: other; expected sources of one version, and orders has another"
    same = {**other, "version": "FIX.4.4", "venue": "XHKF"}
    assert list(source_faults({"source": [raw["source"][0], COPIED, same]})) == []
