"""Orders on the list of fake orders: no sales, their money under investigation, and the run says so (docs/accounting.md "Fake orders")."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks.simulator.__main__ import main as simulate
from tests.booking.build import SBE, entries, make_lines, make_sources

from ecrecon.base.texts import set_language
from ecrecon.booking import Vouchers, make_vouchers
from ecrecon.pipeline import RunSettings, find_config, read_workspace
from ecrecon.pipeline.chain import Run, walk
from ecrecon.pipeline.stages import STAGES
from ecrecon.pipeline.values import Sales, Stated
from ecrecon.report.model import Report

pytestmark = pytest.mark.slow

POLICY = {"revenue_point": "confirmed", "goods_shipped_used": "yes"}


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def run(folder: Path, **changes: Any) -> Run:
    config = find_config((folder,), None)
    workspace = read_workspace(config)
    posting = workspace.posting.model_copy(update={"policy": POLICY})
    workspace = workspace.model_copy(update={"posting": posting, "fake_orders": [], **changes})
    return walk(Run([RunSettings(paths=(folder,), workspace=workspace, config=config)]), STAGES)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run, list[str]]:
    """A month with its ERP, and the same month with three of its paid sales on the list."""
    folder = tmp_path_factory.mktemp("fakes") / "month"
    simulate(["month", "--out", str(folder), "--seed", "7", "--orders", "300", "--sides", "erp"])
    plain = run(folder)
    sold = (
        plain[Sales]
        .events.filter(pl.col("event") == "revenue", pl.col("cost_minor") > 0)
        .join(
            plain[Sales].receivables.filter(pl.col("received_minor") > 0).select("group_id"), on="group_id", how="semi"
        )
    )
    listed = sold["order_id"].sort().head(3).to_list()
    assert len(listed) == 3
    return plain, run(folder, fake_orders=listed, fake_orders_reason="测试名单", fake_orders_approver="张三"), listed


def side(state: Run, role: str, event: str | None = None) -> int:
    mine = state[Vouchers].vouchers.filter(pl.col("account_role") == role)
    mine = mine if event is None else mine.filter(pl.col("event") == event)
    return int(mine["debit_minor"].sum() - mine["credit_minor"].sum())


def test_their_revenue_and_cost_are_not_booked(both: tuple[Run, Run, list[str]]) -> None:
    plain, fake, listed = both
    mine = plain[Sales].events.filter(pl.col("order_id").is_in(listed), pl.col("event") == "revenue")
    assert set(mine["order_id"]) == set(listed)
    assert not set(listed) & set(fake[Sales].events["order_id"])
    of_orders = fake[Vouchers].trace.filter(pl.col("line_id").is_null())
    assert not set(listed) & set(of_orders["order_id"])
    shipped = fake[Sales].goods_shipped
    assert shipped is not None and not set(listed) & set(shipped["order_id"])
    assert side(plain, "cogs") - side(fake, "cogs") == mine["cost_minor"].sum() - _returned(plain, listed)


def _returned(state: Run, listed: list[str]) -> int:
    back = state[Sales].events.filter(pl.col("order_id").is_in(listed), pl.col("event") == "sales_return")
    return int(back["cost_minor"].sum())


def test_their_money_is_unexplained_and_nothing_of_it_is_lost(both: tuple[Run, Run, list[str]]) -> None:
    plain, fake, listed = both
    of_list = plain[Sales].receivables.filter(pl.col("order_id").is_in(listed))
    net = int(of_list["received_minor"].sum() - of_list["paid_back_minor"].sum())
    assert net > 0
    assert side(fake, "unexplained", "fake_orders") == -net
    assert side(fake, "wallet") == side(plain, "wallet")
    moved = fake[Sales].receivables.select((pl.col("closing_minor") - pl.col("opening_minor")).sum()).item()
    assert side(fake, "ar_platform") == moved
    texts = fake[Vouchers].vouchers.filter(pl.col("event") == "fake_orders")["summary"]
    assert texts.str.contains("刷单").all()


def test_the_run_counts_them_and_warns(both: tuple[Run, Run, list[str]]) -> None:
    plain, fake, _ = both
    (note,) = [text for text in fake[Vouchers].notes if "刷单" in text]
    assert note.startswith("名单内刷单 3 单")
    assert all(word in note for word in ("电子商务法", "税务机关", "理由：测试名单", "批准人：张三"))
    assert note in fake[Report].notes
    assert not any("刷单" in text for text in plain[Vouchers].notes)


def test_the_bridge_shows_them_as_an_explained_difference(both: tuple[Run, Run, list[str]]) -> None:
    plain, fake, _ = both
    sums = [
        dict(s[Stated].statements.platform_income.group_by("item").agg(pl.col("amount_minor").sum()).iter_rows())
        for s in (plain, fake)
    ]
    assert sums[0]["platform_income"] == sums[1]["platform_income"]
    assert sums[0]["fake_orders"] == 0
    assert sums[1]["fake_orders"] < 0
    assert sums[1]["platform_income"] + sums[1]["fake_orders"] + sums[1]["receivable_change"] == sums[1]["booked_gross"]


def test_entries_of_listed_money() -> None:
    rows = [
        {"category": "goods_receipt", "amount_minor": 9900, "order_id": "F"},
        {"category": "buyer_compensation", "amount_minor": -5000, "order_id": "F"},
        {"category": "commission", "amount_minor": -60, "order_id": "F"},
        {"category": "goods_receipt", "amount_minor": 500, "order_id": "A"},
    ]
    lines = make_lines(rows).with_columns(fake=pl.col("order_id") == "F")
    made = make_vouchers(lines, make_sources(), SBE, "2026-10").vouchers
    wallet = ("1012", "其他货币资金")
    assert entries(made) == [
        ("fake_orders", *wallet, 9900, 0),
        ("fake_orders", "1221", "其他应收款-待核查", 5000, 0),
        ("fake_orders", *wallet, 0, 5000),
        ("fake_orders", "1221", "其他应收款-待核查", 0, 9900),
        ("receipt", *wallet, 500, 0),
        ("receipt", "1122", "应收账款-平台", 0, 500),
        ("fee", "5601", "销售费用-平台佣金", 60, 0),
        ("fee", *wallet, 0, 60),
    ]
