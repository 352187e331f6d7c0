"""Alert levels and codes. An alert is a record in the log first; senders read it from there."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

INFO: Final[i64] = 0
WARNING: Final[i64] = 1
CRITICAL: Final[i64] = 2
EMERGENCY: Final[i64] = 3
LEVEL_NAMES: Final[tuple[str, ...]] = ("info", "warning", "critical", "emergency")
LEVEL_NAMES_ZH: Final[tuple[str, ...]] = ("提示", "警告", "严重", "紧急")
