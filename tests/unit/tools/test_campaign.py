"""A campaign goes on where it stopped, and its end is written down once."""

import json
import sys
from pathlib import Path

import pytest

from tools import campaign
from tools.campaign import Campaign
from tools.fuzz.__main__ import TARGETS


def counting(log: Path, fail_at: int = -1) -> Campaign:
    """Three units; each writes its number to `log`, prints it, and fails when told to."""
    code = "import sys; n = sys.argv[2]; open(sys.argv[1], 'a').write(n); print('unit', n); sys.exit(n == sys.argv[3])"

    def command(unit: int) -> list[str]:
        return [sys.executable, "-c", code, str(log), str(unit), str(fail_at)]

    return Campaign("Count to three.", 3, command)


def test_all_units_run_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    results = campaign.run_campaign("count", counting(log), "abc", tmp_path / "state")
    assert log.read_text() == "012"
    assert [result["result"] for result in results] == ["unit 0", "unit 1", "unit 2"]


def test_an_interrupted_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    log, state = tmp_path / "log", tmp_path / "state"
    whole = counting(log)

    def stops_at_two(unit: int) -> list[str]:
        if unit == 2:
            raise KeyboardInterrupt
        return whole.command(unit)

    with pytest.raises(KeyboardInterrupt):
        campaign.run_campaign("count", Campaign("Stops.", 3, stops_at_two), "abc", state)
    assert log.read_text() == "01"
    assert len(campaign.run_campaign("count", whole, "abc", state)) == 3
    assert log.read_text() == "012"
    campaign.run_campaign("count", whole, "def", state)
    assert log.read_text() == "012012", "another commit starts afresh"


def test_the_entry_tells_commit_verdict_and_failed_commands(tmp_path: Path) -> None:
    failing = counting(tmp_path / "log", fail_at=1)
    results = campaign.run_campaign("count", failing, "abc", tmp_path / "state")
    text = campaign.entry("count", failing, "abc", results, "2026-11-24")
    assert "## count, 2026-11-24" in text
    assert "`abc`" in text
    assert "1 of 3 units FAILED" in text
    assert "`unit 1`" in text


def test_results_are_appended_below_one_title(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "campaigns.md"
    campaign.append_result(path, "\n## first\n")
    campaign.append_result(path, "\n## second\n")
    text = path.read_text()
    assert text.count("# Campaigns") == 1
    assert text.index("## first") < text.index("## second")


@pytest.mark.parametrize("name", ["nonsense", ""])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(campaign.CampaignError, match="count: Count to three"):
        campaign.chosen(name, {"count": counting(Path("log"))})


def test_a_wrong_name_is_one_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["nonsense"]) == 2
    assert "known campaigns:" in capsys.readouterr().err


def test_units_that_run_at_once_keep_their_order(tmp_path: Path) -> None:
    results = campaign.run_campaign("count", counting(tmp_path / "log"), "abc", tmp_path / "state", 3)
    assert [result["result"] for result in results] == ["unit 0", "unit 1", "unit 2"]


def test_a_summary_judges_instead_of_the_units(tmp_path: Path) -> None:
    failing = counting(tmp_path / "log", fail_at=1)
    judged = Campaign(failing.purpose, 3, failing.command, lambda results: (True, [f"{len(results)} judged"]))
    results = campaign.run_campaign("count", judged, "abc", tmp_path / "state")
    assert campaign.is_good(failing, results) == (False, [])
    assert campaign.is_good(judged, results) == (True, ["3 judged"])
    assert "- 3 judged" in campaign.entry("count", judged, "abc", results, "2026-11-28")


def answer(violations: object, exit_code: int) -> dict[str, object]:
    fields = {"seeds": 4_000, "spread_orders": 40_000, "violations": violations, "restarts": 5_000}
    return {"result": json.dumps(fields), "exit_code": exit_code}


def test_inputs_of_the_fuzzer_are_summed_and_any_finding_is_bad() -> None:
    targets = {"omd": {"outcomes": {"accepted": 60, "too short": 40}}}
    clean = {"inputs": 100, "findings": [], "targets": targets}
    found = {**clean, "findings": [{"target": "omd", "seed": 2, "error": "IndexError"}]}
    good, lines = campaign.fuzz_summary([{"result": json.dumps(clean), "exit_code": 0}] * 2)
    assert good
    assert lines == ["inputs: 200", "findings: 0", "omd: 200 in 2 kinds of outcome"]
    bad, lines = campaign.fuzz_summary([{"result": json.dumps(found), "exit_code": 1}])
    assert not bad and lines[-1] == "finding: omd, seed 2: IndexError"
    assert not campaign.fuzz_summary([{"result": "", "exit_code": 137}])[0]


def test_the_fuzzer_gives_at_least_ten_million() -> None:
    units = campaign.CAMPAIGNS["fuzz"].units
    weight = sum(weight for weight, _ in TARGETS.values())
    per_unit = sum(int(campaign.FUZZ_INPUTS_PER_UNIT * share / weight) for share, _ in TARGETS.values())
    assert units * per_unit >= 10_000_000


def test_seeds_are_summed_and_any_violation_is_bad() -> None:
    good, lines = campaign.seeds_summary([answer(0, 0), answer([], 0)])
    assert good
    assert "seeds: 8000" in lines
    assert not campaign.seeds_summary([answer(0, 0), answer(["seed 7: lost"], 1)])[0]
    assert not campaign.seeds_summary([answer(0, 0), {"result": "", "exit_code": 137}])[0]
