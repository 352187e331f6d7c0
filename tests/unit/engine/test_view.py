"""The shared page, checked from its bytes and through the console's reader."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import pytest

from cross_market_connect.console.page import ViewReader
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.engine.view import (
    ENGINE_RUNNING,
    NO_VALUE,
    SOURCE_LOGGED_ON,
    InstrumentLayout,
    LegLayout,
    SourceLayout,
    SpreadLayout,
    ViewLayout,
    ViewWriter,
)


def instrument(symbol: str, decimals: int = 1, tick_units: int = 2) -> InstrumentLayout:
    return InstrumentLayout(
        symbol, symbol, "期货", symbol[:4], "Venue", "交易所", 28800, "CNY", decimals, tick_units, False, True
    )


def layout(legs: int = 2) -> ViewLayout:
    spread = SpreadLayout(
        "IF/HSI", "期指价差", "points", 1, [LegLayout(0, 1, 1.0, 1.0)] * legs, -5.0, -1.0, 5.0, NO_VALUE
    )
    spread.largest_lots = 28
    return ViewLayout(
        "engine-1",
        "0.1",
        60_000,
        [instrument("CCFX.IF2101"), instrument("XHKF.HSIF1", 0, 1)],
        [spread],
        [SourceLayout("CFFEX feed", "中金所行情", "feed", "CCFX")],
        ["", "quote_age"],
        ["orders_sent"],
    )


def filled_book() -> Book:
    book = Book(0)
    book.state = BOOK_LIVE
    book.received_ns = 900
    book.event_utc_ns = 1_600_000_000_000_000_000
    book.last_ticks = 25_001
    book.bids.set_level(0, 25_000, 7)
    book.bids.set_level(1, 24_999, 3)
    book.asks.set_level(0, 25_002, 4)
    return book


def test_what_is_written_is_read(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    writer.begin(1000, 2_000)
    writer.engine(ENGINE_RUNNING)
    writer.book(0, filled_book(), 12)
    writer.spread(0, -4.5, NO_VALUE, -4.25, 1, 2)
    writer.spread_position(0, 1, -3)
    writer.source(0, SOURCE_LOGGED_ON, 10, 20, 1, 2)
    writer.counter(0, 77)
    writer.end()
    reader = ViewReader(tmp_path / "page")
    snapshot = reader.read()
    assert snapshot is not None and reader.description is not None
    assert (snapshot.now_ns, snapshot.utc_ns, snapshot.engine_state) == (1000, 2000, "running")
    book = snapshot.instruments[0]
    assert (book.state, book.last_ticks, book.age_ns, book.updates) == ("live", 25_001, 100, 12)
    assert book.bids == [(25_000, 7), (24_999, 3)]
    assert book.asks == [(25_002, 4)]
    assert snapshot.instruments[1].bids == []
    spread = snapshot.spreads[0]
    assert (spread.buy, spread.sell, spread.mid) == (-4.5, None, -4.25)
    assert (spread.enter_buy, spread.exit_sell, spread.gate, spread.open_orders) == (-5.0, None, "quote_age", 2)
    assert spread.leg_lots == [0, -3]
    source = snapshot.sources[0]
    assert (source.state, source.messages_in, source.messages_out, source.gaps) == ("logged_on", 10, 20, 2)
    assert snapshot.counters == {"orders_sent": 77}
    assert reader.description.instruments[1].name_zh == "期货"
    assert reader.description.spreads[0].legs[0].side == 1
    assert reader.description.spreads[0].largest_lots == 28


def test_bytes_by_hand(tmp_path: Path) -> None:
    """The file against its documented layout, without the reader."""
    writer = ViewWriter(str(tmp_path / "page"), layout())
    writer.begin(1000, 2000)
    writer.book(0, filled_book(), 12, 3, -1)
    writer.end()
    raw = (tmp_path / "page").read_bytes()
    assert raw[:8] == b"XMCVIEW1"
    version, sequence, checksum, text_offset, text_size, data_offset, data_size = struct.unpack_from("<7q", raw, 8)
    assert (version, sequence, text_offset) == (3, 4, 64)
    assert json.loads(raw[text_offset : text_offset + text_size])["engine_name"] == "engine-1"
    data = raw[data_offset:]
    assert len(data) == data_size == 32 + 2 * 392 + 136 + 40 + 37 * 8 + 8
    assert zlib.crc32(data) == checksum
    assert struct.unpack_from("<4q", data, 0) == (1000, 2000, 0, 1)
    assert struct.unpack_from("<13q", data, 32) == (
        BOOK_LIVE, 25_001, 1_600_000_000_000_000_000, 900, 12, 2, 1, 3, -1, 25_000, 7, 24_999, 3,
    )  # fmt: skip
    assert struct.unpack_from("<2q", data, 32 + 9 * 8 + 160) == (25_002, 4)
    assert struct.unpack_from("<4d", data, 32 + 784 + 24) == pytest.approx((-5.0, -1.0, 5.0, float("nan")), nan_ok=True)


def test_what_is_not_written_again_stays(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    writer.begin(1000, 0)
    writer.book(0, filled_book())
    writer.end()
    writer.begin(1500, 0)
    writer.end()
    snapshot = ViewReader(tmp_path / "page").read()
    assert snapshot is not None
    assert snapshot.instruments[0].bids[0] == (25_000, 7)
    assert snapshot.instruments[0].age_ns == 600


def test_reader_accepts_old_or_new_at_every_store(tmp_path: Path) -> None:
    """The writer's stores are replayed one byte range at a time in their order; the reader must never mix states."""
    path = tmp_path / "page"
    writer = ViewWriter(str(path), layout())
    writer.begin(1, 1)
    writer.end()
    before = path.read_bytes()
    writer.begin(2, 2)
    writer.book(0, filled_book())
    writer.spread(0, 1.0, 2.0, 3.0, 0, 0)
    writer.end()
    after = path.read_bytes()
    (data_offset,) = struct.unpack_from("<q", after, 48)
    sequence = struct.unpack_from("<q", before, 16)[0]
    replayed = tmp_path / "replayed"
    replayed.write_bytes(before)
    reader = ViewReader(replayed)
    with replayed.open("r+b", buffering=0) as file:

        def store(offset: int, data: bytes) -> tuple[int, bool]:
            file.seek(offset)
            file.write(data)
            snapshot = reader.read()
            assert snapshot is not None
            return snapshot.now_ns, bool(snapshot.instruments[0].bids)

        assert store(0, b"X") == (1, False)
        assert store(16, struct.pack("<q", sequence + 1)) == (1, False)
        for offset in range(data_offset, len(after), 8):
            assert store(offset, after[offset : offset + 8]) == (1, False)
        assert store(24, after[24:32]) == (1, False)
        assert store(16, after[16:24]) == (2, True)


