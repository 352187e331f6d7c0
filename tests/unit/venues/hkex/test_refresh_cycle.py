"""The numbers of a refresh channel, one of them wrong."""

import pytest

from cross_market_connect.venues.hkex.refresh_cycle import RefreshCycle

FAR = 2_000_000


def collecting(next_seq: int) -> RefreshCycle:
    cycle = RefreshCycle()
    assert cycle.follow(next_seq - 2, 1) and cycle.follow(next_seq - 1, 1)
    cycle.begin()
    return cycle


def test_one_number_far_ahead_spoils_nothing() -> None:
    cycle = collecting(10)
    assert not cycle.follow(FAR, 1)
    assert cycle.follow(10, 2) and cycle.collecting
    assert not cycle.follow(3 * FAR, 1)
    assert cycle.follow(12, 1) and cycle.collecting and cycle.abandoned == 0


def test_two_that_agree_are_the_venue_s() -> None:
    cycle = collecting(10)
    assert not cycle.follow(FAR, 3)
    assert cycle.follow(FAR + 3, 1)
    assert (cycle.collecting, cycle.abandoned) == (False, 1)
    assert cycle.follow(FAR + 4, 1)


@pytest.mark.parametrize("wrong", [FAR, 600])
def test_a_join_by_a_wrong_number_ends_with_two_that_agree(wrong: int) -> None:
    cycle = RefreshCycle()
    assert cycle.follow(wrong, 1)
    assert not cycle.follow(10, 1)
    assert cycle.follow(11, 1)
    assert cycle.follow(12, 1)


def test_a_number_a_little_ahead_costs_its_cycle_only() -> None:
    cycle = collecting(10)
    assert cycle.follow(10 + 64, 1) and not cycle.collecting
    assert not cycle.follow(11, 1)
    assert cycle.follow(12, 1) and cycle.follow(13, 1)


def test_the_other_line_s_packets_are_old() -> None:
    cycle = collecting(10)
    for seq in range(10, 60):
        assert cycle.follow(seq, 1)
    for seq in range(10, 60):
        assert not cycle.follow(seq, 1)
    assert cycle.collecting
