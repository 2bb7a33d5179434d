"""Each bad input is told in words that an accountant can act on, in both languages, and is counted in every output."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest import mock

import pytest
from python_calamine import CalamineWorkbook
from tests.cli.call import Answer, call
from tests.cli.damage import DAMAGE

pytestmark = pytest.mark.slow

LINE6 = ("第 6 行", "line 6")
AGAIN = ("重新下载", "download it again")

TOLD: dict[str, tuple[tuple[str, str] | str, ...]] = {
    "renamed_column": (
        "20261010.csv", ("第 5 行", "line 5"), "说明列", "业务描述", ("缺少列", "missing columns"),
        ("formats learn", "formats learn"),
    ),
    "extra_column": ("新增列", ("新的列", "new columns"), ("确认", "check whether")),
    "truncated_zip": ("20261010.zip", ("不完整或已损坏", "cut off or damaged"), AGAIN),
    "empty_file": ("20261011.csv", ("文件是空的", "file is empty"), AGAIN),
    "trailer_removed": (("没有合计行", "no printed totals"), ("末尾的合计行", "totals at the end"), AGAIN),
    "id_in_e_notation": ("orders_export", ("第 3 行", "line 3"), "订单号", "2.61E+20", AGAIN, ("Excel", "Excel")),
    "id_with_lost_digits": ("ExportOrderList", ("第 2 行", "line 2"), "订单编号", "5100100000001235000", AGAIN),
    "amount_with_three_decimals": (LINE6, "收入金额", "12.345", "1,234.56", ("重新下载", "download")),
    "amount_of_letters": (LINE6, "收入金额", "abc", "1,234.56", ("重新下载", "download")),
    "dashes_for_zero": (("合计相符", "totals agree"),),
    "amount_with_words": ("技术服务费", ("行 7", "line 7"), ("合计相符", "totals agree"), "-0.09"),
    "income_and_expense": (LINE6, "13.80 | -1.00", ("只填一个", "either income or expense"), ("对照平台", "platform")),
    "trailer_disagrees": (("文件打印", "the file prints"), "43.80", "33.80", ("重新下载", "download the file again")),
    "file_twice": ("(1).csv", ("只计一次", "counted once")),
    "month_over_day": (("未重复计入", "counted once"),),
    "consumer_bill": ("alipay_record.csv", ("个人账单", "personal Alipay bill"), ("下载", "Download")),
    "lock_file": ("~$账单.xlsx", ("锁定文件", "lock file")),
    "image": ("截图.png", ("png 文件", "png file")),
    "zip_bomb": ("账单.csv", ("压缩炸弹", "zip bomb"), ("确认来源", "where it comes from")),
    "zip_that_leaves": ("../../evil.csv", ("越界", "leaves the archive"), ("确认来源", "where it comes from")),
    "entity_bomb": ("bill.xlsx", ("实体炸弹", "entity bomb"), ("确认来源", "where it comes from")),
    "other_shop": ("shop_a", "shop_b", ("放错文件夹", "wrong folder")),
    "no_permission": ("20261011.csv", ("没有权限", "not permitted"), ("权限", "permission")),
}  # fmt: skip
"""Name -> what the audit says: a text, or (Chinese, English)."""

COUNTED = {
    "renamed_column": ("layout_unknown", 1), "extra_column": ("layout_drift", 0), "truncated_zip": ("layout_unknown", 1),
    "empty_file": ("layout_unknown", 1), "id_in_e_notation": ("id_damaged", 1), "id_with_lost_digits": ("id_damaged", 1),
    "amount_with_three_decimals": ("bad_value", 1), "amount_of_letters": ("bad_value", 1),
    "income_and_expense": ("bad_value", 1), "trailer_disagrees": ("control_total", 1), "file_twice": ("file_duplicate", 0),
    "month_over_day": ("file_duplicate", 0), "consumer_bill": ("not_merchant_bill", 0),
    "zip_bomb": ("layout_unknown", 1), "zip_that_leaves": ("layout_unknown", 1), "entity_bomb": ("layout_unknown", 1),
    "trailer_removed": ("file_incomplete", 0), "other_shop": ("file_of_other_shop", 1), "no_permission": ("layout_unknown", 1),
}  # fmt: skip
"""Name -> type in summary.json and exit code of `match`; the others are notes, or files that are listed as ignored."""


def ask(name: str, *arguments: str | Path) -> Answer:
    """Permissions do not hold for the administrator, so the refusal of the operating system is played."""
    if name != "no_permission":
        return call(*arguments)
    opened = os.open

    def refusing(path: str | bytes | Path, *rest: object, **more: object) -> int:
        if os.fsdecode(path).endswith("pdd-mall-bill-detail_20261011.csv"):
            raise PermissionError(13, "Permission denied", os.fsdecode(path))
        return opened(path, *rest, **more)  # type: ignore[arg-type]

    with mock.patch.object(os, "open", refusing):
        return call(*arguments)


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_audit_says_where_what_and_what_to_do(tmp_path: Path, name: str, lang: str) -> None:
    DAMAGE[name](tmp_path / "in")
    answer = ask(name, "audit", tmp_path / "in", "--lang", lang)
    assert answer.err == ""
    for words in TOLD[name]:
        wanted = words if isinstance(words, str) else words[lang == "en"]
        assert wanted in answer.out
    assert "Traceback" not in answer.out
    if lang == "en":  # the names of columns, files and quoted cells stay what they are
        assert "应为" not in answer.out
        assert "请" not in answer.out


@pytest.mark.parametrize("name", TOLD)
def test_match_counts_it_and_everything_else_is_still_written(tmp_path: Path, name: str) -> None:
    DAMAGE[name](tmp_path / "in")
    answer = ask(name, "match", tmp_path / "in", "--out", tmp_path / "out", "--quiet")
    code, exit_code = COUNTED.get(name, ("", 0))
    assert (answer.code, answer.out, answer.err) == (exit_code, "", "")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    found = {name for name, facts in summary["variances"].items() if facts["kind"] != "timing"}
    assert found - {"bill_missing", "receipt_without_order"} == ({code} if code else set())
    assert len(summary["sources"]) >= 2
    book = CalamineWorkbook.from_path(str(tmp_path / "out" / "report.xlsx"))
    text = "\n".join(
        str(cell) for sheet in book.sheet_names for row in book.get_sheet_by_name(sheet).to_python() for cell in row
    )
    for words in TOLD[name]:
        if isinstance(words, str) and code and summary["variances"][code]["kind"] in ("stop", "break", "review"):
            assert words in text, words


def test_the_amount_before_words_is_read(tmp_path: Path) -> None:
    DAMAGE["amount_with_words"](tmp_path / "in")
    answer = call("audit", tmp_path / "in", "--json")
    bill = next(s for s in json.loads(answer.out)["sources"] if s["kind"] == "bill")
    assert (bill["income"], bill["expense"]) == ("33.80", "-0.09")


def test_a_refused_amount_is_not_rounded_and_its_order_is_not_called_wrong(tmp_path: Path) -> None:
    DAMAGE["amount_with_three_decimals"](tmp_path / "in")
    call("match", tmp_path / "in", "--out", tmp_path / "out", "--quiet")
    items = (tmp_path / "out" / "variances.csv").read_text("utf-8-sig")
    assert "12.345" in items
    assert "overdue_receipt" not in items and "short_receipt" not in items


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("没有可读", "formats list")), ("en", ("no readable", "formats list"))]
)
def test_a_folder_without_any_bill_is_exit_2_and_nothing_is_written(
    tmp_path: Path, lang: str, words: tuple[str, str]
) -> None:
    for make in (DAMAGE["no_bill_at_all"], lambda folder: folder.mkdir()):
        folder = tmp_path / f"in{len(list(tmp_path.iterdir()))}"
        make(folder)
        answer = call("match", folder, "--out", tmp_path / "out", "--lang", lang)
        assert (answer.code, answer.out) == (2, "")
        assert all(word in answer.err for word in words)
        assert not (tmp_path / "out").exists()


def test_every_damage_is_tested() -> None:
    assert set(DAMAGE) == {*TOLD, "no_bill_at_all"}


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("companyy = 'x'", ("companyy", "最接近的是 'company'"), ("companyy", "did you mean 'company'")),
        ("[tolerances]\ngroup = 'abc'", ("tolerances.group", "'abc' 不是金额"), ("tolerances.group", "is not an amount")),
        ("language = 'fr'", ("language", "'fr'", "应为"), ("language", "should be 'zh' or 'en'")),
        ("fake_orders = 'x'", ("fake_orders", "列表"), ("fake_orders", "list")),
        ("[[shops]]\nname = 'a'", ("shops.0.platform", "缺少"), ("shops.0.platform", "Field required")),
        ("x = = 1", ("line 1", "引号和括号"), ("line 1", "quotes and brackets")),
        ("[[shops]]\nname='a'\nplatform='pdd'\n[[shops]]\nname='a'\nplatform='pdd'", ("都叫 'a'",), ("two shops",)),
    ],
)  # fmt: skip
def test_a_bad_workspace_names_key_value_and_what_fits(
    tmp_path: Path, text: str, zh: tuple[str, ...], en: tuple[str, ...]
) -> None:
    DAMAGE["lock_file"](tmp_path / "in")
    (tmp_path / "in" / "ecrecon.toml").write_text(text, "utf-8")
    for lang, words in (("zh", zh), ("en", en)):
        answer = call("match", tmp_path / "in", "--out", tmp_path / "out", "--lang", lang)
        assert (answer.code, answer.out) == (2, "")
        assert all(word in answer.err for word in ("ecrecon.toml", *words)), answer.err
        assert ("建议" if lang == "zh" else "hint") in answer.err
        assert not (tmp_path / "out").exists()


def test_a_bad_profile_names_file_key_and_nearest_key(tmp_path: Path) -> None:
    DAMAGE["lock_file"](tmp_path / "in")
    (tmp_path / "in" / "ecrecon.toml").write_text('profiles = ["own"]', "utf-8")
    (tmp_path / "in" / "own").mkdir()
    (tmp_path / "in" / "own" / "x.toml").write_text(
        '[profile]\nid = "x.y"\ntitle = "x"\nplatform = "x"\nkind = "ignore"\nreason = "x"\n[header]\nrequires = ["a"]',
        "utf-8",
    )
    answer = call("match", tmp_path / "in", "--out", tmp_path / "out")
    assert answer.code == 2
    assert "x.toml" in answer.err and "'header.requires'" in answer.err and "'require'" in answer.err
    assert call("formats", "show", "pdd.p11").err.startswith("错误: 没有格式 'pdd.p11'，最接近的是 'pdd.p1'")
