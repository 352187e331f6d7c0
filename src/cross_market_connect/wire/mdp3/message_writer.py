"""Writes MDP 3.0 messages by roles, the opposite of the decoder's accessors, for simulated publishers.

`PacketWriter` puts any field of any template into a packet; this knows which fields an update, a snapshot, a state or
a definition has. A role that a template has not got (the price of a volume) must be given as NO_VALUE; one that it
carries as a constant, as NO_VALUE or that constant. Further fields of the entry that was added last are written with
`packet.set`.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.wire.mdp3.codes import (
    ADMIN_HEARTBEAT,
    CHANNEL_RESET,
    END_OF_EVENT,
    SECURITY_STATUS,
    SNAPSHOT_ORDER_BOOK,
)
from cross_market_connect.wire.mdp3.definition_writer import write_definition, write_security_status
from cross_market_connect.wire.mdp3.encoder import MESSAGE_HEADER_BYTES, PacketWriter
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.sbe.schema import NO_VALUE, Block, Field, Schema, Template

_ENTRIES = "NoMDEntries"
_ORDERS = "NoOrderIDEntries"


def _first(block: Block, names: tuple[str, ...]) -> Field | None:
    for name in names:
        found = block.find(name)
        if found is not None:
            return found
    return None


@final
class _Roles:
    """The fields of one block that have a role."""

    def __init__(self, block: Block) -> None:
        self.price: Field | None = block.find("MDEntryPx")
        self.size: Field | None = _first(block, ("MDEntrySize", "MDDisplayQty", "LastQty"))
        self.security_id: Field | None = block.find("SecurityID")
        self.rpt_seq: Field | None = block.find("RptSeq")
        self.orders: Field | None = block.find("NumberOfOrders")
        self.level: Field | None = block.find("MDPriceLevel")
        self.action: Field | None = _first(block, ("MDUpdateAction", "OrderUpdateAction"))
        self.entry_type: Field | None = block.find("MDEntryType")
        self.order_id: Field | None = block.find("OrderID")
        self.priority: Field | None = block.find("MDOrderPriority")
        self.reference: Field | None = block.find("ReferenceID")


@final
class _TemplateRoles:
    """The roles of a template's entries and of the orders behind them."""

    def __init__(self, template: Template) -> None:
        empty = Block([], 0)
        entries, orders = template.find_group(_ENTRIES), template.find_group(_ORDERS)
        self.root: Block = template.root
        self.transact_time: Field | None = template.root.find("TransactTime")
        self.event_indicator: Field | None = template.root.find("MatchEventIndicator")
        self.entry: _Roles = _Roles(empty if entries is None else entries.entry)
        self.order: _Roles = _Roles(empty if orders is None else orders.entry)


