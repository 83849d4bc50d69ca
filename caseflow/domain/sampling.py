"""Audit samples that anybody can draw again: everything chosen follows from the population and a stored seed. Pure.

The draws use SHA-256 and whole numbers only, so they come out the same in any language and for ever; no generator of
random numbers, whose sequence a new version may change, is involved.
"""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

MOST_ITEMS = 500


class Method(StrEnum):
    """How items are chosen."""

    RANDOM = "random"
    MONETARY_UNIT = "monetary_unit"


class Item(NamedTuple):
    """One item of a population: its id and its amount in fen (above zero). A plain tuple, as there may be millions."""

    id: int
    amount_fen: int


@dataclass(frozen=True)
class Chosen:
    """One item of a sample.

    ``hits`` counts the selected fen that lie in it (1 in a random sample); ``certain`` marks an item of at least one
    interval, which every seed would have chosen.
    """

    id: int
    hits: int = 1
    certain: bool = False


def draw(method: Method, population: Sequence[Item], size: int, seed: str) -> tuple[Chosen, ...]:
    """Return the sample of about ``size`` items that ``seed`` picks, in the order of the population's ids.

    A random sample has exactly ``size`` items, or all there are. A monetary-unit sample selects ``size`` fen, so an
    item above the interval may hold several and the items be fewer. Raises ``ValueError`` for a size that is not
    above zero.
    """
    if size <= 0:
        message = "a sample has at least one item"
        raise ValueError(message)
    if method is Method.RANDOM:
        ids = draw_random([item.id for item in population], size, seed)
        return tuple(Chosen(one) for one in sorted(ids))
    return draw_monetary_units(population, size, seed)


def draw_random(ids: Iterable[int], size: int, seed: str) -> list[int]:
    """Return the ``size`` ids whose ranks are the lowest: each set of that size is as likely as any other.

    An id's rank is SHA-256 over ``seed:id``; it does not depend on what else is in the population.
    """
    prefix = hashlib.sha256(f"{seed}:".encode())

    def rank(one: int) -> bytes:
        hashed = prefix.copy()
        hashed.update(b"%d" % one)
        return hashed.digest()

    return heapq.nsmallest(size, ids, key=rank)


def draw_monetary_units(population: Sequence[Item], size: int, seed: str) -> tuple[Chosen, ...]:
    """Return the items that hold the selected fen, with a random start that the seed gives.

    The start is SHA-256 over ``seed:start`` modulo the population's fen.
    """
    ordered = sorted(population, key=lambda item: item.id)
    total_fen = sum(item.amount_fen for item in ordered)
    if not total_fen:
        return ()
    start = int.from_bytes(hashlib.sha256(f"{seed}:start".encode()).digest()) % total_fen
    return select_units(ordered, size, start)


def select_units(population: Sequence[Item], size: int, start: int) -> tuple[Chosen, ...]:
    """Return the items hit when every interval of total/``size`` fen has one selected fen, from a start.

    With T the population's fen, fen number ``(start + k * T) // size`` is selected for k = 0 ... size - 1, counted
    through the items laid end to end. Over all starts 0 ... T - 1 an item of ``a`` fen is hit exactly ``a * size``
    times: its chance is proportional to its amount without any rounding, and certain from one interval on.
    """
    ends = list(accumulate(item.amount_fen for item in population))
    total_fen = ends[-1] if ends else 0
    hits: dict[int, int] = {}
    for number in range(size if total_fen else 0):
        place = bisect_right(ends, (start + number * total_fen) // size)
        hits[place] = hits.get(place, 0) + 1
    return tuple(
        Chosen(population[place].id, count, certain=population[place].amount_fen * size >= total_fen)
        for place, count in hits.items()
    )


def interval_fen(total_fen: int, size: int) -> int:
    """Return the sampling interval in whole fen, rounded up: an item of that amount is always chosen."""
    return -(-total_fen // size)
