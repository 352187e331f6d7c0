"""A campaign goes on where it stopped, and its end is written down once."""

import sys
from pathlib import Path

import pytest

from tools import campaign
from tools.campaign import Campaign


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


def test_without_campaigns_the_error_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign.main(["nonsense"]) == 2
    assert "known campaigns:" in capsys.readouterr().err
