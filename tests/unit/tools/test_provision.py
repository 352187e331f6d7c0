"""Set-up's own logic: versions, digests, stamps, and never apt-get where it is not wanted."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import PROGRAMS
from tools import provision
from tools.provision import Need

CHROMIUM = Need("chromium", "any", "", ("chromium",), "browser tests are skipped and counted")


@pytest.mark.parametrize(
    ("text", "version"), [("v20.20.2", (20, 20, 2)), ("Python 3.11.7", (3, 11, 7)), ("11.19.1", (11, 19, 1)), ("", ())]
)
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert provision.version_of(text) == version


def test_a_digest_follows_content_and_names_but_not_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provision, "ROOT", tmp_path)
    source = tmp_path / "src"
    (source / "__pycache__").mkdir(parents=True)
    (source / "a.py").write_text("a")
    first = provision.digest([source])
    (source / "__pycache__" / "a.pyc").write_text("cache")
    assert provision.digest([source]) == first
    (source / "a.py").write_text("b")
    assert provision.digest([source]) != first
    (source / "a.py").rename(source / "b.py")
    (source / "b.py").write_text("a")
    assert provision.digest([source]) != first
    assert provision.digest([source], "gcc 12") != provision.digest([source], "gcc 13")


def test_a_step_is_done_once_per_input_and_again_after_a_failure(tmp_path: Path) -> None:
    stamp, done = tmp_path / "stamps" / "step", []

    def fail() -> None:
        raise provision.SetupError("no")

    provision.step(stamp, "one", "step", lambda: done.append(1))
    provision.step(stamp, "one", "step", lambda: done.append(2))
    provision.step(stamp, "two", "step", lambda: done.append(3))
    assert done == [1, 3]
    with pytest.raises(provision.SetupError):
        provision.step(stamp, "three", "step", fail)
    provision.step(stamp, "two", "step", lambda: done.append(4))
    assert done == [1, 3, 4], "a step that failed is not remembered as the one before it"


@pytest.mark.parametrize(
    ("user", "forbidden", "apt"), [(1000, "", "/usr/bin/apt-get"), (0, "1", "/bin/true"), (0, "", None)]
)
def test_where_apt_is_not_wanted_one_line_is_printed(
    user: int,
    forbidden: str,
    apt: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda name: apt)
    monkeypatch.setenv("XMC_NO_APT", forbidden)
    monkeypatch.setattr(provision, "run", lambda *words: pytest.fail(f"ran {words}"))
    assert provision.install_system_packages([CHROMIUM]) is False
    lines = [line for line in capsys.readouterr().out.splitlines() if "apt-get" in line]
    assert lines == ["    sudo apt-get install -y --no-install-recommends chromium"]


def test_root_installs_what_is_missing_and_goes_on_when_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.delenv("XMC_NO_APT", raising=False)
    monkeypatch.setattr(provision, "run", lambda command, environment: commands.append(list(command)))
    assert provision.install_system_packages([CHROMIUM, CHROMIUM._replace(name="git", found="2.39", packages=("git",))])
    assert commands[0][1:] == ["update", "-qq"]
    assert commands[1][:5] == ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    assert "git" not in commands[1]

    def fail(command: list[str], environment: dict[str, str]) -> None:
        raise provision.SetupError("no network")

    monkeypatch.setattr(provision, "run", fail)
    assert provision.install_system_packages([CHROMIUM]) is False


def test_a_compiler_that_fails_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/bin/false")
    assert provision.find_compiler() == ""


def pythons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, able: dict[str, set[str]]) -> None:
    """A machine without .venv, with these Pythons in /usr/bin, each able to what is named."""

    def answer(command: list[str]) -> str:
        probe = {provision.IS_RECENT: "recent", provision.IS_RECENT_AND_WHOLE: "whole"}.get(command[-1])
        return str(probe in able.get(command[0], ())) if probe else ""

    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setattr(provision, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(provision, "output", answer)
    monkeypatch.setattr(shutil, "which", lambda name: name if name in able else None)


def test_a_python_that_is_one_program_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    debian = "/usr/bin/python3"
    pythons(monkeypatch, tmp_path, {sys.executable: {"recent"}, "python3.12": {"recent"}, debian: {"recent", "whole"}})
    assert provision.best_python() == debian
    monkeypatch.setenv("PYTHON", "python3.12")
    assert provision.best_python() == sys.executable


def test_a_python_that_is_too_old_finds_a_newer_one_or_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pythons(monkeypatch, tmp_path, {sys.executable: set(), "python3.12": {"recent"}})
    assert provision.best_python() == "python3.12"
    pythons(monkeypatch, tmp_path, {sys.executable: set()})
    with pytest.raises(provision.SetupError, match=r"3\.11 or newer is needed"):
        provision.best_python()


def test_the_python_that_made_the_environment_is_kept() -> None:
    """And the probe of the newest need tells the truth about this one."""
    made_by = sys._base_executable  # type: ignore[attr-defined]
    assert os.path.realpath(provision.best_python()) == os.path.realpath(made_by)
    assert provision.output([made_by, "-c", provision.IS_RECENT]) == "True"
    is_whole = "libpython" not in Path("/proc/self/maps").read_text()
    assert provision.output([made_by, "-c", provision.IS_RECENT_AND_WHOLE]) == str(is_whole)


def test_without_a_web_folder_the_web_build_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(provision, "ROOT", tmp_path)
    provision.build_web()
    assert "web/package.json does not exist" in capsys.readouterr().out


@pytest.mark.slow
def test_setup_installs_every_program_that_a_test_needs() -> None:
    """CI fails on a program that is missing, so set-up has to know of each."""
    called = {"cc": "C compiler", "node": "node, npm"}
    provided = {need.name for need in provision.needs("setup")}
    assert {called.get(program, program) for program in PROGRAMS} <= provided


def test_a_compilation_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words that setup.py writes into its work directory."""
    monkeypatch.setattr(provision, "BUILD", tmp_path)
    assert provision.compiled_so_far() == "from Python to C"
    (tmp_path / "compile" / "cpython-311").mkdir(parents=True)
    (tmp_path / "compile" / "cpython-311" / "progress").write_text("3 of 7 C files compiled")
    assert provision.compiled_so_far() == "3 of 7 C files compiled"


