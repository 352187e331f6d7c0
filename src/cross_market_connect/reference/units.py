"""Units that prices are for, and what a price per one unit is per another.

Sizes are exact by definition: the international avoirdupois pound of 1959 is 0.45359237 kg, and the troy ounce of 480
of its 7,000 grains is 31.1034768 g.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

# unit: (dimension, size in the dimension's first unit)
UNITS: Final[dict[str, tuple[str, Fraction]]] = {
    "gram": ("mass", Fraction(1)),
    "kilogram": ("mass", Fraction(1_000)),
    "tonne": ("mass", Fraction(1_000_000)),
    "troy_ounce": ("mass", Fraction("31.1034768")),
    "pound": ("mass", Fraction("453.59237")),
    "barrel": ("barrel", Fraction(1)),
    "index_point": ("index_point", Fraction(1)),
    "share": ("share", Fraction(1)),
}


def is_convertible(unit: str, into: str) -> bool:
    """Whether a price per `unit` has an equal per `into`."""
    return unit == into or unit in UNITS and into in UNITS and UNITS[unit][0] == UNITS[into][0]


def unit_factor(unit: str, into: str) -> Fraction:
    """What a price per `unit` is multiplied by to be a price per `into`; both must be of one dimension."""
    return Fraction(1) if unit == into else UNITS[into][1] / UNITS[unit][1]
