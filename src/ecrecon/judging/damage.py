"""One damaged file is one row, and findings as sentences: what the file shows, where, and what it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from ecrecon.base.money import decimal_expr
from ecrecon.base.schema import FINDINGS, conform
from ecrecon.base.sources import Source
from ecrecon.base.texts import tr
from ecrecon.base.variances import BY_CODE, KINDS

# Findings as sentences: what the file shows, where, and what it should be. Reports and `audit` say the same.

_WORDS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "F05": (("文件打印 {}，各行为 {}", "the file prints {}, the rows give {}"), ("文件打印 {}", "the file prints {}")),
    "F06": (("余额打印 {}，按上一行应为 {}", "the balance printed is {}, the row before gives {}"), ("{}", "{}")),
    "F07": (("缺 {} 的账单", "no bill for {}"), ("缺 {} 的账单", "no bill for {}")),
    "F08": (("与 {} 内容相同", "the same rows as {}"), ("与 {} 内容相同", "the same rows as {}")),
    "F10": (("{}；较新的文件：{}", "{}; the newer file: {}"), ("{}", "{}")),
    "F13": (("订单 {}，此前为“{}”", "order {}, before it was “{}”"), ("订单 {}", "order {}")),
    "F14": (("多数订单号属于 {}，配置为 {}", "most order numbers belong to {}, configured is {}"), ("{}", "{}")),
}  # fmt: skip
"""Code -> sentence of text and what was expected, sentence where nothing is said to be expected; Chinese, English."""
_DEFAULT = (("“{}”，应为 {}", "“{}”, expected {}"), ("{}", "{}"))
_ACCOUNT, _NO_COLUMN = "F07", "F13"
"""The code whose column is an account, and the one whose column is said by the sentence."""


def sentence() -> pl.Expr:
    """Expression on FINDINGS: column, text found and what was expected, as far as they are known; never `x ≠ x`."""
    code = pl.col("code").cast(pl.String)
    said = _said(_DEFAULT)
    for name, words in _WORDS.items():
        said = pl.when(code == name).then(_said(words)).otherwise(said)
    account = pl.format(tr("账户 {} ", "account {} "), pl.col("column"))
    column = pl.format(tr("{}：", "{}: "), pl.col("column"))
    unnamed = pl.col("column").is_null() | (code == _NO_COLUMN)
    where = pl.when(unnamed).then(pl.lit("")).when(code == _ACCOUNT).then(account)
    return pl.concat_str(where.otherwise(column), said, _apart(code))


def _said(words: tuple[tuple[str, str], tuple[str, str]]) -> pl.Expr:
    both, alone = tr(*words[0]), tr(*words[1])
    text, expected = pl.col("text"), pl.col("expected")
    places = [text, expected][: both.count("{}")]
    return (
        pl.when(text.is_null())
        .then(pl.when(expected.is_null()).then(pl.lit("")).otherwise(pl.format(tr("应为 {}", "expected {}"), expected)))
        .when(expected.is_null() | (text == expected))
        .then(pl.format(alone, text))
        .otherwise(pl.format(both, *places))
    )


def moved_expr() -> pl.Expr:
    """Expression on FINDINGS: what two amounts that disagree differ by (found - expected), null where none do."""
    return pl.col("actual_minor") - pl.col("expected_minor")


def _apart(code: pl.Expr) -> pl.Expr:
    """The difference of two printed amounts, of totals and balances that are told by both."""
    differs = code.is_in(["F05", "F06"]) & pl.col("expected").is_not_null() & (moved_expr() != 0)
    places = pl.col("expected").str.extract(r"\.(\d+)$", 1).str.len_chars().fill_null(0)  # those of the currency
    moved = (
        pl.when(places == 0)
        .then(decimal_expr(moved_expr(), 0))
        .when(places == 3)
        .then(decimal_expr(moved_expr(), 3))
        .otherwise(decimal_expr(moved_expr(), 2))
    )
    return pl.when(differs).then(pl.format(tr("，相差 {}", ", {} apart"), moved)).otherwise(pl.lit(""))


# One damaged file is one row, and what two copies of a file show is told once.

SYMPTOMS = ("F17", "F05", "F06", "F07")
"""What lost or changed rows show in a file; of equal severity the first one leads."""
_NAMED = 6
"""Symptoms that the sentence names; the others are counted."""


def faults(findings: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """FINDINGS with one row per damaged file, and without what a copy of a file repeats."""
    return one_per_file(_once_for_copies(findings, sources), sources)


def one_per_file(findings: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """Symptoms of one file in one row; a missing day beside the days of a damaged file is one of its symptoms.

    A loop over damaged files, which are few.
    """
    ill = findings.filter(pl.col("code").is_in(["F17", "F05", "F06"]))
    if ill.is_empty():
        return findings
    owners = _gaps_of(findings, sources, set(ill["source_path"]))
    code = pl.col("code").cast(pl.String)
    rows = findings.with_row_index("place").with_columns(
        owner=pl.when(code == "F07").then(pl.col("place").replace_strict(owners, default=None, return_dtype=pl.String))
        .when(code.is_in(SYMPTOMS)).then("source_path")
    )  # fmt: skip
    several = pl.col("owner").is_not_null() & (pl.len().over("owner") > 1)
    groups = rows.filter(several).partition_by("owner", maintain_order=True)
    leads = [_lead(group.drop("place"), str(group["owner"][0])) for group in groups]
    return pl.concat([rows.filter(~several).select(FINDINGS.keys()), *leads])


def _lead(symptoms: pl.DataFrame, path: str) -> pl.DataFrame:
    """One finding for all symptoms of a file."""
    usual = {code: variance.kind for code, variance in BY_CODE.items()}
    code = pl.col("code").cast(pl.String)
    told = symptoms.with_columns(
        severity=pl.coalesce(pl.col("kind").cast(pl.String), code.replace_strict(usual)).replace_strict(
            {kind: n for n, kind in enumerate(KINDS)}, return_dtype=pl.Int8
        ),
        first=code.replace_strict({name: n for n, name in enumerate(SYMPTOMS)}, return_dtype=pl.Int8),
        said=_in_place(sentence()),
        size=moved_expr().abs(),
    ).sort("severity", "first", "source_line", nulls_last=True, maintain_order=True)
    lead = told.head(1)
    largest = told.sort("size", descending=True, nulls_last=True, maintain_order=True).head(1)
    named = told["said"].unique(maintain_order=True).to_list()
    rest = len(named) - _NAMED
    more = [tr(f"另有 {rest} 处", f"{rest} more")] if rest > 0 else []
    row = lead.with_columns(
        source_path=pl.lit(path), source_line=pl.lit(None, dtype=pl.Int32), column=pl.lit(None, dtype=pl.String),
        text=pl.lit(tr("；", "; ").join([*named[:_NAMED], *more])), expected=pl.lit(None, dtype=pl.String),
        expected_minor=pl.lit(largest["expected_minor"][0], dtype=pl.Int64),
        actual_minor=pl.lit(largest["actual_minor"][0], dtype=pl.Int64),
        kind=pl.lit(KINDS[lead["severity"][0]]),
        hint=pl.lit(tr(
            "这些是同一份文件的同一问题：可能删改过行或下载不完整，请重新下载该文件",
            "one fault of one file: rows deleted or changed, or an incomplete download; download the file again",
        )),
    )  # fmt: skip
    return conform(row, FINDINGS)


def _in_place(said: pl.Expr) -> pl.Expr:
    line = pl.format(tr("第 {} 行 ", "line {} "), pl.col("source_line"))
    return pl.concat_str(pl.when(pl.col("source_line").is_null()).then(pl.lit("")).otherwise(line), said)


def _gaps_of(findings: pl.DataFrame, sources: Sequence[Source], ill: set[str]) -> dict[int, str]:
    """Row of an F07 -> the damaged file of its account whose days end before the gap, or begin behind it."""
    gaps = findings.with_row_index("place").filter(pl.col("code") == "F07").select("place", "column", "text")
    found: dict[int, str] = {}
    for place, account, missing in gaps.iter_rows():  # few: gaps of a month
        first, last = (date.fromisoformat(day) for day in (missing.split("..")[0], missing.split("..")[-1]))
        for source in sources:
            if source.path in ill and source.account == account and source.coverage:
                before, behind = source.coverage[-1][1] + timedelta(days=1), source.coverage[0][0] - timedelta(days=1)
                if before == first or behind == last:
                    found.setdefault(place, source.path)
    return found


def _once_for_copies(findings: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """FINDINGS without those of a copy that the other copy shows as well; that one names the copy."""
    copies = _copies(findings, sources)
    if not copies:
        return findings
    of = pl.col("source_path").replace_strict(copies, default=None, return_dtype=pl.String)
    rows = findings.with_columns(original=of)
    content = ["code", "column", "text", "expected", "expected_minor", "actual_minor"]
    copied = rows.filter(pl.col("original").is_not_null(), pl.col("code") != "F08").select(
        *content, copy="source_path", source_path="original"
    )
    keys = [*content, "source_path"]
    twice = copied.join(rows.select(keys), on=keys, how="semi", nulls_equal=True)
    if twice.is_empty():
        return findings
    names = twice.group_by(keys, maintain_order=True).agg(
        copies=pl.col("copy").unique().sort().str.join(tr("、", ", "))
    )
    mine = [*content, "copy"]
    left = rows.join(
        twice.select(mine).unique(), left_on=[*content, "source_path"], right_on=mine, how="anti", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    named = left.join(names, on=keys, how="left", nulls_equal=True, maintain_order="left")
    also = pl.format(
        tr("{}（副本 {} 同样）", "{} (so does its copy {})"), pl.col("hint").fill_null(""), pl.col("copies")
    )
    return named.with_columns(
        hint=pl.when(pl.col("copies").is_null()).then("hint").otherwise(also)
    ).select(FINDINGS.keys())  # fmt: skip


def _copies(findings: pl.DataFrame, sources: Sequence[Source]) -> Mapping[str, str]:
    """Path of a copy -> path of the one that counts: equal bytes, or the same rows (F08)."""
    by_digest: dict[str, str] = {}
    for source in sorted(sources, key=lambda one: one.sort_key):
        if source.sha256:
            by_digest[source.sha256] = source.path  # the newest name
    copies = {s.path: by_digest[s.sha256] for s in sources if s.sha256 and by_digest[s.sha256] != s.path}
    known = {source.path for source in sources}
    for path, twin in findings.filter(pl.col("code") == "F08").select("source_path", "text").iter_rows():
        if twin in known and twin != path:
            copies.setdefault(path, twin)
    return copies
