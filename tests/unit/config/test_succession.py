"""A restart under another configuration: what is held follows the names, or the start is refused."""

import json
from decimal import Decimal
from typing import Any

import pytest

from cross_market_connect.bootstrap import bare_core, blueprint_at, build_recovered, start_core
from cross_market_connect.config.blueprint import Blueprint
from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.models import Settings
from cross_market_connect.config.settings import from_canonical_json, load
from cross_market_connect.config.succession import Run, restated
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import CONDITIONS, CONFIGURATION, LEG_ORDER
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.recovery import RecoveredRun
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.snapshot import Snapshot
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation.run import SETTLE_NS, History
from cross_market_connect.simulation.world import START_NS
from cross_market_connect.trading.conditions import (
    CONDITION_CORPORATE_ACTION,
    CONDITION_DAYS_TO_LAST_TRADING,
    CONDITION_SELLABLE_LOTS,
)
from cross_market_connect.trading.renumbering import INDEXED_FIELDS
from cross_market_connect.trading.safety import ALL_INSTRUMENTS, instrument_of, route_of
from cross_market_connect.trading.state import desk_fields, desk_state

SECOND = 1_000_000_000
# What the desk's line holds beside what is written in indexes.
PLAIN_FIELDS = {"next_spread_order_id", "alerts", "cancel_only", "commands", "last_ids"}


def edited(settings: Settings, **changes: Any) -> Settings:
    """The settings with other values, read anew from their text."""
    raw = json.loads(settings.canonical_json())
    for place, change in changes.items():
        change(raw[place])
    return Settings.model_validate(raw)


def reordered(settings: Settings) -> Settings:
    """Everything in reverse, with a spread in front that is new."""

    def add(spreads: list[dict[str, Any]]) -> None:
        spreads.reverse()
        spreads.insert(0, {**spreads[0], "name": "added"})

    def limit(rows: list[dict[str, Any]]) -> None:
        rows += [{**row, "name": "added"} for row in rows if row["name"] == settings.spread[-1].name]

    return edited(settings, instruments=list.reverse, source=list.reverse, spread=add, limit=limit)


