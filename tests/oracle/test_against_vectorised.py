"""The vectorised decomposition against the reference: free noise, and many composed orders in one call."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.compare import disagreements
from tests.oracle.generate import groups, random_groups
from tests.oracle.model import Group


@settings(max_examples=60)
@given(st.lists(groups(), min_size=1, max_size=12))
def test_noise(some: list[Group]) -> None:
    found = disagreements(some)
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("seed", [1])
def test_bulk(seed: int) -> None:
    found = disagreements(random_groups(20_000, seed))
    assert not found, f"{len(found)} groups differ\n" + "\n\n".join(sorted(found, key=len)[:20])
