"""Spreads: their definition, and the states of spread orders, leg orders and ladder steps as constants.

A spread has legs with a side (+1/-1), a ratio (how much is traded) and a multiplier (how much its price counts). A
leg counts with multiplier * price * unit factor * FX rate, in the spread's unit and currency; how the legs make the
value is the rule's form. *Buying* the spread (direction +1) trades every leg on its own side; *selling* it (direction
-1) trades every leg on the other.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.costs import LegCosts
from cross_market_connect.domain.execution import Execution
from cross_market_connect.domain.formula import Formula

BUY_SPREAD: Final[i64] = 1
SELL_SPREAD: Final[i64] = -1

# How the legs make the value: bought minus sold; bought over sold; the difference in percent of the reference leg; a
# formula of the configuration.
DIFFERENCE: Final[i64] = 0
RATIO: Final[i64] = 1
PERCENT: Final[i64] = 2
FORMULA: Final[i64] = 3
FORM_NAMES: Final[tuple[str, ...]] = ("difference", "ratio", "percent", "formula")

# Which price of a pricing-only book counts.
QUOTE_MID: Final[i64] = 0
QUOTE_BID: Final[i64] = 1
QUOTE_ASK: Final[i64] = 2
QUOTE_NAMES: Final[tuple[str, ...]] = ("mid", "bid", "ask")

# States of a spread order (套利单). The transition table stands in trading/states.py.
PROPOSED: Final[i64] = 0
REFUSED: Final[i64] = 1
RESERVED: Final[i64] = 2
WORKING: Final[i64] = 3
REPAIRING: Final[i64] = 4
UNWINDING: Final[i64] = 5
COMPLETE: Final[i64] = 6
CANCELLED: Final[i64] = 7
UNWOUND: Final[i64] = 8
RESIDUAL: Final[i64] = 9
HALTED: Final[i64] = 10
SPREAD_STATE_NAMES: Final[tuple[str, ...]] = (
    "proposed",
    "refused",
    "reserved",
    "working",
    "repairing",
    "unwinding",
    "complete",
    "cancelled",
    "unwound",
    "residual",
    "halted",
)

# States of a leg order.
LEG_IDLE: Final[i64] = 0
LEG_PENDING_NEW: Final[i64] = 1
LEG_WORKING: Final[i64] = 2
LEG_PARTLY_FILLED: Final[i64] = 3
LEG_FILLED: Final[i64] = 4
LEG_REJECTED: Final[i64] = 5
LEG_PENDING_CANCEL: Final[i64] = 6
LEG_CANCELLED: Final[i64] = 7
LEG_EXPIRED: Final[i64] = 8
LEG_UNKNOWN: Final[i64] = 9
LEG_STATE_NAMES: Final[tuple[str, ...]] = (
    "idle",
    "pending_new",
    "working",
    "partly_filled",
    "filled",
    "rejected",
    "pending_cancel",
    "cancelled",
    "expired",
    "unknown",
)

# Why a leg order was sent. QUOTE and HEDGE belong to the quoting mode; UNCERTAIN hedges beside an unknown order.
ROLE_INITIAL: Final[i64] = 0
ROLE_RETRY: Final[i64] = 1
ROLE_CHASE: Final[i64] = 2
ROLE_UNWIND: Final[i64] = 3
ROLE_HEDGE: Final[i64] = 4
ROLE_CROSS: Final[i64] = 5
ROLE_ALTERNATIVE: Final[i64] = 6
ROLE_QUOTE: Final[i64] = 7
ROLE_UNCERTAIN: Final[i64] = 8
ROLE_NAMES: Final[tuple[str, ...]] = (
    "initial",
    "retry",
    "chase",
    "unwind",
    "hedge",
    "cross",
    "alternative",
    "quote",
    "uncertain",
)

# Steps of the repair ladder (retry -> chase -> cross -> alternative -> unwind -> carry | halt); the value of a step
# that sends orders is their role.
STEP_RETRY: Final[i64] = 1
STEP_CHASE: Final[i64] = 2
STEP_UNWIND: Final[i64] = 3
STEP_HALT: Final[i64] = 4
STEP_CROSS: Final[i64] = 5
STEP_ALTERNATIVE: Final[i64] = 6
STEP_CARRY: Final[i64] = 7
STEP_NAMES: Final[tuple[str, ...]] = ("none", "retry", "chase", "unwind", "halt", "cross", "alternative", "carry")
ANY: Final[i64] = -1


@final
class SpreadLeg:
    """One traded leg.

    Attributes:
        side: +1 when buying the spread buys this leg.
        ratio_e9: lots of this leg per unit of the spread, in 1e-9; 0 on a later leg means "matched by value".
        multiplier: how much the leg's price counts in the spread's value.
        route: index of the order source (account and gateway) the leg trades through; part of the leg's identity.
        payup_ticks: how far beyond the executable price the first limit goes.
        quote_age_ns_max: an older quote blocks the trigger.
        fx_rate: base currency per unit of the leg's currency, for money; fx_e8 is the same in 1e-8.
        beta_e6: the leg's delta per unit of its value, in 1e-6; hedges are matched in delta.
        unit_factor: what its price becomes in the spread's unit.
        price_fx: spread currency per unit of the leg's currency, as far as it is constant.
        live_rates: pricing legs, by number + 1, whose live rates multiply `price_fx`; a negative one divides it.
        costs: what trading it costs, as looked up for the trading day.
        children_max: orders that the leg's quantity may be split into where it exceeds the venue's largest.
    """

    def __init__(
        self,
        instrument_index: i64,
        side: i64,
        ratio_e9: i64,
        multiplier: float,
        route: i64,
        account: str,
        payup_ticks: i64,
        quote_age_ns_max: i64,
        fx_rate: float,
    ) -> None:
        self.instrument_index: i64 = instrument_index
        self.side: i64 = side
        self.ratio_e9: i64 = ratio_e9
        self.multiplier: float = multiplier
        self.route: i64 = route
        self.account: str = account
        self.payup_ticks: i64 = payup_ticks
        self.quote_age_ns_max: i64 = quote_age_ns_max
        self.fx_rate: float = fx_rate
        self.fx_e8: i64 = i64(int(round(fx_rate * 1e8)))
        self.beta_e6: i64 = 1_000_000
        self.unit_factor: float = 1.0
        self.price_fx: float = fx_rate
        self.live_rates: list[int] = []
        self.costs: LegCosts = LegCosts()
        self.children_max: i64 = 8


@final
class PricingLeg:
    """A live book that counts in the price and is never traded: an FX rate, an index, an input of a formula.

    Attributes:
        name: the currencies it converts, or its name in the formula.
        quote: which of its prices counts, one of QUOTE_*.
        quote_age_ns_max: an older quote blocks the trigger.
        weekend_gate: nothing is opened while its own market is closed, however fresh its quote looks.
    """

    def __init__(self, instrument_index: i64, name: str, quote: i64, quote_age_ns_max: i64, weekend_gate: bool) -> None:
        self.instrument_index: i64 = instrument_index
        self.name: str = name
        self.quote: i64 = quote
        self.quote_age_ns_max: i64 = quote_age_ns_max
        self.weekend_gate: bool = weekend_gate


@final
class LadderStep:
    """One step of the repair ladder, tried `attempts` times before the next.

    Attributes:
        step: one of STEP_*.
        attempts: 0 skips the step (an override may say so).
        payup_ticks: added per attempt to the price that the step starts from.
        slippage_ticks_max: the price never goes further than this from the first limit of the leg.
        deadline_ns: time after which the step is left even with attempts to spare.
        leg, reject_class: of an override: what it is about, ANY where it is not narrowed.
        overrides: other values of this step for a leg, a reject class, or both; the most specific one holds.
    """

    def __init__(self, step: i64, attempts: i64, payup_ticks: i64, slippage_ticks_max: i64, deadline_ns: i64) -> None:
        self.leg: i64 = ANY
        self.reject_class: i64 = ANY
        self.overrides: list[LadderStep] = []
        self.step: i64 = step
        self.attempts: i64 = attempts
        self.payup_ticks: i64 = payup_ticks
        self.slippage_ticks_max: i64 = slippage_ticks_max
        self.deadline_ns: i64 = deadline_ns

    def values_for(self, leg: i64, reject_class: i64) -> LadderStep:
        """The values that hold for a leg behind for this class: an override of leg and class, of the leg, of the class,
        else the step itself."""
        best: LadderStep = self
        best_weight: i64 = 0
        for override in self.overrides:
            if (override.leg != ANY and override.leg != leg) or (
                override.reject_class != ANY and override.reject_class != reject_class
            ):
                continue
            weight: i64 = (2 if override.leg != ANY else 0) + (1 if override.reject_class != ANY else 0)
            if weight > best_weight:
                best = override
                best_weight = weight
        return best


@final
class TriggerRule:
    """When a spread is entered and left, and what must hold for it.

    Attributes:
        buy_enter: buy when the executable buy value is at or below it; buy_exit: sell out at or above it.
        sell_enter: sell when the executable sell value is at or above it; sell_exit: buy back at or below it.
        is_net: values are compared after costs.
        reference_leg: the leg that PERCENT is a percentage of.
        triggers_max: most openings within trigger_interval_ns, a rolling window.
        skew_ns_max: largest distance between the legs' quotes in time, their uncertainty included.
        closing_margin_ns: no opening nearer than this to the end of either leg's session.
        last_trading_days_min, first_notice_days_min: no opening with fewer trading days left than this.
        stop_loss: a position is left when the value has moved against its entry by this much; 0 for never.
        holding_ns_max: a position is left when it is this old, in calendar time; 0 for never.
        exit_from_ns, exit_until_ns: between these times of the local day positions are left and nothing is opened; -1
            for never.
    """

    def __init__(self, form: i64, buy_enter: float, buy_exit: float, sell_enter: float, sell_exit: float) -> None:
        self.form: i64 = form
        self.buy_enter: float = buy_enter
        self.buy_exit: float = buy_exit
        self.sell_enter: float = sell_enter
        self.sell_exit: float = sell_exit
        self.is_net: bool = False
        self.reference_leg: i64 = 0
        self.persistence_ns: i64 = 0
        self.cool_down_ns: i64 = 0
        self.hysteresis: float = 0.0
        self.minimum_lots: i64 = 1
        self.triggers_max: i64 = 60
        self.trigger_interval_ns: i64 = 60_000_000_000
        self.skew_ns_max: i64 = 1_000_000_000
        self.closing_margin_ns: i64 = 0
        self.last_trading_days_min: i64 = 0
        self.first_notice_days_min: i64 = 0
        self.stop_loss: float = 0.0
        self.holding_ns_max: i64 = 0
        self.exit_from_ns: i64 = -1
        self.exit_until_ns: i64 = -1

    def has_forced_exit(self) -> bool:
        """Whether a position may have to be left although its exit threshold is not met."""
        return self.stop_loss > 0.0 or self.holding_ns_max > 0 or self.exit_from_ns >= 0

    def is_timed(self) -> bool:
        """Whether time passing alone may set it off."""
        return self.persistence_ns > 0 or self.holding_ns_max > 0 or self.exit_from_ns >= 0


@final
class SpreadDefinition:
    """A spread as configured: legs, trigger, quantity, ladder.

    Attributes:
        reference_lots: wanted lots of the first leg per spread order; quantities of the others follow by alignment.
        position_lots_max: most lots of the first leg held in either direction.
        tolerance_e6: largest hedge error as a share of the first leg's value, in 1e-6.
        deadline_ns: a spread order ends, balanced or in a person's hands, within this time.
        execution: order types, other ways to trade a leg, and what is done where no ladder helps.
        unit, currency: what one unit of the value is; the unit is empty where the legs' own prices are.
        pricing_legs: live books that only price.
        formula: how the legs make the value when the form is FORMULA.
    """

    def __init__(
        self,
        index: i64,
        name: str,
        version: str,
        legs: list[SpreadLeg],
        rule: TriggerRule,
        ladder: list[LadderStep],
        reference_lots: i64,
        position_lots_max: i64,
        tolerance_e6: i64,
        deadline_ns: i64,
    ) -> None:
        self.index: i64 = index
        self.name: str = name
        self.version: str = version
        self.legs: list[SpreadLeg] = legs
        self.rule: TriggerRule = rule
        self.ladder: list[LadderStep] = ladder
        self.reference_lots: i64 = reference_lots
        self.position_lots_max: i64 = position_lots_max
        self.tolerance_e6: i64 = tolerance_e6
        self.deadline_ns: i64 = deadline_ns
        self.execution: Execution = Execution(len(legs))
        self.unit: str = ""
        self.currency: str = ""
        self.pricing_legs: list[PricingLeg] = []
        self.formula: Formula | None = None
