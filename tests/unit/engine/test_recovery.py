"""What a new run takes over: the sessions' numbers from their records and from the messages announced since."""

from typing import Any

from cross_market_connect.domain.records import (
    CANCEL_REQUEST,
    CONFIGURATION,
    LEG_ORDER,
    RECORD_TABLE,
    SESSION_STATE,
    STATUS_REQUEST,
    Payload,
)
from cross_market_connect.engine.recovery import RecoveredRun
from cross_market_connect.journal.layout import NO_HASH, Record, encode_record

ROUTE, OTHER = 0, 2


def record(seq: int, kind: int, **fields: Any) -> Record:
    """A record with these fields, the others zero or empty."""
    payload = Payload(kind)
    for name in RECORD_TABLE[kind][2]:
        payload.put(fields.get(name, 0))
    for name in RECORD_TABLE[kind][3]:
        payload.put_text(fields.get(name, ""))
    encoded = encode_record(seq, 0, seq, 0, kind, RECORD_TABLE[kind][1], payload.take())
    return Record(1, 0, encoded + NO_HASH, NO_HASH)


def recovered(*records: tuple[int, dict[str, Any]]) -> RecoveredRun:
    run = RecoveredRun()
    for at, (kind, fields) in enumerate(records):
        run.note(record(at + 1, kind, **fields))
    return run


def test_numbers_are_those_of_the_last_session_state() -> None:
    run = recovered(
        (CONFIGURATION, {}),
        (SESSION_STATE, {"source": ROUTE, "next_in": 2, "next_out": 2}),
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
        (SESSION_STATE, {"source": OTHER, "next_in": 3, "next_out": 9}),
    )
    assert run.sequence_numbers == {ROUTE: (7, 5), OTHER: (3, 9)}
    assert (run.epoch, run.last_seq, run.last_input_seq) == (1, 4, 4)


def test_messages_announced_since_count_for_their_own_session() -> None:
    run = recovered(
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
        (SESSION_STATE, {"source": OTHER, "next_in": 3, "next_out": 9}),
        (LEG_ORDER, {"client_order_id": 11, "route": ROUTE}),
        (LEG_ORDER, {"client_order_id": 12, "route": OTHER}),
        (STATUS_REQUEST, {"client_order_id": 11}),
        (CANCEL_REQUEST, {"client_order_id": 13, "original_client_order_id": 11}),
    )
    assert run.sequence_numbers == {ROUTE: (7, 8), OTHER: (3, 10)}


def test_a_session_state_written_afterwards_has_them_already() -> None:
    run = recovered(
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
        (LEG_ORDER, {"client_order_id": 11, "route": ROUTE}),
        (SESSION_STATE, {"source": ROUTE, "next_in": 8, "next_out": 6}),
        (STATUS_REQUEST, {"client_order_id": 11}),
    )
    assert run.sequence_numbers == {ROUTE: (8, 7)}
