"""Carries out what a plan does on purpose: to markets, connections, the disk, the engine's process and its machine.

`DEEDS` has one row per kind of act; an act that lasts announces its own end. `calm` ends whatever may still last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from cross_market_connect.engine.network import NO_HANDLE
from cross_market_connect.journal.reader import LogCursor, LogReader
from cross_market_connect.simulation.effects import NEVER
from cross_market_connect.simulation.hosts import EngineHost
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.simulation.verdicts import nothing_outlives_its_session
from cross_market_connect.venues.simulated.exchange import SimulatedExchange

if TYPE_CHECKING:
    from cross_market_connect.simulation.history import History

# Acts after which a venue does not serve us, and the act that ends it; "" for those that say how long they last.
LASTING: Final = {
    "halt": "resume",
    "close": "resume",
    "lock": "unlock",
    "cut": "",
    "black_hole": "",
    "half_close": "",
    "forget_sessions": "",
    "venue_restart": "",
}
# After a rot the next start is tried so soon.
START_NS: Final = 60_000_000
# Ways in which a power cut treats what was not synced.
KEEPS: Final = 3


def carry_out(history: History, act: Act) -> None:
    """Do it now."""
    DEEDS[act.kind](history, act)


def calm(history: History) -> None:
    """End what may still last."""
    for number in range(len(history.venues)):
        carry_out(history, Act(0, "unlock", number))
        carry_out(history, Act(0, "resume", number))
    engine = history.engine
    engine.effects.left = NEVER
    engine.wake()
    engine.disk.stalled_until_ns = 0
    engine.disk.sync_fails = False
    engine.disk.is_full = False
    _restore(history)
    history.people.tidy()


def _hand(history: History, act: Act, what: Callable[[SimulatedExchange, int, int], None]) -> None:
    history.venues[act.target].take_hand(what)


def _halt(history: History, act: Act) -> None:
    _hand(history, act, lambda exchange, now_ns, utc_ns: exchange.halt(0, now_ns, utc_ns))


def _close(history: History, act: Act) -> None:
    _hand(history, act, lambda exchange, now_ns, utc_ns: exchange.close(0, now_ns, utc_ns))


def _resume(history: History, act: Act) -> None:
    _hand(history, act, lambda exchange, now_ns, utc_ns: exchange.resume(0, now_ns, utc_ns))


def _lock(history: History, act: Act) -> None:
    side = act.a if act.kind == "lock" else 0
    _hand(history, act, lambda exchange, now_ns, utc_ns: exchange.lock(0, side, now_ns, utc_ns))


def _forget(history: History, act: Act) -> None:
    history.judge.forgetful.add(act.target)
    _hand(history, act, lambda exchange, now_ns, utc_ns: exchange.forget_sessions(now_ns, utc_ns))


def _venue_restart(history: History, act: Act) -> None:
    host = history.venues[act.target]
    if act.a != 0:
        history.judge.forgetful.add(act.target)
    host.stop_process()
    history.world.after(act.b, lambda: host.restart_process(act.a == 0))


def _connection(history: History, act: Act) -> None:
    """The venue's end of one session's connection: cut, closed by half, dark, or in fragments."""
    host = history.venues[act.target]
    handle = host.handle_of(1 + act.a % len(host.exchange.settings.clients))
    if handle == NO_HANDLE:
        return
    if act.kind == "cut":
        host.network.reset(handle)
    elif act.kind == "half_close":
        host.network.half_close(handle)
    elif act.kind == "black_hole":
        host.network.darken(handle, history.world.now_ns + act.b)
    else:
        host.network.fragment(handle, True)


def _kill(history: History, act: Act) -> None:
    """At once, or at an effect; by a power cut when the act says so."""
    engine = history.engine
    if engine.core is None:
        return
    keeps = act.a % KEEPS if act.kind == "power_cut" else -1
    if act.a > 0:
        engine.die_after(act.a, act.b, keeps)
        return
    if keeps >= 0:
        engine.lose_power(keeps)
    else:
        history.kill_between_steps()
    history.world.after(act.b, engine.start)


def _rot(history: History, act: Act) -> None:
    """The process dies, and a bit of what the log had declared safe changes: nobody may go on behind the damage.

    The start is refused, or does not read that far back; a while later somebody restores the log from its copy.
    """
    engine = history.engine
    if engine.core is None or history.rotten is not None:
        return
    history.kill_between_steps()
    history.rotten = _safe_bit(history, act.a)
    if history.rotten is not None:
        engine.disk.memory.flip_bit(*history.rotten)
    history.world.after(START_NS, lambda: _start_on_rot(history))
    history.world.after(act.b, lambda: _restore(history))


def _safe_bit(history: History, permille: int) -> tuple[int, int] | None:
    """Segment and bit in the middle of a record that the log had declared safe; None when there is none."""
    safe = [
        record for record in LogReader(history.engine.disk, 1).records() if record.seq <= history.judge.keeping.safe_seq
    ]
    if not safe:
        return None
    record = safe[permille * len(safe) // 1_000]
    return int(record.segment), (int(record.offset) + int(record.span) // 2) * 8


def _start_on_rot(history: History) -> None:
    """Whoever looks after the engine starts it, and reads why it does not start."""
    engine = history.engine
    engine.start()
    if history.rotten is not None and engine.core is None and engine.start_fault:
        disk_refuses = (engine.disk.is_full or engine.disk.sync_fails) and not _reads_rot(history)
        history.judge.keeping.refused(engine.start_fault, disk_refuses)
        for violation in nothing_outlives_its_session(host.exchange for host in history.venues):
            history.judge.violation(violation)


def _reads_rot(history: History) -> bool:
    """Whether a start reads what is rotten: nothing before the segment of the newest snapshot is read."""
    snapshots = history.engine.stores.snapshots.load()
    cursor = LogCursor(history.engine.disk, False)
    if snapshots:
        cursor.start_at(snapshots[0].record_seq)
    return history.rotten is not None and history.rotten[0] > cursor.segment


def _restore(history: History) -> None:
    """The log is what it was, and the engine runs."""
    if history.rotten is not None:
        history.engine.disk.memory.flip_bit(*history.rotten)
        history.rotten = None
    history.engine.start()


def _hang(history: History, act: Act) -> None:
    history.engine.hang(history.world.now_ns + act.b)


def _clock_step(history: History, act: Act) -> None:
    history.engine.step_clock(act.a)


def _disk(history: History, act: Act) -> None:
    """Slow, full or failing, for a while."""
    disk, world = history.engine.disk, history.world
    if act.kind == "disk_stall":
        disk.stalled_until_ns = world.now_ns + act.b
    elif act.kind == "disk_full":
        disk.is_full = True
        world.after(act.b, lambda: setattr(disk, "is_full", False))
    else:
        disk.sync_fails = True
        world.after(act.b, lambda: setattr(disk, "sync_fails", False))


def _condition(history: History, act: Act) -> None:
    """Somebody reports a condition of the venue's market to the engine."""
    history.engine.tell(
        lambda core: core.on_condition(act.target, act.a, act.b, "reported", history.world.now_ns),
    )


