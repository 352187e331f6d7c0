"""Bodies of the messages this product sends, per FIX 4.4 Volume 3 (market data) and Volume 4 (orders).

Every function writes through a `BodyWriter` and returns the body for `FixSession.send`. Side, OrdType, TimeInForce and
the like are character codes as on the wire (`ord("1")`), so a caller maps its own constants once.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.fix.encoder import NO_CODE, BodyWriter, Template
from cross_market_connect.wire.fix.message import SOH_BYTE

HANDL_INST_AUTOMATED: Final[i64] = 49
"""HandlInst(21) = 1: automated execution, no broker intervention."""


def instrument_template(account: bytes, symbol: bytes, exchange: bytes) -> Template:
    """Account(1), HandlInst(21), Symbol(55) and SecurityExchange(207) of one instrument's orders; b"" leaves out."""
    fields: list[tuple[int, bytes]] = []
    if account:
        fields.append((1, account))
    fields.append((21, b"1"))
    fields.append((55, symbol))
    if exchange:
        fields.append((207, exchange))
    return Template(fields)


def symbol_template(symbol: bytes, exchange: bytes) -> Template:
    """Symbol(55) and SecurityExchange(207) alone, for cancels, status requests and reports."""
    fields: list[tuple[int, bytes]] = [(55, symbol)]
    if exchange:
        fields.append((207, exchange))
    return Template(fields)


def new_order_single(
    writer: BodyWriter,
    instrument: Template,
    cl_ord_id: bytes,
    side: i64,
    quantity: i64,
    ord_type: i64,
    price_units: i64,
    price_decimals: i64,
    time_in_force: i64,
    position_effect: i64,
    utc_ns: i64,
    manual_order_indicator: i64 = NO_CODE,
) -> bytes:
    """NewOrderSingle (D). Price(44) is written for every OrdType(40) but market ("1").

    Args:
        instrument: from `instrument_template`.
        quantity: lots or shares, as the venue counts OrderQty(38).
        price_units: price in units of 10**-price_decimals.
        position_effect, manual_order_indicator: NO_CODE leaves the field out.
    """
    writer.text(b"11=", cl_ord_id)
    writer.template(instrument)
    writer.code(b"54=", side)
    writer.time(b"60=", utc_ns)
    writer.number(b"38=", quantity)
    writer.code(b"40=", ord_type)
    if ord_type != 49:  # "1", market
        writer.decimal(b"44=", price_units, price_decimals)
    writer.code(b"59=", time_in_force)
    writer.code(b"77=", position_effect)
    writer.code(b"1028=", manual_order_indicator)
    return writer.take()


def new_order_list(writer: BodyWriter, list_id: bytes, orders: list[bytes]) -> bytes:
    """NewOrderList (E), of bodies from `new_order_single` in the order of their ListSeqNo(67); without bidding."""
    writer.text(b"66=", list_id)
    writer.code(b"394=", 51)  # "3", no bidding process
    writer.number(b"68=", len(orders))
    writer.number(b"73=", len(orders))
    parts = [writer.take()]
    for number, body in enumerate(orders, 1):
        # ClOrdID(11) opens an entry of the group, ListSeqNo is next.
        at = body.index(SOH_BYTE) + 1
        parts.append(b"%s67=%d\x01%s" % (body[:at], number, body[at:]))
    return b"".join(parts)


def order_cancel_request(
    writer: BodyWriter,
    instrument: Template,
    orig_cl_ord_id: bytes,
    order_id: bytes,
    cl_ord_id: bytes,
    side: i64,
    quantity: i64,
    utc_ns: i64,
) -> bytes:
    """OrderCancelRequest (F); `instrument` from `symbol_template`, `order_id` b"" when the venue gave none yet."""
    writer.text(b"41=", orig_cl_ord_id)
    writer.text(b"37=", order_id)
    writer.text(b"11=", cl_ord_id)
    writer.template(instrument)
    writer.code(b"54=", side)
    writer.time(b"60=", utc_ns)
    writer.number(b"38=", quantity)
    return writer.take()


