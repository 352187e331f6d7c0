"""The demonstration's venues, described for processes on loopback and for the virtual world alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cross_market_connect.config.blueprint import trading_date
from cross_market_connect.config.models import FixDropCopy, FixOrders, FixSession, Line, Mdp3, OmdD, Replay, Settings
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.venues.simulated.lines import LINE_B

# Where each simulated venue's quotes come from.
QUOTES: Final = {
    "CCFX.IF2101": "recorded",
    "XHKF.HSIF1": "modelled",
    "XSGE.AU2106": "shanghai_gold",
    "XCEC.GCM1": "comex_gold",
}
LIVE_CHANNEL: Final = 31
REFRESH_CHANNEL: Final = 32
ORDERBOOK_ID_BASE: Final = 20_001
INCREMENTAL_CHANNEL: Final = 41
SNAPSHOT_CHANNEL: Final = 42
DEFINITION_CHANNEL: Final = 43
SECURITY_ID_BASE: Final = 41_001
# The product's code is the symbol without month and year of delivery.
DELIVERY_LETTERS: Final = 2
# Modelled quotes go on for so long after the end, in which an engine balances what it has.
QUOTES_AFTER_END_NS: Final = 60_000_000_000


def venues_of(settings: Settings) -> list[str]:
    """MICs of the venues that have sources, in the file's order."""
    return list(dict.fromkeys(source.venue for source in settings.source))


def sessions_of(settings: Settings, mic: str) -> list[FixSession]:
    """The FIX sources of one venue, in the file's order."""
    return [source for source in settings.source if source.venue == mic and isinstance(source, FixSession)]


def replays_of(settings: Settings, mic: str) -> list[Mdp3]:
    """The feeds of one venue that ask its TCP replay."""
    feeds = [source for source in settings.source if source.venue == mic and isinstance(source, Mdp3)]
    return [feed for feed in feeds if feed.replay is not None]


def profile_of(settings: Settings, mic: str, profile: str) -> str:
    """The fault profile of one venue.

    Scheduled refusals go by order number: at both venues they would refuse both legs of one spread order, which needs
    no repair, or both ways out of it; so the venue of each spread's last leg alone has the schedule.
    """
    if any(spread.leg[-1].instrument.startswith(mic + ".") for spread in settings.spread):
        return profile
    return {"light": "none", "heavy": "random"}.get(profile, profile)


def venue_fields(
    settings: Settings,
    mic: str,
    calendar: CalendarClock,
    profile: str,
    secrets: Mapping[str, str],
    script: str = "",
) -> dict[str, Any]:
    """The configuration of the simulated exchange that plays one venue.

    Args:
        calendar: the run's calendar, shared by all its processes.
        profile: fault profile of the run; script: what each venue does besides, as lines of venues/simulated/script.py.
        secrets: the password that each source uses, by its name.
    """
    sessions = sessions_of(settings, mic)
    instruments = [choice.symbol for choice in settings.instruments if choice.symbol.startswith(mic + ".")]
    feeds = [source for source in settings.source if source.venue == mic and isinstance(source, OmdD | Mdp3)]
    end_utc_ns = settings.calendar.end_utc_ns()
    return {
        "mic": mic,
        "comp_id": sessions[0].target_comp_id,
        "instruments": instruments,
        "day": trading_date(int(calendar.anchor_utc_ns)),
        "calendar": {
            "anchor_now_ns": int(calendar.anchor_now_ns),
            "anchor_utc_ns": int(calendar.anchor_utc_ns),
            "speed_milli": int(calendar.speed_milli),
            "skip_from_utc_ns": calendar.skip_from_utc_ns,
            "skip_until_utc_ns": calendar.skip_until_utc_ns,
        },
        "seed": settings.demo.seed,
        "listen": [session.port for session in sessions],
        "clients": [client_fields(settings, session, secrets) for session in sessions],
        "quotes": [QUOTES.get(symbol) for symbol in instruments],
        "quotes_until_utc_ns": None if end_utc_ns is None else end_utc_ns + _calendar_ns(calendar, QUOTES_AFTER_END_NS),
        "multicast": multicast_fields(feeds[0], instruments, secrets) if feeds else None,
        "faults": profile_of(settings, mic, profile),
        "script": script,
    }


def account_of(settings: Settings, session: FixSession) -> str:
    """Whose orders a session enters or copies; empty for quotes."""
    if isinstance(session, FixDropCopy):
        session = next(source for source in settings.order_sources() if source.name == session.copies[0])
    return session.account if isinstance(session, FixOrders) else ""


def client_fields(settings: Settings, session: FixSession, secrets: Mapping[str, str]) -> dict[str, Any]:
    role = "drop_copy" if isinstance(session, FixDropCopy) else "quotes"
    return {
        "comp_id": session.sender_comp_id,
        "role": "orders" if isinstance(session, FixOrders) else role,
        "account": account_of(settings, session),
        "username": session.username or "",
        "password": secrets.get(session.name, ""),
        "cancel_on_disconnect": session.cancel_on_disconnect if isinstance(session, FixOrders) else False,
    }


def multicast_fields(source: OmdD | Mdp3, instruments: Sequence[str], secrets: Mapping[str, str]) -> dict[str, Any]:
    count = len(instruments)
    if isinstance(source, OmdD):
        return {
            "channel": LIVE_CHANNEL,
            "refresh_channel": REFRESH_CHANNEL,
            "orderbook_ids": [ORDERBOOK_ID_BASE + index for index in range(count)],
            "groups": {
                str(LIVE_CHANNEL): [source.group, source.port],
                str(REFRESH_CHANNEL): [source.refresh_group, source.refresh_port],
            },
        }
    return {
        "protocol": "mdp3",
        "channel": INCREMENTAL_CHANNEL,
        "snapshot_channel": SNAPSHOT_CHANNEL,
        "definition_channel": DEFINITION_CHANNEL,
        "security_ids": [SECURITY_ID_BASE + index for index in range(count)],
        "group": instruments[0].partition(".")[2][:-DELIVERY_LETTERS],
        "groups": {
            **_groups(INCREMENTAL_CHANNEL, source.incremental),
            **_groups(SNAPSHOT_CHANNEL, source.snapshot),
            **_groups(DEFINITION_CHANNEL, source.definitions),
        },
        "recovery": None if source.replay is None else _replay_fields(source.replay, secrets.get(source.name, "")),
    }


def _replay_fields(replay: Replay, password: str) -> dict[str, Any]:
    return {"port": replay.port, "username": replay.username, "password": password}


def _groups(channel: int, lines: Sequence[Line]) -> dict[str, list[str | int]]:
    return {str(channel + number * int(LINE_B)): [line.group, line.port] for number, line in enumerate(lines)}


def _calendar_ns(calendar: CalendarClock, duration_ns: int) -> int:
    """How far the calendar gets in so much time."""
    return duration_ns * int(calendar.speed_milli) // 1_000
