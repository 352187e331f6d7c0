"""FIX 5.0 SP2 over FIXT 1.1 as tables: the application messages this product speaks; the session's are `fixt11.py`.

Grammar: `dictionary.py`. Source: FIX 5.0 SP2 (August 2009), Volumes 3 to 7; tags, types, values and layouts
cross-checked against the standard's machine-readable repository of that edition. Fields that later extension packs
added (thousands, mostly of over-the-counter derivatives) are not here: a counterparty that uses some has them in its
dialect rows. Values that they added to these fields are, since a report refused for one would be a fill nobody sees.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.wire.fix import fixt11
from cross_market_connect.wire.fix.dictionary import VersionTables

MESSAGES: Final = """
D NewOrderSingle app: 11! 526 583 @Parties 229 75 1 660 581 589 590 591 70 @PreAllocGrp 63 64 544 635 21 18 110 1089
    1090 @DisplayInstruction 111 100 1133 @TrdgSesGrp 81 @Instrument! @FinancingDetails @UndInstrmtGrp 140 54! 114 60!
    @Stipulations 854 @OrderQtyData! 40! 423 44 1092 99 @TriggeringInstruction @SpreadOrBenchmarkCurveData @YieldData
    15 376 377 23 117 59 168 432 126 427 @CommissionData 528 529 1091 582 121 120 775 58 354 355 193 192 640 77 203
    210 @PegInstructions @DiscretionInstructions 847 @StrategyParametersGrp 848 849 480 481 513 494 1028 1029 1030
    1031 1032 @TrdRegTimestamps 1080 1081
E NewOrderList app: 66! 390 391 414 394! 415 480 481 513 433 69 1385 352 353 765 766 767 68! 893 @RootParties
    @ListOrdGrp!
F OrderCancelRequest app: 41 37 11! 526 583 66 586 1 660 581 @Parties @Instrument! @FinancingDetails @UndInstrmtGrp
    54! 60! @OrderQtyData! 376 58 354 355
G OrderCancelReplaceRequest app: 37 @Parties 229 75 41 11! 526 583 66 586 1 660 581 589 590 591 70 @PreAllocGrp 63 64
    544 635 21 18 110 1089 1090 @DisplayInstruction 111 100 1133 @TrdgSesGrp @Instrument! @FinancingDetails
    @UndInstrmtGrp 54! 60! 854 @OrderQtyData! 40! 423 44 1092 99 @TriggeringInstruction @SpreadOrBenchmarkCurveData
    @YieldData @PegInstructions @DiscretionInstructions 847 @StrategyParametersGrp 848 849 376 377 15 59 168 432 126
    427 @CommissionData 528 529 1091 582 121 120 775 58 354 355 193 192 640 77 203 210 114 480 481 513 494 1028 1029
    1030 1031 1032 @TrdRegTimestamps
H OrderStatusRequest app: 37 11 526 583 @Parties 790 1 660 @Instrument! @FinancingDetails @UndInstrmtGrp 54!
8 ExecutionReport app: @ApplicationSequenceControl 37! 198 526 527 11 41 583 693 790 584 961 911 912 @Parties 229
    @ContraGrp 66 548 551 549 880 17! 19 150! 39! 636 103 378 1 660 581 589 590 591 70 @PreAllocGrp 63 64 574 1115 544
    635 @Instrument! @FinancingDetails @UndInstrmtGrp 54! @Stipulations 854 @OrderQtyData 1093 40 423 44 1092 99
    @TriggeringInstruction @PegInstructions @DiscretionInstructions 839 1095 845 847 @StrategyParametersGrp 848 849
    850 15 376 377 59 168 432 126 18 1057 528 529 1091 582 32 1056 1071 652 31 651 669 194 195 30 336 625 943 29 151!
    14! 6 424 425 426 1361 893 @FillsGrp 427 75 60 113 @CommissionData @SpreadOrBenchmarkCurveData @YieldData 381 157
    230 158 159 738 920 921 922 258 259 260 238 237 118 119 120 155 156 21 110 1089 1090 @DisplayInstruction 111 77
    210 775 58 354 355 193 192 641 442 480 481 513 494 483 515 484 485 638 639 851 @ContAmtGrp @InstrmtLegExecGrp 797
    @MiscFeesGrp 1380 1028 1029 1030 1031 1032 @TrdRegTimestamps 1188 1189 1190 811 @RateSource
9 OrderCancelReject app: 37! 198 526 11! 583 41 39! 636 586 66 1 660 581 229 75 60 434! 102 58 354 355
j BusinessMessageReject app: 45 372! 1130 1406 1131 379 380! 58 354 355
q OrderMassCancelRequest app: 11! 526 530! 336 625 @Parties @Instrument @UnderlyingInstrument 1301 1300 54 60! 58 354
    355 @TargetParties
r OrderMassCancelReport app: 11 526 37! 1369! 198 530! 531! 532 533 @AffectedOrdGrp @NotAffectedOrdersGrp 336 625
    @Parties @Instrument @UnderlyingInstrument 1301 1300 54 60 58 354 355 @TargetParties
AF OrderMassStatusRequest app: 584! 585! @Parties 1 660 336 625 @Instrument @UnderlyingInstrument 54 @TargetParties
V MarketDataRequest app: 262! 263! @Parties 264! 265 266 286 546 547 @MDReqGrp! @InstrmtMDReqGrp! @TrdgSesGrp 815 812
    1070
W MarketDataSnapshotFullRefresh app: @ApplicationSequenceControl 911 963 715 1021 1173 264 1022 1187 75 262
    @Instrument! @UndInstrmtGrp @InstrmtLegGrp 291 292 451 @MDFullGrp! 813 814 @RoutingGrp 1500
X MarketDataIncrementalRefresh app: @ApplicationSequenceControl 1021 1022 75 262 @MDIncGrp! 813 814 @RoutingGrp
Y MarketDataRequestReject app: 262! @Parties 281 @MDRjctGrp 58 354 355
c SecurityDefinitionRequest app: 320! 321! 1301 1300 @Instrument @InstrumentExtension @UndInstrmtGrp 15 58 354 355 336
    625 @Stipulations @InstrmtLegGrp @SpreadOrBenchmarkCurveData @YieldData 827 263
d SecurityDefinition app: @ApplicationSequenceControl 964 715 320 322 323 292 @Instrument @InstrumentExtension
    @UndInstrmtGrp 15 58 354 355 @Stipulations @InstrmtLegGrp @SpreadOrBenchmarkCurveData @YieldData @MarketSegmentGrp
    60