@final
class MessageWriter:
    """Messages for a `PacketWriter`; made once. What returns false wrote nothing, because the packet is full."""

    def __init__(self, packet: PacketWriter, schema: Schema) -> None:
        self.packet: PacketWriter = packet
        self._schema: Schema = schema
        self._by_id: dict[int, _TemplateRoles] = {
            int(template.template_id): _TemplateRoles(template) for template in schema.templates
        }
        first = schema.templates[0]
        self._roles: _TemplateRoles = self._by_id[int(first.template_id)]
        self._orders_open: bool = False

    # -- Updates -------------------------------------------------------------------------------------------------------

    def begin_update(self, template_id: i64, transact_time_utc_ns: i64, event_indicator: i64) -> bool:
        """Begin a message of the incremental feed; entries follow, then `end`."""
        if not self._begin(template_id):
            return False
        self._put(self._roles.transact_time, transact_time_utc_ns)
        self._put(self._roles.event_indicator, event_indicator)
        self.packet.open_group(_ENTRIES)
        return True

    def add_entry(
        self,
        price: i64,
        size: i64,
        security_id: i64,
        rpt_seq: i64,
        orders: i64,
        level: i64,
        action: i64,
        entry_type: i64,
    ) -> bool:
        """Add an entry to the update or snapshot under way."""
        if not self.packet.add_entry():
            return False
        roles = self._roles.entry
        self._put(roles.price, price)
        self._put(roles.size, size)
        self._put(roles.security_id, security_id)
        self._put(roles.rpt_seq, rpt_seq)
        self._put(roles.orders, orders)
        self._put(roles.level, level)
        self._put(roles.action, action)
        self._put(roles.entry_type, entry_type)
        return True

    def add_order(self, order_id: i64, priority: i64, size: i64, entry_index: i64, action: i64) -> bool:
        """Add an order behind entry `entry_index`; no entries can follow. Orders of trades have only id and size."""
        if not self._orders_open:
            self.packet.open_group(_ORDERS)
            self._orders_open = True
        if not self.packet.add_entry():
            return False
        roles = self._roles.order
        self._put(roles.order_id, order_id)
        self._put(roles.priority, priority)
        self._put(roles.size, size)
        self._put(roles.reference, NO_VALUE if entry_index == NO_VALUE else entry_index + 1)
        self._put(roles.action, action)
        return True

    def add_order_entry(
        self, order_id: i64, priority: i64, price: i64, size: i64, security_id: i64, action: i64, entry_type: i64
    ) -> bool:
        """Add an order to the update (47) or snapshot (53) of books by order."""
        if not self.packet.add_entry():
            return False
        roles = self._roles.entry
        self._put(roles.order_id, order_id)
        self._put(roles.priority, priority)
        self._put(roles.price, price)
        self._put(roles.size, size)
        self._put(roles.security_id, security_id)
        self._put(roles.action, action)
        self._put(roles.entry_type, entry_type)
        return True

    def end(self) -> None:
        """End the update or snapshot under way."""
        self.packet.end()

    # -- Snapshots -----------------------------------------------------------------------------------------------------

    def begin_snapshot(
        self,
        template_id: i64,
        last_seq_num_processed: i64,
        total_reports: i64,
        security_id: i64,
        rpt_seq: i64,
        transact_time_utc_ns: i64,
        trading_status: i64,
    ) -> bool:
        """Begin a snapshot by price (52 or 69); entries follow, then `end`."""
        if not self._begin(template_id):
            return False
        root = self._roles.root
        self.packet.set(root.field("LastMsgSeqNumProcessed"), last_seq_num_processed)
        self.packet.set(root.field("TotNumReports"), total_reports)
        self.packet.set(root.field("SecurityID"), security_id)
        self.packet.set(root.field("RptSeq"), rpt_seq)
        self.packet.set(root.field("TransactTime"), transact_time_utc_ns)
        self.packet.set(root.field("MDSecurityTradingStatus"), trading_status)
        self.packet.open_group(_ENTRIES)
        return True

    def begin_order_snapshot(
        self,
        last_seq_num_processed: i64,
        total_reports: i64,
        security_id: i64,
        chunks: i64,
        chunk: i64,
        transact_time_utc_ns: i64,
    ) -> bool:
        """Begin a snapshot by order (53); orders follow, then `end`."""
        if not self._begin(SNAPSHOT_ORDER_BOOK):
            return False
        root = self._roles.root
        self.packet.set(root.field("LastMsgSeqNumProcessed"), last_seq_num_processed)
        self.packet.set(root.field("TotNumReports"), total_reports)
        self.packet.set(root.field("SecurityID"), security_id)
        self.packet.set(root.field("NoChunks"), chunks)
        self.packet.set(root.field("CurrentChunk"), chunk)
        self.packet.set(root.field("TransactTime"), transact_time_utc_ns)
        self.packet.open_group(_ENTRIES)
        return True

    # -- Whole messages ------------------------------------------------------------------------------------------------

    def add_heartbeat(self) -> bool:
        """AdminHeartbeat (12)."""
        if not self._begin(ADMIN_HEARTBEAT):
            return False
        self.packet.end()
        return True

    def add_channel_reset(self, transact_time_utc_ns: i64, appl_id: i64) -> bool:
        """ChannelReset (4) of one channel; nothing else may follow in its event."""
        template = self._schema.template(CHANNEL_RESET)
        group = template.group(_ENTRIES)
        size = MESSAGE_HEADER_BYTES + template.root.length + group.dimension.size + group.entry.length
        if self.packet.room() < size or not self.begin_update(CHANNEL_RESET, transact_time_utc_ns, END_OF_EVENT):
            return False
        self.packet.add_entry()
        self.packet.set(group.entry.field("ApplID"), appl_id)
        self.packet.end()
        return True

    def add_security_status(self, status: SecurityStatus) -> bool:
        """SecurityStatus (30)."""
        return write_security_status(self.packet, self._schema.template(SECURITY_STATUS), status)

    def add_definition(self, definition: InstrumentDefinition) -> bool:
        """MDInstrumentDefinitionFuture (54), ...Option (55) or ...Spread (56), by its `template_id`."""
        return write_definition(self.packet, self._schema.template(definition.template_id), definition)

    def _begin(self, template_id: i64) -> bool:
        if not self.packet.begin(template_id):
            return False
        self._roles = self._by_id[int(template_id)]
        self._orders_open = False
        return True

    def _put(self, field: Field | None, value: i64) -> None:
        if field is None or field.constant:
            if value == NO_VALUE or (field is not None and value == field.constant_value):
                return
            raise self.packet.refusal("a role that the template has not got was given a value")
        self.packet.set(field, value)
