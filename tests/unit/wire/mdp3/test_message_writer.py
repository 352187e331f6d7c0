"""Updates, snapshots and the small messages, written by roles and read back by roles."""

import pytest

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.mdp3 import codes, faults
from cross_market_connect.wire.mdp3.decoder import PacketReader
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.sbe.schema import NO_VALUE
from tests.unit.wire.mdp3.support import SCHEMA, SENDING_TIME, TRANSACT_TIME, reader

NONE = NO_VALUE


def writer(payload_bytes_max: int = 1472) -> MessageWriter:
    packet = PacketWriter(SCHEMA, payload_bytes_max)
    packet.start(1, SENDING_TIME)
    return MessageWriter(packet, SCHEMA)


def opened(w: MessageWriter, template_id: int) -> PacketReader:
    r = reader()
    assert r.open(w.packet.finish()) == faults.OK
    assert r.next() == template_id
    return r


def entry(r: PacketReader, i: int) -> tuple[int, ...]:
    return (
        r.entry_price(i),
        r.entry_size(i),
        r.entry_security_id(i),
        r.entry_rpt_seq(i),
        r.entry_orders(i),
        r.entry_level(i),
        r.entry_action(i),
        r.entry_type(i),
    )


@pytest.mark.parametrize(
    ("template_id", "content"),
    [
        (codes.INCREMENTAL_BOOK, (-5, 6, 7, 8, 9, 10, codes.ACTION_OVERLAY, codes.ENTRY_OFFER)),
        (codes.INCREMENTAL_BOOK, (NONE, NONE, 7, 8, NONE, 1, codes.ACTION_DELETE, codes.ENTRY_IMPLIED_BID)),
        (codes.INCREMENTAL_TRADE_SUMMARY, (5, 6, 7, 8, 9, NONE, codes.ACTION_NEW, codes.ENTRY_TRADE)),
        (codes.INCREMENTAL_VOLUME, (NONE, 6, 7, 8, NONE, NONE, codes.ACTION_NEW, codes.ENTRY_ELECTRONIC_VOLUME)),
        (codes.INCREMENTAL_DAILY_STATISTICS, (5, NONE, 7, 8, NONE, NONE, 0, codes.ENTRY_SETTLEMENT_PRICE)),
        (codes.INCREMENTAL_LIMITS_BANDING, (NONE, NONE, 7, 8, NONE, NONE, 0, codes.ENTRY_LIMITS)),
        (codes.INCREMENTAL_SESSION_STATISTICS, (5, 6, 7, 8, NONE, NONE, 0, codes.ENTRY_OPEN_PRICE)),
        (codes.INCREMENTAL_BOOK_LONG_QTY, (5, 2**40, 7, 8, 9, 10, 1, codes.ENTRY_BID)),
        (codes.INCREMENTAL_BOOK_LONG_QTY, (5, NONE, 7, 8, NONE, 10, 1, codes.ENTRY_BID)),
        (codes.INCREMENTAL_TRADE_SUMMARY_LONG_QTY, (5, 2**40, 7, 8, 9, NONE, 0, codes.ENTRY_TRADE)),
        (codes.INCREMENTAL_VOLUME_LONG_QTY, (NONE, 2**40, 7, 8, NONE, NONE, 0, codes.ENTRY_ELECTRONIC_VOLUME)),
        (codes.INCREMENTAL_SESSION_STATISTICS_LONG_QTY, (5, NONE, 7, 8, NONE, NONE, 0, codes.ENTRY_VWAP)),
    ],
)
def test_entries_of_updates(template_id: int, content: tuple[int, ...]) -> None:
    w = writer()
    assert w.begin_update(template_id, TRANSACT_TIME, codes.END_OF_EVENT)
    assert w.add_entry(*content)
    assert w.add_entry(*content)
    w.end()
    r = opened(w, template_id)
    assert (r.transact_time_utc_ns(), r.match_event_indicator()) == (TRANSACT_TIME, codes.END_OF_EVENT)
    assert [entry(r, i) for i in range(r.entry_count)] == [content, content]


