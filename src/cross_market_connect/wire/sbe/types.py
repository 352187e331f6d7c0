"""The types of a schema as they are read from XML: simple types, composites, enums and sets, by name."""

from __future__ import annotations

from typing import Final, final
from xml.etree.ElementTree import Element

from cross_market_connect.wire.sbe.schema import CHAR, KIND_BYTES, KIND_NAMES, UINT64, CodeTable

_PRESENCES: Final = ("required", "optional", "constant")
# The range of each kind, by kind.
_LOWEST: Final = (0, 0, -128, 0, -32_768, 0, -(2**31), 0, -(2**63), 0)
_HIGHEST: Final = (0, 255, 127, 255, 32_767, 65_535, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1)
_CHAR_PRINTABLE: Final = 127


def local_name(element: Element) -> str:
    """The element's name without its name space."""
    return element.tag.rpartition("}")[2]


def signed(kind: int, value: int) -> int:
    """The value as an i64 holds it: a UINT64 of 2**63 or more becomes the negative number with the same bits."""
    return value - 2**64 if kind == UINT64 and value >= 2**63 else value


@final
class SimpleType:
    """A type of a fixed width: what a field of it looks like on the wire."""

    def __init__(self, name: str, kind: int, length: int) -> None:
        self.name = name
        self.kind = kind
        self.length = length
        self.optional = False
        self.null = 0
        self.constant = False
        self.constant_value = 0
        self.since_version = 0

    def size(self) -> int:
        """Bytes on the wire."""
        return 0 if self.constant else KIND_BYTES[self.kind] * self.length


@final
class Member:
    """A part of a composite: its name, type and offset inside the composite."""

    def __init__(self, name: str, simple: SimpleType, offset: int) -> None:
        self.name = name
        self.simple = simple
        self.offset = offset


@final
class Composite:
    """A type of several parts; enums, sets and simple types are composites of one."""

    def __init__(self, name: str, members: list[Member], size: int) -> None:
        self.name = name
        self.members = members
        self.size = size

    def on_wire(self) -> list[Member]:
        """The parts that take up bytes."""
        return [member for member in self.members if not member.simple.constant]

    def exponent(self) -> int:
        """The constant exponent of a decimal, 0 for everything else."""
        for member in self.members:
            if member.name == "exponent" and member.simple.constant:
                return member.simple.constant_value
        return 0


def of_simple(simple: SimpleType) -> Composite:
    """A composite of one part without a name of its own."""
    return Composite(simple.name, [Member("", simple, 0)], simple.size())


@final
class Attributes:
    """Reads the attributes of one element; what is wrong goes into the list of faults."""

    def __init__(self, element: Element, place: str, faults: list[str]) -> None:
        self._element = element
        self.place = place
        self._faults = faults

    def fault(self, text: str) -> None:
        """Note what is wrong here and what was expected."""
        self._faults.append(f"{self.place}: {text}")

    def text(self, name: str, default: str) -> str:
        """An attribute, `default` when it is absent."""
        return self._element.get(name, default)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """An integer from `low` to `high`, `default` when it is absent; `default` below `low` makes it required."""
        value = self._element.get(name)
        if value is None:
            if default < low:
                self.fault(f"{name} is missing; expected an integer from {low} to {high}")
            return default
        return self.number(f'{name}="{value}"', value, low, high)

    def number(self, what: str, value: str, low: int, high: int) -> int:
        """The integer that `value` spells; `low` and a fault when it is none from `low` to `high`."""
        digits = value.strip()
        if digits.removeprefix("-").isdecimal() and digits.isascii() and len(digits) <= 20:
            if low <= int(digits) <= high:
                return int(digits)
        self.fault(f"{what}; expected an integer from {low} to {high}")
        return low

    def content(self, kind: int) -> int:
        """The number, or the code of the single character, between the element's tags."""
        text = (self._element.text or "").strip()
        if kind != CHAR:
            return self.number(repr(text), text, _LOWEST[kind], _HIGHEST[kind])
        if len(text) == 1 and ord(text) < _CHAR_PRINTABLE:
            return ord(text)
        self.fault(f"{text!r}; expected one ASCII character")
        return 0