def order_cancel_replace_request(
    writer: BodyWriter,
    instrument: Template,
    orig_cl_ord_id: bytes,
    order_id: bytes,
    cl_ord_id: bytes,
    side: i64,
    quantity: i64,
    ord_type: i64,
    price_units: i64,
    price_decimals: i64,
    time_in_force: i64,
    position_effect: i64,
    utc_ns: i64,
) -> bytes:
    """OrderCancelReplaceRequest (G); `instrument` from `instrument_template`.

    OrderQty(38) is the whole quantity wanted, what has filled included (Volume 4, and appendix D of FIX 4.2).
    """
    writer.text(b"41=", orig_cl_ord_id)
    writer.text(b"37=", order_id)
    writer.text(b"11=", cl_ord_id)
    writer.template(instrument)
    writer.code(b"54=", side)
    writer.time(b"60=", utc_ns)
    writer.number(b"38=", quantity)
    writer.code(b"40=", ord_type)
    writer.decimal(b"44=", price_units, price_decimals)
    writer.code(b"59=", time_in_force)
    writer.code(b"77=", position_effect)
    return writer.take()


def order_mass_cancel_request(writer: BodyWriter, parties: Template, cl_ord_id: bytes, kind: i64, utc_ns: i64) -> bytes:
    """OrderMassCancelRequest (q); `kind` is MassCancelRequestType(530) as a character code, "7" for all orders."""
    writer.text(b"11=", cl_ord_id)
    writer.template(parties)
    writer.code(b"530=", kind)
    writer.time(b"60=", utc_ns)
    return writer.take()


def order_mass_cancel_report(
    writer: BodyWriter,
    parties: Template,
    cl_ord_id: bytes,
    order_id: bytes,
    report_id: bytes,
    kind: i64,
    response: i64,
    affected: i64,
) -> bytes:
    """OrderMassCancelReport (r): MassCancelResponse(531) "0" refuses; `report_id` (1369) from FIX 5.0 on, else b""."""
    writer.text(b"11=", cl_ord_id)
    writer.template(parties)
    writer.text(b"37=", order_id)
    writer.text(b"1369=", report_id)
    writer.code(b"530=", kind)
    writer.code(b"531=", response)
    writer.number(b"533=", affected)
    return writer.take()


def order_mass_status_request(writer: BodyWriter, request_id: bytes, kind: i64) -> bytes:
    """OrderMassStatusRequest (AF); `kind` is MassStatusReqType(585) as a character code, "7" for all orders."""
    writer.text(b"584=", request_id)
    writer.code(b"585=", kind)
    return writer.take()


def order_status_request(
    writer: BodyWriter, instrument: Template, cl_ord_id: bytes, order_id: bytes, side: i64
) -> bytes:
    """OrderStatusRequest (H); the answer is an ExecutionReport with ExecType(150)=I."""
    writer.text(b"37=", order_id)
    writer.text(b"11=", cl_ord_id)
    writer.template(instrument)
    writer.code(b"54=", side)
    return writer.take()


