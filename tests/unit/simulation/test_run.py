"""One seed is one history: the same log twice, another log for another seed; what is told of it is true."""

from decimal import Decimal

import pytest

from cross_market_connect.audit.summary import summarize
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.records import FEED_EVENT, OPERATOR
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation import run
from cross_market_connect.simulation.naked import naked_units, open_orders_of, positions_of
from cross_market_connect.simulation.run import SETTLE_NS, History, simulate
from cross_market_connect.simulation.world import START_NS

pytestmark = pytest.mark.slow

SPEED = Decimal(10)


def test_the_same_seed_is_the_same_history_and_another_is_another() -> None:
    first, again, other = (simulate(seed, 4.0, SPEED, "heavy", 1) for seed in (2, 2, 3))
    for answer in (first, again):
        del answer["seconds"]
    assert first == again
    assert first["journal_hash"] != other["journal_hash"]
    assert len(first["journal_hash"]) == 64


@pytest.mark.parametrize("seed", [5, 6, 8])
def test_histories_with_heavy_faults_and_kills_end_well(seed: int) -> None:
    answer = simulate(seed, 6.0, SPEED, "heavy", 2)
    assert (answer["journal_ok"], answer["replay_identical"], answer["naked_units_at_end"]) == (True, True, 0)
    assert answer["engine_starts"] == 3
    assert "replay_difference" not in answer


def test_the_answer_is_what_the_log_says() -> None:
    history = History(2, 4.0, SPEED, "heavy", 0)
    history.run()
    answer = simulate(2, 4.0, SPEED, "heavy", 0)
    records = list(LogReader(history.engine.disk, 1).records())
    assert answer["journal_hash"] == records[-1].hash.hex()
    assert answer["records"] == len(records)
    for name, value in summarize(records).as_fields().items():
        assert answer[name] == value
    assert answer["spread_orders"] > 0
    desk = history.engine.running().desk
    positions = positions_of(host.exchange for host in history.exchanges.values())
    assert sum(abs(lots) for lots in positions.values()) > 0, "nothing was held that could differ"
    for instrument in desk.instruments:
        assert positions.get(instrument.symbol, 0) == desk.ledger.position_lots[instrument.index]


def test_both_pairs_trade_in_one_world_with_losses_on_the_lines_and_a_kill() -> None:
    history = History(2, 8.0, SPEED, "heavy", 1, with_gold=True)
    history.run()
    spreads = summarize(LogReader(history.engine.disk, 1).records()).by_spread(["if_hsi", "gold"])
    assert all(found["complete"] + found["unwound"] > 0 for found in spreads.values())
    exchanges = [host.exchange for host in history.exchanges.values()]
    assert naked_units(history.engine.running().desk, positions_of(exchanges), open_orders_of(exchanges)) == 0
    assert history.exchanges["XCEC"].exchange.datagrams_lost > 10
    disk, capture = history.engine.disk, history.engine.capture_disk
    gaps = [r for r in LogReader(disk, 1).records() if r.kind == FEED_EVENT and r.fields()["event"] == "gap"]
    assert gaps
    assert Replayer(disk, capture, history.reference).run().identical


def test_kills_fall_into_equal_shares_of_the_time_and_every_one_is_followed_by_a_start() -> None:
    history = History(4, 8.0, SPEED, "none", 0)
    times: list[tuple[str, int]] = []
    history.plan_kills(
        3,
        lambda: times.append(("kill", history.world.now_ns)),
        lambda: times.append(("start", history.world.now_ns)),
    )
    history.world.run(lambda: False, START_NS + 10**12)
    assert [what for what, _ in times] == ["kill", "start"] * 3
    for number, (_, at_ns) in enumerate(times[::2]):
        share = history.duration_ns // 4
        assert share * number + share // 2 <= at_ns - START_NS < share * number + share // 2 + share
    for (_, killed_ns), (_, started_ns) in zip(times[::2], times[1::2], strict=True):
        assert 50_000_000 <= started_ns - killed_ns < 1_050_000_000


def test_an_engine_that_does_not_stop_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(2, 1.0, SPEED, "none", 0)
    monkeypatch.setattr(run, "SETTLE_NS", 0)
    with pytest.raises(InvariantError, match="seed 2: the engine has not stopped 0 s after its calendar's end"):
        history.run()
    assert SETTLE_NS > 0


def test_an_engine_that_was_dead_when_its_calendar_ended_ends_when_it_is_back() -> None:
    history = History(2, 2.0, SPEED, "none", 0)
    stop_ns = START_NS + history.duration_ns
    history.world.at(stop_ns - 1_000_000, history.engine.kill)
    history.world.at(stop_ns + 500_000_000, history.engine.start)
    history.run()
    (stop,) = [record for record in LogReader(history.engine.disk, 1).records() if record.kind == OPERATOR]
    assert stop.now_ns == stop_ns + 500_000_000
