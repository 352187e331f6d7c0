"""Ways from one currency to another over the rates of a spread. CNY and CNH are two currencies."""

from __future__ import annotations

from typing import NamedTuple


class Rate(NamedTuple):
    """`into` per unit of `converts`; `place` is the pricing leg's place in the file."""

    converts: str
    into: str
    place: int


class Conversion(NamedTuple):
    """One rate on the way: multiplied by, or divided by where it is used the other way round."""

    place: int
    divides: bool


def conversion(rates: list[Rate], currency: str, target: str) -> list[Conversion] | None:
    """The rates that turn an amount of `currency` into `target`; None when there is no way.

    Where there is one, it is the only one: loading refuses rates that close a circle.
    """
    ways: dict[str, list[Conversion]] = {currency: []}
    reached = [currency]
    for known in reached:
        for rate in rates:
            for start, end, divides in ((rate.converts, rate.into, False), (rate.into, rate.converts, True)):
                if start == known and end not in ways:
                    ways[end] = [*ways[known], Conversion(rate.place, divides)]
                    reached.append(end)
    return ways.get(target)


def redundant(rates: list[Rate]) -> list[Rate]:
    """Rates whose two currencies the earlier ones already connect: two ways could give two prices."""
    found = []
    kept: list[Rate] = []
    for rate in rates:
        if conversion(kept, rate.converts, rate.into) is not None:
            found.append(rate)
        else:
            kept.append(rate)
    return found
