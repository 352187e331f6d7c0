"""A run begins behind everything that the disk had to keep, or does not begin and says why."""

import errno

from cross_market_connect.journal.layout import Damage, LogDamageError
from cross_market_connect.journal.store import unusable
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.simulation.plan import MILLISECOND_NS, Plan
from cross_market_connect.simulation.safekeeping import Safekeeping


def keeping() -> tuple[Safekeeping, list[str]]:
    said: list[str] = []
    return Safekeeping(said.append), said


def test_a_death_takes_no_record_and_a_power_cut_none_that_was_safe() -> None:
    judge, said = keeping()
    judge.written_seq = 50
    judge.synced(30)
    judge.taken_over(50, False)
    judge.written_seq = 60
    judge.taken_over(40, True)
    assert said == []
    judge.taken_over(39, False)
    assert said == ["a run begins after record 39, although 40 were written"]
    judge.taken_over(29, True)
    assert said[1:] == ["a run begins after record 29, although 30 were safe"]


def test_a_refusal_names_place_and_remedy() -> None:
    judge, said = keeping()
    damage = str(LogDamageError(Damage(1, 512, 7, "checksum")))
    disk = unusable("disk", OSError(errno.ENOSPC, "No space"))
    judge.refused(damage, False)
    judge.refused(damage, True)
    judge.refused(disk, True)
    assert said == []
    judge.refused("the log is damaged", False)
    assert "without segment, offset" in said[0]
    judge.refused(disk, False)
    assert "without segment, offset" in said[1], "the disk does nothing of the kind"
    judge.refused("the log is damaged", True)
    assert "without segment, offset" in said[2]


def test_rot_in_what_was_safe_stops_the_engine_until_somebody_restores_the_log() -> None:
    plan = Plan(Choices(0, []), "heavy")
    plan.acts = [Act(300 * MILLISECOND_NS, "rot", 0, 500, 400 * MILLISECOND_NS)]
    history = History(plan)
    faults: list[str] = []
    history.world.at(history.world.now_ns + 400 * MILLISECOND_NS, lambda: faults.append(history.engine.start_fault))
    history.run()
    assert len(faults) == 1 and "restore the log from its copy" in faults[0]
    assert history.judge.violations == [] and history.engine.starts == 2 and history.rotten is None
