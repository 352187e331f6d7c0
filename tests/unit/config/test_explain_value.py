"""`xmc explain value`: the numbers of docs/spreads.md, and what is no quote."""

from pathlib import Path

import pytest

from cross_market_connect.config.commands import explain_value, explain_value_lines
from cross_market_connect.domain.errors import InputError
from tests.unit.trading import spreads_by_hand

EXAMPLE = Path(__file__).parents[3] / "examples" / "spreads.toml"
GOLD = ["XSGE.AU2106=403.10/403.12", "XCEC.GCM1=1944.9/1945.1", "XCFE.USDCNY=6.46300/6.46400"]


def test_gold() -> None:
    found = explain_value("gold", GOLD, EXAMPLE)
    by_hand = spreads_by_hand.gold()
    for what in ("buy", "sell"):
        for cost in ("gross", "net"):
            assert found["values"][f"{what}_{cost}"] == pytest.approx(float(by_hand[f"{what} {cost}"]), abs=5.1e-7)
    assert [leg["lots"] for leg in found["legs"]] == [28, 9]
    assert found["fx_delta"] == {"USD": -9 * 100 * 1945.0}
    assert found["basis"] is None
    assert found["compared"] == "gross"
    assert found["legs"][1]["fx_rate"] == 6.4635


def test_the_basis_of_a_future_against_a_fund() -> None:
    """5264.2 against 5270.5 with 11 days to go."""
    found = explain_value("if_etf", ["CCFX.IF2101=5264.0/5264.4", "XSHG.510300=5.270/5.271"], EXAMPLE)
    basis = found["basis"]
    assert (basis["days_to_expiry"], basis["basis"]) == (11, -6.3)
    assert basis["annualised_percent"] == pytest.approx(-630 / 5270.5 * 365 / 11, abs=1e-6)
    assert basis["implied_financing_rate"] == pytest.approx((5265.4 / 5270.5 - 1) * 365 / 11, abs=1e-6)
    assert basis["mispricing"] == pytest.approx(5264.2 - (5270.5 * (1 + 0.025 * 11 / 365) - 1.2), abs=1e-6)
    text = explain_value_lines(found)
    assert any("fair value 5273.270" in line for line in text), text
    assert text[0] == "if_etf: formula in CNY index_point, triggers compare net"


@pytest.mark.parametrize(
    ("spread", "quotes", "fault"),
    [
        ("silver", GOLD, "--spread: silver; expected one of if_hsi, if_etf, gold"),
        ("gold", [*GOLD[:2], "XCFE.USDCNY"], "--quote: XCFE.USDCNY; expected SYMBOL=BID/ASK"),
        ("gold", GOLD[:2], "--quote: XCFE.USDCNY; expected a quote of each leg"),
        ("gold", [*GOLD, "XXXX.Y=1/2"], "--quote: XXXX.Y; expected one of CCFX.IF2101"),
        ("gold", [*GOLD, "XSGE.AU2106=403.11/403.12"], "--quote: XSGE.AU2106 403.11; expected a multiple of 0.02"),
        ("gold", [*GOLD, "XSGE.AU2106=nan/403.12"], "--quote: XSGE.AU2106=nan/403.12; expected SYMBOL=BID/ASK"),
    ],
)
def test_what_is_refused(spread: str, quotes: list[str], fault: str) -> None:
    with pytest.raises(InputError) as caught:
        explain_value(spread, quotes, EXAMPLE)
    assert caught.value.faults[0].startswith(fault), caught.value.faults
