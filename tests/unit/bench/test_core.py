"""The core's benchmark measures what it says: every packet changes books, every trigger sends both orders."""

from pathlib import Path

import pytest

from cross_market_connect.bench import core
from cross_market_connect.bench.market import ORDERBOOK_BASE, BenchMarket, temporary_directory
from cross_market_connect.domain.book import BOOK_LIVE

pytestmark = pytest.mark.slow


def test_its_keys_are_those_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PACKETS", 10), ("ROUNDS", 1), ("TRIGGERS", 10), ("TRIGGERS_WARM", 2)):
        monkeypatch.setattr(core, name, value)
    answer = core.run()
    assert {"quotes_per_second", "triggered_us", "quote_cost_ratio_1000_to_1"} <= set(answer)
    assert set(answer["triggered_us"]) == {"p50", "p99"}
    assert answer["quotes_per_packet"] == core.MESSAGES_PER_PACKET * core.ENTRIES_PER_MESSAGE


def test_every_entry_of_a_packet_changes_a_book() -> None:
    with temporary_directory() as name:
        market = BenchMarket(2, Path(name))
        packets = core.packets_over(market, 4, 6, 3)
        before = [list(book.bids.quantity_lots) for book in market.books]
        for turn, packet in enumerate(packets):
            market.core.on_datagram(2, False, packet, market.core.step.now_ns + 1)
            seen = [list(book.bids.quantity_lots) for book in market.books]
            assert seen != before, turn
            before = seen
        assert all(book.state == BOOK_LIVE for book in market.books)
        market.close()


def test_a_packet_cannot_pass_for_another_instrument() -> None:
    with temporary_directory() as name:
        market = BenchMarket(1, Path(name))
        market.core.on_datagram(2, False, market.packets.best_packet(1, 3, 0), market.core.step.now_ns + 1)
        assert [int(book.best_bid()) for book in market.books] == [19_999, 20_002]
        assert ORDERBOOK_BASE == 10_001
        market.close()


def test_triggers_open_and_close_in_turn_and_end_flat() -> None:
    assert len(core.trigger_times_us(6)) == 6
