"""The hand of a case: it drives the real gateway over a real connection and says what it expects to come.

Theory of operation. A probe moves the bytes and timers of its session (`pump.py`) in turns until what a case expects
has come, and fails the case with what came instead. Between turns a simulated venue has its own, and a drop copy of the
account where the case listens to one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from cross_market_connect.config.build_fix import drop_copy, order_gateway
from cross_market_connect.conformance.pump import CaseClock, CaseFailed, Events, Pump
from cross_market_connect.conformance.target import Numbers, Plan, Target
from cross_market_connect.conformance.transcript import Transcript
from cross_market_connect.conformance.venue import SimulatedVenue
from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    LIMIT,
    OFFSET_NONE,
    OFFSET_OPEN,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_FILL,
    RECEIPT_NAMES,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    REJECT_CLASS_NAMES,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NAMES,
    STATUS_REJECTED,
    OrderCommand,
    Receipt,
)
from cross_market_connect.venues.fix_broker.orders import FixOrders

TURN_S = 0.001
STEP_MS = 100
ENDED = (STATUS_FILLED, STATUS_CANCELLED, STATUS_REJECTED, STATUS_EXPIRED)


class Placed:
    """An order of a case and what was told about it.

    Attributes:
        taken: how many of its receipts the case has looked at.
    """

    def __init__(self, command: OrderCommand) -> None:
        self.command = command
        self.receipts: list[Receipt] = []
        self.taken = 0

    @property
    def number(self) -> int:
        """Its client order id."""
        return int(self.command.client_order_id)

    def cumulative(self) -> int:
        """Filled lots as the venue stated them last."""
        stated = [int(receipt.cumulative_lots) for receipt in self.receipts if receipt.cumulative_lots >= 0]
        return stated[-1] if stated else 0

    def filled(self) -> int:
        """Filled lots as the sum of the fills told, each execution once."""
        fills: dict[bytes, int] = {}
        for receipt in self.receipts:
            if receipt.kind in (RECEIPT_FILL, RECEIPT_PARTIAL_FILL):
                fills[receipt.execution_id] = int(receipt.last_lots)
        return sum(fills.values())

    def has_ended(self) -> bool:
        """Whether the venue has said that it is over."""
        return any(receipt.status in ENDED or receipt.kind == RECEIPT_UNKNOWN_ORDER for receipt in self.receipts)


def described(receipt: Receipt) -> str:
    """A receipt as a case's verdict quotes it."""
    text = f"{RECEIPT_NAMES[receipt.kind]}, status {STATUS_NAMES[receipt.status]}"
    if receipt.last_lots:
        text += f", last {receipt.last_lots}"
    if receipt.cumulative_lots >= 0:
        text += f", total {receipt.cumulative_lots}"
    if receipt.reject_class:
        text += f", {REJECT_CLASS_NAMES[receipt.reject_class]}"
    return text + (f", text {receipt.text.decode('utf-8', 'backslashreplace')!r}" if receipt.text else "")


