"""`xmc bench fix`: our FIX 4.4 codec beside simplefix and, where installed, quickfix, in one process.

*parse* is one read with one ExecutionReport in it until its fields are known. Ours cuts the stream, checks BodyLength
and CheckSum, finds the fields and validates them against the dictionary (every tag, type and value, and what is
required); quickfix does the same; simplefix only finds the fields. *encode* is a NewOrderSingle from its values to its
bytes. All get the same messages; before anything is timed they must agree on every field, and on the orders' bytes.

A round gives each codec all messages in turn; a ratio is the median over rounds. Processor time of this process,
without the collector: what other programs take of the machine does not count; what they do to its caches does.
"""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from cross_market_connect.bench import fix_loops as loops
from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.wire.fix.encoder import BodyWriter, FrameEncoder
from cross_market_connect.wire.fix.message import Framer, parse_message
from cross_market_connect.wire.fix.messages import instrument_template
from cross_market_connect.wire.fix.validation import Validator
from cross_market_connect.wire.fix.versions import dictionary_of

MESSAGES: Final = 250
ROUNDS: Final = 41
PRICE_DECIMALS: Final = 1
BEGIN_UTC_NS: Final = 1_609_725_600_000_000_000  # 2021-01-04 02:00:00
BETWEEN_NS: Final = 37_000_000
NANOSECONDS_PER_SECOND: Final = 1_000_000_000
OURS, SIMPLEFIX, QUICKFIX = "xmc", "simplefix", "quickfix"

Field = tuple[int, str]
Work = Callable[[], object]


class Said(NamedTuple):
    """One message's fields in wire order, without BodyLength and CheckSum."""

    fields: list[Field]

    def frame(self) -> bytes:
        """Its bytes, made by hand."""
        body = "".join(f"{tag}={value}\x01" for tag, value in self.fields[1:]).encode()
        head = b"8=%s\x019=%d\x01" % (self.fields[0][1].encode(), len(body))
        return head + body + b"10=%03d\x01" % (sum(head + body) % 256)


