"""Every session rule as a conversation, for FIX 4.2, 4.4, 5.0 SP2 over FIXT 1.1 and STEP 1.2 over LFIXT, both roles."""

from pathlib import Path

import pytest

from tests.conformance.fix.rules import TALKS, case_id, cases, documented, documented_light, rules_of
from tests.conformance.fix.talk import ALL, Talk

CASES = cases()
RULES_MIN = 58
DOCUMENT = Path(__file__).parents[3] / "docs" / "protocols" / "fix-rules.md"
# The numbered test cases that a session can meet: 14.l and 14.n belong to the application and to encryption.
NUMBERED = {
    *(f"1B.{letter}" for letter in "bcde"),
    *(f"1S.{letter}" for letter in "abcde"),
    *(f"2.{letter}" for letter in "abcdefghijklmnopqrst"),
    *(f"3.{letter}" for letter in "abc"),
    *("4.a", "4.b", "5", "6", "7", "8", "9"),
    *(f"10.{letter}" for letter in "abcde"),
    *(f"11.{letter}" for letter in "abc"),
    *("12", "13.a", "13.b"),
    *(f"14.{letter}" for letter in "abcdefghijkm"),
    *("15", "16", "17.b", "18.a", "19.a", "19.b", "20"),
}


@pytest.mark.parametrize(("version", "role", "talk"), CASES, ids=[case_id(*case) for case in CASES])
def test_rule(version: str, role: str, talk: Talk) -> None:
    talk.play(version, role)


@pytest.mark.parametrize("version", ALL)
def test_every_version_plays_every_numbered_rule(version: str) -> None:
    rules = set(rules_of(version))
    assert rules >= NUMBERED
    assert len(rules) >= RULES_MIN


def test_no_conversation_is_there_twice() -> None:
    names = [(talk.rule, talk.name) for talk in TALKS]
    assert len(names) == len(set(names))


def test_the_document_names_every_conversation() -> None:
    text = DOCUMENT.read_text()
    assert documented() in text
    assert documented_light() in text
