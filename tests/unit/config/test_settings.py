"""Loading: the shipped file, layers over it, secrets, and every fault of a broken file at once."""

import datetime
import json
from decimal import Decimal
from pathlib import Path

import pytest

from cross_market_connect.config.checks import relation_faults
from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.models import FixSession, Settings
from cross_market_connect.config.settings import from_canonical_json, load, secret
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.tables import load_reference

BROKEN_FILE = Path(__file__).parent / "broken.toml"
EXAMPLES = Path(__file__).parents[3] / "examples"
SECRETS = {"XMC_CCFX_SECRET": "correct horse", "XMC_XHKF_SECRET": "battery staple"}

LIMIT_CHAIN = "strategy if_hsi, instrument CCFX.IF2101, market CCFX, account china, firm"
SYMBOLS = ", ".join(load_reference().symbols(20210104))
EXPECTED_FAULTS = f"""\
XMC_MOOD__COLOUR: unknown setting; expected XMC_SECTION__KEY with one of engine, calendar, instruments, source, \
spread, limit, cost, person, demo, conformance, symbology
XMC_SOURCE__NOBODY__PORT: no entry 'nobody'; expected one of ccfx_orders, xhkf_orders, xhkf_orders, carrier
engine.name: Not A Name; expected a text that matches ^[a-z][a-z0-9_]{{0,39}}$
engine.log_segment_bytes: 12; expected greater than or equal to 8388608
engine.busy_poll: perhaps; expected a valid boolean
calendar.speed: 0; expected greater than or equal to 0.001
instruments[3] CCFX.IF9999.symbol: CCFX.IF9999; expected one of {SYMBOLS}
source[0] ccfx_orders.host: 10.1.2.3; expected a loopback address, or engine.allow_non_loopback = true
source[0] ccfx_orders.port: 70000; expected less than or equal to 65535
source[0] ccfx_orders.secret_env: XMC_UNSET_SECRET; expected this environment variable to hold the secret; \
it is not set
source[0] ccfx_orders.time_in_force[1] gtc: gtc; expected 'day', 'ioc' or 'fok'
source[0] ccfx_orders.password: unknown key; expected a documented one
source[0] ccfx_orders.heartbeat: unknown key; expected a documented one, perhaps heartbeat_s
source[1] xhkf_orders.venue: XXXX; expected one of CCFX, XHKF, XSGE, XCFE, XSHG, XHKG, XSHE, XINE, XDCE, XZCE, \
XCME, XCEC, XNYM, XNYS
source[1] xhkf_orders.target_comp_id: missing; expected a value
source[1] xhkf_orders.time_in_force: 0 entries; expected at least 1
source[2] xhkf_orders.interface: 0.0.0.0; expected a loopback address, or engine.allow_non_loopback = true
source[2] xhkf_orders.group: 10.0.0.1; expected an IPv4 multicast address (224.0.0.0 to 239.255.255.255)
source[2] xhkf_orders.port: 0; expected greater than or equal to 1
source[3] carrier.kind: expected one of fix_orders, fix_quotes, fix_drop_copy, omd_d, omd_c, mdp3
spread[0] if_hsi.leg[0] CCFX.IF2101.side: 2; expected 1 or -1
spread[0] if_hsi.leg[0] CCFX.IF2101.ratio: 0; expected greater than or equal to 1E-9
spread[0] if_hsi.leg[1] XHKF.HSIF1.route: nowhere; expected one of ccfx_orders, xhkf_orders
spread[0] if_hsi.leg[1] XHKF.HSIF1.quote_age_ms_max: 0; expected greater than or equal to 1
spread[0] if_hsi.quantity.hedge_tolerance_percent: missing; expected a value
limit[0] everything.naked_value_max: -1; expected greater than 0
colour: unknown key; expected a documented one
source[2] xhkf_orders: source xhkf_orders stands twice; expected it once, at source[1] xhkf_orders
instruments[4]: instrument CCFX.IF2101 stands twice; expected it once, at instruments[0]
calendar.skip: [['13:00:00', '11:30:00']]; expected pauses that ascend, do not overlap and begin after the start
calendar.end: 09:00:00; expected a time after the start 09:30:00
source[1] xhkf_orders.secret_env: missing; expected username and secret_env together
limit[0] everything.name: everything; expected none, since the scope is firm
limit[1] japan.name: japan; expected one of china, hong_kong, since the scope is account
limit[1] japan: limits nothing; expected at least one of order_lots_max, order_value_max, position_lots_max, \
naked_value_max, margin_max, orders_per_second_max, orders_per_second_reserve, orders_per_day_max, \
cancels_per_day_max, self_trades_per_day_max, opened_lots_per_day_max
spread[0] if_hsi.leg[0] CCFX.IF2101.instrument: no source quotes CCFX; \
expected one of it of the kinds fix_quotes, omd_d, omd_c, mdp3
spread[0] if_hsi.pricing_leg: nothing converts HKD to CNY; expected a pricing leg for it
spread[0] if_hsi.trigger.buy_enter: 2; expected less than sell_enter (-2), else one value triggers both ways at once
spread[0] if_hsi.trigger.buy_enter: 2; expected less than buy_exit (1), \
else a bought spread is left as soon as it is entered
spread[0] if_hsi.trigger.sell_exit: -1; expected less than sell_enter (-2), \
else a sold spread is left as soon as it is entered
spread[0] if_hsi.ladder: ends with retry; expected halt or carry at the end, where a person takes over
spread[0] if_hsi.ladder: chase, retry; expected once each, as: retry, chase, cross, alternative, unwind, carry, halt
spread[0] if_hsi.deadline_ms: 100; expected at least 1200, the sum of the ladder's deadlines
spread[0] if_hsi.ladder[0] chase.payup_ticks: 5; expected at most slippage_ticks_max (0)
spread[0] if_hsi.leg[0] CCFX.IF2101: no limit sets margin_max; expected it in a limit of one of {LIMIT_CHAIN}
spread[0] if_hsi.leg[0] CCFX.IF2101: no limit sets orders_per_second_max; \
expected it in a limit of one of {LIMIT_CHAIN}
spread[1] rates_only.leg: no leg can be traded; expected tradable instruments
spread[1] rates_only.leg[0] XCFE.HKDCNY.ratio: missing; expected a positive number on the first leg
spread[1] rates_only.leg[0] XCFE.HKDCNY.instrument: XCFE.HKDCNY only prices; expected it under pricing_leg
spread[1] rates_only.leg[0] XCFE.HKDCNY.route: ccfx_orders goes to CCFX; expected a source of XCFE
spread[1] rates_only.leg[1] XCFE.HKDCNY.instrument: XCFE.HKDCNY by its route is \
spread[1] rates_only.leg[0] XCFE.HKDCNY too; expected each leg once
spread[1] rates_only.leg[1] XCFE.HKDCNY.instrument: XCFE.HKDCNY only prices; expected it under pricing_leg
spread[1] rates_only.leg[1] XCFE.HKDCNY.route: ccfx_orders goes to CCFX; expected a source of XCFE
spread[1] rates_only.pricing_leg[0] XCFE.HKDCNY.instrument: XCFE.HKDCNY; expected the rate USDCNY
spread[1] rates_only.trigger.form: ratio; expected legs of both sides, or difference
"""


