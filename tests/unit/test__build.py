"""The switch between compiled and interpreted, and what is told about a build."""

import hashlib
import importlib.machinery
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cross_market_connect import _build

MODULE = "cross_market_connect.domain.sample"
SOURCE = b"ANSWER = 42\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package directory with one compiled module; the extension is a file that cannot be loaded."""
    package = tmp_path / "cross_market_connect"
    (package / "domain").mkdir(parents=True)
    (package / "domain" / "sample.py").write_bytes(SOURCE)
    (package / "domain" / f"sample{importlib.machinery.EXTENSION_SUFFIXES[0]}").write_bytes(b"not an ELF file")
    report = {
        "compiled": {MODULE: hashlib.sha256(SOURCE).hexdigest()},
        "hot": [MODULE],
        "not_compiled": {},
        "by_profile": True,
        "reason": "",
    }
    (package / "_build.json").write_text(json.dumps(report))
    monkeypatch.setattr(_build, "PACKAGE_DIRECTORY", package)
    _build.build_report.cache_clear()
    yield package
    _build.build_report.cache_clear()


def test_the_usual_finder_takes_the_extension_and_ours_the_source(installed: Path) -> None:
    path = [str(installed / "domain")]
    usual = importlib.machinery.PathFinder.find_spec("sample", path)
    assert usual is not None and str(usual.origin).endswith(importlib.machinery.EXTENSION_SUFFIXES[0])
    ours = _build.SourcesOnlyFinder.find_spec(MODULE, path)
    assert ours is not None and str(ours.origin).endswith("sample.py")


def test_other_packages_are_left_to_the_usual_finders(installed: Path) -> None:
    path = [str(installed / "domain")]
    assert _build.SourcesOnlyFinder.find_spec("another_package.sample", path) is None
    assert _build.SourcesOnlyFinder.find_spec("cross_market_connect_extras.sample", path) is None
    assert _build.SourcesOnlyFinder.find_spec("cross_market_connect", None) is None


def test_a_sound_build_has_no_faults(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XMC_INTERPRETED", raising=False)
    assert _build.faults() == []
    assert _build.is_compiled()
    assert _build.reason_interpreted() == ""


def test_an_edited_source_is_a_fault(installed: Path) -> None:
    (installed / "domain" / "sample.py").write_bytes(SOURCE + b"# edited\n")
    [fault] = _build.faults()
    assert MODULE in fault and "not the source that was compiled" in fault


def test_a_lost_extension_is_a_fault(installed: Path) -> None:
    next((installed / "domain").glob("*.so")).unlink()
    [fault] = _build.faults()
    assert MODULE in fault and "missing" in fault


def test_other_sources_than_the_compiled_ones_are_named(installed: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    copy = checkout / "cross_market_connect" / "domain" / "sample.py"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(SOURCE)
    assert _build.unlike_sources(checkout) == []
    copy.write_bytes(b"ANSWER = 43\n")
    assert len(_build.unlike_sources(checkout)) == 1


@pytest.mark.parametrize(("value", "chosen"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch, installed: Path, value: str, chosen: bool) -> None:
    monkeypatch.setenv("XMC_INTERPRETED", value)
    assert _build.interpreted_by_choice() is chosen
    assert _build.is_compiled() is not chosen
    assert ("XMC_INTERPRETED" in _build.reason_interpreted()) is chosen


def test_a_source_tree_says_that_it_is_one(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XMC_INTERPRETED", raising=False)
    (installed / "_build.json").unlink()
    _build.build_report.cache_clear()
    assert not _build.is_compiled()
    assert "source tree" in _build.reason_interpreted()
