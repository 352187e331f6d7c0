"""What was sent is remembered for a while, and only what was asked for is believed."""

from cross_market_connect.venues.fix_broker.sent import SENT_IDS_MAX, SENT_MESSAGES_MAX, SentId, SentIds, SentMessages

ORDER, CANCEL = ord("D"), ord("F")


def test_the_newest_ids_are_kept() -> None:
    ids = SentIds()
    for number in range(1, int(SENT_IDS_MAX) + 11):
        ids.put(SentId(number, number, 0, 1))
    assert ids.get(10) is None
    oldest = ids.get(11)
    assert oldest is not None and oldest.client_order_id == 11 and oldest.original_id == 11
    assert ids.get(11 + int(SENT_IDS_MAX)) is None
    assert ids.get(0) is None and ids.get(-1) is None


def test_a_cancel_request_knows_its_order() -> None:
    ids = SentIds()
    ids.put(SentId(2, 1, 5, -1))
    sent = ids.get(2)
    assert sent is not None and (sent.original_id, sent.instrument_index) == (1, 5)


def test_messages_are_found_by_number_and_type() -> None:
    messages = SentMessages()
    messages.put(5, 77, ORDER)
    assert messages.client_order_id(5, ORDER) == 77
    assert messages.type_of(5) == ORDER
    assert messages.client_order_id(5, CANCEL) == 0
    for other in (0, -5, 4, 5 + int(SENT_MESSAGES_MAX)):
        assert messages.client_order_id(other, ORDER) == 0
        assert messages.type_of(other) == 0
    messages.put(5 + int(SENT_MESSAGES_MAX), 78, CANCEL)
    assert messages.client_order_id(5, ORDER) == 0


def test_numbers_that_begin_anew_forget_the_old_ones() -> None:
    messages = SentMessages()
    messages.put(5, 77, ORDER)
    messages.put(9, 78, ORDER)
    messages.put(2, 79, ORDER)
    assert messages.client_order_id(5, ORDER) == 0
    assert messages.client_order_id(2, ORDER) == 79
    messages.follow(3)
    assert messages.client_order_id(2, ORDER) == 79
    messages.follow(2)
    assert messages.client_order_id(2, ORDER) == 0
