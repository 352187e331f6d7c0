"""What goes wrong in a simulated history: kinds of misfortune, how often each takes part, and how it is drawn.

Two families. *Rules* change what a venue does with messages (venues/simulated/faults.py). *Acts* happen at a time: to a
market, a connection, a disk, a process. `RULE_TABLE` and `ACT_TABLE` hold one row per kind with its chance in percent,
light and heavy; a history's kinds are a random subset.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from cross_market_connect.matching.orders import (
    REASON_BUSY,
    REASON_DUPLICATE_ID,
    REASON_HALTED,
    REASON_INSUFFICIENT,
    REASON_LIMIT_LOCKED,
    REASON_MARKET_CLOSED,
    REASON_NOT_FILLABLE,
    REASON_OFFSET,
    REASON_PERMISSION,
    REASON_PRICE_LIMITS,
    REASON_QUANTITY_MAX,
    REASON_QUOTA,
    REASON_THROTTLED,
)
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.shapes import Shape
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_CORPORATE_ACTION,
    CONDITION_DAYS_TO_FIRST_NOTICE,
    CONDITION_DAYS_TO_LAST_TRADING,
    CONDITION_LOCKED_SIDE,
    CONDITION_PHASE,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
    CONDITION_SKEW_UNCERTAINTY_NS,
    CONDITION_SNAPSHOT_PERIOD_NS,
    CONDITIONS,
    PHASE_AUCTION,
    PHASE_HALTED,
)
from cross_market_connect.venues.simulated.faults import (
    ANY_INSTRUMENT,
    FAULT_BUST,
    FAULT_CORRECT,
    FAULT_DROP,
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
    FAULT_SILENT,
    FAULT_TWICE,
    ON_CANCEL,
    ON_QUERY,
    REPORT_NO_PART,
    REPORT_NOTHING,
    FaultRule,
)

MILLISECOND_NS: Final = 1_000_000
STRENGTHS: Final = ("none", "light", "heavy")
FLOOD_ORDERS: Final = 90
LOST_PARTS_PERCENT: Final = 60
MUTE_PERCENT: Final = 14
# Refusals whose cause stays for a while.
LASTING_PERCENT: Final = 40
LASTING_ORDERS: Final = 20
LASTING_REASONS: Final = (
    REASON_INSUFFICIENT,
    REASON_QUOTA,
    REASON_PERMISSION,
    REASON_OFFSET,
    REASON_QUANTITY_MAX,
)
# The tame one first: a price reject is cured by the next price. Those twice that few steps of a ladder meet.
REASONS: Final[tuple[int, ...]] = tuple(
    int(reason)
    for reason in (
        REASON_PRICE_LIMITS,
        REASON_BUSY,
        REASON_THROTTLED,
        REASON_HALTED,
        REASON_MARKET_CLOSED,
        REASON_INSUFFICIENT,
        REASON_QUOTA,
        REASON_PERMISSION,
        REASON_PERMISSION,
        REASON_OFFSET,
        REASON_OFFSET,
        REASON_LIMIT_LOCKED,
        REASON_QUANTITY_MAX,
        REASON_QUANTITY_MAX,
        REASON_NOT_FILLABLE,
        REASON_DUPLICATE_ID,
    )
)


class Act(NamedTuple):
    """Something that is done at a time.

    Attributes:
        kind: a row of ACT_TABLE, or what ends it.
        target: the venue, where it is about one.
        a, b: what the row's description says.
    """

    at_ns: int
    kind: str
    target: int = 0
    a: int = 0
    b: int = 0


# kind of rule, percent of light histories, percent of heavy ones, most orders it acts on
RULE_TABLE: Final[tuple[tuple[int, int, int, int], ...]] = (
    (int(FAULT_REJECT), 40, 70, 3),
    (int(FAULT_PARTIAL), 25, 60, 4),
    (int(FAULT_LATE), 15, 30, 3),
    (int(FAULT_LATE_FILL), 15, 60, 6),
    (int(FAULT_LOST), 8, 25, 2),
    (int(FAULT_DROP), 6, 30, 4),
    (int(FAULT_HOLD), 8, 20, 2),
    (int(FAULT_RESTS), 4, 12, 2),
    (int(FAULT_REJECT_LIVE), 2, 10, 2),
    (int(FAULT_SILENT), 6, 22, 4),
    (int(FAULT_TWICE), 10, 25, 4),
    (int(FAULT_REVERSED), 8, 20, 4),
    (int(FAULT_BUST), 2, 6, 1),
    (int(FAULT_CORRECT), 1, 4, 1),
    (int(FAULT_FILL_FIRST), 6, 15, 3),
)


def draw_rules(choices: Choices, strength: str, venues: int) -> list[list[FaultRule]]:
    """The rules of each venue."""
    result: list[list[FaultRule]] = [[] for _ in range(venues)]
    if strength == "none":
        return result
    for kind, light, heavy, most in RULE_TABLE:
        name = f"rule {kind}"
        percent = heavy if strength == "heavy" else light
        count = choices.weighted((100 - percent, percent - percent // 4, percent // 4), name)
        for _ in range(count):
            rule = FaultRule(kind, b"", ANY_INSTRUMENT)
            rule.first = 1 + choices.draw(10, f"{name} first")
            rule.times = 1 + choices.draw(most, f"{name} times")
            _detail(rule, choices, name)
            at_venue = result[choices.draw(venues, f"{name} venue")]
            at_venue.append(rule)
            if kind == FAULT_LATE_FILL:
                at_venue.append(_beside(rule, FAULT_PARTIAL))
            elif kind == FAULT_REJECT_LIVE and choices.happens(50, f"{name} reversed"):
                at_venue.append(_beside(rule, FAULT_REVERSED))
    return result


def draw_lost_parts(later: Choices, strength: str, rules: list[list[FaultRule]]) -> None:
    """Add a venue that tells of an order's last fill only: what filled before is known by the total alone."""
    percent = {"none": 0, "light": 10}.get(strength, LOST_PARTS_PERCENT)
    if later.happens(percent, "lost parts"):
        rule = FaultRule(int(FAULT_SILENT), b"", ANY_INSTRUMENT)
        rule.reports = int(REPORT_NO_PART)
        rule.first = 1 + later.draw(6, "lost parts first")
        rule.times = 1 + later.draw(30, "lost parts times")
        rules[later.draw(len(rules), "lost parts venue")].append(rule)


