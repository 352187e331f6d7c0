"""Makes the tick extract that ships with the package from a CSV of level-1 snapshots.

Usage: python tools/make_tick_extract.py SNAPSHOTS.csv[.gz] EXTRACT.ticks.gz

The CSV has the columns action_date, action_time_ms (HHMMSSmmm, local time), last, total_volume, bid_price, bid_qty,
ask_price and ask_qty. Kept are the snapshots from 09:30:00.000 to 15:00:59.999 whose both sides have a price and a
quantity. Written are differences: time, volume and bid to the snapshot before, ask and last to the bid.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

TICK = Decimal("0.2")
UTC_OFFSET_MS = 8 * 3_600_000
FIRST_TIME, LAST_TIME = 93_000_000, 150_059_999
HEADER = """\
# CFFEX IF2101 level-1 snapshots of 2021-01-04, reduced to best prices, quantities, last price and volume.
# Origin: https://github.com/wondertrader/wondertrader (dist/storage/bin/ticks); MIT licence, see LICENSE beside this.
# Each line: steps of time (ms), volume and bid (ticks of 0.2); ask and last above the bid; quantities (lots).
utc_ms,volume,bid_ticks,ask_ticks,last_ticks,bid_lots,ask_lots
"""


def ticks(text: str) -> int:
    """The price in ticks. Raises ValueError for a price between two ticks."""
    result = Decimal(text) / TICK
    if result % 1:
        raise ValueError(f"price {text} is no multiple of {TICK}")
    return int(result)


def utc_ms(date: str, time: str) -> int:
    """Milliseconds since 1970 of a local date YYYYMMDD and time HHMMSSmmm."""
    value = int(time)
    hours, minutes, ms = value // 10_000_000, value // 100_000 % 100, value % 100_000
    day = datetime.date(int(date[:4]), int(date[4:6]), int(date[6:])) - datetime.date(1970, 1, 1)
    return day.days * 86_400_000 + (hours * 60 + minutes) * 60_000 + ms - UTC_OFFSET_MS


def encode(rows: Iterable[dict[str, str]]) -> str:
    """The extract's text."""
    lines = []
    time_before = volume_before = bid_before = 0
    for row in rows:
        if not FIRST_TIME <= int(row["action_time_ms"]) <= LAST_TIME:
            continue
        bid_lots, ask_lots = int(float(row["bid_qty"])), int(float(row["ask_qty"]))
        bid, ask, last = (ticks(row[name]) for name in ("bid_price", "ask_price", "last"))
        if bid_lots <= 0 or ask_lots <= 0 or bid <= 0 or ask <= 0:
            continue
        time, volume = utc_ms(row["action_date"], row["action_time_ms"]), int(float(row["total_volume"]))
        steps = (time - time_before, volume - volume_before, bid - bid_before, ask - bid, last - bid)
        lines.append(",".join(str(value) for value in (*steps, bid_lots, ask_lots)))
        time_before, volume_before, bid_before = time, volume, bid
    return HEADER + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, target = Path(arguments[0]), Path(arguments[1])
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8", newline="") as file:
        text = encode(csv.DictReader(file))
    # No time stamp and no name: the same snapshots give the same file.
    target.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
