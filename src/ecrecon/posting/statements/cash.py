"""收付款单, 收支明细账 and 资金日报: every movement of the wallets, as documents, as ledger, by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from ecrecon.categories import CATEGORIES
from ecrecon.messages import tr
from ecrecon.posting.statements.earlier import History
from ecrecon.posting.statements.schema import CASH_DAILY, DOCUMENTS, LEDGER
from ecrecon.schema import check, conform

TRANSFERS = ("withdrawal", "transfer", "deposit", "loan")
LEDGER_LINES = 200_000
"""With more lines than this the ledger shows one row per day and kind; every line stays in lines.parquet."""
NAMED_ORDERS = 20
"""Orders that one document names; the others are counted."""
_PLACE = ["platform", "shop", "account", "currency"]


_NEEDED = (
    "line_id", *_PLACE, "category", "day", "occurred_at", "amount_minor", "balance_minor", "order_id", "txn_id",
    "raw_type", "raw_desc", "remark", "source_id", "source_line",
)  # fmt: skip
"""Columns of a line that documents and ledger show; a month has millions of lines, and no other column is carried."""


def with_vouchers(lines: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The needed columns of lines, with `voucher` and `counter_account` (frame PLACES) by line_id."""
    return lines.select(_NEEDED).join(places, on="line_id", how="left", maintain_order="left")


def documents(lines: pl.DataFrame, per_line: bool = False) -> pl.DataFrame:
    """Frame DOCUMENTS from booked lines (with voucher): one document per flow (`per_line`), or per day, account, shop,
    kind and direction. Σ signed documents of an account = its movement."""
    keys = [*_PLACE, "day", "category", "inward", "voucher"]
    orders, amounts = pl.col("order_id").drop_nulls(), pl.col("amount_minor").filter(pl.col("order_id").is_not_null())
    moved = lines.filter(pl.col("amount_minor") != 0).sort("line_id").with_columns(inward=pl.col("amount_minor") > 0)
    grouped = moved.group_by([*keys, "line_id"] if per_line else keys, maintain_order=True).agg(
        pl.col("amount_minor").sum().abs(), pl.len().cast(pl.Int64).alias("lines"),
        orders.n_unique().cast(pl.Int64).alias("order_count"), orders.head(NAMED_ORDERS).alias("ids"),
        amounts.head(NAMED_ORDERS).alias("parts"), pl.col("txn_id").drop_nulls().head(2).alias("txns"),
    )  # fmt: skip
    grouped = _with_names(grouped.with_columns(pl.col(*_PLACE, "category", "voucher").cast(pl.String)))
    kind = pl.col("category").replace_strict({c.name: tr(c.zh, c.name) for c in CATEGORIES.values()})
    more = pl.col("order_count") - NAMED_ORDERS
    told = grouped.with_columns(
        document_date="day",
        document_type=pl.when(pl.col("category").is_in(TRANSFERS)).then(pl.lit("transfer"))
        .when("inward").then(pl.lit("receipt")).otherwise(pl.lit("payment")),
        kind=kind, counterparty=pl.concat_str("platform", pl.lit("/"), "shop", ignore_nulls=True),
        cleared=pl.concat_str(
            pl.col("named").list.join(";"), pl.when(more > 0).then(pl.format(";+{}", more)), ignore_nulls=True
        ),
        settle_no=pl.when(pl.col("txns").list.len() == 1).then(pl.col("txns").list.first()),
        summary=pl.concat_str("shop", pl.lit(" "), kind, ignore_nulls=True), status=pl.lit("cleared"),
    )  # fmt: skip
    order = ["day", *_PLACE, "category", "inward", "voucher", *(["line_id"] if per_line else [])]
    ordered = told.sort(order, nulls_last=True).with_columns(
        document_no=pl.format(
            "D{}-{}", pl.col("day").dt.strftime("%Y%m%d"),
            pl.int_range(1, pl.len() + 1).over("day", order_by=order[1:]).cast(pl.String).str.zfill(4),
        )
    )  # fmt: skip
    return check(conform(ordered, DOCUMENTS).rechunk(), DOCUMENTS, "documents")


def _with_names(grouped: pl.DataFrame) -> pl.DataFrame:
    """Add `named`: the first orders of each document with what of them it holds, `order:amount`."""
    rows = grouped.select("ids", "parts").with_row_index("row")
    texts = rows.explode("ids", "parts").drop_nulls("ids").select(
        "row", named=pl.concat_str("ids", pl.lit(":"), _decimal("parts"))
    )  # fmt: skip
    lists = texts.group_by("row", maintain_order=True).agg(pl.col("named"))
    told = rows.select("row").join(lists, on="row", how="left", maintain_order="left")
    return grouped.with_columns(told["named"].fill_null(pl.Series([[]], dtype=pl.List(pl.String)))).drop("ids", "parts")


