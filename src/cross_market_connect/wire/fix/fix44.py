"""FIX 4.4 as tables: the session messages and the order and market-data messages this product speaks.

Grammar: `dictionary.py`. Sources: FIX 4.4 with Errata 20030618, Volume 6 (fields by tag), Volume 1 (component blocks,
standard header and trailer), Volume 2 (session messages), Volume 3 (market data), Volume 4 (orders); tags, names and
layouts cross-checked against the standard's machine-readable repository.

The layouts are complete, not only what we send: an ExecutionReport refused for an unexpected but valid field would be
a fill that the engine never sees. ManualOrderIndicator (1028) was added after 4.4 (FIX 5.0 SP1) and is asked for by
futures venues on 4.4 sessions too.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.wire.fix.dictionary import VersionTables

HEADER: Final = """
8! 9! 35! 49! 56! 115 128 90 91 34! 50 142 57 143 116 144 129 145 43 97 52! 122 212 213 347 369 627(628 629 630)
"""

TRAILER: Final = "93 89 10!"

MESSAGES: Final = """
0 Heartbeat admin: 112
1 TestRequest admin: 112!
2 ResendRequest admin: 7! 16!
3 Reject admin: 45! 371 372 373 58 354 355
4 SequenceReset admin: 123 36!
5 Logout admin: 58 354 355
8 ExecutionReport app: 37! 198 526 527 11 41 583 693 790 584 911 912 @Parties 229 @ContraGrp 66 548 551 549 17! 19
    150! 39! 636 103 378 1 660 581 589 590 591 63 64 544 635 @Instrument! @FinancingDetails @UndInstrmtGrp 54!
    @Stipulations 854 @OrderQtyData 40 423 44 99 @PegInstructions @DiscretionInstructions 839 845 847 848 849 850 15
    376 377 59 168 432 126 18 528 529 582 32 652 31 651 669 194 195 30 336 625 943 29 151! 14! 6! 424 425 426 427 75
    60 113 @CommissionData @SpreadOrBenchmarkCurveData @YieldData 381 157 230 158 159 738 920 921 922 258 259 260
    238 237 118 119 120 155 156 21 110 111 77 210 775 58 354 355 193 192 641 442 480 481 513 494 483 515 484 485 638
    639 851 @ContAmtGrp @InstrmtLegExecGrp 797 @MiscFeesGrp 1028
9 OrderCancelReject app: 37! 198 526 11! 583 41! 39! 636 586 66 1 660 581 229 75 60 434! 102 58 354 355
A Logon admin: 98! 108! 95 96 141 789 383 384(372 385) 464 553 554
D NewOrderSingle app: 11! 526 583 @Parties 229 75 1 660 581 589 590 591 70 @PreAllocGrp 63 64 544 635 21 18 110 111
    100 @TrdgSesGrp 81 @Instrument! @FinancingDetails @UndInstrmtGrp 140 54! 114 60! @Stipulations 854
    @OrderQtyData! 40! 423 44 99 @SpreadOrBenchmarkCurveData @YieldData 15 376 377 23 117 59 168 432 126 427
    @CommissionData 528 529 582 121 120 775 58 354 355 193 192 640 77 203 210 @PegInstructions
    @DiscretionInstructions 847 848 849 480 481 513 494 1028
F OrderCancelRequest app: 41! 37 11! 526 583 66 586 1 660 581 @Parties @Instrument! @FinancingDetails @UndInstrmtGrp
    54! 60! @OrderQtyData! 376 58 354 355 1028
H OrderStatusRequest app: 37 11! 526 583 @Parties 790 1 660 @Instrument! @FinancingDetails @UndInstrmtGrp 54!
V MarketDataRequest app: 262! 263! 264! 265 266 286 546 547 @MDReqGrp! @InstrmtMDReqGrp! @TrdgSesGrp 815 812
W MarketDataSnapshotFullRefresh app: 262 @Instrument! @UndInstrmtGrp @InstrmtLegGrp 291 292 451 @MDFullGrp! 813 814
X MarketDataIncrementalRefresh app: 262 @MDIncGrp! 813 814
Y MarketDataRequestReject app: 262! 281 @MDRjctGrp 58 354 355
j BusinessMessageReject app: 45 372! 379 380! 58 354 355
E NewOrderList app: 66! 390 391 414 394! 415 480 481 513 433 69 352 353 765 766 767 68! 893 @ListOrdGrp!
G OrderCancelReplaceRequest app: 37 @Parties 229 75 41! 11! 526 583 66 586 1 660 581 589 590 591 70 @PreAllocGrp 63 64
    544 635 21 18 110 111 100 @TrdgSesGrp @Instrument! @FinancingDetails @UndInstrmtGrp 54! 60! 854 @OrderQtyData! 40!
    423 44 99 @SpreadOrBenchmarkCurveData @YieldData @PegInstructions @DiscretionInstructions 847 848 849 376 377 15
    59 168 432 126 427 @CommissionData 528 529 582 121 120 775 58 354 355 193 192 640 77 203 210 114 480 481 513 494
