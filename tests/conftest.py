"""What all tests share: which build they must run on, programs they need, and Hypothesis without chance or clock."""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

import cross_market_connect
from cross_market_connect import _build
from tools.another_engine import environment

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run: a failure seen once is seen again. No deadline: tests do not time things.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("repeatable")

PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "node": ("node",),
    "cc": ("cc", "gcc", "clang"),
    "git": ("git",),
    "tshark": ("tshark",),
}
# What no set-up installs, since it takes too long to build: without it tests are skipped and counted, everywhere.
BUILT_BY_CAMPAIGN = "quickfix"
skipped_for_want_of: Counter[str] = Counter()


def wrong_build(mode: str) -> str:
    """Why this run is not the one that `XMC_TEST_MODE` asks for; empty when it is."""
    if mode == "interpreted" and cross_market_connect.is_compiled():
        return "XMC_TEST_MODE=interpreted, but the hot modules run compiled"
    if mode != "compiled":
        return ""
    if not cross_market_connect.is_compiled():
        return f"XMC_TEST_MODE=compiled, but the hot modules run interpreted: {_build.reason_interpreted()}"
    stale = [*_build.faults(), *_build.unlike_sources(ROOT / "src")]
    return "\n".join(["the compiled modules are not these sources (make package):", *stale]) if stale else ""


def pytest_configure(config: pytest.Config) -> None:
    wrong = wrong_build(os.environ.get("XMC_TEST_MODE", ""))
    if wrong:
        pytest.exit(wrong, returncode=pytest.ExitCode.USAGE_ERROR)


def pytest_report_header() -> str:
    state = "compiled" if cross_market_connect.is_compiled() else f"interpreted ({_build.reason_interpreted()})"
    return f"cross_market_connect: {state}, from {_build.PACKAGE_DIRECTORY}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose `@pytest.mark.needs(...)` programs are missing; with CI=true that is a failure."""
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            if tool == BUILT_BY_CAMPAIGN:
                if environment.found() is None:
                    skipped_for_want_of[tool] += 1
                    pytest.skip(f"{tool} is missing (make campaign NAME={tool} builds it)")
                continue
            if any(shutil.which(name) for name in PROGRAMS[tool]):
                continue
            if os.environ.get("CI", "") not in ("", "0", "false"):
                pytest.fail(f"{tool} is missing, and CI is set (make setup installs it)", pytrace=False)
            skipped_for_want_of[tool] += 1
            pytest.skip(f"{tool} is missing (make setup installs it)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for tool, count in sorted(skipped_for_want_of.items()):
        remedy = f"make campaign NAME={tool}" if tool == BUILT_BY_CAMPAIGN else "make setup"
        terminalreporter.write_line(f"tests that did not run for want of {tool}: {count} ({remedy})", yellow=True)
