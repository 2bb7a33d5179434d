"""From prepared vouchers to the files of one target; plain-text accounting and IIF."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import decimal_text, exponent
from ecrecon.base.texts import tr
from ecrecon.booking.currencies import BOOK_CURRENCY
from ecrecon.issuing.targets import containers as dbase
from ecrecon.issuing.targets import containers as grid
from ecrecon.issuing.targets import containers as k3
from ecrecon.issuing.targets import template
from ecrecon.issuing.targets.cells import narration
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Voucher, VoucherLine

# Plain-text accounting and IIF: beancount, hledger, QuickBooks Desktop (docs/targets.md "Programs").

ROOTS = {"1": "Assets", "2": "Liabilities", "3": "Equity", "4": "Equity", "5": "Income", "6": "Income"}
"""First digit of a Chinese account code -> root; expenses are told apart by EXPENSE."""

EXPENSE = re.compile(r"^(54|56|5711|58|64|66|67|68|69)")
"""Cost and expense accounts of both standards: 5401…, 5601…, 5711, 6401…, 6601…, 6711 …"""

_STYLES = {0: "1,000.", 2: "1,000.00", 3: "1,000.000"}
_TYPES = {"Assets": "A", "Liabilities": "L", "Equity": "E", "Income": "R", "Expenses": "X"}
_BEANCOUNT = re.compile(r"[^\w\-\u4e00-\u9fff]|_")


def root(code: str, standard: str) -> str:
    """The English root of an account code. SBE keeps equity in 3 and costs of production in 4; ASBE the reverse."""
    if EXPENSE.match(code):
        return "Expenses"
    if standard == "sbe" and code.startswith("4"):
        return "Assets"
    return ROOTS.get(code[:1], "Assets")


def beancount(vouchers: Sequence[Voucher], layout: Layout, standard: str = "sbe") -> bytes:
    """A beancount 3 ledger: `open` for each account on the first day, one transaction a voucher."""
    accounts = sorted({_bean(line, standard) for voucher in vouchers for line in voucher.lines})
    first = min((voucher.day for voucher in vouchers), default=None)
    out = [f'option "operating_currency" "{BOOK_CURRENCY}"']
    if first is not None:
        out += [f"{first.replace(month=1, day=1)} open {account}" for account in accounts]
    for voucher in vouchers:
        title = _quoted(f"{voucher.lines[0].summary}")
        out += ["", f'{voucher.day} * "{_quoted(voucher.shop)}" "{title}" ^{voucher.voucher_id}']
        out += [f'  voucher-no: "{voucher.word}-{voucher.number}"', f'  event: "{voucher.event}"']
        out += [f"  {_bean(line, standard)}  {_bean_amount(line)}" for line in voucher.lines]
    return ("\n".join(out) + "\n").encode()


def _bean(line: VoucherLine, standard: str) -> str:
    parts = [f"{line.account_code}-{line.account_name}"]
    shop = line.facts.get("店铺")
    if shop:
        parts.append(f"0-{shop}" if not (shop[0].isdigit() or shop[0].isupper()) else shop)
    return ":".join([root(line.account_code, standard), *(_BEANCOUNT.sub("-", part) for part in parts)])


def _bean_amount(line: VoucherLine) -> str:
    """`710.00 CNY`, or `100.00 USD @@ 710.00 CNY`: a total price has no sign. A difference is CNY alone."""
    if not line.signed_fc:
        return f"{decimal_text(line.signed_minor)} {BOOK_CURRENCY}"
    return f"{line.signed_fc} {line.currency} @@ {decimal_text(abs(line.signed_minor))} {BOOK_CURRENCY}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def hledger(vouchers: Sequence[Voucher], layout: Layout, standard: str = "sbe") -> bytes:
    """An hledger journal that passes its strict check: commodities and accounts declared with their type."""
    accounts = sorted({(_path(line), root(line.account_code, standard)) for v in vouchers for line in v.lines})
    foreign = {line.currency for voucher in vouchers for line in voucher.lines if line.signed_fc}
    out = [f"commodity {currency} {_STYLES[exponent(currency)]}" for currency in sorted({BOOK_CURRENCY, *foreign})]
    out += [f"account {account}  ; type: {_TYPES[kind]}" for account, kind in accounts]
    for voucher in vouchers:
        title = _single(voucher.lines[0].summary)
        out += ["", f"{voucher.day} * ({voucher.word}-{voucher.number}) {_single(voucher.shop)} | {title}"]
        out[-1] += f"  ; id:{voucher.voucher_id}"
        out += [f"    {_path(line)}  {_ledger_amount(line)}" for line in voucher.lines]
    return ("\n".join(out) + "\n").encode()


def _ledger_amount(line: VoucherLine) -> str:
    if not line.signed_fc:
        return f"{BOOK_CURRENCY} {decimal_text(line.signed_minor)}"
    return f"{line.currency} {line.signed_fc} @@ {BOOK_CURRENCY} {decimal_text(abs(line.signed_minor))}"


def _path(line: VoucherLine) -> str:
    shop = line.facts.get("店铺")
    account = f"{line.account_code} {line.account_name}"
    return ":".join(_single(part).replace(":", "-") for part in ([account, shop] if shop else [account]))


def _single(text: str) -> str:
    """One space between words: two end an account name; a semicolon would begin a comment."""
    return " ".join(text.replace(";", "；").replace("|", "／").split())


def iif(vouchers: Sequence[Voucher], layout: Layout, standard: str = "sbe") -> bytes:
    """QuickBooks Desktop: tab-separated blocks of TRNS, SPL, ENDTRNS whose amounts add up to 0."""
    names = "TRNSTYPE\tDATE\tACCNT\tNAME\tAMOUNT\tDOCNUM\tMEMO"
    out = [f"!TRNS\t{names}", f"!SPL\t{names}", "!ENDTRNS"]
    for voucher in vouchers:
        for position, line in enumerate(voucher.lines):
            cells = [
                "SPL" if position else "TRNS", "GENERAL JOURNAL", voucher.day.strftime("%m/%d/%Y"),
                line.account_name, voucher.shop, decimal_text(line.signed_minor), f"{voucher.number}",
                narration(voucher),
            ]  # fmt: skip
            out.append("\t".join(" ".join(cell.split()) for cell in cells))
        out.append("ENDTRNS")
    return ("\r\n".join(out) + "\r\n").encode(layout.target.encoding)


# From prepared vouchers to the files of one target, split where the container is full.


def render(vouchers: Sequence[Voucher], layout: Layout, standard: str, blank: Path | None = None) -> dict[str, bytes]:
    """File name -> bytes. `blank`: the user's template, for layouts that are filled into one."""
    if layout.target.template:
        if blank is None:
            raise ConfigError(
                tr(f"目标 {layout.target.id} 需要您的模板", f"target {layout.target.id} needs your template"),
                tr("用 --template 指定从财务软件下载的空白模板", "name the software's blank template with --template"),
            )
        return {layout.target.file: template.fill(blank, vouchers, layout)}
    parts = split(vouchers, layout.limits.rows)
    stem, dot, end = layout.target.file.rpartition(".")
    names = [f"{stem}-{i}{dot}{end}" if len(parts) > 1 else layout.target.file for i in range(1, len(parts) + 1)]
    return {name: _one(part, layout, standard) for name, part in zip(names, parts, strict=True)}


