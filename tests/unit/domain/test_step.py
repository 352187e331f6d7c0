"""A step: everything written in it carries its time, its input and its cause."""

from cross_market_connect.domain.alert import CRITICAL
from cross_market_connect.domain.records import ALERT, TIMER, Payload, RecordSink, decode_payload
from cross_market_connect.domain.step import Step


class Sink(RecordSink):
    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int]] = []
        self.payloads: list[bytes] = []

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        self.rows.append((kind, cause_seq, input_seq, now_ns))
        self.payloads.append(payload)
        return len(self.rows)


def test_records_carry_the_time_and_the_input_of_their_step():
    sink = Sink()
    step = Step(sink)
    step.begin(50, 60, 7)
    assert step.write(Payload(TIMER), 0) == 1
    step.begin(51, 61, 8)
    assert step.write(Payload(TIMER), 1) == 2
    assert sink.rows == [(TIMER, 0, 7, 50), (TIMER, 1, 8, 51)]
    assert (step.last_seq, step.utc_ns) == (2, 61)


def test_an_alert_names_its_cause_which_a_new_step_forgets():
    sink = Sink()
    step = Step(sink)
    step.begin(50, 60, 7)
    step.cause_seq = 1
    step.write(Payload(TIMER), 0)
    step.alert(CRITICAL, "code", 9, "text", "文字", 77)
    step.begin(51, 61, 8)
    step.alert(CRITICAL, "code", 0, "", "")
    assert [row[1] for row in sink.rows] == [0, 1, 0]
    assert decode_payload(ALERT, sink.payloads[1]) == {
        "alert_id": 1,
        "level": CRITICAL,
        "spread_order_id": 9,
        "deadline_ns": 77,
        "code": "code",
        "text_en": "text",
        "text_zh": "文字",
    }
    assert decode_payload(ALERT, sink.payloads[2])["alert_id"] == 2
