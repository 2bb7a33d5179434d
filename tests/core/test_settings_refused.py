"""Every value of an ecrecon.toml that cannot be meant is refused with its key and the right form, before anything is read."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import set_language
from ecrecon.ledger.shops import glob_matches
from ecrecon.pipeline import find_config, read_workspace

SHOP = '[[shops]]\nname = "a"\nplatform = "pdd"\n'
RATE = SHOP + '[[shops.rates]]\ncategory = "commission"\n'
FX = '[[posting.fx]]\ncurrency = "USD"\nfrom = 2026-01-01\n'

REFUSED: list[tuple[str, str, str]] = [
    *((RATE + f"rate = {value}", "rates.0.rate", "0.0") for value in (
        '"1e10000"', "1e10000", '"-0.05"', "-0.05", "nan", '"inf"', '"5"', '"0.' + "1" * 5000 + '"', '"０.０５"', "true", '""',
    )),
    (RATE + 'rate = "0.05"\nfrom = 2026-02-01\nto = 2026-01-01', "rates.0", "2026-02-01"),
    (RATE + 'rate = "0.05"\nfrom = 9999-01-01', "rates.0.from", "2100"),
    (RATE + 'rate = "0.05"\nbase = ["nonsense"]', "rates.0.base", "nonsense"),
    *((SHOP + f"settlement_days = {value}", "settlement_days", "3660") for value in (
        "10000000", "-1", '"8"', "true", "8.5", "{ alipay = 10000000 }", "99999999999999999999", "[]",
    )),
    (SHOP + "settlement_days = { nonsense = 7 }", "settlement_days", "wechat"),
    *((SHOP + f'paths = ["{value}"]', "shops.0.paths.0", "") for value in (
        "*" * 60 + "x", "*a" * 40, "**/" * 40 + "x", "", " ", "/etc/**", "../**", "a/../../b", "C:/x/**", "~/x", "a\\u0000",
    )),
    *((SHOP.replace('"a"', value), "shops.0.name", "") for value in (
        '""', '"  "', '"a\\nb"', '"\\u001b[31m"', '"\\u202e"', '"' + "a" * 1000 + '"', "1", "[]",
    )),
    (SHOP.replace('"pdd"', '""'), "shops.0.platform", ""),
    *((SHOP + f"{key} = [{value}]", f"shops.0.{key}.0", "") for key in ("accounts", "payers", "erp_names") for value in ('""', "1")),
    *((SHOP + f"vat_rate = {value}", "vat_rate", "0.0") for value in ('"abc"', '"-0.13"', '"13"', '"1e10000"')),
    (SHOP + 'gross = "yes"', "gross", ""),
    *((f"[opening]\ndate = {value}", "opening.date", "2026-10-01") for value in (
        "9999-12-31", "0001-01-01", '"2026-10"', "2026-10-01T00:00:00", "20261001",
    )),
    *((f"[opening]\n{key} = {value}", f"opening.{key}", "3660") for key in ("grace_days", "horizon_days") for value in (
        "10000000", "-5", "999999999999999999999999", '"30"', "1.5",
    )),
    *((f"[tolerances]\ngroup = {value}", "tolerances.group", "0.01") for value in (
        '"-1"', '"1e400"', '"' + "9" * 40 + '"', "nan", '""', '" "', '"0.001"', "true", '"１"', "[]",
    )),
    *((f"[posting.accounts]\n{key} = {value}", "posting.accounts", "") for key, value in (
        ("nonsense", '"1001"'), ("wallet", '""'), ("wallet", "1012"), ('"wallet@"', '"1"'), ('""', '"1"'),
    )),
    ("[posting.names]\nwalet = '支付宝'", "posting.names", "wallet"),
    *((f"[posting]\nword = {value}", "posting.word", "记") for value in ('""', '"a-1"', '"记\\n"', '"' + "记" * 9 + '"')),
    ("[posting]\npreparer = '" + "张" * 1000 + "'", "posting.preparer", "100"),
    *((FX + f"rate = {value}", "posting.fx.0.rate", "7.10") for value in ('"1e400"', '"-7"', '"７"', '"0"', "nan")),
    (FX.replace("2026-01-01", "9999-01-01") + 'rate = "7"', "posting.fx.0.from", "2100"),
    *((f"[posting]\nageing_edges = {value}", "posting.ageing_edges", "") for value in (
        "[]", "[10000000]", "[30, 10]", "[-1, 2]", "[9223372036854775807]", str(list(range(5000))),
    )),
    *((f"[posting]\naccrue_fees_from = '{value}'", "accrue_fees_from", "2026-10") for value in ("0000-01", "9999-12", "2026-13", "")),
    ('[posting.dimensions]\n"1122" = [""]', "posting.dimensions", ""),
    ("[alerts]\nvariance = '-1'", "alerts.variance", "0.01"),
    ("[alerts]\noverdue_days = 99999999999999999999", "alerts.overdue_days", "3660"),
    ("[alerts]\nmissing_days = 0", "alerts.missing_days", "1"),
    *((f"[alerts]\nrefund_rate = '{value}'", "alerts.refund_rate", "0.0") for value in ("1e10000", "-1", "30")),
    ("[goods]\nexempt = ['']", "goods.exempt.0", ""),
    ("fake_orders = ['']", "fake_orders.0", ""),
    ("company = '" + "x" * 100_000 + "'", "company", "100"),
    ('company = "\\u001b[31m"', "company", ""),
    ('out = ""', "out", ""),
    ('out = "a\\u0000b"', "out", ""),
    ("[[banks]]\nname = ''", "banks.0.name", ""),
    ("[[banks]]\nname = 'a'\n[[banks]]\nname = 'a'", "'a'", ""),
    ("shops = 'x'", "shops", ""),
    ("a = " + "[" * 3000 + "]" * 3000, "ecrecon.toml", ""),
    ("company = " + "9" * 5000, "ecrecon.toml", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "form"), REFUSED, ids=[f"{n}-{key}" for n, (_, key, _) in enumerate(REFUSED)])
def test_a_value_that_cannot_be_meant_is_refused_by_its_key(tmp_path: Path, text: str, key: str, form: str) -> None:
    path = tmp_path / "ecrecon.toml"
    path.write_text(text, "utf-8")
    for lang in ("zh", "en"):
        set_language(lang)  # type: ignore[arg-type]
        try:
            with pytest.raises(ConfigError) as told:
                read_workspace(path)
        finally:
            set_language("zh")
        said = told.value.message + told.value.hint
        assert key in said and form in said and len(told.value.message) < 400, said
        assert told.value.hint
        if lang == "en":
            assert not re.search("[一-鿿]", re.sub("'.*'|'.* …|记", "", told.value.message)), told.value.message


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-16-le", "utf-32"])
def test_a_file_in_another_encoding_is_called_that(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "ecrecon.toml"
    path.write_bytes('company = "示例商贸"'.encode(encoding))
    with pytest.raises(ConfigError) as told:
        read_workspace(path)
    assert "ecrecon.toml" in told.value.message and ("UTF-8" in told.value.message + told.value.hint)


def test_a_file_with_a_mark_of_order_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ecrecon.toml"
    path.write_bytes('\ufeffcompany = "示例"\r\n'.encode())
    assert read_workspace(path).company == "示例"


def test_a_folder_of_the_files_name_is_no_missing_file(tmp_path: Path) -> None:
    (tmp_path / "ecrecon.toml").mkdir()
    with pytest.raises(ConfigError, match="是文件夹"):
        find_config([tmp_path], None)
    with pytest.raises(ConfigError, match="找不到"):
        find_config([tmp_path], tmp_path)
    with pytest.raises(ConfigError, match="找不到"):
        find_config([], Path("x" * 300))


def by_regex(pattern: str, path: str) -> bool:
    regex = re.escape(pattern.strip("/")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
    regex = regex.replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.fullmatch(regex, path) is not None


@given(st.text("ab*?/", max_size=9), st.text("ab/", max_size=9))
def test_patterns_mean_what_their_regular_expression_means(pattern: str, path: str) -> None:
    if "***" not in pattern:  # three stars in a row are two
        assert glob_matches(pattern, path) == by_regex(pattern, path)


def test_a_pattern_of_many_stars_costs_little() -> None:
    assert not glob_matches("*" * 60 + "x", "a" * 200)
    assert not glob_matches("*a" * 60 + "x", "a" * 200)
    assert glob_matches("**/" * 60 + "*.csv", "/".join(string.ascii_lowercase) + ".csv")
