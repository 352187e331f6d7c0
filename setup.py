"""Build: the hot rooms compiled with mypyc where a C compiler works, the same sources interpreted where none does.

Theory of operation. `pyproject.toml` holds the metadata; this file holds what needs code.

- All or nothing. Compiled modules import each other natively, so either every hot module is compiled or none is.
- One library. All compiled modules lie in `cross_market_connect/compiled__mypyc`, each from a C file of its own; what
  bears a module's name only opens it there. A library for each module has its own copy of mypyc's runtime, and a
  trigger that walks through forty of them takes twice as long.
- Nothing is staged in the source tree. Each build assembles the wheel in a new directory, so an extension of an
  older build cannot ship. `XMC_BUILD_DIR` names a directory that keeps generated C and objects between builds
  (only C files whose text changed are compiled again); without it they go to a temporary directory.
- A profile makes the hot path a quarter faster: the C compiler lays out and inlines for what happens often. A build
  with `XMC_RECORD_PROFILE=1` counts what the hot path does when it runs, into the kept directory, and is for nothing
  else; later builds use the counts. A function that has changed since is compiled without them.
- `_build.json` goes into the wheel: what was compiled, from which source (SHA-256), or why nothing was.

Environment: `XMC_PURE=1` compiles nothing; `XMC_REQUIRE_COMPILED=1` makes a failed compilation fail the build.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import fcntl
import hashlib
import io
import json
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Distribution, Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import BaseError, CCompilerError, CompileError, LinkError

PACKAGE = "cross_market_connect"
ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "src"
COMPILED_ROOMS = (
    "domain",
    "wire",
    "market",
    "trading",
    "matching",
    "journal",
    "reference",
    "venues",
    "engine",
    "replay",
    "simulation",
)

# What lies on the path from a datagram or a report to an order's bytes: compiled by its profile where there is one.
PROFILED = (
    "domain",
    "wire",
    "market",
    "trading",
    "journal",
    "engine",
    "venues/fix_broker",
    "venues/hkex",
    "venues/cme",
)

# Files of the other rooms that are compiled all the same.
COMPILED_FILES = ("bench/decode_loops.py", "bench/fix_loops.py")  # as short as an interpreted loop's own step

# Files of the compiled rooms that stay interpreted, each with the reason. Patterns are relative to the package.
NOT_COMPILED: tuple[tuple[str, str], ...] = (
    ("**/__init__.py", "package markers hold no code"),
    ("venues/**/process.py", "a process of its own: sockets and start-up, nothing per message"),
    ("simulation/demo.py", "starts processes and waits for them"),
    ("simulation/commands.py", "what the command line asks for, once"),
    ("simulation/batch.py", "adds up, once per history"),
    ("simulation/trace.py", "tells one history"),
    ("simulation/run.py", "builds one history of the demonstration's world"),
    ("simulation/market.py", "descriptions of venues, once per history"),
    ("simulation/scenario.py", "scripts of tests"),
    ("simulation/pair.py", "configurations, built once"),
    ("simulation/shapes.py", "configurations, built once"),
    ("simulation/misfortune.py", "tables of drawing functions"),
)


def package_version() -> str:
    """`__version__` of the package, read without importing it."""
    tree = ast.parse((SOURCES / PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id == "__version__":
                return str(ast.literal_eval(node.value))
    raise BaseError(f"src/{PACKAGE}/__init__.py has no __version__")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts)


def hot_sources() -> tuple[list[Path], dict[str, str]]:
    """The files to compile, and the modules left out with the reason."""
    package = SOURCES / PACKAGE
    left_out = {path: reason for pattern, reason in NOT_COMPILED for path in package.glob(pattern)}
    candidates = [path for room in COMPILED_ROOMS for path in sorted((package / room).rglob("*.py"))]
    candidates += [package / path for path in COMPILED_FILES]
    named = {module_name(p): left_out[p] for p in candidates if p in left_out and p.name != "__init__.py"}
    return [path for path in candidates if path not in left_out], named


def why_not_compiled() -> str:
    """Why this build cannot or shall not compile; empty when it can."""
    if os.environ.get("XMC_PURE", "") not in ("", "0"):
        return "built with XMC_PURE=1"
    if platform.python_implementation() != "CPython":
        return f"{platform.python_implementation()} cannot load the extensions, CPython can"
    if not hot_sources()[0]:
        return "there is no module to compile"
    try:
        import mypyc.build  # noqa: F401
    except ImportError:
        return "mypyc is not installed (pip install 'mypy[mypyc]')"
    return why_compiler_fails()


def why_compiler_fails() -> str:
    """Compile and link one file against the Python headers; the first complaint, or empty when it works."""
    from setuptools._distutils import ccompiler
    from setuptools._distutils import sysconfig as distutils_sysconfig
    from setuptools._distutils.errors import DistutilsError

    compiler = ccompiler.new_compiler()
    distutils_sysconfig.customize_compiler(compiler)
    with tempfile.TemporaryDirectory() as directory:
        probe = Path(directory, "probe.c")
        probe.write_text("#include <Python.h>\nint probe(void) { return PY_MAJOR_VERSION; }\n")
        # The failing compiler's own complaint would look like a failed build.
        with quiet_descriptors():
            try:
                objects = compiler.compile(
                    [str(probe)], output_dir=directory, include_dirs=[sysconfig.get_path("include")]
                )
                compiler.link_shared_object(objects, os.path.join(directory, "probe.so"))
            except (ccompiler.CompileError, ccompiler.LinkError, DistutilsError, OSError) as error:
                command = getattr(compiler, "compiler_so", ["the C compiler"])[0]
                return f"no working C compiler: {command} could not build against Python.h ({type(error).__name__})"
    return ""


@contextlib.contextmanager
def quiet_descriptors() -> Iterator[None]:
    """Send standard output and error, of child processes too, to nowhere."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            for descriptor, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, descriptor)
                os.close(copy)


