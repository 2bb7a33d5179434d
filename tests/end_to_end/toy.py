"""A small platform of tests: a settlement detail by order, a wallet of net batches, orders; profiles are data."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

PROFILES = {
    "toy.detail": """
[profile]
id = "toy.detail"
title = "settlement detail"
platform = "toy"
kind = "bill"
view = "detail"
grain = "order"
rank = 10
[preamble]
from = 'range (\\S+) to'
until = 'range \\S+ to (\\S+)'
[header]
require = ["order", "fee item", "amount", "batch"]
[fields]
order_id = { from = ["order"], as = "id" }
payout_batch_id = { from = ["batch"], as = "id" }
occurred_at = { from = ["settled"], as = "datetime" }
raw_type = { from = ["fee item"], as = "text" }
[amount]
mode = "signed"
column = "amount"
[category]
order = ["rules", "raw_type"]
[[category.rules]]
when = { raw_type = { equals = "goods" }, sign = "-" }
is = "refund"
[category.raw_type]
"goods" = "goods_receipt"
"commission" = "commission"
[[tie]]
group = ["payout_batch_id"]
with_view = "cash"
""",
    "toy.wallet": """
[profile]
id = "toy.wallet"
title = "wallet"
platform = "toy"
kind = "bill"
view = "cash"
grain = "batch"
rank = 10
[preamble]
from = 'range (\\S+) to'
until = 'range \\S+ to (\\S+)'
[header]
require = ["moved", "number", "in", "out", "left", "text"]
[fields]
payout_batch_id = { from = ["number"], as = "id" }
occurred_at = { from = ["moved"], as = "datetime" }
raw_type = { from = ["text"], as = "text" }
[amount]
mode = "in_out"
in = "in"
out = "out"
out_sign = "plus"
balance = "left"
[category]
order = ["raw_type"]
[category.raw_type]
"payout of goods" = "goods_receipt"
"charges" = "other"
"goods taken back" = "refund"
"withdrawal" = "withdrawal"
"insurance" = "freight_insurance"
[[controls.balance]]
column = "left"
""",
    "toy.total": """
[profile]
id = "toy.total"
title = "batch totals"
platform = "toy"
kind = "bill"
view = "witness"
grain = "batch"
rank = 30
[header]
require = ["batch", "printed total", "day"]
[fields]
payout_batch_id = { from = ["batch"], as = "id" }
occurred_at = { from = ["day"], as = "datetime" }
[amount]
mode = "signed"
column = "printed total"
[[tie]]
group = ["payout_batch_id"]
with_view = "detail"
""",
    "toy.orders": """
[profile]
id = "toy.orders"
title = "orders"
platform = "toy"
kind = "orders"
grain = "order"
[header]
require = ["order no", "state", "due"]
[fields]
order_id = { from = ["order no"], as = "id" }
created_at = { from = ["created"], as = "datetime" }
paid_at = { from = ["created"], as = "datetime" }
finished_at = { from = ["finished"], as = "datetime" }
[status]
column = "state"
finished = ["finished"]
closed = ["closed"]
[[receivable.reading]]
cash = ["due"]
once_per = "order_id"
""",
}

WORKSPACE = """
company = "示例商贸"
standard = "sbe"
vat_status = "small"
profiles = ["profiles"]
[posting.policy]
revenue_point = "confirmed"
[opening]
date = 2026-10-01
[[shops]]
name = "shop_a"
platform = "toy"
paths = ["toy/**"]
payers = ["玩具支付"]
[[banks]]
name = "cmb"
paths = ["bank/**"]
accounts = ["755900000000001"]
"""

DETAIL = ("order", "fee item", "amount", "batch", "settled")
WALLET = ("moved", "number", "in", "out", "left", "text")
ORDERS = ("order no", "state", "due", "created", "finished")
TOTAL = ("batch", "printed total", "day")
BANK = (
    "账号", "账号名称", "币种", "交易日", "交易时间", "起息日", "交易类型", "借方金额", "贷方金额", "余额", "摘要", "流水号", "用途",
    "业务参考号", "收(付)方名称",
)  # fmt: skip
RANGE = "range 2026-10-01 to 2026-10-31"


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], above: str | None = RANGE) -> None:
    """A CSV file with one line above its header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if above:
            stream.write(above + "\n")
        writer.writerows([header, *rows])


def wallet_rows(moves: Sequence[tuple[str, str, str, str]], opening: str = "0.00") -> list[tuple[str, ...]]:
    """(moved, number, signed amount, text) -> rows with a running balance."""
    left = round(float(opening) * 100)
    rows = []
    for moved, number, amount, text in moves:
        minor = round(float(amount) * 100)
        left += minor
        shown = f"{abs(minor) / 100:.2f}"
        rows.append((moved, number, shown if minor > 0 else "", shown if minor < 0 else "", f"{left / 100:.2f}", text))
    return rows


def bank_rows(moves: Sequence[tuple[str, str, str, str, str]], opening: str = "100000.00") -> list[tuple[str, ...]]:
    """(day yyyymmdd, signed amount, payer, text, number) -> rows of a bank statement."""
    left = round(float(opening) * 100)
    rows = []
    for day, amount, payer, text, number in moves:
        minor = round(float(amount) * 100)
        left += minor
        shown = f"{abs(minor) / 100:.2f}"
        debit, credit = ("", shown) if minor > 0 else (shown, "")
        rows.append((
            "755900000000001", "示例商贸有限公司", "人民币", day, "101500", day, "汇入汇款", debit, credit,
            f"{left / 100:.2f}", text, number, "", "", payer,
        ))  # fmt: skip
    return rows


def workspace(folder: Path, config: str = WORKSPACE) -> Path:
    """The folder with profiles and ecrecon.toml."""
    (folder / "profiles").mkdir(parents=True)
    for name, text in PROFILES.items():
        (folder / "profiles" / f"{name}.toml").write_text(text, encoding="utf-8")
    (folder / "ecrecon.toml").write_text(config, encoding="utf-8")
    return folder
