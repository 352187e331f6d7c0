"""The reader's end of the page: foreign files, other engines, odd codes. The round trip is in engine/test_view.py."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from cross_market_connect.console.page import ViewReader, data_size_of
from cross_market_connect.domain.alert import LEVEL_NAMES
from cross_market_connect.domain.book import BOOK_STATE_NAMES
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.order import RECEIPT_NAMES, REJECT_CLASS_NAMES
from cross_market_connect.domain.spread import LEG_STATE_NAMES, ROLE_NAMES, SPREAD_STATE_NAMES, STEP_NAMES
from cross_market_connect.engine.publisher import COUNTER_NAMES
from cross_market_connect.engine.view import ENGINE_STATE_NAMES, SOURCE_STATE_NAMES, ViewWriter
from cross_market_connect.trading.conditions import PHASE_NAMES
from cross_market_connect.trading.gates import GATE_NAMES
from cross_market_connect.trading.proposal import WANTED_NAMES
from cross_market_connect.trading.states import HALT_REASONS, SPREAD_TRANSITIONS
from tests.unit.engine.test_view import layout


def test_reader_follows_a_restarted_engine(tmp_path: Path) -> None:
    path = tmp_path / "page"
    reader = ViewReader(path)
    assert reader.read() is None
    first = ViewWriter(str(path), layout())
    first.begin(5, 5)
    first.end()
    snapshot = reader.read()
    assert snapshot is not None and snapshot.now_ns == 5
    second = ViewWriter(str(path), layout(legs=3))
    second.begin(1, 1)
    second.end()
    snapshot = reader.read()
    assert snapshot is not None and snapshot.now_ns == 1
    assert reader.opened == 2
    assert reader.description is not None and len(reader.description.spreads[0].legs) == 3


@pytest.mark.parametrize(
    ("offset", "value", "expected"),
    [(0, b"NOTAPAGE", "XMCVIEW1"), (8, struct.pack("<q", 1), "version 1"), (56, struct.pack("<q", 1 << 40), "offsets")],
)
def test_foreign_files_are_refused(tmp_path: Path, offset: int, value: bytes, expected: str) -> None:
    path = tmp_path / "page"
    ViewWriter(str(path), layout()).close()
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(value)
    with pytest.raises(InputError, match=expected):
        ViewReader(path).read()


def test_a_file_too_short_for_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"XMCVIEW1")
    with pytest.raises(InputError, match="8 bytes"):
        ViewReader(tmp_path / "page").read()


def test_a_description_that_does_not_fit_the_data_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page"
    ViewWriter(str(path), layout()).close()
    content = path.read_bytes().replace(b'"counter_names": ["orders_sent"]', b'"counter_names": []             ')
    path.write_bytes(content)
    with pytest.raises(InputError, match="implies another size"):
        ViewReader(path).read()


def test_a_state_whose_publication_was_not_finished_is_not_read(tmp_path: Path) -> None:
    """The writer died between its last two stores: data and checksum fit, the sequence number is odd."""
    path = tmp_path / "page"
    ViewWriter(str(path), layout()).close()
    with path.open("r+b") as file:
        file.seek(16)
        file.write(struct.pack("<q", 3))
    assert ViewReader(path).read() is None


def test_an_unknown_code_is_shown_as_such(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    writer.begin(1, 1)
    writer.engine(99)
    writer.spread(0, 0.0, 0.0, 0.0, 7, 0)
    writer.end()
    snapshot = ViewReader(tmp_path / "page").read()
    assert snapshot is not None
    assert (snapshot.engine_state, snapshot.spreads[0].gate) == ("code 99", "code 7")


def test_an_unchanged_page_gives_the_same_snapshot(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    reader = ViewReader(tmp_path / "page")
    first = reader.read()
    assert reader.read() is first
    writer.begin(1, 1)
    writer.end()
    assert reader.read() is not first
    assert reader.description is not None and data_size_of(reader.description) == 32 + 2 * 392 + 136 + 40 + 37 * 8 + 8


STRINGS = Path(__file__).parents[3] / "web" / "src" / "strings.ts"
# What the page names by the engine's own codes.
CODES = (
    BOOK_STATE_NAMES,
    COUNTER_NAMES,
    ENGINE_STATE_NAMES,
    GATE_NAMES,
    LEG_STATE_NAMES,
    LEVEL_NAMES,
    PHASE_NAMES,
    RECEIPT_NAMES,
    REJECT_CLASS_NAMES,
    ROLE_NAMES,
    SOURCE_STATE_NAMES,
    SPREAD_STATE_NAMES,
    STEP_NAMES,
    WANTED_NAMES,
)


def test_every_code_of_the_engine_has_a_name_in_both_languages_and_every_reason_of_a_move_its_chinese() -> None:
    codes = {code for names in CODES for code in names} - {"none", ""}
    reasons = {row[2] for row in SPREAD_TRANSITIONS} | {text for _, text in HALT_REASONS[1:]}
    english, chinese = [part.split("} as Record", 1)[0] for part in STRINGS.read_text().split("  names: {")[1:]]
    for table, wanted in ((english, codes), (chinese, codes | reasons)):
        named = set(re.findall(r'(\w+): "', table)) | set(re.findall(r'"([^"]+)": "', table))
        assert not wanted - named
        keys = re.findall(r'(\w+): "', table)
        assert sorted(set(keys)) == sorted(keys), "a table with one name twice is no TypeScript"
