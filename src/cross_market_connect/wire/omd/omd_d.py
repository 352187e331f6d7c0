"""OMD-D, the derivatives flavour: message types, the values of fields, and how a book update is applied.

Source: HKEX, "Orion Market Data Platform, Derivatives Market Datafeed Products (OMD-D), Binary Protocol, Interface
Specifications", version 1.47, 14 October 2025. Section numbers below are that document's.

What section 6 says about applying an Aggregate Order Book Update (353) to a book:

* The entries of one message are applied in their order, and levels shift after each single entry.
* PriceLevel is 1 for the best price, to 5 (feed D-Lite) or to 10 (DS and DP).
* New inserts a level at PriceLevel. What stood at that level and below moves down one, without any message. A level
  that is pushed beyond the feed's depth is gone, also without a message: the receiver deletes it (implied deletion).
* Delete removes the level at PriceLevel. What stood below moves up one, without any message. A level that thereby
  comes into view at the bottom is sent explicitly as New, in the same message when the two have one cause.
* Change overwrites quantity and number of orders of the level at PriceLevel, which counts after the shifts of the
  entries before it.
* Clear empties both sides. Its other fields are zero, PriceLevel too; the levels are then sent again as New.
* PriceLevel 255, on DP only, is the sum of all orders beyond level 10. It has no price (null) and takes no part in
  the shifting.
* A null price at level 1 means market orders before the opening auction; while a calculated opening price exists,
  level 1 of both sides may stand at that one price (sections 6, example 7, and 7).

The examples of section 6 print MsgType 53 in places, and examples 3 (D-Lite) and 5 a size or count that does not match
the entries shown; section 3.9.4 and example 8 have 353 and 12 + 24 bytes per entry, which is what is implemented.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

# Message types (section 3.2, table 1); those of the services, sides and update actions are in `family.py`.
COMMODITY_DEFINITION: Final[i64] = 301
CLASS_DEFINITION: Final[i64] = 302
SERIES_DEFINITION_BASE: Final[i64] = 303
SERIES_DEFINITION_EXTENDED: Final[i64] = 304
COMBINATION_DEFINITION: Final[i64] = 305
MARKET_STATUS: Final[i64] = 320
SERIES_STATUS: Final[i64] = 321
COMMODITY_STATUS: Final[i64] = 322
MARKET_ALERT: Final[i64] = 323
ADD_ORDER: Final[i64] = 330
MODIFY_ORDER: Final[i64] = 331
DELETE_ORDER: Final[i64] = 332
ORDERBOOK_CLEAR: Final[i64] = 335
QUOTE_REQUEST: Final[i64] = 336
TRADE: Final[i64] = 350
AGGREGATE_ORDER_BOOK_UPDATE: Final[i64] = 353
TRADE_AMENDMENT: Final[i64] = 356
TRADE_STATISTICS: Final[i64] = 360
SERIES_STATISTICS: Final[i64] = 363
CALCULATED_OPENING_PRICE: Final[i64] = 364
OPEN_INTEREST: Final[i64] = 366
IMPLIED_VOLATILITY: Final[i64] = 367

# PriceLevel of the sum beyond the tenth level (section 3.9.4).
PRICE_LEVEL_BEYOND: Final[i64] = 255

# FinancialProduct in use (section 3.7.3).
PRODUCT_OPTION: Final[i64] = 1
PRODUCT_FUTURE: Final[i64] = 3
PRODUCT_COMBINATION: Final[i64] = 11

# SuspensionIndicator and SeriesStatus (section 3.8.2).
SUSPENDED: Final[i64] = 1
NOT_SUSPENDED: Final[i64] = 2
LOCKED: Final[i64] = 3
SERIES_ACTIVE: Final[i64] = 1
SERIES_SUSPENDED: Final[i64] = 2
SERIES_ISSUED: Final[i64] = 3
SERIES_DELISTED: Final[i64] = 4
SERIES_LOCKED: Final[i64] = 5

# StateLevel (section 3.8.1).
LEVEL_MARKET: Final[i64] = 1
LEVEL_INSTRUMENT_TYPE: Final[i64] = 2
LEVEL_INSTRUMENT_CLASS: Final[i64] = 3
LEVEL_INSTRUMENT_SERIES: Final[i64] = 4
LEVEL_UNDERLYING: Final[i64] = 5
LEVEL_END_OF_BUSINESS_DAY: Final[i64] = 99

# State, by its symbol in section 8.1; the number is the position in this tuple.
MARKET_STATES: Final[tuple[str, ...]] = (
    "",
    "OPENALLOC",
    "CLOSE",
    "OPEN",
    "PREOPEN",
    "PREOPENALLOC",
    "PAUSE",
    "PRE_MKT_ACT",
    "CL_START",
    "CL_CLOSE",
    "AHT_CLOSE",
    "AHT_CLR_INFO",
    "AHT_INACT_T_ORDER",
    "AHT_NEXT_DAY",
    "AHT_OPEN",
    "AHT_OPEN_PL",
    "AHT_PRE_MKT_ACT",
    "OPEN_PL",
    "CLOSE_TODAY",
    "OPEN_DPL",
    "FAILOVER",
    "CLOSE_TODAY_E",
    "AHT_CLOSE_E",
    "OPEN_DPL_VCM",
    "OPEN_VCM",
    "VCM_COOL_OFF_DPL",
    "VCM_COOL_OFF",
    "RESET_VCM",
    "HALT",
    "DAYEND",
    "BLK_TRADE_ONLY",
)

# Side of a trade (section 3.10.1), which counts differently from an order's.
TRADE_SIDE_UNAVAILABLE: Final[i64] = 0
TRADE_SIDE_UNDEFINED: Final[i64] = 1
TRADE_SIDE_BUY: Final[i64] = 2
TRADE_SIDE_SELL: Final[i64] = 3

# Bits of DealType (section 3.10.1): volume counts printable trades only.
DEAL_PRINTABLE: Final[i64] = 1
DEAL_AT_CROSS: Final[i64] = 2
DEAL_REPORTED: Final[i64] = 4
