"""What `xmc audit ...` does, without the command line around it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cross_market_connect.audit.story import Story, event_label, tell
from cross_market_connect.audit.verify import Proof
from cross_market_connect.audit.verify import verify as prove
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.records import TRIGGER
from cross_market_connect.domain.words import counted
from cross_market_connect.journal.file_store import FileSegmentStore, log_store
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.reference.table_reader import date_number
from cross_market_connect.reference.tables import Reference, load_reference

LANGUAGES = ("en", "zh")
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def open_log(directory: Path) -> FileSegmentStore:
    """The log of a directory. Raises InputError when there is none."""
    store = log_store(directory, True)
    if not store.numbers():
        raise InputError([f"{directory}: holds no log; expected an engine's data directory"])
    return store


class PriceWriter:
    """Writes prices with the decimals of their instrument, looked up once per symbol."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.known: dict[str, Instrument | None] = {}

    def __call__(self, symbol: str, ticks: int, utc_ns: int) -> str:
        if symbol not in self.known:
            day = date_number(local_time(utc_ns).date())
            try:
                self.known[symbol] = self.reference.instrument(symbol, 0, day)
            except InputError:
                self.known[symbol] = None
        instrument = self.known[symbol]
        return counted(ticks, "tick") if instrument is None else instrument.price_text(ticks)


def local_time(utc_ns: int) -> datetime.datetime:
    """China and Hong Kong time."""
    return datetime.datetime.fromtimestamp(utc_ns / 1e9, CHINA)


def show(spread_order_id: int, directory: Path, language: str) -> Story:
    """The story of one spread order. Raises InputError naming the ids there are when it is none of them."""
    if language not in LANGUAGES:
        raise InputError([f"language: {language}; expected one of {', '.join(LANGUAGES)}"])
    store = open_log(directory)
    story = tell(LogReader(store, 1).records(), spread_order_id, PriceWriter(load_reference()))
    if not story.lines:
        ids = [
            int(record.fields()["spread_order_id"])
            for record in LogReader(store, 1).records()
            if is_trigger(record.kind)
        ]
        known = f"one from {min(ids)} to {max(ids)}" if ids else "none: no trigger fired"
        raise InputError([f"spread order {spread_order_id}: not in {directory}; expected {known}"])
    return story


def is_trigger(kind: int) -> bool:
    return kind == TRIGGER


def story_fields(story: Story) -> dict[str, Any]:
    """The story as plain values."""
    return {
        "spread_order": story.spread_order_id,
        "began": local_time(story.began_utc_ns).isoformat() if story.began_utc_ns else None,
        "lines": [asdict(line) for line in story.lines],
    }


def story_text(story: Story, language: str) -> Iterator[str]:
    """The story for people."""
    began = local_time(story.began_utc_ns).strftime("%Y-%m-%d %H:%M:%S.%f") if story.began_utc_ns else "-"
    yield (
        f"套利单 {story.spread_order_id}，始于 {began}（北京时间）"
        if language == "zh"
        else f"spread order {story.spread_order_id}, begun {began} China time"
    )
    for line in story.lines:
        leg = f"leg {line.leg + 1}" if line.leg >= 0 else ""
        if language == "zh" and leg:
            leg = f"第{line.leg + 1}腿"
        event = event_label(line.event, language)
        yield f"{line.seq:>7} {line.after_us / 1000:>12.3f} ms  {event:<16} {leg:<6} {line.text}"


def verify(directory: Path) -> Proof:
    """Check the log of a directory."""
    return prove(open_log(directory))


def proof_fields(proof: Proof) -> dict[str, Any]:
    """The proof as plain values."""
    return {"ok": proof.ok, **asdict(proof)}


def proof_text(proof: Proof) -> Iterator[str]:
    """The proof for people."""
    if proof.broken:
        yield f"BROKEN after {counted(proof.records, 'record')}: {proof.broken}"
    yield from (f"BROKEN RULE: {fault}" for fault in proof.faults)
    if proof.ok:
        extent = f"{counted(proof.records, 'record')} in {counted(proof.segments, 'segment')}"
        yield f"whole and unchanged: {extent}, hash {proof.journal_hash}"
    if proof.torn:
        yield f"ends with an incomplete record, as a crash leaves it: {proof.torn}"
