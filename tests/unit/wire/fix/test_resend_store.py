"""A bounded memory: the newest messages by number, no large ones."""

from cross_market_connect.wire.fix.resend_store import (
    RESEND_BODY_BYTES_MAX,
    RESEND_MESSAGES_MAX,
    ResendStore,
    SentMessage,
)


def test_the_newest_are_kept_and_older_ones_replaced() -> None:
    store = ResendStore()
    for number in range(1, RESEND_MESSAGES_MAX + 3):
        store.put(SentMessage(number, b"8", number * 10, b"%d" % number))
    assert store.get(1) is None
    assert store.get(2) is None
    for number in (3, RESEND_MESSAGES_MAX, RESEND_MESSAGES_MAX + 2):
        kept = store.get(number)
        assert kept is not None
        assert (kept.seq_num, kept.msg_type, kept.utc_ns, kept.body) == (number, b"8", number * 10, b"%d" % number)
    assert store.get(RESEND_MESSAGES_MAX + 3) is None


def test_large_bodies_are_not_kept() -> None:
    store = ResendStore()
    store.put(SentMessage(1, b"W", 0, b"x" * RESEND_BODY_BYTES_MAX))
    store.put(SentMessage(2, b"W", 0, b"x" * (RESEND_BODY_BYTES_MAX + 1)))
    assert store.get(1) is not None
    assert store.get(2) is None


def test_clearing_forgets() -> None:
    store = ResendStore()
    store.put(SentMessage(1, b"8", 0, b""))
    store.clear()
    assert store.get(1) is None
