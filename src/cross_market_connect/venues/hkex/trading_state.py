"""Whether a series is in continuous trading, from Series Status (321) and Market Status (320).

Theory of operation. A series status says of one series whether it is suspended. A market status says in which state a
whole market, an instrument type, a class, an underlying or one series is; of the states that concern a series the one
with the highest priority holds (OMD-D 1.47, sections 3.8.1 and 8.1). A message that names a planned start is a warning
and changes nothing. What nobody has said anything about is taken as open: the engine's own calendar gates the hours,
and a channel may carry no market status at all.

The refresh channel repeats these messages. A snapshot's own `TradingStates` collects them, and `overlay` puts what it
said over what was known.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.wire.omd.omd_d import (
    LEVEL_END_OF_BUSINESS_DAY,
    LEVEL_INSTRUMENT_CLASS,
    LEVEL_INSTRUMENT_SERIES,
    LEVEL_INSTRUMENT_TYPE,
    LEVEL_MARKET,
    LEVEL_UNDERLYING,
    MARKET_STATES,
    NOT_SUSPENDED,
    SERIES_ACTIVE,
)
from cross_market_connect.wire.omd.omd_d_objects import MarketStatus

_UNSAID: Final[i64] = -1
_OPEN: Final[i64] = 0
_SHUT: Final[i64] = 1
_NO_STATE: Final[i64] = 0
_LEVELS: Final[i64] = LEVEL_UNDERLYING + 1  # StateLevel 1 to 5 is the index; 0 is not used
_PRIORITY_MAX: Final[i64] = 255

# States of continuous trading. A cool-off after a volatility trigger trades only inside a band: not for spreads.
_CONTINUOUS: Final[tuple[str, ...]] = (
    "OPEN",
    "OPEN_PL",
    "OPEN_DPL",
    "OPEN_VCM",
    "OPEN_DPL_VCM",
    "RESET_VCM",
    "AHT_OPEN",
    "AHT_OPEN_PL",
)
_IS_CONTINUOUS: Final[vec[i64]] = vec[i64]([1 if name in _CONTINUOUS else 0 for name in MARKET_STATES])
_DAY_END: Final[i64] = MARKET_STATES.index("DAYEND")


@final
class TradingStates:
    """The states of our series, by position in the series table."""

    def __init__(self, series: SeriesTable) -> None:
        self._series: SeriesTable = series
        self._count: i64 = len(series.instruments)
        self._series_status: vec[i64] = vec[i64]([_UNSAID for _ in range(self._count)])
        self._states: vec[i64] = vec[i64]([_UNSAID for _ in range(self._count * _LEVELS)])
        self._priorities: vec[i64] = vec[i64]([0 for _ in range(self._count * _LEVELS)])

    def forget(self) -> None:
        """Back to nothing said."""
        for at in range(self._count):
            self._series_status[at] = _UNSAID
        for place in range(self._count * _LEVELS):
            self._states[place] = _UNSAID

    def on_series_status(self, at: i64, suspension_indicator: i64, series_status: i64) -> None:
        """A Series Status of our series `at`."""
        is_open = suspension_indicator == NOT_SUSPENDED and series_status == SERIES_ACTIVE
        self._series_status[at] = _OPEN if is_open else _SHUT

    def on_market_status(self, status: MarketStatus) -> None:
        """A Market Status, of whatever level."""
        if status.planned_start_date != "" or status.planned_start_time != "":
            return
        if status.state_level == LEVEL_END_OF_BUSINESS_DAY:
            for at in range(self._count):
                self._put(at, LEVEL_MARKET, _DAY_END, _PRIORITY_MAX)
            return
        for at in range(self._count):
            if self._concerns(at, status):
                self._put(at, status.state_level, status.state, status.priority)

    def is_open(self, at: i64) -> bool:
        """Whether series `at` is in continuous trading."""
        if self._series_status[at] == _SHUT:
            return False
        state = _NO_STATE
        priority: i64 = -1
        for level in range(LEVEL_MARKET, _LEVELS):
            place = at * _LEVELS + level
            if self._states[place] > _NO_STATE and self._priorities[place] > priority:
                state = self._states[place]
                priority = self._priorities[place]
        if state == _NO_STATE:
            return True
        return state < i64(len(_IS_CONTINUOUS)) and _IS_CONTINUOUS[state] == 1

    def overlay(self, newer: TradingStates) -> None:
        """Take over what `newer` has been told; what it was not told stays."""
        for at in range(self._count):
            if newer._series_status[at] != _UNSAID:
                self._series_status[at] = newer._series_status[at]
        for place in range(self._count * _LEVELS):
            if newer._states[place] != _UNSAID:
                self._states[place] = newer._states[place]
                self._priorities[place] = newer._priorities[place]

    def _put(self, at: i64, level: i64, state: i64, priority: i64) -> None:
        self._states[at * _LEVELS + level] = state
        self._priorities[at * _LEVELS + level] = priority

    def _concerns(self, at: i64, status: MarketStatus) -> bool:
        series = self._series
        level = status.state_level
        if level == LEVEL_INSTRUMENT_SERIES:
            return status.orderbook_id == series.orderbook_ids[at]
        if level == LEVEL_UNDERLYING:
            return status.commodity_code == series.commodities[at]
        if level < LEVEL_MARKET or level > LEVEL_INSTRUMENT_CLASS or status.market != series.markets[at]:
            return False
        if level >= LEVEL_INSTRUMENT_TYPE and status.instrument != series.groups[at]:
            return False
        return level != LEVEL_INSTRUMENT_CLASS or status.commodity_code == series.commodities[at]
