"""FIX 4.2 as tables: the session messages and the messages of orders, market data, instruments and trading sessions.

Grammar: `dictionary.py`. Source: FIX 4.2 with Errata 20010501 (session messages, orders, market data, fields by tag);
tags, types, values and layouts cross-checked against the standard's machine-readable repository. The version has no
component blocks: the two here stand for the runs of instrument fields that its messages repeat. What it calls int where
only counts and sequence numbers make sense is NUMINGROUP and SEQNUM here, as from FIX 4.3 on.

Username(553) and Password(554) came with FIX 4.3: a counterparty that takes them in 4.2 has them in its dialect rows.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.wire.fix.dictionary import VersionTables

HEADER: Final = """
8! 9! 35! 49! 56! 115 128 90 91 34! 50 142 57 143 116 144 129 145 43 97 52! 122 212 213 347 369 370
"""

TRAILER: Final = "93 89 10!"

MESSAGES: Final = """
0 Heartbeat admin: 112
1 TestRequest admin: 112!
2 ResendRequest admin: 7! 16!
3 Reject admin: 45! 371 372 373 58 354 355
4 SequenceReset admin: 123 36!
5 Logout admin: 58 354 355
A Logon admin: 98! 108! 95 96 141 383 384(372 385)
8 ExecutionReport app: 37! 198 11 41 109 76 382(375 337 437 438) 66 17! 20! 19 150! 39! 103 378 1 63 64 @Instrument!
    54! 38 152 40 44 99 211 388 389 15 376 377 59 168 432 126 18 47 32 31 194 195 30 336 29 151! 14! 6! 424 425 426
    427 75 60 113 12 13 381 119 120 155 156 21 110 111 77 210 58 354 355 193 192 439 440 442
9 OrderCancelReject app: 37! 198 11! 41! 39! 109 76 66 1 60 434! 102 58 354 355
D NewOrderSingle app: 11! 109 76 1 78(79 80) 63 64 21! 18 110 111 100 386(336) 81 @Instrument! 140 54! 114 60! 38 152
    40! 44 99 15 376 377 23 117 59 168 432 126 427 12 13 47 121 120 58 354 355 193 192 77 203 204 210 211 388 389 439
    440
E NewOrderList app: 66! 390 391 414 394! 415 433 69 352 353 68! 73!(11! 67! 160 109 76 1 78(79 80) 63 64 21 18 110 111
    100 386(336) 81 @Instrument! 140 54! 401 114 60 38 152 40 44 99 15 376 377 23 117 59 168 432 126 427 12 13 47 121
    120 58 354 355 193 192 77 203 204 210 211 388 389 439 440)
F OrderCancelRequest app: 41! 37 11! 66 1 109 76 @Instrument! 54! 60! 38 152 376 377 58 354 355
G OrderCancelReplaceRequest app: 37 109 76 41! 11! 66 1 78(79 80) 63 64 21! 18 110 111 100 386(336) @Instrument! 54!
    60! 38 152 40! 44 99 211 388 389 376 377 15 59 168 432 126 427 12 13 47 121 120 58 354 355 193 192 77 203 204 210
    114 439 440
H OrderStatusRequest app: 37 11! 109 1 76 @Instrument! 54!
V MarketDataRequest app: 262! 263! 264! 265 266 267!(269!) 146!(@Instrument! 336)
W MarketDataSnapshotFullRefresh app: 262 @Instrument! 291 292 387 268!(269! 270! 15 271 272 273 274 275 336 276 277
    282 283 284 286 59 432 126 110 18 287 37 299 288 289 346 290 58 354 355)
X MarketDataIncrementalRefresh app: 262 268!(279! 285 269 278 280 @Instrument 291 292 270 15 271 272 273 274 275 336
    276 277 282 283 284 286 59 432 126 110 18 287 37 299 288 289 346 290 387 58 354 355)
