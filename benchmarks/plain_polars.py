"""What a competent author would write with Polars alone: decode, group, join. No checks, no explanation, one CSV."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl


def table(path: Path) -> pl.DataFrame:
    """A GB18030 CSV with or without `#` lines around it, all columns as text."""
    lines = path.read_bytes().decode("gb18030")
    if lines.startswith("#"):
        start = lines.index("账务流水号")
        end = lines.index("\n#", start)
        lines = lines[start:end]
    frame = pl.read_csv(lines.encode(), infer_schema=False, truncate_ragged_lines=True)
    return frame.rename({name: name.strip() for name in frame.columns})


def fen(column: str) -> pl.Expr:
    """Yuan text to fen."""
    text = pl.col(column).str.strip_chars().replace("", "0")
    return (text.cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64)


def unpaid_orders(folder: Path) -> pl.DataFrame:
    """Orders whose receipts and refunds in the bill do not add up to what is due."""
    (bill_file,) = folder.rglob("*账务明细.csv")
    (order_file,) = folder.rglob("ExportOrderList*.csv")
    (refund_file,) = folder.rglob("退款管理*.csv")
    bill = table(bill_file).select(
        order=pl.col("业务基础订单号").str.extract(r"^(\d{15,19})"),
        code=pl.col("业务描述").str.extract(r"^(\d+T?)\|"),
        amount=fen("收入金额（+元）") + fen("支出金额（-元）"),
    )
    received = (
        bill.filter(pl.col("order").is_not_null(), pl.col("code").str.contains("^(001|002|064)"))
        .group_by("order")
        .agg(pl.col("amount").sum())
    )
    orders = table(order_file)
    paid = "买家实付金额" if "买家实付金额" in orders.columns else "买家实际支付金额"
    number = pl.col("订单编号").str.extract(r"(\d{15,19})")
    due = orders.filter(~pl.col("订单状态").is_in(["等待买家付款", "交易关闭"])).select(order=number, due=fen(paid))
    refunds = (
        table(refund_file)
        .filter(pl.col("退款状态") == "退款成功")
        .select(order=pl.col("订单编号").str.extract(r"(\d{15,19})"), refund=fen("买家退款金额"))
        .group_by("order")
        .agg(pl.col("refund").sum())
    )
    frame = due.join(received, on="order", how="left").join(refunds, on="order", how="left")
    return (
        frame.with_columns(pl.col("amount", "refund").fill_null(0))
        .with_columns(difference=pl.col("amount") - pl.col("due") + pl.col("refund"))
        .filter(pl.col("difference") != 0)
        .sort("order")
    )


if __name__ == "__main__":
    unpaid_orders(Path(sys.argv[1])).write_csv(sys.argv[2])
