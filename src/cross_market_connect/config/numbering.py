"""What the indexes of one configuration mean, and which indexes of the next one mean the same.

Records and snapshots name instruments, sources, spreads and legs by their position in the configuration. Things are the
same when their names are: an instrument's symbol, a source's and a spread's name. A source is its account too, and a
spread its legs: instrument, side, ratio, route and account of each, in any order behind the first, by which positions
and hedges are counted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import final

from pydantic import ValidationError

from cross_market_connect.config.build import build_instruments, build_margins_e4
from cross_market_connect.config.models import FixDropCopy, FixSession, Settings
from cross_market_connect.config.spread_models import Spread
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.reference.tables import Reference
from cross_market_connect.trading.renumbering import GONE, Renumbering

RECOVERY = " (recovery)"


@dataclass(frozen=True)
class LegIdentity:
    """What a position on a leg depends on; `ways` are the other ways to trade it: instrument, route, lots per lot."""

    instrument: str
    side: int
    ratio: Decimal | None
    route: str
    account: str

    def __str__(self) -> str:
        ratio = "by value" if self.ratio is None else f"ratio {self.ratio.normalize():f}"
        return f"{self.instrument} side {self.side:+d} {ratio} on {self.route}, account {self.account}"


@final
class Numbering:
    """The names of one configuration on one day, by index.

    Attributes:
        orders, copies: the sources that take orders, and the drop copies; their sequence numbers go on.
        facts: by instrument, what a lot and a tick of it are; margins_e4: one lot's margin. Both empty when the tables
            at hand do not know the configuration's instruments on that day any more.
    """

    def __init__(self, settings: Settings, reference: Reference, day: int) -> None:
        self.settings = settings
        self.instruments = [choice.symbol for choice in settings.instruments]
        self.sources = [source.name for source in settings.source]
        self.sources += [source.name + RECOVERY for _, source, _ in settings.recoveries()]
        self.orders = {source.name: source for source in settings.order_sources()}
        self.copies = {source.name: source for source in settings.source if isinstance(source, FixDropCopy)}
        self.spreads = [spread.name for spread in settings.spread]
        self.legs = [self._legs(spread) for spread in settings.spread]
        self.facts: list[dict[str, object]] = []
        self.margins_e4: list[int] = []
        try:
            instruments = build_instruments(settings, reference, day)
            self.margins_e4 = build_margins_e4(settings, instruments)
            self.facts = [facts_of(instrument) for instrument in instruments]
        except InputError:
            return

    def _legs(self, spread: Spread) -> list[LegIdentity]:
        return [
            LegIdentity(leg.instrument, leg.side, leg.ratio, leg.route, self.orders[leg.route].account)
            for leg in spread.leg
        ]

    def ways(self, spread: int, leg: int) -> list[tuple[str, str, int]]:
        """The ways to trade a leg, its own first: instrument, route, lots that stand for one of the leg."""
        chosen = self.settings.spread[spread].leg[leg]
        own = (chosen.instrument, chosen.route, 1)
        return [
            own,
            *((way.instrument or chosen.instrument, way.route, way.lots_per_lot) for way in chosen.alternative),
        ]

    def steps(self, spread: int) -> list[str]:
        """The ladder's steps."""
        return [step.step for step in self.settings.spread[spread].ladder]


def facts_of(instrument: Instrument) -> dict[str, object]:
    """What positions and prices in lots and ticks depend on."""
    return {
        "contract": instrument.venue_symbol,
        "currency": instrument.currency,
        "price decimals": int(instrument.price_decimals),
        "tick": int(instrument.tick_units),
        "value of a tick": int(instrument.tick_value_e4),
        "lot": int(instrument.quantity_step_lots),
    }


def settings_of(configuration: str) -> Settings:
    """The settings of an earlier run, whatever its tables were. Raises InputError when this version cannot read it."""
    try:
        return Settings.model_validate(json.loads(configuration))
    except ValidationError as error:
        faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise InputError(
            [f"configuration of the earlier runs: {fault}; expected one that this version reads" for fault in faults]
        ) from error


def position_of(name: str, names: list[str]) -> int:
    """Index of a name; GONE when there is none."""
    return names.index(name) if name in names else GONE


def renumbering(old: Numbering, new: Numbering) -> Renumbering:
    """Which index becomes which."""
    to = Renumbering()
    to.instruments = [position_of(symbol, new.instruments) for symbol in old.instruments]
    to.sources = [position_of(name, new.sources) for name in old.sources]
    for at, name in enumerate(old.sources):
        if name in old.orders and account_change(name, old, new) != "":
            to.sources[at] = GONE
    to.spreads = [position_of(name, new.spreads) for name in old.spreads]
    for at, spread in enumerate(to.spreads):
        legs = [] if spread == GONE else same_legs(old.legs[at], new.legs[spread])
        to.legs.append(legs)
        to.steps.append([] if spread == GONE else same_steps(old.steps(at), new.steps(spread)))
        for after, before in enumerate(legs):
            ways = new.ways(spread, after)
            to.ways += [
                (at, before, old.instruments.index(way[0]), old.sources.index(way[1]))
                for way in old.ways(at, before)
                if way in ways
            ]
    to.margin_e4 = [margin_change_e4(at, old, new, to) for at in range(len(old.instruments))]
    to.homes = [home_of(symbol, old) for symbol in old.instruments]
    return to


def account_change(name: str, old: Numbering, new: Numbering) -> str:
    """Why a source that takes orders is another one now; empty when it is not."""
    before, after = old.orders[name], new.orders.get(name)
    if after is None:
        return "removed"
    if (before.venue, before.account) != (after.venue, after.account):
        return f"changed from account {before.account} at {before.venue} to {after.account} at {after.venue}"
    return ""


def session_of(source: FixSession) -> tuple[str, str]:
    """Whose sequence numbers a source's are."""
    return source.sender_comp_id, source.target_comp_id


def same_legs(old: list[LegIdentity], new: list[LegIdentity]) -> list[int]:
    """For each new leg the old one; empty when they are not the same ones with the same first one."""
    found: list[int] = []
    for leg in new:
        at = next((at for at, before in enumerate(old) if before == leg and at not in found), GONE)
        if at == GONE:
            return []
        found.append(at)
    return found if len(found) == len(old) and found[0] == 0 else []


def same_steps(old: list[str], new: list[str]) -> list[int]:
    """For each old step of a ladder the new one; where the ladder has none like it, it begins anew."""
    return [at if at < len(new) and new[at] == step else position_of(step, new) for at, step in enumerate(old)]


def margin_change_e4(at: int, old: Numbering, new: Numbering, to: Renumbering) -> int:
    """By how much one lot's margin has changed; 0 where it is not known."""
    after = to.instruments[at]
    if after == GONE or not old.margins_e4 or not new.margins_e4:
        return 0
    return new.margins_e4[after] - old.margins_e4[at]


def home_of(symbol: str, old: Numbering) -> int:
    """The first route that trades an instrument; GONE for none."""
    for spread in old.settings.spread:
        for leg in spread.ways():
            if leg.instrument == symbol:
                return old.sources.index(leg.route)
    return GONE
