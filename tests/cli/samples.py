"""Small files for the command line: one Pinduoduo shop, three orders, one day of bills; and a way to damage each."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

BILL_NAME = "pdd-mall-bill-detail_20261010.csv"
BILL = """拼多多店铺账务明细查询

起始时间：2026-10-10 00:00:00  终止时间：2026-10-10 23:59:59
----------交易记录明细列表---------
商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述
261004-004000000387432,2026-10-10 17:40:37,13.80,0,交易收入,-,0010002|交易收入-订单收入
261004-004000000387432,2026-10-10 17:40:38,0,-0.09,技术服务费,基础技术服务费,0030002|技术服务费-基础技术服务费
261005-004000000387433,2026-10-10 18:40:37,20.00,0,交易收入,-,0010002|交易收入-订单收入
#支出合计：1笔-0.09元
#收入合计：2笔33.80元
#总计：3笔33.71元
#导出时间：2026-10-11 10:00:00
"""
ORDERS_NAME = "orders_export2026-10-11-09-00-00.csv"
ORDER_COLUMNS = (
    "商品,订单号,订单状态,商品总价(元),店铺优惠折扣(元),平台优惠折扣(元),用户实付金额(元),商家实收金额(元),商品数量(件),"
    "发货时间,确认收货时间,商品id,商品规格,支付时间,售后状态"
)


def order_row(order: str, paid: str, state: str = "已收货") -> str:
    """One row of the order export."""
    return (
        f"示例商品,{order}\t,{state},{paid},0.00,0.00,{paid},{paid},1,2026-10-05 10:00:00,2026-10-09 10:00:00,"
        f"100001\t,红色,2026-10-04 09:00:00,无售后或售后取消"
    )


ORDERS = "\n".join(
    [ORDER_COLUMNS, order_row("261004-004000000387432", "13.80"), order_row("261005-004000000387433", "20.00")]
)
CONSUMER_BILL = """支付宝（中国）网络技术有限公司  电子客户回单
交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,
2026-10-02 12:00:00,餐饮美食,某店,abc***@x.com,午饭,支出,12.00,余额宝,交易成功,2026100200001\t,T1\t,,
"""


def put(folder: Path, name: str, text: str | bytes, encoding: str = "gb18030") -> Path:
    """Write one file; text with CRLF as the platforms do, also at its end."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = text if isinstance(text, bytes) else f"{text.rstrip(chr(10))}\n" if text else ""
    path.write_bytes(whole if isinstance(whole, bytes) else whole.replace("\n", "\r\n").encode(encoding))
    return path


def good(folder: Path, bill: str = BILL) -> Path:
    """A folder with one bill and its orders: everything agrees."""
    put(folder, f"pdd/shop_a/{BILL_NAME}", bill)
    put(folder, f"pdd/shop_a/{ORDERS_NAME}", ORDERS, "utf-8-sig")
    return folder


def zipped(entries: dict[str, bytes]) -> bytes:
    """A zip archive of the given entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()
