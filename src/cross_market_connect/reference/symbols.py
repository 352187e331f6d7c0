"""What an instrument is called by venues, gateways and vendors.

A name belongs to a scheme. Each scheme is one name space: on one day a name there means one instrument. Schemes of
counterparties end in the counterparty's own name, as `fix.citi` for Symbol (55) towards it.
"""

from __future__ import annotations

import re
from typing import Final

from cross_market_connect.reference.table_reader import TableReader

# scheme: (what it is, its form as a regular expression)
SCHEMES: Final[dict[str, tuple[str, str]]] = {
    "ctp": ("InstrumentID of CTP", "[A-Za-z]{1,2}[0-9]{3,4}"),
    "isin": ("ISO 6166", "[A-Z]{2}[A-Z0-9]{9}[0-9]"),
    "mdp3": ("Symbol of CME MDP 3.0", "[A-Z0-9:./ -]{1,20}"),
    "mdp3_id": ("SecurityID of CME MDP 3.0", "[0-9]{1,10}"),
    "omd_c": ("SecurityCode of HKEX OMD-C", "[1-9][0-9]{0,4}"),
    "omd_d": ("Symbol of HKEX OMD-D", "[A-Z0-9@./]{1,32}"),
    "omd_d_id": ("OrderbookID of HKEX OMD-D", "[0-9]{1,10}"),
    "stock_connect": ("code of Stock Connect", "[0-9]{5,6}"),
}
# Schemes of counterparties: a prefix, what it is, and the form of a name.
PARTY_SCHEMES: Final[dict[str, tuple[str, str]]] = {
    "fix": ("Symbol (55) towards a FIX counterparty", "[!-~]{1,40}"),
    "vendor": ("the symbol of a vendor of data", "[!-~ ]{1,40}"),
}
PARTY: Final = "[a-z][a-z0-9_]{0,39}"
ISIN_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def form_of(scheme: str) -> str:
    """The form of names of a scheme as a regular expression; empty when it is none."""
    if scheme in SCHEMES:
        return SCHEMES[scheme][1]
    prefix, _, party = scheme.partition(".")
    if prefix in PARTY_SCHEMES and re.fullmatch(PARTY, party):
        return PARTY_SCHEMES[prefix][1]
    return ""


def check_schemes(symbols: dict[str, str], reader: TableReader) -> None:
    """Note unknown schemes and names that are not of their scheme's form."""
    for scheme, name in symbols.items():
        form = form_of(scheme)
        if not form:
            known = ", ".join([*SCHEMES, *(f"{prefix}.NAME" for prefix in PARTY_SCHEMES)])
            reader.fault_below("symbols", scheme, "unknown scheme", f"one of {known}")
        elif not re.fullmatch(form, name):
            reader.fault_below("symbols", scheme, repr(name), f"a text that matches {form}")
        elif scheme == "isin" and not is_isin(name):
            reader.fault_below("symbols", scheme, repr(name), "an ISIN whose check digit agrees")


def is_isin(text: str) -> bool:
    """Whether the check digit agrees: letters count 10 to 35, digits are doubled in turn from the right (ISO 6166)."""
    digits = "".join(str(ISIN_LETTERS.index(letter)) for letter in text)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value // 10 + value % 10
    return total % 10 == 0
