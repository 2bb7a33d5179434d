"""`[split]`: one row into several money lines, only where their sum is proved to be the row's amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from ecrecon.base.categories import CATEGORY
from ecrecon.base.nulls import filled, flags
from ecrecon.base.texts import tr
from ecrecon.reading.category import UNMAPPED, by_map, classify, condition_expr
from ecrecon.reading.numbers import read_amounts
from ecrecon.reading.sheet import Sheet
from ecrecon.settings.profiles import CategoryTable, Condition, SplitTable, normal_name, unsigned

_ROW = "__row"


@dataclass(frozen=True)
class _Part:
    """One component column: its amounts, signed as money of the merchant, and where its category comes from
    (`by_sign`: of incoming and outgoing money)."""

    name: str
    amount: pl.Series
    category: str | None = None
    by_field: str | None = None
    types: pl.Series | None = None
    by_sign: dict[str, str] | None = None


@dataclass(frozen=True)
class _Attempt:
    """One way to add the components up: without some columns, and with some columns turned."""

    left_out: frozenset[str]
    turned: frozenset[str]


def split_rows(sheet: Sheet, lines: pl.DataFrame, currency: str | pl.Series, new_money: list[str]) -> pl.DataFrame:
    """Rows of `lines` (with `amount_minor`, `category`) -> money lines with `money_column`, in file order.

    A row is split where the components add up to the amount (or its negative, where `negated_ok`; with the columns of
    `either_sign` turned; or without some of the columns of `retry_without`, as few as possible). Σ of the lines is the
    amount of the row; every other row stays whole.
    """
    spec = sheet.profile.split
    whole = lines.with_columns(pl.lit(None, dtype=pl.String).alias("money_column"))
    if spec is None:
        return whole
    parts = _parts(sheet, spec, lines, currency, new_money)
    if not parts:
        return whole
    allowed = _allowed(lines, spec)
    attempts = _attempts(spec, parts)
    factor, attempt = _proof(lines, spec, parts, attempts, allowed)
    whole = _unproved(sheet, spec, whole, parts, factor, allowed)
    rows = whole.with_row_index(_ROW).with_columns(pl.lit(factor).alias("__factor"), pl.lit(attempt).alias("__attempt"))
    pieces = [rows.filter(pl.col("__factor") == 0).with_columns(pl.lit(-1).alias("__part"))]
    for position, part in enumerate(parts):
        piece = _piece(rows, part, position, attempts, sheet.profile.category)
        if piece is not None:
            pieces.append(piece)
    return pl.concat(pieces).sort(_ROW, "__part").drop(_ROW, "__part", "__factor", "__attempt")


def _attempts(spec: SplitTable, parts: list[_Part]) -> list[_Attempt]:
    """Sets of `retry_without` columns to leave out, the fewest first; for each as printed, then with `either_sign`."""
    there = {part.name for part in parts}
    loose = [name for name in spec.retry_without if name in there]
    turned = frozenset(name for name in spec.either_sign if name in there)
    signs = (frozenset[str](), turned) if turned else (frozenset[str](),)
    sets = (frozenset(names) for size in range(len(loose) + 1) for names in combinations(loose, size))
    return [_Attempt(left_out, turned) for left_out in sets for turned in signs]


def _parts(
    sheet: Sheet, spec: SplitTable, lines: pl.DataFrame, currency: str | pl.Series, new_money: list[str]
) -> list[_Part]:
    parts = []
    for key, target in spec.columns.items():
        name = unsigned(key)
        if sheet.has(name):
            amount = _signed(sheet, key, currency)
            if isinstance(target, dict):
                parts.append(_Part(name, amount, by_sign=target))
            elif target.startswith("by:"):
                parts.append(_Part(name, amount, by_field=target.removeprefix("by:")))
            else:
                parts.append(_Part(name, amount, target))
    for key, target in spec.fields.items():
        name = f"{unsigned(key)}_minor"
        if name in lines.columns:
            amount = filled(lines[name], 0)
            parts.append(_Part(unsigned(key), -amount if key.startswith("-") else amount, target))
    for key, types in spec.pairs.items():
        name = unsigned(key)
        if sheet.has(name):
            amount = _signed(sheet, key, currency)
            parts.append(_Part(name, amount, types=sheet.column(types) if sheet.has(types) else None))
    if sheet.profile.header.new_money_column == "split":
        for name in new_money:
            text = sheet.spare[name]
            parts.append(_Part(name, read_amounts(sheet, name, text, currency).fill_null(0), UNMAPPED))
    return parts


def _signed(sheet: Sheet, key: str, currency: str | pl.Series) -> pl.Series:
    """Amounts of the column that `key` names, as money of the merchant: `-name` is printed as a magnitude going out."""
    name = unsigned(key)
    amount = read_amounts(sheet, name, sheet.column(name), currency)
    amount = filled(amount, 0)
    return -amount if key.startswith("-") else amount


def _allowed(lines: pl.DataFrame, spec: SplitTable) -> pl.Series:
    """Rows that `when` and `unless` let be split. All conditions of `when` must hold, and not all of `unless`."""
    if spec.when is None and spec.unless is None:
        return flags(lines.height, value=True)
    wanted = pl.lit(value=True) if spec.when is None else _holds(lines, spec.when)
    kept = pl.lit(value=False) if spec.unless is None else _holds(lines, spec.unless)
    return lines.select(pl.repeat(value=True, n=pl.len()).alias("all") & wanted & ~kept).to_series()


def _holds(lines: pl.DataFrame, conditions: Mapping[str, Condition]) -> pl.Expr:
    if not all(field in lines.columns for field in conditions):
        return pl.lit(value=False)
    return pl.all_horizontal([condition_expr(field, condition) for field, condition in conditions.items()])


def _proof(
    lines: pl.DataFrame, spec: SplitTable, parts: list[_Part], attempts: list[_Attempt], allowed: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Per row 1, -1 (components negated) or 0 (whole), and the number of the attempt that proved it."""
    usable = allowed & _any(parts, lines.height)
    factor = pl.Series([0], dtype=pl.Int64).new_from_index(0, lines.height)
    proved_by = pl.Series([0], dtype=pl.Int32).new_from_index(0, lines.height)
    for number, attempt in enumerate(attempts):
        open_ = usable & (factor == 0)
        for changed in (attempt.left_out, attempt.turned):
            if changed:
                open_ &= _any([part for part in parts if part.name in changed], lines.height)
        if not open_.any():
            continue
        total = _sum([part for part in parts if part.name not in attempt.left_out | attempt.turned], lines.height)
        total = total - _sum([part for part in parts if part.name in attempt.turned], lines.height)
        frame = pl.DataFrame({"net": lines["amount_minor"], "sum": total})
        found = frame.select(_match(pl.col("sum"), pl.col("net"), spec.negated_ok).cast(pl.Int64)).to_series()
        hit = open_ & (found != 0)
        factor = found.zip_with(hit, factor)
        proved_by = pl.Series([number], dtype=pl.Int32).new_from_index(0, lines.height).zip_with(hit, proved_by)
    return factor, proved_by


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


