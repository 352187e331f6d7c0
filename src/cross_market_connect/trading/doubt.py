"""What an earlier run may have sent that no record tells of: a power cut takes what was not yet durable.

Client order ids come from a counter, so every id of an earlier run beyond its last recorded one may be such an order.
After a restart nothing more is sent for a spread order before the sessions of its legs are whole: logged on, with
everything resent that the log does not hold. An order that comes to light that way is adopted by the one spread order
that can have sent it, counts as the ladder's attempt that it was, and is on record from then on. One that fits no
spread order, or several, is a person's matter like any report that is not ours.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL, OrderCommand, Receipt
from cross_market_connect.domain.spread import (
    ROLE_INITIAL,
    STEP_CHASE,
    STEP_CROSS,
    STEP_RETRY,
    STEP_UNWIND,
    SpreadDefinition,
)
from cross_market_connect.trading.orders import LegOrder, SpreadOrder

EPOCHS_KEPT: Final[i64] = 8
IDS_PER_EPOCH: Final[i64] = 1_000_000_000
NO_LEG: Final[i64] = -1
NO_STEP: Final[i64] = -1


@final
class Doubt:
    """The open question of one desk.

    Attributes:
        routes: by route: its session has not yet told everything since the restart.
        kept: reports of orders that came to light, until the sessions of all that may own them are whole.
        last_ids: last client order id on record, by epoch; of the newest EPOCHS_KEPT.
    """

    def __init__(self) -> None:
        self.routes: list[bool] = []
        self.kept: list[Receipt] = []
        self.last_ids: dict[int, int] = {}
        self._newest: i64 = 0

    def begin(self, takes_orders: list[bool]) -> None:
        """A restart: every order session is in doubt."""
        self.routes = list(takes_orders)

    def begin_epoch(self, epoch: i64) -> None:
        """Ids go on in another number range."""
        self._newest = epoch

    def note(self, client_order_id: i64) -> None:
        """An id is used. One of an earlier run is an adopted order's, and says nothing about those beside it."""
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

    def ends(self, route: i64) -> bool:
        """The route's session is whole: whether it was in doubt until now."""
        if route >= len(self.routes) or not self.routes[route]:
            return False
        self.routes[route] = False
        if True not in self.routes:
            self.routes = []
        return True

    def is_about(self, order: SpreadOrder) -> bool:
        """Whether an order may live on one of the spread order's routes of which no record tells."""
        return self.leg_in_doubt(order.definition) != NO_LEG

    def leg_in_doubt(self, definition: SpreadDefinition) -> i64:
        """The first leg whose route is in doubt, NO_LEG for none."""
        if len(self.routes) > 0:
            for at in range(len(definition.legs)):
                if self.routes[definition.legs[at].route]:
                    return at
        return NO_LEG

    def keeps(self, receipt: Receipt) -> bool:
        """Keep a report of an order that came to light while sessions are not yet whole; False for any other.

        Reports of one session come in its order; only all of them together, by their ids, tell which spread order sent
        what: one that was begun later, and is lost altogether, may trade the same.
        """
        if len(self.routes) == 0 or not self.is_lost(receipt.client_order_id):
            return False
        self.kept.append(receipt)
        return True

    def take_kept(self, open_orders: list[SpreadOrder]) -> list[Receipt]:
        """What is kept, by client order id and then as it came, but for what an order still in doubt may own."""
        order = sorted([(int(self.kept[at].client_order_id), at) for at in range(len(self.kept))])
        taken: list[Receipt] = []
        waiting: list[Receipt] = []
        for _id, at in order:
            receipt = self.kept[at]
            is_awaited = False
            for owner in self.owners(open_orders, receipt):
                is_awaited = is_awaited or self.is_about(owner)
            if is_awaited:
                waiting.append(receipt)
            else:
                taken.append(receipt)
        self.kept = waiting
        return taken

    def owners(self, open_orders: list[SpreadOrder], receipt: Receipt) -> list[SpreadOrder]:
        """The spread orders that can have sent an order which came to light; none for any other order."""
        if not self.is_lost(receipt.client_order_id):
            return []
        return [order for order in open_orders if leg_that_fits(order, receipt) != NO_LEG]

    def is_lost(self, client_order_id: i64) -> bool:
        """Whether the id is an earlier run's, beyond the last one that is on record."""
        epoch = client_order_id // IDS_PER_EPOCH
        if epoch >= self._newest or epoch < self._newest - EPOCHS_KEPT:
            return False
        return client_order_id > self.last_ids.get(int(epoch), int(epoch * IDS_PER_EPOCH))


def leg_that_fits(order: SpreadOrder, receipt: Receipt) -> i64:
    """The leg that an order which came to light can be of: its account, instrument, side and room; NO_LEG for none.

    A spread order that stands in balance with nothing live has ended, though no record says so.
    """
    if order.anything_filled() and order.is_balanced() and not order.anything_live():
        return NO_LEG
    for leg in range(len(order.targets)):
        definition = order.definition.legs[leg]
        if definition.route != receipt.route or definition.instrument_index != receipt.instrument_index:
            continue
        room = order.lowest_lots(leg)
        if receipt.side == order.sides[leg]:
            room = order.targets[leg] - order.highest_lots(leg)
        if 0 < receipt.order_lots <= room:
            return leg
    return NO_LEG


def step_that_sent(order: SpreadOrder, leg: i64, side: i64) -> i64:
    """Index of the ladder step whose attempt the order was; NO_STEP for the leg's first order, or none left."""
    ladder = order.definition.ladder
    back = side != order.sides[leg]
    if not back and order.last_leg_order(leg) is None:
        return NO_STEP
    index: i64 = order.step_index if order.step_index >= 0 else 0
    while index < len(ladder):
        step = ladder[index].step
        fits = step == STEP_UNWIND if back else (step == STEP_RETRY or step == STEP_CHASE or step == STEP_CROSS)
        made = order.step_attempts if index == order.step_index else 0
        if fits and made < ladder[index].attempts:
            return index
        index += 1
    return NO_STEP


def adopted(order: SpreadOrder, leg: i64, receipt: Receipt, index: i64, offset: i64) -> LegOrder:
    """The order as far as the venue tells it. Whether it rests is not said: it is cancelled when it lives on."""
    role = ROLE_INITIAL if index < 0 else order.definition.ladder[index].step
    side = BUY if receipt.side == BUY else SELL
    price = receipt.order_ticks if receipt.order_ticks != 0 else order.limits[leg]
    command = OrderCommand(
        receipt.client_order_id, receipt.instrument_index, side, LIMIT, DAY, price, receipt.order_lots, offset
    )
    return LegOrder(leg, receipt.route, role, order.step_attempts, command)
