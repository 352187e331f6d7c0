"""Damage to bytes, by a seed: what networks, disks and broken peers do, and what nobody would think of.

A target says where the numbers lie that its format hangs on (lengths, counts, kinds, numbers): `Format.places`. Half of
the damage is there. `Format.mend` puts the outermost frame right again after damage inside, so that what lies
deeper is reached as well.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

Place = tuple[int, int]  # offset and width in bytes of a number, little-endian
EXTREMES: Final = (0, 1, 2, 3, 9, 10, 11, 127, 128, 254, 255, 256, 1_500, 32_767, 32_768, 65_534, 65_535)
WIDE_EXTREMES: Final = (
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32 - 2,
    2**62,
    2**63 - 1,
    2**63,
    2**64 - 1,
    10**18,
    2**53 + 1,
)
OVERSIZE: Final = (1_501, 4_096, 65_507, 65_508, 70_000)
ADDED_BYTES_MAX: Final = 64


def _no_places(_data: bytes) -> list[Place]:
    return []


def _as_it_is(data: bytes) -> bytes:
    return data


class Format(NamedTuple):
    """What a mutator knows of a format.

    Attributes:
        places: of a sound input, where its structural numbers lie.
        mend: the same content in a sound outermost frame.
    """

    places: Callable[[bytes], list[Place]] = _no_places
    mend: Callable[[bytes], bytes] = _as_it_is


class Mutator:
    """Damages inputs. `donors` are sound ones, which pieces are taken from."""

    def __init__(self, chance: random.Random, form: Format, donors: Sequence[bytes]) -> None:
        self._chance = chance
        self._form = form
        self._donors = donors
        self._places = [form.places(donor) for donor in donors]
        self._kinds: list[Callable[[bytearray, list[Place]], bytes | bytearray]] = [
            self._turn_bits,
            self._set_bytes,
            self._set_number,
            self._set_number,
            self._set_place,
            self._set_place,
            self._set_place,
            self._nudge_place,
            self._nudge_place,
            self._cut,
            self._lengthen,
            self._splice,
            self._repeat,
            self._remove,
            self._noise,
        ]

    def pick(self) -> int:
        """Number of a sound input."""
        return int(self._chance.random() * len(self._donors))

    def sound(self, number: int) -> bytes:
        """That input as it is."""
        return self._donors[number]

    def damaged(self, number: int) -> bytes:
        """That input with one to three kinds of damage; now and then with a sound frame around it."""
        chance = self._chance.random
        data = bytearray(self._donors[number])
        places = self._places[number]
        for _ in range(1 + int(chance() * chance() * 3)):
            data = bytearray(self._kinds[int(chance() * len(self._kinds))](data, places))
        if chance() < 0.002:
            data += bytes(OVERSIZE[int(chance() * len(OVERSIZE))])
        return self._form.mend(bytes(data)) if chance() < 0.5 else bytes(data)

    def random_bytes(self) -> bytes:
        """Bytes without any structure."""
        return self._chance.randbytes(int(self._chance.random() ** 3 * 400))

    def _below(self, limit: int) -> int:
        return int(self._chance.random() * limit)

    def _turn_bits(self, data: bytearray, _places: list[Place]) -> bytearray:
        if data:
            for _ in range(1 + self._below(3)):
                data[self._below(len(data))] ^= 1 << self._below(8)
        return data

    def _set_bytes(self, data: bytearray, _places: list[Place]) -> bytearray:
        if data:
            for _ in range(1 + self._below(6)):
                data[self._below(len(data))] = self._below(256)
        return data

    def _extreme(self, width: int) -> int:
        limit = 1 << (8 * width)
        choice = self._below(4)
        if choice == 0:
            return self._below(limit)
        values = WIDE_EXTREMES if width >= 4 and choice == 1 else EXTREMES
        return values[self._below(len(values))] % limit

    def _write(self, data: bytearray, at: int, width: int, value: int) -> bytearray:
        if at + width <= len(data):
            data[at : at + width] = (value % (1 << (8 * width))).to_bytes(width, "little")
        return data

    def _set_number(self, data: bytearray, _places: list[Place]) -> bytearray:
        width = (1, 2, 4, 8)[self._below(4)]
        return self._write(data, self._below(max(len(data), 1)), width, self._extreme(width))

    def _set_place(self, data: bytearray, places: list[Place]) -> bytearray:
        if not places:
            return self._set_number(data, places)
        at, width = places[self._below(len(places))]
        return self._write(data, at, width, self._extreme(width))

    def _nudge_place(self, data: bytearray, places: list[Place]) -> bytearray:
        """A number a little off: what a lost field or entry makes of it."""
        if not places:
            return self._turn_bits(data, places)
        at, width = places[self._below(len(places))]
        value = int.from_bytes(data[at : at + width], "little")
        return self._write(data, at, width, value + self._below(9) - 4)

    def _cut(self, data: bytearray, _places: list[Place]) -> bytearray:
        return data[: self._below(len(data) + 1)]

    def _lengthen(self, data: bytearray, _places: list[Place]) -> bytearray:
        extra = 1 + self._below(ADDED_BYTES_MAX)
        return data + (self._chance.randbytes(extra) if self._below(2) else bytes(extra))

    def _splice(self, data: bytearray, _places: list[Place]) -> bytearray:
        """The beginning of one input and the end of another."""
        other = self._donors[self.pick()]
        return data[: self._below(len(data) + 1)] + other[self._below(len(other) + 1) :]

    def _span(self, data: bytearray, places: list[Place]) -> tuple[int, int]:
        """A piece, preferably between two places, where messages and entries begin."""
        if len(places) > 2 and self._below(2):
            first, last = places[self._below(len(places))][0], places[self._below(len(places))][0]
        else:
            first, last = self._below(len(data) + 1), self._below(len(data) + 1)
        return min(first, last), max(first, last)

    def _repeat(self, data: bytearray, places: list[Place]) -> bytearray:
        first, last = self._span(data, places)
        return data[:last] + data[first:]

    def _remove(self, data: bytearray, places: list[Place]) -> bytearray:
        first, last = self._span(data, places)
        return data[:first] + data[last:]

    def _noise(self, data: bytearray, _places: list[Place]) -> bytearray:
        """A piece is replaced by noise."""
        if not data:
            return data
        at = self._below(len(data))
        length = min(1 + self._below(40), len(data) - at)
        data[at : at + length] = self._chance.randbytes(length)
        return data
