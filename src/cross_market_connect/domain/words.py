"""Words of what people read that depend on a number."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """`1 record` and `2 records`; `many` where the plural is not the singular with an s."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
