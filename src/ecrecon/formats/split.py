"""`[split]`: one row into several money lines, only where their sum is proved to be the row's amount."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ecrecon.categories import CATEGORY
from ecrecon.formats.category import UNMAPPED, by_map, classify, condition_expr
from ecrecon.formats.numbers import read_amounts
from ecrecon.formats.sheet import Sheet
from ecrecon.messages import tr
from ecrecon.profiles import CategoryTable, Condition, SplitTable

_ROW = "__row"


@dataclass(frozen=True)
class _Part:
    """One component column: its signed amounts and where its category comes from."""

    name: str
    amount: pl.Series
    category: str | None
    by_field: str | None
    types: pl.Series | None


def split_rows(sheet: Sheet, lines: pl.DataFrame, currency: str | pl.Series, new_money: list[str]) -> pl.DataFrame:
    """Rows of `lines` (with `amount_minor`, `category`) -> money lines with `money_column`, in file order.

    A row is split where the components add up to the amount (or its negative, where `negated_ok`; or without the
    columns of `retry_without`). Σ of the lines is the amount of the row; every other row stays whole.
    """
    spec = sheet.profile.split
    whole = lines.with_columns(pl.lit(None, dtype=pl.String).alias("money_column"))
    if spec is None:
        return whole
    parts = _parts(sheet, spec, currency, new_money)
    if not parts:
        return whole
    allowed = _allowed(lines, spec)
    factor, kept_without = _proof(lines, spec, parts, allowed)
    _report_unproved(sheet, parts, factor, allowed)
    rows = whole.with_row_index(_ROW).with_columns(
        pl.lit(factor).alias("__factor"), pl.lit(kept_without).alias("__less")
    )
    pieces = [rows.filter(pl.col("__factor") == 0).with_columns(pl.lit(-1).alias("__part"))]
    for position, part in enumerate(parts):
        pieces.append(_piece(rows, part, position, part.name in spec.retry_without, sheet.profile.category))
    return pl.concat(pieces).sort(_ROW, "__part").drop(_ROW, "__part", "__factor", "__less")


def _parts(sheet: Sheet, spec: SplitTable, currency: str | pl.Series, new_money: list[str]) -> list[_Part]:
    parts = []
    for name, target in spec.columns.items():
        if sheet.has(name):
            amount = read_amounts(sheet, name, sheet.column(name), currency).fill_null(0)
            by_field = target.removeprefix("by:") if target.startswith("by:") else None
            parts.append(_Part(name, amount, None if by_field else target, by_field, None))
    for name, types in spec.pairs.items():
        if sheet.has(name):
            amount = read_amounts(sheet, name, sheet.column(name), currency).fill_null(0)
            parts.append(_Part(name, amount, None, None, sheet.column(types) if sheet.has(types) else None))
    if sheet.profile.header.new_money_column == "split":
        for name in new_money:
            text = sheet.spare[name]
            parts.append(_Part(name, read_amounts(sheet, name, text, currency).fill_null(0), UNMAPPED, None, None))
    return parts


def _allowed(lines: pl.DataFrame, spec: SplitTable) -> pl.Series:
    """Rows that `when` lets be split."""
    everywhere = pl.lit(value=True)
    for field, raw in (spec.when or {}).items():
        everywhere &= condition_expr(field, Condition.model_validate(raw)) if field in lines.columns else pl.lit(False)
    return lines.select(pl.repeat(value=True, n=pl.len()).alias("all") & everywhere).to_series()


def _proof(
    lines: pl.DataFrame, spec: SplitTable, parts: list[_Part], allowed: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Per row 1, -1 (components negated) or 0 (whole), and whether the retried columns are left out."""
    total = _sum(parts, lines.height)
    less = [part for part in parts if part.name in spec.retry_without]
    frame = pl.DataFrame(
        {
            "net": lines["amount_minor"],
            "sum": total,
            "rest": total - _sum(less, lines.height),
            "some": _any(parts, lines.height),
            "retry": _any(less, lines.height),
            "ok": allowed,
        }
    )
    net = pl.col("net")
    usable = pl.col("ok") & pl.col("some")
    full = _match(pl.col("sum"), net, spec.negated_ok)
    rest = _match(pl.col("rest"), net, spec.negated_ok)
    partly = usable & (full == 0) & pl.col("retry") & (rest != 0)
    factor = pl.when(partly).then(rest).when(usable).then(full).otherwise(0)
    out = frame.select(factor.cast(pl.Int64).alias("factor"), partly.alias("less"))
    return out["factor"], out["less"]


def _match(total: pl.Expr, net: pl.Expr, negated_ok: bool) -> pl.Expr:
    opposite = pl.when(pl.lit(negated_ok) & (-total == net)).then(-1).otherwise(0)
    return pl.when(total == net).then(1).otherwise(opposite)


def _sum(parts: list[_Part], height: int) -> pl.Series:
    total = pl.Series([0], dtype=pl.Int64).new_from_index(0, height)
    for part in parts:
        total = total + part.amount
    return total


def _any(parts: list[_Part], height: int) -> pl.Series:
    some = pl.Series([False], dtype=pl.Boolean).new_from_index(0, height)
    for part in parts:
        some = some | (part.amount != 0)
    return some


def _piece(rows: pl.DataFrame, part: _Part, position: int, retried: bool, table: CategoryTable | None) -> pl.DataFrame:
    """The lines of one component column."""
    use = (rows["__factor"] != 0) & (part.amount != 0)
    if retried:
        use &= ~rows["__less"]
    piece = rows.filter(use).with_columns(
        (pl.lit(part.amount.filter(use)) * pl.col("__factor")).alias("amount_minor"),
        pl.lit(part.name).alias("money_column"),
        pl.lit(position, dtype=pl.Int32).alias("__part"),
    )
    if part.types is not None:
        piece = piece.with_columns(part.types.filter(use).alias("raw_type"))
    return piece.with_columns(_category(piece, part, table).alias("category")).select(*rows.columns, "__part")


def _category(piece: pl.DataFrame, part: _Part, table: CategoryTable | None) -> pl.Series:
    if part.category is not None:
        return pl.Series([part.category], dtype=CATEGORY).new_from_index(0, piece.height)
    if part.by_field is not None and table is not None:
        found = by_map(piece, part.by_field, table.maps.get(part.by_field, {}))
        unknown = pl.Series([UNMAPPED], dtype=pl.String).new_from_index(0, piece.height)
        return (unknown if found is None else found.fill_null(UNMAPPED)).cast(CATEGORY)
    return classify(piece, piece["amount_minor"], table)


def _report_unproved(sheet: Sheet, parts: list[_Part], factor: pl.Series, allowed: pl.Series) -> None:
    odd = allowed & _any(parts, len(factor)) & (factor == 0)
    if odd.any():
        where = "、".join(str(line) for line in sheet.line.filter(odd).head(5).to_list())
        sheet.log.note(
            tr(
                f"{odd.sum()} 行的分项之和不等于金额，按整行入账（行 {where}）",
                f"the components of {odd.sum()} rows do not add up; booked whole (line {where})",
            )
        )