def _by_hand(history: History, act: Act) -> None:
    """A person's command."""
    history.people.act(act)


def _stop(history: History, _act: Act) -> None:
    """An operator asks for the clean end while the market goes on."""
    if history.engine.core is not None:
        history.engine.stop()


def _second_engine(history: History, act: Act) -> None:
    """Somebody starts another engine on the same disk: it must refuse, or the first one must stop sending.

    Behind one that has ended it would be an ordinary start, of an engine that nobody judges.
    """
    engine = history.engine
    if engine.core is None or engine.core.finished:
        return
    other = EngineHost(history.world, engine.settings, engine.reference, engine.calendar, {}, True, engine)
    other.start()
    history.others.append(other)


DEEDS: Final[dict[str, Callable[[History, Act], None]]] = {
    "halt": _halt,
    "close": _close,
    "resume": _resume,
    "lock": _lock,
    "unlock": _lock,
    "cut": _connection,
    "half_close": _connection,
    "black_hole": _connection,
    "fragment": _connection,
    "forget_sessions": _forget,
    "venue_restart": _venue_restart,
    "kill": _kill,
    "power_cut": _kill,
    "rot": _rot,
    "hang": _hang,
    "clock_step": _clock_step,
    "disk_stall": _disk,
    "disk_full": _disk,
    "sync_error": _disk,
    "condition": _condition,
    "by_hand": _by_hand,
    "stop": _stop,
    "second_engine": _second_engine,
}
