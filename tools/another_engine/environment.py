"""Where quickfix is: in this interpreter, or in an environment of its own that is built once.

quickfix comes as C++ source only, which takes a compiler tens of minutes; so it is in no lock file, and what needs it
asks here. The version is that of `quickfix` in pyproject.toml's optional dependencies.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from cross_market_connect.domain.errors import InputError

ROOT: Final = Path(__file__).resolve().parent.parent.parent
OWN: Final = ROOT / ".build" / "quickfix"
# Compiled without optimisation: it is another engine here, not a fast one, and that takes half as long.
FLAGS: Final = "-O0 -g0 -w"
DICTIONARIES: Final = ("FIX42.xml", "FIX44.xml", "FIXT11.xml", "FIX50SP2.xml")
# Orders, cancels, questions, reports, refusals.
MESSAGES: Final = ("D", "F", "H", "8", "9", "j")
WHERE: Final = "import quickfix; print(quickfix.__file__)"


def requirement() -> str:
    """What pip installs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["optional-dependencies"]["quickfix"][0])


def found() -> Path | None:
    """An interpreter that has quickfix; None where there is none yet."""
    own = OWN / "bin" / "python"
    for python in (Path(sys.executable), own):
        if python.exists() and library_of(python) is not None:
            return python
    return None


def library_of(python: Path) -> Path | None:
    """The file of quickfix in an interpreter's environment."""
    done = subprocess.run([str(python), "-c", WHERE], capture_output=True, text=True)
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def dictionaries_of(python: Path) -> Path:
    """The folder of quickfix's own dictionaries. Raises InputError when it is not where the package puts it."""
    library = library_of(python)
    for base in [] if library is None else [library.parent, *library.parents]:
        if (base / "share" / "quickfix" / "FIX44.xml").is_file():
            return base / "share" / "quickfix"
    raise InputError([f"quickfix of {python}: no share/quickfix/FIX44.xml; expected the dictionaries that it installs"])


def copied(dictionaries: Path, directory: Path) -> Path:
    """quickfix's dictionaries with the campaign's messages only: FIX50SP2.xml whole takes it seconds at each start."""
    directory.mkdir(parents=True)
    for name in DICTIONARIES:
        tree = ElementTree.parse(dictionaries / name)
        messages = tree.getroot().find("messages")
        for message in [] if messages is None else list(messages):
            if message.get("msgcat") == "app" and message.get("msgtype") not in MESSAGES and messages is not None:
                messages.remove(message)
        tree.write(directory / name)
    return directory


def made() -> Path:
    """An interpreter that has quickfix, built now when there is none. Raises InputError saying what is missing."""
    OWN.parent.mkdir(parents=True, exist_ok=True)
    with (OWN.parent / "quickfix.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the campaign's units may run side by side
        python = found()
        if python is None:
            _build()
            python = found()
    if python is None:
        raise InputError([f"quickfix: built, but {OWN} cannot import it; remove that folder and start again"])
    return python


def _build() -> None:
    wanted = requirement()
    print(f"quickfix: building {wanted} in {OWN}, once: C++, 20 to 90 minutes", file=sys.stderr, flush=True)
    flags = {"CFLAGS": FLAGS, "CXXFLAGS": FLAGS, "OPT": ""}
    python = OWN / "bin" / "python"
    steps = ([sys.executable, "-m", "venv", str(OWN)], [str(python), "-m", "pip", "install", wanted])
    for step in steps:
        if subprocess.run(step, env={**os.environ, **flags}, stdout=sys.stderr).returncode:
            raise InputError(
                [f"quickfix: {' '.join(step)} failed, see above; expected a C++17 compiler, Python's headers, an index"]
            )
