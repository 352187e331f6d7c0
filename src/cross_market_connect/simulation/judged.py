"""What the judges know of spread orders and their leg orders: intentions from records, fills from venues' ledgers."""

from __future__ import annotations

from dataclasses import dataclass, field

from cross_market_connect.domain.order import STATUS_REJECTED
from cross_market_connect.domain.spread import SpreadDefinition
from cross_market_connect.matching.orders import REASON_HALTED, REASON_MARKET_CLOSED, ExchangeOrder
from cross_market_connect.simulation import told
from cross_market_connect.trading.single import MANUAL_INDEX
from cross_market_connect.trading.states import is_spread_terminal


@dataclass
class Sent:
    """One leg order: what its record says, what was told about it, and what its venue has.

    Attributes:
        lost: a power cut took its record, so the engine does not know it.
        never_left: its record says that its route was down.
        asked: the engine has asked its venue for it.
        route: the engine's source that it goes out by.
        filled_at_log_out: what had filled when its session at the venue last ended (`log_outs`).
        filled_at_end: what an engine that has ended must have counted; -1 while it runs.
    """

    client_order_id: int
    order: Parent
    leg: int
    side: int
    lots: int
    price_ticks: int
    role: int
    venue: int
    told: told.Order
    at_venue: ExchangeOrder | None = None
    record_seq: int = 0
    lost: bool = False
    never_left: bool = False
    counted: int = 0
    rejects_on_record: int = 0
    cancel_asked: bool = False
    asked: bool = False
    route: int = -1
    filled_at_log_out: int = 0
    filled_at_end: int = -1

    def sign(self) -> int:
        """+1 on the spread order's own side of the leg, -1 for an unwind."""
        return 1 if self.side == self.order.sides[self.leg] else -1

    def is_refused_as_closed(self) -> bool:
        """Whether the venue refused it because the market was closed or halted."""
        return self.at_venue is not None and self.at_venue.reason in (REASON_MARKET_CLOSED, REASON_HALTED)

    def is_refused(self) -> bool:
        """Whether its venue refused it, and does not only say so."""
        return self.at_venue is not None and self.at_venue.status == STATUS_REJECTED

    def filled(self) -> int:
        """By the venue's ledger."""
        return 0 if self.at_venue is None else int(self.at_venue.cumulative_lots)

    def due(self) -> int:
        """Lots that the engine must have counted: what its venue does once it has ended is for its next run."""
        return self.filled() if self.filled_at_end < 0 else self.filled_at_end


@dataclass
class Parent:
    """One spread order.

    Attributes:
        held_ns: by how much its deadline was put off for an order that nobody had told the end of.
        unanswered: when it halted, nobody had told the end of an order that its venue was asked for.
        was_lied_to: a venue told the refusal of an order that it had not refused.
        by_hand: a person asked for it. used_up: its ladder was, before a person let it begin anew.
    """

    spread_order_id: int
    definition: SpreadDefinition
    direction: int
    opening: bool
    targets: list[int] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    prices: list[int] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    state: int = 0
    reserved: bool = False
    reservations: int = 0
    worked: bool = False
    trigger_seq: int = 0
    began_ns: int = 0
    clock_ns: int = 0
    ended_ns: int = 0
    held_ns: int = 0
    attempts: dict[int, int] = field(default_factory=dict)
    naked_since_ns: int = -1
    halted_alert: bool = False
    halt_reason: str = ""
    unanswered: bool = False
    was_lied_to: bool = False
    by_hand: bool = False
    used_up: bool = False

    def is_single(self) -> bool:
        """Whether it is one order by hand, of no spread."""
        return self.definition.index == MANUAL_INDEX

    def is_open(self) -> bool:
        """Whether it is under way."""
        return self.worked and not is_spread_terminal(self.state)

    def was_opened_again_after(self, other: Parent) -> bool:
        """Whether fills that were told after an end opened it again once the other one was under way."""
        return self.clock_ns > max(self.began_ns, other.clock_ns) and any(sent.told.late_fills for sent in self.sent)

    def has_used_up(self, step: int) -> bool:
        """Whether every attempt was made that its ladder allows for a step."""
        allowed = sum(int(row.attempts) for row in self.definition.ladder if row.step == step)
        return self.attempts.get(step, 0) >= allowed > 0

    def lost_an_order(self) -> bool:
        """Whether a power cut took the record of one of its orders: the engine acts without knowing of it."""
        return any(sent.lost for sent in self.sent)

    def has_a_secret(self) -> bool:
        """Whether one of those was never spoken of again: nobody can know of it."""
        return any(sent.lost and not sent.told.seen for sent in self.sent)

    def is_a_guess(self) -> bool:
        """Whether nobody can know what is filled of it: one was never spoken of, or a person decided in spite of it."""
        return self.has_a_secret() or (self.lost_an_order() and self.halt_reason != "")

    def net(self, leg: int) -> int:
        """Filled lots on the own side less those traded back, by the venues' ledgers."""
        return sum(sent.sign() * sent.filled() for sent in self.sent if sent.leg == leg)

    def due(self, leg: int) -> int:
        """The same of what the engine must know of."""
        return sum(sent.sign() * sent.due() for sent in self.sent if sent.leg == leg)

    def reachable(self, leg: int) -> tuple[int, int]:
        """Fewest and most lots that the leg may come to, as far as the engine can know."""
        low = high = 0
        for sent in self.sent:
            if sent.leg == leg:
                known, live = sent.sign() * sent.told.cumulative, sent.told.live_lots()
                low += known - (live if sent.sign() < 0 else 0)
                high += known + (live if sent.sign() > 0 else 0)
        return low, high

    def is_balanced(self, nets: list[int]) -> bool:
        """Whether lots per leg are in the targets' proportion: to the nearest lot, within the spread's tolerance."""
        first, reference = self.targets[0], nets[0]
        if not 0 <= reference <= first:
            return False
        # Each leg's lots are its share of the reference, to the nearest lot.
        return all(
            abs(lots * first - reference * target) * 2 <= first for lots, target in zip(nets, self.targets, strict=True)
        )
