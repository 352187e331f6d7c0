"""Small markets for scripted histories: one instrument each, one spread over them, configured in code.

Markets are named by letters, in the order of the legs: market A lists A1 at prices of whole units and takes orders of
the account "a". Every setting may be overridden by its path, as in `{"spread.pair.deadline_ms": 500}`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from cross_market_connect.config.fields import BASE_CURRENCY
from cross_market_connect.config.layers import Table, apply_overrides
from cross_market_connect.config.models import FixDropCopy, FixOrders, FixSession, Settings
from cross_market_connect.config.settings import checked
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.calendar_rows import CalendarRow, SessionRow, VenueRow
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.table_reader import TableReader
from cross_market_connect.reference.tables import Reference
from cross_market_connect.simulation.market import (
    DEFINITION_CHANNEL,
    INCREMENTAL_CHANNEL,
    SECURITY_ID_BASE,
    SNAPSHOT_CHANNEL,
    account_of,
)
from cross_market_connect.venues.simulated.lines import line_faults
from cross_market_connect.venues.simulated.mdp3_publisher import MdpChannelSettings
from cross_market_connect.venues.simulated.mdp3_replay import MdpReplayServer
from cross_market_connect.venues.simulated.settings import (
    ROLE_DROP_COPY,
    ROLE_MARKET_DATA,
    ROLE_ORDER_ENTRY,
    ClientSession,
    ExchangeSettings,
)
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.sbe.reader import read_schema

DAY: Final = datetime.date(2021, 1, 4)
FIRST_DAY: Final = datetime.date(2021, 1, 1)
LAST_DAY: Final = datetime.date(2021, 12, 31)
ALL_DAY: Final = (("00:00", "24:00"),)
COMP_ID: Final = "ENGINE"
COPY_PORTS: Final = 500
SOURCE_NOTE: Final = "made up"
# The virtual world has its own groups and ports; the configuration names two lines of each channel.
MULTICAST: Final[Table] = {
    "kind": "mdp3",
    "interface": "127.0.0.1",
    "incremental": [{"group": "239.192.0.1", "port": 1}, {"group": "239.192.0.2", "port": 1}],
    "snapshot": [{"group": "239.192.0.3", "port": 1}, {"group": "239.192.0.4", "port": 1}],
    "definitions": [{"group": "239.192.0.5", "port": 1}, {"group": "239.192.0.6", "port": 1}],
}
REPLAY: Final[Table] = {
    "host": "127.0.0.1",
    "channel": INCREMENTAL_CHANNEL,
    "username": COMP_ID,
    "secret_env": "XMC_REPLAY",
}
REPLAY_PASSWORD: Final = "made up as well"


def mic_of(letter: str) -> str:
    """MIC of a market; ISO 10383 leaves codes that begin with X and a digit to nobody."""
    return f"X00{letter}"


def symbol_of(letter: str) -> str:
    """The one instrument of a market."""
    return f"{mic_of(letter)}.{letter}1"


class Market:
    """One market.

    Attributes:
        letter: its name; currency: of its instrument, the base currency by default.
        hours: intervals of continuous trading, local time.
        limits: the day's lowest and highest price; None for none.
        accounts: one order session each; legs trade through the first unless the spread's leg says otherwise.
        instrument: further fields of the instrument's row.
        trading_day_roll: local time from which on the next trading day runs.
        multicast: its quotes come by MDP 3.0 on two lines instead of a FIX session.
        replays: and what both lines lost is sent again to who asks.
        copied: each order session's account has a drop copy.
    """

    def __init__(
        self,
        letter: str,
        *,
        currency: str = BASE_CURRENCY,
        hours: Sequence[tuple[str, str]] = ALL_DAY,
        limits: tuple[int, int] | None = None,
        accounts: Sequence[str] = (),
        orders_per_second_max: int = 0,
        tells_expired_as_cancelled: bool = False,
        instrument: Mapping[str, Any] | None = None,
        trading_day_roll: str = "24:00",
        multicast: bool = False,
        replays: bool = False,
        copied: bool = False,
    ) -> None:
        self.letter = letter
        self.currency = currency
        self.hours = hours
        self.limits = limits
        self.accounts = tuple(accounts) or (letter.lower(),)
        self.orders_per_second_max = orders_per_second_max
        self.tells_expired_as_cancelled = tells_expired_as_cancelled
        self.instrument = dict(instrument or {})
        self.trading_day_roll = trading_day_roll
        self.multicast = multicast
        self.replays = replays
        self.copied = copied

    def route(self, account: str) -> str:
        """Name of the order source of an account."""
        return f"{account}_orders"


def reference_of(markets: Sequence[Market]) -> Reference:
    """The tables that know these markets and no other."""
    faults: list[str] = []

    def reader(row: Mapping[str, Any]) -> TableReader:
        return TableReader("scenario", {**row, "source": SOURCE_NOTE}, faults)

    since = {"effective_from": FIRST_DAY}
    venues = [VenueRow(reader({**venue_fields(market), **since})) for market in markets]
    sessions = [
        SessionRow(
            reader({"name": market.letter, "phases": [["continuous", *hours] for hours in market.hours], **since})
        )
        for market in markets
    ]
    instruments = [InstrumentRow(reader({**instrument_fields(market), **since})) for market in markets]
    foreign = sorted({market.currency for market in markets} - {BASE_CURRENCY})
    if foreign:
        venues.append(VenueRow(reader({**venue_fields(markets[0]), "mic": "X0FX", **since})))
        sessions.append(SessionRow(reader({"name": "FX", "phases": [["continuous", "00:00", "24:00"]], **since})))
        instruments += [InstrumentRow(reader({**rate_fields(currency), **since})) for currency in foreign]
    days = {"venues": [row.key for row in venues], "first_day": FIRST_DAY, "last_day": LAST_DAY, "closed": []}
    result = Reference(venues, sessions, instruments, [CalendarRow(reader(days))], "0" * 64)
    if faults:
        raise InputError(faults)
    return result


def venue_fields(market: Market) -> dict[str, Any]:
    name = f"market {market.letter}"
    return {
        "mic": mic_of(market.letter),
        "name": name,
        "name_zh": name,
        "utc_offset_s": 28_800,
        "trading_day_roll": market.trading_day_roll,
    }


def instrument_fields(market: Market) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "symbol": symbol_of(market.letter),
        "venue": mic_of(market.letter),
        "venue_symbol": f"{market.letter}1",
        "name": "one",
        "name_zh": "one",
        "currency": market.currency,
        "price_decimals": 0,
        "tick": 1,
        "multiplier": 1,
        "session": market.letter,
        "quantity_max_lots": 1_000,
        "margin_per_lot": 1_000,
    }
    if market.limits is not None:
        low, high = market.limits
        fields["price_limit"] = [{"day": DAY, "low": low, "high": high, "source": SOURCE_NOTE}]
    return {**fields, **market.instrument}


def rate_fields(currency: str) -> dict[str, Any]:
    return {
        "symbol": f"X0FX.{currency}{BASE_CURRENCY}",
        "venue": "X0FX",
        "venue_symbol": f"{currency}/{BASE_CURRENCY}",
        "name": currency,
        "name_zh": currency,
        "currency": BASE_CURRENCY,
        "price_decimals": 5,
        "tick": Decimal("0.00001"),
        "multiplier": 0,
        "session": "FX",
        "quantity_max_lots": 1,
        "margin_per_lot": 0,
        "tradable": False,
    }


def settings_of(
    markets: Sequence[Market], start: datetime.time, rates: Mapping[str, str], overrides: Mapping[str, object]
) -> Settings:
    """The engine's configuration. Raises InputError with every fault of the overrides."""
    raw: Table = {
        "engine": {"name": "scenario", "data_directory": "scenario"},
        "calendar": {"mode": "demo", "date": DAY, "start": start},
        "instruments": [
            *(symbol_of(market.letter) for market in markets),
            *(f"X0FX.{currency}{BASE_CURRENCY}" for currency in rates),
        ],
        "source": [source for market in markets for source in source_tables(market)],
        "spread": [spread_table(markets, rates)],
        "limit": [
            {
                "scope": "firm",
                "order_lots_max": 1_000,
                "order_value_max": 100_000_000,
                "position_lots_max": 1_000,
                "naked_value_max": 100_000_000,
                "margin_max": 100_000_000,
                "orders_per_second_max": 1_000,
            }
        ],
    }
    faults: list[str] = []
    apply_overrides(raw, overrides, faults)
    return checked(raw, None, reference_of(markets), None, faults)


