"""The fuzzer of feeds: sound code passes, and feeds that trust what they must not are found out."""

import pytest

from tools.fuzz import feeds
from tools.fuzz.__main__ import TARGETS, fuzz

INPUTS = 2_500


@pytest.mark.parametrize("name", [name for name in TARGETS if name.endswith("feed")])
def test_feeds_are_never_live_while_wrong_and_come_back(name: str) -> None:
    answer = fuzz(name, TARGETS[name][1], 7, INPUTS)
    assert answer["finding"] is None
    assert set(answer["outcomes"]) == {"strict", "wild"}


def test_a_book_that_misses_an_update_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    take = feeds.Following.give

    def forgetful(self: feeds.Following, is_refresh: bool, data: bytes, at_ns: int) -> None:
        take(self, is_refresh, data, at_ns)
        for book in self.books:
            if self.strict and book.state == 2 and book.bids.depth > 3:
                book.bids.depth -= 1

    monkeypatch.setattr(feeds.Following, "give", forgetful)
    answer = fuzz("omd-d feed", feeds.omd_d, 7, INPUTS)
    assert "is live at" in answer["finding"]["error"]


def test_books_that_do_not_come_back_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    give = feeds.Following.give

    def deaf_to_snapshots(self: feeds.Following, is_refresh: bool, data: bytes, at_ns: int) -> None:
        if not is_refresh or at_ns < 500_000_000:
            give(self, is_refresh, data, at_ns)

    monkeypatch.setattr(feeds.Following, "give", deaf_to_snapshots)
    answer = fuzz("omd-d feed", feeds.omd_d, 7, INPUTS)
    assert "at the end" in answer["finding"]["error"]
