"""What is traded in a simulated history: a catalogue of small shops, each built once and used by many seeds.

A shape has two or three markets with one instrument each and one to four spreads over them, which then share
instruments and accounts. Shape 0 is the tame one: a single pair with the plainest ladder. What the others are like is
drawn from their own number, so a shape is the same in every history. Numbers beyond the plain shapes are specials.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from cross_market_connect.config.build import build_instruments
from cross_market_connect.config.build_spread import build_spreads
from cross_market_connect.config.models import OmdD, Settings
from cross_market_connect.config.settings import checked
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.reference.tables import Reference
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.daily import Daily
from cross_market_connect.simulation.market import LIVE_CHANNEL, ORDERBOOK_ID_BASE, REFRESH_CHANNEL
from cross_market_connect.simulation.oracles import MONEY_SCALE, Judge
from cross_market_connect.simulation.pair import (
    ALL_DAY,
    COMP_ID,
    DAY,
    SOURCE_NOTE,
    Market,
    copy_table,
    exchange_settings,
    mic_of,
    reference_of,
    settings_of,
    symbol_of,
)
from cross_market_connect.simulation.specials import (
    OPENED_LOTS_PER_DAY,
    ROLL_AFTER_NS,
    ROLLS,
    SPECIALS,
    Table,
    rolling,
    valued,
    without_limits,
)
from cross_market_connect.simulation.timeline import START_NS
from cross_market_connect.venues.simulated.omd_channels import ChannelSettings
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionServer
from cross_market_connect.venues.simulated.settings import ExchangeSettings
from cross_market_connect.wire.omd.omd_d_messages import OMD_D

SHAPES: Final = 48
# Shapes made for one question, numbered behind the plain ones: every special in so many variants.
SPECIAL_VARIANTS: Final = 6
SPECIAL_SHAPES: Final = SPECIAL_VARIANTS * len(SPECIALS)
PRICE_TICKS: Final = 10_000
START: Final = datetime.time(10, 0)
DAY_NUMBER: Final = DAY.year * 10_000 + DAY.month * 100 + DAY.day
LETTERS: Final = "ABC"
# A ladder whose end is the largest number of orders, not its own.
MANY_ATTEMPTS: Final = 100
HEARTBEAT_S: Final = 2
SNAPSHOT_RECORDS: Final = 60
ENTER: Final = 6
EXIT: Final = 2
HOURS: Final = (("09:00", "11:30"), ("13:00", "16:00"))
# The market that closes in the middle of a history, and when that one begins.
CLOSING_HOURS: Final = (("09:00", "10:00"),)
CLOSING_START: Final = datetime.time(9, 59, 59)
CLOSES_AFTER_NS: Final = 1_000_000_000
# A trading day that goes on through the whole history.
NO_ROLL_NS: Final = 1 << 60
LADDERS: Final = (
    ("retry", "chase", "unwind", "halt"),
    ("chase", "unwind", "halt"),
    ("unwind", "halt"),
    ("retry", "unwind", "halt"),
    ("retry", "chase", "cross", "unwind", "halt"),
    ("chase", "alternative", "unwind", "halt"),
    ("retry", "alternative", "unwind", "carry", "halt"),
    ("chase", "cross", "carry"),
)
LADDER_WEIGHTS: Final = (34, 12, 10, 10, 12, 10, 8, 4)
# Legs of each kind of spread: market, side, lots per unit, how much the price counts.
COMPLETIONS: Final = ("ioc", "limit", "fok", "limit_offset", "market")
PAIRS: Final = ("AB", "BC", "AC", "BA")


class Shape:
    """One shop: its markets, its engine's configuration, its tables.

    Attributes:
        number: in the catalogue.
        markets: in the order of their letters; mics: the same as MICs.
        question: what a special is made for; None for a plain shop.
        settings, reference: what the engine is built from.
        settings_with_snapshots: the same, with a snapshot every few records instead of only at a clean end; said in
            the configuration, by which a replay decides.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        choices = Choices(number) if number else Choices(0, [])
        count = 3 if number and choices.draw(3, "markets") else 2
        self.question = SPECIALS[(number - SHAPES) % len(SPECIALS)] if number >= SHAPES else None
        if self.question is valued:
            # The market that is in no spread gives a price that counts in its value.
            count = len(LETTERS)
        self.markets = [_market(letter, choices) for letter in LETTERS[:count]]
        if self.question is rolling:
            _never_close(number, self.markets)
        self.mics = [mic_of(market.letter) for market in self.markets]
        self.reference: Reference = reference_of(self.markets)
        self.settings: Settings = _settings(number, self.markets, self.reference, choices)
        engine = self.settings.engine.model_copy(update={"snapshot_every_records": SNAPSHOT_RECORDS})
        self.settings_with_snapshots: Settings = self.settings.model_copy(update={"engine": engine})
        self.instruments = build_instruments(self.settings, self.reference, DAY_NUMBER)
        self.definitions = build_spreads(self.settings, self.instruments)
        mics = [str(source.venue) for source in self.settings.source]
        self.venue_of_route = {route: self.mics.index(mic) for route, mic in enumerate(mics)}
        self.naked_limits_e4 = [
            int(limit.naked_value_max * MONEY_SCALE)
            for spread in self.settings.spread
            for limit in self.settings.limit
            if limit.name == spread.name and limit.naked_value_max is not None
        ]

    def exchange(self, venue: int, calendar: CalendarClock, seed: int) -> ExchangeSettings:
        """What the simulated exchange of one market is built from."""
        result = exchange_settings(self.markets[venue], self.reference, self.settings, calendar, seed)
        for source in self.settings.source:
            if isinstance(source, OmdD) and source.venue == self.mics[venue]:
                result.channel = ChannelSettings(LIVE_CHANNEL, REFRESH_CHANNEL, [ORDERBOOK_ID_BASE])
                if source.retransmission is not None:
                    result.recovery = OmdRetransmissionServer(OMD_D, [LIVE_CHANNEL], [COMP_ID])
        return result

    def judge(self) -> Judge:
        """An oracle that knows the spreads and their limits as configured."""
        tick_values = [int(instrument.tick_value_e4) for instrument in self.instruments]
        judge = Judge(self.definitions, self.venue_of_route, [*self.naked_limits_e4], tick_values)
        judge.carrying.position_lots_max = int(self.settings.limit[0].position_lots_max or 0)
        if self.question is rolling:
            ends = [market.trading_day_roll == ROLLS[0] for market in self.markets]
            rolls_ns = {at: START_NS + ROLL_AFTER_NS if end else NO_ROLL_NS for at, end in enumerate(ends)}
            judge.daily = Daily(OPENED_LOTS_PER_DAY, rolls_ns)
        return judge

    def shares_instruments(self) -> bool:
        """Whether several spreads trade the same instruments through the same accounts."""
        return len(self.settings.spread) > 1


