"""Orders over FIX by hand-made lines: what each command says, and what each answer of FIX 4.4 Volume 4 means."""

import random

import pytest

from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    OFFSET_CLOSE,
    OFFSET_CLOSE_TODAY,
    OFFSET_NONE,
    OFFSET_OPEN,
    RECEIPT_NAMES,
    REJECT_CLASS_NAMES,
    SELL,
    STATUS_NAMES,
    OrderCommand,
    Receipt,
)
from cross_market_connect.matching.orders import (
    REASON_BUSY,
    REASON_HALTED,
    REASON_INSUFFICIENT,
    REASON_LIMIT_LOCKED,
    REASON_OFFSET,
    REASON_PERMISSION,
    REASON_PRICE_LIMITS,
    REASON_QUANTITY_MAX,
    REASON_QUOTA,
    REASON_THROTTLED,
)
from cross_market_connect.venues.fix_broker.link import FAULT_RECORDS_MAX
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.simulated.faults import (
    ANY_INSTRUMENT,
    FAULT_DROP,
    FAULT_LATE,
    FAULT_PARTIAL,
    FAULT_REJECT,
    NO_BOUND,
    FaultRule,
)
from tests.unit.venues.fix_broker.support import (
    TIME,
    UTC_NS,
    Clock,
    Venue,
    Wire,
    exchange_settings,
    instruments,
    session_settings,
)

ID = 1_000_000_001
CANCEL_ID = 1_000_000_002
REPORT = f"35=8|37=V7|11={ID}"
TAIL = f"55=IF2101|54=1|6=0|60={TIME}"


class Desk:
    """A gateway that is logged on to a venue played by hand."""

    def __init__(self, **changes: object) -> None:
        self.clock = Clock()
        self.orders = FixOrders(0, session_settings(**changes), self.clock.step, instruments(), "CCFX", "A1", 1, 1)
        self.venue = Venue(self.clock, self.orders)
        self.venue.log_on()

    def submit(self, command: OrderCommand | None = None) -> list[str]:
        self.clock.begin()
        self.orders.submit(command or order())
        return self.venue.sent()

    def cancel(self, cancel_id: int = CANCEL_ID, command: OrderCommand | None = None) -> list[str]:
        self.clock.begin()
        self.orders.cancel(command or order(), cancel_id)
        return self.venue.sent()

    def query(self, command: OrderCommand | None = None) -> list[str]:
        self.clock.begin()
        self.orders.query(command or order())
        return self.venue.sent()

    def hear(self, line: str) -> list[str]:
        self.venue.say(line)
        return self.receipts()

    def receipts(self) -> list[str]:
        return [shown(receipt) for receipt in self.orders.take_receipts()]


def order(
    side: int = BUY,
    order_type: int = LIMIT,
    force: int = DAY,
    offset: int = OFFSET_OPEN,
    instrument: int = 0,
    client_order_id: int = ID,
) -> OrderCommand:
    return OrderCommand(client_order_id, instrument, side, order_type, force, 26_001, 5, offset)


def shown(receipt: Receipt) -> str:
    """id kind/status, then what it has: last@price, cumulative/leaves, class, code, marks."""
    text = f"{receipt.client_order_id} {RECEIPT_NAMES[receipt.kind]}/{STATUS_NAMES[receipt.status]}"
    if receipt.last_lots or receipt.last_ticks:
        text += f" {receipt.last_lots}@{receipt.last_ticks}"
    if (receipt.cumulative_lots, receipt.leaves_lots) != (-1, -1):
        text += f" {receipt.cumulative_lots}/{receipt.leaves_lots}"
    if receipt.reject_class:
        text += f" {REJECT_CLASS_NAMES[receipt.reject_class]}"
    if receipt.code:
        text += f" {receipt.code.decode()}"
    return text + (" again" if receipt.possible_duplicate else "")


# -- commands --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (
            order(),
            f"35=D|34=2|11={ID}|1=A1|21=1|55=IF2101|207=CCFX|54=1|60={TIME}|38=5|40=2|44=5200.2|59=0|77=O",
        ),
        (
            order(SELL, LIMIT, IMMEDIATE_OR_CANCEL, OFFSET_CLOSE),
            f"35=D|34=2|11={ID}|1=A1|21=1|55=IF2101|207=CCFX|54=2|60={TIME}|38=5|40=2|44=5200.2|59=3|77=C",
        ),
        (
            order(BUY, LIMIT, FILL_OR_KILL, OFFSET_CLOSE_TODAY, 2),
            f"35=D|34=2|11={ID}|1=A1|21=1|55=IC2101|207=CCFX|54=1|60={TIME}|38=5|40=2|44=5200.2|59=4|77=C",
        ),
        (
            order(BUY, MARKET, IMMEDIATE_OR_CANCEL, OFFSET_NONE),
            f"35=D|34=2|11={ID}|1=A1|21=1|55=IF2101|207=CCFX|54=1|60={TIME}|38=5|40=1|59=3",
        ),
    ],
)
def test_a_new_order_says_exactly_this(command: OrderCommand, line: str) -> None:
    assert Desk().submit(command) == [line]