def load_demo(overrides: dict[str, object] | None = None, environment: dict[str, str] | None = None) -> Settings:
    return load(DEMO_FILE, overrides, environment=SECRETS | (environment or {}))


def faults_of(overrides: dict[str, object], environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_demo(overrides, environment)
    return caught.value.faults


def test_every_fault_of_a_broken_file_is_reported_at_once() -> None:
    environment = {"XMC_SOURCE__NOBODY__PORT": "1", "XMC_MOOD__COLOUR": "blue", "XMC_BUILD_DIR": "elsewhere"}
    with pytest.raises(InputError) as caught:
        load(BROKEN_FILE, environment=environment)
    assert caught.value.faults == EXPECTED_FAULTS.splitlines()


def test_a_fault_never_shows_what_may_be_a_secret() -> None:
    text = "\n".join(faults_of({"source.ccfx_orders.secret_env": "hunter2", "source.xhkf_orders.secret": "hunter2"}))
    assert "source[0] ccfx_orders.secret_env: expected a text that matches" in text
    assert "source[2] xhkf_orders.secret: unknown key" in text
    assert "hunter2" not in text


def test_the_example_is_the_shipped_demonstration() -> None:
    assert (EXAMPLES / "if_hsi.toml").read_bytes() == DEMO_FILE.read_bytes()


def test_the_environment_lies_over_the_file_and_the_caller_over_both() -> None:
    environment = {
        "XMC_CALENDAR__SPEED": "5",
        "XMC_ENGINE__BUSY_POLL": "true",
        "XMC_SOURCE__CCFX_ORDERS__PORT": "20001",
        "XMC_SOURCE__3__PORT": "20004",
        "XMC_SPREAD__IF_HSI__LEG__XHKF_HSIF1__PAYUP_TICKS": "7",
    }
    settings = load_demo({"source.ccfx_orders.port": 30001}, environment)
    assert settings.calendar.speed_milli == 5_000
    assert settings.engine.busy_poll
    assert [source.port for source in settings.source] == [30001, 19002, 19003, 20004]
    assert [leg.payup_ticks for leg in settings.spread[0].leg] == [2, 7]


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        ({"source.ccfx_orders.host": "192.168.0.9"}, "source[0] ccfx_orders.host: 192.168.0.9; expected a loopback"),
        ({"spread.if_hsi.leg.0.instrument": "XSGE.AU2106"}, "expected one of CCFX.IF2101, XHKF.HSIF1, XCFE.HKDCNY"),
        ({"spread.if_hsi.leg.0.route": "xhkf_orders"}, "route: xhkf_orders goes to XHKF; expected a source of CCFX"),
        ({"spread.if_hsi.leg.0.multiplier": float("nan")}, "multiplier: nan; expected a finite number"),
        ({"spread.if_hsi.pricing_leg": []}, "nothing converts HKD to CNY"),
        ({"spread.if_hsi.trigger.sell_enter": -2}, "else one value triggers both ways at once"),
        ({"spread.if_hsi.trigger.price": "mid"}, "trigger.price: mid; expected 'executable'"),
        ({"spread.if_hsi.ladder": [{"step": "retry"}]}, "ends with retry; expected halt"),
        ({"limit": [{"scope": "firm", "order_lots_max": 1}]}, "no limit sets margin_max"),
        ({"calendar.mode": "real"}, "calendar.date: 2021-01-04; expected none, since the mode is real"),
        ({"calendar.date": "2021-01-18"}, "instruments[0] CCFX.IF2101.symbol: CCFX.IF2101; expected one of XHKF"),
        ({"calendar.date": "someday"}, "calendar.date: someday; expected a valid date"),
        ({"engine.data_directory": 5}, "engine.data_directory: 5; expected"),
        ({"engine.name.first": "x"}, "engine.name.first: 'name' has no keys"),
        ({"reference_sha256": "0" * 64}, "reference_sha256: unknown key"),
        (
            {"source.xhkf_quotes.clock": {"way_min_us": 9, "way_max_us": 5}},
            "source[3] xhkf_quotes.clock.way_max_us: 5; expected at least way_min_us (9)",
        ),
        ({"source.xhkf_quotes.clock": {"way_min_us": 9}}, "clock.way_max_us: missing; expected a value"),
        (
            {"source.xhkf_quotes.retransmission": {"host": "127.0.0.1", "port": 1, "channel": 1, "username": "x" * 13}},
            "retransmission.username: xxxxxxxxxxxxx; expected a text that matches",
        ),
        (
            {"source.xhkf_quotes.retransmission": {"host": "192.0.2.1", "port": 1, "username": "x", "range_max": 0}},
            "retransmission.host: 192.0.2.1; expected a loopback address",
        ),
        ({"source.xhkf_quotes.replay": {}}, "source[3] xhkf_quotes.replay: no key of this table"),
        ({"source.ccfx_orders.ca_file": "ca.pem"}, "ccfx_orders.ca_file: ca.pem; expected none, since tls is not true"),
        (
            {"source.ccfx_orders.tls": True, "source.ccfx_orders.key_file": "desk.key"},
            "ccfx_orders.certificate_file: missing; expected certificate_file and key_file together",
        ),
        ({"source.ccfx_orders.tls_verify": False}, "source[0] ccfx_orders.tls_verify: unknown key"),
        ({"source.ccfx_orders.gateway": "ocg_c"}, "encryption_key_file: missing; expected it, since gateway is ocg_c"),
        ({"source.ccfx_orders.gateway": "ocg_c"}, "username: demo; expected none, since gateway is ocg_c"),
        ({"source.ccfx_orders.gateway": "ocg_c"}, "reconnect_ms: 200; expected at least 10000"),
        ({"source.ccfx_orders.bcan": "ABC123.2"}, "bcan: ABC123.2; expected none, since gateway is not ocg_c"),
        ({"source.ccfx_orders.bcan": "ABC123.02"}, "bcan: ABC123.02; expected a text that matches"),
        (
            {"source.ccfx_orders.session": {"start": "08:00"}},
            "orders.session.end: missing; expected start and end together",
        ),
        (
            {"source.ccfx_orders.session": {"end": "08:00"}},
            "orders.session.start: missing; expected end and start together",
        ),
        (
            {"source.ccfx_orders.session": {"start": "08:00", "end": "16:00", "end_weekday": "friday"}},
            "session.start_weekday: missing; expected end_weekday and start_weekday together",
        ),
        (
            {
                "source.ccfx_orders.session": {
                    "start": "08:00",
                    "end": "16:00",
                    "weekdays": ["monday"],
                    "start_weekday": "monday",
                    "end_weekday": "friday",
                }
            },
            "session.weekdays: ['monday']; expected none, since start_weekday makes it one session a week",
        ),
        (
            {"source.ccfx_orders.session": {"new_numbers": False}},
            "session.new_numbers: False; expected none, since there are no hours (start and end)",
        ),
        (
            {"source.ccfx_orders.session": {"start": "08:00", "end": "08:01", "cancel_lead_ms": 60_000}},
            "session.cancel_lead_ms: 60000; expected less than the session lasts (60000)",
        ),
        (
            {"source.ccfx_orders.session": {"start": "08:00", "end": "16:00", "utc_offset_minutes": 900}},
            "session.utc_offset_minutes: 900; expected",
        ),
        (
            {"source.ccfx_orders.session": {"start": "08:00", "end": "16:00", "weekdays": ["mon"]}},
            "session.weekdays[0] mon: mon; expected",
        ),
        (
            {"source.ccfx_orders.session": {"resend_range_max": 100, "resend_open_ended": True}},
            "session.resend_open_ended: True; expected false, since resend_range_max (100)",
        ),
        (
            {"source.ccfx_orders.session": {"next_expected": True}, "source.ccfx_orders.version": "FIX.4.2"},
            "ccfx_orders.session.next_expected: True; expected none, since a Logon of FIX.4.2 has no field 789",
        ),
        (
            {
                "source.ccfx_orders.username": "U1",
                "source.ccfx_orders.secret_env": "XMC_ONE",
                "source.ccfx_orders.version": "FIX.4.2",
            },
            "ccfx_orders.username: U1; expected none, since a Logon of FIX.4.2 has no field 553, or rows for it",
        ),
        ({"source.ccfx_orders.tls": "yes"}, "ccfx_orders.tls: yes; expected a valid boolean"),
        ({"source.ccfx_quotes.account": "A1"}, "ccfx_quotes.account: no key of this table; expected none"),
        (
            {"source.ccfx_orders.extra_fields": "5001 Own NONSENSE"},
            "source[0] ccfx_orders: expected extra_fields and extra_members that fit FIX.4.4: ",
        ),
        (
            {"source.ccfx_quotes.session": {"next_expected": True}},
            "session.next_expected: True; expected none, since quotes begin anew at every log-on",
        ),
        (
            {"source.ccfx_orders.session": {"next_expected": True}, "source.ccfx_orders.gateway": "ocg_c"},
            "session.next_expected: True; expected none, since gateway is ocg_c, which decides it",
        ),
        (
            {"source.ccfx_orders.version": "STEP.1.2"},
            "ccfx_orders.version: STEP.1.2; expected a version of FIX, since STEP is here for fix_quotes alone",
        ),
        (
            {"source.ccfx_quotes.time_offset_minutes": 0},
            "ccfx_quotes.time_offset_minutes: 0; expected none, since version is not STEP.1.2",
        ),
        (
            {"source.ccfx_quotes.application_version": "STEP1.20_SZ_1.00"},
            "ccfx_quotes.application_version: STEP1.20_SZ_1.00; expected none, since version is not STEP.1.2",
        ),
        (
            {"source.ccfx_quotes.version": "STEP.1.2", "source.ccfx_quotes.time_offset_minutes": 841},
            "ccfx_quotes.time_offset_minutes: 841; expected less than or equal to 840",
        ),
        (
            {"source.ccfx_quotes.version": "STEP.1.2", "source.ccfx_quotes.session": {"resend_range_max": 100}},
            "ccfx_quotes.session.resend_range_max: 100; expected none, since STEP never asks for anything again",
        ),
        (
            {"source.ccfx_quotes.version": "STEP.1.2", "source.ccfx_quotes.session": {"next_expected": True}},
            "session.next_expected: True; expected none, since quotes begin anew at every log-on",
        ),
        ({"source.ccfx_orders.time_offset_minutes": 0}, "ccfx_orders.time_offset_minutes: no key of this table"),
        ({"source": "none"}, "source: none; expected a valid list"),
    ],
)
def test_one_fault_is_named_with_place_value_and_expectation(overrides: dict[str, object], fault: str) -> None:
    assert any(fault in found for found in faults_of(overrides)), faults_of(overrides)


