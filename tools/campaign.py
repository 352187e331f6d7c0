"""Hours-long runs, resumable, whose results are kept: `make campaign NAME=...`.

A campaign is a fixed list of numbered units (a range of seeds, a part of a matrix), each one command. Finished
units are remembered in `.build/campaigns/<name>-<commit>.json`, so an interrupted campaign goes on where it
stopped, and one of another commit starts afresh. The end appends one entry to `docs/campaigns.md`.
To add one: put a `Campaign` into CAMPAIGNS. `XMC_CAMPAIGN_JOBS` says how many units run at once (all cores by default).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.mutants import GENERATED_PARTS, PYTHON
from tools.mutants import summary as mutants_summary
from tools.named_bugs import NAMED_BUGS

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".build" / "campaigns"
RESULTS = ROOT / "docs" / "campaigns.md"
SEEDS_PER_UNIT = 4_000
FUZZ_INPUTS_PER_UNIT = 100_000
KILLS_PER_UNIT = 20
KILLS = 1_000
ORDERS_PER_UNIT = 500
MISFORTUNES_PER_UNIT = 12
ORDERS = 10_000
RESULTS_TITLE = "# Campaigns\n\nLong runs: what was run, on which commit, with what result. Newest last.\n"


@dataclass(frozen=True)
class Campaign:
    """`command(unit)` for unit 0 ... units-1; its exit code judges the unit, its last output line is its result.

    `summary(results)` judges the whole: whether it is good, and lines for the record. Without it, every unit counts.
    """

    purpose: str
    units: int
    command: Callable[[int], list[str]]
    summary: Callable[[Sequence[Mapping[str, object]]], tuple[bool, list[str]]] | None = None


def mutants_command(unit: int) -> list[str]:
    """First the sound code, then each named bug, then the generated mutants in parts."""
    kind, part = ("named", unit - 1) if unit <= len(NAMED_BUGS) else ("generated", unit - 1 - len(NAMED_BUGS))
    return [PYTHON, "tools/mutants.py", *(("sound", "0") if unit == 0 else (kind, str(part)))]


def seeds_command(unit: int) -> list[str]:
    first = unit * SEEDS_PER_UNIT + 1
    seeds = f"{first}:{first + SEEDS_PER_UNIT - 1}"
    return [str(ROOT / ".venv" / "bin" / "xmc"), "simulate", "--seeds", seeds, "--faults", "heavy", "--json"]


def seeds_summary(results: Sequence[Mapping[str, object]]) -> tuple[bool, list[str]]:
    """What all ranges of seeds came to."""
    answers = [json.loads(str(result["result"])) for result in results if result["result"]]
    names = ("seeds", "spread_orders", "violations", "restarts", "fills_after_cancel")
    totals = {name: sum(count_of(answer.get(name)) for answer in answers) for name in names}
    naked = max((float(answer.get("max_naked_over_limit", 0)) for answer in answers), default=0.0)
    whole = len(answers) == len(results) and not any(result["exit_code"] for result in results)
    lines = [f"{name}: {value}" for name, value in totals.items()]
    return whole and totals["violations"] == 0, [*lines, f"max_naked_over_limit: {naked}"]


def fuzz_command(unit: int) -> list[str]:
    """Each unit has a seed of its own and gives inputs to every target."""
    return [PYTHON, "-m", "tools.fuzz", "--seed", str(unit + 1), "--inputs", str(FUZZ_INPUTS_PER_UNIT)]


def fuzz_summary(results: Sequence[Mapping[str, object]]) -> tuple[bool, list[str]]:
    """What all inputs came to: by target how many, of how many outcomes, and the findings."""
    answers = [json.loads(str(result["result"])) for result in results if result["result"]]
    inputs = sum(count_of(answer.get("inputs")) for answer in answers)
    findings = [finding for answer in answers for finding in answer.get("findings", [])]
    targets: dict[str, Counter[str]] = {}
    for answer in answers:
        for name, target in answer.get("targets", {}).items():
            targets.setdefault(name, Counter()).update(target["outcomes"])
    lines = [f"inputs: {inputs:,}", f"findings: {len(findings)}"]
    lines += [f"{name}: {sum(kinds.values()):,} in {len(kinds)} kinds of outcome" for name, kinds in targets.items()]
    lines += [f"finding: {finding['target']}, seed {finding['seed']}: {finding['error']}" for finding in findings]
    whole = len(answers) == len(results) and not any(result["exit_code"] for result in results)
    return whole and not findings, lines


def store_command(unit: int) -> list[str]:
    """Each unit is a day of its own, with kills at moments of its own."""
    return [PYTHON, "tools/store_kills.py", "--kills", str(KILLS_PER_UNIT), "--seed", str(unit + 1)]


def store_summary(results: Sequence[Mapping[str, object]]) -> tuple[bool, list[str]]:
    """What all kills came to."""
    answers = [json.loads(str(result["result"])) for result in results if result["result"]]
    names = ("kills", "kills_with_orders_open", "orders", "orders_lost", "fills", "messages", "halted")
    totals = {name: sum(count_of(answer.get(name)) for answer in answers) for name in names}
    disagreements = [text for answer in answers for text in answer.get("disagreements", [])]
    whole = len(answers) == len(results) and not any(result["exit_code"] for result in results)
    lines = [*(f"{name}: {value:,}" for name, value in totals.items()), f"disagreements: {len(disagreements)}"]
    return whole and totals["kills"] >= KILLS and not disagreements, lines + disagreements


def quickfix_command(unit: int) -> list[str]:
    """Each unit has a FIX version, chances and moments of its own; half of its orders go either way."""
    sizes = ["--orders", str(ORDERS_PER_UNIT), "--misfortunes", str(MISFORTUNES_PER_UNIT)]
    return [PYTHON, "-m", "tools.another_engine", *sizes, "--seed", str(unit + 1)]


def quickfix_summary(results: Sequence[Mapping[str, object]]) -> tuple[bool, list[str]]:
    """What all orders came to, of all versions and of each."""
    answers = [json.loads(str(result["result"])) for result in results if result["result"]]
    traffic = ("orders", "executions", "kills", "cuts", "reconnects", "messages", "resent", "never_arrived")
    names = (*traffic, "lost", "doubled", "faults")
    totals = {name: sum(count_of(answer.get(name)) for answer in answers) for name in names}
    versions: Counter[str] = Counter()
    for answer in answers:
        versions[str(answer["version"])] += count_of(answer["orders"])
    faults = [text for answer in answers for text in answer.get("faults", [])]
    whole = len(answers) == len(results) and not any(result["exit_code"] for result in results)
    lines = [*(f"{name}: {value:,}" for name, value in totals.items())]
    lines += [f"orders in {version}: {count:,}" for version, count in sorted(versions.items())]
    return whole and totals["orders"] >= ORDERS and not faults, lines + faults


def count_of(value: object) -> int:
    """A number, or how many a list names."""
    return len(value) if isinstance(value, list) else int(str(value or 0))


CAMPAIGNS: dict[str, Campaign] = {
    "mutants": Campaign(
        "Faults put into trading/: every named one is found by the simulation, 95 % of the generated ones by anything.",
        1 + len(NAMED_BUGS) + GENERATED_PARTS,
        mutants_command,
        mutants_summary,
    ),
    "seeds": Campaign(
        "200,000 seeds with heavy faults, every oracle at every step.",
        200_000 // SEEDS_PER_UNIT,
        seeds_command,
        seeds_summary,
    ),
    "store": Campaign(
        "1,000 kills of an engine during a stream of orders: numbers, open orders and fills are the venues' each time.",
        KILLS // KILLS_PER_UNIT,
        store_command,
        store_summary,
    ),
    "quickfix": Campaign(
        "10,000 orders between our engine and quickfix, both ways, with kills and cut lines: none lost, none doubled.",
        ORDERS // ORDERS_PER_UNIT,
        quickfix_command,
        quickfix_summary,
    ),
    "fuzz": Campaign(
        "10 million broken inputs to all decoders and feeds: nothing raised, hung or grown, faults counted.",
        10_000_000 // FUZZ_INPUTS_PER_UNIT + 1,  # a unit gives a few less, since each target gets a whole number
        fuzz_command,
        fuzz_summary,
    ),
}


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
        "command": " ".join(command).replace(f"{ROOT}{os.sep}", ""),  # the record tells nothing of this machine
    }


def run_campaign(name: str, campaign: Campaign, commit: str, state: Path, jobs: int = 1) -> list[dict[str, object]]:
    """Run the units that are not finished yet, remembering each; all results in order of units."""
    path = state / f"{name}-{commit}.json"
    finished: dict[str, dict[str, object]] = json.loads(path.read_text()) if path.is_file() else {}
    left = [unit for unit in range(campaign.units) if str(unit) not in finished]
    path.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        for unit, result in zip(left, pool.map(lambda unit: run_unit(campaign.command(unit)), left), strict=True):
            finished[str(unit)] = result
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(finished))
            fresh.replace(path)  # whole or not at all, whenever we are stopped
            print(f"{name}: unit {unit + 1} of {campaign.units}: {result['result']}", file=sys.stderr, flush=True)
    return [finished[str(unit)] for unit in range(campaign.units)]


def is_good(campaign: Campaign, results: Sequence[Mapping[str, object]]) -> tuple[bool, list[str]]:
    """The verdict, and what the record says beside it."""
    if campaign.summary is not None:
        return campaign.summary(results)
    return not any(result["exit_code"] for result in results), []


def entry(name: str, campaign: Campaign, commit: str, results: Sequence[Mapping[str, object]], today: str) -> str:
    """The Markdown that a finished campaign appends to docs/campaigns.md."""
    failed = [result for result in results if result["exit_code"]]
    seconds = sum(float(str(result["seconds"])) for result in results)
    verdict = f"{len(failed)} of {len(results)} units FAILED" if failed else f"all {len(results)} units passed"
    lines = [f"\n## {name}, {today}\n", f"{campaign.purpose}\n"]
    lines.append(f"- commit `{commit}`\n- {verdict}, {seconds:.0f} s in all")
    said = is_good(campaign, results)[1] or [f"last result: `{results[-1]['result']}`"]
    lines += [f"- {line}" for line in said]
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
    jobs = int(os.environ.get("XMC_CAMPAIGN_JOBS", "") or os.cpu_count() or 1)
    results = run_campaign(name, campaign, commit, STATE, jobs)
    today = datetime.now(tz=UTC).date().isoformat()
    append_result(RESULTS, entry(name, campaign, commit, results, today))
    return 0 if is_good(campaign, results)[0] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
