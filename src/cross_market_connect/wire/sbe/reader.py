"""Reads a message schema of FIX Simple Binary Encoding from its XML form, and finds all its faults at once.

This is the form in which exchanges publish their templates (CME: templates_FixBinary.xml), so that a desk can bring a
newer file than ours. Descriptions and semantic types are ignored; offsets may be stated or implied; a stated offset
or length that contradicts the fields is a fault, and so is whatever this project's codecs could not read.
"""

from __future__ import annotations

from typing import Final, final
from xml.etree.ElementTree import Element, ParseError, fromstring

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.sbe.schema import (
    MESSAGE_HEADER_BYTES,
    Block,
    Dimension,
    Field,
    Group,
    Schema,
    Template,
)
from cross_market_connect.wire.sbe.types import Attributes, Composite, TypeReader, local_name

_U16_MAX: Final = 65_535
_HEADER_MEMBERS: Final = ("blockLength", "templateId", "schemaId", "version")


def read_schema(content: str, place: str) -> Schema:
    """The schema that an XML text describes.

    Args:
        content: the text of the file.
        place: its name, for the text of a fault.

    Raises:
        InputError: every fault, with file, template, field, and what was expected.
    """
    try:
        root = fromstring(content)
    except ParseError as error:
        raise InputError([f"{place}: is not XML ({error}); expected a message schema of FIX SBE"]) from error
    if local_name(root) != "messageSchema":
        raise InputError([f"{place}: begins with <{local_name(root)}>; expected <messageSchema> of FIX SBE"])
    faults: list[str] = []
    schema = SchemaReader(place, faults).read(root)
    if faults:
        raise InputError(faults)
    return schema


@final
class SchemaReader:
    """One pass over a <messageSchema>; faults go into the list."""

    def __init__(self, place: str, faults: list[str]) -> None:
        self._place = place
        self._faults = faults
        self._types = TypeReader(place, faults)

    def read(self, root: Element) -> Schema:
        """The schema; of no use when a fault was noted."""
        attributes = Attributes(root, self._place, self._faults)
        schema_id = attributes.integer("id", -1, 0, _U16_MAX)
        version = attributes.integer("version", -1, 0, _U16_MAX)
        order = attributes.text("byteOrder", "littleEndian")
        if order != "littleEndian":
            attributes.fault(f'byteOrder="{order}" is not supported; expected littleEndian')
        for child in root:
            if local_name(child) == "types":
                self._types.collect(child)
            elif local_name(child) != "message":
                attributes.fault(f"<{local_name(child)}> is not supported; expected types and message")
        self._types.resolve_all()
        self._check_header(attributes.text("headerType", "messageHeader"))
        templates = [self._template(child) for child in root if local_name(child) == "message"]
        for index, template in enumerate(templates):
            if any(template.template_id == before.template_id for before in templates[:index]):
                self._faults.append(
                    f"{self._place}: template {template.template_id} {template.name}: has the id of another; "
                    "give each message its own"
                )
        return Schema(self._place, schema_id, version, templates, self._types.code_tables)

    def _check_header(self, name: str) -> None:
        header = self._types.resolve(name)
        wanted = MESSAGE_HEADER_BYTES // len(_HEADER_MEMBERS)
        if header is not None and header.size == MESSAGE_HEADER_BYTES:
            offsets = {member.name: member.offset for member in header.members}
            if [offsets.get(part) for part in _HEADER_MEMBERS] == [wanted * i for i in range(len(_HEADER_MEMBERS))]:
                return
        self._faults.append(
            f"{self._place}: type {name}: is not the message header; expected uint16 {', '.join(_HEADER_MEMBERS)}"
        )

    def _template(self, element: Element) -> Template:
        name = element.get("name", "")
        place = f"{self._place}: template {element.get('id', '?')} {name}"
        attributes = Attributes(element, place, self._faults)
        template_id = attributes.integer("id", -1, 0, _U16_MAX)
        since_version = attributes.integer("sinceVersion", 0, 0, _U16_MAX)
        root = self._block(element, place)
        groups: list[Group] = []
        for child in element:
            if local_name(child) == "group":
                group = self._group(child, f"{place}, group {child.get('name', '')}")
                if group is not None:
                    groups.append(group)
            elif local_name(child) != "field":
                attributes.fault(f"<{local_name(child)}> is not supported; expected field and group")
        return Template(template_id, name, since_version, root, groups)

    def _group(self, element: Element, place: str) -> Group | None:
        attributes = Attributes(element, place, self._faults)
        for child in element:
            if local_name(child) != "field":
                attributes.fault(f"<{local_name(child)}> inside a group is not supported; expected field")
        type_name = attributes.text("dimensionType", "groupSizeEncoding")
        dimension = self._dimension(type_name, self._types.resolve(type_name))
        if dimension is None:
            attributes.fault(
                f'dimensionType="{type_name}" is no header of a group; '
                "expected a composite of blockLength (uint16, first) and numInGroup (uint8 or uint16)"
            )
            return None
        number = attributes.integer("id", 0, 0, _U16_MAX)
        return Group(attributes.text("name", ""), number, dimension, self._block(element, place))

    @staticmethod
    def _dimension(name: str, composite: Composite | None) -> Dimension | None:
        if composite is None or len(composite.members) != 2:
            return None
        length, count = composite.members[0], composite.members[1]
        if (length.name, count.name) != ("blockLength", "numInGroup") or length.offset != 0:
            return None
        if length.simple.size() != 2 or count.simple.size() not in (1, 2):
            return None
        return Dimension(name, composite.size, count.offset, count.simple.size())

    def _block(self, element: Element, place: str) -> Block:
        """The fields directly inside a message or group, placed one after the other."""
        fields: list[Field] = []
        end = 0
        for child in element:
            if local_name(child) == "field":
                end = self._add_field(fields, child, f"{place}, field {child.get('name', '')}", end)
        attributes = Attributes(element, place, self._faults)
        length = attributes.integer("blockLength", end, 0, _U16_MAX)
        if length < end:
            attributes.fault(f"blockLength {length} is shorter than its fields; expected {end} or more")
        return Block(fields, length)

    def _add_field(self, fields: list[Field], element: Element, place: str, end: int) -> int:
        """Add a field (or a field for each member of its composite); the offset after it."""
        attributes = Attributes(element, place, self._faults)
        type_name = attributes.text("type", "")
        composite = self._types.resolve(type_name)
        if composite is None:
            attributes.fault(f'type="{type_name}" is not known; expected a type of the schema or a primitive type')
            return end
        name = attributes.text("name", "")
        if any(name == field.name.partition(".")[0] for field in fields):
            attributes.fault("is described twice; keep one of the two")
        offset = attributes.integer("offset", end, 0, _U16_MAX) if composite.size else end
        if offset < end:
            attributes.fault(f"offset {offset} lies inside the field before it; expected {end} or more")
        since_version = attributes.integer("sinceVersion", 0, 0, _U16_MAX)
        parts = composite.on_wire() or composite.members[:1]
        for member in parts:
            simple = member.simple
            field_name = name if len(parts) == 1 else f"{name}.{member.name}"
            field = Field(field_name, attributes.integer("id", 0, 0, _U16_MAX), type_name, simple.kind, simple.size())
            field.offset = offset + member.offset
            field.since_version = since_version
            field.optional, field.null = simple.optional, simple.null
            field.constant, field.constant_value = simple.constant, simple.constant_value
            field.exponent = composite.exponent() if len(parts) == 1 else 0
            fields.append(field)
        return offset + composite.size
