"""What every start from one configuration on one day has in common.

A real engine makes it once. A simulated history starts its engine several times, and a batch starts the same few
configurations thousands of times, so there the same blueprint serves every start: configurations and tables are frozen,
and nothing that is made here changes while an engine runs. What an engine does change (books, conditions, counters,
sessions) is made anew by each.
"""

from __future__ import annotations

import datetime
from typing import final

from cross_market_connect.config.build import build_day_limits, build_instruments, build_limits, build_margins_e4
from cross_market_connect.config.build_spread import build_spreads
from cross_market_connect.config.models import CALENDAR_UTC_OFFSET_S, Settings, text_sha256
from cross_market_connect.reference.table_reader import date_number
from cross_market_connect.reference.tables import Reference


def trading_date(utc_ns: int) -> int:
    """Date in China and Hong Kong, YYYYMMDD, of a calendar time: decided once, when a run starts."""
    moment = datetime.datetime.fromtimestamp(utc_ns // 1_000_000_000 + CALENDAR_UTC_OFFSET_S, datetime.UTC)
    return date_number(moment.date())


@final
class Blueprint:
    """The parts of a core that configuration, tables and day decide.

    Args:
        day: of the tables, YYYYMMDD.

    Attributes:
        configuration, configuration_sha256: the canonical text, as a record holds it, and its hash in hexadecimal.
        day_limits: see `build_day_limits`.
    """

    def __init__(self, settings: Settings, reference: Reference, day: int) -> None:
        self.settings = settings
        self.reference = reference
        self.day = day
        self.configuration = settings.canonical_json()
        self.configuration_sha256 = text_sha256(self.configuration)
        self.instruments = build_instruments(settings, reference, day)
        self.spreads = build_spreads(settings, self.instruments)
        self.limits = build_limits(settings, self.instruments)
        self.margins_e4 = build_margins_e4(settings, self.instruments)
        self.day_limits = build_day_limits(settings, self.instruments)
