"""The desk: any behaviour of the venues leaves its invariants standing, and it ends when the faults stop."""

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cross_market_connect.domain.execution import COMPLETION_NAMES, UNKNOWN_HOLD, UNKNOWN_PERSON
from cross_market_connect.domain.order import REJECT_CLASS_COUNT
from cross_market_connect.domain.spread import (
    STEP_CARRY,
    STEP_CHASE,
    STEP_CROSS,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
    SpreadDefinition,
)
from tests.unit.trading.support import DEFAULT_LADDER, SECOND, definition
from tests.unit.trading.world import Event, World

SHORT_LADDER = ((STEP_UNWIND, 2, 5, 60, SECOND), (STEP_HALT, 1, 0, 0, SECOND))
LONG_LADDER = (
    (STEP_RETRY, 1, 0, 0, SECOND),
    (STEP_CROSS, 2, 0, 20, SECOND),
    (STEP_UNWIND, 2, 5, 60, SECOND),
    (STEP_CARRY, 1, 0, 0, SECOND),
)
NO_UNWIND = ((STEP_RETRY, 1, 0, 0, SECOND), (STEP_CHASE, 1, 1, 5, SECOND))


def executed(spread: SpreadDefinition, completions: list[int], policies: tuple[int, int, int]) -> SpreadDefinition:
    """The spread with other order types, and other answers to what no ladder helps."""
    for leg, completion in zip(spread.execution.legs, completions, strict=False):
        leg.completion, leg.completion_offset_ticks = completion, 1
    execution = spread.execution
    execution.unknown_policy, execution.bust_policy, execution.closed_policy = policies
    execution.unknown_hold_ns = SECOND
    execution.owner = "desk"
    return spread


PLAIN = st.builds(
    definition,
    ratios=st.sampled_from([(1, 1), (3, 1), (3, 4), (2, 3)]),
    ladder=st.sampled_from([DEFAULT_LADDER, DEFAULT_LADDER, SHORT_LADDER, NO_UNWIND, LONG_LADDER]),
    reference_lots=st.sampled_from([3, 6]),
    tolerance_e6=st.sampled_from([50_000, 150_000]),
) | st.builds(
    definition,
    ratios=st.just((2, 1, 1)),
    sides=st.sampled_from([(1, -1, -1), (1, -1, 1)]),
    reference_lots=st.just(4),
)
# Most spreads are executed the plain way; the others mix order types that rest with those that do not.
SPREADS = PLAIN | st.builds(
    executed,
    PLAIN,
    st.lists(st.sampled_from(range(len(COMPLETION_NAMES))), min_size=3, max_size=3),
    st.tuples(st.sampled_from([UNKNOWN_PERSON, UNKNOWN_HOLD]), st.integers(0, 1), st.integers(0, 2)),
)


def event(name: str, second: st.SearchStrategy[int]) -> st.SearchStrategy[Event]:
    return st.tuples(st.just(name), st.integers(0, 2), second)


SMALL = st.integers(0, 9)
EVENTS = st.lists(
    st.one_of(
        event("arrive", st.just(0)),
        event("arrive", st.integers(0, int(REJECT_CLASS_COUNT) - 1)),
        event("fill", SMALL),
        event("end", st.just(0)),
        event("deliver", SMALL),
        event("deliver", st.just(0)),
        event("repeat", SMALL),
        event("lose", st.just(0)),
        event("up", st.just(0)),
        event("time", SMALL),
        event("quote", SMALL),
        event("late", SMALL),
        event("stop", SMALL),
    ),
    max_size=60,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(SPREADS, EVENTS)
def test_invariants_hold_whatever_the_venues_do_and_every_order_ends_when_the_faults_stop(spread, events):
    world = World(spread)
    try:
        for one in events:
            world.play(one)
        world.settle()
    except AssertionError:
        note("legs " + str([(int(leg.side), int(leg.ratio_e9) // 10**9) for leg in spread.legs]))
        note(world.story())
        raise
