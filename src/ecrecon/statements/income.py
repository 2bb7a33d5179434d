"""The bridge to what a platform reports as income, and the statutory form of the month."""

from __future__ import annotations

from functools import cache

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.schema import check, conform
from ecrecon.base.texts import tr
from ecrecon.base.validation import shipped_settings
from ecrecon.statements.history import History, total
from ecrecon.statements.schema import INCOME_STATEMENT, PLATFORM_INCOME

BRIDGE: tuple[tuple[int, str, str, str], ...] = (
    (1, "received", "平台结算到账", "settled by the platform"), (2, "paid_back", "减：平台退款", "less refunds paid"),
    (3, "platform_income", "平台口径收入净额", "income as the platform sees it"),
    (4, "fake_orders", "减：名单内刷单资金", "less money of listed fake orders"),
    (5, "receivable_change", "加：应收变动（时间差）", "plus change of receivables (timing)"),
    (6, "booked_gross", "账面收入（含税）", "booked incl. VAT"), (7, "tax", "减：销项税额", "less output VAT"),
    (8, "booked_net", "账面收入（不含税）", "booked revenue"),
)  # fmt: skip
"""1 + 2 = 3, 3 + 4 + 5 = 6, 6 + 7 = 8."""


def platform_income(
    receivables: pl.DataFrame, sales: pl.DataFrame, history: History, fakes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Frame PLATFORM_INCOME: per shop and quarter, from the money the platform settled to the revenue of the books.

    fakes: RECEIVABLES of the listed fake orders, which `receivables` does not hold; the platform reports their money.

    Platforms report by quarter, so the months of the quarter that are given are added (README.md "Earlier months").
    """
    keys = ["platform", "shop", "currency"]
    both = pl.concat(
        [receivables.with_columns(fake=pl.lit(value=False))]
        + ([] if fakes is None else [fakes.with_columns(fake=pl.lit(value=True))])
    )
    ours, net = both.filter(~pl.col("fake")), pl.col("received_minor") - pl.col("paid_back_minor")
    booked = ours.group_by(keys).agg(
        receivable_change=(pl.col("closing_minor") - pl.col("opening_minor")).sum(),
        booked=(pl.col("increase_minor") - pl.col("reversal_minor")).sum(),
        orders=(pl.col("increase_minor") != 0).sum().cast(pl.Int64),
    )  # fmt: skip
    flows = both.group_by(keys).agg(
        received=pl.col("received_minor").sum(),
        paid_back=-pl.col("paid_back_minor").sum(),
        fake_orders=-net.filter("fake").sum(),
    )
    money = flows.join(booked, on=keys, how="left", nulls_equal=True).with_columns(pl.col(pl.Int64).fill_null(0))
    sign = pl.when(pl.col("event") == "revenue").then(-1).otherwise(1)
    tax = sales.group_by(keys).agg(tax=(pl.col("tax_minor") * sign).sum())
    wide = money.join(tax, on=keys, how="left", nulls_equal=True).with_columns(pl.col("tax").fill_null(0))
    full = wide.with_columns(
        platform_income=pl.col("received") + pl.col("paid_back"), booked_gross="booked",
        booked_net=pl.col("booked") + pl.col("tax"),
    )  # fmt: skip
    names = [key for _, key, _, _ in BRIDGE]
    long = full.unpivot(names, index=[*keys, "orders"], variable_name="item", value_name="amount_minor")
    told = _of_quarter(long, [*keys, "item"], history).with_columns(
        line=pl.col("item").replace_strict({key: n for n, key, _, _ in BRIDGE}, return_dtype=pl.Int32),
    )
    ordered = conform(told, PLATFORM_INCOME).sort("platform", "shop", "currency", "line", nulls_last=True)
    return check(ordered.rechunk(), PLATFORM_INCOME, "platform income")


def _of_quarter(long: pl.DataFrame, keys: list[str], history: History) -> pl.DataFrame:
    """Add quarter, quarter_to_date_minor, months and missing; shops that only earlier months had get rows of their own."""
    months = history.span(history.quarter_start)
    before = total(months, "platform_income", keys, ["amount_minor"]).drop("blank").rename({"amount_minor": "before"})
    joined = long.join(before, on=keys, how="full", coalesce=True, nulls_equal=True)
    added = pl.col("amount_minor").fill_null(0) + pl.col("before").fill_null(0)
    held = ";".join([*(month.period for month in months), history.period])
    return joined.with_columns(
        pl.col("amount_minor", "orders").fill_null(0), quarter=pl.lit(history.quarter), months=pl.lit(held),
        quarter_to_date_minor=added if history.known(history.quarter_start) else pl.lit(None, dtype=pl.Int64),
        missing=pl.lit(";".join(history.missing(history.quarter_start)) or None, dtype=pl.String),
    )  # fmt: skip


def bridge_titles() -> dict[str, str]:
    """Key -> name in the language of the run."""
    return {key: tr(zh, en) for _, key, zh, en in BRIDGE}


COST_ROLE = "cogs"


class FormLine(BaseModel):
    """One line of a statutory form: accounts by prefix of code and name, or other lines it adds up."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    line: int
    item: str
    indent: int = 0
    roles: tuple[str, ...] = ()
    add: tuple[int, ...] = ()
    subtract: tuple[int, ...] = ()
    expense: bool = False


class Form(BaseModel):
    """A file of configs/posting/statements."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    line: tuple[FormLine, ...]


@cache
def form(standard: str) -> tuple[FormLine, ...]:
    """The lines of the income statement of `standard` (configs/posting/<standard>_income.toml)."""
    return shipped_settings(f"posting/statements/{standard}_income.toml", Form).line


def income_statement(
    vouchers: pl.DataFrame, standard: str, history: History, *, cost_known: bool = True
) -> pl.DataFrame:
    """Frame INCOME_STATEMENT: amounts of the month by account role from the vouchers, and those of earlier months.

    Where no cost of the goods sold is known, the line of the cost is blank: it is for the accountant to fill in, and the
    lines below stand before it.
    """
    sums = dict(
        vouchers.group_by("account_role").agg((pl.col("credit_minor") - pl.col("debit_minor")).sum()).iter_rows()
    )
    values: dict[int, int] = {}
    blank: set[int] = set()
    rows = []
    for line in form(standard):  # few
        if not cost_known and COST_ROLE in line.roles:
            blank.add(line.line)
        own = sum(amount for role, amount in sums.items() if any(_is(role, wanted) for wanted in line.roles))
        value = -own if line.expense else own
        value += sum(values[n] for n in line.add) - sum(values[n] for n in line.subtract)
        values[line.line] = value
        rows.append((line.line, line.item, line.indent, "CNY", None if line.line in blank else value))
    names = [name for name in INCOME_STATEMENT if name not in ("year_to_date_minor", "year_ago_minor")]
    frame = pl.DataFrame(rows, schema={name: INCOME_STATEMENT[name] for name in names}, orient="row")
    year = total(history.span(history.january), "income_statement", ["line"], ["month_minor"])
    ago = total([history.year_ago] if history.year_ago else [], "income_statement", ["line"], ["month_minor"])
    both = frame.join(year.rename({"month_minor": "before"}), on="line", how="left", maintain_order="left").join(
        ago.rename({"month_minor": "year_ago_minor", "blank": "ago_blank"}),
        on="line",
        how="left",
        maintain_order="left",
    )
    added = pl.col("month_minor") + pl.when(~pl.col("blank").fill_null(value=False)).then(pl.col("before").fill_null(0))
    told = both.with_columns(
        year_to_date_minor=added if history.known(history.january) else pl.lit(None, dtype=pl.Int64),
        year_ago_minor=pl.when(~pl.col("ago_blank").fill_null(value=False)).then("year_ago_minor"),
    )
    return check(conform(told, INCOME_STATEMENT), INCOME_STATEMENT, "income statement")


def _is(role: str, wanted: str) -> bool:
    return role == wanted or (wanted.endswith("*") and role.startswith(wanted[:-1]))
