"""The closed registry of variance types, and which month's run tells each. None changes meaning once published."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr

# The closed registry of variance types (docs/variances.md "Variance types"). None changes meaning once published.

Kind = Literal["stop", "break", "review", "timing", "tolerated", "info"]
Level = Literal["order", "line", "file", "shop", "raw_type"]

KINDS: tuple[Kind, ...] = ("stop", "break", "review", "timing", "tolerated", "info")
KIND = pl.Enum(KINDS)


class VarianceType(BaseModel):
    """One type of variance: opaque code, stable English name, Chinese name, default kind, definition, what to do next."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code: str
    name: str
    zh: str
    kind: Kind
    check: str
    level: Level
    definition: str
    advice_zh: str
    advice_en: str


def _registry() -> tuple[VarianceType, ...]:
    """The rows of configs/variances.toml, in order."""
    path = configs_dir() / "variances.toml"
    return tuple(VarianceType.model_validate(row) for row in tomllib.loads(path.read_text("utf-8"))["variance"])


VARIANCES: dict[str, VarianceType] = {row.name: row for row in _registry()}
BY_CODE: dict[str, VarianceType] = {v.code: v for v in VARIANCES.values()}
CODES: tuple[str, ...] = tuple(BY_CODE)
CODE = pl.Enum(CODES)
CHECKS: tuple[str, ...] = ("bill", "receipt", "refund", "fee", "goods", "tieout", "payout")


def advice_map(lang: str) -> dict[str, str]:
    """Code -> what to do next, in the language `lang`: the one sentence that every view shows."""
    return {v.code: v.advice_zh if lang == "zh" else v.advice_en for v in VARIANCES.values()}


def type_expr(column: str = "code") -> pl.Expr:
    """Expression: the English type name of the code in `column`."""
    return (
        pl.col(column).cast(pl.String).replace_strict({c: v.name for c, v in BY_CODE.items()}, return_dtype=pl.String)
    )


def check_expr(column: str = "code") -> pl.Expr:
    """Expression: the check that the code in `column` belongs to."""
    return (
        pl.col(column).cast(pl.String).replace_strict({c: v.check for c, v in BY_CODE.items()}, return_dtype=pl.String)
    )


# Which month's run tells a variance: the one table of dates (docs/variances.md "Which month's run tells it").

Rule = Literal["dated", "standing", "files"]
"""dated: in the run of the month that holds its day, and in no other. standing: in every run at whose as-of it is true.
files: in every run that reads the file."""


@dataclass(frozen=True)
class Dating:
    """How rows of one code are dated: the day, the rule, and what its `timing` rows become (empty: it has none)."""

    code: str
    rule: Rule
    zh: str
    en: str
    becomes_zh: str = ""
    becomes_en: str = ""

    @property
    def day(self) -> str:
        """The day that dates a row, in the language of the run."""
        return tr(self.zh, self.en)

    @property
    def becomes(self) -> str:
        """What a `timing` row turns into, in the language of the run; empty where the code has none."""
        return tr(self.becomes_zh, self.becomes_en)


_OF_FILES = tuple(code for code in CODES if code.startswith("F") and code not in ("F07", "F12"))

