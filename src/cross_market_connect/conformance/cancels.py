"""Cases 4xx: cancels, and the races that they run."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.domain.order import RECEIPT_ACKNOWLEDGED, RECEIPT_CANCELLED

MATRIX: Final = "FIX 4.4 Volume 7, order state change matrices, cancel"


def cancels_resting(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    probe.cancel(placed)
    receipt = probe.expect(placed, RECEIPT_CANCELLED)
    probe.equal("open lots", int(receipt.leaves_lots), 0)
    probe.equal("filled lots", int(receipt.cumulative_lots), 0)


CASES: Final = (Case(401, "Cancel an order that rests", "撤销挂单", MATRIX, cancels_resting),)
