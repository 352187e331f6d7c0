"""Drop copies: what another session was told about the orders of an account, and what of it still says something new.

A copy comes beside the order session's own report, before it, after it, or instead of it: when that session is off, or
a report was lost on it. So most copies say nothing new and leave no trace beyond their bytes on record. What counts:

    of an order of ours      a fill by which more is filled than was known, a trade taken back or corrected, and the end
                             where it was not known. What both sessions tell counts once, under one execution id or two,
                             since only totals count here. That an order is open says nothing: the copy may be older
                             than what we know.
    what contradicts         a trade without a total, another total once a trade was taken back, a refusal that denies
                             fills: whether that is news or old is not to be told, so the venue is asked.
    of anybody else's order  every report that says something new: the order session may never tell of it.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_REJECTED,
    RECEIPT_UNKNOWN_ORDER,
    Receipt,
    is_bust,
)
from cross_market_connect.domain.spread import LEG_PENDING_NEW
from cross_market_connect.trading.evidence import was_taken_back
from cross_market_connect.trading.orders import LegOrder
from cross_market_connect.trading.sending import Sender
from cross_market_connect.trading.states import is_leg_terminal

SAYS_NOTHING: Final[i64] = 0
SAYS_NEWS: Final[i64] = 1
CONTRADICTS: Final[i64] = 2


def is_news(copy: Receipt, leg_order: LegOrder, is_asked: bool) -> bool:
    """Whether a copy about an order of ours says something new. One that contradicts what is known becomes unreadable:
    the order is to be asked for.

    Args:
        is_asked: the venue has been asked for the order already: its answer tells what an unclear copy would make us
            ask for.
    """
    says = CONTRADICTS if copy.is_unreadable else told_by(copy, leg_order)
    if says == CONTRADICTS and not copy.is_unreadable:
        copy.is_unreadable = True
        copy.text = b"a copy that does not fit what is known of order %d" % copy.client_order_id
    return says == SAYS_NEWS or (says == CONTRADICTS and not is_asked)


def is_news_unowned(copy: Receipt, sender: Sender) -> bool:
    """Whether a copy about no order that is still remembered says something new."""
    if copy.is_unreadable:
        return True
    if _is_answer(copy):
        return False
    if sender.has_used(copy.client_order_id):
        # Long ended, and counted then. Only that a trade of it is taken back can be new.
        return is_bust(copy.kind) and not copy.possible_duplicate
    return not sender.external.knows(copy)


def _is_answer(copy: Receipt) -> bool:
    """Whether a copy is the answer to a request, which concerns whoever asked."""
    return copy.kind == RECEIPT_CANCEL_REJECTED or copy.kind == RECEIPT_UNKNOWN_ORDER


def told_by(copy: Receipt, leg_order: LegOrder) -> i64:
    """What a copy about an order of ours says: SAYS_NOTHING, SAYS_NEWS or CONTRADICTS."""
    if _is_answer(copy):
        return SAYS_NOTHING
    takes_back = is_bust(copy.kind)
    is_trade = takes_back or copy.last_lots > 0
    if is_trade and copy.execution_id in leg_order.execution_ids:
        return SAYS_NOTHING
    if is_trade and copy.cumulative_lots < 0:
        return CONTRADICTS
    more = copy.cumulative_lots - leg_order.cumulative_lots
    if copy.kind == RECEIPT_REJECTED and copy.cumulative_lots >= 0 and more < 0:
        return SAYS_NOTHING if copy.possible_duplicate else CONTRADICTS
    if more > 0 or (takes_back and more < 0):
        return CONTRADICTS if was_taken_back(leg_order) else SAYS_NEWS
    if is_leg_terminal(leg_order.state):
        return SAYS_NOTHING
    if copy.kind == RECEIPT_CANCELLED or copy.kind == RECEIPT_EXPIRED or copy.kind == RECEIPT_REJECTED:
        return SAYS_NEWS
    if copy.kind == RECEIPT_ACKNOWLEDGED and leg_order.state == LEG_PENDING_NEW:
        return SAYS_NEWS
    return SAYS_NOTHING
