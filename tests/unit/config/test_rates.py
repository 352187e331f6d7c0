"""Ways between currencies, against every path by brute force."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.config.rates import Conversion, Rate, conversion, redundant


def test_a_rate_serves_both_ways() -> None:
    rates = [Rate("USD", "HKD", 0), Rate("HKD", "CNY", 1)]
    assert conversion(rates, "USD", "CNY") == [Conversion(0, False), Conversion(1, False)]
    assert conversion(rates, "CNY", "USD") == [Conversion(1, True), Conversion(0, True)]
    assert conversion(rates, "HKD", "HKD") == []


def test_cnh_is_not_cny() -> None:
    assert conversion([Rate("HKD", "CNH", 0)], "HKD", "CNY") is None


CURRENCIES = ["CNY", "HKD", "USD", "JPY"]
PAIRS = [(one, other) for one in CURRENCIES for other in CURRENCIES if one != other]


@given(st.lists(st.sampled_from(PAIRS), max_size=4))
def test_found_exactly_where_a_chain_of_rates_exists(pairs: list[tuple[str, str]]) -> None:
    rates = [Rate(one, other, place) for place, (one, other) in enumerate(pairs)]
    for start in CURRENCIES:
        for end in CURRENCIES:
            chains = [
                chain
                for length in range(len(rates) + 1)
                for chain in permutations(rates, length)
                if end_of(chain, start) == end
            ]
            assert (conversion(rates, start, end) is not None) == bool(chains)


def end_of(chain: tuple[Rate, ...], start: str) -> str | None:
    at = start
    for rate in chain:
        if at not in rate[:2]:
            return None
        at = rate.into if at == rate.converts else rate.converts
    return at


@given(st.lists(st.sampled_from(PAIRS), max_size=5))
def test_what_is_left_without_the_redundant_has_one_way_each(pairs: list[tuple[str, str]]) -> None:
    rates = [Rate(one, other, place) for place, (one, other) in enumerate(pairs)]
    kept = [rate for rate in rates if rate not in redundant(rates)]
    connected = {currency for rate in kept for currency in rate[:2]}
    groups = {frozenset(other for other in connected if conversion(kept, one, other) is not None) for one in connected}
    # A graph without circles has as many edges as nodes less trees.
    assert len(kept) == len(connected) - len(groups)
