"""A feed that was to have the kernel's stamps and has none says so once."""

from cross_market_connect.domain.records import ALERT
from tests.unit.engine.test_core import FEED, SECOND, World


def test_a_missing_stamp_is_an_alert_once_and_a_stamped_one_none() -> None:
    world = World()
    core = world.core

    def codes() -> list[str]:
        return [row["code"] for row in world.sink.of(ALERT)]

    core.on_datagram(FEED, False, b"3 4", SECOND)
    assert codes() == [], "nobody asked for stamps"
    core.stamps.expect(FEED)
    core.on_datagram(FEED, False, b"3 4", 2 * SECOND, 0)
    assert codes() == []
    for second in (3, 4):
        core.on_datagram(FEED, False, b"3 4", second * SECOND)
    assert codes() == ["no_kernel_stamps"]
    assert world.capture.queued_ns == [-1, 0, -1, -1], "a replay is told what the kernel said"
