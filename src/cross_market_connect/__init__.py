"""Cross-market spread execution: one quote in, two orders out, every decision on record.

Importing the package does one thing: with `XMC_INTERPRETED=1` in the environment it makes every module
below load from its `.py` file, even where a compiled extension lies beside it.
"""

from cross_market_connect import _build

__version__ = "0.1.0"

__all__ = ["__version__", "is_compiled"]

if _build.interpreted_by_choice():
    _build.load_sources_only()


def is_compiled() -> bool:
    """Whether the hot modules (wire, market, trading, engine, ...) run as compiled extensions."""
    return _build.is_compiled()
