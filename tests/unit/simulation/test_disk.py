"""The virtual disk: what a power cut leaves, and effects at which a process dies."""

import pytest

from cross_market_connect.simulation.disk import KEEPS_ALL, KEEPS_NOTHING, KEEPS_SOME, VirtualDisk
from cross_market_connect.simulation.effects import (
    AFTER_ALLOCATE,
    AFTER_SYNC,
    BEFORE_ALLOCATE,
    BEFORE_SYNC,
    Effects,
    Killed,
)
from cross_market_connect.venues.simulated.market_model import SeededIntegers

SECTOR = 512


def written(sectors: int) -> VirtualDisk:
    """A segment of zeros, synced, over which ones were written."""
    disk = VirtualDisk(Effects())
    disk.allocate(1, sectors * SECTOR)
    disk.sync(1)
    disk.buffer(1)[:] = b"\x01" * (sectors * SECTOR)
    return disk


@pytest.mark.parametrize(("keeps", "byte"), [(KEEPS_NOTHING, 0), (KEEPS_ALL, 1)])
def test_a_power_cut_leaves_nothing_or_all_of_what_was_not_synced(keeps: int, byte: int) -> None:
    disk = written(4)
    disk.lose_power(keeps, SeededIntegers(1))
    assert disk.read(1, 0, 4 * SECTOR) == bytes([byte]) * 4 * SECTOR


def test_a_power_cut_leaves_sectors_in_any_combination_and_one_of_them_torn() -> None:
    patterns, torn = set(), 0
    for seed in range(60):
        disk = written(4)
        disk.lose_power(KEEPS_SOME, SeededIntegers(seed))
        content = disk.read(1, 0, 4 * SECTOR)
        sectors = [content[at : at + SECTOR] for at in range(0, len(content), SECTOR)]
        patterns.add(tuple(sector[0] for sector in sectors))
        halves = [sector for sector in sectors if sector[0] != sector[-1]]
        assert len(halves) <= 1
        torn += len(halves)
        assert all(sector[: SECTOR // 2] == b"\x01" * (SECTOR // 2) for sector in halves)
    assert len(patterns) > 10
    assert 10 < torn < 50


def test_what_was_synced_survives_and_a_killed_process_loses_no_byte() -> None:
    disk = written(2)
    disk.kill()
    assert disk.read(1, 0, 1) == b"\x01"
    disk.sync(1)
    disk.lose_power(KEEPS_NOTHING, SeededIntegers(1))
    assert disk.read(1, 0, 2 * SECTOR) == b"\x01" * 2 * SECTOR


def test_a_full_disk_and_a_sync_that_fails_are_errors_of_the_system() -> None:
    disk = written(1)
    disk.is_full = True
    with pytest.raises(OSError, match="No space left"):
        disk.allocate(2, SECTOR)
    disk.sync_fails = True
    with pytest.raises(OSError, match="Input/output error"):
        disk.sync(1)


def test_a_process_dies_at_the_chosen_effect_before_or_after_it() -> None:
    for left, place, exists in ((0, BEFORE_ALLOCATE, False), (1, AFTER_ALLOCATE, True)):
        effects = Effects()
        effects.left = left
        disk = VirtualDisk(effects)
        with pytest.raises(Killed, match=place):
            disk.allocate(1, SECTOR)
        assert effects.died_at == place
        assert (disk.numbers() == [1]) is exists
    disk = written(1)
    for left, place in ((0, BEFORE_SYNC), (1, AFTER_SYNC)):
        disk.effects.left = left
        with pytest.raises(Killed, match=place):
            disk.sync(1)
    disk.sync(1)
