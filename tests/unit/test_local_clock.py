"""The kernel's word about its clock: the structure by its documented size, its meaning by hand, and a real answer."""

import ctypes
import shutil
import subprocess
import time

import pytest

from cross_market_connect.local_clock import LocalClock, Timex, judged, read


def test_the_structure_has_the_kernel_s_size_and_places() -> None:
    # struct timex of 64-bit Linux: 208 bytes; status behind five longs.
    assert (ctypes.sizeof(Timex), Timex.status.offset, Timex.maxerror.offset) == (208, 40, 24)


@pytest.mark.parametrize(
    ("status", "maxerror", "said"),
    [(0x2001, 1_234, LocalClock(True, 1_234_000)), (0x0040, 16_000_000, LocalClock(False, None))],
)
def test_what_an_answer_means(status: int, maxerror: int, said: LocalClock) -> None:
    assert judged(Timex(status=status, maxerror=maxerror)) == said
    assert ("1.234 ms" in said.as_text()) == said.synchronized


def test_this_machine_answers() -> None:
    state = Timex()
    assert ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state)) >= 0
    # Its own idea of the time proves that the fields lie where we read them.
    assert abs(state.time_s - time.time()) < 60
    assert read().synchronized == (judged(state).error_ns_max is not None)


@pytest.mark.skipif(shutil.which("timedatectl") is None, reason="timedatectl is not here to agree with")
def test_it_agrees_with_the_system_s_own_tool() -> None:
    done = subprocess.run(
        ["timedatectl", "show", "--property=NTPSynchronized", "--value"], capture_output=True, text=True
    )
    if done.returncode == 0:
        assert read().synchronized == (done.stdout.strip() == "yes")
