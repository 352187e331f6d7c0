"""The tables of execution as Markdown, from the code: docs/execution.md must hold each of them word for word."""

from __future__ import annotations

from pathlib import Path

from cross_market_connect.domain.order import REJECT_CLASS_NAMES
from cross_market_connect.domain.spread import (
    LEG_STATE_NAMES,
    SPREAD_STATE_NAMES,
    STEP_ALTERNATIVE,
    STEP_CHASE,
    STEP_CROSS,
    STEP_NAMES,
    STEP_RETRY,
)
from cross_market_connect.trading.ladder import PERMITTED, is_permitted, permits_alternative, repeats_unwind
from cross_market_connect.trading.states import EVENT_NAMES, HALT_REASONS, LEG_TRANSITIONS, SPREAD_TRANSITIONS

DOCUMENT = Path(__file__).parents[3] / "docs" / "execution.md"


def rows(heads: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    table = [heads, tuple("---" for _ in heads), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in table)


def reject_classes() -> str:
    lines = []
    for number, name in enumerate(REJECT_CLASS_NAMES):
        steps = [STEP_NAMES[step] for step in (STEP_RETRY, STEP_CHASE, STEP_CROSS) if is_permitted(step, number)]
        if is_permitted(STEP_ALTERNATIVE, number):
            other = permits_alternative(number, False)
            steps.append("alternative" if other else "alternative (substitute)")
        again = "again" if repeats_unwind(number) else "not again"
        _, first, later, why = PERMITTED[number]
        lines.append((f"`{name}`", ", ".join(steps) or "none", again, f"{first}, {later}", why))
    return rows(("class", "re-orders", "refused unwind", "waits (ms)", "why"), lines)


def halt_reasons() -> str:
    return rows(
        ("code", "name", "why a person takes over"),
        [(str(code), f"`{name}`", text) for code, (name, text) in enumerate(HALT_REASONS) if code],
    )


def spread_states() -> str:
    lines = [
        (f"`{SPREAD_STATE_NAMES[before]}`", f"`{SPREAD_STATE_NAMES[after]}`", why)
        for before, after, why in SPREAD_TRANSITIONS
    ]
    return rows(("from", "to", "when"), lines)


def leg_states() -> str:
    lines = []
    for state, moves in LEG_TRANSITIONS.items():
        text = "; ".join(f"{EVENT_NAMES[event]} -> {LEG_STATE_NAMES[after]}" for event, after in moves)
        lines.append((f"`{LEG_STATE_NAMES[state]}`", text or "stays"))
    return rows(("state", "event -> next state"), lines)


TABLES = {
    "reject classes": reject_classes,
    "halt reasons": halt_reasons,
    "spread states": spread_states,
    "leg states": leg_states,
}


def block(name: str) -> str:
    """A table as it stands in the document, between its marks."""
    return f"<!-- table: {name} -->\n\n{TABLES[name]()}\n\n<!-- end -->"


def rewrite() -> None:
    """Bring the document's tables to the code's: `python -m tests.unit.trading.tables`."""
    text = DOCUMENT.read_text()
    for name in TABLES:
        start = text.index(f"<!-- table: {name} -->")
        text = text[:start] + block(name) + text[text.index("<!-- end -->", start) + len("<!-- end -->") :]
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    rewrite()
