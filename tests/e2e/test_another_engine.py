"""Our FIX against quickfix's where that is installed; more: `make campaign NAME=quickfix`."""

import pytest

from tools.another_engine.__main__ import run
from tools.another_engine.ends import VERSIONS
from tools.another_engine.environment import found

ORDERS, MISFORTUNES = 50, 6


@pytest.mark.slow
@pytest.mark.needs("quickfix")
def test_orders_and_reports_pass_between_two_engines_that_are_killed_none_lost_and_none_doubled(tmp_path) -> None:
    answer = run(ORDERS, MISFORTUNES, 20_261_128, found(), tmp_path)
    assert answer["version"] in VERSIONS
    assert answer["faults"] == []
    assert (answer["lost"], answer["doubled"]) == (0, 0)
    assert answer["orders"] >= ORDERS
    assert answer["kills"] + answer["cuts"] == MISFORTUNES
    assert answer["kills"] >= 2
    assert answer["reconnects"] >= 2
