"""What `xmc conformance` does, without the command line around it."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cross_market_connect.conformance.report import as_html, as_object
from cross_market_connect.conformance.suite import run_suite
from cross_market_connect.conformance.target import configured, simulated
from cross_market_connect.domain.errors import InputError


def conformance(gateway: str, file: Path | None, directory: Path | None) -> dict[str, Any]:
    """Run the suite and write the report when a directory is named. Raises InputError for what does not fit."""
    target = simulated(gateway) if file is None else configured(gateway, file, os.environ)
    if directory is not None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                [f"--report {directory}: {error.strerror}; expected a directory that can be made"]
            ) from error
    outcomes = run_suite(target)
    answer = as_object(target, outcomes, with_messages=False)
    if directory is not None:
        whole = as_object(target, outcomes, with_messages=True)
        text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
        (directory / "conformance.json").write_text(text, encoding="utf-8")
        page = as_html(target, outcomes, datetime.datetime.now(datetime.UTC))
        (directory / "conformance.html").write_text(page, encoding="utf-8")
        answer["report"] = str(directory / "conformance.html")
    return answer


def lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """The outcome for people."""
    for case in answer["cases"]:
        line = f"{case['number']}  {case['verdict']:<14} {case['duration_ms']:7.0f} ms  {case['title']}"
        yield f"{line}: {case['reason']}" if case["reason"] else line
    found = ", ".join(f"{count} {verdict}" for verdict, count in answer["counts"].items())
    yield f"{answer['gateway']} ({answer['version']}): {found}; {answer['duration_ms'] / 1000:.1f} s"
    if "report" in answer:
        yield f"report: {answer['report']}"
