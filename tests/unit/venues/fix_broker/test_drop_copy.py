"""A drop copy by hand-made lines: read by the order session's memory, told as copies, never an answer."""

import pytest

from cross_market_connect.domain.order import STATUS_UNKNOWN
from cross_market_connect.venues.fix_broker.drop_copy import FixDropCopy
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.fix_broker.report_reader import recorded
from tests.unit.venues.fix_broker.support import TIME, Clock, Venue, instruments, session_settings
from tests.unit.venues.fix_broker.test_orders import CANCEL_ID, ID, REPORT, TAIL, Desk, shown


class Copied(Desk):
    """An order gateway, and a drop copy of its account on a session of its own."""

    def __init__(self, **changes: object) -> None:
        super().__init__(**changes)
        settings = session_settings(b"ENGINE_COPY")
        self.copies = FixDropCopy(3, settings, self.clock.step, [self.orders], 1, 1)
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


class Broker(Copied):
    """One drop copy of two accounts of ours, each with an order session of its own, and of everybody else's."""

    def __init__(self) -> None:
        Desk.__init__(self)
        self.second = FixOrders(1, session_settings(b"ENGINE_2"), self.clock.step, instruments(), "CCFX", "A2", 1, 1)
        settings = session_settings(b"ENGINE_COPY")
        self.copies = FixDropCopy(3, settings, self.clock.step, [self.orders, self.second], 1, 1)
        self.copier = Venue(self.clock, self.copies, "ENGINE_COPY")
        self.copier.log_on()

    def routes(self, fields: str) -> list[int]:
        """Routes of the receipts that a trade with these fields makes."""
        self.copier.say(f"35=8|37=V9|11=PHONE|17=E1|150=F|39=2|32=5|31=5200.2|14=5|151=0|54=1|6=0|60={TIME}|{fields}")
        return [int(receipt.route) for receipt in self.copies.take_receipts()]


def test_a_copy_belongs_to_the_session_whose_account_and_instrument_it_names() -> None:
    desk = Broker()
    assert desk.routes("55=IF2101|1=A2") == [1]
    assert desk.routes("55=IF2101|1=A1") == [0]
    assert desk.routes("55=IF2101") == [0], "it names none: the first whose instrument it is"
    assert desk.routes("55=IF2101|453=2|448=FIRM|447=D|452=1|448=A2|447=D|452=24") == [1]
    assert desk.routes("55=IF2101|453=1|448=FIRM|447=D|452=1") == [0], "a firm is no account"
    assert desk.routes("55=AU2106|1=A1") == [], "an instrument that nobody trades here"
    assert desk.clock.records.events()[-1].startswith("logged_on")


def test_an_order_of_another_account_that_bears_the_number_of_one_of_ours_is_not_ours() -> None:
    """Two engines of this platform number alike: over a firm's drop copy the other one's fill is none of ours, and its
    OrderID does not get into our cancel."""
    desk = Broker()
    desk.submit()
    theirs = f"35=8|37=W9|11={ID}|17=E1|150=F|39=1|32=2|31=5200.2|14=2|151=3|{TAIL}"
    assert desk.copy(f"{theirs}|1=HEDGE-FUND-7") == []
    assert desk.copy(f"{theirs}|453=1|448=HEDGE-FUND-7|447=D|452=24") == []
    assert desk.copy(f"{theirs}|1=A1") == [f"{ID} partial_fill/partly_filled 2@26001 2/3"]
    assert desk.copy(theirs) == [f"{ID} partial_fill/partly_filled 2@26001 2/3"], "it names none"
    assert not any("37=W9" in line for line in desk.cancel())


def test_a_copy_never_changes_how_our_requests_name_an_order() -> None:
    """Another terminal has replaced it; and a copy of before knows the order under the number that it had then."""
    desk = Copied()
    desk.submit()
    desk.copier.say(f"35=8|37=V7|11=PHONE1|41={ID}|17=Z1|150=5|39=0|14=0|151=4|{TAIL}")
    desk.copies.take_receipts()
    (cancel,) = desk.cancel()
    assert f"41={ID}" in cancel.split("|")


def test_a_replacement_under_a_name_that_no_number_is_leaves_the_last_number_that_was_one() -> None:
    desk = Copied()
    desk.submit()
    desk.hear(f"35=8|37=V7|11=PHONE1|41={ID}|17=Z1|150=5|39=0|14=0|151=4|{TAIL}")
    (cancel,) = desk.cancel()
    assert {f"41={ID}", "37=V7"} <= set(cancel.split("|"))


@pytest.mark.parametrize(
    "line",
    [
        f"35=9|37=V7|11={CANCEL_ID}|41={ID}|39=0|434=1|102=0|9702=5",
        "35=h|336=1|340=2|625=x|5000=1",
        "35=AE|571=1",
        "35=J|70=1|9999=x",
        "35=U1|58=x",
    ],
)
def test_what_else_a_broker_likes_to_send_makes_nobody_ask_for_orders(line: str) -> None:
    desk = Copied()
    desk.submit()
    assert desk.copy(line) == []
    assert desk.copies.is_up()


def test_accounts_of_others_are_passed_over_and_named_once() -> None:
    desk = Broker()
    assert [desk.routes("55=IF2101|1=HEDGE-FUND-7") for _ in range(3)] == [[], [], []]
    assert desk.clock.records.events()[-1] == "other_account: copies of account 'HEDGE-FUND-7' are passed over"
    named = [event for event in desk.clock.records.events() if event.startswith("other_account")]
    assert len(named) == 1 and desk.copies.link.fault_count() == 0
    for number in range(100):
        desk.routes(f"55=IF2101|1=X{number}")
    assert len([event for event in desk.clock.records.events() if event.startswith("other_account")]) == 20


def test_a_copy_is_no_answer_to_an_open_question() -> None:
    """OrdStatus 8, reason 5 is no reject: it answers somebody's question, which a copy leaves open."""
    desk = Copied()
    desk.submit()
    desk.query()
    line = f"35=8|37=NONE|11={ID}|17=0|150=8|39=8|103=5|14=0|151=0|{TAIL}"
    assert desk.copy(line)[0].startswith(f"{ID} unknown_order/unknown")
    assert desk.hear(line)[0].startswith(f"{ID} unknown_order/unknown"), "the question was still open"


def test_an_execution_id_that_is_no_text_is_the_same_behind_a_restart() -> None:
    """The log keeps text: what cannot be is replaced before anything remembers it."""
    assert recorded(b"E-1") == b"E-1"
    assert recorded(b"E\xff1").decode() == b"E\xff1".decode("utf-8", "replace")


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
    copies = FixDropCopy(3, session_settings(b"ENGINE_COPY"), clock.step, [desk.orders], *numbers)
    assert copies.next_numbers() == numbers