x SecurityListRequest app: 320! 559! 1301 1300 @Instrument @InstrumentExtension @FinancingDetails @UndInstrmtGrp
    @InstrmtLegGrp 15 58 354 355 336 625 263 1465 1470 1471
y SecurityList app: @ApplicationSequenceControl 964 715 320 322 560 393 1301 1300 893 @SecListGrp 1465 1466 1467 1468
    1469 1470 1471 60
g TradingSessionStatusRequest app: 335! 1301 1300 336 625 338 339 263! 207
h TradingSessionStatus app: @ApplicationSequenceControl 335 1301 1300 336! 625 338 339 325 340! 1368 567 341 342 343
    344 345 387 58 354 355 @Instrument
AN RequestForPositions app: 710! 724! 573 263 120 @Parties! 1 660 581 @Instrument 15 @InstrmtLegGrp @UndInstrmtGrp
    715! 716 717 @TrdgSesGrp 60! 725 726 58 354 355
AP PositionReport app: @ApplicationSequenceControl 721! 710 724 263 727 728 325 715! 716 717 423 120 1011 @Parties! 1
    660 581 @Instrument 15 730 731 734 573 @InstrmtLegGrp @PosUndInstrmtGrp @PositionQty @PositionAmountData 506 743
    58 354 355 1434 811
"""

COMPONENTS: Final = """
Parties: 453!(448 447 452 @PtysSubGrp)
PreAllocGrp: 78(79 661 736 467 @NestedParties 80)
DisplayInstruction: 1138 1082 1083 1084 1085 1086 1087 1088
TrdgSesGrp: 386(336 625)
Instrument: 55 65 48 22 @SecAltIDGrp 460 1227 1151 461 167 762 200 541 1079 966 1049 965 224 225 239 226 227 228 255
    543 470 471 472 240 202 947 967 968 206 231 969 1146 996 1147 1191 1192 1193 1194 1195 1196 1197 1198 1199 1200
    201 1244 1242 997 223 207 970 971 106 348 349 107 350 351 @SecurityXML 691 667 875 876 @EvntGrp 873 874
    @InstrumentParties 1435 1439 1449 1450 1451 1452 1457 1458 1478 1479 1480 1481 1482 @ComplexEvents
FinancingDetails: 913 914 915 918 788 916 917 919 898
UndInstrmtGrp: 711(@UnderlyingInstrument)
Stipulations: 232(233 234)
OrderQtyData: 38 152 516 468 469
TriggeringInstruction: 1100 1101 1102 1103 1104 1105 1106 1107 1108 1109 1110 1111 1112 1113 1114
SpreadOrBenchmarkCurveData: 218 220 221 222 662 663 699 761
YieldData: 235 236 701 696 697 698
CommissionData: 12 13 479 497
PegInstructions: 211 1094 835 836 837 838 840 1096 1097 1098 1099
DiscretionInstructions: 388 389 841 842 843 844 846
StrategyParametersGrp: 957(958 959 960)
TrdRegTimestamps: 768(769 770 771 1033 1034 1035)
RootParties: 1116(1117 1118 1119 @RootSubParties)
ListOrdGrp: 73!(11! 526 67! 583 160 @Parties 229 75 1 660 581 589 590 70 591 @PreAllocGrp 63 64 544 635 21 18 110 1089
    1090 @DisplayInstruction 111 100 1133 @TrdgSesGrp 81 @Instrument! @UndInstrmtGrp 140 54! 401 114 60 @Stipulations
    854 @OrderQtyData! 40 423 44 1092 99 @TriggeringInstruction @SpreadOrBenchmarkCurveData @YieldData 15 376 377 23
    117 1080 1081 59 168 432 126 427 @CommissionData 528 529 1091 582 121 120 775 58 354 355 193 192 640 77 203 210
    @PegInstructions @DiscretionInstructions 847 @StrategyParametersGrp 848 849 494)
ApplicationSequenceControl: 1180 1181 1350 1352
ContraGrp: 382(375 337 437 438 655)
FillsGrp: 1362(1363 1364 1365 @NestedParties4 1443)
ContAmtGrp: 518(519 520 521)
InstrmtLegExecGrp: 555(@InstrumentLeg 687 685 690 @LegStipulations 1366 @LegPreAllocGrp 564 565 @NestedParties3 654
    587 588 637 675 1073 1074 1075 1379 1381 1383 1384 1418)
MiscFeesGrp: 136(137 138 139 891)
RateSource: 1445(1446 1447 1448)
UnderlyingInstrument: 311 312 309 305 @UndSecAltIDGrp 462 463 310 763 313 542 1213 241 242 243 244 245 246 256 595 592
    593 594 247 316 941 317 436 998 1423 1424 1425 1000 1419 435 308 306 362 363 307 364 365 877 878 972 318 879 975
    973 974 810 882 883 884 885 886 @UnderlyingStipulations 1044 1045 1046 1038 @UndlyInstrumentParties 1039 315 1437
    1441 1453 1454 1455 1456 1459 1460
TargetParties: 1461(1462 1463 1464)
AffectedOrdGrp: 534(41 535 536)
NotAffectedOrdersGrp: 1370(1372 1371)
MDReqGrp: 267!(269!)
InstrmtMDReqGrp: 146!(@Instrument! @UndInstrmtGrp @InstrmtLegGrp 15 537 63 64 271 1500)
InstrmtLegGrp: 555(@InstrumentLeg)
MDFullGrp: 268!(269! 278 270 423 @YieldData @SpreadOrBenchmarkCurveData 40 15 271 @SecSizesGrp 1093 272 273 274 275
    336 625 326 327 276 277 282 283 284 286 59 432 126 110 18 287 37 198 299 288 289 346 290 546 811 58 354 355 1023
    528 1024 332 333 1020 63 64 1070 83 1048 1026 1027 @Parties 120 @RateSource 828 1025 31)
RoutingGrp: 215(216 217)
MDIncGrp: 268!(279! 285 1173 264 269 278 280 @Instrument @UndInstrmtGrp @InstrmtLegGrp 291 292 270 423 @YieldData
    @SpreadOrBenchmarkCurveData 40 15 271 @SecSizesGrp 1093 272 273 274 275 336 625 326 327 276 277 828 574 282 283
    284 286 59 432 126 110 18 287 37 198 299 1003 288 289 346 290 546 811 451 58 354 355 1023 528 1024 332 333 1020 63
    64 483 60 1070 83 1048 1026 1027 @StatsIndGrp @Parties 120 @RateSource 1025 31 1500)