def test_orders_over_step_are_one_fault() -> None:
    assert len(faults_of({"source.ccfx_orders.version": "STEP.1.2"})) == 1


def test_a_gateway_of_step_may_want_a_password_alone() -> None:
    raw = read_toml(DEMO_FILE)
    quotes = next(entry for entry in raw["source"] if entry["name"] == "ccfx_quotes")
    del quotes["username"]
    assert any("ccfx_quotes.username: missing" in fault for fault in relation_faults(raw, {}))
    quotes["version"] = "STEP.1.2"
    assert not any("username" in fault for fault in relation_faults(raw, {}))
    quotes["username"] = "demo"
    del quotes["secret_env"]
    assert any("ccfx_quotes.secret_env: missing" in fault for fault in relation_faults(raw, {}))


def test_other_addresses_need_a_switch() -> None:
    settings = load_demo({"source.ccfx_orders.host": "192.168.0.9", "engine.allow_non_loopback": True})
    assert settings.source[0].name == "ccfx_orders"


def test_a_missing_secret_is_a_fault_and_its_value_never_part_of_the_settings() -> None:
    with pytest.raises(InputError, match="XMC_XHKF_SECRET; expected this environment variable to hold the secret"):
        load(DEMO_FILE, environment={"XMC_CCFX_SECRET": "correct horse"})
    settings = load_demo()
    assert "correct horse" not in settings.canonical_json() + repr(settings)
    source = settings.source[0]
    assert isinstance(source, FixSession)
    assert secret(source, SECRETS) == "correct horse"
    with pytest.raises(InputError, match="XMC_CCFX_SECRET is not set"):
        secret(source, {})