def test_a_price_is_exact_at_any_size() -> None:
    """0.2 has no float: 4.5e14 ticks would come out wrong in the last digit."""
    command = order()
    command.price_ticks = 449_999_999_999_999
    assert "44=89999999999999.8" not in Desk().submit(command)[0].split("|44=")[0]
    command.price_ticks = 450_359_962_737_050_1
    assert "|44=900719925474100.2|" in Desk().submit(command)[0]


def test_cancel_and_query_use_the_venues_order_id_once_known() -> None:
    desk = Desk()
    desk.submit()
    assert desk.cancel() == [f"35=F|34=3|41={ID}|11={CANCEL_ID}|55=IF2101|207=CCFX|54=1|60={TIME}|38=5"]
    assert desk.query() == [f"35=H|34=4|11={ID}|55=IF2101|207=CCFX|54=1"]
    desk.hear(f"{REPORT}|17=1|150=0|39=0|151=5|14=0|{TAIL}")
    assert desk.cancel() == [f"35=F|34=5|41={ID}|37=V7|11={CANCEL_ID}|55=IF2101|207=CCFX|54=1|60={TIME}|38=5"]
    assert desk.query() == [f"35=H|34=6|37=V7|11={ID}|55=IF2101|207=CCFX|54=1"]


def test_what_cannot_be_sent_is_our_mistake() -> None:
    desk = Desk()
    with pytest.raises(InvariantError):
        desk.submit(order(instrument=1))
    with pytest.raises(InvariantError):
        desk.submit(order(force=1))
    desk.orders.lost("cut")
    with pytest.raises(LocalProtocolError):
        desk.submit()


# -- execution reports: Volume 4, ExecutionReport ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "receipt"),
    [
        ("150=0|39=0|151=5|14=0", "acknowledged/new 0/5"),
        ("150=3|39=3|151=0|14=2", "expired/expired 2/0"),
        ("150=4|39=4|151=0|14=2", "cancelled/cancelled 2/0"),
        ("150=5|39=1|151=2|14=2", "status/partly_filled 2/2"),
        ("150=6|39=6|151=5|14=0", "pending_cancel/pending 0/5"),
        ("150=7|39=7|151=5|14=0", "status/new 0/5"),
        ("150=8|39=8|151=0|14=0|103=99", "rejected/rejected 0/0 other 99"),
        ("150=8|39=8|151=0|14=0", "rejected/rejected 0/0 other"),
        ("150=9|39=9|151=3|14=2", "status/partly_filled 2/3"),
        ("150=A|39=A|151=5|14=0", "status/pending 0/5"),
        ("150=B|39=B|151=0|14=5", "status/expired 5/0"),
        ("150=C|39=C|151=0|14=2", "expired/expired 2/0"),
        ("150=D|39=1|151=1|14=2|378=5", "status/partly_filled 2/1"),
        ("150=E|39=E|151=5|14=0", "status/pending 0/5"),
        ("150=F|39=1|32=2|31=5200.2|151=3|14=2", "partial_fill/partly_filled 2@26001 2/3"),
        ("150=F|39=2|32=3|31=5200.0|151=0|14=5", "fill/filled 3@26000 5/0"),
        ("150=F|39=1|32=3|31=5200|151=0|14=5", "fill/partly_filled 3@26000 5/0"),
        ("150=F|39=6|32=3|31=5200.00|151=2|14=3", "partial_fill/pending 3@26000 3/2"),
        ("150=F|39=4|32=3|31=5200.2|151=0|14=3", "partial_fill/cancelled 3@26001 3/0"),
        ("150=G|39=1|32=2|31=5200.4|151=3|14=2|19=4", "trade_correct/partly_filled 2@26002 2/3"),
        ("150=H|39=0|32=2|31=5200.2|151=5|14=0|19=4", "trade_cancel/new 2@26001 0/5"),
        ("150=I|39=0|151=5|14=0", "status/new 0/5"),
        ("150=I|39=1|151=3|14=2", "status/partly_filled 2/3"),
        ("150=I|39=2|151=0|14=5", "status/filled 5/0"),
        ("150=I|39=2|32=3|31=5200.0|151=0|14=5", "status/filled 5/0"),  # the last trade repeated is not one more
        ("150=I|39=4|151=0|14=2", "status/cancelled 2/0"),
        ("150=I|39=8|151=0|14=0|103=3|58=E0022 price out of limits", "status/rejected 0/0 price_out_of_limits E0022"),
        ("150=I|39=C|151=0|14=2", "status/expired 2/0"),
        ("150=I|39=D|151=5|14=0", "status/new 0/5"),
    ],
)
def test_each_kind_of_report(fields: str, receipt: str) -> None:
    desk = Desk()
    desk.submit()
    assert desk.hear(f"{REPORT}|17=9|{fields}|{TAIL}") == [f"{ID} {receipt}"]


