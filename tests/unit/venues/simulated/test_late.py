"""Faults that lie, stay silent or act later, on the wire: what the client reads and what the ledger holds."""

import pytest

from cross_market_connect.matching.orders import (
    REASON_HALTED,
    REASON_LIMIT_LOCKED,
    REASON_MARKET_CLOSED,
    REASON_THROTTLED,
)
from cross_market_connect.venues.simulated.faults import FaultRule, rule_from_fields
from tests.unit.venues.simulated.test_exchange import MILLISECOND, Client, Host, picked, settings


def rule(fault: str, **fields: object) -> FaultRule:
    return rule_from_fields({"fault": fault, "account": "A1", **fields})


def host_with(*rules: FaultRule) -> tuple[Host, Client, Client]:
    """An exchange where A2 offers 5 at 5200.0, with rules for A1."""
    chosen = settings()
    chosen.rules = list(rules)
    host = Host(chosen)
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    other.order("o1", "2", 5, "5200.0")
    other.take()
    return host, engine, other


def seen(lines: list[dict[str, str]]) -> list[str]:
    return [picked(line, "35 11 150 39 32 151 14") for line in lines]


BUY_FIVE = ("e1", "1", 5, "5200.0", "3")


def query(client: Client, client_id: str) -> list[dict[str, str]]:
    return client.send(f"35=H|11={client_id}|55=IF2101|54=1")


def test_a_lost_order_is_unknown_and_a_silent_one_is_not() -> None:
    host, engine, _ = host_with(rule("lost"), rule("silent", first=2))
    assert engine.order(*BUY_FIVE) == []
    assert seen(query(engine, "e1")) == ["35=8|11=e1|150=I|39=8|151=0|14=0"]
    assert engine.order("e2", *BUY_FIVE[1:]) == []
    assert seen(query(engine, "e2")) == ["35=8|11=e2|150=I|39=2|151=0|14=5"]
    assert host.position(b"A1") == 5


@pytest.mark.parametrize(("reports", "kinds"), [(1, ["F", "C"]), (2, ["0", "C"]), (4, ["0", "F"]), (6, ["0"]), (7, [])])
def test_each_report_can_be_kept_back(reports: int, kinds: list[str]) -> None:
    _, engine, _ = host_with(rule("silent", reports=reports))
    assert [line["150"] for line in engine.order("e1", "1", 7, "5200.0", "3")] == kinds


def test_a_held_order_is_pending_until_it_enters_the_market() -> None:
    host, engine, _ = host_with(rule("hold", delay_ns=300 * MILLISECOND))
    assert engine.order(*BUY_FIVE) == []
    host.advance(299 * MILLISECOND)
    assert seen(query(engine, "e1")) == ["35=8|11=e1|150=I|39=A|151=5|14=0"]
    assert [picked(line, "35 39 102") for line in engine.cancel("c1", "e1")] == ["35=9|39=A|102=2"]
    host.advance(1 * MILLISECOND)
    assert [line["150"] for line in engine.take()] == ["0", "F"]
    assert host.position(b"A1") == 5


def test_reports_come_twice_or_in_reverse_with_their_own_ids() -> None:
    _, engine, _ = host_with(rule("twice"), rule("reversed", first=2))
    twice = engine.order("e1", "1", 1, "5200.0", "3")
    assert [picked(line, "150 17") for line in twice] == ["150=0|17=2", "150=0|17=2", "150=F|17=4", "150=F|17=4"]
    assert [line["150"] for line in engine.order("e2", "1", 1, "5200.0", "3")] == ["F", "0"]


def test_an_order_may_live_though_it_was_refused() -> None:
    host, engine, _ = host_with(rule("reject_live", reason="halted"))
    first, *rest = engine.order(*BUY_FIVE)
    assert picked(first, "150 39 58") == "150=8|39=8|58=E0003 market halted for this series"
    assert [line["150"] for line in rest] == ["0", "F"]
    assert host.position(b"A1") == 5


def test_a_fill_is_told_after_the_end_and_leaves_the_status() -> None:
    host, engine, _ = host_with(rule("partial", fill_lots=2), rule("late_fill", delay_ns=50 * MILLISECOND, fill_lots=1))
    assert seen(engine.order(*BUY_FIVE))[-1] == "35=8|11=e1|150=C|39=C|151=0|14=2"
    host.advance(49 * MILLISECOND)
    assert engine.take() == []
    host.advance(1 * MILLISECOND)
    assert seen(engine.take()) == ["35=8|11=e1|150=F|39=C|32=1|151=0|14=3"]
    assert host.position(b"A1") == 3


def test_a_cancel_is_acknowledged_and_the_fill_before_it_comes_after_it() -> None:
    host, engine, _ = host_with(rule("late_fill", message="cancel", delay_ns=MILLISECOND))
    engine.order("e1", "1", 5, "5199.0")
    assert seen(engine.cancel("c1", "e1")) == ["35=8|11=c1|150=4|39=4|151=0|14=0"]
    host.advance(MILLISECOND)
    assert seen(engine.take()) == ["35=8|11=e1|150=F|39=2|32=5|151=0|14=5"]
    assert host.position(b"A1") == 5


