"""What a simulated venue does, as lines that a person writes: each one becomes a rule of `faults.py`.

    when order 3 on leg B then reject code 58 after 12 ms
    when cancel 1 then fill 2 late after 5 ms
    when order 2 then partial 1 of 3
    when logon 2 then drop

Grammar; a part in brackets may be left out, `#` begins a remark:

    when EVENT FIRST [to LAST | and on] [on leg LETTER | on SYMBOL] then ACTION [after NUMBER ms]

EVENT is order, cancel, replace, status or logon, counted from 1 among those that match. Legs are the venue's
instruments in their order, A the first. Which action goes with which event, and what `after` means there, says ACTIONS.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.matching.orders import REASON_NAMES, REASON_OTHER
from cross_market_connect.venues.simulated.codes import reason_of_code
from cross_market_connect.venues.simulated.faults import (
    ANY_INSTRUMENT,
    FAULT_BUST,
    FAULT_CANCEL,
    FAULT_CLOSE,
    FAULT_CORRECT,
    FAULT_DROP,
    FAULT_FILL,
    FAULT_FILL_FIRST,
    FAULT_HOLD,
    FAULT_LATE,
    FAULT_LATE_FILL,
    FAULT_LOST,
    FAULT_PARTIAL,
    FAULT_REJECT,
    FAULT_REJECT_LIVE,
    FAULT_RESTS,
    FAULT_REVERSED,
    FAULT_SAYS,
    FAULT_SILENT,
    FAULT_TWICE,
    NO_BOUND,
    REPORT_NO_ACKNOWLEDGEMENT,
    REPORT_NO_END,
    REPORT_NO_TRADE,
    REPORT_NOTHING,
    FaultRule,
)

EVENTS: Final[tuple[str, ...]] = ("order", "cancel", "status", "replace", "logon")
"""What a person calls ON_ORDER, ON_CANCEL, ..."""
LINES_MAX: Final = 1000
MILLISECONDS_MAX: Final = 3_600_000

# First word of an action: how it is written, and the events that it goes with.
ACTIONS: Final[dict[str, tuple[str, str]]] = {
    "reject": ("reject REASON | reject code CODE | reject falsely REASON", "order cancel replace status logon"),
    "answer": ("answer late", "order cancel replace status"),
    "drop": ("drop", "order cancel replace status logon"),
    "lose": ("lose", "order cancel replace status"),
    "partial": ("partial LOTS | partial PART of WHOLE", "order"),
    "hold": ("hold", "order"),
    "rest": ("rest", "order"),
    "silence": ("silence | silence acknowledgement | silence trade | silence end", "order"),
    "twice": ("twice", "order"),
    "reversed": ("reversed", "order"),
    "fill": ("fill LOTS | fill LOTS late | fill LOTS first", "order cancel replace"),
    "bust": ("bust", "order"),
    "correct": ("correct to LOTS", "order"),
    "close": ("close", "order"),
    "cancel": ("cancel REASON", "order"),
    "say": ("say TAG=VALUE", "order"),
}
# Actions that take a time, and those that make no sense without one.
TIMED: Final = ("reject", "answer", "hold", "fill", "bust", "correct", "close", "cancel")
MUST_BE_TIMED: Final = ("answer", "hold")

SIMPLE: Final[dict[str, i64]] = {
    "answer late": FAULT_LATE,
    "drop": FAULT_DROP,
    "lose": FAULT_LOST,
    "hold": FAULT_HOLD,
    "rest": FAULT_RESTS,
    "twice": FAULT_TWICE,
    "reversed": FAULT_REVERSED,
    "bust": FAULT_BUST,
    "close": FAULT_CLOSE,
}
SILENCES: Final[dict[str, i64]] = {
    "silence": REPORT_NOTHING,
    "silence acknowledgement": REPORT_NO_ACKNOWLEDGEMENT,
    "silence trade": REPORT_NO_TRADE,
    "silence end": REPORT_NO_END,
}


def compile_script(text: str, symbols: list[str]) -> list[FaultRule]:
    """The rules of a script for a venue that lists these symbols.

    Raises InputError with one line for each line that does not fit, naming it and what would.
    """
    rules: list[FaultRule] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        reader = _Line(words, symbols)
        rule = reader.read()
        if reader.fault:
            faults.append(f"script line {number}: {' '.join(words)!r}; expected {reader.fault}")
        rules.append(rule)
    if len(rules) > LINES_MAX:
        faults.append(f"script: {len(rules)} lines; expected at most {LINES_MAX}")
    if faults:
        raise InputError(faults)
    return rules


@final
class _Line:
    """One line; `fault` says what was expected where it did not fit, and the first such place counts."""

    def __init__(self, words: list[str], symbols: list[str]) -> None:
        self.words: list[str] = words
        self.symbols: list[str] = symbols
        self.at: i64 = 0
        self.fault: str = ""

    def read(self) -> FaultRule:
        rule = FaultRule(FAULT_REJECT, b"", ANY_INSTRUMENT)
        self.expect("when")
        event = self.take()
        if event not in EVENTS:
            self.wrong(f"one of {', '.join(EVENTS)} after when")
            return rule
        rule.message = EVENTS.index(event)
        rule.first = self.number("the number of the first one, from 1", 1)
        self.read_times(rule)
        self.read_instrument(rule)
        self.expect("then")
        self.read_action(rule, event)
        if self.at < len(self.words):
            self.wrong(f"nothing after it but 'after NUMBER ms', where it waits; found {self.words[self.at]}")
        return rule

    def read_times(self, rule: FaultRule) -> None:
        if self.next_is("to"):
            last = self.number("the number of the last one", int(rule.first))
            rule.times = last - rule.first + 1
        elif self.next_is("and"):
            self.expect("on")
            rule.times = NO_BOUND

    def read_instrument(self, rule: FaultRule) -> None:
        if not self.next_is("on"):
            return
        name = self.take()
        if name == "leg":
            letter = self.take()
            index = ord(letter) - ord("A") if len(letter) == 1 else -1
            if index < 0 or index >= len(self.symbols):
                self.wrong(f"a leg from A to {chr(ord('A') + len(self.symbols) - 1)}")
                return
            rule.instrument_index = index
        elif name in self.symbols:
            rule.instrument_index = self.symbols.index(name)
        else:
            self.wrong(f"leg LETTER or one of {', '.join(self.symbols)} after on")

    def read_action(self, rule: FaultRule, event: str) -> None:
        end = i64(len(self.words))
        is_timed = end - self.at >= 3 and self.words[end - 3] == "after"
        action = self.words[self.at : end - 3] if is_timed else self.words[self.at :]
        name = action[0] if action else ""
        if name not in ACTIONS:
            self.wrong(f"one of {', '.join(ACTIONS)} after then")
            return
        if event not in ACTIONS[name][1].split():
            self.wrong(f"{name} with one of {', '.join(ACTIONS[name][1].split())}")
        if not _read_effect(rule, action):
            self.wrong(ACTIONS[name][0])
        self.at = end
        if is_timed:
            self.read_delay(rule, name)
        elif name in MUST_BE_TIMED:
            self.wrong(f"{name} with 'after NUMBER ms'")

    def read_delay(self, rule: FaultRule, name: str) -> None:
        amount, unit = self.words[self.at - 2], self.words[self.at - 1]
        if name not in TIMED:
            self.wrong(f"{name} without a time")
        elif not amount.isdecimal() or unit != "ms" or int(amount) > MILLISECONDS_MAX:
            self.wrong(f"after NUMBER ms, at most {MILLISECONDS_MAX}")
        else:
            rule.delay_ns = i64(int(amount)) * NANOSECONDS_PER_MILLISECOND

    def take(self) -> str:
        """The next word, empty at the end."""
        self.at += 1
        return self.words[self.at - 1] if self.at <= len(self.words) else ""

    def next_is(self, word: str) -> bool:
        """Whether the next word is this one, which is then taken."""
        if self.at < len(self.words) and self.words[self.at] == word:
            self.at += 1
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.next_is(word):
            self.wrong(f"{word} as word {self.at + 1}")

    def number(self, what: str, least: int) -> i64:
        word = self.take()
        if not word.isdecimal() or int(word) < least:
            self.wrong(what)
            return 1
        return int(word)

    def wrong(self, expected: str) -> None:
        if not self.fault:
            self.fault = expected


def _read_effect(rule: FaultRule, words: list[str]) -> bool:
    """Fill in what the rule does; false when it is not written like that."""
    text = " ".join(words)
    count = len(words)
    if text in SIMPLE:
        rule.kind = SIMPLE[text]
    elif text in SILENCES:
        rule.kind = FAULT_SILENT
        rule.reports = SILENCES[text]
    elif words[0] == "reject":
        return _read_refusal(rule, words)
    elif words[0] == "partial" and count in (2, 4) and words[1].isdecimal():
        rule.kind = FAULT_PARTIAL
        rule.fill_lots = int(words[1])
        if count == 4:
            if words[2] != "of" or not words[3].isdecimal() or int(words[3]) < int(words[1]):
                return False
            rule.fill_of = int(words[3])
    elif words[0] == "fill" and count == 2 and words[1].isdecimal():
        rule.kind = FAULT_FILL
        rule.fill_lots = int(words[1])
    elif words[0] == "fill" and count == 3 and words[1].isdecimal() and words[2] in ("late", "first"):
        rule.kind = FAULT_LATE_FILL if words[2] == "late" else FAULT_FILL_FIRST
        rule.fill_lots = int(words[1])
    elif words[0] == "correct" and count == 3 and words[1] == "to" and words[2].isdecimal():
        rule.kind = FAULT_CORRECT
        rule.fill_lots = int(words[2])
    elif words[0] == "cancel" and count == 2 and words[1] in REASON_NAMES[1:]:
        rule.kind = FAULT_CANCEL
        rule.reason = REASON_NAMES.index(words[1])
    elif words[0] == "say" and count == 2 and words[1].split("=")[0].isdecimal() and "=" in words[1]:
        rule.kind = FAULT_SAYS
        rule.field = words[1].encode() + b"\x01"
    else:
        return False
    return True


def _read_refusal(rule: FaultRule, words: list[str]) -> bool:
    """`reject REASON`, `reject falsely REASON`, `reject code CODE` with the venue's code or an OrdRejReason (103)."""
    count = len(words)
    if count == 3 and words[1] == "code":
        if words[2].isdecimal():
            rule.reason = REASON_OTHER
            rule.told_reason = int(words[2])
            return True
        rule.reason = reason_of_code(words[2])
        return rule.reason != 0
    if count == 3 and words[1] == "falsely":
        rule.kind = FAULT_REJECT_LIVE
    elif count != 2:
        return False
    name = words[count - 1]
    if name not in REASON_NAMES[1:]:
        return False
    rule.reason = REASON_NAMES.index(name)
    return True