def split(vouchers: Sequence[Voucher], rows: int | None) -> list[list[Voucher]]:
    """Cut between vouchers, never inside one, so that no part has more than `rows` lines."""
    parts: list[list[Voucher]] = [[]]
    used = 0
    for voucher in vouchers:
        size = len(voucher.lines)
        if rows is not None and size > rows:
            name = f"{voucher.word}-{voucher.number}"
            raise ConfigError(
                tr(
                    f"凭证 {name} 有 {size} 行，目标一个文件最多 {rows} 行",
                    f"voucher {name} has {size} lines, {rows} fit",
                ),
                tr("请按日或按订单拆分凭证", "split the voucher"),
            )
        if rows is not None and used + size > rows:
            parts.append([])
            used = 0
        parts[-1].append(voucher)
        used += size
    return parts


def _one(vouchers: Sequence[Voucher], layout: Layout, standard: str) -> bytes:
    match layout.target.container:
        case "xlsx":
            return grid.xlsx(vouchers, layout)
        case "xls":
            more = {"t_Schema": k3.schema_sheet()} if layout.target.extra == "k3_schema" else None
            return grid.xls(vouchers, layout, more)
        case "csv":
            return grid.delimited(vouchers, layout)
        case "text":
            return grid.text(vouchers, layout)
        case "dbf":
            return dbase.table(vouchers, layout)
        case "beancount":
            return beancount(vouchers, layout, standard)
        case "hledger":
            return hledger(vouchers, layout, standard)
        case _:
            return iif(vouchers, layout, standard)


def free_names(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """`files` under names that no other content has in `folder`: `kis.dbf`, then `kis_2.dbf`; nothing is written over."""
    for number in count(1):
        named = {name if number == 1 else _numbered(name, number): content for name, content in files.items()}
        if all(not (folder / n).exists() or (folder / n).read_bytes() == content for n, content in named.items()):
            return named
    raise AssertionError("count never ends")


def _numbered(name: str, number: int) -> str:
    stem, dot, end = name.rpartition(".")
    return f"{stem}_{number}{dot}{end}"
