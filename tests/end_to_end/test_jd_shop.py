"""A hand-made month of a JD shop: each usual life of an order is explained, and every payout by its settlement lines."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from tests.end_to_end.csv_files import write
from tests.end_to_end.test_sample_month import run

from ecrecon import report as reports
from ecrecon.base.money import decimal_text, minor_from_text

Row = dict[str, str]

ORDERS = [
    "订单号",
    "商品ID",
    "商品名称",
    "订购数量",
    "支付方式",
    "下单时间",
    "京东价",
    "订单金额",
    "结算金额",
    "余额支付",
    "应付金额",
    "订单状态",
    "订单类型",
    "下单帐号",
    "运费金额",
    "付款确认时间",
    "货号",
    "订单完成时间",
    "订单来源",
    "订单渠道",
    "商家SKUID",
    "商家应收",
]
SETTLEMENT = [
    "订单编号",
    "父单号",
    "订单状态",
    "订单下单时间",
    "订单完成时间",
    "售后服务单号",
    "售后退款时间",
    "商品编号",
    "商品名称",
    "商品数量",
    "扣点类型",
    "佣金比例",
    "费用名称",
    "应结金额",
    "币种",
    "收支方向",
    "结算状态",
    "预计结算时间",
    "账单生成时间",
    "到账时间",
    "商户订单号",
    "资金动账备注",
]
WALLET = [
    "商户号",
    "账户代码",
    "账户名称",
    "日期",
    "商户订单号",
    "账户余额(元)",
    "收入金额(元)",
    "支出金额(元)",
    "交易备注",
    "账单日期",
]
AFTER_SALES = ["服务单号", "订单号", "商品编号", "退款金额", "客户期望", "审核时间", "服务单状态"]
GOODS, FEES, RETURNS = "京东支付货款", "京东支付费项", "退货金额"


def number(n: int) -> str:
    return str(300_000_000_000 + n)


def minor(text: str) -> int:
    value = minor_from_text(text)
    assert value is not None
    return value


class Shop:
    """Rows of one JD shop in May 2026. The wallet is filled from the settlement lines, batch by batch."""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.lines: list[Row] = []
        self.refunds: list[Row] = []
        self.movements: list[tuple[str, str, str, int]] = []

    def order(self, n: int, due: str, *, status: str = "完成", finished: str = "2026-05-06 12:00:00", kind: str = "SOP", goods: int = 1) -> None:  # fmt: skip
        paid = "" if status == "待付款" else "2026-05-01 10:00:20"
        self.orders += [
            {"订单号": number(n), "商品ID": f"1008000000000{i}", "商品名称": "示例商品", "订购数量": "1", "下单时间": "2026-05-01 10:00:00",
             "京东价": due, "订单金额": due, "结算金额": due, "余额支付": "0.00", "应付金额": due, "订单状态": status, "订单类型": kind,
             "运费金额": "0.00", "付款确认时间": paid, "订单完成时间": finished if status == "完成" else "", "商家应收": due}
            for i in range(goods)
        ]  # fmt: skip

    def line(self, n: int, item: str, amount: str, day: str, *, parent: str = "--", service: str = "--", waits: str = "") -> None:  # fmt: skip
        batch = f"{day.replace('-', '')}00000001"
        self.lines.append(
            {"订单编号": f"'{number(n)}\t" if n else "--", "父单号": parent, "订单状态": "完成", "订单下单时间": "2026-05-01 10:00:00",
             "订单完成时间": "2026-05-06 12:00:00", "售后服务单号": service, "商品编号": "'10080000000001\t", "费用名称": item,
             "应结金额": amount, "币种": "CNY", "收支方向": "支出" if amount[0] == "-" else "收入",
             "结算状态": "待结算" if waits else "已结算", "预计结算时间": waits or day, "到账时间": "--" if waits else f"{day} 03:10:00",
             "商户订单号": "--" if waits else f"'{batch}\t", "资金动账备注": "--" if waits else "商家结算款"}
        )  # fmt: skip
        if not waits:
            kind = (RETURNS if amount[0] == "-" else GOODS) if "货款" in item else FEES
            self.movements.append((f"{day} 03:10:00", batch, kind, minor(amount)))

    def sale(self, n: int, amount: str, day: str = "2026-05-13", *, commission: str = "-1.00", parent: str = "--") -> None:  # fmt: skip
        self.line(n, "货款", amount, day, parent=parent)
        self.line(n, "佣金", commission, day, parent=parent)

    def refund(self, service: int, n: int, amount: str, when: str) -> None:
        self.refunds.append(
            {"服务单号": str(3_100_000_000 + service), "订单号": number(n), "退款金额": amount, "客户期望": "退货", "审核时间": when,
             "服务单状态": "完成"}
        )  # fmt: skip

    def move(self, when: str, text: str, amount: str) -> None:
        self.movements.append((when, when[:10].replace("-", "") + "00000009", text, minor(amount)))

    def wallet(self, balance: int = 100_000) -> list[Row]:
        """One row per batch and kind of money, with the balance that runs from `balance`."""
        sums: dict[tuple[str, str, str], int] = {}
        for when, batch, text, amount in self.movements:
            sums[when, batch, text] = sums.get((when, batch, text), 0) + amount
        rows = []
        for (when, batch, text), amount in sorted(sums.items()):
            balance += amount
            rows.append(
                {"商户号": "110000001", "账户代码": "'110000001001", "账户名称": "京东钱包结算户", "日期": when, "商户订单号": f"'{batch}",
                 "账户余额(元)": decimal_text(balance), "收入金额(元)": decimal_text(amount) if amount > 0 else "--",
                 "支出金额(元)": decimal_text(-amount) if amount < 0 else "--", "交易备注": text, "账单日期": when[:10]}
            )  # fmt: skip
        return rows

    def write(self, folder: Path) -> None:
        write(folder / "jd/jd_a/订单导出_202605.csv", ORDERS, self.orders, "gb18030")
        write(folder / "jd/jd_a/货款明细_202605.csv", SETTLEMENT, self.lines, "utf-8-sig")
        write(folder / "jd/jd_a/钱包流水_202605.csv", WALLET, self.wallet(), "gb18030")
        write(folder / "jd/jd_a/售后_202605.csv", AFTER_SALES, self.refunds, "gb18030")


def usual_month() -> Shop:
    shop = Shop()
    shop.order(101, "129.00")
    shop.sale(101, "129.00", commission="-6.45")
    shop.line(101, "售后卖家赔付费", "-10.00", "2026-05-14")
    shop.order(102, "80.00")  # a part given back after settlement
    shop.sale(102, "80.00")
    shop.line(102, "货款", "-20.00", "2026-05-16", service="3100000002")
    shop.refund(2, 102, "20.00", "2026-05-15 09:00:00")
    shop.order(103, "50.00")  # all given back
    shop.sale(103, "50.00")
    shop.line(103, "货款", "-50.00", "2026-05-16", service="3100000003")
    shop.line(103, "佣金", "1.00", "2026-05-16", service="3100000003")
    shop.refund(3, 103, "50.00", "2026-05-15 09:00:00")
    shop.order(104, "60.00")  # 15.00 given back before settlement
    shop.sale(104, "45.00")
    shop.refund(4, 104, "15.00", "2026-05-05 09:00:00")
    shop.order(105, "30.00", status="已取消")  # given back before shipping
    shop.refund(5, 105, "30.00", "2026-05-02 09:00:00")
    shop.order(106, "100.00")  # price protection, of which the platform bears a part
    shop.sale(106, "100.00")
    shop.line(106, "价保扣款", "-5.00", "2026-05-14")
    shop.line(106, "平台券价保补贴", "1.50", "2026-05-14")
    shop.order(107, "66.00")  # presale
    shop.line(107, "定金货款", "16.00", "2026-05-13")
    shop.line(107, "尾款货款", "50.00", "2026-05-13")
    shop.order(400, "70.00")  # split: the bill names the children
    shop.sale(405, "30.00", parent=f"'{number(400)}\t")
    shop.sale(406, "40.00", parent=f"'{number(400)}\t")
    shop.order(109, "180.00", goods=2)  # two goods, one amount
    shop.sale(109, "180.00")
    shop.order(110, "20.00", status="待付款")
    shop.order(111, "21.00", status="等待确认收货")
    shop.order(112, "22.00", finished="2026-05-27 12:00:00")
    shop.line(112, "货款", "22.00", "", waits="2026-06-09")
    shop.order(113, "16.00", status="已取消", kind="定金")  # the buyer never paid the rest
    shop.line(113, "定金货款", "16.00", "2026-05-18")
    shop.order(114, "0.00")  # a gift
    shop.line(0, "短信服务费", "-3.20", "2026-05-31")
    shop.move("2026-05-20 09:00:00", "提现", "-300.00")
    shop.move("2026-05-21 09:00:00", "京准通", "-50.00")
    shop.move("2026-05-22 09:00:00", "保证金", "-30.00")
    return shop


def told(report: reports.Report) -> list[tuple[str, str, str | None, int]]:
    columns = pl.col("code").cast(pl.String), pl.col("kind").cast(pl.String), "order_id", "difference_minor"
    rows = report.variances.select(columns).sort(pl.all(), nulls_last=True)
    return [
        (code, kind, None if order is None else order[-3:], amount) for code, kind, order, amount in rows.iter_rows()
    ]


def dispositions(report: reports.Report) -> dict[str, str]:
    rows = report.orders.select("order_id", pl.col("disposition").cast(pl.String)).sort("order_id")
    return {order[-3:]: disposition for order, disposition in rows.iter_rows()}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> reports.Report:
    folder = tmp_path_factory.mktemp("jd")
    usual_month().write(folder / "in")
    return run(folder / "in", folder / "out")


def test_every_usual_life_of_a_jd_order_is_explained(month: reports.Report) -> None:
    assert month.exit_code == 0
    assert told(month) == [
        ("A08", "info", "106", -350),  # 5.00 deducted, 1.50 of it borne by the platform
        ("C05", "info", None, 0), ("S02", "info", None, 0), ("X01", "timing", "111", -2100), ("X01", "timing", "112", -2200),
    ]  # fmt: skip
    assert dispositions(month) == {
        **dict.fromkeys(("101", "102", "103", "104", "105", "106", "107", "109", "113", "400"), "settled"),
        "110": "cancelled_unpaid", "111": "not_due", "112": "not_due", "114": "excluded",
    }  # fmt: skip


def test_the_printed_settlement_day_stands_above_the_term(month: reports.Report) -> None:
    waiting = month.open_items.filter(pl.col("order_id") == number(112))
    assert [str(day) for day in waiting["expected_by"]] == ["2026-06-09"]


def test_the_wallet_is_the_money_and_the_settlement_the_orders(month: reports.Report) -> None:
    account = month.accounts.row(0, named=True)
    assert (account["account"], account["shop"]) == ("110000001", "jd_a")
    assert (account["order_basis"], account["money_basis"]) == ("jd.j2", "jd.j4")
    assert account["balance_ok"]
    fees = dict(month.fees.group_by("raw_type").agg(pl.col("amount_minor").sum()).iter_rows())
    assert (fees["售后卖家赔付费"], fees["佣金"], fees["短信服务费"]) == (-1000, -1245, -320)
    kept = month.lines.filter(pl.col("disposition") == "account_level", pl.col("view") == "cash")
    categories = kept["category"].cast(pl.String).to_list()
    assert {"withdrawal", "transfer", "deposit"} <= set(categories)


def test_waiting_rows_move_no_money(month: reports.Report) -> None:
    waiting = month.lines.filter(pl.col("disposition") == "pending")
    assert waiting.select("order_id", "amount_minor").rows() == [(number(112), 2200)]


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ("unpaid", ("X02", "break", "101", -12900)),
        ("promised", ("X02", "break", "112", -2200)),
        ("short", ("A02", "break", "102", -100)),
        ("unrefunded", ("R01", "break", "103", 5000)),
        ("unknown", ("X03", "break", "999", 700)),
    ],
)
def test_one_fault_gives_one_difference(fault: str, wanted: tuple[str, str, str, int], tmp_path: Path) -> None:
    shop = usual_month()
    match fault:
        case "unpaid":
            gone = [
                row for row in shop.lines if row["订单编号"].strip("'\t") == number(101) and row["费用名称"] == "货款"
            ]
            drop(shop, gone, GOODS, -12900)
        case "promised":
            next(row for row in shop.lines if row["结算状态"] == "待结算")["预计结算时间"] = "2026-05-20"
        case "short":
            row = next(row for row in shop.lines if row["应结金额"] == "80.00")
            row["应结金额"] = "79.00"
            shop.movements.append(("2026-05-13 03:10:00", "2026051300000001", GOODS, -100))
        case "unrefunded":
            gone = [row for row in shop.lines if row["应结金额"] == "-50.00"]
            drop(shop, gone, RETURNS, 5000)
        case _:
            shop.order(90, "1.00", status="待付款")
            shop.orders[-1]["下单时间"] = "2026-01-01 10:00:00"
            shop.line(999, "货款", "7.00", "2026-05-13")
    shop.write(tmp_path / "in")
    found = told(run(tmp_path / "in", tmp_path / "out"))
    usual = {("A08", "info", "106", -350), ("X01", "timing", "111", -2100), ("X01", "timing", "112", -2200)}
    extra = [row for row in found if row not in usual and row[0] not in ("C05", "S02")]
    assert extra == [wanted]


def drop(shop: Shop, rows: list[Row], text: str, movement: int) -> None:
    """Take `rows` out of the settlement, and their money out of the wallet."""
    assert rows
    batch = rows[0]["商户订单号"].strip("'\t")
    shop.lines = [row for row in shop.lines if row not in rows]
    shop.movements.append((f"{rows[0]['到账时间']}", batch, text, movement))


def test_two_generations_of_the_same_settlement_count_once(month: reports.Report, tmp_path: Path) -> None:
    shop = usual_month()
    shop.write(tmp_path / "in")
    columns = [
        "订单编号",
        "父单号",
        "订单状态",
        "订单下单时间",
        "订单完成时间",
        "商品编号",
        "商品名称",
        "商品单价",
        "商品数量",
        "结算时间",
        "商户订单号",
        "资金动账备注",
        "费用名称",
        "费用分类",
        "应结金额",
        "结算单类型",
        "结算单号",
        "结算主体",
    ]
    newer = [
        {name: text for name, text in row.items() if name in columns}
        | {"结算时间": row["到账时间"], "费用分类": row["收支方向"], "结算单号": f"'{88_000 + i}"}
        for i, row in enumerate(shop.lines)
        if row["结算状态"] == "已结算"
    ]
    write(tmp_path / "in/jd/jd_a/新版货款明细_202605.csv", columns, newer, "utf-8-sig")
    both = run(tmp_path / "in", tmp_path / "out")
    assert told(both) == told(month)
    assert dispositions(both) == dispositions(month)
    assert both.accounts.row(0, named=True)["order_basis"] == "jd.j2b"


def test_parts_of_one_download_add_up(month: reports.Report, tmp_path: Path) -> None:
    shop = usual_month()
    shop.write(tmp_path / "in")
    whole = tmp_path / "in/jd/jd_a/货款明细_202605.csv"
    with zipfile.ZipFile(whole.with_suffix(".zip"), "w") as archive:
        for part in (0, 1):
            piece = tmp_path / f"part{part}.csv"
            write(piece, SETTLEMENT, shop.lines[part::2], "utf-8-sig")
            archive.write(piece, f"货款明细_{part + 1}.csv")
    whole.unlink()
    parts = run(tmp_path / "in", tmp_path / "out")
    assert told(parts) == told(month)
    assert dispositions(parts) == dispositions(month)


def test_a_payout_that_differs_from_its_lines_is_found(tmp_path: Path) -> None:
    shop = usual_month()
    shop.movements.append(
        ("2026-05-16 03:10:00", "2026051600000001", FEES, -250)
    )  # the wallet took more than the lines say
    shop.write(tmp_path / "in")
    report = run(tmp_path / "in", tmp_path / "out")
    wrong = report.variances.filter(pl.col("code").cast(pl.String) == "T01")
    assert wrong.select("txn_id", "difference_minor", pl.col("kind").cast(pl.String)).rows() == [
        ("2026051600000001", -250, "break")
    ]


BOOK = "商家ID,订单编号,业务单据编号,下单时间,完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,商户订单号,资金动账备注,费用名称,金额,结算主体"
SUMMARY = "商家ID,钱包账户,订单编号,业务单据编号,父单号,订单状态,下单时间,完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,结算金额合计,收入金额合计,支出金额合计,商户订单号,资金动账备注"


def book_of(shop: Shop, path: Path, *, wrong: int = 0) -> None:
    """The settled lines as the workbook of 对账中心: two sheets, group names above both headers."""
    lines = [row for row in shop.lines if row["结算状态"] == "已结算"]
    parents = {row["订单编号"].strip("'\t"): row["父单号"].strip("'\t") for row in lines}
    cells, sums = [], {}
    for row in lines:
        number = row["订单编号"].strip("'\t").replace("--", "")
        document = row["售后服务单号"].replace("--", "") or number
        key = (number, document, row["商户订单号"].strip("'\t"), row["到账时间"])
        sums[key] = sums.get(key, 0) + minor(row["应结金额"])
        cells.append(["10000001", number, document, row["订单下单时间"], row["订单完成时间"], "10080000000001", "示例商品", "1.00", "1",
                      row["到账时间"], key[2], "商家结算款", row["费用名称"], row["应结金额"], "示例主体"])  # fmt: skip
    totals = []
    for place, ((number, document, batch, when), total) in enumerate(sums.items()):
        printed = total + (wrong if place == 0 else 0)
        income, expense = (printed, 0) if printed > 0 else (0, printed)
        totals.append(["10000001", "110000001001", number, document, parents.get(number, ""), "完成", "", "", "", "", "1.00", "1", when,
                       decimal_text(printed), decimal_text(income), decimal_text(expense), batch, "商家结算款"])  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for title, columns, rows in (("交易汇总", SUMMARY, totals), ("费用明细", BOOK, cells)):
            page = book.add_worksheet(title)
            page.merge_range(0, 1, 0, 8, "单据基础信息")
            for place, row in enumerate([columns.split(","), *rows], start=1):
                page.write_row(place, 0, row)


def test_the_workbook_of_two_sheets_is_one_settlement(month: reports.Report, tmp_path: Path) -> None:
    """The summary is compared, never added; it names the parents that the lines do not print."""
    shop = usual_month()
    shop.write(tmp_path / "in")
    (tmp_path / "in/jd/jd_a/货款明细_202605.csv").unlink()
    book_of(shop, tmp_path / "in/jd/jd_a/已结算明细_202605.xlsx")
    report = run(tmp_path / "in", tmp_path / "out")
    assert dispositions(report) == dispositions(month)
    assert told(report) == told(month)
    assert report.accounts.row(0, named=True)["order_basis"] == "jd.j3"


def test_a_summary_that_differs_from_its_lines_is_found(tmp_path: Path) -> None:
    shop = usual_month()
    shop.write(tmp_path / "in")
    (tmp_path / "in/jd/jd_a/货款明细_202605.csv").unlink()
    book_of(shop, tmp_path / "in/jd/jd_a/已结算明细_202605.xlsx", wrong=100)
    report = run(tmp_path / "in", tmp_path / "out")
    wrong = report.variances.filter(pl.col("code").cast(pl.String) == "M02")
    assert wrong.select(pl.col("txn_id").str.slice(-6), "difference_minor").rows() == [("000101", -100)]


def test_without_the_wallet_the_settlement_answers_alone(month: reports.Report, tmp_path: Path) -> None:
    usual_month().write(tmp_path / "in")
    (tmp_path / "in/jd/jd_a/钱包流水_202605.csv").unlink()
    report = run(tmp_path / "in", tmp_path / "out")
    assert (told(report), dispositions(report)) == (told(month), dispositions(month))


def test_a_wallet_alone_says_nothing_certain_about_orders(tmp_path: Path) -> None:
    usual_month().write(tmp_path / "in")
    (tmp_path / "in/jd/jd_a/货款明细_202605.csv").unlink()
    report = run(tmp_path / "in", tmp_path / "out")
    assert "break" not in {kind for _, kind, _, _ in told(report)}
    assert ("F12", "review") in {(code, kind) for code, kind, _, _ in told(report)}
    assert dispositions(report)["101"] == "not_checked"


def test_what_waited_in_one_month_is_settled_in_the_next(tmp_path: Path) -> None:
    usual_month().write(tmp_path / "in")
    june = Shop()
    june.order(112, "22.00", finished="2026-05-27 12:00:00")
    june.sale(112, "22.00", "2026-06-09")
    june.line(0, "短信服务费", "-1.00", "2026-06-30")
    folder = tmp_path / "in/jd/jd_a"
    write(folder / "货款明细_202606.csv", SETTLEMENT, june.lines, "utf-8-sig")
    write(folder / "钱包流水_202606.csv", WALLET, june.wallet(125_685), "gb18030")
    report = run(tmp_path / "in", tmp_path / "out")
    assert report.period == "2026-06"
    assert report.exit_code == 0
    assert dispositions(report)["112"] == "settled"
    states = report.lines.filter(pl.col("order_id") == number(112))["disposition"].cast(pl.String).to_list()
    assert sorted(states) == ["grouped", "grouped", "pending"]
