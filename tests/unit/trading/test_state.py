"""A desk's state as text: reading it back gives the same text, and every part of a traded desk is in it."""

import json

import pytest

from cross_market_connect.trading.counters import DuplicateCheck, RecentOrder
from cross_market_connect.trading.state import (
    desk_state,
    engine_lines,
    from_version_1,
    keep_lines,
    load_desk_state,
    text_hash,
)
from cross_market_connect.trading.trigger import OPEN_BUY
from tests.unit.trading.support import MS, Bench, definition
from tests.unit.trading.venue import FakeVenue


def traded() -> Bench:
    """A desk with one complete order, one unwound, and a halted one."""
    bench = Bench()
    venue = FakeVenue(bench)
    bench.open()
    for command in list(bench.routes.sent):
        venue.fills_all(int(command.client_order_id))
    return bench


def test_reading_the_text_gives_the_same_text() -> None:
    bench = traded()
    text = desk_state(bench.desk)
    fresh = Bench()
    assert desk_state(fresh.desk) != text
    load_desk_state(fresh.desk, text)
    assert desk_state(fresh.desk) == text


def test_positions_orders_and_executions_are_in_it() -> None:
    bench = traded()
    state, trigger, order = (json.loads(line) for line in desk_state(bench.desk).split("\n"))
    assert state["ledger"]["position_lots"] == [3, -3]
    assert trigger["lots"] == [3, -3]
    assert (state["open_ids"], state["ended_ids"], state["next_spread_order_id"]) == ([], [1], 2)
    assert (order["filled"], order["targets"], order["reserved"]) == ([3, 3], [3, 3], False)
    assert [leg["cumulative_lots"] for leg in order["leg_orders"]] == [3, 3]
    assert all(leg["executions"] for leg in order["leg_orders"])


def test_a_late_fill_finds_its_order_after_the_text_was_read() -> None:
    bench = traded()
    fresh = Bench()
    load_desk_state(fresh.desk, desk_state(bench.desk))
    for client_order_id, leg_order in fresh.desk.leg_orders.items():
        assert fresh.desk.owner[client_order_id] == 1
        assert leg_order.command.client_order_id == client_order_id


def test_the_engines_state_is_canonical() -> None:
    one = engine_lines(Bench().desk, {"epoch": 2, "sequence_numbers": {"2": (5, 6), "0": (3, 4)}})
    two = engine_lines(Bench().desk, {"sequence_numbers": {"0": (3, 4), "2": (5, 6)}, "epoch": 2})
    assert one.text() == two.text()
    assert one.text().split("\n")[0] == '{"epoch":2,"sequence_numbers":{"0":[3,4],"2":[5,6]}}'
    assert one.hash() == two.hash() == text_hash(one.text())


def test_the_hash_is_that_of_every_line() -> None:
    lines = engine_lines(traded().desk, {})
    assert len(lines.text().split("\n")) == 4
    assert lines.hash() == text_hash(lines.text()) != engine_lines(Bench().desk, {}).hash()


def test_what_throttles_and_checks_remember_is_in_it() -> None:
    """A third order of the same kind within the window is one too many, whether or not a restart lies between."""
    bench = traded()
    bench.desk.machine.sender.admission.duplicates = DuplicateCheck(2, 60_000 * MS)
    duplicates = bench.desk.machine.sender.admission.duplicates
    duplicates.note(RecentOrder(0, 1, -1, 998, 3, bench.now_ns))
    duplicates.note(RecentOrder(0, 1, -1, 998, 3, bench.now_ns + 1))
    text = desk_state(bench.desk)
    fresh = Bench()
    fresh.desk.machine.sender.admission.duplicates = DuplicateCheck(2, 60_000 * MS)
    load_desk_state(fresh.desk, text)
    assert desk_state(fresh.desk) == text
    loaded = fresh.desk.machine.sender.admission.duplicates
    assert loaded.is_one_too_many(RecentOrder(0, 1, -1, 998, 3, bench.now_ns + 2))
    assert not loaded.is_one_too_many(RecentOrder(0, 1, -1, 999, 3, bench.now_ns + 2))