MDRjctGrp: 816(817)
InstrumentExtension: 668 869 @AttrbGrp
MarketSegmentGrp: 1310(1301 1300 @SecurityTradingRules @StrikeRules)
SecListGrp: 146(@Instrument @InstrumentExtension @FinancingDetails @SecurityTradingRules @StrikeRules @UndInstrmtGrp
    15 @Stipulations @InstrmtLegSecListGrp @SpreadOrBenchmarkCurveData @YieldData 58 354 355 1504)
PosUndInstrmtGrp: 711(@UnderlyingInstrument 732 733 1037 @UnderlyingAmount)
PositionQty: 702!(703 704 705 706 976 @NestedParties)
PositionAmountData: 753!(707 708 1055)
PtysSubGrp: 802(523 803)
NestedParties: 539(524 525 538 @NstdPtysSubGrp)
SecAltIDGrp: 454(455 456)
SecurityXML: 1184 1185 1186
EvntGrp: 864(865 866 1145 867 868)
InstrumentParties: 1018(1019 1050 1051 @InstrumentPtysSubGrp)
ComplexEvents: 1483(1484 1485 1486 1487 1488 1489 1490 @ComplexEventDates)
RootSubParties: 1120(1121 1122)
NestedParties4: 1414(1415 1416 1417 @NstdPtys4SubGrp)
InstrumentLeg: 600 601 602 603 @LegSecAltIDGrp 607 608 609 764 610 611 1212 248 249 250 251 252 253 257 599 596 597
    598 254 612 942 613 614 999 1224 1421 1422 1001 1420 615 616 617 618 619 620 621 622 623 624 556 740 739 955 956
    1358 1017 566 1436 1440
LegStipulations: 683(688 689)
LegPreAllocGrp: 670(671 672 @NestedParties2 673 674 1367)
NestedParties3: 948(949 950 951 @NstdPtys3SubGrp)
UndSecAltIDGrp: 457(458 459)
UnderlyingStipulations: 887(888 889)
UndlyInstrumentParties: 1058(1059 1060 1061 @UndlyInstrumentPtysSubGrp)
SecSizesGrp: 1177(1178 1179)
StatsIndGrp: 1175(1176)
AttrbGrp: 870(871 872)
SecurityTradingRules: @BaseTradingRules @TradingSessionRulesGrp @NestedInstrumentAttribute
StrikeRules: 1201(1223 1202 1203 1204 1304 @MaturityRules)
InstrmtLegSecListGrp: 555(@InstrumentLeg 690 587 @LegStipulations @LegBenchmarkCurveData)
UnderlyingAmount: 984(985 986 987 988)
NstdPtysSubGrp: 804(545 805)
InstrumentPtysSubGrp: 1052(1053 1054)
ComplexEventDates: 1491(1492 1493 @ComplexEventTimes)
NstdPtys4SubGrp: 1413(1412 1411)
LegSecAltIDGrp: 604(605 606)
NestedParties2: 756(757 758 759 @NstdPtys2SubGrp)
NstdPtys3SubGrp: 952(953 954)
UndlyInstrumentPtysSubGrp: 1062(1063 1064)
BaseTradingRules: @TickRules @LotTypeRules @PriceLimits 827 562 1140 1143 1144 1245 561 1377 1378 423
TradingSessionRulesGrp: 1309(336 625 @TradingSessionRules)
NestedInstrumentAttribute: 1312(1210 1211)
MaturityRules: 1236(1222 1303 1302 1241 1226 1229)
LegBenchmarkCurveData: 676 677 678 679 680
ComplexEventTimes: 1494(1495 1496)
NstdPtys2SubGrp: 806(760 807)
TickRules: 1205(1206 1207 1208 1209)
LotTypeRules: 1234(1093 1231)
PriceLimits: 1306 1148 1149 1150
TradingSessionRules: @OrdTypeRules @TimeInForceRules @ExecInstRules @MatchRules @MarketDataFeedTypes
OrdTypeRules: 1237(40)
TimeInForceRules: 1239(59)
ExecInstRules: 1232(1308)
MatchRules: 1235(1142 574)
MarketDataFeedTypes: 1141(1022 264 1021)
"""

# Conditionally required fields (Volume 4, orders; Volume 3, market data).
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
6 7 8 9 B C D E F G H J K L M N P Q R S T V W X Y Z a b c d e f g h i j k l m o p q r s t u v w x y z AA AB AC AD AE
AF AG AH AI AJ AK AL AM AN AO AP AQ AR AS AT AU AV AW AX AY AZ BA BB BC BD BE BF BG BH BO BP BK BL BM BN BJ BI BQ BR
BS BT BU BV BW BX BY BZ CA CB CC CD CE
"""

