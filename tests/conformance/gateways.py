"""The base class of gateways' conformance tests: one test for each case of the suite."""

import pytest

from cross_market_connect.conformance.case import PASS, Case
from cross_market_connect.conformance.catalogue import CASES
from cross_market_connect.conformance.suite import run_case
from cross_market_connect.conformance.target import Numbers, simulated


class GatewayConformance:
    """Every case against the suite's own venue. A subclass names its gateway, and the cases that it cannot have."""

    gateway = ""
    unsupported: frozenset[int] = frozenset()

    @pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}")
    def test_case(self, case: Case) -> None:
        outcome = run_case(simulated(self.gateway), case, Numbers(None))
        expected = "not supported" if case.number in self.unsupported else PASS
        assert outcome.verdict == expected, f"{case.title}: {outcome.reason}"
