"""Every way a folder of bills arrives damaged, by name: a function that writes the folder."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter
from tests.cli.samples import BILL, BILL_NAME, CONSUMER_BILL, ORDERS, ORDERS_NAME, good, order_row, put, zipped

SHOP = "pdd/shop_a/"


def renamed_column(folder: Path) -> None:
    good(folder, BILL.replace("业务描述", "说明列", 1))


def extra_column(folder: Path) -> None:
    lines = [
        f"{line},新增列" if line.startswith("商户") else f"{line},x" if line.startswith("26") else line
        for line in BILL.split("\n")
    ]
    good(folder, "\n".join(lines))


def truncated_zip(folder: Path) -> None:
    good(folder)
    (folder / SHOP / BILL_NAME).unlink()
    whole = zipped({BILL_NAME: BILL.encode("gb18030")})
    put(folder, f"{SHOP}pdd-mall-bill-detail_20261010.zip", whole[: len(whole) * 2 // 3])


def empty_file(folder: Path) -> None:
    good(folder)
    put(folder, f"{SHOP}pdd-mall-bill-detail_20261011.csv", b"")


def trailer_removed(folder: Path) -> None:
    good(folder, "\n".join(line for line in BILL.split("\n") if not line.startswith("#")))


def id_in_e_notation(folder: Path) -> None:
    good(folder)
    put(folder, SHOP + ORDERS_NAME, ORDERS.replace("261005-004000000387433\t", "2.61E+20"), "utf-8-sig")


def id_with_lost_digits(folder: Path) -> None:
    good(folder)
    book = xlsxwriter.Workbook(str(folder / SHOP / "ExportOrderList202610110900.xlsx"))
    sheet = book.add_worksheet()
    titles = [
        "订单编号",
        "支付单号",
        "买家应付货款",
        "总金额",
        "买家实付金额",
        "订单状态",
        "订单创建时间",
        "确认收货打款金额",
    ]
    sheet.write_row(0, 0, titles)
    sheet.write_row(1, 0, [5100100000001234567, "2026", 10, 10, 10, "交易成功", "2026-10-04 09:00:00", "10.00"])
    book.close()


def amount_with_three_decimals(folder: Path) -> None:
    good(folder, BILL.replace(",13.80,", ",12.345,"))


def amount_of_letters(folder: Path) -> None:
    good(folder, BILL.replace(",13.80,", ",abc,"))


def dashes_for_zero(folder: Path) -> None:
    good(folder, BILL.replace(",13.80,0,", ",13.80,--,").replace(",20.00,0,", ",20.00,-,"))


def amount_with_words(folder: Path) -> None:
    good(folder, BILL.replace("0,-0.09,技术服务费", "0,-0.09 技术服务费,技术服务费"))


def income_and_expense(folder: Path) -> None:
    good(folder, BILL.replace(",13.80,0,", ",13.80,-1.00,"))


def trailer_disagrees(folder: Path) -> None:
    good(folder, BILL.replace("#收入合计：2笔33.80元", "#收入合计：3笔43.80元"))


def file_twice(folder: Path) -> None:
    good(folder)
    put(folder, f"{SHOP}pdd-mall-bill-detail_20261010 (1).csv", BILL)


def month_over_day(folder: Path) -> None:
    good(folder)
    month = BILL.replace("终止时间：2026-10-10", "终止时间：2026-10-31").replace(
        "起始时间：2026-10-10", "起始时间：2026-10-01"
    )
    put(folder, f"{SHOP}pdd-mall-bill-detail_202610.csv", month.replace("2026-10-11 10:00:00", "2026-11-01 10:00:00"))


def consumer_bill(folder: Path) -> None:
    good(folder)
    put(folder, "alipay/alipay_record.csv", CONSUMER_BILL)


def lock_file(folder: Path) -> None:
    good(folder)
    put(folder, "~$账单.xlsx", b"\x05lock" + b"\x00" * 160)


def image(folder: Path) -> None:
    good(folder)
    put(folder, "截图.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 24)


def zip_bomb(folder: Path) -> None:
    good(folder)
    put(folder, f"{SHOP}bill.zip", zipped({"账单.csv": b"0" * (17 * 1024**2)}))


def zip_that_leaves(folder: Path) -> None:
    good(folder)
    put(folder, f"{SHOP}bill.zip", zipped({"../../evil.csv": BILL.encode("gb18030")}))


def entity_bomb(folder: Path) -> None:
    good(folder)
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    sheet = bomb + ']><worksheet><sheetData><row><c t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
    path = put(folder, f"{SHOP}bill.xlsx", b"")
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write_string(0, 0, "商户订单号")
    book.close()
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    path.write_bytes(zipped({**entries, "xl/worksheets/sheet1.xml": sheet.encode()}))


def other_shop(folder: Path) -> None:
    """Two named shops; the bill of shop_a lies in the folder of shop_b."""
    for shop, digit in (("shop_a", "387"), ("shop_b", "999")):
        rows = [order_row(f"26100{n}-004000000{digit}43{n}", "13.80") for n in range(1, 6)]
        put(folder, f"pdd/{shop}/{ORDERS_NAME}", "\n".join([ORDERS.split("\n")[0], *rows]), "utf-8-sig")
    lines = [
        f"26100{n}-00400000038743{n},2026-10-10 17:40:3{n},13.80,0,交易收入,-,0010002|交易收入-订单收入"
        for n in range(1, 6)
    ]
    trailer = ["#支出合计：0笔0.00元", "#收入合计：5笔69.00元", "#总计：5笔69.00元", "#导出时间：2026-10-11 10:00:00"]
    head = BILL.split("\n")[:5]
    put(folder, f"pdd/shop_b/{BILL_NAME}", "\n".join([*head, *lines, *trailer, ""]))
    config = "".join(
        f'[[shops]]\nname = "{s}"\nplatform = "pdd"\npaths = ["pdd/{s}/**"]\n' for s in ("shop_a", "shop_b")
    )
    put(folder, "ecrecon.toml", config.encode())


def no_permission(folder: Path) -> None:
    good(folder)
    put(folder, f"{SHOP}pdd-mall-bill-detail_20261011.csv", BILL).chmod(0)


def no_bill_at_all(folder: Path) -> None:
    put(folder, "说明.txt", "这里没有账单")


DAMAGE: dict[str, Callable[[Path], None]] = {
    f.__name__: f
    for f in (
        renamed_column, extra_column, truncated_zip, empty_file, trailer_removed, id_in_e_notation, id_with_lost_digits,
        amount_with_three_decimals, amount_of_letters, dashes_for_zero, amount_with_words, income_and_expense,
        trailer_disagrees, file_twice, month_over_day, consumer_bill, lock_file, image, zip_bomb, zip_that_leaves,
        entity_bomb, other_shop, no_permission, no_bill_at_all,
    )
}  # fmt: skip
