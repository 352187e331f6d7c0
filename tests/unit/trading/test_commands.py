"""Commands as text: what is read, every fault of what is not, and that no text at all is an error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.order import IMMEDIATE_OR_CANCEL, MARKET, OFFSET_CLOSE_TODAY, SELL
from cross_market_connect.trading.commands import (
    COMMANDS,
    PERMISSIONS,
    ROLES,
    decimal_text,
    decimal_units,
    parse_command,
)


def parse(**fields: Any):
    return parse_command(json.dumps({"id": "a1", **fields}))


def test_a_single_order_is_read_with_its_exact_price():
    command = parse_command(
        '{"command": "single", "id": "a1", "instrument": "CCFX.IF2101", "side": "sell", "quantity": 2,'
        ' "price": 5230.20, "tif": "ioc", "route": "ccfx_orders", "offset": "close_today"}'
    )
    assert command.faults == []
    [order] = command.orders
    assert (order.text("instrument"), order.text("price"), order.text("route")) == (
        "CCFX.IF2101",
        "5230.20",
        "ccfx_orders",
    )
    assert (order.number("side", 0), order.number("quantity", 0)) == (SELL, 2)
    assert (order.number("tif", 0), order.number("offset", 0)) == (IMMEDIATE_OR_CANCEL, OFFSET_CLOSE_TODAY)


def test_every_fault_of_a_command_is_told_at_once():
    command = parse(command="single", side="up", quantity=0, price="1e3", colour="red")
    assert command.faults == [
        "colour: unknown field; expected one of instrument, side, quantity, price, type, tif, route, offset",
        "instrument: missing; expected a name of up to 80 characters",
        "side: up; expected one of buy, sell",
        "quantity: 0; expected a whole number from 1 to 1000000",
        "price: 1e3; expected a decimal number",
    ]


def test_every_fault_of_a_batch_is_told_with_its_order():
    command = parse(
        command="batch",
        orders=[
            {"order": "single", "instrument": "A.B", "side": "buy", "quantity": 1},
            {"order": "single", "instrument": "A.B", "side": "buy", "quantity": 1, "type": "market", "price": 5},
            {"order": "spread", "spread": "s", "direction": "buy", "units": True},
            {"order": "cancel"},
            7,
        ],
    )
    assert command.faults == [
        "orders[0].price: missing; expected a decimal number, since the type is limit",
        "orders[1].price: given; expected none, since the type is market",
        "orders[2].units: True; expected a whole number from 1 to 1000000",
        "orders[3].order: cancel; expected one of single, spread",
        "orders[4]: 7; expected an object",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "3",
        '"x"',
        "[" * 100_000,
        '{"command": {}}',
        '{"command": "single", "id": "\\ud800"}',
        "{" * 70_000,
    ],
)
def test_what_is_no_command_is_refused(text):
    command = parse_command(text)
    assert command.faults and command.command_id == ""


def test_a_long_integer_and_a_lone_surrogate_are_shown_and_not_raised():
    command = parse_command('{"command": "cancel", "id": "a", "order": ' + "9" * 400 + ', "\\ud800": 1}')
    assert command.faults[1] == "order: a number; expected a whole number from 0"
    for fault in command.faults:
        fault.encode()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["single", "buy", "1.5"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted({field for shape in COMMANDS.values() for field in shape} | {"command", "id"})


@pytest.mark.slow
@given(st.text() | st.dictionaries(st.sampled_from(FIELDS), VALUES).map(json.dumps))
def test_no_text_is_an_error(text):
    command = parse_command(text)
    for fault in command.faults:
        fault.encode()


@pytest.mark.slow
@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_what_is_read_without_a_fault_has_its_fields(kind, fields):
    command = parse_command(json.dumps({**fields, "command": kind, "id": "x"}))
    if not command.faults:
        for field, (_, required, _) in COMMANDS[kind].items():
            assert not required or field in fields


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-99_999, max_value=99_999))
def test_decimals_are_exact(value):
    text = decimal_text(format(value, "f"))
    assert decimal_units(text, 4) == int(value.scaleb(4))


def test_decimals_that_do_not_fit_are_none():
    assert [decimal_text(value) for value in ("", ".5", "5.", "1e3", "+1", "0x1", "١", None, True, 1.5, "1" * 19)] == [
        ""
    ] * 11
    assert decimal_units("5.25", 1) is None
    assert decimal_units("5.20", 1) == 52


def test_every_command_has_its_roles_and_an_auditor_gives_none():
    assert set(PERMISSIONS) == set(COMMANDS)
    for roles in PERMISSIONS.values():
        assert set(roles) < set(ROLES)
        assert "auditor" not in roles


def test_a_market_order_needs_no_price():
    command = parse(command="single", instrument="A.B", side="buy", quantity=1, type="market")
    assert command.faults == [] and command.orders[0].number("type", 0) == MARKET


SINGLE = {"order": "single", "instrument": "A.B", "side": "buy", "quantity": 1, "price": "5"}


@pytest.mark.parametrize(
    "fields, fault",
    [
        ({"command": "batch", "orders": [SINGLE] * 50}, ""),
        ({"command": "batch", "orders": [SINGLE] * 51}, "expected a list of 1 to 50 orders"),
        ({"command": "batch", "orders": []}, "expected a list of 1 to 50 orders"),
        ({"command": "batch", "orders": SINGLE}, "expected a list of 1 to 50 orders"),
        ({"command": "spread", "spread": "s", "direction": "buy", "units": 1, "limits": ["5"] * 8}, ""),
        (
            {"command": "spread", "spread": "s", "direction": "buy", "units": 1, "limits": ["5"] * 9},
            "expected a list of up to 8 decimal numbers, one per leg",
        ),
        ({"command": "single", **SINGLE, "order": None, "quantity": 1_000_000}, "order: unknown field"),
        ({"command": "single", "instrument": "A" * 80, "side": "buy", "quantity": 1_000_000, "price": 5}, ""),
        (
            {"command": "single", "instrument": "A" * 81, "side": "buy", "quantity": 1, "price": 5},
            "expected a name of up to 80 characters",
        ),
        (
            {"command": "single", "instrument": "A", "side": "buy", "quantity": 1_000_001, "price": 5},
            "expected a whole number from 1 to 1000000",
        ),
        (
            {
                "command": "single",
                "instrument": "A",
                "side": "buy",
                "quantity": 1,
                "price": "-" + "9" * 9 + "." + "9" * 9,
            },
            "",
        ),
        (
            {"command": "single", "instrument": "A", "side": "buy", "quantity": 1, "price": "9" * 10 + "." + "9" * 9},
            "expected a decimal number",
        ),
        ({"command": "cancel", "order": 10**18}, ""),
        ({"command": "cancel", "order": 10**18 + 1}, "expected a whole number from 0"),
    ],
)
def test_each_bound_is_where_it_is_said_to_be(fields, fault):
    faults = parse(**fields).faults
    assert len(faults) == (1 if fault else 0), faults
    assert fault in "".join(faults)


def test_a_command_is_read_up_to_its_longest():
    text = json.dumps({"command": "nothing"})
    longest = text + " " * (65_536 - len(text))
    assert "expected one of" in parse_command(longest).faults[0]
    assert parse_command(longest + " ").faults == ["command: longer than 65536 characters"]
