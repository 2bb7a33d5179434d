"""The same with pandas, as an accountant's script does it."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd


def table(path: Path) -> pd.DataFrame:
    """A GB18030 CSV, all columns as text; the `#` lines are skipped."""
    with path.open("rb") as stream:
        marked = stream.read(1) == b"#"
    comment = "#" if marked else None
    frame = pd.read_csv(path, encoding="gb18030", dtype=str, keep_default_na=False, comment=comment)
    return frame.rename(columns=str.strip)


def fen(column: pd.Series) -> pd.Series:
    """Yuan text to fen."""
    return (pd.to_numeric(column.str.strip().replace("", "0")) * 100).round().astype("int64")


def unpaid_orders(folder: Path) -> pd.DataFrame:
    """Orders whose receipts and refunds in the bill do not add up to what is due."""
    (bill_file,) = folder.rglob("*账务明细.csv")
    (order_file,) = folder.rglob("ExportOrderList*.csv")
    (refund_file,) = folder.rglob("退款管理*.csv")
    bill = table(bill_file)
    lines = pd.DataFrame(
        {
            "order": bill["业务基础订单号"].str.extract(r"^(\d{15,19})")[0],
            "code": bill["业务描述"].str.extract(r"^(\d+T?)\|")[0],
            "amount": fen(bill["收入金额（+元）"]) + fen(bill["支出金额（-元）"]),
        }
    )
    lines = lines[lines["order"].notna() & lines["code"].str.contains("^(?:001|002|064)", na=False)]
    received = lines.groupby("order", as_index=False)["amount"].sum()
    orders = table(order_file)
    paid = "买家实付金额" if "买家实付金额" in orders.columns else "买家实际支付金额"
    orders = orders[~orders["订单状态"].isin(["等待买家付款", "交易关闭"])]
    due = pd.DataFrame({"order": orders["订单编号"].str.extract(r"(\d{15,19})")[0], "due": fen(orders[paid])})
    after = table(refund_file)
    after = after[after["退款状态"] == "退款成功"]
    refunds = pd.DataFrame(
        {"order": after["订单编号"].str.extract(r"(\d{15,19})")[0], "refund": fen(after["买家退款金额"])}
    )
    refunds = refunds.groupby("order", as_index=False)["refund"].sum()
    frame = due.merge(received, on="order", how="left").merge(refunds, on="order", how="left")
    frame = frame.fillna({"amount": 0, "refund": 0})
    frame["difference"] = frame["amount"] - frame["due"] + frame["refund"]
    return frame[frame["difference"] != 0].sort_values("order")


if __name__ == "__main__":
    unpaid_orders(Path(sys.argv[1])).to_csv(sys.argv[2], index=False)
