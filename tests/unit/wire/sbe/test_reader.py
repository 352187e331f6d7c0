"""Schemas in their XML form: what is read out of them, and the fault that each wrong one gets."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.sbe import schema as sbe
from cross_market_connect.wire.sbe.reader import read_schema
from cross_market_connect.wire.sbe.schema import Schema

TYPES = """
  <composite name="messageHeader">
    <type name="blockLength" primitiveType="uint16"/>
    <type name="templateId" primitiveType="uint16"/>
    <type name="schemaId" primitiveType="uint16"/>
    <type name="version" primitiveType="uint16"/>
  </composite>
  <composite name="groupSize">
    <type name="blockLength" primitiveType="uint16"/>
    <type name="numInGroup" primitiveType="uint8"/>
  </composite>
  <composite name="groupSizeEncoding">
    <type name="blockLength" primitiveType="uint16"/>
    <type name="numInGroup" primitiveType="uint16"/>
  </composite>
  <composite name="groupSize8Byte">
    <type name="blockLength" primitiveType="uint16"/>
    <type name="numInGroup" primitiveType="uint8" offset="7"/>
  </composite>
  <composite name="Price">
    <type name="mantissa" presence="optional" nullValue="9223372036854775807" primitiveType="int64"/>
    <type name="exponent" presence="constant" primitiveType="int8">-9</type>
  </composite>
  <composite name="Month">
    <type name="year" presence="optional" primitiveType="uint16"/>
    <type name="month" presence="optional" nullValue="200" primitiveType="uint8" offset="3"/>
  </composite>
  <type name="Name" length="6" primitiveType="char"/>
  <type name="Source" presence="constant" primitiveType="char">8</type>
  <type name="Null64" presence="optional" nullValue="18446744073709551615" primitiveType="uint64"/>
  <type name="Byte" primitiveType="uint8"/>
  <enum name="Side" encodingType="Byte">
    <validValue name="Buy">1</validValue>
    <validValue name="Sell">2</validValue>
  </enum>
  <enum name="Kind" encodingType="char"><validValue name="Bid">0</validValue></enum>
  <set name="Flags" encodingType="Byte"><choice name="Last">7</choice></set>
