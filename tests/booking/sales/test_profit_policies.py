"""Whatever the accountant chooses, the 利润表 is what the accounts say, and the receivables are account 1122."""

from __future__ import annotations

from typing import Literal

import polars as pl
import pytest
from tests.months import booked

from ecrecon.booking import Vouchers
from ecrecon.pipeline import RunSettings
from ecrecon.pipeline.chain import Run
from ecrecon.pipeline.values import Stated

pytestmark = pytest.mark.slow

PROFIT_LINE = {"sbe": 30, "asbe": 20}


def state_with(month: Run, standard: Literal["sbe", "asbe"], vat_status: str, policy: dict[str, str]) -> Run:
    workspace = month[RunSettings].workspace
    accounts = {"contract_liab": "2205"} if standard == "asbe" else {}
    posting = workspace.posting.model_copy(
        update={"policy": {"revenue_point": "confirmed", **policy}, "accounts": accounts}
    )
    return booked(
        month, workspace.model_copy(update={"posting": posting, "standard": standard, "vat_status": vat_status})
    )


@pytest.mark.parametrize(
    ("standard", "vat_status", "policy", "moves"),
    [
        ("asbe", "small", {}, True),
        ("sbe", "general", {"input_vat_on_fees": "at_booking"}, True),
        ("sbe", "general", {"payment_fee_account": "selling", "penalty_account": "selling",
                            "buyer_compensation": "revenue", "red_style": "opposite_side"}, False),
    ],
)  # fmt: skip
def test_the_profit_ties_to_the_accounts_under_every_choice(
    sample_month: Run, standard: Literal["sbe", "asbe"], vat_status: str, policy: dict[str, str], moves: bool
) -> None:
    state = state_with(sample_month, standard, vat_status, policy)
    assert not state[Vouchers].problems
    profit = state[Stated].statements.profit.filter(pl.col("item") == "profit")
    sums = dict(profit.group_by("level").agg(pl.col("amount_minor").sum()).iter_rows())
    form = dict(state[Stated].statements.income_statement.select("line", "month_minor").iter_rows())
    assert {sums[level] for level in ("company", "platform", "shop", "sku")} == {form[PROFIT_LINE[standard]]}
    assert (sums["company"] != 599688) is moves  # the profit of the sample as it is set up
    account = state[Stated].statements.parties.filter(pl.col("account_role") == "ar_platform")["closing_minor"].sum()
    assert account == state[Stated].statements.receivables.filter(pl.col("level") == "shop")["closing_minor"].sum()
