"""The shipped extract against rows read by hand from the recorded snapshots, and the tool that makes it."""

import gzip
from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference import DATA_DIRECTORY
from cross_market_connect.reference.ticks import COLUMNS, load_ticks
from tools import make_tick_extract

CSV = """\
action_date,action_time_ms,last,total_volume,bid_price,bid_qty,ask_price,ask_qty
20210104,92900400,5230.0,240.0,5230.0,1.0,5230.8,2.0
20210104,93000400,5230.8,311.0,5231.4,2.0,5231.6,1.0
20210104,93000900,5231.8,398.0,5232.8,3.0,5234.8,1.0
20210104,93001400,5234.0,511.0,5233.0,0.0,5234.4,21.0
20210104,93001400,5234.0,511.0,0.0,5.0,5234.4,21.0
20210104,93001900,5233.0,520.0,5232.6,7.0,5233.0,4.0
20210104,153048900,5260.0,84288.0,5259.2,5.0,5262.0,14.0
"""


def test_the_extract_holds_the_recorded_day() -> None:
    ticks = load_ticks()
    assert len(ticks) == 27_952
    # First snapshot: 09:30:00.400 in Shanghai, bid 5231.4 x 2, ask 5231.6 x 1, last 5230.8.
    assert ticks.utc_ns[0] == 1_609_723_800_400_000_000
    assert (ticks.bid_ticks[0], ticks.bid_lots[0]) == (26_157, 2)
    assert (ticks.ask_ticks[0], ticks.ask_lots[0]) == (26_158, 1)
    assert (ticks.last_ticks[0], ticks.volume[0]) == (26_154, 311)
    # Last one: 15:00:00.400, bid 5259.2 x 5, ask 5262.0 x 14, last 5260.0.
    assert ticks.utc_ns[-1] == 1_609_743_600_400_000_000
    assert (ticks.bid_ticks[-1], ticks.bid_lots[-1]) == (26_296, 5)
    assert (ticks.ask_ticks[-1], ticks.ask_lots[-1]) == (26_310, 14)
    assert (ticks.last_ticks[-1], ticks.volume[-1]) == (26_300, 84_288)


def test_times_and_volume_never_run_backwards() -> None:
    ticks = load_ticks()
    assert ticks.utc_ns == sorted(ticks.utc_ns)
    assert ticks.volume == sorted(ticks.volume)
    assert all(bid < ask for bid, ask in zip(ticks.bid_ticks, ticks.ask_ticks, strict=True))


def test_the_extract_is_small_and_carries_its_licence() -> None:
    assert (DATA_DIRECTORY / "IF2101_20210104.ticks.gz").stat().st_size < 300_000
    assert (DATA_DIRECTORY / "LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2020 wtp-2020")
    with gzip.open(DATA_DIRECTORY / "IF2101_20210104.ticks.gz", "rt") as file:
        assert "wondertrader" in file.read(400)


def test_the_tool_keeps_two_sided_quotes_of_the_session(tmp_path: Path) -> None:
    source, target = tmp_path / "snapshots.csv", tmp_path / "extract.ticks.gz"
    source.write_text(CSV)
    assert make_tick_extract.main([str(source), str(target)]) == 0
    ticks = load_ticks(target)
    assert [time % 100_000_000_000 for time in ticks.utc_ns] == [400_000_000, 900_000_000, 1_900_000_000]
    assert ticks.bid_ticks == [26_157, 26_164, 26_163]
    assert ticks.ask_ticks == [26_158, 26_174, 26_165]
    assert ticks.last_ticks == [26_154, 26_159, 26_165]
    assert ticks.volume == [311, 398, 520]
    assert (ticks.bid_lots, ticks.ask_lots) == ([2, 3, 7], [1, 1, 4])


def test_the_tool_refuses_a_price_between_ticks() -> None:
    with pytest.raises(ValueError, match="5231.3"):
        make_tick_extract.ticks("5231.3")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("time,price\n", "expected the columns"),
        (f"{COLUMNS}\n1,2,3\n", "snapshot 1 has 3 fields"),
        (f"{COLUMNS}\n1,2,3,4,x,6,7\n", "expected integers"),
        (f"{COLUMNS}\n5,0,100,1,0,1,1\n-1,0,0,1,0,1,1\n", "snapshot 2 runs backwards"),
        (f"{COLUMNS}\n5,0,100,1,0,0,1\n", "snapshot 1 .* one-sided"),
        (f"{COLUMNS}\n5,0,100,0,0,1,1\n", "snapshot 1 .* crossed"),
    ],
)
def test_a_damaged_extract_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "bad.ticks.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(InputError, match=complaint):
        load_ticks(path)


def test_a_file_that_is_no_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.ticks.gz"
    path.write_bytes(b"not compressed")
    with pytest.raises(InputError, match="expected a tick extract"):
        load_ticks(path)
