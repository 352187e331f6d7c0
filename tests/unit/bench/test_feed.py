"""The benchmark of feeds: its network does what it was asked for, and a feed that overlooks a gap fails in it."""

import json

import pytest
from typer.testing import CliRunner

from cross_market_connect.bench import feed as bench
from cross_market_connect.bench.feed import PROTOCOLS, Datagram, Faults, Judge, Network, Truth, parse_faults, run
from cross_market_connect.bench.feed_market import Flow, instruments
from cross_market_connect.bench.feed_omd_d import OmdDMarket
from cross_market_connect.cli import app
from cross_market_connect.domain.errors import InputError


def test_faults_are_read_and_refused_with_their_place() -> None:
    assert parse_faults("loss=1%, dup=0.5%") == Faults(10_000, 0, 5_000)
    assert parse_faults("") == Faults()
    for wrong in ("loss=1", "loss=1%,loss=2%", "late=1%", "loss=101%"):
        with pytest.raises(InputError, match="--faults"):
            parse_faults(wrong)
    with pytest.raises(InputError, match="--protocol"):
        run("itch", Faults(), 1, 1)


def test_a_network_loses_doubles_and_overtakes_in_the_shares_that_it_was_told() -> None:
    network = Network(Faults(100_000, 50_000, 20_000), 1)
    for number in range(10_000):
        network.send(Datagram(False, b"%d" % number), number * 1_000_000)
    assert (network.sent, 1_800 < network.lost < 2_200) == (20_000, True)
    assert 750 < network.overtaken < 1_050 and 270 < network.doubled < 450
    assert len(network.arrivals) == network.sent - network.lost + network.doubled
    perfect = Network(Faults(), 1)
    perfect.send(Datagram(False, b"x"), 0)
    assert sorted(at for at, _order, _datagram in perfect.arrivals) == [bench.WAY_NS, bench.WAY_NS + bench.SKEW_NS]


def test_truth_knows_every_book_at_every_number_but_inside_an_act() -> None:
    flow = Flow(instruments("XHKF"), 1)
    truth = Truth(flow)
    seen = []
    for seq in range(1, 20):
        changed = flow.act()
        truth.note(changed, seq - 1, seq)
        seen.append([flow.sides(at) for at in range(flow.count)])
    for seq in range(1, 20):
        for at in range(flow.count):
            assert truth.at(at, seq) == seen[seq - 1][at]
    flow.exchange.take_events()
    now = flow.sides(0)
    truth.note([0], 20, 23)
    assert [truth.has_later(0, seq, now) for seq in (21, 22, 23)] == [True, True, False]
    assert not truth.has_later(0, 19, (((1, 1),), ()))
    assert [truth.at(0, seq) is None for seq in (21, 22, 23)] == [True, True, False]


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_market_is_followed_through_faults(monkeypatch: pytest.MonkeyPatch, protocol: str) -> None:
    # Slower than the benchmark, so that snapshots come before the end.
    monkeypatch.setattr(bench, "ACT_EVERY_NS", bench.MILLISECOND_NS)
    answer = run(protocol, Faults(30_000, 20_000, 20_000), 3_000, 3)
    assert (answer["books_equal"], answer["live_while_wrong"]) == (True, 0)
    assert answer["messages"] >= 3_000 and answer["compared"] > 300 and answer["repairs"] > 0
    recovery = answer["recovery"]
    assert 0 < recovery["recovered"] == recovery["requests"]
    assert recovery["connections"] == (1 if protocol.startswith("omd") else recovery["requests"])
    # Whatever both lines lost came from the service, long before the next snapshot.
    assert answer["repair_ms"]["p100"] < 20


def test_a_live_book_that_differs_is_found() -> None:
    flow = Flow(instruments("XHKF"), 1)
    market, truth = OmdDMarket(flow), Truth(flow)
    judge = Judge(market, flow, truth)
    for number in range(1, 30_000):
        now_ns = number * 1_000_000
        before = market.last_seq()
        changed = flow.act()
        flow.exchange.take_events()
        datagrams = market.publish(changed, now_ns)
        truth.note(changed, before, market.last_seq())
        for datagram in datagrams:
            judge.receive(datagram, now_ns)
        if judge.compared == 200:
            assert judge.wrong == 0 and judge.are_equal(market.last_seq())
            for book in judge.books:
                book.bids.set_level(0, 1, 1)
        if judge.wrong:
            break
    assert judge.compared > 200
    assert not judge.are_equal(market.last_seq())


def test_the_command_answers_with_one_object() -> None:
    result = CliRunner().invoke(app, ["bench", "feed", "--messages", "300", "--faults", "loss=1%", "--json"])
    assert result.exit_code == 0
    answer = json.loads(result.stdout.splitlines()[-1])
    assert (answer["protocol"], answer["books_equal"], answer["live_while_wrong"]) == ("omd-d", True, 0)