q OrderMassCancelRequest app: 11! 526 530! 336 625 @Instrument @UnderlyingInstrument 54 60! 58 354 355
r OrderMassCancelReport app: 11 526 37! 198 530! 531! 532 533 @AffectedOrdGrp 336 625 @Instrument
    @UnderlyingInstrument 54 60 58 354 355
AF OrderMassStatusRequest app: 584! 585! @Parties 1 660 336 625 @Instrument @UnderlyingInstrument 54
c SecurityDefinitionRequest app: 320! 321! @Instrument @InstrumentExtension @UndInstrmtGrp 15 58 354 355 336 625
    @InstrmtLegGrp 827 263
d SecurityDefinition app: 320! 322! 323! @Instrument @InstrumentExtension @UndInstrmtGrp 15 336 625 58 354 355
    @InstrmtLegGrp 827 561 562
x SecurityListRequest app: 320! 559! @Instrument @InstrumentExtension @FinancingDetails @UndInstrmtGrp @InstrmtLegGrp
    15 58 354 355 336 625 263
y SecurityList app: 320! 322! 560! 393 893 @SecListGrp
g TradingSessionStatusRequest app: 335! 336 625 338 339 263!
h TradingSessionStatus app: 335 336! 625 338 339 325 340! 567 341 342 343 344 345 387 58 354 355
AN RequestForPositions app: 710! 724! 573 263 @Parties! 1! 660 581! @Instrument 15 @InstrmtLegGrp @UndInstrmtGrp 715!
    716 717 @TrdgSesGrp 60! 725 726 58 354 355
AP PositionReport app: 721! 710 724 263 727 325 728! 715! 716 717 @Parties! 1! 660 581! @Instrument 15 730! 731! 734!
    @InstrmtLegGrp @PosUndInstrmtGrp @PositionQty! @PositionAmountData! 506 743 58 354 355
"""

COMPONENTS: Final = """
Parties: 453!(448 447 452 @PtysSubGrp)
ContraGrp: 382(375 337 437 438 655)
Instrument: 55 65 48 22 @SecAltIDGrp 460 461 167 762 200 541 201 224 225 239 226 227 228 255 543 470 471 472 240 202
    947 206 231 223 207 106 348 349 107 350 351 691 667 875 876 @EvntGrp 873 874
FinancingDetails: 913 914 915 918 788 916 917 919 898
UndInstrmtGrp: 711(@UnderlyingInstrument)
Stipulations: 232(233 234)
OrderQtyData: 38 152 516 468 469
PegInstructions: 211 835 836 837 838 840
DiscretionInstructions: 388 389 841 842 843 844 846
CommissionData: 12 13 479 497
SpreadOrBenchmarkCurveData: 218 220 221 222 662 663 699 761
YieldData: 235 236 701 696 697 698
ContAmtGrp: 518(519 520 521)
InstrmtLegExecGrp: 555(@InstrumentLeg 687 690 @LegStipulations 564 565 @NestedParties 654 566 587 588 637)
MiscFeesGrp: 136(137 138 139 891)
PreAllocGrp: 78(79 661 736 467 @NestedParties 80)
TrdgSesGrp: 386(336 625)
MDReqGrp: 267!(269!)
InstrmtMDReqGrp: 146!(@Instrument! @UndInstrmtGrp @InstrmtLegGrp)
InstrmtLegGrp: 555(@InstrumentLeg)
MDFullGrp: 268!(269! 270 15 271 272 273 274 275 336 625 276 277 282 283 284 286 59 432 126 110 18 287 37 299 288 289
    346 290 546 811 58 354 355)
MDIncGrp: 268!(279! 285 269 278 280 @Instrument @UndInstrmtGrp @InstrmtLegGrp 291 292 270 15 271 272 273 274 275 336
    625 276 277 282 283 284 286 59 432 126 110 18 287 37 299 288 289 346 290 546 811 451 58 354 355)
