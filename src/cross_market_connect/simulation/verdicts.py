"""What must hold when a history is at rest: judged once, from venues' ledgers, raw bytes and the engine's books.

Each verdict is a function from a judge (and what else it must know) to sentences; none means that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cross_market_connect.domain.execution import CLOSED_PERSON
from cross_market_connect.domain.order import STATUS_CANCELLED, STATUS_EXPIRED, STATUS_REJECTED
from cross_market_connect.domain.spread import HALTED, RESIDUAL, SPREAD_STATE_NAMES, STEP_UNWIND
from cross_market_connect.matching.orders import (
    REASON_DUPLICATE_ID,
    REASON_OFFSET,
    REASON_ORDER_KIND,
    REASON_PERMISSION,
    REASON_QUANTITY_MAX,
    REASON_QUANTITY_STEP,
    REASON_UNKNOWN_INSTRUMENT,
)
from cross_market_connect.simulation.judged import Parent, Sent
from cross_market_connect.simulation.oracles import Judge
from cross_market_connect.trading.states import (
    HALT_DEADLINE,
    HALT_LOST_ORDER,
    HALT_REASONS,
    HALT_UNKNOWN,
    is_spread_terminal,
)
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.faults import REPORT_NO_ACKNOWLEDGEMENT, REPORT_NO_END, REPORT_NO_TRADE
from cross_market_connect.venues.simulated.settings import ROLE_ORDER_ENTRY

# Alerts by which people hear of what the venue has and the log does not.
LOST_ORDER_ALERTS: Final = frozenset({"lost_order", "unowned_receipt", "reconciliation", "position_difference"})
# Ends of an order that are told as such: not by its last trade. A set: mypyc finds a constant tuple of three native
# integers not set where this is read.
ENDED_OTHERWISE: Final = frozenset({int(STATUS_CANCELLED), int(STATUS_REJECTED), int(STATUS_EXPIRED)})
# Reasons of a call for a person that time alone brings about.
DEADLINE_REASONS: Final = (HALT_REASONS[HALT_DEADLINE][1], HALT_REASONS[HALT_UNKNOWN][1])
# So many refusals, or orders that nobody answered, exhaust a ladder by themselves.
REFUSALS_THAT_EXCUSE: Final = 3
# Refusals that the same order meets again whatever is waited for or paid.
REASONS_THAT_REPEAT: Final = (
    REASON_UNKNOWN_INSTRUMENT,
    REASON_QUANTITY_STEP,
    REASON_QUANTITY_MAX,
    REASON_DUPLICATE_ID,
    REASON_ORDER_KIND,
    REASON_PERMISSION,
    REASON_OFFSET,
)


def fills_are_known(judge: Judge) -> Iterator[str]:
    """Invariant 1: what filled at the venues is what the engine was told and what it counted, order by order."""
    for number, sent in judge.sent.items():
        filled = sent.due()
        if sent.lost:
            may_be_secret = not sent.told.seen and _may_be_unheard(judge, sent)
            if filled and not may_be_secret and not judge.alert_codes & LOST_ORDER_ALERTS:
                yield f"order {number}: {filled} lots filled, a power cut took its record, and nobody was called"
        elif sent.counted != filled and not (judge.may_be_untold(sent) and _was_not_told(judge, sent)):
            told = sent.told.cumulative
            yield f"order {number}: {filled} lots filled at the venue, {told} told, {sent.counted} counted"


def _was_not_told(judge: Judge, sent: Sent) -> bool:
    """Whether the engine counted all that it was told. What a venue said in sessions that it forgot proves nothing."""
    return sent.venue in judge.forgetful or sent.counted == sent.told.cumulative


def positions_agree(judge: Judge, at_venues: Mapping[int, int], in_engine: Mapping[int, int]) -> Iterator[str]:
    """Invariant 1: positions by instrument are the venues', and the sum of the fills.

    Args:
        at_venues, in_engine: lots by the engine's instrument index.
    """
    fills: dict[int, int] = {}
    missed: dict[int, int] = {}
    for sent in judge.sent.values():
        instrument = int(sent.order.definition.legs[sent.leg].instrument_index)
        filled = sent.filled()
        fills[instrument] = fills.get(instrument, 0) + sent.side * filled
        known = sent.due()
        if sent.lost:
            # The engine has of it what it was told, as of anybody else's.
            known = sent.told.cumulative
        elif judge.may_be_untold(sent):
            known = sent.counted
        missed[instrument] = missed.get(instrument, 0) + sent.side * (filled - known)
    for instrument, lots in at_venues.items():
        engine, ours = in_engine.get(instrument, 0) + missed.get(instrument, 0), fills.get(instrument, 0)
        if not lots == engine == ours:
            yield f"instrument {instrument}: {lots} lots at the venue, {engine} in the engine, {ours} by our fills"


def everything_ended(judge: Judge) -> Iterator[str]:
    """Invariant 7: every spread order has ended, balanced by the ledgers or in a person's hands."""
    for number, parent in judge.parents.items():
        if not parent.worked and not parent.reserved:
            continue
        if not is_spread_terminal(parent.state):
            yield f"spread order {number} is still {SPREAD_STATE_NAMES[parent.state]}"
        elif parent.state not in (HALTED, RESIDUAL):
            untold = parent.is_a_guess() or any(
                judge.may_be_untold(sent) and sent.due() != sent.counted for sent in parent.sent
            )
            nets = [parent.due(leg) for leg in range(len(parent.targets))]
            if not untold and not parent.is_balanced(nets):
                state = SPREAD_STATE_NAMES[parent.state]
                yield f"spread order {number} is {state} and naked: {nets} of {parent.targets}"