@pytest.mark.parametrize(
    ("tail", "tag"),
    [
        ("55=IC2101|54=1", 55),
        ("55=IF2101|54=2", 54),
        ("55=IF2101|54=5", 54),
        ("55=IF2101|54=9", 54),
        ("55=IF9999|54=1", 55),
    ],
)
def test_a_report_about_another_instrument_or_side_is_no_report_about_the_order(tail: str, tag: int) -> None:
    desk = Desk()
    desk.submit()
    desk.venue.say(f"{REPORT}|17=1|150=F|39=2|151=0|14=5|32=5|31=5200.2|{tail}|6=0|60={TIME}")
    [receipt] = desk.orders.take_receipts()
    assert receipt.is_unreadable and receipt.client_order_id == ID and receipt.cumulative_lots == -1
    assert b"which is about another instrument or side" in receipt.text
    [event] = [text for text in desk.clock.records.events() if text.startswith("bad_field")]
    assert f"tag {tag}:" in event


def test_a_sale_that_a_broker_marks_as_short_is_a_sale() -> None:
    desk = Desk()
    desk.submit(order(side=SELL))
    line = f"{REPORT}|17=1|150=F|39=2|151=0|14=5|32=5|31=5200.2|55=IF2101|54=5|6=0|60={TIME}"
    assert desk.hear(line) == [f"{ID} fill/filled 5@26001 5/0"]


@pytest.mark.parametrize("tail", ["55=IF2101|54=1", "55=[N/A]|54=1"])
def test_a_symbol_that_says_nothing_contradicts_nothing(tail: str) -> None:
    desk = Desk()
    desk.submit()
    line = f"{REPORT}|17=1|150=F|39=2|151=0|14=5|32=5|31=5200.2|{tail}|6=0|60={TIME}"
    assert desk.hear(line) == [f"{ID} fill/filled 5@26001 5/0"]


def test_the_rest_of_a_receipt() -> None:
    desk = Desk()
    desk.submit()
    text = "|58=thank you"
    desk.venue.say(f"{REPORT}|17=X-1|150=F|39=1|32=2|31=5200.2|151=3|14=2|{TAIL}{text}")
    (receipt,) = desk.orders.take_receipts()
    assert (receipt.execution_id, receipt.venue_order_id, receipt.text) == (b"X-1", b"V7", b"thank you")
    assert (receipt.venue_utc_ns, receipt.code, receipt.reject_class) == (UTC_NS, b"", 0)
    assert desk.orders.take_receipts() == []


def test_a_report_about_a_cancel_names_the_order() -> None:
    desk = Desk()
    desk.submit()
    desk.cancel()
    by_tag = f"35=8|37=V7|11={CANCEL_ID}|41={ID}|17=9|150=4|39=4|151=0|14=0|{TAIL}"
    by_memory = f"35=8|37=V7|11={CANCEL_ID}|17=9|150=6|39=6|151=5|14=0|{TAIL}"
    chained = f"35=8|37=V7|11=1000000009|41={CANCEL_ID}|17=9|150=4|39=4|151=0|14=0|{TAIL}"
    text = f"35=8|37=V7|11={CANCEL_ID}|41=NONE|17=9|150=4|39=4|151=0|14=0|{TAIL}"
    assert desk.hear(by_tag) == [f"{ID} cancelled/cancelled 0/0"]
    assert desk.hear(by_memory) == [f"{ID} pending_cancel/pending 0/5"]
    assert desk.hear(chained) == [f"{ID} cancelled/cancelled 0/0"]
    assert desk.hear(text) == [f"{ID} cancelled/cancelled 0/0"]


def test_after_a_restart_the_original_is_named_by_its_tag() -> None:
    line = f"35=8|37=V7|11={CANCEL_ID}|41={ID}|17=9|150=4|39=4|151=0|14=3|{TAIL}"
    assert Desk().hear(line) == [f"{ID} cancelled/cancelled 3/0"]


@pytest.mark.parametrize("name", ["NONE-17", "0", "-5", "1e9", "99999999999999999999"])
def test_an_order_from_elsewhere_has_no_id_of_ours(name: str) -> None:
    """Forced liquidations of Chinese futures brokers come under names of their own."""
    line = f"35=8|37=V7|11={name}|17=9|150=F|39=2|32=2|31=5200.2|151=0|14=2|{TAIL}"
    assert Desk().hear(line) == ["0 fill/filled 2@26001 2/0"]


