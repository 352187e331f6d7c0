"""Each getter: what it takes, what it refuses, and that it goes on after a fault."""

import datetime
from decimal import Decimal

import pytest

from cross_market_connect.reference.table_reader import TableReader, minute_of, second_of, span_of


def read(value: object) -> TableReader:
    return TableReader("table[0]", {"key": value}, [])


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("00:00", 0),
        ("09:30", 570),
        ("23:59", 1439),
        ("24:00", 1440),
        ("24:01", -1),
        ("09:60", -1),
        ("9:30", -1),
        (930, -1),
    ],
)
def test_minutes(text: object, minute: int) -> None:
    assert minute_of(text) == minute


def test_seconds_of_the_day() -> None:
    texts = ("09:30", "16:59:30", "24:00", "24:00:01", "09:30:60", "09:30-10", "09:3", 930)
    assert [second_of(text) for text in texts] == [34_200, 61_170, 86_400, -1, -1, -1, -1, -1]


def test_spans_may_run_past_midnight_but_not_be_empty() -> None:
    names = ("day", "night")
    assert span_of(["night", "21:00", "02:30"], names) == (1, 75_600, 9_000)
    assert span_of(["night", "09:30", "09:30"], names) is None
    assert span_of(["dusk", "09:30", "10:30"], names) is None
    assert span_of(["day", "09:30"], names) is None
    assert span_of("day 09:30-11:30", names) is None
    reader = TableReader("table[0]", {"key": [["dusk", "09:30", "10:30"]]}, [])
    assert reader.spans_or_none("key", names) == [] and reader.spans_or_none("absent", names) == []
    assert reader.faults == [
        (
            "table[0].key: [['dusk', '09:30', '10:30']]; "
            'expected a list such as [["night", "09:30", "11:30"]] with names of day, night'
        )
    ]


def test_good_values_come_through() -> None:
    assert read("a").text("key") == "a"
    assert read(["a", "b"]).texts("key") == ["a", "b"]
    assert read(5).integer("key", 1, 5) == 5
    assert read(Decimal("0.2")).decimal("key") == Decimal("0.2")
    assert read(3).decimal("key") == Decimal(3)
    assert read(True).flag("key", False)
    assert not read(True).flag("absent", False)
    assert read(datetime.date(2021, 1, 4)).day("key") == 20210104
    assert read(1).day_or("absent", 7) == 7
    assert read([datetime.date(2021, 1, 4), datetime.date(2021, 2, 1)]).days("key") == [20210104, 20210201]
    assert read("16:59:30").second("key") == 61_170
    assert read("b").choice_or("key", ("a", "b"), "a") == "b"
    assert read("b").choice_or("absent", ("a", "b"), "a") == "a"
    assert read([{"a": 1}]).tables("key") == [{"a": 1}]
    assert read(1).tables("absent") == []


@pytest.mark.parametrize(
    ("getter", "value"),
    [
        ("text", ""),
        ("text", 5),
        ("texts", []),
        ("texts", ["a", 1]),
        ("decimal", Decimal(-1)),
        ("decimal", Decimal("NaN")),
        ("decimal", True),
        ("day", "2021-01-04"),
        ("day", datetime.datetime(2021, 1, 4, 9, 30)),
        ("days", [datetime.date(2021, 2, 1), datetime.date(2021, 1, 4)]),
        ("minute", "25:00"),
        ("second", "16:59:61"),
        ("tables", ["text"]),
    ],
)
def test_a_wrong_value_is_a_fault_with_its_place(getter: str, value: object) -> None:
    reader = read(value)
    getattr(reader, getter)("key")
    assert len(reader.faults) == 1
    assert reader.faults[0].startswith(f"table[0].key: {value!r}; expected ")


def test_bounds_and_flags() -> None:
    for value in (0, 6, True, "5", Decimal(5)):
        reader = read(value)
        reader.integer("key", 1, 5)
        assert reader.faults == [f"table[0].key: {value!r}; expected an integer from 1 to 5"]
    reader = read("yes")
    assert reader.flag("key", True)
    assert reader.faults == ["table[0].key: 'yes'; expected true or false"]


def test_what_nobody_reads_is_unknown() -> None:
    reader = TableReader("table[0]", {"name": "a", "nmae": "b"}, [])
    reader.text("name")
    reader.finish()
    assert reader.faults == ["table[0].nmae: unknown key; expected one of name"]
