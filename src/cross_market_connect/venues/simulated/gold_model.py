"""Gold futures for the demonstration: MODELLED quotes of COMEX, and of Shanghai that follow them, from a seed.

No recorded intraday gold quotes ship with the package, so these are invented; every place that shows them says so.
Method:

* COMEX (tick 0.10 USD): 1,912.0 USD an ounce, about where gold stood in the Asian morning of 2021-01-04, plus a walk
  that is pulled back: x' = x - x / 2048 + 0.1 USD n at each quote, with n standard normal, whose standard deviation
  settles at 3.2 USD; quotes every 200 to 500 ms, one or two ticks wide, five levels of 9 to 40 lots a side;
* Shanghai (tick 0.02 CNY) every 500 ms, as its snapshots come: the middle of COMEX's last quote in CNY per gram, at
  6.5249 CNY a USD (central parity of 2020-12-31) and 31.1034768 g a troy ounce, plus a basis. The basis reverts to 0 as
  that of the Hang Seng model does (market_model.py), with a stationary standard deviation of 0.30 CNY; one or two ticks
  wide, 30 to 150 lots a side.

Everything is integer arithmetic, so that the same seed gives the same quotes compiled, interpreted and on any machine.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND, divide_round_half_up
from cross_market_connect.reference.ticks import TickSeries
from cross_market_connect.venues.simulated.market_model import STEPS_MS, SeededIntegers, next_basis_e6

COMEX_LEVELS: Final[i64] = 5
_MILLION: Final[i64] = 1_000_000
_LEVEL_E6: Final[i64] = 1_912 * _MILLION
_PULL: Final[i64] = 2_048
_SHOCK_E6: Final[i64] = 100_000
_COMEX_TICK_E6: Final[i64] = 100_000
_SHANGHAI_TICK_E6: Final[i64] = 20_000
_SHANGHAI_DEVIATION_E6: Final[i64] = 300_000
_SHANGHAI_STEP: Final = STEPS_MS.index(500)
# Half a tick of COMEX is 0.05 USD; times 6.5249, in 1e-6 CNY an ounce, and grams of an ounce in 1e-7.
_HALF_TICK_E6: Final[i64] = 326_245
_OUNCE_E7: Final[i64] = 311_034_768
_TEN_MILLION: Final[i64] = 10_000_000
# Shanghai's chances are not those of COMEX: each venue draws its own.
_SHANGHAI_SEEDS: Final = 1_000_003


def modelled_comex_gold(seed: int, from_utc_ns: int, until_utc_ns: int) -> TickSeries:
    """Quotes of COMEX gold (tick 0.10 USD) from `from_utc_ns` on, none at or after `until_utc_ns`."""
    result = TickSeries()
    random = SeededIntegers(seed)
    offset_e6: i64 = 0
    utc_ns = from_utc_ns
    volume = 0
    while utc_ns < until_utc_ns:
        width: i64 = 1 + random.below(2)
        bid = _bid(_LEVEL_E6 + offset_e6, width, _COMEX_TICK_E6)
        volume += random.below(4)
        last = bid + width if random.below(2) == 1 else bid
        result.append(utc_ns, bid, 9 + random.below(32), bid + width, 9 + random.below(32), last, volume)
        utc_ns += STEPS_MS[random.below(len(STEPS_MS))] * NANOSECONDS_PER_MILLISECOND
        shock_e6: i64 = divide_round_half_up(_SHOCK_E6 * random.normal_e6(), _MILLION)
        offset_e6 += shock_e6 - divide_round_half_up(offset_e6, _PULL)
    return result


def modelled_shanghai_gold(comex: TickSeries, seed: int, until_utc_ns: int) -> TickSeries:
    """Quotes of Shanghai gold (tick 0.02 CNY a gram) every 500 ms from COMEX's first quote on.

    Args:
        comex: what it follows, at least one quote.
        seed: decides the basis, the widths and the quantities.
        until_utc_ns: no quote at or after it.
    """
    result = TickSeries()
    random = SeededIntegers(seed + _SHANGHAI_SEEDS)
    position: i64 = 0
    comex_count: i64 = len(comex)
    basis_e6: i64 = divide_round_half_up(_SHANGHAI_DEVIATION_E6 * random.normal_e6(), _MILLION)
    utc_ns = comex.utc_ns[0]
    volume = 0
    while utc_ns < until_utc_ns:
        while position + 1 < comex_count and comex.utc_ns[position + 1] <= utc_ns:
            position += 1
        fair_e6 = grams_e6(comex.bid_ticks[position] + comex.ask_ticks[position]) + basis_e6
        width: i64 = 1 + random.below(2)
        bid = _bid(fair_e6, width, _SHANGHAI_TICK_E6)
        volume += random.below(10)
        last = bid + width if random.below(2) == 1 else bid
        result.append(utc_ns, bid, 30 + random.below(121), bid + width, 30 + random.below(121), last, volume)
        utc_ns += STEPS_MS[_SHANGHAI_STEP] * NANOSECONDS_PER_MILLISECOND
        basis_e6 = next_basis_e6(basis_e6, _SHANGHAI_STEP, random.normal_e6(), _SHANGHAI_DEVIATION_E6)
    return result


def grams_e6(comex_half_ticks: i64) -> i64:
    """A COMEX price in halves of its tick as 1e-6 CNY a gram."""
    return divide_round_half_up(comex_half_ticks * _HALF_TICK_E6 * _TEN_MILLION, _OUNCE_E7)


def _bid(fair_e6: i64, width: i64, tick_e6: i64) -> i64:
    """The bid in ticks of a quote so many ticks wide around the fair price."""
    return divide_round_half_up(2 * fair_e6 - width * tick_e6, 2 * tick_e6)
