"""The demonstration as a user runs it: one command, processes on loopback, its summary, and what is left to audit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cross_market_connect.domain.records import FEED_EVENT
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.reader import LogReader

XMC = [sys.executable, "-m", "cross_market_connect.cli"]
PATIENCE_S = 90


def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the JSON object of the last line, and standard error."""
    done = subprocess.run([*XMC, *arguments, "--json"], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    return done.returncode, json.loads(lines[-1]), done.stderr


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One run with the light fault profile: its directory and its summary."""
    directory = tmp_path_factory.mktemp("light") / "engine"
    code, answer, told = run(
        "demo", "--headless", "--duration", "20", "--seed", "7", "--faults", "light", "--directory", str(directory)
    )
    assert code == 0, (answer, told)
    return directory, answer


def test_the_main_job_completes_repairs_and_unwinds(light: tuple[Path, dict[str, Any]]) -> None:
    _, answer = light
    ended = ("complete", "unwound", "cancelled", "residual", "halted")
    assert answer["spread_orders"] == sum(answer[name] for name in ended)
    assert answer["spread_orders"] >= 10
    assert answer["complete"] >= 5
    assert answer["repaired"] >= 1
    assert answer["unwound"] >= 1
    assert answer["residual"] == answer["halted"] == 0
    assert answer["rejects"] >= 2 and answer["reorders"] >= 1


def test_both_pairs_trade_and_what_both_lines_lost_is_repaired(light: tuple[Path, dict[str, Any]]) -> None:
    directory, answer = light
    assert list(answer["spreads"]) == ["if_hsi", "gold"]
    for found in answer["spreads"].values():
        assert found["spread_orders"] >= 3
        assert found["complete"] >= 2
    assert sum(found["spread_orders"] for found in answer["spreads"].values()) == answer["spread_orders"]
    assert set(answer["positions"]) == {"CCFX.IF2101", "XHKF.HSIF1", "XSGE.AU2106", "XCEC.GCM1"}
    records = LogReader(log_store(directory, True), 1).records()
    events = [record.fields() for record in records if record.kind == FEED_EVENT]
    names = [event["event"] for event in events]
    gap = names.index("gap")
    assert names[gap : gap + 3] == ["gap", "asked", "repaired"]
    assert events[gap + 2]["reason"] == "from the TCP replay"
    assert answer["replay_requests"] >= 1


def test_nothing_is_naked_and_the_log_proves_itself(light: tuple[Path, dict[str, Any]]) -> None:
    _, answer = light
    assert answer["naked_units_at_end"] == 0
    assert answer["journal_ok"] is True
    assert answer["replay_identical"] is True
    assert set(answer["latency_us"]) == {"tick_to_orders", "reject_to_next_action", "leg_gap"}
    assert all(set(figures) == {"p50", "p99", "max"} for figures in answer["latency_us"].values())
    assert set(answer["memory_mb"]) == {"start", "max", "end"}


def test_its_directory_can_be_verified_replayed_and_told(light: tuple[Path, dict[str, Any]]) -> None:
    directory, _ = light
    code, verdict, _ = run("audit", "verify", str(directory))
    assert (code, verdict["ok"]) == (0, True)
    code, replayed, _ = run("replay", str(directory))
    assert (code, replayed["identical"]) == (0, True)
    assert replayed["captured_packets"] > 100
    code, told, _ = run("audit", "show", "1", "--directory", str(directory))
    assert code == 0 and told


def test_a_changed_capture_is_found_by_the_replay(light: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    directory, _ = light
    for path in directory.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    capture = sorted(tmp_path.glob("*.pcapng"))[0]
    content = bytearray(capture.read_bytes())
    # The first quote of the recorded day's first increments: another price is another decision sooner or later.
    found = content.find(b"\x01270=5")
    while found >= 0:
        content[found + 5 : found + 6] = b"6"
        found = content.find(b"\x01270=5", found + 1)
    capture.write_bytes(bytes(content))
    code, replayed, _ = run("replay", str(tmp_path))
    assert (code, replayed["identical"]) == (1, False)
    assert replayed["difference"]


def test_heavy_faults_leave_nothing_naked(tmp_path: Path) -> None:
    code, answer, told = run(
        "demo", "--headless", "--duration", "12", "--seed", "3", "--faults", "heavy", "--directory", str(tmp_path / "d")
    )
    assert (code, answer["naked_units_at_end"], answer["journal_ok"], answer["replay_identical"]) == (
        0,
        0,
        True,
        True,
    ), (answer, told)


def test_ctrl_c_ends_with_the_summary(tmp_path: Path) -> None:
    command = [*XMC, "demo", "--headless", "--duration", "60", "--directory", str(tmp_path / "d"), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        assert " s of 60 s" in process.stderr.readline()
        os.kill(process.pid, signal.SIGINT)
        output, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, told
    answer = json.loads(output.splitlines()[-1])
    assert answer["naked_units_at_end"] == 0
    assert answer["replay_identical"] is True


def test_a_directory_in_use_is_refused_in_one_line(light: tuple[Path, dict[str, Any]]) -> None:
    directory, _ = light
    done = subprocess.run(
        [*XMC, "demo", "--headless", "--directory", str(directory)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 2
    assert "expected an empty directory" in done.stderr
    assert done.stderr.count("\n") <= 2
