"""What judges the orders of a client on quickfix; without quickfix."""

from pathlib import Path

import pytest

from tools.another_engine.from_trader import FromTrader
from tools.fix_relay import IN, OUT

NO_PYTHON = Path("python")

ORDER = {"made": "Q1", "type": "D", "fields": [[11, "Q1"]]}
TOLD = {"report": "5", "order": "Q1", "status": "2", "kind": "F", "lots": 3, "filled": 3, "number": 4, "marked": False}
HELD = {"id": "Q1", "lots": 3, "filled": 3, "is_open": False}


@pytest.mark.parametrize(
    ("lines", "orders", "lost", "doubled"),
    [
        ([ORDER, TOLD], [HELD], 0, 0),
        ([ORDER, TOLD, {**TOLD, "marked": True}], [HELD], 0, 0),
        ([ORDER, TOLD, TOLD], [HELD], 0, 1),
        ([ORDER, TOLD], [], 1, 0),
        ([ORDER], [HELD], 1, 0),
        ([ORDER, TOLD], [{**HELD, "is_open": True}], 1, 0),
        ([ORDER, TOLD], [{**HELD, "filled": 2}], 0, 1),
        ([ORDER, TOLD, ORDER], [HELD], 0, 1),
        ([ORDER, TOLD], [HELD, {**HELD, "id": "Q2"}], 0, 1),
    ],
)
def test_what_the_client_and_the_exchange_do_not_have_alike_is_noticed(
    tmp_path, lines: list[dict], orders: list[dict], lost: int, doubled: int
) -> None:
    direction = FromTrader("FIX.4.4", 1, 0, 1, tmp_path, NO_PYTHON, tmp_path)
    direction._client_lines = lambda: lines
    direction._judge([], orders)
    result = direction.end()
    assert (result.lost, result.doubled) == (lost, doubled)


def test_a_report_that_was_seen_on_the_way_and_never_taken_is_lost(tmp_path) -> None:
    direction = FromTrader("FIX.4.4", 1, 0, 1, tmp_path, NO_PYTHON, tmp_path)
    direction.evidence.saw(IN, {35: "8", 34: "2", 17: "5", 11: "Q1"})
    direction._client_lines = lambda: [ORDER]
    direction._judge([], [{**HELD, "filled": 0}])
    assert direction.end().lost == 1


def test_an_order_that_leaves_twice_without_a_mark_is_doubled(tmp_path) -> None:
    direction = FromTrader("FIX.4.4", 1, 0, 1, tmp_path, NO_PYTHON, tmp_path)
    for number, mark in (("2", "N"), ("2", "Y"), ("3", "N")):
        direction.evidence.saw(OUT, {35: "D", 34: number, 11: "Q1", 43: mark})
    result = direction.end()
    assert (result.doubled, result.resent) == (1, 1)
