"""What must hold for the vouchers of any month, however they are cut and however red is written (docs/accounting.md "What must hold")."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import pytest
from benchmarks.simulator.__main__ import main as simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrecon.base.moment import Moment
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.booking.settings import shipped
from ecrecon.pipeline import RunSettings, find_config, read_workspace
from ecrecon.pipeline.chain import Run, walk
from ecrecon.pipeline.stages import STAGES
from ecrecon.pipeline.values import Booked, Ledger, Sales

pytestmark = pytest.mark.slow

BASE = {"revenue_point": "confirmed"}
POLICY = st.fixed_dictionaries(
    {
        "voucher_granularity": st.sampled_from(["month", "day", "order"]),
        "red_style": st.sampled_from(["red_same_side", "opposite_side"]),
        "vat_rounding": st.sampled_from(["voucher", "line"]),
        "goods_shipped_used": st.sampled_from(["no", "yes"]),
        "accrue_fees": st.sampled_from(["off", "on"]),
    }
)
MONTH = st.tuples(st.sampled_from([("3", "clean"), ("11", "faults")]), POLICY)
FEW = settings(max_examples=8)
NAMES = [stage.name for stage in STAGES]
BEFORE, BOOKING = STAGES[: NAMES.index("sales")], STAGES[NAMES.index("sales") : NAMES.index("post") + 1]
NET = pl.col("debit_minor") - pl.col("credit_minor")


@cache
def judged(seed: str, scenario: str) -> Run:
    """A simulated month with its ERP, reconciled and not booked yet."""
    folder = Path(mkdtemp()) / "month"
    arguments = ["--seed", seed, "--orders", "1200", "--scenario", scenario, "--sides", "erp"]
    simulate(["month", "--out", str(folder), *arguments])
    config = find_config((folder,), None)
    asked = RunSettings(paths=(folder,), workspace=read_workspace(config), config=config)
    return walk(Run([asked]), BEFORE)


def month_of(drawn: tuple[tuple[str, str], dict[str, str]]) -> Run:
    """The month booked under the policies drawn."""
    before = judged(*drawn[0])
    workspace = before[RunSettings].workspace
    posting = workspace.posting.model_copy(update={"policy": {**BASE, **drawn[1]}})
    workspace = workspace.model_copy(update={"posting": posting})
    return walk(before.having(replace(before[RunSettings], workspace=workspace)), BOOKING)


def frames(state: Run) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    made, sales = state[Vouchers], state[Sales]
    assert made.problems == []
    assert made.vouchers.height > 20
    return made.vouchers, made.trace, sales.events, sales.receivables


def by_role(vouchers: pl.DataFrame, *roles: str) -> int:
    return int(vouchers.filter(pl.col("account_role").is_in(list(roles))).select(NET.sum()).item())


@given(MONTH)
@FEW
def test_vouchers_balance_and_add_up_to_the_movement_of_each_account(
    drawn: tuple[tuple[str, str], dict[str, str]],
) -> None:
    state = month_of(drawn)
    vouchers = frames(state)[0]
    assert vouchers.group_by("voucher_id").agg(NET.sum().alias("net"))["net"].unique().to_list() == [0]
    moved = state[Booked].lines.filter(pl.col("currency").cast(pl.String) == "CNY").group_by(pl.col("account").cast(pl.String)).agg(
        pl.col("amount_minor").sum()
    )  # fmt: skip
    own = vouchers.with_columns(account=pl.col("aux").str.extract("账户=(.*)$")).filter(pl.col("account").is_not_null())
    booked = dict(own.group_by("account").agg(NET.sum().alias("net")).iter_rows())
    assert {a: m for a, m in moved.iter_rows() if m} == {a: m for a, m in booked.items() if m}


@given(MONTH)
@FEW
def test_every_cent_traces_back_and_tax_is_gross_less_net(drawn: tuple[tuple[str, str], dict[str, str]]) -> None:
    vouchers, trace, sales, _ = frames(month_of(drawn))
    traced = trace.group_by("voucher_id", "seq").agg(pl.col("amount_minor").sum())
    both = vouchers.join(traced, on=["voucher_id", "seq"], how="full", coalesce=True)
    assert both.select((pl.col("amount_minor") == NET).all()).item()
    assert both.height == vouchers.height
    assert trace.filter(pl.col("line_id").is_null())["order_id"].null_count() == 0
    assert sales.select((pl.col("net_minor") + pl.col("tax_minor") == pl.col("gross_minor")).all()).item()
    sign = pl.when(pl.col("event") == "sales_return").then(1).otherwise(-1)
    sold = sales.filter(pl.col("event").is_in(["revenue", "sales_return"]))
    sums = sold.select((pl.col("net_minor") * sign).sum(), (pl.col("tax_minor") * sign).sum()).row(0)
    assert sums == (by_role(vouchers, "revenue"), by_role(vouchers, "vat_output"))


@given(MONTH)
@FEW
def test_a_full_return_leaves_neither_revenue_nor_tax_nor_cost(drawn: tuple[tuple[str, str], dict[str, str]]) -> None:
    vouchers, trace, sales, ledger = frames(month_of(drawn))
    whole = ledger.filter(pl.col("increase_minor") > 0, pl.col("increase_minor") == pl.col("reversal_minor"))[
        "order_id"
    ]
    back = sales.filter(pl.col("event") == "sales_return", pl.col("cost_minor") > 0)["order_id"]
    roles = vouchers.select("voucher_id", "seq", "account_role")
    lines = trace.filter(pl.col("line_id").is_null(), pl.col("order_id").is_in(whole.implode())).join(
        roles, on=["voucher_id", "seq"]
    )
    sums = lines.group_by("order_id", "account_role").agg(pl.col("amount_minor").sum())
    taxed = sums.filter(pl.col("account_role").is_in(["revenue", "vat_output", "ar_platform"]))
    assert taxed["amount_minor"].unique().to_list() in ([], [0])
    cost = sums.filter(pl.col("account_role") == "cogs", pl.col("order_id").is_in(back.implode()))
    assert cost["amount_minor"].unique().to_list() in ([], [0])


@given(MONTH, st.integers(0, 10**6))
@FEW
def test_the_order_of_rows_never_matters_and_a_second_run_gives_the_same(
    drawn: tuple[tuple[str, str], dict[str, str]], seed: int
) -> None:
    state = month_of(drawn)
    vouchers, trace, sales, _ = frames(state)
    shuffled = state[Booked].lines.sample(fraction=1, shuffle=True, seed=seed)
    workspace = state[RunSettings].workspace
    again = make_vouchers(
        shuffled, state[Ledger].sources, workspace, state[Moment].period, workspace.posting.policy,
        sales.sample(fraction=1, shuffle=True, seed=seed),
    )  # fmt: skip
    assert again.vouchers.equals(vouchers)
    key = ["voucher_id", "seq", "line_id", "order_id", "amount_minor", "source_id", "source_line"]
    assert again.trace.sort(key, nulls_last=True).equals(trace.sort(key, nulls_last=True))


@given(MONTH)
@FEW
def test_open_items_are_the_receivable_account(drawn: tuple[tuple[str, str], dict[str, str]]) -> None:
    vouchers, _, _, ledger = frames(month_of(drawn))
    moved = ledger.select((pl.col("closing_minor") - pl.col("opening_minor")).sum()).item()
    assert by_role(vouchers, "ar_platform") == moved


@given(MONTH)
@FEW
def test_red_stands_only_where_the_style_allows_it(drawn: tuple[tuple[str, str], dict[str, str]]) -> None:
    vouchers = frames(month_of(drawn))[0]
    chart = shipped("sbe")[0]
    red = vouchers.filter((pl.col("debit_minor") < 0) | (pl.col("credit_minor") < 0))
    if drawn[1]["red_style"] == "opposite_side":
        assert red.is_empty()
    else:
        plain = {name for name, role in chart.roles.items() if not role.red}
        reds = {"sales_return", "fee_accrual_reversal"}
        assert red.filter(pl.col("account_role").is_in(sorted(plain)), ~pl.col("event").is_in(sorted(reds))).is_empty()