def draw_mute(later: Choices, strength: str, rules: list[list[FaultRule]]) -> None:
    """Add a venue that says nothing of an order, whatever it is asked: its end is unknown at the deadline."""
    if not later.happens({"none": 0, "light": 1}.get(strength, MUTE_PERCENT), "mute"):
        return
    at_venue = rules[later.draw(len(rules), "mute venue")]
    silent = FaultRule(int(FAULT_SILENT), b"", ANY_INSTRUMENT)
    silent.first = 1 + later.draw(8, "mute first")
    silent.reports = int(REPORT_NOTHING)
    at_venue.append(silent)
    for message in (ON_CANCEL, ON_QUERY):
        lost = FaultRule(int(FAULT_LOST), b"", ANY_INSTRUMENT)
        lost.message, lost.first, lost.times = int(message), 1, FLOOD_ORDERS
        at_venue.append(lost)


def _beside(other: FaultRule, kind: int) -> FaultRule:
    """A rule for the same orders: one that is to be told of a late fill must lack something, and a refusal that is a
    lie may overtake the truth or be overtaken by it."""
    rule = FaultRule(kind, b"", ANY_INSTRUMENT)
    rule.first, rule.times = other.first, other.times
    return rule


def _detail(rule: FaultRule, choices: Choices, name: str) -> None:
    kind = rule.kind
    if kind == FAULT_REJECT or kind == FAULT_REJECT_LIVE:
        rule.reason = REASONS[choices.draw(len(REASONS), f"{name} reason")]
        rule.message = choices.weighted((85, 10, 5), f"{name} message") if kind == FAULT_REJECT else 0
        if rule.reason == REASON_HALTED and rule.message == 0:
            rule.sticky = True
            rule.times = 8
            rule.duration_ns = 600 * MILLISECOND_NS
        elif rule.reason == REASON_PRICE_LIMITS and kind == FAULT_REJECT and choices.happens(60, f"{name} flood"):
            # A venue that refuses every price: a ladder that would chase for ever must end somewhere.
            rule.times = FLOOD_ORDERS
        elif rule.reason in LASTING_REASONS and choices.happens(LASTING_PERCENT, f"{name} lasting"):
            rule.times = LASTING_ORDERS
    elif kind == FAULT_PARTIAL:
        rule.fill_permille = (750, 500, 250, 0)[choices.draw(4, f"{name} part")]
    elif kind == FAULT_LATE or kind == FAULT_HOLD:
        rule.delay_ns = (2, 40, 200, 420)[choices.draw(4, f"{name} delay")] * MILLISECOND_NS
    elif kind == FAULT_LOST or kind == FAULT_DROP:
        rule.message = choices.weighted((65, 25, 10), f"{name} message")
        if kind == FAULT_LOST and rule.message == ON_CANCEL and choices.happens(50, f"{name} flood"):
            rule.first, rule.times = 1, FLOOD_ORDERS
    elif kind == FAULT_SILENT:
        rule.reports = (7, 1, 2, 4)[choices.draw(4, f"{name} reports")]
    elif kind == FAULT_LATE_FILL:
        rule.delay_ns = (1, 15, 120, 500)[choices.draw(4, f"{name} delay")] * MILLISECOND_NS
        rule.fill_lots = choices.draw(3, f"{name} lots")
    elif kind == FAULT_BUST or kind == FAULT_CORRECT:
        rule.delay_ns = (5, 60, 300)[choices.draw(3, f"{name} delay")] * MILLISECOND_NS
        rule.fill_lots = choices.draw(2, f"{name} lots")
    elif kind == FAULT_FILL_FIRST:
        rule.message = 1
        rule.fill_lots = choices.draw(3, f"{name} lots")