def test_orders_behind_the_entries_of_a_book() -> None:
    w = writer()
    assert w.begin_update(codes.INCREMENTAL_BOOK, TRANSACT_TIME, 0)
    for level in (1, 2):
        assert w.add_entry(level, 1, 7, 8, 1, level, 0, codes.ENTRY_BID)
    assert w.add_order(11, 12, 13, 1, codes.ORDER_UPDATE)
    assert w.add_order(14, NONE, NONE, NONE, codes.ORDER_DELETE)
    w.end()
    r = opened(w, codes.INCREMENTAL_BOOK)
    assert (r.entry_count, r.order_count) == (2, 2)
    orders = [
        (r.order_id(i), r.order_priority(i), r.order_size(i), r.order_reference(i), r.order_action(i)) for i in range(2)
    ]
    assert orders == [(11, 12, 13, 1, codes.ORDER_UPDATE), (14, NONE, NONE, NONE, codes.ORDER_DELETE)]


def test_orders_behind_a_trade() -> None:
    w = writer()
    assert w.begin_update(codes.INCREMENTAL_TRADE_SUMMARY, TRANSACT_TIME, codes.LAST_TRADE)
    assert w.add_entry(5, 6, 7, 8, 2, NONE, 0, codes.ENTRY_TRADE)
    w.packet.set(SCHEMA.template(48).groups[0].entry.field("AggressorSide"), codes.AGGRESSOR_SELL)
    assert w.add_order(11, NONE, 4, NONE, NONE)
    w.end()
    r = opened(w, codes.INCREMENTAL_TRADE_SUMMARY)
    assert r.entry_number(SCHEMA.template(48).groups[0].entry.field("AggressorSide"), 0) == codes.AGGRESSOR_SELL
    assert (r.order_id(0), r.order_size(0), r.order_priority(0), r.order_reference(0)) == (11, 4, NONE, NONE)
    assert r.order_action(0) == codes.ORDER_NEW


def test_books_by_order() -> None:
    w = writer()
    assert w.begin_update(codes.INCREMENTAL_ORDER_BOOK, TRANSACT_TIME, 0)
    assert w.add_order_entry(11, 12, 13, 14, 15, codes.ACTION_CHANGE, codes.ENTRY_BID)
    assert w.add_order_entry(NONE, NONE, NONE, NONE, 15, codes.ACTION_DELETE, codes.ENTRY_OFFER)
    w.end()
    assert w.begin_order_snapshot(999, 10, 30_975, 3, 2, TRANSACT_TIME)
    assert w.add_order_entry(21, NONE, 23, 24, NONE, NONE, codes.ENTRY_OFFER)
    w.end()
    r = opened(w, codes.INCREMENTAL_ORDER_BOOK)
    assert [(r.entry_order_id(i), r.entry_priority(i)) for i in range(2)] == [(11, 12), (NONE, NONE)]
    assert entry(r, 0) == (13, 14, 15, NONE, NONE, NONE, codes.ACTION_CHANGE, codes.ENTRY_BID)
    assert entry(r, 1) == (NONE, NONE, 15, NONE, NONE, NONE, codes.ACTION_DELETE, codes.ENTRY_OFFER)
    assert r.next() == codes.SNAPSHOT_ORDER_BOOK
    assert (r.last_seq_num_processed(), r.total_reports(), r.security_id()) == (999, 10, 30_975)
    assert (r.chunks(), r.chunk(), r.transact_time_utc_ns()) == (3, 2, TRANSACT_TIME)
    assert (r.entry_order_id(0), r.entry_priority(0)) == (21, NONE)
    assert entry(r, 0) == (23, 24, NONE, NONE, NONE, NONE, codes.ACTION_NEW, codes.ENTRY_OFFER)
    assert r.snapshot_rpt_seq() == NONE


