"""A drop copy by hand-made lines: read by the order session's memory, told as copies, never an answer."""

import pytest

from cross_market_connect.domain.order import STATUS_UNKNOWN
from cross_market_connect.venues.fix_broker.drop_copy import FixDropCopy
from tests.unit.venues.fix_broker.support import TIME, Clock, Venue, session_settings
from tests.unit.venues.fix_broker.test_orders import CANCEL_ID, ID, REPORT, TAIL, Desk, shown


class Copied(Desk):
    """An order gateway, and a drop copy of its account on a session of its own."""

    def __init__(self, **changes: object) -> None:
        super().__init__(**changes)
        settings = session_settings(b"ENGINE_COPY")
        self.copies = FixDropCopy(3, settings, self.clock.step, self.orders, 1, 1)
        self.copier = Venue(self.clock, self.copies, "ENGINE_COPY")
        self.copier.log_on()

    def copy(self, line: str) -> list[str]:
        self.copier.say(line)
        receipts = self.copies.take_receipts()
        assert all(receipt.is_copy for receipt in receipts)
        return [shown(receipt) for receipt in receipts]


def test_a_copy_is_read_as_the_order_session_reads_its_own() -> None:
    desk = Copied()
    desk.submit()
    line = f"{REPORT}|17=E1|150=F|39=1|32=2|31=5200.2|14=2|151=3|{TAIL}"
    expected = f"{ID} partial_fill/partly_filled 2@26001 2/3"
    assert desk.copy(f"{line}|797=Y") == [expected]
    desk.venue.say(line)
    (own,) = desk.orders.take_receipts()
    assert (shown(own), own.is_copy) == (expected, False)


def test_a_copy_about_a_cancel_names_the_order() -> None:
    desk = Copied()
    desk.submit()
    desk.cancel()
    line = f"35=8|37=V7|11={CANCEL_ID}|41={ID}|17=E3|150=4|39=4|14=2|151=0|{TAIL}"
    assert desk.copy(line) == [f"{ID} cancelled/cancelled 2/0"]


def test_an_order_from_another_terminal_has_the_order_sessions_route() -> None:
    desk = Copied()
    desk.copier.say(f"35=8|37=V9|11=PHONE|17=E1|150=F|39=2|32=5|31=5200.2|14=5|151=0|{TAIL}")
    (receipt,) = desk.copies.take_receipts()
    assert (receipt.route, receipt.instrument_index, receipt.side, receipt.client_order_id) == (0, 0, 1, 0)


def test_a_copy_is_no_answer_to_an_open_question() -> None:
    """OrdStatus 8, reason 5: to the order session an answer while a question is open, in a copy a reject."""
    desk = Copied()
    desk.submit()
    desk.query()
    line = f"35=8|37=NONE|11={ID}|17=0|150=8|39=8|103=5|14=0|151=0|{TAIL}"
    assert desk.copy(line)[0].startswith(f"{ID} rejected/rejected")
    assert desk.hear(line)[0].startswith(f"{ID} unknown_order/unknown"), "the question was still open"


def test_a_copy_about_another_instrument_is_unreadable() -> None:
    desk = Copied()
    desk.submit()
    desk.copier.say(f"{REPORT}|17=E1|150=0|39=0|14=0|151=5|55=IC2101|54=1|6=0|60={TIME}")
    (receipt,) = desk.copies.take_receipts()
    assert receipt.is_unreadable and receipt.is_copy
    assert any("tag 55" in event for event in desk.clock.records.events())


def test_refused_cancels_are_passed_over() -> None:
    desk = Copied()
    desk.submit()
    assert desk.copy(f"35=9|37=V7|11={CANCEL_ID}|41={ID}|39=0|434=1|102=0") == []


def test_a_copy_that_the_session_refuses_makes_the_orders_of_its_route_asked_for() -> None:
    desk = Copied()
    desk.copier.say(f"{REPORT}|17=E1|150=Q?|39=0|14=0|151=5|{TAIL}")
    (receipt,) = desk.copies.take_receipts()
    assert (receipt.is_unreadable, receipt.status, receipt.route) == (True, STATUS_UNKNOWN, 0)


def test_what_the_peer_refuses_of_our_session_is_its_fault_on_record() -> None:
    desk = Copied()
    desk.copier.say("35=j|45=2|372=0|380=3|58=no heartbeats here")
    assert desk.copies.take_receipts() == []
    assert any("no heartbeats here" in event for event in desk.clock.records.events())


@pytest.mark.parametrize("numbers", [(1, 1), (40, 7)])
def test_numbers_go_on_as_an_order_sessions_do(numbers: tuple[int, int]) -> None:
    clock = Clock()
    desk = Desk()
    copies = FixDropCopy(3, session_settings(b"ENGINE_COPY"), clock.step, desk.orders, *numbers)
    assert copies.next_numbers() == numbers