class _Draw:
    """What a row's drawing function works with."""

    def __init__(self, choices: Choices, kind: str, venues: int, at_ns: int) -> None:
        self.choices = choices
        self.kind = kind
        self.venues = venues
        self.at_ns = at_ns

    def number(self, bound: int, what: str) -> int:
        return self.choices.draw(bound, f"{self.kind} {what}")

    def venue(self) -> int:
        return self.number(self.venues, "venue")

    def long_ns(self) -> int:
        """How long it lasts."""
        return (20, 150, 600, 1_500)[self.number(4, "length")] * MILLISECOND_NS


def _market(draw: _Draw) -> list[Act]:
    """Halted, closed or locked for a while."""
    venue, side = draw.venue(), 1 - 2 * draw.number(2, "side")
    ends = "unlock" if draw.kind == "lock" else "resume"
    return [Act(draw.at_ns, draw.kind, venue, side), Act(draw.at_ns + draw.long_ns(), ends, venue)]


def _connection(draw: _Draw) -> list[Act]:
    """One session's connection; b: for how long."""
    return [Act(draw.at_ns, draw.kind, draw.venue(), draw.number(3, "session"), draw.long_ns())]


def _condition(draw: _Draw) -> list[Act]:
    """a: the condition of a market that somebody reports to the engine; b: its value. It ends like any other."""
    here, elsewhere = SPECIAL_CONDITIONS[draw.number(len(SPECIAL_CONDITIONS), "which")]
    venue, ends_ns = draw.venue(), draw.at_ns + draw.long_ns()
    acts: list[Act] = []
    for target in range(draw.venues):
        for condition, value in here if target == venue else elsewhere:
            acts.append(Act(draw.at_ns, draw.kind, target, condition, value))
            acts.append(Act(ends_ns, draw.kind, target, condition, int(CONDITIONS[condition][3])))
    return acts


def _venue(draw: _Draw) -> list[Act]:
    return [Act(draw.at_ns, draw.kind, draw.venue())]


def _server(draw: _Draw) -> list[Act]:
    """a: 0 when its sessions go on with their numbers; b: for how long it is gone."""
    return [Act(draw.at_ns, draw.kind, draw.venue(), draw.number(2, "numbers"), draw.long_ns())]


def _process(draw: _Draw) -> list[Act]:
    """a: after how many more effects (0: now); b: pause before the next start."""
    pause_ns = (60, 20, 250, 900)[draw.number(4, "pause")] * MILLISECOND_NS
    return [Act(draw.at_ns, draw.kind, 0, draw.number(24, "effects"), pause_ns)]


def _while(draw: _Draw) -> list[Act]:
    """b: for how long."""
    return [Act(draw.at_ns, draw.kind, 0, 0, draw.long_ns())]


def _clock(draw: _Draw) -> list[Act]:
    """a: how far the calendar steps, in nanoseconds."""
    step_ms = (5, -5, 300, -300, 4_000, -4_000)[draw.number(6, "step")]
    return [Act(draw.at_ns, draw.kind, 0, step_ms * MILLISECOND_NS)]