Y MarketDataRequestReject app: 262! 281 58 354 355
c SecurityDefinitionRequest app: 320! 321! @Instrument 15 58 354 355 336 146(@UnderlyingInstrument 319 54 318)
d SecurityDefinition app: 320! 322! 323 393! @Instrument 15 336 58 354 355 146(@UnderlyingInstrument 319 54 318)
g TradingSessionStatusRequest app: 335! 336 338 339 263!
h TradingSessionStatus app: 335 336! 338 339 325 340! 341 342 343 344 345 387 58 354 355
j BusinessMessageReject app: 45 372! 379 380! 58 354 355
"""

COMPONENTS: Final = """
Instrument: 55! 65 48 22 167 200 205 201 202 206 231 223 207 106 348 349 107 350 351
UnderlyingInstrument: 311 312 309 305 310 313 314 315 316 317 436 435 308 306 362 363 307 364 365
"""

# Conditionally required fields (orders, replacements, market data requests). LastPx of an execution is
# required by ExecType and ExecTransType together, which no row can say.
CONDITIONS: Final = """
D 40=2 needs 44
D 40=4 needs 44
D 40=3 needs 99
D 40=4 needs 99
G 40=2 needs 44
G 40=4 needs 44
G 40=3 needs 99
G 40=4 needs 99
V 263=1 needs 265
"""

KNOWN_TYPES: Final = """
0 1 2 3 4 5 6 7 8 9 A B C D E F G H J K L M N P Q R S T V W X Y Z a b c d e f g h i j k l m
"""

FIELDS: Final = """
1 Account STRING; 6 AvgPx PRICE; 7 BeginSeqNo SEQNUM; 8 BeginString STRING; 9 BodyLength LENGTH; 10 CheckSum STRING
11 ClOrdID STRING; 12 Commission AMT; 13 CommType CHAR 123; 14 CumQty QTY; 15 Currency CURRENCY; 16 EndSeqNo SEQNUM
17 ExecID STRING; 18 ExecInst MULTIPLEVALUESTRING; 19 ExecRefID STRING; 20 ExecTransType CHAR 0123
21 HandlInst CHAR 123; 22 IDSource STRING; 23 IOIid STRING; 29 LastCapacity CHAR 1234; 30 LastMkt EXCHANGE
31 LastPx PRICE; 32 LastShares QTY; 34 MsgSeqNum SEQNUM; 35 MsgType STRING; 36 NewSeqNo SEQNUM; 37 OrderID STRING
38 OrderQty QTY; 39 OrdStatus CHAR 0123456789ABCDE; 40 OrdType CHAR 123456789ABCDEFGHIP; 41 OrigClOrdID STRING
43 PossDupFlag BOOLEAN; 44 Price PRICE; 45 RefSeqNum SEQNUM; 47 Rule80A CHAR ABCDEFHIJKLMNOPRSTUWXYZ
48 SecurityID STRING; 49 SenderCompID STRING; 50 SenderSubID STRING; 52 SendingTime UTCTIMESTAMP
54 Side CHAR 123456789; 55 Symbol STRING; 56 TargetCompID STRING; 57 TargetSubID STRING; 58 Text STRING
59 TimeInForce CHAR 0123456; 60 TransactTime UTCTIMESTAMP; 63 SettlmntTyp CHAR 0123456789; 64 FutSettDate LOCALMKTDATE
65 SymbolSfx STRING; 66 ListID STRING; 67 ListSeqNo INT; 68 TotNoOrders INT; 69 ListExecInst STRING
73 NoOrders NUMINGROUP; 75 TradeDate LOCALMKTDATE; 76 ExecBroker STRING; 77 OpenClose CHAR CO; 78 NoAllocs NUMINGROUP
79 AllocAccount STRING; 80 AllocShares QTY; 81 ProcessCode CHAR 0123456; 89 Signature DATA; 90 SecureDataLen LENGTH
91 SecureData DATA; 93 SignatureLength LENGTH; 95 RawDataLength LENGTH; 96 RawData DATA; 97 PossResend BOOLEAN
98 EncryptMethod INT; 99 StopPx PRICE; 100 ExDestination EXCHANGE; 102 CxlRejReason INT; 103 OrdRejReason INT
106 Issuer STRING; 107 SecurityDesc STRING; 108 HeartBtInt INT; 109 ClientID STRING; 110 MinQty QTY; 111 MaxFloor QTY
112 TestReqID STRING; 113 ReportToExch BOOLEAN; 114 LocateReqd BOOLEAN; 115 OnBehalfOfCompID STRING
116 OnBehalfOfSubID STRING; 117 QuoteID STRING; 119 SettlCurrAmt AMT; 120 SettlCurrency CURRENCY; 121 ForexReq BOOLEAN
122 OrigSendingTime UTCTIMESTAMP; 123 GapFillFlag BOOLEAN; 126 ExpireTime UTCTIMESTAMP; 128 DeliverToCompID STRING
129 DeliverToSubID STRING; 140 PrevClosePx PRICE; 141 ResetSeqNumFlag BOOLEAN; 142 SenderLocationID STRING
143 TargetLocationID STRING; 144 OnBehalfOfLocationID STRING; 145 DeliverToLocationID STRING
146 NoRelatedSym NUMINGROUP; 150 ExecType CHAR 0123456789ABCDE; 151 LeavesQty QTY; 152 CashOrderQty QTY
155 SettlCurrFxRate FLOAT; 156 SettlCurrFxRateCalc CHAR MD; 160 SettlInstMode CHAR 0123; 167 SecurityType STRING
168 EffectiveTime UTCTIMESTAMP; 192 OrderQty2 QTY; 193 FutSettDate2 LOCALMKTDATE; 194 LastSpotRate PRICE
195 LastForwardPoints PRICEOFFSET; 198 SecondaryOrderID STRING; 200 MaturityMonthYear MONTHYEAR; 201 PutOrCall INT
202 StrikePrice PRICE; 203 CoveredOrUncovered INT; 204 CustomerOrFirm INT; 205 MaturityDay INT; 206 OptAttribute CHAR
207 SecurityExchange EXCHANGE; 210 MaxShow QTY; 211 PegDifference PRICEOFFSET; 212 XmlDataLen LENGTH; 213 XmlData DATA
223 CouponRate FLOAT; 231 ContractMultiplier FLOAT; 262 MDReqID STRING; 263 SubscriptionRequestType CHAR 012
264 MarketDepth INT; 265 MDUpdateType INT; 266 AggregatedBook BOOLEAN; 267 NoMDEntryTypes NUMINGROUP
268 NoMDEntries NUMINGROUP; 269 MDEntryType CHAR 0123456789; 270 MDEntryPx PRICE; 271 MDEntrySize QTY
272 MDEntryDate UTCDATEONLY; 273 MDEntryTime UTCTIMEONLY; 274 TickDirection CHAR 0123; 275 MDMkt EXCHANGE
276 QuoteCondition MULTIPLEVALUESTRING; 277 TradeCondition MULTIPLEVALUESTRING; 278 MDEntryID STRING
279 MDUpdateAction CHAR 012; 280 MDEntryRefID STRING; 281 MDReqRejReason CHAR 012345678; 282 MDEntryOriginator STRING
283 LocationID STRING; 284 DeskID STRING; 285 DeleteReason CHAR 01; 286 OpenCloseSettleFlag CHAR 012
287 SellerDays INT; 288 MDEntryBuyer STRING; 289 MDEntrySeller STRING; 290 MDEntryPositionNo INT
291 FinancialStatus CHAR 1; 292 CorporateAction CHAR ABCDE; 299 QuoteEntryID STRING; 305 UnderlyingIDSource STRING
306 UnderlyingIssuer STRING; 307 UnderlyingSecurityDesc STRING; 308 UnderlyingSecurityExchange EXCHANGE
309 UnderlyingSecurityID STRING; 310 UnderlyingSecurityType STRING; 311 UnderlyingSymbol STRING
312 UnderlyingSymbolSfx STRING; 313 UnderlyingMaturityMonthYear MONTHYEAR; 314 UnderlyingMaturityDay INT
315 UnderlyingPutOrCall INT; 316 UnderlyingStrikePrice PRICE; 317 UnderlyingOptAttribute CHAR
318 UnderlyingCurrency CURRENCY; 319 RatioQty QTY; 320 SecurityReqID STRING; 321 SecurityRequestType INT
322 SecurityResponseID STRING; 323 SecurityResponseType INT; 325 UnsolicitedIndicator BOOLEAN; 335 TradSesReqID STRING
336 TradingSessionID STRING; 337 ContraTrader STRING; 338 TradSesMethod INT; 339 TradSesMode INT
340 TradSesStatus INT; 341 TradSesStartTime UTCTIMESTAMP; 342 TradSesOpenTime UTCTIMESTAMP
343 TradSesPreCloseTime UTCTIMESTAMP; 344 TradSesCloseTime UTCTIMESTAMP; 345 TradSesEndTime UTCTIMESTAMP
346 NumberOfOrders INT; 347 MessageEncoding STRING; 348 EncodedIssuerLen LENGTH; 349 EncodedIssuer DATA
350 EncodedSecurityDescLen LENGTH; 351 EncodedSecurityDesc DATA; 352 EncodedListExecInstLen LENGTH
353 EncodedListExecInst DATA; 354 EncodedTextLen LENGTH; 355 EncodedText DATA; 362 EncodedUnderlyingIssuerLen LENGTH
363 EncodedUnderlyingIssuer DATA; 364 EncodedUnderlyingSecurityDescLen LENGTH; 365 EncodedUnderlyingSecurityDesc DATA
369 LastMsgSeqNumProcessed SEQNUM; 370 OnBehalfOfSendingTime UTCTIMESTAMP; 371 RefTagID INT; 372 RefMsgType STRING
373 SessionRejectReason INT; 375 ContraBroker STRING; 376 ComplianceID STRING; 377 SolicitedFlag BOOLEAN
378 ExecRestatementReason INT; 379 BusinessRejectRefID STRING; 380 BusinessRejectReason INT; 381 GrossTradeAmt AMT
382 NoContraBrokers NUMINGROUP; 383 MaxMessageSize INT; 384 NoMsgTypes NUMINGROUP; 385 MsgDirection CHAR RS
386 NoTradingSessions NUMINGROUP; 387 TotalVolumeTraded QTY; 388 DiscretionInst CHAR 012345
389 DiscretionOffset PRICEOFFSET; 390 BidID STRING; 391 ClientBidID STRING; 393 TotalNumSecurities INT
394 BidType INT; 401 SideValueInd INT; 414 ProgRptReqs INT; 415 ProgPeriodInterval INT; 424 DayOrderQty QTY
425 DayCumQty QTY; 426 DayAvgPx PRICE; 427 GTBookingInst INT; 432 ExpireDate LOCALMKTDATE
433 ListExecInstType CHAR 12; 434 CxlRejResponseTo CHAR 12; 435 UnderlyingCouponRate FLOAT
436 UnderlyingContractMultiplier FLOAT; 437 ContraTradeQty QTY; 438 ContraTradeTime UTCTIMESTAMP
439 ClearingFirm STRING; 440 ClearingAccount STRING; 442 MultiLegReportingType CHAR 123
"""

REJECT_REASON_LAST: Final = 11  # SessionRejectReason(373) ends with "Invalid MsgType" in this version

TABLES: Final[VersionTables] = VersionTables(
    begin_string="FIX.4.2",
    fields=FIELDS,
    header=HEADER,
    trailer=TRAILER,
    components=COMPONENTS,
    messages=MESSAGES,
    conditions=CONDITIONS,
    known_types=KNOWN_TYPES,
    reject_reason_last=REJECT_REASON_LAST,
)
