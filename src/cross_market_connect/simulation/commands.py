"""What `xmc demo` and `xmc simulate` do, without the command line around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from cross_market_connect.domain.errors import InputError
from cross_market_connect.simulation.batch import run_batch, tell
from cross_market_connect.simulation.demo import Demonstration, as_text
from cross_market_connect.simulation.run import simulate as simulate_one
from cross_market_connect.venues.simulated.script import compile_script

PROFILES = ("none", "light", "heavy")


def demo(
    headless: bool,
    duration_s: float,
    speed: float,
    seed: int,
    profile: str,
    directory: Path | None,
    script: Path | None = None,
) -> dict[str, Any]:
    """Run the demonstration. Raises InputError for a script that does not fit, before anything starts."""
    check_profile(profile)
    return Demonstration(
        duration_s=duration_s,
        speed=Decimal(str(speed)),
        seed=seed,
        profile=profile,
        headless=headless,
        directory=directory,
        script="" if script is None else read_script(script),
    ).run()


def read_script(file: Path) -> str:
    """A file's lines, checked for a venue with one instrument. Raises InputError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{file}: {error}; expected lines that say what a venue does"]) from error
    compile_script(text, ["A"])
    return text


def demo_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Its outcome for people."""
    return as_text(answer)


def simulate(seed: int, seeds: str, duration_s: float, speed: float, profile: str, kills: int) -> dict[str, Any]:
    """Run one history of the demonstration's world, or plan and judge every history of a range."""
    check_profile(profile)
    if not seeds:
        return simulate_one(seed, duration_s, Decimal(str(speed)), profile, kills)
    return run_batch(*seed_range(seeds), profile)


def story(seed: int, profile: str, shrinks: bool) -> list[str]:
    """A planned history as `--seeds` judges it, or the smallest that goes wrong like it, line by line."""
    check_profile(profile)
    return tell(seed, profile, shrinks)


def simulate_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Its outcome for people."""
    for name, value in answer.items():
        if name == "journals":
            for seed, journal_hash in value.items():
                yield f"{seed}: {journal_hash}"
        else:
            yield f"{name}: {value}"


def is_good(answer: Mapping[str, Any]) -> bool:
    """Whether nothing was left naked and log and replay agree."""
    if "good" in answer:
        return bool(answer["good"])
    return bool(answer["journal_ok"] and answer["replay_identical"] and answer["naked_units_at_end"] == 0)


def seed_range(text: str) -> tuple[int, int]:
    """FIRST:LAST as numbers."""
    first, found, last = text.partition(":")
    if not found or not first.isdecimal() or not last.isdecimal() or int(first) > int(last):
        raise InputError([f"seeds: {text}; expected FIRST:LAST, such as 1:20"])
    return int(first), int(last)


def check_profile(profile: str) -> None:
    if profile not in PROFILES:
        raise InputError([f"faults: {profile}; expected one of {', '.join(PROFILES)}"])
