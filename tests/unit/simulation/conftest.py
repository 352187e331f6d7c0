"""What the tests of judges begin with."""

from collections.abc import Iterator

import pytest

from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.plan import Plan


@pytest.fixture
def history() -> Iterator[History]:
    """A history that ended well, to be broken."""
    result = History(Plan(Choices(2), "none"))
    result.run()
    assert result.judge.violations == []
    yield result