def test_the_canonical_text_is_stable_and_comes_back() -> None:
    settings = load_demo()
    text = settings.canonical_json()
    assert text == load_demo().canonical_json()
    assert list(json.loads(text)) == sorted(json.loads(text))
    again = from_canonical_json(text)
    assert again == settings
    assert again.sha256() == settings.sha256()
    assert load_demo({"spread.if_hsi.leg.1.payup_ticks": 3}).sha256() != settings.sha256()
    assert settings.reference_sha256 == load_reference().sha256


def test_settings_of_other_reference_tables_are_refused() -> None:
    raw = json.loads(load_demo().canonical_json()) | {"reference_sha256": "0" * 64}
    with pytest.raises(InputError, match="reference_sha256: 0000"):
        from_canonical_json(json.dumps(raw))


def test_real_mode_looks_instruments_up_on_the_day_of_the_start(tmp_path: Path) -> None:
    text = DEMO_FILE.read_text(encoding="utf-8")
    start, end = text.index("[calendar]"), text.index("# --- Sources")
    path = tmp_path / "real.toml"
    path.write_text(text[:start] + '[calendar]\nmode = "real"\n\n' + text[end:], encoding="utf-8")
    settings = load(path, environment=SECRETS, today=datetime.date(2021, 1, 15))
    clock = settings.calendar.clock(1_000, 5_000_000)
    assert clock.utc_ns(1_250) == 5_000_250
    with pytest.raises(InputError, match="CCFX.IF2101; expected one of XHKF.HSIF1"):
        load(path, environment=SECRETS, today=datetime.date(2021, 1, 18))