@final
class TypeReader:
    """Collects the types of a schema, whatever their order in the file.

    Args:
        place: the file, for the text of a fault.
        faults: the list that collects the faults.
    """

    def __init__(self, place: str, faults: list[str]) -> None:
        self._place = place
        self._faults = faults
        self._elements: dict[str, Element] = {}
        self._resolved: dict[str, Composite] = {}
        self._open: list[str] = []  # names under way, to notice a type that contains itself
        self.code_tables: list[CodeTable] = []

    def collect(self, types: Element) -> None:
        """Take the children of a <types> element."""
        for element in types:
            name = element.get("name", "")
            if local_name(element) not in ("type", "composite", "enum", "set"):
                self._fault("types", f"<{local_name(element)}> is not known; expected type, composite, enum or set")
            elif not name:
                self._fault("types", f"a <{local_name(element)}> has no name; give it one")
            elif name in self._elements:
                self._fault(f"type {name}", "is described twice; keep one of the two")
            else:
                self._elements[name] = element

    def resolve_all(self) -> None:
        """Read every type, so that faults of unused ones show too."""
        for name in self._elements:
            self.resolve(name)

    def resolve(self, name: str) -> Composite | None:
        """The type of that name, a primitive type too; None when there is none or it is faulty."""
        if name in self._resolved:
            return self._resolved[name]
        if name not in self._elements:
            return of_simple(SimpleType(name, KIND_NAMES.index(name), 1)) if name in KIND_NAMES[1:] else None
        if name in self._open:
            self._fault(f"type {name}", "contains itself; expected a type that is described without it")
            return None
        self._open.append(name)
        composite = self._read(name, self._elements[name])
        self._open.remove(name)
        if composite is not None:
            self._resolved[name] = composite
        return composite

    def _fault(self, where: str, text: str) -> None:
        self._faults.append(f"{self._place}: {where}: {text}")

    def _read(self, name: str, element: Element) -> Composite | None:
        kind = local_name(element)
        if kind == "composite":
            return self._composite(name, element)
        if kind == "type":
            simple = self._simple(name, element, f"type {name}")
            return None if simple is None else of_simple(simple)
        return self._codes(name, element, kind)

    def _simple(self, name: str, element: Element, where: str) -> SimpleType | None:
        attributes = Attributes(element, f"{self._place}: {where}", self._faults)
        primitive = attributes.text("primitiveType", "")
        if primitive not in KIND_NAMES[1:]:
            attributes.fault(f'primitiveType="{primitive}" is not known; expected one of {", ".join(KIND_NAMES[1:])}')
            return None
        kind = KIND_NAMES.index(primitive)
        simple = SimpleType(name, kind, attributes.integer("length", 1, 1, 65_535))
        if simple.length > 1 and kind != CHAR:
            attributes.fault(f"is an array of {primitive}; expected length 1 for everything but char")
            return None
        presence = attributes.text("presence", "required")
        if presence not in _PRESENCES:
            attributes.fault(f'presence="{presence}"; expected one of {", ".join(_PRESENCES)}')
        simple.since_version = attributes.integer("sinceVersion", 0, 0, 65_535)
        if presence == "constant":
            simple.constant = True
            simple.constant_value = attributes.content(kind) if simple.length == 1 else 0
        elif presence == "optional":
            simple.optional = True
            default = 0 if kind == CHAR else _LOWEST[kind] if _LOWEST[kind] < 0 else _HIGHEST[kind]
            simple.null = signed(kind, attributes.integer("nullValue", default, _LOWEST[kind], _HIGHEST[kind]))
        return simple

    def _composite(self, name: str, element: Element) -> Composite | None:
        members: list[Member] = []
        end = 0
        for child in element:
            part = child.get("name", "")
            place = f"{self._place}: type {name}, member {part}"
            if local_name(child) == "type":
                simple = self._simple(part, child, f"type {name}, member {part}")
            elif local_name(child) == "ref":
                simple = self._referenced(child.get("type", ""), place)
            else:
                self._faults.append(f"{place}: <{local_name(child)}> is not known; expected type or ref")
                simple = None
            if simple is None:
                return None
            attributes = Attributes(child, place, self._faults)
            offset = attributes.integer("offset", end, 0, 65_535)
            if offset < end:
                attributes.fault(f"offset {offset} lies inside the member before it; expected {end} or more")
            if any(part == member.name for member in members):
                attributes.fault("is described twice; keep one of the two")
            members.append(Member(part, simple, offset))
            end = offset + simple.size()
        return Composite(name, members, end)

    def _referenced(self, type_name: str, place: str) -> SimpleType | None:
        composite = self.resolve(type_name)
        if composite is None or len(composite.members) != 1:
            self._faults.append(f'{place}: type="{type_name}" is not known; expected a simple type, an enum or a set')
            return None
        return composite.members[0].simple

    def _codes(self, name: str, element: Element, kind: str) -> Composite | None:
        """An enum or a set: the type that carries it, and its table of names."""
        place = f"{self._place}: {kind} {name}"
        encoding = element.get("encodingType", "")
        carrier = self.resolve(encoding)
        if carrier is None or len(carrier.members) != 1 or carrier.size != KIND_BYTES[carrier.members[0].simple.kind]:
            self._faults.append(f'{place}: encodingType="{encoding}" is not known; expected a type of one number')
            return None
        simple = carrier.members[0].simple
        names: list[str] = []
        values: list[int] = []
        for child in element:
            attributes = Attributes(child, f"{place}, {child.get('name', '')}", self._faults)
            if local_name(child) != ("validValue" if kind == "enum" else "choice"):
                attributes.fault(f"<{local_name(child)}> is not known in a {kind}")
                continue
            value = attributes.content(simple.kind) if kind == "enum" else self._bit(attributes, child, simple)
            if child.get("name", "") in names or value in values:
                attributes.fault("has the name or the value of another; expected both to be new")
            names.append(child.get("name", ""))
            values.append(value)
        self.code_tables.append(CodeTable(name, names, values))
        return Composite(name, [Member("", simple, 0)], carrier.size)

    @staticmethod
    def _bit(attributes: Attributes, child: Element, simple: SimpleType) -> int:
        text = (child.text or "").strip()
        return attributes.number(repr(text), text, 0, 8 * KIND_BYTES[simple.kind] - 1)
