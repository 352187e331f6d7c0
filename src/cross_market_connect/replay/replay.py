"""Runs the engine's core again over a log and its capture, and compares every record with the one that was written.

Theory of operation. The log holds the order path's inputs, the capture the market data; one counter numbers them all.
The replay takes the input of each number from where it is, gives it to a core built from the log's own configuration,
and the core writes to a sink that compares instead of storing: kind, cause, input, time and payload, byte for byte.
Measurements (when bytes were sent, what was synced) are facts that no core computes; they are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import final

from mypy_extensions import i64

from cross_market_connect.bootstrap import blueprint_at, build_recovered, code_version
from cross_market_connect.config.settings import from_canonical_json, reference_of
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import (
    CLOCK_SAMPLE,
    CONDITIONS,
    CONFIGURATION,
    CONNECTION,
    CRASH,
    DURABILITY,
    INPUT,
    MEASUREMENT,
    OPERATOR,
    RESTART,
    STANDSTILL,
    STREAM_BYTES,
    TIMER,
    RecordSink,
)
from cross_market_connect.engine.core import REFRESH_OFFSET, EngineCore
from cross_market_connect.journal.capture import CaptureReader
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.pcapng import Packet
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.store import SegmentStore
from cross_market_connect.reference.tables import Reference


class DifferenceError(Exception):
    """The core decided something else than the log says; ends the replay."""


class CutShortError(Exception):
    """The log holds nothing more of the run, as a crash inside a step leaves it; ends the run."""


@final
class ComparingSink(RecordSink):
    """Compares what the core writes with what the log holds, record by record."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.records = records
        self.compared: int = 0
        self.ahead: Record | None = None

    def peek(self) -> Record | None:
        """The next record that is no measurement; None at the end of the log."""
        while self.ahead is None or self.ahead.record_class == MEASUREMENT:
            following = next(self.records, None)
            if following is None:
                self.ahead = None
                return None
            self.ahead = following
        return self.ahead

    def append(self, kind: i64, cause_seq: i64, input_seq: i64, now_ns: i64, payload: bytes) -> i64:
        """Hold one record against the log's next one.

        Raises DifferenceError when they differ, and CutShortError when the log holds no more of this run.
        """
        expected = self.peek()
        if expected is None or (expected.kind == CONFIGURATION and kind != CONFIGURATION):
            raise CutShortError
        if (
            expected.kind != kind
            or expected.cause_seq != cause_seq
            or expected.input_seq != input_seq
            or expected.now_ns != now_ns
            or expected.payload != payload
        ):
            raise DifferenceError(
                f"record {expected.seq} ({expected.event()}, input {expected.input_seq}): decided anew it is of kind "
                f"{kind}, input {input_seq}, {len(payload)} bytes"
            )
        self.ahead = None
        self.compared += 1
        return expected.seq


@final
class ReplayResult:
    """What a replay found.

    Attributes:
        identical: every record of every run was decided again, byte for byte.
        compared: records compared; inputs: inputs given to the core; packets: of those, from the capture.
        difference: the first difference, empty when there is none.
    """

    def __init__(self) -> None:
        self.identical: bool = False
        self.runs: int = 0
        self.compared: int = 0
        self.inputs: int = 0
        self.packets: int = 0
        self.difference: str = ""


