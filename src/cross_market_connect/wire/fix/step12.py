"""STEP 1.2 over LFIXT as tables: market data as Shenzhen's gateway (MDGW) pushes it, and the session layer's messages.

Grammar: `dictionary.py`. Sources: JR/T 0022, "STEP" (V, W, X, Y as in FIX 4.4); SSE and SZSE, "Lightweight STEP Session
Layer Protocol" 1.00 (2015-08-28), later JR/T 0182-2020; what Shenzhen adds was read off public decoders of its feed and
of other users of the same system (docs/protocols/step.md). A gateway adds fields with each release, so that undefined
ones are skipped here instead of refused. Of messages that are not used no field is known, so none can be wrong.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.wire.fix import fixt11
from cross_market_connect.wire.fix.dictionary import VersionTables

VERSION: Final = "STEP.1.2"

MESSAGES: Final = """
V MarketDataRequest app: 262 263 264 265 167 267(269!) 146(@Security)
W MarketDataSnapshotFullRefresh app: 42 10201 1500 262 @Security 8538 140 8503 387 8504 @MDFullGrp!
X MarketDataIncrementalRefresh app: 42 10201 1500 262 @MDIncGrp!
Y MarketDataRequestReject app: 262 281 58
h TradingSessionStatus app:
f SecurityStatus app:
B News app:
j BusinessMessageReject app: 45 372 379 380 58
UA001 ChannelHeartbeat app:
UA002 Retransmission app:
UA004 SnapshotStatistics app:
UA201 TickOrder app:
UA202 TickExecution app:
"""

COMPONENTS: Final = """
Security: 55 48 22 167 207
MDFullGrp: 268!(269! 270 15 271 272 273 290 1023 346 73(38 37))
MDIncGrp: 268!(279! 269 278 280 @Security 270 15 271 272 273 290 1023 346)
"""

KNOWN_TYPES: Final = "V W X Y h f B j UA001 UA002 UA004 UA201 UA202"

FIELDS: Final = """
15 Currency CURRENCY; 18 ExecInst STRING; 22 SecurityIDSource STRING; 31 LastPx PRICE; 32 LastQty QTY
37 OrderID STRING; 38 OrderQty QTY; 40 OrdType STRING; 42 OrigTime UTCTIMESTAMP; 44 Price PRICE; 48 SecurityID STRING
54 Side STRING; 55 Symbol STRING; 60 TransactTime UTCTIMESTAMP; 61 Urgency STRING; 73 NoOrders NUMINGROUP
140 PrevClosePx PRICE; 146 NoRelatedSym NUMINGROUP; 148 Headline STRING; 150 ExecType STRING; 167 SecurityType STRING
207 SecurityExchange EXCHANGE; 262 MDReqID STRING; 263 SubscriptionRequestType CHAR 012; 264 MarketDepth INT
265 MDUpdateType INT; 267 NoMDEntryTypes NUMINGROUP; 268 NoMDEntries NUMINGROUP; 269 MDEntryType STRING
270 MDEntryPx PRICE; 271 MDEntrySize QTY; 272 MDEntryDate UTCDATEONLY; 273 MDEntryTime UTCTIMEONLY
278 MDEntryID STRING; 279 MDUpdateAction CHAR 012; 280 MDEntryRefID STRING; 281 MDReqRejReason CHAR
290 MDEntryPositionNo INT; 291 FinancialStatus STRING; 326 SecurityTradingStatus INT; 336 TradingSessionID STRING
340 TradSesStatus INT; 346 NumberOfOrders INT; 379 BusinessRejectRefID STRING; 380 BusinessRejectReason INT
387 TotalVolumeTrade QTY; 1023 MDPriceLevel INT; 1181 ApplSeqNum SEQNUM; 1350 ApplLastSeqNum SEQNUM
1500 MDStreamID STRING; 8503 NumTrades INT; 8504 TotalValueTrade AMT; 8538 TradingPhaseCode STRING
10116 BidApplSeqNum SEQNUM; 10117 OfferApplSeqNum SEQNUM; 10201 ChannelNo INT; 10205 EndOfChannel STRING
10208 NoMDStreamID NUMINGROUP
"""

TABLES: Final[VersionTables] = VersionTables(
    begin_string=fixt11.BEGIN_STRING,
    fields=fixt11.FIELDS + FIELDS,
    header=fixt11.HEADER,
    trailer=fixt11.TRAILER,
    components=fixt11.COMPONENTS + COMPONENTS,
    messages=fixt11.MESSAGES + MESSAGES,
    conditions="",
    known_types=fixt11.KNOWN_TYPES + " " + KNOWN_TYPES,
    version=VERSION,
    default_appl_ver_id="9",  # FIX 5.0 SP2: what LFIXT's Logon states
    reject_reason_last=fixt11.REJECT_REASON_LAST,
    is_light=True,
)