def nothing_is_live(judge: Judge) -> Iterator[str]:
    """Invariant 7: no order of an ended spread order may still fill at its venue; one whose record a power cut took is
    for a person to cancel, who is called when it comes to light (docs/operations.md)."""
    for number, sent in judge.sent.items():
        if sent.at_venue is None or not sent.at_venue.is_open() or sent.order.state == HALTED:
            continue
        if sent.told.rejected and sent.told.ended and _may_be_unheard(judge, sent):
            # The venue refused it, and keeps to itself that it lives.
            continue
        if not sent.lost:
            yield f"order {number} of ended spread order {sent.order.spread_order_id} is live"
        elif not judge.alert_codes & LOST_ORDER_ALERTS and (sent.told.seen or not _may_be_unheard(judge, sent)):
            yield f"order {number} is live, a power cut took its record, and nobody was called"


def _may_be_unheard(judge: Judge, sent: Sent) -> bool:
    """Whether no report of an order that is at its venue need have come: the venue keeps all that there is to say of it
    to itself, forgot its sessions, or has not let us log out, which is its last word."""
    kept_back = REPORT_NO_ACKNOWLEDGEMENT
    if sent.filled():
        kept_back |= REPORT_NO_TRADE
    if sent.at_venue is not None and int(sent.at_venue.status) in ENDED_OTHERWISE:
        kept_back |= REPORT_NO_END
    is_silent = sent.at_venue is not None and sent.at_venue.report_flags & kept_back == kept_back
    return is_silent or sent.venue in judge.forgetful or sent.route not in judge.told.logged_out


def reservations_are_released(judge: Judge) -> Iterator[str]:
    """Invariant 3: an ended spread order holds no reservation; one in a person's hands keeps its own."""
    for number, parent in judge.parents.items():
        if is_spread_terminal(parent.state) and parent.reserved != (parent.state == HALTED and parent.reservations > 0):
            held = "still held" if parent.reserved else "gone"
            yield f"spread order {number} is {SPREAD_STATE_NAMES[parent.state]}, its reservation is {held}"


def refusals_are_on_record(judge: Judge) -> Iterator[str]:
    """Invariant 5: every refusal that was told has a record with its class."""
    for number, sent in judge.sent.items():
        if sent.is_refused() and sent.told.rejected and sent.rejects_on_record == 0:
            yield f"order {number} was refused and no record says so"


