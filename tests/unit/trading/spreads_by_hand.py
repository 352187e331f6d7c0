"""The six spreads of docs/spreads.md, worked in exact fractions from contracts, fees and dates; nothing of the engine.

Each function returns the values (buy, sell) gross and net, and those through the depth for the quantities named.
"""

from __future__ import annotations

from fractions import Fraction as F

Values = dict[str, F]

HKDCNY = F("0.84164")
USDCNY_MID = (F("6.4630") + F("6.4640")) / 2
USDHKD_MID = (F("7.7525") + F("7.7530")) / 2
GRAMS_PER_OUNCE = F("31.1034768")


def average(levels: list[tuple[str, int]], lots: int) -> F:
    """Average price of `lots` taken from the levels, best first."""
    total, left = F(0), lots
    for price, size in levels:
        taken = min(size, left)
        total += F(price) * taken
        left -= taken
    assert left == 0
    return total / lots


def bought(price: F, rate: F, per_lot: F, money_per_price: int) -> F:
    """What a bought unit costs after costs."""
    return price * (1 + rate) + per_lot / money_per_price


def sold(price: F, rate: F, per_lot: F, money_per_price: int) -> F:
    """What a sold unit brings after costs."""
    return price * (1 - rate) - per_lot / money_per_price


def if_hsi() -> Values:
    rate, order_fee = F("0.000023"), F(1, 3)  # the order's 1 CNY over 3 lots
    hsi_fee = F("10.54")

    def value(future: F, hang_seng: F) -> F:
        return future - F("0.22632") * HKDCNY * hang_seng

    def net_buy(future: F, hang_seng: F) -> F:
        return value(bought(future, rate, order_fee, 300), sold(hang_seng, F(0), hsi_fee, 50))

    def net_sell(future: F, hang_seng: F) -> F:
        return value(sold(future, rate, order_fee, 300), bought(hang_seng, F(0), hsi_fee, 50))

    through = average([("5264.4", 2), ("5264.6", 5)], 3), average([("27400", 6)], 4)
    return {
        "buy gross": value(F("5264.4"), F(27400)),
        "sell gross": value(F("5264.0"), F(27402)),
        "buy net": net_buy(F("5264.4"), F(27400)),
        "sell net": net_sell(F("5264.0"), F(27402)),
        "buy 3 : 4 gross": value(*through),
        "buy 3 : 4 net": net_buy(*through),
        # Closing a bought position: closing today's is dearer.
        "close gross": value(F("5264.0"), F(27402)),
        "close net": value(sold(F("5264.0"), F("0.000345"), order_fee, 300), bought(F(27402), F(0), hsi_fee, 50)),
    }


def if_etf() -> Values:
    days, carry, dividends = 11, F("0.025"), F("1.2")
    future_rate = F("0.000023")
    fund_rate = F("0.00005") + F("0.000045")
    borrow = F("0.08") * 11 / 365

    def value(future: F, fund: F) -> F:
        return future - (1000 * fund * (1 + carry * days / 365) - dividends)

    def net_buy(future: F, fund: F) -> F:
        return value(bought(future, future_rate, F(1), 300), sold(fund, fund_rate + borrow, F(0), 100))

    def net_sell(future: F, fund: F) -> F:
        return value(sold(future, future_rate, F(1), 300), bought(fund, fund_rate, F(0), 100))

    through = F("5264.4"), average([("5.270", 2000), ("5.269", 4000)], 2997)
    return {
        "buy gross": value(F("5264.4"), F("5.270")),
        "sell gross": value(F("5264.0"), F("5.271")),
        "buy net": net_buy(F("5264.4"), F("5.270")),
        "sell net": net_sell(F("5264.0"), F("5.271")),
        "buy 1 : 2997 gross": value(*through),
        "buy 1 : 2997 net": net_buy(*through),
    }


def gold() -> Values:
    shanghai_fee, comex_fee = F(10), F("1.62")

    def value(shanghai: F, comex: F) -> F:
        return shanghai - comex * USDCNY_MID / GRAMS_PER_OUNCE

    return {
        "buy gross": value(F("403.12"), F("1944.9")),
        "sell gross": value(F("403.10"), F("1945.1")),
        "buy net": value(bought(F("403.12"), F(0), shanghai_fee, 1000), sold(F("1944.9"), F(0), comex_fee, 100)),
        "sell net": value(sold(F("403.10"), F(0), shanghai_fee, 1000), bought(F("1945.1"), F(0), comex_fee, 100)),
    }


def a_h() -> Values:
    a_buy = F("0.0000887") + F("0.0002")
    a_sell = a_buy + F("0.001")
    h_both = F("0.000077") + F("0.0003") + F("0.0001") + F("0.001")

    def value(a: F, h: F) -> F:
        return 100 * (a - h * HKDCNY) / (h * HKDCNY)

    return {
        "buy gross": value(F("89.52"), F("95.00")),
        "sell gross": value(F("89.50"), F("95.05")),
        "buy net": value(F("89.52") * (1 + a_buy), F("95.00") * (1 - h_both)),
        "sell net": value(F("89.50") * (1 - a_sell), F("95.05") * (1 + h_both)),
    }


def adr_hk() -> Values:
    sec_fee, broker = F("0.0000221"), F("0.005")
    h_both = F("0.000077") + F("0.001")

    def value(ads: F, share: F) -> F:
        return ads * USDHKD_MID / 8 / share

    return {
        "buy gross": value(F("227.85"), F("220.2")),
        "sell gross": value(F("227.80"), F("220.4")),
        "buy net": value(bought(F("227.85"), F(0), broker, 1), sold(F("220.2"), h_both, F(0), 100)),
        "sell net": value(sold(F("227.80"), sec_fee, broker, 1), bought(F("220.4"), h_both, F(0), 100)),
    }


def adr_etf() -> Values:
    usdcny = F("6.4635")
    return {
        "buy gross": F("227.85") * usdcny / (700 * F("2.104")),
        "sell gross": F("227.80") * usdcny / (700 * F("2.105")),
    }


ALL = {"if_hsi": if_hsi, "if_etf": if_etf, "gold": gold, "a_h": a_h, "adr_hk": adr_hk, "adr_etf": adr_etf}
