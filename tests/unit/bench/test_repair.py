"""What the benchmark of repairs sends and says; that it measures real repairs is seen when it runs."""

import struct
from pathlib import Path

import pytest

from cross_market_connect.bench import repair
from cross_market_connect.bench.market import PacketMaker
from cross_market_connect.bench.repair_engine import CANCELLED, REORDERED, SPREADS, UNWOUND, repaired_definition
from cross_market_connect.domain.execution import COMPLETE_LIMIT


def test_every_spread_is_measured_for_one_thing() -> None:
    assert sorted([*UNWOUND, *CANCELLED, *REORDERED]) == list(range(SPREADS))
    for index in range(SPREADS):
        completion = repaired_definition(index).execution.legs[0].completion
        assert (completion == COMPLETE_LIMIT) is (index in CANCELLED), "only what rests can be cancelled"


def test_the_figures_are_those_of_the_worst_of_the_three() -> None:
    blocks = {"reorder": ([[20.0]], [[10.0]]), "unwind": ([[30.0]], [[20.0]]), "cancel": ([[24.0]], [[12.0]])}
    answer = repair.answer(blocks)
    assert answer["ratio"] == {"p50": 2.0}
    assert answer["us"] == {"p50": 30.0, "p99": 30.0, "p999": 30.0}
    assert answer["actions"]["unwind"]["ratio"] == {"p50": 1.5}


def test_packets_carry_their_length_and_how_many_messages_they_hold(tmp_path: Path) -> None:
    packets = repair.load_packets(PacketMaker(SPREADS))[:3]
    repair.write_packets(tmp_path / "loads", packets)
    content = (tmp_path / "loads").read_bytes()
    length, messages = struct.unpack_from("<II", content)
    assert (length, messages) == (len(packets[0][1]), repair.MESSAGES_PER_LOAD)
    assert content[8 : 8 + length] == packets[0][1]


def test_a_price_that_was_moved_comes_back_before_the_next_spread() -> None:
    packets = repair.trigger_packets(PacketMaker(SPREADS), REORDERED, 2 * len(REORDERED))
    assert len(packets) == 4 * len(REORDERED)
    assert packets[0][1][20:] != packets[1][1][20:]


def test_without_a_compiler_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(repair.InputError, match="expected cc, gcc or clang"):
        repair.built(tmp_path)