def stamp(utc_ns: int) -> str:
    """UTCTimestamp with milliseconds."""
    at = datetime.fromtimestamp(utc_ns // NANOSECONDS_PER_SECOND, tz=UTC)
    return f"{at:%Y%m%d-%H:%M:%S}.{utc_ns // 1_000_000 % 1_000:03d}"


def orders(count: int) -> list[loops.Order]:
    """Orders that differ in every number."""
    return [
        loops.Order(
            b"%d" % (1_000_000_001 + at),
            52_000 + at % 40,
            PRICE_DECIMALS,
            1 + at % 20,
            2 + at,
            BEGIN_UTC_NS + at * BETWEEN_NS,
        )
        for at in range(count)
    ]


def head(kind: str, sender: str, target: str, order: loops.Order) -> list[Field]:
    """The standard header as far as it is sent."""
    sent = stamp(int(order.utc_ns))
    return [(8, "FIX.4.4"), (35, kind), (49, sender), (56, target), (34, str(order.seq_num)), (52, sent)]


def price(order: loops.Order) -> str:
    return f"{int(order.price_units) // 10}.{int(order.price_units) % 10}"


def order_said(order: loops.Order) -> Said:
    """A NewOrderSingle: a limit order to buy for the day."""
    identity = [(11, order.cl_ord_id.decode()), (1, "ACCOUNT-A"), (21, "1"), (55, "IF2101"), (207, "CCFX"), (54, "1")]
    terms = [(60, stamp(int(order.utc_ns))), (38, str(order.lots)), (40, "2"), (44, price(order)), (59, "0")]
    return Said([*head("D", "ENGINE", "VENUE", order), *identity, *terms])


def report_said(order: loops.Order) -> Said:
    """The ExecutionReport of a fill in part."""
    at = int(order.seq_num)
    lots = int(order.lots)
    identity = [(37, f"V{70_000 + at}"), (11, order.cl_ord_id.decode()), (17, f"E{90_000 + at}"), (150, "F"), (39, "1")]
    terms = [(1, "ACCOUNT-A"), (55, "IF2101"), (207, "CCFX"), (54, "1"), (38, str(lots + 1)), (40, "2")]
    fill = [(44, price(order)), (59, "0"), (32, str(lots)), (31, price(order)), (151, "1"), (14, str(lots))]
    sums = [(6, price(order)), (60, stamp(int(order.utc_ns)))]
    return Said([*head("8", "VENUE", "ENGINE", order), *identity, *terms, *fill, *sums])


class Codec(NamedTuple):
    """One library over the same messages.

    Attributes:
        parse, encode: all messages once; what is timed.
        fields_of: one message's fields, as it reads them.
        bytes_of: the order of that number, as it writes it.
    """

    parse: Work
    encode: Work
    fields_of: Callable[[bytes], list[Field]]
    bytes_of: Callable[[int], bytes]


def ours(reports: list[bytes], given: list[loops.Order]) -> Codec:
    dictionary = dictionary_of("FIX.4.4")
    framer, validator = Framer(), Validator(dictionary)
    encoder, writer = FrameEncoder(b"FIX.4.4", b"ENGINE", b"VENUE"), BodyWriter()
    instrument = instrument_template(b"ACCOUNT-A", b"IF2101", b"CCFX")

    def parse() -> None:
        valid = int(loops.parse(framer, dictionary, validator, reports))
        if valid != len(reports):
            raise InvariantError(f"bench fix: {valid} of {len(reports)} reports are valid")

    def fields_of(frame: bytes) -> list[Field]:
        message = parse_message(frame, dictionary)
        return [(int(message.tag_at(at)), message.value_at(at).decode()) for at in range(message.count)]

    return Codec(
        parse,
        lambda: loops.encode(encoder, writer, instrument, given),
        fields_of,
        lambda at: loops.encode(encoder, writer, instrument, [given[at]]),
    )


def simplefix_codec(reports: list[bytes], given: list[loops.Order]) -> Codec:
    try:
        library = importlib.import_module(SIMPLEFIX)
    except ImportError as error:
        raise InputError(
            ["bench fix: simplefix is not installed; expected it beside the package; `make setup` brings it"]
        ) from error
    parser = library.FixParser()
    times = [datetime.fromtimestamp(int(order.utc_ns) // 1_000_000 / 1_000, tz=UTC) for order in given]
    # What its user would have at hand: numbers as numbers, texts as bytes, the price as its text.
    values = [
        (at, order.cl_ord_id, int(order.lots), price(order), int(order.seq_num))
        for at, order in zip(times, given, strict=True)
    ]

    def message(data: bytes) -> Any:
        parser.append_buffer(data)
        return parser.get_message()

    def parse() -> None:
        for data in reports:
            if message(data) is None:
                raise InvariantError("bench fix: simplefix found no message")

    def order(number: int) -> bytes:
        at, cl_ord_id, lots, limit, seq_num = values[number]
        made = library.FixMessage()
        append, append_time = made.append_pair, made.append_utc_timestamp
        append(8, b"FIX.4.4")
        append(35, b"D")
        append(49, b"ENGINE")
        append(56, b"VENUE")
        append(34, seq_num)
        append_time(52, at)
        append(11, cl_ord_id)
        append(1, b"ACCOUNT-A")
        append(21, b"1")
        append(55, b"IF2101")
        append(207, b"CCFX")
        append(54, b"1")
        append_time(60, at)
        append(38, lots)
        append(40, b"2")
        append(44, limit)
        append(59, b"0")
        result: bytes = made.encode()
        return result

    return Codec(
        parse,
        lambda: [order(number) for number in range(len(values))],
        lambda data: [(int(tag), value.decode()) for tag, value in message(data).pairs],
        order,
    )


def quickfix_codec(reports: list[bytes], given: list[loops.Order]) -> Codec | None:
    """Where it is installed. Its fields are in an order of its own."""
    try:
        library = importlib.import_module(QUICKFIX)
    except ImportError:
        return None
    dictionary = library.DataDictionary(str(quickfix_dictionary(Path(str(library.__file__)))))
    message_of, text_field = library.Message, library.StringField
    reads = [data.decode() for data in reports]
    said = [order_said(order).fields for order in given]

    def parse() -> None:
        for text in reads:
            dictionary.validate(message_of(text, dictionary, True))

    def order(number: int) -> str:
        made = message_of()
        header = made.getHeader()
        for tag, value in said[number][:6]:
            header.setField(text_field(tag, value))
        for tag, value in said[number][6:]:
            made.setField(text_field(tag, value))
        result: str = made.toString()
        return result

    return Codec(
        parse,
        lambda: [order(number) for number in range(len(said))],
        lambda data: fields_in(message_of(data.decode(), dictionary, True).toString().encode()),
        lambda number: order(number).encode(),
    )


def quickfix_dictionary(library: Path) -> Path:
    """FIX44.xml as the package installs it: beside it (`pip install --target`), or under the prefix."""
    name = Path("share") / "quickfix" / "FIX44.xml"
    found = [base / name for base in (library.parent, *library.parents) if (base / name).is_file()]
    if not found:
        raise InputError([f"bench fix: quickfix has no {name} beside {library.parent}; expected what it installs"])
    return found[0]


def fields_in(frame: bytes) -> list[Field]:
    """The fields of a message without data fields, cut by hand."""
    pairs = [field.split("=", 1) for field in frame.decode().split("\x01")[:-1]]
    return [(int(tag), value) for tag, value in pairs]


def must_agree(name: str, codec: Codec, reports: Sequence[Said], sent: Sequence[Said]) -> None:
    """Raise InvariantError unless it reads and writes what was said; quickfix puts fields into its own order."""
    for said in reports:
        frame = said.frame()
        if sorted(codec.fields_of(frame)) != sorted(fields_in(frame)):
            raise InvariantError(f"bench fix: {name} reads other fields in {frame!r}")
    for number, said in enumerate(sent):
        made, expected = codec.bytes_of(number), said.frame()
        if name == QUICKFIX:
            made, expected = b"%r" % sorted(fields_in(made)[:-1]), b"%r" % sorted(fields_in(expected)[:-1])
        if made != expected:
            raise InvariantError(f"bench fix: {name} writes {made!r}; expected {expected!r}")


def timed_us(work: Work, count: int) -> float:
    """Microseconds of processor time per message."""
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / count / 1_000


def interleaved(works: dict[str, Work], count: int, rounds: int) -> dict[str, list[float]]:
    """Microseconds per message of every round; the codecs take turns. The first round warms up and is left out."""
    times: dict[str, list[float]] = {name: [] for name in works}
    gc.collect()
    gc.disable()
    for turn in range(rounds + 1):
        for name, work in works.items():
            elapsed = timed_us(work, count)
            if turn > 0:
                times[name].append(elapsed)
    gc.enable()
    return times


def run(messages: int = MESSAGES, rounds: int = ROUNDS) -> dict[str, Any]:
    """The whole benchmark."""
    given = orders(messages)
    reports, sent = [report_said(order) for order in given], [order_said(order) for order in given]
    reads = [said.frame() for said in reports]
    codecs = {OURS: ours(reads, given), SIMPLEFIX: simplefix_codec(reads, given)}
    other = quickfix_codec(reads, given)
    if other is not None:
        codecs[QUICKFIX] = other
    for name, codec in codecs.items():
        must_agree(name, codec, reports, sent)
    times = {
        "parse": interleaved({name: codec.parse for name, codec in codecs.items()}, messages, rounds),
        "encode": interleaved({name: codec.encode for name, codec in codecs.items()}, messages, rounds),
    }

    def ratios(name: str) -> dict[str, float]:
        return {
            work: round(median(theirs / own for theirs, own in zip(by[name], by[OURS], strict=True)), 2)
            for work, by in times.items()
        }

    answer: dict[str, Any] = {"ratio_to_simplefix": ratios(SIMPLEFIX)}
    if other is not None:
        answer["ratio_to_quickfix"] = ratios(QUICKFIX)
    answer["us"] = {work: {name: round(median(found), 3) for name, found in by.items()} for work, by in times.items()}
    answer["bytes"] = {"parse": len(reads[0]), "encode": len(sent[0].frame())}
    answer["fields"] = {"parse": len(reports[0].fields) + 2, "encode": len(sent[0].fields) + 2}
    return {**answer, "messages": messages, "rounds": rounds}
