"""A stranger's file becomes a working layout: banks, platforms, orders; clean and dirty."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.reading.learn.files import (
    BANK,
    BILL,
    FLAGGED,
    ORDERS,
    TWO_ROWS,
    learnt,
    open_keys,
    reasons,
    sample_of,
    shipped,
    text_file,
    words,
    workbook,
)

from ecrecon.base.errors import ConfigError
from ecrecon.learning import Trial, propose
from ecrecon.reading.containers import find_files, open_tables
from ecrecon.reading.identify import Conflict, Identified, identify


def amounts(trial: Trial) -> list[int]:
    assert trial.parsed.frame is not None
    return trial.parsed.frame["amount_minor"].to_list()


def test_a_bank_csv_with_two_sides_asks_nothing_and_its_balance_proves_the_sign(tmp_path: Path) -> None:
    proposal, trial = learnt(text_file(tmp_path / "流水.csv", BANK, "gb18030"))
    settled = reasons(proposal)
    assert settled["kind"] == "bank"
    assert settled["amount"] == "in_out:贷项|借项"
    assert settled["unique"] == "核心流水"
    assert settled["preamble.account"] == "6228480012345678"
    assert amounts(trial) == [100000, -20000, -1550, 250025]
    source = trial.parsed.source
    assert (source.rows, source.account, source.printed_range) == (4, "6228480012345678", True)
    assert trial.parsed.findings.is_empty()
    assert all(control.ok for control in source.control)
    frame = trial.parsed.frame
    assert frame is not None
    assert frame["category"].to_list() == ["withdrawal", "other", "payment_fee", "withdrawal"]
    assert [f"{t:%d %H:%M:%S}" for t in frame["occurred_at"]] == [
        "02 09:15:01",
        "03 10:15:02",
        "09 11:15:03",
        "12 12:15:04",
    ]
    assert "张三" not in trial.text + str(frame.to_dicts())


def test_the_balance_also_proves_sides_that_are_named_the_wrong_way_round(tmp_path: Path) -> None:
    turned = BANK.replace("借项,贷项", "收入,支出")
    proposal, trial = learnt(text_file(tmp_path / "a.csv", turned))
    assert reasons(proposal)["amount"] == "in_out:支出|收入"
    assert amounts(trial) == [100000, -20000, -1550, 250025]


def test_without_a_balance_ledger_sides_of_a_bank_follow_the_rule_of_banks(tmp_path: Path) -> None:
    lines = [",".join(c for n, c in enumerate(line.split(",")) if n != 6) for line in BANK.split("\n")[4:9]]
    text = "\n".join(lines).replace("借项,贷项", "借方,贷方") + "\n"
    proposal, trial = learnt(text_file(tmp_path / "a.csv", text), kind="bank")
    assert reasons(proposal)["sign"] == "in_first"
    assert amounts(trial) == [100000, -20000, -1550, 250025]
    assert "sign" in open_keys(text_file(tmp_path / "a.csv", text), kind="bill")


def test_a_flagged_column_is_proved_by_the_balance_and_day_order_by_a_day_above_twelve(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", FLAGGED)
    proposal, trial = learnt(path, kind="bank")
    settled = reasons(proposal)
    assert settled["amount"] == "direction:Amt|D/C"
    assert settled["date_order"] == "mdy"
    assert amounts(trial) == [10000, -3000, 5050, -2000]
    assert trial.parsed.source.last is not None
    assert f"{trial.parsed.source.last:%Y-%m-%d}" == "2026-05-19"


def test_dates_that_could_be_swapped_are_asked(tmp_path: Path) -> None:
    rows = [*FLAGGED[:4], *([f"05/0{n}/2026", *row[1:]] for n, row in enumerate(FLAGGED[4:], 3))]
    path = workbook(tmp_path / "a.xlsx", rows)
    assert open_keys(path, kind="bank") == ["date_order"]
    for order, first in (("mdy", "2026-05-02"), ("dmy", "2026-02-05")):
        _, trial = learnt(path, kind="bank", date_order=order)
        assert trial.parsed.source.first is not None
        assert f"{trial.parsed.source.first:%Y-%m-%d}" == first


def test_a_platform_bill_asks_what_the_file_cannot_tell(tmp_path: Path) -> None:
    path = text_file(tmp_path / "某某商城结算202605.csv", BILL, "utf-8-sig")
    assert open_keys(path) == ["kind", "platform", "sign", "view"]
    given = {"kind": "bill", "platform": "shop3", "sign": "plus_in", "view": "detail"}
    proposal, trial = learnt(path, **given)
    frame = trial.parsed.frame
    assert frame is not None
    assert amounts(trial) == [9900, -495, -2000, -300]
    assert frame["order_id"].to_list()[1] == "9920260501000001"
    assert frame["category"].to_list() == ["goods_receipt", "unmapped", "refund", "unmapped"]
    assert [question.key for question in proposal.optional] == ["type:包材服务费"]
    _, named = learnt(path, **given, type__包材服务费="freight_cost")
    assert named.parsed.frame is not None
    assert named.parsed.frame["category"].to_list()[1] == "freight_cost"
    _, turned = learnt(path, **(given | {"sign": "plus_out"}))
    assert amounts(turned) == [-9900, 495, 2000, 300]


def test_the_second_column_of_a_name_can_be_chosen(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", BILL)
    _, trial = learnt(path, kind="bill", platform="s", sign="plus_in", view="cash", type="费用项#2")
    assert trial.parsed.frame is not None
    assert trial.parsed.frame["raw_type"].to_list() == ["A", "B", "C", "D"]


def test_an_order_export_reads_known_states_and_asks_the_others(tmp_path: Path) -> None:
    path = text_file(tmp_path / "订单.csv", ORDERS)
    assert open_keys(path) == ["platform", "order", "status:拼单未成功"]
    sample = sample_of(path)
    proposal = propose(sample, words(), {"platform": "w", "order": "单据编号", "status:拼单未成功": "closed"})
    assert proposal.questions == ()
    _, trial = learnt(path, platform="w", order="单据编号", status__拼单未成功="closed")
    frame = trial.parsed.frame
    assert frame is not None
    assert frame["status"].to_list() == ["finished", "paid", "closed"]
    assert frame["reading1_cash_minor"].to_list() == [12900, 5990, 8800]
    assert trial.parsed.findings.is_empty()
    for person in ("李四", "13900002222", "某路1号"):
        assert person not in trial.text + str(frame.to_dicts())


def test_two_header_rows_and_rows_with_both_sides(tmp_path: Path) -> None:
    _, trial = learnt(text_file(tmp_path / "a.csv", TWO_ROWS), kind="bill", platform="s", view="witness")
    assert amounts(trial) == [28000, 20000, 9500]
    assert trial.parsed.findings.is_empty()
    assert trial.profile.file.header_rows == 2


def test_whole_amounts_need_their_unit(tmp_path: Path) -> None:
    text = "订单号,时间,金额,类型\n20260501000001,2026-05-02,9900,货款\n20260501000002,2026-05-03,-2000,退款\n"
    path = text_file(tmp_path / "a.csv", text)
    assert "unit" in open_keys(path, kind="bill")
    given = {"kind": "bill", "platform": "s", "sign": "plus_in", "view": "cash"}
    assert amounts(learnt(path, **given, unit="fen")[1]) == [9900, -2000]
    assert amounts(learnt(path, **given, unit="yuan")[1]) == [990000, -200000]


def test_a_file_of_one_direction_only_can_be_learnt(tmp_path: Path) -> None:
    text = (
        "订单号,动账时间,动账金额,动账方向\n20260501000001,2026-05-02 10:00:00,99.00,入账\n"
        "20260501000002,2026-05-03 10:00:00,20.00,入账\n"
    )
    _, trial = learnt(text_file(tmp_path / "a.csv", text), kind="bill", platform="s", view="cash", type="none")
    assert amounts(trial) == [9900, 2000]


def test_equal_amounts_prove_nothing(tmp_path: Path) -> None:
    head = "序,记账日,数额,结存,摘要\n"
    rows = "".join(f"{n},2026-05-0{n},100.00,{1000 + 100 * n}.00,x{n}\n" for n in range(1, 6))
    assert "sign" in open_keys(text_file(tmp_path / "a.csv", head + rows), kind="bank")


def test_totals_between_the_rows_are_no_data_and_nothing_below_is_cut_off(tmp_path: Path) -> None:
    lines = BILL.split("\n")
    text = "\n".join([*lines[2:5], ",,94.05,本页小计,,", *lines[5:7], ",,-23.00,本页小计,,", ",,71.05,总计,,"]) + "\n"
    _, trial = learnt(
        text_file(tmp_path / "a.csv", text), kind="bill", platform="s", sign="plus_in", view="cash", type="none"
    )
    assert amounts(trial) == [9900, -495, -2000, -300]
    assert trial.parsed.findings.filter(trial.parsed.findings["code"].cast(str) != "F02").is_empty()


def test_a_total_below_a_short_narrow_table_is_no_data(tmp_path: Path) -> None:
    text = "".join(",".join(line.split(",")[:4]) + "\n" for line in BILL.split("\n")[2:8])
    path = text_file(tmp_path / "a.csv", text)
    _, trial = learnt(path, kind="bill", platform="s", sign="plus_in", view="cash")
    assert amounts(trial) == [9900, -495, -2000, -300]
    assert trial.parsed.findings.is_empty()


def test_a_learnt_layout_is_exclusive_in_both_directions(tmp_path: Path) -> None:
    """A header that holds all columns of the new layout and those of a known one fits the known one alone."""
    known = next(profile for profile in shipped() if profile.id == "pdd.p1")
    text = (
        "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注\n"
        "260505-100000000000001,2026-05-09 10:12:01,59.90,0,交易收入,-\n"
        "260505-100000000000002,2026-05-10 10:12:01,0,-5.00,技术服务费,-\n"
    )
    path = text_file(tmp_path / "a.csv", text)
    _, trial = learnt(path, kind="bill", platform="pdd", view="cash", order="商户订单号")
    both = [*shipped(), trial.profile]
    assert isinstance(identify(sample_of(path).table, both), Identified)
    full = text.replace("备注\n", "备注,业务描述\n").replace("-\n", "-,0010002|交易收入-订单收入\n")
    other = text_file(tmp_path / "b.csv", full)
    found = identify(open_tables(find_files([other])[0]).tables[0], both)
    assert not isinstance(found, Conflict)
    assert isinstance(found, Identified)
    assert found.profile.id == known.id


def test_answers_that_do_not_fit_are_refused_with_the_nearest(tmp_path: Path) -> None:
    sample = sample_of(text_file(tmp_path / "a.csv", BILL))
    with pytest.raises(ConfigError, match="kind=bil") as refused:
        propose(sample, words(), {"kind": "bil"})
    assert "bill" in refused.value.hint
    given = {"kind": "bill", "platform": "s", "sign": "plus_in", "view": "cash", "vieww": "x"}
    with pytest.raises(ConfigError) as unknown:
        propose(sample, words(), given)
    assert "view" in unknown.value.hint


def test_a_file_can_be_learnt_as_no_bill(tmp_path: Path) -> None:
    text = "计划,花费金额,点击量,日期\n甲,12.00,30,2026-05-01\n乙,13.00,31,2026-05-02\n"
    _, trial = learnt(text_file(tmp_path / "a.csv", text), kind="ignore", platform="ads", reason="推广报表")
    assert trial.parsed.source.kind == "ignored"


def test_after_sale_documents(tmp_path: Path) -> None:
    text = (
        "售后单号,订单编号,售后状态,申请退款金额,退款完成时间\n"
        "S20260501001,W202605010001,退款成功,12.50,2026-05-06 10:00:00\n"
        "S20260501002,W202605010002,处理中,3.00,\n"
    )
    _, trial = learnt(text_file(tmp_path / "a.csv", text), platform="w", gross="no")
    frame = trial.parsed.frame
    assert frame is not None
    assert frame["amount_minor"].to_list() == [1250, 300]
    assert frame["state"].to_list() == ["done", "pending"]
    assert frame["refund_id"].to_list() == ["S20260501001", "S20260501002"]