@final
class ExecutionReport:
    """Values of one ExecutionReport (8): quantities in lots, prices in units of 10**-price_decimals, codes as sent."""

    def __init__(self) -> None:
        self.order_id: bytes = b""
        self.cl_ord_id: bytes = b""
        self.orig_cl_ord_id: bytes = b""
        self.exec_id: bytes = b""
        self.exec_ref_id: bytes = b""
        self.exec_trans_type: i64 = NO_CODE
        """ExecTransType(20), of FIX 4.2 alone."""
        self.exec_type: i64 = NO_CODE
        self.ord_status: i64 = NO_CODE
        self.ord_rej_reason: i64 = -1
        """-1 leaves OrdRejReason(103) out: 0 is a value."""
        self.account: bytes = b""
        self.side: i64 = NO_CODE
        self.order_quantity: i64 = 0
        self.ord_type: i64 = NO_CODE
        self.price_units: i64 = 0
        """0 leaves Price(44) out."""
        self.price_decimals: i64 = 0
        self.time_in_force: i64 = NO_CODE
        self.position_effect: i64 = NO_CODE
        self.last_quantity: i64 = 0
        """0 leaves LastQty(32) and LastPx(31) out."""
        self.last_price_units: i64 = 0
        self.leaves_quantity: i64 = 0
        self.cumulative_quantity: i64 = 0
        self.average_price_units: i64 = 0
        self.average_price_decimals: i64 = 0
        self.transact_utc_ns: i64 = 0
        self.restatement: i64 = -1
        """-1 leaves ExecRestatementReason(378) out."""
        self.text: bytes = b""


def execution_report(
    writer: BodyWriter, instrument: Template, report: ExecutionReport, text_field: bytes = b"58="
) -> bytes:
    """ExecutionReport (8); `instrument` from `symbol_template`, `text_field` opens the field of its text."""
    writer.text(b"37=", report.order_id)
    writer.text(b"11=", report.cl_ord_id)
    writer.text(b"41=", report.orig_cl_ord_id)
    writer.text(b"17=", report.exec_id)
    writer.code(b"20=", report.exec_trans_type)
    writer.text(b"19=", report.exec_ref_id)
    writer.code(b"150=", report.exec_type)
    writer.code(b"39=", report.ord_status)
    if report.ord_rej_reason >= 0:
        writer.number(b"103=", report.ord_rej_reason)
    if report.restatement >= 0:
        writer.number(b"378=", report.restatement)
    writer.text(b"1=", report.account)
    writer.template(instrument)
    writer.code(b"54=", report.side)
    writer.number(b"38=", report.order_quantity)
    writer.code(b"40=", report.ord_type)
    if report.price_units != 0:
        writer.decimal(b"44=", report.price_units, report.price_decimals)
    writer.code(b"59=", report.time_in_force)
    if report.last_quantity != 0:
        writer.number(b"32=", report.last_quantity)
        writer.decimal(b"31=", report.last_price_units, report.price_decimals)
    writer.number(b"151=", report.leaves_quantity)
    writer.number(b"14=", report.cumulative_quantity)
    writer.decimal(b"6=", report.average_price_units, report.average_price_decimals)
    writer.time(b"60=", report.transact_utc_ns)
    writer.code(b"77=", report.position_effect)
    writer.text(text_field, report.text)
    return writer.take()


def order_cancel_reject(
    writer: BodyWriter,
    parties: Template,
    order_id: bytes,
    cl_ord_id: bytes,
    orig_cl_ord_id: bytes,
    ord_status: i64,
    cxl_rej_reason: i64,
    utc_ns: i64,
    text: bytes,
    response_to: i64 = 49,
    text_field: bytes = b"58=",
) -> bytes:
    """OrderCancelReject (9). An unknown order has `order_id` b"NONE" (Volume 4).

    Args:
        text_field: opens the field of the text.
        response_to: CxlRejResponseTo(434): "1" an OrderCancelRequest, "2" an OrderCancelReplaceRequest.
    """
    writer.text(b"37=", order_id)
    writer.text(b"11=", cl_ord_id)
    writer.text(b"41=", orig_cl_ord_id)
    writer.template(parties)
    writer.code(b"39=", ord_status)
    writer.time(b"60=", utc_ns)
    writer.code(b"434=", response_to)
    writer.number(b"102=", cxl_rej_reason)
    writer.text(text_field, text)
    return writer.take()


