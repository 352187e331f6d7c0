"""A hand cancel of a quoting spread's quotes stops the quoting until a person enables it again."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.records import ALERT, GATE, TAKEOVER, TRIGGER
from cross_market_connect.trading.gates import GATE_PAUSED
from cross_market_connect.trading.state import desk_state, load_desk_state
from tests.unit.trading.support import SECOND
from tests.unit.trading.test_operators import Counter, operators_of, restored
from tests.unit.trading.test_quoting import QUOTES, quoting
from tests.unit.trading.venue import FakeVenue


def quoted_by() -> tuple[Counter, int]:
    """A counter whose spread has a quote at rest."""
    counter = Counter()
    bench = quoting()
    counter.bench, counter.venue, counter.operators = bench, FakeVenue(bench), operators_of(bench)
    bench.set_quotes(*QUOTES)
    quote = int(bench.routes.sent[0].client_order_id)
    counter.venue.say(counter.venue.acknowledge(quote))
    return counter, quote


COMMANDS = [
    {"command": "cancel"},
    {"command": "cancel_all", "scope": "all"},
    {"command": "cancel_all", "scope": "spread", "name": "bench"},
    {"command": "cancel_all", "scope": "route", "name": "r0"},
    {"command": "cancel_all", "scope": "instrument", "name": "XV00.I0"},
    {"command": "pause", "spread": "bench", "reason": "news"},
]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_quote_is_put_in_the_place_of_one_that_a_person_took_off(command):
    counter, quote = quoted_by()
    bench = counter.bench
    fields = {**command, "order": quote} if command["command"] == "cancel" else command
    answer = counter.give(**fields)
    assert answer["accepted"] and "paused until enabled again: bench" in answer["result"], answer
    assert bench.routes.cancelled == [quote]
    counter.venue.cancels(quote)
    for _ in range(3):
        bench.wait(SECOND)
        bench.set_quotes(*QUOTES)
    assert len(bench.routes.sent) == 1 and bench.trigger.gate == GATE_PAUSED
    assert [row["gate"] for row in bench.log.of(GATE)] == ["paused"]
    assert [str(row["code"]) for row in bench.log.of(ALERT)].count("spread_paused") == 1
    [row] = bench.log.of(TAKEOVER)
    assert (row["spread_index"], row["user"], row["decision"]) == (0, "ann", 5)
    enabled = counter.give(role="risk_officer", command="re_enable", spread="bench", reason="calm")
    assert enabled["accepted"]
    bench.set_quotes(*QUOTES)
    assert len(bench.routes.sent) == 2


def test_a_cancel_between_two_quotes_pauses_as_well():
    counter, quote = quoted_by()
    counter.give(command="cancel_all", scope="all")
    counter.venue.cancels(quote)
    assert counter.give(role="risk_officer", command="re_enable", spread="bench", reason="calm")["accepted"]
    answer = counter.give(command="cancel_all", scope="all")
    assert answer["result"] == "nothing rested; paused until enabled again: bench"
    counter.bench.set_quotes(*QUOTES)
    assert len(counter.bench.routes.sent) == 1


def test_what_has_filled_is_hedged_and_a_forced_exit_still_goes():
    counter, quote = quoted_by()
    bench = counter.bench
    counter.give(command="pause", spread="bench", reason="news")
    counter.venue.fills_all(quote)
    assert len(bench.routes.sent) == 2
    counter.venue.fills_all(int(bench.routes.sent[1].client_order_id))
    assert list(bench.trigger.position_lots) == [3, -3]
    bench.set_quotes((1020, 1021), (1000, 1001))
    assert len(bench.routes.sent) == 2, "no exit is quoted"
    bench.spread.rule.stop_loss = 5.0
    bench.set_quotes((980, 981), (1000, 1001))
    assert bench.log.of(TRIGGER)[-1]["rule"] == "close_sell stop_loss"


def test_a_spread_that_does_not_quote_is_paused_by_the_command_alone():
    counter = Counter()
    assert counter.give(command="cancel_all", scope="all")["result"] == "nothing rested"
    answer = counter.give(command="pause", spread="bench", reason="news")
    assert answer["result"] == "paused until enabled again: bench"
    refused = counter.give(command="pause", spread="bench", reason="news")
    assert refused["reasons"] == ["spread: bench is paused already"]
    assert counter.give(command="pause", spread="x", reason="news")["reasons"] == ["spread: x; expected one of bench"]
    counter.bench.set_quotes((999, 1000), (1000, 1001))
    assert counter.bench.routes.sent == []
    assert not counter.give(role="auditor", command="pause", spread="bench", reason="news")["accepted"]


def test_a_restart_knows_the_pause_by_records_and_by_snapshot():
    counter, _ = quoted_by()
    counter.give(command="pause", spread="bench", reason="news")
    text = desk_state(counter.bench.desk)
    fresh = quoting()
    load_desk_state(fresh.desk, text)
    assert fresh.trigger.paused_by == "ann" and desk_state(fresh.desk) == text
    from_records = restored(counter, len(counter.bench.log.records))
    assert from_records.bench.trigger.paused_by == "ann"
    fresh.log.records = list(counter.bench.log.records)
    fresh.set_quotes(*QUOTES)
    assert fresh.routes.sent == []