def work_directory() -> Path:
    """Where generated C, objects and extensions go: kept between builds only when XMC_BUILD_DIR says where."""
    kept = os.environ.get("XMC_BUILD_DIR", "")
    if kept:
        import mypy.version

        key = f"{sysconfig.get_config_var('SOABI')}-mypy{mypy.version.__version__}"
        directory = Path(kept).resolve() / key
        directory.mkdir(parents=True, exist_ok=True)
        return directory
    return temporary_directory()


def temporary_directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="xmc-build-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


@contextlib.contextmanager
def sole_user(directory: Path) -> Iterator[None]:
    """Lock a work directory; empty it first when the last build in it was killed half-way."""
    with open(directory.parent / f"{directory.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unfinished = directory / "unfinished"
        if unfinished.exists():
            shutil.rmtree(directory)
        directory.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        try:
            yield
        except (Exception, SystemExit):  # a refusal of the compiler leaves whole files; a kill may not
            unfinished.unlink()
            raise
        unfinished.unlink()


class CompilationFailed(BaseError):
    """mypyc or the C compiler refused a module. The text names it."""


WHY_NOT_COMPILED = why_not_compiled()


class XmcDistribution(Distribution):
    """A distribution whose extensions are known only after mypyc has run."""

    def has_ext_modules(self) -> bool:
        return not WHY_NOT_COMPILED


class BuildSources(build_py):
    """Copies the sources and writes down that nothing is compiled yet."""

    def run(self) -> None:
        super().run()
        write_report(Path(self.build_lib), compiled=[], reason=WHY_NOT_COMPILED or "the compilation did not finish")
        if WHY_NOT_COMPILED:
            warn_interpreted(WHY_NOT_COMPILED)


class BuildHotModules(build_ext):
    """Runs mypyc over the hot rooms, then the C compiler, then copies the extensions into the wheel."""

    def run(self) -> None:
        sources, _ = hot_sources()
        stage = Path(self.build_lib)
        try:
            with sole_user(WORK):
                self.compile_into(stage, sources)
        except CompilationFailed as failure:
            if os.environ.get("XMC_REQUIRE_COMPILED", "") not in ("", "0"):
                raise
            self.extensions = []
            write_report(stage, compiled=[], reason=str(failure))
            warn_interpreted(str(failure))
        else:
            write_report(stage, compiled=sources, reason="")
        self.build_lib = str(stage)

    def compile_into(self, stage: Path, sources: list[Path]) -> None:
        (WORK / "progress").write_text("from Python to C")
        self.distribution.ext_modules = generate_c(sources, WORK)
        self.initialize_options()  # once more, now that the extensions are known
        self.build_lib, self.build_temp = str(WORK / ("recording" if RECORDS else "extensions")), str(OBJECTS)
        self.finalize_options()
        self.inplace = False
        self.parallel = os.cpu_count()
        super().run()
        # Only this build's extensions are copied: what the kept directory holds beyond them stays there.
        finished = [Path(self.get_ext_fullpath(extension.name)) for extension in self.extensions]
        for path in finished:
            target = stage / path.relative_to(self.build_lib)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)

    def build_extension(self, ext: Extension) -> None:
        try:
            if len(ext.sources) > 1:
                ext.extra_objects = ext.depends = self.compiled_objects(ext)
                ext.sources = []
            super().build_extension(ext)
        except (BaseError, CCompilerError, CompileError, LinkError) as error:
            raise CompilationFailed(f"the C compiler refused {ext.name}") from error

    def compiled_objects(self, ext: Extension) -> list[str]:
        """The extension's object files: those that are up to date as they are, the others compiled side by side."""
        headers = max(path.stat().st_mtime_ns for path in (WORK / "c").rglob("*.h"))
        adopt_profile()
        objects: list[str] = []
        stale: list[tuple[str, Path, list[str]]] = []
        for source in ext.sources:
            counts = is_profiled(source)
            folder = RECORDING if RECORDS and counts else OBJECTS
            (target,) = self.compiler.object_filenames([source], output_dir=str(folder))
            objects.append(target)
            newest = max(headers, Path(source).stat().st_mtime_ns)
            counted = PROFILE / Path(target[1:]).with_suffix(".gcda")
            flags: list[str] = []
            if folder == RECORDING:
                flags = [f"-fprofile-generate={PROFILE}"]
            elif counts and counted.exists():
                flags = [f"-fprofile-use={PROFILE}", "-fprofile-partial-training", "-Wno-coverage-mismatch"]
                newest = max(newest, counted.stat().st_mtime_ns)
            if not is_newer(Path(target), newest):
                stale.append((source, folder, flags))
        if RECORDS:
            ext.extra_link_args = [*ext.extra_link_args, "-fprofile-generate"]
        self.compile_all(ext, stale)
        return objects

    def compile_all(self, ext: Extension, stale: list[tuple[str, Path, list[str]]]) -> None:
        """Compile these C files into their folders with their flags; how far it is stands in the file `progress`."""
        done: list[str] = []

        def compile_one(item: tuple[str, Path, list[str]]) -> None:
            source, folder, flags = item
            self.compiler.compile(
                [source],
                output_dir=str(folder),
                macros=ext.define_macros,
                include_dirs=ext.include_dirs,
                extra_postargs=[*ext.extra_compile_args, *flags],
            )
            done.append(source)
            (WORK / "progress").write_text(f"{len(done)} of {len(stale)} C files compiled")

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compile_one, stale))


