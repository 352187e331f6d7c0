"""Entries of one side add up per price and come out best first."""

from cross_market_connect.domain.book import LEVELS, BookSide
from cross_market_connect.venues.fix_broker.entries import ENTRIES_MAX, EntryReader, SideEntries
from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.wire.fix.support import make_frame


def shown(entries: SideEntries) -> list[tuple[int, int]]:
    side = BookSide()
    entries.show(side)
    return [(int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(int(side.depth))]


def test_best_first_on_either_side() -> None:
    for sign, expected in ((1, [(12, 1), (10, 5), (9, 7)]), (-1, [(9, 7), (10, 5), (12, 1)])):
        entries = SideEntries(sign)
        for key, price, lots in ((b"a", 10, 2), (b"b", 12, 1), (b"c", 9, 7), (b"d", 10, 3)):
            assert entries.add(key, price, lots)
        assert shown(entries) == expected


def test_a_price_goes_with_its_last_entry() -> None:
    entries = SideEntries(1)
    entries.add(b"a", 10, 2)
    entries.add(b"b", 10, 3)
    entries.add(b"c", -4, 3)
    assert entries.remove(b"a") and shown(entries) == [(10, 3), (-4, 3)]
    assert entries.remove(b"b") and shown(entries) == [(-4, 3)]
    assert not entries.remove(b"b")
    assert entries.has(b"c") and not entries.has(b"a")
    entries.clear()
    assert shown(entries) == [] and not entries.has(b"c") and entries.get(b"c") is None


def test_levels_behind_the_shown_ones_come_up() -> None:
    entries = SideEntries(-1)
    for price in range(20):
        entries.add(b"%d" % price, price, 1)
    assert shown(entries) == [(price, 1) for price in range(int(LEVELS))]
    entries.remove(b"0")
    assert shown(entries) == [(price, 1) for price in range(1, int(LEVELS) + 1)]


def test_ids_are_unique_and_bounded() -> None:
    entries = SideEntries(1)
    assert entries.add(b"a", 1, 1)
    assert not entries.add(b"a", 2, 1)
    for number in range(int(ENTRIES_MAX) - 1):
        assert entries.add(b"%d" % number, number % 50, 1)
    assert not entries.add(b"b", 1, 1)
    entries.remove(b"a")
    assert entries.add(b"b", 1, 1)


def test_the_reader_sees_each_entry_alone() -> None:
    text = "35=X|34=1|268=2|279=0|269=0|55=A|270=1|271=2|273=01:02:03|290=1|279=2|269=1|278=x|290=7"
    message = parse_message(make_frame(text), dictionary_of("FIX.4.4"))
    reader = EntryReader()
    reader.open(message, 279)
    assert reader.next(message)
    assert [message.value_at(at) for at in (reader.action_at, reader.type_at, reader.symbol_at)] == [b"0", b"0", b"A"]
    assert [message.value_at(at) for at in (reader.price_at, reader.size_at, reader.time_at)] == [
        b"1",
        b"2",
        b"01:02:03",
    ]
    assert (reader.id_at, reader.reference_at, reader.date_at) == (-1, -1, -1)
    assert reader.next(message)
    assert [message.value_at(at) for at in (reader.action_at, reader.id_at, reader.position_at)] == [b"2", b"x", b"7"]
    assert (reader.symbol_at, reader.price_at, reader.size_at, reader.time_at) == (-1, -1, -1, -1)
    assert not reader.next(message)
    assert not reader.next(message)


def test_a_message_without_entries_has_none() -> None:
    message = parse_message(make_frame("35=X|34=1|279=0"), dictionary_of("FIX.4.4"))
    reader = EntryReader()
    reader.open(message, 279)
    assert not reader.next(message)


def test_a_level_may_be_told_by_either_of_two_fields() -> None:
    message = parse_message(make_frame("35=W|34=1|268=2|269=0|1023=1|269=0|290=2"), dictionary_of("STEP.1.2"))
    for reader, levels in ((EntryReader(1023), [b"1", b"2"]), (EntryReader(), [b"", b"2"])):
        reader.open(message, 269)
        told = []
        while reader.next(message):
            told.append(message.value_at(reader.position_at) if reader.position_at >= 0 else b"")
        assert told == levels
