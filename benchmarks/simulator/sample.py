"""The sample month of the repository: small, readable, every container, a few documented faults."""

from __future__ import annotations

from pathlib import Path

from benchmarks.simulator import faults
from benchmarks.simulator.faults_order import NoCandidateError
from benchmarks.simulator.output import Month, write

SEED = 20261001
ORDERS = 220
FAULTS_OF_SAMPLE: tuple[str, ...] = (
    "missing_receipt@tmall_a", "short_receipt@pdd_a", "rounding@tmall_a", "receipt_without_order@taobao_b",
    "receipt_without_reference@tmall_a", "refund_not_in_bill@pdd_a", "refund_not_in_book@tmall_a",
    "coupon_missing@pdd_b", "fee_rate_wrong@pdd_b", "unknown_fee_type@pdd_b", "advance_not_repaid@tmall_a",
    "double_receipt@taobao_b", "duplicate_line@tmall_a", "file_twice@pdd_a", "consumer_bill", "status_backwards",
)  # fmt: skip
"""What is wrong in the sample month."""

DOCUMENTATION = {
    "missing_receipt": "X02 超期未回款：已确认收货，账单里没有这笔钱", "short_receipt": "A02 少收 5.37",
    "rounding": "A01 尾差 0.01", "receipt_without_order": "X03 有款无单：订单不在订单报表里",
    "receipt_without_reference": "X04 无单号收款", "refund_not_in_bill": "R01 售后已退，账单未见",
    "refund_not_in_book": "R02 账单已退，售后无单", "coupon_missing": "C06 平台优惠未补足",
    "fee_rate_wrong": "C01 费率异常：多扣 0.66", "unknown_fee_type": "C04 未识别费用（星云计划，3 笔）",
    "advance_not_repaid": "A07 花呗提前收款未抵", "double_receipt": "A05 重复到账",
    "duplicate_line": "F09 同一流水号出现两次", "file_twice": "F08 同一文件下载两次",
    "consumer_bill": "F16 个人账单混入", "status_backwards": "F13 新的订单报表里状态倒退",
}  # fmt: skip


def sample_month() -> Month:
    """The sample as a month in memory."""
    seeds = range(SEED, SEED + 400)
    for seed in seeds:
        try:
            month = faults.faulty_month(list(FAULTS_OF_SAMPLE), seed=seed, orders=ORDERS, variant="sample")
        except (NoCandidateError, ValueError):
            continue  # a small month does not hold a victim for every fault: take the next
        _more_containers(month)
        return month
    raise RuntimeError("no seed gives a sample month with every fault")


def _more_containers(month: Month) -> None:
    """Some files in the rarer containers: BIFF .xls and gzip. The content stays the same."""
    orders = next(f for f in month.files if f.profile == "pdd.p4" and f.container == "csv")
    orders.path, orders.container = orders.path.replace(".csv", ".xls"), "xls"
    details = next(f for f in month.files if f.profile == "pdd.p2" and f.shop == "pdd_a")
    details.path, details.gzipped = f"{details.path}.gz", True
    tabs = next(f for f in month.files if f.profile == "pdd.p2" and f.shop == "pdd_b")
    tabs.container = "tsv"


def readme(month: Month) -> str:
    """What is wrong in the sample, for people."""
    rows = []
    truths = month.truths()
    for name in month.faults:
        fault, _, shop = name.partition("@")
        rows.append(f"| `{fault}` | {shop or '-'} | {DOCUMENTATION[fault]} |")
    files = len(month.files)
    return "\n".join([
        "# Truth of the sample month 2026-10", "",
        "`sample_bills/2026-10` 是一家虚构公司的一个月：三家淘宝/天猫店、两家拼多多店，文件的格式、编码和容器与真实下载一致，"
        "没有任何真实的人名、电话、地址。本目录是它的标准答案，由模型和注入的错误算出，不来自程序本身的运行。", "",
        f"{len(truths)} orders, {files} files. Regenerate with `python -m benchmarks.simulator sample`.", "",
        "| fault | shop | 内容 |", "| --- | --- | --- |", *rows, "",
        "- `variances.csv`: every row that a right run reports. Rows marked `optional` may appear and need not; `count` and "
        "`actual` describe rows per shop or file; C05 rows are split by kind of charge (`note`), a run may add them up.",
        "- `orders.csv`: receivable, receipts, difference and disposition per order; `|` separates answers of equal right.",
        "- `sources.csv`: every file with its profile, rows and money; empty where a file is no bill.",
        "- `summary.json`: totals, wallets with opening and closing balance.", "",
        "F02 rows for files whose columns the user picks are neither expected nor wrong.", "",
    ])  # fmt: skip


def write_sample(root: Path) -> Path:
    """Write `sample_bills/2026-10` and `2026-10.truth` under `root`; returns the folder of the month."""
    month = sample_month()
    out = root / "sample_bills" / "2026-10"
    write(month, out)
    (out.with_name("2026-10.truth") / "README.md").write_text(readme(month), encoding="utf-8")
    return out
