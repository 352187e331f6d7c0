"""What contradicts itself in how a value is made is refused at load, with its place and what was expected."""

from pathlib import Path

import pytest

from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.settings import load
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.tables import Reference, load_reference

S = "spread.if_hsi"
P = "spread[0] if_hsi"
HKD = f"{S}.pricing_leg.0"
COST = {"instrument": "CCFX.IF2101", "effective_from": "2021-01-01", "source": "broker", "commission_rate": 0.00001}


def faults_of(overrides: dict[str, object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(DEMO_FILE, overrides, environment={}, require_secrets=False)
    return caught.value.faults


def hkd(**changes: object) -> dict[str, object]:
    rate = {"instrument": "XCFE.HKDCNY", "converts": "HKD", "value": 0.84, "quote_age_ms_max": 1_000}
    return {key: value for key, value in (rate | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        (
            {f"{S}.pricing_leg": [hkd(), hkd()]},
            (
                f"{P}.pricing_leg[1] XCFE.HKDCNY.converts: HKD to CNY has a rate already; "
                "expected one way between two currencies"
            ),
        ),
        (
            {f"{S}.pricing_leg": [hkd(into="CNH")]},
            f"{P}.pricing_leg: nothing converts HKD to CNY; expected a pricing leg for it",
        ),
        (
            {f"{S}.currency": "USD"},
            f"{P}.pricing_leg: nothing converts CNY to USD; expected a pricing leg for it",
        ),
        (
            {f"{S}.pricing_leg": [hkd(input="rate")]},
            f"{P}.pricing_leg[0] XCFE.HKDCNY: expected one of converts (a rate) and input (of the formula)",
        ),
        (
            {f"{S}.pricing_leg": [hkd(value=None)]},
            (
                f"{P}.pricing_leg[0] XCFE.HKDCNY.value: missing; expected the rate at which limits and margins are "
                "reckoned"
            ),
        ),
        (
            {f"{S}.pricing_leg": [hkd(source="nowhere")]},
            f"{P}.pricing_leg[0] XCFE.HKDCNY.source: nowhere; expected one of ccfx_quotes, xhkf_quotes",
        ),
        (
            {f"{S}.pricing_leg": [hkd(source="ccfx_quotes")]},
            f"{P}.pricing_leg[0] XCFE.HKDCNY.source: ccfx_quotes quotes CCFX; expected a source of XCFE",
        ),
        (
            {f"{S}.unit": "gram"},
            (
                f"{P}.leg[0] CCFX.IF2101.price_unit: index_point cannot be converted to gram, the spread's unit; "
                'expected price_unit = "gram" if the multiplier brings its price there'
            ),
        ),
        (
            {f"{S}.leg.1.price_unit": "share"},
            (
                f"{P}.leg[1] XHKF.HSIF1.price_unit: share cannot be converted to index_point, the spread's unit; "
                'expected price_unit = "index_point" if the multiplier brings its price there'
            ),
        ),
        ({f"{S}.trigger.form": "formula"}, f"{P}.formula: missing; expected a formula, since the form is formula"),
        (
            {f"{S}.formula": "a - b"},
            f"{P}.formula: a - b; expected none, or trigger.form = formula, since the form is difference",
        ),
        (
            {f"{S}.trigger.form": "percent", f"{S}.leg.0.side": -1},
            f"{P}.trigger.form: percent; expected legs of both sides, or difference",
        ),
        ({f"{S}.trigger.reference_leg": "c"}, f"{P}.trigger.reference_leg: c; expected one of a, b"),
        (
            {f"{S}.trigger.form": "formula", f"{S}.formula": "b - a"},
            f"{P}.leg[0] CCFX.IF2101.side: 1; expected -1, since the formula falls with a",
        ),
        (
            {f"{S}.trigger.form": "formula", f"{S}.formula": "a - b * x"},
            f"{P}.formula: 'x' is unknown; expected one of a, b, min, max, abs",
        ),
        (
            {f"{S}.trigger.form": "formula", f"{S}.formula": "a - b", f"{S}.inputs": {"days_a": 3}},
            f"{P}.inputs.days_a: reserved; expected another name",
        ),
        (
            {"cost": [COST | {"effective_until": "2020-12-31"}]},
            (
                "cost[0] CCFX.IF2101.effective_until: 20201231; "
                "expected a day that is not before effective_from (20210101)"
            ),
        ),
        (
            {"cost": [COST, COST | {"effective_from": "2021-06-01"}]},
            "cost[1] CCFX.IF2101: overlaps cost[0] CCFX.IF2101 in time; expected one cost of CCFX.IF2101 on a day",
        ),
        (
            {"cost": [COST | {"instrument": "XHKG.2318"}]},
            "cost[0] XHKG.2318.instrument: XHKG.2318; expected one of CCFX.IF2101, XHKF.HSIF1, XCFE.HKDCNY",
        ),
    ],
)
def test_each_contradiction_has_its_fault(overrides: dict[str, object], fault: str) -> None:
    assert fault in faults_of(overrides), faults_of(overrides)


def test_a_contract_has_no_more_trading_days_than_calendar_days() -> None:
    """2021-01-04 to 2021-01-15 are 11 days."""
    key = "instruments.0"
    stated = {"symbol": "CCFX.IF2101", "days_to_last_trading": 11}
    load(DEMO_FILE, {key: stated}, environment={}, require_secrets=False)
    (fault,) = faults_of({key: stated | {"days_to_last_trading": 12}})
    assert fault == (
        "instruments[0] CCFX.IF2101.days_to_last_trading: 12; "
        "expected at most 11, the calendar days to the last trading day 20210115"
    )


def test_an_input_stands_once_and_is_constant_or_live() -> None:
    both = {"instrument": "XCFE.HKDCNY", "input": "x", "value": 1, "source": "ccfx_quotes", "quote_age_ms_max": 1}
    twice = {"instrument": "XCFE.HKDCNY", "input": "x", "value": 1, "quote_age_ms_max": 1}
    changes: dict[str, object] = {
        f"{S}.trigger.form": "formula",
        f"{S}.formula": "a - b * x",
        f"{S}.pricing_leg": [hkd(), both, twice],
    }
    found = faults_of(changes)
    assert f"{P}.pricing_leg[1] XCFE.HKDCNY: expected one of value (a constant) and source (live quotes)" in found
    assert f"{P}.pricing_leg[2] XCFE.HKDCNY.input: x stands twice; expected it once" in found


def test_percent_needs_a_reference_that_is_alone_on_its_side() -> None:
    legs = read_toml(DEMO_FILE)["spread"][0]["leg"]  # type: ignore[index]
    changes: dict[str, object] = {f"{S}.leg": [*legs, legs[1]], f"{S}.trigger.form": "percent"}
    changes[f"{S}.trigger.reference_leg"] = "b"
    assert f"{P}.trigger.reference_leg: b; expected a leg that is alone on its side" in faults_of(changes)


def test_net_values_need_the_costs_of_every_leg() -> None:
    changes: dict[str, object] = {"calendar.date": "2021-01-04", f"{S}.trigger.costs": "net"}
    load(DEMO_FILE, changes, environment={}, require_secrets=False)
    from_february = {"instrument": "XHKF.HSIF1", "effective_from": "2021-02-01", "source": "broker"}
    reference = load_without_costs()
    with pytest.raises(InputError) as caught:
        load(
            DEMO_FILE,
            changes | {"cost": [COST, from_february]},
            environment={},
            require_secrets=False,
            reference=reference,
        )
    assert caught.value.faults == [
        f"{P}.leg[1] XHKF.HSIF1.instrument: no costs of XHKF.HSIF1 on 20210104; expected a [[cost]], or costs = gross"
    ]


def load_without_costs() -> Reference:
    reference = load_reference()
    reference.costs = []
    return reference


def test_a_day_that_a_venues_calendar_does_not_know_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    row = 'first_day = 2021-02-01\nlast_day = 2021-12-31\nclosed = []\nsource = "notice"\n'
    own.write_text(f'[[calendar]]\nvenues = ["CCFX"]\n{row}', encoding="utf-8")
    assert faults_of({"calendar.table": str(own)}) == [
        (
            "calendar of CCFX: 20210104 is not covered; known: 20210201 to 20211231, 20250101 to 20261231; "
            "extend it: [calendar] table"
        )
    ]
    with pytest.raises(InputError, match="own.toml:1:1 calendar\\[0\\].venues: missing; expected a list of texts"):
        own.write_text(f"[[calendar]]\n{row}", encoding="utf-8")
        load(DEMO_FILE, {"calendar.table": str(own)}, environment={}, require_secrets=False)
