"""Components of candidates: settled only where everyone finds a partner."""

from __future__ import annotations

from itertools import permutations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.matching import resolve

EDGES = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12)


def frame(edges: set[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(sorted(edges), schema={"left": pl.Int64, "right": pl.Int64}, orient="row")


@given(edges=EDGES)
def test_settled_is_what_trying_all_pairings_says(edges: set[tuple[int, int]]) -> None:
    parts = resolve(frame(edges))
    assert sorted(i for p in parts for i in p.left) == sorted({i for i, _ in edges})
    assert sorted(j for p in parts for j in p.right) == sorted({j for _, j in edges})
    for part in parts:
        pairings = permutations(part.right) if len(part.left) == len(part.right) else []
        possible = any(all((i, j) in edges for i, j in zip(part.left, order, strict=True)) for order in pairings)
        assert part.settled == possible


@given(edges=EDGES, rotate=st.integers(0, 11))
def test_the_order_of_candidates_decides_nothing(edges: set[tuple[int, int]], rotate: int) -> None:
    told = frame(edges)
    assert resolve(told) == resolve(pl.concat([told[rotate:], told[:rotate]]))


def test_nothing_gives_nothing() -> None:
    assert resolve(frame(set())) == []
