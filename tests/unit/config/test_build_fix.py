"""Sessions of sources: what a configuration says of STEP arrives at both the session and its messages."""

from cross_market_connect.config.build_fix import SECRET_PLACEHOLDER, session_settings
from cross_market_connect.config.models import FixQuotes
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.wire.fix.support import START_UTC_NS, fields_of

BEGIN_STRING = b"FIXT.1.1"
HOURS_8_NS = 28_800_000_000_000
SOURCE: dict[str, object] = {
    "kind": "fix_quotes",
    "name": "szse",
    "venue": "XSHE",
    "host": "127.0.0.1",
    "port": 1,
    "sender_comp_id": "DESK",
    "target_comp_id": "MDGW",
    "secret_env": "XMC_SZSE_SECRET",
    "version": "STEP.1.2",
    "application_version": "STEP1.20_SZ_1.00",
}


def test_the_log_on_of_a_source_in_step() -> None:
    """As the exchange's own users send it: password without a user, 1408, local time."""
    settings = session_settings(FixQuotes.model_validate(SOURCE), BEGIN_STRING, False)
    session = FixSession(settings, dictionary_of("STEP.1.2"))
    session.connection_opened(0)
    session.log_on(0, START_UTC_NS)
    sent = fields_of(session.data_to_send())
    assert sent[0] == ("8", "FIXT.1.1")
    assert sent[2:-1] == [
        ("35", "A"),
        ("49", "DESK"),
        ("56", "MDGW"),
        ("34", "1"),
        ("52", "20241125-09:30:00.000"),
        ("98", "0"),
        ("108", "30"),
        ("141", "Y"),
        ("789", "1"),
        ("554", SECRET_PLACEHOLDER.decode()),
        ("1137", "9"),
        ("1408", "STEP1.20_SZ_1.00"),
    ]


def test_times_of_fix_are_utc() -> None:
    fix = {key: value for key, value in SOURCE.items() if key not in ("version", "application_version")}
    offsets = [
        int(session_settings(FixQuotes.model_validate(keys), BEGIN_STRING, False).time_offset_ns)
        for keys in (SOURCE, SOURCE | {"time_offset_minutes": 0}, fix)
    ]
    assert offsets == [HOURS_8_NS, 0, 0]
