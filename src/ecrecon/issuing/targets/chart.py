"""The user's own chart of accounts, exported from the accounting software: codes, leaves, required dimensions."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.quarantine import guard
from ecrecon.quarantine.limits import LimitError
from ecrecon.quarantine.workbook import LockedError, WorkbookError

CODE = ("科目编码", "科目代码", "编码", "代码", "科目编号", "code", "account code")
NAME = ("科目名称", "名称", "name", "account name")
DIMENSIONS = ("辅助核算", "核算维度", "核算项目", "辅助核算类别", "项目辅助核算", "辅助核算项", "dimensions")
_HEAD_ROWS = 20
_SPLIT = str.maketrans(dict.fromkeys("、，/;；|＋+", ","))


@dataclass(frozen=True)
class ChartAccount:
    """One account of the user's chart. `leaf`: no other code continues it."""

    code: str
    name: str
    dimensions: tuple[str, ...]
    leaf: bool


TITLES = {
    "sbe": ("小企业会计准则", "the standard for small enterprises"),
    "asbe": ("企业会计准则", "the standard for enterprises"),
    "old": ("旧企业会计制度", "the accounting system before the standards"),
}
_MARKS: dict[str, dict[str, str]] = {
    "sbe": {"3001": "实收资本", "4001": "生产成本", "5001": "主营业务收入"},
    "asbe": {"4001": "实收资本", "5001": "生产成本", "6001": "主营业务收入"},
    "old": {"1131": "应收账款", "3131": "本年利润", "5101": "主营业务收入"},
}
"""Accounts that tell the standards apart (docs/accounting.md "Accounts")."""


@dataclass(frozen=True)
class FoundStandard:
    """The standard of a chart (sbe, asbe, old), and the accounts that say so."""

    standard: str
    told: str


def standard_of(chart: Mapping[str, ChartAccount]) -> FoundStandard | None:
    """The accounting standard whose accounts `chart` has; None where none or several fit equally."""
    hits = {
        standard: [
            f"{code} {chart[code].name}" for code, name in marks.items() if code in chart and name in chart[code].name
        ]
        for standard, marks in _MARKS.items()
    }
    best = max(hits, key=lambda standard: len(hits[standard]))
    if [len(told) for told in hits.values()].count(len(hits[best])) != 1:
        return None
    return FoundStandard(best, "、".join(hits[best]))


def read_chart(path: Path) -> dict[str, ChartAccount]:
    """Accounts by code from CSV (UTF-8, GB18030) or XLSX; raise ConfigError where no code column is found."""
    rows = _sheet(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _text(path)
    head = next((i for i, row in enumerate(rows[:_HEAD_ROWS]) if _find(row, CODE) is not None), None)
    if head is None:
        raise ConfigError(
            tr(f"{path.name}：没有“科目编码”列", f"{path.name}: no column of account codes"),
            tr("请从财务软件导出科目表（CSV 或 XLSX）", "export the chart of accounts as CSV or XLSX"),
        )
    code, name, dims = (_find(rows[head], words) for words in (CODE, NAME, DIMENSIONS))
    assert code is not None
    listed = [row for row in rows[head + 1 :] if len(row) > code and row[code].strip()]
    codes = [row[code].strip().removesuffix(".0") for row in listed]
    result = {}
    continued = _continued(codes)
    for text, row in zip(codes, listed, strict=True):
        leaf = text not in continued
        result[text] = ChartAccount(text, _at(row, name), _classes(_at(row, dims)), leaf)
    return result


def _continued(codes: Sequence[str]) -> set[str]:
    """The codes with a sub-account: `222101` and `2221.01` continue `2221`. Sorted, a code stands right before those."""
    ordered = sorted(set(codes))
    return {code for code, after in pairwise(ordered) if after.startswith(code)}


def _find(row: Sequence[str], words: Sequence[str]) -> int | None:
    cells = [cell.strip().strip("*").lower() for cell in row]
    return next((cells.index(word) for word in words if word in cells), None)


def _at(row: Sequence[str], index: int | None) -> str:
    return row[index].strip() if index is not None and index < len(row) else ""


def _classes(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.translate(_SPLIT).split(",") if part.strip())


def _text(path: Path) -> list[list[str]]:
    data = _bytes(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        delimiter = "\t" if content.count("\t") > content.count(",") else ","
        try:
            return [list(row) for row in csv.reader(io.StringIO(content), delimiter=delimiter)]
        except csv.Error as error:
            raise _unreadable(path, error) from None
    raise ConfigError(
        tr(f"{path.name}：文字无法解码", f"{path.name}: the text cannot be decoded"),
        tr("请另存为 UTF-8 的 CSV，或导出 XLSX", "save it as CSV in UTF-8, or export XLSX"),
    )


def _sheet(path: Path) -> list[list[str]]:
    """The first sheet that holds something."""
    try:
        sheets = guard.shared().own_workbook(_bytes(path))
    except LockedError:
        raise _unreadable(path, tr("有密码保护", "it is password protected")) from None
    except (LimitError, WorkbookError) as error:
        raise _unreadable(path, error) from None
    rows = sheets[0].first_rows(None) if sheets else []
    return [[_cell(value) for value in row] for row in rows]


def _unreadable(path: Path, error: object) -> ConfigError:
    said = str(error).partition("\n")[0][:200]
    return ConfigError(
        tr(f"{path.name}：科目表读不了：{said}", f"{path.name}: the chart of accounts cannot be read: {said}"),
        tr(
            "请从财务软件重新导出科目表（CSV 或不带密码的 XLSX）",
            "export the chart again as CSV, or XLSX without a password",
        ),
    )


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            tr(f"{path} 无法读取：{error.strerror}", f"{path} cannot be read: {error.strerror}"),
            tr("检查路径", "check the path"),
        ) from None
