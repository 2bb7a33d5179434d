"""`[category]`: the accounting meaning of each line; the first step that answers wins."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ecrecon.base.categories import CATEGORY
from ecrecon.base.nulls import filled, present
from ecrecon.reading.cells import narrow
from ecrecon.reading.dates import COMMON, read_times
from ecrecon.reading.sheet import Sheet
from ecrecon.settings.profiles import CategoryTable, Condition, Rule

# The named escapes of the vocabulary: layouts that no word can say. Each is a function of at most one screen.

_ORDER_NUMBER = r"^\d{15,19}$"
_MOST = 0.5


def apply_quirk(sheet: Sheet) -> Sheet:
    """Apply the quirk that the profile names, if any."""
    if sheet.profile.profile.quirk == "unnamed_columns":
        _unnamed_columns(sheet)
    return sheet


def _unnamed_columns(sheet: Sheet) -> None:
    """Deposit ledger of Taobao: the order column may have an empty header, the name of the time column varies.

    Takes the unknown column of order numbers, and the unknown column of times, as the first column of the profile's
    `order_id` and `occurred_at`.
    """
    for field, is_it in (("order_id", _order_numbers), ("occurred_at", _times)):
        target = sheet.profile.fields[field].from_[0].column
        if sheet.has(target):
            continue
        for name in sheet.spare.columns:
            text = sheet.spare[name].str.strip_chars(" \t\r\n\ufeff'`")
            text = text.to_frame("t").select(pl.when(pl.col("t") != "").then("t"))["t"]
            if is_it(text):
                sheet.rows = sheet.rows.with_columns(text.alias(target))
                sheet.spare = sheet.spare.drop(name)
                sheet.printed[target] = sheet.printed.get(name) or target
                break


def _order_numbers(text: pl.Series) -> bool:
    filled = text.drop_nulls()
    return len(filled) > 0 and int(filled.str.contains(_ORDER_NUMBER).sum()) > _MOST * len(filled)


def _times(text: pl.Series) -> bool:
    filled = text.drop_nulls()
    return len(filled) > 0 and int(read_times(filled, COMMON)[0].is_not_null().sum()) > _MOST * len(filled)


# `[category]`: the accounting meaning of each line. Steps in the order of the profile, the first answer wins.

UNMAPPED = "unmapped"
_FEW_ROWS = 50_000
_MANY_TEXTS = 50_000  # more distinct texts than this are no closed list of names


def classify(texts: pl.DataFrame, amount: pl.Series, table: CategoryTable | None) -> pl.Series:
    """Categories (CATEGORY) of the rows of `texts` (String columns by canonical field); `amount` Int64 for signs.

    Each step sees only the rows that no earlier step answered. No answer is `unmapped`.
    """
    found = pl.Series("category", [None], dtype=pl.String).new_from_index(0, len(amount))
    if table is not None:
        signs = amount.alias("__amount")
        frame = texts.with_columns(signs) if texts.width else signs.to_frame()
        for step in table.order:
            if not found.has_nulls():
                break
            open_ = found.is_null()
            everything = bool(open_.all())
            left = frame if everything else frame.filter(open_)
            answer = _by_rules(left, table.rules[step]) if step in table.rules else by_map(left, step, table.maps[step])
            if answer is not None:
                found = answer if everything else found.scatter(open_.arg_true(), answer)
    return filled(found, UNMAPPED).cast(CATEGORY).alias("category")


def by_map(frame: pl.DataFrame, field: str, table: Mapping[str, str]) -> pl.Series | None:
    """Categories by the text of `field`, null where the map has none; exact, full-width punctuation as half-width."""
    if field not in frame.columns:
        return None
    wanted = {narrow(key): value for key, value in table.items()}
    distinct = present(frame[field].unique())
    if len(distinct) > _MANY_TEXTS:
        distinct = distinct.filter(distinct.str.len_chars() <= max(len(key) for key in table) + 4)
    answer = {text: wanted[narrow(text)] for text in distinct.to_list() if narrow(text) in wanted}
    if not answer:
        return None
    return frame[field].replace_strict(answer, default=None, return_dtype=pl.String)


def _by_rules(frame: pl.DataFrame, rules: list[Rule]) -> pl.Series | None:
    """The first rule whose tests all hold."""
    usable = [rule for rule in rules if all(field in frame.columns for field in rule.tests)]
    if not usable:
        return None
    if frame.height <= _FEW_ROWS:
        answers = [pl.when(rule_expr(rule)).then(pl.lit(rule.is_)) for rule in usable]
        return frame.select(pl.coalesce(answers).alias("category"))["category"]
    found = pl.Series("category", [None], dtype=pl.String).new_from_index(0, frame.height)
    needed = {field for rule in usable for field in rule.tests} | {"__amount"}
    left = frame.select(sorted(needed)).with_row_index("__place")
    for rule in usable:  # each rule reads only what the rules before it left
        hit = left.select(rule_expr(rule).alias("hit"))["hit"]
        if hit.any():
            found = found.scatter(left["__place"].filter(hit), rule.is_)
            left = left.filter(~hit)
    return found


def rule_expr(rule: Rule) -> pl.Expr:
    """Expression (Boolean, never null): all tests of the rule hold."""
    tests = [condition_expr(field, condition) for field, condition in rule.tests.items()]
    if rule.sign == "+":
        tests.append(pl.col("__amount") > 0)
    elif rule.sign == "-":
        tests.append(pl.col("__amount") < 0)
    return pl.all_horizontal(tests)


def condition_expr(field: str, condition: Condition) -> pl.Expr:
    """Expression (Boolean): every key of `condition` that is set holds for the text of `field`; null holds for none."""
    text = pl.col(field)
    tests = []
    if condition.equals is not None:
        tests.append(text.is_in(condition.equals))
    if condition.contains is not None:
        tests.append(_contains(text, condition.contains))
    if condition.prefix is not None:
        tests.append(pl.any_horizontal([text.str.starts_with(part) for part in condition.prefix]))
    if condition.regex is not None:
        tests.append(text.str.contains(condition.regex))
    return pl.all_horizontal(tests).fill_null(value=False) if tests else text.is_not_null()


def _contains(text: pl.Expr, parts: list[str]) -> pl.Expr:
    """One pass over the text, however many parts."""
    return text.str.contains(parts[0], literal=True) if len(parts) == 1 else text.str.contains_any(parts)
