"""Runs the cases against one target; each ends with a verdict, what was said, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from cross_market_connect.config.build_execution import narrowed
from cross_market_connect.config.build_fix import order_gateway
from cross_market_connect.conformance.case import FAIL, NEEDS_HELP, NOT_SUPPORTED, PASS, VERDICTS, Case
from cross_market_connect.conformance.catalogue import cases_of
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.conformance.pump import CaseFailed, Events
from cross_market_connect.conformance.target import Numbers, Target
from cross_market_connect.conformance.transcript import Line, Transcript
from cross_market_connect.conformance.venue import SimulatedVenue
from cross_market_connect.domain.errors import CrossMarketError, InputError
from cross_market_connect.domain.step import Step


@dataclass(frozen=True)
class Outcome:
    """What came of one case; `reason` says why it did not pass."""

    case: Case
    verdict: str
    reason: str
    duration_ms: float
    lines: list[Line]


def run_suite(target: Target, cases: Iterable[Case] | None = None, extra_script: str = "") -> list[Outcome]:
    """Run the cases in their order.

    Args:
        cases: None for all that the gateway has.
        extra_script: more for the suite's own venue to do in every case, by which a test makes it misbehave.

    Raises InputError when no connection to a counterparty can be made: that is no verdict on its cases.
    """
    numbers = Numbers(target.numbers_file)
    outcomes: list[Outcome] = []
    was_connected = target.is_simulated
    for case in cases_of(target.source.gateway) if cases is None else cases:
        outcome = run_case(target, case, numbers, extra_script)
        was_connected = was_connected or bool(outcome.lines)
        if outcome.verdict == FAIL and not was_connected:
            raise InputError([outcome.reason])
        outcomes.append(outcome)
    return outcomes


def run_case(target: Target, case: Case, numbers: Numbers, extra_script: str = "") -> Outcome:
    """Run one case over connections of its own."""
    missing = [need for need in case.needs if need not in abilities(target)]
    if missing:
        return Outcome(case, NOT_SUPPORTED, f"the gateway has no {', '.join(missing)}", 0.0, [])
    if case.asks and not target.is_simulated:
        return Outcome(case, NEEDS_HELP, case.asks, 0.0, [])
    transcript = Transcript()
    begun_ns = time.monotonic_ns()
    reason = ""
    venue = None
    try:
        if target.is_simulated:
            numbers.begin_anew()
            venue = SimulatedVenue(target, f"{extra_script}\n{case.script}")
        reason = _play(Probe(target, numbers, transcript, venue), case)
    except OSError as error:
        reason = f"{target.source.host}:{target.source.port}: {error.strerror or error}; expected a venue that listens"
    finally:
        if venue is not None:
            venue.close()
    verdict = FAIL if reason else PASS
    return Outcome(case, verdict, reason, (time.monotonic_ns() - begun_ns) / 1e6, transcript.lines)


def _play(probe: Probe, case: Case) -> str:
    """Play it to its end; why it failed, "" when it did not."""
    try:
        if case.connects:
            probe.log_on()
        case.play(probe)
        probe.settle()
    except CaseFailed as failure:
        return str(failure)
    except CrossMarketError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        probe.tidy()
    return ""


def abilities(target: Target) -> list[str]:
    """What the gateway can do, in the words of `Case.needs`."""
    gateway = order_gateway(0, target.source, Step(Events()), target.instruments, (1, 1), target.demo)
    names = narrowed(target.source, gateway.capabilities()).names()
    dialect = gateway.dialect
    names += ["reject_codes"] if dialect.has_venue_codes else []
    names += ["drop_copy"] if target.copied is not None else []
    return names + (["trade_corrections"] if dialect.has_trade_corrections else [])


def counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Cases by verdict."""
    found = [outcome.verdict for outcome in outcomes]
    return {verdict: found.count(verdict) for verdict in VERDICTS}
