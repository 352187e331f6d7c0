"""Makes the FIX gateways of a configuration's sources. Starts nothing."""

from __future__ import annotations

import ssl
from typing import Final

from cross_market_connect.config.models import FixDropCopy as FixDropCopySource
from cross_market_connect.config.models import FixOrders as FixOrdersSource
from cross_market_connect.config.models import FixQuotes as FixQuotesSource
from cross_market_connect.config.models import FixSession
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.certificates import client_context
from cross_market_connect.venues.fix_broker.dialect import Dialect, dialect_of
from cross_market_connect.venues.fix_broker.drop_copy import FixDropCopy
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.fix_broker.quotes import FixQuotes
from cross_market_connect.venues.hkex.ocg_c import OcgCDialect, client_settings
from cross_market_connect.wire.fix.session_days import SessionDays
from cross_market_connect.wire.fix.settings import ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of

# Stands in the log-on that the core encodes; the shell puts the secret in its place.
SECRET_PLACEHOLDER: Final = b"{secret}"
SENDING_TIME_TOLERANCE_S: Final = 120


def session_settings(source: FixSession, begin_string: bytes, demo: bool) -> SessionSettings:
    """The FIX session of a source. Quote sessions start with new sequence numbers at every log-on.

    A demonstration's calendar runs too fast for a tolerance of the sending time to mean anything.
    """
    return SessionSettings(
        begin_string,
        source.sender_comp_id.encode(),
        source.target_comp_id.encode(),
        ROLE_INITIATOR,
        source.heartbeat_s,
        reset_on_logon=isinstance(source, FixQuotesSource),
        username=(source.username or "").encode(),
        password_placeholder=b"" if source.secret_env is None else SECRET_PLACEHOLDER,
        sending_time_tolerance_s=time_tolerance_s(demo),
        next_expected=source.session.next_expected,
        resend_range_max=source.session.resend_range_max,
        resend_open_ended=source.session.resend_open_ended,
        time_offset_s=source.time_offset_s() if isinstance(source, FixQuotesSource) else 0,
        application_version=(source.application_version or "").encode() if isinstance(source, FixQuotesSource) else b"",
    )


def session_days(source: FixSession, calendar: CalendarClock) -> SessionDays | None:
    """The hours of a source's session; None around the clock."""
    schedule = source.session.schedule()
    if schedule is None:
        return None
    days = SessionDays(schedule, calendar)
    days.begins_anew = source.session.new_numbers and not isinstance(source, FixQuotesSource)
    days.closing_ns = source.session.cancel_lead_ms * NANOSECONDS_PER_MILLISECOND
    return days


def time_tolerance_s(demo: bool) -> int:
    """How far SendingTime may be off; 0 for a demonstration, whose calendar runs fast."""
    return 0 if demo else SENDING_TIME_TOLERANCE_S


def order_gateway(
    index: int,
    source: FixOrdersSource,
    step: Step,
    instruments: list[Instrument],
    numbers: tuple[int, int],
    demo: bool,
) -> FixOrders:
    """The gateway of a source that takes orders; the engine's and, alone, the conformance suite's."""
    if source.gateway == "ocg_c":
        settings = client_settings(
            source.sender_comp_id.encode(), source.target_comp_id.encode(), SECRET_PLACEHOLDER, time_tolerance_s(demo)
        )
        dialect: Dialect = OcgCDialect((source.bcan or "").encode())
    else:
        dialect = dialect_of(source.version, source.extra_fields, source.extra_members)
        settings = session_settings(source, dialect.dictionary.begin_string, demo)
    return FixOrders(index, settings, step, instruments, source.venue, source.account, *numbers, dialect)


def quote_gateway(
    index: int,
    source: FixQuotesSource,
    step: Step,
    instruments: list[Instrument],
    books: list[Book],
    demo: bool,
) -> FixQuotes:
    """The gateway of a source of quotes."""
    dictionary = dictionary_of(source.version, source.extra_fields, source.extra_members)
    settings = session_settings(source, dictionary.begin_string, demo)
    return FixQuotes(index, settings, step, instruments, books, source.venue, 1, 1, dictionary)


def drop_copy(
    index: int, source: FixDropCopySource, step: Step, orders: list[FixOrders], numbers: tuple[int, int], demo: bool
) -> FixDropCopy:
    """The drop copy of what these gateways were told."""
    settings = session_settings(source, orders[0].dialect.dictionary.begin_string, demo)
    return FixDropCopy(index, settings, step, orders, *numbers)


def tls_context(source: FixSession) -> ssl.SSLContext:
    """Whom a source with TLS trusts and what it shows, its files read now. Raises InputError naming each that fails."""
    return client_context(
        f"source {source.name}",
        str(source.ca_file or ""),
        str(source.certificate_file or ""),
        str(source.key_file or ""),
    )
