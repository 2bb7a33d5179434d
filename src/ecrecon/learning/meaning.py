"""What each column of a learnt layout is read as, with masked samples: what people look at before they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecrecon.base.texts import tr
from ecrecon.learning.model import Column, Sample
from ecrecon.learning.sample import masked
from ecrecon.settings.profiles import unsigned

_SHOWN = 3
_FIELDS = {
    "occurred_at": "入账时间", "txn_id": "流水号", "order_id": "订单号", "sub_order_id": "子订单号", "refund_id": "售后单号",
    "merchant_order_no": "商户订单号", "pay_id": "支付单号", "payout_batch_id": "结算批次", "order_created_at": "下单时间",
    "order_finished_at": "订单完成时间", "raw_type": "业务类型", "raw_desc": "业务描述", "channel": "渠道/对方机构", "remark": "备注",
    "shop": "店铺", "created_at": "下单时间", "paid_at": "付款时间", "shipped_at": "发货时间", "finished_at": "完成时间", "freight": "运费",
    "buyer_paid": "买家实付", "applied_at": "申请时间", "stage": "售后类型", "account": "本方账号",
}  # fmt: skip
_AMOUNTS = {
    "column": ("金额", "amount"), "in": ("收入", "money in"), "out": ("支出", "money out"),
    "direction": ("收支方向", "direction"), "balance": ("余额", "balance"),
}  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """One column: what it is read as ("" = not read), and up to three masked cells."""

    column: str
    meaning: str
    samples: tuple[str, ...]


def meanings(sample: Sample, data: Mapping[str, Any]) -> list[Meaning]:
    """All columns in file order."""
    read = _read(data)
    return [
        Meaning(" ".join(c.printed.split()), "、".join(read.get(c.name, [])) or _unread(c), _samples(c))
        for c in sample.columns
    ]


def _read(data: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, spec in data.get("fields", {}).items():
        for source in spec["from"] if isinstance(spec["from"], list) else [spec["from"]]:
            name = source if isinstance(source, str) else source["column"]
            found.setdefault(name, []).append(tr(_FIELDS.get(field, field), field))
    amount = data.get("amount", {})
    for key, (zh, en) in _AMOUNTS.items():
        if isinstance(amount.get(key), str):
            found.setdefault(amount[key], []).append(tr(zh, en))
    for name in amount.get("columns", ()):
        found.setdefault(unsigned(name), []).append(
            tr("支出", "money out") if name.startswith("-") else tr("收入", "money in")
        )
    parts = [
        (amount.get("witness", {}).get("column"), tr("收支方向（佐证）", "direction (witness)")),
        (data.get("status", {}).get("column"), tr("状态", "status")),
        (data.get("refund", {}).get("amount"), tr("退款金额", "refunded amount")),
        (data.get("refund", {}).get("completed"), tr("退款完成时间", "completed")),
    ]
    for reading in data.get("receivable", {}).get("reading", ()):
        parts += [(name, tr("应收", "receivable")) for name in reading["cash"]]
    for name, text in parts:
        if name:
            found.setdefault(name, []).append(text)
    return found


def _unread(column: Column) -> str:
    return tr("（个人信息，不读取）", "(personal, not read)") if column.personal else ""


def _samples(column: Column) -> tuple[str, ...]:
    texts = column.texts.drop_nulls().unique(maintain_order=True).head(_SHOWN).to_list()
    return tuple(dict.fromkeys(masked(column, text) for text in texts))