MDRjctGrp: 816(817)
PtysSubGrp: 802(523 803)
SecAltIDGrp: 454(455 456)
EvntGrp: 864(865 866 867 868)
UnderlyingInstrument: 311 312 309 305 @UndSecAltIDGrp 462 463 310 763 313 542 315 241 242 243 244 245 246 256 595
    592 593 594 247 316 941 317 436 435 308 306 362 363 307 364 365 877 878 318 879 810 882 883 884 885 886
    @UnderlyingStipulations
InstrumentLeg: 600 601 602 603 @LegSecAltIDGrp 607 608 609 764 610 611 248 249 250 251 252 253 257 599 596 597 598
    254 612 942 613 614 615 616 617 618 619 620 621 622 623 624 556 740 739 955 956
LegStipulations: 683(688 689)
NestedParties: 539(524 525 538 @NstdPtysSubGrp)
UndSecAltIDGrp: 457(458 459)
UnderlyingStipulations: 887(888 889)
LegSecAltIDGrp: 604(605 606)
NstdPtysSubGrp: 804(545 805)
ListOrdGrp: 73!(11! 526 67! 583 160 @Parties 229 75 1 660 581 589 590 70 591 @PreAllocGrp 63 64 544 635 21 18 110 111
    100 @TrdgSesGrp 81 @Instrument! @UndInstrmtGrp 140 54! 401 114 60 @Stipulations 854 @OrderQtyData! 40 423 44 99
    @SpreadOrBenchmarkCurveData @YieldData 15 376 377 23 117 59 168 432 126 427 @CommissionData 528 529 582 121 120
    775 58 354 355 193 192 640 77 203 210 @PegInstructions @DiscretionInstructions 847 848 849 494)
AffectedOrdGrp: 534(41 535 536)
InstrumentExtension: 668 869 @AttrbGrp
SecListGrp: 146(@Instrument @InstrumentExtension @FinancingDetails @UndInstrmtGrp 15 @Stipulations
    @InstrmtLegSecListGrp @SpreadOrBenchmarkCurveData @YieldData 561 562 336 625 827 58 354 355)
PosUndInstrmtGrp: 711(@UnderlyingInstrument 732! 733!)
PositionQty: 702!(703 704 705 706 @NestedParties)
PositionAmountData: 753!(707 708)
AttrbGrp: 870(871 872)
InstrmtLegSecListGrp: 555(@InstrumentLeg 690 587 @LegStipulations @LegBenchmarkCurveData)
LegBenchmarkCurveData: 676 677 678 679 680
"""

# Conditionally required fields (Volume 4, NewOrderSingle and OrderCancelRequest; Volume 3, market data).
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
8 150=F needs 31
8 150=F needs 32
"""

KNOWN_TYPES: Final = """
0 1 2 3 4 5 6 7 8 9 A B C D E F G H J K L M N P Q R S T V W X Y Z a b c d e f g h i j k l m n o p q r s t u v w x y z
AA AB AC AD AE AF AG AH AI AJ AK AL AM AN AO AP AQ AR AS AT AU AV AW AX AY AZ BA BB BC BD BE BF BG BH
"""