def _piece(
    rows: pl.DataFrame, part: _Part, position: int, attempts: list[_Attempt], table: CategoryTable | None
) -> pl.DataFrame | None:
    """The lines of one component column, in the rows whose attempt did not leave it out; None where it has none."""
    left_out = [number for number, attempt in enumerate(attempts) if part.name in attempt.left_out]
    turned = [number for number, attempt in enumerate(attempts) if part.name in attempt.turned]
    use = (rows["__factor"] != 0) & (part.amount != 0)
    if left_out:
        use &= ~rows["__attempt"].is_in(left_out)
    if not use.any():
        return None
    sign = pl.when(pl.col("__attempt").is_in(turned)).then(-1).otherwise(1) if turned else pl.lit(1)
    piece = rows.filter(use).with_columns(
        (pl.lit(part.amount.filter(use)) * pl.col("__factor") * sign).alias("amount_minor"),
        pl.lit(part.name).alias("money_column"),
        pl.lit(position, dtype=pl.Int32).alias("__part"),
    )
    if part.types is not None:
        piece = piece.with_columns(part.types.filter(use).alias("raw_type"))
    return piece.with_columns(_category(piece, part, table).alias("category")).select(*rows.columns, "__part")


def _category(piece: pl.DataFrame, part: _Part, table: CategoryTable | None) -> pl.Series:
    if part.category is not None:
        return pl.Series([part.category], dtype=CATEGORY).new_from_index(0, piece.height)
    if part.by_sign is not None:
        incoming, outgoing = part.by_sign["+"], part.by_sign["-"]
        told = pl.when(pl.col("amount_minor") > 0).then(pl.lit(incoming)).otherwise(pl.lit(outgoing))
        return piece.select(told.cast(CATEGORY).alias("category"))["category"]
    if part.by_field is not None and table is not None:
        found = by_map(piece, part.by_field, table.maps.get(part.by_field, {}))
        unknown = pl.Series([UNMAPPED], dtype=pl.String).new_from_index(0, piece.height)
        return (unknown if found is None else found.fill_null(UNMAPPED)).cast(CATEGORY)
    return classify(piece, piece["amount_minor"], table)


def _unproved(
    sheet: Sheet, spec: SplitTable, whole: pl.DataFrame, parts: list[_Part], factor: pl.Series, allowed: pl.Series
) -> pl.DataFrame:
    """Rows whose components do not add up: noted and kept whole, or (`otherwise = "stop"`) F11 and `unmapped`."""
    odd = allowed & _any(parts, whole.height) & (factor == 0)
    if not odd.any():
        return whole
    if spec.otherwise == "stop":
        amount = sheet.profile.amount
        name = normal_name(str(amount.column or amount.out)) if amount else ""
        sheet.log.add_cells(
            "F11",
            sheet.line.filter(odd),
            sheet.column(name).filter(odd),
            column=sheet.printed[name],
            expected=tr("各分项之和", "the sum of the components"),
            hint=tr(
                "分项之和不等于该行金额，费用正负无法判断：请重新下载，或在格式档案中登记新的分项列",
                "the components do not add up to the amount: download again, or name the new column in the profile",
            ),
        )
        unknown = pl.when(pl.lit(odd)).then(pl.lit(UNMAPPED)).otherwise(pl.col("category").cast(pl.String))
        return whole.with_columns(unknown.cast(CATEGORY).alias("category"))
    where = "、".join(str(line) for line in sheet.line.filter(odd).head(5).to_list())
    sheet.log.note(
        tr(
            f"{odd.sum()} 行的分项之和不等于金额，按整行入账（行 {where}）",
            f"the components of {odd.sum()} rows do not add up; booked whole (line {where})",
        )
    )
    return whole
