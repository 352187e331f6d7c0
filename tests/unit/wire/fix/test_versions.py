"""The versions by name."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.fix44 import fix44_dictionary
from cross_market_connect.wire.fix.versions import dictionary_of


def test_a_version_tells_its_name_and_what_its_logon_must_agree_on() -> None:
    dictionary = dictionary_of("FIX.4.4")
    assert (dictionary.version, dictionary.begin_string, dictionary.default_appl_ver_id) == ("FIX.4.4", b"FIX.4.4", b"")


def test_sessions_of_the_same_dialect_share_one_dictionary() -> None:
    assert dictionary_of("FIX.4.4") is fix44_dictionary()
    dialect = dictionary_of("FIX.4.4", "9702 CoveredQty QTY", "D: 9702")
    assert dialect is dictionary_of("FIX.4.4", "9702 CoveredQty QTY", "D: 9702")
    assert dialect.name_of(9702) == "CoveredQty"


def test_an_unknown_version_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'FIX\.3\.9'; expected one of FIX\.4\.2, FIX\.4\.4, FIX\.5\.0SP2"):
        dictionary_of("FIX.3.9")
