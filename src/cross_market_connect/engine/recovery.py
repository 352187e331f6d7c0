"""What an engine takes over from the log of its earlier runs: positions, open orders, sequence numbers, counters."""

from __future__ import annotations

import json
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.records import (
    CANCEL_ONLY,
    CANCEL_REQUEST,
    CHECKPOINT,
    CONDITIONS,
    CONFIGURATION,
    CONNECTION,
    CRASH,
    DECISION,
    LEG_ORDER,
    LEG_ORDER_STATE,
    OPERATOR,
    RESTART,
    SESSION_DAY,
    SESSION_STATE,
    STATUS_REQUEST,
)
from cross_market_connect.domain.spread import LEG_IDLE
from cross_market_connect.engine.core import STOP, EngineCore
from cross_market_connect.engine.crashes import Crashes
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.snapshot import VERSION, Snapshot
from cross_market_connect.trading.restore import DeskRestorer
from cross_market_connect.trading.state import desk_state, from_version_1, load_desk_state
from cross_market_connect.wire.fix.session_days import DAY_UNKNOWN

# More messages than a session sends while a record is not yet durable.
NUMBERS_AHEAD: Final = 1_000


@final
class RecoveredRun:
    """The end of the earlier runs.

    Attributes:
        epoch: number of the last run, 0 when there was none.
        last_seq, last_input_seq: the last record and its input.
        sequence_numbers: next incoming and outgoing number of each order session, by source.
        session_days: start of the session day of those numbers, by source, where its session has hours.
        stopping: the last run was asked to stop. connected: sources whose connection it had, by the last that it said.
        restated: instrument, condition and value of what the new configuration states otherwise than the last one.
        receipt_classes: why orders were refused, by id; begun, interrupted: see `CommandState`. What a run that was cut
            short inside a step leaves beside its desk's state.
    """

    def __init__(self) -> None:
        self.epoch: i64 = 0
        self.last_seq: i64 = 0
        self.last_input_seq: i64 = 0
        self.sequence_numbers: dict[int, tuple[int, int]] = {}
        self.session_days: dict[int, int] = {}
        self.last_checkpoint_seq: i64 = 0
        self.desk: str = ""
        self.crashes: Crashes = Crashes()
        self.stopping: bool = False
        self.connected: set[int] = set()
        self.snapshot_epoch: int = 0
        self.restated: list[tuple[int, int, int]] = []
        self.receipt_classes: dict[int, int] = {}
        self.begun: list[int] = []
        self.interrupted: tuple[str, str, str, str, str] | None = None
        self._routes: dict[int, int] = {}

    def begin(self, snapshot: Snapshot) -> None:
        """Start from a snapshot instead of from the first record."""
        text = snapshot.state if snapshot.version == VERSION else from_version_1(snapshot.state)
        first, self.desk = text.split("\n", 1)
        state = json.loads(first)
        self.epoch = self.snapshot_epoch = state["epoch"]
        self.last_seq = snapshot.record_seq
        self.last_input_seq = state["input_seq"]
        for source, numbers in state["sequence_numbers"].items():
            self.sequence_numbers[int(source)] = (numbers[0], numbers[1])
        self.session_days = {int(source): day for source, day in state.get("session_days", {}).items()}
        self.last_checkpoint_seq = snapshot.record_seq
        self.stopping = state.get("stopping", False)
        self.connected = set(state.get("connected", []))
        crashes = state.get("crashes", {"counts": {}, "left_out": []})
        self.crashes.counts = crashes["counts"]
        self.crashes.left_out = crashes["left_out"]
        for line in self.desk.split("\n"):
            for leg_order in json.loads(line).get("leg_orders", []):
                self._routes[leg_order["command"][0]] = leg_order["route"]

    def note(self, record: Record) -> None:
        """Take in one record, in order."""
        self.last_seq = record.seq
        self.last_input_seq = record.input_seq
        if record.kind == CONFIGURATION:
            self.epoch += 1
            self.stopping = False
            self.connected.clear()
        elif record.kind == CHECKPOINT:
            self.last_checkpoint_seq = record.seq
        elif record.kind == CRASH:
            fields = record.fields()
            self.crashes.apply(str(fields["place"]), _number(fields, "times"), _number(fields, "source"))
        elif record.kind == CANCEL_ONLY or record.kind == OPERATOR:
            fields = record.fields()
            if fields.get("cancel_only", 1) == 0:
                self.crashes.clear()
            elif fields.get("command", "") == STOP:
                self.stopping = True
                self.crashes.stopped()
        elif record.kind == CONNECTION:
            fields = record.fields()
            if fields["connected"] == 1:
                self.connected.add(_number(fields, "source"))
            else:
                self.connected.discard(_number(fields, "source"))
        elif record.kind == SESSION_DAY:
            fields = record.fields()
            source = _number(fields, "source")
            self.session_days[source] = _number(fields, "day_utc_ns")
            if fields["begins_anew"] == 1:
                self.sequence_numbers[source] = (1, 1)
        elif record.kind == SESSION_STATE:
            fields = record.fields()
            self.sequence_numbers[_number(fields, "source")] = (
                _number(fields, "next_in"),
                _number(fields, "next_out"),
            )
        elif record.kind == LEG_ORDER:
            fields = record.fields()
            self._routes[_number(fields, "client_order_id")] = _number(fields, "route")
            self._count_sent(_number(fields, "route"))
        elif record.kind == LEG_ORDER_STATE:
            fields = record.fields()
            if fields["state_before"] == LEG_IDLE:  # refused here, behind its record and before any bytes
                self._count_sent(self._routes.get(_number(fields, "client_order_id"), -1), -1)
        elif record.kind == CANCEL_REQUEST:
            self._count_sent(self._routes.get(_number(record.fields(), "original_client_order_id"), -1))
        elif record.kind == STATUS_REQUEST:
            self._count_sent(self._routes.get(_number(record.fields(), "client_order_id"), -1))

    def numbers(self, sources: int) -> dict[int, tuple[int, int]]:
        """The sessions' numbers to go on with, by source.

        What a power cut took may have used some more outgoing ones. A venue closes a session that is behind, and fills
        one that is ahead by asking for what never was: after any other end than that of a run which had been asked to
        stop, and had closed every connection, it is ahead for sure.
        """
        has_ended = self.last_seq == 0 or (self.stopping and not self.connected)
        ahead = 0 if has_ended else NUMBERS_AHEAD
        result: dict[int, tuple[int, int]] = {}
        for source in range(sources):
            next_in, next_out = self.sequence_numbers.get(source, (1, 1))
            result[source] = (next_in, next_out + ahead)
        return result

    def _count_sent(self, route: int, messages: int = 1) -> None:
        """A message announced by a record after its session's numbers were logged last.

        Counting one that never left is harmless: the venue asks for it and is told that there is nothing.
        """
        if route in self.sequence_numbers:
            next_in, next_out = self.sequence_numbers[route]
            self.sequence_numbers[route] = (next_in, next_out + messages)

    def keep(self, core: EngineCore) -> None:
        """Take what a core was brought to, to go on from there with another one."""
        self.desk = desk_state(core.desk)
        self.snapshot_epoch = int(self.epoch)
        self.begun = core.desk.commands.begun
        self.interrupted = core.desk.commands.interrupted

    def renumber(self, sources: list[int], other_sessions: list[int]) -> None:
        """From here on sources have other numbers.

        Args:
            sources: the new ones by the old ones, -1 for what is gone.
            other_sessions: old numbers of those whose sequence numbers are not the same session's any more.
        """
        numbers = {
            sources[source]: found
            for source, found in self.sequence_numbers.items()
            if sources[source] >= 0 and source not in other_sessions
        }
        self.sequence_numbers = {source: numbers[source] for source in sorted(numbers)}
        self.session_days = {
            sources[source]: day
            for source, day in self.session_days.items()
            if sources[source] >= 0 and source not in other_sessions
        }
        self.connected = {sources[source] for source in self.connected if sources[source] >= 0}
        self.crashes.left_out = [sources[source] for source in self.crashes.left_out if sources[source] >= 0]
        self._routes = {order: sources[route] for order, route in self._routes.items() if route >= 0}

    def restore(self, core: EngineCore, records: list[Record]) -> None:
        """Bring a new core to where the records end; nothing is decided or sent."""
        if self.desk != "":
            load_desk_state(core.desk, self.desk)
            core.desk.doubt.begin_epoch(self.snapshot_epoch)
            core.desk.commands.begun = self.begun
            core.desk.commands.interrupted = self.interrupted
        core.checkpoint_seq = self.last_checkpoint_seq
        core.crashes = self.crashes
        for source, stream in enumerate(core.streams):
            if stream is not None and stream.days is not None:
                stream.days.day_utc_ns = self.session_days.get(source, DAY_UNKNOWN)
        restorer = DeskRestorer(core.desk)
        restorer.receipt_classes = self.receipt_classes
        for record in records:
            if record.record_class == DECISION or record.kind in (RESTART, CONDITIONS, OPERATOR):
                restorer.apply(record.kind, record.fields(), record.now_ns, record.seq)


def _number(fields: dict[str, int | str | bytes], name: str) -> int:
    value = fields[name]
    return value if isinstance(value, int) else 0
