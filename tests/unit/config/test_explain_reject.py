"""What `xmc explain reject` tells, against what the machine then does; and what it does not know, it says."""

import json

import pytest
from typer.testing import CliRunner

from cross_market_connect.cli import app
from cross_market_connect.config.explain_reject import class_of, walk
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.order import REJECT_CLASS_NAMES, REJECT_DUPLICATE, REJECT_PRICE
from cross_market_connect.domain.spread import (
    ROLE_NAMES,
    STEP_CARRY,
    STEP_CHASE,
    STEP_CROSS,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
    LadderStep,
)
from tests.unit.trading.support import MS, SECOND, Bench, definition
from tests.unit.trading.test_ladder import drive_refusals
from tests.unit.trading.test_machine import ids
from tests.unit.trading.venue import FakeVenue

LADDER = [
    (STEP_RETRY, 2, 0, 0, 4 * SECOND),
    (STEP_CHASE, 3, 3, 12, 4 * SECOND),
    (STEP_CROSS, 1, 0, 20, 4 * SECOND),
    (STEP_UNWIND, 4, 5, 60, 4 * SECOND),
    (STEP_HALT, 1, 0, 0, SECOND),
]


def with_override():
    spread = definition(ladder=LADDER)
    override = LadderStep(STEP_CHASE, 1, 3, 12, SECOND)
    override.reject_class = REJECT_PRICE
    spread.ladder[1].overrides.append(override)
    return spread


@pytest.mark.parametrize("reject_class", [c for c in range(len(REJECT_CLASS_NAMES)) if c != REJECT_DUPLICATE])
@pytest.mark.parametrize("leg", [0, 1])
def test_the_steps_told_are_the_steps_taken(reject_class, leg):
    bench = Bench(with_override())
    venue = FakeVenue(bench)
    order = bench.open()
    venue.fills_all(ids(bench)[1 - leg])
    drive_refusals(bench, venue, order, reject_class, leg)
    taken = [ROLE_NAMES[sent.role] for sent in order.leg_orders if sent.role]
    told, end = walk(with_override(), leg, reject_class)
    assert [row["step"] for row in told] == taken
    assert bench.state_name(order) == "halted" and end.startswith("a person takes over")


def test_a_ladder_that_ends_in_carrying_says_who_carries():
    spread = definition(ladder=[(STEP_RETRY, 1, 0, 0, SECOND), (STEP_CARRY, 1, 0, 0, SECOND)])
    spread.execution.owner = "desk_hk"
    told, end = walk(spread, 1, 0)
    assert ([row["step"] for row in told], end) == (["retry"], "carried by desk_hk")


def test_waits_and_times_are_those_of_the_class():
    told, _ = walk(definition(ladder=LADDER), 1, REJECT_CLASS_NAMES.index("throttled"))
    assert [(row["wait_ms"], row["at_ms"]) for row in told[:3]] == [(200, 200), (200, 400), (200, 600)]
    assert told[0]["price"] == "the first limit" and MS


@pytest.mark.parametrize(
    ("code", "name"),
    [("E0024", "limit_locked"), ("2", "market_closed"), ("16", "price_out_of_limits"), ("throttled", "throttled")],
)
def test_a_code_is_the_venues_the_standards_or_the_classs_own_name(code, name):
    assert REJECT_CLASS_NAMES[class_of(code)] == name


def test_what_is_not_known_is_said_with_what_is():
    for code in ("E9999", "77", ""):
        with pytest.raises(InputError, match="expected a FIX OrdRejReason"):
            class_of(code)


def test_the_command_answers_as_text_and_as_json():
    arguments = ["explain", "reject", "--spread", "if_hsi", "--leg", "XHKF.HSIF1", "--code", "E0022"]
    text = CliRunner().invoke(app, arguments)
    assert text.exit_code == 0 and "price_out_of_limits" in text.stdout and "chase" in text.stdout
    answer = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout.splitlines()[-1])
    assert answer["class"] == "price_out_of_limits"
    assert [row["step"] for row in answer["steps"]][:3] == ["chase"] * 3
    with pytest.raises(InputError, match="--leg"):
        CliRunner().invoke(app, [*arguments[:5], "9", "--code", "E0022"], catch_exceptions=False)
