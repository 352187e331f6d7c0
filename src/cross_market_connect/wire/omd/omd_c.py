"""OMD-C, the securities flavour: message types and the values of fields.

Source: HKEX, "Orion Market Data Platform, Securities Market and Index Datafeed Products (OMD-C), Binary Protocol,
Interface Specifications", version 1.45, 9 January 2026, as transcribed in the Open-Markets-Initiative's dissectors
(wireshark-lua, `Hkex_HkexSecurities_*_Omd_v1_45`, and 1.44 before it). Every number, offset and length here was checked
against a second description that shares nothing with it: the message schema of the openvega/openomd handler (2023,
`omdc-sbe.xml`), whose tests hold packets that were captured from the exchange. Sections are given where the document's
own history or an older public description names them.

What the two do not agree on, or only one has, is left out: the values of TradingSesStatus (they were renumbered between
versions; TradingSessionSubID tells the sessions apart), the fields that 1.44 added to Security Definition (they are
fillers here, at their places), and News (22), which has three repeating groups.

Prices have three implied decimals, times are nanoseconds since 1970. No price has a null: 0 says that there is none
(Nominal Price, Indicative Equilibrium Price, the limits of Reference Price). A null exists in the Int64 fields of Index
Data only.

The header's fourth byte is a filler and holds anything in captured packets. Orders are sent on the full-tick product
(30 to 32) and for odd lots (33, 34); the other products have Aggregate Order Book Update (53), ten levels, which is
applied like OMD-D's (section 5).
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

# Message types (section 3.2); those of the services, sides and update actions are in `family.py`.
MARKET_DEFINITION: Final[i64] = 10
SECURITY_DEFINITION: Final[i64] = 11
LIQUIDITY_PROVIDER: Final[i64] = 13
CURRENCY_RATE: Final[i64] = 14
TRADING_SESSION_STATUS: Final[i64] = 20
SECURITY_STATUS: Final[i64] = 21
VCM_TRIGGER: Final[i64] = 23
ADD_ORDER: Final[i64] = 30
MODIFY_ORDER: Final[i64] = 31
DELETE_ORDER: Final[i64] = 32
ADD_ODD_LOT_ORDER: Final[i64] = 33
DELETE_ODD_LOT_ORDER: Final[i64] = 34
NOMINAL_PRICE: Final[i64] = 40
INDICATIVE_EQUILIBRIUM_PRICE: Final[i64] = 41
REFERENCE_PRICE: Final[i64] = 43
YIELD: Final[i64] = 44
TRADE: Final[i64] = 50
TRADE_CANCEL: Final[i64] = 51
TRADE_TICKER: Final[i64] = 52
AGGREGATE_ORDER_BOOK_UPDATE: Final[i64] = 53
BROKER_QUEUE: Final[i64] = 54
ORDER_IMBALANCE: Final[i64] = 56
STATISTICS: Final[i64] = 60
MARKET_TURNOVER: Final[i64] = 61
CLOSING_PRICE: Final[i64] = 62
INDEX_DEFINITION: Final[i64] = 70
INDEX_DATA: Final[i64] = 71
STOCK_CONNECT_DAILY_QUOTA_BALANCE: Final[i64] = 80
STOCK_CONNECT_MARKET_TURNOVER: Final[i64] = 81

PRICE_DECIMALS: Final[i64] = 3

# SuspensionIndicator of a Security Status (section 3.8.2).
HALTED_OR_SUSPENDED: Final[i64] = 2
RESUMED: Final[i64] = 3

# TradingSessionSubID (section 3.8.1): opening auction (POS), continuous trading, closing auction (CAS).
SESSION_DAY_CLOSE: Final[i64] = 0
SESSION_OPENING_ORDER_INPUT: Final[i64] = 1
SESSION_OPENING_MATCHING: Final[i64] = 2
SESSION_CONTINUOUS: Final[i64] = 3
SESSION_CLOSING_MATCHING: Final[i64] = 4
SESSION_CLOSING_ORDER_INPUT: Final[i64] = 5
SESSION_BLOCKING: Final[i64] = 7
SESSION_NOT_YET_OPEN: Final[i64] = 100
SESSION_OPENING_NO_CANCEL: Final[i64] = 101
SESSION_EXCHANGE_INTERVENTION: Final[i64] = 102
SESSION_CLOSE: Final[i64] = 103
SESSION_ORDER_CANCEL: Final[i64] = 104
SESSION_CLOSING_REFERENCE_PRICE: Final[i64] = 105
SESSION_CLOSING_NO_CANCEL: Final[i64] = 106
SESSION_CLOSING_RANDOM_CLOSE: Final[i64] = 107

# OrderType of an Add Order (section 3.9.1), a character.
ORDER_TYPE_MARKET: Final[i64] = 49  # "1"
ORDER_TYPE_LIMIT: Final[i64] = 50  # "2"

# Side of a Broker Queue (section 3.9.7), which counts differently from an order's.
BROKER_QUEUE_BUY: Final[i64] = 1
BROKER_QUEUE_SELL: Final[i64] = 2

# TrdType of Trade and Trade Ticker (sections 3.10.1 and 3.10.3): whatever is not matched in the book is no price of it.
TRADE_AUTOMATCHED: Final[i64] = 0
TRADE_LATE: Final[i64] = 4  # off-exchange, of the previous day
TRADE_NON_DIRECT_OFF_EXCHANGE: Final[i64] = 22
TRADE_AUTOMATCHED_INTERNALIZED: Final[i64] = 100
TRADE_DIRECT_OFF_EXCHANGE: Final[i64] = 101
TRADE_ODD_LOT: Final[i64] = 102
TRADE_AUCTION: Final[i64] = 103
