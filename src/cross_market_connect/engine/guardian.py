"""What guards an engine: it notices a hang or a death, fences, kills, starts again with growing pauses, and gives up.

Sans-I/O: the host tells what happened and asks what to do. A hung engine is first fenced, so that it sends nothing when
it wakes, then killed: its connections break, and the venues cancel what rests. The next start reads the log and asks
the venues. An engine that dies of the same input twice starts cancel-only by itself (`EngineCore.on_crash`); one that
is never ready is not started for ever.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER

STARTING: Final[i64] = 0
WATCHING: Final[i64] = 1
KILLING: Final[i64] = 2
PAUSING: Final[i64] = 3
ENDED: Final[i64] = 4
GIVEN_UP: Final[i64] = 5
STATE_NAMES: Final[tuple[str, ...]] = ("starting", "watching", "killing", "pausing", "ended", "given_up")

READY: Final[i64] = 0  # the engine has said that it is ready
SILENT: Final[i64] = 1  # no sign of life within the time that the state allows
ENDED_CLEANLY: Final[i64] = 2
REFUSED: Final[i64] = 3  # it cannot start as it is configured: starting again changes nothing
DIED: Final[i64] = 4
DUE: Final[i64] = 5  # the pause is over
TOO_OFTEN: Final[i64] = 6  # it died before it was ready, once more than is tried
EVENT_NAMES: Final[tuple[str, ...]] = ("ready", "silent", "ended_cleanly", "refused", "died", "due", "too_often")

START: Final = "start"
FENCE: Final = "fence"
KILL: Final = "kill"

# (state, event): state after, actions, alert level (empty: nobody is told), what is told in English and Chinese
TABLE: Final[dict[tuple[int, int], tuple[int, tuple[str, ...], str, str, str]]] = {
    (0, 0): (1, (), "info", "the engine is ready", "引擎已就绪"),
    (0, 1): (
        2,
        (FENCE, KILL),
        "critical",
        "the engine does not become ready and is killed",
        "引擎启动超时，已强制终止",
    ),
    (0, 2): (4, (), "", "", ""),
    (0, 3): (5, (), "emergency", "the engine refuses to start; its message says why", "引擎拒绝启动，原因见其输出"),
    (0, 4): (3, (), "critical", "the engine died before it was ready", "引擎在就绪前退出"),
    (0, 6): (
        5,
        (),
        "emergency",
        "the engine dies at every start; a person is needed",
        "引擎反复启动失败，需要人工处理",
    ),
    (1, 1): (2, (FENCE, KILL), "emergency", "the engine hangs: fenced and killed", "引擎无响应：已隔离并强制终止"),
    (1, 2): (4, (), "info", "the engine has ended", "引擎已正常结束"),
    (1, 3): (5, (), "emergency", "the engine refuses to go on; its message says why", "引擎拒绝继续，原因见其输出"),
    (1, 4): (3, (), "critical", "the engine died and is started again", "引擎异常退出，将自动重启"),
    (2, 1): (2, (KILL,), "", "", ""),
    (2, 2): (3, (), "", "", ""),
    (2, 3): (3, (), "", "", ""),
    (2, 4): (3, (), "", "", ""),
    (3, 5): (0, (START,), "", "", ""),
}

# The loop beats twenty times a second; a disk that stalls does not stop it.
SILENCE_NS: Final[i64] = 2 * NANOSECONDS_PER_SECOND
START_SILENCE_NS: Final[i64] = 120 * NANOSECONDS_PER_SECOND
PAUSE_NS: Final[i64] = 200_000_000
PAUSE_DOUBLINGS_MAX: Final[i64] = 8
# An engine that has run so long is started without a pause to grow from.
STEADY_NS: Final[i64] = 60 * NANOSECONDS_PER_SECOND
# Deaths in a row, none of them after it was ready, before a person is needed.
FAILED_STARTS_MAX: Final[i64] = 5


@final
class GuardianAlert:
    """What people are told."""

    def __init__(self, level: str, text: str, text_zh: str) -> None:
        self.level: str = level
        self.text: str = text
        self.text_zh: str = text_zh


@final
class Guardian:
    """Decides; the host acts.

    Attributes:
        state: see the table. deaths: in a row, since it last ran steadily.
        actions, alerts: to be taken by the host after each call.
    """

    def __init__(self, now_ns: i64) -> None:
        self.state: i64 = STARTING
        self.deaths: i64 = 0
        self.failed_starts: i64 = 0
        self.actions: list[str] = [START]
        self.alerts: list[GuardianAlert] = []
        self.since_ns: i64 = now_ns
        self.beat_ns: i64 = now_ns

    def take_actions(self) -> list[str]:
        """What is to be done now, in order."""
        taken = self.actions
        self.actions = []
        return taken

    def take_alerts(self) -> list[GuardianAlert]:
        """Whom to tell what."""
        taken = self.alerts
        self.alerts = []
        return taken

    def is_over(self) -> bool:
        """Whether nothing is guarded any more."""
        return self.state == ENDED or self.state == GIVEN_UP

    # ------------------------------------------------------------------ what happened

    def on_ready(self, now_ns: i64) -> None:
        """The engine has said that it is ready."""
        if self.state == STARTING:
            self.failed_starts = 0
            self._event(READY, now_ns)

    def on_beat(self, beat_ns: i64) -> None:
        """The engine's last sign of life, as its life store shows it."""
        if beat_ns > self.beat_ns:
            self.beat_ns = beat_ns

    def on_exit(self, event: i64, now_ns: i64) -> None:
        """The process is gone: ENDED_CLEANLY, REFUSED or DIED; said once or again."""
        if (int(self.state), int(event)) not in TABLE:
            return
        if self.state == STARTING and event == DIED:
            self.failed_starts += 1
            if self.failed_starts >= FAILED_STARTS_MAX:
                self._event(TOO_OFTEN, now_ns)
                return
        if self.state == WATCHING and now_ns - self.since_ns >= STEADY_NS:
            self.deaths = 0
        if event != ENDED_CLEANLY:
            self.deaths += 1
        self._event(event, now_ns)

    def on_timer(self, now_ns: i64) -> None:
        """Look at the time."""
        if now_ns >= self.next_timer_ns():
            self._event(DUE if self.state == PAUSING else SILENT, now_ns)

    def next_timer_ns(self) -> i64:
        """When to look again; a beat moves it."""
        if self.state == PAUSING:
            return self.since_ns + self._pause_ns()
        if self.state == STARTING:
            return self.since_ns + START_SILENCE_NS
        if self.state == WATCHING:
            last = self.beat_ns if self.beat_ns > self.since_ns else self.since_ns
            return last + SILENCE_NS
        return self.since_ns + SILENCE_NS if self.state == KILLING else NO_TIMER

    def _pause_ns(self) -> i64:
        pause = PAUSE_NS
        doublings = self.deaths - 1 if self.deaths <= PAUSE_DOUBLINGS_MAX else PAUSE_DOUBLINGS_MAX
        for _ in range(doublings):
            pause *= 2
        return pause

    def _event(self, event: i64, now_ns: i64) -> None:
        found = TABLE.get((int(self.state), int(event)))
        if found is None:
            return
        self.state = found[0]
        self.since_ns = now_ns
        self.actions.extend(found[1])
        if found[2] != "":
            self.alerts.append(GuardianAlert(found[2], found[3], found[4]))
