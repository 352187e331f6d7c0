"""Where the fields that a feed reads all the time lie, looked up in the schema once.

The decoder's accessors know roles (the price of an entry, its security, its level ...). A layout says for each
template where a role's field lies, so that one accessor serves all templates and a newer description file changes
offsets without a change of code. A role that a template has not got is `ABSENT`.

A schema whose fields do not fit the accessors (a price without nine decimals, a security of eight bytes) is refused
here, before the first packet.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.mdp3.codes import (
    ADMIN_HEARTBEAT,
    ADMIN_LOGIN,
    ADMIN_LOGOUT,
    CHANNEL_RESET,
    DEFINITION_FUTURE,
    DEFINITION_OPTION,
    DEFINITION_SPREAD,
    INCREMENTAL_BOOK,
    INCREMENTAL_BOOK_LONG_QTY,
    INCREMENTAL_DAILY_STATISTICS,
    INCREMENTAL_LIMITS_BANDING,
    INCREMENTAL_ORDER_BOOK,
    INCREMENTAL_SESSION_STATISTICS,
    INCREMENTAL_SESSION_STATISTICS_LONG_QTY,
    INCREMENTAL_TRADE_SUMMARY,
    INCREMENTAL_TRADE_SUMMARY_LONG_QTY,
    INCREMENTAL_VOLUME,
    INCREMENTAL_VOLUME_LONG_QTY,
    OLDEST_VERSION,
    PRICE_EXPONENT,
    SECURITY_STATUS,
    SNAPSHOT_FULL_REFRESH,
    SNAPSHOT_FULL_REFRESH_LONG_QTY,
    SNAPSHOT_ORDER_BOOK,
)
from cross_market_connect.wire.sbe.schema import (
    CHAR,
    INT8,
    INT32,
    INT64,
    KIND_NAMES,
    NO_VALUE,
    UINT8,
    UINT32,
    UINT64,
    Block,
    Field,
    Group,
    Schema,
    Template,
)

ABSENT: Final[i64] = -1

# The templates that this project reads. Others of a description file are passed over like those that it does not
# have: the exchange's own file also holds older ones, whose prices have seven decimals.
TEMPLATES: Final[tuple[i64, ...]] = (
    CHANNEL_RESET,
    ADMIN_HEARTBEAT,
    ADMIN_LOGIN,
    ADMIN_LOGOUT,
    SECURITY_STATUS,
    INCREMENTAL_VOLUME,
    INCREMENTAL_BOOK,
    INCREMENTAL_ORDER_BOOK,
    INCREMENTAL_TRADE_SUMMARY,
    INCREMENTAL_DAILY_STATISTICS,
    INCREMENTAL_LIMITS_BANDING,
    INCREMENTAL_SESSION_STATISTICS,
    SNAPSHOT_FULL_REFRESH,
    SNAPSHOT_ORDER_BOOK,
    DEFINITION_FUTURE,
    DEFINITION_OPTION,
    DEFINITION_SPREAD,
    INCREMENTAL_BOOK_LONG_QTY,
    INCREMENTAL_TRADE_SUMMARY_LONG_QTY,
    INCREMENTAL_VOLUME_LONG_QTY,
    INCREMENTAL_SESSION_STATISTICS_LONG_QTY,
    SNAPSHOT_FULL_REFRESH_LONG_QTY,
)
# Template ids are below this, so that an id indexes a table.
TEMPLATE_ID_LIMIT: Final[i64] = 70

# Without these a feed would see nothing where there is something: template id, group ("" is the root), fields.
_NEEDED: Final[tuple[tuple[i64, str, str], ...]] = (
    (CHANNEL_RESET, "", "TransactTime MatchEventIndicator"),
    (SECURITY_STATUS, "", "SecurityGroup SecurityID SecurityTradingStatus SecurityTradingEvent"),
    (INCREMENTAL_BOOK, "", "TransactTime MatchEventIndicator"),
    (
        INCREMENTAL_BOOK,
        "NoMDEntries",
        "MDEntryPx MDEntrySize SecurityID RptSeq MDPriceLevel MDUpdateAction MDEntryType",
    ),
    (SNAPSHOT_FULL_REFRESH, "", "LastMsgSeqNumProcessed TotNumReports SecurityID RptSeq TransactTime"),
    (SNAPSHOT_FULL_REFRESH, "NoMDEntries", "MDEntryPx MDEntrySize MDPriceLevel MDEntryType"),
    (DEFINITION_FUTURE, "", "SecurityUpdateAction Symbol SecurityID MinPriceIncrement DisplayFactor"),
)
_BYTE: Final[tuple[i64, ...]] = (CHAR, INT8, UINT8)


@final
class _RoleFinder:
    """Finds the fields of one block by name and notes what does not fit an accessor."""

    def __init__(self, block: Block, place: str, faults: list[str]) -> None:
        self._block = block
        self._place = place
        self._faults = faults

    def field(self, names: tuple[str, ...], kinds: tuple[i64, ...]) -> Field | None:
        """The first field of one of these names, when its kind is one of these."""
        for name in names:
            found = self._block.find(name)
            if found is None:
                continue
            wanted = ", ".join(KIND_NAMES[int(kind)] for kind in kinds)
            if found.kind not in kinds or found.is_text():
                self._fault(name, f"is {KIND_NAMES[int(found.kind)]} of {found.size} bytes; expected {wanted}")
            elif found.since_version > OLDEST_VERSION:
                self._fault(name, f"exists since version {found.since_version}; expected {OLDEST_VERSION} or before")
            else:
                return found
        return None

    def offset(self, names: tuple[str, ...], kinds: tuple[i64, ...]) -> i64:
        """Where that field lies; ABSENT when the block has none or it is constant."""
        found = self.field(names, kinds)
        return ABSENT if found is None or found.constant else found.offset

    def null(self, names: tuple[str, ...], kinds: tuple[i64, ...]) -> i64:
        """The field's null value; NO_VALUE, which no field can carry, when it always has a value."""
        found = self.field(names, kinds)
        return found.null if found is not None and found.optional else NO_VALUE

    def constant(self, names: tuple[str, ...], kinds: tuple[i64, ...]) -> i64:
        """The field's constant value, 0 when it is not constant."""
        found = self.field(names, kinds)
        return found.constant_value if found is not None and found.constant else 0

    def price(self, name: str) -> i64:
        """Where a price lies; its null value is the largest i64 or none."""
        found = self.field((name,), (INT64,))
        if found is None:
            return ABSENT
        if found.exponent != PRICE_EXPONENT:
            self._fault(name, f"has the exponent {found.exponent}; expected {PRICE_EXPONENT}")
        if found.optional and found.null != 9_223_372_036_854_775_807:
            self._fault(name, f"has the null value {found.null}; expected 9223372036854775807")
        return found.offset

    def _fault(self, name: str, text: str) -> None:
        fault = f"{self._place}, field {name}: {text}"
        if fault not in self._faults:
            self._faults.append(fault)


