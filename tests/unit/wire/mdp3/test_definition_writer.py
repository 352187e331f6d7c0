"""The writer of definitions and states: back to the bytes that were made by hand."""

import pytest

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.mdp3 import codes, faults
from cross_market_connect.wire.mdp3.definition_writer import write_definition, write_security_status
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.messages import FeedType, InstrumentDefinition, InstrumentEvent, Leg, SecurityStatus
from cross_market_connect.wire.sbe.schema import NO_VALUE
from tests.unit.wire.mdp3.support import FUTURE, SCHEMA, SENDING_TIME, TRANSACT_TIME, packet, reader


def future() -> InstrumentDefinition:
    r = reader()
    assert r.open(packet(FUTURE)) == faults.OK
    r.next()
    return r.definition()


def writer(payload_bytes_max: int = 1472) -> PacketWriter:
    result = PacketWriter(SCHEMA, payload_bytes_max)
    result.start(1, SENDING_TIME)
    return result


def written(definition: InstrumentDefinition) -> InstrumentDefinition:
    w, r = writer(), reader()
    assert write_definition(w, SCHEMA.template(definition.template_id), definition)
    assert r.open(w.finish()) == faults.OK
    assert r.next() == definition.template_id
    return r.definition()


def test_a_future_becomes_the_bytes_that_it_was_read_from() -> None:
    w = writer()
    assert write_definition(w, SCHEMA.template(54), future())
    assert w.finish() == packet(FUTURE)


def test_an_option() -> None:
    option = InstrumentDefinition(codes.DEFINITION_OPTION)
    option.symbol, option.security_id = "OGG6 C3400", 31_000
    option.put_or_call, option.strike_price, option.strike_currency = 1, 3_400_000_000_000, "USD"
    option.tick_rule, option.maturity_year, option.maturity_month, option.maturity_day = 5, 2026, 1, 27
    option.events.append(InstrumentEvent(7, TRANSACT_TIME))
    d = written(option)
    assert (d.symbol, d.security_id, d.put_or_call, d.strike_price) == ("OGG6 C3400", 31_000, 1, 3_400_000_000_000)
    assert (d.strike_currency, d.tick_rule, d.min_price_increment) == ("USD", 5, NO_VALUE)
    assert (d.maturity_year, d.maturity_month, d.maturity_day, d.maturity_week) == (2026, 1, 27, NO_VALUE)
    assert [(e.event_type, e.event_time) for e in d.events] == [(7, TRANSACT_TIME)]


def test_a_spread() -> None:
    spread = InstrumentDefinition(codes.DEFINITION_SPREAD)
    spread.symbol, spread.security_sub_type, spread.price_ratio = "GCG6-GCJ6", "SP", 1_000_000_000
    spread.feed_types.append(FeedType("GBX", 10))
    spread.legs.append(Leg(30_975, codes.LEG_BUY, 1, NO_VALUE, NO_VALUE))
    spread.legs.append(Leg(30_976, codes.LEG_SELL, -1, 3_375_500_000_000, -5_000))
    d = written(spread)
    assert (d.symbol, d.security_sub_type, d.price_ratio) == ("GCG6-GCJ6", "SP", 1_000_000_000)
    assert [(f.name, f.market_depth) for f in d.feed_types] == [("GBX", 10)]
    assert [(leg.security_id, leg.side, leg.ratio, leg.price, leg.option_delta) for leg in d.legs] == [
        (30_975, 1, 1, NO_VALUE, NO_VALUE),
        (30_976, 2, -1, 3_375_500_000_000, -5_000),
    ]


def test_a_full_packet_is_left_as_it_was() -> None:
    w = writer(12 + 10 + len(FUTURE) - 1)
    assert w.begin(codes.ADMIN_HEARTBEAT)
    w.end()
    assert not write_definition(w, SCHEMA.template(54), future())
    assert w.finish() == packet(bytes.fromhex("0a00 0000 0c00 0100 0d00"))
    assert write_definition(writer(12 + len(FUTURE)), SCHEMA.template(54), future())


def test_what_the_template_has_not_got_is_refused() -> None:
    strike, legs = future(), future()
    strike.strike_price = 1
    legs.legs.append(Leg(1, 1, 1, NO_VALUE, NO_VALUE))
    for definition, text in ((strike, "StrikePrice"), (legs, "no legs")):
        with pytest.raises(LocalProtocolError, match=text):
            write_definition(writer(), SCHEMA.template(54), definition)
    currency = future()
    currency.template_id = codes.DEFINITION_SPREAD
    currency.settl_currency = "USD"
    with pytest.raises(LocalProtocolError, match="SettlCurrency"):
        write_definition(writer(), SCHEMA.template(56), currency)


def test_a_state() -> None:
    status = SecurityStatus()
    status.transact_time, status.security_group, status.trade_date = TRANSACT_TIME, "GC", 20_400
    status.match_event_indicator, status.security_trading_status = codes.END_OF_EVENT, codes.STATUS_PRE_OPEN
    w = writer()
    assert write_security_status(w, SCHEMA.template(30), status)
    assert w.finish()[12:] == bytes.fromhex(
        "2800 1e00 1e00 0100 0d00 d8d0ed1d79326e18 474300000000 000000000000 ffffff7f b04f 80 15 00 00"
    )
