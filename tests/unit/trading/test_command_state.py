"""What operators' commands leave behind, and that a snapshot holds every field of it."""

import json

import pytest

from cross_market_connect.trading.command_state import Amendment, CommandState, Proposal


def test_answers_are_kept_up_to_their_number_and_the_oldest_goes_first() -> None:
    state = CommandState()
    for number in range(256):
        state.remember(f"c{number}", f"answer {number}")
    assert (len(state.answers), state.answers["c0"]) == (256, "answer 0")
    state.remember("c256", "answer 256")
    assert len(state.answers) == 256
    assert "c0" not in state.answers
    assert (state.answers["c1"], state.answers["c256"]) == ("answer 1", "answer 256")


@pytest.mark.parametrize("status, filled, price", [(2, 3, 400), (1, 4, 400), (1, 3, 401)])
def test_a_second_person_says_the_same_only_when_every_fact_is(status: int, filled: int, price: int) -> None:
    said = Proposal("wang", 1, 3, 400, "the broker's statement")
    assert said.says_the_same(Proposal("li", 1, 3, 400, "a call"))
    assert not said.says_the_same(Proposal("li", status, filled, price, "a call"))


def test_a_snapshot_holds_every_field() -> None:
    state = CommandState()
    state.remember("c1", "done")
    state.apply_resolution(71, False, Proposal("wang", 1, 3, 400, "statement"))
    state.apply_amendment(72, Amendment(401, 9, "li", "trader", "c2"))
    loaded = CommandState()
    loaded.load(json.loads(json.dumps(state.state())))
    assert loaded.answers == {"c1": "done"}
    proposal, amendment = loaded.proposals[71], loaded.amendments[72]
    assert (proposal.user, proposal.status, proposal.filled_lots) == ("wang", 1, 3)
    assert (proposal.price_ticks, proposal.evidence) == (400, "statement")
    assert (amendment.price_ticks, amendment.lots, amendment.user) == (401, 9, "li")
    assert (amendment.role, amendment.command_id) == ("trader", "c2")


def test_what_is_confirmed_or_has_ended_is_gone() -> None:
    state = CommandState()
    said = Proposal("wang", 1, 3, 400, "statement")
    state.apply_resolution(71, False, said)
    state.apply_resolution(71, True, said)
    state.apply_resolution(99, True, said)
    state.apply_amendment(72, Amendment(401, 9, "li", "trader", "c2"))
    state.apply_amendment(72, Amendment(401, 0, "li", "trader", "c2"))
    state.apply_amendment(98, Amendment(401, 0, "li", "trader", "c3"))
    state.apply_amendment(73, Amendment(401, 1, "li", "trader", "c4"))
    state.apply_amendment(74, Amendment(401, 1, "li", "trader", "c5"))
    state.end_amendment("c4")
    assert (state.proposals, list(state.amendments)) == ({}, [74])
