"""Which protocol a simulated exchange's sessions speak: their dialect, their settings, and how quotes are told."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.venues.fix_broker.dialect import Dialect, dialect_of
from cross_market_connect.venues.hkex.ocg_c import OcgCDialect, gateway_settings
from cross_market_connect.venues.simulated.fix_quotes import FixQuotes
from cross_market_connect.venues.simulated.settings import (
    GATEWAY_OCG_C,
    ROLE_MARKET_DATA,
    ClientSession,
    ExchangeSettings,
)
from cross_market_connect.venues.simulated.step_quotes import StepQuotes
from cross_market_connect.wire.fix import step12
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, SessionSettings

SENDING_TIME_TOLERANCE_S: Final[i64] = 120
# China's time, which Shenzhen's market data gateway states.
STEP_TIME_OFFSET_S: Final[i64] = 28_800


def dialect_for(settings: ExchangeSettings) -> Dialect:
    """The exchange's dialect. Raises InputError as `dialect_of` does."""
    if settings.gateway == GATEWAY_OCG_C:
        return OcgCDialect(b"")
    return dialect_of(settings.version, settings.extra_fields, settings.extra_members)


def begins_wrongly(settings: ExchangeSettings, session: FixSession, seq_num: i64) -> bool:
    """Whether a session is given up without an answer for the number of its first message: OCG-C's days begin at 1."""
    is_first = session.next_in == 1 and session.next_out == 1
    return is_first and seq_num > 1 and settings.gateway == GATEWAY_OCG_C


def session_settings(settings: ExchangeSettings, client: ClientSession, dictionary: Dictionary) -> SessionSettings:
    """The exchange's end of one client's session. Raises InputError for what is no setting of one."""
    calendar = settings.calendar
    # An accelerated or skipping calendar runs through minutes while a message is under way.
    is_plain = calendar.speed_milli == 1000 and not calendar.skip_from_utc_ns
    tolerance_s = SENDING_TIME_TOLERANCE_S if is_plain else 0
    if settings.gateway == GATEWAY_OCG_C:
        return gateway_settings(settings.comp_id, client.comp_id, settings.password_check, tolerance_s)
    credentials: dict[bytes, bytes] | None = {client.username: client.password} if client.username else None
    return SessionSettings(
        dictionary.begin_string,
        settings.comp_id,
        client.comp_id,
        ROLE_ACCEPTOR,
        credentials=credentials,
        sending_time_tolerance_s=tolerance_s,
        resend_application_messages=client.role != ROLE_MARKET_DATA,
        time_offset_s=STEP_TIME_OFFSET_S if dictionary.version == step12.VERSION else 0,
    )


def quotes_for(settings: ExchangeSettings, matching: MatchingExchange, dialect: Dialect) -> FixQuotes:
    """What market data sessions hear."""
    mic = settings.mic.encode()
    if dialect.dictionary.version == step12.VERSION:
        offset_ns = STEP_TIME_OFFSET_S * NANOSECONDS_PER_SECOND
        return StepQuotes(matching, mic, settings.session_clocks, offset_ns)
    return FixQuotes(matching, mic)
