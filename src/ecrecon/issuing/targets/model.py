"""The canonical voucher (docs/targets.md "Keys") as objects; few by nature: some hundred lines a month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import groupby
from typing import Any

import polars as pl

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import decimal_text, minor_from_text
from ecrecon.base.texts import tr

NEEDED = (
    "voucher_id", "date", "fiscal_year", "period", "word", "number", "attachments", "preparer", "event", "shop",
    "seq", "summary", "account_code", "account_name", "debit", "credit", "currency", "aux",
)  # fmt: skip
_ABROAD = ("fx_rate", "amount_fc")


@dataclass(frozen=True)
class Dimension:
    """One auxiliary item of a line: class (客户, 部门, …), code and name of the item."""

    kind: str
    code: str
    name: str


@dataclass(frozen=True)
class VoucherLine:
    """One entry. Money in fen, one side zero; negative only for 红字. `amount_fc` (decimal text of `currency`, on the side
    of the entry) and `fx_rate` are empty for CNY."""

    seq: int
    summary: str
    account_code: str
    account_name: str
    debit_minor: int
    credit_minor: int
    currency: str
    facts: dict[str, str]
    dimensions: tuple[Dimension, ...] = ()
    fx_rate: str = ""
    amount_fc: str = ""

    @property
    def signed_fc(self) -> str:
        """Amount in `currency`, debit +; empty for CNY and for an exchange difference, which is fen alone."""
        if not self.amount_fc.strip("-0."):
            return ""
        return self.amount_fc if self.debit_minor else negated(self.amount_fc)

    @property
    def amount_minor(self) -> int:
        """The side that is filled."""
        return self.debit_minor or self.credit_minor

    @property
    def signed_minor(self) -> int:
        """Debit +, credit -."""
        return self.debit_minor - self.credit_minor


@dataclass(frozen=True)
class Voucher:
    """Header and lines, in order."""

    voucher_id: str
    day: date
    year: int
    period: int
    word: str
    number: int
    attachments: int
    preparer: str
    event: str
    shop: str
    lines: tuple[VoucherLine, ...]

    @property
    def name(self) -> str:
        """Word and number: `记-3`."""
        return f"{self.word}-{self.number}"

    @property
    def place(self) -> tuple[int, int, str, int]:
        """Year, period, word and number: the order of vouchers in the books."""
        return self.year, self.period, self.word, self.number

    def with_lines(self, lines: Iterable[VoucherLine]) -> Voucher:
        """The same voucher with other lines."""
        return replace(self, lines=tuple(lines))


def read_vouchers(frame: pl.DataFrame, name: str = "vouchers.csv") -> list[Voucher]:
    """Vouchers of a `vouchers.csv` read as text; raise ConfigError where a column is missing or a cell is no amount."""
    missing = [column for column in NEEDED if column not in frame.columns]
    if missing:
        raise ConfigError(
            tr(f"{name} 缺少列 {'、'.join(missing)}", f"{name} lacks the columns {', '.join(missing)}"),
            tr("用 ecrecon match 重新生成", "write it again with ecrecon match"),
        )
    shown = frame.with_columns(pl.lit("").alias(name) for name in _ABROAD if name not in frame.columns)
    rows = shown.select(*NEEDED, *_ABROAD).fill_null("").iter_rows(named=True)
    return [_voucher(key, list(lines), name) for key, lines in groupby(rows, key=lambda row: row["voucher_id"])]


def _voucher(identity: str, rows: Sequence[dict[str, Any]], name: str) -> Voucher:
    head = rows[0]
    return Voucher(
        voucher_id=identity,
        day=date.fromisoformat(head["date"]),
        year=int(head["fiscal_year"]),
        period=int(head["period"]),
        word=head["word"],
        number=int(head["number"]),
        attachments=int(head["attachments"] or 0),
        preparer=head["preparer"],
        event=head["event"],
        shop=head["shop"],
        lines=tuple(_line(row, name) for row in rows),
    )


def _line(row: dict[str, Any], name: str) -> VoucherLine:
    pairs = (part.partition("=") for part in row["aux"].split(";") if part)
    return VoucherLine(
        seq=int(row["seq"]),
        summary=row["summary"],
        account_code=row["account_code"],
        account_name=row["account_name"],
        debit_minor=_money(row["debit"], name),
        credit_minor=_money(row["credit"], name),
        currency=row["currency"],
        facts={"店铺": row["shop"], **{key: value for key, _, value in pairs}},
        fx_rate=row["fx_rate"],
        amount_fc=row["amount_fc"],
    )


def negated(amount: str) -> str:
    """A decimal text with the other sign; empty stays empty, and zero has none."""
    if not amount.strip("-0."):
        return amount
    return amount[1:] if amount.startswith("-") else f"-{amount}"


def _money(text: str, name: str) -> int:
    value = minor_from_text(text)
    if value is None:
        raise ConfigError(
            tr(f"{name}：{text!r} 不是金额", f"{name}: {text!r} is no amount"),
            tr("用 ecrecon match 重新生成", "write it again with ecrecon match"),
        )
    return value


_MINOR = "_minor"


def voucher_to_json(voucher: Voucher) -> dict[str, Any]:
    """Plain data: amounts as decimal text, the day as ISO text; dimensions are the target's and left out."""
    data: dict[str, Any] = {item.name: getattr(voucher, item.name) for item in fields(voucher)}
    return {**data, "day": voucher.day.isoformat(), "lines": [_line_to_json(line) for line in voucher.lines]}


def _line_to_json(line: VoucherLine) -> dict[str, Any]:
    data = {item.name: getattr(line, item.name) for item in fields(line) if item.name != "dimensions"}
    data = {name: value for name, value in data.items() if value or name not in _ABROAD}
    return {k.removesuffix(_MINOR): decimal_text(v) if k.endswith(_MINOR) else v for k, v in data.items()}


def voucher_from_json(data: dict[str, Any]) -> Voucher:
    """The voucher that `voucher_to_json` wrote."""
    lines = tuple(_line_from_json(line) for line in data["lines"])
    return Voucher(**{**data, "day": date.fromisoformat(data["day"]), "lines": lines})


def _line_from_json(data: dict[str, Any]) -> VoucherLine:
    minor = {item.name for item in fields(VoucherLine) if item.name.endswith(_MINOR)}
    return VoucherLine(**{k + _MINOR if k + _MINOR in minor else k: _read(k, v, minor) for k, v in data.items()})


def _read(name: str, value: Any, minor: set[str]) -> Any:
    return _money(str(value), "log") if name + _MINOR in minor else value
