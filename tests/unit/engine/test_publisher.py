"""What the page and the metrics say of a feed, against what was put in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cross_market_connect.console.metrics import as_text
from cross_market_connect.console.page import ViewReader
from cross_market_connect.domain.book import BOOK_LIVE, BOOK_SUSPECT
from cross_market_connect.engine.feed_watch import FeedWatch
from cross_market_connect.engine.publisher import COUNTER_NAMES, FeedRates, ViewPublisher
from cross_market_connect.engine.view import SourceLayout, ViewLayout, ViewWriter
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log
from cross_market_connect.market.channel import Channel
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.market.venue_clock import ClockBounds, VenueClock
from tests.unit.engine.test_core import FEED, World
from tests.unit.engine.test_view import layout
from tests.unit.trading.support import MS, SECOND

LABELS = 'source="hkex",venue="XHKF"'


class Page:
    """An engine with one watched feed, and its page."""

    def __init__(self, directory: Path) -> None:
        self.world = World()
        core = self.world.core
        self.log, self.times, self.channel = FeedLog(FEED, core.step), QuoteTimes(), Channel(6 * SECOND)
        self.log.fault_names = ["packet too short", 'a "quoted" one']
        phases = core.desk.machine.sender.phases
        core.watches.add(
            FeedWatch(FEED, core.step, self.log, self.times, self.channel, list(core.books), phases, 6 * SECOND)
        )
        self.directory = directory
        made = layout()
        sources = [SourceLayout(str(source), "源", "gateway", "CCFX") for source in range(3)]
        sources.append(SourceLayout("hkex", "源", "feed", "XHKF"))
        sources[FEED].fault_names = self.log.fault_names
        self.writer = ViewWriter(
            str(directory / "page"),
            ViewLayout("e", "1", 1000, made.instruments, made.spreads, sources, ["none"] * 40, list(COUNTER_NAMES)),
        )
        log = open_log(MemorySegmentStore(1 << 22), "test", 1 << 20, 0, 1)
        self.publisher = ViewPublisher(self.writer, core, log)

    def metrics(self, now_ns: int) -> str:
        self.publisher.publish(now_ns)
        reader = ViewReader(self.directory / "page")
        snapshot = reader.read()
        return as_text(reader.description, snapshot, False)

    def samples(self, now_ns: int) -> dict[str, float]:
        return parsed(self.metrics(now_ns))


def parsed(text: str) -> dict[str, float]:
    """An independent reading of the exposition format: every sample belongs to the metric announced before it."""
    samples: dict[str, float] = {}
    announced = kind = ""
    for line in text.splitlines():
        head = re.fullmatch(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)", line)
        if head is not None:
            announced = head[2]
            kind = head[3] if head[1] == "TYPE" else kind
            continue
        label = r'[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
        sample = re.fullmatch(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{{{label}(?:,{label})*\}})? (\S+)", line)
        assert sample is not None, line
        base = re.sub("_(bucket|sum|count)$", "", sample[1]) if kind == "histogram" else sample[1]
        assert base == announced, line
        key = sample[1] + (sample[2] or "")
        assert key not in samples, line
        samples[key] = float(sample[3])
    return samples


def test_every_figure_of_a_feed_is_a_metric(tmp_path: Path) -> None:
    page = Page(tmp_path)
    core, log = page.world.core, page.log
    core.on_timer(page.world.tick())
    core.on_datagram(FEED, False, b"106 107", page.world.tick())
    heard_ns = page.world.now
    log.packets, log.messages = 11, 40
    log.gap(3, 8)
    for reason in ("packet too short", 'a "quoted" one', "packet too short"):
        log.malformed_packet(9, reason)
    log.book_fault(9, "HSI", "off grid")
    page.channel.old_packets = 4
    core.step.now_ns += 250 * MS
    log.repaired(3, 8, "filled")
    for latency_ns in (15_000, 15_000, 3 * MS, 2 * SECOND):
        page.times.latencies.add(latency_ns)
    core.books[0].state, core.books[1].state = BOOK_LIVE, BOOK_SUSPECT
    found = page.samples(heard_ns + 3 * SECOND)
    assert found["xmc_up"] == 1 and found["xmc_inputs_total"] == core.input_seq
    expected = {
        "packets_total": 11, "messages_total": 40, "gaps_total": 1, "lost_messages_total": 5, "duplicates_total": 4,
        "book_faults_total": 1, "repairs_total": 1, "repair_seconds_total": 0.25, "repair_seconds_max": 0.25,
        "quiet_seconds": 3.0, "silent": 0, "clock_steps_total": 0, "packets_per_second": 0, "messages_per_second": 0,
    }  # fmt: skip
    for name, value in expected.items():
        assert found[f"xmc_feed_{name}{{{LABELS}}}"] == value, name
    assert found[f'xmc_feed_malformed_total{{{LABELS},reason="packet too short"}}'] == 2
    assert found[f'xmc_feed_malformed_total{{{LABELS},reason="a \\"quoted\\" one"}}'] == 1
    for state, count in (("live", 1), ("suspect", 1), ("stale", 0)):
        assert found[f'xmc_feed_books{{{LABELS},state="{state}"}}'] == count
    buckets = [value for key, value in found.items() if key.startswith("xmc_feed_latency_seconds_bucket")]
    assert buckets == [0, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4], "as many as are no longer than the limit"
    assert found[f'xmc_feed_latency_seconds_bucket{{{LABELS},le="0.005"}}'] == 3
    assert found[f"xmc_feed_latency_seconds_count{{{LABELS}}}"] == 4
    assert found[f"xmc_feed_latency_seconds_sum{{{LABELS}}}"] == pytest.approx(2.00303)
    assert not any("clock_offset" in key for key in found), "no clock is calibrated"
    assert all(LABELS in key or not key.startswith("xmc_feed") for key in found), "what is no feed has no figures"


def test_the_offset_is_shown_once_it_is_known_and_a_silent_feed_is_lost(tmp_path: Path) -> None:
    page = Page(tmp_path)
    page.times.clock = VenueClock(ClockBounds(MS, 3 * MS))
    core = page.world.core
    for _ in range(400):
        page.world.now += 50 * MS
        core.on_timer(page.world.now)
        page.times.heard(core.step, core.step.utc_ns - 32 * MS)
    found = page.samples(page.world.now)
    offset_s = found[f"xmc_feed_clock_offset_seconds{{{LABELS}}}"]
    assert abs(offset_s - 0.030) <= found[f"xmc_feed_clock_uncertainty_seconds{{{LABELS}}}"] < 0.002
    page.channel.is_silent = True
    assert page.samples(page.world.now)[f"xmc_feed_silent{{{LABELS}}}"] == 1
    snapshot = ViewReader(tmp_path / "page").read()
    assert snapshot is not None
    shown = snapshot.sources[FEED]
    assert shown.state == "lost" and shown.feed is not None
    assert (shown.feed.latency_p50_ns, shown.feed.latency_p99_ns) == (2 * MS, 2 * MS)
    assert snapshot.sources[0].feed is None


def test_without_an_engine_there_is_one_metric() -> None:
    assert parsed(as_text(None, None, False)) == {"xmc_up": 0}


def test_rates_are_of_the_last_whole_window() -> None:
    core = World().core
    page_log = FeedLog(3, core.step)
    phases = core.desk.machine.sender.phases
    rates = FeedRates(FeedWatch(3, core.step, page_log, QuoteTimes(), None, [], phases, SECOND))
    told = []
    for now_ms, packets in [(0, 5), (500, 100), (1_000, 205), (1_900, 900), (2_500, 955), (3_500, 955)]:
        page_log.packets, page_log.messages = packets, 2 * packets
        rates.look(now_ms * MS)
        told.append((int(rates.packets_per_second), int(rates.messages_per_second)))
    assert told == [(0, 0), (0, 0), (200, 400), (200, 400), (500, 1_000), (0, 0)]
