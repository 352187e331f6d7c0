"""The trading phases of an exchange's day, and what may be done in each."""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

CLOSED: Final[i64] = 0
CONTINUOUS: Final[i64] = 1
NIGHT: Final[i64] = 2
AFTER_HOURS: Final[i64] = 3
OPENING_AUCTION: Final[i64] = 4
OPENING_NO_CANCEL: Final[i64] = 5
OPENING_MATCH: Final[i64] = 6
BREAK: Final[i64] = 7
CLOSING_AUCTION: Final[i64] = 8
CLOSING_NO_CANCEL: Final[i64] = 9
CLOSING_MATCH: Final[i64] = 10
FIXED_PRICE: Final[i64] = 11

# phase: (name, Chinese, orders meet as they come, orders trade at all, may be entered, may be cancelled, meaning)
PHASES: Final[tuple[tuple[str, str, int, int, int, int, str], ...]] = (
    ("closed", "休市", 0, 0, 0, 0, "nothing is taken"),
    ("continuous", "连续交易", 1, 1, 1, 1, "orders trade as they come"),
    ("night", "夜盘", 1, 1, 1, 1, "continuous trading of the evening that belongs to the next trading day (China)"),
    ("after_hours", "收市后交易", 1, 1, 1, 1, "continuous trading after the day's close, for the next day (HKEX T+1)"),
    ("opening_auction", "开盘集合竞价", 0, 0, 1, 1, "orders are collected; they trade at its end"),
    ("opening_no_cancel", "开盘集合竞价（不可撤单）", 0, 0, 1, 0, "orders are collected and cannot be taken back"),
    ("opening_match", "开盘撮合", 0, 1, 0, 0, "the collected orders trade or rest; nothing is taken"),
    ("break", "休息", 0, 0, 0, 0, "a pause between two sessions of one trading day"),
    ("closing_auction", "收盘集合竞价", 0, 0, 1, 1, "orders are collected; they trade at its end"),
    ("closing_no_cancel", "收盘集合竞价（不可撤单）", 0, 0, 1, 0, "orders are collected and cannot be taken back"),
    ("closing_match", "收盘撮合", 0, 1, 0, 0, "reference price or auction price is made; nothing is taken"),
    ("fixed_price", "盘后固定价格交易", 0, 1, 1, 1, "after the close, at the closing price only"),
)
PHASE_NAMES: Final[tuple[str, ...]] = tuple(row[0] for row in PHASES)

IS_CONTINUOUS: Final[vec[i64]] = vec[i64]([row[2] for row in PHASES])
MATCHES: Final[vec[i64]] = vec[i64]([row[3] for row in PHASES])
MAY_ENTER: Final[vec[i64]] = vec[i64]([row[4] for row in PHASES])
MAY_CANCEL: Final[vec[i64]] = vec[i64]([row[5] for row in PHASES])
