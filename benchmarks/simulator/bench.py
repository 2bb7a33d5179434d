"""One Taobao shop at any size, built column by column: a T1 CSV, an A1 bill and a T3 CSV, with its truth.

About two bill lines an order (receipt and commission; each twentieth order also a refund). One order in a hundred
is still on its way (X01), one in a thousand was never paid out (X02).
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from benchmarks.simulator.company import workspace
from benchmarks.simulator.files_alipay import A1_16
from benchmarks.simulator.model import ShopSpec, World, yuan
from benchmarks.simulator.output import _csv
from benchmarks.simulator.tables import names
from benchmarks.simulator.world import month

ACCOUNT = "2088000123450001"
T1 = names(
    "订单编号,支付单号,支付详情,买家应付货款,买家应付邮费,总金额,买家实付金额,订单状态,订单创建时间,订单付款时间,商品标题,宝贝总数量,店铺名称,退款金额,确认收货打款金额,发货时间,确认收货时间,订单关闭原因"
)
T3 = names(
    "退款编号,订单编号,支付宝交易号,订单付款时间,退款完结时间,买家实际支付金额,宝贝标题,买家退款金额,手工退款_系统退款,是否需要退货,退款的申请时间,退款状态,部分退款_全部退款"
)


def money(name: str) -> pl.Expr:
    """Fen as decimal text."""
    value = pl.col(name)
    size = value.abs()
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, (size // 100).cast(pl.String), pl.lit("."), (size % 100).cast(pl.String).str.zfill(2))


def total(amounts: pl.Series) -> int:
    """Σ of a column of fen."""
    return int(amounts.sum())


def clock(name: str) -> pl.Expr:
    """A time as text, empty where there is none."""
    return pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S").fill_null("")


def _orders(start: datetime, end: datetime, count: int, seed: int) -> pl.DataFrame:
    """One row per order; confirmations evenly from day 8 to day 28, so that each has its own place in the bill."""
    span = int((end - timedelta(days=3) - (start + timedelta(days=8))).total_seconds())
    index = pl.col("i")
    confirmed = pl.lit(start + timedelta(days=8)) + pl.duration(seconds=index * span // count)
    price = 1000 + (index * 7919 + seed * 104729) % 29000
    frame = pl.DataFrame({"i": pl.int_range(0, count, dtype=pl.Int64, eager=True)})
    frame = frame.with_columns(
        price.alias("due"), (index % 100 == 99).alias("on_way"), (index % 1000 == 500).alias("lost"),
        (index % 20 == 7).alias("back"), confirmed.dt.cast_time_unit("us").alias("confirmed"),
        (5_100_000_000_000_000_001 + index * 10 + seed % 7 * 10**15).cast(pl.String).alias("order_id"),
    )  # fmt: skip
    return frame.with_columns(
        (pl.col("confirmed") - pl.duration(days=7, seconds=1800)).alias("created"),
        (pl.col("confirmed") - pl.duration(days=7, seconds=1770)).alias("paid"),
        (pl.col("confirmed") - pl.duration(days=6)).alias("shipped"),
        pl.when(pl.col("on_way")).then(None).otherwise(pl.col("confirmed")).alias("confirmed_at"),
        (pl.col("confirmed") + pl.duration(days=1, seconds=600)).alias("refunded"),
        ((pl.col("due") * 500 * 2 + 10_000) // 20_000).alias("fee"), (pl.col("due") // 3).alias("refund"),
        pl.format("2026100122001400{}", pl.col("order_id").str.tail(12)).alias("trade"),
    )  # fmt: skip


def _lines(orders: pl.DataFrame) -> pl.DataFrame:
    """The bill: one row per movement with its texts, in the order of time, with ledger ids and balances."""
    paid = orders.filter(~pl.col("on_way") & ~pl.col("lost"))
    oid, blank = pl.col("order_id"), pl.lit("")
    receipt = paid.select(
        oid, pl.col("trade").alias("document"), pl.col("confirmed").alias("at"), pl.lit(0).alias("rank"),
        pl.col("due").alias("amount"), pl.format("T200P{}", oid).alias("number"), pl.lit("交易付款").alias("type"),
        blank.alias("remark"), pl.lit("0010001|交易收款-交易收款").alias("desc"), blank.alias("source"),
    )  # fmt: skip
    fee = paid.select(
        oid, pl.format("20261001{}", oid.str.zfill(24)).alias("document"), pl.col("confirmed").alias("at"),
        pl.lit(1).alias("rank"), (-pl.col("fee")).alias("amount"), pl.format("HJCAE==1==2=={}", oid).alias("number"),
        pl.lit("其它").alias("type"), pl.format("天猫佣金（类目）｛{}｝扣款", oid).str.replace_all("｛", "{").str.replace_all("｝", "}").alias("remark"),
        pl.lit("0030003|软件服务费-类目软件服务费（原天猫佣金）").alias("desc"), pl.lit("天猫账房").alias("source"),
    )  # fmt: skip
    back = paid.filter(pl.col("back")).select(
        oid, pl.col("trade").alias("document"), pl.col("refunded").alias("at"), pl.lit(2).alias("rank"),
        (-pl.col("refund")).alias("amount"), blank.alias("number"), pl.lit("交易退款").alias("type"),
        pl.format("售后退款-{}-T200P{}", oid.str.tail(10), oid).alias("remark"),
        pl.lit("0020001|交易退款-余额退款").alias("desc"), blank.alias("source"),
    )  # fmt: skip
    lines = pl.concat([receipt, fee, back]).sort("at", "order_id", "rank")
    return lines.with_columns(
        (157_000_000_000_001 + pl.int_range(0, pl.len(), dtype=pl.Int64)).cast(pl.String).alias("txn_id"),
        (pl.col("amount").cum_sum() + 1_000_000).alias("balance"),
    )


def _a1(lines: pl.DataFrame) -> pl.DataFrame:
    tab, blank = pl.lit("\t"), pl.lit("")
    into = pl.when(pl.col("amount") > 0).then(money("amount")).otherwise(pl.lit("0.00"))
    out = pl.when(pl.col("amount") < 0).then(money("amount")).otherwise(pl.lit("0.00"))
    cells = [
        pl.col("txn_id") + tab, pl.col("document") + tab, pl.col("number") + tab, blank, clock("at"), pl.lit("*宝"),
        into, out, money("balance"), pl.lit("支付宝"), pl.col("type"), pl.col("remark"), pl.col("desc"),
        pl.col("source") + tab, pl.col("order_id") + tab, tab,
    ]  # fmt: skip
    return lines.select(c.alias(name) for c, name in zip(cells, A1_16, strict=True))


def _t1(orders: pl.DataFrame) -> pl.DataFrame:
    blank = pl.lit("")
    status = pl.when(pl.col("on_way")).then(pl.lit("卖家已发货，等待买家确认")).otherwise(pl.lit("交易成功"))
    released = pl.when(pl.col("on_way")).then(pl.lit("0.00")).otherwise(money("due"))
    back = pl.when(pl.col("back") & ~pl.col("on_way") & ~pl.col("lost")).then(money("refund")).otherwise(pl.lit("0.00"))
    cells = [
        pl.format('="{}"', "order_id"), pl.format('="{}"', "trade"), pl.lit("支付方式：支付宝"), money("due"),
        pl.lit("0.00"), money("due"), money("due"), status, clock("created"), clock("paid"), pl.lit("气球套装"), pl.lit("1"),
        pl.lit("示例天猫旗舰店"), back, released, clock("shipped"), clock("confirmed_at"), blank,
    ]  # fmt: skip
    return orders.select(c.alias(name) for c, name in zip(cells, T1, strict=True))


def _t3(orders: pl.DataFrame) -> pl.DataFrame:
    mine = orders.filter(pl.col("back") & ~pl.col("on_way") & ~pl.col("lost"))
    cells = [
        pl.format("9{}", pl.col("order_id").str.tail(16)), pl.col("order_id"), pl.col("trade"), clock("paid"),
        clock("refunded"), money("due"), pl.lit("气球套装"), money("refund"), pl.lit("手工退款"), pl.lit("不需要退货"),
        clock("confirmed"), pl.lit("退款成功"), pl.lit("部分退款"),
    ]  # fmt: skip
    return mine.select(c.alias(name) for c, name in zip(cells, T3, strict=True))


def _save(frame: pl.DataFrame, path: Path, head: str = "", tail: str = "") -> None:
    """Write GB18030 text in blocks, so that a gigabyte needs no gigabyte twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write(head + ",".join(frame.columns) + "\n")
        for block in frame.iter_slices(200_000):
            file.write(block.write_csv(include_header=False, quote_style="never"))
        file.write(tail)


