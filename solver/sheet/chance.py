"""Draws that are the same on every machine and in every later version: SHA-256 in counter mode.

No generator of a library is used, because a library may change its stream. The stream is fixed by `FORMAT`,
the version of the sheet's format: a change of this module is a new version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

FORMAT = 1
"""The version of the sheet's format; it is part of every draw."""

_BITS = 256


def below(bound: int, *key: int | str) -> int:
    """A whole number from 0 to bound − 1, each as likely, fixed by `key` (a seed, a name…).

    Blocks above the greatest multiple of `bound` are passed over, so that no number is favoured.
    """
    if bound < 1:
        raise ValueError(f"a bound of at least 1 is expected, found {bound}")
    fair = (1 << _BITS) - (1 << _BITS) % bound
    return next(block for block in _blocks(key) if block < fair) % bound


def _blocks(key: tuple[int | str, ...]) -> Iterator[int]:
    """SHA-256 of the key and a counter, as whole numbers; texts are preceded by their length."""
    head = f"corrige {FORMAT}"
    for part in key:
        text = str(part)
        head += f"|{len(text)}:{text}"
    counter = 0
    while True:
        digest = hashlib.sha256(f"{head}#{counter}".encode()).digest()
        yield int.from_bytes(digest, "big")
        counter += 1
