"""A small burst over real sockets: everything sent is accounted for, and books come back."""

import pytest

from cross_market_connect.bench import burst

DATAGRAMS = 3_000


@pytest.mark.slow
@pytest.mark.needs("cc")
def test_every_datagram_is_received_or_counted_and_books_are_the_exchange_s() -> None:
    answer = burst.run(DATAGRAMS)
    assert answer["datagrams_sent"] == DATAGRAMS
    assert answer["datagrams_received"] + answer["lost_by_kernel"] == DATAGRAMS
    assert (answer["repaired"], answer["books_equal"]) == (True, True)
    assert (answer["gaps"] == 0) == (answer["lost_by_kernel"] == 0)
    assert answer["receive_buffer_bytes"]["granted"] > 0


@pytest.mark.slow
@pytest.mark.needs("cc")
def test_what_the_kernel_dropped_is_seen_and_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burst.Receiver, "read", _late(burst.Receiver.read))
    answer = burst.run(60_000)
    assert answer["lost_by_kernel"] > 0, "nobody read while the burst came"
    assert answer["datagrams_received"] + answer["lost_by_kernel"] == 60_000
    assert answer["gaps"] > 0 and answer["repaired"] and answer["books_equal"]


@pytest.mark.slow
@pytest.mark.needs("cc")
def test_a_feed_that_is_not_repaired_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    give = burst.Receiver._give

    def one_is_missing(self: burst.Receiver, is_refresh: bool, data: bytes) -> None:
        if is_refresh and self.received > 1_000:
            return
        if self.received == 1_000 and not is_refresh:
            self.received += 1
            return
        give(self, is_refresh, data)

    monkeypatch.setattr(burst.Receiver, "_give", one_is_missing)
    answer = burst.run(DATAGRAMS)
    assert (answer["repaired"], answer["gaps"]) == (False, 1)


def _late(read):  # type: ignore[no-untyped-def]
    """Reading stops for a while when the burst begins."""
    state = {"slept": False}

    def late(self: burst.Receiver, timeout_s: float) -> bool:
        if self.received > 20 and not state["slept"]:
            state["slept"] = True
            self.network.rest(1.0)
        return bool(read(self, timeout_s))

    return late
