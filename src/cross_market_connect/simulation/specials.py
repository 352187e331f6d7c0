"""Shops that are made for one question: what the plain catalogue would meet too rarely.

A special is a change of a spread's configuration, and of the firm's limits where they would get in its way. `SPECIALS`
has one row per question; a shape whose number is beyond the plain ones is a plain one with one of these changes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from cross_market_connect.simulation.market import LIVE_CHANNEL
from cross_market_connect.simulation.pair import COMP_ID

# A section of a configuration.
Table = dict[str, Any]
# Lots of the first leg per order, and how many orders a position may hold: rounding adds up over several of them.
UNEVEN_LOTS: Final = 2
UNEVEN_ORDERS: Final = 5
UNEVEN_RATIOS: Final = (Decimal("0.8"), Decimal("0.7"), Decimal("1.3"))
SHORT_AGE_MS: Final = 60
DIFFERENCE: Final = {
    "form": "difference",
    "buy_enter": Decimal(-6),
    "buy_exit": Decimal(2),
    "sell_enter": Decimal(6),
    "sell_exit": Decimal(-2),
}
# What only prices is quoted as often as what is traded.
PRICING_AGE_MS: Final = 120
# A tick is so many percent's share of a price near 10,000.
PERCENT_TICKS: Final = Decimal(100)
COSTS: Final = {
    "effective_from": datetime.date(2021, 1, 1),
    "source": "made up",
    "commission_rate": Decimal("0.00002"),
    "exchange_per_lot": Decimal("0.1"),
}
BEFORE_MIDNIGHT: Final = datetime.time(23, 59, 59)
ROLL_AFTER_NS: Final = 1_000_000_000
OPENED_LOTS_PER_DAY: Final = 12
# Where the trading day ends at local midnight, and where midnight is in the middle of a night session.
ROLLS: Final = ("24:00", "21:00")
MULTICAST_QUOTES: Final = "a_quotes"


def uneven(number: int, raw: Table) -> None:
    """Ratios that whole lots never meet exactly: what rounding leaves behind must be carried."""
    for at, spread in enumerate(raw["spread"]):
        first, *others = spread["leg"]
        first["ratio"] = 1
        for leg in others:
            leg["ratio"] = UNEVEN_RATIOS[(number + at) % len(UNEVEN_RATIOS)] / len(others)
        if len(others) > 1:
            first["ratio"] = 2
        spread["quantity"] = {
            "reference_lots": UNEVEN_LOTS * len(others),
            "position_units_max": UNEVEN_LOTS * UNEVEN_ORDERS,
            "hedge_tolerance_percent": 50,
        }


def short_lived(_number: int, raw: Table) -> None:
    """Quotes that are soon too old, and no other gate in front of that one."""
    for spread in raw["spread"]:
        spread["trigger"].update(skew_ms_max=5_000, cool_down_ms=0)
        spread["quantity"]["position_units_max"] *= 4
        for leg in spread["leg"]:
            leg["quote_age_ms_max"] = SHORT_AGE_MS


def without_limits(raw: Table) -> None:
    """The firm's limits are wide: what bounds an order is the question that the shop is made for."""
    raw["limit"][0].update(position_lots_max=1_000, margin_max=100_000_000, orders_per_second_max=1_000)


def valued(number: int, raw: Table) -> None:
    """Values of other kinds: in percent of a leg, after costs, by a formula."""
    symbols = {leg["instrument"] for spread in raw["spread"] for leg in spread["leg"]}
    kind = ("percent", "net", "formula")[number // len(SPECIALS) % 3]
    for spread in raw["spread"]:
        trigger = spread["trigger"]
        trigger.update(DIFFERENCE)
        if kind == "percent":
            trigger["form"] = "percent"
            for name in DIFFERENCE:
                if name != "form":
                    trigger[name] /= PERCENT_TICKS
            trigger["hysteresis"] = Decimal(0)
        elif kind == "formula":
            trigger["form"] = "formula"
            _by_formula(spread, raw)
    if kind == "net":
        for spread in raw["spread"]:
            spread["trigger"]["costs"] = "net"
        raw["cost"] = [{**COSTS, "instrument": symbol} for symbol in sorted(symbols)]


def _by_formula(spread: Table, raw: Table) -> None:
    """The legs' difference, by a formula; a third market's live price counts in it where there is one."""
    letters = "abcdefgh"[: len(spread["leg"])]
    traded = [leg["instrument"] for leg in spread["leg"]]
    others = [row["symbol"] for row in raw["instruments"] if row["symbol"] not in traded]
    spread["formula"] = " - ".join(letters) + " + (other - middle) / 3"
    spread["inputs"] = {"middle": Decimal(10_000)}
    if others:
        source = next(
            row["name"] for row in raw["source"] if row["kind"] == "fix_quotes" and others[0].startswith(row["venue"])
        )
        live = {"instrument": others[0], "input": "other", "source": source, "quote_age_ms_max": PRICING_AGE_MS}
        spread["pricing_leg"] = [live]
    else:
        spread["inputs"]["other"] = Decimal(10_000)


def rolling(number: int, raw: Table) -> None:
    """The local midnight comes a second after the beginning: some venues' trading day ends there, others go on.

    What may be opened in a day is soon used up, and the next day's is not.
    """
    raw["calendar"]["start"] = BEFORE_MIDNIGHT
    for spread in raw["spread"]:
        spread["trigger"]["minutes_to_close_min"] = 0
        for name in ("exit_from", "exit_until"):
            spread["trigger"].pop(name, None)


def multicast(number: int, raw: Table) -> None:
    """The first market publishes by multicast, whose datagrams are lost, doubled and overtaken; in every second shape
    that asks this it sends again what was missed."""
    has_retransmission = number // len(SPECIALS) % 2 == 1
    raw["source"] = [
        _by_multicast(source, has_retransmission) if source["name"] == MULTICAST_QUOTES else source
        for source in raw["source"]
    ]


def _by_multicast(source: Table, has_retransmission: bool) -> Table:
    service = {"host": "127.0.0.1", "port": 2003, "channel": LIVE_CHANNEL, "username": COMP_ID}
    return {
        "name": source["name"],
        "kind": "omd_d",
        "venue": source["venue"],
        "interface": "127.0.0.1",
        "group": "239.192.10.1",
        "port": 2001,
        "refresh_group": "239.192.10.2",
        "refresh_port": 2002,
        "retransmission": service if has_retransmission else None,
    }


# question and how often it is asked, among those that are asked at all
QUESTIONS: Final[tuple[tuple[Callable[[int, Table], None], int], ...]] = (
    (uneven, 30),
    (short_lived, 40),
    (valued, 10),
    (rolling, 10),
    (multicast, 10),
)
SPECIALS: Final = tuple(question for question, _weight in QUESTIONS)
WEIGHTS: Final = tuple(weight for _question, weight in QUESTIONS)
