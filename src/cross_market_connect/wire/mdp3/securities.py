"""Which securities somebody wants: from the exchange's security id to the caller's own small number, in a few loads.

A channel carries thousands of instruments and a desk wants a handful. Every entry of every update is looked up here,
so the table is two arrays with open addressing, kept at most a quarter full: an unwanted security is usually found
out by one load.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import read_i32_le
from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError

NOT_WANTED: Final[i64] = -1

_FIRST_CAPACITY: Final[i64] = 64
# Not a security id, which is an i32.
_FREE: Final[i64] = -4_294_967_296


def _filled(count: i64, value: i64) -> vec[i64]:
    return vec[i64]([value for _ in range(count)])


@final
class SecurityTable:
    """Security ids and the slots (0 or more) that the caller gave them."""

    def __init__(self) -> None:
        self.count: i64 = 0
        self._mask: i64 = _FIRST_CAPACITY - 1
        self._keys: vec[i64] = _filled(_FIRST_CAPACITY, _FREE)
        self._slots: vec[i64] = _filled(_FIRST_CAPACITY, NOT_WANTED)

    def add(self, security_id: i64, slot: i64) -> None:
        """Want a security; a second time moves it to the new slot. Raises InvariantError for a negative slot."""
        if slot < 0:
            raise InvariantError(f"security {security_id} has slot {slot}")
        if self.slot(security_id) == NOT_WANTED:
            self.count += 1
            if self.count * 4 > self._mask + 1:
                self._grow()
        self._put(security_id, slot)

    def remove(self, security_id: i64) -> None:
        """Nobody wants the security any more; the table is laid out anew, for this is rare."""
        if self.slot(security_id) != NOT_WANTED:
            self.count -= 1
            self._lay_out(self._mask + 1, security_id)

    def slot(self, security_id: i64) -> i64:
        """The security's slot, NOT_WANTED when nobody wants it."""
        mask = self._mask
        position = security_id & mask
        key = self._keys[position]
        while key != security_id:
            if key == _FREE:
                return NOT_WANTED
            position = (position + 1) & mask
            key = self._keys[position]
        return self._slots[position]

    def first_wanted(self, data: bytes, position: i64, step: i64, count: i64) -> i64:
        """How many of `count` security ids must be passed over until one is wanted; `count` when none is.

        The ids are INT32, the first at `position` of `data`, each next one `step` bytes on.
        """
        keys = self._keys
        mask = self._mask
        passed: i64 = 0
        while passed < count:
            security_id = i64(read_i32_le(data, position))
            place = security_id & mask
            key = keys[place]
            while key != _FREE:
                if key == security_id:
                    return passed
                place = (place + 1) & mask
                key = keys[place]
            position += step
            passed += 1
        return count

    def _put(self, security_id: i64, slot: i64) -> None:
        position = security_id & self._mask
        while self._keys[position] != security_id and self._keys[position] != _FREE:
            position = (position + 1) & self._mask
        self._keys[position] = security_id
        self._slots[position] = slot

    def _grow(self) -> None:
        self._lay_out((self._mask + 1) * 2, _FREE)

    def _lay_out(self, capacity: i64, left_out: i64) -> None:
        """The table in so many places, without one of its keys."""
        keys, slots = self._keys, self._slots
        self._mask = capacity - 1
        self._keys = _filled(capacity, _FREE)
        self._slots = _filled(capacity, NOT_WANTED)
        index: i64 = 0
        while index < len(keys):
            if keys[index] != _FREE and keys[index] != left_out:
                self._put(keys[index], slots[index])
            index += 1