NOTHING_BOUGHT: Final = ((CONDITION_QUOTA_LOTS, 0),)
# What may be said for a while: conditions with their values, of one market and of all others.
SPECIAL_CONDITIONS: Final[tuple[tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]], ...]] = (
    (((CONDITION_PHASE, PHASE_AUCTION),), ()),
    (((CONDITION_PHASE, PHASE_HALTED),), ()),
    (((CONDITION_LOCKED_SIDE, 1),), ()),
    (((CONDITION_LOCKED_SIDE, -1),), ()),
    (((CONDITION_DAYS_TO_LAST_TRADING, 0),), ()),
    (((CONDITION_DAYS_TO_FIRST_NOTICE, 0),), ()),
    (((CONDITION_CORPORATE_ACTION, 1),), ()),
    (((CONDITION_QUOTA_LOTS, 0),), ()),
    (((CONDITION_SELLABLE_LOTS, 0),), ()),
    (((CONDITION_SELLABLE_LOTS, 0), (CONDITION_BORROW_LOTS, 0)), ()),
    (((CONDITION_SELLABLE_LOTS, 0), (CONDITION_CLOSE_TODAY_LOTS, 0)), ()),
    # What is bought here cannot be sold, what is sold elsewhere not bought back: neither leg can be undone.
    (((CONDITION_SELLABLE_LOTS, 0), (CONDITION_BORROW_LOTS, 0), (CONDITION_CLOSE_TODAY_LOTS, 0)), NOTHING_BOUGHT),
    (((CONDITION_SNAPSHOT_PERIOD_NS, 200 * MILLISECOND_NS),), ()),
    (((CONDITION_SKEW_UNCERTAINTY_NS, 200 * MILLISECOND_NS),), ()),
)
# kind: percent of light histories, percent of heavy ones, most of it in one history, how it is drawn
ACT_TABLE: Final[dict[str, tuple[int, int, int, Callable[[_Draw], list[Act]]]]] = {
    "halt": (8, 15, 1, _market),
    "close": (2, 5, 1, _market),
    "lock": (8, 15, 1, _market),
    "condition": (25, 60, 3, _condition),
    "stop": (1, 18, 1, _venue),
    "cut": (15, 30, 2, _connection),
    "half_close": (4, 10, 1, _connection),
    "black_hole": (3, 8, 1, _connection),
    "fragment": (10, 25, 1, _connection),
    "forget_sessions": (4, 12, 1, _venue),
    "venue_restart": (3, 8, 1, _server),
    "kill": (50, 88, 2, _process),
    "power_cut": (3, 22, 1, _process),
    "hang": (5, 12, 1, _while),
    "clock_step": (8, 15, 1, _clock),
    "disk_stall": (4, 10, 1, _while),
    "disk_full": (4, 10, 1, _while),
    "sync_error": (4, 10, 1, _while),
    "second_engine": (3, 8, 1, _venue),
}


def _rot(draw: _Draw) -> list[Act]:
    """a: which of the safe records, in 1e-3 of them; b: when somebody restores the log."""
    return [Act(draw.at_ns, draw.kind, 0, draw.number(1_000, "record"), draw.long_ns() + 100 * MILLISECOND_NS)]


def _by_hand(draw: _Draw) -> list[Act]:
    """A person's command, a: which kind, b: what it asks for; sometimes another one about it a little later."""
    first = Act(draw.at_ns, draw.kind, draw.venue(), draw.number(4, "command"), draw.number(64, "order"))
    then = draw.number(3, "then")
    after_ns = draw.at_ns + (1, 40)[draw.number(2, "then time")] * MILLISECOND_NS
    return [first] if then == 0 else [first, Act(after_ns, draw.kind, 0, 3 + then)]


# The same for kinds that are drawn from a branch.
LATER_ACT_TABLE: Final[dict[str, tuple[int, int, int, Callable[[_Draw], list[Act]]]]] = {
    "rot": (3, 12, 1, _rot),
    "by_hand": (20, 45, 3, _by_hand),
}


def draw_acts(
    choices: Choices,
    later: Choices,
    strength: str,
    shape: Shape,
    rules: list[list[FaultRule]],
    from_ns: int,
    until_ns: int,
) -> list[Act]:
    """The acts of a history, ascending in time, all of them over by `until_ns`.

    A market whose cancel requests are all lost closes while some of them are waited for.

    Args:
        later: the branch of the kinds that came later.
    """
    acts: list[Act] = []
    for venue, at_venue in enumerate(rules):
        if any(rule.kind == FAULT_LOST and rule.times == FLOOD_ORDERS for rule in at_venue):
            at_ns = from_ns + choices.draw(1_000, "close time") * (until_ns - from_ns) // 1_000
            acts += [Act(at_ns, "close", venue), Act(at_ns + 20 * MILLISECOND_NS, "resume", venue)]
    if strength == "none":
        return acts
    for table, drawn in ((ACT_TABLE, choices), (LATER_ACT_TABLE, later)):
        for kind, (light, heavy, most, how) in table.items():
            percent = heavy if strength == "heavy" else light
            weights = [100 - percent, *(percent // most for _ in range(most))]
            for _ in range(drawn.weighted(weights, kind)):
                at_ns = from_ns + drawn.draw(1_000, f"{kind} time") * (until_ns - from_ns) // 1_000
                acts += how(_Draw(drawn, kind, len(shape.markets), _put_off(kind, at_ns, until_ns)))
    return sorted(act._replace(at_ns=min(act.at_ns, until_ns)) for act in acts)


def _put_off(kind: str, at_ns: int, until_ns: int) -> int:
    """What nearly ends a history comes late in it."""
    if kind == "power_cut":
        # No venue hears of it: sessions are refused until their heartbeats are missed, and little happens then.
        return (at_ns + 2 * until_ns) // 3
    if kind == "stop":
        return (at_ns + 3 * until_ns) // 4
    return at_ns