def write_bench(out: Path, *, seed: int, orders: int, period: str) -> dict[str, object]:
    """Write the month to `out`, its truth to `<out>.truth`; returns the summary."""
    first, last = month(period)
    start = datetime.combine(first, datetime.min.time())
    end = datetime.combine(last, datetime.max.time()).replace(microsecond=0)
    truth = out.with_name(f"{out.name}.truth")
    for folder in (out, truth):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    frame = _orders(start, end, orders, seed)
    lines = _lines(frame)
    stem = f"{ACCOUNT}0156_{first:%Y%m}"
    until = end + timedelta(seconds=1)
    head = (
        f"#支付宝账务明细查询\n#账号：[{ACCOUNT}0156]\n#起始日期：[{start:%Y年%m月%d日 %H:%M:%S}]   "
        f"终止日期：[{until:%Y年%m月%d日 %H:%M:%S}]\n#{'-' * 41}账务明细列表{'-' * 40}\n"
    )
    into, cost = lines.filter(pl.col("amount") > 0)["amount"], lines.filter(pl.col("amount") < 0)["amount"]
    tail = (
        f"#{'-' * 41}账务明细列表结束{'-' * 36}\n#支出合计：{len(cost)}笔，共{yuan(total(cost))}元\n"
        f"#收入合计：{len(into)}笔，共{yuan(total(into))}元\n#导出时间：[{until:%Y年%m月%d日 %H:%M:%S}]\n"
    )
    bill, t1, t3 = (
        f"alipay/tmall_a/{stem}_账务明细.csv",
        "taobao/tmall_a/ExportOrderList.csv",
        "taobao/tmall_a/退款管理.csv",
    )
    _save(_a1(lines), out / bill, head, tail)
    _save(_t1(frame), out / t1)
    refunds = _t3(frame)
    _save(refunds, out / t3)
    spec = ShopSpec("tmall_a", "taobao", "示例天猫旗舰店", 1, tmall=True, account=ACCOUNT)
    world = World(seed, first, last, first, 0, first, 1000, [spec])
    (out / "ecrecon.toml").write_text(workspace(world), encoding="utf-8")
    return _write_truth(truth, frame, lines, {bill: lines.height, t1: frame.height, t3: refunds.height}, bill)


