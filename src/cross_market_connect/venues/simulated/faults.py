"""What goes wrong at a simulated venue: rules as data, with a seed for what is left to chance.

Theory of operation. A rule says to which messages it applies (new orders, cancel or status requests) of which orders
(account, instrument, side), from which matching one on it acts (`first`), for how many (`times`) or how long
(`duration_ns`), how likely (`chance_ppm`), and what happens. Every rule counts what matches it, so "the third order on
this instrument" means the same in every run. When several rules act on one message the first one that refuses decides
the refusal, and other effects add up.

    fault        on         what happens
    -----------  ---------  --------------------------------------------------------------------------------------------
    reject       N C Q R L  refused with `reason`
    late         N C Q R    what answers leaves `delay_ns` later
    drop         N C Q R L  it is handled, then the connection is cut: the answer is lost
    lost         N C Q R    it never reaches the desk: no answer
    partial      N          `fill_lots`, or `fill_permille` of it, find a counterparty; somebody else took the rest
    hold         N          it enters the market `delay_ns` later; until then a status request is told "pending"
    rests        N          an immediate-or-cancel order stays in the book like a day order
    reject_live  N          a refusal with `reason` is reported, and yet the order enters the market
    silent       N          those of its `reports` are never sent: the truth is told to a status request alone
    twice        N          each of its reports is sent twice
    reversed     N          its reports of one step leave in reverse order
    late_fill    N C R      `delay_ns` after its end, `fill_lots` more (0: all it lacked) are told as traded
    bust         N          `delay_ns` after its first trade that trade is taken back
    correct      N          the same, down to `fill_lots`
    fill_first   C R        the order finds a counterparty for `fill_lots` (0: all) just before the request about it
    close        N          `delay_ns` after it was taken its market's day ends
    fill         N          `delay_ns` after it was taken `fill_lots` of what rests (0: all) find a counterparty
    cancel       N          `delay_ns` after it was taken the venue cancels what rests, for `reason`
    says         N          each of its reports carries `field` as well

A *sticky* rule narrows itself to the side of the order that it first acted on: while it lasts, orders that open the
same way are refused and orders that bring the position back pass.

Chance is drawn from the room's seeded integers: the same seed and the same orders give the same faults everywhere.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.matching.orders import (
    REASON_BUSY,
    REASON_HALTED,
    REASON_NAMES,
    REASON_NONE,
    REASON_PRICE_LIMITS,
    REASON_THROTTLED,
)
from cross_market_connect.venues.simulated.market_model import SeededIntegers

FAULT_REJECT: Final[i64] = 1
FAULT_LATE: Final[i64] = 2
FAULT_DROP: Final[i64] = 3
FAULT_PARTIAL: Final[i64] = 4
FAULT_DATAGRAM_LOST: Final[i64] = 5
FAULT_LOST: Final[i64] = 6
FAULT_HOLD: Final[i64] = 7
FAULT_RESTS: Final[i64] = 8
FAULT_REJECT_LIVE: Final[i64] = 9
FAULT_SILENT: Final[i64] = 10
FAULT_TWICE: Final[i64] = 11
FAULT_REVERSED: Final[i64] = 12
FAULT_LATE_FILL: Final[i64] = 13
FAULT_BUST: Final[i64] = 14
FAULT_CORRECT: Final[i64] = 15
FAULT_FILL_FIRST: Final[i64] = 16
FAULT_CLOSE: Final[i64] = 17
FAULT_SAYS: Final[i64] = 18
FAULT_FILL: Final[i64] = 19
FAULT_CANCEL: Final[i64] = 20
FAULT_NAMES: Final[tuple[str, ...]] = (
    "none",
    "reject",
    "late",
    "drop",
    "partial",
    "datagram_lost",
    "lost",
    "hold",
    "rests",
    "reject_live",
    "silent",
    "twice",
    "reversed",
    "late_fill",
    "bust",
    "correct",
    "fill_first",
    "close",
    "says",
    "fill",
    "cancel",
)

# Messages that a rule may be about.
ON_ORDER: Final[i64] = 0
ON_CANCEL: Final[i64] = 1
ON_QUERY: Final[i64] = 2
ON_REPLACE: Final[i64] = 3
ON_LOGON: Final[i64] = 4
MESSAGE_NAMES: Final[tuple[str, ...]] = ("order", "cancel", "query", "replace", "logon")

# How an order's reports leave: a sum of these.
REPORT_NO_ACKNOWLEDGEMENT: Final[i64] = 1
REPORT_NO_TRADE: Final[i64] = 2
REPORT_NO_END: Final[i64] = 4
REPORT_NOTHING: Final[i64] = 7
REPORT_TWICE: Final[i64] = 8
REPORT_REVERSED: Final[i64] = 16
# Of an order's trades those after which something is left.
REPORT_NO_PART: Final[i64] = 32

ANY_INSTRUMENT: Final[i64] = -1
ANY_SIDE: Final[i64] = 0
NO_BOUND: Final[i64] = 0
CERTAIN_PPM: Final[i64] = 1_000_000
RULES_MAX: Final[i64] = 1000
PROFILES: Final[tuple[str, ...]] = ("none", "light", "random", "heavy")


@final
class FaultRule:
    """One rule. Lists of rules are data: `rule_from_fields` reads one from a file's fields.

    Attributes:
        kind: one of FAULT_*.
        message: one of ON_*; instrument and side are those of the order that it is about, a logon has neither.
        account: b"" for every account.
        instrument_index: the exchange's index, ANY_INSTRUMENT for all.
        side: BUY, SELL or ANY_SIDE.
        first: number (from 1) of the first matching order on which it acts.
        times: on how many orders it acts, NO_BOUND for no bound.
        duration_ns: for how long after its first act, NO_BOUND for no bound.
        chance_ppm: how likely it acts on an order it could act on.
        sticky: once it acted, only orders of that side match.
        reason: REASON_* of a FAULT_REJECT, or FAULT_CANCEL.
        told_reason: OrdRejReason (103) that is told of a refusal instead of its own; negative for its own.
        delay_ns: how much later the answer leaves (FAULT_LATE, and beside FAULT_REJECT), or the thing happens.
        fill_permille: part of the order that finds a counterparty, for FAULT_PARTIAL; fill_lots: the same in lots,
            negative for none stated; of an order of `fill_of` lots and of others in proportion, 0 for so many of each.
        field: TAG=VALUE of FAULT_SAYS with its delimiter.
        reports: sum of REPORT_* that FAULT_SILENT keeps back.
    """

    def __init__(self, kind: i64, account: bytes, instrument_index: i64) -> None:
        self.kind: i64 = kind
        self.message: i64 = ON_ORDER
        self.account: bytes = account
        self.instrument_index: i64 = instrument_index
        self.side: i64 = ANY_SIDE
        self.first: i64 = 1
        self.times: i64 = 1
        self.duration_ns: i64 = NO_BOUND
        self.chance_ppm: i64 = CERTAIN_PPM
        self.sticky: bool = False
        self.reason: i64 = REASON_NONE
        self.told_reason: i64 = -1
        self.delay_ns: i64 = 0
        self.fill_permille: i64 = 500
        self.fill_lots: i64 = -1
        self.fill_of: i64 = 0
        self.field: bytes = b""
        self.reports: i64 = REPORT_NOTHING
        self.seen: i64 = 0
        self.acted: i64 = 0
        self.acted_first_ns: i64 = 0

    def matches(self, message: i64, account: bytes, instrument_index: i64, side: i64) -> bool:
        """Whether the message is one that the rule counts."""
        if self.message != message or (self.account and self.account != account):
            return False
        if self.instrument_index != ANY_INSTRUMENT and self.instrument_index != instrument_index:
            return False
        return self.side == ANY_SIDE or self.side == side

    def acts(self, side: i64, now_ns: i64, random: SeededIntegers) -> bool:
        """Count one matching order; whether the rule acts on it."""
        self.seen += 1
        if self.seen < self.first or (self.times != NO_BOUND and self.acted >= self.times):
            return False
        if self.acted > 0 and self.duration_ns != NO_BOUND and now_ns - self.acted_first_ns >= self.duration_ns:
            return False
        if self.chance_ppm < CERTAIN_PPM and random.below(int(CERTAIN_PPM)) >= self.chance_ppm:
            return False
        if self.acted == 0:
            self.acted_first_ns = now_ns
            if self.sticky:
                self.side = side
        self.acted += 1
        return True


@final
class Faults:
    """What shall happen to one message.

    Attributes:
        reason: of a refusal; REASON_NONE for none; told_reason: as the rule's.
        is_live: refused, and yet live.
        delay_ns: how much later the answer leaves.
        drops: the connection is cut after it; is_lost: nobody reads it.
        fill_permille, fill_lots, fill_of: how much finds a counterparty; 1000 and negative for no limit.
        hold_ns: how much later it enters the market; rests: as a day order.
        report_flags: sum of REPORT_*; field: what each report says besides.
        late: what happens to the order later: the rules that say so.
        fills_first: the rule by which the order trades before its cancel request; None for none.
    """

    def __init__(self) -> None:
        self.reason: i64 = REASON_NONE
        self.is_live: bool = False
        self.told_reason: i64 = -1
        self.delay_ns: i64 = 0
        self.drops: bool = False
        self.is_lost: bool = False
        self.fill_permille: i64 = 1000
        self.fill_lots: i64 = -1
        self.fill_of: i64 = 0
        self.hold_ns: i64 = 0
        self.rests: bool = False
        self.report_flags: i64 = 0
        self.field: bytes = b""
        self.late: list[FaultRule] = []
        self.fills_first: FaultRule | None = None

    def add(self, rule: FaultRule) -> None:
        """Let one rule act."""
        kind = rule.kind
        if kind == FAULT_LATE or kind == FAULT_REJECT:
            self.delay_ns += rule.delay_ns
        if kind == FAULT_REJECT or kind == FAULT_REJECT_LIVE:
            if self.reason == REASON_NONE:
                self.reason = rule.reason
                self.told_reason = rule.told_reason
                self.is_live = kind == FAULT_REJECT_LIVE
        elif kind == FAULT_DROP:
            self.drops = True
        elif kind == FAULT_LOST:
            self.is_lost = True
        elif kind == FAULT_PARTIAL:
            self.fill_permille = rule.fill_permille
            self.fill_lots = rule.fill_lots
            self.fill_of = rule.fill_of
        elif kind == FAULT_HOLD:
            self.hold_ns += rule.delay_ns
        elif kind == FAULT_RESTS:
            self.rests = True
        elif kind == FAULT_SILENT:
            self.report_flags |= rule.reports
        elif kind == FAULT_TWICE:
            self.report_flags |= REPORT_TWICE
        elif kind == FAULT_REVERSED:
            self.report_flags |= REPORT_REVERSED
        elif kind == FAULT_FILL_FIRST:
            self.fills_first = rule
        elif kind == FAULT_SAYS:
            self.field = rule.field
        elif kind == FAULT_LATE_FILL or kind == FAULT_BUST or kind == FAULT_CORRECT or kind >= FAULT_CLOSE:
            self.late.append(rule)


@final
class FaultPlan:
    """All rules of one venue, with their counts. Raises InputError above RULES_MAX rules."""

    def __init__(self, rules: list[FaultRule], seed: int) -> None:
        if i64(len(rules)) > RULES_MAX:
            raise InputError([f"fault rules: {len(rules)} rules; expected at most {RULES_MAX}"])
        self.rules: list[FaultRule] = rules
        self.random: SeededIntegers = SeededIntegers(seed)

    def on_message(self, message: i64, account: bytes, instrument_index: i64, side: i64, now_ns: i64) -> Faults:
        """What shall happen to a message about an order."""
        result = Faults()
        for rule in self.rules:
            if rule.kind == FAULT_DATAGRAM_LOST or not rule.matches(message, account, instrument_index, side):
                continue
            if rule.acts(side, now_ns, self.random):
                result.add(rule)
        return result

    def loses_datagram(self, now_ns: i64) -> bool:
        """Whether the next datagram is lost on its way; `first` and `times` count datagrams."""
        lost = False
        for rule in self.rules:
            if rule.kind == FAULT_DATAGRAM_LOST and rule.acts(ANY_SIDE, now_ns, self.random):
                lost = True
        return lost


def rule_from_fields(fields: dict[str, object]) -> FaultRule:
    """A rule from a file: `fault`, `message` and `reason` by name, `account` as text, everything else as integers.

    Raises InputError naming every unknown field, unknown name and wrong type.
    """
    faults: list[str] = []
    kind = fields.get("fault", "")
    if not isinstance(kind, str) or kind not in FAULT_NAMES[1:]:
        faults.append(f"fault: {kind!r}; expected one of {', '.join(FAULT_NAMES[1:])}")
        kind = "reject"
    account = fields.get("account", "")
    if not isinstance(account, str):
        faults.append(f"account: {account!r}; expected text")
        account = ""
    rule = FaultRule(FAULT_NAMES.index(kind), account.encode(), ANY_INSTRUMENT)
    message = fields.get("message", MESSAGE_NAMES[0])
    if not isinstance(message, str) or message not in MESSAGE_NAMES:
        faults.append(f"message: {message!r}; expected one of {', '.join(MESSAGE_NAMES)}")
    else:
        rule.message = MESSAGE_NAMES.index(message)
    reason = fields.get("reason", "none")
    if not isinstance(reason, str) or reason not in REASON_NAMES:
        faults.append(f"reason: {reason!r}; expected one of {', '.join(REASON_NAMES)}")
    elif rule.kind in (FAULT_REJECT, FAULT_REJECT_LIVE, FAULT_CANCEL) and reason == "none":
        faults.append("reason: missing; expected the reason of the refusal or cancel")
    else:
        rule.reason = REASON_NAMES.index(reason)
    for name, value in fields.items():
        if name in ("fault", "account", "message", "reason"):
            continue
        if not isinstance(value, int) or not _set_number(rule, name, value):
            faults.append(f"{name}: {value!r}; expected a known field with an integer")
    if faults:
        raise InputError(faults)
    return rule


def _set_number(rule: FaultRule, name: str, value: int) -> bool:
    if name == "instrument_index":
        rule.instrument_index = value
    elif name == "side" and value in (-1, 0, 1):
        rule.side = value
    elif value < 0:
        return False
    elif name == "first":
        rule.first = value
    elif name == "times":
        rule.times = value
    elif name == "duration_ns":
        rule.duration_ns = value
    elif name == "chance_ppm":
        rule.chance_ppm = value
    elif name == "sticky":
        rule.sticky = value != 0
    elif name == "delay_ns":
        rule.delay_ns = value
    elif name == "fill_permille" and value <= 1000:
        rule.fill_permille = value
    elif name == "fill_lots":
        rule.fill_lots = value
    elif name == "reports" and value <= REPORT_NOTHING:
        rule.reports = value
    else:
        return False
    return True


def _reject(account: bytes, first: i64, times: i64, reason: i64) -> FaultRule:
    rule = FaultRule(FAULT_REJECT, account, ANY_INSTRUMENT)
    rule.first = first
    rule.times = times
    rule.reason = reason
    return rule


def _halt(account: bytes, first: i64) -> FaultRule:
    """An opening order and its repetitions refused as halted, the way back open."""
    rule = _reject(account, first, 8, REASON_HALTED)
    rule.duration_ns = 600 * NANOSECONDS_PER_MILLISECOND
    rule.sticky = True
    return rule


def _chance(kind: i64, account: bytes, chance_ppm: i64) -> FaultRule:
    rule = FaultRule(kind, account, ANY_INSTRUMENT)
    rule.times = NO_BOUND
    rule.chance_ppm = chance_ppm
    return rule


def profile_rules(profile: str, account: bytes) -> list[FaultRule]:
    """The rules of a named profile for one account. Raises InputError for an unknown name.

    `light` is a schedule: the 3rd order is refused once as busy (a re-order cures it); the 7th and its repetitions are
    refused as halted (which ends in an unwind of the other leg); later the same again, with a price reject between.
    `random` leaves to chance: drops, late answers, partial fills, passing refusals, lost datagrams. `heavy` is both.
    """
    if profile == "none":
        return []
    if profile not in PROFILES:
        raise InputError([f"fault profile: {profile!r}; expected one of {', '.join(PROFILES)}"])
    rules = [] if profile == "random" else _schedule(account)
    if profile != "light":
        rules.extend(_chances(account))
    return rules


def _schedule(account: bytes) -> list[FaultRule]:
    return [
        _reject(account, 3, 1, REASON_BUSY),
        _halt(account, 7),
        _reject(account, 21, 1, REASON_PRICE_LIMITS),
        _halt(account, 31),
        _reject(account, 45, 1, REASON_BUSY),
        _halt(account, 61),
    ]


def _chances(account: bytes) -> list[FaultRule]:
    rules: list[FaultRule] = []
    for reason in (REASON_BUSY, REASON_THROTTLED, REASON_PRICE_LIMITS):
        chance = _chance(FAULT_REJECT, account, 20_000)
        chance.reason = reason
        rules.append(chance)
    late = _chance(FAULT_LATE, account, 60_000)
    late.delay_ns = 250 * NANOSECONDS_PER_MILLISECOND
    rules.append(late)
    rules.append(_chance(FAULT_PARTIAL, account, 80_000))
    rules.append(_chance(FAULT_DROP, account, 15_000))
    rules.append(_chance(FAULT_DATAGRAM_LOST, b"", 5_000))
    return rules