def halts_are_excused(judge: Judge) -> Iterator[str]:
    """Invariant 7: a person is called only where no ladder could have helped, by what the world did to the order."""
    for number, parent in judge.parents.items():
        if parent.halt_reason and not _is_excused(judge, parent):
            yield f"spread order {number} is halted without need: {parent.halt_reason}"


def _may_own_a_lost_order(judge: Judge, parent: Parent) -> bool:
    """Whether a power cut took the record of an order that went where this spread order's orders go."""
    execution = parent.definition.execution
    routes = {int(leg.route) for leg in parent.definition.legs}
    routes |= {int(way.route) for leg in execution.legs for way in leg.alternatives}
    venues = {judge.venue_of_route[route] for route in routes}
    return any(sent.lost and sent.told.seen and sent.venue in venues for sent in judge.sent.values())


def _stood_still(judge: Judge, parent: Parent) -> bool:
    """Whether the engine's process did nothing for a part of the order's time."""
    return any(begin_ns <= parent.ended_ns and end_ns >= parent.began_ns for begin_ns, end_ns in judge.hangs)


def _had_to_ask(judge: Judge, parent: Parent) -> bool:
    """Whether a venue kept back what the engine had to ask for, or lost its questions: nobody knows how little time was
    left then."""
    return any(sent.asked and (judge.may_be_untold(sent) or sent.venue in judge.deaf) for sent in parent.sent)


def _is_excused(judge: Judge, parent: Parent) -> bool:
    if parent.halt_reason == HALT_REASONS[HALT_LOST_ORDER][1] and _may_own_a_lost_order(judge, parent):
        return True
    if parent.halt_reason == HALT_REASONS[HALT_UNKNOWN][1] and parent.unanswered:
        # What was told later is no help at a deadline.
        return True
    if parent.halt_reason in DEADLINE_REASONS and (_stood_still(judge, parent) or _had_to_ask(judge, parent)):
        return True
    if parent.was_lied_to:
        # The order may have been refused in truth since.
        return True
    refusals = unanswered = 0
    # A leg whose market is closed or not to be reached was perhaps never sent.
    venues = {judge.venue_of_route[int(leg.route)] for leg in parent.definition.legs}
    for sent in parent.sent:
        venues.add(sent.venue)
        refusals += sent.told.rejected or sent.at_venue is None
        unanswered += not sent.told.ended
        if sent.at_venue is not None and sent.at_venue.reason in REASONS_THAT_REPEAT:
            return True
        is_a_persons = parent.definition.execution.closed_policy == CLOSED_PERSON
        if is_a_persons and sent.is_refused() and sent.is_refused_as_closed():
            return True
        if sent.told.taken_back or sent.filled() > sent.lots or sent.told.cumulative > sent.lots:
            return True
    if refusals + unanswered >= REFUSALS_THAT_EXCUSE or unanswered:
        return True
    if parent.used_up or parent.has_used_up(STEP_UNWIND):
        return True
    return any(
        venue in venues and begin_ns <= parent.ended_ns and end_ns >= parent.began_ns
        for venue, begin_ns, end_ns in judge.troubles
    )


def nothing_outlives_its_session(exchanges: Iterable[SimulatedExchange]) -> Iterator[str]:
    """While no engine runs: sessions that wanted their orders cancelled with them have none that may still fill."""
    for exchange in exchanges:
        for number, client in enumerate(exchange.settings.clients, 1):
            if (
                client.role != ROLE_ORDER_ENTRY
                or not client.cancel_on_disconnect
                or exchange.connection_of(number) >= 0
            ):
                continue
            for order in exchange.ledger.open_orders(exchange.participant(client.account)):
                if order.session == number:
                    yield f"order {order.client_id.decode()} outlives its session"


def at_rest(judge: Judge, at_venues: Mapping[int, int], in_engine: Mapping[int, int]) -> Iterator[str]:
    """Every verdict."""
    yield from fills_are_known(judge)
    yield from positions_agree(judge, at_venues, in_engine)
    yield from everything_ended(judge)
    yield from nothing_is_live(judge)
    yield from reservations_are_released(judge)
    yield from refusals_are_on_record(judge)
    yield from halts_are_excused(judge)