def _write_truth(
    truth: Path, frame: pl.DataFrame, lines: pl.DataFrame, sources: dict[str, int], bill: str
) -> dict[str, object]:
    lost, way = frame.filter(pl.col("lost") & ~pl.col("on_way")), frame.filter(pl.col("on_way"))
    rows = [
        ["overdue_receipt" if code == "X02" else "not_yet_due", code, kind, "taobao", "tmall_a", order, "", yuan(-due)]
        for code, kind, part in (("X01", "timing", way), ("X02", "break", lost))
        for order, due in part.select("order_id", "due").iter_rows()
    ]
    header = ["type", "code", "kind", "platform", "shop", "order_id", "refund_id", "difference"]
    (truth / "variances.csv").write_bytes(_csv(header, rows))
    income = total(lines.filter(pl.col("amount") > 0)["amount"])
    expense = total(lines.filter(pl.col("amount") < 0)["amount"])
    listed = [
        [path, {"al": "alipay.a1"}.get(path[:2], "taobao.t1" if "Order" in path else "taobao.t3"), "tmall_a", str(count),
         yuan(income) if path == bill else "", yuan(expense) if path == bill else ""]
        for path, count in sorted(sources.items())
    ]  # fmt: skip
    (truth / "sources.csv").write_bytes(_csv(["path", "profile", "shop", "rows", "income", "expense"], listed))
    summary: dict[str, object] = {
        "orders": frame.height, "lines": lines.height, "income": yuan(income), "expense": yuan(expense),
        "variances": {"X01": way.height, "X02": lost.height}, "overdue": yuan(-total(lost["due"])),
        "not_due": yuan(-total(way["due"])), "opening": "10000.00", "closing": yuan(1_000_000 + income + expense),
    }  # fmt: skip
    (truth / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return summary