@final
class EntryLayout:
    """Roles of an entry: of a book, a trade, a statistic, or of the orders behind them."""

    def __init__(self, find: _RoleFinder) -> None:
        size = ("MDEntrySize", "MDDisplayQty", "LastQty")
        action = ("MDUpdateAction", "OrderUpdateAction")
        quantities = (INT32, UINT64)
        self.price: i64 = find.price("MDEntryPx")
        self.size: i64 = find.offset(size, quantities)
        self.size_null: i64 = find.null(size, quantities)
        found = find.field(size, quantities)
        self.size_long: bool = found is not None and found.kind == UINT64
        self.security_id: i64 = find.offset(("SecurityID",), (INT32,))
        self.rpt_seq: i64 = find.offset(("RptSeq",), (UINT32,))
        self.orders: i64 = find.offset(("NumberOfOrders",), (INT32,))
        self.orders_null: i64 = find.null(("NumberOfOrders",), (INT32,))
        self.level: i64 = find.offset(("MDPriceLevel",), _BYTE)
        self.level_null: i64 = find.null(("MDPriceLevel",), _BYTE)
        self.action: i64 = find.offset(action, _BYTE)
        self.action_constant: i64 = find.constant(action, _BYTE)
        self.entry_type: i64 = find.offset(("MDEntryType",), _BYTE)
        self.entry_type_constant: i64 = find.constant(("MDEntryType",), _BYTE)
        self.order_id: i64 = find.offset(("OrderID",), (UINT64,))
        self.order_id_null: i64 = find.null(("OrderID",), (UINT64,))
        self.priority: i64 = find.offset(("MDOrderPriority",), (UINT64,))
        self.priority_null: i64 = find.null(("MDOrderPriority",), (UINT64,))
        self.reference: i64 = find.offset(("ReferenceID",), _BYTE)
        self.reference_null: i64 = find.null(("ReferenceID",), _BYTE)


