"""Characters that nothing could decode: told cell by cell, by what the cell is for."""

from __future__ import annotations

import polars as pl

from ecrecon.base.texts import tr
from ecrecon.reading.columns import id_columns, value_columns
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.tables import Body
from ecrecon.settings.profiles import Profile

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