def source_tables(market: Market) -> list[Table]:
    common: Table = {
        "venue": mic_of(market.letter),
        "host": "127.0.0.1",
        "target_comp_id": mic_of(market.letter),
        "heartbeat_s": 30,
        "reconnect_ms": 100,
        "reconnect_max_ms": 100,
    }
    tables: list[dict[str, Any]] = [
        {
            **common,
            "name": market.route(account),
            "kind": "fix_orders",
            "port": 1000 + number,
            "sender_comp_id": f"{COMP_ID}_{account}",
            "account": account,
            "acknowledge_timeout_ms": 250,
            "time_in_force": ["day", "ioc"],
        }
        for number, account in enumerate(market.accounts)
    ]
    copies = [copy_table(table) for table in tables] if market.copied else []
    quotes = f"{market.letter.lower()}_quotes"
    if market.multicast:
        replay = {"replay": {**REPLAY, "port": 3000}} if market.replays else {}
        return [*tables, {"name": quotes, "venue": common["venue"], **MULTICAST, **replay}, *copies]
    fix = {"kind": "fix_quotes", "port": 2000, "sender_comp_id": f"{COMP_ID}_QUOTES"}
    return [*tables, {**common, "name": quotes, **fix}, *copies]


def copy_table(orders: Mapping[str, Any]) -> Table:
    """The drop copy of an order source."""
    shared = ("venue", "host", "target_comp_id", "heartbeat_s", "reconnect_ms", "reconnect_max_ms")
    return {
        **{key: orders[key] for key in shared},
        "name": f"{orders['name']}_copy",
        "kind": "fix_drop_copy",
        "copies": [orders["name"]],
        "port": orders["port"] + COPY_PORTS,
        "sender_comp_id": f"{orders['sender_comp_id']}_COPY",
    }


