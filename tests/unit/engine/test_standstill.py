"""How old what is read may be: by hand, in virtual milliseconds."""

from cross_market_connect.engine.standstill import Standstill


def test_nothing_waits_for_an_engine_that_never_stood_still() -> None:
    assert [int(Standstill().waited_ns(now_ns)) for now_ns in (1, 10**15)] == [0, 0]


def test_what_is_read_after_a_standstill_may_have_waited_since_its_beginning_for_as_long_as_it_took() -> None:
    standstill = Standstill()
    standstill.note(1_000, 1_600)
    assert [int(standstill.waited_ns(now_ns)) for now_ns in (1_600, 1_601, 2_200, 2_201)] == [600, 601, 1_200, 0]


def test_a_standstill_that_begins_before_all_was_read_prolongs_the_one_before_and_a_later_one_is_its_own() -> None:
    standstill = Standstill()
    standstill.note(1_000, 1_600)
    standstill.note(1_700, 1_800)
    assert [int(standstill.waited_ns(now_ns)) for now_ns in (1_800, 1_900, 1_901)] == [800, 900, 0]
    standstill.note(3_000, 3_050)
    assert [int(standstill.waited_ns(now_ns)) for now_ns in (3_050, 3_100, 3_101)] == [50, 100, 0]
