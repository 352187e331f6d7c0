"""What an engine may not do until somebody has looked: cancel-only, and instruments of an account that are blocked.

*Cancel-only*: the same input has killed the engine twice. Nothing new is sent, what rests is cancelled, what may be
live is asked for; orders that are still unbalanced at their deadline go to a person. A person lifts it.

*Blocked*: on this account (route) and instrument the venue and we do not agree: a report about an order that no record
has sent, a report that could not be read, a position that differs. Nothing is opened there; exits and repairs go on. A
person signs it off, or evidence from the venue does. Other accounts and instruments trade on.

Both are records, so both survive a restart.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import CRITICAL, EMERGENCY, INFO, WARNING
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import Receipt, is_bust
from cross_market_connect.domain.records import BLOCK, CANCEL_ONLY, Payload
from cross_market_connect.domain.spread import SpreadDefinition
from cross_market_connect.domain.step import Step

# Stands for every instrument of the account.
ALL_INSTRUMENTS: Final[i64] = -1
_ROUTES_MAX: Final[i64] = 4096

NOT_BLOCKED: Final[i64] = 0
BLOCKED: Final[i64] = 1
BLOCKED_UNTIL_ANSWERED: Final[i64] = 2


@final
class Safety:
    """The restrictions of one desk.

    Attributes:
        cancel_only: nothing new is sent.
        reason: why; empty when trading is allowed.
        blocked: reasons by key (see `key_of`), in the order in which they were blocked.
        by_evidence: those of them that the venue's answer ends; the others are a person's.
    """

    def __init__(self, step: Step, instruments: list[Instrument]) -> None:
        self.step: Step = step
        self.instruments: list[Instrument] = instruments
        self.cancel_only: bool = False
        self.reason: str = ""
        self.blocked: dict[int, str] = {}
        self.by_evidence: list[int] = []

    # ------------------------------------------------------------------ cancel-only

    def restrict(self, reason: str) -> None:
        """Send nothing new from here on; the desk cancels what rests."""
        if self.cancel_only:
            return
        self._cancel_only(True, reason)
        self.step.alert(
            EMERGENCY,
            "cancel_only",
            0,
            f"the engine is halted and only cancels: {reason}",
            f"引擎已暂停，仅允许撤单：{reason}",
        )

    def lift(self, user: str, reason: str) -> bool:
        """A person allows trading again; false when nothing was restricted."""
        if not self.cancel_only:
            return False
        self._cancel_only(False, f"lifted by {user}: {reason}")
        self.step.alert(INFO, "cancel_only", 0, f"trading is allowed again by {user}", f"{user} 已解除仅撤单状态")
        return True

    def _cancel_only(self, value: bool, reason: str) -> None:
        payload = Payload(CANCEL_ONLY)
        payload.put(1 if value else 0)
        payload.put_text(reason)
        self.step.write(payload, self.step.cause_seq)
        self.apply_cancel_only(value, reason)

    def apply_cancel_only(self, value: bool, reason: str) -> None:
        """What the record says."""
        self.cancel_only = value
        self.reason = reason if value else ""

    # ------------------------------------------------------------------ blocks

    def block(self, route: i64, instrument_index: i64, reason: str, by_evidence: bool = False) -> None:
        """Open nothing on this account and instrument (ALL_INSTRUMENTS: on none) until it is signed off.

        Args:
            by_evidence: the venue's answer is enough to end it; a person's matter stays one.
        """
        key = key_of(route, instrument_index)
        if key in self.blocked and (by_evidence or key not in self.by_evidence):
            return
        self._block(route, instrument_index, BLOCKED_UNTIL_ANSWERED if by_evidence else BLOCKED, reason)
        if by_evidence:
            # Asked for, and soon answered: a person is called when it is not (`QUERIES_MAX`, the deadline).
            return
        name = self._name(instrument_index)
        self.step.alert(
            CRITICAL,
            "blocked",
            0,
            f"nothing is opened on source {route}, {name}: {reason}",
            f"数据源 {route} 的 {name} 暂停开仓：{reason}",
        )

    def state_reason(self, key: int, reason: str) -> None:
        """Put on record what else a block by evidence waits for."""
        self._block(route_of(key), instrument_of(key), BLOCKED_UNTIL_ANSWERED, reason)

    def note_unowned(self, receipt: Receipt, is_ours: bool) -> None:
        """A receipt for an order that no record knows. A stranger's order, or a trade of a forgotten one of ours,
        made or taken back, lets nothing be opened there until a person has signed it off."""
        venue_order = receipt.venue_order_id.decode("ascii", "replace")
        text = f"receipt for an order that is not ours: {receipt.client_order_id}, the venue's order {venue_order}"
        text_zh = f"收到不属于本引擎的回报：{receipt.client_order_id}，交易所委托 {venue_order}"
        self.step.alert(WARNING, "unowned_receipt", 0, text, text_zh)
        is_trade = receipt.last_lots > 0 or is_bust(receipt.kind)
        if receipt.route >= 0 and (not is_ours or (is_trade and not receipt.possible_duplicate)):
            self.block(receipt.route, receipt.instrument_index, text)

    def sign_off(self, route: i64, instrument_index: i64, who: str) -> bool:
        """A person, or evidence from the venue, ends a block; false when there is none."""
        key = key_of(route, instrument_index)
        if key not in self.blocked:
            return False
        was_by_evidence = key in self.by_evidence
        self._block(route, instrument_index, NOT_BLOCKED, who)
        if was_by_evidence:
            return True
        name = self._name(instrument_index)
        self.step.alert(
            INFO,
            "blocked",
            0,
            f"source {route}, {name} may be opened again: {who}",
            f"数据源 {route} 的 {name} 恢复开仓：{who}",
        )
        return True

    def _block(self, route: i64, instrument_index: i64, value: i64, reason: str) -> None:
        payload = Payload(BLOCK)
        payload.put(route)
        payload.put(instrument_index)
        payload.put(value)
        payload.put_text(self._name(instrument_index))
        payload.put_text(reason)
        self.step.write(payload, self.step.cause_seq)
        self.apply_block(route, instrument_index, value, reason)

    def apply_block(self, route: i64, instrument_index: i64, value: i64, reason: str) -> None:
        """What the record says."""
        key = key_of(route, instrument_index)
        if key in self.by_evidence:
            self.by_evidence.remove(key)
        if value == NOT_BLOCKED:
            del self.blocked[key]
            return
        self.blocked[key] = reason
        if value == BLOCKED_UNTIL_ANSWERED:
            self.by_evidence.append(key)

    def is_by_evidence(self, key: int) -> bool:
        """Whether the venue's answer is enough to end the block."""
        return key in self.by_evidence

    def is_blocked(self, route: i64, instrument_index: i64) -> bool:
        """Whether nothing may be opened on this account and instrument."""
        if len(self.blocked) == 0:
            return False
        return key_of(route, instrument_index) in self.blocked or key_of(route, ALL_INSTRUMENTS) in self.blocked

    def blocked_leg(self, definition: SpreadDefinition) -> i64:
        """The first leg of a spread that is blocked, -1 for none."""
        if len(self.blocked) == 0:
            return -1
        for at in range(len(definition.legs)):
            if self.is_blocked(definition.legs[at].route, definition.legs[at].instrument_index):
                return at
        return -1

    def _name(self, instrument_index: i64) -> str:
        return "every instrument" if instrument_index == ALL_INSTRUMENTS else self.instruments[instrument_index].symbol


def key_of(route: i64, instrument_index: i64) -> int:
    """One number for an account and an instrument, or all of them."""
    return int((instrument_index + 1) * _ROUTES_MAX + route)


def route_of(key: i64) -> i64:
    """The account of a key."""
    return key % _ROUTES_MAX


def instrument_of(key: i64) -> i64:
    """The instrument of a key, or ALL_INSTRUMENTS."""
    return key // _ROUTES_MAX - 1
