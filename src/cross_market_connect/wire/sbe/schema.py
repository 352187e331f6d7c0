"""What a schema of FIX Simple Binary Encoding says about messages, with every offset worked out.

A message is a block of fixed length (the root) and groups that repeat behind it; a group is a header (its dimension:
length of one entry, number of entries) and so many blocks. A later version of a schema may append fields to a block
and groups to a message; a reader steps by the lengths that the message itself carries, and so reads both older and
newer messages than its schema.

Fields of composite types are flattened: a decimal (a mantissa with a constant exponent) is one number with an
exponent, a composite of several members becomes a field for each, `MaturityMonthYear.year`. Every field is then a
number of a fixed width or text. What is not supported (nested groups, variable data, floating point, arrays of
numbers, big-endian) is refused when the schema is read.

Source: FIX Simple Binary Encoding 1.0, sections "Field Encoding", "Message Structure" and "Message Schema".
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_PRICE

# Kinds of a field. All are little-endian. A CHAR of one byte is also a number: its code.
CHAR: Final[i64] = 1
INT8: Final[i64] = 2
UINT8: Final[i64] = 3
INT16: Final[i64] = 4
UINT16: Final[i64] = 5
INT32: Final[i64] = 6
UINT32: Final[i64] = 7
INT64: Final[i64] = 8
UINT64: Final[i64] = 9

KIND_NAMES: Final[tuple[str, ...]] = (
    "",
    "char",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
)
KIND_BYTES: Final[tuple[int, ...]] = (0, 1, 1, 1, 2, 2, 4, 4, 8, 8)

# What a number reads as when the wire carries its null value, or when the message is older than the field.
NO_VALUE: Final[i64] = NO_PRICE

MESSAGE_HEADER_BYTES: Final[i64] = 8


@final
class Field:
    """One field of a block.

    Attributes:
        type_name: the type that the schema gives it.
        size: bytes on the wire, 0 for a constant.
        offset: from the start of the block.
        since_version: the schema version that brought it.
        optional: whether `null` stands for no value.
        null: the null value; for UINT64 the i64 with the same bits.
        constant: whether the value is `constant_value` and not on the wire.
        exponent: a decimal is mantissa * 10 ** exponent; 0 for a plain number.
    """

    def __init__(self, name: str, number: i64, type_name: str, kind: i64, size: i64) -> None:
        self.name: str = name
        self.number: i64 = number
        self.type_name: str = type_name
        self.kind: i64 = kind
        self.size: i64 = size
        self.offset: i64 = 0
        self.since_version: i64 = 0
        self.optional: bool = False
        self.null: i64 = 0
        self.constant: bool = False
        self.constant_value: i64 = 0
        self.exponent: i64 = 0

    def is_text(self) -> bool:
        """Whether the field is text of more than one character."""
        return self.kind == CHAR and self.size > 1


@final
class Block:
    """Fields at fixed offsets: the root of a message, or one entry of a group.

    Attributes:
        length: bytes, as the schema states them; fields may end before.
    """

    def __init__(self, fields: list[Field], length: i64) -> None:
        self.fields: list[Field] = fields
        self.length: i64 = length

    def find(self, name: str) -> Field | None:
        """The field of that name, None when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        return None

    def field(self, name: str) -> Field:
        """The field of that name. Raises InvariantError when there is none."""
        found = self.find(name)
        if found is None:
            raise InvariantError(f"no field {name}")
        return found

    def length_at(self, version: i64) -> i64:
        """The least length that the block can have in a message of that schema version."""
        length: i64 = 0
        newer = False
        for field in self.fields:
            if field.since_version > version:
                newer = True
            elif field.offset + field.size > length:
                length = field.offset + field.size
        return length if newer else self.length


@final
class Dimension:
    """The header of a group.

    Attributes:
        size: bytes of the header; it begins with the length of one entry, a UINT16.
        count_offset, count_size: where the number of entries stands, and its bytes (1 or 2).
    """

    def __init__(self, name: str, size: i64, count_offset: i64, count_size: i64) -> None:
        self.name: str = name
        self.size: i64 = size
        self.count_offset: i64 = count_offset
        self.count_size: i64 = count_size

    def count_max(self) -> i64:
        """The largest number of entries. The null value of the count is not one."""
        return 254 if self.count_size == 1 else 65_534


@final
class Group:
    """A repeating group of a message."""

    def __init__(self, name: str, number: i64, dimension: Dimension, entry: Block) -> None:
        self.name: str = name
        self.number: i64 = number
        self.dimension: Dimension = dimension
        self.entry: Block = entry


@final
class Template:
    """One message of the schema. `template_id` is what stands in the message header."""

    def __init__(self, template_id: i64, name: str, since_version: i64, root: Block, groups: list[Group]) -> None:
        self.template_id: i64 = template_id
        self.name: str = name
        self.since_version: i64 = since_version
        self.root: Block = root
        self.groups: list[Group] = groups

    def find_group(self, name: str) -> Group | None:
        """The group of that name, None when there is none."""
        for group in self.groups:
            if group.name == name:
                return group
        return None

    def group(self, name: str) -> Group:
        """The group of that name. Raises InvariantError when there is none."""
        found = self.find_group(name)
        if found is None:
            raise InvariantError(f"{self.name} has no group {name}")
        return found


@final
class CodeTable:
    """The named values of an enum, or the named bits of a set."""

    def __init__(self, name: str, names: list[str], values: list[int]) -> None:
        self.name: str = name
        self.names: list[str] = names
        self.values: list[int] = values

    def value(self, name: str) -> int:
        """The value (or bit) of that name. Raises InvariantError when there is none."""
        if name not in self.names:
            raise InvariantError(f"{self.name} has no value {name}")
        return self.values[self.names.index(name)]

    def name_of(self, value: int) -> str:
        """The name of a value (or bit); the number itself when it has none."""
        return self.names[self.values.index(value)] if value in self.values else str(value)


@final
class Schema:
    """A message schema.

    Attributes:
        place: where it was read from, for messages to people.
    """

    def __init__(
        self, place: str, schema_id: i64, version: i64, templates: list[Template], code_tables: list[CodeTable]
    ) -> None:
        self.place: str = place
        self.schema_id: i64 = schema_id
        self.version: i64 = version
        self.templates: list[Template] = templates
        self.code_tables: list[CodeTable] = code_tables

    def find(self, template_id: i64) -> Template | None:
        """The template of that number, None when there is none."""
        for template in self.templates:
            if template.template_id == template_id:
                return template
        return None

    def template(self, template_id: i64) -> Template:
        """The template of that number. Raises InvariantError when there is none."""
        found = self.find(template_id)
        if found is None:
            raise InvariantError(f"{self.place} has no template {template_id}")
        return found

    def codes(self, name: str) -> CodeTable:
        """The enum or set of that name. Raises InvariantError when there is none."""
        for table in self.code_tables:
            if table.name == name:
                return table
        raise InvariantError(f"{self.place} has no enum or set {name}")