FIELDS: Final = """
1 Account STRING; 6 AvgPx PRICE; 11 ClOrdID STRING; 12 Commission AMT; 13 CommType CHAR 12345678; 14 CumQty QTY
15 Currency CURRENCY; 17 ExecID STRING; 18 ExecInst MULTIPLECHARVALUE; 19 ExecRefID STRING; 21 HandlInst CHAR 123
22 SecurityIDSource STRING; 23 IOIID STRING; 29 LastCapacity CHAR 12345; 30 LastMkt EXCHANGE; 31 LastPx PRICE
32 LastQty QTY; 37 OrderID STRING; 38 OrderQty QTY; 39 OrdStatus CHAR 0123456789ABCDE
40 OrdType CHAR 123456789ABCDEFGHIJKLMPQRS; 41 OrigClOrdID STRING; 44 Price PRICE; 48 SecurityID STRING
54 Side CHAR 123456789ABCDEFGH; 55 Symbol STRING; 59 TimeInForce CHAR 0123456789ABC; 60 TransactTime UTCTIMESTAMP
63 SettlType STRING; 64 SettlDate LOCALMKTDATE; 65 SymbolSfx STRING; 66 ListID STRING; 67 ListSeqNo INT
68 TotNoOrders INT; 69 ListExecInst STRING; 70 AllocID STRING; 73 NoOrders NUMINGROUP; 75 TradeDate LOCALMKTDATE
77 PositionEffect CHAR CFORND; 78 NoAllocs NUMINGROUP; 79 AllocAccount STRING; 80 AllocQty QTY
81 ProcessCode CHAR 0123456; 83 RptSeq INT; 99 StopPx PRICE; 100 ExDestination EXCHANGE; 102 CxlRejReason INT
103 OrdRejReason INT; 106 Issuer STRING; 107 SecurityDesc STRING; 110 MinQty QTY; 111 MaxFloor QTY
113 ReportToExch BOOLEAN; 114 LocateReqd BOOLEAN; 117 QuoteID STRING; 118 NetMoney AMT; 119 SettlCurrAmt AMT
120 SettlCurrency CURRENCY; 121 ForexReq BOOLEAN; 126 ExpireTime UTCTIMESTAMP; 136 NoMiscFees NUMINGROUP
137 MiscFeeAmt AMT; 138 MiscFeeCurr CURRENCY; 139 MiscFeeType STRING; 140 PrevClosePx PRICE
146 NoRelatedSym NUMINGROUP; 150 ExecType CHAR 03456789ABCDEFGHIJKLMN; 151 LeavesQty QTY; 152 CashOrderQty QTY
155 SettlCurrFxRate FLOAT; 156 SettlCurrFxRateCalc CHAR MD; 157 NumDaysInterest INT
158 AccruedInterestRate PERCENTAGE; 159 AccruedInterestAmt AMT; 160 SettlInstMode CHAR 012345; 167 SecurityType STRING
168 EffectiveTime UTCTIMESTAMP; 192 OrderQty2 QTY; 193 SettlDate2 LOCALMKTDATE; 194 LastSpotRate PRICE
195 LastForwardPoints PRICEOFFSET; 198 SecondaryOrderID STRING; 200 MaturityMonthYear MONTHYEAR; 201 PutOrCall INT
202 StrikePrice PRICE; 203 CoveredOrUncovered INT; 206 OptAttribute CHAR; 207 SecurityExchange EXCHANGE
210 MaxShow QTY; 211 PegOffsetValue FLOAT; 215 NoRoutingIDs NUMINGROUP; 216 RoutingType INT; 217 RoutingID STRING
218 Spread PRICEOFFSET; 220 BenchmarkCurveCurrency CURRENCY; 221 BenchmarkCurveName STRING
222 BenchmarkCurvePoint STRING; 223 CouponRate PERCENTAGE; 224 CouponPaymentDate LOCALMKTDATE
225 IssueDate LOCALMKTDATE; 226 RepurchaseTerm INT; 227 RepurchaseRate PERCENTAGE; 228 Factor FLOAT
229 TradeOriginationDate LOCALMKTDATE; 230 ExDate LOCALMKTDATE; 231 ContractMultiplier FLOAT
232 NoStipulations NUMINGROUP; 233 StipulationType STRING; 234 StipulationValue STRING; 235 YieldType STRING
236 Yield PERCENTAGE; 237 TotalTakedown AMT; 238 Concession AMT; 239 RepoCollateralSecurityType STRING
240 RedemptionDate LOCALMKTDATE; 241 UnderlyingCouponPaymentDate LOCALMKTDATE; 242 UnderlyingIssueDate LOCALMKTDATE
243 UnderlyingRepoCollateralSecurityType STRING; 244 UnderlyingRepurchaseTerm INT
245 UnderlyingRepurchaseRate PERCENTAGE; 246 UnderlyingFactor FLOAT; 247 UnderlyingRedemptionDate LOCALMKTDATE
248 LegCouponPaymentDate LOCALMKTDATE; 249 LegIssueDate LOCALMKTDATE; 250 LegRepoCollateralSecurityType STRING
251 LegRepurchaseTerm INT; 252 LegRepurchaseRate PERCENTAGE; 253 LegFactor FLOAT; 254 LegRedemptionDate LOCALMKTDATE
255 CreditRating STRING; 256 UnderlyingCreditRating STRING; 257 LegCreditRating STRING; 258 TradedFlatSwitch BOOLEAN
259 BasisFeatureDate LOCALMKTDATE; 260 BasisFeaturePrice PRICE; 262 MDReqID STRING
263 SubscriptionRequestType CHAR 012; 264 MarketDepth INT; 265 MDUpdateType INT; 266 AggregatedBook BOOLEAN
267 NoMDEntryTypes NUMINGROUP; 268 NoMDEntries NUMINGROUP
269 MDEntryType CHAR 0123456789ABCDEFGHJKLMNOPQSRTUVYZaWXbcdeghit; 270 MDEntryPx PRICE; 271 MDEntrySize QTY
272 MDEntryDate UTCDATEONLY; 273 MDEntryTime UTCTIMEONLY; 274 TickDirection CHAR 0123; 275 MDMkt EXCHANGE
276 QuoteCondition MULTIPLESTRINGVALUE; 277 TradeCondition MULTIPLESTRINGVALUE; 278 MDEntryID STRING
279 MDUpdateAction CHAR 012345; 280 MDEntryRefID STRING; 281 MDReqRejReason CHAR 0123456789ABCD
282 MDEntryOriginator STRING; 283 LocationID STRING; 284 DeskID STRING; 285 DeleteReason CHAR 01
286 OpenCloseSettlFlag MULTIPLECHARVALUE; 287 SellerDays INT; 288 MDEntryBuyer STRING; 289 MDEntrySeller STRING
290 MDEntryPositionNo INT; 291 FinancialStatus MULTIPLECHARVALUE; 292 CorporateAction MULTIPLECHARVALUE
299 QuoteEntryID STRING; 305 UnderlyingSecurityIDSource STRING; 306 UnderlyingIssuer STRING
307 UnderlyingSecurityDesc STRING; 308 UnderlyingSecurityExchange EXCHANGE; 309 UnderlyingSecurityID STRING
310 UnderlyingSecurityType STRING; 311 UnderlyingSymbol STRING; 312 UnderlyingSymbolSfx STRING
313 UnderlyingMaturityMonthYear MONTHYEAR; 315 UnderlyingPutOrCall INT; 316 UnderlyingStrikePrice PRICE
317 UnderlyingOptAttribute CHAR; 318 UnderlyingCurrency CURRENCY; 320 SecurityReqID STRING
321 SecurityRequestType INT; 322 SecurityResponseID STRING; 323 SecurityResponseType INT
325 UnsolicitedIndicator BOOLEAN; 326 SecurityTradingStatus INT; 327 HaltReasonInt INT; 332 HighPx PRICE
333 LowPx PRICE; 335 TradSesReqID STRING; 336 TradingSessionID STRING; 337 ContraTrader STRING; 338 TradSesMethod INT
339 TradSesMode INT; 340 TradSesStatus INT; 341 TradSesStartTime UTCTIMESTAMP; 342 TradSesOpenTime UTCTIMESTAMP
343 TradSesPreCloseTime UTCTIMESTAMP; 344 TradSesCloseTime UTCTIMESTAMP; 345 TradSesEndTime UTCTIMESTAMP
346 NumberOfOrders INT; 348 EncodedIssuerLen LENGTH; 349 EncodedIssuer DATA; 350 EncodedSecurityDescLen LENGTH
351 EncodedSecurityDesc DATA; 352 EncodedListExecInstLen LENGTH; 353 EncodedListExecInst DATA
362 EncodedUnderlyingIssuerLen LENGTH; 363 EncodedUnderlyingIssuer DATA; 364 EncodedUnderlyingSecurityDescLen LENGTH
365 EncodedUnderlyingSecurityDesc DATA; 375 ContraBroker STRING; 376 ComplianceID STRING; 377 SolicitedFlag BOOLEAN
378 ExecRestatementReason INT; 379 BusinessRejectRefID STRING; 380 BusinessRejectReason INT; 381 GrossTradeAmt AMT
382 NoContraBrokers NUMINGROUP; 386 NoTradingSessions NUMINGROUP; 387 TotalVolumeTraded QTY
388 DiscretionInst CHAR 01234567; 389 DiscretionOffsetValue FLOAT; 390 BidID STRING; 391 ClientBidID STRING
393 TotNoRelatedSym INT; 394 BidType INT; 401 SideValueInd INT; 414 ProgRptReqs INT; 415 ProgPeriodInterval INT
423 PriceType INT; 424 DayOrderQty QTY; 425 DayCumQty QTY; 426 DayAvgPx PRICE; 427 GTBookingInst INT
432 ExpireDate LOCALMKTDATE; 433 ListExecInstType CHAR 12345; 434 CxlRejResponseTo CHAR 12
435 UnderlyingCouponRate PERCENTAGE; 436 UnderlyingContractMultiplier FLOAT; 437 ContraTradeQty QTY
438 ContraTradeTime UTCTIMESTAMP; 442 MultiLegReportingType CHAR 123
447 PartyIDSource CHAR 6789A12345IBCDEFGHJKLMNOPQRSTU; 448 PartyID STRING; 451 NetChgPrevDay PRICEOFFSET
452 PartyRole INT; 453 NoPartyIDs NUMINGROUP; 454 NoSecurityAltID NUMINGROUP; 455 SecurityAltID STRING
456 SecurityAltIDSource STRING; 457 NoUnderlyingSecurityAltID NUMINGROUP; 458 UnderlyingSecurityAltID STRING
459 UnderlyingSecurityAltIDSource STRING; 460 Product INT; 461 CFICode STRING; 462 UnderlyingProduct INT
463 UnderlyingCFICode STRING; 467 IndividualAllocID STRING; 468 RoundingDirection CHAR 012; 469 RoundingModulus FLOAT
470 CountryOfIssue COUNTRY; 471 StateOrProvinceOfIssue STRING; 472 LocaleOfIssue STRING; 479 CommCurrency CURRENCY
480 CancellationRights CHAR YNMO; 481 MoneyLaunderingStatus CHAR YN123; 483 TransBkdTime UTCTIMESTAMP
484 ExecPriceType CHAR BCDEOPQS; 485 ExecPriceAdjustment FLOAT; 494 Designation STRING; 497 FundRenewWaiv CHAR NY
506 RegistStatus CHAR ARHN; 513 RegistID STRING; 515 ExecValuationPoint UTCTIMESTAMP; 516 OrderPercent PERCENTAGE
518 NoContAmts NUMINGROUP; 519 ContAmtType INT; 520 ContAmtValue FLOAT; 521 ContAmtCurr CURRENCY
523 PartySubID STRING; 524 NestedPartyID STRING; 525 NestedPartyIDSource CHAR; 526 SecondaryClOrdID STRING
527 SecondaryExecID STRING; 528 OrderCapacity CHAR AGIPRWM; 529 OrderRestrictions MULTIPLECHARVALUE
530 MassCancelRequestType CHAR 123456789ABC; 531 MassCancelResponse CHAR 0123456789ABC; 532 MassCancelRejectReason INT
533 TotalAffectedOrders INT; 534 NoAffectedOrders NUMINGROUP; 535 AffectedOrderID STRING
536 AffectedSecondaryOrderID STRING; 537 QuoteType INT; 538 NestedPartyRole INT; 539 NoNestedPartyIDs NUMINGROUP
541 MaturityDate LOCALMKTDATE; 542 UnderlyingMaturityDate LOCALMKTDATE; 543 InstrRegistry STRING
544 CashMargin CHAR 123; 545 NestedPartySubID STRING; 546 Scope MULTIPLECHARVALUE; 547 MDImplicitDelete BOOLEAN
548 CrossID STRING; 549 CrossType INT; 551 OrigCrossID STRING; 555 NoLegs NUMINGROUP; 556 LegCurrency CURRENCY
559 SecurityListRequestType INT; 560 SecurityRequestResult INT; 561 RoundLot QTY; 562 MinTradeVol QTY
564 LegPositionEffect CHAR; 565 LegCoveredOrUncovered INT; 566 LegPrice PRICE; 567 TradSesStatusRejReason INT
573 MatchStatus CHAR 0123; 574 MatchType STRING; 581 AccountType INT; 582 CustOrderCapacity INT
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
623 LegRatioQty FLOAT; 624 LegSide CHAR; 625 TradingSessionSubID STRING; 635 ClearingFeeIndicator STRING
636 WorkingIndicator BOOLEAN; 637 LegLastPx PRICE; 638 PriorityIndicator INT; 639 PriceImprovement PRICEOFFSET
640 Price2 PRICE; 641 LastForwardPoints2 PRICEOFFSET; 651 UnderlyingLastPx PRICE; 652 UnderlyingLastQty QTY
654 LegRefID STRING; 655 ContraLegRefID STRING; 660 AcctIDSource INT; 661 AllocAcctIDSource INT
662 BenchmarkPrice PRICE; 663 BenchmarkPriceType INT; 667 ContractSettlMonth MONTHYEAR; 668 DeliveryForm INT
669 LastParPx PRICE; 670 NoLegAllocs NUMINGROUP; 671 LegAllocAccount STRING; 672 LegIndividualAllocID STRING
673 LegAllocQty QTY; 674 LegAllocAcctIDSource STRING; 675 LegSettlCurrency CURRENCY
676 LegBenchmarkCurveCurrency CURRENCY; 677 LegBenchmarkCurveName STRING; 678 LegBenchmarkCurvePoint STRING
679 LegBenchmarkPrice PRICE; 680 LegBenchmarkPriceType INT; 683 NoLegStipulations NUMINGROUP; 685 LegOrderQty QTY
687 LegQty QTY; 688 LegStipulationType STRING; 689 LegStipulationValue STRING; 690 LegSwapType INT; 691 Pool STRING
693 QuoteRespID STRING; 696 YieldRedemptionDate LOCALMKTDATE; 697 YieldRedemptionPrice PRICE
698 YieldRedemptionPriceType INT; 699 BenchmarkSecurityID STRING; 701 YieldCalcDate LOCALMKTDATE
702 NoPositions NUMINGROUP; 703 PosType STRING; 704 LongQty QTY; 705 ShortQty QTY; 706 PosQtyStatus INT
707 PosAmtType STRING; 708 PosAmt AMT; 710 PosReqID STRING; 711 NoUnderlyings NUMINGROUP
715 ClearingBusinessDate LOCALMKTDATE; 716 SettlSessID STRING; 717 SettlSessSubID STRING; 721 PosMaintRptID STRING
724 PosReqType INT; 725 ResponseTransportType INT; 726 ResponseDestination STRING; 727 TotalNumPosReports INT
728 PosReqResult INT; 730 SettlPrice PRICE; 731 SettlPriceType INT; 732 UnderlyingSettlPrice PRICE
733 UnderlyingSettlPriceType INT; 734 PriorSettlPrice PRICE; 736 AllocSettlCurrency CURRENCY
738 InterestAtMaturity AMT; 739 LegDatedDate LOCALMKTDATE; 740 LegPool STRING; 743 DeliveryDate LOCALMKTDATE
753 NoPosAmt NUMINGROUP; 756 NoNested2PartyIDs NUMINGROUP; 757 Nested2PartyID STRING; 758 Nested2PartyIDSource CHAR
759 Nested2PartyRole INT; 760 Nested2PartySubID STRING; 761 BenchmarkSecurityIDSource STRING
762 SecuritySubType STRING; 763 UnderlyingSecuritySubType STRING; 764 LegSecuritySubType STRING
765 AllowableOneSidednessPct PERCENTAGE; 766 AllowableOneSidednessValue AMT; 767 AllowableOneSidednessCurr CURRENCY
768 NoTrdRegTimestamps NUMINGROUP; 769 TrdRegTimestamp UTCTIMESTAMP; 770 TrdRegTimestampType INT
771 TrdRegTimestampOrigin STRING; 775 BookingType INT; 788 TerminationType INT; 790 OrdStatusReqID STRING
797 CopyMsgIndicator BOOLEAN; 802 NoPartySubIDs NUMINGROUP; 803 PartySubIDType INT; 804 NoNestedPartySubIDs NUMINGROUP
805 NestedPartySubIDType INT; 806 NoNested2PartySubIDs NUMINGROUP; 807 Nested2PartySubIDType INT
810 UnderlyingPx PRICE; 811 PriceDelta FLOAT; 812 ApplQueueMax INT; 813 ApplQueueDepth INT
814 ApplQueueResolution INT; 815 ApplQueueAction INT; 816 NoAltMDSource NUMINGROUP; 817 AltMDSourceID STRING
827 ExpirationCycle INT; 828 TrdType INT; 835 PegMoveType INT; 836 PegOffsetType INT; 837 PegLimitType INT
838 PegRoundDirection INT; 839 PeggedPrice PRICE; 840 PegScope INT; 841 DiscretionMoveType INT
842 DiscretionOffsetType INT; 843 DiscretionLimitType INT; 844 DiscretionRoundDirection INT; 845 DiscretionPrice PRICE
846 DiscretionScope INT; 847 TargetStrategy INT; 848 TargetStrategyParameters STRING; 849 ParticipationRate PERCENTAGE
850 TargetStrategyPerformance FLOAT; 851 LastLiquidityInd INT; 854 QtyType INT; 864 NoEvents NUMINGROUP
865 EventType INT; 866 EventDate LOCALMKTDATE; 867 EventPx PRICE; 868 EventText STRING; 869 PctAtRisk PERCENTAGE
870 NoInstrAttrib NUMINGROUP; 871 InstrAttribType INT; 872 InstrAttribValue STRING; 873 DatedDate LOCALMKTDATE
874 InterestAccrualDate LOCALMKTDATE; 875 CPProgram INT; 876 CPRegType STRING; 877 UnderlyingCPProgram STRING
878 UnderlyingCPRegType STRING; 879 UnderlyingQty QTY; 880 TrdMatchID STRING; 882 UnderlyingDirtyPrice PRICE
883 UnderlyingEndPrice PRICE; 884 UnderlyingStartValue AMT; 885 UnderlyingCurrentValue AMT; 886 UnderlyingEndValue AMT
887 NoUnderlyingStips NUMINGROUP; 888 UnderlyingStipType STRING; 889 UnderlyingStipValue STRING; 891 MiscFeeBasis INT
893 LastFragment BOOLEAN; 898 MarginRatio PERCENTAGE; 911 TotNumReports INT; 912 LastRptRequested BOOLEAN
913 AgreementDesc STRING; 914 AgreementID STRING; 915 AgreementDate LOCALMKTDATE; 916 StartDate LOCALMKTDATE
917 EndDate LOCALMKTDATE; 918 AgreementCurrency CURRENCY; 919 DeliveryType INT; 920 EndAccruedInterestAmt AMT
921 StartCash AMT; 922 EndCash AMT; 941 UnderlyingStrikeCurrency CURRENCY; 942 LegStrikeCurrency CURRENCY
943 TimeBracket STRING; 947 StrikeCurrency CURRENCY; 948 NoNested3PartyIDs NUMINGROUP; 949 Nested3PartyID STRING
950 Nested3PartyIDSource CHAR; 951 Nested3PartyRole INT; 952 NoNested3PartySubIDs NUMINGROUP
953 Nested3PartySubID STRING; 954 Nested3PartySubIDType INT; 955 LegContractSettlMonth MONTHYEAR
956 LegInterestAccrualDate LOCALMKTDATE; 957 NoStrategyParameters NUMINGROUP; 958 StrategyParameterName STRING
959 StrategyParameterType INT; 960 StrategyParameterValue STRING; 961 HostCrossID STRING; 963 MDReportID INT
964 SecurityReportID INT; 965 SecurityStatus STRING; 966 SettleOnOpenFlag STRING; 967 StrikeMultiplier FLOAT
968 StrikeValue FLOAT; 969 MinPriceIncrement FLOAT; 970 PositionLimit INT; 971 NTPositionLimit INT
972 UnderlyingAllocationPercent PERCENTAGE; 973 UnderlyingCashAmount AMT; 974 UnderlyingCashType STRING
975 UnderlyingSettlementType INT; 976 QuantityDate LOCALMKTDATE; 984 NoUnderlyingAmounts NUMINGROUP
985 UnderlyingPayAmount AMT; 986 UnderlyingCollectAmount AMT; 987 UnderlyingSettlementDate LOCALMKTDATE
988 UnderlyingSettlementStatus STRING; 996 UnitOfMeasure STRING; 997 TimeUnit STRING
998 UnderlyingUnitOfMeasure STRING; 999 LegUnitOfMeasure STRING; 1000 UnderlyingTimeUnit STRING
1001 LegTimeUnit STRING; 1003 TradeID STRING; 1011 MessageEventSource STRING; 1017 LegOptionRatio FLOAT
1018 NoInstrumentParties NUMINGROUP; 1019 InstrumentPartyID STRING; 1020 TradeVolume QTY; 1021 MDBookType INT
1022 MDFeedType STRING; 1023 MDPriceLevel INT; 1024 MDOriginType INT; 1025 FirstPx PRICE; 1026 MDEntrySpotRate FLOAT
1027 MDEntryForwardPoints PRICEOFFSET; 1028 ManualOrderIndicator BOOLEAN; 1029 CustDirectedOrder BOOLEAN
1030 ReceivedDeptID STRING; 1031 CustOrderHandlingInst MULTIPLESTRINGVALUE; 1032 OrderHandlingInstSource INT
1033 DeskType STRING; 1034 DeskTypeSource INT; 1035 DeskOrderHandlingInst MULTIPLESTRINGVALUE
1037 UnderlyingDeliveryAmount AMT; 1038 UnderlyingCapValue AMT; 1039 UnderlyingSettlMethod STRING
1044 UnderlyingAdjustedQuantity QTY; 1045 UnderlyingFXRate FLOAT; 1046 UnderlyingFXRateCalc CHAR DM
1048 DealingCapacity CHAR APR; 1049 InstrmtAssignmentMethod CHAR; 1050 InstrumentPartyIDSource CHAR
1051 InstrumentPartyRole INT; 1052 NoInstrumentPartySubIDs NUMINGROUP; 1053 InstrumentPartySubID STRING
1054 InstrumentPartySubIDType INT; 1055 PositionCurrency STRING; 1056 CalculatedCcyLastQty QTY
1057 AggressorIndicator BOOLEAN; 1058 NoUndlyInstrumentParties NUMINGROUP; 1059 UnderlyingInstrumentPartyID STRING
1060 UnderlyingInstrumentPartyIDSource CHAR; 1061 UnderlyingInstrumentPartyRole INT
1062 NoUndlyInstrumentPartySubIDs NUMINGROUP; 1063 UnderlyingInstrumentPartySubID STRING
1064 UnderlyingInstrumentPartySubIDType INT; 1070 MDQuoteType INT; 1071 LastSwapPoints PRICEOFFSET
1073 LegLastForwardPoints PRICEOFFSET; 1074 LegCalculatedCcyLastQty QTY; 1075 LegGrossTradeAmt AMT
1079 MaturityTime TZTIMEONLY; 1080 RefOrderID STRING; 1081 RefOrderIDSource CHAR 0123456789A
1082 SecondaryDisplayQty QTY; 1083 DisplayWhen CHAR 12; 1084 DisplayMethod CHAR 1234; 1085 DisplayLowQty QTY
1086 DisplayHighQty QTY; 1087 DisplayMinIncr QTY; 1088 RefreshQty QTY; 1089 MatchIncrement QTY
1090 MaxPriceLevels INT; 1091 PreTradeAnonymity BOOLEAN; 1092 PriceProtectionScope CHAR 0123; 1093 LotType CHAR 1234
1094 PegPriceType INT; 1095 PeggedRefPrice PRICE; 1096 PegSecurityIDSource STRING; 1097 PegSecurityID STRING
1098 PegSymbol STRING; 1099 PegSecurityDesc STRING; 1100 TriggerType CHAR 12345; 1101 TriggerAction CHAR 123
1102 TriggerPrice PRICE; 1103 TriggerSymbol STRING; 1104 TriggerSecurityID STRING; 1105 TriggerSecurityIDSource STRING
1106 TriggerSecurityDesc STRING; 1107 TriggerPriceType CHAR 123456; 1108 TriggerPriceTypeScope CHAR 0123
1109 TriggerPriceDirection CHAR UD; 1110 TriggerNewPrice PRICE; 1111 TriggerOrderType CHAR 12; 1112 TriggerNewQty QTY
1113 TriggerTradingSessionID STRING; 1114 TriggerTradingSessionSubID STRING; 1115 OrderCategory CHAR 123456789A
1116 NoRootPartyIDs NUMINGROUP; 1117 RootPartyID STRING; 1118 RootPartyIDSource CHAR; 1119 RootPartyRole INT
1120 NoRootPartySubIDs NUMINGROUP; 1121 RootPartySubID STRING; 1122 RootPartySubIDType INT
1133 ExDestinationIDSource CHAR BCDEG; 1138 DisplayQty QTY; 1140 MaxTradeVol QTY; 1141 NoMDFeedTypes NUMINGROUP
1142 MatchAlgorithm STRING; 1143 MaxPriceVariation FLOAT; 1144 ImpliedMarketIndicator INT; 1145 EventTime UTCTIMESTAMP
1146 MinPriceIncrementAmount AMT; 1147 UnitOfMeasureQty QTY; 1148 LowLimitPrice PRICE; 1149 HighLimitPrice PRICE
1150 TradingReferencePrice PRICE; 1151 SecurityGroup STRING; 1173 MDSubBookType INT; 1175 NoStatsIndicators NUMINGROUP
1176 StatsType INT; 1177 NoOfSecSizes NUMINGROUP; 1178 MDSecSizeType INT; 1179 MDSecSize QTY; 1180 ApplID STRING
1181 ApplSeqNum SEQNUM; 1184 SecurityXMLLen LENGTH; 1185 SecurityXML DATA; 1186 SecurityXMLSchema STRING
1187 RefreshIndicator BOOLEAN; 1188 Volatility FLOAT; 1189 TimeToExpiration FLOAT; 1190 RiskFreeRate FLOAT
1191 PriceUnitOfMeasure STRING; 1192 PriceUnitOfMeasureQty QTY; 1193 SettlMethod CHAR CP; 1194 ExerciseStyle INT
1195 OptPayoutAmount AMT; 1196 PriceQuoteMethod STRING; 1197 ValuationMethod STRING; 1198 ListMethod INT
1199 CapPrice PRICE; 1200 FloorPrice PRICE; 1201 NoStrikeRules NUMINGROUP; 1202 StartStrikePxRange PRICE
1203 EndStrikePxRange PRICE; 1204 StrikeIncrement FLOAT; 1205 NoTickRules NUMINGROUP; 1206 StartTickPriceRange PRICE
1207 EndTickPriceRange PRICE; 1208 TickIncrement PRICE; 1209 TickRuleType INT; 1210 NestedInstrAttribType INT
1211 NestedInstrAttribValue STRING; 1212 LegMaturityTime TZTIMEONLY; 1213 UnderlyingMaturityTime TZTIMEONLY
1222 MaturityRuleID STRING; 1223 StrikeRuleID STRING; 1224 LegUnitOfMeasureQty QTY
1226 EndMaturityMonthYear MONTHYEAR; 1227 ProductComplex STRING; 1229 MaturityMonthYearIncrement INT
1231 MinLotSize QTY; 1232 NoExecInstRules NUMINGROUP; 1234 NoLotTypeRules NUMINGROUP; 1235 NoMatchRules NUMINGROUP
1236 NoMaturityRules NUMINGROUP; 1237 NoOrdTypeRules NUMINGROUP; 1239 NoTimeInForceRules NUMINGROUP
1241 StartMaturityMonthYear MONTHYEAR; 1242 FlexProductEligibilityIndicator BOOLEAN; 1244 FlexibleIndicator BOOLEAN
1245 TradingCurrency CURRENCY; 1300 MarketSegmentID STRING; 1301 MarketID EXCHANGE
1302 MaturityMonthYearIncrementUnits INT; 1303 MaturityMonthYearFormat INT; 1304 StrikeExerciseStyle INT
1306 PriceLimitType INT; 1308 ExecInstValue CHAR; 1309 NoTradingSessionRules NUMINGROUP
1310 NoMarketSegments NUMINGROUP; 1312 NoNestedInstrAttrib NUMINGROUP; 1350 ApplLastSeqNum SEQNUM
1352 ApplResendFlag BOOLEAN; 1358 LegPutOrCall INT; 1361 TotNoFills INT; 1362 NoFills NUMINGROUP
1363 FillExecID STRING; 1364 FillPx PRICE; 1365 FillQty QTY; 1366 LegAllocID STRING
1367 LegAllocSettlCurrency CURRENCY; 1368 TradSesEvent INT; 1369 MassActionReportID STRING
1370 NoNotAffectedOrders NUMINGROUP; 1371 NotAffectedOrderID STRING; 1372 NotAffOrigClOrdID STRING
1377 MultilegModel INT; 1378 MultilegPriceMethod INT; 1379 LegVolatility FLOAT; 1380 DividendYield PERCENTAGE
1381 LegDividendYield PERCENTAGE; 1383 LegCurrencyRatio FLOAT; 1384 LegExecInst MULTIPLECHARVALUE
1385 ContingencyType INT; 1411 Nested4PartySubIDType INT; 1412 Nested4PartySubID STRING
1413 NoNested4PartySubIDs NUMINGROUP; 1414 NoNested4PartyIDs NUMINGROUP; 1415 Nested4PartyID STRING
1416 Nested4PartyIDSource CHAR; 1417 Nested4PartyRole INT; 1418 LegLastQty QTY; 1419 UnderlyingExerciseStyle INT
1420 LegExerciseStyle INT; 1421 LegPriceUnitOfMeasure STRING; 1422 LegPriceUnitOfMeasureQty QTY
1423 UnderlyingUnitOfMeasureQty QTY; 1424 UnderlyingPriceUnitOfMeasure STRING
1425 UnderlyingPriceUnitOfMeasureQty QTY; 1434 ModelType INT; 1435 ContractMultiplierUnit INT
1436 LegContractMultiplierUnit INT; 1437 UnderlyingContractMultiplierUnit INT; 1439 FlowScheduleType INT
1440 LegFlowScheduleType INT; 1441 UnderlyingFlowScheduleType INT; 1443 FillLiquidityInd INT
1445 NoRateSources NUMINGROUP; 1446 RateSource INT; 1447 RateSourceType INT; 1448 ReferencePage STRING
1449 RestructuringType STRING; 1450 Seniority STRING; 1451 NotionalPercentageOutstanding PERCENTAGE
1452 OriginalNotionalPercentageOutstanding PERCENTAGE; 1453 UnderlyingRestructuringType STRING
1454 UnderlyingSeniority STRING; 1455 UnderlyingNotionalPercentageOutstanding PERCENTAGE
1456 UnderlyingOriginalNotionalPercentageOutstanding PERCENTAGE; 1457 AttachmentPoint PERCENTAGE
1458 DetachmentPoint PERCENTAGE; 1459 UnderlyingAttachmentPoint PERCENTAGE; 1460 UnderlyingDetachmentPoint PERCENTAGE
1461 NoTargetPartyIDs NUMINGROUP; 1462 TargetPartyID STRING; 1463 TargetPartyIDSource CHAR; 1464 TargetPartyRole INT
1465 SecurityListID STRING; 1466 SecurityListRefID STRING; 1467 SecurityListDesc STRING
1468 EncodedSecurityListDescLen LENGTH; 1469 EncodedSecurityListDesc DATA; 1470 SecurityListType INT
1471 SecurityListTypeSource INT; 1478 StrikePriceDeterminationMethod INT; 1479 StrikePriceBoundaryMethod INT
1480 StrikePriceBoundaryPrecision PERCENTAGE; 1481 UnderlyingPriceDeterminationMethod INT; 1482 OptPayoutType INT
1483 NoComplexEvents NUMINGROUP; 1484 ComplexEventType INT; 1485 ComplexOptPayoutAmount AMT
1486 ComplexEventPrice PRICE; 1487 ComplexEventPriceBoundaryMethod INT
1488 ComplexEventPriceBoundaryPrecision PERCENTAGE; 1489 ComplexEventPriceTimeType INT; 1490 ComplexEventCondition INT
1491 NoComplexEventDates NUMINGROUP; 1492 ComplexEventStartDate UTCTIMESTAMP; 1493 ComplexEventEndDate UTCTIMESTAMP
1494 NoComplexEventTimes NUMINGROUP; 1495 ComplexEventStartTime UTCTIMEONLY; 1496 ComplexEventEndTime UTCTIMEONLY
1500 MDStreamID STRING; 1504 RelSymTransactTime UTCTIMESTAMP
"""

APPL_VER_ID: Final = "9"
"""ApplVerID(1128) and DefaultApplVerID(1137) of FIX 5.0 SP2."""

TABLES: Final[VersionTables] = VersionTables(
    begin_string=fixt11.BEGIN_STRING,
    fields=fixt11.FIELDS + FIELDS,
    header=fixt11.HEADER,
    trailer=fixt11.TRAILER,
    components=fixt11.COMPONENTS + COMPONENTS,
    messages=fixt11.MESSAGES + MESSAGES,
    conditions=CONDITIONS,
    known_types=fixt11.KNOWN_TYPES + " " + KNOWN_TYPES,
    version="FIX.5.0SP2",
    default_appl_ver_id=APPL_VER_ID,
    reject_reason_last=fixt11.REJECT_REASON_LAST,
)
