"""What judges the orders to a broker on quickfix; without quickfix."""

from pathlib import Path

import pytest

from cross_market_connect.domain.records import LEG_ORDER, LEG_ORDER_STATE, RECEIPT
from cross_market_connect.domain.spread import LEG_FILLED, LEG_REJECTED
from tools.another_engine.ends import Result
from tools.another_engine.to_broker import ToBroker

NO_PYTHON = Path("python")


def broker_lines(*more: dict) -> list[dict]:
    fields = [[11, "7"], [39, "2"]]
    told = {"made": "E1-1", "type": "8", "fields": fields, "of": "7", "exec_type": "F", "lots": 3}
    return [{"order": "7", "number": 2, "fields": {"11": "7"}}, told, *more]


def to_broker(tmp_path: Path, lines: list[dict], counted: int = 3, execution: str = "E1-1") -> Result:
    direction = ToBroker("FIX.4.4", 1, 0, 1, tmp_path, NO_PYTHON, tmp_path)
    word = direction._word
    word.take(LEG_ORDER, {"client_order_id": 7})
    word.take(RECEIPT, {"client_order_id": 7, "counted_lots": counted, "execution_id": execution})
    word.take(LEG_ORDER_STATE, {"client_order_id": 7, "state": LEG_FILLED})
    direction._broker_lines = lambda: lines
    direction._judge([])
    return direction.end()


def test_an_order_that_both_sides_account_for_alike_is_neither_lost_nor_doubled(tmp_path) -> None:
    result = to_broker(tmp_path, broker_lines())
    assert (result.orders, result.executions, result.lost, result.doubled, result.faults) == (1, 1, 0, 0, [])


@pytest.mark.parametrize(
    ("lines", "counted", "execution", "lost", "doubled"),
    [
        ([{"again": "7", "marked": True}], 3, "E1-1", 0, 0),
        ([{"again": "7", "marked": False}], 3, "E1-1", 0, 1),
        ([{"order": "8", "number": 3, "fields": {"11": "8"}}], 3, "E1-1", 1, 0),
        ([], 2, "E1-1", 1, 0),
        ([], 4, "E1-1", 0, 1),
        ([], 3, "E1-0", 1, 0),
    ],
)
def test_what_the_broker_and_the_engine_do_not_have_alike_is_noticed(
    tmp_path, lines: list[dict], counted: int, execution: str, lost: int, doubled: int
) -> None:
    result = to_broker(tmp_path, broker_lines(*lines), counted, execution)
    assert (result.lost, result.doubled, len(result.faults)) == (lost, doubled, lost + doubled)


def test_an_order_that_never_arrived_may_not_be_counted(tmp_path) -> None:
    direction = ToBroker("FIX.4.4", 1, 0, 1, tmp_path, NO_PYTHON, tmp_path)
    for order, counted in ((7, 0), (8, 1)):
        direction._word.take(LEG_ORDER, {"client_order_id": order})
        direction._word.take(RECEIPT, {"client_order_id": order, "counted_lots": counted, "execution_id": ""})
        direction._word.take(LEG_ORDER_STATE, {"client_order_id": order, "state": LEG_REJECTED})
    direction._broker_lines = list
    direction._judge([])
    result = direction.end()
    assert (result.never_arrived, result.lost, result.doubled) == (2, 0, 1)
