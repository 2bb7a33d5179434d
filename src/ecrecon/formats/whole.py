"""Is the file whole? Rows that lack cells at their end, a last row or a tag that was cut, a trailer that is not there.

Most downloads that stopped early can still be read: what tells is the end of the file, and how many cells its rows have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from ecrecon.formats.cells import BLANKS
from ecrecon.formats.columns import amount_columns
from ecrecon.formats.findings import FindingLog
from ecrecon.formats.tables import Body
from ecrecon.messages import tr
from ecrecon.profiles import Profile

_SYSTEMATIC = 5
"""Where one row in so many is short and none prints an empty cell at its end, the writer leaves empty cells out."""


@dataclass(frozen=True)
class Ending:
    """What is known of the end of one table. `used`: column -> physical column; `kept`: lines of the data rows;
    `known`: lines of what is no row for a reason of its own, such as the trailer, totals and headers."""

    body: Body
    used: dict[str, str]
    kept: pl.Series
    known: pl.Series
    trailer: list[list[str]]
    around: list[list[str]]
    totals: bool


def report_ending(profile: Profile, ending: Ending, log: FindingLog) -> None:
    """F17 once per file where its end is missing, F11 for each other row that lacks cells that are read."""
    short = _short_rows(profile, ending)
    last = _last_line(ending.body)
    cut = last is not None and (last in set(short["line"].to_list()) or _half_row(ending, last))
    reasons = [*_cut_off(ending, last), *_no_trailer(profile, ending)]
    if cut or ending.body.end == "open_quote" or _tag_open(ending, last):
        _report_cut_row(ending, last, log)
    elif reasons:
        _report_end(reasons, last if ending.body.end != "whole" else None, log)
    inner = short.filter(pl.col("line") != last) if cut else short
    log.add_cells(
        "F11",
        inner["line"],
        inner["width"].map_elements(_cells_text, return_dtype=pl.String)
        if inner.height
        else pl.Series([], dtype=pl.String),
        column="",
        expected=_width_text(ending.body),
        hint=tr(
            "该行比表头少单元格，缺的内容没有读到：可能被截断，或单元格内有换行，请重新下载",
            "the row lacks cells of the header, their content was not read: cut off, or a line break inside a cell; "
            "download it again",
        ),
    )


def _short_rows(profile: Profile, ending: Ending) -> pl.DataFrame:
    """`line`, `width` of data rows with fewer cells than the header, as far as a column that is read is missing."""
    body = ending.body
    nothing = pl.DataFrame(schema={"line": pl.Int32, "width": pl.Int32})
    if body.widths is None:
        return nothing
    frame = pl.DataFrame({"line": body.line, "width": body.widths, "last": body.cells.to_series(body.cells.width - 1)})
    rows = frame.join(ending.kept.alias("line").to_frame(), on="line", how="semi", maintain_order="left")
    names = len(body.names)
    places = {int(physical.removeprefix("c")) for physical in ending.used.values()}
    read = max(places, default=-1)
    money = [int(ending.used[n].removeprefix("c")) for n in amount_columns(profile) if n in ending.used]
    short = rows.filter(pl.col("width") < names)
    padded = rows.filter(pl.col("width") >= names, pl.col("last").is_null()).height > 0
    if short.height * _SYSTEMATIC > rows.height and not padded and not _at_end(ending, short):
        short = short.filter(pl.col("width") <= max(money, default=-1))  # the amount itself is not there
    last = _last_line(body)
    at_end = pl.lit(value=False) if last is None else pl.col("line") == last
    return short.filter((pl.col("width") <= read) | at_end).select("line", "width")


def _at_end(ending: Ending, short: pl.DataFrame) -> bool:
    """The only short row is the last one of the file: a cut, however few rows there are."""
    return short.height == 1 and short["line"][0] == _last_line(ending.body)


def _last_line(body: Body) -> int | None:
    """The line of the last row that holds anything."""
    tail = body.cells.tail(64)
    filled = tail.select(pl.any_horizontal((pl.all().str.strip_chars(BLANKS) != "").fill_null(value=False)).alias("f"))[
        "f"
    ]
    lines = body.line.tail(64).filter(filled)
    return int(lines[-1]) if len(lines) else None


def _half_row(ending: Ending, last: int) -> bool:
    """The file stops inside its last line, which has too few cells to be known for a row."""
    body = ending.body
    if body.end == "whole" or body.widths is None or last in set(ending.known.to_list()):
        return False
    widths = body.widths.filter(body.line == last)
    return len(widths) > 0 and int(widths[0]) < len(body.names)


def _tag_open(ending: Ending, last: int | None) -> bool:
    """A page that stops inside a row of its table."""
    if ending.body.end != "no_closing_tag" or last is None or ending.body.widths is None:
        return False
    widths = ending.body.widths.filter(ending.body.line == last)
    return len(widths) > 0 and int(widths[0]) < len(ending.body.names)


def _cut_off(ending: Ending, last: int | None) -> list[str]:
    """Why the end of the file itself is in doubt."""
    end = ending.body.end
    if end == "no_closing_tag":
        return [tr("网页没有结束标签", "the page has no closing tag")]
    in_rows = last is None or last not in set(ending.known.tail(1).to_list())
    if end == "no_line_end" and in_rows:
        return [tr("最后一行没有换行符", "the last line has no line end")]
    return []


def _no_trailer(profile: Profile, ending: Ending) -> list[str]:
    """The layout always ends in a trailer, and this file does not."""
    rule = profile.file.trailer
    if rule is None or ending.totals:
        return []
    if rule == "with_preamble" and not _has_preamble(profile, ending.around):
        return []
    wanted = profile.file.last_line
    if not ending.trailer:
        return [tr("缺少末尾的合计行", "the totals at the end are missing")]
    if wanted is not None and not _finds(wanted, ending.trailer):
        return [tr("末尾的合计行不完整", "the totals at the end are incomplete")]
    return []


def _has_preamble(profile: Profile, around: list[list[str]]) -> bool:
    """True where the lines above the header are those of the layout, and no note of the user."""
    spec = profile.preamble
    words = (spec.account, spec.from_, spec.until, spec.exported_at, profile.file.stop_at)
    return any(_finds(word, around) for word in words if word is not None)


def _finds(regex: str, lines: list[list[str]]) -> bool:
    """Whether `regex` is in one of the lines, their cells joined by commas."""
    texts = (",".join(cell.strip(BLANKS) for cell in row if cell and cell.strip(BLANKS)) for row in lines)
    return any(re.search(regex, text) for text in texts)


def _report_cut_row(ending: Ending, last: int | None, log: FindingLog) -> None:
    known = ending.body.widths
    widths = known.filter(ending.body.line == last) if known is not None and last is not None else None
    short = widths is not None and len(widths) > 0 and int(widths[0]) < len(ending.body.names)
    text = (
        _cells_text(int(widths[0]))
        if widths is not None and short
        else tr("引号没有结束", "a quote that is not closed")
    )
    log.add(
        "F17",
        line=last,
        text=text,
        expected=_width_text(ending.body),
        hint=tr(
            "最后一行不完整，之后的行可能都没有下载到：请重新下载该文件",
            "the last row is incomplete, and rows after it may be missing: download the file again",
        ),
    )


def _report_end(reasons: list[str], line: int | None, log: FindingLog) -> None:
    log.add(
        "F17",
        line=line,
        text="；".join(reasons),
        expected=tr("完整的文件结尾", "the whole end of the file"),
        hint=tr(
            "下载可能中断，或末尾的行被删除：请重新下载；确认文件完整则可接受",
            "the download may have stopped, or lines at the end were deleted: download it again, or accept it if it is whole",
        ),
        kind="review",
    )


def _cells_text(width: int) -> str:
    return tr(f"只有 {width} 个单元格", f"only {width} cells")


def _width_text(body: Body) -> str:
    return tr(f"{len(body.names)} 个单元格", f"{len(body.names)} cells")
