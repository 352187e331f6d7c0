"""What differs between versions in messages about quotes: chosen once per session.

                        FIX, every version                     STEP 1.2 (Shenzhen's gateway)
    who begins          quotes are asked for (V)               pushed after the log-on, of every instrument
    instrument          Symbol (55)                            SecurityID (48), else Symbol
    level               MDEntryPositionNo (290)                MDPriceLevel (1023), else MDEntryPositionNo
    no level            size 0                                 price 0 or size 0
    quantity            in lots                                in shares
    whether it trades   not said                               TradingPhaseCode (8538)
    when it happened    MDEntryTime (273), else SendingTime    OrigTime (42)

Sources: FIX 4.4 Volume 3; docs/protocols/step.md.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.wire.fix import step12
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.message import INVALID, FixMessage

TAG_ORIG_TIME: Final[i64] = 42
TAG_SOURCE: Final[i64] = 22
TAG_SECURITY_ID: Final[i64] = 48
TAG_SYMBOL: Final[i64] = 55
TAG_POSITION: Final[i64] = 290
TAG_PRICE_LEVEL: Final[i64] = 1023
TAG_STREAM: Final[i64] = 1500
TAG_PHASE: Final[i64] = 8538

# TradingPhaseCode (8538): its first character in continuous trading, its second for a whole day's suspension.
PHASE_CONTINUOUS: Final[i64] = 84  # T
SUSPENDED: Final[i64] = 49  # 1
# MDStreamID (1500) of trading at the close's price, at the volume-weighted price, of indices, and of volumes alone:
# each says something beside the books, under the same codes.
STREAMS_BESIDE: Final = (b"060", b"061", b"900", b"910")
# SecurityIDSource (22) of Shenzhen's own codes: under the same digits Shanghai and Hong Kong have others.
OWN_SOURCES: Final = (b"", b"102")
# Session and security status, news, channel heartbeats and statistics, retransmission, ticks of orders and executions.
UNUSED_TYPES: Final = (b"h", b"f", b"B", b"UA001", b"UA002", b"UA004", b"UA201", b"UA202")


class QuoteDialect:
    """FIX, of every version.

    Attributes:
        asks: quotes are asked for; otherwise they come by themselves after the log-on, of instruments nobody wants too.
        level_tag: the field that tells an entry's level, beside MDEntryPositionNo (290).
        has_zero_levels: a price of 0 says that there is no such level.
    """

    def __init__(self) -> None:
        self.asks: bool = True
        self.level_tag: i64 = TAG_POSITION
        self.has_zero_levels: bool = False

    def symbol(self, message: FixMessage) -> bytes:
        """The instrument that a snapshot is of."""
        return message.get(TAG_SYMBOL)

    def units_per_lot(self, instrument: Instrument) -> i64:
        """How many of what MDEntrySize (271) counts are in a lot; 0 when that cannot be told."""
        return 1

    def is_used(self, message: FixMessage) -> bool:
        """Whether a message says something about books or our request."""
        return True

    def is_trading(self, message: FixMessage) -> bool:
        """Whether the instrument of a snapshot is in continuous trading, as far as the snapshot says."""
        return True

    def event_utc_ns(self, message: FixMessage) -> i64:
        """When what a snapshot shows happened; INVALID where it says so of single entries, or not at all."""
        return INVALID


@final
class StepQuoteDialect(QuoteDialect):
    """STEP 1.2 as Shenzhen's market data gateway sends it."""

    def __init__(self) -> None:
        super().__init__()
        self.asks = False
        self.level_tag = TAG_PRICE_LEVEL
        self.has_zero_levels = True

    def symbol(self, message: FixMessage) -> bytes:
        return message.get(TAG_SECURITY_ID) or message.get(TAG_SYMBOL)

    def units_per_lot(self, instrument: Instrument) -> i64:
        return instrument.units_per_lot()

    def is_used(self, message: FixMessage) -> bool:
        if message.msg_type in UNUSED_TYPES:
            return False
        return message.get(TAG_STREAM) not in STREAMS_BESIDE and message.get(TAG_SOURCE) in OWN_SOURCES

    def is_trading(self, message: FixMessage) -> bool:
        """What nobody has said anything about is taken as open: the engine's own calendar gates the hours."""
        at = message.index_of(TAG_PHASE)
        if at < 0:
            return True
        phase = message.value_at(at)
        return i64(phase[0]) == PHASE_CONTINUOUS and (len(phase) == 1 or i64(phase[1]) != SUSPENDED)

    def event_utc_ns(self, message: FixMessage) -> i64:
        return message.get_timestamp(TAG_ORIG_TIME)


def quote_dialect_of(dictionary: Dictionary) -> QuoteDialect:
    """The dialect of a session's version."""
    return StepQuoteDialect() if dictionary.version == step12.VERSION else QuoteDialect()
