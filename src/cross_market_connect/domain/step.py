"""The step in progress: one input, one `now_ns`, one `input_seq`, and the sink its decisions go to.

Everything a step writes carries the same time and input, so a record tells at once what it answers.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import UNSTAMPED
from cross_market_connect.domain.records import ALERT, Payload, RecordSink


@final
class Step:
    """Shared by all parts of one engine's core.

    Attributes:
        now_ns: monotonic time of the input, read once by the shell.
        utc_ns: calendar time of the same moment.
        waited_ns: how long before that the input may have come in; 0 unless the engine stood still.
        queued_ns: how long before that the kernel had it, by its own stamp; UNSTAMPED where it gave none.
        input_seq: number of the input.
        cause_seq: record that the next decisions answer; 0 when it is the input itself.
        last_seq: the record written last.
    """

    def __init__(self, sink: RecordSink) -> None:
        self.sink: RecordSink = sink
        self.now_ns: i64 = 0
        self.utc_ns: i64 = 0
        self.waited_ns: i64 = 0
        self.queued_ns: i64 = UNSTAMPED
        self.input_seq: i64 = 0
        self.cause_seq: i64 = 0
        self.last_seq: i64 = 0
        self.alerts: i64 = 0

    def begin(self, now_ns: i64, utc_ns: i64, input_seq: i64) -> None:
        """Start the step of one input."""
        self.now_ns = now_ns
        self.utc_ns = utc_ns
        self.input_seq = input_seq
        self.cause_seq = 0
        self.queued_ns = UNSTAMPED

    def received_ns(self) -> i64:
        """When the input came in, as well as that is known: by the kernel, else when it was read."""
        return self.now_ns - self.queued_ns if self.queued_ns > 0 else self.now_ns

    def may_have_waited_ns(self) -> i64:
        """How long before that it may have come in, at most; a kernel's stamp leaves no doubt."""
        return 0 if self.queued_ns >= 0 else self.waited_ns

    def write(self, payload: Payload, cause_seq: i64) -> i64:
        """Append a record of this step; returns its sequence number."""
        self.last_seq = self.sink.append(payload.kind, cause_seq, self.input_seq, self.now_ns, payload.take())
        return self.last_seq

    def alert(self, level: i64, code: str, spread_order_id: i64, text: str, text_zh: str, deadline_ns: i64 = 0) -> i64:
        """Record an alert; senders and the page read it from the log."""
        return self.alert_bytes(level, code, spread_order_id, text.encode(), text_zh.encode(), deadline_ns)

    def alert_bytes(
        self, level: i64, code: str, spread_order_id: i64, text: bytes, text_zh: bytes, deadline_ns: i64 = 0
    ) -> i64:
        """As `alert`, with texts in UTF-8."""
        self.alerts += 1
        payload = Payload(ALERT)
        payload.put(self.alerts)
        payload.put(level)
        payload.put(spread_order_id)
        payload.put(deadline_ns)
        payload.put_text(code)
        payload.put_bytes(text)
        payload.put_bytes(text_zh)
        return self.write(payload, self.cause_seq)
