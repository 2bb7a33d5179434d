"""What the reference and the vectorised decomposition say of the same groups, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tests.oracle.decompose import decompose
from tests.oracle.frames import document_frame, group_frame, line_frame
from tests.oracle.model import Component, Group, Result, constructor

from ecrecon.judging.explain import explain


def vectorised(groups: Sequence[Group]) -> list[Result]:
    """One call of `explain` for all groups; components of amount 0 (notes on what was netted) are left out."""
    explained = explain(group_frame(groups), line_frame(groups), document_frame(groups))
    components: dict[int, list[Component]] = defaultdict(list)
    for row in explained.components.filter(explained.components["amount_minor"] != 0).iter_rows(named=True):
        components[row["group_id"]].append(
            Component(row["code"], row["kind"], row["amount_minor"], row["refund_id"] or "")
        )
    rows = {row["group_id"]: row for row in explained.groups.iter_rows(named=True)}
    assert len(rows) == explained.groups.height == len(groups)
    return [
        Result(
            rows[number]["expected_minor"],
            rows[number]["actual_minor"],
            rows[number]["difference_minor"],
            sorted(components[number]),
            rows[number]["outcome"],
        )
        for number in range(len(groups))
    ]


def disagreements(groups: Sequence[Group]) -> list[str]:
    """One text per group that the two judge differently: the group as constructor text, then both answers."""
    texts = []
    for group, found in zip(groups, vectorised(groups), strict=True):
        wanted = decompose(group)
        wanted.netted = []
        if wanted != found:
            texts.append(f"{constructor(group)}\n  reference:  {wanted}\n  vectorised: {found}")
    return texts