@final
class RootLayout:
    """Roles of the root block."""

    def __init__(self, find: _RoleFinder) -> None:
        self.transact_time: i64 = find.offset(("TransactTime",), (UINT64,))
        self.event_indicator: i64 = find.offset(("MatchEventIndicator",), _BYTE)
        self.security_id: i64 = find.offset(("SecurityID",), (INT32,))
        self.security_id_null: i64 = find.null(("SecurityID",), (INT32,))
        self.rpt_seq: i64 = find.offset(("RptSeq",), (UINT32,))
        self.trading_status: i64 = find.offset(("MDSecurityTradingStatus",), _BYTE)
        self.trading_status_null: i64 = find.null(("MDSecurityTradingStatus",), _BYTE)
        self.last_seq_num: i64 = find.offset(("LastMsgSeqNumProcessed",), (UINT32,))
        self.total_reports: i64 = find.offset(("TotNumReports",), (UINT32,))
        self.total_reports_null: i64 = find.null(("TotNumReports",), (UINT32,))
        self.chunks: i64 = find.offset(("NoChunks",), (UINT32,))
        self.chunk: i64 = find.offset(("CurrentChunk",), (UINT32,))


@final
class GroupLayout:
    """A group as the check of a packet needs it."""

    def __init__(self, group: Group) -> None:
        self.header_size: i64 = group.dimension.size
        self.count_offset: i64 = group.dimension.count_offset
        self.entry_length: i64 = group.entry.length
        self.entry: Block = group.entry


@final
class TemplateLayout:
    """One template: what its check needs, and the roles of its root, its first group and its second group."""

    def __init__(self, template: Template, place: str, faults: list[str]) -> None:
        self.template: Template = template
        self.root_length: i64 = template.root.length
        self.groups: list[GroupLayout] = [GroupLayout(group) for group in template.groups]
        self.group_count: i64 = len(template.groups)
        self.first_header_size: i64 = self.groups[0].header_size if template.groups else 0
        self.first_count_offset: i64 = self.groups[0].count_offset if template.groups else 0
        self.second_header_size: i64 = self.groups[1].header_size if len(template.groups) > 1 else 0
        self.second_count_offset: i64 = self.groups[1].count_offset if len(template.groups) > 1 else 0
        empty = Block([], 0)
        blocks = [group.entry for group in template.groups[:2]] + [empty, empty]
        names = [f", group {group.name}" for group in template.groups[:2]] + ["", ""]
        where = f"{place}: template {template.template_id} {template.name}"
        for group in template.groups:
            if group.dimension.count_size != 1:
                faults.append(f"{where}, group {group.name}: counts in {group.dimension.count_size} bytes; expected 1")
        self.root: RootLayout = RootLayout(_RoleFinder(template.root, where, faults))
        self.entry: EntryLayout = EntryLayout(_RoleFinder(blocks[0], where + names[0], faults))
        self.order: EntryLayout = EntryLayout(_RoleFinder(blocks[1], where + names[1], faults))


@final
class Layouts:
    """The layouts of the templates that this project reads (`TEMPLATES`), as a schema has them, by template id.

    Raises:
        InputError: the schema lacks a template or has a field that this project cannot read as MDP 3.0; every fault
            with file, template, field, and what was expected.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema: Schema = schema
        self.schema_id: i64 = schema.schema_id
        self.version: i64 = schema.version
        faults: list[str] = []
        if schema.version < OLDEST_VERSION:
            faults.append(f"{schema.place}: is version {schema.version}; expected {OLDEST_VERSION} or later")
        self.by_id: list[TemplateLayout | None] = [None] * int(TEMPLATE_ID_LIMIT)
        for template_id in TEMPLATES:
            template = schema.find(template_id)
            if template is not None:
                self.by_id[int(template_id)] = TemplateLayout(template, schema.place, faults)
        for needed_id, group, names in _NEEDED:
            _check_needed(schema, needed_id, group, names, faults)
        if faults:
            raise InputError(faults)


def _check_needed(schema: Schema, template_id: i64, group: str, names: str, faults: list[str]) -> None:
    """Note which of the fields the schema lacks. The group must be the first, where the decoder looks for it."""
    template = schema.find(template_id)
    if template is None:
        fault = f"{schema.place}: template {template_id} is missing; expected a description of MDP 3.0"
        if fault not in faults:
            faults.append(fault)
        return
    place = f"{schema.place}: template {template_id} {template.name}"
    block = template.root
    if group:
        if not template.groups or template.groups[0].name != group:
            faults.append(f"{place}: does not begin its groups with {group}; expected the exchange's order")
            return
        place += f", group {group}"
        block = template.groups[0].entry
    for name in names.split():
        if block.find(name) is None:
            faults.append(f"{place}: has no field {name}; expected one, the feed needs it")
