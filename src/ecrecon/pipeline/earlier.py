"""Stage `earlier`: output folders of earlier runs (`--previous`), checked before anything is taken from them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from ecrecon.base.errors import ConfigError
from ecrecon.base.moment import Moment
from ecrecon.base.money import EXPONENTS, parse_money
from ecrecon.base.run_folder import MANIFEST
from ecrecon.base.schema import Schema
from ecrecon.base.texts import tr
from ecrecon.pipeline.settings import RunSettings
from ecrecon.report.output import digest
from ecrecon.report.tables import UNSAFE
from ecrecon.settings.workspace import Workspace
from ecrecon.statements.history import EARLIER, Earlier, History


def read_earlier(settings: RunSettings, moment: Moment) -> History:
    """The months of earlier runs. Raises ConfigError where a folder is no earlier month of the same books."""
    months: dict[str, Earlier] = {}
    for folder in settings.previous:
        month = _month(folder, settings.workspace)
        if month.period >= moment.period:
            raise _wrong(
                folder,
                tr(
                    f"期间 {month.period} 不早于本期 {moment.period}",
                    f"its period {month.period} is not earlier than {moment.period}",
                ),
            )
        if month.period in months:
            raise _wrong(folder, tr(f"期间 {month.period} 给了两次", f"the period {month.period} was given twice"))
        months[month.period] = month
    return History(moment.period, tuple(months[period] for period in sorted(months)))


def _month(folder: Path, workspace: Workspace) -> Earlier:
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = json.loads(content)
        settings, outputs, period = manifest["settings"], manifest["outputs"], str(manifest["period"])
    except (OSError, ValueError, KeyError, TypeError):
        raise _wrong(folder, tr(f"没有可读的 {MANIFEST}", f"no readable {MANIFEST}")) from None
    for key, zh in (("company", "公司"), ("standard", "会计准则")):
        theirs, ours = settings.get(key), getattr(workspace, key)
        if (theirs or None) != (ours or None):
            raise _wrong(
                folder,
                tr(
                    f"{zh}是 {theirs or '（无）'}，本次是 {ours or '（无）'}",
                    f"its {key} is {theirs or 'none'}, here it is {ours or 'none'}",
                ),
            )
    frames = {name: _frame(folder, name, schema, outputs) for name, schema in EARLIER.items()}
    return Earlier(period, digest(content), frames)


def _frame(folder: Path, name: str, schema: Schema, outputs: dict[str, Any]) -> pl.DataFrame:
    """A statement of an earlier run, as it was written: a file that somebody changed is refused."""
    file = f"{name}.csv"
    try:
        content = (folder / file).read_bytes()
    except OSError:
        raise _wrong(folder, tr(f"缺 {file}", f"no {file}")) from None
    if outputs.get(file) != digest(content):
        raise _wrong(folder, tr(f"{file} 在写出后被改动过", f"{file} was changed after it was written"))
    text = pl.read_csv(io.BytesIO(content), infer_schema=False)
    columns = {column: column.removesuffix("_minor") for column in schema}
    if lacking := [shown for shown in columns.values() if shown not in text.columns]:
        raise _wrong(folder, tr(f"{file} 没有列 {lacking[0]}", f"{file} has no column {lacking[0]}"))
    currency = pl.col("currency") if "currency" in text.columns else pl.lit("CNY")
    cells = [
        (_minor(shown, currency).alias(column) if column.endswith("_minor") else _plain(shown, schema[column]))
        for column, shown in columns.items()
    ]
    return text.select(cells)


def _minor(shown: str, currency: pl.Expr) -> pl.Expr:
    """Decimal text of the row's currency -> minor units; an empty cell stays null."""
    by_digits = {digits: [code for code, own in EXPONENTS.items() if own == digits] for digits in {*EXPONENTS.values()}}
    value = pl.lit(None, dtype=pl.Int64)
    for digits, codes in sorted(by_digits.items()):
        read = parse_money(pl.col(shown), digits).struct.field("minor")
        value = pl.when(currency.is_in(codes)).then(read).otherwise(value)
    return pl.when(pl.col(shown).is_not_null()).then(value)


def _plain(shown: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    text = pl.col(shown)
    return text.str.replace(f"^'({UNSAFE.removeprefix('^')})", "${1}") if dtype == pl.String else text.cast(dtype)


def _wrong(folder: Path, why: str) -> ConfigError:
    return ConfigError(
        tr(f"--previous {folder} 不能用：{why}", f"--previous {folder} cannot be used: {why}"),
        tr(
            "给出同一公司以前月份的 match 输出文件夹，每月一个，例如 out/2026-09",
            "name output folders of match of earlier months of the same company, one a month, such as out/2026-09",
        ),
    )
