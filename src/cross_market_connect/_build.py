"""How this installation runs: compiled or interpreted, and the switch between the two.

The build writes `_build.json` beside this file: the hot modules, and for each compiled one the SHA-256 of
the source that it was compiled from. A source tree has no such file and runs interpreted.
"""

import hashlib
import importlib.machinery
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

PACKAGE = "cross_market_connect"
INTERPRETED_VARIABLE = "XMC_INTERPRETED"
PACKAGE_DIRECTORY = Path(__file__).resolve().parent
REPORT_NAME = "_build.json"


@dataclass(frozen=True)
class BuildReport:
    """What the build did.

    Attributes:
        compiled: SHA-256 (hex) of the source by a module's name.
        by_profile: the hot path was compiled by what an earlier build counted.
    """

    compiled: dict[str, str] = field(default_factory=dict)
    hot: tuple[str, ...] = ()
    not_compiled: dict[str, str] = field(default_factory=dict)
    by_profile: bool = False
    reason: str = ""


class SourcesOnlyFinder:
    """Meta path finder that offers only the `.py` files of this package to the import system."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a submodule's source; None for every other package, which leaves it to the usual finders."""
        if path is None or not name.startswith(PACKAGE + "."):
            return None
        for entry in path:
            finder = importlib.machinery.FileFinder(entry, (SourceFileLoader, SOURCE_SUFFIXES))
            spec = finder.find_spec(name, target)
            if spec is not None:
                return spec
        return None


def interpreted_by_choice() -> bool:
    """Whether the environment asks for the `.py` files (`XMC_INTERPRETED=1`)."""
    return os.environ.get(INTERPRETED_VARIABLE, "") not in ("", "0")


def load_sources_only() -> None:
    """From now on import this package's submodules from `.py` files only."""
    if SourcesOnlyFinder not in sys.meta_path:
        sys.meta_path.insert(0, SourcesOnlyFinder)


@cache
def build_report() -> BuildReport:
    """The report of the build that made this installation; `reason` says why nothing was compiled."""
    path = PACKAGE_DIRECTORY / REPORT_NAME
    if not path.is_file():
        return BuildReport(reason="this is a source tree, not an installed build (make setup compiles it)")
    fields = json.loads(path.read_text(encoding="utf-8"))
    return BuildReport(
        compiled=fields["compiled"],
        hot=tuple(fields["hot"]),
        not_compiled=fields["not_compiled"],
        by_profile=fields["by_profile"],
        reason=fields["reason"],
    )


def is_compiled() -> bool:
    """Whether the hot modules run as compiled extensions."""
    return not interpreted_by_choice() and bool(build_report().compiled)


def reason_interpreted() -> str:
    """Why the hot modules run interpreted; empty when they run compiled."""
    if interpreted_by_choice():
        return f"{INTERPRETED_VARIABLE} is set"
    return "" if is_compiled() else build_report().reason


def source_path(module: str, root: Path) -> Path:
    """The `.py` file of one of this package's modules; `root` is the directory that holds the package."""
    return root.joinpath(*module.split(".")).with_suffix(".py")


def faults() -> list[str]:
    """What is wrong with the compiled modules on disk: missing extensions and sources edited since the build."""
    root = PACKAGE_DIRECTORY.parent
    missing = [
        f"{module}: its compiled extension is missing; install the package again"
        for module in sorted(build_report().compiled)
        if not any(source_path(module, root).with_suffix(suffix).is_file() for suffix in EXTENSION_SUFFIXES)
    ]
    return missing + unlike_sources(root)


def unlike_sources(root: Path) -> list[str]:
    """The compiled modules whose source below `root` is not the one that was compiled, one line each."""
    found = []
    for module, sha256 in sorted(build_report().compiled.items()):
        source = source_path(module, root)
        if not source.is_file() or hashlib.sha256(source.read_bytes()).hexdigest() != sha256:
            found.append(f"{module}: {source} is not the source that was compiled; install the package again")
    return found
