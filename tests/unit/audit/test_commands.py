"""What the audit commands say, over a log in a directory."""

from pathlib import Path

import pytest

from cross_market_connect.audit.commands import (
    PriceWriter,
    open_log,
    proof_fields,
    proof_text,
    show,
    story_fields,
    story_text,
    verify,
)
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import CONFIGURATION, LEG_ORDER, REFUSAL, TRIGGER
from cross_market_connect.journal import writer
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.reference.tables import load_reference
from tests.unit.support_records import payload_of

# 2021-01-04 10:00:00.000001 in China, 02:00 UTC.
DECIDED_UTC_NS = 1_609_725_600_000_001_000


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Two triggers, 3 and 4; the second is refused by a limit."""
    log = writer.open_log(log_store(tmp_path, False), "1", 1 << 16, 0, 1)
    for kind, fields in (
        (CONFIGURATION, {"code_version": "1"}),
        (TRIGGER, {"spread_order_id": 3, "rule": "open_buy"}),
        (
            LEG_ORDER,
            {
                "spread_order_id": 3,
                "leg": 1,
                "client_order_id": 7,
                "side": -1,
                "quantity_lots": 2,
                "limit_price_ticks": 26_000,
                "instrument": "CCFX.IF2101",
                "account": "88",
                "decision_utc_ns": DECIDED_UTC_NS,
            },
        ),
        (TRIGGER, {"spread_order_id": 4}),
        (REFUSAL, {"spread_order_id": 4, "limit_name": "margin_max"}),
    ):
        log.append(kind, 0, 1, 5_000_000, payload_of(kind, **fields))
    log.seal()
    log.close()
    return tmp_path


def test_a_story_is_told_with_the_date_of_china_and_the_prices_of_the_venue(directory: Path) -> None:
    """IF trades in steps of 0.2: 26000 ticks are 5200.0."""
    story = show(3, directory, "en")
    head, first, order = story_text(story, "en")
    assert head == "spread order 3, begun 2021-01-04 10:00:00.000001 China time"
    assert first.split() == ["2", "0.000", "ms", "trigger", *first.split()[4:]]
    assert "leg 2" in order
    assert "order 7: sell 2 CCFX.IF2101 at 5200.0, initial, account 88" in order
    fields = story_fields(story)
    assert (fields["spread_order"], fields["began"]) == (3, "2021-01-04T10:00:00.000001+08:00")
    assert [line["event"] for line in fields["lines"]] == ["trigger", "new"]


def test_the_same_story_in_chinese(directory: Path) -> None:
    head, first, order = story_text(show(3, directory, "zh"), "zh")
    assert head.startswith("套利单 3，始于 2021-01-04 10:00:00")
    assert "触发" in first
    assert "第2腿" in order and "委托" in order


def test_a_story_without_an_order_has_no_date(directory: Path) -> None:
    story = show(4, directory, "en")
    assert next(story_text(story, "en")) == "spread order 4, begun - China time"
    assert story_fields(story)["began"] is None


def test_an_order_that_is_not_there_is_told_with_those_that_are(directory: Path) -> None:
    with pytest.raises(InputError, match="spread order 9: not in .*; expected one from 3 to 4"):
        show(9, directory, "en")


def test_another_language_and_a_directory_without_a_log_are_told(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="language: fr; expected one of en, zh"):
        show(3, directory, "fr")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="holds no log"):
        open_log(empty)


def test_a_good_log_is_proven_in_words_and_fields(directory: Path) -> None:
    proof = verify(directory)
    (line,) = proof_text(proof)
    assert line == f"whole and unchanged: 5 records in 1 segment, hash {proof.journal_hash}"
    assert proof_fields(proof)["ok"] is True


def test_a_broken_log_says_where(directory: Path) -> None:
    """Byte 300 is in the payload of the first record, which begins at 256."""
    segment = next(path for path in directory.rglob("*") if path.is_file() and b"XMCLOG" in path.read_bytes()[:8])
    content = bytearray(segment.read_bytes())
    content[310] ^= 1
    segment.write_bytes(bytes(content))
    proof = verify(directory)
    assert not proof.ok
    assert proof_fields(proof)["ok"] is False
    assert next(proof_text(proof)).startswith("BROKEN after 0 records: segment 1, offset 256, record 1: checksum")


def test_prices_of_an_unknown_symbol_are_ticks() -> None:
    price_text = PriceWriter(load_reference())
    assert price_text("XXXX.NONE", 17, DECIDED_UTC_NS) == "17 ticks"
    assert price_text("CCFX.IF2101", 1, DECIDED_UTC_NS) == "0.2"
