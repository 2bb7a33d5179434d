"""Facts of platforms are data: names, grammar of numbers, codes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from ecrecon.base.platforms import account_number, copies_deposit, order_day, platform_name, registry
from ecrecon.settings.profiles import load_profiles

SOURCE = Path(__file__).resolve().parents[2] / "src" / "ecrecon"
KINDS = {"bank", "erp"}
"""Words of the registry that name a kind of file as well."""
EXAMPLES = {"cli/formats.py", "cli/init.py", "settings/value_kinds.py"}
"""Modules whose texts show a reader how to write a setting, with a platform in the example."""


def words() -> re.Pattern[str]:
    names = [*registry(), *(known.zh for known in registry().values())]
    parts = {part for name in names if name not in KINDS for part in name.split("/")} - {"银行", "ERP"}
    codes = {known.deposit_copy for known in registry().values() if known.deposit_copy}
    return re.compile("|".join(rf"(?<![a-zA-Z]){re.escape(word)}(?![a-zA-Z])" for word in sorted(parts | codes)), re.I)


def said(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts and names of a module, what describes it left out."""
    described = {
        id(node.body[k].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for k in range(len(node.body))
        if isinstance(node.body[k], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id.replace("_", " ")
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name.replace("_", " ")


def test_no_code_knows_a_platform() -> None:
    found = [
        f"{path.relative_to(SOURCE).as_posix()}:{line} {text}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).as_posix() not in EXAMPLES
        for line, text in said(ast.parse(path.read_text("utf-8")))
        if words().search(text)
    ]
    assert found == []


def test_platforms_of_shipped_layouts_have_a_name() -> None:
    """An unnamed platform is shown under its own word: legal, but of the great ones each has its name."""
    assert {"taobao", "jd", "pdd", "douyin"} <= {p.profile.platform for p in load_profiles()} & set(registry())
    assert platform_name("jd") == "京东"
    assert platform_name("somewhere") == "somewhere"
    assert platform_name(None) == ""


@pytest.mark.parametrize(
    ("platform", "number", "day"),
    [("pdd", "260505-100000000000001", date(2026, 5, 5)), ("jd", "260505-100000000000001", None),
     ("own", "260505-100000000000001", None), ("pdd", "2605051000000001", None), ("pdd", "269905-100000000000001", None)],
)  # fmt: skip
def test_day_of_an_order_number_is_read_on_its_platform_alone(platform: str, number: str, day: date | None) -> None:
    frame = pl.DataFrame({"p": [platform], "o": [number]})
    assert frame.select(order_day(pl.col("p"), pl.col("o"))).item() == day


@pytest.mark.parametrize(("platform", "copy"), [("taobao", True), ("alipay", True), ("pdd", False), (None, False)])
def test_code_of_a_deposit_copy_means_that_on_its_platforms_alone(platform: str | None, copy: bool) -> None:
    """Pinduoduo prints the same number for every refund of an order."""
    frame = pl.DataFrame({"p": [platform], "d": ["0020002|交易退款"]}, schema={"p": pl.String, "d": pl.String})
    assert frame.filter(copies_deposit(pl.col("p"), pl.col("d"))).height == copy


@pytest.mark.parametrize(
    ("printed", "number"),
    [("20880001234500010156", "2088000123450001"), (" 2088000123450001 ", "2088000123450001"), ("1900000109", "1900000109"),
     ("2088-1", "2088-1")],
)  # fmt: skip
def test_longer_account_numbers_are_cut_to_what_counts(printed: str, number: str) -> None:
    assert account_number(printed) == number
