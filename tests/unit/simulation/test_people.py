"""People give commands as at a running engine; what they order is judged like everything else."""

from __future__ import annotations

from cross_market_connect.domain.records import COMMAND_ANSWER, MANUAL_ORDER, OPERATOR, TAKEOVER
from cross_market_connect.domain.spread import RESIDUAL
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.matching.orders import REASON_PERMISSION
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.hosts import SYNC_NS
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.simulation.people import DECISIONS
from cross_market_connect.simulation.plan import MILLISECOND_NS, Plan
from cross_market_connect.simulation.world import START_NS
from cross_market_connect.venues.simulated.faults import ANY_INSTRUMENT, FAULT_REJECT, FaultRule


def records(history: History, kind: int) -> list[dict[str, object]]:
    return [dict(record.fields()) for record in LogReader(history.engine.disk, 1).records() if record.kind == kind]


def test_orders_by_hand_are_sent_amended_cancelled_and_answered() -> None:
    plan = Plan(Choices(0, []), "none")
    kinds = ((0, 1), (4, 0), (0, 0), (5, 0), (1, 1), (2, 4), (3, 0))
    plan.acts = [
        Act((100 + 50 * at) * MILLISECOND_NS, "by_hand", 0, kind, wanted) for at, (kind, wanted) in enumerate(kinds)
    ]
    history = History(plan)
    history.run()
    assert history.judge.violations == []
    answers = records(history, int(COMMAND_ANSWER))
    assert {answer["command"] for answer in answers if answer["accepted"]} >= {
        "single",
        "amend",
        "spread",
        "cancel_all",
    }
    assert all(answer["user"] == "jane" for answer in answers)
    assert len(records(history, int(MANUAL_ORDER))) >= 4


def test_a_person_decides_about_a_halted_spread_order() -> None:
    plan = Plan(Choices(0, []), "none")
    # Some quotes at which the plainest pair triggers, and a venue that forbids what would repair.
    plan.quotes = [
        quote._replace(bids=((9_970, 500),), asks=((9_972, 500),))
        if quote.venue == 0 and quote.at_ns < 10**8
        else quote
        for quote in plan.quotes
    ]
    plan.decides, plan.decides_after = DECISIONS.index("accept"), 0
    rule = FaultRule(int(FAULT_REJECT), b"", ANY_INSTRUMENT)
    rule.first, rule.times, rule.reason = 1, 90, int(REASON_PERMISSION)
    plan.rules[1].append(rule)
    unwinds = FaultRule(int(FAULT_REJECT), b"", ANY_INSTRUMENT)
    unwinds.first, unwinds.times, unwinds.reason = 2, 90, int(REASON_PERMISSION)
    plan.rules[0].append(unwinds)
    history = History(plan)
    history.run()
    decided = records(history, int(TAKEOVER))
    assert decided and all(fields["role"] == "risk_officer" for fields in decided)
    assert any(parent.state == RESIDUAL for parent in history.judge.parents.values())
    assert history.judge.violations == []


def test_what_people_say_waits_while_the_engine_s_log_is_full() -> None:
    plan = Plan(Choices(0, []), "none")
    said_ns, full_ns = 100 * MILLISECOND_NS, 50 * MILLISECOND_NS
    plan.acts = [Act(said_ns, "by_hand", 0, 3, 0)]
    history = History(plan)

    def fill_up() -> None:
        loop = history.engine.loop
        assert loop is not None
        loop.paused, loop.view_due_ns = True, history.world.now_ns + full_ns

    history.world.at(START_NS + said_ns - 1, fill_up)
    history.run()
    (heard, *_) = [record for record in LogReader(history.engine.disk, 1).records() if record.kind == int(OPERATOR)]
    assert START_NS + said_ns + full_ns <= heard.now_ns <= START_NS + said_ns + full_ns + SYNC_NS
    assert [answer["accepted"] for answer in records(history, int(COMMAND_ANSWER))] == [1]
    assert history.judge.violations == []