@pytest.mark.parametrize("template_id", [codes.SNAPSHOT_FULL_REFRESH, codes.SNAPSHOT_FULL_REFRESH_LONG_QTY])
def test_snapshots_by_price(template_id: int) -> None:
    w = writer()
    assert w.begin_snapshot(template_id, 999, 10, 30_975, 7, TRANSACT_TIME, codes.STATUS_READY_TO_TRADE)
    assert w.add_entry(5, 6, NONE, NONE, 9, 10, NONE, codes.ENTRY_BID)
    assert w.add_entry(5, NONE, NONE, NONE, NONE, NONE, NONE, codes.ENTRY_SESSION_HIGH_PRICE)
    w.end()
    r = opened(w, template_id)
    assert (r.last_seq_num_processed(), r.total_reports(), r.security_id()) == (999, 10, 30_975)
    assert (r.snapshot_rpt_seq(), r.transact_time_utc_ns()) == (7, TRANSACT_TIME)
    status = SCHEMA.template(template_id).root.field("MDSecurityTradingStatus")
    assert r.number(status) == codes.STATUS_READY_TO_TRADE
    assert entry(r, 0) == (5, 6, NONE, NONE, 9, 10, codes.ACTION_NEW, codes.ENTRY_BID)
    assert entry(r, 1) == (5, NONE, NONE, NONE, NONE, NONE, codes.ACTION_NEW, codes.ENTRY_SESSION_HIGH_PRICE)
    assert r.number(SCHEMA.template(template_id).root.field("HighLimitPrice")) == NONE


def test_whole_messages() -> None:
    w = writer()
    assert w.add_heartbeat()
    assert w.add_channel_reset(TRANSACT_TIME, 310)
    assert w.add_security_status(SecurityStatus())
    option = InstrumentDefinition(codes.DEFINITION_OPTION)
    option.put_or_call = 0
    assert w.add_definition(option)
    r = opened(w, codes.ADMIN_HEARTBEAT)
    assert (r.next(), r.entry_count, r.entry_type(0)) == (codes.CHANNEL_RESET, 1, codes.ENTRY_BOOK_RESET)
    assert r.entry_number(SCHEMA.template(4).groups[0].entry.field("ApplID"), 0) == 310
    assert (r.next(), r.security_status().security_id) == (codes.SECURITY_STATUS, NONE)
    assert (r.next(), r.definition().put_or_call) == (codes.DEFINITION_OPTION, 0)


@pytest.mark.parametrize("room", [0, 21, 23])
def test_a_full_packet_takes_no_message(room: int) -> None:
    w = writer(12 + 10 + room)
    assert w.add_heartbeat()
    assert not w.add_channel_reset(TRANSACT_TIME, 310)
    assert not w.begin_update(codes.INCREMENTAL_BOOK, TRANSACT_TIME, 0)
    assert not w.begin_snapshot(codes.SNAPSHOT_FULL_REFRESH, 1, 1, 1, 1, 1, 17)
    assert not w.begin_order_snapshot(1, 1, 1, 1, 1, 1)
    assert not w.add_security_status(SecurityStatus())
    assert w.packet.message_count == 1
    assert len(w.packet.finish()) == 22


def test_an_entry_that_does_not_fit() -> None:
    w = writer(12 + 10 + 11 + 3 + 8 + 32 + 23)
    assert w.begin_update(codes.INCREMENTAL_BOOK, TRANSACT_TIME, 0)
    assert w.add_entry(5, 6, 7, 8, 9, 10, 0, codes.ENTRY_BID)
    assert not w.add_entry(5, 6, 7, 9, 9, 10, 0, codes.ENTRY_BID)
    assert not w.add_order(1, 2, 3, 0, 0)
    w.end()
    r = opened(w, codes.INCREMENTAL_BOOK)
    assert (r.entry_count, r.order_count) == (1, 0)


@pytest.mark.parametrize(
    ("template_id", "content"),
    [
        (codes.INCREMENTAL_VOLUME, (5, 6, 7, 8, NONE, NONE, 0, NONE)),
        (codes.INCREMENTAL_VOLUME, (NONE, 6, 7, 8, NONE, NONE, 0, codes.ENTRY_BID)),
        (codes.INCREMENTAL_LIMITS_BANDING, (NONE, NONE, 7, 8, NONE, NONE, codes.ACTION_DELETE, NONE)),
    ],
)
def test_a_role_that_the_template_has_not_got_is_refused(template_id: int, content: tuple[int, ...]) -> None:
    w = writer()
    assert w.begin_update(template_id, TRANSACT_TIME, 0)
    with pytest.raises(LocalProtocolError, match="a role that the template has not got"):
        w.add_entry(*content)
