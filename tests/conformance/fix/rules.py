"""Every rule conversation of the suite, and the tables of docs/protocols/fix-rules.md made from them."""

from typing import Final

from tests.conformance.fix import table_light, table_logon, table_messages
from tests.conformance.fix.talk import ALL, Talk

FIX_TALKS: Final[list[Talk]] = [*table_logon.TALKS, *table_messages.TALKS]
TALKS: Final[list[Talk]] = [*FIX_TALKS, *table_light.TALKS]


def cases() -> list[tuple[str, str, Talk]]:
    """Version, role and conversation of every test."""
    return [(version, role, talk) for talk in TALKS for version in talk.versions for role in talk.roles]


def case_id(version: str, role: str, talk: Talk) -> str:
    """Name of a test: version, rule, role, what happens."""
    return f"{version}-{talk.rule}-{role}-{talk.name}"


def rules_of(version: str) -> list[str]:
    """The rules played for a version, in the order of the tables."""
    return list(dict.fromkeys(talk.rule for talk in TALKS if version in talk.versions))


def documented() -> str:
    """The rows of docs/protocols/fix-rules.md: rule, conversation, roles, and the versions that play it."""
    lines = ["| rule | conversation | roles | " + " | ".join(ALL) + " |", "|---" * (3 + len(ALL)) + "|"]
    for talk in FIX_TALKS:
        marks = " | ".join("yes" if version in talk.versions else "no such rule" for version in ALL)
        lines.append(f"| {talk.rule} | {talk.name} | {', '.join(talk.roles)} | {marks} |")
    return "\n".join(lines) + "\n"


def documented_light() -> str:
    """The same of LFIXT, which STEP.1.2 plays alone."""
    rows = [f"| {talk.rule} | {talk.name} | {', '.join(talk.roles)} |" for talk in table_light.TALKS]
    return "\n".join(["| rule | conversation | roles |", "|---|---|---|", *rows]) + "\n"
