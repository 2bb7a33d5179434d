"""Months of earlier runs: what they add to the statements of this one (README.md "Earlier months")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.schema import Schema, empty
from ecrecon.base.texts import tr

EARLIER: dict[str, Schema] = {
    "profit": {"level": pl.String, "platform": pl.String, "shop": pl.String, "sku": pl.String, "currency": pl.String,
               "item": pl.String, "amount_minor": pl.Int64},
    "income_statement": {"line": pl.Int32, "month_minor": pl.Int64},
    "ledger": {"platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "row": pl.String,
               "income_minor": pl.Int64, "expense_minor": pl.Int64, "balance_minor": pl.Int64},
    "platform_income": {"platform": pl.String, "shop": pl.String, "currency": pl.String, "item": pl.String,
                        "amount_minor": pl.Int64, "orders": pl.Int64},
    "receivables": {"level": pl.String, "platform": pl.String, "shop": pl.String, "order_id": pl.String,
                    "currency": pl.String, "closing_minor": pl.Int64},
    "parties": {"shop": pl.String, "account_role": pl.String, "account_code": pl.String, "account_name": pl.String,
                "currency": pl.String, "closing_minor": pl.Int64},
}  # fmt: skip
"""Statements of an earlier month that this one needs, by name of their CSV file."""

_NAMED = 3
"""Orders that a note names; the others are counted."""


@dataclass(frozen=True)
class Earlier:
    """One earlier month: `digest` is that of its manifest, `frames` hold the statements of EARLIER."""

    period: str
    digest: str
    frames: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class History:
    """The months before `period` (`2026-10`), each once, in order of time."""

    period: str
    months: tuple[Earlier, ...] = ()

    @property
    def last(self) -> Earlier | None:
        """The calendar month before this one, where it was given."""
        return self.of(_before(self.period, 1))

    @property
    def year_ago(self) -> Earlier | None:
        """The same month of the year before: the comparable period of CAS 30."""
        return self.of(_before(self.period, 12))

    def of(self, period: str) -> Earlier | None:
        """The month `period`, or None."""
        return next((month for month in self.months if month.period == period), None)

    def span(self, first: str) -> tuple[Earlier, ...]:
        """The given months from `first` up to, without, this one."""
        return tuple(month for month in self.months if first <= month.period < self.period)

    def missing(self, first: str) -> list[str]:
        """Months from `first` up to this one that were not given."""
        year, month = (int(part) for part in first.split("-"))
        wanted = []
        while f"{year}-{month:02d}" < self.period:
            wanted.append(f"{year}-{month:02d}")
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return [name for name in wanted if self.of(name) is None]

    def known(self, first: str) -> bool:
        """Whether a sum since `first` can be told: some of its months are here, or this is the first of them."""
        return bool(self.span(first)) or self.period == first

    @property
    def january(self) -> str:
        """First month of the year."""
        return f"{self.period[:4]}-01"

    @property
    def quarter_start(self) -> str:
        """First month of the quarter."""
        month = int(self.period[5:])
        return f"{self.period[:4]}-{month - (month - 1) % 3:02d}"

    @property
    def quarter(self) -> str:
        """`2026Q4`."""
        return f"{self.period[:4]}Q{(int(self.period[5:]) + 2) // 3}"


def _before(period: str, months: int) -> str:
    year, month = (int(part) for part in period.split("-"))
    count = year * 12 + month - 1 - months
    return f"{count // 12}-{count % 12 + 1:02d}"


def total(months: Sequence[Earlier], name: str, keys: Sequence[str], amounts: Sequence[str]) -> pl.DataFrame:
    """Σ of `amounts` over `months` of the statement `name` by `keys`; no row where no month is given. `blank`: a month
    left one of the amounts blank, because it did not know it."""
    frames = [month.frames[name] for month in months] or [empty(EARLIER[name])]
    unknown = pl.any_horizontal(pl.col(name).is_null().any() for name in amounts)
    return pl.concat(frames).group_by(keys).agg(pl.col(amounts).sum(), blank=unknown)


def with_months(frame: pl.DataFrame, name: str, keys: Sequence[str], history: History) -> pl.DataFrame:
    """Add `last_month_minor` and `year_to_date_minor` to a statement with `amount_minor`, one row per `keys`.

    A column is null as a whole where its months are not known, and a row where one of its months left the amount blank.
    What only earlier months had is added as a row whose amount of this month is 0.
    """
    amount, last, year = "amount_minor", "last_month_minor", "year_to_date_minor"
    months = history.span(history.january)
    before = total(months, name, keys, [amount]).rename({amount: "before", "blank": "year_blank"})
    latest = total([history.last] if history.last else [], name, keys, [amount]).rename(
        {amount: "latest", "blank": "last_blank"}
    )
    gone = pl.concat([before.select(keys), latest.select(keys)]).unique().join(
        frame, on=keys, how="anti", nulls_equal=True
    )  # fmt: skip
    all_rows = pl.concat([frame, gone.with_columns(pl.lit(0, dtype=pl.Int64).alias(amount))], how="diagonal")
    joined = all_rows.join(before, on=keys, how="left", nulls_equal=True, maintain_order="left").join(
        latest, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    nothing = pl.lit(None, dtype=pl.Int64)
    known_last, known_year = (~pl.col(name).fill_null(value=False) for name in ("last_blank", "year_blank"))
    of_last, of_year = pl.col("latest").fill_null(0), pl.col(amount) + pl.col("before").fill_null(0)
    return joined.with_columns(
        (pl.when(known_last).then(of_last) if history.last else nothing).alias(last),
        (pl.when(known_year).then(of_year) if history.known(history.january) else nothing).alias(year),
    ).drop("before", "latest", "last_blank", "year_blank")


def month_notes(history: History) -> list[str]:
    """Which months the columns of earlier months hold, and which they lack."""
    if not history.months:
        if history.known(history.january):
            return []
        return [
            tr(
                "没有给出以前月份：上月、本年累计、本季累计各列留空；用 --previous 加上以前的输出文件夹",
                "no earlier months: the columns of last month, year and quarter to date stay empty; "
                "name earlier output folders with --previous",
            )
        ]
    missing = history.missing(history.january)
    notes = []
    if missing:
        held = "、".join([*(month.period for month in history.span(history.january)), history.period])
        lacking = _ranges(missing)
        notes.append(
            tr(
                f"本年累计只含 {held}；没有给出 {lacking}",
                f"year to date holds {held.replace('、', ', ')} only; not given: {lacking}",
            )
        )
    if history.last is None:
        notes.append(tr("没有给出上月，上月各列留空", "last month was not given: its columns stay empty"))
    return notes


def _ranges(periods: Sequence[str]) -> str:
    """`2026-01…2026-03, 2026-05`: months that follow each other as a range."""
    parts: list[list[str]] = []
    for period in periods:
        if parts and _before(period, 1) == parts[-1][-1]:
            parts[-1] = [parts[-1][0], period]
        else:
            parts.append([period])
    return ", ".join("…".join(dict.fromkeys(part)) for part in parts)


def opening_notes(receivables: pl.DataFrame, ledger: pl.DataFrame, history: History) -> list[str]:
    """Where this month does not begin as the last one ended: receivables per shop, balances per account."""
    if history.last is None:
        return []
    return [*_receivable_notes(receivables, history.last), *_balance_notes(ledger, history.last)]


def _receivable_notes(receivables: pl.DataFrame, last: Earlier) -> list[str]:
    keys = ["platform", "shop", "currency", "order_id"]
    ended = last.frames["receivables"].filter(pl.col("level") == "order").group_by(keys).agg(
        ended=pl.col("closing_minor").sum()
    )  # fmt: skip
    began = receivables.group_by(keys).agg(began=pl.col("opening_minor").sum())
    both = began.join(ended, on=keys, how="full", coalesce=True, nulls_equal=True).with_columns(
        pl.col("began", "ended").fill_null(0)
    )
    wrong = both.filter(pl.col("began") != pl.col("ended")).sort(keys, nulls_last=True)
    told = wrong.group_by(keys[:3], maintain_order=True).agg(
        pl.col("began").sum(),
        pl.col("ended").sum(),
        orders=pl.len(),
        named=pl.col("order_id").drop_nulls().head(_NAMED),
    )
    return [
        tr(
            f"店铺 {shop}：期初应收与 {last.period} 期末应收有 {orders} 单不同（期初 {_text(began, currency)}，上月期末 "
            f"{_text(ended, currency)}）：{'、'.join(named)}",
            f"shop {shop}: {orders} orders open with another receivable than {last.period} closed with (opening "
            f"{_text(began, currency)}, closing of last month {_text(ended, currency)}): {', '.join(named)}",
        )
        for _, shop, currency, began, ended, orders, named in told.iter_rows()
    ]


def _balance_notes(ledger: pl.DataFrame, last: Earlier) -> list[str]:
    ended = last.frames["ledger"].filter(pl.col("row") == "month").select("account", "currency", ended="balance_minor")
    began = ledger.filter(pl.col("row") == "opening").select("account", "currency", began="balance_minor")
    wrong = began.join(ended, on=["account", "currency"]).filter(pl.col("began") != pl.col("ended")).sort("account")
    return [
        tr(
            f"账户 {account}：期初余额 {_text(began, currency)} 与 {last.period} 期末余额 {_text(ended, currency)} 不同",
            f"account {account}: opening balance {_text(began, currency)}, closing of {last.period} "
            f"{_text(ended, currency)}",
        )
        for account, currency, began, ended in wrong.iter_rows()
    ]


def _text(minor: int, currency: str | None) -> str:
    return decimal_text(minor, exponent(currency or "CNY"))


def carried(openings: pl.DataFrame, history: History) -> pl.DataFrame:
    """account, opening_minor: where no balance is printed, the closing balance of last month."""
    if history.last is None:
        return openings
    ended = history.last.frames["ledger"].filter(pl.col("row") == "month")
    closing = ended.group_by("account").agg(ended=pl.col("balance_minor").first())
    return openings.join(closing, on="account", how="left", maintain_order="left").with_columns(
        pl.coalesce("opening_minor", "ended").alias("opening_minor")
    )
