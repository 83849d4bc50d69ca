"""Samples: drawn again from their seed, each fen as likely as any other, large items always there."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.domain.sampling import Item, Method, draw, draw_random, interval_fen, select_units

amounts = st.lists(st.integers(1, 60), min_size=1, max_size=12)
seeds = st.text(st.sampled_from("0123456789abcdef"), min_size=1, max_size=32)


def population(fen: list[int]) -> list[Item]:
    return [Item(number * 7 + 3, amount) for number, amount in enumerate(fen)]


@given(fen=amounts, size=st.integers(1, 20), seed=seeds, method=st.sampled_from(Method), data=st.data())
def test_a_seed_draws_the_same_sample_again_in_whatever_order_the_items_come(
    fen: list[int], size: int, seed: str, method: Method, data: st.DataObject
) -> None:
    items = population(fen)
    first = draw(method, items, size, seed)
    again = draw(method, data.draw(st.permutations(items)), size, seed)
    assert first == again
    ids = [one.id for one in first]
    assert ids == sorted(set(ids))
    assert set(ids) <= {item.id for item in items}


@given(fen=amounts, size=st.integers(1, 20), seed=seeds)
def test_a_random_sample_has_its_size_without_anything_twice(fen: list[int], size: int, seed: str) -> None:
    chosen = draw(Method.RANDOM, population(fen), size, seed)
    assert len({one.id for one in chosen}) == len(chosen) == min(size, len(fen))
    assert {(one.hits, one.certain) for one in chosen} == {(1, False)}


@given(fen=amounts, size=st.integers(1, 15))
def test_over_all_starts_an_item_is_hit_in_exact_proportion_to_its_amount(fen: list[int], size: int) -> None:
    items, total_fen = population(fen), sum(fen)
    hits: Counter[int] = Counter()
    times: Counter[int] = Counter()
    for start in range(total_fen):
        chosen = select_units(items, size, start)
        assert sum(one.hits for one in chosen) == size
        for one in chosen:
            hits[one.id] += one.hits
            times[one.id] += 1
    assert hits == {item.id: item.amount_fen * size for item in items}
    assert times == {item.id: min(total_fen, item.amount_fen * size) for item in items}


@given(fen=amounts, size=st.integers(1, 15), seed=seeds)
def test_what_reaches_the_interval_is_always_chosen_and_marked(fen: list[int], size: int, seed: str) -> None:
    items = population(fen)
    chosen = {one.id: one for one in draw(Method.MONETARY_UNIT, items, size, seed)}
    for item in items:
        if item.amount_fen >= interval_fen(sum(fen), size):
            assert chosen[item.id].certain
        elif item.id in chosen:
            assert chosen[item.id].hits == 1
            assert not chosen[item.id].certain


def test_many_seeds_choose_every_pair_about_as_often() -> None:
    seen = Counter(tuple(sorted(draw_random(range(5), 2, f"seed {number}"))) for number in range(4_000))
    assert set(seen) == set(combinations(range(5), 2))
    assert all(abs(count - 400) < 100 for count in seen.values())  # 400 expected, five standard deviations


def test_an_auditor_without_our_program_can_draw_the_sample_again() -> None:
    ids = range(1, 200)
    ranks = sorted(ids, key=lambda one: hashlib.sha256(f"abc:{one}".encode()).hexdigest())
    assert [one.id for one in draw(Method.RANDOM, [Item(one, 5) for one in ids], 10, "abc")] == sorted(ranks[:10])


def test_an_empty_population_gives_an_empty_sample_and_a_size_is_above_zero() -> None:
    assert draw(Method.RANDOM, [], 5, "x") == ()
    assert draw(Method.MONETARY_UNIT, [], 5, "x") == ()
    with pytest.raises(ValueError, match="at least one"):
        draw(Method.RANDOM, [Item(1, 1)], 0, "x")
