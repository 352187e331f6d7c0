"""What the publisher of MDP 3.0 sends, read back by the decoder: counts, events, loops, heartbeats."""

from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, ExchangeOrder
from cross_market_connect.venues.simulated.mdp3_publisher import (
    HEARTBEAT_INTERVAL_NS,
    MdpChannelSettings,
    MdpPublisher,
)
from cross_market_connect.wire.mdp3.codes import (
    ADMIN_HEARTBEAT,
    CHANNEL_RESET,
    DEFINITION_FUTURE,
    END_OF_EVENT,
    INCREMENTAL_BOOK,
    INCREMENTAL_TRADE_SUMMARY,
    SECURITY_STATUS,
    SNAPSHOT_FULL_REFRESH,
)
from cross_market_connect.wire.mdp3.decoder import END, PacketReader
from cross_market_connect.wire.mdp3.faults import OK, FaultCounts
from cross_market_connect.wire.mdp3.layout import Layouts
from tests.unit.venues.cme.support import UTC_NS, gold, schema

LIVE, LOOP, DEFINITIONS = 1, 2, 3
IDS = [41_001, 41_002]


class Venue:
    """Two contracts, one of which is traded."""

    def __init__(self, entries_max: int = 40) -> None:
        self.exchange = MatchingExchange([gold(0, "GCG1"), gold(1, "MGCG1")])
        for name in ("a", "b"):
            self.exchange.add_participant(name, False, True)
        for at in range(2):
            self.exchange.open_trading(at)
        settings = MdpChannelSettings(LIVE, LOOP, DEFINITIONS, IDS, schema())
        settings.entries_max = entries_max
        settings.spreads_events = entries_max < 40
        self.publisher = MdpPublisher(self.exchange, settings)
        self.reader = PacketReader(FaultCounts(), Layouts(schema()))
        self.names = 0

    def order(self, side: int, price: int, lots: int, participant: int = 0) -> None:
        self.names += 1
        order = ExchangeOrder(participant, 0, b"%d" % self.names, 0, side, LIMIT, DAY, price, lots)
        assert self.exchange.submit(order, REASON_NONE, UTC_NS) == REASON_NONE

    def step(self, now_ns: int) -> None:
        self.exchange.take_events()
        for trade in self.exchange.ledger.trades:
            self.publisher.publish_trade(trade, now_ns, UTC_NS)
        self.exchange.ledger.trades.clear()
        self.publisher.publish_book(0, now_ns, UTC_NS)
        self.publisher.end_step(now_ns, UTC_NS)

    def sent(self) -> list[tuple[int, int, list[tuple[int, ...]]]]:
        """Channel, packet number and messages: template, event indicator, and per entry what there is."""
        result = []
        for channel, data in self.publisher.take_packets():
            assert self.reader.open(data) == OK
            messages: list[tuple[int, ...]] = []
            while (template := int(self.reader.next())) != END:
                entries = range(int(self.reader.entry_count))
                if template in (INCREMENTAL_BOOK, INCREMENTAL_TRADE_SUMMARY):
                    for at in entries:
                        entry = (
                            self.reader.entry_security_id(at),
                            self.reader.entry_rpt_seq(at),
                            self.reader.entry_price(at),
                            self.reader.entry_size(at),
                        )
                        messages.append((template, int(self.reader.match_event_indicator()), *map(int, entry)))
                elif template == SNAPSHOT_FULL_REFRESH:
                    root = (
                        self.reader.security_id(),
                        self.reader.last_seq_num_processed(),
                        self.reader.snapshot_rpt_seq(),
                    )
                    messages.append((template, *map(int, root), len(entries)))
                else:
                    messages.append((template,))
            result.append((int(channel), int(self.reader.seq_num), messages))
        return result


def test_a_week_begins_with_definitions_and_states() -> None:
    venue = Venue()
    venue.publisher.start(0, UTC_NS)
    said = [(DEFINITION_FUTURE,), (SECURITY_STATUS,)]
    assert venue.sent() == [(LIVE, 1, said), (LIVE, 2, said)]


def test_a_step_is_one_event_whose_entries_are_counted() -> None:
    venue = Venue()
    venue.order(BUY, 19_000, 4)
    venue.order(SELL, 19_002, 5)
    venue.step(0)
    tenth = 100_000_000
    book, trade, over = int(INCREMENTAL_BOOK), int(INCREMENTAL_TRADE_SUMMARY), int(END_OF_EVENT)
    quoted = [(book, over, IDS[0], 1, 19_000 * tenth, 4), (book, over, IDS[0], 2, 19_002 * tenth, 5)]
    assert venue.sent() == [(LIVE, 1, quoted)]
    venue.order(BUY, 19_002, 2, participant=1)
    venue.step(1)
    traded = [(trade, 0, IDS[0], 3, 19_002 * tenth, 2), (book, over, IDS[0], 4, 19_002 * tenth, 3)]
    assert venue.sent() == [(LIVE, 2, traded)]
    assert list(venue.publisher.counts) == [4, 0]


def test_an_event_of_many_entries_spreads_over_packets_and_ends_in_the_last() -> None:
    venue = Venue(entries_max=2)
    for price in range(19_000, 19_005):
        venue.order(BUY, price, 1)
    venue.step(0)
    packets = venue.sent()
    assert [number for _channel, number, _messages in packets] == [1, 2, 3]
    assert [[message[1] for message in messages] for _c, _n, messages in packets] == [[0, 0], [0, 0], [END_OF_EVENT]]


def test_a_reset_voids_the_channel_and_says_every_book_from_nothing() -> None:
    venue = Venue()
    venue.order(BUY, 19_000, 4)
    venue.step(0)
    venue.order(BUY, 19_001, 3)
    venue.step(1)
    venue.sent()
    venue.publisher.reset(2, UTC_NS)
    tenth = 100_000_000
    book, over = int(INCREMENTAL_BOOK), int(END_OF_EVENT)
    anew = [(book, over, IDS[0], 1, 19_001 * tenth, 3), (book, over, IDS[0], 2, 19_000 * tenth, 4)]
    assert venue.sent() == [(LIVE, 3, [(int(CHANNEL_RESET),)]), (LIVE, 4, anew)]


def test_the_loop_says_everything_as_of_the_last_packet_and_a_silent_channel_beats() -> None:
    venue = Venue()
    venue.order(BUY, 19_000, 4)
    venue.step(5)
    venue.sent()
    assert venue.publisher.next_timer_ns() == 0
    venue.publisher.handle_timer(6, UTC_NS)
    snapshots = [[(int(SNAPSHOT_FULL_REFRESH), IDS[0], 1, 1, 1)], [(int(SNAPSHOT_FULL_REFRESH), IDS[1], 1, 0, 0)]]
    defined = [(int(DEFINITION_FUTURE),)]
    assert venue.sent() == [
        (DEFINITIONS, 1, defined),
        (DEFINITIONS, 2, defined),
        (LOOP, 1, snapshots[0]),
        (LOOP, 2, snapshots[1]),
    ]
    venue.publisher.handle_timer(5 + int(HEARTBEAT_INTERVAL_NS), UTC_NS)
    assert venue.sent()[0] == (LIVE, 2, [(int(ADMIN_HEARTBEAT),)])
    assert (
        venue.publisher.is_refresh(LOOP)
        and venue.publisher.is_refresh(DEFINITIONS)
        and not venue.publisher.is_refresh(LIVE)
    )