_TABLE: tuple[Dating, ...] = (
    *(Dating(code, "files", "读到该文件的每次运行", "every run that reads the file") for code in _OF_FILES),
    Dating("F07", "dated", "缺少的日期", "the missing day"),
    Dating("F12", "standing", "截止时点仍缺账单", "the bill is still missing at as-of"),
    Dating("X01", "standing", "截止时点未到期", "not due at as-of",
           "到期加宽限过后：账单已覆盖为 X02，缺账单为 F12", "past term and grace: X02 where the bills cover it, else F12"),
    Dating("X02", "standing", "到期加宽限的次日起", "from the day after term and grace"),
    Dating("X03", "dated", "最后一笔流水", "its last line"),
    Dating("X04", "dated", "流水日期", "the line"),
    Dating("X05", "dated", "付款日", "the payment"),
    Dating("X06", "dated", "到账日与承诺发货日中较晚者", "the receipt, or the day it had to be shipped, whichever is later"),
    Dating("X07", "standing", "银行到账期的次日起；到账不足的只在到账当月", "from the day after the bank window; arrived short: only in that month",
           "银行到账期过后：流水已覆盖为差异，未覆盖为待确认", "past the bank window: a break where the statement covers it, else a review"),
    Dating("X08", "dated", "银行收款日", "the bank line",
           "该钱包首日账单 60 天后转为待确认", "a review 60 days after the first day of that wallet's bills"),
    Dating("X09", "dated", "所属的已结期间", "the closed period it belongs to"),
    Dating("X10", "dated", "ERP 单据日期", "the date of the ERP record"),
    Dating("X11", "dated", "最后一笔流水", "its last line"),
    Dating("X12", "dated", "最后一笔流水", "its last line"),
    Dating("A01", "dated", "最后一笔收款", "the last receipt"),
    Dating("A02", "dated", "最后一笔收款与到期加宽限次日中较晚者", "the last receipt, or the day after term and grace, whichever is later"),
    Dating("A03", "dated", "最后一笔收款", "the last receipt"),
    Dating("A04", "standing", "截止时点订单未完", "the order is not finished at as-of",
           "到期加宽限过后：账单已覆盖为 A02，缺账单为 F12", "past term and grace: A02 where the bills cover it, else F12"),
    Dating("A05", "dated", "最后一笔重复收款", "the last of the equal receipts"),
    Dating("A06", "dated", "当月尾差合计", "the month's roundings"),
    Dating("A07", "standing", "截止时点未抵销", "not netted at as-of",
           "结算期加 30 天后转为待确认", "a review 30 days after the term"),
    Dating("A08", "dated", "扣款流水", "the line"),
    Dating("R01", "standing", "退款完成加宽限的次日起", "from the day after completion and grace",
           "宽限过后：账单已覆盖为差异，缺账单为待确认", "past the grace: a break where the bills cover it, else a review"),
    Dating("R02", "dated", "退款流水", "the refund line"),
    Dating("R03", "dated", "售后单与流水中较晚者", "the later of document and line"),
    Dating("R06", "dated", "退货入库加等待期", "the return of the goods plus the days of waiting"),
    Dating("R07", "dated", "退款流水加 3 天的次日", "the day after the refund line plus 3 days",
           "退款流水 3 天后为差异", "a break 3 days after the refund line"),
    Dating("R08", "dated", "扣回流水", "the line that takes back"),
    Dating("R09", "dated", "当月退款流水", "the month's refund lines"),
    Dating("C01", "dated", "最后一笔扣费与其收款中较晚者", "the last charge or its receipt, whichever is later"),
    Dating("C02", "dated", "最后一笔收款", "the last receipt"),
    Dating("C04", "dated", "当月流水", "the month's lines"),
    Dating("C05", "dated", "当月流水", "the month's lines"),
    Dating("C06", "standing", "平台优惠到期的次日起", "from the day after the platform's own term",
           "平台优惠到期后：账单已覆盖为差异，缺账单为 F12", "past its term: a break where the bills cover it, else F12"),
    Dating("M01", "dated", "流水或提现日期；银行到账期未过的集合除外", "the line or withdrawal; a set still inside the bank window waits",
           "集合中最晚的银行到账期过后转为待确认", "a review after the last bank window of the set"),
    Dating("M02", "dated", "合计与其明细中最晚的日期", "the latest day of the total and its lines"),
    Dating("M05", "dated", "最后一笔流水", "the last line"),
    Dating("M06", "dated", "最后一笔流水", "the last line"),
    Dating("M08", "dated", "最后一笔收款；较旧的订单导出仍未关闭的，导出次日",
           "the last receipt, or the day after the last export that shows the order open"),
    Dating("T01", "dated", "最后一笔流水加对方视图的延迟天数", "the last line plus the days the other view may lag",
           "延迟天数过后：两边已覆盖为差异，缺账单为待确认；账单开始处的 60 天后为待确认",
           "past the lag: a break where both sides cover it, else a review; at the start of the bills a review after 60 days"),
    Dating("S01", "dated", "下单日", "the order's creation"),
    Dating("S02", "standing", "已载入的全部订单", "all loaded orders"),
    Dating("S03", "dated", "两边中较晚的流水", "the later of both lines"),
)  # fmt: skip

DATING: dict[str, Dating] = {row.code: row for row in _TABLE}
"""Code -> how it is dated; one row for every type of `variances.VARIANCES`."""

STANDING: tuple[str, ...] = tuple(code for code, row in DATING.items() if row.rule == "standing")
"""Codes that are told in every run at whose as-of they are true."""
