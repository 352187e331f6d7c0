"""Proves a log: every byte by the chain, and then what the records say of each other.

The chain shows that nothing was changed, removed or put in between. The rules here show that the engine kept its own:
causes come before effects, inputs are numbered upwards, nothing was sent that was not recorded first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cross_market_connect.domain.records import CONFIGURATION, LEG_ORDER, MEASUREMENT, RECEIPT, SENT
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.reader import verify as verify_bytes
from cross_market_connect.journal.store import SegmentStore

FAULTS_SHOWN_MAX = 20


@dataclass
class Proof:
    """What the check found.

    Attributes:
        broken: the first damage of the bytes, as "segment, offset, record: reason"; empty when there is none.
        torn: an incomplete record at the very end, as a crash leaves it; no fault.
        faults: rules that records break, each with its record; at most FAULTS_SHOWN_MAX.
    """

    records: int
    segments: int
    journal_hash: str
    broken: str
    torn: str
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the log is whole, unchanged and consistent."""
        return not self.broken and not self.faults


class Rules:
    """What must hold between records, checked one record at a time."""

    def __init__(self) -> None:
        self.last_seq = 0
        self.last_input_seq = 0
        self.ordered: set[int] = set()
        self.sent: set[int] = set()

    def fault(self, record: Record) -> str:
        """Which rule the record breaks; empty when it breaks none."""
        # Both, always: an order announced in a wrong place is announced.
        found, content = self._position_fault(record), self._content_fault(record)
        self.last_seq = int(record.seq)
        self.last_input_seq = max(self.last_input_seq, int(record.input_seq))
        return found or content

    def _position_fault(self, record: Record) -> str:
        if record.seq != self.last_seq + 1:
            return f"follows record {self.last_seq}"
        if self.last_seq == 0 and record.kind != CONFIGURATION:
            return "the log does not begin with a configuration"
        if record.cause_seq >= record.seq:
            return f"names record {record.cause_seq} as its cause, which comes later"
        if record.input_seq < self.last_input_seq:
            return f"belongs to input {record.input_seq}, after one of input {self.last_input_seq}"
        return ""

    def _content_fault(self, record: Record) -> str:
        if record.kind not in (LEG_ORDER, RECEIPT, SENT):
            return ""
        fields = record.fields()
        client_order_id = int(fields["client_order_id"])
        if record.kind == LEG_ORDER:
            if client_order_id in self.ordered:
                return f"uses client order id {client_order_id} again"
            self.ordered.add(client_order_id)
        elif record.kind == SENT and client_order_id not in self.ordered:
            return f"order {client_order_id} was sent and no record announced it"
        elif record.kind == RECEIPT and fields["spread_order_id"] and client_order_id not in self.ordered:
            return f"a receipt for order {client_order_id}, which no record announced"
        return ""


def verify(store: SegmentStore) -> Proof:
    """Check a whole log. Raises InputError when it cannot be read at all."""
    verdict = verify_bytes(store)
    proof = Proof(
        int(verdict.records),
        int(verdict.segments),
        verdict.last_hash.hex(),
        "" if verdict.broken is None else verdict.broken.describe(),
        "" if verdict.torn is None else verdict.torn.describe(),
    )
    if proof.broken:
        return proof
    rules = Rules()
    for record in LogReader(store, 1).records():
        fault = rules.fault(record)
        if fault and len(proof.faults) < FAULTS_SHOWN_MAX:
            kind = "measurement" if record.record_class == MEASUREMENT else "record"
            proof.faults.append(f"{kind} {record.seq} ({record.event()}): {fault}")
    return proof
