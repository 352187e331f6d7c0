"""What `xmc doctor` reports: the build, the packages, and what the machine under them offers."""

import contextlib
import importlib.metadata
import locale
import os
import platform
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from cross_market_connect import __version__, _build, local_clock

DISTRIBUTION = "cross-market-connect"
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROBE_GROUP = "239.255.77.77"  # RFC 2365 section 6.1: the IPv4 local scope
PROBE_TIMEOUT_S = 1.0


def examine() -> dict[str, Any]:
    """Everything worth knowing before a bug report; plain values, ready for JSON. `faults` lists what is broken."""
    report = _build.build_report()
    compiled = _build.is_compiled()
    return {
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "compiled": compiled,
        "compiled_modules": len(report.compiled) if compiled else 0,
        "by_profile": compiled and report.by_profile,
        "uncompiled_hot_modules": sorted(set(report.hot) - set(report.compiled if compiled else ())),
        "interpreted_on_purpose": report.not_compiled,
        "reason_interpreted": _build.reason_interpreted(),
        "faults": _build.faults(),
        "packages": installed_packages(),
        "loopback_tcp": loopback_tcp(),
        "loopback_multicast": loopback_multicast(),
        "locale_zh_cn_gb18030": chinese_locale(),
        "clock_source": CLOCK_SOURCE.read_text().strip() if CLOCK_SOURCE.is_file() else "",
        "local_clock": local_clock.read().as_text(),
        "cpus": len(os.sched_getaffinity(0)),
        "compiler": first_line([*compiler_command(), "--version"]),
        "node": first_line(["node", "--version"]),
        "chromium": next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), ""),
    }


def installed_packages() -> dict[str, str]:
    """Versions of the packages that this one requires; "" for one that is not installed."""
    try:
        wanted = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    versions = {}
    for requirement in wanted:
        if "extra ==" in requirement:
            continue
        name = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in requirement).split()[0]
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = ""
    return versions


def loopback_tcp() -> bool:
    """Whether a TCP connection over 127.0.0.1 carries bytes."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname(), timeout=PROBE_TIMEOUT_S)
        far, _ = listener.accept()
        with near, far:
            near.sendall(b"x")
            far.settimeout(PROBE_TIMEOUT_S)
            return far.recv(1) == b"x"
    return False


def loopback_multicast() -> bool:
    """Whether a datagram sent to a multicast group over 127.0.0.1 comes back."""
    loopback = socket.inet_aton("127.0.0.1")
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("", 0))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(PROBE_GROUP) + loopback)
        receiver.settimeout(PROBE_TIMEOUT_S)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
            sender.sendto(b"x", (PROBE_GROUP, receiver.getsockname()[1]))
        return receiver.recv(1) == b"x"
    return False


def chinese_locale() -> bool:
    """Whether the locale zh_CN.GB18030 loads here (LOCPATH counts)."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "zh_CN.GB18030")
    except locale.Error:
        return False
    locale.setlocale(locale.LC_CTYPE, before)
    return True


def compiler_command() -> list[str]:
    """The C compiler that a build here would use, as words."""
    return str(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()


def first_line(command: list[str]) -> str:
    """The first line that a program prints; "" when it is missing or fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else ""


def as_text(findings: dict[str, Any]) -> str:
    """The findings for a reader: one fact per line, what is wrong last."""
    hot = findings["uncompiled_hot_modules"]
    profile = "the hot path by its profile" if findings["by_profile"] else "without a profile (make setup records one)"
    state = f"{findings['compiled_modules']} modules compiled, {profile}" if findings["compiled"] else "INTERPRETED"
    rows = [
        ("cross-market-connect", f"{findings['version']}, {state}"),
        ("python", f"{findings['python']} {sys.executable}"),
        ("platform", f"{findings['platform']}, CPUs: {findings['cpus']}"),
        ("clock source", findings["clock_source"] or "unknown"),
        ("local clock", findings["local_clock"]),
        ("packages", ", ".join(f"{name} {version or 'MISSING'}" for name, version in findings["packages"].items())),
        ("loopback", f"TCP {yes(findings['loopback_tcp'])}, multicast {yes(findings['loopback_multicast'])}"),
        ("zh_CN.GB18030", "yes" if findings["locale_zh_cn_gb18030"] else "NO here (make puts its own on LOCPATH)"),
        ("compiler", findings["compiler"] or "none"),
        ("node", findings["node"] or "none"),
        ("chromium", findings["chromium"] or "none"),
    ]
    if findings["reason_interpreted"]:
        rows.append(("interpreted", findings["reason_interpreted"]))
    elif hot:
        rows.append(("not compiled", ", ".join(hot)))
    rows += [("not compiled", f"{module}: {reason}") for module, reason in findings["interpreted_on_purpose"].items()]
    rows += [("FAULT", fault) for fault in findings["faults"]]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name.ljust(width)}  {text}" for name, text in rows)


def yes(value: bool) -> str:
    return "yes" if value else "NO"
