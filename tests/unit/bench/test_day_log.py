"""A day's log in small: real records, snapshots on the way, and one spread order open when it dies."""

from pathlib import Path

import pytest

from cross_market_connect.audit.summary import summarize
from cross_market_connect.audit.verify import verify
from cross_market_connect.bench.day_log import DayLog
from cross_market_connect.bench.engine import wide_open
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.reader import LogReader

NAMES = ("ccfx_orders", "ccfx_quotes", "xhkf_orders", "xhkf_quotes", "xhkf_quotes.refresh_port")
RECORDS = 1500


@pytest.mark.slow
def test_the_log_is_whole_and_ends_in_mid_order(tmp_path: Path) -> None:
    ports = {name: 40_000 + at for at, name in enumerate(NAMES)}
    settings = wide_open(ports, tmp_path / "data", False)
    settings["engine"]["snapshot_every_records"] = 500
    settings["engine"]["log_segment_bytes"] = 8_388_608
    day = DayLog(settings)
    day.write(RECORDS, 20)
    assert day.engine.log.last_seq >= RECORDS
    day.engine.log.seal()
    log = log_store(tmp_path / "data", True)
    assert verify(log).ok
    found = summarize(LogReader(log, 1).records()).as_fields()
    assert found["spread_orders"] == day.turn
    assert found["complete"] == day.turn - 1
    assert len(day.stores.snapshots.load()) == 2
