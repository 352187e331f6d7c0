"""Layouts of our own description file, and of files that are not what they should be."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.layout import ABSENT, TEMPLATES, Layouts
from cross_market_connect.wire.sbe.reader import read_schema
from cross_market_connect.wire.sbe.schema import NO_VALUE
from tests.unit.wire.mdp3.support import LAYOUTS, SCHEMA

OURS = DESCRIPTION_FILE.read_text(encoding="utf-8")

# Template id: root block length, then the length of one entry of each group; as the exchange's file states them.
LENGTHS = {
    4: (9, 2),
    12: (0,),
    15: (1,),
    16: (180,),
    30: (30,),
    37: (11, 16),
    46: (11, 32, 24),
    47: (11, 40),
    48: (11, 32, 16),
    49: (11, 32),
    50: (11, 32),
    51: (11, 24),
    52: (59, 22),
    53: (28, 29),
    54: (224, 9, 4, 4, 5),
    55: (221, 9, 4, 4, 5, 24, 24),
    56: (255, 9, 4, 4, 5, 18),
    64: (11, 32, 24),
    65: (11, 40, 16),
    66: (11, 24),
    67: (11, 32),
    69: (59, 23),
}


def test_the_description_has_the_published_lengths() -> None:
    assert (SCHEMA.schema_id, SCHEMA.version) == (1, 13)
    found = {t.template_id: (t.root.length, *(group.entry.length for group in t.groups)) for t in SCHEMA.templates}
    assert found == LENGTHS


def test_roles_of_a_book() -> None:
    layout = LAYOUTS.by_id[46]
    assert layout is not None
    entry, order = layout.entry, layout.order
    assert (entry.price, entry.size, entry.security_id, entry.rpt_seq) == (0, 8, 12, 16)
    assert (entry.orders, entry.level, entry.action, entry.entry_type) == (20, 24, 25, 26)
    assert (entry.size_null, entry.orders_null, entry.level_null) == (2**31 - 1, 2**31 - 1, NO_VALUE)
    assert (entry.order_id, entry.size_long) == (ABSENT, False)
    assert (order.order_id, order.priority, order.size, order.reference, order.action) == (0, 8, 16, 20, 21)
    assert (order.priority_null, order.reference_null, order.price) == (-1, 255, ABSENT)


def test_a_role_that_is_constant_has_no_offset() -> None:
    volume, limits = LAYOUTS.by_id[37], LAYOUTS.by_id[50]
    assert volume is not None
    assert limits is not None
    assert (volume.entry.entry_type, volume.entry.entry_type_constant) == (ABSENT, ord("e"))
    assert (limits.entry.action, limits.entry.action_constant, limits.entry.price) == (ABSENT, 0, ABSENT)


def test_long_quantities() -> None:
    layout = LAYOUTS.by_id[64]
    assert layout is not None
    assert (layout.entry.size, layout.entry.size_long, layout.entry.size_null) == (8, True, -1)


def test_every_template_of_the_description_is_read() -> None:
    laid_out = [number for number, layout in enumerate(LAYOUTS.by_id) if layout is not None]
    assert laid_out == sorted(LENGTHS) == sorted(TEMPLATES)


def test_templates_of_a_file_that_nobody_reads_may_look_as_they_like() -> None:
    # The exchange's own file still holds the templates of before version 9, with seven decimals.
    old = '<sbe:message name="Old" id="{}" blockLength="8"><field name="P" id="1" type="OLD" offset="0"/></sbe:message>'
    price = '<composite name="OLD"><type name="mantissa" primitiveType="int64"/></composite>'
    text = OURS.replace("  </types>", f"{price}</types>{old.format(32)}{old.format(60_000)}").replace(
        'name="MDIncrementalRefreshOrderBook47" id="47"', 'name="MDIncrementalRefreshOrderBook47" id="7"'
    )
    layouts = Layouts(read_schema(text.replace('name="P"', 'name="MDEntryPx"'), "our.xml"))
    assert (layouts.by_id[32], layouts.by_id[47], layouts.by_id[7]) == (None, None, None)
    assert layouts.by_id[46] is not None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('version="13"', 'version="8"', "our.xml: is version 8; expected 9 or later"),
        (
            'name="MDIncrementalRefreshBook46" id="46"',
            'name="Other" id="45"',
            "our.xml: template 46 is missing; expected a description of MDP 3.0",
        ),
        (
            'name="MDEntryPx" id="270" type="PRICENULL9"',
            'name="Price" id="270" type="PRICENULL9"',
            (
                "our.xml: template 46 MDIncrementalRefreshBook46, group NoMDEntries: "
                "has no field MDEntryPx; expected one, the feed needs it"
            ),
        ),
        (
            'name="LastMsgSeqNumProcessed"',
            'name="LastSeqNum"',
            (
                "our.xml: template 52 SnapshotFullRefresh52: "
                "has no field LastMsgSeqNumProcessed; expected one, the feed needs it"
            ),
        ),
        (
            '<group name="NoMDEntries"',
            '<group name="NoEntries"',
            (
                "our.xml: template 46 MDIncrementalRefreshBook46: "
                "does not begin its groups with NoMDEntries; expected the exchange's order"
            ),
        ),
        (
            '<type name="numInGroup" offset="7" primitiveType="uint8"/>',
            '<type name="numInGroup" offset="6" primitiveType="uint16"/>',
            ("our.xml: template 46 MDIncrementalRefreshBook46, group NoOrderIDEntries: counts in 2 bytes; expected 1"),
        ),
        (
            '"int8">-9</type>',
            '"int8">-7</type>',
            (
                "our.xml: template 46 MDIncrementalRefreshBook46, group NoMDEntries, field MDEntryPx: "
                "has the exponent -7; expected -9"
            ),
        ),
        (
            'nullValue="9223372036854775807"',
            'nullValue="0"',
            (
                "our.xml: template 52 SnapshotFullRefresh52, group NoMDEntries, field MDEntryPx: "
                "has the null value 0; expected 9223372036854775807"
            ),
        ),
        (
            'type="uInt32" offset="16"',
            'type="Int32" offset="16"',
            (
                "our.xml: template 46 MDIncrementalRefreshBook46, group NoMDEntries, field RptSeq: "
                "is int32 of 4 bytes; expected uint32"
            ),
        ),
        (
            'type="MDEntryTypeBook" offset="26"',
            'type="MDEntryTypeBook" offset="26" sinceVersion="10"',
            (
                "our.xml: template 46 MDIncrementalRefreshBook46, group NoMDEntries, field MDEntryType: "
                "exists since version 10; expected 9 or before"
            ),
        ),
    ],
)
def test_a_description_that_the_accessors_cannot_read_is_refused(old: str, new: str, fault: str) -> None:
    assert old in OURS
    with pytest.raises(InputError) as error:
        Layouts(read_schema(OURS.replace(old, new), "our.xml"))
    assert fault in error.value.faults
    assert len(set(error.value.faults)) == len(error.value.faults)