class Probe:
    """One case's gateway, connection and orders.

    Attributes:
        gateway: the engine's own, made anew by `kill`.
        venue: the suite's own at the other end; None for a counterparty's.
        password: sent in the Logon; a case about credentials changes it.
        replacing: the original order by the id of each replace request.
        copied: what the drop copy has told, while the case listens to one.
    """

    def __init__(self, target: Target, numbers: Numbers, transcript: Transcript, venue: SimulatedVenue | None) -> None:
        self.target = target
        self.numbers = numbers
        self.transcript = transcript
        self.venue = venue
        self.password = target.password
        self.port = target.source.port if venue is None else venue.port
        self.events = Events()
        self.placed: dict[int, Placed] = {}
        self.replacing: dict[int, int] = {}
        self.strangers: list[Receipt] = []
        self.clock = CaseClock(self.events, target.clock)
        self.copies: Pump | None = None
        self.copied: list[Receipt] = []
        self._copy_numbers = None if target.copied is None else Numbers(target.copied.numbers_file)
        self._open_gateway()

    @property
    def plan(self) -> Plan:
        """What may be traded."""
        return self.target.plan

    def cancels_on_loss(self) -> bool:
        """Whether what rests ends with the connection; the suite's own venue is asked for that by one case alone."""
        return self.venue is None and self.target.source.cancel_on_disconnect

    @property
    def exchange_venue(self) -> SimulatedVenue:
        """The suite's own venue, for cases that only it can play."""
        if self.venue is None:
            raise CaseFailed("the case needs the simulated venue")
        return self.venue

    def _open_gateway(self) -> None:
        self.gateway: FixOrders = order_gateway(
            0,
            self.target.source,
            self.clock.step,
            self.target.instruments,
            (self.numbers.next_in, self.numbers.next_out),
            self.target.demo,
        )
        self.gateway.begin_epoch(self.numbers.epoch)
        self.session = Pump(self.gateway, self.clock, self.numbers, self.transcript, self._secret)

    @property
    def is_connected(self) -> bool:
        """Whether the order session has a connection."""
        return self.session.link is not None

    # ------------------------------------------------------------------ the connection

    def connect(self) -> None:
        """Open the connection; the Logon leaves."""
        self.session.open(self.target.source.host, self.port, self.plan.wait_s, self.target.tls)

    def log_on(self) -> None:
        """Connect and log on, and wait until what was missed has been resent."""
        self.connect()
        self.wait(
            lambda: not self.is_connected or (self.gateway.is_up() and not self.gateway.has_gap()),
            "a completed log-on",
            self.session_events,
        )
        self.check(self.is_connected, f"no log-on; received {self.session_events()}")

    def log_out(self) -> None:
        """End the session as the protocol asks."""
        self.session.log_out()
        self.wait(
            lambda: not self.is_connected, "the Logout's answer and the end of the connection", self.session_events
        )

    def cut(self) -> None:
        """The connection breaks on our side; what is under way is lost."""
        self.session.cut()

    def wait_for_loss(self) -> None:
        """The counterparty is to end the connection."""
        self.wait(lambda: not self.is_connected, "the end of the connection", self.session_events)

    def kill(self) -> None:
        """As after kill -9: the gateway and what it knew are gone, the recorded sequence numbers are not."""
        self.cut()
        self.transcript.note("gateway killed and made anew from its recorded sequence numbers")
        self._open_gateway()

    def restart(self, next_in: int, next_out: int) -> None:
        """A new gateway with these sequence numbers, as from a store that is wrong."""
        self.cut()
        self.transcript.note(f"gateway made anew with next_in {next_in}, next_out {next_out}")
        self.numbers.keep(next_in, next_out)
        self._open_gateway()

    def expect_event(self, word: str) -> None:
        """The session has recorded something that says this word."""
        self.check(
            any(word in event for event in self.events.events),
            f"no event of the session says {word}: {self.session_events()}",
        )

    def session_events(self) -> str:
        """What the session recorded."""
        return "; ".join(self.events.events[-5:]) or "no event of the session"

    # ------------------------------------------------------------------ orders

    def order(
        self,
        price: int,
        lots: int = 0,
        force: int = int(DAY),
        order_type: int = int(LIMIT),
        side: int = int(BUY),
        number: int = 0,
    ) -> Placed:
        """Send a new order; `lots` 0 means the plan's, `number` 0 the next client order id."""
        placed = self._new(price, lots, force, order_type, side, number)
        self.clock.begin()
        self.gateway.submit(placed.command)
        self.session.flush()
        return self.placed[placed.number]

    def orders(self, prices: list[int]) -> list[Placed]:
        """Send limit orders for the day together, in one write."""
        batch = [self._new(price, 0, int(DAY), int(LIMIT), int(BUY), 0) for price in prices]
        self.clock.begin()
        for placed in batch:
            self.gateway.submit(placed.command)
        self.session.flush()
        return batch

    def order_list(self, prices: list[int]) -> list[Placed]:
        """Send limit orders for the day as one NewOrderList."""
        batch = [self._new(price, 0, int(DAY), int(LIMIT), int(BUY), 0) for price in prices]
        self.clock.begin()
        self.gateway.submit_list([placed.command for placed in batch], self.numbers.take_id())
        self.session.flush()
        return batch

    def never_sent(self) -> Placed:
        """An order of which the counterparty has never heard."""
        return self._new(self.plan.rests, 0, int(DAY), int(LIMIT), int(BUY), 0)

    def _new(self, price: int, lots: int, force: int, order_type: int, side: int, number: int) -> Placed:
        offset = OFFSET_OPEN if self.target.source.venue == "CCFX" else OFFSET_NONE
        index, quantity = self.plan.instrument.index, lots or self.plan.lots
        command = OrderCommand(
            number or self.numbers.take_id(), index, side, order_type, force, price, quantity, offset
        )
        placed = Placed(command)
        self.placed.setdefault(placed.number, placed)
        return placed

    def cancel(self, placed: Placed) -> int:
        """Ask for its cancellation; the request's id."""
        number = self.numbers.take_id()
        self.clock.begin()
        self.gateway.cancel(placed.command, number)
        self.session.flush()
        return number

    def replace(self, placed: Placed, price: int, lots: int) -> None:
        """Ask for another price and whole quantity."""
        number = self.numbers.take_id()
        self.replacing[number] = placed.number
        self.clock.begin()
        self.gateway.replace(placed.command, number, price, lots)
        self.session.flush()

    def cancel_all(self) -> None:
        """Ask for the cancellation of all orders of the session."""
        self.clock.begin()
        self.gateway.cancel_all(self.numbers.take_id())
        self.session.flush()

    def query_all(self) -> None:
        """Ask for the status of all open orders."""
        self.clock.begin()
        self.gateway.query_all(self.numbers.take_id())
        self.session.flush()

    def query(self, placed: Placed) -> None:
        """Ask what became of it."""
        self.clock.begin()
        self.gateway.query(placed.command)
        self.session.flush()

    # ------------------------------------------------------------------ expectations

    def expect(self, placed: Placed, *kinds: int) -> Receipt:
        """Wait for the order's next receipt of one of these kinds; others before it are passed over."""
        names = " or ".join(RECEIPT_NAMES[kind] for kind in kinds)

        def found() -> Receipt | None:
            for at in range(placed.taken, len(placed.receipts)):
                if placed.receipts[at].kind in kinds:
                    return placed.receipts[at]
            return None

        self.wait(lambda: found() is not None, f"{names} for order {placed.number}", lambda: self._told(placed))
        receipt = found()
        assert receipt is not None
        placed.taken = next(at for at, one in enumerate(placed.receipts) if one is receipt) + 1
        return receipt

    def expect_next(self, placed: Placed, *kinds: int) -> Receipt:
        """Wait for the order's next receipt, which must be of one of these kinds."""
        at = placed.taken
        self.wait(lambda: len(placed.receipts) > at, f"a receipt for order {placed.number}", lambda: self._told(placed))
        placed.taken = at + 1
        receipt = placed.receipts[at]
        names = " or ".join(RECEIPT_NAMES[kind] for kind in kinds)
        self.check(receipt.kind in kinds, f"expected {names}; received {described(receipt)}")
        return receipt

    def expect_quiet(self, placed: Placed, milliseconds: int = 30) -> None:
        """Nothing more is said about the order for so long."""
        self.pass_time(milliseconds)
        more = placed.receipts[placed.taken :]
        self.check(not more, f"expected nothing more; received {'; '.join(described(one) for one in more)}")

    def check(self, holds: bool, otherwise: str) -> None:
        """Fail the case with these words unless it holds."""
        if not holds:
            raise CaseFailed(otherwise)

    def equal(self, what: str, found: object, expected: object) -> None:
        """Fail the case unless both are equal."""
        self.check(found == expected, f"{what}: {found}; expected {expected}")

    def _told(self, placed: Placed) -> str:
        told = "; ".join(described(receipt) for receipt in placed.receipts) or "nothing about it"
        return f"{told} ({self.session_events()})" if not self.gateway.is_up() else told

    # ------------------------------------------------------------------ turns

    def wait(self, until: Callable[[], bool], what: str, instead: Callable[[], str]) -> None:
        """Take turns until it holds; fail the case with what came instead after the plan's wait."""
        end_s = time.monotonic() + self.plan.wait_s
        while not until():
            if time.monotonic() > end_s:
                raise CaseFailed(f"waited {self.plan.wait_s:g} s for {what}; received {instead()}")
            self.turn()

    def pass_time(self, milliseconds: int) -> None:
        """Take turns for so long."""
        end_s = time.monotonic() + milliseconds / 1000
        while time.monotonic() < end_s:
            self.turn()

    def let_pass(self, milliseconds: int) -> None:
        """The same for times that nobody wants to wait: with the suite's own venue, both ends' clocks are moved on."""
        if self.venue is None:
            self.pass_time(milliseconds)
            return
        for _ in range(milliseconds // STEP_MS):
            self.clock.ahead_ns += STEP_MS * NANOSECONDS_PER_MILLISECOND
            self.venue.server.ahead_ns = self.clock.ahead_ns
            self.turn()

    def turn(self) -> None:
        """The venue's turn, then whatever the sessions have to read and to do."""
        if self.venue is not None:
            self.venue.turn()
        if self.copies is not None:
            self.copies.turn(0)
            self.copied += self.copies.receipts
            self.copies.receipts = []
        if not self.is_connected:
            time.sleep(TURN_S)
            return
        self.session.turn(TURN_S)
        for receipt in self.session.receipts:
            placed = self.placed.get(int(receipt.client_order_id))
            if placed is None:
                self.strangers.append(receipt)
            else:
                placed.receipts.append(receipt)
        self.session.receipts = []

    def _secret(self) -> bytes:
        """What stands for the password's placeholder, as the engine's shell has it."""
        sealer = self.target.sealer
        return self.password if sealer is None else sealer.sealed(self.password, self.clock.utc_ns())

    # ------------------------------------------------------------------ the drop copy

    def listen(self) -> None:
        """Log on to the drop copy of the account, and wait until what it missed has been resent."""
        copied, numbers = self.target.copied, self._copy_numbers
        if copied is None or numbers is None:
            raise CaseFailed("the case needs a drop copy")
        at = (numbers.next_in, numbers.next_out)
        made = drop_copy(1, copied.source, self.clock.step, [self.gateway], at, self.target.demo)
        self.copies = copies = Pump(made, self.clock, numbers, self.transcript, lambda: copied.password)
        port = copied.source.port if self.venue is None else self.venue.port
        copies.open(copied.source.host, port, self.plan.wait_s, copied.tls)
        self.wait(
            lambda: copies.link is None or (made.is_up() and not made.link.session.gap_pending),
            "a completed log-on of the drop copy",
            self.session_events,
        )
        self.check(copies.link is not None, f"no log-on of the drop copy; received {self.session_events()}")

    def stop_listening(self) -> None:
        """End the drop copy's session."""
        copies = self.copies
        if copies is not None and copies.link is not None:
            copies.log_out()
            self.wait(lambda: copies.link is None, "the end of the drop copy's session", self.session_events)

    def copies_of(self, placed: Placed) -> list[Receipt]:
        """What the drop copy has told about an order."""
        return [receipt for receipt in self.copied if receipt.client_order_id == placed.number]

    def expect_copy(self, placed: Placed, *kinds: int) -> Receipt:
        """Wait until the drop copy has told one of these about the order; the last of them."""

        def found() -> list[Receipt]:
            return [receipt for receipt in self.copies_of(placed) if receipt.kind in kinds]

        names = " or ".join(RECEIPT_NAMES[kind] for kind in kinds)
        self.wait(
            lambda: len(found()) > 0,
            f"a copy of {names} for order {placed.number}",
            lambda: "; ".join(described(receipt) for receipt in self.copies_of(placed)) or "no copy of it",
        )
        return found()[-1]

    # ------------------------------------------------------------------ the end of a case

    def settle(self) -> None:
        """What every case ends with: fills as told add up, and equal what the suite's own venue has on its books."""
        for placed in self.placed.values():
            self.check(
                not any(receipt.is_unreadable for receipt in placed.receipts),
                f"order {placed.number}: a report could not be read",
            )
        self.check(
            not any(receipt.is_unreadable for receipt in self.copied), "a report of the drop copy could not be read"
        )
        if self.venue is None:
            return
        told = sum(int(placed.command.side) * placed.cumulative() for placed in self.placed.values())
        self.equal("position by the receipts against the venue's ledger", told, self.venue.position())
        mine = sorted(number for number, placed in self.placed.items() if not placed.has_ended())
        numbers = [int(self.gateway.dialect.number_of(number)) for number in self.venue.open_orders()]
        theirs = sorted(self.replacing.get(number, number) for number in numbers)
        self.equal("orders that live by the receipts against the venue's", mine, theirs)

    def tidy(self) -> None:
        """Leave nothing behind at a counterparty: cancel what may still live, log out."""
        try:
            self.stop_listening()
            if self.is_connected and self.gateway.is_up():
                if self.venue is None:
                    for placed in self.placed.values():
                        if not placed.has_ended():
                            self.cancel(placed)
                            self.expect(placed, RECEIPT_CANCELLED, RECEIPT_EXPIRED, RECEIPT_REJECTED, RECEIPT_STATUS)
                self.log_out()
        except CaseFailed as failure:
            self.transcript.note(f"not tidied up: {failure}")
        finally:
            self.cut()
            if self.copies is not None:
                self.copies.cut()
