"""The benchmark of the FIX codec: the codecs work on the same messages, and one that leaves work out fails in it."""

import pytest

from cross_market_connect.bench import fix as bench
from cross_market_connect.domain.errors import InvariantError

GIVEN = bench.orders(4)
REPORTS, SENT = [bench.report_said(order) for order in GIVEN], [bench.order_said(order) for order in GIVEN]
READS = [said.frame() for said in REPORTS]


def test_the_answer_has_the_keys_that_were_promised() -> None:
    said = bench.run(messages=3, rounds=3)
    assert set(said["ratio_to_simplefix"]) == {"parse", "encode"}
    assert {"xmc", "simplefix"} <= set(said["us"]["parse"]) == set(said["us"]["encode"])
    assert all(figure > 0 for figures in said["us"].values() for figure in figures.values())
    assert ("quickfix" in said["us"]["parse"]) == ("ratio_to_quickfix" in said)


def test_an_order_is_the_one_made_by_hand() -> None:
    body = (
        "35=D|49=ENGINE|56=VENUE|34=2|52=20210104-02:00:00.000|11=1000000001|1=ACCOUNT-A|21=1|55=IF2101|207=CCFX|54=1|"
        "60=20210104-02:00:00.000|38=1|40=2|44=5200.0|59=0|"
    )
    whole = f"8=FIX.4.4|9={len(body)}|{body}".replace("|", "\x01").encode()
    whole += b"10=%03d\x01" % (sum(whole) % 256)
    assert SENT[0].frame() == whole == bench.ours(READS, GIVEN).bytes_of(0)


def test_both_agree_on_every_message() -> None:
    for codec in (bench.ours(READS, GIVEN), bench.simplefix_codec(READS, GIVEN)):
        bench.must_agree("codec", codec, REPORTS, SENT)


def test_a_codec_that_writes_something_else_is_found() -> None:
    codec = bench.ours(READS, GIVEN)._replace(bytes_of=lambda number: SENT[0].frame())
    with pytest.raises(InvariantError, match="writes"):
        bench.must_agree("codec", codec, REPORTS, SENT)


def test_a_codec_that_reads_something_else_is_found() -> None:
    codec = bench.ours(READS, GIVEN)._replace(fields_of=lambda frame: [])
    with pytest.raises(InvariantError, match="reads"):
        bench.must_agree("codec", codec, REPORTS, SENT)


@pytest.mark.parametrize(
    "broken",
    [
        READS[0].replace(b"\x0154=1\x01", b"\x0154=Z\x01"),  # a value out of range, under the old sum
        bench.Said([*REPORTS[0].fields, (54, "1")]).frame(),  # a tag twice
        bench.Said([field for field in REPORTS[0].fields if field[0] != 150]).frame(),  # a required one missing
        bench.Said([*REPORTS[0].fields, (31, "x")]).frame(),
    ],
)
def test_what_is_timed_validates(broken: bytes) -> None:
    with pytest.raises(InvariantError, match="3 of 4"):
        bench.ours([broken, *READS[1:]], GIVEN).parse()


def test_a_ratio_is_of_rounds_side_by_side() -> None:
    seen: list[str] = []
    times = bench.interleaved({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, 1, 3)
    assert seen == ["a", "b"] * 4
    assert [len(found) for found in times.values()] == [3, 3]
