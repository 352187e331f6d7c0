"""Blueprints of the configurations that a batch uses, each made once."""

from __future__ import annotations

from typing import Final

from cross_market_connect.bootstrap import blueprint_at
from cross_market_connect.config.blueprint import Blueprint, trading_date
from cross_market_connect.config.models import Settings
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.reference.tables import Reference

# More than the catalogue of shapes holds, with and without snapshots.
KEPT_MAX: Final = 128

# By identity: a blueprint holds on to its configuration, which is frozen.
_MADE: Final[dict[int, Blueprint]] = {}


def blueprint_of(settings: Settings, reference: Reference, clock: CalendarClock) -> Blueprint:
    """The blueprint of a start at the clock's anchor; made when the last one of this configuration does not fit."""
    found = _MADE.pop(id(settings), None)
    if found is None or found.reference is not reference or found.day != trading_date(int(clock.anchor_utc_ns)):
        found = blueprint_at(settings, reference, clock)
    if len(_MADE) >= KEPT_MAX:
        del _MADE[next(iter(_MADE))]
    _MADE[id(settings)] = found
    return found
