"""What inputs have killed the engine, and what is done about it.

The second crash at one place of the code, since a clean stop or a person's lift, starts cancel-only: restarting alone
does not help. One more although nothing new is sent any more, and the source whose input it was is left unconnected:
what it sends would kill the engine for ever. A person's lift ends both.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import EMERGENCY, WARNING
from cross_market_connect.domain.records import CRASH, Payload
from cross_market_connect.domain.step import Step

CRASHES_MAX: Final[i64] = 2


@final
class Crashes:
    """The crashes that count.

    Attributes:
        counts: by place; left_out: sources that are not connected, in the order in which they were left out.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.left_out: list[int] = []

    def apply(self, place: str, times: i64, source: i64) -> None:
        """What the record says."""
        self.counts[place] = int(times)
        if times > CRASHES_MAX and source >= 0 and int(source) not in self.left_out:
            self.left_out.append(int(source))

    def clear(self) -> None:
        """A person has looked: what happened before does not count any more."""
        self.counts.clear()
        self.left_out.clear()

    def stopped(self) -> None:
        """A clean stop: what has not led to cancel-only yet does not count any more."""
        for times in self.counts.values():
            if times >= CRASHES_MAX:
                return
        self.counts.clear()

    def is_left_out(self, source: i64) -> bool:
        """Whether nothing of this source is taken in."""
        return len(self.left_out) > 0 and int(source) in self.left_out

    def note(self, step: Step, crashed_input: i64, crashed_record: i64, source: i64, place: str, reason: str) -> str:
        """Put one crash on record and tell people; returns why the engine is to be cancel-only, empty when it is not.

        Args:
            crashed_input: the input whose step failed; crashed_record: the log's last record then.
            source: whose input it was, -1 when it came from none.
            place: the same for the same fault (`journal.life.DeathNote`).
        """
        times = self.counts.get(place, 0) + 1
        payload = Payload(CRASH)
        payload.put(crashed_input)
        payload.put(crashed_record)
        payload.put(times)
        payload.put(source)
        payload.put_text(place)
        payload.put_text(reason)
        step.cause_seq = step.write(payload, 0)
        self.apply(place, times, source)
        what = f"input {crashed_input} (record {crashed_record})"
        step.alert(WARNING, "crash", 0, f"{what} ended the engine: {reason}", f"{what} 导致引擎退出：{reason}")
        if self.is_left_out(source):
            text = f"source {source} is not connected: what it sends ends the engine"
            step.alert(EMERGENCY, "source_left_out", 0, text, f"数据源 {source} 不再连接：其数据导致引擎退出")
        if times < CRASHES_MAX:
            return ""
        return f"input {crashed_input}, record {crashed_record} ended the engine {times} times: {place}"