def is_profiled(source: str) -> bool:
    """Whether a generated C file belongs to the hot path."""
    names = [f"{PACKAGE}/{room}".replace("/", "___") for room in PROFILED]
    return any(f"{name}___" in source for name in names)


def adopt_profile() -> None:
    """What the last recording counted, under the names of the objects that use it; a new one begins at nothing."""
    recorded, used = PROFILE / str(RECORDING)[1:], PROFILE / str(OBJECTS)[1:]
    if RECORDS:
        shutil.rmtree(recorded, ignore_errors=True)
    elif recorded.exists():
        shutil.rmtree(used, ignore_errors=True)
        recorded.rename(used)


def is_newer(target: Path, than_ns: int) -> bool:
    return target.exists() and target.stat().st_mtime_ns > than_ns


def generate_c(sources: list[Path], work: Path) -> list[Extension]:
    """Run mypyc: type check, generate C. Raises CompilationFailed with the first complaint."""
    from mypyc.build import mypycify

    complaints = io.StringIO()
    # No configuration file: `make check` is strict, a build needs only what mypyc itself demands.
    # All C is generated anew, from an empty cache: mypyc 2.4.1 does not keep ClassIR.bitmap_attrs in its cache, so
    # a module regenerated beside cached ones can get another layout of their objects. It costs a second or two;
    # the C compiler, which takes the time, sees only files whose text changed.
    options = ["--config-file=", f"--cache-dir={temporary_directory()}", "--ignore-missing-imports"]
    paths = [str(path.relative_to(ROOT)) for path in sources]
    try:
        with contextlib.redirect_stdout(complaints), contextlib.redirect_stderr(complaints):
            extensions = mypycify(
                options + paths,
                multi_file=True,
                group_name=f"{PACKAGE}.compiled",
                opt_level="3",
                debug_level="0",
                target_dir=str(work / "c"),
            )
    except (SystemExit, Exception) as error:  # mypyc's crashes are refusals too
        print(complaints.getvalue(), file=sys.stderr)
        if not isinstance(error, SystemExit):
            raise CompilationFailed(f"mypyc crashed: {type(error).__name__}: {error}") from error
        first = next((line for line in complaints.getvalue().splitlines() if "error:" in line), "see above")
        raise CompilationFailed(f"mypyc refused {first}") from error
    for extension in extensions:
        # Contracted multiply-add would round differently from the interpreter. A warning of a newer compiler
        # in generated code is no reason to fail. Hidden symbols are called directly, not through a table.
        flags = ["-ffp-contract=off", "-Wno-error", "-fvisibility=hidden"]
        extension.extra_compile_args = [*extension.extra_compile_args, *flags]
        # The library lies in the package, and so do its headers, which mypyc includes as if they did not.
        extension.include_dirs = [*extension.include_dirs, str(work / "c" / PACKAGE)]
    return extensions


