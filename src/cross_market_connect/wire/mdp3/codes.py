"""Template ids and field values of MDP 3.0, as the schema (id 1, version 13) numbers them.

A test holds these numbers against the enums and sets of the description file.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

# Templates. The names of the schema, without the number that they end in there.
CHANNEL_RESET: Final[i64] = 4
ADMIN_HEARTBEAT: Final[i64] = 12
ADMIN_LOGIN: Final[i64] = 15
ADMIN_LOGOUT: Final[i64] = 16
SECURITY_STATUS: Final[i64] = 30
INCREMENTAL_VOLUME: Final[i64] = 37
INCREMENTAL_BOOK: Final[i64] = 46
INCREMENTAL_ORDER_BOOK: Final[i64] = 47
INCREMENTAL_TRADE_SUMMARY: Final[i64] = 48
INCREMENTAL_DAILY_STATISTICS: Final[i64] = 49
INCREMENTAL_LIMITS_BANDING: Final[i64] = 50
INCREMENTAL_SESSION_STATISTICS: Final[i64] = 51
SNAPSHOT_FULL_REFRESH: Final[i64] = 52
SNAPSHOT_ORDER_BOOK: Final[i64] = 53
DEFINITION_FUTURE: Final[i64] = 54
DEFINITION_OPTION: Final[i64] = 55
DEFINITION_SPREAD: Final[i64] = 56
INCREMENTAL_BOOK_LONG_QTY: Final[i64] = 64
INCREMENTAL_TRADE_SUMMARY_LONG_QTY: Final[i64] = 65
INCREMENTAL_VOLUME_LONG_QTY: Final[i64] = 66
INCREMENTAL_SESSION_STATISTICS_LONG_QTY: Final[i64] = 67
SNAPSHOT_FULL_REFRESH_LONG_QTY: Final[i64] = 69

# MDUpdateAction.
ACTION_NEW: Final[i64] = 0
ACTION_CHANGE: Final[i64] = 1
ACTION_DELETE: Final[i64] = 2
ACTION_DELETE_THRU: Final[i64] = 3
ACTION_DELETE_FROM: Final[i64] = 4
ACTION_OVERLAY: Final[i64] = 5

# OrderUpdateAction.
ORDER_NEW: Final[i64] = 0
ORDER_UPDATE: Final[i64] = 1
ORDER_DELETE: Final[i64] = 2

# MDEntryType, the codes of its characters.
ENTRY_BID: Final[i64] = 0x30  # 0
ENTRY_OFFER: Final[i64] = 0x31  # 1
ENTRY_TRADE: Final[i64] = 0x32  # 2
ENTRY_OPEN_PRICE: Final[i64] = 0x34  # 4
ENTRY_SETTLEMENT_PRICE: Final[i64] = 0x36  # 6
ENTRY_SESSION_HIGH_PRICE: Final[i64] = 0x37  # 7
ENTRY_SESSION_LOW_PRICE: Final[i64] = 0x38  # 8
ENTRY_VWAP: Final[i64] = 0x39  # 9
ENTRY_CLEARED_VOLUME: Final[i64] = 0x42  # B
ENTRY_OPEN_INTEREST: Final[i64] = 0x43  # C
ENTRY_IMPLIED_BID: Final[i64] = 0x45  # E
ENTRY_IMPLIED_OFFER: Final[i64] = 0x46  # F
ENTRY_BOOK_RESET: Final[i64] = 0x4A  # J
ENTRY_SESSION_HIGH_BID: Final[i64] = 0x4E  # N
ENTRY_SESSION_LOW_OFFER: Final[i64] = 0x4F  # O
ENTRY_FIXING_PRICE: Final[i64] = 0x57  # W
ENTRY_ELECTRONIC_VOLUME: Final[i64] = 0x65  # e
ENTRY_LIMITS: Final[i64] = 0x67  # g
ENTRY_MARKET_BEST_OFFER: Final[i64] = 0x77  # w
ENTRY_MARKET_BEST_BID: Final[i64] = 0x78  # x

# MatchEventIndicator, bits. The last message of an event has END_OF_EVENT; books are consistent only there.
LAST_TRADE: Final[i64] = 0x01
LAST_VOLUME: Final[i64] = 0x02
LAST_QUOTE: Final[i64] = 0x04
LAST_STATS: Final[i64] = 0x08
LAST_IMPLIED: Final[i64] = 0x10
RECOVERY_MESSAGE: Final[i64] = 0x20
END_OF_EVENT: Final[i64] = 0x80

# SecurityTradingStatus.
STATUS_TRADING_HALT: Final[i64] = 2
STATUS_CLOSE: Final[i64] = 4
STATUS_NEW_PRICE_INDICATION: Final[i64] = 15
STATUS_READY_TO_TRADE: Final[i64] = 17
STATUS_NOT_AVAILABLE: Final[i64] = 18
STATUS_UNKNOWN: Final[i64] = 20
STATUS_PRE_OPEN: Final[i64] = 21
STATUS_PRE_CROSS: Final[i64] = 24
STATUS_CROSS: Final[i64] = 25
STATUS_POST_CLOSE: Final[i64] = 26
STATUS_NO_CHANGE: Final[i64] = 103

# SecurityTradingEvent.
EVENT_NONE: Final[i64] = 0
EVENT_NO_CANCEL: Final[i64] = 1
EVENT_RESET_STATISTICS: Final[i64] = 4
EVENT_IMPLIED_MATCHING_ON: Final[i64] = 5
EVENT_IMPLIED_MATCHING_OFF: Final[i64] = 6

# AggressorSide.
AGGRESSOR_NONE: Final[i64] = 0
AGGRESSOR_BUY: Final[i64] = 1
AGGRESSOR_SELL: Final[i64] = 2

# SecurityUpdateAction, the codes of its characters.
SECURITY_ADD: Final[i64] = 0x41  # A
SECURITY_DELETE: Final[i64] = 0x44  # D
SECURITY_MODIFY: Final[i64] = 0x4D  # M

# LegSide.
LEG_BUY: Final[i64] = 1
LEG_SELL: Final[i64] = 2

# Prices and other decimals of nine places: mantissa * 10 ** PRICE_EXPONENT.
PRICE_EXPONENT: Final[i64] = -9

# Until schema version 8 prices had seven decimals, under other templates.
OLDEST_VERSION: Final[i64] = 9
