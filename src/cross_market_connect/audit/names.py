"""What the indexes in records mean: the names of the configuration in force, from its record."""

from __future__ import annotations

import json
from typing import Final

# Fields that are an index, by what they number.
INDEX_FIELDS: Final[tuple[str, ...]] = ("spread_index", "instrument_index", "source", "route")
# Sections of a source that are streams of their own, numbered behind all sources.
RECOVERY_SECTIONS: Final[tuple[str, ...]] = ("retransmission", "replay")
RECOVERY: Final = "_recovery"


def names_of(configuration: str) -> dict[str, list[str]]:
    """By field, the names in the order of their indexes.

    Args:
        configuration: the canonical text in a configuration record.
    """
    raw = json.loads(configuration)
    sources = [str(source["name"]) for source in raw["source"]]
    for source in raw["source"]:
        if any(source.get(section) for section in RECOVERY_SECTIONS):
            sources.append(str(source["name"]) + RECOVERY)
    return {
        "spread_index": [str(spread["name"]) for spread in raw["spread"]],
        "instrument_index": [str(instrument["symbol"]) for instrument in raw["instruments"]],
        "source": sources,
        "route": sources,
    }