def write_report(stage: Path, compiled: list[Path], reason: str) -> None:
    """Write `_build.json` into the wheel; `cross_market_connect/_build.py` reads it."""
    sources, left_out = hot_sources()
    report = {
        "compiled": {module_name(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in compiled},
        "hot": [module_name(path) for path in sources],
        "not_compiled": left_out,
        "by_profile": bool(compiled) and (PROFILE / str(OBJECTS)[1:]).exists(),
        "reason": reason,
    }
    path = stage / PACKAGE / "_build.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def warn_interpreted(reason: str) -> None:
    print(
        f"\n{'*' * 100}\n* cross-market-connect is built INTERPRETED, about 25 times slower than compiled.\n"
        f"* Reason: {reason}\n* Remedy: install a C compiler and the Python headers "
        f"(Debian: apt-get install build-essential python3-dev), then install again.\n{'*' * 100}\n",
        file=sys.stderr,
    )


def shown_version() -> str:
    """The version; a build that had to do without a compiler says so in it, for pip prints nothing else."""
    unwanted = WHY_NOT_COMPILED and not WHY_NOT_COMPILED.startswith("built with XMC_PURE")
    return package_version() + ("+interpreted" if unwanted else "")


WORK = work_directory() if not WHY_NOT_COMPILED else temporary_directory()
STAGE = temporary_directory()
RECORDS = os.environ.get("XMC_RECORD_PROFILE", "") not in ("", "0")
OBJECTS, RECORDING = WORK / "objects", WORK / "objects_recording"
# Beside the work directory, which is emptied after a build that was killed.
PROFILE = WORK.parent / f"{WORK.name}.profile"

setup(
    version=shown_version(),
    distclass=XmcDistribution,
    cmdclass={"build_py": BuildSources, "build_ext": BuildHotModules},
    options={
        "build": {"build_base": str(STAGE), "build_lib": str(STAGE / "lib")},
        "egg_info": {"egg_base": str(STAGE)},
    },
)
