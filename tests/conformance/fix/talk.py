"""One rule of the session specification as a conversation, and how it is played for a version and a role."""

from dataclasses import dataclass, field
from typing import Final

from cross_market_connect.wire.fix.schedule import SessionSchedule
from tests.unit.wire.fix.support import Conversation, acceptor, initiator

ALL: Final = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
FROM_44: Final = ("FIX.4.4", "FIX.5.0SP2")
FIXT: Final = ("FIX.5.0SP2",)
ACCEPTOR: Final = "acceptor"
INITIATOR: Final = "initiator"
BOTH: Final = (ACCEPTOR, INITIATOR)

# Logged on, MsgSeqNum 2 next both ways.
LOGGED_ON: Final = {
    ACCEPTOR: "> 35=A|34=1|98=0|108=30$V\n< 35=A|34=1|98=0|108=30$V\n",
    INITIATOR: "logon\n< 35=A|34=1|98=0|108=30$V\n> 35=A|34=1|98=0|108=30$V\n",
}
LIGHT: Final = "35=A|34=1|98=0|108=30|141=Y|789"
LOGGED_ON_LIGHT: Final = {
    ACCEPTOR: f"> {LIGHT}=1$V\n< {LIGHT}=2$V\n",
    INITIATOR: f"logon\n< {LIGHT}=1$V\n> {LIGHT}=2$V\n",
}


@dataclass(frozen=True)
class Talk:
    """A conversation.

    Attributes:
        rule: number of the session test case, or the section of the session specification where it has none.
        name: what happens.
        text: the lines, in the language of tests/unit/wire/fix/support.py.
        roles: who is under test; each plays the same lines.
        is_logged_on: whether the lines begin after the exchange of Logons.
        versions: where the rule exists.
        settings: beyond those of the role; what the acceptor or the initiator has by default otherwise.
        numbers: next_in and next_out as an earlier run left them.
        schedule: hours of the session.
    """

    rule: str
    name: str
    text: str
    roles: tuple[str, ...] = BOTH
    is_logged_on: bool = True
    versions: tuple[str, ...] = ALL
    settings: dict[str, object] = field(default_factory=dict)
    numbers: tuple[int, int] = (1, 1)
    schedule: SessionSchedule | None = None

    def play(self, version: str, role: str) -> None:
        """Play it; an AssertionError names the line that went wrong."""
        make = acceptor if role == ACCEPTOR else initiator
        conversation: Conversation = make(*self.numbers, version=version, schedule=self.schedule, **self.settings)
        begin = LOGGED_ON_LIGHT if conversation.session.dictionary.is_light else LOGGED_ON
        conversation.play((begin[role] if self.is_logged_on else "") + self.text)
