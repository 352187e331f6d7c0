"""The demonstration's two venues, described for processes on loopback and for the virtual world alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cross_market_connect.bootstrap import trading_date
from cross_market_connect.config.models import FixOrders, FixSession, OmdD, Settings
from cross_market_connect.domain.clock import CalendarClock

# Where each simulated venue's quotes come from.
QUOTES: Final = {"CCFX.IF2101": "recorded", "XHKF.HSIF1": "modelled"}
LIVE_CHANNEL: Final = 31
REFRESH_CHANNEL: Final = 32
ORDERBOOK_ID_BASE: Final = 20_001


def venues_of(settings: Settings) -> list[str]:
    """MICs of the venues that have sources, in the file's order."""
    return list(dict.fromkeys(source.venue for source in settings.source))


def sessions_of(settings: Settings, mic: str) -> list[FixSession]:
    """The FIX sources of one venue, in the file's order."""
    return [source for source in settings.source if source.venue == mic and isinstance(source, FixSession)]


def profile_of(settings: Settings, mic: str, profile: str) -> str:
    """The fault profile of one venue.

    Scheduled refusals go by order number: at both venues they would refuse both legs of one spread order, which needs
    no repair, or both ways out of it; so the last venue alone has the schedule.
    """
    if mic == venues_of(settings)[-1]:
        return profile
    return {"light": "none", "heavy": "random"}.get(profile, profile)


def venue_fields(
    settings: Settings, mic: str, calendar: CalendarClock, profile: str, secrets: Mapping[str, str]
) -> dict[str, Any]:
    """The configuration of the simulated exchange that plays one venue.

    Args:
        calendar: the run's calendar, shared by all its processes.
        profile: fault profile of the run.
        secrets: the password that each source uses, by its name.
    """
    sessions = sessions_of(settings, mic)
    instruments = [choice.symbol for choice in settings.instruments if choice.symbol.startswith(mic + ".")]
    multicast = next((source for source in settings.source if source.venue == mic and isinstance(source, OmdD)), None)
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
        "clients": [client_fields(session, secrets) for session in sessions],
        "quotes": [QUOTES.get(symbol) for symbol in instruments],
        "multicast": None if multicast is None else multicast_fields(multicast, len(instruments)),
        "faults": profile_of(settings, mic, profile),
    }


def client_fields(session: FixSession, secrets: Mapping[str, str]) -> dict[str, Any]:
    orders = isinstance(session, FixOrders)
    return {
        "comp_id": session.sender_comp_id,
        "role": "orders" if orders else "quotes",
        "account": session.account if isinstance(session, FixOrders) else "",
        "username": session.username or "",
        "password": secrets.get(session.name, ""),
        "cancel_on_disconnect": session.cancel_on_disconnect if isinstance(session, FixOrders) else False,
    }


def multicast_fields(source: OmdD, instruments: int) -> dict[str, Any]:
    return {
        "channel": LIVE_CHANNEL,
        "refresh_channel": REFRESH_CHANNEL,
        "orderbook_ids": [ORDERBOOK_ID_BASE + index for index in range(instruments)],
        "groups": {
            str(LIVE_CHANNEL): [source.group, source.port],
            str(REFRESH_CHANNEL): [source.refresh_group, source.refresh_port],
        },
    }
