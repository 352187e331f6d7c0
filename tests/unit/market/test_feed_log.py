"""Records of the feed, read back with the table of the log."""

from cross_market_connect.domain.step import Step
from cross_market_connect.market.feed_log import FAULT_EVENTS_MAX, FeedLog
from tests.unit.venues.hkex.support import ListSink

FEED_EVENT, ALERT = 12, 40
OFF_GRID = "price off the instrument's tick grid"


def test_a_gap_is_counted_and_recorded() -> None:
    sink = ListSink()
    log = FeedLog(3, Step(sink))
    log.gap(10, 14)
    assert (log.gaps, log.lost_messages) == (1, 4)
    assert sink.records == [
        (
            FEED_EVENT,
            {
                "source": 3,
                "channel_seq_expected": 10,
                "channel_seq_received": 14,
                "event": "gap",
                "reason": "4 messages missing",
            },
        )
    ]


def test_faults_of_all_kinds_share_one_limit() -> None:
    sink = ListSink()
    log = FeedLog(3, Step(sink))
    for _ in range(FAULT_EVENTS_MAX):
        log.malformed_packet(1, "message shorter than its type")
        log.book_fault(1, "HSIF1", OFF_GRID)
    assert len(sink.records) == log.fault_events == FAULT_EVENTS_MAX
    assert (log.malformed, log.book_faults[OFF_GRID]) == (FAULT_EVENTS_MAX, FAULT_EVENTS_MAX)
    assert [fields["reason"] for _, fields in sink.records[:2]] == [
        "message shorter than its type",
        "HSIF1: price off the instrument's tick grid",
    ]


def test_a_disaster_alerts_a_person_in_both_languages_and_a_silence_is_on_record() -> None:
    sink = ListSink()
    log = FeedLog(3, Step(sink))
    log.silent(10, 6)
    log.recovering(10)
    assert [kind for kind, _ in sink.records] == [FEED_EVENT, FEED_EVENT, ALERT]
    assert sink.records[0][1]["reason"] == "nothing in sequence for 6 s"
    alert = sink.records[2][1]
    assert "feed 3" in str(alert["text_en"]) and "行情源 3" in str(alert["text_zh"])


def test_a_repair_is_timed_from_the_first_that_broke_and_the_first_building_is_none() -> None:
    step = Step(ListSink())
    log = FeedLog(3, step)
    for now_ns, act in [
        (5, lambda: log.repaired(1, 2, "joined")),
        (10, lambda: log.gap(3, 4)),
        (25, lambda: log.book_fault(4, "HSIF1", OFF_GRID)),
        (40, lambda: log.repaired(4, 5, "filled")),
        (50, lambda: log.silent(6, 6)),
        (57, lambda: log.repaired(6, 7, "from the snapshot")),
    ]:
        step.begin(now_ns, now_ns, now_ns)
        act()
    assert (log.repairs, log.repair_ns_sum, log.repair_ns_max, log.broken_since_ns) == (3, 37, 30, -1)


def test_malformed_packets_are_counted_by_reason() -> None:
    log = FeedLog(3, Step(ListSink()))
    for reason in ("short", "long", "short"):
        log.malformed_packet(1, reason)
    assert (log.malformed, log.malformed_by) == (3, {"short": 2, "long": 1})
