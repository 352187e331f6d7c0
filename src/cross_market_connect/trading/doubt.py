"""What an earlier run may have sent that no record tells of: a power cut takes what was not yet durable.

Client order ids come from a counter, so every id of an earlier run beyond its last recorded one may be such an order.
After a restart nothing more is sent for a spread order before the sessions of its legs, and of their other ways, are
whole: logged on, with everything resent that the log does not hold. While a session that is on is resent what it
missed, nothing is either. Which spread order an order that comes to light belongs to can not be told for sure, for the
spread order itself may be lost with it. So nobody guesses: its fills count in the account's position, its account and
instrument are blocked, and every open spread order that can have sent it is a person's.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.execution import UNKNOWN_HEDGE_CERTAIN, UNKNOWN_HEDGE_MIDPOINT
from cross_market_connect.domain.order import Receipt
from cross_market_connect.domain.spread import SpreadDefinition
from cross_market_connect.trading.orders import SpreadOrder

EPOCHS_KEPT: Final[i64] = 8
IDS_PER_EPOCH: Final[i64] = 1_000_000_000
NO_LEG: Final[i64] = -1


@final
class Doubt:
    """The open question of one desk.

    Attributes:
        routes: by route: its session has not yet told everything since the restart.
        gaps: routes whose session is on, and is being resent what it missed.
        last_ids: last client order id on record, by epoch; of the newest EPOCHS_KEPT.
    """

    def __init__(self) -> None:
        self.routes: list[bool] = []
        self.gaps: list[int] = []
        self.last_ids: dict[int, int] = {}
        self._newest: i64 = 0

    def begin(self, takes_orders: list[bool]) -> None:
        """A restart: every order session is in doubt."""
        self.routes = list(takes_orders)

    def begin_epoch(self, epoch: i64) -> None:
        """Ids go on in another number range."""
        self._newest = epoch

    def note(self, client_order_id: i64) -> None:
        """An id is used."""
        epoch = client_order_id // IDS_PER_EPOCH
        if epoch > self._newest:
            self.begin_epoch(epoch)
        if epoch == self._newest:
            self.last_ids[int(epoch)] = int(client_order_id)
            if len(self.last_ids) > EPOCHS_KEPT:
                for oldest in self.last_ids:
                    del self.last_ids[oldest]
                    break

    def state(self) -> list[list[int]]:
        """For the snapshot."""
        return [[epoch, last] for epoch, last in self.last_ids.items()]

    def load(self, rows: list[list[int]]) -> None:
        """Take over what `state` wrote."""
        for epoch, last in rows:
            self.begin_epoch(epoch)
            self.last_ids[epoch] = last

    def begin_gap(self, route: i64) -> None:
        """The route's session knows that it missed something: perhaps a fill of what would be traded now."""
        if int(route) not in self.gaps:
            self.gaps.append(int(route))

    def lose(self, route: i64) -> bool:
        """The route's session is off, and tells nothing more that would be worth waiting for: whether it had a gap."""
        had_gap = int(route) in self.gaps
        if had_gap:
            self.gaps.remove(int(route))
        return had_gap

    def ends(self, route: i64) -> bool:
        """The route's session is whole: whether it was in doubt until now."""
        had_gap = self.lose(route)
        if route >= len(self.routes) or not self.routes[route]:
            return had_gap
        self.routes[route] = False
        if True not in self.routes:
            self.routes = []
        return True

    def unheard(self) -> i64:
        """Routes whose session has not yet told everything since the restart."""
        count: i64 = 0
        for is_in_doubt in self.routes:
            if is_in_doubt:
                count += 1
        return count

    def is_about(self, order: SpreadOrder) -> bool:
        """Whether one that no record tells of may live on one of the spread order's routes, other ways included."""
        if len(self.routes) == 0 and len(self.gaps) == 0:
            return False
        for leg in range(len(order.definition.legs)):
            if self._is_in_doubt(order.definition.legs[leg].route):
                return True
            for way in order.definition.execution.legs[leg].alternatives:
                if self._is_in_doubt(way.route):
                    return True
        return False

    def leg_in_doubt(self, definition: SpreadDefinition) -> i64:
        """The first leg whose route is in doubt, NO_LEG for none."""
        if len(self.routes) > 0 or len(self.gaps) > 0:
            for at in range(len(definition.legs)):
                if self._is_in_doubt(definition.legs[at].route):
                    return at
        return NO_LEG

    def _is_in_doubt(self, route: i64) -> bool:
        return int(route) in self.gaps or (len(self.routes) > 0 and self.routes[route])

    def is_lost(self, client_order_id: i64) -> bool:
        """Whether the id is an earlier run's, beyond the last one that is on record."""
        epoch = client_order_id // IDS_PER_EPOCH
        if epoch >= self._newest or epoch < self._newest - EPOCHS_KEPT:
            return False
        return client_order_id > self.last_ids.get(int(epoch), int(epoch * IDS_PER_EPOCH))


def may_have_sent(order: SpreadOrder, receipt: Receipt) -> bool:
    """Whether an open spread order can have sent an order that came to light: it trades the instrument on the account,
    and it may have gone on after its last record."""
    if not _may_have_gone_on(order) or not _is_as_old(order, receipt.client_order_id // IDS_PER_EPOCH):
        return False
    for leg in range(len(order.targets)):
        definition = order.definition.legs[leg]
        if definition.route == receipt.route and definition.instrument_index == receipt.instrument_index:
            return True
        for way in order.definition.execution.legs[leg].alternatives:
            if way.route == receipt.route and way.instrument_index == receipt.instrument_index:
                return True
    return False


def _may_have_gone_on(order: SpreadOrder) -> bool:
    """False for one that stands in balance with nothing live: it has ended, though no record says so.

    Unless the run before knew less than is known now: it may have repaired what a late fill has balanced since, or have
    hedged an order whose end it did not know.
    """
    if order.anything_live() or order.is_scheduled() or order.has_quotes():
        return True
    policy = order.definition.execution.unknown_policy
    if order.late_fills > 0 or policy == UNKNOWN_HEDGE_CERTAIN or policy == UNKNOWN_HEDGE_MIDPOINT:
        return True
    return not order.anything_filled() or not order.is_balanced()


def _is_as_old(order: SpreadOrder, epoch: i64) -> bool:
    """Whether it was under way in that run of the engine, as far as its own orders tell."""
    if len(order.leg_orders) == 0:
        return True
    return order.leg_orders[0].command.client_order_id // IDS_PER_EPOCH <= epoch
