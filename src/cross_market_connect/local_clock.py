"""How wrong this machine's own calendar clock may be, by the kernel's word: adjtimex(2), read and never changed.

A time service (chrony, ntpd, PTP) tells the kernel how far from the truth the clock may be; the kernel lets that grow
until it is told again. Without such a service nothing bounds the error, and the kernel says so.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass

# Linux: include/uapi/linux/timex.h.
STA_UNSYNC = 0x0040
MICROSECOND_NS = 1_000


class Timex(ctypes.Structure):
    """`struct timex`; `modes` 0 reads."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time_s", ctypes.c_long),
        ("time_fraction", ctypes.c_long),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


@dataclass(frozen=True)
class LocalClock:
    """What the kernel says of its calendar clock.

    Attributes:
        synchronized: a time service keeps it.
        error_ns_max: farther from true time it is not; nothing when nobody keeps it, or the system does not say.
    """

    synchronized: bool
    error_ns_max: int | None

    def as_text(self) -> str:
        """One line for people."""
        if self.error_ns_max is None:
            return "not kept by a time service (chrony, ntpd, PTP): its error is not bounded"
        return f"kept by a time service, at most {self.error_ns_max / 1e6:.3f} ms wrong"


def judged(state: Timex) -> LocalClock:
    """What the kernel's answer means."""
    if state.status & STA_UNSYNC:
        return LocalClock(False, None)
    return LocalClock(True, state.maxerror * MICROSECOND_NS)


def read() -> LocalClock:
    """Ask the kernel. Raises OSError when it refuses."""
    if sys.platform != "linux":
        return LocalClock(False, None)
    library = ctypes.CDLL(None, use_errno=True)
    state = Timex()
    if library.adjtimex(ctypes.byref(state)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return judged(state)