_BUILT: dict[int, Shape] = {}


def shape_of(number: int) -> Shape:
    """The shape of that number, built on its first use."""
    if number not in _BUILT:
        _BUILT[number] = Shape(number)
    return _BUILT[number]


def _never_close(number: int, markets: Sequence[Market]) -> None:
    """Markets of 24 hours, one with its trading day's end at midnight, one in the middle of its own, in turn."""
    for at, market in enumerate(markets):
        market.hours = ALL_DAY
        market.trading_day_roll = ROLLS[(number // len(SPECIALS) + at) % len(ROLLS)]
        limit = {"low": PRICE_TICKS // 2, "high": PRICE_TICKS * 2, "source": SOURCE_NOTE}
        market.instrument["price_limit"] = [{"day": day, **limit} for day in (DAY, DAY + datetime.timedelta(days=1))]


def _start_of(markets: Sequence[Market]) -> datetime.time:
    """When a history begins: where a market closes, a little before it does."""
    return CLOSING_START if any(market.hours == CLOSING_HOURS for market in markets) else START


def _market(letter: str, choices: Choices) -> Market:
    name = letter.lower()
    return Market(
        letter,
        accounts=(name, f"{name}_other") if choices.happens(35, "two accounts") else (name,),
        limits=(PRICE_TICKS // 2, PRICE_TICKS * 2),
        hours=((("00:00", "24:00"),), HOURS, CLOSING_HOURS)[choices.weighted((40, 55, 5), "hours")],
        orders_per_second_max=(0, 0, 12, 30)[choices.draw(4, "venue rate")],
        tells_expired_as_cancelled=choices.happens(30, "expired as cancelled"),
    )


def _settings(shape: int, markets: Sequence[Market], reference: Reference, choices: Choices) -> Settings:
    """The engine's configuration. Raises InputError with every fault: the catalogue has none."""
    count = 1 + choices.weighted((22, 36, 25, 17), "spreads")
    raw = _raw(markets, _start_of(markets))
    raw["spread"] = [_spread(number, markets, choices) for number in range(count)]
    question = SPECIALS[(shape - SHAPES) % len(SPECIALS)] if shape >= SHAPES else None
    if question is not None:
        question(shape, raw)
    raw["limit"] = _limits(raw["spread"], choices)
    if question is not None:
        without_limits(raw)
    if question is rolling:
        raw["limit"][0]["opened_lots_per_day_max"] = OPENED_LOTS_PER_DAY
    for source in raw["source"]:
        # A venue that was not told of a death lets nobody in before it misses heartbeats.
        if source["kind"] != "omd_d":
            source["heartbeat_s"] = HEARTBEAT_S
        if source["kind"] == "fix_orders":
            source["acknowledge_timeout_ms"] = (250, 120, 400)[choices.draw(3, "acknowledge")]
            source["time_in_force"] = (["day", "ioc"], ["day"], ["day", "ioc", "fok"])[choices.draw(3, "orders known")]
            source["cancel_on_disconnect"] = choices.happens(40, "cancel on disconnect")
    # Behind all others: the numbers by which orders and quotes go stay what they were.
    orders = [source for source in raw["source"] if source["kind"] == "fix_orders"]
    raw["source"] += [copy_table(source) for source in orders if choices.happens(30, "drop copy")]
    return checked(raw, None, reference, None, [])


def _raw(markets: Sequence[Market], start: datetime.time) -> Table:
    """The sections that do not differ, as `pair.py` has them."""
    plain = settings_of(markets, start, {}, {})
    raw: Table = plain.model_dump(mode="python", exclude={"reference_sha256"}, exclude_none=True, exclude_unset=True)
    return raw


def _spread(number: int, markets: Sequence[Market], choices: Choices) -> Table:
    letters = [market.letter for market in markets]
    pairs = [pair for pair in PAIRS if set(pair) <= set(letters)]
    legs = pairs[number % len(pairs)]
    if len(letters) == 3 and choices.happens(35, "three legs"):
        legs = "ABC"
    others = {market.letter for market in markets if len(market.accounts) > 1}
    ladder = _ladder(choices, bool(others & set(legs)))
    spent = sum(int(step.get("deadline_ms", 0)) for step in ladder)
    units = 2 + choices.draw(5, "units")
    return {
        "name": f"s{number}_{legs.lower()}",
        "version": "1",
        "deadline_ms": spent + 600 + 400 * choices.draw(3, "deadline"),
        "leg": _legs(legs, choices, others if any(step["step"] == "alternative" for step in ladder) else set()),
        "trigger": _trigger(len(legs), choices),
        "quantity": {
            "reference_lots": units * 2 if len(legs) == 3 else units,
            "position_units_max": units * (1 + choices.draw(2, "position")),
            "hedge_tolerance_percent": (5, 20, 50)[choices.draw(3, "tolerance")],
        },
        "ladder": ladder,
        "execution": _execution(choices),
    }


def _execution(choices: Choices) -> Table:
    """What is done where no ladder helps; the first of each is the plain way."""
    return {
        "owner": "desk",
        "unknown_policy": ("person", "hold", "hedge_certain", "hedge_midpoint")[choices.draw(4, "unknown policy")],
        "unknown_hold_ms": 2_000,
        "bust_policy": ("person", "repair")[choices.draw(2, "bust policy")],
        "closed_policy": ("hold", "unwind", "person")[choices.draw(3, "closed policy")],
        "sequence": ("at_once", "slow_first", "arrive_together")[choices.weighted((70, 15, 15), "sequence")],
    }


def _legs(letters: str, choices: Choices, others: set[str]) -> list[Table]:
    """The legs; those whose market is in `others` may be traded through its second account too."""
    by_value = len(letters) == 2 and choices.happens(20, "by value")
    three = len(letters) == 3
    legs: list[Table] = []
    for number, letter in enumerate(letters):
        leg: dict[str, Any] = {
            "instrument": symbol_of(letter),
            "side": 1 if number == 0 else -1,
            "multiplier": Decimal("0.5") if three and number else Decimal(1),
            "route": f"{letter.lower()}_orders",
            "payup_ticks": choices.draw(3, "payup"),
            "quote_age_ms_max": (5_000, 400)[choices.draw(2, "quote age")],
        }
        leg["completion"] = COMPLETIONS[choices.weighted((60, 18, 8, 7, 7), "completion")]
        leg["rest_ms"] = (200, 40)[choices.draw(2, "rest")]
        if leg["completion"] == "limit_offset":
            leg["completion_offset_ticks"] = 1
        leg["one_way_delay_us"] = (0, 300)[choices.draw(2, "one way")]
        if letter in others:
            leg["alternative"] = [{"route": f"{letter.lower()}_other_orders"}]
        if number == 0 or not by_value:
            leg["ratio"] = 2 if three and number == 0 else 1
        legs.append(leg)
    return legs


def _trigger(legs: int, choices: Choices) -> Table:
    is_ratio = legs == 2 and choices.happens(20, "ratio")

    exit_time = {"exit_from": datetime.time(10, 0, 1), "exit_until": datetime.time(10, 0, 2)}

    def at(points: int) -> Decimal:
        return Decimal(1) + Decimal(points) / PRICE_TICKS if is_ratio else Decimal(points)

    return {
        "form": "ratio" if is_ratio else "difference",
        "buy_enter": at(-ENTER),
        "buy_exit": at(EXIT),
        "sell_enter": at(ENTER),
        "sell_exit": at(-EXIT),
        "persistence_ms": (0, 0, 0, 5)[choices.draw(4, "persistence")],
        "cool_down_ms": (0, 0, 20)[choices.draw(3, "cool down")],
        **(exit_time if choices.happens(8, "exit time") else {}),
        "triggers_max": (60, 60, 60, 3)[choices.draw(4, "trigger rate")],
        "trigger_interval_ms": 400,
        "last_trading_days_min": 1,
        "first_notice_days_min": 1,
        "skew_ms_max": (5_000, 200)[choices.draw(2, "skew")],
        "minutes_to_close_min": choices.draw(2, "minutes to close"),
        "hysteresis": Decimal(choices.draw(2, "hysteresis")) / (PRICE_TICKS if is_ratio else 1),
    }


def _ladder(choices: Choices, has_other_way: bool) -> list[Table]:
    """Each ladder ends with a person; what comes before is drawn."""
    steps: dict[str, Table] = {
        "retry": {"attempts": 1 + choices.draw(3, "retries"), "deadline_ms": 300},
        "chase": {
            "attempts": (2, 3, 4, MANY_ATTEMPTS)[choices.weighted((20, 24, 24, 32), "chases")],
            "payup_ticks": 2,
            "slippage_ticks_max": 8,
            "deadline_ms": 500,
        },
        "cross": {"attempts": 2, "payup_ticks": 1, "slippage_ticks_max": 40, "deadline_ms": 300},
        "alternative": {"attempts": 2, "payup_ticks": 1, "slippage_ticks_max": 20, "deadline_ms": 300},
        "unwind": {
            "attempts": 8 + 4 * choices.draw(3, "unwinds"),
            "payup_ticks": 4,
            "slippage_ticks_max": 300,
            "deadline_ms": 1_200,
        },
        "carry": {},
        "halt": {},
    }
    names: tuple[str, ...] = LADDERS[choices.weighted(LADDER_WEIGHTS, "ladder")]
    if not has_other_way:
        names = tuple(name for name in names if name != "alternative")
    return [{"step": name, **steps[name]} for name in names]


def _limits(spreads: Sequence[Table], choices: Choices) -> list[Table]:
    """Wide limits for the firm, and per spread a naked limit that holds one worst state of it and little more."""
    limits: list[Table] = [
        {
            "scope": "firm",
            "order_lots_max": 1_000,
            "order_value_max": 100_000_000,
            "position_lots_max": (1_000, 1_000, 12)[choices.draw(3, "position limit")],
            "naked_value_max": 100_000_000,
            "margin_max": (100_000_000, 100_000_000, 60_000)[choices.draw(3, "margin")],
            "orders_per_second_max": (200, 200, 40)[choices.draw(3, "order rate")],
        }
    ]
    for spread in spreads:
        lots = int(spread["quantity"]["reference_lots"])
        percent = (115, 130, 200)[choices.draw(3, "naked limit")]
        limits.append(
            {
                "scope": "strategy",
                "name": spread["name"],
                "naked_value_max": lots * PRICE_TICKS * percent // 100,
            }
        )
    return limits
