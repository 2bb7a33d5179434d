"""Plain-text accounting and IIF: beancount, hledger, QuickBooks Desktop (docs/targets.md "Programs")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecrecon.base.money import decimal_text, exponent
from ecrecon.booking.fx.rates import BOOK_CURRENCY
from ecrecon.issuing.targets.cells import narration
from ecrecon.issuing.targets.layout import Layout
from ecrecon.issuing.targets.model import Voucher, VoucherLine

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
