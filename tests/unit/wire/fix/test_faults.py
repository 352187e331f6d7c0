"""Counting and bounded reporting."""

from cross_market_connect.wire.fix import faults
from cross_market_connect.wire.fix.faults import FAULT_NAMES, FAULT_REPORTS_MAX, FaultLog, shown


def test_every_fault_has_its_own_code_and_name() -> None:
    codes = [value for name, value in vars(faults).items() if name.startswith("FAULT_") and isinstance(value, int)]
    codes.remove(FAULT_REPORTS_MAX)
    assert sorted(codes) == list(range(len(FAULT_NAMES)))
    assert len(set(FAULT_NAMES)) == len(FAULT_NAMES)


def test_reports_are_bounded_and_counts_are_not() -> None:
    log = FaultLog()
    for number in range(FAULT_REPORTS_MAX + 10):
        log.add(faults.FAULT_SILENCE, number, b"0", b"text")
    assert log.counts.count(faults.FAULT_SILENCE) == FAULT_REPORTS_MAX + 10
    assert log.dropped == 10
    reports = log.take()
    assert len(reports) == FAULT_REPORTS_MAX
    assert (reports[0].name, reports[0].seq_num, reports[0].msg_type, reports[0].text) == ("silence", 0, b"0", b"text")
    assert log.take() == []


def test_totals_of_the_stream_are_reported_once_per_change() -> None:
    log = FaultLog()
    log.count_stream(0, 0, 0)
    assert log.counts.total() == 0
    log.count_stream(3, 0, 1)
    log.count_stream(3, 0, 1)
    log.count_stream(4, 2, 1)
    assert [report.name for report in log.take()] == ["garbled", "bad checksum", "garbled", "bad body length"]
    counted = [
        log.counts.count(code) for code in (faults.FAULT_GARBLED, faults.FAULT_BAD_LENGTH, faults.FAULT_BAD_CHECKSUM)
    ]
    assert counted == [4, 2, 1]
    assert log.counts.total() == 7


def test_a_report_names_session_direction_number_tag_and_remedy() -> None:
    log = FaultLog("XMC->VENUE")
    log.add(faults.FAULT_INVALID_MESSAGE, 7, b"8", b"reason 3, tag 5001", 5001)
    log.add(faults.FAULT_SILENCE, -1, b"1", b"")
    log.add(faults.FAULT_GARBLED, -1, b"", b"")
    field, silence, garbled = [report.describe() for report in log.take()]
    assert field.startswith(
        "session XMC->VENUE, received message 8 number 7, tag 5001: invalid message: reason 3, tag 5001; compare"
    )
    assert silence == "session XMC->VENUE, sent message 1: silence; look at the network, then at the counterparty"
    assert garbled.startswith("session XMC->VENUE, received: garbled; compare the capture")


def test_the_counterparty_s_words_are_shown_as_people_read_them_and_cut() -> None:
    log = FaultLog("XMC->VENUE")
    log.add(faults.FAULT_REJECT_RECEIVED, 3, b"D\xff", "拒绝".encode() + b"\xfe" + b"x" * 5000)
    (told,) = [report.describe() for report in log.take()]
    assert "received message D\\xff number 3: Reject received: 拒绝\\xfexxx" in told
    assert told.endswith("; read RefSeqNum(45) and Text(58): our message was refused")
    assert len(told) < 400


def test_a_fault_that_is_always_of_one_field_names_it() -> None:
    log = FaultLog()
    for code in (faults.FAULT_SENDING_TIME, faults.FAULT_SEQUENCE_LOW, faults.FAULT_RESET_FLAG, faults.FAULT_COMP_ID):
        log.add(code, 1, b"0", b"")
    assert [report.tag for report in log.take()] == [52, 34, 141, 0]


def test_every_fault_has_a_remedy() -> None:
    assert len(faults.REMEDIES) == len(FAULT_NAMES)
    assert all(faults.REMEDIES)


def test_a_fault_is_one_line_whatever_the_counterparty_writes() -> None:
    assert shown(b"a\nforged: line\x1b[2J\xe4\xb8\xad") == "a\\nforged: line\\x1b[2J\u4e2d"
