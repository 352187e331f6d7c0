"""The names that a spread's formula may use, and its compilation: once to check it, once to build it.

Legs are `a`, `b`, ... in their order. `days_a` is the number of calendar days from the trading day to leg a's last
trading day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cross_market_connect.domain.instrument import NO_EXPIRY
from cross_market_connect.trading.formula import CompiledFormula, compile_formula, tokens_of

LEG_NAMES = "abcdefgh"


def is_reserved(name: str) -> bool:
    """Whether an input must not be called so."""
    return name in LEG_NAMES or name in ("min", "max", "abs") or name.startswith("days_")


def compiled(
    text: str, days_to_expiry: Sequence[int], constants: Mapping[str, float], live: Sequence[str]
) -> CompiledFormula:
    """The formula of a spread with one leg per entry of `days_to_expiry` (NO_EXPIRY where it never ends).

    Raises InputError with every fault that one pass can find.
    """
    legs = list(LEG_NAMES[: len(days_to_expiry)])
    known = dict(constants)
    used = tokens_of(text)
    for name, days in zip(legs, days_to_expiry, strict=True):
        if days != NO_EXPIRY and f"days_{name}" in used:
            known[f"days_{name}"] = float(days)
    return compile_formula(text, legs, list(live), known)
