"""OMD-CC, the China Connect flavour: message types and the values of fields.

Source: HKEX, "Orion Market Data Platform, China Connect Securities, Interface Specifications", version 1.4, 22 April
2022, as transcribed in the Open-Markets-Initiative's dissectors (wireshark-lua, `Hkex_Sse_ChinaConnect*_Omd_v1_4` and
`Hkex_Szse_ChinaConnect*_Omd_v1_4`, which are equal). Every number, offset and length here was checked against the
message schema of the openvega/openomd handler (2023, `omdcc-sbe.xml`), whose tests hold packets captured from the
exchange. Neither names sections. Neither has a session status: the phase of a security is in its Security Status.

Prices have three implied decimals. Top Of Book is one price and quantity a side, not an operation on a book.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

# Message types; those of the services are in `family.py`.
MARKET_DEFINITION: Final[i64] = 610
SECURITY_DEFINITION: Final[i64] = 611
SECURITY_STATUS: Final[i64] = 621
TOP_OF_BOOK: Final[i64] = 655
STATISTICS: Final[i64] = 660

# MarketCode.
MARKET_SHANGHAI: Final[str] = "ASHR"
MARKET_SHENZHEN: Final[str] = "ASZR"

# SecurityTradingStatus of a Security Status (621).
TRADING_HALT: Final[i64] = 2
TRADING_RESUMED: Final[i64] = 3
