"""The old trade bill of WeChat Pay: REFUND rows that print the total of their order once more are no second receipt."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, profiles

from ecrecon.reading.load import load

SAMPLE = FOLDER / "wechatpay.w0" / "order_total_on_refunds.csv"


@pytest.mark.parametrize(("total", "codes"), [("42.34", []), ("54.68", []), ("50.00", ["F05"])])
def test_the_printed_total_may_count_them_or_not(tmp_path: Path, total: str, codes: list[str]) -> None:
    text = SAMPLE.read_text(encoding="utf-8-sig")
    assert "`3,`42.34," in text
    path = tmp_path / "1900000109All.csv"
    path.write_text(text.replace("`3,`42.34,", f"`3,`{total},"), encoding="utf-8-sig")
    (parsed,) = load([path], profiles(), workers=1)
    assert parsed.frame is not None
    assert parsed.frame.filter(category="goods_receipt")["amount_minor"].to_list() == [1234, 3000]
    assert parsed.findings["code"].cast(str).to_list() == codes