def test_a_fill_overtakes_or_follows_the_cancellation() -> None:
    """FC-14: whichever comes first, the receipts carry the same quantities."""
    fill = f"{REPORT}|17=8|150=F|39=6|32=2|31=5200.2|151=3|14=2|{TAIL}"
    late = f"{REPORT}|17=8|150=F|39=4|32=2|31=5200.2|151=0|14=2|{TAIL}"
    ended = f"35=8|37=V7|11={CANCEL_ID}|41={ID}|17=9|150=4|39=4|151=0|14=2|{TAIL}"
    for first, second, heard in (
        (fill, ended, ["partial_fill/pending 2@26001 2/3", "cancelled/cancelled 2/0"]),
        (ended, late, ["cancelled/cancelled 2/0", "partial_fill/cancelled 2@26001 2/0"]),
    ):
        desk = Desk()
        desk.submit()
        desk.cancel()
        assert desk.hear(first) + desk.hear(second) == [f"{ID} {line}" for line in heard]


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (0, "other"),
        (1, "unknown_symbol_or_permission"),
        (2, "market_closed"),
        (3, "other"),
        (4, "market_closed"),
        (5, "other"),
        (6, "duplicate_id"),
        (7, "duplicate_id"),
        (8, "busy_or_disconnected"),
        (11, "unknown_symbol_or_permission"),
        (13, "size_out_of_limits"),
        (15, "unknown_symbol_or_permission"),
        (16, "price_out_of_limits"),
        (18, "price_out_of_limits"),
        (99, "other"),
        (1234, "other"),
    ],
)
def test_the_standards_reasons(reason: int, expected: str) -> None:
    desk = Desk()
    desk.submit()
    heard = desk.hear(f"{REPORT}|17=9|150=8|39=8|103={reason}|151=0|14=0|{TAIL}")
    assert heard == [f"{ID} rejected/rejected 0/0 {expected} {reason}"]


def test_the_venues_code_goes_before_the_reason() -> None:
    desk = Desk()
    desk.submit()
    heard = desk.hear(f"{REPORT}|17=9|150=8|39=8|103=3|151=0|14=0|{TAIL}|58=E0024 market locked at its price limit")
    assert heard == [f"{ID} rejected/rejected 0/0 limit_locked E0024"]


UNKNOWN = f"35=8|37=NONE|11={ID}|17=0|150=%s|39=8|103=5|151=0|14=0|{TAIL}"


def test_an_unknown_order_is_told_from_a_rejected_one_by_the_question() -> None:
    """Volume 4, OrderStatusRequest: the answer about an unknown order is no reject of the order."""
    desk = Desk()
    desk.submit()
    assert desk.hear(UNKNOWN % "8") == [f"{ID} rejected/rejected 0/0 other 5"]
    desk.query()
    assert desk.hear(UNKNOWN % "8") == [f"{ID} unknown_order/unknown other 5"]
    assert desk.hear(UNKNOWN % "8") == [f"{ID} rejected/rejected 0/0 other 5"]  # one question, one answer
    assert desk.hear(UNKNOWN % "I") == [f"{ID} unknown_order/unknown other 5"]
    desk.query()
    assert desk.hear(f"{REPORT}|17=9|150=8|39=8|103=2|151=0|14=0|{TAIL}") == [
        f"{ID} rejected/rejected 0/0 market_closed 2"  # the order's own reject, while the question is open
    ]
    assert desk.hear(UNKNOWN % "8") == [f"{ID} unknown_order/unknown other 5"]


def test_a_refused_question_is_answered_no_more() -> None:
    desk = Desk()
    desk.submit()
    desk.query()
    assert desk.hear("35=j|45=3|372=H|380=4") == []
    assert desk.hear(UNKNOWN % "8") == [f"{ID} rejected/rejected 0/0 other 5"]


def test_a_question_about_an_order_of_an_earlier_run() -> None:
    desk = Desk()
    desk.query(order(client_order_id=77))
    heard = desk.hear(f"35=8|37=NONE|11=77|17=0|150=8|39=8|151=0|14=0|{TAIL}|58=E0042 unknown order")
    assert heard == ["77 unknown_order/unknown other E0042"]


@pytest.mark.parametrize(
    ("fields", "receipt"),
    [
        ("37=V7|39=2|102=0", "cancel_rejected/filled other 0"),
        ("37=V7|39=6|102=3", "cancel_rejected/pending other 3"),
        ("37=V7|39=0|102=6", "cancel_rejected/new duplicate_id 6"),
        ("37=V7|39=1|58=E0061 system busy, try again", "cancel_rejected/partly_filled busy_or_disconnected E0061"),
        ("37=NONE|39=8|102=1", "unknown_order/unknown other 1"),
        ("37=V7|39=2|102=1", "cancel_rejected/filled other 1"),  # unknown, it says, and knows that it is filled
        ("37=V7|39=8|102=1", "cancel_rejected/rejected other 1"),
        ("37=NONE|39=4|102=1", "cancel_rejected/cancelled other 1"),
    ],
)
def test_a_refused_cancel(fields: str, receipt: str) -> None:
    desk = Desk()
    desk.submit()
    desk.cancel()
    status, _, rest = fields.partition("|39=")
    line = f"35=9|{status}|11={CANCEL_ID}|41={ID}|39={rest.split('|')[0]}|434=1"
    extra = "|".join(rest.split("|")[1:])
    assert desk.hear(f"{line}|{extra}") == [f"{ID} {receipt}"]