def world(kills: int = 0) -> History:
    """The demonstration's world with both pairs and every kind of trouble."""
    history = History(3, 5.0, Decimal(10), "heavy", kills, with_gold=True)

    def plain(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row.update({"replay": None} if row["kind"] == "mdp3" else {})

    history.settings = edited(
        history.settings, source=plain, engine=lambda engine: engine.update({"snapshot_every_records": 1_000_000})
    )
    history.engine.settings = history.settings
    return history


@pytest.fixture(scope="module")
def history() -> History:
    history = world()
    history.run()
    return history


@pytest.fixture(scope="module")
def records(history: History) -> list[Record]:
    return list(LogReader(history.engine.disk, 1).records())


def restarted(
    history: History, settings: Settings, records: list[Record], snapshot: Snapshot | None = None
) -> tuple[EngineCore, RecoveredRun]:
    sink = open_log(MemorySegmentStore(1 << 26), "1", 1 << 20, 0, 1)
    blueprint = blueprint_at(settings, history.reference, history.engine.calendar_now())
    core, found = build_recovered(blueprint, sink, None, history.engine.calendar_now(), records, 0, snapshot)
    assert found is not None
    return core, found


def named(core: EngineCore, settings: Settings) -> dict[str, Any]:
    """All that a desk knows, with names for indexes."""
    symbols = [choice.symbol for choice in settings.instruments]
    routes = [source.name for source in settings.source]
    ledger, admission = core.desk.ledger, core.desk.machine.sender.admission
    lines = [json.loads(line) for line in desk_state(core.desk).split("\n")]
    desk = lines[0]
    result: dict[str, Any] = {name: desk[name] for name in PLAIN_FIELDS}
    for name in ("open_ids", "halted_ids", "ended_ids"):
        result[name] = desk[name]
    for name in ("position_lots", "reserved_buy_lots", "reserved_sell_lots"):
        result[name] = {symbol: int(getattr(ledger, name)[at]) for at, symbol in enumerate(symbols)}
    result["margin"] = {route: int(ledger.margin_e4[at]) for at, route in enumerate(routes)}
    result["conditions"] = {symbol: list(core.desk.conditions[at].values) for at, symbol in enumerate(symbols)}
    result["throttles"] = {route: desk["throttles"][at] for at, route in enumerate(routes)}
    result["counts"] = {
        (route, symbol): [int(admission.counters.count(r, i, counter)) for counter in range(4)]
        for r, route in enumerate(routes)
        for i, symbol in enumerate(symbols)
    }
    result["recent"] = [(routes[r.route], symbols[r.instrument], int(r.lots)) for r in admission.duplicates.recent]
    result["external"] = [(routes[int(row[0].split()[0])], row[1:]) for row in desk["external"]]
    result["blocked"] = {
        (routes[route_of(key)], "" if instrument_of(key) == ALL_INSTRUMENTS else symbols[instrument_of(key)]): reason
        for key, reason in core.desk.safety.blocked.items()
    }
    result["spreads"] = {
        spread.name: (lines[1 + at], int(ledger.naked_e4[at]))
        for at, spread in enumerate(settings.spread)
        if spread.name != "added"
    }
    result["orders"] = {fields["id"]: named_order(fields, settings) for fields in lines[1 + desk["spreads"] :]}
    return result


def named_order(fields: dict[str, Any], settings: Settings) -> dict[str, Any]:
    result = {**fields, "spread": settings.spread[fields["spread"]].name}
    result["leg_orders"] = []
    for leg_order in fields["leg_orders"]:
        command = [*leg_order["command"]]
        command[1] = settings.instruments[command[1]].symbol
        result["leg_orders"].append(
            {**leg_order, "command": command, "route": settings.source[leg_order["route"]].name}
        )
    return result


def named_numbers(found: RecoveredRun, settings: Settings) -> dict[str, tuple[int, int]]:
    numbers = found.numbers(len(settings.source))
    return {source.name: numbers[at] for at, source in enumerate(settings.source)}


# ---------------------------------------------------------------------- reordered


@pytest.mark.slow
def test_a_restart_at_any_record_goes_on_equally_in_another_order(history: History, records: list[Record]) -> None:
    """Before the new run's first input, and after what is open was resumed; most ends lie inside a step."""
    other = reordered(history.settings)
    open_orders = 0
    orders = [int(record.seq) for record in records if record.kind == LEG_ORDER]
    for end in [*range(30, len(records), 149), *orders[::4], *(seq + 2 for seq in orders[1::5]), len(records)]:
        results = []
        for settings in (history.settings, other):
            core, found = restarted(history, settings, records[:end])
            before = named(core, settings)
            open_orders += len(core.desk.open_ids)
            core.restart(found.epoch + 1, found.last_seq, "1", "test", history.world.now_ns)
            results.append((before, named(core, settings), named_numbers(found, settings)))
        assert results[0] == results[1], f"end {end}"
    assert open_orders > 4, "no order was open at any end: the test shows nothing"


def test_another_order_and_back_leaves_everything_as_it_was(history: History, records: list[Record]) -> None:
    """Also through a run that was cut before it had said more than its configuration."""
    other = reordered(history.settings)
    for end in (len(records) // 3, len(records) // 2, len(records)):
        begun = configuration_record(records[end - 1], other)
        core, _ = restarted(history, history.settings, [*records[:end], begun])
        expected, _ = restarted(history, history.settings, records[:end])
        assert desk_state(core.desk) == desk_state(expected.desk)


def configuration_record(last: Record, settings: Settings) -> Record:
    """The record with which a run under the settings begins, behind another one."""
    store = MemorySegmentStore(1 << 24)
    log = open_log(store, "1", 1 << 20, 0, 1)
    blueprint = Blueprint(settings, load_reference(), 20210104)
    core = bare_core(blueprint)
    core.sink = core.step.sink = log
    core.start("1", blueprint.configuration_sha256, blueprint.configuration, "me", int(last.now_ns) + 1)
    log.seal()
    (record,) = LogReader(store, 1).records()
    return record


def test_a_snapshot_says_itself_in_whose_numbers_it_speaks(history: History, records: list[Record]) -> None:
    core, _ = restarted(history, history.settings, records)
    core._checkpoint()
    taken = core.take_snapshot()
    assert taken is not None
    other = reordered(history.settings)
    found, _ = restarted(history, other, [], Snapshot(*taken))
    expected, _ = restarted(history, other, records)
    assert named(found, other) == named(expected, other)
    assert sum(abs(lots) for lots in named(found, other)["position_lots"].values()) > 0


def test_equal_configurations_go_the_old_way(
    history: History, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("handed over")

    monkeypatch.setattr("cross_market_connect.config.succession.hand_over", fail)
    text = str(records[0].fields()["configuration"])
    assert from_canonical_json(text, history.reference).canonical_json() == text
    restarted(history, history.settings, records)


def test_every_field_of_the_desks_line_is_known_to_the_renumbering(history: History) -> None:
    """Whoever adds one says whether it speaks in indexes."""
    core = bare_core(Blueprint(history.settings, history.reference, 20210104))
    assert set(desk_fields(core.desk)) == PLAIN_FIELDS | set(INDEXED_FIELDS)


def run_edited(other: Settings, change_back: bool) -> History:
    """Killed twice, started under the other configuration each time, or under the first one again."""
    history = world()
    engine = history.engine

    def start_as(settings: Settings) -> None:
        engine.settings = settings
        engine.start()

    history.world.at(START_NS + 2 * SECOND, engine.kill)
    history.world.at(START_NS + 2 * SECOND + SECOND // 5, lambda: start_as(other))
    history.world.at(START_NS + 3 * SECOND + SECOND // 2, engine.kill)
    after = history.settings if change_back else other
    history.world.at(START_NS + 3 * SECOND + SECOND * 7 // 10, lambda: start_as(after))
    for host in history.exchanges.values():
        host.start()
    engine.start()
    assert history.world.run(history._is_over, START_NS + history.duration_ns + SETTLE_NS)
    assert (engine.start_fault, engine.starts) == ("", 3)
    return history


@pytest.mark.slow
@pytest.mark.parametrize("change_back", [True, False])
def test_runs_in_another_order_trade_on_and_are_decided_again(change_back: bool) -> None:
    history = run_edited(reordered(world().settings), change_back)
    disk = history.engine.disk
    found = list(LogReader(disk, 1).records())
    begun = [int(record.seq) for record in found if record.kind == CONFIGURATION]
    assert any(record.kind == LEG_ORDER and record.seq > begun[1] for record in found)
    result = Replayer(disk, history.engine.capture_disk, history.reference).run()
    assert (result.difference, result.identical, result.runs) == ("", True, 3)


# ---------------------------------------------------------------------- refused


def without(name: str) -> Any:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[:] = [row for row in rows if row.get("name") != name]

    return change


def faults(history: History, settings: Settings, records: list[Record]) -> list[str]:
    with pytest.raises(InputError) as refused:
        restarted(history, settings, records)
    return refused.value.faults


def held(history: History, records: list[Record]) -> str:
    """A spread that holds something at the end."""
    core, _ = restarted(history, history.settings, records)
    for state in core.desk.triggers:
        if not state.position.is_flat():
            return str(state.valuation.definition.name)
    raise AssertionError("nothing is held: the test shows nothing")


def test_what_holds_something_is_not_removed_and_all_of_it_is_named(history: History, records: list[Record]) -> None:
    name = held(history, records)
    spread = next(spread for spread in history.settings.spread if spread.name == name)
    symbols = [leg.instrument for leg in spread.leg]
    others = [one for one in history.settings.spread if one.name != name]
    changed = edited(
        history.settings,
        spread=without(name),
        instruments=lambda rows: rows.__setitem__(slice(None), [row for row in rows if row["symbol"] not in symbols]),
    )
    found = faults(history, changed, records)
    assert len(others) == 1 and len(found) == 1 + len(symbols)
    assert found[0].startswith(f"spread {name}: removed; it holds ") and symbols[0] in found[0]
    for symbol, fault in zip(sorted(symbols), sorted(found[1:]), strict=True):
        assert fault.startswith(f"instrument {symbol}: removed, and it holds a position of ")
    assert all("start with the earlier configuration" in fault for fault in found)


def test_what_holds_nothing_is_removed(history: History, records: list[Record]) -> None:
    first = records[: next(at for at, record in enumerate(records) if record.kind == LEG_ORDER) - 5]
    core, _ = restarted(history, history.settings, first)
    assert not core.desk.orders
    name = history.settings.spread[0].name
    changed = edited(history.settings, spread=without(name))
    after, _ = restarted(history, changed, first)
    assert [state.valuation.definition.name for state in after.desk.triggers] == [
        spread.name for spread in history.settings.spread[1:]
    ]


@pytest.mark.parametrize("field", ["side", "ratio", "instrument"])
def test_a_leg_of_what_holds_something_stays_as_it_is(history: History, records: list[Record], field: str) -> None:
    name = held(history, records)

    def change(spreads: list[dict[str, Any]]) -> None:
        leg = next(spread for spread in spreads if spread["name"] == name)["leg"]
        if field == "side":
            leg[0]["side"], leg[1]["side"] = leg[1]["side"], leg[0]["side"]
        elif field == "ratio":
            leg[0]["ratio"] = "7"
        else:
            leg[0]["instrument"], leg[1]["instrument"] = leg[1]["instrument"], leg[0]["instrument"]

    found = faults(history, edited(history.settings, spread=change), records)
    assert len(found) == 1 and found[0].startswith(f"spread {name}: its legs were ")


def test_an_account_and_an_open_session_stay_as_they_are(history: History, records: list[Record]) -> None:
    """The log ends as a kill leaves it, with the sessions on."""
    cut = records[: len(records) // 2]
    _, recovered = restarted(history, history.settings, cut)
    orders = [one.name for one in history.settings.order_sources()]
    at = next(at for at in sorted(recovered.connected) if history.settings.source[at].name in orders)
    source = history.settings.order_sources()[orders.index(history.settings.source[at].name)]

    def change(rows: list[dict[str, Any]]) -> None:
        rows[at]["sender_comp_id"] = "ANOTHER"

    found = faults(history, edited(history.settings, source=change), cut)
    assert any(f.startswith(f"source {source.name}: another session") and "was not ended" in f for f in found)

    def move(rows: list[dict[str, Any]]) -> None:
        rows[at]["account"] = "other"

    def rename(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if row["scope"] == "account" and row["name"] == source.account:
                row["name"] = "other"

    found = faults(history, edited(history.settings, source=move, limit=rename), cut)
    assert any(f.startswith(f"source {source.name}: changed from account") for f in found)


def test_a_changed_margin_is_reckoned_for_what_is_held(history: History, records: list[Record]) -> None:
    """Else what is given back at the close would not be what was taken."""
    name = held(history, records)
    spread = next(spread for spread in history.settings.spread if spread.name == name)
    symbol, route = spread.leg[0].instrument, spread.leg[0].route

    def change(rows: list[dict[str, Any]]) -> None:
        row = next(row for row in rows if row["symbol"] == symbol)
        row["margin_per_lot"] = "123456"

    other = edited(history.settings, instruments=change)
    before, after = (restarted(history, settings, records)[0] for settings in (history.settings, other))
    at = next(int(one.index) for one in after.instruments if one.symbol == symbol)
    lots = abs(int(after.desk.ledger.position_lots[at]))
    old_e4, new_e4 = (int(core.desk.ledger.margin_per_lot_e4[at]) for core in (before, after))
    number = other.source_index(route)
    grown = int(after.desk.ledger.margin_e4[number]) - int(before.desk.ledger.margin_e4[number])
    assert lots > 0 and new_e4 != old_e4
    assert grown == lots * (new_e4 - old_e4)


# ---------------------------------------------------------------------- what configurations state of the markets


def begun(history: History, settings: Settings, records: list[Record]) -> tuple[EngineCore, list[Record]]:
    """A start behind the records; what it writes, numbered on from them."""
    store = MemorySegmentStore(1 << 26)
    log = open_log(store, "1", 1 << 20, 0, 1)
    clock = history.engine.calendar_now()
    blueprint = blueprint_at(settings, history.reference, clock)
    core, found = build_recovered(blueprint, log, None, clock, records, 0)
    start_core(core, blueprint, "me", history.world.now_ns, found)
    log.seal()
    return core, list(LogReader(store, 1).records())


def stating(settings: Settings, **values: Any) -> Settings:
    return edited(settings, instruments=lambda rows: rows[0].update(values))


def test_what_a_configuration_newly_states_is_recorded_and_holds(history: History, records: list[Record]) -> None:
    """T+1: what may be sold today is edited, and the engine started anew."""
    other = stating(history.settings, sellable_lots=500, corporate_action=True)
    core, written = begun(history, other, records)
    found = [record.fields() for record in written if record.kind == CONDITIONS]
    assert [(f["instrument_index"], f["name"], f["value"]) for f in found] == [
        (0, "corporate_action", 1),
        (0, "sellable_lots", 500),
    ]
    assert {str(f["reason"]) for f in found} == {"stated by the configuration"}
    values = core.desk.conditions[0].values
    assert (values[CONDITION_SELLABLE_LOTS], values[CONDITION_CORPORATE_ACTION]) == (500, 1)
    # The next start states nothing new: what was used up or reported since then stays.
    later, more = begun(history, other, [*records, *written])
    assert [record for record in more if record.kind == CONDITIONS] == []
    assert later.desk.conditions[0].values[CONDITION_SELLABLE_LOTS] == 500
    # What is stated no more is nothing special again.
    last, rest = begun(history, history.settings, [*records, *written])
    assert [record.fields()["value"] for record in rest if record.kind == CONDITIONS] == [0, 10**12]
    assert last.desk.conditions[0].values[CONDITION_CORPORATE_ACTION] == 0


def test_the_days_of_a_contract_go_by_between_two_starts() -> None:
    """The tables know its end, the configuration need not say it: the start of the next day restates what is left."""
    settings, reference = load(DEMO_FILE, require_secrets=False), load_reference()
    run = Run(settings.canonical_json(), 20210104, True)
    last_trading = int(CONDITION_DAYS_TO_LAST_TRADING)
    assert restated([run], Blueprint(settings, reference, 20210104)) == []
    assert restated([run], Blueprint(settings, reference, 20210105)) == [(0, last_trading, 8), (1, last_trading, 17)]
    stated = edited(settings, instruments=lambda rows: rows[0].update({"days_to_last_trading": 5}))
    assert restated([run], Blueprint(stated, reference, 20210104)) == [(0, last_trading, 5)]


def test_a_report_of_the_day_is_not_undone_by_a_start_that_states_the_same(
    history: History, records: list[Record]
) -> None:
    core, _ = restarted(history, history.settings, records)
    store = MemorySegmentStore(1 << 24)
    core.sink = core.step.sink = open_log(store, "1", 1 << 20, 0, 1)
    core.on_condition(1, int(CONDITION_SELLABLE_LOTS), 7, "the venue's report", history.world.now_ns)
    core._checkpoint()
    taken = core.take_snapshot()
    assert taken is not None
    after, found = restarted(history, history.settings, [], Snapshot(*taken))
    assert found.restated == []
    assert after.desk.conditions[1].values[CONDITION_SELLABLE_LOTS] == 7
    # Something else is stated anew: the report stays.
    other, found = restarted(history, stating(history.settings, sellable_lots=5), [], Snapshot(*taken))
    assert found.restated == [(0, int(CONDITION_SELLABLE_LOTS), 5)]
    assert other.desk.conditions[1].values[CONDITION_SELLABLE_LOTS] == 7


def test_a_start_that_was_cut_before_its_conditions_states_them_again(history: History, records: list[Record]) -> None:
    other = stating(history.settings, sellable_lots=500, corporate_action=True)
    _, written = begun(history, other, records)
    assert [record.kind for record in written][:2] == [CONFIGURATION, 8]
    for count in range(1, len(written) - 1):
        core, more = begun(history, other, [*records, *written[:count]])
        stated = [record.fields()["name"] for record in more if record.kind == CONDITIONS]
        assert stated == ["corporate_action", "sellable_lots"], f"cut behind {count}"
        assert core.desk.conditions[0].values[CONDITION_SELLABLE_LOTS] == 500


@pytest.mark.slow
def test_a_history_with_conditions_edited_between_runs_is_decided_again() -> None:
    first = world().settings
    other = edited(first, instruments=lambda rows: rows[-1].update({"borrow_lots": 3, "quota_lots": 9}))
    history = run_edited(other, change_back=True)
    found = [record for record in LogReader(history.engine.disk, 1).records() if record.kind == CONDITIONS]
    assert [record.fields()["value"] for record in found] == [3, 9, 10**12, 10**12]
    result = Replayer(history.engine.disk, history.engine.capture_disk, history.reference).run()
    assert (result.difference, result.identical) == ("", True)
