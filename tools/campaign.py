"""Hours-long runs, resumable, whose results are kept: `make campaign NAME=...`.

A campaign is a fixed list of numbered units (a range of seeds, a part of a matrix), each one command. Finished
units are remembered in `.build/campaigns/<name>-<commit>.json`, so an interrupted campaign goes on where it
stopped, and one of another commit starts afresh. The end appends one entry to `docs/campaigns.md`.
To add one: put a `Campaign` into CAMPAIGNS.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".build" / "campaigns"
RESULTS = ROOT / "docs" / "campaigns.md"
RESULTS_TITLE = "# Campaigns\n\nLong runs: what was run, on which commit, with what result. Newest last.\n"


@dataclass(frozen=True)
class Campaign:
    """`command(unit)` for unit 0 ... units-1; its exit code judges the unit, its last output line is its result."""

    purpose: str
    units: int
    command: Callable[[int], list[str]]


CAMPAIGNS: dict[str, Campaign] = {}


class CampaignError(Exception):
    """The campaign cannot run; the text says why and what to do."""


def current_commit() -> str:
    """The short commit, with `+changes` when the checkout differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return commit + ("+changes" if git("status", "--porcelain", "--untracked-files=no") else "")


def chosen(name: str, campaigns: dict[str, Campaign]) -> Campaign:
    if name in campaigns:
        return campaigns[name]
    known = "".join(f"\n  {known}: {campaign.purpose}" for known, campaign in sorted(campaigns.items()))
    asked = f"there is no campaign {name!r}" if name else "no campaign was named: make campaign NAME=..."
    raise CampaignError(f"{asked}; known campaigns:{known or ' none yet (tools/campaign.py, CAMPAIGNS)'}")


def run_unit(command: Sequence[str]) -> dict[str, object]:
    """Run one unit; its exit code, seconds and last line."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.strip().splitlines()
    return {
        "exit_code": done.returncode,
        "seconds": round(time.monotonic() - started, 1),
        "result": lines[-1] if lines else "",
        "command": " ".join(command),
    }


def run_campaign(name: str, campaign: Campaign, commit: str, state: Path) -> list[dict[str, object]]:
    """Run the units that are not finished yet, remembering each; all results in order of units."""
    path = state / f"{name}-{commit}.json"
    finished: dict[str, dict[str, object]] = json.loads(path.read_text()) if path.is_file() else {}
    for unit in range(campaign.units):
        if str(unit) in finished:
            continue
        finished[str(unit)] = run_unit(campaign.command(unit))
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(finished))
        fresh.replace(path)  # whole or not at all, whenever we are stopped
        print(f"{name}: unit {unit + 1} of {campaign.units}: {finished[str(unit)]['result']}", file=sys.stderr)
    return [finished[str(unit)] for unit in range(campaign.units)]


def entry(name: str, campaign: Campaign, commit: str, results: list[dict[str, object]], today: str) -> str:
    """The Markdown that a finished campaign appends to docs/campaigns.md."""
    failed = [result for result in results if result["exit_code"]]
    seconds = sum(float(str(result["seconds"])) for result in results)
    verdict = f"{len(failed)} of {len(results)} units FAILED" if failed else f"all {len(results)} units passed"
    lines = [f"\n## {name}, {today}\n", f"{campaign.purpose}\n"]
    lines.append(f"- commit `{commit}`\n- {verdict}, {seconds:.0f} s in all\n- last result: `{results[-1]['result']}`")
    lines += [f"- failed: `{result['command']}`: `{result['result']}`" for result in failed]
    return "\n".join(lines) + "\n"


def append_result(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.is_file() else RESULTS_TITLE
    path.write_text(before + text, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    name = arguments[0] if arguments else ""
    try:
        campaign = chosen(name, CAMPAIGNS)
    except CampaignError as error:
        print(f"campaign: {error}", file=sys.stderr)
        return 2
    commit = current_commit()
    results = run_campaign(name, campaign, commit, STATE)
    today = datetime.now(tz=UTC).date().isoformat()
    append_result(RESULTS, entry(name, campaign, commit, results, today))
    return 1 if any(result["exit_code"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
