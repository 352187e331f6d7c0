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


def test_silence_and_disaster_alert_a_person_in_both_languages() -> None:
    sink = ListSink()
    log = FeedLog(3, Step(sink))
    log.silent(10, 6)
    log.recovering(10)
    assert [kind for kind, _ in sink.records] == [FEED_EVENT, ALERT, FEED_EVENT, ALERT]
    alert = sink.records[1][1]
    assert "6 s" in str(alert["text_en"]) and "6 秒" in str(alert["text_zh"])