def spread_table(markets: Sequence[Market], rates: Mapping[str, str]) -> Table:
    """Buy the first market and sell the others when that costs at most -5; a ladder that takes its time to give up."""
    return {
        "name": "pair",
        "version": "1",
        "deadline_ms": 3_000,
        "leg": [
            {
                "instrument": symbol_of(market.letter),
                "side": 1 if number == 0 else -1,
                "ratio": 1,
                "multiplier": 1,
                "route": market.route(market.accounts[0]),
                "payup_ticks": 0,
                "quote_age_ms_max": 5_000,
            }
            for number, market in enumerate(markets)
        ],
        "pricing_leg": [
            {
                "instrument": f"X0FX.{currency}{BASE_CURRENCY}",
                "converts": currency,
                "value": Decimal(rate),
                "quote_age_ms_max": 86_400_000,
            }
            for currency, rate in rates.items()
        ],
        "trigger": {
            "form": "difference",
            "buy_enter": -5,
            "buy_exit": 50_000,
            "sell_enter": 100_000,
            "sell_exit": -50_000,
            "cool_down_ms": 60_000,
            "triggers_max": 60,
            "skew_ms_max": 5_000,
            "minutes_to_close_min": 0,
        },
        "quantity": {"reference_lots": 4, "position_units_max": 4, "hedge_tolerance_percent": 5},
        "ladder": [
            {"step": "retry", "attempts": 2, "deadline_ms": 500},
            {"step": "chase", "attempts": 3, "payup_ticks": 2, "slippage_ticks_max": 6, "deadline_ms": 800},
            {"step": "unwind", "attempts": 12, "payup_ticks": 5, "slippage_ticks_max": 200, "deadline_ms": 1_200},
            {"step": "halt"},
        ],
    }


def exchange_settings(
    market: Market, reference: Reference, settings: Settings, calendar: CalendarClock, seed: int
) -> ExchangeSettings:
    """The simulated venue of one market: its sessions are the engine's, its hours are the host's to open and close."""
    mic = mic_of(market.letter)
    day = DAY.year * 10_000 + DAY.month * 100 + DAY.day
    instruments = [reference.instrument(symbol_of(market.letter), 0, day)]
    result = ExchangeSettings(mic, mic.encode(), instruments, calendar, seed)
    for source in settings.source:
        if source.venue != mic or not isinstance(source, FixSession):
            continue
        role = ROLE_DROP_COPY if isinstance(source, FixDropCopy) else ROLE_MARKET_DATA
        client = ClientSession(
            source.sender_comp_id.encode(),
            ROLE_ORDER_ENTRY if isinstance(source, FixOrders) else role,
            account_of(settings, source).encode(),
            b"",
            b"",
        )
        if isinstance(source, FixOrders):
            client.cancel_on_disconnect = source.cancel_on_disconnect
            client.orders_per_second_max = market.orders_per_second_max
        client.hours, client.numbers_begin_anew = source.session.schedule(), source.session.new_numbers
        result.clients.append(client)
    if market.multicast:
        schema = read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)
        channels = (INCREMENTAL_CHANNEL, SNAPSHOT_CHANNEL, DEFINITION_CHANNEL)
        result.mdp_channel = MdpChannelSettings(*channels, [SECURITY_ID_BASE], schema)
        result.lines = line_faults("none")
        if market.replays:
            passwords = {COMP_ID.encode(): REPLAY_PASSWORD.encode()}
            result.recovery = MdpReplayServer(schema, [INCREMENTAL_CHANNEL], passwords)
    result.tells_expired_as_cancelled = market.tells_expired_as_cancelled
    if market.hours != ALL_DAY:
        result.session_clocks = [reference.session_clock(symbol_of(market.letter), day)]
    return result
