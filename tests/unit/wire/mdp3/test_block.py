"""A second reading of every template with `struct`: formats and names typed from the exchange's tables, not from ours.

It shares nothing with the package: no description file, no constants. What the two agree on is checked twice.
"""

import re
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cross_market_connect.wire.mdp3.block import BlockReader, read_groups, read_number
from cross_market_connect.wire.sbe.schema import NO_VALUE
from tests.unit.wire.mdp3.support import SCHEMA

UPDATE = ("QBxx", "TransactTime MatchEventIndicator")
SNAPSHOT = (
    "IIiIQQHBqqq",
    (
        "LastMsgSeqNumProcessed TotNumReports SecurityID RptSeq TransactTime LastUpdateTime TradeDate "
        "MDSecurityTradingStatus HighLimitPrice LowLimitPrice MaxPriceVariation"
    ),
)
MONTH = "MaturityMonthYear.year MaturityMonthYear.month MaturityMonthYear.day MaturityMonthYear.week"
IDENTITY = (
    "MatchEventIndicator TotNumReports SecurityUpdateAction LastUpdateTime MDSecurityTradingStatus ApplID "
    "MarketSegmentID UnderlyingProduct SecurityExchange SecurityGroup Asset Symbol SecurityID SecurityType CFICode "
)
ENTRY_TYPE = "MDEntryType"
EVENTS = [
    ("NoEvents", 3, "BQ", "EventType EventTime"),
    ("NoMDFeedTypes", 3, "3sb", "MDFeedType MarketDepth"),
    ("NoInstAttrib", 3, "I", "InstAttribValue"),
    ("NoLotTypeRules", 3, "bi", "LotType MinLotSize"),
]
ORDERS = ("NoOrderIDEntries", 8, "QQiBBxx", "OrderID MDOrderPriority MDDisplayQty ReferenceID OrderUpdateAction")
FILLS = ("NoOrderIDEntries", 8, "Qi4x", "OrderID LastQty")
BOOK_NAMES = "MDEntryPx MDEntrySize SecurityID RptSeq NumberOfOrders MDPriceLevel MDUpdateAction MDEntryType"
STATISTIC_NAMES = "MDEntryPx SecurityID RptSeq OpenCloseSettlFlag MDUpdateAction MDEntryType MDEntrySize"