@pytest.mark.parametrize(("compiler", "counted"), [("cc (Debian) 12.2.0", True), ("Debian clang version 19", False)])
def test_the_hot_path_s_profile_is_made_once_and_by_gcc_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str, counted: bool
) -> None:
    ran: list[tuple[str, str]] = []

    def note(command: list[object], environment: dict[str, str], log: Path, progress: object) -> None:
        words = [str(word) for word in command]
        ran.append((environment.get("XMC_RECORD_PROFILE", ""), words[-1] if "pip" in words else words[3]))
        (tmp_path / "recording").mkdir(exist_ok=True)

    monkeypatch.setattr(provision, "BUILD", tmp_path)
    monkeypatch.setattr(provision, "VENV", tmp_path / "venv")
    monkeypatch.setattr(provision, "find_compiler", lambda: compiler)
    monkeypatch.setattr(provision, "run_logged", note)
    monkeypatch.delenv("XMC_PURE", raising=False)
    monkeypatch.setenv("XMC_NO_PROFILE", "1")
    provision.build_package(with_profile=True)
    assert ran == [("", ".")]
    monkeypatch.delenv("XMC_NO_PROFILE")
    benchmarks = [("", words[0]) for words in provision.RECORDED]
    provision.build_package(with_profile=False)
    assert ran == [("", ".")], "nothing is to be built again"
    provision.build_package(with_profile=True)
    assert ran[1:] == ([("1", "."), *benchmarks, ("", ".")] if counted else [])
    ran.clear()
    provision.build_package(with_profile=True)
    assert ran == []


def test_a_profile_that_cannot_be_recorded_is_said_and_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed: list[str] = []

    def fail_to_count(command: list[object], environment: dict[str, str], log: Path, progress: object) -> None:
        if "bench" in map(str, command):
            raise provision.SetupError("the network takes no multicast")
        installed.append(environment.get("XMC_RECORD_PROFILE", ""))

    monkeypatch.setattr(provision, "BUILD", tmp_path)
    monkeypatch.setattr(provision, "VENV", tmp_path / "venv")
    monkeypatch.setattr(provision, "find_compiler", lambda: "cc (Debian) 12.2.0")
    monkeypatch.setattr(provision, "run_logged", fail_to_count)
    for name in ("XMC_PURE", "XMC_NO_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    provision.build_package(with_profile=True)
    assert installed == ["1", ""]
    said = capsys.readouterr().out
    assert "the network takes no multicast" in said and "WITHOUT A PROFILE" in said
