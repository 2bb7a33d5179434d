"""Downloads change: columns move, columns come, lines appear above the header. A missing marker column is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.golden.goldens import FOLDER, profiles, read, sample_read, samples
from tests.reading.profiles.reshape import shape_of

from ecrecon.base.schema import FINDINGS
from ecrecon.base.sources import Parsed
from ecrecon.reading.containers import find_files, open_tables
from ecrecon.reading.identify import Identified, Unknown, accepts, identify
from ecrecon.settings.profiles import Profile, normal_name

SAMPLES = samples()
READ = [path for path in SAMPLES if sample_read(path).frame is not None]


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def same_rows(one: Parsed, other: Parsed) -> None:
    """Equal in everything but the line numbers."""
    assert one.frame is not None
    assert other.frame is not None
    assert one.frame.drop("source_line").to_dicts() == other.frame.drop("source_line").to_dicts()
    for name in ("profile", "account", "income_minor", "expense_minor", "rows", "exported_at"):
        assert getattr(one.source, name) == getattr(other.source, name), name
    held = [control for control in one.source.control if control in other.source.control]
    assert held == list(other.source.control)  # totals under the columns are left out when columns move


@pytest.mark.parametrize("sample", READ, ids=name_of)
def test_shuffled_columns_change_nothing(sample: Path, tmp_path: Path) -> None:
    shape = shape_of(sample)
    order = list(range(len(shape.header)))
    random.Random(7).shuffle(order)
    order.sort(key=lambda i: bool(shape.header[i]))  # a last column without a name cannot be told from padding
    order = _equal_names_in_order(order, shape.header)
    changed = shape.columns(lambda row: [row[i] for i in order]).write(tmp_path)
    same_rows(sample_read(sample), read(changed))


def _equal_names_in_order(order: list[int], header: list[str]) -> list[int]:
    """A name that is printed twice is told apart by its place: the first stays before the second."""
    names = [normal_name(name) for name in header]
    waiting = {name: iter([i for i, other in enumerate(names) if other == name]) for name in names}
    return [next(waiting[names[i]]) for i in order]


@pytest.mark.parametrize("sample", READ, ids=name_of)
def test_added_column_changes_no_row(sample: Path, tmp_path: Path) -> None:
    shape = shape_of(sample)
    header, data = [*shape.header, "新增说明"], [[*row, "甲"] for row in shape.data]
    changed = replace(shape, header=header, data=data).write(tmp_path)
    parsed = read(changed)
    same_rows(sample_read(sample), parsed)
    codes = set(parsed.findings["code"].to_list())
    assert codes == ({"F02"} if shape.profile.amount and shape.profile.header.known else set())


@pytest.mark.parametrize("sample", READ, ids=name_of)
def test_line_above_moves_only_the_line_numbers(sample: Path, tmp_path: Path) -> None:
    shape = shape_of(sample)
    shape.before.insert(0, ["自己加的备注"])
    parsed = read(shape.write(tmp_path))
    before = sample_read(sample)
    same_rows(before, parsed)
    assert parsed.findings.equals(pl.DataFrame(schema=dict(FINDINGS)))
    if before.source.container == "csv":
        assert before.frame is not None
        assert parsed.frame is not None
        assert set(parsed.frame["source_line"] - before.frame["source_line"]) <= {1}


def _markers() -> list[tuple[Path, str]]:
    first: dict[str, Path] = {}
    for path in SAMPLES:
        first.setdefault(path.parent.name, path)
    by_id = {profile.id: profile for profile in profiles()}
    return [(path, name) for id_, path in first.items() for name in by_id[id_].header.require]


@pytest.mark.parametrize(("sample", "column"), _markers(), ids=lambda v: name_of(v) if isinstance(v, Path) else v)
def test_missing_marker_column_is_refused_by_name(sample: Path, column: str, tmp_path: Path) -> None:
    shape = shape_of(sample)
    spellings = {column, *shape.profile.header.alias.get(column, [])}
    kept = [i for i, name in enumerate(shape.header) if normal_name(name) not in spellings]
    assert len(kept) == len(shape.header) - 1
    path = shape.columns(lambda row: [row[i] for i in kept]).write(tmp_path)
    (table,) = open_tables(find_files([path])[0]).tables
    found = identify(table, profiles())
    if (shape.profile.id, column) == ("taobao.t5", "订单实际金额"):
        assert isinstance(found, Identified)  # without the amount it is one of the other detail types, left out
        assert found.profile.id == "taobao.t5_detail"
        return
    if isinstance(found, Identified):  # the rest is still a statement in the common form of the banks
        assert found.profile.header.general
        assert shape.profile.profile.platform == "bank"
        return
    assert isinstance(found, Unknown)
    own = [near for near in found.nearest if near.profile.id == shape.profile.id]
    if len(shape.profile.header.require) + len(shape.profile.header.require_any) > 2:
        assert [near.missing for near in own] == [(column,)]
    if shape.profile.profile.kind not in ("ignore", "order_lines", "cost"):
        assert column in read(path).source.reason


def test_each_alternative_group_is_needed() -> None:
    for profile in profiles():
        for group in profile.header.require_any:
            others = {n for g in profile.header.require_any if g != group for n in g} - set(group)
            rest = set(profile.header.require) | others
            assert not accepts(rest, profile.header), (profile.id, group)
            assert accepts(rest | {group[0]}, profile.header), (profile.id, group)


def _accepted_by(header: str) -> list[str]:
    names = {normal_name(name) for name in header.split(",")} - {""}
    return [profile.id for profile in profiles() if accepts(names, profile.header)]


HEADERS = {
    "alipay.a1": "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注",
    "alipay.a5": "入账时间,账务类型,收入（+元）,支出（+元）,业务描述,支付宝流水号,业务基础订单号,余额（元）",
    "taobao.t1": "订单编号,支付单号,支付详情,买家应付货款,买家应付邮费,总金额,买家实付金额,订单状态,收货地址,运送方式,订单创建时间,订单付款时间,商品标题,宝贝种类,物流单号,物流公司,备注标签,商家备注,宝贝总数量,店铺名称,开票信息,手机订单,商品属性SKU,退款金额,是否主动赔付,主动赔付金额,主动赔付出账时间,C2B小额收款,确认收货打款金额,含应开票给个人红包,总金额(旧版),发货时间,确认收货时间,订单关闭原因,商家编码",
    "taobao.t2": "子订单编号,主订单编号,商品标题,商品价格,购买数量,外部系统编号,商品属性,订单状态,商家编码,买家应付货款,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间,商品ID,发货时间,物流单号,物流公司",
    "taobao.t2_old": "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码",
    "taobao.t5_summary": "日期,业务大类,开票方向,币种,账单金额,本月付款,本月交易额,扣费金额合计(元),退款金额,支出金额合计(元),退款金额合计(元)",
    "pdd.p2": "商户订单号,入账时间,账务类型,收入金额（+元）,支出金额（-元）,备注,业务描述",
    "pdd.p3": "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元),用户实付金额(元),商家实收金额(元),商品数量(件),发货时间,确认收货时间,商品id,商品规格,样式ID,商家编码-规格维度,商家编码-商品维度,商家备注,售后状态,快递单号,快递公司,订单成交时间,是否分期,分期期数,手续费承担方,分期方式",
}
HEADERS |= {
    "jd.j1": "订单编号,单据编号,单据类型,商品编号,商户订单号,商品名称,结算状态,费用发生时间,费用计费时间,费用结算时间,费用项,金额,币种,商家应收/应付,钱包结算备注,店铺号,京东门店编号,品牌门店编号,门店名称,备注,收支方向,商品数量,对账日期",
    "jd.j2": "订单编号,父单号,订单状态,订单下单时间,订单完成时间,售后服务单号,售后退款时间,商品编号,商品名称,商品数量,扣点类型,佣金比例,费用名称,应结金额,币种,收支方向,结算状态,预计结算时间,账单生成时间,到账时间,商户订单号,资金动账备注",
    "jd.j2b": "订单编号,父单号,订单状态,订单下单时间,订单完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,商户订单号,资金动账备注,费用名称,费用分类,应结金额,结算单类型,结算单号,结算主体",
    "jd.j3": "商家ID,订单编号,业务单据编号,下单时间,完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,商户订单号,资金动账备注,费用名称,金额,结算主体",
    "jd.j3_summary": "商家ID,公司ID,公司名称,钱包账户,订单编号,业务单据编号,父单号,订单状态,下单时间,完成时间,商品编号,商品名称,商品单价,商品数量,结算时间,结算金额合计,收入金额合计,支出金额合计,商户订单号,资金动账备注",
    "jd.j4": "商户号,账户代码,账户名称,日期,商户订单号,账户余额(元),收入金额(元),支出金额(元),交易备注,账单日期",
    "jd.j7": "计费时间,完成时间,订单编号,订单总金额,商家促销金额,满减优惠金额,店铺京券金额,店铺东券金额,货款,佣金,SOP采购货款,交易服务费,国补采购款,大店业务采购货款,促销服务费,广告联合活动降扣佣金,超链3.0服务费,应结货款",
    "xiaohongshu.x1": "订单号,售后单号,下单时间,结算时间,交易类型,结算账户,动账金额,计佣基数,商品实付/实退,运费实付/实退,平台优惠补贴,平台运费补贴,跨境税代缴,商品税金,运费税金,佣金,支付渠道费,分销佣金,代运营服务商佣金,代开发服务商佣金,花呗分期手续费,国补订单毛保金额,备注",
    "xiaohongshu.x4": "业务款项,订单号,业务单据号,结算时间,结算账户,交易类型,动账金额,备注",
    "xiaohongshu.x5": "创建时间,交易类型描述,收入（元）,支出（元）,账户余额（元）,业务单号,备注",
}
FOREIGN = {
    "Douyin bill": "动账时间,动帐流水号,动账方向,动账金额,动账账户,动账场景,计费类型,子订单号,订单号,售后编号,下单时间,备注",
    "Douyin orders": "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,订单状态",
    "JD bill": "订单编号,单据编号,单据类型,商品编号,商户订单号,商品名称,结算状态,费用发生时间,费用结算时间,费用项,金额,币种",
    "WeChat private bill": "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注",
}


@pytest.mark.parametrize("wanted", HEADERS)
def test_known_header_fits_one_profile(wanted: str) -> None:
    assert _accepted_by(HEADERS[wanted]) == [wanted]


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_header_fits_no_profile_of_these_platforms(name: str) -> None:
    ours = {profile.id for profile in profiles() if profile.profile.platform in ("alipay", "taobao", "pdd")}
    assert not ours.intersection(_accepted_by(FOREIGN[name]))


def test_private_data_columns_are_never_read() -> None:
    private = (
        "买家会员名",
        "买家姓名",
        "收货",
        "联系",
        "身份证",
        "手机号",
        "电话",
        "地址",
        "消费者资料",
        "买家留言",
        "发票抬头",
    )
    for profile in profiles():
        _check_private(profile, private)


def _check_private(profile: Profile, private: tuple[str, ...]) -> None:
    read_columns = {source.column for spec in profile.fields.values() if spec.keep for source in spec.from_}
    named = {*read_columns, *profile.header.known, *profile.header.require}
    assert [name for name in named for word in private if word in name and "确认收货" not in name] == [], profile.id