def test_a_cancel_refused_by_a_report_is_no_reject_of_the_order() -> None:
    """A live order taken for rejected would be naked."""
    desk = Desk()
    desk.submit()
    desk.cancel()
    by_memory = f"35=8|37=V7|11={CANCEL_ID}|17=9|150=8|39=8|103=99|151=3|14=2|{TAIL}"
    by_tag = f"35=8|37=V7|11=1000000005|41={ID}|17=9|150=8|39=8|103=99|151=3|14=2|{TAIL}"
    unknown = f"35=8|37=NONE|11={CANCEL_ID}|41={ID}|17=9|150=8|39=8|103=5|151=0|14=0|{TAIL}"
    assert desk.hear(by_memory) == [f"{ID} cancel_rejected/unknown 2/3 other 99"]
    assert desk.hear(by_tag) == [f"{ID} cancel_rejected/unknown 2/3 other 99"]
    assert desk.hear(unknown) == [f"{ID} unknown_order/unknown other 5"]


@pytest.mark.parametrize(
    ("line", "receipts"),
    [
        ("35=j|45=2|372=D|380=4", [f"{ID} rejected/rejected busy_or_disconnected 4"]),
        ("35=j|45=2|372=D|380=6", [f"{ID} rejected/rejected unknown_symbol_or_permission 6"]),
        ("35=j|45=2|372=D|380=0|58=E0062 message rate exceeded", [f"{ID} rejected/rejected throttled E0062"]),
        (f"35=j|372=D|379={ID}|380=2", [f"{ID} rejected/rejected unknown_symbol_or_permission 2"]),
        ("35=j|45=3|372=F|380=1", [f"{ID} cancel_rejected/unknown other 1"]),
        (f"35=j|372=F|379={CANCEL_ID}|380=4", [f"{ID} cancel_rejected/unknown busy_or_disconnected 4"]),
        (f"35=j|372=F|379={ID}|380=4", [f"{ID} cancel_rejected/unknown busy_or_disconnected 4"]),
        ("35=j|372=F|379=999|380=4", []),
        ("35=j|45=4|372=H|380=3", []),  # the order is as unknown as before
        ("35=j|45=1|372=A|380=0", []),
        ("35=j|45=2|372=F|380=0", []),  # number and type do not fit together
        ("35=j|45=900|372=D|380=0", []),
        ("35=3|45=2|372=D|373=5|371=44", [f"{ID} rejected/rejected unknown_symbol_or_permission 5"]),
        ("35=3|45=2", [f"{ID} rejected/rejected unknown_symbol_or_permission"]),
        ("35=3|45=2|372=D|373=10", [f"{ID} rejected/rejected busy_or_disconnected 10"]),
        ("35=3|45=3|372=F|373=1", [f"{ID} cancel_rejected/unknown unknown_symbol_or_permission 1"]),
        ("35=3|45=4|372=H|373=1", []),
        ("35=3|45=1|372=A|373=1", []),
        ("35=3|45=4098|372=D|373=1", []),  # another number in the same slot
    ],
)
def test_a_refused_message_finds_its_order(line: str, receipts: list[str]) -> None:
    desk = Desk()
    desk.submit()
    desk.cancel()
    desk.query()
    assert desk.hear(line) == receipts
    assert any(event.startswith("message_refused: ") for event in desk.clock.records.events())


def test_a_number_of_before_a_reset_names_nothing() -> None:
    desk = Desk(reset_on_logon=True)
    desk.submit()
    desk.clock.begin()
    desk.orders.lost("cut")
    desk.venue.seq = 0
    desk.clock.begin()
    desk.orders.opened()
    desk.venue.sent()
    desk.venue.say("35=A|98=0|108=30|141=Y")
    assert desk.hear("35=3|45=2|372=D|373=5") == []
    desk.submit(order(client_order_id=ID + 7))
    assert desk.hear("35=3|45=2|372=D|373=99") == [f"{ID + 7} rejected/rejected unknown_symbol_or_permission 99"]


# -- the line: duplicates, gaps, resends, what cannot be read ----------------------------------------------------------

FILL = f"{REPORT}|17=8|150=F|39=1|32=2|31=5200.2|151=3|14=2|{TAIL}"


def test_a_gap_holds_reports_back_until_they_are_in_order() -> None:
    desk = Desk()
    desk.submit()
    desk.venue.say(f"{REPORT}|17=9|150=F|39=2|32=3|31=5200.2|151=0|14=5|{TAIL}", 4)
    assert desk.receipts() == []
    assert desk.venue.sent() == ["35=2|34=3|7=2|16=3"]
    desk.venue.say(f"35=8|43=Y|37=V7|11={ID}|17=7|150=0|39=0|151=5|14=0|{TAIL}", 2)
    desk.venue.say(FILL.replace("35=8|", "35=8|43=Y|"), 3)
    assert desk.receipts() == [
        f"{ID} acknowledged/new 0/5 again",
        f"{ID} partial_fill/partly_filled 2@26001 2/3 again",
        f"{ID} fill/filled 3@26001 5/0",
    ]


