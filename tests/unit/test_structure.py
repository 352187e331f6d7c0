"""The house's structure, held by tests: rooms and layers, tests beside modules, sizes, and a clean source tree."""

import ast
import importlib
import re
import tomllib
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import cross_market_connect
from cross_market_connect import _build

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "cross_market_connect"
UNIT_TESTS = ROOT / "tests" / "unit"
LONGEST_FUNCTION, LONGEST_FILE = 60, 600

# The floors of the house, the upper first; rooms of one floor do not know each other.
FLOORS = [
    {"cli"},
    {"instrument_cli"},
    {"bench"},
    {"console", "simulation", "conformance"},
    {"replay"},
    {"run", "guardian"},
    {"bootstrap"},
    {"config"},
    {"venues", "engine", "audit", "alerting"},
    {"trading", "market", "matching", "wire", "journal", "reference"},
    {"domain"},
]
# Parts outside the floors: how the build is found out, how a command ends, what doctor shows and asks the kernel, and
# the client, which stands alone.
BESIDE_THE_FLOORS = {"_build", "answers", "doctor", "local_clock", "client"}


def layers_contract() -> dict[str, list[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["type"] == "layers")


def rooms_of(package: Path) -> set[str]:
    """Folders with code in them and modules directly in the package."""
    folders = {path.name for path in package.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    return folders | {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}


def homeless_rooms(package: Path, floors: list[set[str]], beside: set[str]) -> set[str]:
    return rooms_of(package) - set().union(*floors) - beside


def python_files() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *(ROOT / "tools").glob("*.py")])


def test_every_room_has_its_floor() -> None:
    assert homeless_rooms(PACKAGE, FLOORS, BESIDE_THE_FLOORS) == set()


def test_a_room_without_a_floor_is_noticed(tmp_path: Path) -> None:
    for room in ("domain", "annex"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    assert homeless_rooms(tmp_path, FLOORS, BESIDE_THE_FLOORS) == {"annex"}


def test_the_import_contract_has_exactly_these_floors() -> None:
    contract = layers_contract()
    written = [{name.strip(" ()") for name in layer.split("|")} for layer in contract["layers"]]
    assert written == FLOORS
    assert contract["exhaustive"], "import-linter itself must notice a room without a floor"
    assert set(contract["exhaustive_ignores"]) == BESIDE_THE_FLOORS


def test_the_compiled_rooms_are_rooms() -> None:
    tree = ast.parse((ROOT / "setup.py").read_text())
    assigned = {
        n.targets[0].id: n.value for n in tree.body if isinstance(n, ast.Assign) and hasattr(n.targets[0], "id")
    }
    compiled = set(ast.literal_eval(assigned["COMPILED_ROOMS"]))
    assert compiled <= set().union(*FLOORS)
    assert compiled >= {"domain", "wire", "market", "trading", "matching", "journal", "venues", "engine", "replay"}


def test_every_folder_with_code_is_a_package_with_a_docstring() -> None:
    for folder in {path.parent for path in PACKAGE.rglob("*.py")}:
        marker = folder / "__init__.py"
        assert marker.is_file(), f"{folder} has no __init__.py: it would be missing from the wheel"
        assert ast.get_docstring(ast.parse(marker.read_text())), f"{marker} does not say what the room holds"


def test_unit_tests_mirror_the_sources() -> None:
    for test in UNIT_TESTS.rglob("test_*.py"):
        relative = test.relative_to(UNIT_TESTS)
        if relative.name == "test_structure.py":
            continue
        base = ROOT if relative.parts[0] == "tools" else PACKAGE
        source = base / relative.parent / relative.name.removeprefix("test_")
        assert source.is_file(), f"{test.relative_to(ROOT)} tests {source.relative_to(ROOT)}, which does not exist"


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_fit_a_screen_and_files_a_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE, "split the file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name}() has {length} lines"


def test_nothing_built_lies_in_the_source_tree() -> None:
    built = [path for pattern in ("*.so", "*.o", "__native*") for path in (ROOT / "src").rglob(pattern)]
    assert built == []


def test_lock_files_name_no_registry_and_no_path() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        for line in lock.read_text().splitlines():
            code = line.split("#")[0].strip()
            assert re.fullmatch(r"|[a-z0-9._-]+==[0-9a-z.+-]+( ; .*)?", code), f"{lock.name}: {line}"
            assert "://" not in line and not re.search(r"(^|\s)/", line), f"{lock.name}: {line}"


def test_build_requirements_agree() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    lines = (ROOT / "requirements" / "build.in").read_text().splitlines()
    assert sorted(wanted) == sorted(line for line in lines if line and not line.startswith(("#", "-")))


def test_hot_modules_come_from_where_the_mode_says() -> None:
    """Import every hot module: compiled ones come from extensions, and with XMC_INTERPRETED=1 from .py files."""
    report = _build.build_report()
    names = report.hot or tuple(hot_modules_of_the_source_tree())
    assert names
    suffixes = tuple(EXTENSION_SUFFIXES) if cross_market_connect.is_compiled() else (".py",)
    for name in names:
        file = importlib.import_module(name).__file__ or ""
        assert file.endswith(suffixes), f"{name} comes from {file}"
    if cross_market_connect.is_compiled():
        assert set(report.compiled) == set(names)


def hot_modules_of_the_source_tree() -> list[str]:
    files = [path for path in (PACKAGE / "domain").rglob("*.py") if path.name != "__init__.py"]
    return [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in files]