"""


def schema_text(messages: str, types: str = TYPES, attributes: str = 'id="1" version="13"') -> str:
    return (
        f'<s:messageSchema xmlns:s="http://fixprotocol.io/2016/sbe" {attributes}>'
        f"<types>{types}</types>{messages}</s:messageSchema>"
    )


def read(messages: str, types: str = TYPES, attributes: str = 'id="1" version="13"') -> Schema:
    return read_schema(schema_text(messages, types, attributes), "t.xml")


def message(content: str, attributes: str = "") -> str:
    return f'<s:message name="M" id="7" {attributes}>{content}</s:message>'


class TestWhatIsRead:
    def test_the_schema_itself(self) -> None:
        schema = read("")
        assert (schema.schema_id, schema.version, schema.templates, schema.place) == (1, 13, [], "t.xml")

    def test_fields_follow_each_other(self) -> None:
        fields = (
            read(
                message(
                    '<field name="A" id="60" type="uint64"/><field name="S" id="54" type="Side" sinceVersion="10"/>'
                    '<field name="N" id="55" type="Name"/>'
                )
            )
            .template(7)
            .root.fields
        )
        assert [(f.name, f.number, f.kind, f.offset, f.size, f.since_version) for f in fields] == [
            ("A", 60, sbe.UINT64, 0, 8, 0),
            ("S", 54, sbe.UINT8, 8, 1, 10),
            ("N", 55, sbe.CHAR, 9, 6, 0),
        ]
        assert [f.is_text() for f in fields] == [False, False, True]

    def test_stated_offsets_and_length_leave_gaps(self) -> None:
        root = (
            read(
                message(
                    '<field name="A" id="1" type="Byte" offset="2"/><field name="B" id="2" type="int32"/>',
                    'blockLength="12"',
                )
            )
            .template(7)
            .root
        )
        assert [(f.offset, f.kind) for f in root.fields] == [(2, sbe.UINT8), (3, sbe.INT32)]
        assert root.length == 12

    def test_an_implied_block_length_ends_with_the_last_field(self) -> None:
        assert read(message('<field name="A" id="1" type="int16" offset="5"/>')).template(7).root.length == 7

    def test_a_decimal_is_its_mantissa(self) -> None:
        field = read(message('<field name="P" id="1" type="Price"/>')).template(7).root.field("P")
        assert (field.kind, field.size, field.exponent) == (sbe.INT64, 8, -9)
        assert (field.optional, field.null) == (True, 2**63 - 1)

    def test_a_composite_of_several_parts_becomes_a_field_for_each(self) -> None:
        root = (
            read(message('<field name="A" id="1" type="Byte"/><field name="D" id="2" type="Month"/>')).template(7).root
        )
        assert [(f.name, f.offset, f.null) for f in root.fields[1:]] == [("D.year", 1, 65_535), ("D.month", 4, 200)]
        assert root.length == 5

    def test_constants_take_no_bytes(self) -> None:
        root = (
            read(message('<field name="C" id="1" type="Source"/><field name="A" id="2" type="Byte"/>')).template(7).root
        )
        assert [(f.constant, f.constant_value, f.size, f.offset) for f in root.fields] == [
            (True, ord("8"), 0, 0),
            (False, 0, 1, 0),
        ]

    def test_a_null_of_64_bits_is_the_number_with_the_same_bits(self) -> None:
        assert read(message('<field name="A" id="1" type="Null64"/>')).template(7).root.field("A").null == -1

    def test_both_forms_of_group_headers(self) -> None:
        text = "".join(
            f'<group name="{name}" id="{number}" {length} {dimension}><field name="A" id="1" type="int32"/></group>'
            for name, number, length, dimension in (
                ("G", 268, 'blockLength="6"', 'dimensionType="groupSize"'),
                ("H", 269, "", 'dimensionType="groupSize8Byte"'),
                ("I", 270, "", ""),
            )
        )
        groups = read(message(text)).template(7).groups
        assert [(g.name, g.number, g.entry.length) for g in groups] == [("G", 268, 6), ("H", 269, 4), ("I", 270, 4)]
        dimensions = [g.dimension for g in groups]
        assert [(d.size, d.count_offset, d.count_size, d.count_max()) for d in dimensions] == [
            (3, 2, 1, 254),
            (8, 7, 1, 254),
            (4, 2, 2, 65_534),
        ]

    def test_names_of_values_and_bits(self) -> None:
        schema = read("")
        assert (schema.codes("Side").value("Sell"), schema.codes("Side").name_of(1)) == (2, "Buy")
        assert (schema.codes("Kind").value("Bid"), schema.codes("Flags").value("Last")) == (ord("0"), 7)
        assert schema.codes("Side").name_of(9) == "9"

    def test_the_length_of_a_block_at_an_older_version(self) -> None:
        root = (
            read(
                message(
                    '<field name="A" id="1" type="int32"/><field name="B" id="2" type="int32" sinceVersion="10"/>'
                    '<field name="C" id="3" type="int32" sinceVersion="12"/>',
                    'blockLength="16"',
                )
            )
            .template(7)
            .root
        )
        assert [root.length_at(version) for version in (9, 10, 11, 12, 99)] == [4, 8, 8, 16, 16]

    def test_types_in_any_order_and_by_reference(self) -> None:
        types = '<composite name="Both"><ref name="side" type="Later"/><ref name="name" type="Name"/></composite>'
        types += TYPES + '<enum name="Later" encodingType="Byte"><validValue name="X">1</validValue></enum>'
        root = read(message('<field name="F" id="1" type="Both"/>'), types).template(7).root
        assert [(f.name, f.offset, f.kind) for f in root.fields] == [("F.side", 0, 3), ("F.name", 1, 1)]


FIELD = '<field name="A" id="1" type="int32"/>'
GROUP = '<group name="G" id="2" dimensionType="groupSize">'


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("nonsense", "t.xml: is not XML (syntax error: line 1, column 0); expected a message schema of FIX SBE"),
            ("<fix/>", "t.xml: begins with <fix>; expected <messageSchema> of FIX SBE"),
            (
                schema_text("", attributes='version="1"'),
                "t.xml: id is missing; expected an integer from 0 to 65535",
            ),
            (
                schema_text("", attributes='id="1" version="x"'),
                't.xml: version="x"; expected an integer from 0 to 65535',
            ),
            (
                schema_text("", attributes='id="1" version="1" byteOrder="bigEndian"'),
                't.xml: byteOrder="bigEndian" is not supported; expected littleEndian',
            ),
            (schema_text("<include/>"), "t.xml: <include> is not supported; expected types and message"),
            (
                schema_text("", types=""),
                (
                    "t.xml: type messageHeader: is not the message header; "
                    "expected uint16 blockLength, templateId, schemaId, version"
                ),
            ),
            (
                schema_text(message(FIELD) + message(FIELD)),
                "t.xml: template 7 M: has the id of another; give each message its own",
            ),
            (
                schema_text(message('<field name="A" id="1" type="Nix"/>')),
                (
                    't.xml: template 7 M, field A: type="Nix" is not known; '
                    "expected a type of the schema or a primitive type"
                ),
            ),
            (
                schema_text(message(FIELD + '<field name="B" id="2" type="int32" offset="3"/>')),
                "t.xml: template 7 M, field B: offset 3 lies inside the field before it; expected 4 or more",
            ),
            (
                schema_text(message(FIELD + FIELD)),
                "t.xml: template 7 M, field A: is described twice; keep one of the two",
            ),
            (
                schema_text(message(FIELD, 'blockLength="3"')),
                "t.xml: template 7 M: blockLength 3 is shorter than its fields; expected 4 or more",
            ),
            (
                schema_text(message('<data name="D" id="1" type="varData"/>')),
                "t.xml: template 7 M: <data> is not supported; expected field and group",
            ),
            (
                schema_text(message(f"{GROUP}{GROUP}</group></group>")),
                "t.xml: template 7 M, group G: <group> inside a group is not supported; expected field",
            ),
            (
                schema_text(message('<group name="G" id="2" dimensionType="Month"/>')),
                (
                    't.xml: template 7 M, group G: dimensionType="Month" is no header of a group; '
                    "expected a composite of blockLength (uint16, first) and numInGroup (uint8 or uint16)"
                ),
            ),
            (
                schema_text(message(f'{GROUP}<field name="A" id="1" type="int32" offset="-1"/></group>')),
                't.xml: template 7 M, group G, field A: offset="-1"; expected an integer from 0 to 65535',
            ),
        ],
    )
    def test_a_fault_names_file_template_field_and_remedy(self, text: str, fault: str) -> None:
        with pytest.raises(InputError) as error:
            read_schema(text, "t.xml")
        assert fault in error.value.faults

    @pytest.mark.parametrize(
        ("types", "fault"),
        [
            (
                '<type name="T" primitiveType="double"/>',
                'type T: primitiveType="double" is not known; expected one of char',
            ),
            ('<type name="T" primitiveType="int32" length="4"/>', "type T: is an array of int32; expected length 1"),
            ('<type name="T" primitiveType="int32" presence="x"/>', 'type T: presence="x"; expected one of required'),
            (
                '<type name="T" primitiveType="int8" presence="optional" nullValue="200"/>',
                'type T: nullValue="200"; expected an integer from -128 to 127',
            ),
            (
                '<type name="T" primitiveType="int8" presence="constant">x</type>',
                "type T: 'x'; expected an integer from -128 to 127",
            ),
            (
                '<type name="T" primitiveType="char" presence="constant">xy</type>',
                "type T: 'xy'; expected one ASCII character",
            ),
            ('<type name="Byte" primitiveType="int8"/>', "type Byte: is described twice; keep one of the two"),
            ('<type primitiveType="int8"/>', "types: a <type> has no name; give it one"),
            ("<nix/>", "types: <nix> is not known; expected type, composite, enum or set"),
            (
                '<composite name="C"><ref name="a" type="Byte"/><ref name="a" type="Byte"/></composite>',
                "type C, member a: is described twice; keep one of the two",
            ),
            (
                (
                    '<composite name="C"><type name="a" primitiveType="int32"/>'
                    '<type name="b" primitiveType="int8" offset="2"/></composite>'
                ),
                "type C, member b: offset 2 lies inside the member before it; expected 4 or more",
            ),
            (
                '<composite name="C"><composite name="a"/></composite>',
                "type C, member a: <composite> is not known; expected type or ref",
            ),
            (
                '<composite name="C"><ref name="a" type="Month"/></composite>',
                'type C, member a: type="Month" is not known; expected a simple type, an enum or a set',
            ),
            (
                '<composite name="C"><ref name="a" type="C"/></composite>',
                "type C: contains itself; expected a type that is described without it",
            ),
            (
                '<enum name="E" encodingType="Price"/>',
                'enum E: encodingType="Price" is not known; expected a type of one',
            ),
            (
                '<enum name="E" encodingType="Byte"><validValue name="X">256</validValue></enum>',
                "enum E, X: '256'; expected an integer from 0 to 255",
            ),
            (
                (
                    '<enum name="E" encodingType="Byte"><validValue name="X">1</validValue>'
                    '<validValue name="Y">1</validValue></enum>'
                ),
                "enum E, Y: has the name or the value of another; expected both to be new",
            ),
            (
                '<set name="E" encodingType="Byte"><choice name="X">8</choice></set>',
                "set E, X: '8'; expected an integer from 0 to 7",
            ),
            ('<set name="E" encodingType="Byte"><nix/></set>', "set E, : <nix> is not known in a set"),
        ],
    )
    def test_faults_of_types(self, types: str, fault: str) -> None:
        with pytest.raises(InputError) as error:
            read("", TYPES + types)
        assert any(f"t.xml: {fault}" in found for found in error.value.faults)

    def test_all_faults_are_found_at_once(self) -> None:
        with pytest.raises(InputError) as error:
            read(message('<field name="A" id="1" type="Nix"/><field name="B" id="1" type="Nix"/>', 'blockLength="x"'))
        assert len(error.value.faults) == 3
