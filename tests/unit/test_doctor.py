"""What doctor finds out must agree with what the test sees by other means."""

import os
import platform

import pytest

from cross_market_connect import _build, doctor


def test_plain_facts() -> None:
    findings = doctor.examine()
    assert findings["python"] == platform.python_version()
    assert findings["cpus"] == len(os.sched_getaffinity(0))
    assert findings["loopback_tcp"] is True
    assert findings["compiled_modules"] + len(findings["uncompiled_hot_modules"]) == len(_build.build_report().hot)


def test_text_names_every_fault_and_the_reason() -> None:
    findings = doctor.examine()
    findings |= {"compiled": False, "reason_interpreted": "no working C compiler", "faults": ["a: stale", "b: missing"]}
    text = doctor.as_text(findings)
    for words in ("INTERPRETED", "no working C compiler", "a: stale", "b: missing"):
        assert words in text


@pytest.mark.parametrize(("by_profile", "said"), [(True, "by its profile"), (False, "make setup records one")])
def test_the_profile_of_the_hot_path_is_named(by_profile: bool, said: str) -> None:
    findings = doctor.examine() | {"compiled": True, "compiled_modules": 7, "by_profile": by_profile}
    assert f"7 modules compiled, {'the hot path ' if by_profile else ''}" in doctor.as_text(findings)
    assert said in doctor.as_text(findings)


def test_a_missing_program_is_an_empty_line() -> None:
    assert doctor.first_line(["/no/such/program"]) == ""
    assert doctor.first_line(["false"]) == ""
    assert doctor.first_line(["echo", "one\ntwo"]) == "one"


def test_the_compiler_is_the_one_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "ccache clang")
    assert doctor.compiler_command() == ["ccache", "clang"]
