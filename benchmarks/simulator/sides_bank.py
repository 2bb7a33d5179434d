"""The company's bank account: what the wallets pay out arrives on the next working day; rent, interest and charges beside.

Layouts: China Construction Bank (newest first) and China Merchants Bank. The statement reaches into the next month, so
that the payouts of the last days are seen to arrive.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.simulator.model import Movement, World, yuan
from benchmarks.simulator.tables import OutFile, Table, names

CCB = names(
    "账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号,企业流水号,凭证种类,凭证号"
)
CMB = names(
    "账号,账号名称,币种,交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,流程实例号,业务名称,用途,业务参考号,业务摘要,其它摘要,收(付)方分行名,收(付)方名称,收(付)方账号,收(付)方开户行行号,收(付)方开户行名,收(付)方开户行地址,母(子)公司账号分行名,母(子)公司账号,母(子)公司名称,信息标志,有否附件信息,冲账标志,扩展摘要,交易分析码,票据号,商务支付订单号,内部编号,公司一卡通号"
)
ACCOUNT = "11000000000000000099"
ALIPAY = "支付宝（中国）网络技术有限公司"
TENPAY = "财付通支付科技有限公司"
KNOWN_PAYERS = {"taobao": ALIPAY, "wechat_shop": TENPAY, "wechatpay": TENPAY}
"""Who pays out for a platform: real names, which nobody has to configure."""
PAYERS = {
    "pdd": "示例拼多多付款有限公司", "douyin": "示例抖音付款有限公司", "kuaishou": "示例快手付款有限公司",
    "jd": "示例京东付款有限公司", "xiaohongshu": "示例小红书付款有限公司",
}  # fmt: skip
"""The same where no real name is known: invented, so the workspace names them (`payers`)."""
POOL_PAYER = "示例网商结算银行"
"""Who pays out of the settlement account of Taobao (t4)."""
REACH_DAYS = 6


@dataclass(frozen=True)
class Line:
    """One line of the statement, signed like money."""

    at: datetime
    amount: int
    summary: str
    party: str


def next_working_day(at: datetime) -> datetime:
    """Ten o'clock of the next day that is no Saturday or Sunday."""
    day = at.replace(hour=10, minute=at.minute, second=at.second) + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def payer(world: World, wallet: str) -> str:
    """Who pays out of a wallet."""
    shop, _, pocket = wallet.partition(":")
    if pocket == "t4":
        return POOL_PAYER
    return (KNOWN_PAYERS | PAYERS)[world.shop(shop).platform]


def withdrawals(world: World) -> list[Movement]:
    """Payouts to the bank that the bills of the period show, in the order of time."""
    found = [
        m for m in world.loose
        if m.kind == "withdrawal" and m.amount < 0 and not m.sent_back and world.in_bill(m.at)
    ]  # fmt: skip
    return sorted(found, key=lambda m: (m.at, m.wallet))


def lines(world: World) -> list[Line]:
    """The statement, oldest first."""
    rng = random.Random(f"{world.seed}:bank")
    found = [
        Line(next_working_day(m.at), -m.amount, "提现", payer(world, m.wallet)) for m in withdrawals(world) if m.arrives
    ]
    found += [Line(at, amount, "汇款", who) for at, amount, who in world.strangers]
    start = world.bills_from
    found += [
        Line(start + timedelta(days=2, hours=9), -rng.randint(2000, 9000) * 100, "房租", "示例物业有限公司"),
        Line(start + timedelta(days=9, hours=11), -rng.randint(10, 90) * 1000, "转账", "示例纸箱有限公司"),
        Line(start + timedelta(days=14, hours=16), rng.randint(10, 90) * 1000, "货款", "示例批发有限公司"),
        Line(start + timedelta(days=20, hours=3), rng.randint(100, 999), "结息", ""),
        Line(start + timedelta(days=24, hours=8), -1_500, "账户管理费", ""),
        Line(world.as_of + timedelta(days=REACH_DAYS, seconds=-3600), -2_000, "网银手续费", ""),
    ]
    return sorted(found, key=lambda line: (line.at, line.party, line.amount))


def bank_name(world: World) -> str:
    """The name of the account in `[[banks]]`."""
    return "cmb" if "bank_cmb" in world.sides else "ccb"


def _balances(statement: list[Line]) -> list[int]:
    balance, found = 5_000_000, []
    for line in statement:
        balance += line.amount
        found.append(balance)
    return found


def _ccb(world: World) -> OutFile:
    statement = lines(world)
    rows = []
    for index, (line, balance) in enumerate(zip(statement, _balances(statement), strict=True), start=1):
        out, into = max(-line.amount, 0), max(line.amount, 0)
        rows.append([
            ACCOUNT, "示例商贸有限公司", f"{line.at:%Y%m%d %H:%M:%S}", yuan(out), yuan(into), yuan(balance), "人民币元",
            line.party, "", "", f"{line.at:%Y%m%d}", line.summary, "", f"{index}-N{index:09d}", "", "", "",
        ])  # fmt: skip
    preamble = ["中国建设银行账户明细信息", f"账号:,{ACCOUNT}", ""]
    return _file(world, "建行_账户明细.csv", "bank.ccb", Table(CCB, rows[::-1], preamble=preamble), statement)


def _cmb(world: World) -> OutFile:
    statement = lines(world)
    rows = []
    for index, (line, balance) in enumerate(zip(statement, _balances(statement), strict=True), start=1):
        cells = {
            "账号": ACCOUNT, "账号名称": "示例商贸有限公司", "币种": "人民币", "交易日": f"{line.at:%Y%m%d}",
            "交易时间": f"{line.at:%H%M%S}", "起息日": f"{line.at:%Y%m%d}", "交易类型": line.summary,
            "借方金额": yuan(-line.amount) if line.amount < 0 else "", "贷方金额": yuan(line.amount) if line.amount > 0 else "",
            "余额": yuan(balance), "流水号": f"C{index:010d}", "收(付)方名称": line.party, "有否附件信息": "N",
        }  # fmt: skip
        rows.append([cells.get(name, "") for name in CMB])
    preamble = ["账户明细", "", f"账号,{ACCOUNT}", "币种,人民币", ""]
    return _file(world, "招行_账户明细.csv", "bank.cmb", Table(CMB, rows, preamble=preamble), statement)


def _file(world: World, name: str, profile: str, table: Table, statement: list[Line]) -> OutFile:
    return OutFile(
        f"bank/{bank_name(world)}/{name}", profile, bank_name(world), table, rows=len(statement),
        income=sum(line.amount for line in statement if line.amount > 0),
        expense=sum(line.amount for line in statement if line.amount < 0), first=statement[0].at, last=statement[-1].at,
    )  # fmt: skip


LAYOUTS: dict[str, Callable[[World], OutFile]] = {"bank": _ccb, "bank_cmb": _cmb}
"""Word in `World.sides` -> the file."""


def files(world: World) -> list[OutFile]:
    """The bank statement, where the company hands one in."""
    return [LAYOUTS[word](world) for word in world.sides if word in LAYOUTS]


def workspace(world: World) -> list[str]:
    """Lines of `ecrecon.toml` that name the account."""
    if not any(word in LAYOUTS for word in world.sides):
        return []
    name = bank_name(world)
    return ["[[banks]]", f'name = "{name}"', f'paths = ["bank/{name}/**"]', f'accounts = ["{ACCOUNT}"]', ""]
