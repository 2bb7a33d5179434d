"""First stages: layouts and files to placed, dated, deduplicated lines and books (check `bill`)."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from ecrecon.base.errors import ConfigError, InputError
from ecrecon.base.moment import Moment
from ecrecon.base.platforms import account_number
from ecrecon.base.sources import Source, recounted
from ecrecon.base.tally import Tally
from ecrecon.base.texts import tr
from ecrecon.ledger.coverage import covered_days, gaps
from ecrecon.ledger.lines import build_ledger
from ecrecon.ledger.order_books import build_books
from ecrecon.ledger.shops import claims_of, place
from ecrecon.ledger.summaries import compare_equal_views, compare_witnesses
from ecrecon.ledger.views import views_of
from ecrecon.matching.erp_orders import with_erp_orders
from ecrecon.matching.goods_records import gather
from ecrecon.pipeline.period import find_moment, refuse_nothing
from ecrecon.pipeline.settings import RunSettings, is_folder
from ecrecon.pipeline.values import (
    Coverage,
    Covered,
    Dated,
    Frames,
    Inputs,
    Layouts,
    Ledger,
    OrderBooks,
    Ownership,
    Placed,
    Read,
)
from ecrecon.reading.load import load
from ecrecon.reading.stray_days import without_stray_days
from ecrecon.settings.profiles import load_profiles
from ecrecon.store import StoredReader

_ORDER_NAME = re.compile(r"订单|order[^/]*$", re.IGNORECASE)
"""Names that order exports have, where a file is too damaged to tell what it is."""


def load_layouts(settings: RunSettings) -> Layouts:
    """The layouts shipped and those of the user's own folders. Raises ConfigError where such a folder is none."""
    base = settings.config.parent if settings.config else Path()
    own = [base / folder for folder in settings.workspace.profiles]
    if lacking := next((folder for folder in own if not is_folder(folder)), None):
        raise ConfigError(
            tr(f"ecrecon.toml: profiles 里的 {str(lacking)!r} 不是文件夹", f"ecrecon.toml: {str(lacking)!r} in profiles is no folder"),
            tr("写相对 ecrecon.toml 的文件夹，或删掉它", "name a folder relative to ecrecon.toml, or take it out"),
        )  # fmt: skip
    return Layouts(tuple(load_profiles(own)))


def read_files(settings: RunSettings, layouts: Layouts) -> tuple[Read, Tally]:
    """Find, open, identify and parse every file; a bad one becomes a source with findings. The tally is what they held."""
    _refuse_missing(settings.paths)
    reader = StoredReader(settings.facts, settings.engine, settings.tell)
    loaded = load(settings.paths, layouts.profiles, passwords=settings.passwords, read_files=reader)
    dated = without_stray_days(loaded, layouts.by_id)
    inputs = tuple(recounted(before, after) for before, after in zip(loaded, dated, strict=True))
    _refuse_unreadable(inputs, strict=settings.strict)
    tally = Tally(tuple(item.tally for item in inputs if item.tally is not None))
    return Read(inputs, tuple(item.findings for item in inputs)), tally


def _refuse_missing(paths: Sequence[Path]) -> None:
    for path in paths:
        if not os.path.lexists(path):
            raise InputError(
                tr(f"找不到 {path}", f"no such file or folder: {path}"), tr("检查路径是否写对", "check the path")
            )


