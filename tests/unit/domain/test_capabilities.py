"""Capabilities: nothing until it is said, and order types as the sender counts them."""

from cross_market_connect.domain.capabilities import ABLE_ALL, ABLE_FOK, ABLE_IOC, ABLE_MARKET, Capabilities


def test_nothing_until_it_is_said() -> None:
    able = Capabilities()
    assert able.names() == [] and able.order_abilities() == 0


def test_order_types_are_a_sum() -> None:
    able = Capabilities()
    able.immediate = True
    assert able.order_abilities() == ABLE_IOC
    able.market = True
    assert able.order_abilities() == ABLE_IOC + ABLE_MARKET
    able.fill_or_kill = True
    assert able.order_abilities() == ABLE_ALL == ABLE_IOC + ABLE_FOK + ABLE_MARKET
    assert able.names() == ["ioc", "fok", "market"]