def test_a_file_that_cannot_be_read_or_parsed_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.toml.*expected a readable TOML file"):
        load(tmp_path / "missing.toml", environment={})
    bad = tmp_path / "bad.toml"
    bad.write_text("[engine\n")
    with pytest.raises(InputError, match=r"bad\.toml.*expected a readable TOML file"):
        load(bad, environment={})


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("spread.if_hsi.trigger.hysteresis", Decimal(-1), "expected greater than or equal to 0"),
        ("spread.if_hsi.trigger.minimum_units", 50, "expected at most position_units_max"),
        ("source.ccfx_orders.port", True, "expected a valid integer"),
        ("source.ccfx_orders.account", "A\x0154=2", "expected a text that matches"),
        ("calendar.date", 0, "expected a date or time, not a number"),
        ("source.ccfx_orders.throttle", [{"messages_max": 5, "window_ms": 1_000, "reserve": 5}], "expected less than"),
    ],
)
def test_what_would_be_another_thing_in_the_core_is_refused(key: str, value: object, fault: str) -> None:
    """Found by an attack: each of these was taken, and meant something else or nothing at all."""
    assert any(key.rpartition(".")[2] in text or "reserve" in text for text in faults_of({key: value}))
    assert any(fault in text for text in faults_of({key: value}))
