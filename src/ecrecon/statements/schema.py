"""Frames of the statements, declared once. Money in minor units of `currency`, `+` = money in or income."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import TIME, Schema

DOCUMENTS: Schema = {
    "document_no": pl.String, "document_date": pl.Date, "document_type": pl.String, "counterparty": pl.String,
    "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "amount_minor": pl.Int64,
    "category": pl.String, "kind": pl.String, "lines": pl.Int64, "order_count": pl.Int64, "cleared": pl.String,
    "settle_no": pl.String, "summary": pl.String, "voucher": pl.String, "status": pl.String, "direction": pl.String,
    "fx_rate": pl.String, "amount_cny_minor": pl.Int64, "fee_minor": pl.Int64, "settle_method": pl.String,
}  # fmt: skip
"""收付款单: one per flow, or per day, account and kind. `document_type`: receipt, payment, transfer; amount > 0; `direction`:
`in` or `out`, so that Σ signed documents of a wallet = its movement. `fee` is 0: a fee is a document of its own.
`amount_cny`, `fx_rate`: null for another currency without a booked rate."""

LEDGER: Schema = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "seq": pl.Int64,
    "row": pl.String, "occurred_at": TIME, "voucher": pl.String, "summary": pl.String, "category": pl.String,
    "order_id": pl.String, "txn_id": pl.String, "counter_account": pl.String, "income_minor": pl.Int64,
    "expense_minor": pl.Int64, "direction": pl.String, "balance_minor": pl.Int64, "printed_minor": pl.Int64,
    "source_id": pl.Int32, "source_line": pl.Int32,
}  # fmt: skip
"""收支明细账 per wallet. `row`: opening, line, day (本日合计), month, year (本年累计; amounts null where no earlier month is given).
`balance` rolls; `printed` is the platform's own."""

IN_KINDS = ("goods", "fees", "transfers", "other")
OUT_KINDS = ("refunds", "fees", "compensation", "withdrawals", "transfers", "other")
CASH_DAILY: Schema = {
    "platform": pl.String, "shop": pl.String, "account": pl.String, "currency": pl.String, "day": pl.Date,
    "opening_minor": pl.Int64, "income_minor": pl.Int64, "expense_minor": pl.Int64, "closing_minor": pl.Int64,
    "printed_minor": pl.Int64, "difference_minor": pl.Int64, "lines": pl.Int64, "level": pl.String,
    **{f"in_{kind}_minor": pl.Int64 for kind in IN_KINDS}, **{f"out_{kind}_minor": pl.Int64 for kind in OUT_KINDS},
    "in_transit_minor": pl.Int64, "frozen_minor": pl.Int64,
}  # fmt: skip
"""资金日报. `level` account: one row per account and day with movement; `difference` = closing - printed, null where none is
printed. `in_*`, `out_*` >= 0 add up to income and expense. `in_transit`: withdrawals not yet at the bank, null without a
bank statement; `frozen`: held less released since the month began, null where the bill names no hold. Level total: all
accounts of a currency on each of these days."""

PROFIT: Schema = {
    "level": pl.String, "platform": pl.String, "shop": pl.String, "sku": pl.String, "currency": pl.String,
    "line": pl.Int32, "item": pl.String, "amount_minor": pl.Int64, "share_ppm": pl.Int64,
    "last_month_minor": pl.Int64, "year_to_date_minor": pl.Int64, "name": pl.String, "goods": pl.String,
    "flag": pl.String,
}  # fmt: skip
"""利润表, management form. `level`: company, platform, shop, shared (what belongs to no shop, in full), sku. `share_ppm`: of
net revenue, parts per million. `name`: of the line, `goods`: title of the article, `flag`: `allocated`, `unallocated`.
`last_month`, `year_to_date` (this month in it): null as a whole where earlier months are not given."""

ALLOCATIONS: Schema = {
    "order_id": pl.String, "sub_order_id": pl.String, "goods_id": pl.String, "sku": pl.String, "platform": pl.String,
    "shop": pl.String, "item": pl.String, "amount_minor": pl.Int64, "weight_minor": pl.Int64, "basis": pl.String,
    "source_id": pl.Int32, "source_line": pl.Int32,
}  # fmt: skip
"""Order amounts on order lines by largest remainder. `basis`: what the weight is (`amount`, `quantity`, `equal`)."""

PARTIES: Schema = {
    "side": pl.String, "shop": pl.String, "account_role": pl.String, "account_code": pl.String,
    "account_name": pl.String, "currency": pl.String, "opening_minor": pl.Int64, "debit_minor": pl.Int64,
    "credit_minor": pl.Int64, "closing_minor": pl.Int64, "direction": pl.String,
}  # fmt: skip
"""往来余额 from the vouchers. `side`: receivable or payable account; balances are debit less credit, `direction` 借/贷/平."""

PLATFORM_INCOME: Schema = {
    "platform": pl.String, "shop": pl.String, "quarter": pl.String, "currency": pl.String, "line": pl.Int32,
    "item": pl.String, "amount_minor": pl.Int64, "orders": pl.Int64, "quarter_to_date_minor": pl.Int64,
    "months": pl.String, "missing": pl.String,
}  # fmt: skip
"""Bridge from what the platform reports as income to the revenue of the books; the items add up. `amount` is of this
month, `quarter_to_date` of `months` (`2026-10;2026-11`), null where none is given; `missing`: months of the quarter up to
this one that were not given."""

INCOME_STATEMENT: Schema = {
    "line": pl.Int32, "item": pl.String, "indent": pl.Int32, "currency": pl.String, "month_minor": pl.Int64,
    "year_to_date_minor": pl.Int64, "year_ago_minor": pl.Int64,
}  # fmt: skip
"""The statutory form: amounts of the month from the vouchers of this run, the year up to it, and the same month of the
year before (上期金额 of 会企02表); null where those months are not given."""