# Template id: root format and names, then for each group its name, the bytes of its header, format and names.
TABLE: dict[int, tuple[tuple[str, str], list[tuple[str, int, str, str]]]] = {
    4: (("QB", "TransactTime MatchEventIndicator"), [("NoMDEntries", 3, "h", "ApplID")]),
    12: (("", ""), []),
    15: (("b", "HeartBtInt"), []),
    16: (("180s", "Text"), []),
    30: (
        (
            "Q6s6siHBBBB",
            (
                "TransactTime SecurityGroup Asset SecurityID TradeDate MatchEventIndicator SecurityTradingStatus "
                "HaltReason SecurityTradingEvent"
            ),
        ),
        [],
    ),
    37: (UPDATE, [("NoMDEntries", 3, "iiIB3x", "MDEntrySize SecurityID RptSeq MDUpdateAction")]),
    46: (UPDATE, [("NoMDEntries", 3, "qiiIiBBBix", f"{BOOK_NAMES} TradeableSize"), ORDERS]),
    47: (
        UPDATE,
        [
            (
                "NoMDEntries",
                3,
                "QQqiiBB6x",
                "OrderID MDOrderPriority MDEntryPx MDDisplayQty SecurityID MDUpdateAction MDEntryType",
            )
        ],
    ),
    48: (
        UPDATE,
        [
            (
                "NoMDEntries",
                3,
                "qiiIiBBI2x",
                "MDEntryPx MDEntrySize SecurityID RptSeq NumberOfOrders AggressorSide MDUpdateAction MDTradeEntryID",
            ),
            FILLS,
        ],
    ),
    49: (
        UPDATE,
        [
            (
                "NoMDEntries",
                3,
                "qiiIHBBB7x",
                "MDEntryPx MDEntrySize SecurityID RptSeq TradingReferenceDate SettlPriceType MDUpdateAction "
                + ENTRY_TYPE,
            )
        ],
    ),
    50: (UPDATE, [("NoMDEntries", 3, "qqqiI", "HighLimitPrice LowLimitPrice MaxPriceVariation SecurityID RptSeq")]),
    51: (UPDATE, [("NoMDEntries", 3, "qiIBBBix", STATISTIC_NAMES)]),
    52: (
        SNAPSHOT,
        [
            (
                "NoMDEntries",
                3,
                "qiibHBBB",
                (
                    "MDEntryPx MDEntrySize NumberOfOrders MDPriceLevel TradingReferenceDate OpenCloseSettlFlag "
                    "SettlPriceType MDEntryType"
                ),
            )
        ],
    ),
    53: (
        ("IIiIIQ", "LastMsgSeqNumProcessed TotNumReports SecurityID NoChunks CurrentChunk TransactTime"),
        [("NoMDEntries", 3, "QQqiB", "OrderID MDOrderPriority MDEntryPx MDDisplayQty MDEntryType")],
    ),
    54: (
        (
            "BIBQBhBB4s6s6s20si6s6sHBBB3s3sBIIqqBBB30sqqBiiqqqiHiibbqBHQ",
            IDENTITY + MONTH + " Currency SettlCurrency MatchAlgorithm MinTradeVol MaxTradeVol MinPriceIncrement "
            "DisplayFactor MainFraction SubFraction PriceDisplayFormat UnitOfMeasure UnitOfMeasureQty "
            "TradingReferencePrice SettlPriceType OpenInterestQty ClearedVolume HighLimitPrice LowLimitPrice "
            "MaxPriceVariation DecayQuantity DecayStartDate OriginalContractSize ContractMultiplier "
            "ContractMultiplierUnit FlowScheduleType MinPriceIncrementAmount UserDefinedInstrument "
            "TradingReferenceDate InstrumentGUID",
        ),
        EVENTS,
    ),
    55: (
        (
            "BIBQBhBB4s6s6s20si6s6sBHBBB3sq3s3sqBIIqqqbBBB30sqqBiiqqBHQ",
            IDENTITY + "PutOrCall " + MONTH + " Currency StrikePrice StrikeCurrency SettlCurrency MinCabPrice "
            "MatchAlgorithm MinTradeVol MaxTradeVol MinPriceIncrement MinPriceIncrementAmount DisplayFactor TickRule "
            "MainFraction SubFraction PriceDisplayFormat UnitOfMeasure UnitOfMeasureQty TradingReferencePrice "
            "SettlPriceType ClearedVolume OpenInterestQty LowLimitPrice HighLimitPrice UserDefinedInstrument "
            "TradingReferenceDate InstrumentGUID",
        ),
        [
            *EVENTS,
            ("NoUnderlyings", 3, "i20s", "UnderlyingSecurityID UnderlyingSymbol"),
            ("NoRelatedInstruments", 3, "i20s", "RelatedSecurityID RelatedSymbol"),
        ],
    ),
    56: (
        (
            "BIBQBhBB4s6s6s20si6s6sHBBB3s5sBBIIqqBqb30sqBiiqqqBBH5s6s6sQ35s",
            IDENTITY + MONTH + " Currency SecuritySubType UserDefinedInstrument MatchAlgorithm MinTradeVol MaxTradeVol "
            "MinPriceIncrement DisplayFactor PriceDisplayFormat PriceRatio TickRule UnitOfMeasure "
            "TradingReferencePrice SettlPriceType OpenInterestQty ClearedVolume HighLimitPrice LowLimitPrice "
            "MaxPriceVariation MainFraction SubFraction TradingReferenceDate PriceQuoteMethod RiskSet MarketSet "
            "InstrumentGUID FinancialInstrumentFullName",
        ),
        [*EVENTS, ("NoLegs", 3, "iBbqi", "LegSecurityID LegSide LegRatioQty LegPrice LegOptionDelta")],
    ),
    64: (UPDATE, [("NoMDEntries", 3, "qQiIiBBBx", BOOK_NAMES), ORDERS]),
    65: (
        UPDATE,
        [
            (
                "NoMDEntries",
                3,
                "qQiIiIBB6x",
                "MDEntryPx MDEntrySize SecurityID RptSeq NumberOfOrders MDTradeEntryID AggressorSide MDUpdateAction",
            ),
            FILLS,
        ],
    ),
    66: (UPDATE, [("NoMDEntries", 3, "QiIB7x", "MDEntrySize SecurityID RptSeq MDUpdateAction")]),
    67: (
        UPDATE,
        [
            (
                "NoMDEntries",
                3,
                "qQiIBBB5x",
                "MDEntryPx MDEntrySize SecurityID RptSeq OpenCloseSettlFlag MDUpdateAction MDEntryType",
            )
        ],
    ),
    69: (
        SNAPSHOT,
        [
            (
                "NoMDEntries",
                3,
                "qQiBBB",
                "MDEntryPx MDEntrySize NumberOfOrders MDPriceLevel OpenCloseSettlFlag MDEntryType",
            )
        ],
    ),
}


