"""What a simulated exchange is built from: plain objects, filled by the process from JSON or by the virtual world."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.reference.sessions import SessionClock
from cross_market_connect.venues.simulated.faults import FaultRule
from cross_market_connect.venues.simulated.lines import LineFaults
from cross_market_connect.venues.simulated.market_maker import QuoteSchedule
from cross_market_connect.venues.simulated.mdp3_publisher import MdpChannelSettings
from cross_market_connect.venues.simulated.omd_channels import ChannelSettings
from cross_market_connect.venues.simulated.recovery import RecoveryServer
from cross_market_connect.wire.fix import step12
from cross_market_connect.wire.fix.schedule import SessionSchedule
from cross_market_connect.wire.fix.session_status import PasswordCheck

ROLE_ORDER_ENTRY: Final[i64] = 1
ROLE_MARKET_DATA: Final[i64] = 2
ROLE_DROP_COPY: Final[i64] = 3
SESSIONS_MAX: Final[i64] = 64
GATEWAY_FIX: Final = "fix"
GATEWAY_OCG_C: Final = "ocg_c"


@final
class ClientSession:
    """One FIX session that the exchange accepts: one comp id, one role.

    Attributes:
        comp_id: the client's SenderCompID (49).
        account: whose orders it enters, or is told of as a drop copy; b"" for market data.
        username, password: expected in the Logon (553, 554); an empty username asks for neither.
        cancel_on_disconnect: its open orders, and those on their way to the market, end when its connection is lost.
        hours: when it may log on; None around the clock. numbers_begin_anew: with each session day.
        orders_per_second_max: orders above this many within one second are refused as throttled; 0 for no bound.
    """

    def __init__(self, comp_id: bytes, role: i64, account: bytes, username: bytes, password: bytes) -> None:
        self.comp_id: bytes = comp_id
        self.role: i64 = role
        self.account: bytes = account
        self.username: bytes = username
        self.password: bytes = password
        self.cancel_on_disconnect: bool = False
        self.hours: SessionSchedule | None = None
        self.numbers_begin_anew: bool = True
        self.orders_per_second_max: i64 = 0


@final
class ExchangeSettings:
    """One exchange.

    Attributes:
        mic: its operating MIC; comp_id: its own CompID.
        instruments: what it lists; positions in this list are the indexes used in every other field.
        calendar: calendar time from monotonic time, for everything scheduled by calendar.
        clients: the sessions it accepts. Each distinct account becomes a participant with self-trade prevention.
        session_clocks: trading phases by instrument; empty means always open. There are no auctions: outside
            continuous trading no order is taken, and cancels are where the phase takes them.
        schedules: the market maker's quotes by instrument, None for an instrument without maker; empty for no maker.
        channel: multicast publication by OMD-D; None for none. mdp_channel: the same by MDP 3.0.
        lines: what befalls datagrams on each of two lines; None for one line on which nothing does.
        recovery: keeps what is published, before any loss, for who asks again; None where there is no such service.
        latency_in_ns, latency_out_ns: one-way delay towards and from the exchange.
        latency_jitter_ns: largest addition to either, drawn from the seed.
        tells_expired_as_cancelled: what an immediate order leaves, or a day order at its day's end, is reported as
            cancelled, as many venues do it, instead of expired.
        version, extra_fields, extra_members: the FIX version that it speaks, and rows of its own. STEP.1.2 has no
            orders.
        gateway: GATEWAY_FIX, or GATEWAY_OCG_C, which decides version and rows.
        password_check: what becomes of a Logon's encrypted password; None takes every one. Of GATEWAY_OCG_C alone.
        rules, seed: what goes wrong.
    """

    def __init__(
        self, mic: str, comp_id: bytes, instruments: list[Instrument], calendar: CalendarClock, seed: int
    ) -> None:
        self.mic: str = mic
        self.comp_id: bytes = comp_id
        self.instruments: list[Instrument] = instruments
        self.calendar: CalendarClock = calendar
        self.seed: int = seed
        self.clients: list[ClientSession] = []
        self.session_clocks: list[SessionClock] = []
        self.schedules: list[QuoteSchedule | None] = []
        self.channel: ChannelSettings | None = None
        self.mdp_channel: MdpChannelSettings | None = None
        self.lines: LineFaults | None = None
        self.recovery: RecoveryServer | None = None
        self.latency_in_ns: i64 = 0
        self.latency_out_ns: i64 = 0
        self.latency_jitter_ns: i64 = 0
        self.tells_expired_as_cancelled: bool = False
        self.version: str = "FIX.4.4"
        self.extra_fields: str = ""
        self.extra_members: str = ""
        self.gateway: str = GATEWAY_FIX
        self.password_check: PasswordCheck | None = None
        self.rules: list[FaultRule] = []

    def check(self) -> None:
        """Raise InputError naming everything that does not fit together."""
        faults: list[str] = []
        count = len(self.instruments)
        if self.session_clocks and len(self.session_clocks) != count:
            faults.append(f"session_clocks: {len(self.session_clocks)}; expected one per instrument or none")
        if self.schedules and len(self.schedules) != count:
            faults.append(f"schedules: {len(self.schedules)}; expected one per instrument or none")
        channel = self.channel
        if channel is not None and len(channel.orderbook_ids) != count:
            faults.append(f"orderbook_ids: {len(channel.orderbook_ids)}; expected one per instrument")
        mdp_channel = self.mdp_channel
        if mdp_channel is not None and len(mdp_channel.security_ids) != count:
            faults.append(f"security_ids: {len(mdp_channel.security_ids)}; expected one per instrument")
        if channel is not None and mdp_channel is not None:
            faults.append("channel: of OMD-D and of MDP 3.0; expected one of them")
        if self.gateway != GATEWAY_FIX and self.gateway != GATEWAY_OCG_C:
            faults.append(f"gateway: {self.gateway}; expected {GATEWAY_FIX} or {GATEWAY_OCG_C}")
        faults += self._step_faults()
        if i64(len(self.clients)) > SESSIONS_MAX:
            faults.append(f"clients: {len(self.clients)}; expected at most {SESSIONS_MAX}")
        known: dict[bytes, bool] = {}
        entered = [client.account for client in self.clients if client.role == ROLE_ORDER_ENTRY]
        for client in self.clients:
            if not client.comp_id or client.comp_id in known:
                faults.append(f"clients: comp id {client.comp_id!r}; expected one session per comp id")
            known[client.comp_id] = True
            if (client.role != ROLE_MARKET_DATA) != (client.account != b""):
                faults.append(f"client {client.comp_id!r}: all but market data needs an account, market data has none")
            if client.role == ROLE_DROP_COPY and client.account not in entered:
                faults.append(f"client {client.comp_id!r}: no session enters orders of the account that it copies")
        if self.latency_in_ns < 0 or self.latency_out_ns < 0 or self.latency_jitter_ns < 0:
            faults.append("latency: negative; expected 0 or more")
        if faults:
            raise InputError(faults)

    def _step_faults(self) -> list[str]:
        """STEP has no orders here, and counts in shares."""
        if self.version != step12.VERSION:
            return []
        faults = [
            f"clients: {client.comp_id!r} enters orders; expected market data alone, since version is {self.version}"
            for client in self.clients
            if client.role == ROLE_ORDER_ENTRY
        ]
        for instrument in self.instruments:
            if instrument.units_per_lot() == 0:
                faults.append(f"instruments: a lot of {instrument.symbol} is no whole number of shares; expected one")
        return faults