def _refuse_unreadable(inputs: Inputs, *, strict: bool) -> None:
    if not any(item.source.readable for item in inputs):
        reasons = [f"{p.source.path}: {p.source.reason}" for p in inputs][:5]
        raise InputError(
            tr("没有可读的账单或订单文件", "no readable bill or order file") + "".join(f"\n  {r}" for r in reasons),
            tr(
                "请放入从平台下载的账单和订单原文件；能读的格式见 ecrecon formats list",
                "put in bills and orders as downloaded; ecrecon formats list names the known layouts",
            ),
        )
    unreadable = [p for p in inputs if p.source.kind in ("unreadable", "unknown")]
    if strict and unreadable:
        reasons = [f"{p.source.path}: {p.source.reason}" for p in unreadable[:5]]
        raise InputError(
            tr(f"--strict：{len(unreadable)} 个文件无法读取", f"--strict: {len(unreadable)} files cannot be read")
            + "".join(f"\n  {r}" for r in reasons),
            tr("修复或移走这些文件，或去掉 --strict", "repair or move these files, or run without --strict"),
        )


def place_files(settings: RunSettings, read: Read) -> tuple[Placed, Ownership]:
    """Shop and account of every file (F14)."""
    to_config = config_paths(settings)
    placed = place(read.inputs, settings.workspace, to_config)
    claims = claims_of(placed.parsed, settings.workspace, to_config, placed.findings)
    named: dict[str, list[str]] = {}
    for shop in settings.workspace.shops:
        for account in shop.accounts:
            named.setdefault(account_number(account), []).append(shop.name)
    return Placed(tuple(placed.parsed), (*read.findings, *placed.findings)), Ownership(claims, named)


def config_paths(settings: RunSettings):  # type: ignore[no-untyped-def]
    """Return a function: display path -> path relative to the folder of ecrecon.toml, where the file lies there."""
    if settings.config is None:
        return lambda path: path
    base = settings.config.resolve().parent

    def relative(path: str) -> str:
        for root in settings.paths:
            folder = (root if root.is_dir() else root.parent).resolve()
            full = folder / path
            if full.exists() and full.is_relative_to(base):
                return full.relative_to(base).as_posix()
        return path

    return relative


def date_lines(layouts: Layouts, placed: Placed) -> tuple[Dated, Ledger]:
    """One frame of all bill lines; the newest file of a day counts (F08, F09, F10)."""
    identity = {p.id: p.identity.key for p in layouts.profiles if p.identity is not None}
    views = views_of(layouts.by_id)
    ledger = build_ledger(placed.inputs, views, identity)
    inputs = tuple(replace(item, source=source) for item, source in zip(placed.inputs, ledger.sources, strict=True))
    return Dated(inputs, (*placed.findings, *ledger.findings)), Ledger(ledger.lines, tuple(ledger.sources), views)


def judge_coverage(settings: RunSettings, dated: Dated, ledger: Ledger) -> tuple[Covered, Coverage, Moment]:
    """Period, as-of, covered days and gaps (F07); summaries against the lines they sum up (F05)."""
    sources = ledger.sources
    moment = find_moment(sources, settings.period, settings.as_of, _refused_cells(dated.findings))
    if settings.period is not None or settings.as_of is not None:
        refuse_nothing(ledger.lines, dated.inputs, moment)
    findings = (
        *dated.findings,
        *gaps(sources, moment.start, moment.end),
        *compare_witnesses(dated.inputs, ledger.lines),
        *compare_equal_views(ledger.lines, sources),
    )
    return Covered(_without_frames(dated.inputs, ("bill", "bank")), findings), Coverage(covered_days(sources)), moment


def _refused_cells(findings: Sequence[pl.DataFrame]) -> list[str]:
    """The cells of F11, each as a sentence: file, line, column, text and what would fit."""
    rows = pl.concat(findings).filter(pl.col("code") == "F11", pl.col("source_line").is_not_null())
    said = []
    for row in rows.sort("source_path", "source_line", "column").iter_rows(
        named=True
    ):  # capped where they are collected
        place = tr(
            f"{row['source_path']} 第 {row['source_line']} 行", f"{row['source_path']} line {row['source_line']}"
        )
        wanted = tr(f"，应为 {row['expected']}", f", expected {row['expected']}") if row["expected"] else ""
        said.append(f"{place} {row['column'] or ''} “{row['text'] or ''}”{wanted}")
    return said