FIELDS: Final = """
1 Account STRING; 6 AvgPx PRICE; 7 BeginSeqNo SEQNUM; 8 BeginString STRING; 9 BodyLength LENGTH; 10 CheckSum STRING
11 ClOrdID STRING; 12 Commission AMT; 13 CommType CHAR 123456; 14 CumQty QTY; 15 Currency CURRENCY; 16 EndSeqNo SEQNUM
17 ExecID STRING; 18 ExecInst MULTIPLEVALUESTRING; 19 ExecRefID STRING; 21 HandlInst CHAR 123
22 SecurityIDSource STRING; 23 IOIID STRING; 29 LastCapacity CHAR 1234; 30 LastMkt EXCHANGE; 31 LastPx PRICE
32 LastQty QTY; 34 MsgSeqNum SEQNUM; 35 MsgType STRING; 36 NewSeqNo SEQNUM; 37 OrderID STRING; 38 OrderQty QTY
39 OrdStatus CHAR 012346789ABCDE; 40 OrdType CHAR 12346789DEGIJKLMP; 41 OrigClOrdID STRING; 43 PossDupFlag BOOLEAN
44 Price PRICE; 45 RefSeqNum SEQNUM; 48 SecurityID STRING; 49 SenderCompID STRING; 50 SenderSubID STRING
52 SendingTime UTCTIMESTAMP; 54 Side CHAR 123456789ABCDEFG; 55 Symbol STRING; 56 TargetCompID STRING
57 TargetSubID STRING; 58 Text STRING; 59 TimeInForce CHAR 01234567; 60 TransactTime UTCTIMESTAMP
63 SettlType CHAR 0123456789; 64 SettlDate LOCALMKTDATE; 65 SymbolSfx STRING; 66 ListID STRING; 67 ListSeqNo INT
68 TotNoOrders INT; 69 ListExecInst STRING; 70 AllocID STRING; 73 NoOrders NUMINGROUP; 75 TradeDate LOCALMKTDATE
77 PositionEffect CHAR OCRF; 78 NoAllocs NUMINGROUP; 79 AllocAccount STRING; 80 AllocQty QTY
81 ProcessCode CHAR 0123456; 89 Signature DATA; 90 SecureDataLen LENGTH; 91 SecureData DATA; 93 SignatureLength LENGTH
95 RawDataLength LENGTH; 96 RawData DATA; 97 PossResend BOOLEAN; 98 EncryptMethod INT; 99 StopPx PRICE
100 ExDestination EXCHANGE; 102 CxlRejReason INT; 103 OrdRejReason INT; 106 Issuer STRING; 107 SecurityDesc STRING
108 HeartBtInt INT; 110 MinQty QTY; 111 MaxFloor QTY; 112 TestReqID STRING; 113 ReportToExch BOOLEAN
114 LocateReqd BOOLEAN; 115 OnBehalfOfCompID STRING; 116 OnBehalfOfSubID STRING; 117 QuoteID STRING; 118 NetMoney AMT
119 SettlCurrAmt AMT; 120 SettlCurrency CURRENCY; 121 ForexReq BOOLEAN; 122 OrigSendingTime UTCTIMESTAMP
123 GapFillFlag BOOLEAN; 126 ExpireTime UTCTIMESTAMP; 128 DeliverToCompID STRING; 129 DeliverToSubID STRING
136 NoMiscFees NUMINGROUP; 137 MiscFeeAmt AMT; 138 MiscFeeCurr CURRENCY; 139 MiscFeeType STRING; 140 PrevClosePx PRICE
141 ResetSeqNumFlag BOOLEAN; 142 SenderLocationID STRING; 143 TargetLocationID STRING; 144 OnBehalfOfLocationID STRING
145 DeliverToLocationID STRING; 146 NoRelatedSym NUMINGROUP; 150 ExecType CHAR 03456789ABCDEFGHI; 151 LeavesQty QTY
152 CashOrderQty QTY; 155 SettlCurrFxRate FLOAT; 156 SettlCurrFxRateCalc CHAR MD; 157 NumDaysInterest INT
158 AccruedInterestRate PERCENTAGE; 159 AccruedInterestAmt AMT; 160 SettlInstMode CHAR 145; 167 SecurityType STRING
168 EffectiveTime UTCTIMESTAMP; 192 OrderQty2 QTY; 193 SettlDate2 LOCALMKTDATE; 194 LastSpotRate PRICE
195 LastForwardPoints PRICEOFFSET; 198 SecondaryOrderID STRING; 200 MaturityMonthYear MONTHYEAR; 201 PutOrCall INT
202 StrikePrice PRICE; 203 CoveredOrUncovered INT; 206 OptAttribute CHAR; 207 SecurityExchange EXCHANGE
210 MaxShow QTY; 211 PegOffsetValue FLOAT; 212 XmlDataLen LENGTH; 213 XmlData DATA; 218 Spread PRICEOFFSET
220 BenchmarkCurveCurrency CURRENCY; 221 BenchmarkCurveName STRING; 222 BenchmarkCurvePoint STRING
223 CouponRate PERCENTAGE; 224 CouponPaymentDate LOCALMKTDATE; 225 IssueDate LOCALMKTDATE; 226 RepurchaseTerm INT
227 RepurchaseRate PERCENTAGE; 228 Factor FLOAT; 229 TradeOriginationDate LOCALMKTDATE; 230 ExDate LOCALMKTDATE
231 ContractMultiplier FLOAT; 232 NoStipulations NUMINGROUP; 233 StipulationType STRING; 234 StipulationValue STRING
235 YieldType STRING; 236 Yield PERCENTAGE; 237 TotalTakedown AMT; 238 Concession AMT
239 RepoCollateralSecurityType STRING; 240 RedemptionDate LOCALMKTDATE; 241 UnderlyingCouponPaymentDate LOCALMKTDATE
242 UnderlyingIssueDate LOCALMKTDATE; 243 UnderlyingRepoCollateralSecurityType STRING
244 UnderlyingRepurchaseTerm INT; 245 UnderlyingRepurchaseRate PERCENTAGE; 246 UnderlyingFactor FLOAT
247 UnderlyingRedemptionDate LOCALMKTDATE; 248 LegCouponPaymentDate LOCALMKTDATE; 249 LegIssueDate LOCALMKTDATE
250 LegRepoCollateralSecurityType STRING; 251 LegRepurchaseTerm INT; 252 LegRepurchaseRate PERCENTAGE
253 LegFactor FLOAT; 254 LegRedemptionDate LOCALMKTDATE; 255 CreditRating STRING; 256 UnderlyingCreditRating STRING
257 LegCreditRating STRING; 258 TradedFlatSwitch BOOLEAN; 259 BasisFeatureDate LOCALMKTDATE
260 BasisFeaturePrice PRICE; 262 MDReqID STRING; 263 SubscriptionRequestType CHAR 012; 264 MarketDepth INT
265 MDUpdateType INT; 266 AggregatedBook BOOLEAN; 267 NoMDEntryTypes NUMINGROUP; 268 NoMDEntries NUMINGROUP
269 MDEntryType CHAR 0123456789ABC; 270 MDEntryPx PRICE; 271 MDEntrySize QTY; 272 MDEntryDate UTCDATEONLY
273 MDEntryTime UTCTIMEONLY; 274 TickDirection CHAR 0123; 275 MDMkt EXCHANGE; 276 QuoteCondition MULTIPLEVALUESTRING
277 TradeCondition MULTIPLEVALUESTRING; 278 MDEntryID STRING; 279 MDUpdateAction CHAR 012; 280 MDEntryRefID STRING
281 MDReqRejReason CHAR 0123456789ABC; 282 MDEntryOriginator STRING; 283 LocationID STRING; 284 DeskID STRING
285 DeleteReason CHAR 01; 286 OpenCloseSettlFlag MULTIPLEVALUESTRING; 287 SellerDays INT; 288 MDEntryBuyer STRING
289 MDEntrySeller STRING; 290 MDEntryPositionNo INT; 291 FinancialStatus MULTIPLEVALUESTRING
292 CorporateAction MULTIPLEVALUESTRING; 299 QuoteEntryID STRING; 305 UnderlyingSecurityIDSource STRING
306 UnderlyingIssuer STRING; 307 UnderlyingSecurityDesc STRING; 308 UnderlyingSecurityExchange EXCHANGE
309 UnderlyingSecurityID STRING; 310 UnderlyingSecurityType STRING; 311 UnderlyingSymbol STRING
312 UnderlyingSymbolSfx STRING; 313 UnderlyingMaturityMonthYear MONTHYEAR; 315 UnderlyingPutOrCall INT
316 UnderlyingStrikePrice PRICE; 317 UnderlyingOptAttribute CHAR; 318 UnderlyingCurrency CURRENCY
320 SecurityReqID STRING; 321 SecurityRequestType INT; 322 SecurityResponseID STRING; 323 SecurityResponseType INT
325 UnsolicitedIndicator BOOLEAN; 335 TradSesReqID STRING; 336 TradingSessionID STRING; 337 ContraTrader STRING
338 TradSesMethod INT; 339 TradSesMode INT; 340 TradSesStatus INT; 341 TradSesStartTime UTCTIMESTAMP
342 TradSesOpenTime UTCTIMESTAMP; 343 TradSesPreCloseTime UTCTIMESTAMP; 344 TradSesCloseTime UTCTIMESTAMP
345 TradSesEndTime UTCTIMESTAMP; 346 NumberOfOrders INT; 347 MessageEncoding STRING; 348 EncodedIssuerLen LENGTH
349 EncodedIssuer DATA; 350 EncodedSecurityDescLen LENGTH; 351 EncodedSecurityDesc DATA
352 EncodedListExecInstLen LENGTH; 353 EncodedListExecInst DATA; 354 EncodedTextLen LENGTH; 355 EncodedText DATA
362 EncodedUnderlyingIssuerLen LENGTH; 363 EncodedUnderlyingIssuer DATA; 364 EncodedUnderlyingSecurityDescLen LENGTH
365 EncodedUnderlyingSecurityDesc DATA; 369 LastMsgSeqNumProcessed SEQNUM; 371 RefTagID INT; 372 RefMsgType STRING
373 SessionRejectReason INT; 375 ContraBroker STRING; 376 ComplianceID STRING; 377 SolicitedFlag BOOLEAN
378 ExecRestatementReason INT; 379 BusinessRejectRefID STRING; 380 BusinessRejectReason INT; 381 GrossTradeAmt AMT
382 NoContraBrokers NUMINGROUP; 383 MaxMessageSize LENGTH; 384 NoMsgTypes NUMINGROUP; 385 MsgDirection CHAR SR
386 NoTradingSessions NUMINGROUP; 387 TotalVolumeTraded QTY; 388 DiscretionInst CHAR 0123456
389 DiscretionOffsetValue FLOAT; 390 BidID STRING; 391 ClientBidID STRING; 393 TotNoRelatedSym INT; 394 BidType INT
401 SideValueInd INT; 414 ProgRptReqs INT; 415 ProgPeriodInterval INT; 423 PriceType INT; 424 DayOrderQty QTY
425 DayCumQty QTY; 426 DayAvgPx PRICE; 427 GTBookingInst INT; 432 ExpireDate LOCALMKTDATE
433 ListExecInstType CHAR 12345; 434 CxlRejResponseTo CHAR 12; 435 UnderlyingCouponRate PERCENTAGE
436 UnderlyingContractMultiplier FLOAT; 437 ContraTradeQty QTY; 438 ContraTradeTime UTCTIMESTAMP
442 MultiLegReportingType CHAR 123; 447 PartyIDSource CHAR BCDEFGH123456789AI; 448 PartyID STRING
451 NetChgPrevDay PRICEOFFSET; 452 PartyRole INT; 453 NoPartyIDs NUMINGROUP; 454 NoSecurityAltID NUMINGROUP
455 SecurityAltID STRING; 456 SecurityAltIDSource STRING; 457 NoUnderlyingSecurityAltID NUMINGROUP
458 UnderlyingSecurityAltID STRING; 459 UnderlyingSecurityAltIDSource STRING; 460 Product INT; 461 CFICode STRING
462 UnderlyingProduct INT; 463 UnderlyingCFICode STRING; 464 TestMessageIndicator BOOLEAN
467 IndividualAllocID STRING; 468 RoundingDirection CHAR 012; 469 RoundingModulus FLOAT; 470 CountryOfIssue COUNTRY
471 StateOrProvinceOfIssue STRING; 472 LocaleOfIssue STRING; 479 CommCurrency CURRENCY
480 CancellationRights CHAR YNMO; 481 MoneyLaunderingStatus CHAR YN123; 483 TransBkdTime UTCTIMESTAMP
484 ExecPriceType CHAR BCDEOPQS; 485 ExecPriceAdjustment FLOAT; 494 Designation STRING; 497 FundRenewWaiv CHAR YN
506 RegistStatus CHAR ARHN; 513 RegistID STRING; 515 ExecValuationPoint UTCTIMESTAMP; 516 OrderPercent PERCENTAGE
518 NoContAmts NUMINGROUP; 519 ContAmtType INT; 520 ContAmtValue FLOAT; 521 ContAmtCurr CURRENCY
523 PartySubID STRING; 524 NestedPartyID STRING; 525 NestedPartyIDSource CHAR; 526 SecondaryClOrdID STRING
527 SecondaryExecID STRING; 528 OrderCapacity CHAR AGIPRW; 529 OrderRestrictions MULTIPLEVALUESTRING
530 MassCancelRequestType CHAR 1234567; 531 MassCancelResponse CHAR 01234567; 532 MassCancelRejectReason INT
533 TotalAffectedOrders INT; 534 NoAffectedOrders NUMINGROUP; 535 AffectedOrderID STRING
536 AffectedSecondaryOrderID STRING; 538 NestedPartyRole INT; 539 NoNestedPartyIDs NUMINGROUP
541 MaturityDate LOCALMKTDATE; 542 UnderlyingMaturityDate LOCALMKTDATE; 543 InstrRegistry STRING
544 CashMargin CHAR 123; 545 NestedPartySubID STRING; 546 Scope MULTIPLEVALUESTRING; 547 MDImplicitDelete BOOLEAN
548 CrossID STRING; 549 CrossType INT; 551 OrigCrossID STRING; 553 Username STRING; 554 Password STRING
555 NoLegs NUMINGROUP; 556 LegCurrency CURRENCY; 559 SecurityListRequestType INT; 560 SecurityRequestResult INT
561 RoundLot QTY; 562 MinTradeVol QTY; 564 LegPositionEffect CHAR; 565 LegCoveredOrUncovered INT; 566 LegPrice PRICE
567 TradSesStatusRejReason INT; 573 MatchStatus CHAR 012; 581 AccountType INT; 582 CustOrderCapacity INT
583 ClOrdLinkID STRING; 584 MassStatusReqID STRING; 585 MassStatusReqType INT; 586 OrigOrdModTime UTCTIMESTAMP
587 LegSettlType CHAR; 588 LegSettlDate LOCALMKTDATE; 589 DayBookingInst CHAR 012; 590 BookingUnit CHAR 012
591 PreallocMethod CHAR 01; 592 UnderlyingCountryOfIssue COUNTRY; 593 UnderlyingStateOrProvinceOfIssue STRING
594 UnderlyingLocaleOfIssue STRING; 595 UnderlyingInstrRegistry STRING; 596 LegCountryOfIssue COUNTRY
597 LegStateOrProvinceOfIssue STRING; 598 LegLocaleOfIssue STRING; 599 LegInstrRegistry STRING; 600 LegSymbol STRING
601 LegSymbolSfx STRING; 602 LegSecurityID STRING; 603 LegSecurityIDSource STRING; 604 NoLegSecurityAltID NUMINGROUP
605 LegSecurityAltID STRING; 606 LegSecurityAltIDSource STRING; 607 LegProduct INT; 608 LegCFICode STRING
609 LegSecurityType STRING; 610 LegMaturityMonthYear MONTHYEAR; 611 LegMaturityDate LOCALMKTDATE
612 LegStrikePrice PRICE; 613 LegOptAttribute CHAR; 614 LegContractMultiplier FLOAT; 615 LegCouponRate PERCENTAGE
616 LegSecurityExchange EXCHANGE; 617 LegIssuer STRING; 618 EncodedLegIssuerLen LENGTH; 619 EncodedLegIssuer DATA
620 LegSecurityDesc STRING; 621 EncodedLegSecurityDescLen LENGTH; 622 EncodedLegSecurityDesc DATA
623 LegRatioQty FLOAT; 624 LegSide CHAR; 625 TradingSessionSubID STRING; 627 NoHops NUMINGROUP; 628 HopCompID STRING
629 HopSendingTime UTCTIMESTAMP; 630 HopRefID SEQNUM; 635 ClearingFeeIndicator STRING; 636 WorkingIndicator BOOLEAN
637 LegLastPx PRICE; 638 PriorityIndicator INT; 639 PriceImprovement PRICEOFFSET; 640 Price2 PRICE
641 LastForwardPoints2 PRICEOFFSET; 651 UnderlyingLastPx PRICE; 652 UnderlyingLastQty QTY; 654 LegRefID STRING
655 ContraLegRefID STRING; 660 AcctIDSource INT; 661 AllocAcctIDSource INT; 662 BenchmarkPrice PRICE
663 BenchmarkPriceType INT; 667 ContractSettlMonth MONTHYEAR; 668 DeliveryForm INT; 669 LastParPx PRICE
676 LegBenchmarkCurveCurrency CURRENCY; 677 LegBenchmarkCurveName STRING; 678 LegBenchmarkCurvePoint STRING
679 LegBenchmarkPrice PRICE; 680 LegBenchmarkPriceType INT; 683 NoLegStipulations NUMINGROUP; 687 LegQty QTY
688 LegStipulationType STRING; 689 LegStipulationValue STRING; 690 LegSwapType INT; 691 Pool STRING
693 QuoteRespID STRING; 696 YieldRedemptionDate LOCALMKTDATE; 697 YieldRedemptionPrice PRICE
698 YieldRedemptionPriceType INT; 699 BenchmarkSecurityID STRING; 701 YieldCalcDate LOCALMKTDATE
702 NoPositions NUMINGROUP; 703 PosType STRING; 704 LongQty QTY; 705 ShortQty QTY; 706 PosQtyStatus INT
707 PosAmtType STRING; 708 PosAmt AMT; 710 PosReqID STRING; 711 NoUnderlyings NUMINGROUP
715 ClearingBusinessDate LOCALMKTDATE; 716 SettlSessID STRING; 717 SettlSessSubID STRING; 721 PosMaintRptID STRING
724 PosReqType INT; 725 ResponseTransportType INT; 726 ResponseDestination STRING; 727 TotalNumPosReports INT
728 PosReqResult INT; 730 SettlPrice PRICE; 731 SettlPriceType INT; 732 UnderlyingSettlPrice PRICE
733 UnderlyingSettlPriceType INT; 734 PriorSettlPrice PRICE; 736 AllocSettlCurrency CURRENCY
738 InterestAtMaturity AMT; 739 LegDatedDate LOCALMKTDATE; 740 LegPool STRING; 743 DeliveryDate LOCALMKTDATE
753 NoPosAmt NUMINGROUP; 761 BenchmarkSecurityIDSource STRING; 762 SecuritySubType STRING
763 UnderlyingSecuritySubType STRING; 764 LegSecuritySubType STRING; 765 AllowableOneSidednessPct PERCENTAGE
766 AllowableOneSidednessValue AMT; 767 AllowableOneSidednessCurr CURRENCY; 775 BookingType INT
788 TerminationType INT; 789 NextExpectedMsgSeqNum SEQNUM; 790 OrdStatusReqID STRING; 797 CopyMsgIndicator BOOLEAN
802 NoPartySubIDs NUMINGROUP; 803 PartySubIDType INT; 804 NoNestedPartySubIDs NUMINGROUP; 805 NestedPartySubIDType INT
810 UnderlyingPx PRICE; 811 PriceDelta FLOAT; 812 ApplQueueMax INT; 813 ApplQueueDepth INT
814 ApplQueueResolution INT; 815 ApplQueueAction INT; 816 NoAltMDSource NUMINGROUP; 817 AltMDSourceID STRING
827 ExpirationCycle INT; 835 PegMoveType INT; 836 PegOffsetType INT; 837 PegLimitType INT; 838 PegRoundDirection INT
839 PeggedPrice PRICE; 840 PegScope INT; 841 DiscretionMoveType INT; 842 DiscretionOffsetType INT
843 DiscretionLimitType INT; 844 DiscretionRoundDirection INT; 845 DiscretionPrice PRICE; 846 DiscretionScope INT
847 TargetStrategy INT; 848 TargetStrategyParameters STRING; 849 ParticipationRate PERCENTAGE
850 TargetStrategyPerformance FLOAT; 851 LastLiquidityInd INT; 854 QtyType INT; 864 NoEvents NUMINGROUP
865 EventType INT; 866 EventDate LOCALMKTDATE; 867 EventPx PRICE; 868 EventText STRING; 869 PctAtRisk PERCENTAGE
870 NoInstrAttrib NUMINGROUP; 871 InstrAttribType INT; 872 InstrAttribValue STRING; 873 DatedDate LOCALMKTDATE
874 InterestAccrualDate LOCALMKTDATE; 875 CPProgram INT; 876 CPRegType STRING; 877 UnderlyingCPProgram STRING
878 UnderlyingCPRegType STRING; 879 UnderlyingQty QTY; 882 UnderlyingDirtyPrice PRICE; 883 UnderlyingEndPrice PRICE
884 UnderlyingStartValue AMT; 885 UnderlyingCurrentValue AMT; 886 UnderlyingEndValue AMT
887 NoUnderlyingStips NUMINGROUP; 888 UnderlyingStipType STRING; 889 UnderlyingStipValue STRING; 891 MiscFeeBasis INT
893 LastFragment BOOLEAN; 898 MarginRatio PERCENTAGE; 911 TotNumReports INT; 912 LastRptRequested BOOLEAN
913 AgreementDesc STRING; 914 AgreementID STRING; 915 AgreementDate LOCALMKTDATE; 916 StartDate LOCALMKTDATE
917 EndDate LOCALMKTDATE; 918 AgreementCurrency CURRENCY; 919 DeliveryType INT; 920 EndAccruedInterestAmt AMT
921 StartCash AMT; 922 EndCash AMT; 941 UnderlyingStrikeCurrency CURRENCY; 942 LegStrikeCurrency CURRENCY
943 TimeBracket STRING; 947 StrikeCurrency CURRENCY; 955 LegContractSettlMonth MONTHYEAR
956 LegInterestAccrualDate LOCALMKTDATE; 1028 ManualOrderIndicator BOOLEAN
"""

TABLES: Final[VersionTables] = VersionTables(
    begin_string="FIX.4.4",
    fields=FIELDS,
    header=HEADER,
    trailer=TRAILER,
    components=COMPONENTS,
    messages=MESSAGES,
    conditions=CONDITIONS,
    known_types=KNOWN_TYPES,
)