@final
class Replayer:
    """Replays a log with its capture, run by run; without `reference` with the tables of each run's configuration."""

    def __init__(self, log: SegmentStore, capture: SegmentStore | None, reference: Reference | None = None) -> None:
        self.log = log
        self.capture = capture
        self.reference = reference
        self.result = ReplayResult()
        self.sink = ComparingSink(LogReader(log, 1).records())
        self.packets = iter(()) if capture is None else CaptureReader(capture).packets()
        self.packet: Packet | None = None

    def run(self) -> ReplayResult:
        """Replay everything; the result says whether it was identical."""
        result = self.result
        try:
            while self.sink.peek() is not None:
                result.runs += 1
                self._replay_run()
            result.identical = True
        except DifferenceError as difference:
            result.difference = str(difference)
        result.compared = self.sink.compared
        return result

    def _replay_run(self) -> None:
        """One run: from its configuration record to the next one or the end of the log."""
        first = self.sink.peek()
        if first is None or first.kind != CONFIGURATION:
            raise DifferenceError("a run does not begin with its configuration")
        fields = first.fields()
        version = str(fields["code_version"])
        if version != code_version():
            raise InputError(
                [f"the log was written by version {version}, this is {code_version()}; expected the same version"]
            )
        configuration = str(fields["configuration"])
        reference = self.reference or reference_of(json.loads(configuration))
        settings = from_canonical_json(configuration, reference)
        now_ns, utc_ns = self._anchor(first)
        clock = settings.calendar.clock(now_ns, utc_ns)
        clock.anchor_utc_ns = utc_ns
        earlier = LogReader(self.log, 1).records()
        core, _ = build_recovered(
            blueprint_at(settings, reference, clock),
            self.sink,
            None,
            clock,
            _before(earlier, int(first.seq)),
            int(first.input_seq) - 1,
        )
        core.start(
            version,
            str(fields["configuration_hash"]),
            str(fields["configuration"]),
            str(fields["user"]),
            first.now_ns,
        )
        self.result.inputs += 1
        try:
            while self._next_input(core):
                self.result.inputs += 1
                drain(core)
        except CutShortError:
            self.result.inputs += 1
            self._require_end(core.input_seq)

    def _require_end(self, last_input: i64) -> None:
        """A run that a crash cut short had no input after the one it was cut short in."""
        packet = self._packet(last_input + 1)
        following = self.sink.peek()
        if packet is not None and (following is None or packet.input_seq < following.input_seq):
            raise DifferenceError(f"input {last_input}: decided anew it has more records than the log holds")

    def _anchor(self, first: Record) -> tuple[int, int]:
        """Monotonic and calendar time at the start of the run: the next clock sample. That of the run itself, unless a
        crash came before it; then nothing was decided that the calendar could change."""
        for record in LogReader(self.log, int(first.seq)).records():
            if record.kind == CLOCK_SAMPLE:
                fields = record.fields()
                return int(fields["monotonic_ns"]), int(fields["utc_ns"])
        raise DifferenceError(f"record {first.seq}: the run has no clock sample")

    def _next_input(self, core: EngineCore) -> bool:
        """Give the core its next input; false at the end of the run."""
        number = core.input_seq + 1
        record = self.sink.peek()
        if record is not None and record.kind == CONFIGURATION:
            return False
        if record is not None and record.input_seq < number:
            raise DifferenceError(
                f"record {record.seq} ({record.event()}, input {record.input_seq}): it is not decided anew"
            )
        if record is not None and record.input_seq == number and record.record_class == INPUT:
            give(core, record)
            return True
        packet = self._packet(number)
        if packet is not None and packet.input_seq == number:
            self.packet = None
            self.result.packets += 1
            self._give_packet(core, packet)
            return True
        if record is None:
            return False
        raise DifferenceError(f"input {number} is neither in the log nor in the capture")

    def _packet(self, number: i64) -> Packet | None:
        """The capture's packet for this input, or the first one behind it."""
        while self.packet is None or self.packet.input_seq < number:
            self.packet = next(self.packets, None)
            if self.packet is None:
                return None
        return self.packet

    def _give_packet(self, core: EngineCore, packet: Packet) -> None:
        source = packet.source % REFRESH_OFFSET
        if core.streams[source] is None:
            core.on_datagram(source, packet.source >= REFRESH_OFFSET, packet.data, packet.now_ns, packet.queued_ns)
        else:
            core.on_bytes(source, packet.data, packet.now_ns)


def give(core: EngineCore, record: Record) -> None:
    """Give the core one input of the log."""
    fields = record.fields()
    now_ns = record.now_ns
    if record.kind == STREAM_BYTES:
        raw = fields["raw"]
        core.on_bytes(int(fields["source"]), raw if isinstance(raw, bytes) else b"", now_ns)
    elif record.kind == TIMER:
        core.on_timer(now_ns)
    elif record.kind == CONNECTION:
        core.on_connection(int(fields["source"]), fields["connected"] == 1, str(fields["reason"]), now_ns)
    elif record.kind == OPERATOR:
        core.on_operator(
            str(fields["command"]), str(fields["user"]), str(fields["role"]), str(fields["reason"]), now_ns
        )
    elif record.kind == CLOCK_SAMPLE:
        core.on_clock_sample(int(fields["utc_ns"]), int(fields["clock_error_ns"]), now_ns)
    elif record.kind == CONDITIONS:
        core.on_condition(
            int(fields["instrument_index"]),
            int(fields["condition"]),
            int(fields["value"]),
            str(fields["reason"]),
            now_ns,
        )
    elif record.kind == STANDSTILL:
        core.on_standstill(int(fields["since_ns"]), now_ns)
    elif record.kind == DURABILITY:
        core.on_durability(fields["durable"] == 1, str(fields["reason"]), now_ns)
    elif record.kind == CRASH:
        core.on_crash(
            int(fields["crashed_input"]),
            int(fields["crashed_record"]),
            int(fields["source"]),
            str(fields["place"]),
            str(fields["reason"]),
            now_ns,
        )
    elif record.kind == RESTART:
        core.restart(
            int(fields["epoch"]),
            int(fields["recovered_record"]),
            str(fields["code_version"]),
            str(fields["reason"]),
            now_ns,
        )
    else:
        raise DifferenceError(f"record {record.seq}: input kind {record.kind} is unknown")


def drain(core: EngineCore) -> None:
    """Take out what a shell would send and connect after the step."""
    for source in range(len(core.streams)):
        if core.streams[source] is not None:
            core.outgoing(source)
    core.routes.take_encoded()
    core.take_connects()


def _before(records: Iterator[Record], seq: int) -> Iterator[Record]:
    for record in records:
        if record.seq >= seq:
            return
        yield record
