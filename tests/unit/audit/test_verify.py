"""A proof finds each kind of break: any bit of the bytes, and each rule between records, one by one."""

from typing import Any

import pytest

from cross_market_connect.audit.verify import FAULTS_SHOWN_MAX, Proof, verify
from cross_market_connect.domain.records import CONFIGURATION, LEG_ORDER, RECEIPT, RESTART, SENT, TIMER
from cross_market_connect.journal.layout import HEADER_BYTES
from cross_market_connect.journal.reader import LogReader
from tests.unit.support_records import log_of

Rows = list[tuple[int, int, int, int, dict[str, Any]]]


def rows() -> Rows:
    """A good log: two runs, an order announced, sent and answered."""
    return [
        (CONFIGURATION, 0, 1, 10, {"code_version": "1"}),
        (TIMER, 0, 2, 20, {}),
        (LEG_ORDER, 2, 2, 20, {"spread_order_id": 1, "client_order_id": 7}),
        (SENT, 3, 2, 20, {"client_order_id": 7, "sent_ns": 25}),
        (RECEIPT, 0, 3, 30, {"spread_order_id": 1, "client_order_id": 7}),
        (RECEIPT, 0, 3, 30, {"spread_order_id": 0, "client_order_id": 99}),
        (CONFIGURATION, 0, 9, 40, {"code_version": "1"}),
        (RESTART, 0, 10, 40, {"epoch": 2}),
    ]


def proof_of(changed: Rows) -> Proof:
    return verify(log_of(changed))


def test_a_good_log_is_proven_with_its_size_and_its_hash() -> None:
    store = log_of(rows())
    reader = LogReader(store, 1)
    count = sum(1 for _ in reader.records())
    proof = verify(store)
    assert (proof.ok, proof.records, proof.segments, proof.broken, proof.torn, proof.faults) == (True, 8, 1, "", "", [])
    assert (proof.records, proof.journal_hash) == (count, reader.last_hash.hex())


def changed(at: int, **fields: Any) -> Rows:
    """The good log with another cause, input or field in one record (counted from 1)."""
    result = rows()
    kind, cause, number, now_ns, values = result[at - 1]
    cause, number = fields.pop("cause", cause), fields.pop("number", number)
    result[at - 1] = (kind, cause, number, now_ns, {**values, **fields})
    return result


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (rows()[1:2], "record 1 (timer): the log does not begin with a configuration"),
        (changed(3, cause=3), "record 3 (new): names record 3 as its cause, which comes later"),
        (changed(2, cause=5), "record 2 (timer): names record 5 as its cause, which comes later"),
        (changed(5, number=1), "record 5 (receipt): belongs to input 1, after one of input 2"),
        (changed(4, client_order_id=8), "measurement 4 (sent): order 8 was sent and no record announced it"),
        (changed(5, client_order_id=8), "record 5 (receipt): a receipt for order 8, which no record announced"),
        (
            [*rows(), (LEG_ORDER, 0, 11, 50, {"spread_order_id": 2, "client_order_id": 7})],
            "record 9 (new): uses client order id 7 again",
        ),
    ],
)
def test_each_rule_between_records_is_checked_although_the_chain_is_whole(broken: Rows, fault: str) -> None:
    proof = proof_of(broken)
    assert (proof.ok, proof.broken, proof.faults) == (False, "", [fault])


def test_a_fault_does_not_hide_the_next_one_and_the_list_has_an_end() -> None:
    many = [*rows(), *[(SENT, 0, 11, 50, {"client_order_id": 100 + at}) for at in range(FAULTS_SHOWN_MAX + 5)]]
    proof = proof_of(many)
    assert len(proof.faults) == FAULTS_SHOWN_MAX
    assert proof.faults[1] == "measurement 10 (sent): order 101 was sent and no record announced it"


def test_any_bit_of_any_record_that_changes_breaks_the_proof_at_its_place() -> None:
    """Every 53rd bit of what was written: header, record heads, payloads, hashes."""
    store = log_of(rows())
    last = list(LogReader(store, 1).records())[-1]
    for bit in range(0, 8 * int(last.offset + last.span), 53):
        store.flip_bit(1, bit)
        proof = verify(store)
        torn = bit // 8 >= int(HEADER_BYTES) and proof.torn != ""
        assert not proof.ok or torn, f"bit {bit}: not found"
        assert proof.faults == []
        store.flip_bit(1, bit)
    assert verify(store).ok


def test_a_bit_in_the_middle_is_damage_with_segment_offset_and_record() -> None:
    store = log_of(rows())
    third = list(LogReader(store, 1).records())[2]
    store.flip_bit(1, 8 * (int(third.offset) + 60))
    proof = verify(store)
    assert proof.broken.startswith(f"segment 1, offset {third.offset}, record 3: checksum")
    assert (proof.ok, proof.records, proof.torn) == (False, 2, "")


def test_an_incomplete_last_record_is_told_and_is_no_fault() -> None:
    store = log_of(rows())
    last = list(LogReader(store, 1).records())[-1]
    store.live[1][int(last.offset) + 20 :] = bytes(len(store.live[1]) - int(last.offset) - 20)
    proof = verify(store)
    assert (proof.ok, proof.records, proof.broken) == (True, 7, "")
    assert f"offset {last.offset}, record 8" in proof.torn
