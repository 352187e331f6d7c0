"""The FIX versions by name: the one place that knows which tables belong to which version."""

from __future__ import annotations

from typing import Final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix import fix42, fix44, fix50sp2, step12
from cross_market_connect.wire.fix.dictionary import Dictionary, VersionTables, build_dictionary

VERSION_NAMES: Final[tuple[str, ...]] = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2", step12.VERSION)
"""What a configuration may name. BeginString(8) is the dictionary's: FIXT.1.1 for FIX.5.0SP2 and STEP.1.2."""

_TABLES: Final[dict[str, VersionTables]] = {
    "FIX.4.2": fix42.TABLES,
    "FIX.4.4": fix44.TABLES,
    "FIX.5.0SP2": fix50sp2.TABLES,
    step12.VERSION: step12.TABLES,
}
_BUILT: Final[dict[tuple[str, str, str], Dictionary]] = {}


def dictionary_of(version: str, extra_fields: str = "", extra_members: str = "") -> Dictionary:
    """The dictionary of a version, with a counterparty's own field and member rows added.

    Nobody writes a dictionary once it is built, so sessions with the same rows share one.

    Raises:
        InputError: an unknown version, or rows that do not fit the grammar of `dictionary.py`.
    """
    if version not in _TABLES:
        raise InputError([f"fix session version: {version!r}; expected one of {', '.join(VERSION_NAMES)}"])
    key = (version, extra_fields, extra_members)
    if key not in _BUILT:
        _BUILT[key] = build_dictionary(_TABLES[version], extra_fields, extra_members)
    return _BUILT[key]
