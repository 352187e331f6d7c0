"""Ten bugs that desks have met, as edits of today's code; the simulation has to find each.

An edit is (text that stands in the file exactly once, text in its place).
"""

from __future__ import annotations

from typing import NamedTuple


class NamedBug(NamedTuple):
    """One bug: the file below the package, its edits, and what a desk would see."""

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    meaning: str


NAMED_BUGS: tuple[NamedBug, ...] = ()
