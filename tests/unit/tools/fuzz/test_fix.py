"""The fuzzer of FIX."""

import random

import pytest

from cross_market_connect.wire.fix.versions import VERSION_NAMES
from tools.fuzz import fix
from tools.fuzz.__main__ import TARGETS, fuzz

INPUTS = {"fix frames": 800, "fix session": 800, "fix quotes and orders": 500, "step quotes": 500}


@pytest.mark.parametrize("name", INPUTS)
def test_nothing_is_found(name: str) -> None:
    answer = fuzz(name, TARGETS[name][1], 7, INPUTS[name])
    assert answer["finding"] is None
    assert len(answer["outcomes"]) >= 2


def test_every_version_and_role_is_given_its_share() -> None:
    sessions: set[tuple[str, int]] = set()
    target = fix.Session(random.Random(7))
    for _ in range(1_500):
        target.give()
        sessions.add((target._session.dictionary.version, int(target._session.settings.role)))
    assert len(sessions) == 2 * len(VERSION_NAMES)


def test_what_is_refused_has_a_name() -> None:
    for name in ("fix frames", "fix session"):
        outcomes = fuzz(name, TARGETS[name][1], 8, 600)["outcomes"]
        assert len(outcomes) >= 8
        assert sum(outcomes.values()) >= 600


def test_a_session_that_refuses_a_sound_logon_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix.Peer, "message", lambda self, text, seq, utc_ns: fix.framed([("35", "0")]))
    answer = fuzz("fix session", fix.Session, 7, 200)
    assert answer["finding"]["error"] == "Finding: a sound logon was refused"


def test_a_book_that_is_not_what_the_venue_says_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix, "sides_of", lambda book: ((), ()))
    for name in ("fix quotes and orders", "step quotes"):
        answer = fuzz(name, TARGETS[name][1], 7, 200)
        assert answer["finding"]["error"] == "Finding: a sound snapshot is not what is shown"
