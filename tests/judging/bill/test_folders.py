"""The folder that names a shop: folders of kinds of files, months and dates are passed over."""

from __future__ import annotations

import pytest

from ecrecon.base.sources import Source
from ecrecon.ledger.folder_shops import folder_of, shop_folder_of, shop_of_folder


def source(path: str) -> Source:
    return Source(path=path, sha256=path, size=1, container="csv", kind="bill", profile="jd.j2", platform="jd")


@pytest.mark.parametrize(
    ("path", "shop"),
    [
        ("京东A店/订单/a.csv", "京东A店"),
        ("京东A店/2026-10/账单/日账单/a.csv", "京东A店"),
        ("jd/京东A店/10月/a.csv", "京东A店"),
        ("京东A店/10月订单导出/a.zip!/b.csv", "京东A店"),
        ("shop_a/orders_2026/a.csv", "shop_a"),
        ("jd/a.csv", "jd"),
        ("月饼旗舰店/订单/a.csv", "月饼旗舰店"),
        ("订单/a.csv", "jd"),
        ("2026-10/订单/a.csv", "jd"),
        ("a.csv", "jd"),
    ],
)
def test_the_nearest_folder_that_is_no_kind_of_file_names_the_shop(path: str, shop: str) -> None:
    assert shop_of_folder(source(path)) == shop


def test_folders_of_two_shops_with_the_same_rooms_stay_apart() -> None:
    a, b = source("A店/账单/x.csv"), source("B店/账单/x.csv")
    assert (shop_folder_of(a), shop_folder_of(b)) == ("A店", "B店")
    assert folder_of(a) == "A店/账单"
