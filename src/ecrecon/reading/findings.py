"""Collects what is wrong with one file: every cell, capped per column, never only the first; undecodable characters cell by cell."""

from __future__ import annotations

import polars as pl

from ecrecon.base.schema import FINDINGS, empty
from ecrecon.base.sources import finding
from ecrecon.base.texts import tr, visible
from ecrecon.base.variances import KIND, Kind
from ecrecon.reading.cells import shown
from ecrecon.reading.columns import id_columns, value_columns
from ecrecon.reading.tables import Body
from ecrecon.settings.profiles import Profile

# Characters that nothing could decode: told cell by cell, by what the cell is for.

REPLACEMENT = "\ufffd"


def report_damage(body: Body, used: dict[str, str], kept: pl.Series, profile: Profile, log: FindingLog) -> None:
    """F03 for each cell of a data row with U+FFFD: a stop in an id, an information in a text.

    Platforms cut texts after so many bytes, in the middle of a character; downloading again gives the same. Amounts,
    times and counts with such a character are refused by their own readers (F11).
    """
    if not body.damaged:
        return
    rows = body.line.is_in(body.damaged) & body.line.is_in(kept.implode())
    cells, lines = body.cells.filter(rows), body.line.filter(rows)
    ids = {used[name] for name in id_columns(profile) if name in used}
    told = {used[name] for name in value_columns(profile) if name in used} - ids
    names = dict(zip(body.cells.columns, body.names, strict=True))
    for physical in (name for name in cells.columns if name not in told):
        hit = cells[physical].str.contains(REPLACEMENT, literal=True).fill_null(value=False)
        if not hit.any():
            continue
        is_id = physical in ids
        shown = cells[physical].filter(hit)
        if not is_id:  # texts may be about persons: only the damage is shown
            shown = pl.Series([REPLACEMENT], dtype=pl.String).new_from_index(0, len(shown))
        log.add_cells(
            "F03",
            lines.filter(hit),
            shown,
            column=names[physical].strip(),
            expected=tr("可解码的单号", "a decodable id") if is_id else tr("可解码的文字", "decodable text"),
            hint=_hint(is_id=is_id),
            kind=None if is_id else "info",
        )


def _hint(*, is_id: bool) -> str:
    if is_id:
        return tr(
            "单号有无法解码的字节：请重新下载该文件", "the id holds bytes that cannot be decoded: download it again"
        )
    return tr(
        "文字中有无法解码的字节（多为半个汉字），已用 � 代替；金额不受影响",
        "bytes of the text cannot be decoded (half a character), shown as �; no amount is touched",
    )


# Collects what is wrong with one file: every cell, capped per column, never only the first.

CAP = 200
"""Rows of one code and column that are listed one by one; the next row states the total."""
TEXT_LIMIT = 80


class FindingLog:
    """Findings and notes of one table, in the order in which they were met."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.notes: list[str] = []
        self.uncompared: list[str] = []
        self._frames: list[pl.DataFrame] = []

    def note(self, text: str) -> None:
        """Keep a remark for the file list; the same remark once."""
        if text not in self.notes:
            self.notes.append(text)

    def add(
        self,
        code: str,
        *,
        line: int | None = None,
        column: str | None = None,
        text: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
        amounts: tuple[int, int] | None = None,
        kind: Kind | None = None,
    ) -> None:
        """One finding; `amounts` = (expected, actual) minor units where two amounts disagree; `kind` where it is not
        that of the type."""
        want, got = amounts if amounts is not None else (None, None)
        self._frames.append(
            finding(
                code,
                self.path,
                line=line,
                column=column,
                text=shortened(text),
                expected=expected,
                hint=hint,
                expected_minor=want,
                actual_minor=got,
                kind=kind,
            )
        )

    def add_cells(
        self,
        code: str,
        line: pl.Series,
        text: pl.Series,
        *,
        column: str,
        expected: str,
        hint: str,
        kind: Kind | None = None,
    ) -> None:
        """One finding per cell: `line` Int32 and `text` String side by side. A text that begins with "=" is a formula."""
        total = len(line)
        if total == 0:
            return
        told = pl.DataFrame({"source_line": line.head(CAP), "text": text.head(CAP)}).with_columns(
            pl.lit(code).alias("code"),
            pl.lit(self.path).alias("source_path"),
            pl.lit(column).alias("column"),
            shown(text.head(CAP).cast(pl.String)).str.head(TEXT_LIMIT).alias("text"),
            pl.lit(expected).alias("expected"),
            pl.when(pl.col("text").str.starts_with("="))
            .then(pl.lit(formula_hint()))
            .otherwise(pl.lit(hint))
            .alias("hint"),
            pl.lit(None, dtype=pl.Int64).alias("expected_minor"),
            pl.lit(None, dtype=pl.Int64).alias("actual_minor"),
            pl.lit(kind, dtype=KIND).alias("kind"),
        )
        self._frames.append(told.select(pl.col(n).cast(t) for n, t in FINDINGS.items()))
        if total > CAP:
            self.add(
                code,
                column=column,
                expected=expected,
                hint=hint,
                kind=kind,
                text=tr(
                    f"共 {total} 个单元格，以上列出前 {CAP} 个", f"{total} cells in all, the first {CAP} are listed"
                ),
            )

    def has(self, *codes: str) -> bool:
        """True where a finding of one of `codes` was added."""
        return any(frame["code"][0] in codes for frame in self._frames)

    def frame(self) -> pl.DataFrame:
        """All findings, schema FINDINGS; a cell that two readers refuse (amount and its split) is told once."""
        if not self._frames:
            return empty(FINDINGS)
        return pl.concat(self._frames).unique(maintain_order=True).rechunk()


def formula_hint() -> str:
    """What to do about a formula whose result the file does not hold."""
    return tr(
        "该单元格是公式，文件里没有存储它的结果：请用 Excel 打开并保存后再运行，或重新下载",
        "the cell is a formula whose result is not stored: open the file in Excel and save it, or download it again",
    )


def shortened(text: str | None) -> str | None:
    """Offending text, cut to what a message can show; what would act on a terminal shows."""
    return text if text is None else visible(text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "…")


def listed(names: list[str], limit: int = 12) -> str:
    """Names for a message, the rest counted."""
    text = "、".join(names[:limit])
    return text if len(names) <= limit else text + tr(f" 等 {len(names)} 项", f" … {len(names)} in all")
