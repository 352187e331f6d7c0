"""What the write-ahead log holds: kinds of record, their fields, and how a payload is written.

Every record is one of three classes. An *input* is everything the step did not compute. A *decision* is what the step
computed and must be reproduced byte for byte on replay. A *measurement* is a fact about execution (sent at, synced at)
that replay copies. The field names are those of the audit record; the reader needs nothing but this table.

A payload is the integer fields in order (8 bytes each, little endian, signed) and then the text fields in order (4
bytes of length, then bytes; UTF-8 unless the kind says raw).
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import BytesWriter, read_i32_le, read_i64_le, write_i32_le, write_i64_le
from librt.vecs import vec
from mypy_extensions import i32, i64, mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import UNSTAMPED

INPUT: Final[i64] = 1
DECISION: Final[i64] = 2
MEASUREMENT: Final[i64] = 3
CLASS_NAMES: Final[tuple[str, ...]] = ("none", "input", "decision", "measurement")

CONFIGURATION: Final[i64] = 1
CLOCK_SAMPLE: Final[i64] = 2
CONNECTION: Final[i64] = 3
STREAM_BYTES: Final[i64] = 4
TIMER: Final[i64] = 5
OPERATOR: Final[i64] = 6
DURABILITY: Final[i64] = 7
RESTART: Final[i64] = 8
CRASH: Final[i64] = 9
SESSION_STATE: Final[i64] = 10
SESSION_EVENT: Final[i64] = 11
FEED_EVENT: Final[i64] = 12
FEED_HEALTH: Final[i64] = 13
BLOCK: Final[i64] = 17
CANCEL_ONLY: Final[i64] = 18
CONDITIONS: Final[i64] = 14
STANDSTILL: Final[i64] = 15
SESSION_DAY: Final[i64] = 16
GATE: Final[i64] = 20
TRIGGER: Final[i64] = 21
ALIGNMENT: Final[i64] = 22
RESERVATION: Final[i64] = 23
RELEASE: Final[i64] = 24
REFUSAL: Final[i64] = 25
SPREAD_ORDER: Final[i64] = 26
LEG_ORDER: Final[i64] = 30
CANCEL_REQUEST: Final[i64] = 31
STATUS_REQUEST: Final[i64] = 32
RECEIPT: Final[i64] = 33
LADDER_STEP: Final[i64] = 34
LEG_ORDER_STATE: Final[i64] = 35
CANCEL_WAIT: Final[i64] = 36
ALERT: Final[i64] = 40
CLOCK_STEP: Final[i64] = 41
COMMAND_ANSWER: Final[i64] = 42
MANUAL_ORDER: Final[i64] = 43
REPLACE_REQUEST: Final[i64] = 44
EXTERNAL_ORDER: Final[i64] = 45
RESOLUTION: Final[i64] = 46
TAKEOVER: Final[i64] = 47
SELF_TRADE: Final[i64] = 48
DAY_ROLL: Final[i64] = 49
SENT: Final[i64] = 50
SYNCED: Final[i64] = 51
CHECKPOINT: Final[i64] = 60
KIND_LIMIT: Final[i64] = 64

# kind: (event name, class, integer fields, text fields)
RECORD_TABLE: Final[dict[int, tuple[str, int, tuple[str, ...], tuple[str, ...]]]] = {
    1: ("configuration", 1, (), ("code_version", "configuration_hash", "configuration", "user")),
    2: ("clock_sample", 1, ("monotonic_ns", "utc_ns", "clock_error_ns"), ()),
    3: ("connection", 1, ("source", "connected"), ("reason",)),
    4: ("stream_bytes", 1, ("source",), ("raw",)),
    5: ("timer", 1, (), ()),
    6: ("operator", 1, (), ("command", "user", "role", "reason")),
    7: ("durability", 1, ("durable",), ("reason",)),
    8: ("restart", 1, ("epoch", "recovered_record"), ("code_version", "reason")),
    9: ("crash", 1, ("crashed_input", "crashed_record", "times", "source"), ("place", "reason")),
    10: ("session_state", 2, ("source", "next_in", "next_out"), ()),
    11: ("session_event", 2, ("source",), ("session_id", "event", "reason")),
    12: ("feed_event", 2, ("source", "channel_seq_expected", "channel_seq_received"), ("event", "reason")),
    13: (
        "feed_health",
        2,
        (
            "source",
            "window_ns",
            "packets",
            "messages",
            "gaps",
            "lost_messages",
            "duplicates",
            "malformed",
            "repairs",
            "repair_ns_max",
            "latency_p50_ns",
            "latency_p99_ns",
            "clock_offset_ns",
            "clock_uncertainty_ns",
            "quiet_ns",
            "books_live",
            "books_suspect",
            "books_stale",
        ),
        ("faults",),
    ),
    17: ("block", 2, ("route", "instrument_index", "blocked"), ("instrument", "reason")),
    18: ("cancel_only", 2, ("cancel_only",), ("reason",)),
    14: ("conditions", 1, ("instrument_index", "condition", "value"), ("name", "reason")),
    15: ("standstill", 1, ("since_ns",), ()),
    16: ("session_day", 2, ("source", "day_utc_ns", "begins_anew"), ()),
    20: (
        "gate",
        2,
        ("spread_index", "direction", "instrument_index", "observed", "limit", "episode_open"),
        ("gate", "reason"),
    ),
    21: (
        "trigger",
        2,
        (
            "spread_order_id",
            "spread_index",
            "direction",
            "opening",
            "value_e9",
            "threshold_e9",
            "fx_e9",
            "skew_ns",
            "oldest_quote_age_ns",
        ),
        ("rule", "quotes"),
    ),
    22: (
        "alignment",
        2,
        ("spread_order_id", "wanted_units", "reference_lots", "hedge_error_e4", "tolerance_e4", "residual_e9"),
        ("quantities", "limit_prices", "exact_lots_e9"),
    ),
    23: ("reservation", 2, ("spread_order_id", "naked_worst_e4", "reserved_lots", "notional_e4"), ("limits",)),
    24: ("release", 2, ("spread_order_id", "naked_worst_e4", "reserved_lots", "notional_e4"), ()),
    25: ("refusal", 2, ("spread_order_id", "spread_index", "observed", "limit"), ("limit_name", "reason")),
    26: (
        "spread_order",
        2,
        ("spread_order_id", "spread_index", "state_before", "state", "direction", "opening", "halt_code"),
        ("strategy", "reason", "follow_up"),
    ),
    30: (
        "new",
        2,
        (
            "spread_order_id",
            "leg",
            "client_order_id",
            "instrument_index",
            "side",
            "order_type",
            "time_in_force",
            "limit_price_ticks",
            "quantity_lots",
            "open_close",
            "role",
            "attempt",
            "route",
            "decision_utc_ns",
        ),
        ("market", "instrument", "account", "reason"),
    ),
    31: ("cancel_request", 2, ("spread_order_id", "leg", "client_order_id", "original_client_order_id"), ("reason",)),
    32: ("status_request", 2, ("spread_order_id", "leg", "client_order_id"), ("reason",)),
    33: (
        "receipt",
        2,
        (
            "spread_order_id",
            "leg",
            "client_order_id",
            "receipt",
            "status",
            "last_lots",
            "last_ticks",
            "cumulative_lots",
            "leaves_lots",
            "reject_class",
            "venue_event_utc_ns",
            "duplicate",
            "counted_lots",
        ),
        ("execution_id", "venue_order_id", "venue_code", "venue_text"),
    ),
    34: (
        "ladder_step",
        2,
        ("spread_order_id", "leg", "step", "attempt", "deficit_lots", "limit_price_ticks", "slippage_e4"),
        ("event", "reason"),
    ),
    35: ("leg_order_state", 2, ("spread_order_id", "leg", "client_order_id", "state_before", "state"), ("reason",)),
    36: ("cancel_wait", 2, ("spread_order_id", "leg", "client_order_id", "until_utc_ns"), ("reason",)),
    40: ("alert", 2, ("alert_id", "level", "spread_order_id", "deadline_ns"), ("code", "text_en", "text_zh")),
    41: ("clock_step", 2, ("utc_expected_ns", "utc_ns", "step_ns"), ()),
    42: (
        "command_answer",
        2,
        ("accepted", "items"),
        ("command_id", "command", "user", "role", "answer"),
    ),
    43: (
        "manual_order",
        2,
        (
            "spread_order_id",
            "spread_index",
            "direction",
            "opening",
            "instrument_index",
            "side",
            "route",
            "order_type",
            "time_in_force",
            "limit_price_ticks",
            "quantity_lots",
            "open_close",
        ),
        ("user", "role", "command_id", "account"),
    ),
    44: (
        "replace_request",
        2,
        (
            "spread_order_id",
            "leg",
            "client_order_id",
            "original_client_order_id",
            "limit_price_ticks",
            "quantity_lots",
        ),
        ("user", "role", "command_id"),
    ),
    45: (
        "external_order",
        2,
        (
            "route",
            "instrument_index",
            "side",
            "status",
            "last_lots",
            "last_ticks",
            "cumulative_lots",
            "leaves_lots",
            "counted_lots",
        ),
        ("venue_order_id", "execution_id", "reason"),
    ),
    46: (
        "resolution",
        2,
        ("spread_order_id", "client_order_id", "status", "cumulative_lots", "price_ticks", "confirmed"),
        ("user", "role", "first_user", "evidence"),
    ),
    47: ("takeover", 2, ("spread_order_id", "spread_index", "decision"), ("user", "role", "reason")),
    48: (
        "self_trade",
        2,
        (
            "spread_order_id",
            "route",
            "instrument_index",
            "side",
            "price_ticks",
            "resting_spread_order_id",
            "resting_client_order_id",
        ),
        ("action", "reason"),
    ),
    49: (
        "day_roll",
        2,
        ("route", "instrument_index", "trading_day", "orders", "cancels", "self_trades", "opened_lots"),
        (),
    ),
    50: ("sent", 3, ("source", "sent_ns", "sent_bytes", "client_order_id"), ()),
    51: ("synced", 3, ("synced_ns", "record_seq"), ()),
    60: ("checkpoint", 2, ("record_count",), ("state_hash",)),
}


def _counts(position: int) -> list[int]:
    counts = [-1 for _ in range(KIND_LIMIT)]
    for kind, row in RECORD_TABLE.items():
        fields = row[2] if position == 2 else row[3]
        counts[kind] = len(fields)
    return counts


_INTEGER_COUNT: Final[vec[i64]] = vec[i64](_counts(2))
_TEXT_COUNT: Final[vec[i64]] = vec[i64](_counts(3))


def record_class(kind: i64) -> i64:
    """INPUT, DECISION or MEASUREMENT."""
    return RECORD_TABLE[kind][1]


@final
class _Spare:
    """The buffer of a payload that was taken, for the next one: making one costs more than filling it."""

    def __init__(self) -> None:
        self.buffer: BytesWriter | None = None


_SPARE: Final[_Spare] = _Spare()


@final
@mypyc_attr(free_list_len=1)
class Payload:
    """Writes one payload and holds the writer to the table: the counts must match when it is taken, once."""

    def __init__(self, kind: i64) -> None:
        self.kind: i64 = kind
        self.integers: i64 = 0
        self.texts: i64 = 0
        spare = _SPARE.buffer
        _SPARE.buffer = None
        self.writer: BytesWriter = BytesWriter() if spare is None else spare

    def put(self, value: i64) -> None:
        """Append the next integer field."""
        write_i64_le(self.writer, value)
        self.integers += 1

    def put_bytes(self, value: bytes) -> None:
        """Append the next text field from its bytes."""
        size: i64 = len(value)
        write_i32_le(self.writer, i32(size))
        self.writer.write(value)
        self.texts += 1

    def put_text(self, value: str) -> None:
        """Append the next text field."""
        self.put_bytes(value.encode())

    def take(self) -> bytes:
        """The finished payload; raises InvariantError when fields are missing or too many."""
        if self.integers != _INTEGER_COUNT[self.kind] or self.texts != _TEXT_COUNT[self.kind]:
            raise InvariantError(f"record kind {self.kind}: {self.integers} integers and {self.texts} texts written")
        payload = self.writer.getvalue()
        self.writer.truncate(0)
        _SPARE.buffer = self.writer
        return payload


def decode_payload(kind: int, payload: bytes) -> dict[str, int | str | bytes]:
    """Fields of a payload by name; the raw field stays bytes, other texts become str.

    Raises InvariantError when the payload does not fit its kind (a damaged record that still passed its checksum).
    """
    row = RECORD_TABLE.get(kind)
    if row is None:
        raise InvariantError(f"record kind {kind} is not in the table")
    result: dict[str, int | str | bytes] = {}
    position: i64 = 0
    end: i64 = len(payload)
    for name in row[2]:
        if position + 8 > end:
            raise InvariantError(f"record kind {kind}: payload ends before {name}")
        result[name] = int(read_i64_le(payload, position))
        position += 8
    for name in row[3]:
        if position + 4 > end:
            raise InvariantError(f"record kind {kind}: payload ends before {name}")
        size: i64 = i64(read_i32_le(payload, position))
        position += 4
        if size < 0 or position + size > end:
            raise InvariantError(f"record kind {kind}: {name} is longer than the payload")
        raw = payload[position : position + size]
        result[name] = raw if name == "raw" else raw.decode("utf-8", "replace")
        position += size
    if position != end:
        raise InvariantError(f"record kind {kind}: {end - position} bytes after the last field")
    return result


@mypyc_attr(allow_interpreted_subclasses=True)
class RecordSink:
    """Where records go: the log's writer, the replay's comparator, or a list in a test."""

    def append(self, kind: i64, cause_seq: i64, input_seq: i64, now_ns: i64, payload: bytes) -> i64:
        """Append one record and return its sequence number, counted from 1 without gaps.

        Args:
            cause_seq: sequence number of the record that caused this one, 0 when its cause is the input itself.
            input_seq: the input during whose step it was written.
            now_ns: the step's monotonic time.
        """
        raise InvariantError("a record sink must implement append")


@mypyc_attr(allow_interpreted_subclasses=True)
class CaptureSink:
    """Where market data goes as it was received: the capture's writer, or nothing on replay."""

    def append(
        self, source: i64, input_seq: i64, now_ns: i64, utc_ns: i64, data: bytes, queued_ns: i64 = UNSTAMPED
    ) -> None:
        """Keep one read under its input number, with monotonic and calendar time of the step.

        Args:
            queued_ns: how long before the kernel had it, by its own stamp.
        """
        raise InvariantError("a capture sink must implement append")
