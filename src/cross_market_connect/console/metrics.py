"""The page as metrics: text that Prometheus and whatever speaks its format reads (exposition format 0.0.4).

Totals are counters since the engine's start, so rates over any window can be taken from them; latencies are a
histogram. Durations are in seconds, as that format has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cross_market_connect.console.page import Description, FeedView, Snapshot
from cross_market_connect.market.latency import LATENCY_LIMITS_NS

# What answers with it adds the character set.
CONTENT_TYPE: Final = "text/plain; version=0.0.4"
_NS: Final = 1_000_000_000

# Number of a feed: name of the metric, its type, what it is counted in, what it says.
FEED_METRICS: Final[tuple[tuple[str, str, str, int, str], ...]] = (
    ("packets", "packets_total", "counter", 1, "Packets, or reads of a stream."),
    ("messages", "messages_total", "counter", 1, "Messages in them."),
    ("packets_per_second", "packets_per_second", "gauge", 1, "Packets in the last second."),
    ("messages_per_second", "messages_per_second", "gauge", 1, "Messages in the last second."),
    ("gaps", "gaps_total", "counter", 1, "Holes in the sequence numbers."),
    ("lost_messages", "lost_messages_total", "counter", 1, "Messages missing when a hole was noticed."),
    ("duplicates", "duplicates_total", "counter", 1, "Packets that brought nothing new."),
    ("book_faults", "book_faults_total", "counter", 1, "Updates and snapshots of a book that could not be used."),
    ("repairs", "repairs_total", "counter", 1, "Times that every book was right again."),
    ("repair_ns_sum", "repair_seconds_total", "counter", _NS, "Time for which books may have been wrong."),
    ("repair_ns_max", "repair_seconds_max", "gauge", _NS, "The longest of these times."),
    ("quiet_ns", "quiet_seconds", "gauge", _NS, "Age of the last packet."),
    ("silent", "silent", "gauge", 1, "1 while nothing has come for longer than it may, at whatever hour."),
    ("clock_steps", "clock_steps_total", "counter", 1, "How often the venue's clock, or ours, was set."),
)
# Known while the clock is calibrated only.
CLOCK_METRICS: Final[tuple[tuple[str, str, str], ...]] = (
    ("clock_offset_ns", "clock_offset_seconds", "Our calendar minus the venue's clock."),
    ("clock_uncertainty_ns", "clock_uncertainty_seconds", "By how much that may be wrong."),
)
BOOK_STATES: Final = ("live", "suspect", "stale")


def as_text(description: Description | None, snapshot: Snapshot | None, silent: bool) -> str:
    """Everything that there is to say; an engine that has written no page, or writes no more, is not up."""
    lines = [*_head("xmc_up", "gauge", "1 while the engine writes its page.")]
    lines.append(f"xmc_up {0 if snapshot is None or silent else 1}")
    if description is not None and snapshot is not None:
        for name, value in snapshot.counters.items():
            lines += [*_head(f"xmc_{name}_total", "counter", "Since the engine's start."), f"xmc_{name}_total {value}"]
        feeds = [
            (f'source="{_escaped(info.name)}",venue="{_escaped(info.venue)}"', now.feed)
            for info, now in zip(description.sources, snapshot.sources, strict=True)
            if now.feed is not None
        ]
        lines += _feeds([(labels, feed) for labels, feed in feeds if feed is not None])
    return "\n".join(lines) + "\n"


def _feeds(feeds: list[tuple[str, FeedView]]) -> Iterator[str]:
    for name, metric, kind, unit, text in FEED_METRICS:
        yield from _head(f"xmc_feed_{metric}", kind, text)
        for labels, feed in feeds:
            yield f"xmc_feed_{metric}{{{labels}}} {_number(feed.numbers[name], unit)}"
    for name, metric, text in CLOCK_METRICS:
        yield from _head(f"xmc_feed_{metric}", "gauge", text)
        for labels, feed in feeds:
            if feed.numbers["clock_uncertainty_ns"] >= 0:
                yield f"xmc_feed_{metric}{{{labels}}} {_number(feed.numbers[name], _NS)}"
    yield from _head("xmc_feed_malformed_total", "counter", "Packets and messages that could not be used, by reason.")
    for labels, feed in feeds:
        for reason, count in feed.malformed.items():
            yield f'xmc_feed_malformed_total{{{labels},reason="{_escaped(reason)}"}} {count}'
    yield from _head("xmc_feed_books", "gauge", "Books by state.")
    for labels, feed in feeds:
        for state in BOOK_STATES:
            yield f'xmc_feed_books{{{labels},state="{state}"}} {feed.numbers["books_" + state]}'
    yield from _head("xmc_feed_latency_seconds", "histogram", "From the venue's stamp of a packet to its receipt.")
    for labels, feed in feeds:
        yield from _histogram(labels, feed)


def _histogram(labels: str, feed: FeedView) -> Iterator[str]:
    seen = 0
    for limit_ns, count in zip(LATENCY_LIMITS_NS, feed.latency_counts, strict=False):
        seen += count
        yield f'xmc_feed_latency_seconds_bucket{{{labels},le="{limit_ns / _NS!r}"}} {seen}'
    total = sum(feed.latency_counts)
    yield f'xmc_feed_latency_seconds_bucket{{{labels},le="+Inf"}} {total}'
    yield f"xmc_feed_latency_seconds_sum{{{labels}}} {_number(feed.numbers['latency_ns_sum'], _NS)}"
    yield f"xmc_feed_latency_seconds_count{{{labels}}} {total}"


def _head(metric: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {metric} {text}", f"# TYPE {metric} {kind}"


def _number(value: int, unit: int) -> str:
    return str(value) if unit == 1 else repr(value / unit)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