def test_a_cancel_may_be_refused_lost_or_come_too_late() -> None:
    host, engine, _ = host_with(
        rule("reject", message="cancel", reason="busy"),
        rule("lost", message="cancel", first=2),
        rule("fill_first", message="cancel", first=3, fill_lots=2),
        rule("fill_first", message="cancel", first=4),
    )
    engine.order("e1", "1", 5, "5199.0")
    assert [picked(line, "35 39 102") for line in engine.cancel("c1", "e1")] == ["35=9|39=0|102=2"]
    assert engine.cancel("c2", "e1") == []
    assert seen(engine.cancel("c3", "e1")) == [
        "35=8|11=e1|150=F|39=1|32=2|151=3|14=2",
        "35=8|11=c3|150=4|39=4|151=0|14=2",
    ]
    engine.order("e2", "1", 4, "5199.0")
    assert [picked(line, "35 150 102") for line in engine.cancel("c4", "e2")] == ["35=8|150=F", "35=9|102=0"]
    assert host.position(b"A1") == 6


def test_a_bust_and_a_correction_lower_the_total_and_name_the_trade() -> None:
    host, engine, other = host_with(
        rule("bust", delay_ns=MILLISECOND), rule("correct", first=2, delay_ns=MILLISECOND, fill_lots=1)
    )
    trade = engine.order("e1", "1", 2, "5200.0", "3")[1]
    host.advance(MILLISECOND)
    bust = engine.take()
    assert [picked(line, "150 39 14 151 32") for line in bust] == ["150=H|39=4|14=0|151=0|32=2"]
    assert bust[0]["19"] == trade["17"]
    assert (host.position(b"A1"), host.position(b"A2")) == (0, 0)
    engine.order("e2", "1", 3, "5200.0", "3")
    host.advance(MILLISECOND)
    assert [picked(line, "150 14 32") for line in engine.take()] == ["150=G|14=1|32=1"]
    assert (host.position(b"A1"), host.position(b"A2")) == (1, -1)


def test_an_immediate_order_may_rest_and_a_hand_may_fill_it() -> None:
    host, engine, _ = host_with(rule("rests"))
    assert seen(engine.order("e1", "1", 7, "5200.0", "3"))[-1] == "35=8|11=e1|150=F|39=1|32=5|151=2|14=5"
    order = host.exchange.matching.find(host.exchange.participant(b"A1"), b"e1")
    assert order is not None and order.is_open()
    host.exchange.fill(order, 2, host.now_ns, host.utc_ns)
    assert seen(engine.take()) == ["35=8|11=e1|150=F|39=2|32=2|151=0|14=7"]


def test_a_question_may_be_refused() -> None:
    _, engine, _ = host_with(rule("reject", message="query", reason="busy"))
    engine.order("e1", "1", 5, "5199.0")
    assert [picked(line, "35 372 380") for line in query(engine, "e1")] == ["35=j|372=H|380=4"]
    assert [line["150"] for line in query(engine, "e1")] == ["I"]


def test_a_session_has_its_orders_per_second_and_no_more() -> None:
    chosen = settings()
    chosen.clients[0].orders_per_second_max = 2
    host = Host(chosen)
    engine = host.client(1, "ENGINE")

    def reasons(count: int) -> list[int]:
        for _ in range(count):
            engine.order(f"e{len(engine_orders())}", "1", 1, "5199.0")
        return [int(order.reason) for order in engine_orders()[-count:]]

    def engine_orders() -> list[object]:
        return list(host.exchange.ledger.holdings[host.exchange.participant(b"A1")].orders.values())

    assert reasons(3) == [0, 0, REASON_THROTTLED]
    host.advance(999 * MILLISECOND)
    assert reasons(1) == [REASON_THROTTLED]
    host.advance(MILLISECOND)
    assert reasons(2) == [0, 0]


def test_the_hand_of_a_host_moves_the_market() -> None:
    host, engine, _ = host_with()
    exchange = host.exchange

    def why(client_id: str) -> int:
        engine.order(client_id, "1", 1, "5190.0")
        order = exchange.matching.find(exchange.participant(b"A1"), client_id.encode())
        assert order is not None
        return int(order.reason)

    exchange.halt(0, host.now_ns, host.utc_ns)
    assert why("e1") == REASON_HALTED
    exchange.resume(0, host.now_ns, host.utc_ns)
    exchange.lock(0, 1, host.now_ns, host.utc_ns)
    assert why("e2") == REASON_LIMIT_LOCKED
    exchange.lock(0, 0, host.now_ns, host.utc_ns)
    assert why("e3") == 0
    exchange.close(0, host.now_ns, host.utc_ns)
    assert [picked(line, "150 58") for line in engine.take()] == ["150=C|58=E0083 end of trading day"]
    assert why("e4") == REASON_MARKET_CLOSED
    exchange.disconnect(1, host.now_ns, host.utc_ns)
    assert exchange.closing() == [1]


@pytest.mark.parametrize("cancels", [True, False])
def test_a_held_order_ends_with_its_session_where_orders_do(cancels: bool) -> None:
    chosen = settings()
    chosen.rules = [rule("hold", delay_ns=300 * MILLISECOND)]
    chosen.clients[0].cancel_on_disconnect = cancels
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    assert engine.order("e1", "1", 5, "5100.0") == []
    host.exchange.connection_lost(1, host.now_ns, host.utc_ns)
    host.advance(400 * MILLISECOND)
    participant = host.exchange.participant(b"A1")
    assert len(host.exchange.ledger.open_orders(participant)) == (0 if cancels else 1)
    again = Client(host, 5, "ENGINE")
    again.seq = engine.seq
    told = [picked(line, "35 11 150 14 58") for line in again.log_on()][1:]
    ended = "35=8|11=e1|150=8|14=0|58=E0081 cancelled on disconnect"
    assert told == ([ended] if cancels else ["35=8|11=e1|150=0|14=0"])