def _decimal(name: str) -> pl.Expr:
    size = pl.col(name).abs()
    sign = pl.when(pl.col(name) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, (size // 100).cast(pl.String), pl.lit("."), (size % 100).cast(pl.String).str.zfill(2))


def in_chain_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines by account and time; those of one second in the order in which their printed balances roll.

    Python only over seconds in which the file's order does not roll: few by nature.
    """
    ordered = lines.sort(
        "account", "occurred_at", "source_id", "source_line", "line_id", nulls_last=True
    ).with_row_index("place")
    before = pl.col("balance_minor") - pl.col("amount_minor")
    rolls = before == pl.col("balance_minor").shift(1)
    odd = ordered.with_columns(rolls=rolls.over("account"), twins=pl.len().over("account", "occurred_at")).filter(
        (pl.col("twins") > 1) & ~pl.col("rolls").fill_null(True)
    )
    if odd.is_empty():
        return ordered.drop("place")
    clusters = ordered.join(odd.select("account", "occurred_at").unique(), on=["account", "occurred_at"], how="semi")
    places: list[int] = []
    moved: list[int] = []
    for _, part in clusters.group_by("account", "occurred_at", maintain_order=True):
        places += part["place"].to_list()
        moved += _rolled(part)
    swap = pl.DataFrame({"place": moved, "new": places}, schema={"place": pl.UInt32, "new": pl.UInt32})
    told = ordered.join(swap, on="place", how="left").with_columns(pl.coalesce("new", "place").alias("place"))
    return told.sort("place").drop("place", "new")


def _rolled(part: pl.DataFrame) -> list[int]:
    """Places of the rows of one second in the order in which their balances follow each other."""
    rows = list(part.select("place", "amount_minor", "balance_minor").iter_rows())
    if any(balance is None for _, _, balance in rows):
        return [place for place, _, _ in rows]
    ends = [balance for _, _, balance in rows]
    start = next((row for row in rows if row[2] - row[1] not in ends), rows[0])
    chain, left = [start], [row for row in rows if row is not start]
    while left:
        following = next((row for row in left if row[2] - row[1] == chain[-1][2]), left[0])
        chain.append(following)
        left.remove(following)
    return [place for place, _, _ in chain]


def cash_ledger(
    lines: pl.DataFrame, openings: pl.DataFrame, history: History, most: int = LEDGER_LINES
) -> pl.DataFrame:
    """Frame LEDGER. lines: money-basis lines of the period with voucher and counter_account. openings: account,
    opening_minor (null where no balance is known: the ledger starts at 0 there). With more than `most` lines the rows
    are those of a day and kind."""
    ordered = in_chain_order(lines)
    start = openings.select(pl.col("account").cast(pl.String), start=pl.col("opening_minor").fill_null(0))
    rolled = ordered.with_columns(pl.col("account").cast(pl.String)).join(start, on="account", how="left", maintain_order="left").with_columns(
        pl.col("start").fill_null(0), printed_minor="balance_minor"
    ).with_columns(balance=pl.col("start") + pl.col("amount_minor").cum_sum().over("account"))  # fmt: skip
    amount = pl.col("amount_minor")
    if rolled.height > most:
        rolled = _by_day(rolled)
    rolled = rolled.with_columns(pl.col(*_PLACE, "category", "voucher", "counter_account").cast(pl.String))
    rows = rolled.with_columns(
        balance_minor="balance", income_minor=pl.when(amount > 0).then(amount), row=pl.lit("line"),
        expense_minor=pl.when(amount < 0).then(-amount), seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account"),
        summary=pl.coalesce(pl.col("raw_desc").cast(pl.String), pl.col("raw_type").cast(pl.String), "remark"),
    )  # fmt: skip
    places = rows.group_by("account", maintain_order=True).agg(
        pl.col("platform", "shop", "currency").first(), pl.col("start").first(), pl.col("income_minor").sum(),
        pl.col("expense_minor").sum(), last=pl.len().cast(pl.Int64),
    )  # fmt: skip
    first = places.select(
        "platform", "shop", "account", "currency", seq=pl.lit(0, dtype=pl.Int64), row=pl.lit("opening"),
        summary=pl.lit(tr("期初余额", "opening balance")), balance_minor="start",
    )  # fmt: skip
    month = places.select(
        "platform", "shop", "account", "currency", "income_minor", "expense_minor", seq=pl.col("last") + 1,
        row=pl.lit("month"), summary=pl.lit(tr("本月合计", "total of the month")),
        balance_minor=pl.col("start") + pl.col("income_minor") - pl.col("expense_minor"),
    )  # fmt: skip
    parts = (first, rows, month, _year(month, history))
    both = pl.concat([conform(part, LEDGER) for part in parts]).sort("platform", "account", "seq")
    side = pl.col("balance_minor")
    told = both.with_columns(
        direction=pl.when(side > 0).then(pl.lit(tr("借", "Dr"))).when(side < 0).then(pl.lit(tr("贷", "Cr")))
        .otherwise(pl.lit(tr("平", "0")))
    )  # fmt: skip
    return check(told.rechunk(), LEDGER, "ledger")


def _year(month: pl.DataFrame, history: History) -> pl.DataFrame:
    """Row 本年累计 of each account from its row 本月合计 and those of earlier months of the year."""
    keys, amounts = ["account", "currency"], ["income_minor", "expense_minor"]
    months = history.span(history.january)
    rows = [month_.frames["ledger"].filter(pl.col("row") == "month") for month_ in months]
    before = (
        pl.concat(rows).group_by(keys).agg(pl.col(amounts).sum()) if rows else month.select(*keys, *amounts).clear()
    )
    joined = month.join(before, on=keys, how="left", nulls_equal=True, maintain_order="left", suffix="_before")
    known = history.known(history.january)
    return joined.with_columns(
        *(
            (pl.col(name) + pl.col(f"{name}_before").fill_null(0) if known else pl.lit(None, dtype=pl.Int64)).alias(name)
            for name in amounts
        ),
        seq=pl.col("seq") + 1, row=pl.lit("year"), summary=pl.lit(tr("本年累计", "total of the year")),
    )  # fmt: skip


def _by_day(rolled: pl.DataFrame) -> pl.DataFrame:
    """One row per account, day, kind and direction, with the balances of the day's end on its last row."""
    keys = [*_PLACE, "start", "day", "category", "inward"]
    sums = rolled.with_columns(inward=pl.col("amount_minor") > 0).group_by(keys, maintain_order=True).agg(
        pl.col("amount_minor").sum(), pl.col("occurred_at").max(), pl.col("voucher", "counter_account").first(),
        pl.len().alias("count"),
    )  # fmt: skip
    ends = rolled.group_by("account", "day").agg(pl.col("printed_minor").last())
    ordered = sums.sort("account", "day", "inward", "category", descending=[False, False, True, False])
    last = pl.int_range(pl.len()).over("account", "day") == pl.len().over("account", "day") - 1
    kind = pl.col("category").replace_strict({c.name: tr(c.zh, c.name) for c in CATEGORIES.values()})
    return ordered.join(ends, on=["account", "day"], how="left", maintain_order="left").with_columns(
        balance=pl.col("start") + pl.col("amount_minor").cum_sum().over("account"),
        printed_minor=pl.when(last).then("printed_minor"), raw_type=pl.lit(None, dtype=pl.String),
        raw_desc=pl.format(tr("{} {} 笔", "{} x {}"), kind, "count"), remark=pl.lit(None, dtype=pl.String),
        order_id=pl.lit(None, dtype=pl.String), txn_id=pl.lit(None, dtype=pl.String),
        source_id=pl.lit(None, dtype=pl.Int32), source_line=pl.lit(None, dtype=pl.Int32),
    )  # fmt: skip


def first_difference(ledger: pl.DataFrame) -> pl.DataFrame:
    """Per account the first row whose balance is not the platform's own."""
    wrong = ledger.filter(pl.col("printed_minor").is_not_null() & (pl.col("printed_minor") != pl.col("balance_minor")))
    return wrong.unique("account", keep="first", maintain_order=True)


def cash_daily(ledger: pl.DataFrame) -> pl.DataFrame:
    """Frame CASH_DAILY from LEDGER: the balance of every day with movement, held against the platform's."""
    keys = [*_PLACE, "day"]
    lines = ledger.filter(pl.col("row") == "line").with_columns(day=pl.col("occurred_at").dt.date())
    days = lines.group_by(keys, maintain_order=True).agg(
        pl.col("income_minor", "expense_minor").sum(), pl.col("balance_minor").last().alias("closing_minor"),
        pl.col("printed_minor").last(), pl.len().cast(pl.Int64).alias("lines"),
    )  # fmt: skip
    told = days.with_columns(
        opening_minor=pl.col("closing_minor") - pl.col("income_minor") + pl.col("expense_minor"),
        difference_minor=pl.col("closing_minor") - pl.col("printed_minor"),
    )
    return check(conform(told, CASH_DAILY).sort("platform", "account", "day").rechunk(), CASH_DAILY, "cash by day")


def ledger_notes(ledger: pl.DataFrame, paths: Sequence[str]) -> list[str]:
    """One sentence per account whose running balance leaves the platform's, with the first line where it does."""
    return [
        tr(
            f"账户 {row['account']}：从 {_spot(row, paths)} 起，余额与平台余额不同",
            f"account {row['account']}: from {_spot(row, paths)} on the balance differs from the platform's",
        )
        for row in first_difference(ledger).iter_rows(named=True)
    ]


def _spot(row: dict[str, Any], paths: Sequence[str]) -> str:
    if row["source_id"] is None:
        return f"{row['occurred_at']:%Y-%m-%d}"
    return f"{paths[row['source_id']]}:{row['source_line']}"
