"""What holds for every settlement group, whatever it looks like."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judging.explain.build import SHORT, Order, frames, minor
from tests.judging.explain.build import Document as D  # noqa: N817
from tests.judging.explain.build import Line as L  # noqa: N817

from ecrecon.base.categories import CATEGORY
from ecrecon.base.schema import COMPONENTS
from ecrecon.judging.explain import explain

pytestmark = pytest.mark.slow

BATCH = 60


def yuan(value: int) -> str:
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100}.{abs(value) % 100:02d}"


def random_order(random: Random) -> Order:
    """Amounts from a small set, so that coincidences are the rule."""
    prices = (1, 2, 100, 300, 1000, 2000, 2001, 3000)
    cash, platform = sum(random.choices(prices, k=2)), random.choice((0, 0, 1, 300, 1000))
    pool = (*prices, cash, cash, cash - random.choice(prices))
    names = random.choices(tuple(SHORT), (8, 1, 3, 1, 5, 2, 1, 1), k=random.randint(0, 5))
    lines = []
    for name in names:
        back = name in ("refund", "adjust") or random.random() < 0.15
        amount = abs(random.choice(pool)) * (-1 if back else 1)
        refund_id = random.choice((None, None, "R0", "R1")) if name == "refund" else None
        txn = random.choice((None, "t0", "t1"))
        own = random.random() < 0.2
        lines.append(L(name, yuan(amount), random.choice((2.0, 24.0, 48.0)), txn, refund_id, own))
    documents = [
        D(
            yuan(abs(random.choice(pool)) or 1),
            random.choice((1.0, 24.0, 50.0)),
            random.choice((None, "R0", "R1")),
            i > 1,
        )
        for i in range(random.choice((0, 0, 1, 1, 2, 3, 10)))
    ]
    flag = lambda chance=0.5: random.random() < chance  # noqa: E731
    has_order = flag(0.9)
    return Order(
        yuan(cash), yuan(platform), lines, documents,
        status=random.choice(("finished", "finished", "shipped", "closed")) if has_order else None,
        has_order=has_order, orphan=random.choice(("X03", "X11")), unpaid=flag(0.1), due=flag(), covered=flag(),
        gross=flag(0.2), tolerance=random.choice(("0.00", "0.01", "0.05")), platform_due=flag(),
    )  # fmt: skip


def batch(seed: int, size: int = BATCH) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    random = Random(seed)
    return frames([random_order(random) for _ in range(size)])


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_components_add_up_to_the_difference(seed: int) -> None:
    groups, lines, documents = batch(seed)
    told = explain(groups, lines, documents)
    sums = dict(told.components.group_by("group_id").agg(pl.col("amount_minor").sum()).iter_rows())
    actual = dict(lines.group_by("group_id").agg(pl.col("amount_minor").sum()).iter_rows())
    assert told.groups["group_id"].to_list() == groups["group_id"].to_list()
    for group in told.groups.iter_rows(named=True):
        i = group["group_id"]
        assert group["actual_minor"] == actual.get(i, 0)
        assert group["difference_minor"] == group["actual_minor"] - group["expected_minor"] == sums.get(i, 0)
        due = group["due_cash_minor"] + group["due_platform_minor"]
        assert group["expected_minor"] == due - group["documents_minor"]


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_each_line_stands_in_one_slot_and_each_document_is_told_once(seed: int) -> None:
    groups, lines, documents = batch(seed)
    told = explain(groups, lines, documents)
    assert dict(told.components.schema) == dict(COMPONENTS)
    rows = told.components
    assert (rows["actual_minor"] - rows["expected_minor"]).equals(rows["amount_minor"], check_names=False)
    refunds = rows.filter(pl.col("code").cast(pl.String).is_in(["R02", "R03"])).explode("line_ids")
    assert refunds["line_ids"].drop_nulls().is_duplicated().sum() == 0
    unseen = rows.filter(pl.col("code") == "R01").group_by("group_id").len("unseen")
    netted = told.groups.select("group_id", netted=pl.col("netted").list.len())
    counted = documents.group_by("group_id").len("documents").join(netted, on="group_id", how="left")
    both = counted.join(unseen, on="group_id", how="left").fill_null(0)
    assert (both["unseen"] + both["netted"] <= both["documents"]).all()


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_order_of_input_rows_changes_nothing(seed: int) -> None:
    inputs = batch(seed)
    told = explain(*inputs)
    again = explain(*(frame.sample(fraction=1, shuffle=True, seed=seed % 9973 + i) for i, frame in enumerate(inputs)))
    assert again.groups.equals(told.groups)
    assert again.components.equals(told.components)


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_groups_do_not_influence_each_other(seed: int) -> None:
    groups, lines, documents = batch(seed, 12)
    told = explain(groups, lines, documents)
    for i in groups["group_id"]:
        one = pl.col("group_id") == i
        alone = explain(groups.filter(one), lines.filter(one), documents.filter(one))
        assert alone.groups.equals(told.groups.filter(one))
        assert alone.components.equals(told.components.filter(one))


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_the_fast_path_says_what_the_table_says(seed: int) -> None:
    """A price protection line of 0.00 says nothing, but sends its group through the whole table."""
    groups, lines, documents = batch(seed)
    plain = groups.with_columns(due_platform_minor=pl.lit(0, dtype=pl.Int64))
    zero = pl.col("amount_minor") * 0
    ballast = (
        groups.select("group_id", line_id=-pl.col("group_id"), amount_minor="due_cash_minor")
        .with_columns(zero, category=pl.lit("price_protection").cast(CATEGORY), self_documented=pl.lit(False))
        .join(lines.clear(), on=["group_id", "line_id", "amount_minor", "category", "self_documented"], how="left")
        .select(lines.columns)
        .cast(dict(lines.schema))
    )
    for sides in (groups, plain):
        quick = explain(sides, lines, documents)
        full = explain(sides, pl.concat([lines, ballast]), documents)
        assert full.groups.equals(quick.groups)
        keep = ["group_id", "code", "kind", "amount_minor", "refund_id", "expected_minor", "actual_minor", "rule_id"]
        assert full.components.select(keep).sort(keep).equals(quick.components.select(keep).sort(keep))


def test_twenty_thousand_gaps_of_one_cent_are_a01_each() -> None:
    size = 20_000
    groups, lines, _ = frames([Order("80.00", lines=[L("goods", "79.99")])])
    ids = pl.int_range(1, size + 1, eager=True, dtype=pl.Int64).alias("group_id")
    sign = pl.when(pl.col("group_id") % 2 == 0).then(1).otherwise(-1)
    many_groups = groups.drop("group_id").join(ids.to_frame(), how="cross").select(groups.columns)
    many_lines = (
        lines.drop("group_id", "line_id")
        .join(ids.to_frame(), how="cross")
        .with_columns(line_id="group_id", amount_minor=(8000 + sign).cast(pl.Int64))
        .select(lines.columns)
    )
    told = explain(many_groups, many_lines, frames([Order()])[2])
    assert told.components["code"].cast(pl.String).unique().to_list() == ["A01"]
    assert told.components["group_id"].to_list() == ids.to_list()
    assert told.components["amount_minor"].abs().unique().to_list() == [1]
    assert told.components["amount_minor"].sum() == 0
    assert told.groups["outcome"].unique().to_list() == ["settled"]
    strict = explain(
        many_groups.with_columns(tolerance_minor=pl.lit(0, dtype=pl.Int64)), many_lines, frames([Order()])[2]
    )
    assert strict.components["code"].cast(pl.String).value_counts().sort("code").rows() == [
        ("A02", 10000),
        ("A03", 10000),
    ]


def test_amounts_of_the_builder_are_exact() -> None:
    values: list[Any] = [0, 1, -1, 12345, -701]
    assert [minor(yuan(v)) for v in values] == values