# Fields that may be null, by template and group; "" is the root. The null value follows from the format.
DEFINITION_NULLS = (
    "TotNumReports MDSecurityTradingStatus MainFraction SubFraction PriceDisplayFormat TradingReferencePrice "
    "OpenInterestQty ClearedVolume HighLimitPrice LowLimitPrice TradingReferenceDate InstrumentGUID " + MONTH
)
OPTIONAL: dict[tuple[int, str], str] = {
    (30, ""): "SecurityID TradeDate SecurityTradingStatus",
    (46, "NoMDEntries"): "MDEntryPx MDEntrySize NumberOfOrders TradeableSize",
    (46, "NoOrderIDEntries"): "MDOrderPriority MDDisplayQty ReferenceID",
    (47, "NoMDEntries"): "OrderID MDOrderPriority MDEntryPx MDDisplayQty",
    (48, "NoMDEntries"): "AggressorSide MDTradeEntryID",
    (49, "NoMDEntries"): "MDEntryPx MDEntrySize TradingReferenceDate",
    (50, "NoMDEntries"): "HighLimitPrice LowLimitPrice MaxPriceVariation",
    (51, "NoMDEntries"): "OpenCloseSettlFlag MDEntrySize",
    (52, ""): "TradeDate MDSecurityTradingStatus HighLimitPrice LowLimitPrice MaxPriceVariation",
    (52, "NoMDEntries"): ("MDEntryPx MDEntrySize NumberOfOrders MDPriceLevel TradingReferenceDate OpenCloseSettlFlag"),
    (53, "NoMDEntries"): "MDOrderPriority",
    (54, ""): DEFINITION_NULLS + " UnitOfMeasureQty MaxPriceVariation DecayQuantity DecayStartDate "
    "OriginalContractSize ContractMultiplier ContractMultiplierUnit FlowScheduleType MinPriceIncrementAmount",
    (55, ""): DEFINITION_NULLS + " UnitOfMeasureQty StrikePrice MinCabPrice MinPriceIncrement "
    "MinPriceIncrementAmount TickRule",
    (56, ""): DEFINITION_NULLS + " UnderlyingProduct MinPriceIncrement PriceRatio TickRule MaxPriceVariation",
    (56, "NoLegs"): "LegPrice LegOptionDelta",
    (64, "NoMDEntries"): "MDEntryPx MDEntrySize NumberOfOrders",
    (64, "NoOrderIDEntries"): "MDOrderPriority MDDisplayQty ReferenceID",
    (65, "NoMDEntries"): "AggressorSide",
    (67, "NoMDEntries"): "MDEntrySize OpenCloseSettlFlag",
    (69, ""): "TradeDate MDSecurityTradingStatus HighLimitPrice LowLimitPrice MaxPriceVariation",
    (69, "NoMDEntries"): "MDEntryPx MDEntrySize NumberOfOrders MDPriceLevel OpenCloseSettlFlag",
}
NULLS = {
    "q": 2**63 - 1,
    "i": 2**31 - 1,
    "h": 2**15 - 1,
    "b": 127,
    "Q": 2**64 - 1,
    "I": 2**32 - 1,
    "H": 65_535,
    "B": 255,
}


