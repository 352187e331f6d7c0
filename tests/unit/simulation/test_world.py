"""Seeds and verdicts of virtual histories."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.simulation.commands import check_profile, is_good, seed_range
from cross_market_connect.simulation.scenario import Scenario
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


def test_a_venue_that_writes_in_fragments_states_a_whole_quote_though_nothing_else_happens() -> None:
    world = Scenario().begin()
    venue = world.venues["A"]
    venue.quote(9_990, 9_992)
    world.run_for(2)
    session = len(venue.market.accounts) + 1
    venue.host.network.fragment(venue.host.handle_of(session), True)
    venue.quote(9_995, 9_997)
    world.run_for(2)
    book = world.engine.running().desk.books[0]
    assert (book.best_bid(), book.best_ask()) == (9_995, 9_997)
    assert world.world.now_ns - book.received_ns < 2_000_000
