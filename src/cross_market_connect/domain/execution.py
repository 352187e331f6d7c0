"""How the legs of a spread are completed: order types, other ways to trade a leg, what happens where no ladder helps.

All of it is configured per spread; the defaults are the plain way: immediate-or-cancel, no other way, a person decides.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND

# Type of the orders that complete a leg. Where the venue lacks it: fill-or-kill becomes immediate-or-cancel, and
# immediate-or-cancel a limit order that is cancelled after `rest_ns`.
COMPLETE_IOC: Final[i64] = 0
COMPLETE_FOK: Final[i64] = 1
COMPLETE_LIMIT: Final[i64] = 2
COMPLETE_LIMIT_OFFSET: Final[i64] = 3
COMPLETE_MARKET: Final[i64] = 4
COMPLETION_NAMES: Final[tuple[str, ...]] = ("ioc", "fok", "limit", "limit_offset", "market")

# What is done at the spread order's deadline about an order whose state is unknown.
UNKNOWN_PERSON: Final[i64] = 0
UNKNOWN_HOLD: Final[i64] = 1
UNKNOWN_HEDGE_CERTAIN: Final[i64] = 2
UNKNOWN_HEDGE_MIDPOINT: Final[i64] = 3
UNKNOWN_POLICY_NAMES: Final[tuple[str, ...]] = ("person", "hold", "hedge_certain", "hedge_midpoint")

# What is done about a trade that the venue cancelled or corrected.
BUST_PERSON: Final[i64] = 0
BUST_REPAIR: Final[i64] = 1
BUST_POLICY_NAMES: Final[tuple[str, ...]] = ("person", "repair")

# What is done when the market of a leg that is behind is closed: wait when it reopens in time (else unwind), unwind at
# once, or hand over.
CLOSED_HOLD: Final[i64] = 0
CLOSED_UNWIND: Final[i64] = 1
CLOSED_PERSON: Final[i64] = 2
CLOSED_POLICY_NAMES: Final[tuple[str, ...]] = ("hold", "unwind", "person")

# How the legs' first orders are timed. A leg that cannot be undone goes last in any case.
AT_ONCE: Final[i64] = 0
SLOW_FIRST: Final[i64] = 1
ARRIVE_TOGETHER: Final[i64] = 2
SEQUENCE_NAMES: Final[tuple[str, ...]] = ("at_once", "slow_first", "arrive_together")

DEFAULT_REST_NS: Final[i64] = 200 * NANOSECONDS_PER_MILLISECOND


@final
class Alternative:
    """Another way to trade a leg: an account or gateway, or a substitute instrument.

    Attributes:
        instrument_index: the leg's own, or the substitute's.
        lots_per_lot: lots of the substitute that stand for one lot of the leg; 1 for the same instrument.
        is_elsewhere: what it trades is not held where the leg is held, so a person ends the position: the account
            or the instrument differs.
    """

    def __init__(self, instrument_index: i64, route: i64, account: str, lots_per_lot: i64, is_elsewhere: bool) -> None:
        self.instrument_index: i64 = instrument_index
        self.route: i64 = route
        self.account: str = account
        self.lots_per_lot: i64 = lots_per_lot
        self.is_elsewhere: bool = is_elsewhere


@final
class LegExecution:
    """How one leg's orders are sent.

    Attributes:
        completion: one of COMPLETE_*.
        completion_offset_ticks: for COMPLETE_LIMIT_OFFSET: this far on the passive side of the limit price.
        rest_ns: how long an order that rests is left before its cancel is sent.
        alternatives: tried in their order by the ladder's step "alternative".
        is_quoting: the leg works a resting order in the market; the others hedge its fills.
        one_way_delay_ns: from our send to the venue's matching.
        limit_distance_ticks_min: nearer than this to the day's price limit the leg counts as not to be undone.
    """

    def __init__(self) -> None:
        self.completion: i64 = COMPLETE_IOC
        self.completion_offset_ticks: i64 = 0
        self.rest_ns: i64 = DEFAULT_REST_NS
        self.alternatives: list[Alternative] = []
        self.is_quoting: bool = False
        self.one_way_delay_ns: i64 = 0
        self.limit_distance_ticks_min: i64 = 0


@final
class Quoting:
    """How quoting legs quote.

    Attributes:
        lean_lots_min: a hedging leg must show at least this depth.
        inside_slop_ticks, outside_slop_ticks: the quote stays while its price should be no further inside (better for
            the market) or outside (worse) than this.
        requote_ns_min: a quote moves in no earlier than this after it was sent; it moves out at once.
    """

    def __init__(self) -> None:
        self.lean_lots_min: i64 = 0
        self.inside_slop_ticks: i64 = 0
        self.outside_slop_ticks: i64 = 0
        self.requote_ns_min: i64 = 0


@final
class Execution:
    """How a spread's orders are executed, beside its ladder.

    Attributes:
        legs: one per leg.
        owner: who carries what the ladder leaves naked; named in the alert. Needed by the steps "carry" and
            "alternative".
        unknown_policy, bust_policy, closed_policy: one of UNKNOWN_*, BUST_*, CLOSED_*.
        unknown_hold_ns: how long UNKNOWN_HOLD waits beyond the deadline for evidence before a person takes over.
        quoting: the spread quotes; None: it takes what it sees.
        sequence: one of AT_ONCE, SLOW_FIRST, ARRIVE_TOGETHER.
        undo_margin_ns: with less time to a leg's close than this nothing can be undone there; 0: no matter.
        naked_budget_e4, budget_owner: value of legs that cannot be undone which may stay overnight, and whose that is.
        waits_in_flight: quoting mode: no hedge is sent while another of its leg can still fill; else each fill is
            hedged at once, beside those under way.
        keeps_queue_price: quoting mode: hedges go at the price that the quote counted on, beside those that rest at it;
            else at what the depth asks for at the fill.
        hedge_lots_min: quoting mode: a smaller deficit waits for more while the quote lives.
        quote_life_ns: quoting mode: after this a quote is cancelled; 0 for the spread's deadline.
        over_hedge_lots_max: lots by which hedges under way may exceed a deficit (quoting mode "attempt").
    """

    def __init__(self, leg_count: i64) -> None:
        self.legs: list[LegExecution] = [LegExecution() for _ in range(leg_count)]
        self.owner: str = ""
        self.unknown_policy: i64 = UNKNOWN_PERSON
        self.unknown_hold_ns: i64 = 0
        self.bust_policy: i64 = BUST_PERSON
        self.closed_policy: i64 = CLOSED_HOLD
        self.waits_in_flight: bool = False
        self.keeps_queue_price: bool = False
        self.hedge_lots_min: i64 = 1
        self.quote_life_ns: i64 = 0
        self.over_hedge_lots_max: i64 = 0
        self.quoting: Quoting | None = None
        self.sequence: i64 = AT_ONCE
        self.undo_margin_ns: i64 = 0
        self.naked_budget_e4: i64 = 0
        self.budget_owner: str = ""