def letters_of(layout: str) -> str:
    """One letter for each field."""
    return re.sub(r"\d+(?=s)|\d*x", "", layout)


def unpack(template_id: int, group: str, layout: str, names: str, data: bytes) -> dict[str, Any]:
    """The fields as they should read."""
    optional = OPTIONAL.get((template_id, group), "MinLotSize" if group == "NoLotTypeRules" else "").split()
    assert set(optional) <= set(names.split())
    result: dict[str, Any] = {}
    for name, letter, value in zip(names.split(), letters_of(layout), struct.unpack(f"<{layout}", data), strict=True):
        null = name in optional and value == NULLS[letter]
        result[name] = NO_VALUE if null else value - 2**64 if letter == "Q" and value >= 2**63 else value
    return result


def contents(layout: str) -> st.SearchStrategy[bytes]:
    """A block full of anything, or of null values."""
    nulls = [b"text" if letter == "s" else NULLS[letter] for letter in letters_of(layout)]
    size = struct.calcsize(f"<{layout}")
    return st.binary(min_size=size, max_size=size) | st.just(struct.pack(f"<{layout}", *nulls))


def check(block: BlockReader, expected: dict[str, Any]) -> None:
    """The block has exactly these fields, and each reads as `struct` reads it."""
    description = {field.name: field for field in block.block.fields if not field.constant}
    assert sorted(description) == sorted(expected)
    for name, value in expected.items():
        field = description[name]
        if isinstance(value, bytes):
            assert block.text(name) == value.rstrip(b" \0").decode("latin-1"), name
            continue
        assert read_number(block.data, block.start, block.length, field) == block.number(name) == value, name


def test_every_template_is_in_the_table() -> None:
    assert sorted(TABLE) == [template.template_id for template in SCHEMA.templates]


@pytest.mark.parametrize("template_id", TABLE)
@settings(max_examples=30)
@given(data=st.data())
def test_the_second_reading_agrees(template_id: int, data: st.DataObject) -> None:
    template = SCHEMA.template(template_id)
    (root_layout, root_names), groups = TABLE[template_id]
    before = b"\xaa" * data.draw(st.integers(0, 3))
    root = data.draw(contents(root_layout))
    content, expected = before + root, {}
    for name, header, layout, names in groups:
        size = struct.calcsize(f"<{layout}")
        entries = [data.draw(contents(layout)) for _ in range(data.draw(st.integers(0, 2)))]
        content += struct.pack("<H", size) + bytes(header - 3) + bytes([len(entries)]) + b"".join(entries)
        expected[name] = [unpack(template_id, name, layout, names, entry) for entry in entries]
    block = BlockReader(content, len(before), len(root), template.root)
    check(block, unpack(template_id, "", root_layout, root_names, root))
    found = read_groups(block, template)
    assert {name: len(entries) for name, entries in found.items()} == {n: len(e) for n, e in expected.items()}
    for name, entries in expected.items():
        for entry, values in zip(found[name], entries, strict=True):
            check(entry, values)


def test_a_field_that_the_schema_has_not_got_reads_as_nothing() -> None:
    block = BlockReader(bytes(30), 0, 30, SCHEMA.template(30).root)
    assert (block.number("Nix"), block.text("Nix")) == (NO_VALUE, "")
