"""Seeds and verdicts of virtual histories."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.simulation.commands import check_profile, is_good, seed_range
from cross_market_connect.simulation.world import World


def test_equal_seeds_draw_equal_delays_and_others_do_not() -> None:
    def delays(seed: int) -> list[int]:
        fabric = World(seed).fabric
        return [fabric.delay_ns() for _ in range(20)]

    assert delays(1) == delays(1)
    assert delays(1) != delays(2)


@pytest.mark.parametrize("text", ["", "5", "5:", ":5", "5:4", "a:b", "1:2:3", "-1:4"])
def test_a_range_of_seeds_that_is_none_is_told_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="FIRST:LAST"):
        seed_range(text)


def test_ranges_profiles_and_verdicts() -> None:
    assert seed_range("3:7") == (3, 7)
    with pytest.raises(InputError, match="none, light, heavy"):
        check_profile("medium")
    good = {"journal_ok": True, "replay_identical": True, "naked_units_at_end": 0}
    assert is_good(good)
    for name, value in (("journal_ok", False), ("replay_identical", False), ("naked_units_at_end", 1)):
        assert not is_good({**good, name: value})
    assert is_good({"good": True}) and not is_good({"good": False})
