"""The three families of error, kept apart because each has its own answer.

* `InvariantError`: our bug. The process stops, restarts and recovers; it is never caught to go on half-alive.
* `RemoteProtocolError`: the peer's fault. It is counted, answered as the protocol says, and the loop carries on.
* `LocalProtocolError`: we asked a protocol core for something its state forbids. A bug of the caller.
* `InputError`: a person's input (configuration, arguments, files) is wrong. It names place and remedy.

What is expected (a reject, a partial fill, a closed market) is a value, never an exception.
"""

from __future__ import annotations

from mypy_extensions import mypyc_attr


@mypyc_attr(native_class=False)
class CrossMarketError(Exception):
    """Base of every error raised by this package."""


@mypyc_attr(native_class=False)
class InvariantError(CrossMarketError):
    """Something that our own code guarantees does not hold."""


@mypyc_attr(native_class=False)
class RemoteProtocolError(CrossMarketError):
    """The peer broke its protocol."""


@mypyc_attr(native_class=False)
class LocalProtocolError(CrossMarketError):
    """Our side used a protocol core in a state that forbids it."""


@mypyc_attr(native_class=False)
class InputError(CrossMarketError):
    """A person's input is wrong: every fault found, each with its place and what was expected.

    Args:
        faults: one line per fault, "place: what was found; what was expected".
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