@pytest.mark.parametrize(("triggers_max", "left"), [(2, [30, 40]), (5, [-60_000 * MS, 10, 20, 30, 40])])
def test_a_rate_that_was_configured_anew_counts_the_newest(triggers_max: int, left: list[int]) -> None:
    spread = definition()
    spread.rule.triggers_max = 4
    spread.rule.trigger_interval_ns = 60_000 * MS
    bench = Bench(spread)
    for time_ns in (10, 20, 30, 40):
        bench.trigger.fired(OPEN_BUY, time_ns)
    text = desk_state(bench.desk)
    spread.rule.triggers_max = triggers_max
    fresh = Bench(spread)
    load_desk_state(fresh.desk, text)
    assert [int(fired) for fired in fresh.trigger.fired_ns] == left
    fresh.trigger.fired(OPEN_BUY, 50)
    assert [int(fired) for fired in fresh.trigger.fired_ns] == [50, *left[1:]], "the oldest makes room"


def test_every_line_is_canonical_json() -> None:
    """Lines of orders are written without the encoder: they must be what it writes, whatever a venue calls a trade."""
    bench = traded()
    leg_order = next(iter(bench.desk.leg_orders.values()))
    leg_order.execution_ids['"\\\xe9\n'.encode("latin-1")] = 2
    bench.desk.orders[1].kept_text = ""
    lines = desk_state(bench.desk).split("\n")
    assert json.loads(lines[-1])["leg_orders"][0]["executions"][-1] == ['"\\\xe9\n', 2]
    for line in lines:
        assert line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))


def test_a_line_that_is_kept_is_the_one_that_would_be_written_now() -> None:
    """After every change a fresh desk that read the text writes the same: no kept line is stale."""
    bench = Bench()
    venue = FakeVenue(bench)
    texts = [desk_state(bench.desk)]
    bench.open()
    texts.append(desk_state(bench.desk))
    for command in list(bench.routes.sent):
        venue.fills_all(int(command.client_order_id))
        texts.append(desk_state(bench.desk))
        fresh = Bench()
        load_desk_state(fresh.desk, texts[-1])
        assert desk_state(fresh.desk) == texts[-1]
    assert len(set(texts)) == len(texts)
    for order in bench.desk.orders.values():
        order.kept_text = ""
    for trigger in bench.desk.triggers:
        trigger.kept_text = ""
    assert desk_state(bench.desk) == texts[-1]


def test_a_state_of_the_version_before_is_read_and_what_it_lacked_is_as_in_a_new_desk() -> None:
    bench = traded()
    desk, trigger, order = (json.loads(line) for line in desk_state(bench.desk).split("\n"))
    for name in ("spreads", "cancel_only", "blocked"):
        del desk[name]
    for name in ("taken_index", "taken_attempts"):
        del order[name]
    trigger["position_lots"] = trigger.pop("lots")
    old = json.dumps({"desk": json.dumps({**desk, "triggers": [trigger], "orders": [order]}), "epoch": 3})
    first, rest = from_version_1(old).split("\n", 1)
    assert json.loads(first) == {"epoch": 3}
    fresh = Bench()
    load_desk_state(fresh.desk, rest)
    assert list(fresh.desk.ledger.position_lots) == [3, -3]
    assert (fresh.desk.orders[1].step_index, fresh.desk.orders[1].taken_index) == (-1, -1)
    assert not fresh.desk.safety.cancel_only


def test_lines_written_ahead_are_those_that_would_be_written_and_never_too_many() -> None:
    bench = traded()
    expected = desk_state(traded().desk)
    (order,) = bench.desk.orders.values()
    keep_lines(bench.desk, 0)
    assert order.kept_text == ""
    keep_lines(bench.desk, 5)
    assert order.kept_text != ""
    assert desk_state(bench.desk) == expected


def test_what_operators_were_answered_is_in_it() -> None:
    """A command that comes again after a restart gets its first answer, and is not carried out a second time."""
    bench, fresh = Bench(), Bench()
    answer = {"accepted": True, "command": "cancel", "orders": [], "result": "done", "trading_days": [1, 2]}
    bench.desk.commands.take_answer("c1", json.dumps(answer))
    load_desk_state(fresh.desk, desk_state(bench.desk))
    assert list(fresh.desk.commands.done) == ["c1"]
    assert desk_state(fresh.desk) == desk_state(bench.desk)