def _without_frames(inputs: Inputs, kinds: Sequence[str]) -> Inputs:
    """Inputs of `kinds` without their frames, which stand in a frame of all inputs by now: half of the memory."""
    return tuple(replace(item, frame=None) if item.source.kind in kinds else item for item in inputs)


def build_order_books(settings: RunSettings, layouts: Layouts, covered: Covered, ledger: Ledger) -> OrderBooks:
    """Newest snapshot of orders, order lines and after-sale documents (F13); one sale, one order row."""
    profiles = layouts.profiles
    repeated = {p.id for p in profiles if any(reading.once_per for reading in p.receivable.reading)}
    books = build_books(covered.inputs, {p.id for p in profiles if p.receivable.sums_rows}, repeated)
    ranks = {p.id: p.profile.rank for p in profiles}
    records = gather(covered.inputs, ranks, books.orders, books.order_lines, repeated)
    return OrderBooks(
        inputs=_without_frames(covered.inputs, ("orders", "order_lines", "shipments", "cost")),
        findings=(*covered.findings, *books.findings),
        books=with_erp_orders(books, records, ledger.lines["order_id"], settings.workspace),
        records=records,
    )


def damaged_order_shops(findings: Frames, sources: Sequence[Source]) -> frozenset[str]:
    """Shops whose order files hold damaged order numbers: money without an order is no certain break there."""
    damaged = set(pl.concat(findings).filter(pl.col("code") == "F04")["source_path"])
    return frozenset(s.shop for s in sources if s.shop and s.of_platform and s.path in damaged)


def unread_order_shops(layouts: Layouts, sources: Sequence[Source]) -> frozenset[str]:
    """Shops of which an order file could not be read: money without an order may be that of an order inside it."""
    order_files = {p.id for p in layouts.profiles if p.profile.kind == "orders"}
    unread = [
        s
        for s in sources
        if s.kind in ("unreadable", "unknown") and (s.profile in order_files or _ORDER_NAME.search(s.path))
    ]
    if any(s.shop is None for s in unread):
        return frozenset(s.shop for s in sources if s.shop)
    return frozenset(s.shop for s in unread if s.shop)


def doubtful_lines(findings: Frames, ledger: Ledger) -> pl.DataFrame:
    """line_id of rows that hold a damaged cell (F04, F11), or money whose direction nobody knows.

    Findings list the first cells of a file one by one and count the rest (a row without line): then every row without an
    order number may be one of them (F04), or any row (F11).
    """
    damaged = pl.concat(findings).filter(pl.col("code").is_in(["F04", "F11"]))
    paths = pl.DataFrame(
        [(index, source.path) for index, source in enumerate(ledger.sources)],
        schema={"source_id": pl.Int32, "source_path": pl.String},
        orient="row",
    )
    found = damaged.join(paths, on="source_path").select("source_id", "source_line", pl.col("code").cast(pl.String))
    rows = ledger.lines.select("line_id", "source_id", "source_line", "order_id")
    listed = rows.join(found.drop_nulls(), on=["source_id", "source_line"], how="semi")
    counted = found.filter(pl.col("source_line").is_null())
    numberless = rows.filter(pl.col("order_id").is_null()).join(
        counted.filter(pl.col("code") == "F04"), on="source_id", how="semi"
    )
    unsigned = pl.DataFrame(
        [(index, line) for index, source in enumerate(ledger.sources) for line in source.unsigned],
        schema={"source_id": pl.Int32, "source_line": rows.schema["source_line"]},
        orient="row",
    )  # few: rows with a word that nobody listed
    unsigned = rows.join(unsigned, on=["source_id", "source_line"], how="semi")
    any_row = rows.join(counted.filter(pl.col("code") == "F11"), on="source_id", how="semi")
    return pl.concat([listed, unsigned, numberless, any_row]).select("line_id").unique().sort("line_id")