def test_what_was_seen_before_is_not_delivered_again() -> None:
    desk = Desk()
    desk.submit()
    assert len(desk.hear(FILL)) == 1
    desk.venue.say(FILL.replace("35=8|", "35=8|43=Y|"), 2)
    assert desk.receipts() == []


def test_possible_resend_is_marked() -> None:
    desk = Desk()
    desk.submit()
    assert desk.hear(FILL.replace("35=8|", "35=8|97=Y|")) == [f"{ID} partial_fill/partly_filled 2@26001 2/3 again"]


def test_old_orders_are_never_sent_again() -> None:
    desk = Desk()
    desk.submit()
    desk.venue.say("35=2|7=1|16=0")
    assert [line.split("|60=")[0] for line in desk.venue.sent()] == ["35=4|34=1|43=Y|122=" + TIME + "|123=Y|36=3"]


@pytest.mark.parametrize(
    ("fields", "receipt", "tags"),
    [
        ("39=1|32=2|31=5200.3|151=3|14=2", "partial_fill/partly_filled 2@0 2/3", ["31"]),  # off the step of 0.2
        ("39=1|32=2|31=5200.25|151=3|14=2", "partial_fill/partly_filled 2@0 2/3", ["31"]),
        ("39=1|32=2.5|31=5200.2|151=3|14=2", "partial_fill/partly_filled 0@26001 2/3", ["32"]),
        ("39=1|32=-2|31=5200.2|151=3|14=2", "partial_fill/partly_filled 0@26001 2/3", ["32"]),
        ("39=1|32=2|31=5200.2|151=3|14=2.5", "partial_fill/partly_filled 2@26001 -1/3", ["14"]),
        ("39=1|32=2|31=5200.2|151=99999999999999999999|14=2", "partial_fill/partly_filled 2@26001 2/-1", ["151"]),
        ("39=1|32=2.00|31=05200.2|151=3.0|14=2.", "partial_fill/partly_filled 2@26001 2/3", []),
    ],
)
def test_a_field_that_cannot_be_read_does_not_hide_a_fill(fields: str, receipt: str, tags: list[str]) -> None:
    desk = Desk()
    desk.submit()
    before = int(desk.orders.link.fault_count())
    assert desk.hear(f"{REPORT}|17=8|150=F|{fields}|{TAIL}") == [f"{ID} {receipt}"]
    events = [event for event in desk.clock.records.events() if event.startswith("bad_field")]
    assert [event.split("tag ")[1].split(":")[0] for event in events] == tags
    assert desk.orders.link.fault_count() - before == len(tags)


def test_a_bust_without_a_total_is_not_counted_as_a_fill() -> None:
    desk = Desk()
    desk.submit()
    heard = desk.hear(f"{REPORT}|17=8|150=H|39=0|32=2|31=5200.2|151=5|14=0.5|{TAIL}")
    assert heard == [f"{ID} trade_cancel/new 0@26001 -1/5"]


def test_a_price_of_an_instrument_that_nobody_knows() -> None:
    heard = Desk().hear(f"35=8|37=V7|11=5|17=8|150=F|39=2|32=2|31=1.5|151=0|14=2|55=XX|54=1|6=0|60={TIME}")
    assert heard == ["5 fill/filled 2@0 2/0"]


def test_an_unexpected_message_is_counted() -> None:
    desk = Desk()
    assert desk.hear("35=Y|262=1") == []
    assert desk.clock.records.events()[-1] == "unexpected_message: message Y number 2"


def test_what_a_venue_tells_people_takes_no_room_from_its_faults() -> None:
    desk = Desk()
    for number in range(FAULT_RECORDS_MAX + 1):
        desk.hear(f"35=h|336=S{number}|340=2")
    said = [event for event in desk.clock.records.events() if event.startswith("trading_session")]
    assert len(said) == FAULT_RECORDS_MAX
    desk.hear(f"{REPORT}|17=E1|150=F|39=1|32=x|31=5200.2|14=2|151=3|{TAIL}")
    assert "tag 32" in desk.clock.records.events()[-1]


def test_the_status_of_a_trading_session_is_for_people_and_no_fault() -> None:
    desk = Desk()
    assert desk.hear("35=h|336=DAY|340=1|58=volatility") == []
    assert desk.hear("35=h|336=DAY|340=9") == []
    assert desk.clock.records.events()[-2:] == [
        "trading_session: DAY: halted, volatility",
        "trading_session: DAY: status 9",
    ]
    assert desk.orders.link.fault_count() == 0


# -- against the simulated exchange ------------------------------------------------------------------------------------


def every_fault() -> list[FaultRule]:
    """Every reject that has a code, late and dropped answers, and rivals who are faster, each by chance."""
    rules = [FaultRule(FAULT_REJECT, b"A1", ANY_INSTRUMENT) for _ in REFUSALS]
    for rule, reason in zip(rules, REFUSALS, strict=True):
        rule.reason = reason
    rules += [FaultRule(kind, b"A1", ANY_INSTRUMENT) for kind in (FAULT_LATE, FAULT_PARTIAL, FAULT_DROP)]
    for rule in rules:
        rule.times = NO_BOUND
        rule.chance_ppm = 20_000
        rule.delay_ns = 250_000_000 if rule.kind == FAULT_LATE else 0
    return rules