def test_reordered_stores_are_caught_by_the_checksum(tmp_path: Path) -> None:
    """The even sequence number becomes visible before the data, as a weakly ordered processor allows."""
    path = tmp_path / "page"
    writer = ViewWriter(str(path), layout())
    writer.begin(1, 1)
    writer.end()
    before = path.read_bytes()
    writer.begin(2, 2)
    writer.end()
    after = path.read_bytes()
    torn = tmp_path / "torn"
    torn.write_bytes(after[:64] + before[64:])
    assert ViewReader(torn).read() is None
    torn.write_bytes(after)
    other = ViewReader(torn).read()
    assert other is not None and other.now_ns == 2


def test_a_writer_in_another_process_never_shows_a_mixed_state(tmp_path: Path) -> None:
    """Each state repeats one number in every field, so that any mixture shows."""
    path = tmp_path / "page"
    script = textwrap.dedent(
        """
        import sys
        sys.path.insert(0, sys.argv[2])
        from tests.unit.engine.test_view import layout
        from cross_market_connect.domain.book import Book
        from cross_market_connect.engine.view import ViewWriter
        writer = ViewWriter(sys.argv[1], layout())
        print("ready", flush=True)
        book = Book(0)
        for number in range(1, 6001):
            for level in range(10):
                book.bids.set_level(level, number, number)
                book.asks.set_level(level, number, number)
            writer.begin(number, number)
            writer.book(0, book)
            writer.spread(0, float(number), float(number), float(number), 0, number)
            writer.source(0, 2, number, number, number)
            writer.end()
        """
    )
    root = str(Path(__file__).parents[3])
    with subprocess.Popen([sys.executable, "-c", script, str(path), root], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        reader = ViewReader(path)
        newest = 0
        while newest < 6000:
            snapshot = reader.read()
            if snapshot is None:
                continue  # the writer was put off in the middle of a state, for longer than a reader tries
            number = snapshot.now_ns
            assert number >= newest
            newest = number
            if number:
                seen = {number, snapshot.utc_ns, snapshot.sources[0].messages_out, snapshot.spreads[0].open_orders}
                for price, quantity in snapshot.instruments[0].bids + snapshot.instruments[0].asks:
                    seen |= {price, quantity}
                assert seen == {number}
            elif process.poll() is not None:
                pytest.fail("the writer ended early")
        assert process.wait() == 0


def test_page_is_private_and_complete_from_its_first_moment(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    assert (tmp_path / "page").stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["page"]
    snapshot = ViewReader(tmp_path / "page").read()
    assert snapshot is not None and snapshot.engine_state == "starting"
    writer.close()


def test_misuse_is_refused(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    with pytest.raises(LocalProtocolError):
        writer.end()
    writer.begin(0, 0)
    with pytest.raises(LocalProtocolError):
        writer.begin(0, 0)
    with pytest.raises(LocalProtocolError):
        ViewWriter(str(tmp_path / "other"), layout(legs=9))
