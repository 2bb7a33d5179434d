"""Files that no shipped profile knows, and the calls that the tests make. All data is invented."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import xlsxwriter

from ecrecon.learning import Proposal, Sample, Trial, build_vocabulary, find_start, propose, try_profile
from ecrecon.learning.vocabulary import Vocabulary
from ecrecon.reading.containers import NO_PASSWORDS
from ecrecon.settings.profiles import Profile, load_profiles

BANK = """滨海农商银行对公账户交易明细
账号：6228480012345678,户名：示例商贸有限公司,开户行：滨海支行
查询时间：2026-05-01 至 2026-05-31

序号,记账日,时刻,核心流水,借项,贷项,账面结余,往来户名,往来账号,用途说明
1,20260502,091501,BH0000000001,,1000.00,5100.00,支付宝（中国）网络技术有限公司,215500690,提现
2,20260503,101502,BH0000000002,200.00,,4900.00,张三,6222020000000001,货款
3,20260509,111503,BH0000000003,15.50,,4884.50,滨海农商银行,,手续费
4,20260512,121504,BH0000000004,,2500.25,7384.75,财付通支付科技有限公司,243300133,提现
合计,,,,215.50,3500.25,,,,
打印时间：2026-06-01 08:00:00
"""

FLAGGED = [
    ["Kontobericht"],
    ["Account: 32000000000000001"],
    ["Booking Day", "Ref", "Amt", "D/C", "Bal", "Memo"],
    ["05/02/2026", "R0000001", 100.0, "C", 1100.0, "Payout"],
    ["05/13/2026", "R0000002", 30.0, "D", 1070.0, "Fee"],
    ["05/18/2026", "R0000003", 50.5, "C", 1120.5, "Interest"],
    ["05/19/2026", "R0000004", 20.0, "D", 1100.5, "Rent"],
]

BILL = """某某商城 结算账单
结算周期：2026-05-01 ~ 2026-05-31
平台订单号,入账时间,结算金额(元),费用项,费用项,备注
9920260501000001,2026-05-02 10:00:00,99.00,货款,A,
9920260501000001,2026-05-02 10:00:00,-4.95,包材服务费,B,
9920260501000002,2026-05-03 11:00:00,-20.00,退款,C,联系13800001111
9920260501000003,2026-05-04 12:00:00,-3.00,包材服务费,D,
合计,,71.05,,,
"""

ORDERS = """单据编号,下单时间,付款时间,完成时间,实付金额,状态,收货人,手机号,收货地址
W202605010001,2026-05-01 09:00:00,2026-05-01 09:01:00,2026-05-08 10:00:00,129.00,已完成,李四,13900002222,某省某市某路1号
W202605010002,2026-05-02 09:00:00,2026-05-02 09:01:00,,59.90,待发货,王五,13900003333,某省某市某路2号
W202605010003,2026-05-03 09:00:00,,,88.00,拼单未成功,赵六,13900004444,某省某市某路3号
"""

TWO_ROWS = """店铺日报
营业日,收入,,支出,,说明
,笔数,金额,笔数,金额,
2026-05-01,3,300.00,1,20.00,x
2026-05-02,2,200.00,0,0.00,
2026-05-03,1,100.00,1,5.00,
"""


@cache
def shipped() -> tuple[Profile, ...]:
    """The shipped profiles."""
    return load_profiles()


@cache
def words() -> Vocabulary:
    """Their vocabulary."""
    return build_vocabulary(shipped())


def workbook(path: Path, rows: list[list[object]]) -> Path:
    """An xlsx of one sheet."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("明细")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def text_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A text file."""
    path.write_bytes(text.encode(encoding))
    return path


def sample_of(path: Path) -> Sample:
    """The table to learn."""
    start = find_start(path, shipped(), words(), NO_PASSWORDS)
    assert start.sample is not None
    return start.sample


def learnt(path: Path, **answers: str) -> tuple[Proposal, Trial]:
    """The proposal without open questions, and its trial."""
    sample = sample_of(path)
    proposal = propose(sample, words(), {key.replace("__", ":"): value for key, value in answers.items()})
    assert [question.key for question in proposal.questions] == []
    assert proposal.data is not None
    return proposal, try_profile(sample, proposal.data, shipped())


def open_keys(path: Path, **answers: str) -> list[str]:
    """Keys of the questions that stay open."""
    return [question.key for question in propose(sample_of(path), words(), answers).questions]


def reasons(proposal: Proposal) -> dict[str, str]:
    """Key -> value of everything settled."""
    return {decision.key: decision.value for decision in proposal.decisions}
