"""Values over values: how environment variables and overrides find their place."""

from decimal import Decimal

from cross_market_connect.config.layers import apply_environment, apply_overrides, parsed


def tree() -> dict[str, object]:
    return {
        "engine": {"name": "one"},
        "source": [{"name": "a_b", "port": 1}, {"name": "c", "port": 2}],
        "list": ["x.y"],
    }


def test_values_of_the_environment_are_toml_or_text() -> None:
    assert parsed("20") == 20
    assert parsed("0.25") == Decimal("0.25")
    assert parsed("true") is True
    assert parsed('["day", "ioc"]') == ["day", "ioc"]
    assert parsed("C:\\data") == "C:\\data"
    assert parsed("") == ""


def test_list_entries_are_found_by_name_or_number() -> None:
    raw, faults = tree(), list[str]()
    environment = {"XMC_SOURCE__A_B__PORT": "7", "XMC_SOURCE__1__PORT": "8", "XMC_LIST__X_Y": "z"}
    apply_environment(raw, environment, ["engine", "source", "list"], faults)
    assert raw == {
        "engine": {"name": "one"},
        "source": [{"name": "a_b", "port": 7}, {"name": "c", "port": 8}],
        "list": ["z"],
    }
    assert faults == []


def test_variables_without_a_double_underscore_are_no_settings() -> None:
    raw, faults = tree(), list[str]()
    apply_environment(raw, {"XMC_INTERPRETED": "1", "XMC_CCFX_SECRET": "x", "PATH": "/bin"}, ["engine"], faults)
    assert (raw, faults) == (tree(), [])


def test_what_addresses_nothing_is_a_fault() -> None:
    raw, faults = tree(), list[str]()
    environment = {"XMC_ENGIN__NAME": "x", "XMC_ENGINE__": "x", "XMC_SOURCE__9__PORT": "1", "XMC_SOURCE__D__PORT": "1"}
    apply_environment(raw, environment, ["engine", "source"], faults)
    apply_overrides(raw, {"engine.name.deep": 1}, faults)
    assert [fault.partition(":")[0] for fault in faults] == [
        "XMC_ENGINE__",
        "XMC_ENGIN__NAME",
        "XMC_SOURCE__9__PORT",
        "XMC_SOURCE__D__PORT",
        "engine.name.deep",
    ]
    assert raw == tree()


def test_an_override_may_add_a_section() -> None:
    raw, faults = tree(), list[str]()
    apply_overrides(raw, {"calendar.speed": 5}, faults)
    assert raw["calendar"] == {"speed": 5}
    assert faults == []
