"""Volume and open interest by day: every fault with line and column, and who leads."""

from cross_market_connect.reference.statistics import read_statistics

HEAD = "day,symbol,volume,open_interest\n"


def test_every_fault_has_line_and_column() -> None:
    faults: list[str] = []
    read_statistics(
        "own.csv",
        HEAD + "2021-01-04,A,1,2\n2021-13-04,A,1,2\n2021-01-04,B,-1,x\n2021-01-04,A,1\n2021-01-04,A,1,2\n",
        faults,
    )
    assert faults == [
        "own.csv:3:1 day: '2021-13-04'; expected a date such as 2021-01-04",
        "own.csv:4:3 volume: '-1'; expected an integer that is not negative",
        "own.csv:4:4 open_interest: 'x'; expected an integer that is not negative",
        "own.csv:5: 3 values; expected 4",
        "own.csv:6: A on 2021-01-04 stands twice; expected it once",
    ]
    faults.clear()
    read_statistics("own.csv", "day,symbol\n", faults)
    read_statistics("own.csv", "", faults)
    assert faults == [
        "own.csv:1: day,symbol; expected the columns day,symbol,volume,open_interest",
        "own.csv:1: empty; expected the columns day,symbol,volume,open_interest",
    ]


def test_the_leader_of_equals_is_the_nearest_and_of_nothing_nobody() -> None:
    statistics = read_statistics("own.csv", HEAD + "2021-01-04,A,5,1\n2021-01-04,B,5,2\n", [])
    assert statistics.leader(["A", "B"], "volume", 20210104) == "A"
    assert statistics.leader(["A", "B"], "open_interest", 20210104) == "B"
    assert statistics.leader(["C"], "volume", 20210104) == ""
    assert statistics.leader(["A"], "volume", 20210105) == ""
