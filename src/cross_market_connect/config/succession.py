"""How a run takes over what earlier runs left under another configuration.

Theory of operation. The records of runs with one configuration are applied to a desk of that configuration
(`engine/recovery.py`), never to another: a record names instruments, sources and spreads by index, and repairs by the
position of a ladder's step. Where the next run's configuration is another one, the desk's state is written as text, as
for a snapshot, the text is renumbered by name, and the next desk begins with it. When something that holds anything
would be lost or misread, the start is refused before anything is written or connected. Where every run has the same
configuration nothing of this happens.

Replay goes the same way from the log alone, so it comes to the same state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, final

from cross_market_connect.config.blueprint import Blueprint, trading_date
from cross_market_connect.config.build import conditions_of
from cross_market_connect.config.holdings import faults_of
from cross_market_connect.config.models import FixSession, InstrumentChoice
from cross_market_connect.config.numbering import Numbering, renumbering, session_of, settings_of
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import CLOCK_SAMPLE, CONDITIONS, CONFIGURATION, DECISION, OPERATOR, RESTART
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.recovery import RecoveredRun
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.snapshot import Snapshot
from cross_market_connect.reference.tables import Reference
from cross_market_connect.trading.renumbering import renumbered
from cross_market_connect.trading.state import desk_state

DeskBuilder = Callable[[Blueprint], EngineCore]
"""A core with the desk of a blueprint, without sources."""


@final
class Run:
    """The records of runs with one configuration.

    Attributes:
        day: of the tables, YYYYMMDD; 0 while it is not known.
        has_begun: the inputs of a start are complete: see `bootstrap.start_core`.
    """

    def __init__(self, configuration: str, day: int = 0, has_begun: bool = False) -> None:
        self.configuration = configuration
        self.day = day
        self.has_begun = has_begun
        self.records: list[Record] = []


def follow(
    recovered: RecoveredRun,
    blueprint: Blueprint,
    snapshot: Snapshot | None,
    records: Iterable[Record],
    desk_of: DeskBuilder,
) -> list[Record]:
    """Take in what earlier runs left; returns the records that a desk of the blueprint's configuration has to apply.

    Raises InputError with everything that the new configuration would lose or misread.
    """
    if snapshot is not None:
        recovered.begin(snapshot)
    runs = runs_of(snapshot, records, blueprint.day)
    recovered.restated = restated(runs, blueprint)
    runs.append(Run(blueprint.configuration, blueprint.day))
    kept: list[Record] = []
    for run, following in zip(runs, runs[1:], strict=False):
        for record in run.records:
            recovered.note(record)
        kept += run.records
        if not is_same(run, following, blueprint):
            hand_over(recovered, run, following, kept, blueprint, desk_of)
            kept = []
    return kept


def runs_of(snapshot: Snapshot | None, records: Iterable[Record], day: int) -> list[Run]:
    """The runs one by one, each with the day of its first clock sample.

    A run that ended before that has decided nothing, and takes the day of the one behind it; the last one `day`.
    """
    runs = [] if snapshot is None else [Run(snapshot.configuration, snapshot.day, True)]
    for record in records:
        if record.kind == CONFIGURATION:
            runs.append(Run(str(record.fields()["configuration"])))
        elif record.kind == CLOCK_SAMPLE and not runs[-1].has_begun:
            runs[-1].has_begun = True
            runs[-1].day = trading_date(int(record.fields()["utc_ns"]))
        runs[-1].records.append(record)
    for run in reversed(runs):
        run.day = run.day or day
        day = run.day
    return runs


def is_same(run: Run, following: Run, blueprint: Blueprint) -> bool:
    """Whether indexes, lots and ticks mean the same in both: one configuration, and tables that say the same of it."""
    if run.configuration != following.configuration:
        return False
    if run.day == following.day:
        return True
    settings = settings_of(run.configuration)
    before, after = (Numbering(settings, blueprint.reference, each.day) for each in (run, following))
    return not before.facts or (before.facts, before.margins_e4) == (after.facts, after.margins_e4)


def hand_over(
    recovered: RecoveredRun,
    run: Run,
    following: Run,
    records: list[Record],
    blueprint: Blueprint,
    desk_of: DeskBuilder,
) -> None:
    """Bring the state behind the run into the numbers of the one that follows."""
    reference = blueprint.reference
    before, after = settings_of(run.configuration), settings_of(following.configuration)
    old, new = Numbering(before, reference, run.day), Numbering(after, reference, following.day)
    if any(is_about_desk(record) for record in records):
        try:
            core = desk_of(Blueprint(before, reference, run.day))
        except InputError as error:
            raise InputError(
                [
                    f"configuration of the earlier runs: {fault}; or start with the earlier configuration and stop"
                    for fault in error.faults
                ]
            ) from error
        recovered.restore(core, records)
        recovered.keep(core)
    to = renumbering(old, new)
    faults = faults_of(recovered.desk, recovered.connected, old, new, to)
    if faults:
        raise InputError(faults)
    if recovered.desk != "":
        fresh = desk_of(Blueprint(after, reference, following.day))
        recovered.desk = renumbered(recovered.desk, desk_state(fresh.desk), to)
    recovered.renumber(to.sources, [at for at, name in enumerate(old.sources) if is_other_session(name, old, new)])


def is_about_desk(record: Record) -> bool:
    """Whether a restart applies the record."""
    return record.record_class == DECISION or record.kind in (RESTART, CONDITIONS, OPERATOR)


def is_other_session(name: str, old: Numbering, new: Numbering) -> bool:
    """Whether a source of the name has the sequence numbers of another session now."""
    before: FixSession | None = old.orders.get(name, old.copies.get(name))
    after: FixSession | None = new.orders.get(name, new.copies.get(name))
    return before is None or after is None or session_of(before) != session_of(after)


# ---------------------------------------------------------------------- what configurations state of the markets


def restated(runs: list[Run], blueprint: Blueprint) -> list[tuple[int, int, int]]:
    """Instrument, condition and value of what the new configuration states otherwise than the last one did, and of
    what the tables know otherwise on the new day: a contract's days go by.

    What was reported since stays where both state the same. A run states something once its start is complete; what an
    instrument is said to be when it is added holds from there on, and is no change.
    """
    stated: dict[str, list[int]] = {}
    latest: dict[str, list[int]] = {}
    of = ("", 0)
    for run in runs:
        if (run.configuration, run.day) != of:
            of = (run.configuration, run.day)
            latest = stated_by(run.configuration, blueprint.reference, run.day)
        stated = dict(latest) if run.has_begun else {**latest, **stated}
    changes: list[tuple[int, int, int]] = []
    if not runs:
        return changes
    for index, choice in enumerate(blueprint.settings.instruments):
        before = stated.get(choice.symbol)
        if before is not None:
            known = conditions_of(choice, blueprint.reference, blueprint.day)
            after = [int(value) for value in known.values]
            changes += [(index, at, value) for at, value in enumerate(after) if value != before[at]]
    return changes


def stated_by(configuration: str, reference: Reference, day: int) -> dict[str, list[int]]:
    """By symbol, the conditions that a configuration states, with what the tables know on that day."""
    raw: dict[str, Any] = json.loads(configuration)
    choices = [
        InstrumentChoice.model_validate({name: row[name] for name in row if name in InstrumentChoice.model_fields})
        for row in raw["instruments"]
    ]
    known = {choice.symbol: conditions_of(choice, reference, day) for choice in choices}
    return {symbol: [int(value) for value in conditions.values] for symbol, conditions in known.items()}
