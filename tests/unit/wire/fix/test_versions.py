"""The versions by name."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.fix44 import fix44_dictionary
from cross_market_connect.wire.fix.versions import VERSION_NAMES, dictionary_of


def test_a_version_tells_its_name_and_what_its_logon_must_agree_on() -> None:
    told = [(version, *head(version)) for version in VERSION_NAMES]
    assert told == [
        ("FIX.4.2", "FIX.4.2", b"FIX.4.2", b""),
        ("FIX.4.4", "FIX.4.4", b"FIX.4.4", b""),
        ("FIX.5.0SP2", "FIX.5.0SP2", b"FIXT.1.1", b"9"),
    ]


def head(version: str) -> tuple[str, bytes, bytes]:
    dictionary = dictionary_of(version)
    return dictionary.version, dictionary.begin_string, dictionary.default_appl_ver_id


@pytest.mark.parametrize("version", VERSION_NAMES)
def test_sessions_of_the_same_dialect_share_one_dictionary(version: str) -> None:
    assert dictionary_of(version) is dictionary_of(version)
    dialect = dictionary_of(version, "9702 CoveredQty QTY", "D: 9702")
    assert dialect is dictionary_of(version, "9702 CoveredQty QTY", "D: 9702")
    assert (dialect.name_of(9702), dictionary_of(version).name_of(9702)) == ("CoveredQty", "")


def test_version_44_is_the_one_that_fix44_builds() -> None:
    assert dictionary_of("FIX.4.4") is fix44_dictionary()


def test_an_unknown_version_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'FIX\.3\.9'; expected one of FIX\.4\.2, FIX\.4\.4, FIX\.5\.0SP2"):
        dictionary_of("FIX.3.9")
