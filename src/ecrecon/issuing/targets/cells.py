"""What one column shows for one line, and free texts as a target can hold them. Pure, no file."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from ecrecon.base.money import decimal_text
from ecrecon.base.texts import FORMULA_STARTS, tr
from ecrecon.booking.currencies import BOOK_CURRENCY
from ecrecon.issuing.targets.layout import ABROAD, COUNTS, NUMBERS, Column, Layout
from ecrecon.issuing.targets.model import Dimension, Voucher, VoucherLine

# Free texts as a target can hold them; each replacement is a sentence (docs/targets.md "What is checked").


@dataclass
class Texts:
    """Fits texts to one layout; `notes` say what was replaced."""

    layout: Layout
    notes: list[str] = field(default_factory=list)

    def fit(self, text: str) -> str:
        """`text` without line breaks, with forbidden and unencodable characters replaced."""
        shown = self._encodable(self._allowed(_one_line(text, self.notes)))
        if self.layout.target.container == "csv" and shown.startswith(FORMULA_STARTS):
            self.notes.append(
                tr(f"“{shown}”前面加了 '：表格软件会把它当公式", f"{shown!r} got a leading ': no formula")
            )
        return shown

    def _allowed(self, text: str) -> str:
        for bad, good in self.layout.limits.forbidden.items():
            if bad in text:
                self.notes.append(tr(f"文字中的 {bad!r} 换成 {good!r}", f"{bad!r} in texts became {good!r}"))
                text = text.replace(bad, good)
        return text

    def _encodable(self, text: str) -> str:
        encoding = self.layout.target.encoding
        if encodes(text, encoding):
            return text
        lost = sorted({c for c in text if not encodes(c, encoding)})
        shown = "".join(lost)
        self.notes.append(
            tr(
                f"文字中的 {shown} 在 {encoding.upper()} 中没有，换成 ?",
                f"{shown} is not in {encoding.upper()} and became ?",
            )
        )
        return "".join(c if encodes(c, encoding) else "?" for c in text)


def _one_line(text: str, notes: list[str]) -> str:
    if text.isprintable() or not any(unicodedata.category(c) == "Cc" for c in text):
        return text
    notes.append(tr("文字中的换行和控制字符换成空格", "line breaks and control characters in texts became blanks"))
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)


def encodes(text: str, encoding: str) -> bool:
    """True where `encoding` has every character of `text`."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


# What one column shows for one line: the values of the layout vocabulary. Pure, no file.


@dataclass(frozen=True)
class Money:
    """An amount on its way into a cell: minor units of two decimals."""

    minor: int

    @property
    def text(self) -> str:
        """Plain decimal text."""
        return decimal_text(self.minor)


_NAMES = {"CNY": "人民币", "USD": "美元", "HKD": "港币", "EUR": "欧元", "JPY": "日元", "GBP": "英镑"}
"""Names that books usually give; another currency is called by its code."""

Cell = str | int | Money | Decimal | None


def cell(column: Column, voucher: Voucher, line: VoucherLine, position: int, serial: int, row: int = 0) -> Cell:
    """The content of `column` on `line`, the `position`-th (from 0) of `voucher`, the `serial`-th of the file.

    row: number of the line in the file, from 1.
    """
    if column.head and position:
        return None
    if column.const is not None:
        return column.const
    if column.value in NUMBERS:
        return _amount(column.value, line)
    if column.value in COUNTS:
        return row if column.value == "row" else _count(column.value, voucher, position, serial)
    if column.value.startswith("dimension_"):
        return _dimension(column, line)
    return _text(column, voucher, line)


def _amount(value: str, line: VoucherLine) -> Cell:
    if value == "rate":
        return 1
    if value in ABROAD:
        return _abroad(value, line)
    side = {
        "debit": line.debit_minor, "credit": line.credit_minor, "debit_or_zero": line.debit_minor,
        "credit_or_zero": line.credit_minor, "signed": line.signed_minor, "amount": line.amount_minor,
    }[value]  # fmt: skip
    return Money(side) if side or value not in ("debit", "credit") else None


def _abroad(value: str, line: VoucherLine) -> Cell:
    """Rate or amount in the currency of the bill; an exchange difference has its rate and the amount 0."""
    rate = value.startswith("exchange_rate")
    if line.fx_rate:
        return Decimal(line.fx_rate if rate else line.amount_fc)
    if value.endswith("_or_zero"):
        return 0
    return 1 if rate else Money(line.amount_minor)


def _count(value: str, voucher: Voucher, position: int, serial: int) -> int:
    return {
        "year": voucher.year, "period": voucher.period, "number": voucher.number, "attachments": voucher.attachments,
        "serial": serial, "line0": position, "line1": position + 1,
    }[value]  # fmt: skip


def _dimension(column: Column, line: VoucherLine) -> str | None:
    found: Dimension | None = None
    if column.kind is not None:
        found = next((d for d in line.dimensions if d.kind == column.kind), None)
    elif column.slot is not None and column.slot <= len(line.dimensions):
        found = line.dimensions[column.slot - 1]
    if found is None:
        return None
    return {
        "dimension_code": found.code, "dimension_name": found.name, "dimension_class": found.kind,
        "dimension_item": f"{found.kind}---{found.code}---{found.name}",
    }[column.value]  # fmt: skip


def _text(column: Column, voucher: Voucher, line: VoucherLine) -> str | None:
    match column.value:
        case "date":
            return voucher.day.strftime(column.format or "%Y-%m-%d")
        case "word":
            return voucher.word
        case "word_number":
            return f"{voucher.word}-{voucher.number}"
        case "voucher_id":
            return voucher.voucher_id
        case "preparer":
            return voucher.preparer
        case "summary":
            return line.summary
        case "narration":
            return narration(voucher)
        case "account_code":
            return line.account_code
        case "account_name":
            return line.account_name
        case "account_both":
            return f"{line.account_code} {line.account_name}"
        case "other_accounts":
            other = [x.account_code for x in voucher.lines if (x.signed_minor > 0) != (line.signed_minor > 0)]
            return ",".join(dict.fromkeys(other))
        case "direction":
            return "D" if line.debit_minor else "C"
        case "currency":
            return BOOK_CURRENCY  # amounts are fen, whatever the bill was in
        case "currency_code":
            return "RMB" if line.currency == BOOK_CURRENCY else line.currency
        case "currency_name":
            return _NAMES.get(line.currency, line.currency)
        case "shop":
            return voucher.shop
        case "event":
            return voucher.event
        case _:
            return None


def narration(voucher: Voucher) -> str:
    """Title of a voucher: word, number and its first summary."""
    return f"{voucher.word}-{voucher.number} {voucher.lines[0].summary}"
