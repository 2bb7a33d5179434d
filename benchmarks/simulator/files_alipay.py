"""Alipay files: A1 and its summary A2 (bare or in a zip with GBK names), A5 in two widths, A3/A4 empty, A6."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.simulator.lines_alipay import worded
from benchmarks.simulator.model import Movement, ShopSpec, World, yuan
from benchmarks.simulator.tables import OutFile, Table, names

A1_12 = names(
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注"
)
A1_16 = [*A1_12, "业务描述", "业务账单来源", "业务基础订单号", "业务订单号"]
A1_TABBED = frozenset(["账务流水号", "业务流水号", "商户订单号", "业务账单来源", "业务基础订单号", "业务订单号"])
A2 = names("类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）,总金额（元）")
A3 = names(
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
A4 = names(
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
A5_15 = names(
    "序号,入账时间,支付宝交易号,支付宝流水号,商户订单号,账务类型,收入（+元）,支出（-元）,账户余额（元）,对方账户,对方名称,银行订单号,商品名称,备注,业务描述"
)
A5_22 = names(
    "序号,入账时间,支付宝交易号,支付宝流水号,商户订单号,账务类型,收入（+元）,支出（-元）,账户余额（元）,服务费（元）,支付渠道,签约产品,对方账户,对方名称,银行订单号,商品名称,备注,业务基础订单号,业务订单号,业务账单来源,业务描述,付款备注"
)
A5_TYPES = {"交易退款": "退款（交易退款）", "其它": "其他", "收费": "服务费"}
A6 = names(
    "收/支  ,交易对方  ,对方账号  ,商品说明  ,收/付款方式  ,金额  ,交易状态  ,交易分类  ,交易订单号  ,商家订单号  ,交易时间  ,"
)
CENTS = frozenset(["收入金额（+元）", "支出金额（-元）", "账户余额（元）", "收入（+元）", "支出（-元）"])


def bills(world: World, spec: ShopSpec) -> list[OutFile]:
    """The wallet of one shop in the shape `spec.bill` names; empty where the shop has no wallet."""
    lines = world.movements(f"{spec.name}:main")
    folder = f"alipay/{spec.name}"
    if spec.bill in ("a5", "a5_wide"):
        return [_a5(world, spec, lines, wide=spec.bill == "a5_wide")]
    stem = f"{spec.account}0156_{world.period_start:%Y%m}"
    narrow = spec.bill == "a1_narrow"
    files = [_a1(world, spec, lines, f"{stem}_账务明细.csv", narrow=narrow)]
    if spec.bill == "month":
        files += [_a2(world, spec, lines, f"{stem}_账务明细(汇总).csv")]
        for file in files:
            file.archive = f"{folder}/{stem}.csv.zip"
        files += _trade(world, spec, folder)
    else:
        for file in files:
            file.path = f"{folder}/{file.path}"
    return files


def described(file: OutFile, lines: list[Movement], *, void: int = 0) -> OutFile:
    """Fill the truth of `sources.csv` from the movements printed in the file."""
    file.rows = len(lines) + void
    file.income = sum(m.amount for m in lines if m.amount > 0)
    file.expense = sum(m.amount for m in lines if m.amount < 0)
    file.first = min((m.at for m in lines), default=None)
    file.last = max((m.at for m in lines), default=None)
    return file


def _range(world: World) -> str:
    until = world.as_of + timedelta(seconds=1)
    pattern = "%Y年%m月%d日 %H:%M:%S"
    return f"#起始日期：[{world.bills_from:{pattern}}]   终止日期：[{until:{pattern}}]"


def totals(lines: list[Movement]) -> list[str]:
    """The two printed totals of an A1 bill."""
    out, into = [m.amount for m in lines if m.amount < 0], [m.amount for m in lines if m.amount > 0]
    return [f"#支出合计：{len(out)}笔，共{yuan(sum(out))}元", f"#收入合计：{len(into)}笔，共{yuan(sum(into))}元"]


def _frame(world: World, spec: ShopSpec, word: str, totals_: list[str]) -> tuple[list[str], list[str]]:
    dashes = "-" * 40
    head = [f"#支付宝{word}查询", f"#账号：[{spec.account}0156]", _range(world), f"#{dashes}{word}列表{dashes}"]
    exported = f"{world.snapshot:%Y年%m月%d日 %H:%M:%S}"
    return head, [f"#{dashes}{word}列表结束{dashes}", *totals_, f"#导出时间：[{exported}]"]


def _swapped(lines: list[Movement]) -> list[Movement]:
    """Lines of one second are printed in any order: here every such run backwards."""
    return sorted(lines, key=lambda m: (m.at, -int(m.txn_id)))


def _a1(world: World, spec: ShopSpec, lines: list[Movement], name: str, *, narrow: bool) -> OutFile:
    columns = A1_12 if narrow else A1_16
    rows = []
    for movement in lines if narrow else _swapped(lines):
        cells = worded(movement)
        cells["收入金额（+元）"] = yuan(movement.amount) if movement.amount > 0 else "0.00"
        cells["支出金额（-元）"] = yuan(movement.amount) if movement.amount < 0 else "0.00"
        cells["账户余额（元）"] = yuan(movement.balance)
        if narrow:
            cells["收入金额（+元）"] = (
                cells["收入金额（+元）"].replace("0.00", " ") if movement.amount < 0 else cells["收入金额（+元）"]
            )
        rows.append([cells[c].replace(",", "，") for c in columns])
    head, tail = _frame(world, spec, "账务明细", totals(lines))
    void = 0
    if narrow and lines:
        void = 1
        rows.append(_void_row(columns, rows[-1], world, lines[-1].at))
        head = head[:1]  # the short preamble: the title alone, so no account and no range are printed
    table = Table(columns, rows, head, tail, money=CENTS, tabbed=A1_TABBED)
    file = OutFile(name, "alipay.a1", spec.name, table, wallet=f"{spec.name}:main")
    return described(file, lines, void=void)


def _void_row(columns: list[str], last: list[str], world: World, at: datetime) -> list[str]:
    row = dict.fromkeys(columns, "")
    row |= {"账务流水号": f"1599{world.period_start:%y%m}000000001", "发生时间": f"{at:%Y-%m-%d %H:%M:%S}"}
    row |= {"收入金额（+元）": "0.00", "支出金额（-元）": "0.00", "业务类型": "其它", "备注": "零元记录"}
    row["账户余额（元）"] = last[columns.index("账户余额（元）")]
    return list(row.values())


def _a2(world: World, spec: ShopSpec, lines: list[Movement], name: str) -> OutFile:
    rows = []
    kinds = sorted({worded(m)["业务类型"] for m in lines})
    for kind in [*kinds, "合计"]:
        mine = [m.amount for m in lines if kind == "合计" or worded(m)["业务类型"] == kind]
        into, out = [a for a in mine if a > 0], [a for a in mine if a < 0]
        rows.append([kind, str(len(into)), yuan(sum(into)), str(len(out)), yuan(sum(out)), yuan(sum(mine))])
    head, tail = _frame(world, spec, "账务汇总", [])
    file = OutFile(name, "alipay.a2", spec.name, Table(A2, rows, head, tail, money=CENTS), wallet=f"{spec.name}:main")
    file.rows = len(kinds)
    file.counted = False
    return file


def _trade(world: World, spec: ShopSpec, folder: str) -> list[OutFile]:
    """A3 and A4 of a wallet without interface trades: frames without rows, as the platform sends them."""
    stem = f"{spec.account}0156_{world.period_start:%Y%m}"
    zeros = [
        "#交易合计：0笔，商家实收共0.00元，商家优惠共0.00元",
        "#退款合计：0笔，商家实收退款共0.00元，商家优惠退款共0.00元",
    ]
    head, tail = _frame(world, spec, "业务明细", zeros)
    detail = OutFile(f"{stem}_业务明细.csv", "alipay.a3", spec.name, Table(A3, [], head, tail))
    detail.income = detail.expense = 0
    head, tail = _frame(world, spec, "业务汇总", [])
    total = ["合计", "", "0", "0", *["0.00"] * 8]
    summary = OutFile(f"{stem}_业务明细(汇总).csv", "alipay.a4", spec.name, Table(A4, [total], head, tail))
    summary.counted = False
    for file in (detail, summary):
        file.archive = f"{folder}/trade_{stem}.csv.zip"
    return [detail, summary]


def _a5(world: World, spec: ShopSpec, lines: list[Movement], *, wide: bool) -> OutFile:
    columns = A5_22 if wide else A5_15
    rows = []
    for number, movement in enumerate(lines, start=1):
        cells = worded(movement)
        row = dict.fromkeys(columns, " ")
        row |= {
            "序号": str(number), "入账时间": cells["发生时间"], "支付宝交易号": cells["业务流水号"],
            "支付宝流水号": movement.txn_id, "商户订单号": cells["商户订单号"] or " ",
            "账务类型": A5_TYPES.get(cells["业务类型"], cells["业务类型"]) or " ",
            "收入（+元）": yuan(movement.amount) if movement.amount > 0 else " ",
            "支出（-元）": yuan(-movement.amount if wide else movement.amount) if movement.amount < 0 else " ",
            "账户余额（元）": yuan(movement.balance), "对方账户": "abc***@example.com", "对方名称": cells["对方账号"],
            "商品名称": cells["商品名称"] or " ", "备注": cells["备注"] or " ", "业务描述": cells["业务描述"] or " ",
        }  # fmt: skip
        if wide:
            row |= {"服务费（元）": " ", "支付渠道": "支付宝", "业务基础订单号": cells["业务基础订单号"] or " "}
            row |= {"业务订单号": cells["业务订单号"] or " ", "业务账单来源": cells["业务账单来源"] or " "}
        rows.append([row[c] for c in columns])
    exported = f"#导出时间：{world.snapshot:%Y-%m-%d %H:%M:%S}"
    span = f"#起始时间：{world.bills_from:%Y-%m-%d %H:%M:%S}  终止时间：{world.as_of:%Y-%m-%d %H:%M:%S}"
    head = [f"#账号：shop***@example.com[{spec.account}]", f"{span}  {exported[1:]}"] if wide else [
        "#支付宝资金流水", f"#账号：shop***@example.com[{spec.account}]", span, exported,
    ]  # fmt: skip
    table = Table(columns, rows, head, ["", ""], money=CENTS)
    path = f"alipay/{spec.name}/资金流水_{world.period_start:%Y%m}.{'xlsx' if wide else 'csv'}"
    file = OutFile(path, "alipay.a5", spec.name, table, "xlsx" if wide else "csv", wallet=f"{spec.name}:main")
    return described(file, lines)


def consumer_bill(at: datetime) -> OutFile:
    """A6: the bill of a private person, which a merchant sometimes drops in by mistake."""
    rows = [
        ["支出      ", "某某超市  ", "", "日用品    ", "余额宝    ", "35.80     ", "交易成功  ", "日用百货  ",
         f"{at:%Y%m%d}22001400000000000009\t", "", f"{at:%Y-%m-%d %H:%M:%S}", ""],
    ]  # fmt: skip
    head = ["------------------------支付宝(中国)网络技术有限公司  电子客户回单------------------------"]
    return OutFile("alipay/alipay_record.csv", "alipay.a6", "", Table(A6, rows, head), counted=False, rows=1)