REFUSALS = (
    REASON_BUSY,
    REASON_THROTTLED,
    REASON_PRICE_LIMITS,
    REASON_INSUFFICIENT,
    REASON_HALTED,
    REASON_QUOTA,
    REASON_OFFSET,
    REASON_LIMIT_LOCKED,
    REASON_PERMISSION,
    REASON_QUANTITY_MAX,
)


class Trader:
    """Trades at random over a gateway and keeps its books from receipts alone."""

    def __init__(self, clock: Clock, comp_id: bytes, account: str, first_id: int) -> None:
        self.clock = clock
        settings = session_settings(comp_id)
        self.gateway = FixOrders(0, settings, clock.step, instruments(), "CCFX", account, 1, 1)
        self.chance = random.Random(first_id)
        self.next_id = first_id
        self.commands: dict[int, OrderCommand] = {}
        self.filled: dict[int, int] = {}
        self.by_execution: dict[tuple[int, bytes], int] = {}
        self.ended: dict[int, str] = {}
        self.kinds: set[str] = set()
        self.classes: set[str] = set()

    def act(self) -> None:
        self.clock.begin()
        force = self.chance.choice([DAY, IMMEDIATE_OR_CANCEL, FILL_OR_KILL])
        offset = self.chance.choice([OFFSET_OPEN, OFFSET_CLOSE])
        price = 26_000 + self.chance.randint(-3, 3)
        side = self.chance.choice([BUY, SELL])
        instrument = self.chance.choice([0, 2])
        command = OrderCommand(self.next_id, instrument, side, LIMIT, force, price, self.chance.randint(1, 9), offset)
        self.commands[self.next_id] = command
        self.next_id += 1
        self.gateway.submit(command)
        if self.chance.random() < 0.4:
            self.cancel(self.chance.choice(list(self.commands)))

    def cancel(self, client_order_id: int) -> None:
        self.gateway.cancel(self.commands[client_order_id], self.next_id)
        self.next_id += 1

    def settle(self) -> int:
        """Cancel and ask about whatever is not known to have ended; how many there were."""
        open_ids = [name for name in self.commands if name not in self.ended]
        self.clock.begin()
        for name in open_ids if self.gateway.is_up() else []:
            self.cancel(name)
            self.gateway.query(self.commands[name])
        return len(open_ids)

    def read(self) -> None:
        for receipt in self.gateway.take_receipts():
            name, kind = int(receipt.client_order_id), RECEIPT_NAMES[receipt.kind]
            assert name in self.commands, "a receipt names the original order"
            self.kinds.add(kind)
            self.classes.add(REJECT_CLASS_NAMES[receipt.reject_class])
            self.filled[name] = max(self.filled.get(name, 0), int(receipt.cumulative_lots))
            if receipt.last_lots:
                self.by_execution[name, receipt.execution_id] = int(receipt.last_lots)
                assert abs(int(receipt.last_ticks) - 26_000) <= 3
            if kind in ("fill", "cancelled", "expired", "rejected"):
                self.ended[name] = kind
            if kind == "unknown_order" and name not in self.ended:
                self.ended[name] = kind
            if kind == "status" and STATUS_NAMES[receipt.status] in ("filled", "cancelled", "rejected", "expired"):
                self.ended[name] = STATUS_NAMES[receipt.status]

    def position(self, instrument: int) -> int:
        return sum(
            lots * int(self.commands[name].side)
            for name, lots in self.filled.items()
            if self.commands[name].instrument_index == instrument
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_books_from_receipts_equal_the_exchanges_ledger_under_every_fault(seed: int) -> None:
    clock = Clock()
    settings = exchange_settings(instruments())
    settings.rules = every_fault()
    settings.seed = seed
    wire = Wire(clock, settings)
    ours, theirs = Trader(clock, b"ENGINE", "A1", seed * 1_000_000_000 + 1), Trader(clock, b"OTHER", "A2", seed * 10)
    wire.connect(1, ours.gateway)
    wire.connect(2, theirs.gateway)
    for _ in range(500):
        for trader in (ours, theirs):
            if trader.gateway.is_up():
                trader.act()
        if ours.chance.random() < 0.01:
            wire.cut(1)  # with an order under way that nobody will ever see
            wire.connect(1, ours.gateway)
        wire.advance(3)
        for trader in (ours, theirs):
            trader.read()
    for _ in range(20):
        if ours.settle() + theirs.settle() == 0:
            break
        wire.advance(600)
        ours.read()
        theirs.read()
    assert ours.settle() + theirs.settle() == 0
    assert wire.losses > 0
    for trader, account in ((ours, b"A1"), (theirs, b"A2")):
        for at, instrument in enumerate((0, 2)):
            ledger = wire.exchange.ledger.position_lots(wire.exchange.participant(account), at)
            assert trader.position(instrument) == ledger
        by_order: dict[int, int] = {}
        for (name, _), lots in trader.by_execution.items():
            by_order[name] = by_order.get(name, 0) + lots
        # Every fill came as a report of its own, whatever was lost under way.
        assert by_order == {name: lots for name, lots in trader.filled.items() if lots > 0}
    assert {"acknowledged", "partial_fill", "fill", "cancelled", "expired", "rejected", "cancel_rejected"} <= ours.kinds
    assert {"status", "unknown_order"} <= ours.kinds
    assert set(REJECT_CLASS_NAMES) - {"duplicate_id"} <= ours.classes | {"other"}


def test_a_replace_goes_under_its_own_id_and_what_follows_goes_by_the_newest() -> None:
    desk = Desk()
    desk.submit()
    desk.hear(f"{REPORT}|17=1|150=0|39=0|151=5|14=0|{TAIL}")
    desk.clock.begin()
    desk.orders.replace(order(), CANCEL_ID, 26_005, 7)
    assert desk.venue.sent() == [
        f"35=G|34=3|41={ID}|37=V7|11={CANCEL_ID}|1=A1|21=1|55=IF2101|207=CCFX|54=1|60={TIME}|38=7|40=2|44=5201.0|59=0|77=O"
    ]
    # The venue knows the order by the new id now; receipts go on to name the first one.
    replaced = desk.hear(f"35=8|37=V7|11={CANCEL_ID}|41={ID}|17=2|150=5|39=0|151=7|14=0|{TAIL}")
    assert replaced == [f"{ID} status/new 0/7"]
    assert f"|41={CANCEL_ID}|" in desk.cancel(CANCEL_ID + 1)[0]
    assert f"|11={CANCEL_ID}|" in desk.query()[0]
    filled = desk.hear(f"35=8|37=V7|11={CANCEL_ID}|17=3|150=F|39=2|32=7|31=5200.2|151=0|14=7|{TAIL}")
    assert filled == [f"{ID} fill/filled 7@26001 7/0"]


def test_a_refused_replace_leaves_the_order_under_its_old_id() -> None:
    desk = Desk()
    desk.submit()
    desk.clock.begin()
    desk.orders.replace(order(), CANCEL_ID, 26_005, 7)
    desk.venue.sent()
    refused = desk.hear(f"35=9|37=V7|11={CANCEL_ID}|41={ID}|39=0|434=2|102=2|58=E0061 busy")
    assert refused == [f"{ID} cancel_rejected/new busy_or_disconnected E0061"]
    assert f"|41={ID}|" in desk.cancel(CANCEL_ID + 1)[0]
    desk.clock.begin()
    desk.orders.replace(order(), CANCEL_ID + 2, 26_005, 7)
    desk.venue.sent()
    # Refused as a message: found by its number, and it is the request that is refused, not the order.
    assert desk.hear("35=3|45=5|373=5|372=G") == [f"{ID} cancel_rejected/unknown unknown_symbol_or_permission 5"]


def test_mass_requests_name_all_orders_and_the_report_is_no_receipt() -> None:
    desk = Desk()
    desk.clock.begin()
    desk.orders.cancel_all(CANCEL_ID)
    desk.orders.query_all(CANCEL_ID + 1)
    assert desk.venue.sent() == [f"35=q|34=2|11={CANCEL_ID}|530=7|60={TIME}", f"35=AF|34=3|584={CANCEL_ID + 1}|585=7"]
    assert desk.hear(f"35=r|11={CANCEL_ID}|37=NONE|530=7|531=7|533=2") == []
    assert desk.orders.mass_cancel_response == ord("7")


def test_capabilities_are_what_the_version_has_messages_for() -> None:
    able = Desk().orders.capabilities()
    assert able.names() == [
        *(
            "ioc",
            "fok",
            "market",
            "order_list",
            "replace",
            "in_flight_mitigation",
            "mass_cancel",
            "status",
            "mass_status",
        ),
    ]


def test_a_list_is_one_message_whose_entries_are_answered_one_by_one() -> None:
    desk = Desk()
    desk.clock.begin()
    desk.orders.submit_list([order(), order(side=SELL, client_order_id=CANCEL_ID)], 77)
    entry = f"1=A1|21=1|55=IF2101|207=CCFX|54=%s|60={TIME}|38=5|40=2|44=5200.2|59=0|77=O"
    assert desk.venue.sent() == [
        f"35=E|34=2|66=77|394=3|68=2|73=2|11={ID}|67=1|{entry % 1}|11={CANCEL_ID}|67=2|{entry % 2}"
    ]
    sold = TAIL.replace("54=1", "54=2")
    assert desk.hear(f"35=8|37=V8|11={CANCEL_ID}|17=1|150=0|39=0|151=5|14=0|{sold}") == [
        f"{CANCEL_ID} acknowledged/new 0/5"
    ]
