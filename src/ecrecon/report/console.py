"""The run on a terminal of 80 columns: verdict first, then shops, causes, what is missing, where the report is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from ecrecon.base.texts import file_name, tr
from ecrecon.report import labels
from ecrecon.report.labels import DEFAULT_CURRENCY, shown
from ecrecon.report.model import Report
from ecrecon.report.outstanding import waiting_line
from ecrecon.report.todo import at_risk_by_shop, causes
from ecrecon.report.verdict import amount, amounts, headline, next_steps, sentences, shop_name, shop_word

WIDTH = 80
_SHOPS_SHOWN = 20
_CAUSES_SHOWN = 8
_MISSING_SHOWN = 8
_NOTES_SHOWN = 3
_NOTE_LINES = 2
_INDENT = "  "
_TOKENS = re.compile(r"[!-~]+|\s+|.")
_CLOSING = "，。；：、）”》！？"


def render(report: Report, out: Path | None = None) -> str:
    """Plain text, no line wider than 80 half-width columns. `out`: the folder to name as the place of the report."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, highlight=False, markup=False, emoji=False)
    company = f"{report.company}  " if report.company else ""
    as_of = report.as_of.strftime("%Y-%m-%d %H:%M")
    console.print(f"{company}{report.period}  {tr('截止', 'as of')} {as_of}", soft_wrap=False)
    console.print(headline(report))
    console.print()
    if report.shops.height:
        console.print(_shops(report))
        rest = report.shops.height - _SHOPS_SHOWN
        if rest > 0:
            console.print(tr(f"… 另有 {rest} 个店铺，见 report.xlsx", f"… {rest} more shops in report.xlsx"))
        console.print()
    if open_money := waiting_line(report):
        _lines(console, tr("未结款项", "Open money"), [open_money])
    top = causes(report)
    if top.height:
        console.print(tr("主要原因", "Main causes"))
        console.print(_causes(top.head(_CAUSES_SHOWN)))
        if top.height > _CAUSES_SHOWN:
            more = top.height - _CAUSES_SHOWN
            console.print(tr(f"  … 另有 {more} 种，见 report.xlsx", f"  … {more} more in report.xlsx"))
        console.print()
    _lines(console, tr("缺少或没有核对", "Missing or not checked"), _missing(report))
    _lines(console, tr("下一步", "Next"), [f"{i}. {step}" for i, step in enumerate(next_steps(report), 1)])
    _lines(console, tr("说明", "Notes"), _shortened(report.notes))
    if out is not None:
        console.print(f"{tr('报告', 'Report')}: {file_name(str(out / 'report.xlsx'))}")
    assert isinstance(console.file, io.StringIO)
    text = "\n".join(line.rstrip() for line in console.file.getvalue().split("\n"))
    return text.rstrip("\n") + "\n"


def _shops(report: Report) -> Table:
    """Money columns fold instead of losing digits."""
    risk = at_risk_by_shop(report)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), width=WIDTH)
    table.add_column(tr("店铺", "Shop"), ratio=1, overflow="fold")
    for title in (tr("应收", "Receivable"), tr("已收", "Received"), tr("风险金额", "At risk")):
        table.add_column(title, justify="right", overflow="fold")
    table.add_column(tr("待办", "To do"), justify="right", no_wrap=True)
    table.add_column(tr("结论", "Verdict"), no_wrap=True)
    for row in report.shops.head(_SHOPS_SHOWN).iter_rows(named=True):
        currency = row["currency"] or DEFAULT_CURRENCY
        money = [shown(minor or 0, currency) for minor in (row["receivable_minor"], row["received_minor"])]
        money.append(amounts(risk.get((row["platform"], row["shop"], currency), {}), currency))
        todo = (row["breaks"] or 0) + (row["reviews"] or 0)
        table.add_row(shop_name(row), *money, str(todo), shop_word(row))
    return table


def _causes(top: pl.DataFrame) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(width=2)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", overflow="fold")
    for row in top.iter_rows(named=True):
        count = tr(f"{row['count']} 笔", f"{row['count']} x")
        kind = labels.word(labels.KIND_WORDS, row["kind"])
        table.add_row("", labels.type_name(row["code"]), kind, count, amount(row["money"], row["currency"]))
    return table


def _missing(report: Report) -> list[str]:
    """Files that could not be read, bills that are missing, checks that did not run."""
    unread = [
        f"{source.path}{_colon()}{source.reason or labels.word(labels.SOURCE_KINDS, source.kind)}"
        for source in report.sources
        if source.kind in ("unreadable", "unknown", "refused")
    ]
    waiting = report.variances.filter(pl.col("code").cast(pl.String).is_in(["F12", "F07"]))
    bills = [
        " ".join(
            part
            for part in (labels.type_name(row["code"]), row["shop"], row["account"], row["note"] or row["hint"])
            if part
        )
        for row in waiting.iter_rows(named=True)
    ]
    checks = [
        f"{labels.word(labels.CHECK_WORDS, name)}{_colon()}{facts.get('reason') or tr('未核对', 'not run')}"
        for name, facts in report.checks.items()
        if facts.get("state") != "run"
    ]
    lines = [*unread, *bills]
    if len(lines) > _MISSING_SHOWN:
        more = len(lines) - _MISSING_SHOWN
        lines = [*lines[:_MISSING_SHOWN], tr(f"… 另有 {more} 处，见 report.xlsx", f"… {more} more in report.xlsx")]
    told = {row["shop"] for row in waiting.iter_rows(named=True) if row["code"] == "F12"}
    rest = report.unchecked.filter(
        pl.col("reason") != "unreadable_file",
        (pl.col("reason") != "bill_missing") | ~pl.col("shop").is_in(sorted(filter(None, told))),
    )
    return [*lines, *sentences(rest), *checks]


def _colon() -> str:
    return tr("：", ": ")


def _lines(console: Console, title: str, sentences: Iterable[str]) -> None:
    """A titled list; long sentences wrap under themselves."""
    texts = list(sentences)
    if not texts:
        return
    console.print(title)
    for sentence in texts:
        for line in wrap(sentence, WIDTH - len(_INDENT)):
            console.print(_INDENT + line)
    console.print()


def _shortened(notes: Sequence[str]) -> list[str]:
    """The first notes, each cut to two lines; the workbook holds them whole."""
    short = []
    for note in notes[:_NOTES_SHOWN]:
        lines = wrap(note, WIDTH - len(_INDENT) - 2)
        short.append(tr("", " ").join(lines[:_NOTE_LINES]) + (" …" if len(lines) > _NOTE_LINES else ""))
    if len(notes) > _NOTES_SHOWN:
        more = len(notes) - _NOTES_SHOWN
        short.append(tr(f"… 另有 {more} 条说明，见 report.xlsx", f"… {more} more notes in report.xlsx"))
    return short


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns: between Chinese characters, else at blanks; closing punctuation
    does not begin a line. A single word longer than a line is cut."""
    lines, line = [], ""
    for token in _TOKENS.findall(text):
        limit = width if token in _CLOSING else width - 2
        if cell_len(line + token) > limit and line:
            lines.append(line.rstrip())
            line = ""
            if token.isspace():
                continue
        while cell_len(token) > width:
            lines.append(token[:width])
            token = token[width:]  # noqa: PLW2901  the rest of an overlong word
        line += token
    return [*lines, line] if line or not lines else lines


def widest_line(text: str) -> int:
    """Width of the widest line of `text` in half-width columns."""
    return max((cell_len(line) for line in text.split("\n")), default=0)