def business_message_reject(
    writer: BodyWriter, ref_seq_num: i64, ref_msg_type: bytes, ref_id: bytes, reason: i64, text: bytes
) -> bytes:
    """BusinessMessageReject (j); `reason` is BusinessRejectReason(380), `ref_id` the refused message's business id."""
    writer.number(b"45=", ref_seq_num)
    writer.text(b"372=", ref_msg_type)
    writer.text(b"379=", ref_id)
    writer.number(b"380=", reason)
    writer.text(b"58=", text)
    return writer.take()


def market_data_request(
    writer: BodyWriter,
    request_id: bytes,
    subscription: i64,
    depth: i64,
    entry_types: bytes,
    instruments: list[Template],
) -> bytes:
    """MarketDataRequest (V).

    Args:
        subscription: SubscriptionRequestType(263): "0" snapshot, "1" snapshot and updates, "2" unsubscribe.
        depth: MarketDepth(264): 0 full book, 1 top of book, n levels.
        entry_types: one MDEntryType(269) per byte, e.g. b"012" for bid, offer, trade.
        instruments: from `symbol_template`.
    """
    writer.text(b"262=", request_id)
    writer.code(b"263=", subscription)
    writer.number(b"264=", depth)
    if subscription == 49:  # "1"
        writer.code(b"265=", 49)  # incremental refresh
    writer.number(b"267=", len(entry_types))
    for entry_type in entry_types:
        writer.code(b"269=", entry_type)
    writer.number(b"146=", len(instruments))
    for instrument in instruments:
        writer.template(instrument)
    return writer.take()


def market_data_request_reject(writer: BodyWriter, request_id: bytes, reason: i64, text: bytes) -> bytes:
    """MarketDataRequestReject (Y); `reason` is MDReqRejReason(281) as a character code."""
    writer.text(b"262=", request_id)
    writer.code(b"281=", reason)
    writer.text(b"58=", text)
    return writer.take()


@final
class MarketDataEntry:
    """One entry of a snapshot or an incremental refresh; prices in units of 10**-price_decimals."""

    def __init__(
        self,
        entry_type: i64,
        price_units: i64,
        size: i64,
        position: i64,
        action: i64 = 48,
        instrument: Template | None = None,
    ) -> None:
        self.entry_type: i64 = entry_type
        self.price_units: i64 = price_units
        self.size: i64 = size
        self.position: i64 = position
        """MDEntryPositionNo(290): book level from 1; 0 leaves it out."""
        self.action: i64 = action
        """MDUpdateAction(279): "0" new, "1" change, "2" delete; incremental refresh only."""
        self.instrument: Template | None = instrument
        """Incremental refresh only; None means the same as the entry before (Volume 3)."""


def market_data_snapshot(
    writer: BodyWriter, request_id: bytes, instrument: Template, entries: list[MarketDataEntry], price_decimals: i64
) -> bytes:
    """MarketDataSnapshotFullRefresh (W)."""
    writer.text(b"262=", request_id)
    writer.template(instrument)
    writer.number(b"268=", len(entries))
    for entry in entries:
        writer.code(b"269=", entry.entry_type)
        writer.decimal(b"270=", entry.price_units, price_decimals)
        writer.number(b"271=", entry.size)
        if entry.position > 0:
            writer.number(b"290=", entry.position)
    return writer.take()


def market_data_incremental(
    writer: BodyWriter, request_id: bytes, entries: list[MarketDataEntry], price_decimals: i64
) -> bytes:
    """MarketDataIncrementalRefresh (X); the first entry names its instrument."""
    writer.text(b"262=", request_id)
    writer.number(b"268=", len(entries))
    for entry in entries:
        writer.code(b"279=", entry.action)
        writer.code(b"269=", entry.entry_type)
        instrument = entry.instrument
        if instrument is not None:
            writer.template(instrument)
        writer.decimal(b"270=", entry.price_units, price_decimals)
        writer.number(b"271=", entry.size)
        if entry.position > 0:
            writer.number(b"290=", entry.position)
    return writer.take()
